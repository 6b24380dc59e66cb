"""When KPIs are read: periods of the organization's calendar, and the health shown at a moment, never stored.

`HEALTH_OF_KPIS` in `projections/kpi_listing.py` states the same rule as SQL, for filters.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from events.calendar import day_of, start_of_day
from events.kpi_measure import Bands, KpiHealth, band_of

_DAY = timedelta(days=1)
_DAYS_OF_WEEK = 7
_MONTHS_OF_QUARTER = 3


class Frequency(StrEnum):
    """How often a KPI is read."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodCalendar:
    """Periods of an organization: days in `zone`, weeks from a weekday (ISO), quarters of the fiscal year.

    A reading of a period is missing once `grace_days` have passed since the period's last day.
    """

    zone: str
    first_day_of_week: int
    fiscal_year_start_month: int
    grace_days: int

    def first_day(self, frequency: Frequency, day: date) -> date:
        """Answer the first day of the period that a day belongs to."""
        match frequency:
            case Frequency.DAILY:
                return day
            case Frequency.WEEKLY:
                days = (day.isoweekday() - self.first_day_of_week) % _DAYS_OF_WEEK
                return day - timedelta(days=min(days, (day - date.min).days))
            case Frequency.MONTHLY:
                return day.replace(day=1)
            case Frequency.QUARTERLY:
                months = (day.month - self.fiscal_year_start_month) % _MONTHS_OF_QUARTER
                return _months_earlier(day.replace(day=1), months)
            case _:
                assert_never(frequency)

    def previous_first_day(self, frequency: Frequency, day: date) -> date:
        """Answer the first day of the period before the one that a day belongs to."""
        first = self.first_day(frequency, day)
        return first if first == date.min else self.first_day(frequency, first - _DAY)

    def last_day(self, frequency: Frequency, day: date) -> date:
        """Answer the last day of the period that a day belongs to."""
        first = self.first_day(frequency, day)
        match frequency:
            case Frequency.DAILY:
                return first
            case Frequency.WEEKLY:
                return first + timedelta(days=_DAYS_OF_WEEK - 1)
            case Frequency.MONTHLY:
                return first.replace(day=monthrange(first.year, first.month)[1])
            case Frequency.QUARTERLY:
                last = _months_earlier(first, 1 - _MONTHS_OF_QUARTER)
                return last.replace(day=monthrange(last.year, last.month)[1])
            case _:
                assert_never(frequency)

    def due_since(self, frequency: Frequency, instant: datetime) -> datetime:
        """Answer since when a reading is expected: the start of the newest period whose grace is over at an instant."""
        day = day_of(instant, self.zone)
        overdue = day - timedelta(days=min(self.grace_days, (day - date.min).days))
        return start_of_day(self.previous_first_day(frequency, overdue), self.zone)

    def periods_of(self, frequency: Frequency, instant: datetime) -> tuple[datetime, datetime]:
        """Answer when the period of an instant began, and the one before it."""
        day = day_of(instant, self.zone)
        first, previous = self.first_day(frequency, day), self.previous_first_day(frequency, day)
        return start_of_day(first, self.zone), start_of_day(previous, self.zone)


def _months_earlier(first: date, months: int) -> date:
    count = max(first.year * 12 + first.month - 1 - months, 12)
    return date(count // 12, count % 12 + 1, 1)


def health_shown(
    *,
    value: Decimal | None,
    effective_at: datetime | None,
    bands: Bands,
    frequency: Frequency,
    calendar: PeriodCalendar,
    instant: datetime,
) -> KpiHealth:
    """Answer the first that applies: UNKNOWN without a reading, OUTDATED, the band of the value that counts.

    `value` was read at `effective_at`. It is OUTDATED when the newest period whose grace is over has no reading, nor
    any later one.
    """
    if value is None or effective_at is None:
        return KpiHealth.UNKNOWN
    if effective_at < calendar.due_since(frequency, instant):
        return KpiHealth.OUTDATED
    return band_of(bands, value)
