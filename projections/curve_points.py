"""Points of a curve: its steps, or what it stood at when each day or week ended."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from events.calendar import day_of, end_of_day
from projections.curve import CurveResolution, Reading, Step

MOST_POINTS = 2_000
"""How many points a curve has at most; with more it is made coarser."""

_DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A reading at an instant; `position` is that of the event that made it, or of its act."""

    at: datetime
    position: int
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Where points may stand: from `begin`, None for the start of everything, to `end`.

    Days end at midnight in `zone`, weeks before `first_day_of_week` (ISO, 1 Monday to 7 Sunday).
    """

    begin: datetime | None
    end: datetime
    zone: str
    first_day_of_week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinning:
    """What will be made of a curve: points of a resolution on a grid, which need few of its steps.

    These are the first one, the last one of each day and of the grid, and the very last one; and for STEP as many of
    those within the grid as show whether there are more than `most`, which cannot all be points.
    """

    resolution: CurveResolution
    grid: Grid
    most: int = MOST_POINTS

    def bounds(self, first_at: datetime) -> list[datetime]:
        """Answer the instants, rising, up to each of which the last step is needed, of steps that begin at one."""
        return [*ends_of(first_at, CurveResolution.DAY, self.grid), self.grid.end]


def known_steps(steps: Sequence[Step]) -> Sequence[Step]:
    """Answer steps from the first known progress on: before it there is nothing to draw."""
    first = next((index for index, step in enumerate(steps) if step.reading.progress is not None), len(steps))
    return steps[first:]


def points_of(
    steps: Sequence[Step], resolution: CurveResolution, grid: Grid, most: int = MOST_POINTS
) -> tuple[list[Point], CurveResolution]:
    """Answer the points of known steps and the resolution used: the one asked for, or the next that is coarse enough.

    Steps are those within the grid. Days and weeks begin with the first step; the last one ends where the grid
    does. Of more weeks than there may be points, the last ones are answered.
    """
    if resolution is CurveResolution.STEP:
        within = [step for step in steps if (grid.begin is None or step.at >= grid.begin) and step.at <= grid.end]
        if len(within) <= most:
            return [Point(at=step.at, position=step.position, reading=step.reading) for step in within], resolution
        resolution = CurveResolution.DAY
    ends = ends_of(steps[0].at, resolution, grid) if steps else []
    if len(ends) > most and resolution is CurveResolution.DAY:
        resolution = CurveResolution.WEEK
        ends = ends_of(steps[0].at, resolution, grid)
    return _at(steps, ends[-most:]), resolution


def ends_of(first_at: datetime, resolution: CurveResolution, grid: Grid) -> list[datetime]:
    """Answer the instants at which days or weeks end since the first step, as far as the grid goes."""
    begin = first_at if grid.begin is None else max(first_at, grid.begin)
    if begin > grid.end:
        return []
    day, last_day = day_of(begin, grid.zone), day_of(grid.end, grid.zone)
    stride = 1
    if resolution is CurveResolution.WEEK:
        stride, last_weekday = _DAYS_OF_WEEK, (grid.first_day_of_week - 2) % _DAYS_OF_WEEK + 1
        day = _later(day, (last_weekday - day.isoweekday()) % _DAYS_OF_WEEK)
    ends: list[datetime] = []
    while day < last_day:
        ends.append(end_of_day(day, grid.zone))
        day = _later(day, stride)
    return [*ends, grid.end if day > last_day else min(end_of_day(day, grid.zone), grid.end)]


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days) if (date.max - day).days >= days else date.max


def _at(steps: Sequence[Step], instants: Sequence[datetime]) -> list[Point]:
    points: list[Point] = []
    for instant in instants:
        step = steps[bisect_right(steps, instant, key=attrgetter("at")) - 1]
        points.append(Point(at=instant, position=step.position, reading=step.reading))
    return points
