"""Objectives: what a team wants to reach in a cycle, from its draft to its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar, assert_never

from events import alignment, custom_value, kpi_link, review
from events.alignment import (
    AlignmentCommand,
    AlignmentEvent,
    AlignmentFacts,
    AlignObjective,
    ObjectiveAligned,
    ObjectiveUnaligned,
    UnalignObjective,
    check_alignment,
)
from events.custom_field import CustomFieldNoun
from events.custom_value import (
    PATH,
    CustomValueFacts,
    CustomValues,
    ObjectiveCustomValuesSet,
    changed_values,
    missing_values,
)
from events.cycle import Cycle, CyclePhase, require_open
from events.envelope import UNSET, Context, Occurrence, ReasonCode, Unset
from events.kpi_link import Links, ObjectiveKpiLinked, ObjectiveKpiUnlinked, ObjectiveLinkEvent
from events.metric import FORMULA_VERSION
from events.rejection import Rejected, RejectionCode, refuse
from events.review import CloseObjective, FrozenNumber, ObjectiveClosed, Review
from events.version import changed, check_version, created

Value = TypeVar("Value")


class Ambition(StrEnum):
    """A committed objective is to be met in full; an aspirational one aims beyond."""

    COMMITTED = "COMMITTED"
    ASPIRATIONAL = "ASPIRATIONAL"


class Visibility(StrEnum):
    """Who sees an objective."""

    ORGANIZATION = "ORGANIZATION"
    TEAM = "TEAM"
    PRIVATE = "PRIVATE"


class ObjectiveState(StrEnum):
    """Where an objective stands in its life."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class ProgressDriver(StrEnum):
    """What an objective's progress is computed from."""

    KEY_RESULTS = "KEY_RESULTS"
    CHILDREN = "CHILDREN"
    BOTH = "BOTH"


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateObjective:
    """Write down an objective; `is_draft` False activates it in the same act."""

    objective_id: str
    cycle_id: str
    title: str
    team_id: str | None = None
    owner_id: str | None = None
    description: str | None = None
    ambition: Ambition = Ambition.ASPIRATIONAL
    visibility: Visibility = Visibility.ORGANIZATION
    driver: ProgressDriver = ProgressDriver.KEY_RESULTS
    priority: int | None = None
    labels: tuple[str, ...] = ()
    contributor_ids: tuple[str, ...] = ()
    parent_ids: tuple[str, ...] = ()
    custom_fields: CustomValues = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateObjective:
    """Change an objective; fields that are UNSET stay, and custom fields that are not named."""

    objective_id: str
    title: str | Unset = UNSET
    description: str | Unset | None = UNSET
    owner_id: str | Unset | None = UNSET
    team_id: str | Unset | None = UNSET
    cycle_id: str | Unset = UNSET
    ambition: Ambition | Unset = UNSET
    visibility: Visibility | Unset = UNSET
    driver: ProgressDriver | Unset = UNSET
    priority: int | Unset | None = UNSET
    labels: tuple[str, ...] | Unset = UNSET
    contributor_ids: tuple[str, ...] | Unset = UNSET
    custom_fields: CustomValues = ()
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateObjective:
    """Make a draft count; its targets now become the original ones."""

    objective_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenObjective:
    """Make a closed or cancelled objective active again."""

    objective_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelObjective:
    """Give an objective up; it leaves every roll-up and keeps its history."""

    objective_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorderObjectives:
    """Give the objectives of a cycle the priorities 1, 2, 3, … in this order."""

    cycle_id: str
    objective_ids: tuple[str, ...]


ObjectiveCommand = (
    CreateObjective
    | UpdateObjective
    | ActivateObjective
    | AlignmentCommand
    | CloseObjective
    | ReopenObjective
    | CancelObjective
)


# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveCreated:
    """An objective was written down, as a draft."""

    objective_id: str
    cycle_id: str
    title: str
    team_id: str | None = None
    owner_id: str | None = None
    description: str | None = None
    ambition: Ambition = Ambition.ASPIRATIONAL
    visibility: Visibility = Visibility.ORGANIZATION
    driver: ProgressDriver = ProgressDriver.KEY_RESULTS
    priority: int | None = None
    labels: tuple[str, ...] = ()
    contributor_ids: tuple[str, ...] = ()
    carried_over_from_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveRetitled:
    """An objective got another title."""

    objective_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveDescribed:
    """An objective got another description, or none."""

    objective_id: str
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveReowned:
    """An objective got another owner, or none."""

    objective_id: str
    owner_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveMoved:
    """An objective went to another team or cycle."""

    objective_id: str
    team_id: str | None
    cycle_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveClassified:
    """Ambition, visibility, driver or labels changed; all as they now stand."""

    objective_id: str
    ambition: Ambition
    visibility: Visibility
    driver: ProgressDriver
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveStaffed:
    """An objective got other contributors."""

    objective_id: str
    contributor_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectivePrioritized:
    """An objective got another place in the order."""

    objective_id: str
    priority: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveActivated:
    """A draft became active."""

    objective_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveReopened:
    """A closed or cancelled objective became active again; a review is withdrawn with it."""

    objective_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveCancelled:
    """An objective was given up; its number is frozen as computed by `formula_version`."""

    objective_id: str
    progress: Decimal | None = None
    raw_progress: Decimal | None = None
    formula_version: int = FORMULA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveCarriedOver:
    """A later objective continues this one."""

    objective_id: str
    successor_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveDraftedFromTemplate:
    """An objective was made from a template, of the organization or of the library, in one of its versions."""

    objective_id: str
    template_id: str
    template_version: int


ObjectiveEvent = (
    ObjectiveCreated
    | ObjectiveRetitled
    | ObjectiveDescribed
    | ObjectiveReowned
    | ObjectiveMoved
    | ObjectiveClassified
    | ObjectiveStaffed
    | ObjectivePrioritized
    | ObjectiveActivated
    | AlignmentEvent
    | ObjectiveClosed
    | ObjectiveReopened
    | ObjectiveCancelled
    | ObjectiveCarriedOver
    | ObjectiveLinkEvent
    | ObjectiveDraftedFromTemplate
    | ObjectiveCustomValuesSet
)


# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """An objective as of some position."""

    objective_id: str
    cycle_id: str
    title: str
    team_id: str | None
    owner_id: str | None
    description: str | None
    ambition: Ambition
    visibility: Visibility
    driver: ProgressDriver
    priority: int | None
    labels: tuple[str, ...]
    contributor_ids: tuple[str, ...]
    carried_over_from_id: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    state: ObjectiveState = ObjectiveState.DRAFT
    parent_ids: tuple[str, ...] = ()
    successor_ids: tuple[str, ...] = ()
    activated_at: datetime | None = None
    frozen_number: FrozenNumber | None = None
    review: Review | None = None
    kpi_links: Links = ()
    template_id: str | None = None
    custom_values: CustomValues = ()
    version: int = 1


class ObjectiveFacts(AlignmentFacts, CustomValueFacts, Protocol):
    """What a decision about an objective asks of the rest of the organization."""

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        ...

    def has_team(self, team_id: str) -> bool:
        """Say whether a team exists."""
        ...

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists."""
        ...

    def number(self, known: Objective) -> FrozenNumber:
        """Answer an objective's progress as it is now."""
        ...

    def values_of_key_results(self, objective_id: str) -> Sequence[tuple[str, CustomValues]]:
        """Answer title and values of each key result of an objective that is not dropped."""
        ...


# --- rejections


def required_objective(objective: Objective | None) -> Objective:
    """Answer the objective, or refuse.

    Raises:
        Rejected: there is none.
    """
    if objective is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such objective", "objectiveId")
    return objective


def require_changeable(objective: Objective, cycle: Cycle | None) -> None:
    """Refuse to change what is closed or cancelled, or lies in a closed cycle.

    Raises:
        Rejected: it is.
    """
    if cycle is not None:
        require_open(cycle)
    if objective.state in (ObjectiveState.CLOSED, ObjectiveState.CANCELLED):
        raise refuse(RejectionCode.WRONG_STATE, f"the objective is {objective.state}; reopen it first")


def check_reason(context: Context) -> None:
    """Refuse a reason OTHER that says nothing.

    Raises:
        Rejected: the reason's code is OTHER and its text is empty.
    """
    reason = context.reason
    if reason is not None and reason.code is ReasonCode.OTHER and not (reason.text or "").strip():
        raise refuse(RejectionCode.REASON_REQUIRED, "the reason OTHER needs a text", "reason", "text")


def require_reason(objective: Objective, cycle: Cycle | None, context: Context) -> None:
    """Refuse to move goalposts of a running cycle without saying why.

    Raises:
        Rejected: the objective is active, its cycle runs, and no reason was given.
    """
    is_running = cycle is not None and cycle.phase in (CyclePhase.ACTIVE, CyclePhase.REVIEW)
    if is_running and objective.state is ObjectiveState.ACTIVE and context.reason is None:
        raise refuse(RejectionCode.REASON_REQUIRED, "this change in a running cycle needs a reason", "reason")


def _check_links(
    owner_id: str | Unset | None,
    team_id: str | Unset | None,
    contributor_ids: tuple[str, ...] | Unset,
    facts: ObjectiveFacts,
) -> None:
    if isinstance(owner_id, str) and not facts.has_person(owner_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such person", "ownerId")
    if isinstance(team_id, str) and not facts.has_team(team_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such team", "teamId")
    if isinstance(contributor_ids, tuple):
        for index, person_id in enumerate(contributor_ids):
            if not facts.has_person(person_id):
                raise refuse(RejectionCode.NOT_FOUND, "no such person", "contributorIds", str(index))


def _open_cycle(cycle_id: str, facts: ObjectiveFacts) -> Cycle:
    cycle = facts.cycle(cycle_id)
    if cycle is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such cycle", "cycleId")
    require_open(cycle)
    return cycle


# --- decide


def decide(
    command: ObjectiveCommand, objective: Objective | None, facts: ObjectiveFacts, context: Context
) -> list[ObjectiveEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: a rule of `docs/glossary.md` (Objective) refuses it.
    """
    check_reason(context)
    if isinstance(command, CreateObjective):
        if objective is not None:
            raise refuse(RejectionCode.ID_TAKEN, "an objective with this id exists already", "id")
        return _create(command, facts, context)
    known = required_objective(objective)
    check_version(known.objective_id, known.version, command.expected_version)
    cycle = facts.cycle(known.cycle_id)
    if isinstance(command, ReopenObjective):
        return _reopen(known, cycle, context)
    if isinstance(command, CancelObjective) and known.state is ObjectiveState.CANCELLED:
        return []
    require_changeable(known, cycle)
    match command:
        case UpdateObjective():
            return _update(command, known, facts, context)
        case ActivateObjective():
            if known.state is not ObjectiveState.DRAFT:
                return []
            _require_values(known, facts)
            return [ObjectiveActivated(objective_id=known.objective_id)]
        case AlignObjective() | UnalignObjective():
            if not alignment.is_fulfilled(command, known.parent_ids):
                require_reason(known, cycle, context)
            return [*alignment.decide(command, known.parent_ids, facts, context)]
        case CloseObjective():
            return [_close(command, known, facts)]
        case CancelObjective():
            number = facts.number(known)
            return [
                ObjectiveCancelled(
                    objective_id=known.objective_id,
                    progress=number.progress,
                    raw_progress=number.raw_progress,
                )
            ]
        case _:
            assert_never(command)


def _create(command: CreateObjective, facts: ObjectiveFacts, context: Context) -> list[ObjectiveEvent]:
    _open_cycle(command.cycle_id, facts)
    _check_links(command.owner_id, command.team_id, command.contributor_ids, facts)
    for index, parent_id in enumerate(command.parent_ids):
        check_alignment(command.objective_id, parent_id, facts, context, "parentIds", str(index))
    values = changed_values(CustomFieldNoun.OBJECTIVE, (), command.custom_fields, facts, context, is_draft=True)
    created = ObjectiveCreated(
        objective_id=command.objective_id,
        cycle_id=command.cycle_id,
        title=command.title,
        team_id=command.team_id,
        owner_id=command.owner_id,
        description=command.description,
        ambition=command.ambition,
        visibility=command.visibility,
        driver=command.driver,
        priority=command.priority,
        labels=command.labels,
        contributor_ids=command.contributor_ids,
    )
    aligned = [
        ObjectiveAligned(objective_id=command.objective_id, parent_id=parent_id)
        for parent_id in dict.fromkeys(command.parent_ids)
    ]
    valued = [ObjectiveCustomValuesSet(objective_id=command.objective_id, values=values)] if values else []
    return [created, *aligned, *valued]


def _require_values(known: Objective, facts: ObjectiveFacts) -> None:
    """Refuse to let an objective count that lacks a required custom field, itself or in a key result."""
    missing = missing_values(CustomFieldNoun.OBJECTIVE, known.custom_values, facts, PATH)
    for title, values in facts.values_of_key_results(known.objective_id):
        missing += missing_values(CustomFieldNoun.KEY_RESULT, values, facts, PATH, of=f" in the key result {title!r}")
    if missing:
        raise Rejected(*missing)


def chosen(value: Value | Unset, known: Value) -> Value:
    """Answer what a field becomes: what is known where a command leaves it."""
    return known if isinstance(value, Unset) else value


def _update(command: UpdateObjective, known: Objective, facts: ObjectiveFacts, context: Context) -> list[ObjectiveEvent]:
    _check_links(command.owner_id, command.team_id, command.contributor_ids, facts)
    objective_id = known.objective_id
    events: list[ObjectiveEvent] = []
    if command.title is not UNSET and command.title != known.title:
        events.append(ObjectiveRetitled(objective_id=objective_id, title=command.title))
    if command.description is not UNSET and command.description != known.description:
        events.append(ObjectiveDescribed(objective_id=objective_id, description=command.description))
    if command.owner_id is not UNSET and command.owner_id != known.owner_id:
        require_reason(known, facts.cycle(known.cycle_id), context)
        events.append(ObjectiveReowned(objective_id=objective_id, owner_id=command.owner_id))
    team_id, cycle_id = chosen(command.team_id, known.team_id), chosen(command.cycle_id, known.cycle_id)
    if (team_id, cycle_id) != (known.team_id, known.cycle_id):
        _open_cycle(cycle_id, facts)
        events.append(ObjectiveMoved(objective_id=objective_id, team_id=team_id, cycle_id=cycle_id))
    classified = ObjectiveClassified(
        objective_id=objective_id,
        ambition=chosen(command.ambition, known.ambition),
        visibility=chosen(command.visibility, known.visibility),
        driver=chosen(command.driver, known.driver),
        labels=chosen(command.labels, known.labels),
    )
    before = (known.ambition, known.visibility, known.driver, known.labels)
    if (classified.ambition, classified.visibility, classified.driver, classified.labels) != before:
        events.append(classified)
    if command.contributor_ids is not UNSET and command.contributor_ids != known.contributor_ids:
        events.append(ObjectiveStaffed(objective_id=objective_id, contributor_ids=command.contributor_ids))
    if command.priority is not UNSET and command.priority != known.priority:
        events.append(ObjectivePrioritized(objective_id=objective_id, priority=command.priority))
    is_draft = known.state is ObjectiveState.DRAFT
    values = changed_values(
        CustomFieldNoun.OBJECTIVE, known.custom_values, command.custom_fields, facts, context, is_draft=is_draft
    )
    if values:
        events.append(ObjectiveCustomValuesSet(objective_id=objective_id, values=values))
    return events


def _close(command: CloseObjective, known: Objective, facts: ObjectiveFacts) -> ObjectiveClosed:
    if known.state is not ObjectiveState.ACTIVE:
        raise refuse(RejectionCode.WRONG_STATE, "only an active objective can be closed", "objectiveId")
    return review.decide(command, facts.number(known), is_committed=known.ambition is Ambition.COMMITTED)


def _reopen(known: Objective, cycle: Cycle | None, context: Context) -> list[ObjectiveEvent]:
    if cycle is not None:
        require_open(cycle)
    if known.state in (ObjectiveState.ACTIVE, ObjectiveState.DRAFT):
        return []
    if context.reason is None:
        raise refuse(RejectionCode.REASON_REQUIRED, "reopening needs a reason", "reason")
    return [ObjectiveReopened(objective_id=known.objective_id)]


# --- evolve


def evolve(  # noqa: C901, PLR0912 - a branch for each event
    objective: Objective | None, event: ObjectiveEvent, occurrence: Occurrence
) -> Objective:
    """Answer the objective after an event."""
    if isinstance(event, ObjectiveCreated):
        return Objective(
            objective_id=event.objective_id,
            cycle_id=event.cycle_id,
            title=event.title,
            team_id=event.team_id,
            owner_id=event.owner_id,
            description=event.description,
            ambition=event.ambition,
            visibility=event.visibility,
            driver=event.driver,
            priority=event.priority,
            labels=event.labels,
            contributor_ids=event.contributor_ids,
            carried_over_from_id=event.carried_over_from_id,
            **created(occurrence),
        )
    if objective is None:
        raise ValueError("an objective changes before it is created")
    change = changed(objective.version, occurrence)
    match event:
        case ObjectiveRetitled():
            return replace(objective, title=event.title, **change)
        case ObjectiveDescribed():
            return replace(objective, description=event.description, **change)
        case ObjectiveReowned():
            return replace(objective, owner_id=event.owner_id, **change)
        case ObjectiveMoved():
            return replace(objective, team_id=event.team_id, cycle_id=event.cycle_id, **change)
        case ObjectiveClassified():
            return replace(
                objective,
                ambition=event.ambition,
                visibility=event.visibility,
                driver=event.driver,
                labels=event.labels,
                **change,
            )
        case ObjectiveStaffed():
            return replace(objective, contributor_ids=event.contributor_ids, **change)
        case ObjectivePrioritized():
            return replace(objective, priority=event.priority, **change)
        case ObjectiveActivated():
            return replace(objective, state=ObjectiveState.ACTIVE, activated_at=occurrence.recorded_at, **change)
        case ObjectiveAligned() | ObjectiveUnaligned():
            return replace(objective, parent_ids=alignment.evolve(objective.parent_ids, event), **change)
        case ObjectiveClosed():
            frozen = FrozenNumber(progress=event.progress, raw_progress=event.raw_progress)
            reviewed = review.evolve(event, occurrence)
            return replace(objective, state=ObjectiveState.CLOSED, review=reviewed, frozen_number=frozen, **change)
        case ObjectiveReopened():
            was_active = objective.activated_at is not None
            state = ObjectiveState.ACTIVE if was_active else ObjectiveState.DRAFT
            return replace(objective, state=state, review=None, frozen_number=None, **change)
        case ObjectiveCancelled():
            frozen = FrozenNumber(progress=event.progress, raw_progress=event.raw_progress)
            return replace(objective, state=ObjectiveState.CANCELLED, frozen_number=frozen, **change)
        case ObjectiveKpiLinked() | ObjectiveKpiUnlinked():
            return replace(objective, kpi_links=kpi_link.evolve(objective.kpi_links, event), **change)
        case ObjectiveCustomValuesSet():
            return replace(objective, custom_values=custom_value.evolve(objective.custom_values, event.values), **change)
        # Where it came from and what came of it is no change of the objective's own definition, so its version stays.
        case ObjectiveCarriedOver():
            return replace(objective, successor_ids=(*objective.successor_ids, event.successor_id))
        case ObjectiveDraftedFromTemplate():
            return replace(objective, template_id=event.template_id)
        case _:
            assert_never(event)
