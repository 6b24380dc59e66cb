"""Points of curves: steps, and where days and weeks end in the organization's zone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from projections.curve import CurveResolution, Reading, Step
from projections.curve_points import Grid, known_steps, points_of

STEP, DAY, WEEK = CurveResolution.STEP, CurveResolution.DAY, CurveResolution.WEEK


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant in July 2026; Prague is two hours ahead."""
    return datetime(2026, 7, day, hour, minute, tzinfo=UTC)


def step(when: datetime, progress: str | None, position: int = 1) -> Step:
    reading = Reading(progress=None if progress is None else Decimal(progress))
    return Step(at=when, position=position, reading=reading)


def grid(end: datetime, begin: datetime | None = None, first_day_of_week: int = 1) -> Grid:
    return Grid(begin=begin, end=end, zone="Europe/Prague", first_day_of_week=first_day_of_week)


STEPS = [step(at(1), "0", 3), step(at(3, 21, 59), "0.2", 5), step(at(3, 22), "0.4", 6)]


def drawn(resolution: CurveResolution, where: Grid, most: int = 2_000) -> list[tuple[str, str, int]]:
    points, _ = points_of(STEPS, resolution, where, most)
    return [(f"{point.at:%d %H:%M:%S}", str(point.reading.progress), point.position) for point in points]


def test_nothing_is_drawn_before_the_first_known_progress() -> None:
    steps = [step(at(1), None), step(at(2), None), step(at(3), "0"), step(at(4), None)]
    assert known_steps(steps) == steps[2:]
    assert known_steps(steps[:2]) == []
    for resolution in CurveResolution:
        assert points_of([], resolution, grid(at(9))) == ([], resolution)
        assert points_of(steps[2:], resolution, grid(at(2))) == ([], resolution)
        assert points_of(steps[2:], resolution, grid(at(3), begin=at(5))) == ([], resolution)


def test_days_end_at_midnight_of_the_zone_and_the_last_one_where_the_curve_ends() -> None:
    assert drawn(DAY, grid(at(4, 6))) == [
        ("01 21:59:59", "0", 3),
        ("02 21:59:59", "0", 3),
        ("03 21:59:59", "0.2", 5),
        ("04 06:00:00", "0.4", 6),
    ]
    assert drawn(DAY, grid(at(3, 21), begin=at(2, 23))) == [("03 21:00:00", "0", 3)]
    assert drawn(DAY, grid(at(1, 12))) == [("01 12:00:00", "0", 3)]


@pytest.mark.parametrize(("first_day_of_week", "days"), [(1, ["05"]), (7, ["04"]), (4, ["01", "08"])])
def test_weeks_end_before_the_first_day_of_the_week(first_day_of_week: int, days: list[str]) -> None:
    points = drawn(WEEK, grid(at(9, 6), first_day_of_week=first_day_of_week))
    assert [when for when, _, _ in points] == [*(f"{day} 21:59:59" for day in days), "09 06:00:00"]
    assert points[-1][1:] == ("0.4", 6)


def test_steps_are_those_within_the_span() -> None:
    assert drawn(STEP, grid(at(9))) == [("01 12:00:00", "0", 3), ("03 21:59:00", "0.2", 5), ("03 22:00:00", "0.4", 6)]
    assert drawn(STEP, grid(at(3, 21, 59), begin=at(2))) == [("03 21:59:00", "0.2", 5)]


def test_too_many_points_make_a_curve_coarser_and_it_says_so() -> None:
    end = at(20)
    assert points_of(STEPS, STEP, grid(end), 3)[1] is STEP
    assert points_of(STEPS, STEP, grid(end), 2)[1] is WEEK
    assert [points_of(STEPS, DAY, grid(end), most)[1] for most in (20, 19)] == [DAY, WEEK]
    points, used = points_of(STEPS, WEEK, grid(end), 2)
    assert (used, [f"{point.at:%d %H}" for point in points]) == (WEEK, ["19 21", "20 12"])
    many = [step(at(1) + timedelta(minutes=number), str(number % 2)) for number in range(2_001)]
    points, used = points_of(many, STEP, grid(end))
    assert (used, len(points)) == (DAY, 20)
    assert len(points_of(many[:2_000], STEP, grid(end))[0]) == 2_000


def test_a_day_with_a_change_of_the_clock_ends_at_midnight_too() -> None:
    october = [Step(at=datetime(2026, 10, 24, 12, tzinfo=UTC), position=1, reading=Reading(progress=Decimal(0)))]
    points, _ = points_of(october, DAY, grid(datetime(2026, 10, 26, 12, tzinfo=UTC)))
    assert [f"{point.at:%d %H:%M}" for point in points] == ["24 21:59", "25 22:59", "26 12:00"]
