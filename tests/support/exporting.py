"""Exports for tests: the lines of a log as `okr-ledger export` writes them, and what verification says of lines."""

import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from events.chain import ONE_MICROSECOND, Head, NewCommand, NewEvent, chain_commands, empty_head, genesis_hash, head_after
from events.codec import STORED_TYPES
from events.envelope import RecordedEvent
from events.export import _fields, _line, export_log
from events.identifier import new_uuid
from events.store import create_organization, lock_head, write_batch
from events.verify_export import Anchor, VerificationReport, verify_export
from tests.support.acting import utc

COMPUTED = UUID(int=7)
GOLDEN = Path(__file__).parent.parent / "golden"


async def exported(connection: Any, organization_id: UUID) -> list[bytes]:
    """The lines of an export, each with its line break."""
    return [line async for line in export_log(connection, organization_id)]


def verified(lines: Sequence[bytes], anchors: Sequence[Anchor] = ()) -> VerificationReport:
    """What verification says of lines."""
    return verify_export(io.BytesIO(b"".join(lines)), anchors)


def computed_lines(
    version_of: Callable[[int], int] = lambda number: number,
    minutes_of: Callable[[int], int] = lambda number: number,
    *,
    count: int = 5,
    stream_id: str = "s",
) -> list[bytes]:
    """The lines of a log of commands with one event each, whose chain is right whatever versions and times they have."""
    head = empty_head(COMPUTED)
    events: list[RecordedEvent] = []
    for number in range(1, count + 1):
        event = NewEvent(stream_id=stream_id, stream_version=version_of(number), type="t", schema_version=1, data="{}")
        command = NewCommand(
            command_id=UUID(int=number),
            actor_id="a",
            metadata="{}",
            recorded_at=utc(2026, 1, 1) + timedelta(minutes=minutes_of(number)),
            events=(event,),
        )
        # The writer refuses times that go back; here they may.
        timeless = Head(organization_id=COMPUTED, position=head.position, hash=head.hash, recorded_at=utc(1970, 1, 1))
        events.extend(chain_commands(timeless, [command]))
        head = head_after(head, events)
    genesis = genesis_hash(COMPUTED).hex()
    return [
        _line({"format": "okr-ledger-log", "version": 1, "organizationId": str(COMPUTED), "genesis": genesis}),
        *(_line(_fields(event)) for event in events),
        _line({"position": count, "hash": head.hash.hex()}),
    ]


async def write_every_type(connection: Any) -> UUID:
    """Write one event of every stored type and version, two to a command, and answer the organization."""
    organization_id = new_uuid()
    await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
    await create_organization(connection, organization_id)
    events = [
        NewEvent(
            stream_id=f"{stored.name} {version}",
            stream_version=1,
            type=stored.name,
            schema_version=version,
            data=(GOLDEN / f"{stored.name}.{version}.json").read_text(encoding="utf-8"),
        )
        for stored in STORED_TYPES
        for version in range(1, stored.schema_version + 1)
    ]
    async with connection.transaction():
        locked = await lock_head(connection, organization_id, 0)
        commands = [
            NewCommand(
                command_id=new_uuid(),
                actor_id="ada",
                metadata='{"origin":"API","reason":{"code":"OTHER","text":"größer 大きい"},"request_id":"r"}',
                recorded_at=locked.now + number * ONE_MICROSECOND,
                events=tuple(events[number : number + 2]),
            )
            for number in range(0, len(events), 2)
        ]
        await write_batch(connection, locked.head, chain_commands(locked.head, commands), commands)
    return organization_id
