"""Health: the status and the pace that are shown, computed for the moment read and never stored.

`status_of_objectives` and `status_of_key_results` in `projections/objective_listing.py` state the same rules as SQL, for
filters and counts.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from events.check_in import CheckInStatus
from events.objective import ObjectiveState
from events.organization import PaceBands

ENDED = (ObjectiveState.CLOSED, ObjectiveState.CANCELLED)
"""The states in which an objective and its parts are CLOSED."""


class Status(StrEnum):
    """The health shown."""

    CLOSED = "CLOSED"
    PENDING = "PENDING"
    OUTDATED = "OUTDATED"
    ON_TRACK = "ON_TRACK"
    AT_RISK = "AT_RISK"
    OFF_TRACK = "OFF_TRACK"


_REPORTED = {each: Status(each) for each in CheckInStatus}


class PaceBand(StrEnum):
    """Pace in words."""

    AHEAD = "AHEAD"
    BEHIND = "BEHIND"
    FAR_BEHIND = "FAR_BEHIND"


def status_shown(
    *,
    state: ObjectiveState,
    is_dropped: bool,
    reported: CheckInStatus | None,
    stale_since: datetime | None,
    silent_before: datetime,
) -> Status:
    """Answer the first that applies: CLOSED, PENDING in a draft, OUTDATED, what was reported, PENDING.

    `stale_since` is the instant from which the silence counts: the newest recording of a check-in or the
    going live, whichever is later; of an objective the oldest of its live key results (`stalest_at`).
    Silence is OUTDATED once it has lasted longer than cadence and grace, and PENDING, never green, until
    a first check-in: when it began before `silent_before`, see `silence_of`.
    """
    if state in ENDED or is_dropped:
        return Status.CLOSED
    if state is ObjectiveState.DRAFT:
        return Status.PENDING
    if stale_since is not None and stale_since < silent_before:
        return Status.OUTDATED
    return Status.PENDING if reported is None else _REPORTED[reported]


def silence_of(instant: datetime, *, cadence_days: int, grace_days: int) -> datetime:
    """Answer the instant before which a silence that lasts until `instant` must have begun to be too long."""
    return instant - timedelta(days=cadence_days + grace_days)


def newest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Answer the later of two instants, ignoring absent ones."""
    if one is None or other is None:
        return one or other
    return max(one, other)


def pace_of(progress: float | None, expected: float | None) -> float | None:
    """Answer progress minus expected progress, in [-1, 1]; None when either is unknown."""
    if progress is None or expected is None:
        return None
    return round(progress - expected, 12)


def pace_band(pace: float | None, bands: PaceBands) -> PaceBand | None:
    """Answer the band in which a pace lies; None without a pace."""
    if pace is None:
        return None
    if pace < bands.far_behind:
        return PaceBand.FAR_BEHIND
    return PaceBand.BEHIND if pace < bands.behind else PaceBand.AHEAD
