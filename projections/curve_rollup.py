"""Rolled-up curves: the mean progress of the objectives of a cycle, a team with its sub-teams, or everything.

Sums are integers, in units of the last place of a progress: they are exact, and can be kept up from step to step.
"""

import asyncio
import heapq
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter, itemgetter

from events.metric import PROGRESS_PLACES
from events.progress import rounded_mean, units_of
from projections.curve import CurveResolution, Reading, Step
from projections.curve_points import Thinning

INSTANTS_AT_ONCE = 5_000
"""After so many instants, which take about 20 ms, other requests get their turn."""

Difference = tuple[datetime, int, int, int]
"""From an instant on, by the event or act of a position, a sum and the number of its summands differ by so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """Which objectives count: of a team and those below it, of a cycle, of the cycles that run, or all of them."""

    team_id: str | None = None
    cycle_id: str | None = None
    is_running: bool = False

    @property
    def is_whole_cycle(self) -> bool:
        """Whether it is what a cycle counts as its own."""
        return self.cycle_id is not None and self.team_id is None and not self.is_running


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """An objective counts for the positions [begin, end)."""

    objective_id: str
    begin: int
    end: int


def progress_of(units: int | None) -> Decimal | None:
    """Answer the progress that so many units are."""
    return None if units is None else Decimal(units).scaleb(-PROGRESS_PLACES)


def mean_of(units: int, count: int) -> Decimal | None:
    """Answer the mean of a sum as a progress."""
    return progress_of(rounded_mean(units, count))


class Means:
    """The means of what counts, as the curves of objectives come in.

    `recorded_at` knows the positions of stretches as far as the curve goes; what ends later has not ended.
    """

    def __init__(self, stretches: Mapping[Rollup, Sequence[Stretch]], recorded_at: Mapping[int, datetime]) -> None:
        self._stretches = stretches
        self._recorded_at = recorded_at
        self._differences: dict[Rollup, list[list[Difference]]] = {rollup: [] for rollup in stretches}

    def add(self, curves: Mapping[str, Sequence[Step]]) -> None:
        """Take in the steps of some objectives, which come once."""
        for rollup, several in self._stretches.items():
            counted = (stretch for stretch in several if stretch.objective_id in curves)
            differences = [each for stretch in counted for each in self._differences_of(stretch, curves[stretch.objective_id])]
            # In pieces, because sorting all of them at once would let nobody have a turn.
            self._differences[rollup].append(sorted(differences))

    def _differences_of(self, stretch: Stretch, steps: Sequence[Step]) -> Iterator[Difference]:
        """Answer what an objective adds to a sum while it counts."""
        begin_at, end_at = self._recorded_at[stretch.begin], self._recorded_at.get(stretch.end)
        begun = bisect_right(steps, begin_at, key=attrgetter("at"))
        known: int | None = None
        for number in range(max(begun - 1, 0), len(steps)):
            step = steps[number]
            if end_at is not None and step.at >= end_at:
                break
            progress = None if step.reading.progress is None else units_of(step.reading.progress)
            if progress == known:
                continue
            at, position = (begin_at, stretch.begin) if number < begun else (step.at, step.position)
            if step.at == begin_at:
                position = max(position, step.position)
            yield at, position, (progress or 0) - (known or 0), (progress is not None) - (known is not None)
            known = progress
        if known is not None and end_at is not None:
            yield end_at, stretch.end, -known, -1

    async def steps(self, rollup: Rollup, thinning: Thinning | None) -> list[Step]:
        """Answer the steps of a mean when all has come in: those that a thinning leaves, or all of them."""
        found: list[tuple[datetime, int, int | None]] = []
        bounds = self._bounds(rollup, thinning)
        units = count = passed = passed_before = 0
        known: int | None = None
        differences = heapq.merge(*self._differences[rollup])
        for number, (at, several) in enumerate(groupby(differences, key=itemgetter(0)), 1):
            position = 0
            for _, position, added, amount in several:  # noqa: B007 - that of the last one is the step's
                units += added
                count += amount
            mean = rounded_mean(units, count)
            if mean != known:
                while passed < len(bounds) and bounds[passed] < at:
                    passed += 1
                # The first step is where the curve begins.
                if bounds and passed == passed_before and len(found) > 1:
                    found.pop()
                found.append((at, position, mean))
                known, passed_before = mean, passed
            if number % INSTANTS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return [Step(at=at, position=position, reading=Reading(progress=progress_of(mean))) for at, position, mean in found]

    def _bounds(self, rollup: Rollup, thinning: Thinning | None) -> Sequence[datetime]:
        if thinning is None or thinning.resolution is CurveResolution.STEP:
            return ()
        first_at = min((several[0][0] for several in self._differences[rollup] if several), default=None)
        return () if first_at is None else thinning.bounds(first_at)
