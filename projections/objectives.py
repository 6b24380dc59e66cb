"""Objectives as of a lens: by identifier, in pages, and where their expected line stands."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum

from asyncpg import Record

from events.calendar import expected_progress, expected_share
from projections import paging
from projections.condition import ALWAYS, Condition
from projections.lens import Lens
from projections.listing import OBJECTIVES
from projections.metric_text import metric_of
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import objective_row, page_of
from projections.rows import ObjectiveRow
from projections.statement import fetch


class ObjectivesOf(Enum):
    """Whose objectives are listed."""

    CYCLE = Scope(listing=OBJECTIVES, predicate="o.cycle_id = wanted.id")
    TEAM = Scope(listing=OBJECTIVES, predicate="o.team_id = wanted.id")
    OWNER = Scope(listing=OBJECTIVES, predicate="o.owner_id = wanted.id")
    PARENT = Scope(
        listing=OBJECTIVES,
        # The children of an objective or of a key result.
        predicate="""o.id in (
            select a.child_id from {projection}.alignment a where {at:a} and a.parent_id = wanted.id
        )""",
    )


_ALL = Scope(listing=OBJECTIVES)

# Answers, per objective, its cycle and its live, decided key results, the latter null if it has none.
_EXPECTED_OF = """
select o.id, c.starts_on, c.ends_on, s.time_zone, o.driver, k.weight, k.metric
from {projection}.objective o
join {projection}.cycle c on {at:c} and c.id = o.cycle_id
join {projection}.organization s on {at:s}
left join {projection}.key_result k
    on {at:k} and k.objective_id = o.id and k.dropped_at is null and k.kind <> 'UNDECIDED' and o.driver <> 'CHILDREN'
where {at:o} and o.id = any(:ids::text[]) and {seen:o}
"""


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, ObjectiveRow]:
    """Answer objectives by identifier."""
    return {record["id"]: objective_row(record) for record in await paging.by_ids(reader, lens, OBJECTIVES, ids)}


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[ObjectiveRow]:
    """Answer a page of all objectives; by priority, then by creation, unless ordered otherwise."""
    found = await paging.pages(reader, lens, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders)
    return _rows(found[""])


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many objectives satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


async def pages_of(
    reader: Reader,
    lens: Lens,
    relation: ObjectivesOf,
    ids: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),
) -> dict[str, Page[ObjectiveRow]]:
    """Answer the same page of the objectives of each cycle, team, owner or parent."""
    found = await paging.pages(reader, lens, relation.value, ids, window=window, condition=condition, orders=orders)
    return {key: _rows(each) for key, each in found.items()}


async def counts_of(
    reader: Reader, lens: Lens, relation: ObjectivesOf, ids: Sequence[str], condition: Condition = ALWAYS
) -> dict[str, int]:
    """Answer how many objectives each cycle, team, owner or parent has."""
    return await paging.counts(reader, lens, relation.value, ids, condition)


def _rows(found: Page[Record]) -> Page[ObjectiveRow]:
    return page_of(found, [objective_row(record) for record in found.rows])


async def expected(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, float | None]:
    """Answer where the expected lines of objectives stand at the lens, in [0, 1].

    The mean over the live, decided key results by weight; straight over the cycle where there are none or
    where aligned children alone drive the progress. None in an open-ended cycle.
    """
    parts: dict[str, list[tuple[Decimal, float]]] = defaultdict(list)
    lines: dict[str, float | None] = {}
    for row in await fetch(reader, lens, _EXPECTED_OF, ids=list(ids)):
        dates = (row["starts_on"], row["ends_on"], row["time_zone"], lens.instant)
        lines[row["id"]] = expected_share(*dates)
        if row["metric"] is not None:
            height = expected_progress(metric_of(row["metric"]), *dates)
            if height is not None:
                parts[row["id"]].append((row["weight"], height))
    return lines | {id_: _mean(several) for id_, several in parts.items()}


def _mean(parts: list[tuple[Decimal, float]]) -> float:
    total = sum(weight for weight, _ in parts)
    # Heights have 12 places, so the sum is exact in decimals whatever the order of the rows.
    heights = sum(weight * Decimal(repr(height)) for weight, height in parts)
    return round(float(heights / total), 12)
