"""The log in PostgreSQL: lock the head, write a batch, read. BEGIN and COMMIT are the caller's.

A batch is four round trips: BEGIN, `lock_head`, `write_batch`, COMMIT; or one, `write_if_unmoved`, for who knows the head
already, which it may share with batches of other organizations. It goes as JSON texts, which the driver and the database take
faster than arrays. Whatever the database refuses (a second event at one stream version, a time that goes back, a head that
has moved) arrives as asyncpg's error and leaves the transaction to be rolled back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from uuid import UUID

import asyncpg
import orjson

from events.chain import Head, NewCommand, genesis_hash, head_after
from events.connection import Connection
from events.envelope import RecordedEvent

TAIL_LIMIT = 1_000
"""A tail longer than this many events is not read under the lock but in pages before it is taken."""

_CREATE_ORGANIZATION = "select okr_ledger.create_organization($1, $2, $3)"
_LOCK_HEAD = "select * from okr_ledger.lock_head($1, $2, $3, $4, $5, $6)"
_APPEND = "select okr_ledger.append($1, $2, $3, $4, $5, $6)"
_WRITE_BATCH = """select case when okr_ledger.append($1, $2, $3, $4, $5, $6)
    then projection_{generation:d}.write_rows($1, $7) end"""
_WRITE_IF_UNMOVED = """select case when set_config('okr.organization', $1::uuid::text, false) is not null
    then case when okr_ledger.append($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    then projection_{generation:d}.write_rows($1::uuid, $13) end end"""
_READ_HEAD = """select organization_id, position, hash, recorded_at, generation from okr_ledger.organization_head
    where organization_id = $1"""
_READ_EVENTS = """select * from okr_ledger.event
    where organization_id = $1 and position > $2 order by position limit $3"""
_READ_STREAM = """select * from okr_ledger.event
    where organization_id = $1 and stream_id = $2 and stream_version > $3 order by stream_version limit $4"""
_READ_RANGE = """select * from okr_ledger.event
    where organization_id = $1 and position between $2 and $3 order by position"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommand:
    """An accepted command of the past; `last_position` is `first_position - 1` when it changed nothing.

    `request_hash` is None when the command came without something to compare.
    """

    command_id: UUID
    actor_id: str
    first_position: int
    last_position: int
    recorded_at: datetime
    idempotency_key: str | None
    request_hash: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What a writer learns as it takes the head: nothing of it can change before its COMMIT.

    `redacted` is the newest record of administration, 0 without any: what was folded before may hold what is blanked
    by now. `now` is the database's clock, later than everything recorded. `tail` is what the caller did not know
    yet; it is empty although `head` is ahead when there is more than `TAIL_LIMIT` of it.
    """

    head: Head
    generation: int
    redacted: int
    now: datetime
    tail: tuple[RecordedEvent, ...]
    replays: tuple[StoredCommand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBatch:
    """A batch that is written if the log is as it was known.

    `known` is what `lock_head` would answer if nothing had happened since. `keys` and `command_ids` are those of the
    commands, as for `lock_head`; the others are as for `write_batch`, with at least one event, and rows for the generation
    that is known. `newest_at` has to be of the last second by the database's clock: when the newest event is recorded, or where
    acts give their times, the clock by which these are known not to lie in the future.
    """

    known: Locked
    events: Sequence[RecordedEvent]
    commands: Sequence[NewCommand]
    newest_at: datetime
    keys: Sequence[tuple[str, str]] = ()
    command_ids: Sequence[UUID] = ()
    person_keys: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    erased_person_ids: Sequence[str] = ()
    rows: str


class OrganizationNotFoundError(Exception):
    """There is no log for this organization."""

    def __init__(self, organization_id: UUID) -> None:
        super().__init__(f"no organization {organization_id}")
        self.organization_id = organization_id


async def create_organization(connection: Connection, organization_id: UUID, generation: int = 1) -> bool:
    """Begin an empty log, whose rows go to a generation of projections; False when it exists already."""
    created: bool = await connection.fetchval(_CREATE_ORGANIZATION, organization_id, genesis_hash(organization_id), generation)
    return created


async def lock_head(
    connection: Connection,
    organization_id: UUID,
    known_position: int,
    keys: Sequence[tuple[str, str]] = (),
    command_ids: Sequence[UUID] = (),
) -> Locked:
    """Take the head for this transaction, in one round trip.

    Args:
        connection: in a transaction, working for the organization.
        organization_id: whose head to take.
        known_position: the newest position that the caller has folded.
        keys: pairs of (actor id, idempotency key) to look up among the accepted commands.
        command_ids: ids of commands to look up.

    Raises:
        OrganizationNotFoundError: there is no such log.
    """
    rows = await connection.fetch(
        _LOCK_HEAD,
        organization_id,
        known_position,
        TAIL_LIMIT,
        [actor_id for actor_id, _ in keys],
        [key for _, key in keys],
        list(command_ids),
    )
    if not rows:
        raise OrganizationNotFoundError(organization_id)
    first, others = rows[0], rows[1:]
    replays = {
        row["command_id"]: _stored_command(row) for row in others if row["kind"] == "command"
    }  # one found by its key and by its id comes twice
    return Locked(
        head=_head(organization_id, first),
        generation=first["generation"],
        redacted=first["first_position"],
        now=first["now_at"],
        tail=tuple(_recorded_event(organization_id, row) for row in others if row["kind"] == "event"),
        replays=tuple(replays.values()),
    )


async def write_batch(
    connection: Connection,
    head: Head,
    events: Sequence[RecordedEvent],
    commands: Sequence[NewCommand],
    *,
    person_keys: Mapping[str, bytes] | None = None,
    erased_person_ids: Iterable[str] = (),
    rows: str | None = None,
    generation: int = 1,
) -> Head:
    """Write a batch in one round trip and answer the new head. The transaction must hold the head.

    Args:
        connection: the one that `lock_head` was called on.
        head: what it answered.
        events: made of `commands` by `chain_commands`.
        commands: those with a key or a request hash are kept, so that a repetition is known.
        person_keys: new keys by person id.
        erased_person_ids: the people whose keys are deleted.
        rows: projection rows as JSON, `{"<table>": {"close": {"<id>": to_position}, "insert": [{…}]}}`, without what is empty.
        generation: of the projections that the rows are for.
    """
    texts = _texts(head, events, commands, person_keys or {}, erased_person_ids)
    known = (head.organization_id, head.position, head.hash)
    if rows is None:
        await connection.execute(_APPEND, *known, *texts)
    else:
        await connection.execute(_WRITE_BATCH.format(generation=generation), *known, *texts, rows)
    return head_after(head, events)


async def write_if_unmoved(connection: Connection, batches: Sequence[KnownBatch]) -> list[datetime | None]:
    """Write batches in one round trip and one transaction, each if its log is as it was known.

    The statement makes the connection work for each organization in turn, so that it need not do so before; in the end it works
    for the last one. No head is waited for, since those of the others are held meanwhile.

    Answers for each batch the database's clock, or None when nothing of it was written: the head has moved or is held, an event
    was redacted, a key or an id is of an accepted command, or `newest_at` is not within the last second.

    Args:
        connection: in no transaction, working for any organization.
        batches: at least one, each for another organization, all for the same generation.

    Raises:
        asyncpg.InvalidSchemaNameError: the known generation was dropped since; nothing was written.
    """
    statement = _WRITE_IF_UNMOVED.format(generation=batches[0].known.generation)
    records = await connection.fetchmany(statement, [_if_unmoved(each) for each in batches])
    return [record[0] for record in records]


def _if_unmoved(batch: KnownBatch) -> tuple[object, ...]:
    """Answer the values of the statement that writes a batch if nothing has happened since."""
    known, head = batch.known, batch.known.head
    return (
        head.organization_id,
        head.position,
        head.hash,
        *_texts(head, batch.events, batch.commands, batch.person_keys, batch.erased_person_ids),
        known.generation,
        known.redacted,
        batch.newest_at,
        [actor_id for actor_id, _ in batch.keys],
        [key for _, key in batch.keys],
        batch.command_ids,
        batch.rows,
    )


async def read_head(connection: Connection, organization_id: UUID) -> Head | None:
    """Answer the newest head that was committed, or None without such an organization."""
    row = await connection.fetchrow(_READ_HEAD, organization_id)
    return None if row is None else _head(organization_id, row)


async def read_generation(connection: Connection, organization_id: UUID) -> int | None:
    """Answer the generation of projections in force, or None without such an organization."""
    row = await connection.fetchrow(_READ_HEAD, organization_id)
    return None if row is None else int(row["generation"])


async def read_events(connection: Connection, organization_id: UUID, after: int = 0, limit: int = 1_000) -> list[RecordedEvent]:
    """Answer the next events after a position, at most `limit`; gap-free, so the reader can check itself."""
    rows = await connection.fetch(_READ_EVENTS, organization_id, after, limit)
    return [_recorded_event(organization_id, row) for row in rows]


async def read_stream(
    connection: Connection, organization_id: UUID, stream_id: str, after_version: int = 0, limit: int = 1_000
) -> list[RecordedEvent]:
    """Answer the next events of one stream after a version of it, at most `limit`."""
    rows = await connection.fetch(_READ_STREAM, organization_id, stream_id, after_version, limit)
    return [_recorded_event(organization_id, row) for row in rows]


async def read_range(
    connection: Connection, organization_id: UUID, first_position: int, last_position: int
) -> list[RecordedEvent]:
    """Answer the events of a range of positions, both ends included: those of one command, say."""
    if last_position < first_position:
        return []
    rows = await connection.fetch(_READ_RANGE, organization_id, first_position, last_position)
    return [_recorded_event(organization_id, row) for row in rows]


def _texts(
    head: Head,
    events: Sequence[RecordedEvent],
    commands: Sequence[NewCommand],
    person_keys: Mapping[str, bytes],
    erased_person_ids: Iterable[str],
) -> tuple[str | None, str | None, str | None]:
    """Answer the events, the commands to keep, and the people, as `okr_ledger.append` takes them."""
    erased = list(erased_person_ids)
    people = {"keys": person_keys, "erased": erased} if person_keys or erased else None
    return _text(events), _text(_kept(commands, head.position, events)), _text(people)


def _kept(commands: Sequence[NewCommand], position: int, events: Sequence[RecordedEvent]) -> list[dict[str, object]]:
    if sum(len(command.events) for command in commands) != len(events):
        raise ValueError("the events are not those of the commands")
    kept: list[dict[str, object]] = []
    for command in commands:
        first, position = position + 1, position + len(command.events)
        if command.idempotency_key is not None or command.request_hash is not None:
            kept.append(
                {
                    "command_id": command.command_id,
                    "actor_id": command.actor_id,
                    "idempotency_key": command.idempotency_key,
                    "request_hash": command.request_hash,
                    "first_position": first,
                    "last_position": position,
                    "recorded_at": command.recorded_at,
                    "expires_at": command.expires_at,
                }
            )
    return kept


def _text(value: Sequence[object] | Mapping[str, object] | None) -> str | None:
    """Write as JSON what is not empty; an event is an object of its fields, which have the names of the columns."""
    return orjson.dumps(value, default=_writable).decode() if value else None


def _writable(value: object) -> str | dict[str, object]:
    if isinstance(value, RecordedEvent):
        return value._asdict()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, UUID):
        # The driver answers identifiers in a class of its own, which orjson does not take for a UUID.
        return str(value)
    raise TypeError(f"no column of the log holds a {type(value).__name__}")


def _head(organization_id: UUID, row: asyncpg.Record) -> Head:
    return Head(organization_id=organization_id, position=row["position"], hash=row["hash"], recorded_at=row["recorded_at"])


def _recorded_event(organization_id: UUID, row: asyncpg.Record) -> RecordedEvent:
    return RecordedEvent(
        organization_id=organization_id,
        position=row["position"],
        command_id=row["command_id"],
        stream_id=row["stream_id"],
        stream_version=row["stream_version"],
        event_id=row["event_id"],
        type=row["type"],
        schema_version=row["schema_version"],
        actor_id=intern(row["actor_id"]),  # the same few, kept with whatever they did
        data=row["data"],
        salt=row["salt"],
        commitment=row["commitment"],
        metadata=row["metadata"],
        effective_at=row["effective_at"],
        recorded_at=row["recorded_at"],
        hash=row["hash"],
    )


def _stored_command(row: asyncpg.Record) -> StoredCommand:
    return StoredCommand(
        command_id=row["command_id"],
        actor_id=row["actor_id"],
        first_position=row["first_position"],
        last_position=row["last_position"],
        recorded_at=row["recorded_at"],
        idempotency_key=row["idempotency_key"],
        request_hash=row["request_hash"],
    )
