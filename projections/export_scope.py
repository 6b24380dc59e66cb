"""The scope of a table: whether there is one, and its objectives in keyset pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from projections import cycles, objectives, people, teams
from projections.alignment import BEGINNINGS, GraphScope
from projections.export_table import Extract
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Answers the objectives of a scope behind one of them, in the order of their identifiers.
_BEHIND = """
select o.id from {projection}.objective o
where {at:o} and {seen:o} and {beginning} and o.id > :after::text
order by o.id limit :size
"""

# Answers how many objectives a scope has.
_COUNT = "select count(*) as objective_count from {projection}.objective o where {at:o} and {seen:o} and {beginning}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectivePage:
    """Some objectives of a scope; `done` counts them and those before, `total` all."""

    ids: list[str]
    done: int
    total: int


async def is_there(reader: Reader, lens: Lens, scope: GraphScope, scope_id: str) -> bool:
    """Say whether a scope names something that the viewer may see at the lens."""
    match scope:
        case GraphScope.ORGANIZATION:
            return True
        case GraphScope.CYCLE:
            return bool(await cycles.by_ids(reader, lens, [scope_id]))
        case GraphScope.TEAM:
            return bool(await teams.by_ids(reader, lens, [scope_id]))
        case GraphScope.OBJECTIVE:
            return bool(await objectives.by_ids(reader, lens, [scope_id]))
        case GraphScope.PERSON:
            return bool(await people.by_ids(reader, lens, [scope_id]))


async def objective_pages(extract: Extract, size: int) -> AsyncIterator[ObjectivePage]:
    """Answer the identifiers of the objectives of a scope that the viewer may see, rising."""
    counted = await fetch(extract.reader, extract.lens, _statement(_COUNT, extract), scope_id=extract.scope_id)
    total: int = counted[0]["objective_count"]
    after, done = "", 0
    while done < total:
        bound = {"scope_id": extract.scope_id, "after": after, "size": size}
        rows = await fetch(extract.reader, extract.lens, _statement(_BEHIND, extract), **bound)
        ids = [row["id"] for row in rows]
        if not ids:
            return
        done += len(ids)
        after = ids[-1]
        yield ObjectivePage(ids=ids, done=done, total=total)


def _statement(text: str, extract: Extract) -> str:
    return text.replace("{beginning}", BEGINNINGS[extract.scope])
