"""Custom fields: what an organization wants to know of its things beside what every organization does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, assert_never

from events.envelope import UNSET, Context, Occurrence, Unset
from events.rejection import RejectionCode, refuse, refuse_limit
from events.version import changed, check_version, created


class CustomFieldNoun(StrEnum):
    """What has a custom field."""

    OBJECTIVE = "OBJECTIVE"
    KEY_RESULT = "KEY_RESULT"
    INITIATIVE = "INITIATIVE"
    KPI = "KPI"


class CustomFieldKind(StrEnum):
    """What a custom field holds."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    CHOICE = "CHOICE"
    PERSON = "PERSON"
    URL = "URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the choices of a field; a retired one stays where it was chosen and is not chosen anew."""

    choice_id: str
    name: str
    is_retired: bool = False


Choices = tuple[Choice, ...]

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCustomField:
    """Begin to ask for something; what a field holds and of what never changes."""

    custom_field_id: str
    applies_to: CustomFieldNoun
    kind: CustomFieldKind
    name: str
    description: str | None = None
    is_required: bool = False
    choices: Choices = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCustomField:
    """Change a custom field; fields that are UNSET stay.

    `choices` are all of them in their order: one that is left out is retired and stands at the end.
    """

    custom_field_id: str
    name: str | Unset = UNSET
    description: str | Unset | None = UNSET
    is_required: bool | Unset = UNSET
    choices: Choices | Unset = UNSET
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveCustomField:
    """Stop asking; the values stay in the past, and come back with the field."""

    custom_field_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreCustomField:
    """Ask for it again."""

    custom_field_id: str
    expected_version: int | None = None


CustomFieldCommand = CreateCustomField | UpdateCustomField | ArchiveCustomField | RestoreCustomField

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldCreated:
    """A custom field began."""

    custom_field_id: str
    applies_to: CustomFieldNoun
    kind: CustomFieldKind
    name: str
    description: str | None = None
    is_required: bool = False
    choices: Choices = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldRenamed:
    """A custom field got another name."""

    custom_field_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldDescribed:
    """A custom field got another description, or none."""

    custom_field_id: str
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldRequirementChanged:
    """A custom field became required, or is no longer."""

    custom_field_id: str
    is_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldChoicesChanged:
    """The choices of a custom field changed; all as they now stand."""

    custom_field_id: str
    choices: Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldArchived:
    """A custom field is no longer asked for."""

    custom_field_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldRestored:
    """An archived custom field is asked for again."""

    custom_field_id: str


CustomFieldEvent = (
    CustomFieldCreated
    | CustomFieldRenamed
    | CustomFieldDescribed
    | CustomFieldRequirementChanged
    | CustomFieldChoicesChanged
    | CustomFieldArchived
    | CustomFieldRestored
)

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A custom field as of some position."""

    custom_field_id: str
    applies_to: CustomFieldNoun
    kind: CustomFieldKind
    name: str
    description: str | None
    is_required: bool
    choices: Choices
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    archived_at: datetime | None = None
    version: int = 1

    def choice(self, choice_id: str) -> Choice | None:
        """Answer a choice, retired or not."""
        return next((each for each in self.choices if each.choice_id == choice_id), None)


class CustomFieldFacts(Protocol):
    """What a decision about a custom field asks of the rest of the organization."""

    def custom_fields_of(self, noun: CustomFieldNoun) -> Sequence[CustomField]:
        """Answer the custom fields of a noun that are not archived, in the order of their creation."""
        ...


# --- rejections


def _required(known: CustomField | None) -> CustomField:
    if known is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such custom field", "customFieldId")
    return known


def _check_name(name: str, noun: CustomFieldNoun, custom_field_id: str, facts: CustomFieldFacts) -> None:
    others = (each for each in facts.custom_fields_of(noun) if each.custom_field_id != custom_field_id)
    if any(each.name == name for each in others):
        raise refuse(RejectionCode.NAME_TAKEN, "a custom field of the same things has this name", "name")


def _check_count(noun: CustomFieldNoun, facts: CustomFieldFacts, context: Context) -> None:
    limit, count = context.limits.custom_fields_per_noun, len(facts.custom_fields_of(noun)) + 1
    if count > limit:
        raise refuse_limit("custom fields of the same things", limit, count, "appliesTo")


def _check_choices(kind: CustomFieldKind, choices: Choices, context: Context) -> None:
    if kind is not CustomFieldKind.CHOICE:
        if choices:
            raise refuse(RejectionCode.INVALID, f"a field of kind {kind} has no choices", "choices")
        return
    if all(each.is_retired for each in choices):
        raise refuse(RejectionCode.REQUIRED, "a field of kind CHOICE needs something to choose", "choices")
    limit = context.limits.choices_per_custom_field
    if len(choices) > limit:
        raise refuse_limit("choices, retired ones included", limit, len(choices), "choices")
    ids, names = set[str](), set[str]()
    for index, each in enumerate(choices):
        if each.choice_id in ids:
            raise refuse(RejectionCode.INVALID, "a choice is named twice", "choices", str(index), "id")
        if not each.is_retired and each.name in names:
            raise refuse(RejectionCode.NAME_TAKEN, "two choices have the same name", "choices", str(index), "name")
        ids.add(each.choice_id)
        names.update(() if each.is_retired else (each.name,))


# --- decide


def decide(
    command: CustomFieldCommand, known: CustomField | None, facts: CustomFieldFacts, context: Context
) -> list[CustomFieldEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: a rule of `docs/glossary.md` (Custom field) refuses it.
    """
    if isinstance(command, CreateCustomField):
        if known is not None:
            raise refuse(RejectionCode.ID_TAKEN, "a custom field with this id exists already", "id")
        return [_created(command, facts, context)]
    field = _required(known)
    check_version(field.custom_field_id, field.version, command.expected_version)
    match command:
        case UpdateCustomField():
            return _update(command, field, facts, context)
        case ArchiveCustomField():
            return [CustomFieldArchived(custom_field_id=field.custom_field_id)] if field.archived_at is None else []
        case RestoreCustomField():
            if field.archived_at is None:
                return []
            _check_name(field.name, field.applies_to, field.custom_field_id, facts)
            _check_count(field.applies_to, facts, context)
            return [CustomFieldRestored(custom_field_id=field.custom_field_id)]
        case _:
            assert_never(command)


def _created(command: CreateCustomField, facts: CustomFieldFacts, context: Context) -> CustomFieldCreated:
    _check_name(command.name, command.applies_to, command.custom_field_id, facts)
    _check_count(command.applies_to, facts, context)
    _check_choices(command.kind, command.choices, context)
    return CustomFieldCreated(
        custom_field_id=command.custom_field_id,
        applies_to=command.applies_to,
        kind=command.kind,
        name=command.name,
        description=command.description,
        is_required=command.is_required,
        choices=command.choices,
    )


def _update(
    command: UpdateCustomField, known: CustomField, facts: CustomFieldFacts, context: Context
) -> list[CustomFieldEvent]:
    if known.archived_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the custom field is archived; restore it first", "customFieldId")
    custom_field_id = known.custom_field_id
    events: list[CustomFieldEvent] = []
    if command.name is not UNSET and command.name != known.name:
        _check_name(command.name, known.applies_to, custom_field_id, facts)
        events.append(CustomFieldRenamed(custom_field_id=custom_field_id, name=command.name))
    if command.description is not UNSET and command.description != known.description:
        events.append(CustomFieldDescribed(custom_field_id=custom_field_id, description=command.description))
    if command.is_required is not UNSET and command.is_required != known.is_required:
        events.append(CustomFieldRequirementChanged(custom_field_id=custom_field_id, is_required=command.is_required))
    if command.choices is not UNSET:
        choices = _with_retired(known.choices, command.choices)
        if choices != known.choices:
            _check_choices(known.kind, choices, context)
            events.append(CustomFieldChoicesChanged(custom_field_id=custom_field_id, choices=choices))
    return events


def _with_retired(known: Choices, wanted: Choices) -> Choices:
    """Answer choices with those that were left out, for things have them."""
    named = {each.choice_id for each in wanted}
    return (*wanted, *(replace(each, is_retired=True) for each in known if each.choice_id not in named))


# --- evolve


def evolve(known: CustomField | None, event: CustomFieldEvent, occurrence: Occurrence) -> CustomField:
    """Answer the custom field after an event."""
    if isinstance(event, CustomFieldCreated):
        return CustomField(
            custom_field_id=event.custom_field_id,
            applies_to=event.applies_to,
            kind=event.kind,
            name=event.name,
            description=event.description,
            is_required=event.is_required,
            choices=event.choices,
            **created(occurrence),
        )
    if known is None:
        raise ValueError("a custom field changes before it is created")
    change = changed(known.version, occurrence)
    match event:
        case CustomFieldRenamed():
            return replace(known, name=event.name, **change)
        case CustomFieldDescribed():
            return replace(known, description=event.description, **change)
        case CustomFieldRequirementChanged():
            return replace(known, is_required=event.is_required, **change)
        case CustomFieldChoicesChanged():
            return replace(known, choices=event.choices, **change)
        case CustomFieldArchived():
            return replace(known, archived_at=occurrence.recorded_at, **change)
        case CustomFieldRestored():
            return replace(known, archived_at=None, **change)
        case _:
            assert_never(event)
