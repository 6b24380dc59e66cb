"""Rejections: why a command was not accepted, as facts with data.

`decide` answers events or raises `Rejected`, nothing else. Codes are stable; the message is English
for developers; `path` names the input field, list places as numbers.
"""

from dataclasses import dataclass
from enum import StrEnum


class RejectionCode(StrEnum):
    """Every reason for which a command can be refused."""

    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    HISTORICAL_ID = "HISTORICAL_ID"
    ID_TAKEN = "ID_TAKEN"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    REASON_REQUIRED = "REASON_REQUIRED"
    START_EQUALS_TARGET = "START_EQUALS_TARGET"
    WRONG_DIRECTION = "WRONG_DIRECTION"
    NOT_POSITIVE = "NOT_POSITIVE"
    ALIGNMENT_CYCLE = "ALIGNMENT_CYCLE"
    DEPENDENCY_CYCLE = "DEPENDENCY_CYCLE"
    WRONG_STATE = "WRONG_STATE"
    CYCLE_CLOSED = "CYCLE_CLOSED"
    IN_FUTURE = "IN_FUTURE"
    METRIC_FROZEN = "METRIC_FROZEN"
    NAME_TAKEN = "NAME_TAKEN"
    EXPLANATION_REQUIRED = "EXPLANATION_REQUIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One reason for a refusal."""

    code: RejectionCode
    message: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionConflict(Rejection):
    """The thing was changed since the client read it."""

    subject_id: str
    expected_version: int
    current_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitExceeded(Rejection):
    """There is more of something than a documented limit allows."""

    limit: int
    actual: int


class Rejected(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """Raised by `decide` with at least one rejection."""

    def __init__(self, *rejections: Rejection) -> None:
        super().__init__("; ".join(f"{each.code}: {each.message}" for each in rejections))
        self.rejections = rejections


def refuse(code: RejectionCode, message: str, *path: str) -> Rejected:
    """Return a refusal with one rejection, ready to raise."""
    return Rejected(Rejection(code=code, message=message, path=path))


def refuse_limit(what: str, limit: int, actual: int, *path: str) -> Rejected:
    """Return the refusal of a number that is above its limit."""
    return Rejected(
        LimitExceeded(
            code=RejectionCode.LIMIT_EXCEEDED,
            message=f"{what}: {actual} given, at most {limit} allowed",
            path=path,
            limit=limit,
            actual=actual,
        )
    )
