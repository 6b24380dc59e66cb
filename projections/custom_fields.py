"""Custom fields as of a lens, and what things have in them."""

from collections.abc import Sequence

from projections import paging
from projections.condition import ALWAYS, Condition
from projections.custom_field_listing import CUSTOM_FIELDS
from projections.lens import Lens
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import custom_field_rows, custom_value_rows, page_of
from projections.rows import CustomFieldRow, CustomValueRow
from projections.statement import fetch

_ALL = Scope(listing=CUSTOM_FIELDS)

# Answers what some things, which the viewer was shown, have in fields that are not archived at the lens, by name of the field.
_VALUES = """
select v.* from {projection}.custom_value v
join {projection}.custom_field f on {at:f} and f.id = v.field_id and f.archived_at is null
where {at:v} and v.thing_id = any(:ids::text[])
order by f.name_folded, f.id
"""

# Answers some of the things that have a value in some fields.
_THINGS = """
select distinct v.thing_id from {projection}.custom_value v
where {at:v} and v.field_id = any(:ids::text[]) order by v.thing_id limit :size
"""


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, CustomFieldRow]:
    """Answer custom fields by identifier."""
    return {row.id: row for row in custom_field_rows(await paging.by_ids(reader, lens, CUSTOM_FIELDS, ids))}


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[CustomFieldRow]:
    """Answer a page of all custom fields, archived ones included; by what has them and name unless ordered otherwise."""
    found = (await paging.pages(reader, lens, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders))[""]
    return page_of(found, custom_field_rows(found.rows))


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many custom fields satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


async def values_of(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, tuple[CustomValueRow, ...]]:
    """Answer what things have in custom fields."""
    found: dict[str, list[CustomValueRow]] = {each: [] for each in ids}
    for row in custom_value_rows(await fetch(reader, lens, _VALUES, ids=list(ids))):
        found[row.thing_id].append(row)
    return {each: tuple(rows) for each, rows in found.items()}


async def things_with(reader: Reader, lens: Lens, ids: Sequence[str], limit: int) -> list[str]:
    """Answer things that have a value in some custom fields, as many as the limit, whoever sees them."""
    return [row["thing_id"] for row in await fetch(reader, lens, _THINGS, ids=list(ids), size=limit)]
