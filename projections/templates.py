"""Templates: those of the organization as of a lens, by identifier and in pages, and the library beside them."""

from collections.abc import Mapping, Sequence

from asyncpg import Record

from events.coach.texts import Language
from events.template_content import TemplateFunction
from events.templates.library import library
from projections import memory, paging, versions
from projections.condition import ALWAYS, Condition
from projections.definition_rows import folded
from projections.lens import Lens
from projections.objective_listing import OBJECTIVES
from projections.page import Order, Page, Window
from projections.paging import EVERYWHERE, Scope
from projections.reader import Reader
from projections.records import page_of, template_rows
from projections.rows import ObjectiveRow, TemplateRow
from projections.template_listing import TEMPLATES
from projections.template_rows import library_row, texts_folded

_ALL = Scope(listing=TEMPLATES)
# What was made follows the rights to itself, so a hidden objective is neither listed nor counted.
_OBJECTIVES = Scope(listing=OBJECTIVES, predicate="o.template_id = wanted.id")
_PLACE = (Order(field="place"),)


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, TemplateRow]:
    """Answer templates by identifier; those of the library are the same at every lens."""
    published = library()
    found = {each: library_row(published[each]) for each in ids if each in published}
    own = [each for each in ids if each not in found]
    rows = template_rows(await paging.by_ids(reader, lens, TEMPLATES, own)) if own else []
    return found | {row.id: row for row in rows}


async def page(
    reader: Reader, lens: Lens, window: Window, condition: Condition = ALWAYS, orders: Sequence[Order] = ()
) -> Page[TemplateRow]:
    """Answer a page of the organization's templates, archived ones included; by title unless ordered otherwise."""
    found = await paging.pages(reader, lens, _ALL, EVERYWHERE, window=window, condition=condition, orders=orders)
    return _rows(found[""])


async def count(reader: Reader, lens: Lens, condition: Condition = ALWAYS) -> int:
    """Answer how many of the organization's templates satisfy a condition."""
    return (await paging.counts(reader, lens, _ALL, EVERYWHERE, condition))[""]


def in_library(language: Language, function: TemplateFunction | None, words: Sequence[str]) -> list[TemplateRow]:
    """Answer the templates of the library in a language, in its order.

    Each of the folded `words` has to be in the title, the description or the title of a key result.
    """
    rows: list[TemplateRow] = []
    for each in library().values():
        if each.language is language and function in (None, each.function):
            text = f"{folded(each.content.title)}\n{texts_folded(each.content)}"
            if all(word in text for word in words):
                rows.append(library_row(each))
    return rows


def page_of_library(rows: Sequence[TemplateRow], window: Window) -> Page[TemplateRow]:
    """Answer a page of templates of the library.

    Raises:
        KeyMismatchError: a bound of the window is no key of this order.
    """
    return memory.cut((((place, row.id), row) for place, row in enumerate(rows)), _PLACE, window)


async def pages_of_objectives(
    reader: Reader, lens: Lens, template_ids: Sequence[str], *, window: Window, orders: Sequence[Order] = ()
) -> Mapping[str, Page[ObjectiveRow]]:
    """Answer the same page of the objectives made from each template."""
    return await versions.pages(reader, lens, versions.OBJECTIVE, _OBJECTIVES, template_ids, window=window, orders=orders)


async def counts_of_objectives(reader: Reader, lens: Lens, template_ids: Sequence[str]) -> dict[str, int]:
    """Answer how many objectives were made from each template."""
    return await paging.counts(reader, lens, _OBJECTIVES, template_ids)


def _rows(found: Page[Record]) -> Page[TemplateRow]:
    return page_of(found, template_rows(found.rows))
