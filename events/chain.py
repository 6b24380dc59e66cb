"""The hash chain of the log, as the writer makes it. The format is written down in `docs/log-format.md`.

`events/verify_export.py` computes the same from that page and shares nothing with this file, so that a mistake in
one of the two is found by the other.
"""

import hashlib
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from events.envelope import RecordedEvent
from events.identifier import new_uuid

FORMAT_VERSION = 1
SALT_BYTES = 16
HASH_BYTES = 32
ONE_MICROSECOND = timedelta(microseconds=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH = struct.Struct(">I")
_INTEGER_BYTES = 8
_UUID_BYTES = 16
_FIXED = struct.Struct(">B 32s" + " I16s Iq" * 3 + " I32s Iq Iq")
"""The columns of a fixed length, each but the first two with its length before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest position of an organization's log, and the hash that stands for all before it."""

    organization_id: UUID
    position: int
    hash: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event that a command made and that has no place in the log yet.

    `data` is the stored text; `effective_at` None stands for the moment of recording.
    """

    stream_id: str
    stream_version: int
    type: str
    schema_version: int
    data: str
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCommand:
    """An accepted command and its events. `recorded_at` is later than that of the command before it.

    With an `idempotency_key` or a `request_hash` (32 bytes) the command is kept until `expires_at`
    (None: for ever), so that its repetition is known.
    """

    command_id: UUID
    actor_id: str
    metadata: str
    recorded_at: datetime
    events: tuple[NewEvent, ...]
    idempotency_key: str | None = None
    request_hash: bytes | None = None
    expires_at: datetime | None = None


def empty_head(organization_id: UUID) -> Head:
    """Return the head of a log without events."""
    return Head(organization_id=organization_id, position=0, hash=genesis_hash(organization_id), recorded_at=_EPOCH)


def genesis_hash(organization_id: UUID) -> bytes:
    """Return the hash before the first event: no log can be passed off as another organization's."""
    return hashlib.sha256(b"\x00" + _prefixed(b"okr-ledger") + _prefixed(organization_id.bytes)).digest()


def commitment_of(salt: bytes, data: str, metadata: str) -> bytes:
    """Return what the chain holds in place of a payload; without the salt it tells nothing about it."""
    return hashlib.sha256(salt + _prefixed(data.encode()) + _prefixed(metadata.encode())).digest()


def event_hash(previous_hash: bytes, event: RecordedEvent) -> bytes:
    """Return the hash of an event, over the one before it and every column.

    The commitment stands for data, metadata and salt, so that these can be redacted.
    """
    return _hash_of(
        previous_hash,
        uuids=(event.organization_id, event.command_id, event.event_id),
        integers=(event.position, event.stream_version, event.schema_version),
        commitment=event.commitment,
        instants=(event.effective_at, event.recorded_at),
        texts=(event.stream_id, event.type, event.actor_id),
    )


def chain_commands(head: Head, commands: Sequence[NewCommand]) -> list[RecordedEvent]:
    """Give the events of commands their places after a head: positions, ids, salts, commitments, hashes.

    Raises:
        ValueError: a command's `recorded_at` is not later than the one before it.
    """
    recorded: list[RecordedEvent] = []
    newest, previous_hash, position = head.recorded_at, head.hash, head.position
    for command in commands:
        if command.recorded_at <= newest:
            raise ValueError("recorded_at must rise from command to command")
        newest = command.recorded_at
        for event in command.events:
            position += 1
            linked = _linked(head.organization_id, position, previous_hash, command, event)
            previous_hash = linked.hash
            recorded.append(linked)
    return recorded


def head_after(head: Head, events: Sequence[RecordedEvent]) -> Head:
    """Return the head of a log after further events."""
    if not events:
        return head
    last = events[-1]
    return Head(organization_id=head.organization_id, position=last.position, hash=last.hash, recorded_at=last.recorded_at)


def continues(position: int, previous_hash: bytes, events: Sequence[RecordedEvent]) -> bool:
    """Say whether events follow a position without a gap and chain from its hash."""
    for event in events:
        position += 1
        if event.position != position or event_hash(previous_hash, event) != event.hash:
            return False
        previous_hash = event.hash
    return True


def _linked(organization_id: UUID, position: int, previous_hash: bytes, command: NewCommand, event: NewEvent) -> RecordedEvent:
    salt = os.urandom(SALT_BYTES)
    commitment = commitment_of(salt, event.data, command.metadata)
    # The time in the identifier is that of the record, so that the index by time leads to it.
    event_id = new_uuid(_microseconds(command.recorded_at) // 1000)
    effective_at = event.effective_at or command.recorded_at
    return RecordedEvent(
        organization_id=organization_id,
        position=position,
        command_id=command.command_id,
        stream_id=event.stream_id,
        stream_version=event.stream_version,
        event_id=event_id,
        type=event.type,
        schema_version=event.schema_version,
        actor_id=command.actor_id,
        data=event.data,
        salt=salt,
        commitment=commitment,
        metadata=command.metadata,
        effective_at=effective_at,
        recorded_at=command.recorded_at,
        hash=_hash_of(
            previous_hash,
            uuids=(organization_id, command.command_id, event_id),
            integers=(position, event.stream_version, event.schema_version),
            commitment=commitment,
            instants=(effective_at, command.recorded_at),
            texts=(event.stream_id, event.type, command.actor_id),
        ),
    )


def _hash_of(
    previous_hash: bytes,
    *,
    uuids: tuple[UUID, UUID, UUID],
    integers: tuple[int, int, int],
    commitment: bytes,
    instants: tuple[datetime, datetime],
    texts: tuple[str, str, str],
) -> bytes:
    """Hash the columns of an event: the pairs of identifiers and integers as they stand, the texts at the end."""
    (organization_id, command_id, event_id), (position, stream_version, schema_version) = uuids, integers
    effective_at, recorded_at = instants
    fixed = _FIXED.pack(
        FORMAT_VERSION,
        previous_hash,
        *(_UUID_BYTES, organization_id.bytes, _INTEGER_BYTES, position),
        *(_UUID_BYTES, command_id.bytes, _INTEGER_BYTES, stream_version),
        *(_UUID_BYTES, event_id.bytes, _INTEGER_BYTES, schema_version),
        *(HASH_BYTES, commitment),
        *(_INTEGER_BYTES, _microseconds(effective_at), _INTEGER_BYTES, _microseconds(recorded_at)),
    )
    return hashlib.sha256(b"".join((fixed, *(_prefixed(text.encode()) for text in texts)))).digest()


def _prefixed(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // ONE_MICROSECOND
