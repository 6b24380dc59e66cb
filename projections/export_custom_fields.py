"""The tables of custom fields: their definitions, and what things have in them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

from events.custom_field import CustomFieldKind, CustomFieldNoun
from projections import custom_fields, initiatives, key_results, kpis, objectives
from projections.alignment import GraphScope
from projections.export_columns import Column, boolean, day, decimal, instant, integer, text, texts
from projections.export_names import people_named
from projections.export_scope import objective_pages
from projections.export_table import ExportContent, Extract, Part, Table, pieces
from projections.page import Page, Window
from projections.rows import CustomFieldRow, CustomValueRow, InitiativeRow, KpiRow

Row = TypeVar("Row")
_PAGE_THINGS = 100

# --- definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """One row: a custom field, and what its creator is called now."""

    field: CustomFieldRow
    creator_name: str | None

    def choices(self, *, is_retired: bool) -> tuple[str, ...]:
        """Answer what can be chosen, or what no longer can."""
        return tuple(each.name for each in self.field.choices if each.is_retired is is_retired)


async def _field_parts(extract: Extract) -> AsyncIterator[Part[FieldLine]]:
    total, done = await custom_fields.count(extract.reader, extract.lens), 0
    async for rows in _pages(lambda window: custom_fields.page(extract.reader, extract.lens, window)):
        names = await people_named(extract, (row.created_by for row in rows))
        done += len(rows)
        lines = [FieldLine(field=row, creator_name=names.get(row.created_by)) for row in rows]
        yield Part(rows=lines, done=done, total=total)


CUSTOM_FIELDS_TABLE = Table(
    content=ExportContent.CUSTOM_FIELDS,
    rows=(
        "Custom fields as of a moment, archived ones included. One row for each, by what has it and by name. They are the "
        "organization's, so there is no scope."
    ),
    columns=(
        text("custom_field_id", "The custom field", attrgetter("field.id")),
        text("applies_to", "What has it", attrgetter("field.applies_to")),
        text("kind", "What it holds", attrgetter("field.kind")),
        text("name", "Its name at the moment", attrgetter("field.name")),
        text("description", "In more words", attrgetter("field.description")),
        boolean("is_required", "Whether it is required", attrgetter("field.is_required")),
        texts("choices", "What can be chosen, in order", lambda line: line.choices(is_retired=False)),
        texts("retired_choices", "What can no longer be chosen", lambda line: line.choices(is_retired=True)),
        instant("archived_at", "Since when it is no longer asked for", attrgetter("field.archived_at")),
        text("created_by_id", "Who created it", attrgetter("field.created_by")),
        text("created_by_name", "Their name today; empty once erased", attrgetter("creator_name")),
        instant("created_at", "When it was created", attrgetter("field.created_at")),
        instant("updated_at", "When its definition last changed", attrgetter("field.updated_at")),
        integer("version", "How often its definition changed", attrgetter("field.version")),
    ),
    parts=_field_parts,
)

# --- values


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuedThing:
    """What has values; `objective_id` is that of an objective or a key result."""

    noun: CustomFieldNoun
    id: str
    title: str
    objective_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueLine:
    """One row: what a thing has in a custom field; `person_name` is what a person chosen is called now."""

    thing: ValuedThing
    field: CustomFieldRow
    value: CustomValueRow
    person_name: str | None

    def choice(self) -> str | None:
        """Answer the choice by the name that it had at the moment."""
        return next((each.name for each in self.field.choices if each.choice_id == self.value.choice_id), None)

    def shown(self) -> str | None:
        """Answer the value to be read."""
        match self.field.kind:
            case CustomFieldKind.NUMBER:
                return f"{self.value.exact_number:f}"
            case CustomFieldKind.DATE:
                return str(self.value.day)
            case CustomFieldKind.CHOICE:
                return self.choice()
            case CustomFieldKind.PERSON:
                return self.person_name
            case _:
                return self.value.text or self.value.url


async def _value_parts(extract: Extract) -> AsyncIterator[Part[ValueLine]]:
    reader, lens = extract.reader, extract.lens
    is_whole = extract.scope is GraphScope.ORGANIZATION
    more = await initiatives.count(reader, lens) + await kpis.count(reader, lens) if is_whole else 0
    done = total = 0
    async for page in objective_pages(extract, _PAGE_THINGS):
        done, total = page.done, page.total + more
        for piece in pieces(await _lines(extract, await _within(extract, page.ids))):
            yield Part(rows=piece, done=done, total=total)
    if not is_whole:
        return
    total = done + more
    async for plans in _pages(lambda window: initiatives.page(reader, lens, window)):
        done += len(plans)
        for piece in pieces(await _lines(extract, [_plain(CustomFieldNoun.INITIATIVE, each) for each in plans])):
            yield Part(rows=piece, done=done, total=total)
    async for measures in _pages(lambda window: kpis.page(reader, lens, window)):
        done += len(measures)
        for piece in pieces(await _lines(extract, [_plain(CustomFieldNoun.KPI, each) for each in measures])):
            yield Part(rows=piece, done=done, total=total)


def _plain(noun: CustomFieldNoun, row: InitiativeRow | KpiRow) -> ValuedThing:
    return ValuedThing(noun=noun, id=row.id, title=row.title)


async def _within(extract: Extract, ids: Sequence[str]) -> list[ValuedThing]:
    """Answer objectives, each with its key results behind it."""
    found = await objectives.by_ids(extract.reader, extract.lens, ids)
    parts = await key_results.of_objectives(extract.reader, extract.lens, ids, include_dropped=True)
    things: list[ValuedThing] = []
    for objective_id in ids:
        if objective_id not in found:
            continue
        title = found[objective_id].title
        things.append(ValuedThing(noun=CustomFieldNoun.OBJECTIVE, id=objective_id, title=title, objective_id=objective_id))
        things.extend(
            ValuedThing(noun=CustomFieldNoun.KEY_RESULT, id=part.id, title=part.title, objective_id=objective_id)
            for part in parts.get(objective_id, ())
        )
    return things


async def _lines(extract: Extract, things: Sequence[ValuedThing]) -> list[ValueLine]:
    values = await custom_fields.values_of(extract.reader, extract.lens, [each.id for each in things])
    several = [row for rows in values.values() for row in rows]
    fields = await custom_fields.by_ids(extract.reader, extract.lens, sorted({row.field_id for row in several}))
    names: Mapping[str, str | None] = await people_named(extract, (row.person_id for row in several))
    return [
        ValueLine(thing=thing, field=fields[row.field_id], value=row, person_name=names.get(row.person_id or ""))
        for thing in things
        for row in values[thing.id]
    ]


async def _pages(load: Callable[[Window], Awaitable[Page[Row]]]) -> AsyncIterator[tuple[Row, ...]]:
    window = Window(first=_PAGE_THINGS)
    while True:
        page = await load(window)
        yield page.rows
        if not page.has_next:
            return
        window = Window(first=_PAGE_THINGS, after=page.keys[-1])


_COLUMNS: tuple[Column[ValueLine], ...] = (
    text("thing_type", "What has the value", attrgetter("thing.noun")),
    text("thing_id", "Which", attrgetter("thing.id")),
    text("thing_title", "Its title at the moment", attrgetter("thing.title")),
    text(
        "objective_id",
        "The objective that it is or belongs to; empty for initiatives and KPIs",
        attrgetter("thing.objective_id"),
    ),
    text("custom_field_id", "In which custom field", attrgetter("field.id")),
    text("custom_field_name", "Its name at the moment", attrgetter("field.name")),
    text("custom_field_kind", "What it holds", attrgetter("field.kind")),
    text("value", "The value to be read: of a person the name today", ValueLine.shown),
    text("text", "With TEXT", attrgetter("value.text")),
    decimal("number", "With NUMBER", attrgetter("value.exact_number")),
    day("date", "With DATE", attrgetter("value.day")),
    text("choice_id", "With CHOICE which", attrgetter("value.choice_id")),
    text("choice", "With CHOICE what it was called at the moment", ValueLine.choice),
    text("person_id", "With PERSON who", attrgetter("value.person_id")),
    text("url", "With URL", attrgetter("value.url")),
)

CUSTOM_FIELD_VALUES_TABLE = Table(
    content=ExportContent.CUSTOM_FIELD_VALUES,
    rows=(
        "What things have in custom fields that were not archived at the moment. One row for each value: by objective (in the "
        "order of identifiers), each with its key results behind it, then, without a scope, by initiative and by KPI; of one "
        "thing by name of the field. With a scope they are those of its objectives and key results."
    ),
    columns=_COLUMNS,
    parts=_value_parts,
)
