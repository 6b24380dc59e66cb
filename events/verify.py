"""Proof that a log is whole: the chain recomputed from columns and bytes alone.

Written from `docs/log-format.md` and on purpose not from `events/chain.py`, so that a mistake of the writing
code is found here instead of repeated. Works on the database and on an export.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

VERSION_BYTE = b"\x01"
_TIMES = struct.Struct(">iqiq")
_BEFORE_ALL_TIMES = -(2**63)
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
    up to `position`, whose hash is `hash`. `redacted_positions` are those that this
    run found redacted: what is left of their payloads is not proven.
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


def genesis(organization_id: UUID) -> bytes:
    """Return the hash that the first event of an organization follows."""
    name = b"okr-ledger"
    return sha256(b"\x00" + len(name).to_bytes(4, "big") + name + (16).to_bytes(4, "big") + organization_id.bytes).digest()


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
        self._command_id: bytes = b""
        self._recorded_at = _BEFORE_ALL_TIMES

    def begin_after(self, command_id: bytes, recorded_at: int) -> None:
        """Take over what the event before the first one says, when a run continues an earlier one."""
        self._command_id, self._recorded_at = command_id, recorded_at

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

    def check(  # noqa: PLR0917 - called for millions of rows
        self,
        position: int,
        command_id: bytes,
        stream_version: int,
        commitment: bytes,
        effective_at: int,
        recorded_at: int,
        stream_id: bytes,
        row_hash: bytes,
        salt: bytes | None,
        payload: bytes | None,
        before_times: bytes,
        after_times: bytes,
    ) -> bool:
        """Check the next event; False as soon as one is not valid. Plain arguments, for there are millions.

        Times are microseconds since 1970 in UTC; `salt` is None after a redaction, and
        `payload` is the data and the metadata, each after its length, or None without data;
        `before_times` and `after_times` are what is hashed around the times, length prefixes included.
        """
        expected = self.position + 1
        if position != expected:
            return self.fail(expected, ProblemKind.GAP, f"position {expected} is missing, {position} follows")
        times = _TIMES.pack(_EIGHT_BYTES, effective_at, _EIGHT_BYTES, recorded_at)
        if sha256(VERSION_BYTE + self.hash + before_times + times + after_times).digest() != row_hash:
            return self.fail(position, ProblemKind.HASH, "the hash does not follow from the columns and the hash before")
        if salt is None:
            self.redacted_positions.append(position)
        elif payload is None or sha256(salt + payload).digest() != commitment:
            return self.fail(position, ProblemKind.COMMITMENT, "the payload is not the one that was committed to")
        if command_id == self._command_id:
            if recorded_at != self._recorded_at:
                return self.fail(position, ProblemKind.TIME, "one command was recorded at two times")
        elif recorded_at <= self._recorded_at:
            return self.fail(position, ProblemKind.TIME, "not recorded after the command before it")
        expected_version = self.stream_versions.get(stream_id, 0) + 1
        if stream_version != expected_version:
            return self.fail(
                position,
                ProblemKind.STREAM_VERSION,
                f"version {stream_version} of {stream_id.decode()} where {expected_version} was to come",
            )
        self.stream_versions[stream_id] = stream_version
        self._command_id, self._recorded_at = command_id, recorded_at
        self.position, self.hash = position, row_hash
        return True
