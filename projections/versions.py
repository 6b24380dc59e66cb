"""Things by their versions: the database answers which ones are valid and seen, the process has most of their rows already."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from asyncpg import Record

from projections import at_hand, paging
from projections.condition import ALWAYS, Condition
from projections.kept_rows import Version, thing_of, version_of
from projections.known_versions import Known
from projections.lens import CURRENT, Lens
from projections.listing import Listing
from projections.objective_listing import CHECK_INS, KEY_RESULTS, OBJECTIVES
from projections.organization_listing import CYCLES, PEOPLE, PERSON_KEY, TEAMS
from projections.page import Order, Page, Window
from projections.paging import Scope
from projections.reader import Reader
from projections.records import check_in_rows, cycle_rows, key_result_rows, objective_rows, page_of, person_rows, team_rows
from projections.rows import CheckInRow, CycleRow, KeyResultRow, ObjectiveRow, PersonRow, TeamRow
from projections.statement import Sight, fetch, sight_of
from projections.way import Way

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Row]):
    """A noun whose rows are kept, with what makes them of records of all its columns.

    `way` leads to it by its identifier. `seen_by` are the columns that say whether the viewer may see it; without any,
    everybody does.
    """

    way: Way
    listing: Listing
    rows: Callable[[Sequence[Record]], list[Row]]
    seen_by: tuple[str, ...] = ()


def _without_keys(records: Sequence[Record]) -> list[PersonRow]:
    return [row._replace(key=None) for row in person_rows(records)]


OBJECTIVE: Kind[ObjectiveRow] = Kind(
    way=Way.OBJECTIVES,
    listing=OBJECTIVES,
    rows=objective_rows,
    seen_by=("owner_id", "created_by", "contributor_ids", "state", "visibility", "team_id"),
)
KEY_RESULT: Kind[KeyResultRow] = Kind(way=Way.KEY_RESULTS, listing=KEY_RESULTS, rows=key_result_rows, seen_by=("objective_id",))
CHECK_IN: Kind[CheckInRow] = Kind(way=Way.CHECK_INS, listing=CHECK_INS, rows=check_in_rows, seen_by=("key_result_id",))
CYCLE: Kind[CycleRow] = Kind(way=Way.CYCLES, listing=CYCLES, rows=cycle_rows)
TEAM: Kind[TeamRow] = Kind(way=Way.TEAMS, listing=TEAMS, rows=team_rows)
PERSON: Kind[PersonRow] = Kind(way=Way.PEOPLE, listing=PEOPLE, rows=_without_keys)


KINDS: Mapping[Way, Kind[Any]] = {
    Way.OBJECTIVES: OBJECTIVE,
    Way.KEY_RESULTS: KEY_RESULT,
    Way.CHECK_INS: CHECK_IN,
    Way.CYCLES: CYCLE,
    Way.TEAMS: TEAM,
    Way.PEOPLE: PERSON,
    Way.PARTS: KEY_RESULT,
}

# Answers what is found on one way, as one row: thousands of small rows would cost more than what they say. So would
# arrays of texts, which the driver reads and writes one by one.
_FOUND = """
select '{way}' as way, string_agg(found.version, ',') as versions, string_agg(found.first::text, ',') as firsts,
    string_agg(found.ending::text, ',') as endings, {keys} as keys
from ({found}) found
"""

# Answers the versions of things by their identifiers, each with the positions at which it begins and ends to be valid.
_BY_IDS = """
select {version}, {first} as first, {ending} as ending, {key} as key
from unnest(string_to_array(:{way}, ',')) as wanted (id)
cross join lateral (
    select {columns} from {projection}.{table} version
    where version.organization_id = :organization and version.id = wanted.id and version.to_position > :position
    order by version.to_position limit 1
) {alias}
{numbers}
where {alias}.from_position <= :position and {seen}
"""

# Answers the versions of the key results of objectives, each with the positions between which none came to them or left them.
_PARTS = """
select {version}, greatest({first}, wanted.left_at) as first, least({ending}, wanted.came_at) as ending, {key} as key
from (
    select asked.id, (
        select max(other.to_position) from {projection}.{table} other
        where other.organization_id = :organization and other.objective_id = asked.id and other.to_position <= :position
    ) as left_at, (
        select min(other.from_position) from {projection}.{table} other
        where other.organization_id = :organization and other.objective_id = asked.id and other.to_position > :position
            and other.from_position > :position
    ) as came_at
    from unnest(string_to_array(:{way}, ',')) as asked (id) offset 0
) as wanted
cross join lateral (
    select {columns} from {projection}.{table} version where {at:version} and version.objective_id = wanted.id {each}
) {alias}
{numbers}
where {seen}
"""


async def by_ids(reader: Reader, lens: Lens, way: Way, ids: Sequence[str]) -> dict[str, Any]:
    """Answer the rows of things by identifier, without those that do not exist or are not seen."""
    found = at_hand.find(reader, lens, way, ids)
    missing = [each for each in ids if each not in found]
    return {**found, **(await find(reader, lens, {way: missing})).get(way, {})}


async def find(reader: Reader, lens: Lens, wanted: Mapping[Way, Sequence[str]]) -> dict[Way, dict[str, Any]]:
    """Answer the rows that the database finds on several ways in one statement, by what they were found by.

    What is not there or not seen is left out. PARTS answers tuples of rows, by priority, then in the order of their coming.
    """
    keys = {way.value: ",".join(dict.fromkeys(ids)) for way, ids in wanted.items() if ids}
    if not keys:
        return {}
    found: dict[Way, dict[str, Any]] = {}
    for record in await fetch(reader, lens, _statement(tuple(sorted(keys))), **keys):
        if record["versions"] is None:
            continue
        way = Way(record["way"])
        several = await rows(reader, lens, KINDS[way], record["versions"].split(","))
        known = _known(KINDS[way].way, several, map(int, record["firsts"].split(",")), map(int, record["endings"].split(",")))
        if way is Way.PARTS:
            found[way] = _by_objective(several)
            known += _known_lists(found[way], known)
        elif way is Way.PEOPLE:
            # Without its key, which is never kept with the row, a name cannot be opened.
            opening: dict[str, bytes | None] = {row.id: key for row, key in zip(several, record["keys"], strict=True)}
            reader.kept.names.learn(reader.organization_id, reader.head_position, opening)
            found[way] = {row.id: row.with_key(opening[row.id]) for row in several}
        else:
            found[way] = {row.id: row for row in several}
        _learn(reader, lens, KINDS[way], known)
    return found


def _learn(reader: Reader, lens: Lens, kind: Kind[Any], known: Sequence[Known]) -> None:
    """Remember which versions are valid when."""
    # Of the past a viewer may get a list without what they do not see any more, and has no use for the rest.
    if not kind.seen_by or sight_of(reader, lens) is not Sight.PAST:
        reader.kept.versions.learn(reader.organization_id, reader.generation, reader.head_position, known)


def _known(way: Way, several: Sequence[Any], firsts: Iterable[int], endings: Iterable[int]) -> list[Known]:
    """Answer versions with the positions at which they are valid."""
    return [
        Known(way, row.id, first, ending if ending == CURRENT else ending - 1, row)
        for row, first, ending in zip(several, firsts, endings, strict=True)
    ]


def _known_lists(found: Mapping[str, Sequence[Any]], known: Sequence[Known]) -> list[Known]:
    """Answer the lists of key results with the positions at which all of their versions are valid."""
    spans = {each.key: each for each in known}
    return [
        Known(
            Way.PARTS,
            objective_id,
            max(spans[part.id].first for part in parts),
            min(spans[part.id].last for part in parts),
            parts,
        )
        for objective_id, parts in found.items()
    ]


def _by_objective(parts: Sequence[KeyResultRow]) -> dict[str, tuple[KeyResultRow, ...]]:
    found: dict[str, list[KeyResultRow]] = defaultdict(list)
    for part in sorted(parts, key=_place):
        found[part.objective_id].append(part)
    return {objective_id: tuple(several) for objective_id, several in found.items()}


def _place(part: KeyResultRow) -> tuple[bool, int, int, str]:
    return part.priority is None, part.priority or 0, part.ordinal, part.id


async def rows(reader: Reader, lens: Lens, kind: Kind[Row], versions: Sequence[Version]) -> list[Row]:
    """Answer the rows of versions, in their order; those that are not kept are read at the lens."""
    found = reader.kept.find(reader.organization_id, reader.generation, versions)
    missing = [thing_of(version) for version, row in zip(versions, found, strict=True) if row is None]
    if missing:
        read = {version_of(row): row for row in kind.rows(await paging.by_ids(reader, lens, kind.listing, missing))}
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
        columns=f"{kind.listing.version}, {kind.listing.first} as first, {kind.listing.ending} as ending",
    )
    records = [each for page in found.values() for each in page.rows]
    several = await rows(reader, lens, kind, [each["version"] for each in records])
    _learn(
        reader, lens, kind, _known(kind.way, several, [each["first"] for each in records], [each["ending"] for each in records])
    )
    remaining = iter(several)
    return {key: page_of(page, [next(remaining) for _ in page.rows]) for key, page in found.items()}


@lru_cache(maxsize=256)
def _statement(ways: Sequence[str]) -> str:
    parts: list[str] = []
    for way in ways:
        kind = KINDS[Way(way)]
        listing = kind.listing
        holes = {
            "way": way,
            "version": listing.version,
            "first": listing.first,
            "ending": listing.ending,
            "table": listing.table,
            "columns": ", ".join(f"version.{column}" for column in ("id", "from_position", "to_position", *kind.seen_by)),
            "alias": listing.alias,
            "numbers": listing.numbers,
            "seen": listing.seen,
            "key": PERSON_KEY if way == Way.PEOPLE else "null",
            "keys": "array_agg(found.key)" if way == Way.PEOPLE else "null::bytea[]",
        }
        part = _PARTS if way == Way.PARTS else _BY_IDS
        for name, value in holes.items():
            part = part.replace("{" + name + "}", value)
        parts.append(_FOUND.replace("{way}", way).replace("{keys}", holes["keys"]).replace("{found}", part))
    return "union all".join(parts)
