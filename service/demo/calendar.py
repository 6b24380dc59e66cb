"""The demo's fiscal year: four quarters that end with a running one, and the moments at which things happen."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from service.demo.company import TIME_ZONE

QUARTERS = 4
_ZONE = ZoneInfo(TIME_ZONE)
_RUNNING_DAYS = 49
"""The running quarter is at least this many days old, so that there is something to see in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A quarter; `ends_on` is its last day."""

    number: int
    name: str
    starts_on: date
    ends_on: date

    def moment(self, week: float, random: Random, hour: int = 10) -> datetime:
        """Answer a moment some weeks after the quarter's first Monday, or before it, in office hours."""
        monday = self.starts_on + timedelta(days=-self.starts_on.weekday() % 7)
        return moment(monday + timedelta(days=round(7 * week)), random, hour)

    def fridays(self) -> list[date]:
        """Answer the days on which check-ins fall due, without the first days of the quarter."""
        first = self.starts_on + timedelta(days=3)
        first += timedelta(days=(4 - first.weekday()) % 7)
        count = (self.ends_on - first).days // 7 + 1
        return [first + timedelta(weeks=week) for week in range(count)]

    def share(self, day: date) -> float:
        """Answer how much of the quarter has gone by at the end of a day, 0 to 1."""
        gone = (day - self.starts_on).days + 1
        return min(max(gone / ((self.ends_on - self.starts_on).days + 1), 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalYear:
    """The year that the quarters make, and the quarter after it."""

    year: Quarter
    quarters: tuple[Quarter, ...]
    following: Quarter

    @property
    def starts_on(self) -> date:
        """The first day."""
        return self.year.starts_on


def fiscal_year_running(today: date) -> FiscalYear:
    """Answer the fiscal year whose last quarter runs today and began at least six weeks ago.

    Fiscal years begin with any month, so whatever the day the demo looks alike.
    """
    begun = today - timedelta(days=_RUNNING_DAYS)
    return fiscal_year(_plus_months(date(begun.year, begun.month, 1), -3 * (QUARTERS - 1)))


def fiscal_year(starts_on: date) -> FiscalYear:
    """Answer the fiscal year that begins with the first day of a month."""
    starts = [_plus_months(starts_on, 3 * number) for number in range(QUARTERS + 2)]
    ends = [each - timedelta(days=1) for each in starts[1:]]
    label = f"FY{ends[QUARTERS - 1].year % 100:02}"
    quarters = tuple(
        Quarter(number=number, name=f"Q{number + 1} {label}", starts_on=starts[number], ends_on=ends[number])
        for number in range(QUARTERS)
    )
    return FiscalYear(
        year=Quarter(number=0, name=label, starts_on=starts[0], ends_on=ends[QUARTERS - 1]),
        quarters=quarters,
        following=Quarter(
            number=QUARTERS,
            name=f"Q1 FY{(ends[QUARTERS - 1].year + 1) % 100:02}",
            starts_on=starts[QUARTERS],
            ends_on=ends[QUARTERS],
        ),
    )


def moment(day: date, random: Random, hour: int = 10) -> datetime:
    """Answer a moment within the hour of a day in the company's time zone."""
    clock = time(hour, random.randrange(60), random.randrange(60), random.randrange(1_000_000))
    return datetime.combine(day, clock, _ZONE)


def _plus_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
