"""Rebuild: read models made anew from the log, beside those in use, compared, and switched to.

An organization is rebuilt in one transaction, which others do not notice before its end: the log is folded page
by page while writes go on, what was made is compared with what is in use, and only for the last events is the head
locked. Aborting it at any moment leaves nothing behind; what was switched stays, so a second run of the same
generation goes on with the rest. The generation before stays as it is, and switching back to it is the same: the
part of the log that it has not seen is folded into it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from events.connection import Connection
from events.envelope import RecordedEvent
from events.store import read_events
from projections.generation import analyze, create_generation, existing_generations, schema_of
from projections.generation_difference import Difference, columns_of, differences
from projections.log_fold import LogFold, LogGapError
from projections.row_versions import BatchRows

PAGE_EVENTS = 2_000
LOCKED_EVENTS = 500
"""With at most this many events to go the head is locked; a busier log is caught up with as far as it allows."""

CATCH_UPS = 20
ANALYZED_EVENTS = 10_000
"""After this much new the tables get fresh statistics before anybody reads them: without, plans are scans."""

_LOCK = 7_208_945_611_073_393
"""An arbitrary number on which all processes that rebuild in one database agree."""

# Answers the organizations, where their logs end and which generation they read.
_HEADS = "select organization_id, position, generation from okr_ledger.organization_head order by organization_id"

# Takes the head of an organization, so that nothing is written until the transaction ends.
_LOCK_HEAD = """
select position from okr_ledger.organization_head where organization_id = $1 for no key update
"""

# Answers where the log of an organization ends.
_HEAD_POSITION = "select position from okr_ledger.organization_head where organization_id = $1"

# Lets an organization read another generation from now on.
_SWITCH = "update okr_ledger.organization_head set generation = $2 where organization_id = $1"

# Answers up to which position a generation is complete for an organization that does not read it.
_REACHED = "select position from {projection}.reached where organization_id = $1"

# Notes up to which position a generation is complete.
_NOTE_REACHED = """
insert into {projection}.reached (organization_id, position) values ($1, $2)
on conflict (organization_id) do update set position = excluded.position
"""

# Ends rows that were written earlier.
_CLOSE = """
update {projection}.{table} as t set to_position = c.to_position
from unnest($2::text[], $3::bigint[]) as c (id, to_position)
where t.organization_id = $1 and t.id = c.id and t.to_position = 9223372036854775807
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildProgress:
    """How far the log of one organization is folded: `position` of `head_position`."""

    organization_id: UUID
    position: int
    head_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltOrganization:
    """What became of one organization: with differences that were not accepted it is not switched."""

    organization_id: UUID
    position: int
    differences: tuple[Difference, ...]
    is_switched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The generation that was made, and its organizations; those that read it already are left out."""

    generation: int
    organizations: tuple[RebuiltOrganization, ...]


class RebuildRunningError(Exception):
    """Another process is rebuilding in this database."""

    def __init__(self) -> None:
        super().__init__("another rebuild is running in this database")


class UnknownGenerationError(Exception):
    """There are no tables of this generation."""

    def __init__(self, generation: int) -> None:
        super().__init__(f"there is no generation {generation}")
        self.generation = generation


async def rebuild(
    connection: Connection,
    report: Callable[[RebuildProgress], None],
    *,
    generation: int | None = None,
    organization_ids: Sequence[UUID] | None = None,
    accept_differences: bool = False,
) -> Rebuilt:
    """Rebuild the read models of organizations and let them read the result.

    Args:
        connection: one of the owner, not in a transaction.
        report: called after every page.
        generation: an existing one to bring up to date, say to go on after an abort or to go back; None
            creates a new one.
        organization_ids: whose; None for all.
        accept_differences: switch even where the result differs from what is in use: it does when formulas
            or texts have changed on purpose, and where an event was redacted.

    Raises:
        RebuildRunningError: another one is under way.
        UnknownGenerationError: there is no such generation.
        LogGapError: the log is not whole; verify it.
    """
    if not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):
        raise RebuildRunningError
    try:
        target = await _target(connection, generation)
        rebuilt: list[RebuiltOrganization] = []
        for head in await connection.fetch(_HEADS):
            organization_id: UUID = head["organization_id"]
            is_wanted = organization_ids is None or organization_id in organization_ids
            if is_wanted and head["generation"] != target:
                organization = _OrganizationRebuild(
                    connection, organization_id, in_use=head["generation"], target=target, report=report
                )
                rebuilt.append(await organization.run(accept_differences=accept_differences))
        await analyze(connection, target)
        return Rebuilt(generation=target, organizations=tuple(rebuilt))
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def _target(connection: Connection, generation: int | None) -> int:
    existing = await existing_generations(connection)
    if generation is None:
        generation = max(existing, default=0) + 1
        await create_generation(connection, generation)
    elif generation not in existing:
        raise UnknownGenerationError(generation)
    return generation


class _OrganizationRebuild:
    """The rebuild of one organization: out of one generation, into another."""

    def __init__(
        self,
        connection: Connection,
        organization_id: UUID,
        *,
        in_use: int,
        target: int,
        report: Callable[[RebuildProgress], None],
    ) -> None:
        self._connection = connection
        self._organization_id = organization_id
        self._in_use = in_use
        self._target = target
        self._report = report
        self._columns: dict[str, list[str]] = {}
        self._fold = LogFold(organization_id)

    async def run(self, *, accept_differences: bool) -> RebuiltOrganization:
        """Fold, compare and switch, or leave everything as it was."""
        self._columns = await columns_of(self._connection, self._target)
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            outcome = await self._attempt(accept_differences=accept_differences)
        except BaseException:
            await transaction.rollback()
            raise
        if outcome.is_switched:
            await transaction.commit()
        else:
            await transaction.rollback()
        return outcome

    async def _attempt(self, *, accept_differences: bool) -> RebuiltOrganization:
        reached: int = await self._connection.fetchval(_at(self._target, _REACHED), self._organization_id) or 0
        self._fold = LogFold(self._organization_id, rows_after=reached)
        await self._catch_up()
        compared = self._fold.facts.position
        await self._write(self._fold.rows.take_all())
        if compared - reached >= ANALYZED_EVENTS:
            await analyze(self._connection, self._target)
        found = await self._compare(after=0, upto=compared)
        if found and not accept_differences:
            return self._outcome(found, is_switched=False)
        await self._catch_up()
        position: int | None = await self._connection.fetchval(_LOCK_HEAD, self._organization_id)
        if position is None:  # removed meanwhile
            return self._outcome(found, is_switched=False)
        await self._read_to(position)
        await self._write(self._fold.rows.take_all())
        found += await self._compare(after=compared, upto=position)
        if found and not accept_differences:
            return self._outcome(found, is_switched=False)
        await self._connection.execute(_SWITCH, self._organization_id, self._target)
        await self._connection.execute(_at(self._in_use, _NOTE_REACHED), self._organization_id, position)
        return self._outcome(found, is_switched=True)

    async def _catch_up(self) -> None:
        """Fold until little is left; the log may grow meanwhile."""
        for _ in range(CATCH_UPS):
            head_position: int | None = await self._connection.fetchval(_HEAD_POSITION, self._organization_id)
            if head_position is None or head_position - self._fold.read_position <= LOCKED_EVENTS:
                return
            await self._read_to(head_position)

    async def _read_to(self, head_position: int) -> None:
        """Fold up to the end of a command."""
        while (position := self._fold.read_position) < head_position:
            limit = min(PAGE_EVENTS, head_position - position)
            page = await read_events(self._connection, self._organization_id, position, limit)
            if not page:
                raise LogGapError(position + 1)
            await self._fold_while_writing(page)
            self._report(
                RebuildProgress(
                    organization_id=self._organization_id,
                    position=self._fold.read_position,
                    head_position=head_position,
                )
            )
        self._fold.finish()

    async def _fold_while_writing(self, page: Sequence[RecordedEvent]) -> None:
        """Fold a page in a thread, while the database takes what the pages before have finished."""
        finished = self._fold.rows.take_finished()
        folding = asyncio.create_task(asyncio.to_thread(self._fold.add, page))
        try:
            await self._write(finished)
        finally:
            # No rows are taken, and nothing is rolled back, while the thread is at work; a page takes a part of a second.
            await folding

    async def _write(self, rows: BatchRows) -> None:
        for table, batch in rows.tables.items():
            if batch.closed:
                statement = _at(self._target, _CLOSE).replace("{table}", table)
                await self._connection.execute(
                    statement, self._organization_id, list(batch.closed), list(batch.closed.values())
                )
            columns = self._columns[table]
            await self._connection.copy_records_to_table(
                table,
                schema_name=schema_of(self._target),
                columns=columns,
                records=[(self._organization_id, *map(row.get, columns[1:])) for row in batch.inserted()],
            )

    async def _compare(self, *, after: int, upto: int) -> list[Difference]:
        return await differences(self._connection, self._organization_id, self._in_use, self._target, after=after, upto=upto)

    def _outcome(self, found: list[Difference], *, is_switched: bool) -> RebuiltOrganization:
        return RebuiltOrganization(
            organization_id=self._organization_id,
            position=self._fold.facts.position,
            differences=tuple(found),
            is_switched=is_switched,
        )


def _at(generation: int, statement: str) -> str:
    return statement.replace("{projection}", schema_of(generation))
