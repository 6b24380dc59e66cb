"""Values of custom fields, as the things show them that have them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

import schema.custom_field
import schema.person
from events.custom_field import CustomFieldKind
from projections.rows import CustomFieldRow, CustomValueRow, PersonRow
from schema.field import column, joined, need
from schema.node import present, seen
from schema.scalars import URL
from schema.view import View

_FIELD = need("custom_fields", "row.field_id")
_PERSON = need("people", "row.person_id")


@strawberry.type(description="What a thing has in a custom field.")
class CustomFieldValue:
    """A value as seen through a view: one of its forms by the kind of the field, and one to show."""

    row: strawberry.Private[CustomValueRow]
    view: strawberry.Private[View]

    text_value: str | None = column("With TEXT.", lambda source: source.row.text)
    number_value: Decimal | None = column("With NUMBER.", lambda source: source.row.exact_number)
    date_value: date | None = column("With DATE.", lambda source: source.row.day)
    url_value: URL | None = column("With URL.", lambda source: source.row.url)

    @joined("In which field.", _FIELD)
    def field(self, row: CustomFieldRow | None) -> "schema.custom_field.CustomField":
        """Show the field."""
        return present(seen(schema.custom_field.CustomField, row, self.view))

    @joined("With CHOICE, retired or not.", _FIELD)
    def choice(self, row: CustomFieldRow) -> "schema.custom_field.CustomFieldChoice | None":
        """Find the choice."""
        found = next((each for each in row.choices if each.choice_id == self.row.choice_id), None)
        return None if found is None else schema.custom_field.CustomFieldChoice(row=found, view=self.view)

    @joined("With PERSON.", _PERSON)
    def person(self, row: PersonRow | None) -> "schema.person.Person | None":
        """Show the person."""
        return seen(schema.person.Person, row, self.view)

    @joined("To show as it is, never to parse: a choice and a person by name.", _FIELD, _PERSON)
    def value(self, field: CustomFieldRow, person: PersonRow | None) -> str:
        """Write the value out."""
        match field.kind:
            case CustomFieldKind.NUMBER:
                return f"{present(self.row.exact_number):f}"
            case CustomFieldKind.DATE:
                return present(self.row.day).isoformat()
            case CustomFieldKind.CHOICE:
                return next(each.name for each in field.choices if each.choice_id == self.row.choice_id)
            case CustomFieldKind.PERSON:
                return present(seen(schema.person.Person, person, self.view)).shown_name()
            case _:
                return present(self.row.text or self.row.url)


def values_of(rows: Sequence[CustomValueRow], view: Any) -> list[CustomFieldValue]:
    """Answer the values of a thing."""
    return [CustomFieldValue(row=row, view=view) for row in rows]
