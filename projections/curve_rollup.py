"""Rolled-up curves: the mean progress of the objectives of a cycle, a team with its sub-teams, or everything."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import attrgetter, itemgetter

from events.metric import PROGRESS_PLACES, ZERO, quotient
from projections.curve import NOTHING_READ, Reading, Step

_QUANTUM = Decimal(1).scaleb(-PROGRESS_PLACES)

Difference = tuple[datetime, int, Decimal, int]
"""From an instant on, by the event or act of a position, a sum and the number of its summands differ by so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """Which objectives count: of a team and those below it, of a cycle, of the cycles that run, or all of them."""

    team_id: str | None = None
    cycle_id: str | None = None
    is_running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """An objective counts for the positions [begin, end)."""

    objective_id: str
    begin: int
    end: int


def mean_of(total: Decimal, count: int) -> Decimal | None:
    """Answer a mean, rounded as the roll-up of the read models rounds it; None of nothing."""
    return quotient(total, Decimal(count)).quantize(_QUANTUM, rounding=ROUND_HALF_UP) if count else None


def roll_up(
    stretches: Iterable[Stretch], curves: Mapping[str, Sequence[Step]], recorded_at: Mapping[int, datetime]
) -> list[Step]:
    """Answer the steps of the mean of what counts, from the curves of objectives.

    `recorded_at` knows the positions as far as the curve goes; what ends later has not ended.
    """
    differences = sorted(
        difference
        for stretch in stretches
        for difference in _differences(stretch, curves.get(stretch.objective_id, ()), recorded_at)
    )
    total, count = ZERO, 0
    steps: list[Step] = []
    # The sum is exact, so that it can be kept up difference by difference.
    for at, several in groupby(differences, key=itemgetter(0)):
        position = 0
        for _, position, progress, amount in several:  # noqa: B007 - that of the last one is the step's
            total += progress
            count += amount
        mean = mean_of(total, count)
        if mean != (steps[-1].reading if steps else NOTHING_READ).progress:
            steps.append(Step(at=at, position=position, reading=Reading(progress=mean)))
    return steps


def _differences(stretch: Stretch, steps: Sequence[Step], recorded_at: Mapping[int, datetime]) -> Iterator[Difference]:
    """Answer what an objective adds to a sum while it counts."""
    begin_at, end_at = recorded_at[stretch.begin], recorded_at.get(stretch.end)
    begun = bisect_right(steps, begin_at, key=attrgetter("at"))
    known: Decimal | None = None
    for number, step in enumerate(steps[max(begun - 1, 0) :], max(begun - 1, 0)):
        if end_at is not None and step.at >= end_at:
            break
        progress = step.reading.progress
        if progress != known:
            at, position = (begin_at, stretch.begin) if number < begun else (step.at, step.position)
            if number < begun and step.at == begin_at:
                position = max(position, step.position)
            yield at, position, (progress or ZERO) - (known or ZERO), (progress is not None) - (known is not None)
            known = progress
    if known is not None and end_at is not None:
        yield end_at, stretch.end, -known, -1
