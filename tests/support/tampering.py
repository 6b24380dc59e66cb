"""A real log in the database, with the triggers off that guard it: whatever can be done to it may be tried."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from events.chain import ONE_MICROSECOND, NewCommand, NewEvent, chain_commands, event_hash, genesis_hash
from events.store import create_organization, lock_head, read_events, write_batch
from events.verify_database import verify_log
from events.verify_export import Problem, VerificationReport
from tests.support.acting import owner, utc

COMMANDS = 12
EVENTS = 2 * COMMANDS
VICTIM = 9

OF_ONE_EVENT = {  # column: another value
    "organization_id": "'00000000-0000-0000-0000-000000000001'",
    "command_id": "'00000000-0000-0000-0000-000000000001'",
    "stream_id": "stream_id || 'x'",
    "stream_version": "stream_version + 1000",
    "event_id": "'00000000-0000-0000-0000-000000000001'",
    "type": "type || 'x'",
    "schema_version": "schema_version + 1",
    "actor_id": "'somebody'",
    "data": "replace(data, '1', '2')",
    "salt": "substring(sha256(salt) from 1 for 16)",
    "commitment": "sha256(commitment)",
    "metadata": "metadata || ' '",
    "effective_at": "effective_at + interval '1 microsecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "hash": "sha256(hash)",
}


@dataclass(slots=True)
class Log:
    """A log and the owner's connection to it."""

    connection: Any
    organization_id: UUID

    async def verify(self, **options: Any) -> VerificationReport:
        """Verify it, from the last event verified on unless told otherwise."""
        report = await verify_log(self.connection, self.organization_id, **options)
        assert report is not None
        return report

    async def problem(self) -> Problem:
        """What a full verification must find."""
        problem = (await self.verify(full=True)).problem
        assert problem is not None
        return problem


async def disarm(connection: Any) -> None:
    """Switch off the triggers that refuse to change the past, as only the owner can."""
    await connection.execute("alter table okr_ledger.event disable trigger all")
    await connection.execute("alter table okr_ledger.organization_head disable trigger all")


@asynccontextmanager
async def tampered_log(database_url: str) -> AsyncIterator[Log]:
    """A log of `COMMANDS` commands with an event in each of two streams, to be changed."""
    organization_id = uuid4()
    async with owner(database_url) as connection:
        await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
        await create_organization(connection, organization_id)
        async with connection.transaction():
            locked = await lock_head(connection, organization_id, 0)
            commands = [
                NewCommand(
                    command_id=uuid4(),
                    actor_id="ada",
                    metadata='{"é": 1}',
                    recorded_at=locked.now + number * ONE_MICROSECOND,
                    events=tuple(
                        NewEvent(
                            stream_id=stream,
                            stream_version=number + 1,
                            type="thing.changed",
                            schema_version=1,
                            data=f'{{"text": "ä{number}", "n": 1}}',
                            effective_at=utc(2026, 1, 1) - timedelta(days=number) if stream == "a" else None,
                        )
                        for stream in ("a", "b")
                    ),
                )
                for number in range(COMMANDS)
            ]
            await write_batch(connection, locked.head, chain_commands(locked.head, commands), commands)
        await disarm(connection)
        yield Log(connection, organization_id)


async def rewrite(connection: Any, organization_id: UUID, first_position: int) -> None:
    """Change the actor of all events from a position on, and compute the whole chain anew, so that it fits together."""
    newest_hash = genesis_hash(organization_id)
    for event in await read_events(connection, organization_id):
        forged = event._replace(actor_id="mallory") if event.position >= first_position else event
        newest_hash = event_hash(newest_hash, forged)
        await connection.execute(
            "update okr_ledger.event set actor_id = $3, hash = $4 where organization_id = $1 and position = $2",
            organization_id,
            event.position,
            forged.actor_id,
            newest_hash,
        )
    await connection.execute(
        "update okr_ledger.organization_head set hash = $2 where organization_id = $1", organization_id, newest_hash
    )
