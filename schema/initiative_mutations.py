"""Mutations of initiatives and of dependencies: inputs and the commands that they become."""

from datetime import date

import strawberry

from events.dependency import (
    AddInitiativeDependency,
    AddKeyResultDependency,
    RemoveInitiativeDependency,
    RemoveKeyResultDependency,
)
from events.envelope import UNSET
from events.identifier import Noun
from events.initiative import (
    AddLink,
    AddSupport,
    CompleteInitiative,
    CreateInitiative,
    DropInitiative,
    Link,
    RemoveLink,
    RemoveSupport,
    ReopenInitiative,
    StartInitiative,
    UpdateInitiative,
)
from schema.act import Plan, Step
from schema.context import Context
from schema.custom_value_input import CustomFieldValueInput, custom_values_of
from schema.input import (
    ChangeInput,
    MutationInput,
    clearable,
    fresh,
    given,
    known,
    known_of,
    known_or_cleared,
    known_or_none,
    optional,
    required,
    unclearable,
)
from schema.payload import InitiativePayload, KeyResultPayload, mutation

# --- inputs


@strawberry.input(description="A link of a new initiative.")
class InitiativeLinkInput:
    """A link of a new initiative."""

    url: str = required("The address, of http or https.")
    title: str | None = optional("What to call it.")


@strawberry.input(description="Input of initiativeCreate.")
class InitiativeCreateInput(MutationInput):
    """Input of initiativeCreate."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    title: str = required("What is to be done.")
    supported_ids: list[strawberry.ID] = required("The objectives and key results that it stands behind, 1 to 20.")
    description: str | None = optional("In more words.")
    owner_id: strawberry.ID | None = optional("Who answers for it; absent is the viewer, null nobody.")
    begins_on: date | None = optional("When the work is to begin.")
    due_on: date | None = optional("When it is due.")
    labels: list[str] | None = optional("Labels, at most 20.")
    links: list[InitiativeLinkInput] | None = optional("Where to read more, at most 20.")
    priority: int | None = optional("Smaller is more important.")
    custom_fields: list[CustomFieldValueInput] | None = optional("Values of custom fields, at most 50.")


@strawberry.input
class _OneInitiativeInput(ChangeInput):
    initiative_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of initiativeUpdate.")
class InitiativeUpdateInput(_OneInitiativeInput):
    """Input of initiativeUpdate."""

    title: str | None = optional("What is to be done.")
    description: str | None = optional("In more words; null clears it.")
    owner_id: strawberry.ID | None = optional("Who answers for it; null is nobody.")
    begins_on: date | None = optional("When the work is to begin; null clears it.")
    due_on: date | None = optional("When it is due; null clears it.")
    labels: list[str] | None = optional("All labels, at most 20; null removes them.")
    priority: int | None = optional("Smaller is more important; null clears it.")
    custom_fields: list[CustomFieldValueInput] | None = optional(
        "Values of custom fields, at most 50; those that are not named stay."
    )


@strawberry.input(description="Input of initiativeStart.")
class InitiativeStartInput(_OneInitiativeInput):
    """Input of initiativeStart."""


@strawberry.input(description="Input of initiativeComplete.")
class InitiativeCompleteInput(_OneInitiativeInput):
    """Input of initiativeComplete."""


@strawberry.input(description="Input of initiativeDrop.")
class InitiativeDropInput(_OneInitiativeInput):
    """Input of initiativeDrop."""


@strawberry.input(description="Input of initiativeReopen.")
class InitiativeReopenInput(_OneInitiativeInput):
    """Input of initiativeReopen."""


@strawberry.input(description="Input of initiativeSupportAdd.")
class InitiativeSupportAddInput(_OneInitiativeInput):
    """Input of initiativeSupportAdd."""

    supported_id: strawberry.ID = required("The objective or key result that it stands behind too.")


@strawberry.input(description="Input of initiativeSupportRemove.")
class InitiativeSupportRemoveInput(_OneInitiativeInput):
    """Input of initiativeSupportRemove."""

    supported_id: strawberry.ID = required("The objective or key result that it no longer stands behind.")


@strawberry.input(description="Input of initiativeLinkAdd.")
class InitiativeLinkAddInput(_OneInitiativeInput):
    """Input of initiativeLinkAdd."""

    url: str = required("The address, of http or https; one that is there gets the title.")
    title: str | None = optional("What to call it.")


@strawberry.input(description="Input of initiativeLinkRemove.")
class InitiativeLinkRemoveInput(_OneInitiativeInput):
    """Input of initiativeLinkRemove."""

    url: str = required("The address.")


@strawberry.input(description="Input of initiativeDependencyAdd.")
class InitiativeDependencyAddInput(_OneInitiativeInput):
    """Input of initiativeDependencyAdd."""

    blocker_id: strawberry.ID = required("The initiative that has to be done before; one that is there gets the note.")
    note: str | None = optional("Why, or what exactly.")


@strawberry.input(description="Input of initiativeDependencyRemove.")
class InitiativeDependencyRemoveInput(_OneInitiativeInput):
    """Input of initiativeDependencyRemove."""

    blocker_id: strawberry.ID = required("The initiative that it no longer depends on.")


@strawberry.input
class _DependencyOfKeyResultInput(ChangeInput):
    key_result_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of keyResultDependencyAdd.")
class KeyResultDependencyAddInput(_DependencyOfKeyResultInput):
    """Input of keyResultDependencyAdd."""

    blocker_id: strawberry.ID = required("The key result that has to be achieved before; one that is there gets the note.")
    note: str | None = optional("Why, or what exactly.")


@strawberry.input(description="Input of keyResultDependencyRemove.")
class KeyResultDependencyRemoveInput(_DependencyOfKeyResultInput):
    """Input of keyResultDependencyRemove."""

    blocker_id: strawberry.ID = required("The key result that it no longer depends on.")


# --- commands

_SUPPORTED = (Noun.OBJECTIVE, Noun.KEY_RESULT)


async def _create(values: InitiativeCreateInput, context: Context) -> Plan:
    is_owner_absent = values.owner_id is strawberry.UNSET
    command = CreateInitiative(
        initiative_id=fresh(values.id, Noun.INITIATIVE, context.now, "id"),
        title=values.title,
        supported_ids=tuple(
            known_of(each, _SUPPORTED, "supportedIds", str(index)) for index, each in enumerate(values.supported_ids)
        ),
        description=given(values.description),
        owner_id=context.own_person_id if is_owner_absent else known_or_none(values.owner_id, Noun.PERSON, "ownerId"),
        begins_on=given(values.begins_on),
        due_on=given(values.due_on),
        labels=tuple(given(values.labels) or ()),
        links=tuple(Link(url=link.url, title=given(link.title)) for link in given(values.links) or ()),
        priority=given(values.priority),
        custom_fields=custom_values_of(values.custom_fields),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _initiative_id(values: _OneInitiativeInput) -> str:
    return known(values.initiative_id, Noun.INITIATIVE, "initiativeId")


async def _update(values: InitiativeUpdateInput, _: Context) -> Plan:
    labels = values.labels
    return Plan.of(
        UpdateInitiative(
            initiative_id=_initiative_id(values),
            title=unclearable(values.title, "title"),
            description=clearable(values.description),
            owner_id=known_or_cleared(values.owner_id, Noun.PERSON, "ownerId"),
            begins_on=clearable(values.begins_on),
            due_on=clearable(values.due_on),
            labels=UNSET if labels is strawberry.UNSET else tuple(labels or ()),
            priority=clearable(values.priority),
            custom_fields=custom_values_of(values.custom_fields),
            expected_version=given(values.expected_version),
        )
    )


async def _start(values: InitiativeStartInput, _: Context) -> Plan:
    return Plan.of(StartInitiative(initiative_id=_initiative_id(values), expected_version=given(values.expected_version)))


async def _complete(values: InitiativeCompleteInput, _: Context) -> Plan:
    return Plan.of(CompleteInitiative(initiative_id=_initiative_id(values), expected_version=given(values.expected_version)))


async def _drop(values: InitiativeDropInput, _: Context) -> Plan:
    return Plan.of(DropInitiative(initiative_id=_initiative_id(values), expected_version=given(values.expected_version)))


async def _reopen(values: InitiativeReopenInput, _: Context) -> Plan:
    return Plan.of(ReopenInitiative(initiative_id=_initiative_id(values), expected_version=given(values.expected_version)))


async def _add_support(values: InitiativeSupportAddInput, _: Context) -> Plan:
    return Plan.of(
        AddSupport(
            initiative_id=_initiative_id(values),
            supported_id=known_of(values.supported_id, _SUPPORTED, "supportedId"),
            expected_version=given(values.expected_version),
        )
    )


async def _remove_support(values: InitiativeSupportRemoveInput, _: Context) -> Plan:
    return Plan.of(
        RemoveSupport(
            initiative_id=_initiative_id(values),
            supported_id=known_of(values.supported_id, _SUPPORTED, "supportedId"),
            expected_version=given(values.expected_version),
        )
    )


async def _add_link(values: InitiativeLinkAddInput, _: Context) -> Plan:
    return Plan.of(
        AddLink(
            initiative_id=_initiative_id(values),
            url=values.url,
            title=given(values.title),
            expected_version=given(values.expected_version),
        )
    )


async def _remove_link(values: InitiativeLinkRemoveInput, _: Context) -> Plan:
    return Plan.of(
        RemoveLink(initiative_id=_initiative_id(values), url=values.url, expected_version=given(values.expected_version))
    )


async def _add_dependency(values: InitiativeDependencyAddInput, _: Context) -> Plan:
    return Plan.of(
        AddInitiativeDependency(
            initiative_id=_initiative_id(values),
            blocker_id=known(values.blocker_id, Noun.INITIATIVE, "blockerId"),
            note=given(values.note),
            expected_version=given(values.expected_version),
        )
    )


async def _remove_dependency(values: InitiativeDependencyRemoveInput, _: Context) -> Plan:
    return Plan.of(
        RemoveInitiativeDependency(
            initiative_id=_initiative_id(values),
            blocker_id=known(values.blocker_id, Noun.INITIATIVE, "blockerId"),
            expected_version=given(values.expected_version),
        )
    )


async def _add_dependency_of_key_result(values: KeyResultDependencyAddInput, _: Context) -> Plan:
    return Plan.of(
        AddKeyResultDependency(
            key_result_id=known(values.key_result_id, Noun.KEY_RESULT, "keyResultId"),
            blocker_id=known(values.blocker_id, Noun.KEY_RESULT, "blockerId"),
            note=given(values.note),
            expected_version=given(values.expected_version),
        )
    )


async def _remove_dependency_of_key_result(values: KeyResultDependencyRemoveInput, _: Context) -> Plan:
    return Plan.of(
        RemoveKeyResultDependency(
            key_result_id=known(values.key_result_id, Noun.KEY_RESULT, "keyResultId"),
            blocker_id=known(values.blocker_id, Noun.KEY_RESULT, "blockerId"),
            expected_version=given(values.expected_version),
        )
    )


# --- mutations


@strawberry.type
class InitiativeMutations:
    """Mutations of initiatives and of dependencies."""

    initiative_create = mutation(_create, InitiativePayload, "Plans an initiative behind objectives or key results.")
    initiative_update = mutation(_update, InitiativePayload, "Changes an initiative.")
    initiative_start = mutation(_start, InitiativePayload, "Begins the work on a planned initiative.")
    initiative_complete = mutation(_complete, InitiativePayload, "Says that an initiative is done.")
    initiative_drop = mutation(_drop, InitiativePayload, "Gives an initiative up; its history stays.")
    initiative_reopen = mutation(_reopen, InitiativePayload, "Goes on with an initiative that is done or dropped.")
    initiative_support_add = mutation(
        _add_support, InitiativePayload, "Puts an initiative behind one more objective or key result."
    )
    initiative_support_remove = mutation(
        _remove_support, InitiativePayload, "Takes an initiative away from something; it stays behind one thing at least."
    )
    initiative_link_add = mutation(_add_link, InitiativePayload, "Adds a link to an initiative.")
    initiative_link_remove = mutation(_remove_link, InitiativePayload, "Takes a link away from an initiative.")
    initiative_dependency_add = mutation(_add_dependency, InitiativePayload, "Says that an initiative depends on another.")
    initiative_dependency_remove = mutation(
        _remove_dependency, InitiativePayload, "Says that an initiative no longer depends on another."
    )
    key_result_dependency_add = mutation(
        _add_dependency_of_key_result, KeyResultPayload, "Says that a key result depends on another."
    )
    key_result_dependency_remove = mutation(
        _remove_dependency_of_key_result, KeyResultPayload, "Says that a key result no longer depends on another."
    )
