"""Days, due check-ins and the expected line."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.calendar import (
    CheckInCalendar,
    CheckInDueState,
    day_of,
    due_at,
    due_days,
    due_state,
    end_of_day,
    expected_progress,
    expected_share,
    is_overdue,
    missed_due_days,
    start_of_day,
)
from events.metric import Checkpoint, Metric, MetricKind

PRAGUE = "Europe/Prague"
FRIDAYS = CheckInCalendar(cadence_days=7, grace_days=3, weekday=5, zone=PRAGUE)
MONDAY = datetime(2026, 7, 6, 8, 0, tzinfo=UTC)
QUARTER = (date(2026, 7, 1), date(2026, 9, 30))
RISING = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(100))


def friday(number: int) -> datetime:
    """The end of a Friday: 0 is that of the week of MONDAY."""
    return end_of_day(date(2026, 7, 10) + timedelta(days=7 * number), PRAGUE)


# --- days


def test_a_day_ends_with_its_last_microsecond_in_the_zone():
    assert end_of_day(date(2026, 7, 10), PRAGUE) == datetime(2026, 7, 10, 21, 59, 59, 999999, tzinfo=UTC)
    assert start_of_day(date(2026, 7, 10), PRAGUE) == datetime(2026, 7, 9, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_days_at_the_change_of_clocks_are_shorter_or_longer(day: date, hours: int):
    length = end_of_day(day, PRAGUE) - start_of_day(day, PRAGUE) + timedelta(microseconds=1)
    assert length == timedelta(hours=hours)


def test_the_last_day_of_the_calendar_ends_as_well_and_the_first_one_begins():
    assert end_of_day(date.max, PRAGUE) > end_of_day(date(9999, 12, 30), PRAGUE)
    assert start_of_day(date.min, PRAGUE) < start_of_day(date(1, 1, 2), PRAGUE)


@given(
    st.timedeltas(timedelta(days=-12_000), timedelta(days=12_000)),
    st.sampled_from([PRAGUE, "America/St_Johns", "Pacific/Apia"]),
)
def test_an_instant_lies_in_its_day(span: timedelta, zone: str):
    instant = MONDAY + span
    day = day_of(instant, zone)
    assert start_of_day(day, zone) <= instant <= end_of_day(day, zone)


# --- due days


def test_the_first_check_in_falls_due_on_the_first_weekday_after_going_live():
    assert due_at(FRIDAYS, MONDAY, None, None) == friday(0)
    assert due_at(FRIDAYS, friday(0), None, None) == friday(0)
    assert due_at(FRIDAYS, friday(0) + timedelta(microseconds=1), None, None) == friday(1)


def test_nothing_falls_due_in_a_draft():
    assert due_at(FRIDAYS, None, None, None) is None
    assert is_overdue(FRIDAYS, None, MONDAY) is False


@pytest.mark.parametrize(
    ("checked_in_at", "next_due"),
    [
        (friday(0) - timedelta(days=2), friday(1)),
        (friday(0), friday(1)),
        # Late but within the grace of three days: it answers the Friday before, not the coming one.
        (friday(0) + timedelta(days=3), friday(1)),
        (friday(0) + timedelta(days=3, microseconds=1), friday(2)),
        (friday(4) - timedelta(days=1), friday(5)),
    ],
)
def test_a_check_in_answers_one_due_day(checked_in_at: datetime, next_due: datetime):
    assert due_at(FRIDAYS, MONDAY, checked_in_at, None) == next_due


def test_after_the_end_of_the_cycle_nothing_falls_due():
    last_day = date(2026, 7, 17)
    assert due_at(FRIDAYS, MONDAY, friday(0), last_day) == friday(1)
    assert due_at(FRIDAYS, MONDAY, friday(1), last_day) is None
    assert due_at(FRIDAYS, MONDAY, None, date(2026, 7, 9)) is None


def test_a_check_in_is_overdue_after_the_grace():
    due = due_at(FRIDAYS, MONDAY, None, None)
    assert is_overdue(FRIDAYS, due, friday(0) + timedelta(days=3)) is False
    assert is_overdue(FRIDAYS, due, friday(0) + timedelta(days=3, microseconds=1)) is True


def test_a_check_in_is_due_then_overdue_and_missed_once_a_second_day_went_by():
    """Wanted from going live; the grace of three days is over after Monday; nothing falls due after the cycle."""
    due, ends_on = friday(0), date(2026, 7, 20)
    days = {0: ("DUE", 0), 7: ("DUE", 0), 8: ("OVERDUE", 1), 14: ("OVERDUE", 1), 15: ("MISSED", 2), 90: ("MISSED", 2)}
    for number, (state, count) in days.items():
        instant = MONDAY + timedelta(days=number)
        assert due_state(FRIDAYS, MONDAY, due, instant, ends_on) == state
        assert missed_due_days(FRIDAYS, due, instant, ends_on) == count
        # What punctuality calls missed of a key result that nobody checks in is the same.
        assert due_days(FRIDAYS, MONDAY, instant, ends_on).overdue == count
    assert missed_due_days(FRIDAYS, due, MONDAY + timedelta(days=90), None) == 12
    # Of the next period it is not wanted before the grace of this one.
    assert due_state(FRIDAYS, MONDAY, friday(1), MONDAY + timedelta(days=7), None) is None
    assert due_state(FRIDAYS, MONDAY, friday(1), MONDAY + timedelta(days=8), None) is CheckInDueState.DUE
    assert missed_due_days(FRIDAYS, None, MONDAY, None) == 0


def test_the_grace_follows_the_clocks_of_the_zone():
    calendar = replace(FRIDAYS, weekday=6)
    due = due_at(calendar, datetime(2026, 10, 20, tzinfo=UTC), None, None)
    assert due == end_of_day(date(2026, 10, 24), PRAGUE)
    assert is_overdue(calendar, due, end_of_day(date(2026, 10, 27), PRAGUE)) is False


def test_due_days_are_counted_as_they_end():
    assert due_days(FRIDAYS, MONDAY, friday(0) - timedelta(microseconds=1), None).ended == 0
    assert due_days(FRIDAYS, MONDAY, friday(0), None).ended == 1
    assert due_days(FRIDAYS, MONDAY, friday(2) + timedelta(days=5), None).ended == 3
    assert due_days(FRIDAYS, MONDAY, friday(9), date(2026, 7, 17)).ended == 2


calendars = st.builds(
    CheckInCalendar,
    cadence_days=st.integers(1, 92),
    grace_days=st.integers(0, 31),
    weekday=st.integers(1, 7),
    zone=st.sampled_from([PRAGUE, "UTC", "America/St_Johns"]),
)
spans = st.timedeltas(timedelta(0), timedelta(days=400))


@given(calendars, spans, spans)
def test_a_check_in_moves_the_due_day_on_and_never_back(calendar: CheckInCalendar, first: timedelta, more: timedelta):
    earlier = due_at(calendar, MONDAY, MONDAY + first, None)
    later = due_at(calendar, MONDAY, MONDAY + first + more, None)
    never = due_at(calendar, MONDAY, None, None)
    assert never is not None
    assert earlier is not None
    assert later is not None
    assert never < earlier <= later


@given(calendars, spans)
def test_somebody_who_checks_in_when_it_is_due_is_never_overdue(calendar: CheckInCalendar, span: timedelta):
    instant = MONDAY + span
    answered = end_of_day(calendar.answered_day(MONDAY, instant), calendar.zone)
    assert not is_overdue(calendar, due_at(calendar, MONDAY, instant, None), max(instant, answered))


@given(
    calendar=calendars,
    span=spans,
    ends_on=st.none() | st.dates(date(2026, 7, 1), date(2027, 7, 1)),
    is_boundary=st.booleans(),
)
def test_due_days_are_those_that_ended_and_those_whose_grace_is_over(
    calendar: CheckInCalendar, span: timedelta, ends_on: date | None, is_boundary: bool
):
    instant = end_of_day(day_of(MONDAY + span, calendar.zone), calendar.zone) if is_boundary else MONDAY + span
    found = due_days(calendar, MONDAY, instant, ends_on)
    days = [found.first + timedelta(days=number * calendar.cadence_days) for number in range(420)]
    ends = [end_of_day(day, calendar.zone) for day in days if ends_on is None or day <= ends_on]
    assert found.first == calendar.first_due_day(MONDAY)
    assert found.ended == sum(end <= instant for end in ends)
    assert found.overdue == sum(is_overdue(calendar, end, instant) for end in ends)


# --- the expected line


def test_the_expected_line_is_straight_over_the_cycle():
    start, end = start_of_day(QUARTER[0], PRAGUE), end_of_day(QUARTER[1], PRAGUE)
    for metric in (RISING, Metric(kind=MetricKind.BINARY), Metric(kind=MetricKind.AT_MOST, target=Decimal(5))):
        assert expected_progress(metric, *QUARTER, PRAGUE, start - timedelta(days=9)) == 0
        assert expected_progress(metric, *QUARTER, PRAGUE, start) == 0
        assert expected_progress(metric, *QUARTER, PRAGUE, start + (end - start) / 4) == 0.25
        assert expected_progress(metric, *QUARTER, PRAGUE, end) == 1
        assert expected_progress(metric, *QUARTER, PRAGUE, end + timedelta(days=9)) == 1


def test_an_open_ended_cycle_and_an_undecided_metric_have_no_expected_line():
    assert expected_progress(RISING, QUARTER[0], None, PRAGUE, MONDAY) is None
    assert expected_share(QUARTER[0], None, PRAGUE, MONDAY) is None
    assert expected_progress(Metric(kind=MetricKind.UNDECIDED), *QUARTER, PRAGUE, MONDAY) is None


@pytest.mark.parametrize(
    ("kind", "start", "target"), [(MetricKind.INCREASE, 0, 100), (MetricKind.DECREASE, 100, 0), (MetricKind.DECREASE, 50, -50)]
)
def test_checkpoints_bend_the_line_whichever_way_the_metric_goes(kind: MetricKind, start: int, target: int):
    def level(share: float) -> Decimal:
        return start + Decimal(str(share)) * (target - start)

    first, second = date(2026, 7, 31), date(2026, 8, 31)
    metric = Metric(
        kind=kind,
        start=Decimal(start),
        target=Decimal(target),
        checkpoints=(Checkpoint(on=first, target=level(0.1)), Checkpoint(on=second, target=level(0.2))),
    )
    at_first, at_second = end_of_day(first, PRAGUE), end_of_day(second, PRAGUE)
    end = end_of_day(QUARTER[1], PRAGUE)
    assert expected_progress(metric, *QUARTER, PRAGUE, at_first) == 0.1
    assert expected_progress(metric, *QUARTER, PRAGUE, at_first + (at_second - at_first) / 2) == pytest.approx(0.15)
    assert expected_progress(metric, *QUARTER, PRAGUE, at_second) == 0.2
    assert expected_progress(metric, *QUARTER, PRAGUE, at_second + (end - at_second) / 2) == pytest.approx(0.6)
    assert expected_progress(metric, *QUARTER, PRAGUE, end) == 1


def test_checkpoints_outside_the_cycle_bend_only_what_lies_inside():
    before = Checkpoint(on=date(2026, 6, 1), target=Decimal(90))
    after = Checkpoint(on=date(2026, 12, 31), target=Decimal(50))
    early = replace(RISING, checkpoints=(before,))
    assert expected_progress(early, *QUARTER, PRAGUE, start_of_day(QUARTER[0], PRAGUE)) == 0
    late = replace(RISING, checkpoints=(after,))
    height = expected_progress(late, *QUARTER, PRAGUE, end_of_day(QUARTER[1], PRAGUE))
    assert height == pytest.approx(0.25, abs=0.001)
