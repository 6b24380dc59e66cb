"""Rows of custom fields and of what things have in them, made of the folded states."""

from typing import Any

import orjson
from pydantic import TypeAdapter

from events.custom_field import Choice, Choices
from events.custom_value import CustomValues
from events.facts import Facts
from projections.definition_rows import SEPARATOR, as_float, folded
from projections.row_versions import Values

_CHOICES: TypeAdapter[Choices] = TypeAdapter(tuple[Choice, ...])


def choices_of(text: str) -> Choices:
    """Read the choices of a row."""
    return _CHOICES.validate_json(text)


def custom_field_row(facts: Facts, identifier: str) -> Values | None:
    """Answer the definition of a custom field."""
    known = facts.custom_field(identifier)
    if known is None:
        return None
    choices: Any = _CHOICES.dump_python(known.choices, mode="json")
    return {
        "applies_to": known.applies_to,
        "kind": known.kind,
        "name": known.name,
        "name_folded": folded(known.name),
        "description": known.description,
        "is_required": known.is_required,
        "choices": orjson.dumps(choices).decode(),
        "choice_ids": tuple(each.choice_id for each in known.choices),
        "archived_at": known.archived_at,
        "created_at": known.created_at,
        "created_by": known.created_by,
        "updated_at": known.updated_at,
        "updated_by": known.updated_by,
        "version": known.version,
    }


def custom_value_row(facts: Facts, identifier: str) -> Values | None:
    """Answer what a thing has in a custom field while it has a value."""
    thing_id, field_id = identifier.split(SEPARATOR)
    for each in _values_of(thing_id, facts):
        if each.custom_field_id == field_id:
            return {
                "thing_id": thing_id,
                "field_id": field_id,
                "text": each.text,
                "text_folded": None if each.text is None else folded(each.text),
                "exact_number": each.number,
                "number": as_float(each.number),
                "day": each.date,
                "choice_id": each.choice_id,
                "person_id": each.person_id,
                "url": each.url,
            }
    return None


def _values_of(thing_id: str, facts: Facts) -> CustomValues:
    thing = facts.objective(thing_id) or facts.key_result(thing_id) or facts.initiative(thing_id) or facts.kpi(thing_id)
    return () if thing is None else thing.custom_values
