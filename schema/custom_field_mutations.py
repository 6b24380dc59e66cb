"""Mutations of custom fields: inputs and the commands that they become."""

import strawberry

from events.custom_field import (
    ArchiveCustomField,
    Choice,
    Choices,
    CreateCustomField,
    CustomFieldKind,
    CustomFieldNoun,
    RestoreCustomField,
    UpdateCustomField,
)
from events.envelope import UNSET
from events.identifier import Noun, is_identifier, new_identifier
from events.rejection import RejectionCode, refuse
from schema.act import Plan, Step
from schema.context import Context
from schema.input import (
    ChangeInput,
    MutationInput,
    clearable,
    defaulted,
    fresh,
    given,
    known,
    optional,
    required,
    unclearable,
)
from schema.payload import CustomFieldPayload, mutation

# --- inputs


@strawberry.input(description="One of the choices of a custom field.")
class CustomFieldChoiceInput:
    """One of the choices of a custom field."""

    id: strawberry.ID | None = optional("Which choice it stays, where choices are changed; absent is a new one.")
    name: str = required("What is chosen, unique among those that are not retired.")
    is_retired: bool = defaulted("Whether it can no longer be chosen.", default=False)


@strawberry.input(description="Input of customFieldCreate.")
class CustomFieldCreateInput(MutationInput):
    """Input of customFieldCreate."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    applies_to: CustomFieldNoun = required("What shall have it; never changes.")
    kind: CustomFieldKind = required("What it shall hold; never changes.")
    name: str = required("What it is called, unique among those that the same things have and that are not archived.")
    description: str | None = optional("In more words.")
    is_required: bool = defaulted(
        "Whether an initiative or KPI cannot be created and an objective with its key results not be activated without it.",
        default=False,
    )
    choices: list[CustomFieldChoiceInput] | None = optional("With CHOICE what can be chosen, in order, 1 to 200.")


@strawberry.input
class _OneCustomFieldInput(ChangeInput):
    custom_field_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of customFieldUpdate.")
class CustomFieldUpdateInput(_OneCustomFieldInput):
    """Input of customFieldUpdate."""

    name: str | None = optional("What it is called.")
    description: str | None = optional("In more words; null clears it.")
    is_required: bool | None = optional("Whether it is required from now on; what counts already goes on without.")
    choices: list[CustomFieldChoiceInput] | None = optional(
        "All choices in their order, at most 200; one that is left out is retired and stands at the end."
    )


@strawberry.input(description="Input of customFieldArchive.")
class CustomFieldArchiveInput(_OneCustomFieldInput):
    """Input of customFieldArchive."""


@strawberry.input(description="Input of customFieldRestore.")
class CustomFieldRestoreInput(_OneCustomFieldInput):
    """Input of customFieldRestore."""


# --- commands


def _choices(values: list[CustomFieldChoiceInput]) -> Choices:
    return tuple(_choice(value, "choices", str(index)) for index, value in enumerate(values))


def _choice(value: CustomFieldChoiceInput, *path: str) -> Choice:
    choice_id = given(value.id)
    if choice_id is not None and not is_identifier(choice_id, Noun.CHOICE):
        raise refuse(RejectionCode.INVALID, "not the id of a choice", *path, "id")
    return Choice(choice_id=choice_id or new_identifier(Noun.CHOICE), name=value.name, is_retired=value.is_retired)


async def _create(values: CustomFieldCreateInput, context: Context) -> Plan:
    command = CreateCustomField(
        custom_field_id=fresh(values.id, Noun.CUSTOM_FIELD, context.now, "id"),
        applies_to=values.applies_to,
        kind=values.kind,
        name=values.name,
        description=given(values.description),
        is_required=values.is_required,
        choices=_choices(given(values.choices) or []),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _custom_field_id(values: _OneCustomFieldInput) -> str:
    return known(values.custom_field_id, Noun.CUSTOM_FIELD, "customFieldId")


async def _update(values: CustomFieldUpdateInput, _: Context) -> Plan:
    choices = unclearable(values.choices, "choices")
    return Plan.of(
        UpdateCustomField(
            custom_field_id=_custom_field_id(values),
            name=unclearable(values.name, "name"),
            description=clearable(values.description),
            is_required=unclearable(values.is_required, "isRequired"),
            choices=_choices(choices) if isinstance(choices, list) else UNSET,
            expected_version=given(values.expected_version),
        )
    )


async def _archive(values: CustomFieldArchiveInput, _: Context) -> Plan:
    return Plan.of(
        ArchiveCustomField(custom_field_id=_custom_field_id(values), expected_version=given(values.expected_version))
    )


async def _restore(values: CustomFieldRestoreInput, _: Context) -> Plan:
    return Plan.of(
        RestoreCustomField(custom_field_id=_custom_field_id(values), expected_version=given(values.expected_version))
    )


# --- mutations


@strawberry.type
class CustomFieldMutations:
    """Mutations of custom fields."""

    custom_field_create = mutation(_create, CustomFieldPayload, "Begins to ask for something of objectives or other things.")
    custom_field_update = mutation(_update, CustomFieldPayload, "Changes a custom field; not what it holds and of what.")
    custom_field_archive = mutation(_archive, CustomFieldPayload, "Stops asking for it; its values are then read in the past.")
    custom_field_restore = mutation(_restore, CustomFieldPayload, "Asks for it again; its values come back.")
