"""Cycles as of a lens: by identifier, in pages, those that run, and their progress."""

from collections.abc import Sequence

from projections import paging, versions
from projections.condition import ALWAYS, Compare, Condition, Operator
from projections.lens import Lens
from projections.organization_listing import CYCLES
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.rows import CycleRow
from projections.statement import fetch
from projections.way import Way

CURRENT_LIMIT = 20
"""How many running cycles are answered."""

_ALL = Scope(listing=CYCLES)
_OF_PARENT = Scope(listing=CYCLES, predicate="c.parent_id = wanted.id")

# Answers the numbers of some cycles, for everybody the same.
_ROLLUPS = """
select wanted.id, n.progress
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    select version.from_position, version.progress from {projection}.cycle_number version
    where version.organization_id = :organization and version.id = wanted.id and version.to_position > :position
    order by version.to_position limit 1
) n
where n.from_position <= :position
"""


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, CycleRow]:
    """Answer cycles by identifier."""
    return await versions.by_ids(reader, lens, Way.CYCLES, ids)


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[CycleRow]:
    """Answer a page of all cycles; by first day, then by name, unless ordered otherwise."""
    found = await versions.pages(
        reader, lens, versions.CYCLE, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders
    )
    return found[""]


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many cycles satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


async def pages_of_parents(
    reader: Reader, lens: Lens, parent_ids: Sequence[str], *, window: Window, orders: Sequence[Order] = ()
) -> dict[str, Page[CycleRow]]:
    """Answer the same page of the cycles inside each longer one."""
    return await versions.pages(reader, lens, versions.CYCLE, _OF_PARENT, parent_ids, window=window, orders=orders)


async def counts_of_parents(reader: Reader, lens: Lens, parent_ids: Sequence[str]) -> dict[str, int]:
    """Answer how many cycles lie inside each longer one."""
    return await paging.counts(reader, lens, _OF_PARENT, parent_ids)


async def current(reader: Reader, lens: Lens) -> tuple[CycleRow, ...]:
    """Answer the cycles that run, by first day: those in phase ACTIVE."""
    running = Compare("phase", Operator.EQUAL, "ACTIVE")
    return (await page(reader, lens, Window(first=CURRENT_LIMIT), running)).rows


async def rollups(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, float | None]:
    """Answer the progress of each cycle, in [0, 1]: the mean over its own ACTIVE and CLOSED objectives.

    Private ones count, so it is the same for every viewer; rounded once to 12 places; None without any.
    """
    rows = await fetch(reader, lens, _ROLLUPS, ids=list(ids))
    return dict.fromkeys(ids) | {row["id"]: row["progress"] for row in rows}
