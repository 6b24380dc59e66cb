"""Key results as of a lens: by identifier, of their objectives, and in pages."""

from collections.abc import Iterable, Sequence

from projections import paging, versions
from projections.condition import ALWAYS, Condition
from projections.lens import Lens
from projections.listing import KEY_RESULTS
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.rows import KeyResultRow
from projections.versions import Way

_ALL = Scope(listing=KEY_RESULTS)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, KeyResultRow]:
    """Answer key results by identifier."""
    return await versions.by_ids(reader, lens, Way.KEY_RESULTS, ids)


async def of_objectives(
    reader: Reader, lens: Lens, objective_ids: Sequence[str], *, include_dropped: bool = False
) -> dict[str, tuple[KeyResultRow, ...]]:
    """Answer the key results of objectives, by priority, then in the order of their coming."""
    found = await versions.find(reader, lens, [(Way.PARTS, each) for each in objective_ids])
    return {each: in_order(found.get((Way.PARTS, each), ()), include_dropped=include_dropped) for each in objective_ids}


def in_order(parts: Iterable[KeyResultRow], *, include_dropped: bool = False) -> tuple[KeyResultRow, ...]:
    """Answer the key results of an objective by priority, then in the order of their coming."""
    kept = [part for part in parts if include_dropped or part.dropped_at is None]
    return tuple(sorted(kept, key=_place))


def _place(part: KeyResultRow) -> tuple[bool, int, int, str]:
    return part.priority is None, part.priority or 0, part.ordinal, part.id


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
