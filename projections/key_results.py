"""Key results as of a lens: by identifier, of their objectives, and in pages."""

from collections.abc import Sequence

from projections import paging
from projections.condition import ALWAYS, Condition
from projections.lens import Lens
from projections.listing import KEY_RESULTS
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import key_result_rows, page_of
from projections.rows import KeyResultRow
from projections.statement import fetch

_ALL = Scope(listing=KEY_RESULTS)

# Answers the key results of some objectives with their numbers, by priority, then in the order of their coming.
_OF_OBJECTIVES = """
select {columns}
from unnest(:ids::text[]) as wanted (id)
join {projection}.key_result k on {at:k} and k.objective_id = wanted.id
{numbers}
where (:include_dropped or k.dropped_at is null) and {seen_part:k}
order by k.priority nulls last, k.ordinal, k.id
""".replace("{columns}", KEY_RESULTS.columns).replace("{numbers}", KEY_RESULTS.numbers)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, KeyResultRow]:
    """Answer key results by identifier."""
    return {row.id: row for row in key_result_rows(await paging.by_ids(reader, lens, KEY_RESULTS, ids))}


async def of_objectives(
    reader: Reader, lens: Lens, objective_ids: Sequence[str], *, include_dropped: bool = False
) -> dict[str, tuple[KeyResultRow, ...]]:
    """Answer the key results of objectives, by priority, then in the order of their coming."""
    found: dict[str, list[KeyResultRow]] = {objective_id: [] for objective_id in objective_ids}
    records = await fetch(reader, lens, _OF_OBJECTIVES, ids=list(found), include_dropped=include_dropped)
    for row in key_result_rows(records):
        found[row.objective_id].append(row)
    return {objective_id: tuple(several) for objective_id, several in found.items()}


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[KeyResultRow]:
    """Answer a page of all key results; by priority, then as they came, unless ordered otherwise."""
    found = await paging.pages(reader, lens, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders)
    return page_of(found[""], key_result_rows(found[""].rows))


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many key results satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]
