"""Rules on how key results are written."""

from decimal import Decimal

from events.coach.finding import Fact, FindingCode, FindingSeverity, Level, Remark
from events.coach.rule import Rule
from events.coach.subject import KeyResultText
from events.coach.words import WordList, has, kin
from events.metric import ZERO, MetricKind, Unit, has_baseline

_GROWING = (MetricKind.INCREASE, MetricKind.AT_LEAST)
_WITHOUT_NUMBER = (MetricKind.BINARY, MetricKind.MILESTONE, MetricKind.UNDECIDED)
_AMOUNTS = (Unit.NUMBER, Unit.CURRENCY, None)
MOST_TIMES_START = Decimal(10)
"""A target of more than ten times the start needs a reason to believe in it."""


def _task(key_result: KeyResultText) -> Remark | None:
    """Look for work that is named instead of what comes of it; of what is done or not, also for its being done."""
    metric, title = key_result.metric, key_result.title
    # A share or a duration measures something even where its title begins with a verb, as it often does in Chinese.
    is_work = metric.unit in (Unit.NUMBER, None) and has(WordList.TASK_VERBS, title)
    is_done = metric.kind in _WITHOUT_NUMBER and has(WordList.DONE, title)
    return _about_title(key_result) if is_work or is_done else None


def _activity(key_result: KeyResultText) -> Remark | None:
    """Look for one's own doings being counted, unless the title says what came of them."""
    metric, title = key_result.metric, key_result.title
    if metric.kind not in _GROWING or metric.unit not in (Unit.NUMBER, Unit.HOURS, None):
        return None
    if not has(WordList.ACTIVITIES, title) or has(WordList.OUTCOMES, title) or metric.target is None:
        return None
    return _about_title(key_result, "target", metric.target)


def _gameable(key_result: KeyResultText) -> Remark | None:
    """Look for numbers that can be reached without the objective: by one case, by money, or by something else altogether."""
    metric, title = key_result.metric, key_result.title
    if metric.kind not in _GROWING or metric.unit not in _AMOUNTS or metric.target is None:
        return None
    is_elsewhere = (
        has(WordList.TOTAL, title) and bool(key_result.objective_title) and not kin(title) & kin(key_result.objective_title)
    )
    if not is_elsewhere and not has(WordList.SINGLE, title) and not has(WordList.VANITY, title):
        return None
    return _about_title(key_result, "target", metric.target)


def _no_baseline(key_result: KeyResultText) -> Remark | None:
    metric = key_result.metric
    level = metric.low if metric.kind is MetricKind.RANGE else metric.target
    if has_baseline(metric) or level is None:
        return None
    facts: dict[str, Fact] = {"title": key_result.title, "target": Level(metric=metric, value=level)}
    return Remark(path=("metric", "start"), facts=facts)


def _undecided_metric(key_result: KeyResultText) -> Remark | None:
    return _about_kind(key_result, MetricKind.UNDECIDED)


def _estimated_metric(key_result: KeyResultText) -> Remark | None:
    return _about_kind(key_result, MetricKind.ESTIMATED)


def _vague_wording(key_result: KeyResultText) -> Remark | None:
    """Look for words that nobody can check; a direction is one where no number says how far."""
    is_without_number = key_result.metric.kind in (*_WITHOUT_NUMBER, MetricKind.ESTIMATED)
    is_vague = has(WordList.VAGUE, key_result.title) or (is_without_number and has(WordList.DIRECTION, key_result.title))
    return _about_title(key_result) if is_vague else None


def _ungrounded_target(key_result: KeyResultText) -> Remark | None:
    """Look for a target that no figure supports: a total that began at nothing, or a leap from what there is."""
    metric = key_result.metric
    if metric.start is None or metric.target is None or metric.is_relative:
        return None
    # The total of what exists is not zero: such a start stands for one that was not looked up.
    is_total_of_nothing = (
        metric.kind is MetricKind.INCREASE
        and metric.start == ZERO
        and metric.unit in _AMOUNTS
        and has(WordList.TOTAL, key_result.title)
    )
    is_leap = metric.kind is MetricKind.INCREASE and metric.start > ZERO and metric.target / MOST_TIMES_START > metric.start
    if not is_total_of_nothing and not is_leap:
        return None
    facts = {"start": Level(metric=metric, value=metric.start), "target": Level(metric=metric, value=metric.target)}
    return Remark(path=("metric", "target"), facts=facts)


def _not_time_bound(key_result: KeyResultText) -> Remark | None:
    """Look for a key result that never ends: it has no due date, and the cycle that it belongs to is open."""
    return Remark(path=("dueOn",)) if key_result.due_on is None and key_result.cycle_ends_on is None else None


def _about_title(key_result: KeyResultText, name: str = "", level: Decimal | None = None) -> Remark:
    facts = {} if level is None else {name: Level(metric=key_result.metric, value=level)}
    return Remark(path=("title",), facts={"title": key_result.title, **facts})


def _about_kind(key_result: KeyResultText, kind: MetricKind) -> Remark | None:
    if key_result.metric.kind is not kind:
        return None
    return Remark(path=("metric", "kind"), facts={"title": key_result.title})


_SMART = "George T. Doran, Management Review 70 (1981)"

KEY_RESULT_RULES: tuple[Rule[KeyResultText], ...] = (
    Rule(
        code=FindingCode.UNDECIDED_METRIC,
        severity=FindingSeverity.WARNING,
        source=f"SMART: measurable. {_SMART}",
        look=_undecided_metric,
    ),
    Rule(
        code=FindingCode.ESTIMATED_METRIC,
        severity=FindingSeverity.INFO,
        source=f"SMART: measurable. {_SMART}",
        look=_estimated_metric,
    ),
    Rule(
        code=FindingCode.NO_BASELINE,
        severity=FindingSeverity.INFO,
        source=f"SMART: measurable. {_SMART}",
        look=_no_baseline,
    ),
    Rule(
        code=FindingCode.TASK,
        severity=FindingSeverity.WARNING,
        source="Google's OKR playbook (whatmatters.com), common mistakes",
        look=_task,
    ),
    Rule(
        code=FindingCode.ACTIVITY,
        severity=FindingSeverity.WARNING,
        source="Google's OKR playbook (whatmatters.com), common mistakes",
        look=_activity,
    ),
    Rule(
        code=FindingCode.GAMEABLE,
        severity=FindingSeverity.WARNING,
        source="Charles Goodhart (1975); Google's OKR playbook (whatmatters.com): key results must suffice for the objective",
        look=_gameable,
    ),
    Rule(
        code=FindingCode.VAGUE_WORDING,
        severity=FindingSeverity.WARNING,
        source=f"SMART: specific. {_SMART}",
        look=_vague_wording,
    ),
    Rule(
        code=FindingCode.UNGROUNDED_TARGET,
        severity=FindingSeverity.WARNING,
        source=f"SMART: achievable. {_SMART}",
        look=_ungrounded_target,
    ),
    Rule(
        code=FindingCode.NOT_TIME_BOUND,
        severity=FindingSeverity.WARNING,
        source=f"SMART: time-bound. {_SMART}",
        look=_not_time_bound,
    ),
)
