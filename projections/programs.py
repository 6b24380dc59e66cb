"""Programs as of a lens: by identifier and in pages."""

from collections.abc import Sequence

from projections import paging
from projections.lens import Lens
from projections.organization_listing import PROGRAMS
from projections.page import Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import page_of, program_rows
from projections.rows import ProgramRow

_ALL = Scope(listing=PROGRAMS)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, ProgramRow]:
    """Answer programs by identifier."""
    return {row.id: row for row in program_rows(await paging.by_ids(reader, lens, PROGRAMS, ids))}


async def page(reader: Reader, lens: Lens, window: Window) -> Page[ProgramRow]:
    """Answer a page of all programs by name, retired ones included."""
    found = await paging.pages(reader, lens, _ALL, EVERYWHERE, window=window)
    return page_of(found[""], program_rows(found[""].rows))


async def count(reader: Reader, lens: Lens) -> int:
    """Answer how many programs there are."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE))[""]
