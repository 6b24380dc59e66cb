"""States to compare: objectives of a scope and their key results, each read at a position of its own.

The number of an objective that has ended stands still, and so does what it was made of: its parts are read where it
ended, so one comparison may read a thing at several positions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from asyncpg import Record

from events.objective import ProgressDriver
from projections.alignment import BEGINNINGS, GraphScope
from projections.attribution import Measured
from projections.ending import STANDS_AT
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS, OBJECTIVES
from projections.reader import Reader
from projections.statement import fetch_planned

Place = tuple[str, int]
"""A thing and the position at which it is read."""

_OBJECTIVE_COLUMNS = """o.id, o.title, o.owner_id, o.parent_ids, o.driver, o.version, o_number.progress"""

# Answers the objectives of a scope that are in force at the lens, whoever sees them.
_IN_SCOPE = (
    """
select {columns}, {stands_at} as stands_at, {seen:o} as is_seen
from {projection}.objective o
{numbers}
where {at:o} and o.state in ('ACTIVE', 'CLOSED') and {scope}
order by o.id
limit :size
""".replace("{columns}", _OBJECTIVE_COLUMNS)
    .replace("{numbers}", OBJECTIVES.numbers)
    .replace("{stands_at}", STANDS_AT.replace("{position}", ":position"))
)

# Answers objectives at positions of their own.
_OBJECTIVES_AT = (
    """
select wanted.position, {columns}, {stands_at} as stands_at, false as is_seen
from unnest(:ids::text[], :positions::bigint[]) as wanted (id, position)
cross join lateral (
    select version.* from {projection}.objective version
    where version.organization_id = :organization and version.id = wanted.id and version.to_position > wanted.position
    order by version.to_position limit 1
) o
{numbers}
where o.from_position <= wanted.position
""".replace("{columns}", _OBJECTIVE_COLUMNS)
    .replace("{numbers}", OBJECTIVES.numbers.replace(":position", "wanted.position"))
    .replace("{stands_at}", STANDS_AT.replace("{position}", "wanted.position"))
)

_KEY_RESULT_COLUMNS = """k.id, k.objective_id, k.title, k.owner_id, k.weight, k.metric, k.version, k.dropped_at,
    k_number.progress, k_number.current, k_number.done_stage_ids, k_number.last_check_in_id"""

# Answers the key results that objectives have at positions of their own.
_KEY_RESULTS_OF = """
select wanted.position, {columns}, {seen_part:k} as is_seen
from unnest(:ids::text[], :positions::bigint[]) as wanted (id, position)
join {projection}.key_result k on k.organization_id = :organization and k.objective_id = wanted.id
    and k.to_position > wanted.position and k.from_position <= wanted.position and k.dropped_at is null
{numbers}
order by k.id
""".replace("{columns}", _KEY_RESULT_COLUMNS).replace("{numbers}", KEY_RESULTS.numbers.replace(":position", "wanted.position"))

# Answers key results at positions of their own, wherever they belong.
_KEY_RESULTS_AT = """
select wanted.position, {columns}, false as is_seen
from unnest(:ids::text[], :positions::bigint[]) as wanted (id, position)
cross join lateral (
    select version.* from {projection}.key_result version
    where version.organization_id = :organization and version.id = wanted.id and version.to_position > wanted.position
    order by version.to_position limit 1
) k
{numbers}
where k.from_position <= wanted.position
""".replace("{columns}", _KEY_RESULT_COLUMNS).replace("{numbers}", KEY_RESULTS.numbers.replace(":position", "wanted.position"))

# Answers the aligned objectives that count in objectives at positions of their own.
_CHILDREN_OF = """
select wanted.id as parent_id, wanted.position, c.id
from unnest(:ids::text[], :positions::bigint[]) as wanted (id, position)
join {projection}.alignment a on a.organization_id = :organization and a.parent_id = wanted.id
    and a.to_position > wanted.position and a.from_position <= wanted.position
join {projection}.objective c on c.organization_id = :organization and c.id = a.child_id
    and c.to_position > wanted.position and c.from_position <= wanted.position and c.state in ('ACTIVE', 'CLOSED')
order by c.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveState:
    """An objective at a position; `stands_at` is where its number stands still if it has ended, else that position."""

    id: str
    title: str
    owner_id: str | None
    parent_ids: tuple[str, ...]
    driver: ProgressDriver
    version: int
    progress: Decimal | None
    stands_at: int
    is_seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultState:
    """A key result at a position; `metric` is the text that the read models have."""

    id: str
    objective_id: str
    title: str
    owner_id: str | None
    weight: Decimal
    metric: str
    version: int
    progress: Decimal | None
    measured: Measured
    is_seen: bool


class ScopeTooLargeError(Exception):
    """A scope holds more objectives than are compared."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the scope holds more than {limit} objectives; compare a smaller one")
        self.limit = limit


async def objectives_in_force(
    reader: Reader, lens: Lens, scope: GraphScope, scope_id: str, limit: int
) -> dict[str, ObjectiveState]:
    """Answer the ACTIVE and CLOSED objectives of a scope by identifier, those out of sight included.

    Raises:
        ScopeTooLargeError: there are more than `limit`.
    """
    statement = _IN_SCOPE.replace("{scope}", BEGINNINGS[scope])
    rows = await fetch_planned(reader, lens, statement, scope_id=scope_id, size=limit + 1)
    if len(rows) > limit:
        raise ScopeTooLargeError(limit)
    return {row["id"]: _objective(row) for row in rows}


async def objectives_at(reader: Reader, lens: Lens, places: Iterable[Place]) -> dict[Place, ObjectiveState]:
    """Answer objectives, each at its position."""
    return {(row["id"], row["position"]): _objective(row) for row in await _at(reader, lens, _OBJECTIVES_AT, places)}


async def key_results_at(reader: Reader, lens: Lens, places: Iterable[Place]) -> dict[Place, KeyResultState]:
    """Answer key results, each at its position, wherever they then belonged and dropped ones too."""
    return {(row["id"], row["position"]): _key_result(row) for row in await _at(reader, lens, _KEY_RESULTS_AT, places)}


async def key_results_of(reader: Reader, lens: Lens, places: Iterable[Place]) -> dict[Place, list[KeyResultState]]:
    """Answer the key results of objectives, each objective at its position, by identifier, without dropped ones."""
    found: dict[Place, list[KeyResultState]] = {place: [] for place in places}
    for row in await _at(reader, lens, _KEY_RESULTS_OF, found):
        found[row["objective_id"], row["position"]].append(_key_result(row))
    return found


async def children_of(reader: Reader, lens: Lens, places: Iterable[Place]) -> dict[Place, list[str]]:
    """Answer the aligned objectives that count in objectives, each objective at its position, by identifier."""
    found: dict[Place, list[str]] = {place: [] for place in places}
    for row in await _at(reader, lens, _CHILDREN_OF, found):
        found[row["parent_id"], row["position"]].append(row["id"])
    return found


async def _at(reader: Reader, lens: Lens, statement: str, places: Iterable[Place]) -> list[Record]:
    wanted = list(places)
    if not wanted:
        return []
    ids, positions = [each for each, _ in wanted], [position for _, position in wanted]
    return await fetch_planned(reader, lens, statement, ids=ids, positions=positions)


def _objective(row: Record) -> ObjectiveState:
    return ObjectiveState(
        id=row["id"],
        title=row["title"],
        owner_id=row["owner_id"],
        parent_ids=tuple(row["parent_ids"]),
        driver=ProgressDriver(row["driver"]),
        version=row["version"],
        progress=_exact(row["progress"]),
        stands_at=row["stands_at"],
        is_seen=row["is_seen"],
    )


def _key_result(row: Record) -> KeyResultState:
    is_measured = row["last_check_in_id"] is not None
    return KeyResultState(
        id=row["id"],
        objective_id=row["objective_id"],
        title=row["title"],
        owner_id=row["owner_id"],
        weight=row["weight"],
        metric=row["metric"],
        version=row["version"],
        progress=_exact(row["progress"]),
        measured=Measured(row["current"] if is_measured else None, frozenset(row["done_stage_ids"])),
        is_seen=row["is_seen"],
    )


def _exact(progress: float | None) -> Decimal | None:
    # Read models hold progress rounded to 12 places, which the shortest text of a float gives back exactly.
    return None if progress is None else Decimal(repr(progress))
