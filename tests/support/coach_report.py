"""How well the coach finds the flaws of published and of held-out key results: `python -m tests.support.coach_report`.

A key result of which somebody said what is wrong with it is *marked*. A flaw is found when the rules speak that it is mapped
to. An alarm is false when a rule that judges words or numbers speaks of a key result that is not marked. Two rules judge
nothing: that no baseline was given, or no metric, is so. They are counted apart.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from events.coach.finding import Finding, FindingCode
from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import OBJECTIVE_RULES
from events.coach.rule import review
from events.coach.subject import KeyResultText, ObjectiveText
from events.coach.words import LANGUAGES
from events.metric import Metric, MetricKind, Unit

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "service" / "demo" / "sales-okrs.json"
HELD_OUT = ROOT / "tests" / "data" / "coach_held_out.json"

RULE_OF_FLAW: Mapping[str, FindingCode] = {
    **{code.value: code for code in FindingCode},
    "TARGET_UNGROUNDED": FindingCode.UNGROUNDED_TARGET,
}
"""What the reviewers of published key results called a flaw, and the rule that has to find it."""

FACTS = frozenset({FindingCode.NO_BASELINE, FindingCode.UNDECIDED_METRIC})
"""Rules that state what is absent."""

_QUARTER_END = date(2026, 9, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One key result as the coach has read it; `flaws` are the rules that should have spoken."""

    title: str
    flaws: frozenset[FindingCode]
    found: frozenset[FindingCode]

    @property
    def is_marked(self) -> bool:
        """Say whether somebody has found fault with it."""
        return bool(self.flaws)


@dataclass(slots=True, kw_only=True)
class Figures:
    """What the coach made of one set."""

    read: list[Read] = field(default_factory=list[Read])
    of_objectives: Counter[FindingCode] = field(default_factory=Counter[FindingCode])
    objective_count: int = 0

    @property
    def missed(self) -> list[tuple[str, FindingCode]]:
        """The flaws that were not found."""
        return [(each.title, flaw) for each in self.read for flaw in sorted(each.flaws - each.found)]

    @property
    def flaw_count(self) -> int:
        """How many flaws are marked."""
        return sum(len(each.flaws) for each in self.read)

    @property
    def unmarked(self) -> list[Read]:
        """The key results that nobody has found fault with."""
        return [each for each in self.read if not each.is_marked]

    @property
    def false_alarms(self) -> list[tuple[str, list[FindingCode]]]:
        """Those of the unmarked on which a judging rule speaks."""
        return [(each.title, sorted(each.found - FACTS)) for each in self.unmarked if each.found - FACTS]

    @property
    def without_fact(self) -> int:
        """How many of the unmarked lack a baseline or a metric."""
        return sum(bool(each.found & FACTS) for each in self.unmarked)

    @property
    def false_alarm_rate(self) -> float:
        """False alarms per unmarked key result."""
        return len(self.false_alarms) / len(self.unmarked)


def metric_of(written: Mapping[str, Any]) -> Metric:
    """Answer the metric of a key result in a set."""
    start, target = (None if written.get(name) is None else Decimal(str(written[name])) for name in ("start", "target"))
    unit = written.get("unit")
    return Metric(
        kind=MetricKind(written["kind"]),
        unit=None if unit is None else Unit(unit),
        unit_label=written.get("unitLabel"),
        currency=written.get("currency"),
        start=start,
        target=target,
    )


def measure(file: Path, **chosen: object) -> Figures:
    """Read a set, or those of its objectives that have some properties, and compare."""
    figures = Figures()
    for objective in json.loads(file.read_text(encoding="utf-8"))["objectives"]:
        if all(objective.get(name) == value for name, value in chosen.items()):
            figures.objective_count += 1
            texts = list(_texts(objective))
            whole = ObjectiveText(id="objective", title=objective["title"], key_results=texts)
            figures.of_objectives.update(_codes(review(OBJECTIVE_RULES, whole)))
            for text, written in zip(texts, objective["keyResults"], strict=True):
                names = [flaw.split(":")[0] for flaw in written.get("flaws", ())]
                figures.read.append(
                    Read(
                        title=text.title,
                        flaws=frozenset(RULE_OF_FLAW[name] for name in names),
                        found=_codes(review(KEY_RESULT_RULES, text)),
                    )
                )
    return figures


def _texts(objective: Mapping[str, Any]) -> Iterator[KeyResultText]:
    for written in objective["keyResults"]:
        yield KeyResultText(
            id="key_result",
            title=written["title"],
            metric=metric_of(written),
            objective_title=objective["title"],
            cycle_ends_on=_QUARTER_END,
        )


def _codes(findings: Sequence[Finding]) -> frozenset[FindingCode]:
    return frozenset(finding.code for finding in findings)


def lines(name: str, figures: Figures, *, in_detail: bool = True) -> Iterator[str]:
    """Write what was measured."""
    unmarked = figures.unmarked
    yield (
        f"{name}: {len(figures.read)} key results, {len(figures.read) - len(unmarked)} marked; "
        f"{figures.flaw_count - len(figures.missed)} of {figures.flaw_count} flaws found; "
        f"{len(figures.false_alarms)} false alarms on {len(unmarked)} unmarked ({figures.false_alarm_rate:.1%}); "
        f"{figures.without_fact} of these without baseline or metric"
    )
    if in_detail:
        yield from (f"  missed: {flaw} of {title!r}" for title, flaw in figures.missed)
        yield from (f"  false alarm: {', '.join(codes)} on {title!r}" for title, codes in figures.false_alarms)
        said = ", ".join(f"{code} {count}" for code, count in sorted(figures.of_objectives.items()))
        yield f"  of {figures.objective_count} objectives: {said or 'nothing'}"


def report() -> list[str]:
    """Answer the figures of both sets."""
    written = [*lines("published", measure(PUBLISHED)), *lines("held out", measure(HELD_OUT))]
    for batch in (1, 2):
        written.extend(lines(f"held out, batch {batch}", measure(HELD_OUT, batch=batch), in_detail=False))
    for language in LANGUAGES:
        written.extend(lines(f"held out, {language}", measure(HELD_OUT, language=language), in_detail=False))
    return written


def main() -> None:
    """Print the figures of both sets."""
    sys.stdout.write("\n".join(report()) + "\n")


if __name__ == "__main__":
    main()
