"""Objectives as of a lens: by identifier, in pages, and where their expected line stands."""

from collections.abc import Sequence
from enum import Enum

from projections import expected_lines, paging, versions
from projections.condition import ALWAYS, Condition
from projections.lens import Lens
from projections.objective_listing import OBJECTIVES
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.rows import ObjectiveRow
from projections.way import Way


class ObjectivesOf(Enum):
    """Whose objectives are listed."""

    CYCLE = Scope(
        listing=OBJECTIVES,
        predicate="o.cycle_id = wanted.id",
        indexed=frozenset({("priority", "title"), ("priority", "created_at")}),
    )
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


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, ObjectiveRow]:
    """Answer objectives by identifier."""
    return await versions.by_ids(reader, lens, Way.OBJECTIVES, ids)


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[ObjectiveRow]:
    """Answer a page of all objectives; by priority, then by creation, unless ordered otherwise."""
    found = await versions.pages(
        reader, lens, versions.OBJECTIVE, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders
    )
    return found[""]


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
    return await versions.pages(
        reader, lens, versions.OBJECTIVE, relation.value, ids, window=window, condition=condition, orders=orders
    )


async def counts_of(
    reader: Reader, lens: Lens, relation: ObjectivesOf, ids: Sequence[str], condition: Condition = ALWAYS
) -> dict[str, int]:
    """Answer how many objectives each cycle, team, owner or parent has."""
    return await paging.counts(reader, lens, relation.value, ids, condition)


async def expected(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, float | None]:
    """Answer where the expected lines of objectives stand at the lens, in [0, 1]; None in an open-ended cycle."""
    lines = await expected_lines.of_objectives(reader, lens, ids)
    return {objective_id: line.height(lens.instant) for objective_id, line in lines.items()}
