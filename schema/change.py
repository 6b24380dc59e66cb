"""Changes: what an event did to a thing, field by field, as typed values."""

from datetime import date as day
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson
import strawberry

import schema.custom_field
import schema.event
import schema.subject
from events.identifier import SYSTEM_ACTOR
from events.metric import Unit
from projections.changes import CUSTOM_FIELDS, custom_field_of
from projections.rows import ChangeRow
from schema.actor import SystemActor
from schema.context import Info
from schema.enumeration import described
from schema.field import column, relation
from schema.node import Subject, seen


class ChangeValueKind(StrEnum):
    """Which field of a change's value carries it."""

    TEXT = "TEXT"
    ENUM = "ENUM"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    DATE_TIME = "DATE_TIME"
    NODE = "NODE"
    LIST = "LIST"


described(
    ChangeValueKind,
    "ChangeValueKind",
    "Which field of a value carries it. May grow: keep a default branch and show `text`.",
    {
        ChangeValueKind.TEXT: "A text, in `text`.",
        ChangeValueKind.ENUM: "A member of an enumeration, in `text`.",
        ChangeValueKind.NUMBER: "A number with its unit, in `number`.",
        ChangeValueKind.BOOLEAN: "A truth value, in `boolean`.",
        ChangeValueKind.DATE: "A day, in `date`.",
        ChangeValueKind.DATE_TIME: "An instant, in `dateTime`.",
        ChangeValueKind.NODE: "A thing, in `node`.",
        ChangeValueKind.LIST: "Several values, in `values`.",
    },
)

_PARTED = ", "


def _of(kind: str, name: str, read: Any = None) -> Any:
    def value(source: "ChangeValue") -> object:
        content = source.content.get(name) if source.content["kind"] == kind else None
        return content if content is None or read is None else read(content)

    return value


@strawberry.type(description="A value, typed and with its unit.")
class ChangeValue:
    """Made from the JSON of a `ChangeRow`."""

    content: strawberry.Private[dict[str, Any]]

    kind: ChangeValueKind = column(
        "Which of the fields below carries it.", lambda value: ChangeValueKind(value.content["kind"])
    )
    number: Decimal | None = column("A number.", _of("NUMBER", "number", Decimal))
    unit: Unit | None = column("The number's unit.", _of("NUMBER", "unit", Unit))
    unit_label: str | None = column("What NUMBER counts.", _of("NUMBER", "unitLabel"))
    currency: str | None = column("Code of ISO 4217 with CURRENCY.", _of("NUMBER", "currency"))
    boolean: bool | None = column("A truth value.", _of("BOOLEAN", "boolean"))
    date: day | None = column("A day.", _of("DATE", "date", day.fromisoformat))
    date_time: datetime | None = column("An instant.", _of("DATE_TIME", "dateTime", datetime.fromisoformat))

    @relation("To show as it is, never to parse; empty for a thing that the viewer may not see.")
    async def text(self, info: Info) -> str:
        """Write the value out; things by the name that they have now."""
        return await _written_out(self.content, info)

    @relation("A thing, as it is now; null if the viewer may not see it.")
    async def node(self, info: Info) -> Subject | None:
        """Load the thing."""
        return await _node(self.content, info)

    @relation("The members of a list, at most 100.")
    async def values(self) -> "list[ChangeValue] | None":
        """Answer the members."""
        if self.content["kind"] != ChangeValueKind.LIST:
            return None
        return [ChangeValue(content=each) for each in self.content["values"][:100]]


async def _node(content: dict[str, Any], info: Info) -> Subject | None:
    if content["kind"] != ChangeValueKind.NODE:
        return None
    return await schema.subject.load_subject(content["id"], await info.context.present())


async def _written_out(content: dict[str, Any], info: Info) -> str:
    match content["kind"]:
        case ChangeValueKind.NODE if content["id"] == SYSTEM_ACTOR:
            # It is no thing with a history, so it is no node either.
            return SystemActor().shown_name()
        case ChangeValueKind.NODE:
            return schema.subject.shown_text(await _node(content, info))
        case ChangeValueKind.LIST:
            return _PARTED.join([await _written_out(each, info) for each in content["values"]])
        case ChangeValueKind.NUMBER:
            unit = content["currency"] or content["unitLabel"] or content["unit"]
            return content["number"] if unit in (None, Unit.NUMBER) else f"{content['number']} {unit}"
        case ChangeValueKind.BOOLEAN:
            return "true" if content["boolean"] else "false"
        case ChangeValueKind.DATE:
            return str(content["date"])
        case ChangeValueKind.DATE_TIME:
            return str(content["dateTime"])
        case _:
            return str(content["text"])


@strawberry.type(description="What an event did to one field of a thing.")
class Change:
    """A field of the thing that an event is about, before and after."""

    row: strawberry.Private[ChangeRow]
    source: strawberry.Private["schema.event.Event"]

    id: strawberry.ID = column(
        "Unique across all types, the same at every moment.",
        lambda change: strawberry.ID(f"{change.source.entity_id}#{change.row.ordinal}"),
    )
    field: str = column(
        "Which field of the subject's type; with `customFields`, `customField` says which.",
        lambda change: CUSTOM_FIELDS if custom_field_of(change.row.field) else change.row.field,
    )
    before: ChangeValue | None = column("What it was; null if there was none.", lambda change: _value(change.row.before))
    after: ChangeValue | None = column("What it became; null if there is none.", lambda change: _value(change.row.after))

    @relation("The custom field, as it is now, whose value was changed; null for any other change.")
    async def custom_field(self, info: Info) -> "schema.custom_field.CustomField | None":
        """Load the field."""
        custom_field_id = custom_field_of(self.row.field)
        if custom_field_id is None:
            return None
        view = await info.context.present()
        row = await view.custom_fields.load(custom_field_id)
        return seen(schema.custom_field.CustomField, row, view)

    @relation("The event.")
    async def event(self) -> "schema.event.Event":
        """Answer the event."""
        return self.source

    @relation("What was changed, as it is now; null if the viewer may not see it.")
    async def subject(self, info: Info) -> Subject | None:
        """Load the thing."""
        return await schema.subject.load_subject(self.row.subject_id, await info.context.present())


def _value(content: str | None) -> ChangeValue | None:
    return None if content is None else ChangeValue(content=orjson.loads(content))
