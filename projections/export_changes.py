"""The table of changes: each field that each event changed, before and after, with who, when and why."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

import orjson

from projections import audit, recorded
from projections.alignment import GraphScope
from projections.changes import CUSTOM_FIELDS, custom_field_of
from projections.event_condition import positions_around
from projections.export_columns import Column, decimal, instant, integer, text
from projections.export_names import Named, people_named, things_named
from projections.export_scope import objective_pages
from projections.export_table import ExportContent, Extract, Part, Table, pieces
from projections.rows import ChangeRow, EventRow

_PAGE_POSITIONS = 5_000
"""Many at once: of many things, each page looks into the history of every one of them."""

_PAGE_EVENTS = 200
_PAGE_OBJECTIVES = 1_000
_PARTED = ", "

_Content = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One row: a field that an event changed. `subject` is None for what the viewer may not see any more."""

    event: EventRow
    change: ChangeRow
    actor_name: str | None
    subject: Named | None
    before: "ChangedValue"
    after: "ChangedValue"
    custom_field: Named | None

    @property
    def field(self) -> str:
        """The field as the API names it."""
        return CUSTOM_FIELDS if custom_field_of(self.change.field) else self.change.field


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedValue:
    """A value before or after, each part of it None where it has none."""

    text: str | None = None
    number: Decimal | None = None
    unit: str | None = None
    thing_id: str | None = None


NO_VALUE = ChangedValue()


async def _parts(extract: Extract) -> AsyncIterator[Part[ChangeLine]]:
    things = await _things(extract)
    first, last = await _bounds(extract)
    after = first - 1
    while after < last:
        positions = await audit.positions_of(extract.reader, extract.lens, things, (after + 1, last), _PAGE_POSITIONS)
        after = positions[-1] if len(positions) == _PAGE_POSITIONS else last
        for page in pieces(positions, _PAGE_EVENTS):
            reached = page[-1] if page and page[-1] != positions[-1] else after
            for piece in pieces(await _lines(extract, page)):
                yield Part(rows=piece, done=reached - first + 1, total=last - first + 1)


async def _things(extract: Extract) -> list[str] | None:
    """Answer the things whose histories together are that of the scope, None for the whole log."""
    if extract.scope is GraphScope.ORGANIZATION:
        return None
    if extract.scope is GraphScope.CYCLE:
        return [extract.scope_id]
    ids = [each async for page in objective_pages(extract, _PAGE_OBJECTIVES) for each in page.ids]
    return list(dict.fromkeys((extract.scope_id, *ids)))


async def _bounds(extract: Extract) -> tuple[int, int]:
    """Answer the first and the last position of the stretch: the log is recorded in the order of its positions."""
    begin, end = extract.begins_at, extract.ends_at
    around = await positions_around(extract.reader, extract.lens, [each for each in (begin, end) if each is not None])
    first = 1 if begin is None else around[begin].before + 1
    last = extract.lens.position if end is None else min(around[end].upto, extract.lens.position)
    return first, last


async def _lines(extract: Extract, positions: Sequence[int]) -> list[ChangeLine]:
    events = await recorded.events(extract.reader, positions)
    ordered = [events[each] for each in positions if each in events]
    rows = [(event, change, *_contents(change)) for event in ordered for change in recorded.changes_in(event)]
    named = await things_named(extract, _referred(rows))
    people = await people_named(extract, {event.actor_id for event in events.values()})
    return [
        ChangeLine(
            event=event,
            change=change,
            actor_name=people.get(event.actor_id),
            subject=named.get(change.subject_id),
            before=_value(before, named),
            after=_value(after, named),
            custom_field=named.get(custom_field_of(change.field) or ""),
        )
        for event, change, before, after in rows
    ]


def _contents(change: ChangeRow) -> tuple[_Content | None, _Content | None]:
    before, after = (None if each is None else orjson.loads(each) for each in (change.before, change.after))
    return before, after


def _referred(rows: Iterable[tuple[EventRow, ChangeRow, _Content | None, _Content | None]]) -> Iterator[str]:
    for _, change, before, after in rows:
        yield change.subject_id
        custom_field_id = custom_field_of(change.field)
        if custom_field_id is not None:
            yield custom_field_id
        yield from _nodes(before)
        yield from _nodes(after)


def _nodes(content: _Content | None) -> Iterator[str]:
    match content:
        case {"kind": "NODE", "id": node_id}:
            yield node_id
        case {"kind": "LIST", "values": values}:
            for each in values:
                yield from _nodes(each)
        case _:
            pass


def _value(content: _Content | None, named: Mapping[str, Named]) -> ChangedValue:
    """Answer a typed value (see `ChangeRow`) as cells; of a thing that the viewer may not see nothing is told."""
    match content:
        case None:
            return NO_VALUE
        case {"kind": "NUMBER", "number": number}:
            unit = content["currency"] or content["unitLabel"] or content["unit"]
            return ChangedValue(text=number, number=Decimal(number), unit=unit)
        case {"kind": "NODE", "id": node_id}:
            thing = named.get(node_id)
            return NO_VALUE if thing is None else ChangedValue(text=thing.name, thing_id=thing.id)
        case {"kind": "LIST", "values": values}:
            told = (_value(each, named).text for each in values)
            return ChangedValue(text=_PARTED.join(each for each in told if each is not None))
        case {"kind": "BOOLEAN", "boolean": truth}:
            return ChangedValue(text="true" if truth else "false")
        case {"kind": "DATE", "date": day}:
            return ChangedValue(text=day)
        case {"kind": "DATE_TIME", "dateTime": instant}:
            return ChangedValue(text=instant)
        case _:
            return ChangedValue(text=content["text"])


def _event_type(line: ChangeLine) -> str:
    """Answer the type as the API names it, which is the stored name in capitals."""
    return line.event.type.replace(".", "_").upper()


_COLUMNS: tuple[Column[ChangeLine], ...] = (
    integer("position", "Place of the event in the log", attrgetter("event.position")),
    instant("recorded_at", "When it was recorded", attrgetter("event.recorded_at")),
    instant("effective_at", "When it was true in the world", attrgetter("event.effective_at")),
    text("event_type", "What kind of event", _event_type),
    text("actor_id", "Who did it", attrgetter("event.actor_id")),
    text("actor_name", "Their name today; empty once erased", attrgetter("actor_name")),
    text(
        "objective_id",
        "The objective that the event belongs to; of a move the one that was left",
        attrgetter("change.objective_id"),
    ),
    text(
        "subject_type",
        "What was changed; empty if that may not be seen any more",
        lambda line: line.subject and line.subject.noun,
    ),
    text("subject_id", "Which; empty if that may not be seen any more", lambda line: line.subject and line.subject.id),
    text("subject_name", "What it is called now", lambda line: line.subject and line.subject.name),
    text("field", "Which field, named as in the API", attrgetter("field")),
    text("custom_field_id", "With customFields which custom field", lambda line: line.custom_field and line.custom_field.id),
    text("custom_field_name", "What it is called now", lambda line: line.custom_field and line.custom_field.name),
    text("before", "What it was, to be read; of a thing what that is called now", attrgetter("before.text")),
    text("after", "What it became", attrgetter("after.text")),
    decimal("before_number", "What it was, if that is a number", attrgetter("before.number"), "before_unit"),
    decimal("after_number", "What it became, if that is a number", attrgetter("after.number"), "after_unit"),
    text("before_unit", "Unit of the number: a currency, a label or a unit", attrgetter("before.unit")),
    text("after_unit", "Unit of the number", attrgetter("after.unit")),
    text("before_id", "What it was, if that is a thing that may be seen", attrgetter("before.thing_id")),
    text("after_id", "What it became, if that is a thing that may be seen", attrgetter("after.thing_id")),
    text("reason_code", "The kind of reason that was given", attrgetter("event.reason_code")),
    text("reason_text", "The reason in words", attrgetter("event.reason_text")),
    text("origin", "Through which door the event came", attrgetter("event.origin")),
)

CHANGES_TABLE = Table(
    content=ExportContent.CHANGES,
    rows=(
        "What happened to the things in scope and to their parts, while they were its parts. One row for each field that an "
        "event changed, in the order of the log and of the fields; an event that changed no field has none. Names of people "
        "are not told, only that they changed. The span bounds `recorded_at`."
    ),
    columns=_COLUMNS,
    parts=_parts,
)
