"""Progress curves as they are drawn: cut to the cycle, on the organization's clock, with what was retargeted."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isclose
from zoneinfo import ZoneInfo

from service.report.data import Report
from service.report.queries import Content

Point = tuple[datetime, float | None]
"""When, on the organization's clock, and a share; None where nothing is known."""

_DAY = timedelta(days=1)
_LEAST = 1e-9
"""A difference of shares that nobody sees; the API answers 12 places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The stretch of time that all curves of a report are drawn over; `ends_at` is the end of the cycle, if it has one.

    Instants are those of the organization's clock, without a zone: what draws them knows no zones.
    """

    begin: datetime
    end: datetime
    ends_at: datetime | None
    zone: ZoneInfo

    def local(self, instant: str | datetime) -> datetime:
        """Answer an instant as the organization's clock shows it."""
        read = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return read.astimezone(self.zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What is drawn of one thing. `original` is empty where it is the same line; `retargets` stand on `in_force`."""

    frame: Frame
    in_force: Sequence[Point]
    original: Sequence[Point]
    expected: Sequence[Point]
    retargets: Sequence[Point]

    @property
    def end(self) -> float | None:
        """Progress at the end, None when nothing is known."""
        return self.in_force[-1][1] if self.in_force else None

    @property
    def original_end(self) -> float | None:
        """Progress at the end against the original target."""
        points = self.original or self.in_force
        return points[-1][1] if points else None

    @property
    def expected_end(self) -> float | None:
        """Where the expected line ends."""
        return self.expected[-1][1] if self.expected else None


def frame_of(report: Report) -> Frame:
    """Answer the frame of a report: from the cycle's first day to its last, or to what moved a progress after that."""
    clock = ZoneInfo(report.zone)
    starts_on, ends_on = report.cycle["startsOn"], report.cycle["endsOn"]
    begin = datetime.combine(date.fromisoformat(starts_on), time())
    ends_at = None if ends_on is None else datetime.combine(date.fromisoformat(ends_on), time()) + _DAY
    lasts = [each["inForce"]["points"][-1:] for each in (report.cycle, *report.objectives)]
    moved = [datetime.fromisoformat(point["at"]).astimezone(clock).replace(tzinfo=None) for last in lasts for point in last]
    return Frame(begin=begin, end=max([*moved, ends_at or begin + _DAY]), ends_at=ends_at, zone=clock)


def curve_of(thing: Content, retargeted_at: Iterable[datetime], frame: Frame) -> Curve:
    """Answer the curve of a cycle, an objective or a key result."""
    in_force = _points(thing["inForce"], "progress", frame)
    original = _points(thing["original"], "progress", frame)
    marks = sorted(at for each in retargeted_at if frame.begin <= (at := frame.local(each)) <= frame.end)
    return Curve(
        frame=frame,
        in_force=in_force,
        original=[] if original == in_force else original,
        expected=_points(thing["inForce"], "expected", frame),
        retargets=[(at, _height(in_force, at)) for at in marks],
    )


def _points(curve: Content, name: str, frame: Frame) -> list[Point]:
    points = [(frame.local(each["at"]), each[name]) for each in curve["points"]]
    before = [height for at, height in points if at <= frame.begin]
    within = [(at, height) for at, height in points if frame.begin < at <= frame.end]
    return _corners([*((frame.begin, height) for height in before[-1:]), *within])


def _corners(points: Sequence[Point]) -> list[Point]:
    """Leave out what lies on the line between its neighbours."""
    kept: list[Point] = []
    for number, point in enumerate(points):
        if number in (0, len(points) - 1) or not _is_between(kept[-1], point, points[number + 1]):
            kept.append(point)
    return kept


def _is_between(before: Point, point: Point, after: Point) -> bool:
    if before[1] is None or point[1] is None or after[1] is None:
        return False
    share = (point[0] - before[0]) / (after[0] - before[0])
    return isclose(point[1], before[1] + share * (after[1] - before[1]), abs_tol=_LEAST)


def _height(points: Sequence[Point], at: datetime) -> float | None:
    """Answer where the line through the points stands at an instant; before and after it, as at its ends."""
    if not points:
        return None
    place = bisect_left(points, at, key=lambda point: point[0])
    before, after = points[max(place - 1, 0)], points[min(place, len(points) - 1)]
    if before[1] is None or after[1] is None or before[0] == after[0]:
        return after[1]
    return before[1] + (at - before[0]) / (after[0] - before[0]) * (after[1] - before[1])
