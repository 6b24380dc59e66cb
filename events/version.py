"""Optimistic concurrency: `expectedVersion` counts changes of the definition of the thing itself."""

from events.rejection import Rejected, RejectionCode, VersionConflict


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
