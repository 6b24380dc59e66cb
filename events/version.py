"""Versions: who made a thing's definition and when, and optimistic concurrency, for `expectedVersion` counts its changes."""

from datetime import datetime
from typing import TypedDict

from events.envelope import Occurrence
from events.rejection import Rejected, RejectionCode, VersionConflict


class Creation(TypedDict):
    """What the state of a new thing says of its making."""

    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


class Change(TypedDict):
    """What the state of a thing says of its last change."""

    version: int
    updated_at: datetime
    updated_by: str


def created(occurrence: Occurrence) -> Creation:
    """Answer what the first event of a thing makes of it, whatever the thing is."""
    at, by = occurrence.recorded_at, occurrence.actor_id
    return Creation(created_at=at, created_by=by, updated_at=at, updated_by=by)


def changed(version: int, occurrence: Occurrence) -> Change:
    """Answer what a further event makes of a thing of this version, beside what the event says."""
    return Change(version=version + 1, updated_at=occurrence.recorded_at, updated_by=occurrence.actor_id)


def check_version(subject_id: str, current_version: int, expected_version: int | None) -> None:
    """Refuse when the thing was changed since the client read it.

    Raises:
        Rejected: with a `VersionConflict`; `expected_version` None asks for no check.
    """
    if expected_version is not None and expected_version != current_version:
        raise Rejected(
            VersionConflict(
                code=RejectionCode.VERSION_CONFLICT,
                message=f"version {current_version} is current, {expected_version} was expected",
                path=("expectedVersion",),
                subject_id=subject_id,
                expected_version=expected_version,
                current_version=current_version,
            )
        )
