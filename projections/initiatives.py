"""Initiatives as of a lens: by identifier, in pages, behind objectives and key results, and of their owners."""

from collections.abc import Sequence
from enum import Enum

from asyncpg import Record

from projections import paging
from projections.condition import ALWAYS, Condition
from projections.initiative_listing import INITIATIVES
from projections.lens import Lens
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import initiative_rows, page_of
from projections.rows import InitiativeRow

_BEHIND = """i.id in (
    select b.initiative_id from {projection}.initiative_support b where {at:b} and b.COLUMN = wanted.id
)"""


class InitiativesOf(Enum):
    """Whose initiatives are listed; of an objective those behind its key results as well."""

    OBJECTIVE = Scope(listing=INITIATIVES, predicate=_BEHIND.replace("COLUMN", "objective_id"))
    KEY_RESULT = Scope(listing=INITIATIVES, predicate=_BEHIND.replace("COLUMN", "supported_id"))
    OWNER = Scope(listing=INITIATIVES, predicate="i.owner_id = wanted.id")


_ALL = Scope(listing=INITIATIVES)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, InitiativeRow]:
    """Answer initiatives by identifier."""
    return {row.id: row for row in initiative_rows(await paging.by_ids(reader, lens, INITIATIVES, ids))}


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[InitiativeRow]:
    """Answer a page of all initiatives; by due date, then by title, unless ordered otherwise."""
    found = await paging.pages(reader, lens, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders)
    return _rows(found[""])


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many initiatives satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


async def pages_of(
    reader: Reader,
    lens: Lens,
    relation: InitiativesOf,
    ids: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),
) -> dict[str, Page[InitiativeRow]]:
    """Answer the same page of the initiatives of each objective, key result or owner."""
    found = await paging.pages(reader, lens, relation.value, ids, window=window, condition=condition, orders=orders)
    return {key: _rows(each) for key, each in found.items()}


async def counts_of(
    reader: Reader, lens: Lens, relation: InitiativesOf, ids: Sequence[str], condition: Condition = ALWAYS
) -> dict[str, int]:
    """Answer how many initiatives each objective, key result or owner has."""
    return await paging.counts(reader, lens, relation.value, ids, condition)


def _rows(found: Page[Record]) -> Page[InitiativeRow]:
    return page_of(found, initiative_rows(found.rows))
