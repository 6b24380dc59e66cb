"""Locking the head, writing batches and reading the log, against a real database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from events.chain import ONE_MICROSECOND, Head, NewCommand, NewEvent, chain_commands, continues, genesis_hash
from events.connection import Connection
from events.envelope import RecordedEvent
from events.store import (
    TAIL_LIMIT,
    KnownBatch,
    Locked,
    OrganizationNotFoundError,
    create_organization,
    lock_head,
    read_events,
    read_generation,
    read_head,
    read_range,
    read_stream,
    write_batch,
    write_if_unmoved,
)
from projections.generation import ensure_generation
from tests.support.acting import owner

ORGANIZATION = uuid4()


async def connected(database_url: str, organization_id: UUID = ORGANIZATION) -> Connection:
    connection = await asyncpg.connect(database_url)
    await connection.execute("set role okr_ledger_application")
    await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
    return connection


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await connected(database_url)
    await create_organization(connection, ORGANIZATION)
    yield connection
    await connection.close()


def new_event(stream_id: str, version: int) -> NewEvent:
    return NewEvent(stream_id=stream_id, stream_version=version, type="t", schema_version=1, data='{"é":1}')


def new_command(locked: Locked, *events: NewEvent, after: int = 0, **fields: object) -> NewCommand:
    return NewCommand(
        command_id=uuid4(),
        actor_id="ada",
        metadata="{}",
        recorded_at=locked.now + after * ONE_MICROSECOND,
        events=events,
        **fields,  # type: ignore[arg-type]
    )


async def append(connection: Connection, *events: NewEvent, **fields: object) -> tuple[Head, list[RecordedEvent]]:
    async with connection.transaction():
        locked = await lock_head(connection, ORGANIZATION, 0)
        command = new_command(locked, *events, **fields)
        recorded = chain_commands(locked.head, [command])
        head = await write_batch(connection, locked.head, recorded, [command])
    return head, recorded


async def test_an_organization_begins_empty_and_once(connection: Connection):
    head = await read_head(connection, ORGANIZATION)
    assert head is not None
    assert (head.position, head.hash) == (0, genesis_hash(ORGANIZATION))
    assert await create_organization(connection, ORGANIZATION, generation=7) is False
    assert await read_generation(connection, ORGANIZATION) == 1
    assert await read_head(connection, uuid4()) is None
    assert await read_generation(connection, uuid4()) is None


async def test_what_is_read_is_what_was_written(connection: Connection):
    head, recorded = await append(connection, new_event("a", 1), new_event("b", 1), new_event("a", 2))
    assert await read_events(connection, ORGANIZATION) == recorded
    assert await read_events(connection, ORGANIZATION, after=1, limit=1) == recorded[1:2]
    assert await read_stream(connection, ORGANIZATION, "a") == [recorded[0], recorded[2]]
    assert await read_stream(connection, ORGANIZATION, "a", after_version=1) == [recorded[2]]
    assert await read_range(connection, ORGANIZATION, 2, 3) == recorded[1:]
    assert await read_range(connection, ORGANIZATION, 2, 1) == []
    assert await read_head(connection, ORGANIZATION) == head
    assert continues(0, genesis_hash(ORGANIZATION), recorded)


async def test_the_lock_gives_a_later_time_the_tail_and_what_was_accepted_before(connection: Connection):
    first, _ = await append(connection, new_event("a", 1), idempotency_key="k", request_hash=bytes(32))
    second, recorded = await append(connection, new_event("a", 2))
    async with connection.transaction():
        locked = await lock_head(
            connection, ORGANIZATION, first.position, [("ada", "k"), ("max", "k")], [recorded[0].command_id, uuid4()]
        )
    assert locked.head == second
    assert locked.now > second.recorded_at
    assert list(locked.tail) == recorded
    assert {(each.idempotency_key, each.first_position, each.last_position) for each in locked.replays} == {
        ("k", 1, 1),
        (None, 2, 2),
    }


async def test_a_long_tail_is_left_to_be_read_before_the_lock(connection: Connection):
    await append(connection, *(new_event("a", version) for version in range(1, TAIL_LIMIT + 2)))
    async with connection.transaction():
        assert (await lock_head(connection, ORGANIZATION, 0)).tail == ()
        assert len((await lock_head(connection, ORGANIZATION, 1)).tail) == TAIL_LIMIT


async def test_an_unknown_organization_cannot_be_locked(database_url: str):
    stranger = await connected(database_url, UUID(int=5))
    with pytest.raises(OrganizationNotFoundError):
        await lock_head(stranger, UUID(int=5), 0)
    await stranger.close()


async def test_writers_take_turns_and_see_what_the_one_before_has_written(connection: Connection, database_url: str):
    other = await connected(database_url)
    async with connection.transaction():
        locked = await lock_head(connection, ORGANIZATION, 0)
        waiting = asyncio.create_task(append(other, new_event("a", 2)))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        command = new_command(locked, new_event("a", 1))
        await write_batch(connection, locked.head, chain_commands(locked.head, [command]), [command])
    head, _ = await waiting
    assert head.position == 2
    assert [event.position for event in await read_events(connection, ORGANIZATION)] == [1, 2]
    await other.close()


async def test_a_rollback_gives_the_position_back(connection: Connection):
    with pytest.raises(asyncpg.UniqueViolationError):
        await append(connection, new_event("a", 1), new_event("a", 1))
    head, _ = await append(connection, new_event("a", 1))
    assert head.position == 1


async def test_a_head_that_has_moved_on_is_not_written_over(connection: Connection):
    async with connection.transaction():
        stale = await lock_head(connection, ORGANIZATION, 0)
    await append(connection, new_event("a", 1))
    command = new_command(stale, new_event("b", 1))
    with pytest.raises(asyncpg.SerializationError):
        await write_batch(connection, stale.head, chain_commands(stale.head, [command]), [command])


@pytest.mark.parametrize("shift", [timedelta(0), timedelta(hours=-1)])
async def test_the_database_refuses_a_time_that_does_not_rise(connection: Connection, shift: timedelta):
    head, _ = await append(connection, new_event("a", 1))
    async with connection.transaction():
        locked = await lock_head(connection, ORGANIZATION, 1)
    command = new_command(locked, new_event("a", 2))
    recorded = chain_commands(locked.head, [command])
    recorded[0] = recorded[0]._replace(recorded_at=head.recorded_at + shift)
    with pytest.raises(asyncpg.CheckViolationError, match="must rise"):
        await write_batch(connection, locked.head, recorded, [command])
    assert (await read_head(connection, ORGANIZATION)) == head


async def test_two_commands_of_one_instant_are_refused(connection: Connection):
    async with connection.transaction():
        locked = await lock_head(connection, ORGANIZATION, 0)
    commands = [new_command(locked, new_event("a", 1)), new_command(locked, new_event("a", 2), after=1)]
    recorded = chain_commands(locked.head, commands)
    recorded[1] = recorded[1]._replace(recorded_at=recorded[0].recorded_at)
    with pytest.raises(asyncpg.CheckViolationError, match="must rise"):
        await write_batch(connection, locked.head, recorded, commands)


async def test_a_key_in_use_is_refused_and_an_expired_one_can_be_used_again(connection: Connection):
    await append(connection, new_event("a", 1), idempotency_key="kept")
    with pytest.raises(asyncpg.UniqueViolationError):
        await append(connection, new_event("a", 2), idempotency_key="kept")
    async with connection.transaction():
        locked = await lock_head(connection, ORGANIZATION, 1)
    soon = locked.now + timedelta(milliseconds=50)
    await append(connection, new_event("a", 2), idempotency_key="short", expires_at=soon)
    await asyncio.sleep(0.1)
    async with connection.transaction():
        assert (await lock_head(connection, ORGANIZATION, 2, [("ada", "short")])).replays == ()
    await append(connection, new_event("a", 3), idempotency_key="short")
    async with connection.transaction():
        (found,) = (await lock_head(connection, ORGANIZATION, 3, [("ada", "short")])).replays
    assert found.first_position == 3


async def test_a_command_without_events_is_kept_under_its_key(connection: Connection):
    await append(connection, new_event("a", 1))
    head, recorded = await append(connection, idempotency_key="nothing", request_hash=bytes(32))
    assert recorded == []
    assert head.position == 1
    async with connection.transaction():
        (found,) = (await lock_head(connection, ORGANIZATION, 1, [("ada", "nothing")])).replays
    assert (found.first_position, found.last_position) == (2, 1)


async def test_a_batch_is_written_at_once_where_nothing_has_happened_and_not_at_all_elsewhere(
    connection: Connection, database_url: str
):
    async with owner(database_url) as administrator:
        await ensure_generation(administrator, 1)
        await ensure_generation(administrator, 2)
    _, (first,) = await append(connection, new_event("a", 1), idempotency_key="kept")
    async with connection.transaction():
        known = await lock_head(connection, ORGANIZATION, 1)

    async def write(known: Locked, **looked_up: Any) -> datetime | None:
        command = new_command(known, new_event("a", 2))
        recorded = chain_commands(known.head, [command])
        batch = KnownBatch(
            known=known, events=recorded, commands=[command], newest_at=command.recorded_at, rows="{}", **looked_up
        )
        (written_at,) = await write_if_unmoved(connection, [batch])
        return written_at

    for other in (
        replace(known, generation=2),
        replace(known, redacted=1),
        replace(known, now=known.now + timedelta(hours=1)),
        replace(known, head=replace(known.head, position=0)),
        replace(known, head=replace(known.head, hash=bytes(32))),
    ):
        assert await write(other) is None
    assert await write(known, command_ids=[uuid4(), first.command_id]) is None
    assert await write(known, keys=[("max", "kept"), ("ada", "kept")]) is None
    await asyncio.sleep(1.1)
    assert await write(known) is None
    assert await read_head(connection, ORGANIZATION) == known.head
    async with connection.transaction():
        known = await lock_head(connection, ORGANIZATION, 1)
    written_at = await write(known, command_ids=[uuid4()], keys=[("ada", "another")])
    assert written_at is not None
    assert written_at > known.now
    assert [event.position for event in await read_events(connection, ORGANIZATION)] == [1, 2]
    assert await write(known) is None


async def test_what_is_written_at_once_is_written_for_its_own_organization_whatever_the_connection_worked_for(
    connection: Connection, database_url: str
):
    async with owner(database_url) as administrator:
        await ensure_generation(administrator)
    async with connection.transaction():
        known = await lock_head(connection, ORGANIZATION, 0)
    other = await connected(database_url, uuid4())
    command = new_command(known, new_event("a", 1))
    events = chain_commands(known.head, [command])
    batch = KnownBatch(known=known, events=events, commands=[command], newest_at=command.recorded_at, rows="{}")
    assert None not in await write_if_unmoved(other, [batch])
    assert await other.fetchval("select okr_ledger.current_organization()") == ORGANIZATION
    await other.close()


@pytest.mark.parametrize("text", ['"\\u00e9\\\\ ', "\x01\n\t\u2028", "{}[]\U0001f600'\x7f"])
async def test_texts_and_times_are_kept_to_the_last_byte_and_microsecond(connection: Connection, text: str):
    effective_at = datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    event = NewEvent(stream_id=text, stream_version=2**62, type="t", schema_version=1, data=text, effective_at=effective_at)
    async with connection.transaction():
        locked = await lock_head(connection, ORGANIZATION, 0)
        command = replace(new_command(locked, event, idempotency_key=text), metadata=text, actor_id=text)
        recorded = chain_commands(locked.head, [command])
        await write_batch(connection, locked.head, recorded, [command])
    assert await read_events(connection, ORGANIZATION) == recorded
    async with connection.transaction():
        (kept,) = (await lock_head(connection, ORGANIZATION, 1, [(text, text)])).replays
    assert (kept.idempotency_key, kept.actor_id, kept.recorded_at) == (text, text, command.recorded_at)


async def test_person_keys_are_kept_and_deleted_with_the_events(connection: Connection):
    async with connection.transaction():
        locked = await lock_head(connection, ORGANIZATION, 0)
        await write_batch(connection, locked.head, [], [], person_keys={"max": b"m" * 32, "eva": b"e" * 32})
        await write_batch(connection, locked.head, [], [], erased_person_ids=["max"])
    assert [tuple(row) for row in await connection.fetch("select person_id, key from okr_ledger.person_key")] == [
        ("eva", b"e" * 32)
    ]
