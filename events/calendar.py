"""The calendar: days of an organization's zone, when check-ins fall due, and the expected line.

A day ends with its last microsecond in the organization's zone. Instants are aware; answers are in UTC.
Nothing here reads a clock: the instant comes in with the lens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache, partial
from itertools import pairwise
from zoneinfo import ZoneInfo

from events.metric import Metric, MetricKind, clamped, raw_progress

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_EXPECTED_PLACES = 12
_REMEMBERED = 10_000
"""Days and lines that are remembered: a list asks for the same few a thousand times."""
_CALENDARS = 16


@lru_cache(maxsize=_REMEMBERED)
def start_of_day(day: date, zone: str) -> datetime:
    """Answer the first instant of a day in a zone of the IANA database."""
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def end_of_day(day: date, zone: str) -> datetime:
    """Answer the last microsecond of a day in a zone."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return start_of_day(day + _DAY, zone) - _MICROSECOND


@lru_cache(maxsize=_REMEMBERED)
def day_of(instant: datetime, zone: str) -> date:
    """Answer the day on which an instant falls in a zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


# --- when check-ins fall due


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInCalendar:
    """When check-ins fall due: every `cadence_days` at the end of a weekday (ISO, 1 Monday to 7 Sunday).

    The first due day is the first such weekday that ends at or after the going live. A check-in answers
    one due day: the coming one, or the one just past while it is at most `grace_days` ago (and not longer
    than half the cadence, so that a long grace does not make every check-in late).
    """

    cadence_days: int
    grace_days: int
    weekday: int
    zone: str

    def first_due_day(self, live_at: datetime) -> date:
        """Answer the first due day after a going live."""
        live_day = day_of(live_at, self.zone)
        return live_day + timedelta(days=(self.weekday - live_day.isoweekday()) % 7)

    @property
    def accepted_late_days(self) -> int:
        """How many days after a due day a check-in still answers it."""
        return min(self.grace_days, self.cadence_days // 2)

    def answered_day(self, live_at: datetime, checked_in_at: datetime) -> date:
        """Answer the due day that a check-in recorded at some instant answers."""
        first = self.first_due_day(live_at)
        days_behind = (day_of(checked_in_at, self.zone) - first).days - self.accepted_late_days
        # The number of whole cadences, rounded up: floor division of the negative rounds the other way.
        periods = max(0, -(-days_behind // self.cadence_days))
        return first + timedelta(days=periods * self.cadence_days)


@lru_cache(maxsize=_REMEMBERED)
def due_at(
    calendar: CheckInCalendar, live_at: datetime | None, checked_in_at: datetime | None, ends_on: date | None
) -> datetime | None:
    """Answer when the next check-in falls due, perhaps in the past; None in a draft or after the cycle.

    `checked_in_at` is the newest recording, `ends_on` the last day of the cycle or None when open-ended.
    """
    if live_at is None:
        return None
    if checked_in_at is None:
        day = calendar.first_due_day(live_at)
    else:
        day = calendar.answered_day(live_at, checked_in_at) + timedelta(days=calendar.cadence_days)
    if ends_on is not None and day > ends_on:
        return None
    return end_of_day(day, calendar.zone)


@lru_cache(maxsize=_CALENDARS)
def due_dates(
    calendar: CheckInCalendar,
) -> Callable[[datetime | None, datetime | None, date | None], datetime | None]:
    """Answer `due_at` of one calendar: a list asks a thousand times, and telling calendars apart takes longer than that."""
    return lru_cache(maxsize=_REMEMBERED)(partial(due_at, calendar))


def is_overdue(calendar: CheckInCalendar, due: datetime | None, instant: datetime) -> bool:
    """Say whether a check-in that fell due is missing beyond the grace."""
    return due is not None and instant > _grace_ends_at(calendar, due)


@lru_cache(maxsize=_REMEMBERED)
def _grace_ends_at(calendar: CheckInCalendar, due: datetime) -> datetime:
    return end_of_day(day_of(due, calendar.zone) + timedelta(days=calendar.grace_days), calendar.zone)


class CheckInDueState(StrEnum):
    """How long a check-in is wanted: a due day that passed with its grace is missed, and no check-in answers it any more."""

    DUE = "DUE"
    OVERDUE = "OVERDUE"
    MISSED = "MISSED"


def missed_due_days(calendar: CheckInCalendar, due: datetime | None, instant: datetime, ends_on: date | None) -> int:
    """Count the due days, from the one that fell due, that passed with their grace before an instant."""
    if due is None:
        return 0
    until = day_of(instant, calendar.zone) - timedelta(days=1 + calendar.grace_days)
    days = ((until if ends_on is None else min(until, ends_on)) - day_of(due, calendar.zone)).days
    return 0 if days < 0 else days // calendar.cadence_days + 1


def due_state(
    calendar: CheckInCalendar, live_at: datetime, due: datetime, instant: datetime, ends_on: date | None
) -> CheckInDueState | None:
    """Answer how long a check-in is wanted; None as long as one made now would answer an earlier due day.

    DUE until its grace is over, OVERDUE after it, MISSED once a second due day in a row went the same way.
    `DUE_STATE` in `projections/check_in_due.py` states the same rule as SQL.
    """
    missed = missed_due_days(calendar, due, instant, ends_on)
    if missed:
        return CheckInDueState.MISSED if missed > 1 else CheckInDueState.OVERDUE
    is_wanted = day_of(due, calendar.zone) <= calendar.answered_day(live_at, instant)
    return CheckInDueState.DUE if is_wanted else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDays:
    """The due days before an instant.

    `first` is the first of all, `ended` how many had ended, `overdue` for how many the grace was over as well.
    """

    first: date
    ended: int
    overdue: int


def due_days(calendar: CheckInCalendar, live_at: datetime, instant: datetime, ends_on: date | None) -> DueDays:
    """Count the due days from a going live to an instant, none after the last day of the cycle.

    The same boundaries hold as elsewhere: a day has ended at its last microsecond, a grace is over after it.
    """
    first, today = calendar.first_due_day(live_at), day_of(instant, calendar.zone)
    days_before_today = (today - first).days - 1
    days_ended = days_before_today + (instant == end_of_day(today, calendar.zone))
    days_overdue = days_before_today - calendar.grace_days
    if ends_on is not None:
        days_in_cycle = (ends_on - first).days
        days_ended, days_overdue = min(days_ended, days_in_cycle), min(days_overdue, days_in_cycle)
    # Before the first due day the days are negative, and floor division makes the count 0 or less.
    ended, overdue = (max(0, days // calendar.cadence_days + 1) for days in (days_ended, days_overdue))
    return DueDays(first=first, ended=ended, overdue=overdue)


# --- the expected line


@lru_cache(maxsize=_REMEMBERED)
def expected_share(starts_on: date, ends_on: date | None, zone: str, instant: datetime) -> float | None:
    """Answer how much of a cycle has passed, in [0, 1]; None for an open-ended cycle.

    This is the expected progress where no checkpoints shape the line.
    """
    if ends_on is None:
        return None
    begin, end = start_of_day(starts_on, zone), end_of_day(ends_on, zone)
    return round(min(max((instant - begin) / (end - begin), 0.0), 1.0), _EXPECTED_PLACES)


def expected_progress(metric: Metric, starts_on: date, ends_on: date | None, zone: str, instant: datetime) -> float | None:
    """Answer where the expected line of a metric stands, in [0, 1].

    The line is straight over the cycle, or straight between the checkpoints: from nothing at the start of
    the cycle through the progress of each checkpoint's target at the end of its day to 1 at the end.
    None for UNDECIDED and for an open-ended cycle.
    """
    if metric.kind is MetricKind.UNDECIDED or ends_on is None:
        return None
    if not metric.checkpoints:
        return expected_share(starts_on, ends_on, zone, instant)
    begin, end = start_of_day(starts_on, zone), end_of_day(ends_on, zone)
    line = [(begin, 0.0)]
    for checkpoint in metric.checkpoints:
        at = end_of_day(checkpoint.on, zone)
        raw = raw_progress(metric, checkpoint.target, frozenset())
        if at > begin and raw is not None:
            line.append((at, float(clamped(raw))))
    if line[-1][0] < end:
        line.append((end, 1.0))
    return round(_height(line, min(max(instant, begin), end)), _EXPECTED_PLACES)


def _height(line: list[tuple[datetime, float]], instant: datetime) -> float:
    """Interpolate between the two points around an instant that lies on the line."""
    for (left, low), (right, high) in pairwise(line):
        if left <= instant <= right:
            return low + (high - low) * ((instant - left) / (right - left))
    return line[-1][1]
