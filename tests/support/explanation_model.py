"""A slow model of explanations: after each single event everything is computed anew, and compared with what was before.

It shares the folded definitions with the program, and none of the arithmetic: formulas are those of the glossary.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from uuid import UUID

from events.check_in import CheckIn
from events.event import Event
from events.facts import Facts
from events.folding import apply
from events.metric import Metric
from events.objective import ObjectiveCancelled, ObjectiveReopened
from events.review import ObjectiveClosed
from events.team import Team
from tests.support.chronicle import Chapter
from tests.support.curve_model import Snapshot, formula, snapshot

Parts = Mapping[str, tuple[Fraction, Fraction]]
"""Weight and progress by the identifier of the part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What an objective froze, of what it was made, and the place of the event before."""

    place: int
    progress: Fraction | None
    parts: Parts


@dataclass(slots=True)
class After:
    """All that stands after one event."""

    position: int
    snapshot: Snapshot
    ended: Mapping[str, Ended]
    numbers: dict[str, Fraction | None] = field(default_factory=dict[str, Fraction | None])

    def progress(self, thing_id: str) -> Fraction | None:
        """Answer the progress of a key result or an objective; None for what does not exist."""
        if thing_id not in self.numbers:
            if thing_id in self.snapshot.key_results:
                self.numbers[thing_id] = self._of_key_result(thing_id)
            elif thing_id in self.ended:
                self.numbers[thing_id] = self.ended[thing_id].progress
            else:
                self.numbers[thing_id] = self._mean(thing_id) if thing_id in self.snapshot.objectives else None
        return self.numbers[thing_id]

    def parts(self, objective_id: str) -> Parts:
        """Answer what the progress of an objective is made of."""
        if objective_id in self.ended:
            return self.ended[objective_id].parts
        return dict(self._live_parts(objective_id))

    def value(self, key_result_id: str) -> tuple[object, ...]:
        """Answer the check-in that counts, the value, and the stages done; nothing for what does not exist."""
        known = self.snapshot.key_results.get(key_result_id)
        if known is None:
            return ()
        latest = self._latest(key_result_id)
        return (None, known.metric.start) if latest is None else (latest.check_in_id, latest.value, latest.done_stage_ids)

    def metric(self, key_result_id: str) -> Metric | None:
        """Answer the metric in force."""
        known = self.snapshot.key_results.get(key_result_id)
        return None if known is None else known.metric

    def _latest(self, key_result_id: str) -> CheckIn | None:
        valid = [each for each in self.snapshot.check_ins.get(key_result_id, ()) if each.retracted_at is None]
        return max(valid, key=lambda each: (each.effective_at, each.position), default=None)

    def _of_key_result(self, key_result_id: str) -> Fraction | None:
        metric, latest = self.snapshot.key_results[key_result_id].metric, self._latest(key_result_id)
        value = metric.start if latest is None or latest.value is None else latest.value
        raw = formula(metric, value, latest.done_stage_ids if latest else frozenset())
        return None if raw is None else min(max(round(raw, 12), Fraction(0)), Fraction(1))

    def _mean(self, objective_id: str) -> Fraction | None:
        parts = self.parts(objective_id).values()
        if not parts:
            return None
        return round(sum(weight * each for weight, each in parts) / sum(weight for weight, _ in parts), 12)

    def _live_parts(self, objective_id: str) -> Iterator[tuple[str, tuple[Fraction, Fraction]]]:
        driver = self.snapshot.objectives[objective_id].driver
        for part in self.snapshot.key_results.values():
            is_part = driver != "CHILDREN" and part.objective_id == objective_id and part.dropped_at is None
            if is_part and (progress := self.progress(part.key_result_id)) is not None:
                yield part.key_result_id, (Fraction(part.weight), progress)
        for child_id in self.snapshot.children.get(objective_id, ()) if driver != "KEY_RESULTS" else ():
            is_counted = self.snapshot.objectives[child_id].state in ("ACTIVE", "CLOSED")
            if is_counted and (progress := self.progress(child_id)) is not None:
                yield child_id, (Fraction(1), progress)


NOTHING = Facts(UUID(int=0))


class Account:
    """What stood after each event of a log; `ends` are the places of the last events of acts."""

    def __init__(self, chapters: Iterable[Chapter], organization_id: UUID) -> None:
        facts = Facts(organization_id)
        self.moments: list[After] = []
        self.ends: list[int] = []
        ended: dict[str, Ended] = {}
        for chapter in chapters:
            for event, recorded in chapter.logged:
                self._end(event, ended)
                apply(facts, event, recorded.occurrence)
                standing = snapshot(facts, recorded.recorded_at)
                self.moments.append(After(position=recorded.position, snapshot=standing, ended=dict(ended)))
            self.ends.append(len(self.moments) - 1)

    def _end(self, event: Event, ended: dict[str, Ended]) -> None:
        if isinstance(event, ObjectiveReopened):
            del ended[event.objective_id]
        elif isinstance(event, ObjectiveClosed | ObjectiveCancelled):
            before = self.moments[-1]
            progress = before.progress(event.objective_id)
            # The event froze what the model makes of the moment before it.
            assert (None if event.progress is None else Fraction(event.progress)) == progress
            parts = before.parts(event.objective_id)
            ended[event.objective_id] = Ended(place=len(self.moments) - 1, progress=progress, parts=parts)

    def made(self, until: int, read: Callable[[After], object]) -> int:
        """Answer the position of the event that made what is read at a place.

        That is of the last act that left something else than the one before it the last event that changed it. Of the
        act of the place counts what lies before it.
        """
        firsts = [0, *(last + 1 for last in self.ends)]
        acts = [(first, min(last, until)) for first, last in zip(firsts, self.ends, strict=False) if first <= until]
        for first, last in reversed(acts):
            if read(self.moments[last]) != self._before(first, read):
                return next(
                    self.moments[place].position
                    for place in range(last, first - 1, -1)
                    if read(self.moments[place]) != self._before(place, read)
                )
        raise AssertionError(until)

    def _before(self, place: int, read: Callable[[After], object]) -> object:
        before = self.moments[place - 1] if place else After(position=0, snapshot=snapshot(NOTHING, _BEGINNING), ended={})
        return read(before)

    def counted(self, end: int, *, cycle_id: str | None = None, team_id: str | None = None) -> dict[str, Fraction]:
        """Answer the progress of the objectives that count in a roll-up at the end of an act."""
        after = self.moments[end]
        teams = self._tree(end, cycle_id).teams
        return {
            objective_id: progress
            for objective_id, known in after.snapshot.objectives.items()
            if known.state in ("ACTIVE", "CLOSED")
            and cycle_id in (None, known.cycle_id)
            and (team_id is None or team_id in _upwards(teams, known.team_id))
            and (progress := after.progress(objective_id)) is not None
        }

    def _tree(self, end: int, cycle_id: str | None) -> Snapshot:
        """Answer the act whose teams count: of a closed cycle the one that sealed it."""
        standing = self.moments[end].snapshot
        if cycle_id is None or cycle_id not in standing.cycles or standing.cycles[cycle_id].phase != "CLOSED":
            return standing
        seal = standing.cycles[cycle_id].seal_position
        assert seal is not None
        return next(self.moments[last].snapshot for last in self.ends if self.moments[last].position >= seal)


_BEGINNING = datetime.min.replace(tzinfo=UTC)


def _upwards(teams: Mapping[str, Team], team_id: str | None) -> Iterator[str]:
    # A team that came after the tree has no place in it.
    while team_id in teams:
        yield team_id
        team_id = teams[team_id].parent_id


def rolled_up(numbers: Mapping[str, Fraction]) -> Fraction | None:
    """Answer the mean of a roll-up, half up to 12 places."""
    if not numbers:
        return None
    return Fraction(floor(sum(numbers.values()) / len(numbers) * 10**12 + Fraction(1, 2)), 10**12)


def exact(number: float) -> Fraction:
    """Answer the number that a float of 12 places stands for."""
    return Fraction(Decimal(repr(number)))
