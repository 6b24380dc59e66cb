"""Curves of a report: cut to the cycle, on the organization's clock, with no point that says nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service.report.curves import Frame, curve_of, frame_of
from service.report.data import Report, ReportLimits

PRAGUE = "Europe/Prague"
BEGIN = datetime(2026, 1, 1)  # noqa: DTZ001 - of the organization's clock
FRAME = Frame(begin=BEGIN, end=BEGIN + timedelta(days=10), ends_at=BEGIN + timedelta(days=9), zone=ZoneInfo(PRAGUE))


def at(day: float) -> datetime:
    """An instant some days after the beginning of the frame."""
    return datetime(2025, 12, 31, 23, tzinfo=UTC) + timedelta(days=day)


def local(day: float) -> datetime:
    return BEGIN + timedelta(days=day)


def thing(
    *points: tuple[float, float | None], original: tuple[tuple[float, float | None], ...] | None = None
) -> dict[str, Any]:
    """A thing whose expected line rises by a tenth a day."""

    def curve(of: tuple[tuple[float, float | None], ...]) -> dict[str, Any]:
        made = [{"at": at(day).isoformat(), "progress": height, "expected": max(0.0, day / 10)} for day, height in of]
        return {"points": made}

    return {"inForce": curve(points), "original": curve(points if original is None else original)}


def test_a_curve_begins_with_the_cycle_at_the_height_that_it_then_had():
    curve = curve_of(thing((-5, 0.1), (-3, 0.2), (2, 0.2), (3, 0.5)), (), FRAME)

    assert curve.in_force == [(local(0), 0.2), (local(2), 0.2), (local(3), 0.5)]
    assert (curve.end, curve.original, curve.original_end) == (0.5, [], 0.5)


def test_points_between_two_of_the_same_line_are_left_out():
    curve = curve_of(thing((1, 0.0), (2, 0.0), (3, 0.0), (4, 0.25), (5, 0.5), (6, 0.75), (7, 0.75)), (), FRAME)

    assert curve.in_force == [(local(1), 0.0), (local(3), 0.0), (local(6), 0.75), (local(7), 0.75)]
    assert curve.expected == [(local(1), 0.1), (local(7), 0.7)]


def test_a_gap_stays_a_gap():
    curve = curve_of(thing((1, 0.5), (2, None), (3, None), (4, 0.5)), (), FRAME)

    assert curve.in_force == [(local(1), 0.5), (local(2), None), (local(3), None), (local(4), 0.5)]


def test_the_original_curve_is_drawn_where_it_is_another():
    curve = curve_of(thing((1, 0.0), (5, 0.8), original=((1, 0.0), (5, 0.5))), (), FRAME)

    assert curve.original == [(local(1), 0.0), (local(5), 0.5)]
    assert (curve.end, curve.original_end) == (0.8, 0.5)


def test_retargets_stand_on_the_curve_in_their_order():
    points = ((1, 0.0), (2, 0.4), (3, 0.4), (4, 0.4), (5, 0.9))

    curve = curve_of(thing(*points), [at(4.5), at(2.5), at(-1), at(11)], FRAME)

    # What lies outside of the frame is no mark.
    assert curve.retargets == [(local(2.5), 0.4), (local(4.5), 0.65)]


def test_of_nothing_nothing_is_drawn():
    curve = curve_of(thing(), [at(2)], FRAME)

    assert (curve.in_force, curve.original, curve.expected) == ([], [], [])
    assert curve.retargets == [(local(2), None)]
    assert (curve.end, curve.original_end, curve.expected_end) == (None, None, None)


def report(ends_on: str | None, *last_days: float) -> Report:
    cycle = {**thing((1, 0.5)), "startsOn": "2026-01-01", "endsOn": ends_on}
    return Report(
        organization={"timeZone": PRAGUE},
        cycle=cycle,
        position=1,
        read_at=at(30),
        objectives=[thing((day, 0.5)) for day in last_days],
        objective_count=len(last_days),
        comparison=None,
        limits=ReportLimits(objectives=10, rows=10),
    )


def test_the_frame_is_the_cycle_or_ends_with_what_moved_after_it():
    within, after = frame_of(report("2026-01-09", 3)), frame_of(report("2026-01-09", 3, 12.5))

    assert (within.begin, within.end, within.ends_at) == (local(0), local(9), local(9))
    assert (after.begin, after.end, after.ends_at) == (local(0), local(12.5), local(9))


def test_an_open_ended_cycle_ends_where_its_curves_do():
    frame = frame_of(report(None, 3, 7))

    assert (frame.begin, frame.end, frame.ends_at) == (local(0), local(7), None)
