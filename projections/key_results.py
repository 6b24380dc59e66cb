"""Key results as of a lens: by identifier, of their objectives, and in pages."""

from collections.abc import Sequence

from events.identifier import Noun
from projections import paging, versions
from projections.condition import ALWAYS, Condition
from projections.lens import Lens
from projections.listing import KEY_RESULTS
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.rows import KeyResultRow
from projections.statement import fetch

_ALL = Scope(listing=KEY_RESULTS)

# Answers the key results of some objectives with their numbers, by priority, then in the order of their coming.
_OF_OBJECTIVES = """
select {version}
from unnest(:ids::text[]) as wanted (id)
join {projection}.key_result k on {at:k} and k.objective_id = wanted.id
{numbers}
where (:include_dropped or k.dropped_at is null) and {seen_part:k}
order by k.priority nulls last, k.ordinal, k.id
""".replace("{version}", KEY_RESULTS.version).replace("{numbers}", KEY_RESULTS.numbers)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, KeyResultRow]:
    """Answer key results by identifier."""
    return await versions.by_ids(reader, lens, Noun.KEY_RESULT, ids)


async def of_objectives(
    reader: Reader, lens: Lens, objective_ids: Sequence[str], *, include_dropped: bool = False
) -> dict[str, tuple[KeyResultRow, ...]]:
    """Answer the key results of objectives, by priority, then in the order of their coming."""
    found: dict[str, list[KeyResultRow]] = {objective_id: [] for objective_id in objective_ids}
    records = await fetch(reader, lens, _OF_OBJECTIVES, ids=list(found), include_dropped=include_dropped)
    for row in await versions.rows(reader, lens, versions.KEY_RESULT, records):
        found[row.objective_id].append(row)
    return {objective_id: tuple(several) for objective_id, several in found.items()}


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
