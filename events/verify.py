"""Proof that a log is whole: the chain recomputed from columns and bytes alone.

Written from `docs/log-format.md` and on purpose not from `events/chain.py`, so that a mistake of the writing
code is found here instead of repeated. Works on the database and on an export.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

VERSION_BYTE = b"\x01"
_NUMBERS_OF_TIMES = struct.Struct(">iqiq")
_EIGHT_BYTES = 8


class ProblemKind(StrEnum):
    """What can be wrong with a log."""

    FORMAT = "FORMAT"
    GAP = "GAP"
    HASH = "HASH"
    COMMITMENT = "COMMITMENT"
    REDACTION = "REDACTION"
    TIME = "TIME"
    STREAM_VERSION = "STREAM_VERSION"
    HEAD = "HEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The first position at which a log is not what it should be, and why."""

    position: int
    kind: ProblemKind
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """What a verification found.

    `first_position` is where this run began: above 1 when an earlier one had come so far. The log is whole
    up to `position`, whose hash is `hash`. `redacted_positions` are those without a payload in this run.
    """

    organization_id: UUID
    first_position: int
    position: int
    hash: bytes
    redacted_positions: tuple[int, ...]
    problem: Problem | None

    @property
    def is_valid(self) -> bool:
        """Say whether nothing was found."""
        return self.problem is None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationProgress:
    """How far a running verification has come."""

    position: int
    last_position: int


ProgressCallback = Callable[[VerificationProgress], None]


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One event as bytes. `prefix` is what is hashed before the times, length prefixes included.

    Times are microseconds since 1970 in UTC; `salt` and `data` are None after a redaction.
    """

    position: int
    command_id: bytes
    stream_id: bytes
    stream_version: int
    commitment: bytes
    effective_at: int
    recorded_at: int
    hash: bytes
    salt: bytes | None
    data: bytes | None
    prefix: bytes


def genesis(organization_id: UUID) -> bytes:
    """Return the hash that the first event of an organization follows."""
    name = b"okr-ledger"
    return hashlib.sha256(
        b"\x00" + len(name).to_bytes(4, "big") + name + (16).to_bytes(4, "big") + organization_id.bytes
    ).digest()


class LogChecker:
    """Goes through a log event by event and stops at the first problem."""

    def __init__(self, organization_id: UUID, position: int = 0, newest_hash: bytes | None = None) -> None:
        self.organization_id = organization_id
        self.first_position = position + 1
        self.position = position
        self.hash = genesis(organization_id) if newest_hash is None else newest_hash
        self.problem: Problem | None = None
        self.redacted_positions: list[int] = []
        self.stream_versions: dict[bytes, int] = {}
        self._command_id = b""
        self._recorded_at: int | None = None

    def begin_after(self, command_id: bytes, recorded_at: int) -> None:
        """Take over what the event before the first one says, when a run continues an earlier one."""
        self._command_id, self._recorded_at = command_id, recorded_at

    def check_all(self, rows: Iterable[StoredRow]) -> bool:
        """Check rows in the order of their positions; False as soon as one is not valid."""
        return all(self._check(row) for row in rows)

    def report(self) -> VerificationReport:
        """Return what was found so far."""
        return VerificationReport(
            organization_id=self.organization_id,
            first_position=self.first_position,
            position=self.position,
            hash=self.hash,
            redacted_positions=tuple(self.redacted_positions),
            problem=self.problem,
        )

    def fail(self, position: int, kind: ProblemKind, message: str) -> bool:
        """Note a problem, unless one at an earlier position is known; always False."""
        if self.problem is None or position < self.problem.position:
            self.problem = Problem(position=position, kind=kind, message=message)
        return False

    def _check(self, row: StoredRow) -> bool:
        expected = self.position + 1
        if row.position != expected:
            return self.fail(expected, ProblemKind.GAP, f"position {expected} is missing, {row.position} follows")
        times = _NUMBERS_OF_TIMES.pack(_EIGHT_BYTES, row.effective_at, _EIGHT_BYTES, row.recorded_at)
        if hashlib.sha256(VERSION_BYTE + self.hash + row.prefix + times).digest() != row.hash:
            return self.fail(expected, ProblemKind.HASH, "the hash does not follow from the columns and the hash before")
        if row.salt is None or row.data is None:
            if row.salt is not None or row.data is not None:
                return self.fail(expected, ProblemKind.COMMITMENT, "salt and payload must be redacted together")
            self.redacted_positions.append(expected)
        elif hashlib.sha256(row.salt + row.data).digest() != row.commitment:
            return self.fail(expected, ProblemKind.COMMITMENT, "the payload is not the one that was committed to")
        return self._check_order(row)

    def _check_order(self, row: StoredRow) -> bool:
        if self._recorded_at is not None:
            if row.command_id == self._command_id:
                if row.recorded_at != self._recorded_at:
                    return self.fail(row.position, ProblemKind.TIME, "one command was recorded at two times")
            elif row.recorded_at <= self._recorded_at:
                return self.fail(row.position, ProblemKind.TIME, "recorded before, or with, the command before it")
        version = self.stream_versions.get(row.stream_id, 0) + 1
        if row.stream_version != version:
            return self.fail(
                row.position,
                ProblemKind.STREAM_VERSION,
                f"version {row.stream_version} of {row.stream_id.decode()} where {version} was to come",
            )
        self.stream_versions[row.stream_id] = version
        self._command_id, self._recorded_at = row.command_id, row.recorded_at
        self.position, self.hash = row.position, row.hash
        return True
