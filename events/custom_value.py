"""Values of custom fields: they stand in the stream of the thing that has them, as other fields of it do.

A required field is asked for when an initiative or a KPI is created and when an objective or a key result begins to count,
and its value is not cleared afterwards. A draft needs none, and what counts already when a field becomes required goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as day
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol

from events.address import check_address
from events.custom_field import CustomField, CustomFieldKind, CustomFieldNoun
from events.envelope import Context
from events.rejection import Rejected, Rejection, RejectionCode, refuse, refuse_limit

PATH = "customFields"
"""The input field that brings values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomValue:
    """What a thing has in a custom field: one of the parts, the one of the field's kind; none where it is cleared."""

    custom_field_id: str
    text: str | None = None
    number: Decimal | None = None
    date: day | None = None
    choice_id: str | None = None
    person_id: str | None = None
    url: str | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether there is no value."""
        return not given_parts(self)


CustomValues = tuple[CustomValue, ...]
"""The values of a thing, one for each field that has one, in the order of their first setting."""

PARTS: Mapping[CustomFieldKind, str] = MappingProxyType(
    {
        CustomFieldKind.TEXT: "text",
        CustomFieldKind.NUMBER: "number",
        CustomFieldKind.DATE: "date",
        CustomFieldKind.CHOICE: "choice_id",
        CustomFieldKind.PERSON: "person_id",
        CustomFieldKind.URL: "url",
    }
)
"""Which part of a value holds what a kind of field does."""

_INPUTS = {"choice_id": "choiceId", "person_id": "personId"}


def given_parts(value: CustomValue) -> tuple[str, ...]:
    """Answer the parts of a value that hold something."""
    return tuple(part for part in PARTS.values() if getattr(value, part) is not None)


# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveCustomValuesSet:
    """An objective got other values in custom fields; those that changed, empty where one was cleared."""

    objective_id: str
    values: CustomValues


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultCustomValuesSet:
    """A key result got other values in custom fields; those that changed, empty where one was cleared."""

    key_result_id: str
    objective_id: str
    values: CustomValues


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeCustomValuesSet:
    """An initiative got other values in custom fields; those that changed, empty where one was cleared."""

    initiative_id: str
    values: CustomValues


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiCustomValuesSet:
    """A KPI got other values in custom fields; those that changed, empty where one was cleared."""

    kpi_id: str
    values: CustomValues


CustomValueEvent = ObjectiveCustomValuesSet | KeyResultCustomValuesSet | InitiativeCustomValuesSet | KpiCustomValuesSet


class CustomValueFacts(Protocol):
    """What a decision about values asks of the rest of the organization."""

    def custom_field(self, custom_field_id: str) -> CustomField | None:
        """Answer a custom field."""
        ...

    def custom_fields_of(self, noun: CustomFieldNoun) -> Sequence[CustomField]:
        """Answer the custom fields of a noun that are not archived, in the order of their creation."""
        ...

    def is_active_person(self, person_id: str) -> bool:
        """Say whether there is such a person and they have access."""
        ...


# --- rejections


def missing_values(
    noun: CustomFieldNoun, values: CustomValues, facts: CustomValueFacts, *path: str, of: str = ""
) -> list[Rejection]:
    """Answer a refusal for each required field that a thing has no value in; `of` names the thing where that is needed."""
    filled = {each.custom_field_id for each in values}
    return [
        Rejection(code=RejectionCode.REQUIRED, message=f"the custom field {field.name!r} needs a value{of}", path=path)
        for field in facts.custom_fields_of(noun)
        if field.is_required and field.custom_field_id not in filled
    ]


def require_values(noun: CustomFieldNoun, values: CustomValues, facts: CustomValueFacts, *path: str) -> None:
    """Refuse to begin with something that has no value in a required field.

    Raises:
        Rejected: it has none, a rejection for each such field.
    """
    missing = missing_values(noun, values, facts, *path, PATH)
    if missing:
        raise Rejected(*missing)


def _check_part(value: CustomValue, field: CustomField, facts: CustomValueFacts, context: Context, path: Sequence[str]) -> None:
    part = PARTS[field.kind]
    other = next((each for each in given_parts(value) if each != part), None)
    if other is not None:
        message = f"the custom field {field.name!r} is of kind {field.kind}"
        raise refuse(RejectionCode.INVALID, message, *path, _INPUTS.get(other, other))
    if value.text is not None:
        limit = context.limits.custom_text_length
        if not value.text.strip():
            raise refuse(RejectionCode.REQUIRED, f"{field.name!r} must not be empty; null clears it", *path, "text")
        if len(value.text) > limit:
            raise refuse_limit(f"characters of {field.name!r}", limit, len(value.text), *path, "text")
    if value.url is not None:
        check_address(value.url, context, *path, "url")
    if value.person_id is not None and not facts.is_active_person(value.person_id):
        raise refuse(RejectionCode.NOT_FOUND, f"{field.name!r}: no such active person", *path, "personId")
    if value.choice_id is not None:
        choice = field.choice(value.choice_id)
        if choice is None:
            raise refuse(RejectionCode.NOT_FOUND, f"{field.name!r} has no such choice", *path, "choiceId")
        if choice.is_retired:
            raise refuse(RejectionCode.WRONG_STATE, f"{field.name!r}: the choice is retired", *path, "choiceId")


# --- decide


def changed_values(
    noun: CustomFieldNoun,
    known: CustomValues,
    given: CustomValues,
    facts: CustomValueFacts,
    context: Context,
    *path: str,
    is_draft: bool,
) -> CustomValues:
    """Answer which of the given values differ from those that a thing has; where they stand in the input, `path` says.

    A draft may be without a value in a required field.

    Raises:
        Rejected: there is no such field of these things, it is archived or named twice, the value is not of its kind or
            breaks a rule of it, or a required one would be cleared. The message names the field.
    """
    values = {each.custom_field_id: each for each in known}
    changed: dict[str, CustomValue] = {}
    named: set[str] = set()
    for index, value in enumerate(given):
        here = (*path, PATH, str(index))
        field = facts.custom_field(value.custom_field_id)
        if field is None or field.applies_to is not noun:
            raise refuse(RejectionCode.NOT_FOUND, "these things have no such custom field", *here, "customFieldId")
        if field.custom_field_id in named:
            raise refuse(RejectionCode.INVALID, f"the custom field {field.name!r} is given twice", *here, "customFieldId")
        named.add(field.custom_field_id)
        if value == values.get(field.custom_field_id, CustomValue(custom_field_id=field.custom_field_id)):
            continue
        if field.archived_at is not None:
            raise refuse(RejectionCode.WRONG_STATE, f"the custom field {field.name!r} is archived", *here, "customFieldId")
        if value.is_empty and field.is_required and not is_draft:
            raise refuse(RejectionCode.REQUIRED, f"the custom field {field.name!r} needs a value", *here)
        _check_part(value, field, facts, context, here)
        changed[field.custom_field_id] = value
    return tuple(changed.values())


def kept_values(values: CustomValues, facts: CustomValueFacts) -> CustomValues:
    """Answer the values that what takes a thing's place keeps: those of fields that are still asked for."""
    fields = ((facts.custom_field(each.custom_field_id), each) for each in values)
    return tuple(each for field, each in fields if field is not None and field.archived_at is None)


# --- evolve


def evolve(known: CustomValues, values: CustomValues) -> CustomValues:
    """Answer the values of a thing after some were set."""
    merged = {each.custom_field_id: each for each in known} | {each.custom_field_id: each for each in values}
    return tuple(each for each in merged.values() if not each.is_empty)
