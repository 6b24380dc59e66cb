"""Recognitions as of a lens: by identifier, in pages, and those of people."""

from collections.abc import Sequence

from asyncpg import Record

from projections import paging
from projections.condition import ALWAYS, Condition
from projections.conversation_listing import RECOGNITIONS
from projections.lens import Lens
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import page_of, recognition_rows
from projections.rows import RecognitionRow

_STANDING = Scope(listing=RECOGNITIONS, predicate="praise.withdrawn_at is null")
_OF_PERSON = Scope(
    listing=RECOGNITIONS,
    predicate="""praise.withdrawn_at is null and praise.id in (
        select m.recognition_id from {projection}.recognition_person m where {at:m} and m.person_id = wanted.id
    )""",
)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, RecognitionRow]:
    """Answer recognitions by identifier, withdrawn ones included."""
    return {row.id: row for row in recognition_rows(await paging.by_ids(reader, lens, RECOGNITIONS, ids))}


async def page(reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS) -> Page[RecognitionRow]:
    """Answer a page of all recognitions that stand, the newest first."""
    return _rows((await paging.pages(reader, lens, _STANDING, EVERYWHERE, window=window, condition=condition))[""])


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many recognitions that stand satisfy a condition."""
    return (await paging.counts(reader, lens, _STANDING, EVERYWHERE, condition))[""]


async def pages_of_people(
    reader: Reader, lens: Lens, person_ids: Sequence[str], *, window: Window, orders: Sequence[Order] = ()
) -> dict[str, Page[RecognitionRow]]:
    """Answer the same page of the recognitions of each person."""
    found = await paging.pages(reader, lens, _OF_PERSON, person_ids, window=window, orders=orders)
    return {key: _rows(each) for key, each in found.items()}


async def counts_of_people(reader: Reader, lens: Lens, person_ids: Sequence[str]) -> dict[str, int]:
    """Answer how often each person is recognized."""
    return await paging.counts(reader, lens, _OF_PERSON, person_ids)


def _rows(found: Page[Record]) -> Page[RecognitionRow]:
    return page_of(found, recognition_rows(found.rows))
