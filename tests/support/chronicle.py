"""A log in memory: acts are decided, chained and folded as a ledger does it, without a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from events.chain import Head, NewCommand, NewEvent, chain_commands, genesis_hash, head_after
from events.codec import encode
from events.command import Command
from events.decider import decide
from events.envelope import Context, Metadata, Occurrence, Origin, Reason
from events.event import Event
from events.facts import Facts
from events.folding import apply
from events.identifier import derive_uuid
from events.limits import Limits
from events.metadata import encode_metadata
from events.store import create_organization, lock_head, write_batch
from projections.fold import LoggedEvent, fold
from projections.row_versions import CommandRows, merge

BEGINNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
LIMITS = Limits(check_ins_per_key_result=100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One act that was accepted: its command and events as stored, and the rows it makes."""

    command: NewCommand
    logged: tuple[LoggedEvent, ...]
    rows: CommandRows


class Chronicle:
    """The log of one organization as it grows, and the facts at its head. The same calls give the same ids."""

    def __init__(self, organization_id: UUID | None = None) -> None:
        self.organization_id = organization_id or derive_uuid(1_767_600_000_000, "chronicle")
        self.facts = Facts(self.organization_id)
        self.facts.hash = genesis_hash(self.organization_id)
        self.head = Head(
            organization_id=self.organization_id,
            position=0,
            hash=self.facts.hash,
            recorded_at=datetime(1970, 1, 1, tzinfo=UTC),
        )
        self.at = BEGINNING
        self.chapters: list[Chapter] = []

    def do(self, *commands: Command, actor_id: str = "system", reason: Reason | None = None) -> CommandRows | None:
        """Decide an act a minute after the last one and record it; None when nothing was to be done.

        Raises:
            Rejected: a rule refuses one of the commands; nothing was recorded.
        """
        at = self.at + timedelta(minutes=1)
        after = self.facts.fork()
        decided = self._decided(commands, after, Context(actor_id=actor_id, at=at, reason=reason, limits=LIMITS))
        self.at = at
        if not decided:
            return None
        command = NewCommand(
            command_id=derive_uuid(1_767_600_000_000, f"command {self.head.position}"),
            actor_id=actor_id,
            metadata=encode_metadata(Metadata(origin=Origin.IMPORT, request_id="test", reason=reason)),
            recorded_at=at,
            events=tuple(new for _, new in decided),
        )
        recorded = chain_commands(self.head, [command])
        logged = tuple(zip((event for event, _ in decided), recorded, strict=True))
        rows = fold(self.facts, after, logged)
        self.head = head_after(self.head, recorded)
        after.position, after.hash = self.head.position, self.head.hash
        self.facts.absorb(after)
        self.chapters.append(Chapter(command=command, logged=logged, rows=rows))
        return rows

    def _decided(self, commands: Sequence[Command], after: Facts, context: Context) -> list[tuple[Event, NewEvent]]:
        decided: list[tuple[Event, NewEvent]] = []
        for command in commands:
            for event in decide(command, after, context):
                encoded = encode(event)
                new = NewEvent(
                    stream_id=encoded.stream_id,
                    stream_version=after.stream_versions.get(encoded.stream_id, 0) + 1,
                    type=encoded.type,
                    schema_version=encoded.schema_version,
                    data=encoded.data,
                    effective_at=encoded.effective_at,
                )
                decided.append((event, new))
                occurrence = Occurrence(
                    position=self.head.position + len(decided),
                    recorded_at=context.at,
                    effective_at=encoded.effective_at or context.at,
                    actor_id=context.actor_id,
                )
                apply(after, event, occurrence)
        return decided


async def write_chapters(
    connection: asyncpg.Connection, chapters: Sequence[Chapter], *, batch: int = 200, generation: int = 1
) -> None:
    """Write acts into a database as the service does, many to a transaction."""
    if not chapters:
        return
    organization_id = chapters[0].rows.organization_id
    await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
    await create_organization(connection, organization_id, generation)
    for start in range(0, len(chapters), batch):
        part = chapters[start : start + batch]
        async with connection.transaction():
            locked = await lock_head(connection, organization_id, part[0].logged[0][1].position - 1)
            await write_batch(
                connection,
                locked.head,
                [recorded for chapter in part for _, recorded in chapter.logged],
                [chapter.command for chapter in part],
                rows=merge(chapter.rows for chapter in part),
                generation=locked.generation,
            )
