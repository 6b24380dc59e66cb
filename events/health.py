"""Health: the status and the pace that are shown, computed for the moment read and never stored.

`status_of_objectives` and `status_of_key_results` in `projections/listing.py` state the same rules as SQL, for filters
and counts.
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
    cadence_days: int,
    grace_days: int,
    instant: datetime,
) -> Status:
    """Answer the first that applies: CLOSED, PENDING in a draft, OUTDATED, what was reported, PENDING.

    `stale_since` is the instant from which the silence counts: the newest recording of a check-in or the
    going live, whichever is later; of an objective the oldest of its live key results (`stalest_at`).
    Silence is OUTDATED once it has lasted longer than cadence and grace, and PENDING, never green, until
    a first check-in.
    """
    if state in ENDED or is_dropped:
        return Status.CLOSED
    if state is ObjectiveState.DRAFT:
        return Status.PENDING
    if stale_since is not None and instant > stale_since + timedelta(days=cadence_days + grace_days):
        return Status.OUTDATED
    return Status.PENDING if reported is None else Status(reported)


def newest(*instants: datetime | None) -> datetime | None:
    """Answer the latest of some instants, ignoring absent ones."""
    return max((instant for instant in instants if instant is not None), default=None)


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
