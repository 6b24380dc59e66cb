"""Inputs of values of custom fields, and how they become those of commands."""

from datetime import date as day
from decimal import Decimal

import strawberry

from events.custom_value import PATH, CustomValue, CustomValues
from events.identifier import Noun
from schema.input import given, known, known_or_none, optional, required


@strawberry.input(
    description="What a thing shall have in a custom field: the one of the forms that the kind of the field has. "
    "All absent or null clears it."
)
class CustomFieldValueInput:
    """What a thing shall have in a custom field."""

    custom_field_id: strawberry.ID = required("Which custom field.")
    text: str | None = optional("With TEXT.")
    number: Decimal | None = optional("With NUMBER.")
    date: day | None = optional("With DATE.")
    choice_id: strawberry.ID | None = optional("With CHOICE.")
    person_id: strawberry.ID | None = optional("With PERSON: somebody who has access.")
    url: str | None = optional("With URL: an address of http or https.")


def custom_values_of(values: list[CustomFieldValueInput] | None, *path: str) -> CustomValues:
    """Answer the values of an input.

    Raises:
        Rejected: an identifier in it is none.
    """
    return tuple(_value_of(value, *path, PATH, str(index)) for index, value in enumerate(given(values) or ()))


def _value_of(value: CustomFieldValueInput, *path: str) -> CustomValue:
    return CustomValue(
        custom_field_id=known(value.custom_field_id, Noun.CUSTOM_FIELD, *path, "customFieldId"),
        text=given(value.text),
        number=given(value.number),
        date=given(value.date),
        choice_id=known_or_none(value.choice_id, Noun.CHOICE, *path, "choiceId"),
        person_id=known_or_none(value.person_id, Noun.PERSON, *path, "personId"),
        url=given(value.url),
    )
