"""KPIs: periods, and the health that is shown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.calendar import day_of
from events.kpi_calendar import Frequency, PeriodCalendar, health_shown
from events.kpi_measure import KpiHealth
from tests.support.given import KICK_OFF
from tests.support.measured import PRAGUE, RISING


@pytest.mark.parametrize(
    ("frequency", "calendar", "day", "first", "last"),
    [
        (Frequency.DAILY, PRAGUE, date(2026, 8, 14), date(2026, 8, 14), date(2026, 8, 14)),
        (Frequency.WEEKLY, PRAGUE, date(2026, 8, 16), date(2026, 8, 10), date(2026, 8, 16)),
        (Frequency.MONTHLY, PRAGUE, date(2028, 2, 14), date(2028, 2, 1), date(2028, 2, 29)),
        (Frequency.QUARTERLY, PRAGUE, date(2026, 8, 14), date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_periods_are_those_of_the_organization(
    frequency: Frequency, calendar: PeriodCalendar, day: date, first: date, last: date
) -> None:
    assert (calendar.first_day(frequency, day), calendar.last_day(frequency, day)) == (first, last)


def test_weeks_and_quarters_follow_the_settings() -> None:
    sundays = PeriodCalendar(zone="UTC", first_day_of_week=7, fiscal_year_start_month=2, grace_days=0)
    assert sundays.first_day(Frequency.WEEKLY, date(2026, 8, 16)) == date(2026, 8, 16)
    assert sundays.first_day(Frequency.QUARTERLY, date(2026, 1, 31)) == date(2025, 11, 1)
    assert sundays.last_day(Frequency.QUARTERLY, date(2025, 12, 1)) == date(2026, 1, 31)
    assert sundays.previous_first_day(Frequency.QUARTERLY, date(2026, 1, 31)) == date(2025, 8, 1)


@given(
    day=st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)),
    frequency=st.sampled_from(Frequency),
    weekday=st.integers(1, 7),
    month=st.integers(1, 12),
)
def test_periods_lie_side_by_side(day: date, frequency: Frequency, weekday: int, month: int) -> None:
    calendar = PeriodCalendar(zone="UTC", first_day_of_week=weekday, fiscal_year_start_month=month, grace_days=0)
    first, last = calendar.first_day(frequency, day), calendar.last_day(frequency, day)
    assert first <= day <= last
    assert calendar.first_day(frequency, last + timedelta(days=1)) == last + timedelta(days=1)
    assert calendar.previous_first_day(frequency, last + timedelta(days=1)) == first
    assert {calendar.first_day(frequency, each) for each in (first, last)} == {first}


def test_a_kpi_is_outdated_when_the_grace_of_a_period_without_a_reading_is_over() -> None:
    # Read on Friday of the week until 9 August; that of the week until 16 August is due until the 19th, in Prague.
    read_at = datetime(2026, 8, 7, 12, tzinfo=UTC)
    shown = {
        instant: health_shown(
            value=Decimal(95),
            effective_at=read_at,
            bands=RISING,
            frequency=Frequency.WEEKLY,
            calendar=PRAGUE,
            instant=instant,
        )
        for instant in (datetime(2026, 8, 19, 21, 59, tzinfo=UTC), datetime(2026, 8, 19, 22, 0, tzinfo=UTC))
    }
    assert list(shown.values()) == [KpiHealth.HEALTHY, KpiHealth.OUTDATED]
    assert [day_of(instant, PRAGUE.zone).day for instant in shown] == [19, 20]


def test_a_kpi_without_a_reading_is_unknown_and_never_healthy() -> None:
    nothing: dict[str, Any] = {"value": None, "effective_at": None, "bands": RISING, "frequency": Frequency.DAILY}
    assert health_shown(**nothing, calendar=PRAGUE, instant=KICK_OFF) is KpiHealth.UNKNOWN


def test_the_calendar_ends_where_dates_do() -> None:
    for frequency in Frequency:
        assert PRAGUE.previous_first_day(frequency, date.min) == date.min
