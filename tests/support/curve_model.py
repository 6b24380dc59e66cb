"""A slow model of curves: at each instant at which anything happened, everything is computed anew from the log.

It shares the folded definitions with the program, and none of the arithmetic: formulas are those of the glossary.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

from events.check_in import CheckIn
from events.cycle import Cycle
from events.facts import Facts
from events.initiative import Initiative
from events.key_result import KeyResult
from events.metric import Metric
from events.objective import Objective
from events.organization import Organization
from events.team import Team

Shown = tuple[Decimal | None, Fraction | None, float | None]
"""Value, progress and confidence."""

NOTHING: Shown = (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All definitions and check-ins after an act."""

    at: datetime
    position: int
    organization: Organization | None
    objectives: Mapping[str, Objective]
    key_results: Mapping[str, KeyResult]
    check_ins: Mapping[str, tuple[CheckIn, ...]]
    children: Mapping[str, frozenset[str]]
    teams: Mapping[str, Team]
    cycles: Mapping[str, Cycle]
    initiatives: Mapping[str, Initiative]


def snapshot(facts: Facts, at: datetime) -> Snapshot:
    """Answer what stands after an act recorded at an instant."""
    return Snapshot(
        at=at,
        position=facts.position,
        organization=facts.organization,
        objectives=dict(facts.objectives),
        key_results=dict(facts.key_results),
        check_ins={each: tuple(known.check_ins.values()) for each, known in facts.measurements.items()},
        children=dict(facts.aligned),
        teams=dict(facts.teams),
        cycles=dict(facts.cycles),
        initiatives=dict(facts.initiatives),
    )


@dataclass(slots=True)
class Model:
    """The curves of an organization by one basis and one target."""

    snapshots: list[Snapshot]
    is_measured: bool
    is_original: bool
    _numbers: dict[tuple[str, datetime, bool], Fraction | None] = field(
        default_factory=dict[tuple[str, datetime, bool], Fraction | None]
    )

    def steps(self, read: Callable[[datetime], Shown]) -> list[tuple[datetime, Shown]]:
        """Answer where what is read changes."""
        found: list[tuple[datetime, Shown]] = []
        for at in self._instants():
            shown = read(at)
            if shown != (found[-1][1] if found else NOTHING):
                found.append((at, shown))
        return found

    def _instants(self) -> list[datetime]:
        instants = {each.at for each in self.snapshots}
        for several in self.snapshots[-1].check_ins.values():
            instants |= {check_in.effective_at for check_in in several}
        return sorted(instants)

    def _then(self, at: datetime) -> Snapshot | None:
        return next((each for each in reversed(self.snapshots) if each.at <= at), None)

    # --- key results

    def key_result(self, key_result_id: str, at: datetime) -> Shown:
        """Answer what the curve of a key result shows at an instant."""
        return self._key_result(key_result_id, at, is_measured=self.is_measured)

    def _key_result(self, key_result_id: str, at: datetime, *, is_measured: bool) -> Shown:
        then = self._then(at)
        if then is None or key_result_id not in then.key_results:
            return NOTHING
        known = then.key_results[key_result_id]
        metric = known.original if self.is_original else known.metric
        source = self.snapshots[-1] if is_measured else then
        valid = [each for each in source.check_ins.get(key_result_id, ()) if each.retracted_at is None]
        if is_measured:
            valid = [each for each in valid if each.effective_at <= at]
        valid.sort(key=lambda each: (each.effective_at, each.position))
        confidences = [each.confidence for each in valid if each.confidence is not None]
        value = valid[-1].value if valid else metric.start
        raw = formula(metric, metric.start if value is None else value, valid[-1].done_stage_ids if valid else frozenset())
        progress = None if raw is None else min(max(round(raw, 12), Fraction(0)), Fraction(1))
        return value, progress, confidences[-1] if confidences else None

    # --- objectives

    def objective(self, objective_id: str, at: datetime) -> Shown:
        """Answer what the curve of an objective shows at an instant."""
        then = self._then(at)
        if then is None or objective_id not in then.objectives:
            return NOTHING
        stated = [
            (float(part.weight), confidence)
            for part in self._live(then, objective_id)
            if (confidence := self._key_result(part.key_result_id, at, is_measured=self.is_measured)[2]) is not None
        ]
        total = sum(weight for weight, _ in stated)
        confidence = round(sum(weight * each for weight, each in stated) / total, 12) if stated else None
        return None, self._progress(objective_id, at, is_measured=self.is_measured), confidence

    def _live(self, then: Snapshot, objective_id: str) -> list[KeyResult]:
        parts = [then.key_results[each] for each in sorted(then.key_results)]
        return [each for each in parts if each.objective_id == objective_id and each.dropped_at is None]

    def _progress(self, objective_id: str, at: datetime, *, is_measured: bool) -> Fraction | None:
        key = objective_id, at, is_measured
        if key not in self._numbers:
            ended_at = self._ended_at(objective_id, self.snapshots[-1].at if is_measured else at)
            if ended_at is None or ended_at > at:
                self._numbers[key] = self._mean(objective_id, at, is_measured=is_measured)
            else:
                self._numbers[key] = self._mean(objective_id, ended_at, is_measured=False)
        return self._numbers[key]

    def _ended_at(self, objective_id: str, at: datetime) -> datetime | None:
        """Answer since when an objective is ended at an instant, None if it is not."""
        ended_at: datetime | None = None
        for each in self.snapshots:
            known = each.objectives.get(objective_id)
            if each.at > at or known is None:
                continue
            if known.state not in ("CLOSED", "CANCELLED"):
                ended_at = None
            elif ended_at is None:
                ended_at = each.at
        return ended_at

    def _mean(self, objective_id: str, at: datetime, *, is_measured: bool) -> Fraction | None:
        then = self._then(at)
        assert then is not None
        driver = then.objectives[objective_id].driver
        parts: list[tuple[Fraction, Fraction]] = []
        if driver != "CHILDREN":
            for part in self._live(then, objective_id):
                progress = self._key_result(part.key_result_id, at, is_measured=is_measured)[1]
                if progress is not None:
                    parts.append((Fraction(part.weight), progress))
        if driver != "KEY_RESULTS":
            for child_id in then.children.get(objective_id, ()):
                progress = self._progress(child_id, at, is_measured=is_measured)
                if then.objectives[child_id].state in ("ACTIVE", "CLOSED") and progress is not None:
                    parts.append((Fraction(1), progress))
        if not parts:
            return None
        return round(sum(weight * each for weight, each in parts) / sum(weight for weight, _ in parts), 12)

    # --- means of objectives

    def mean(self, at: datetime, *, cycle_id: str | None = None, team_id: str | None = None, is_running: bool = False) -> Shown:
        """Answer what the curve of a cycle, a team or the organization shows at an instant."""
        then = self._then(at)
        if then is None:
            return NOTHING
        numbers = [
            progress
            for objective_id, known in then.objectives.items()
            if known.state in ("ACTIVE", "CLOSED")
            and (cycle_id is None or known.cycle_id == cycle_id)
            and (not is_running or then.cycles[known.cycle_id].phase == "ACTIVE")
            and (team_id is None or team_id in self._upwards(self._tree(then, cycle_id), known.team_id))
            and (progress := self._progress(objective_id, at, is_measured=self.is_measured)) is not None
        ]
        if not numbers:
            return NOTHING
        return None, Fraction(floor(sum(numbers) / len(numbers) * 10**12 + Fraction(1, 2)), 10**12), None

    def _tree(self, then: Snapshot, cycle_id: str | None) -> Snapshot:
        """Answer when the tree of teams counts: in a closed cycle at its closing."""
        closed = then
        for each in reversed(self.snapshots[: self.snapshots.index(then) + 1]):
            if cycle_id is None or cycle_id not in each.cycles or each.cycles[cycle_id].phase != "CLOSED":
                break
            closed = each
        return closed

    def _upwards(self, then: Snapshot, team_id: str | None) -> Iterator[str]:
        while team_id is not None:
            yield team_id
            team_id = then.teams[team_id].parent_id


def formula(metric: Metric, value: Decimal | None, done: frozenset[str]) -> Fraction | None:
    """Answer the raw progress of a value by the table of the glossary."""
    start, target, low, high = (
        None if each is None else Fraction(each) for each in (metric.start, metric.target, metric.low, metric.high)
    )
    current = None if value is None else Fraction(value)
    if metric.kind == "UNDECIDED":
        return None
    if metric.kind == "MILESTONE":
        weights = {stage.stage_id: Fraction(stage.weight) for stage in metric.stages}
        return sum((weights[each] for each in done if each in weights), Fraction(0)) / sum(weights.values())
    if current is None:
        return Fraction(0)
    if metric.kind in ("BINARY", "ESTIMATED"):
        return current
    if metric.kind == "RANGE":
        assert low is not None
        assert high is not None
        return 1 - max(low - current, current - high, Fraction(0)) / (high - low)
    assert target is not None
    if metric.kind in ("INCREASE", "DECREASE"):
        assert start is not None
        return (current - start) / (target - start)
    return _bound(metric, start, target, current)


def _bound(metric: Metric, start: Fraction | None, target: Fraction, current: Fraction) -> Fraction:
    sign = 1 if metric.kind == "AT_LEAST" else -1

    def held(value: Fraction) -> bool:
        return sign * value > sign * target or (value == target and not metric.is_strict)

    if held(current):
        return Fraction(1)
    just_below = 1 - Fraction(1, 10**12)
    if start is not None and not held(start) and start != target:
        return min((current - start) / (target - start), just_below)
    if current > 0 and target > 0:
        return min(current / target if sign > 0 else target / current, just_below)
    return Fraction(0)
