"""Cycles: a quarter, a year or any span, with phases; a closed cycle is read-only and sealed."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, assert_never

from events.envelope import UNSET, Context, Occurrence, Unset
from events.rejection import Rejected, Rejection, RejectionCode, refuse
from events.version import changed, check_version, created


class CyclePhase(StrEnum):
    """Where a cycle stands."""

    PLANNING = "PLANNING"
    ACTIVE = "ACTIVE"
    REVIEW = "REVIEW"
    CLOSED = "CLOSED"


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCycle:
    """Plan a cycle; without `ends_on` it is open-ended."""

    cycle_id: str
    name: str
    starts_on: date
    ends_on: date | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCycle:
    """Rename or redate a cycle, or put it inside another."""

    cycle_id: str
    name: str | Unset = UNSET
    starts_on: date | Unset = UNSET
    ends_on: date | Unset | None = UNSET
    parent_id: str | Unset | None = UNSET
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateCycle:
    """Kick a planned cycle off."""

    cycle_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCycle:
    """Begin the review of an active cycle."""

    cycle_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCycle:
    """Close and seal a cycle under review."""

    cycle_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenCycle:
    """Open a closed cycle again, into review; a reason is required."""

    cycle_id: str
    expected_version: int | None = None


CycleCommand = CreateCycle | UpdateCycle | ActivateCycle | ReviewCycle | CloseCycle | ReopenCycle

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleCreated:
    """A cycle was planned."""

    cycle_id: str
    name: str
    starts_on: date
    ends_on: date | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRenamed:
    """A cycle got another name."""

    cycle_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRescheduled:
    """A cycle got other dates."""

    cycle_id: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleNested:
    """A cycle was put inside a longer one, or taken out."""

    cycle_id: str
    parent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleActivated:
    """A cycle was kicked off."""

    cycle_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReviewStarted:
    """The review of a cycle began."""

    cycle_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleClosed:
    """A cycle was closed; this event's own position and hash are the seal."""

    cycle_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReopened:
    """A closed cycle was opened again."""

    cycle_id: str


CycleEvent = (
    CycleCreated
    | CycleRenamed
    | CycleRescheduled
    | CycleNested
    | CycleActivated
    | CycleReviewStarted
    | CycleClosed
    | CycleReopened
)

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A cycle as of some position; `seal_position` and `sealed_at` are of the close event while it is closed."""

    cycle_id: str
    name: str
    starts_on: date
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    ends_on: date | None = None
    parent_id: str | None = None
    phase: CyclePhase = CyclePhase.PLANNING
    seal_position: int | None = None
    sealed_at: datetime | None = None
    version: int = 1


class CycleFacts(Protocol):
    """What a decision about a cycle asks of the rest of the organization."""

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        ...

    def cycle_id_of_name(self, name: str) -> str | None:
        """Answer the cycle that has a name, or None."""
        ...

    def unreviewed_objective_ids(self, cycle_id: str) -> list[str]:
        """Answer the active objectives of a cycle: those without a review."""
        ...


# --- rejections


def _required(cycle: Cycle | None) -> Cycle:
    if cycle is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such cycle", "cycleId")
    return cycle


def require_open(cycle: Cycle) -> None:
    """Refuse to change what belongs to a closed cycle.

    Raises:
        Rejected: the cycle is closed.
    """
    if cycle.phase is CyclePhase.CLOSED:
        raise refuse(RejectionCode.CYCLE_CLOSED, "the cycle is closed and sealed; reopen it to change it")


def _require_phase(cycle: Cycle, phase: CyclePhase) -> None:
    if cycle.phase is not phase:
        raise refuse(RejectionCode.WRONG_STATE, f"the cycle is {cycle.phase}, not {phase}", "cycleId")


def _check_name(name: str, cycle_id: str, facts: CycleFacts) -> None:
    if facts.cycle_id_of_name(name) not in (None, cycle_id):
        raise refuse(RejectionCode.NAME_TAKEN, "another cycle has this name", "name")


def _check_days(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise refuse(RejectionCode.INVALID, "a cycle cannot end before it starts", "endsOn")


def _check_parent(cycle_id: str, parent_id: str | None, facts: CycleFacts) -> None:
    ancestor_id = parent_id
    while ancestor_id is not None:
        if ancestor_id == cycle_id:
            raise refuse(RejectionCode.ALIGNMENT_CYCLE, "a cycle cannot lie inside itself", "parentId")
        ancestor = facts.cycle(ancestor_id)
        if ancestor is None:
            raise refuse(RejectionCode.NOT_FOUND, "no such parent cycle", "parentId")
        ancestor_id = ancestor.parent_id


# --- decide


def decide(command: CycleCommand, cycle: Cycle | None, facts: CycleFacts, context: Context) -> list[CycleEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: a name is taken, dates or phases are out of order, objectives still want a review, the
            cycle is closed, a reason is missing, or the version differs.
    """
    match command:
        case CreateCycle():
            if cycle is not None:
                raise refuse(RejectionCode.ID_TAKEN, "a cycle with this id exists already", "id")
            return _create(command, facts)
        case UpdateCycle():
            return _update(command, _required(cycle), facts)
        case ActivateCycle():
            return _advance(command, _required(cycle), CyclePhase.PLANNING, CycleActivated)
        case ReviewCycle():
            return _advance(command, _required(cycle), CyclePhase.ACTIVE, CycleReviewStarted)
        case CloseCycle():
            return _close(command, _required(cycle), facts)
        case ReopenCycle():
            known = _required(cycle)
            if context.reason is None:
                raise refuse(RejectionCode.REASON_REQUIRED, "reopening needs a reason", "reason")
            return _advance(command, known, CyclePhase.CLOSED, CycleReopened)
        case _:
            assert_never(command)


def _create(command: CreateCycle, facts: CycleFacts) -> list[CycleEvent]:
    _check_name(command.name, command.cycle_id, facts)
    _check_days(command.starts_on, command.ends_on)
    _check_parent(command.cycle_id, command.parent_id, facts)
    return [
        CycleCreated(
            cycle_id=command.cycle_id,
            name=command.name,
            starts_on=command.starts_on,
            ends_on=command.ends_on,
            parent_id=command.parent_id,
        )
    ]


def _update(command: UpdateCycle, cycle: Cycle, facts: CycleFacts) -> list[CycleEvent]:
    check_version(cycle.cycle_id, cycle.version, command.expected_version)
    require_open(cycle)
    events: list[CycleEvent] = []
    if command.name is not UNSET and command.name != cycle.name:
        _check_name(command.name, cycle.cycle_id, facts)
        events.append(CycleRenamed(cycle_id=cycle.cycle_id, name=command.name))
    starts_on = cycle.starts_on if command.starts_on is UNSET else command.starts_on
    ends_on = cycle.ends_on if command.ends_on is UNSET else command.ends_on
    if (starts_on, ends_on) != (cycle.starts_on, cycle.ends_on):
        _check_days(starts_on, ends_on)
        events.append(CycleRescheduled(cycle_id=cycle.cycle_id, starts_on=starts_on, ends_on=ends_on))
    if command.parent_id is not UNSET and command.parent_id != cycle.parent_id:
        _check_parent(cycle.cycle_id, command.parent_id, facts)
        events.append(CycleNested(cycle_id=cycle.cycle_id, parent_id=command.parent_id))
    return events


_REACHED: dict[CyclePhase, CyclePhase] = {
    CyclePhase.PLANNING: CyclePhase.ACTIVE,
    CyclePhase.ACTIVE: CyclePhase.REVIEW,
    CyclePhase.REVIEW: CyclePhase.CLOSED,
    CyclePhase.CLOSED: CyclePhase.REVIEW,
}


def _advance(
    command: ActivateCycle | ReviewCycle | CloseCycle | ReopenCycle,
    cycle: Cycle,
    from_phase: CyclePhase,
    event: type[CycleActivated | CycleReviewStarted | CycleClosed | CycleReopened],
) -> list[CycleEvent]:
    check_version(cycle.cycle_id, cycle.version, command.expected_version)
    # The same wish twice is no event, except reopening: REVIEW is also where a cycle gets by itself.
    if cycle.phase is _REACHED[from_phase] and from_phase is not CyclePhase.CLOSED:
        return []
    _require_phase(cycle, from_phase)
    return [event(cycle_id=cycle.cycle_id)]


def _close(command: CloseCycle, cycle: Cycle, facts: CycleFacts) -> list[CycleEvent]:
    if cycle.phase is CyclePhase.REVIEW:
        unreviewed = facts.unreviewed_objective_ids(cycle.cycle_id)
        if unreviewed:
            raise Rejected(
                *(
                    Rejection(
                        code=RejectionCode.WRONG_STATE,
                        message=f"{objective_id} is active: close or cancel it first",
                        path=("objectives", objective_id),
                    )
                    for objective_id in unreviewed
                )
            )
    return _advance(command, cycle, CyclePhase.REVIEW, CycleClosed)


# --- evolve


def evolve(cycle: Cycle | None, event: CycleEvent, occurrence: Occurrence) -> Cycle:
    """Answer the cycle after an event."""
    if isinstance(event, CycleCreated):
        return Cycle(
            cycle_id=event.cycle_id,
            name=event.name,
            starts_on=event.starts_on,
            ends_on=event.ends_on,
            parent_id=event.parent_id,
            **created(occurrence),
        )
    if cycle is None:
        raise ValueError("a cycle changes before it is created")
    change = changed(cycle.version, occurrence)
    match event:
        case CycleRenamed():
            return replace(cycle, name=event.name, **change)
        case CycleRescheduled():
            return replace(cycle, starts_on=event.starts_on, ends_on=event.ends_on, **change)
        case CycleNested():
            return replace(cycle, parent_id=event.parent_id, **change)
        case CycleActivated():
            return replace(cycle, phase=CyclePhase.ACTIVE, **change)
        case CycleReviewStarted():
            return replace(cycle, phase=CyclePhase.REVIEW, **change)
        case CycleClosed():
            return replace(
                cycle, phase=CyclePhase.CLOSED, seal_position=occurrence.position, sealed_at=occurrence.recorded_at, **change
            )
        case CycleReopened():
            return replace(cycle, phase=CyclePhase.REVIEW, seal_position=None, sealed_at=None, **change)
        case _:
            assert_never(event)
