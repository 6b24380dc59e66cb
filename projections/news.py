"""News: what was written since the head that a process has heard of last, which ends what it knows to be valid.

Of its own writes the process is told, and learns from them what has begun. What others wrote it asks for.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from projections.kept_rows import KeptRows
from projections.known_versions import Ended, Known, KnownVersions
from projections.lens import CURRENT
from projections.reader import Reader
from projections.row_versions import CommandRows
from projections.statement import Sight, prepared
from projections.way import Way
from projections.written_rows import WAYS, row_of

MOST = 200
"""Positions of others that are heard of; where there are more, everything is learnt anew."""

_WAYS = {**WAYS, "cycle": Way.CYCLES, "team": Way.TEAMS, "person": Way.PEOPLE}
"""The tables that rows are made of which are kept; a cycle has a number as well, which is no part of its row."""

# Answers the versions that began in one table at some positions.
_BEGUN = """
select '{table}' as in_table, began.id, began.from_position as position, {objective_id} as objective_id
from {projection}.{table} began where began.organization_id = :organization and began.from_position = any(:positions::bigint[])
"""

_CHANGES = " union all ".join(
    _BEGUN.replace("{table}", table).replace("{objective_id}", "began.objective_id" if table == "key_result" else "null")
    for table in _WAYS
)


def note(kept: KeptRows, organization_id: UUID, generation: int, before: int, commands: Sequence[CommandRows]) -> None:
    """Take note of all that this process has changed by writing commands after a head, the whole of it."""
    head_position = commands[-1].position
    changed = {change.id for command in commands for change in command.changes if change.table == "person"}
    kept.names.note(organization_id, before, head_position, changed)
    kept.versions.note(organization_id, generation, before, head_position, _written(kept.versions, organization_id, commands))


async def catch_up(reader: Reader) -> None:
    """Ask for what others have written as far as the reader's head, unless all of that is known or nothing else is."""
    versions, organization_id = reader.kept.versions, reader.organization_id
    before = versions.position(organization_id, reader.generation)
    if before is None or not before < reader.head_position <= before + MOST:
        return
    # With a plan for this organization, as of one of average size all that it has would be read.
    statement, _ = prepared(_CHANGES, Sight.EVERYTHING, organization_id)
    rows = await reader.fetch(statement, list(range(before + 1, reader.head_position + 1)))
    rows.sort(key=lambda row: row["position"])
    reader.kept.names.note(
        organization_id, before, reader.head_position, {row["id"] for row in rows if row["in_table"] == "person"}
    )
    endings = (
        ended
        for row in rows
        for ended in _ended(
            versions, organization_id, row["in_table"], row["id"], position=row["position"], objective_id=row["objective_id"]
        )
    )
    versions.note(organization_id, reader.generation, before, reader.head_position, endings)


def _written(versions: KnownVersions, organization_id: UUID, commands: Sequence[CommandRows]) -> Iterator[Ended | Known]:
    """Answer what commands have ended and begun, in their order; each is taken in before the next one is answered."""
    for command in commands:
        position = command.position
        for change in command.changes:
            way = _WAYS.get(change.table)
            if way is None:
                continue
            row = row_of(versions.current(organization_id, way, change.id), change, position)
            came_to = (change.values or {}).get("objective_id") if way is Way.KEY_RESULTS else None
            for ended in _ended(versions, organization_id, change.table, change.id, position=position, objective_id=came_to):
                known = versions.current(organization_id, ended.way, ended.key)
                yield ended
                if row is not None and ended.way is way:
                    yield Known(way, change.id, position, CURRENT, row)
                elif row is not None and known is not None:
                    # Only the number of one of the list is another one, which orders nothing.
                    parts = tuple(row if part.id == row.id else part for part in known)
                    yield Known(ended.way, ended.key, position, CURRENT, parts)


def _ended(
    versions: KnownVersions, organization_id: UUID, table: str, thing_id: str, *, position: int, objective_id: object
) -> Iterator[Ended]:
    """Answer what ends where another version of a thing begins.

    With a key result the list that it is in ends, and that of an objective that it comes to.
    """
    way = _WAYS[table]
    if way is Way.KEY_RESULTS:
        was = versions.current(organization_id, way, thing_id)
        for each in {None if was is None else was.objective_id, objective_id} - {None}:
            yield Ended(Way.PARTS, str(each), position)
    yield Ended(way, thing_id, position)
