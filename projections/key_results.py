"""Key results as of a lens: by identifier, of their objectives, in pages, and those that want a check-in."""

from collections.abc import Sequence
from enum import Enum

from projections import paging, versions
from projections.condition import ALWAYS, Compare, Condition, Every, Operator
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.rows import KeyResultRow
from projections.way import Way

_ALL = Scope(listing=KEY_RESULTS)
_WANTS_CHECK_IN = Compare("check_in_state", Operator.IS_NULL, value=False)
BY_DUE = (Order(field="check_in_due_at"),)
"""What was due first comes first."""


class KeyResultsOf(Enum):
    """Whose key results: of a team and those below it; or of whom a check-in is wanted."""

    TEAM = Scope(
        listing=KEY_RESULTS,
        predicate="""k.objective_id in (
            with recursive below (id) as (
                select wanted.id collate "C"
                union
                select t.id from below join {projection}.team t on {at:t} and t.parent_id = below.id
            )
            select o.id from below join {projection}.objective o on {at:o} and o.team_id = below.id
        )""",
    )
    # Their own, and those without an owner of their objectives.
    ANSWERABLE = Scope(
        listing=KEY_RESULTS,
        predicate="""(k.owner_id = wanted.id or k.owner_id is null and k.objective_id in (
            select o.id from {projection}.objective o where {at:o} and o.owner_id = wanted.id
        ))""",
    )


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, KeyResultRow]:
    """Answer key results by identifier."""
    return await versions.by_ids(reader, lens, Way.KEY_RESULTS, ids)


async def of_objectives(
    reader: Reader, lens: Lens, objective_ids: Sequence[str], *, include_dropped: bool = False
) -> dict[str, tuple[KeyResultRow, ...]]:
    """Answer the key results of objectives, by priority, then in the order of their coming."""
    found = await versions.by_ids(reader, lens, Way.PARTS, objective_ids)
    return {each: _wanted(found.get(each, ()), include_dropped=include_dropped) for each in objective_ids}


def _wanted(parts: Sequence[KeyResultRow], *, include_dropped: bool) -> tuple[KeyResultRow, ...]:
    return tuple(part for part in parts if include_dropped or part.dropped_at is None)


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[KeyResultRow]:
    """Answer a page of all key results; by priority, then as they came, unless ordered otherwise."""
    found = await versions.pages(
        reader, lens, versions.KEY_RESULT, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders
    )
    return found[""]


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many key results satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


# --- what wants a check-in


def _wanting(condition: Condition) -> Condition:
    return Every((_WANTS_CHECK_IN, condition))


async def due_page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[KeyResultRow]:
    """Answer a page of all key results that want a check-in."""
    return await page(reader, lens, window, _wanting(condition), orders or BY_DUE)


async def due_count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many key results want a check-in."""
    return await count(reader, lens, _wanting(condition))


async def due_pages_of(
    reader: Reader,
    lens: Lens,
    relation: KeyResultsOf,
    ids: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),
) -> dict[str, Page[KeyResultRow]]:
    """Answer the same page of the key results of each team or person that want a check-in."""
    wanting = _wanting(condition)
    return await versions.pages(
        reader, lens, versions.KEY_RESULT, relation.value, ids, window=window, condition=wanting, orders=orders or BY_DUE
    )


async def due_counts_of(
    reader: Reader, lens: Lens, relation: KeyResultsOf, ids: Sequence[str], condition: Condition = ALWAYS
) -> dict[str, int]:
    """Answer how many key results of each team or person want a check-in."""
    return await paging.counts(reader, lens, relation.value, ids, _wanting(condition))
