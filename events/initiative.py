"""Initiatives: the projects and plans behind objectives and key results. They never count as progress."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, assert_never

from events import custom_value, dependency
from events.address import check_address
from events.custom_field import CustomFieldNoun
from events.custom_value import CustomValueFacts, CustomValues, InitiativeCustomValuesSet, changed_values, require_values
from events.cycle import Cycle
from events.dependency import (
    AddInitiativeDependency,
    Dependency,
    DependencyFacts,
    InitiativeDependencyAdded,
    InitiativeDependencyCommand,
    InitiativeDependencyEvent,
    InitiativeDependencyRemoved,
    RemoveInitiativeDependency,
    check_dependency,
    note_changes,
)
from events.envelope import UNSET, Context, Occurrence, Unset
from events.key_result import KeyResult, require_kept
from events.objective import Objective, check_reason, chosen, require_changeable
from events.rejection import Rejected, RejectionCode, refuse, refuse_limit
from events.version import changed, check_version, created


class InitiativeState(StrEnum):
    """How far along an initiative is."""

    PLANNED = "PLANNED"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    DROPPED = "DROPPED"


ENDED = (InitiativeState.DONE, InitiativeState.DROPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where to read more: an address of http or https, and what to call it."""

    url: str
    title: str | None = None


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInitiative:
    """Plan an initiative behind objectives or key results, at least one."""

    initiative_id: str
    title: str
    supported_ids: tuple[str, ...]
    description: str | None = None
    owner_id: str | None = None
    begins_on: date | None = None
    due_on: date | None = None
    labels: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    priority: int | None = None
    custom_fields: CustomValues = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateInitiative:
    """Change an initiative; fields that are UNSET stay, and custom fields that are not named."""

    initiative_id: str
    title: str | Unset = UNSET
    description: str | Unset | None = UNSET
    owner_id: str | Unset | None = UNSET
    begins_on: date | Unset | None = UNSET
    due_on: date | Unset | None = UNSET
    labels: tuple[str, ...] | Unset = UNSET
    priority: int | Unset | None = UNSET
    custom_fields: CustomValues = ()
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartInitiative:
    """Begin the work on a planned initiative."""

    initiative_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteInitiative:
    """Say that an initiative is done."""

    initiative_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropInitiative:
    """Give an initiative up; its history stays."""

    initiative_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenInitiative:
    """Go on with an initiative that is done or dropped."""

    initiative_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSupport:
    """Put an initiative behind one more objective or key result."""

    initiative_id: str
    supported_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSupport:
    """Take an initiative away from an objective or a key result; it stays behind at least one."""

    initiative_id: str
    supported_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLink:
    """Add a link to an initiative; an address that is there gets the title."""

    initiative_id: str
    url: str
    title: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveLink:
    """Take a link away from an initiative."""

    initiative_id: str
    url: str
    expected_version: int | None = None


InitiativeCommand = (
    CreateInitiative
    | UpdateInitiative
    | StartInitiative
    | CompleteInitiative
    | DropInitiative
    | ReopenInitiative
    | AddSupport
    | RemoveSupport
    | AddLink
    | RemoveLink
    | InitiativeDependencyCommand
)

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeCreated:
    """An initiative was planned."""

    initiative_id: str
    title: str
    supported_ids: tuple[str, ...]
    description: str | None = None
    owner_id: str | None = None
    begins_on: date | None = None
    due_on: date | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeRetitled:
    """An initiative got another title."""

    initiative_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeDescribed:
    """An initiative got another description, or none."""

    initiative_id: str
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeReowned:
    """An initiative got another owner, or none."""

    initiative_id: str
    owner_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeRescheduled:
    """The first day or the due date changed; both as they now stand."""

    initiative_id: str
    begins_on: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeLabelled:
    """An initiative got other labels; all as they now stand."""

    initiative_id: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativePrioritized:
    """An initiative got another place in the order."""

    initiative_id: str
    priority: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeStarted:
    """The work on an initiative began."""

    initiative_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeCompleted:
    """An initiative was done."""

    initiative_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeDropped:
    """An initiative was given up."""

    initiative_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeReopened:
    """A done or dropped initiative goes on: in progress if it had begun, else planned."""

    initiative_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeSupportAdded:
    """An initiative stands behind one more objective or key result."""

    initiative_id: str
    supported_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeSupportRemoved:
    """An initiative no longer stands behind an objective or a key result."""

    initiative_id: str
    supported_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeLinkAdded:
    """An initiative got a link, or one that it has another title."""

    initiative_id: str
    url: str
    title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiativeLinkRemoved:
    """An initiative lost a link."""

    initiative_id: str
    url: str


InitiativeEvent = (
    InitiativeCreated
    | InitiativeRetitled
    | InitiativeDescribed
    | InitiativeReowned
    | InitiativeRescheduled
    | InitiativeLabelled
    | InitiativePrioritized
    | InitiativeStarted
    | InitiativeCompleted
    | InitiativeDropped
    | InitiativeReopened
    | InitiativeSupportAdded
    | InitiativeSupportRemoved
    | InitiativeLinkAdded
    | InitiativeLinkRemoved
    | InitiativeDependencyEvent
    | InitiativeCustomValuesSet
)

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiative:
    """An initiative as of some position; `ended_at` is since when it is done or dropped."""

    initiative_id: str
    title: str
    supported_ids: tuple[str, ...]
    description: str | None
    owner_id: str | None
    begins_on: date | None
    due_on: date | None
    labels: tuple[str, ...]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    state: InitiativeState = InitiativeState.PLANNED
    links: tuple[Link, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    priority: int | None = None
    custom_values: CustomValues = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1


class InitiativeFacts(DependencyFacts, CustomValueFacts, Protocol):
    """What a decision about an initiative asks of the rest of the organization."""

    def initiative(self, initiative_id: str) -> Initiative | None:
        """Answer an initiative."""
        ...

    def objective(self, objective_id: str) -> Objective | None:
        """Answer an objective."""
        ...

    def key_result(self, key_result_id: str) -> KeyResult | None:
        """Answer a key result."""
        ...

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        ...

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists."""
        ...

    def initiatives_behind(self, objective_id: str) -> frozenset[str]:
        """Answer the initiatives that support an objective or one of its key results."""
        ...


# --- rejections


def _required(initiative: Initiative | None) -> Initiative:
    if initiative is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such initiative", "initiativeId")
    return initiative


def last_support() -> Rejected:
    """Return the refusal to take an initiative away from the only thing that it stands behind."""
    return refuse(
        RejectionCode.WRONG_STATE, "an initiative stands behind something; add what it supports instead first", "supportedId"
    )


def _check_owner(owner_id: str | Unset | None, facts: InitiativeFacts) -> None:
    if isinstance(owner_id, str) and not facts.has_person(owner_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such person", "ownerId")


def _check_days(begins_on: date | None, due_on: date | None) -> None:
    if begins_on is not None and due_on is not None and due_on < begins_on:
        raise refuse(RejectionCode.INVALID, "an initiative is not due before it starts", "dueOn")


def _changeable_objective(supported_id: str, facts: InitiativeFacts, *path: str) -> str:
    """Answer the objective that a supported thing is or belongs to; what is over keeps what stood behind it."""
    part = facts.key_result(supported_id)
    objective = facts.objective(part.objective_id if part else supported_id)
    if objective is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such objective or key result", *path)
    require_changeable(objective, facts.cycle(objective.cycle_id))
    return objective.objective_id


def _check_support(initiative_id: str, supported_id: str, facts: InitiativeFacts, context: Context, *path: str) -> None:
    objective_id = _changeable_objective(supported_id, facts, *path)
    part = facts.key_result(supported_id)
    if part is not None:
        require_kept(part)
    count, limit = len(facts.initiatives_behind(objective_id) | {initiative_id}), context.limits.initiatives_per_objective
    if count > limit:
        raise refuse_limit("initiatives of an objective", limit, count, *path)


def _check_count(what: str, limit: int, count: int, *path: str) -> None:
    if count > limit:
        raise refuse_limit(what, limit, count, *path)


# --- decide


def decide(
    command: InitiativeCommand, initiative: Initiative | None, facts: InitiativeFacts, context: Context
) -> list[InitiativeEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: a rule of `docs/glossary.md` (Initiative) refuses it.
    """
    check_reason(context)
    if isinstance(command, CreateInitiative):
        if initiative is not None:
            raise refuse(RejectionCode.ID_TAKEN, "an initiative with this id exists already", "id")
        return _create(command, facts, context)
    known = _required(initiative)
    check_version(known.initiative_id, known.version, command.expected_version)
    match command:
        case UpdateInitiative():
            return _update(command, known, facts, context)
        case StartInitiative() | CompleteInitiative() | DropInitiative() | ReopenInitiative():
            return _advance(command, known)
        case AddSupport() | RemoveSupport():
            return _decide_support(command, known, facts, context)
        case AddLink() | RemoveLink():
            return _decide_link(command, known, context)
        case AddInitiativeDependency():
            if facts.initiative(command.blocker_id) is None:
                raise refuse(RejectionCode.NOT_FOUND, "no such initiative", "blockerId")
            if not note_changes(known.dependencies, command.blocker_id, command.note):
                return []
            check_dependency(known.initiative_id, command.blocker_id, facts, context, "blockerId")
            return [
                InitiativeDependencyAdded(initiative_id=known.initiative_id, blocker_id=command.blocker_id, note=command.note)
            ]
        case RemoveInitiativeDependency():
            if all(each.blocker_id != command.blocker_id for each in known.dependencies):
                return []
            return [InitiativeDependencyRemoved(initiative_id=known.initiative_id, blocker_id=command.blocker_id)]
        case _:
            assert_never(command)


def _create(command: CreateInitiative, facts: InitiativeFacts, context: Context) -> list[InitiativeEvent]:
    supported_ids = tuple(dict.fromkeys(command.supported_ids))
    if not supported_ids:
        raise refuse(RejectionCode.REQUIRED, "name what the initiative stands behind", "supportedIds")
    _check_count("things supported", context.limits.supports_per_initiative, len(supported_ids), "supportedIds")
    for index, supported_id in enumerate(command.supported_ids):
        _check_support(command.initiative_id, supported_id, facts, context, "supportedIds", str(index))
    _check_owner(command.owner_id, facts)
    _check_days(command.begins_on, command.due_on)
    _check_count("links", context.limits.links_per_initiative, len(command.links), "links")
    for index, link in enumerate(command.links):
        check_address(link.url, context, "links", str(index), "url")
    values = changed_values(CustomFieldNoun.INITIATIVE, (), command.custom_fields, facts, context, is_draft=False)
    require_values(CustomFieldNoun.INITIATIVE, values, facts)
    created = InitiativeCreated(
        initiative_id=command.initiative_id,
        title=command.title,
        supported_ids=supported_ids,
        description=command.description,
        owner_id=command.owner_id,
        begins_on=command.begins_on,
        due_on=command.due_on,
        labels=command.labels,
    )
    titles = {link.url: link.title for link in command.links}
    linked = [InitiativeLinkAdded(initiative_id=command.initiative_id, url=url, title=title) for url, title in titles.items()]
    events: list[InitiativeEvent] = [created, *linked]
    if command.priority is not None:
        events.append(InitiativePrioritized(initiative_id=command.initiative_id, priority=command.priority))
    if values:
        events.append(InitiativeCustomValuesSet(initiative_id=command.initiative_id, values=values))
    return events


def _update(command: UpdateInitiative, known: Initiative, facts: InitiativeFacts, context: Context) -> list[InitiativeEvent]:
    _check_owner(command.owner_id, facts)
    initiative_id = known.initiative_id
    events: list[InitiativeEvent] = []
    if command.title is not UNSET and command.title != known.title:
        events.append(InitiativeRetitled(initiative_id=initiative_id, title=command.title))
    if command.description is not UNSET and command.description != known.description:
        events.append(InitiativeDescribed(initiative_id=initiative_id, description=command.description))
    if command.owner_id is not UNSET and command.owner_id != known.owner_id:
        events.append(InitiativeReowned(initiative_id=initiative_id, owner_id=command.owner_id))
    begins_on, due_on = chosen(command.begins_on, known.begins_on), chosen(command.due_on, known.due_on)
    if (begins_on, due_on) != (known.begins_on, known.due_on):
        _check_days(begins_on, due_on)
        events.append(InitiativeRescheduled(initiative_id=initiative_id, begins_on=begins_on, due_on=due_on))
    if command.labels is not UNSET and command.labels != known.labels:
        events.append(InitiativeLabelled(initiative_id=initiative_id, labels=command.labels))
    if command.priority is not UNSET and command.priority != known.priority:
        events.append(InitiativePrioritized(initiative_id=initiative_id, priority=command.priority))
    noun = CustomFieldNoun.INITIATIVE
    values = changed_values(noun, known.custom_values, command.custom_fields, facts, context, is_draft=False)
    if values:
        events.append(InitiativeCustomValuesSet(initiative_id=initiative_id, values=values))
    return events


def _advance(
    command: StartInitiative | CompleteInitiative | DropInitiative | ReopenInitiative, known: Initiative
) -> list[InitiativeEvent]:
    initiative_id = known.initiative_id
    if isinstance(command, ReopenInitiative):
        return [InitiativeReopened(initiative_id=initiative_id)] if known.state in ENDED else []
    event: InitiativeEvent
    match command:
        case StartInitiative():
            wanted, event = InitiativeState.IN_PROGRESS, InitiativeStarted(initiative_id=initiative_id)
        case CompleteInitiative():
            wanted, event = InitiativeState.DONE, InitiativeCompleted(initiative_id=initiative_id)
        case DropInitiative():
            wanted, event = InitiativeState.DROPPED, InitiativeDropped(initiative_id=initiative_id)
        case _:
            assert_never(command)
    if known.state is wanted:
        return []
    if known.state in ENDED:
        raise refuse(RejectionCode.WRONG_STATE, f"the initiative is {known.state}; reopen it first", "initiativeId")
    return [event]


def _decide_support(
    command: AddSupport | RemoveSupport, known: Initiative, facts: InitiativeFacts, context: Context
) -> list[InitiativeEvent]:
    is_there = command.supported_id in known.supported_ids
    if isinstance(command, AddSupport):
        if is_there:
            return []
        _check_support(known.initiative_id, command.supported_id, facts, context, "supportedId")
        count = len(known.supported_ids) + 1
        _check_count("things supported", context.limits.supports_per_initiative, count, "supportedId")
        return [InitiativeSupportAdded(initiative_id=known.initiative_id, supported_id=command.supported_id)]
    if not is_there:
        return []
    if len(known.supported_ids) == 1:
        raise last_support()
    _changeable_objective(command.supported_id, facts, "supportedId")
    return [InitiativeSupportRemoved(initiative_id=known.initiative_id, supported_id=command.supported_id)]


def _decide_link(command: AddLink | RemoveLink, known: Initiative, context: Context) -> list[InitiativeEvent]:
    titles = {link.url: link.title for link in known.links}
    if isinstance(command, RemoveLink):
        if command.url not in titles:
            return []
        return [InitiativeLinkRemoved(initiative_id=known.initiative_id, url=command.url)]
    if Link(url=command.url, title=command.title) in known.links:
        return []
    check_address(command.url, context, "url")
    _check_count("links", context.limits.links_per_initiative, len({*titles, command.url}), "url")
    return [InitiativeLinkAdded(initiative_id=known.initiative_id, url=command.url, title=command.title)]


# --- evolve


def evolve(  # noqa: C901, PLR0912 - a branch for each event
    initiative: Initiative | None, event: InitiativeEvent, occurrence: Occurrence
) -> Initiative:
    """Answer the initiative after an event."""
    if isinstance(event, InitiativeCreated):
        return Initiative(
            initiative_id=event.initiative_id,
            title=event.title,
            supported_ids=event.supported_ids,
            description=event.description,
            owner_id=event.owner_id,
            begins_on=event.begins_on,
            due_on=event.due_on,
            labels=event.labels,
            **created(occurrence),
        )
    if initiative is None:
        raise ValueError("an initiative changes before it is created")
    change = changed(initiative.version, occurrence)
    match event:
        case InitiativeRetitled():
            return replace(initiative, title=event.title, **change)
        case InitiativeDescribed():
            return replace(initiative, description=event.description, **change)
        case InitiativeReowned():
            return replace(initiative, owner_id=event.owner_id, **change)
        case InitiativeRescheduled():
            return replace(initiative, begins_on=event.begins_on, due_on=event.due_on, **change)
        case InitiativeLabelled():
            return replace(initiative, labels=event.labels, **change)
        case InitiativePrioritized():
            return replace(initiative, priority=event.priority, **change)
        case InitiativeStarted():
            return replace(initiative, state=InitiativeState.IN_PROGRESS, started_at=occurrence.recorded_at, **change)
        case InitiativeCompleted():
            return replace(initiative, state=InitiativeState.DONE, ended_at=occurrence.recorded_at, **change)
        case InitiativeDropped():
            return replace(initiative, state=InitiativeState.DROPPED, ended_at=occurrence.recorded_at, **change)
        case InitiativeReopened():
            state = InitiativeState.PLANNED if initiative.started_at is None else InitiativeState.IN_PROGRESS
            return replace(initiative, state=state, ended_at=None, **change)
        case InitiativeSupportAdded():
            return replace(initiative, supported_ids=(*initiative.supported_ids, event.supported_id), **change)
        case InitiativeSupportRemoved():
            return replace(
                initiative,
                supported_ids=tuple(each for each in initiative.supported_ids if each != event.supported_id),
                **change,
            )
        case InitiativeLinkAdded():
            return replace(initiative, links=_linked(initiative.links, Link(url=event.url, title=event.title)), **change)
        case InitiativeLinkRemoved():
            return replace(initiative, links=tuple(link for link in initiative.links if link.url != event.url), **change)
        case InitiativeDependencyAdded() | InitiativeDependencyRemoved():
            return replace(initiative, dependencies=dependency.evolve(initiative.dependencies, event), **change)
        case InitiativeCustomValuesSet():
            return replace(initiative, custom_values=custom_value.evolve(initiative.custom_values, event.values), **change)
        case _:
            assert_never(event)


def _linked(links: Iterable[Link], added: Link) -> tuple[Link, ...]:
    """Answer links with one more; one of the same address is replaced where it stands."""
    titles = {link.url: link for link in links}
    titles[added.url] = added
    return tuple(titles.values())
