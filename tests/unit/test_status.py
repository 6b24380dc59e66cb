"""The health shown: the first rule that applies."""

from datetime import UTC, datetime, timedelta

import pytest

from events.check_in import CheckInStatus
from events.health import PaceBand, Status, newest, pace_band, pace_of, silence_of, status_shown
from events.objective import ObjectiveState
from events.organization import PaceBands

NOW = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)
TEN_DAYS = timedelta(days=10)
A_MICROSECOND = timedelta(microseconds=1)


def shown(
    state: ObjectiveState = ObjectiveState.ACTIVE,
    reported: CheckInStatus | None = None,
    stale_since: datetime | None = NOW,
    *,
    is_dropped: bool = False,
) -> Status:
    return status_shown(
        state=state,
        is_dropped=is_dropped,
        reported=reported,
        stale_since=stale_since,
        silent_before=silence_of(NOW, cadence_days=7, grace_days=3),
    )


@pytest.mark.parametrize("reported", [None, *CheckInStatus])
@pytest.mark.parametrize("stale_since", [None, NOW, NOW - 2 * TEN_DAYS])
def test_what_is_closed_cancelled_or_dropped_is_closed_whatever_was_reported(
    reported: CheckInStatus | None, stale_since: datetime | None
):
    assert shown(ObjectiveState.CLOSED, reported, stale_since) is Status.CLOSED
    assert shown(ObjectiveState.CANCELLED, reported, stale_since) is Status.CLOSED
    assert shown(ObjectiveState.ACTIVE, reported, stale_since, is_dropped=True) is Status.CLOSED


def test_a_draft_is_pending():
    assert shown(ObjectiveState.DRAFT, None, None) is Status.PENDING
    assert shown(ObjectiveState.DRAFT, None, NOW - 2 * TEN_DAYS) is Status.PENDING


def test_silence_is_pending_and_then_outdated_but_never_green():
    assert shown(stale_since=NOW) is Status.PENDING
    assert shown(stale_since=NOW - TEN_DAYS) is Status.PENDING
    assert shown(stale_since=NOW - TEN_DAYS - A_MICROSECOND) is Status.OUTDATED


@pytest.mark.parametrize("reported", list(CheckInStatus))
def test_what_was_reported_holds_for_cadence_and_grace(reported: CheckInStatus):
    assert shown(reported=reported, stale_since=NOW - TEN_DAYS) is Status(reported)
    assert shown(reported=reported, stale_since=NOW - TEN_DAYS - A_MICROSECOND) is Status.OUTDATED
    assert shown(reported=reported, stale_since=None) is Status(reported)


def test_the_newest_of_two_instants_passes_over_absent_ones():
    assert newest(NOW - TEN_DAYS, NOW) == NOW
    assert newest(None, NOW) == newest(NOW, None) == NOW
    assert newest(None, None) is None


def test_pace_is_progress_minus_expected_progress():
    assert pace_of(0.3, 0.1) == 0.2
    assert pace_of(None, 0.5) is None
    assert pace_of(0.5, None) is None


@pytest.mark.parametrize(
    ("pace", "band"),
    [
        (1.0, PaceBand.AHEAD),
        (-0.1, PaceBand.AHEAD),
        (-0.100000000001, PaceBand.BEHIND),
        (-0.25, PaceBand.BEHIND),
        (-0.250000000001, PaceBand.FAR_BEHIND),
        (None, None),
    ],
)
def test_bands_begin_at_their_bounds(pace: float | None, band: PaceBand | None):
    assert pace_band(pace, PaceBands()) is band
