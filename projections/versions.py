"""Things by their versions: the database answers which ones are valid and seen, the process has most of their rows already."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from asyncpg import Record

from events.identifier import Noun
from projections import paging
from projections.condition import ALWAYS, Condition
from projections.kept_rows import Version
from projections.lens import Lens
from projections.listing import CHECK_INS, CYCLES, KEY_RESULTS, OBJECTIVES, TEAMS, Listing
from projections.page import Order, Page, Window
from projections.paging import Scope
from projections.reader import Reader
from projections.records import check_in_rows, cycle_rows, key_result_rows, objective_rows, page_of, team_rows
from projections.rows import CheckInRow, CycleRow, KeyResultRow, ObjectiveRow, TeamRow
from projections.statement import fetch

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Row]):
    """A noun whose rows are kept, with what makes them of records of all its columns."""

    listing: Listing
    rows: Callable[[Sequence[Record]], list[Row]]


OBJECTIVE: Kind[ObjectiveRow] = Kind(listing=OBJECTIVES, rows=objective_rows)
KEY_RESULT: Kind[KeyResultRow] = Kind(listing=KEY_RESULTS, rows=key_result_rows)
CHECK_IN: Kind[CheckInRow] = Kind(listing=CHECK_INS, rows=check_in_rows)
CYCLE: Kind[CycleRow] = Kind(listing=CYCLES, rows=cycle_rows)
TEAM: Kind[TeamRow] = Kind(listing=TEAMS, rows=team_rows)

KEPT: Mapping[Noun, Kind[Any]] = {
    Noun.OBJECTIVE: OBJECTIVE,
    Noun.KEY_RESULT: KEY_RESULT,
    Noun.CHECK_IN: CHECK_IN,
    Noun.CYCLE: CYCLE,
    Noun.TEAM: TEAM,
}

# Answers the versions of things of one noun.
_OF_NOUN = """
select '{noun}' as noun, {version}
from unnest(:{noun}::text[]) as wanted (id)
cross join lateral (
    select version.* from {projection}.{table} version
    where version.organization_id = :organization and version.id = wanted.id and version.to_position > :position
    order by version.to_position limit 1
) {alias}
{numbers}
where {at:{alias}} and {seen}
"""


async def by_ids(reader: Reader, lens: Lens, noun: Noun, ids: Sequence[str]) -> dict[str, Any]:
    """Answer the rows of things by identifier, without those that do not exist or are not seen."""
    found = await of_nouns(reader, lens, [(noun, each) for each in ids])
    return {thing_id: row for (_, thing_id), row in found.items()}


async def of_nouns(reader: Reader, lens: Lens, things: Sequence[tuple[Noun, str]]) -> dict[tuple[Noun, str], Any]:
    """Answer the rows of things of several nouns by noun and identifier, without those that do not exist or are not seen."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for noun, thing_id in dict.fromkeys(things):
        wanted[noun.value].append(thing_id)
    if not wanted:
        return {}
    records: dict[Noun, list[Record]] = defaultdict(list)
    for record in await fetch(reader, lens, _statement(tuple(sorted(wanted))), **wanted):
        records[Noun(record["noun"])].append(record)
    found: dict[tuple[Noun, str], Any] = {}
    for noun, several in records.items():
        found.update(((noun, row.id), row) for row in await rows(reader, lens, KEPT[noun], several))
    return found


async def rows(reader: Reader, lens: Lens, kind: Kind[Row], records: Sequence[Record]) -> list[Row]:
    """Answer the rows of records of versions, in their order; those that are not kept are read at the lens."""
    versions = [(record["id"], record["from_position"], record["number_position"]) for record in records]
    found = reader.kept.find(reader.organization_id, reader.generation, versions)
    missing = [version[0] for version, row in zip(versions, found, strict=True) if row is None]
    if missing:
        read = {_version_of(row): row for row in kind.rows(await paging.by_ids(reader, lens, kind.listing, missing))}
        reader.kept.keep(reader.organization_id, reader.generation, read)
        found = [read[version] if row is None else row for version, row in zip(versions, found, strict=True)]
    return found


async def pages(
    reader: Reader,
    lens: Lens,
    kind: Kind[Row],
    scope: Scope,
    keys: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),
) -> dict[str, Page[Row]]:
    """Answer the same window of the list of every key, each key with a page; errors are those of `paging.pages`."""
    found = await paging.pages(
        reader,
        lens,
        scope,
        keys,
        window=window,
        condition=condition,
        orders=orders,
        columns=kind.listing.version,
    )
    several = iter(await rows(reader, lens, kind, [record for page in found.values() for record in page.rows]))
    return {key: page_of(page, [next(several) for _ in page.rows]) for key, page in found.items()}


def _version_of(row: Any) -> Version:
    return row.id, row.from_position, getattr(row, "number_position", None)


@lru_cache(maxsize=64)
def _statement(nouns: Sequence[str]) -> str:
    parts: list[str] = []
    for noun in nouns:
        listing = KEPT[Noun(noun)].listing
        holes = {"noun": noun, "table": listing.table, "alias": listing.alias, "numbers": listing.numbers, "seen": listing.seen}
        part = _OF_NOUN.replace("{version}", listing.version)
        for name, value in holes.items():
            part = part.replace("{" + name + "}", value)
        parts.append(part)
    return "union all".join(parts)
