"""Rules on how objectives are written and how many there are."""

from events.coach.finding import FindingCode, FindingSeverity, Remark
from events.coach.rule import Rule
from events.coach.subject import KeyResultText, Load, ObjectiveText
from events.coach.words import WordList, has
from events.metric import MetricKind, Unit

MOST_OBJECTIVES = 5
"""More objectives than this in one cycle are too many for a team or a person to care for."""
FEWEST_KEY_RESULTS = 2
MOST_KEY_RESULTS = 5

_QUANTITIES = (MetricKind.INCREASE, MetricKind.AT_LEAST)
_COUNTED = (Unit.NUMBER, Unit.CURRENCY)


def _too_many_objectives(load: Load) -> Remark | None:
    if load.count <= MOST_OBJECTIVES:
        return None
    return Remark(facts={"count": load.count, "most": MOST_OBJECTIVES, "surplus": load.count - MOST_OBJECTIVES})


def _digits_in_title(objective: ObjectiveText) -> Remark | None:
    words = [word for word in objective.title.split() if any(character.isdecimal() for character in word)]
    return Remark(path=("title",), facts={"number": words[0]}) if words else None


def _key_result_count(objective: ObjectiveText) -> Remark | None:
    count = len(objective.key_results)
    is_too_few = objective.needs_key_results and count < FEWEST_KEY_RESULTS
    if not is_too_few and count <= MOST_KEY_RESULTS:
        return None
    return Remark(path=("keyResults",), facts={"count": count, "fewest": FEWEST_KEY_RESULTS, "most": MOST_KEY_RESULTS})


def _no_counter_metric(objective: ObjectiveText) -> Remark | None:
    """Look for a quantity that is forced up while nothing watches over what it may cost."""
    if len(objective.key_results) < FEWEST_KEY_RESULTS:
        return None
    quantities = [each for each in objective.key_results if _is_quantity(each)]
    if not quantities or any(_watches_over(each) for each in objective.key_results):
        return None
    return Remark(path=("keyResults",), facts={"title": quantities[0].title})


def _is_quantity(key_result: KeyResultText) -> bool:
    return key_result.metric.kind in _QUANTITIES and key_result.metric.unit in _COUNTED


def _watches_over(key_result: KeyResultText) -> bool:
    # Shares, ratios and durations say how well something is done, bounds from above what it may cost.
    return not _is_quantity(key_result) or has(WordList.QUALITY, key_result.title)


def _only_lagging_metrics(objective: ObjectiveText) -> Remark | None:
    parts = objective.key_results
    if len(parts) < FEWEST_KEY_RESULTS or not all(has(WordList.LAGGING, each.title) for each in parts):
        return None
    return Remark(path=("keyResults",), facts={"title": parts[0].title})


def _relevance_unstated(objective: ObjectiveText) -> Remark | None:
    is_stated = bool(objective.parent_ids) or bool((objective.description or "").strip())
    return Remark(path=("description",)) if objective.is_of_team and not is_stated else None


LOAD_RULES: tuple[Rule[Load], ...] = (
    Rule(
        code=FindingCode.TOO_MANY_OBJECTIVES,
        severity=FindingSeverity.WARNING,
        source="John Doerr: Measure What Matters (2018), chapter 4",
        look=_too_many_objectives,
    ),
)

OBJECTIVE_RULES: tuple[Rule[ObjectiveText], ...] = (
    Rule(
        code=FindingCode.DIGITS_IN_TITLE,
        severity=FindingSeverity.WARNING,
        source="Christina Wodtke: Radical Focus (2016)",
        look=_digits_in_title,
    ),
    Rule(
        code=FindingCode.KEY_RESULT_COUNT,
        severity=FindingSeverity.WARNING,
        source="Google re:Work: Set goals with OKRs",
        look=_key_result_count,
    ),
    Rule(
        code=FindingCode.NO_COUNTER_METRIC,
        severity=FindingSeverity.INFO,
        source="Andrew S. Grove: High Output Management (1983), paired indicators",
        look=_no_counter_metric,
    ),
    Rule(
        code=FindingCode.ONLY_LAGGING_METRICS,
        severity=FindingSeverity.INFO,
        source="Robert S. Kaplan, David P. Norton: The Balanced Scorecard (1996), lead and lag indicators",
        look=_only_lagging_metrics,
    ),
    Rule(
        code=FindingCode.RELEVANCE_UNSTATED,
        severity=FindingSeverity.INFO,
        source="SMART: relevant. George T. Doran, Management Review 70 (1981)",
        look=_relevance_unstated,
    ),
)
