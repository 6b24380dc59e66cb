"""Filters: which things of a list. The fields given must all hold; they nest along relations."""

import dataclasses
from datetime import datetime
from typing import Annotated, Any

import strawberry

from events.calendar import CheckInDueState
from events.coach.texts import Language
from events.custom_field import CustomFieldKind, CustomFieldNoun
from events.cycle import CyclePhase
from events.health import Status
from events.initiative import InitiativeState
from events.kpi_calendar import Frequency
from events.kpi_measure import Direction, KpiHealth
from events.metric import MetricKind
from events.objective import Ambition, ObjectiveState, Visibility
from events.person import Role
from events.template_content import TemplateFunction
from projections.condition import ALWAYS, Condition, Either, Every, Negated, Related
from projections.inbox import InboxItemKind
from schema.comparator import (
    COMPARISONS,
    BigIntFilter,
    BooleanFilter,
    DateFilter,
    DateTimeFilter,
    EnumFilter,
    FloatFilter,
    IdFilter,
    IntFilter,
    ReasonCodeFilter,
    StringFilter,
    comparator,
    compared,
)
from schema.event_type import EventType
from schema.refusal import GraphQLRefusal, RefusalCode


@strawberry.input(description="Which things have a value in a custom field; all comparators given must hold of it.")
class CustomFieldValueFilter:
    """Of the comparators, the one of the field's kind is of use; `isNull` in it asks whether there is a value."""

    custom_field_id: strawberry.ID = strawberry.field(description="Of which custom field.")
    text: StringFilter | None = comparator("By its text.")
    number: FloatFilter | None = comparator("By its number.")
    date: DateFilter | None = comparator("By its day.")
    choice_id: IdFilter | None = comparator("By its choice.")
    person_id: IdFilter | None = comparator("By its person.")
    url: StringFilter | None = comparator("By its address.")


@strawberry.input(description="Which people; the fields given must all hold.")
class PersonFilter:
    """Names are compared after they were opened."""

    and_: "list[PersonFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[PersonFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "PersonFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    name: StringFilter | None = comparator("By name.")
    role: EnumFilter[Role] | None = comparator("By role.")
    deactivated_at: DateTimeFilter | None = comparator("By when they were deactivated.")
    team: "TeamFilter | None" = comparator("By a team they belong to.")


@strawberry.input(description="Which teams; the fields given must all hold.")
class TeamFilter:
    """Teams by themselves and by their place in the tree."""

    and_: "list[TeamFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[TeamFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "TeamFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    name: StringFilter | None = comparator("By name.")
    archived_at: DateTimeFilter | None = comparator("By when they were archived.")
    parent_id: IdFilter | None = comparator("By the team above.")
    ancestor_id: IdFilter | None = comparator("By any team above.")


@strawberry.input(description="Which cycles; the fields given must all hold.")
class CycleFilter:
    """Cycles by their definition."""

    and_: "list[CycleFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[CycleFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "CycleFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    name: StringFilter | None = comparator("By name.")
    phase: EnumFilter[CyclePhase] | None = comparator("By phase.")
    starts_on: DateFilter | None = comparator("By first day.")
    ends_on: DateFilter | None = comparator("By last day; absent when open-ended.")


@strawberry.input(description="Which objectives; the fields given must all hold.")
class ObjectiveFilter:
    """Objectives by themselves and along their relations."""

    and_: "list[ObjectiveFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[ObjectiveFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "ObjectiveFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    title: StringFilter | None = comparator("By title.")
    state: EnumFilter[ObjectiveState] | None = comparator("By state.")
    status: EnumFilter[Status] | None = comparator("By the health at the moment read.")
    ambition: EnumFilter[Ambition] | None = comparator("By ambition.")
    visibility: EnumFilter[Visibility] | None = comparator("By visibility.")
    label: StringFilter | None = comparator("By any of its labels.")
    priority: IntFilter | None = comparator("By priority.")
    progress: FloatFilter | None = comparator("By progress.")
    confidence: FloatFilter | None = comparator("By confidence.")
    created_at: DateTimeFilter | None = comparator("By when it was created.")
    updated_at: DateTimeFilter | None = comparator("By when its definition last changed.")
    owner: PersonFilter | None = comparator("By owner.")
    team: TeamFilter | None = comparator("By team.")
    cycle: CycleFilter | None = comparator("By cycle.")
    is_draft_of_viewer: BooleanFilter | None = comparator("Whether it is a draft that the viewer owns or wrote.")
    key_result_some: "KeyResultFilter | None" = comparator("By any of its key results.")
    parent_id: IdFilter | None = comparator("By what it contributes to: an objective or a key result.")
    custom_fields: list[CustomFieldValueFilter] | None = comparator("By custom fields; all of these hold.")


@strawberry.input(description="Which key results; the fields given must all hold.")
class KeyResultFilter:
    """Key results by themselves and along their relations."""

    and_: "list[KeyResultFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[KeyResultFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "KeyResultFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    title: StringFilter | None = comparator("By title.")
    dropped_at: DateTimeFilter | None = comparator("By when it was dropped.")
    status: EnumFilter[Status] | None = comparator("By the health at the moment read.")
    kind: EnumFilter[MetricKind] | None = comparator("By the kind of its metric.")
    progress: FloatFilter | None = comparator("By progress.")
    confidence: FloatFilter | None = comparator("By confidence.")
    due_on: DateFilter | None = comparator("By the day it is due.")
    owner: PersonFilter | None = comparator("By owner.")
    objective: ObjectiveFilter | None = comparator("By its objective.")
    is_blocked: BooleanFilter | None = comparator("Whether something that it depends on is not achieved.")
    check_in_state: EnumFilter[CheckInDueState] | None = comparator("By how long a check-in is wanted; none if it is not.")
    label: StringFilter | None = comparator("By any of its labels.")
    priority: IntFilter | None = comparator("By priority.")
    custom_fields: list[CustomFieldValueFilter] | None = comparator("By custom fields; all of these hold.")


@strawberry.input(description="Which initiatives; the fields given must all hold.")
class InitiativeFilter:
    """Initiatives by themselves and by what they support."""

    and_: "list[InitiativeFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[InitiativeFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "InitiativeFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    title: StringFilter | None = comparator("By title.")
    work_state: EnumFilter[InitiativeState] | None = comparator("By how far along it is.")
    begins_on: DateFilter | None = comparator("By the day the work is to begin.")
    due_on: DateFilter | None = comparator("By the day it is due.")
    label: StringFilter | None = comparator("By any of its labels.")
    owner: PersonFilter | None = comparator("By owner.")
    supported_id: IdFilter | None = comparator("By what it stands behind: an objective or a key result.")
    is_blocked: BooleanFilter | None = comparator("Whether something that it depends on is not done.")
    created_at: DateTimeFilter | None = comparator("By when it was created.")
    updated_at: DateTimeFilter | None = comparator("By when it last changed.")
    priority: IntFilter | None = comparator("By priority.")
    custom_fields: list[CustomFieldValueFilter] | None = comparator("By custom fields; all of these hold.")


@strawberry.input(description="Which recognitions; the fields given must all hold.")
class RecognitionFilter:
    """Recognitions by themselves and by who is recognized."""

    and_: "list[RecognitionFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[RecognitionFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "RecognitionFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    recognized_at: DateTimeFilter | None = comparator("By when it was said.")
    author_id: IdFilter | None = comparator("By who said it.")
    subject_id: IdFilter | None = comparator("By what it is for; absent for nothing in particular.")
    person_some: PersonFilter | None = comparator("By any of those who are recognized.")


@strawberry.input(description="Which items of an inbox; the fields given must all hold.")
class InboxItemFilter:
    """Items by what there is to do."""

    and_: "list[InboxItemFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[InboxItemFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "InboxItemFilter | None" = comparator("This does not hold.", name="not")
    kind: EnumFilter[InboxItemKind] | None = comparator("By what there is to do.")
    due_at: DateTimeFilter | None = comparator("By when it is due.")
    since: DateTimeFilter | None = comparator("By since when it waits.")


@strawberry.input(description="Which KPIs; the fields given must all hold.")
class KpiFilter:
    """KPIs by themselves and along their relations."""

    and_: "list[KpiFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[KpiFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "KpiFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    title: StringFilter | None = comparator("By title.")
    health: EnumFilter[KpiHealth] | None = comparator("By the health at the moment read.")
    direction: EnumFilter[Direction] | None = comparator("By which way is good.")
    frequency: EnumFilter[Frequency] | None = comparator("By how often it is read.")
    archived_at: DateTimeFilter | None = comparator("By when it was archived.")
    owner: PersonFilter | None = comparator("By owner.")
    team: TeamFilter | None = comparator("By team; absent for those of the organization.")
    label: StringFilter | None = comparator("By any of its labels.")
    priority: IntFilter | None = comparator("By priority.")
    custom_fields: list[CustomFieldValueFilter] | None = comparator("By custom fields; all of these hold.")


@strawberry.input(description="Which custom fields; the fields given must all hold.")
class CustomFieldFilter:
    """Custom fields by their definition."""

    and_: "list[CustomFieldFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[CustomFieldFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "CustomFieldFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    applies_to: EnumFilter[CustomFieldNoun] | None = comparator("By what has them.")
    kind: EnumFilter[CustomFieldKind] | None = comparator("By what they hold.")
    name: StringFilter | None = comparator("By name.")
    is_required: BooleanFilter | None = comparator("Whether they are required.")
    archived_at: DateTimeFilter | None = comparator("By when they were archived.")


@strawberry.input(description="Which templates; the fields given must all hold.")
class TemplateFilter:
    """Templates by themselves."""

    and_: "list[TemplateFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[TemplateFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "TemplateFilter | None" = comparator("This does not hold.", name="not")
    id: IdFilter | None = comparator("By id.")
    title: StringFilter | None = comparator("By title.")
    function: EnumFilter[TemplateFunction] | None = comparator("By the function that it is for.")
    language: EnumFilter[Language] | None = comparator("By language.")
    archived_at: DateTimeFilter | None = comparator("By when it was archived.")
    created_at: DateTimeFilter | None = comparator("By when it was created.")
    updated_at: DateTimeFilter | None = comparator("By when it last changed.")


@strawberry.input(description="Which events; the fields given must all hold.")
class EventFilter:
    """Events by themselves and by the things in whose history they stand."""

    and_: "list[EventFilter] | None" = comparator("All of these hold.", name="and")
    or_: "list[EventFilter] | None" = comparator("At least one of these holds.", name="or")
    not_: "EventFilter | None" = comparator("This does not hold.", name="not")
    type: EnumFilter[EventType] | None = comparator("By type.")  # type: ignore[valid-type] # pyright: ignore[reportInvalidTypeForm]
    position: BigIntFilter | None = comparator("By its place in the log.")
    recorded_at: DateTimeFilter | None = comparator("By when it was recorded.")
    effective_at: DateTimeFilter | None = comparator("By when it was true in the world.")
    subject_id: IdFilter | None = comparator("By what it happened to.")
    subject_id_or_part: IdFilter | None = comparator(
        "By what it happened to, or what that was part of at the time: a key result, an objective, a cycle, a KPI."
    )
    actor_id: IdFilter | None = comparator("By who did it.")
    reason_code: ReasonCodeFilter | None = comparator("By the kind of reason; absent when none was given.")
    cycle_id: IdFilter | None = comparator("By the cycle that it happened to or in; absent outside of cycles.")


_ARGUMENT: Any = strawberry.argument(name="filter", description="Which ones. Null or absent is all.")
PersonWhere = Annotated[PersonFilter | None, _ARGUMENT]
TeamWhere = Annotated[TeamFilter | None, _ARGUMENT]
CycleWhere = Annotated[CycleFilter | None, _ARGUMENT]
ObjectiveWhere = Annotated[ObjectiveFilter | None, _ARGUMENT]
InitiativeWhere = Annotated[InitiativeFilter | None, _ARGUMENT]
KeyResultWhere = Annotated[KeyResultFilter | None, _ARGUMENT]
InboxWhere = Annotated[InboxItemFilter | None, _ARGUMENT]
RecognitionWhere = Annotated[RecognitionFilter | None, _ARGUMENT]
KpiWhere = Annotated[KpiFilter | None, _ARGUMENT]
TemplateWhere = Annotated[TemplateFilter | None, _ARGUMENT]
CustomFieldWhere = Annotated[CustomFieldFilter | None, _ARGUMENT]
EventWhere = Annotated[EventFilter | None, _ARGUMENT]


def condition_of(given: Any, instants: set[datetime]) -> Condition:
    """Answer the condition of a filter; the instants of identifiers of the past are added to `instants`.

    Raises:
        GraphQLRefusal: something in it is null.
    """
    if given is None or given is strawberry.UNSET:
        return ALWAYS
    conditions = [
        _one(each.name, value, instants)
        for each in dataclasses.fields(given)
        if (value := getattr(given, each.name)) is not strawberry.UNSET
    ]
    return conditions[0] if len(conditions) == 1 else Every(tuple(conditions))


def _one(name: str, value: Any, instants: set[datetime]) -> Condition:
    if value is None:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, f"filter {name.strip('_')} must not be null; leave it out")
    match name:
        case "and_":
            return Every(tuple(condition_of(each, instants) for each in value))
        case "or_":
            return Either(tuple(condition_of(each, instants) for each in value))
        case "not_":
            return Negated(condition_of(value, instants))
        case "custom_fields":
            return Every(tuple(_custom(each, instants) for each in value))
        case _ if isinstance(value, COMPARISONS):
            return compared(name, value, instants)
        case _:
            return Related(name, condition_of(value, instants))


def _custom(given: CustomFieldValueFilter, instants: set[datetime]) -> Condition:
    """Answer the condition of a custom field: what is absent has no value to compare."""
    named = compared("field_id", IdFilter(eq=given.custom_field_id), instants)
    conditions: list[Condition] = []
    are_null: list[bool] = []
    for each in dataclasses.fields(given):
        comparison: Any = getattr(given, each.name)
        if each.name == "custom_field_id" or comparison is strawberry.UNSET:
            continue
        if comparison is None:
            raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, f"filter {each.name} must not be null; leave it out")
        if comparison.is_null not in (strawberry.UNSET, None):
            are_null.append(comparison.is_null)
            comparison = dataclasses.replace(comparison, is_null=strawberry.UNSET)
        conditions.append(compared(each.name, comparison, instants))
    has_value = Related("custom_fields", Every((named, *conditions)))
    if not any(are_null):
        return has_value
    has_none = Negated(Related("custom_fields", named))
    return has_none if conditions == [ALWAYS] * len(conditions) and all(are_null) else Every((has_none, has_value))
