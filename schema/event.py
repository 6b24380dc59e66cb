"""Events as the API shows them: one interface, one member for each type that the log may hold.

A new type of event is one line in `MEMBERS`. Events are the same at every moment, so their links lead to
the present; `Event.moment` leads back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

import schema.change
import schema.check_in
import schema.objective
import schema.subject
from events.codec import STORED_TYPES, decode
from events.envelope import Origin, ReasonCode
from events.identifier import Noun, format_identifier
from events.objective import ReviewDecision
from projections import moments, recorded
from projections.rows import ChangeRow, EventRow
from schema.actor import load_actor
from schema.alignable import Alignable
from schema.context import Info
from schema.enumeration import described
from schema.field import column, relation
from schema.moment import Moment
from schema.node import Actor, Node, Subject
from schema.scalars import BigInt
from schema.view import View

MOST_CHANGES = 50

described(
    Origin,
    "EventOrigin",
    "Through which door an event came. May grow: keep a default branch.",
    {
        Origin.WEB: "A person in a browser.",
        Origin.API: "A program.",
        Origin.IMPORT: "An import of history.",
        Origin.SYSTEM: "The system itself.",
    },
)


@strawberry.type(description="Why something was done.")
class Reason:
    """The reason that an actor gave."""

    code: ReasonCode = strawberry.field(description="The kind of reason.")
    text: str | None = strawberry.field(description="In words.")


# --- fields of single members


def _attribute(name: str) -> Callable[[Any], object]:
    """Read an attribute of the recorded event; None after its data was redacted."""
    return lambda event: getattr(event.content(), name, None)


async def _parent(self: Any, info: Info) -> Alignable | None:
    parent_id = _attribute("parent_id")(self)
    thing = await schema.subject.load_subject(str(parent_id), await info.context.present()) if parent_id else None
    return thing if isinstance(thing, Alignable) else None


async def _successor(self: Any, info: Info) -> "schema.objective.Objective | None":
    successor_id = _attribute("successor_id")(self)
    thing = await schema.subject.load_subject(str(successor_id), await info.context.present()) if successor_id else None
    return thing if isinstance(thing, schema.objective.Objective) else None


async def _check_in(self: Any, info: Info) -> "schema.check_in.CheckIn | None":
    check_in_id = _attribute("check_in_id")(self)
    thing = await schema.subject.load_subject(str(check_in_id), await info.context.present()) if check_in_id else None
    return thing if isinstance(thing, schema.check_in.CheckIn) else None


Extras = Callable[[], Mapping[str, tuple[Any, Any]]]
"""Makes the types and fields of a member that has more than the others; relations bring their type along."""


def _parent_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("What it contributes to, as it is now; null if the viewer may not see it.")(_parent)
    return {"parent": (None, made)}


def _successor_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("The objective that continues it; null if the viewer may not see it.")(_successor)
    return {"successor": (None, made)}


def _check_in_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("The check-in, as it is now; null if the viewer may not see it.")(_check_in)
    return {"check_in": (None, made)}


def _review_fields() -> Mapping[str, tuple[Any, Any]]:
    return {
        "score": (float | None, column("The score, 0 to 1.", _score)),
        "decision": (ReviewDecision | None, column("What became of it.", _attribute("decision"))),
    }


def _score(event: Any) -> float | None:
    score: Any = _attribute("score")(event)
    return None if score is None else float(score)


# --- members


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One type of event: its stored name, its value in `EventType`, and its type's name and description."""

    stored_name: str
    value: str
    type_name: str
    description: str
    extras: Extras = field(default=dict[str, tuple[Any, Any]])


def _member(
    stored_name: str, value: str, type_name: str, description: str, extras: Extras = dict[str, tuple[Any, Any]]
) -> Member:
    return Member(stored_name=stored_name, value=value, type_name=type_name, description=description, extras=extras)


MEMBERS = (
    _member("organization.created", "ORGANIZATION_CREATED", "OrganizationCreatedEvent", "An organization began."),
    _member("organization.updated", "ORGANIZATION_UPDATED", "OrganizationUpdatedEvent", "Settings changed."),
    _member("person.invited", "PERSON_INVITED", "PersonInvitedEvent", "Somebody became a member."),
    _member("person.updated", "PERSON_UPDATED", "PersonUpdatedEvent", "Name, address or role changed."),
    _member("person.deactivated", "PERSON_DEACTIVATED", "PersonDeactivatedEvent", "A person's access was closed."),
    _member("person.reactivated", "PERSON_REACTIVATED", "PersonReactivatedEvent", "A person's access was opened again."),
    _member("team.created", "TEAM_CREATED", "TeamCreatedEvent", "A team began."),
    _member("team.renamed", "TEAM_RENAMED", "TeamRenamedEvent", "A team got another name."),
    _member("team.moved", "TEAM_MOVED", "TeamMovedEvent", "A team got another parent, or none."),
    _member("team.lead_changed", "TEAM_LEAD_CHANGED", "TeamLeadChangedEvent", "A team got another lead, or none."),
    _member("team.archived", "TEAM_ARCHIVED", "TeamArchivedEvent", "A team was taken out of use."),
    _member("team.restored", "TEAM_RESTORED", "TeamRestoredEvent", "A team was taken into use again."),
    _member("team.member_added", "TEAM_MEMBER_ADDED", "TeamMemberAddedEvent", "A person became a member of a team."),
    _member("team.member_removed", "TEAM_MEMBER_REMOVED", "TeamMemberRemovedEvent", "A person left a team."),
    _member("cycle.created", "CYCLE_CREATED", "CycleCreatedEvent", "A cycle was planned."),
    _member("cycle.renamed", "CYCLE_RENAMED", "CycleRenamedEvent", "A cycle got another name."),
    _member("cycle.rescheduled", "CYCLE_RESCHEDULED", "CycleRescheduledEvent", "A cycle got other dates."),
    _member("cycle.nested", "CYCLE_NESTED", "CycleNestedEvent", "A cycle was put inside a longer one, or taken out."),
    _member("cycle.activated", "CYCLE_ACTIVATED", "CycleActivatedEvent", "A cycle was kicked off."),
    _member("cycle.review_started", "CYCLE_REVIEW_STARTED", "CycleReviewStartedEvent", "The review of a cycle began."),
    _member("cycle.closed", "CYCLE_CLOSED", "CycleClosedEvent", "A cycle was closed; its hash is the seal."),
    _member("cycle.reopened", "CYCLE_REOPENED", "CycleReopenedEvent", "A closed cycle was opened again."),
    _member("objective.created", "OBJECTIVE_CREATED", "ObjectiveCreatedEvent", "An objective was written down."),
    _member("objective.retitled", "OBJECTIVE_RETITLED", "ObjectiveRetitledEvent", "An objective got another title."),
    _member("objective.described", "OBJECTIVE_DESCRIBED", "ObjectiveDescribedEvent", "It got another description, or none."),
    _member("objective.reowned", "OBJECTIVE_REOWNED", "ObjectiveReownedEvent", "An objective got another owner, or none."),
    _member("objective.moved", "OBJECTIVE_MOVED", "ObjectiveMovedEvent", "An objective went to another team or cycle."),
    _member(
        "objective.classified", "OBJECTIVE_CLASSIFIED", "ObjectiveClassifiedEvent", "Ambition, visibility, driver or labels."
    ),
    _member("objective.staffed", "OBJECTIVE_STAFFED", "ObjectiveStaffedEvent", "An objective got other contributors."),
    _member(
        "objective.prioritized", "OBJECTIVE_PRIORITIZED", "ObjectivePrioritizedEvent", "It got another place in the order."
    ),
    _member("objective.activated", "OBJECTIVE_ACTIVATED", "ObjectiveActivatedEvent", "A draft became active."),
    _member("objective.aligned", "OBJECTIVE_ALIGNED", "ObjectiveAlignedEvent", "It contributes to a parent.", _parent_field),
    _member("objective.unaligned", "OBJECTIVE_UNALIGNED", "ObjectiveUnalignedEvent", "It no longer does.", _parent_field),
    _member("objective.closed", "OBJECTIVE_CLOSED", "ObjectiveClosedEvent", "An objective was reviewed.", _review_fields),
    _member("objective.reopened", "OBJECTIVE_REOPENED", "ObjectiveReopenedEvent", "It became active again."),
    _member("objective.cancelled", "OBJECTIVE_CANCELLED", "ObjectiveCancelledEvent", "An objective was given up."),
    _member(
        "objective.carried_over",
        "OBJECTIVE_CARRIED_OVER",
        "ObjectiveCarriedOverEvent",
        "A later objective continues it.",
        _successor_field,
    ),
    _member("key_result.added", "KEY_RESULT_ADDED", "KeyResultAddedEvent", "A key result was added to an objective."),
    _member("key_result.retitled", "KEY_RESULT_RETITLED", "KeyResultRetitledEvent", "A key result got another title."),
    _member("key_result.metric_defined", "KEY_RESULT_METRIC_DEFINED", "KeyResultMetricDefinedEvent", "It got another metric."),
    _member("key_result.retargeted", "KEY_RESULT_RETARGETED", "KeyResultRetargetedEvent", "The levels of its metric moved."),
    _member("key_result.reweighted", "KEY_RESULT_REWEIGHTED", "KeyResultReweightedEvent", "It got another weight."),
    _member("key_result.reowned", "KEY_RESULT_REOWNED", "KeyResultReownedEvent", "It got another owner, or none."),
    _member(
        "key_result.rescheduled", "KEY_RESULT_RESCHEDULED", "KeyResultRescheduledEvent", "It got another due date, or none."
    ),
    _member(
        "key_result.prioritized", "KEY_RESULT_PRIORITIZED", "KeyResultPrioritizedEvent", "It got another place in the order."
    ),
    _member("key_result.moved", "KEY_RESULT_MOVED", "KeyResultMovedEvent", "A key result went to another objective."),
    _member("key_result.dropped", "KEY_RESULT_DROPPED", "KeyResultDroppedEvent", "It was taken out of the progress."),
    _member("key_result.restored", "KEY_RESULT_RESTORED", "KeyResultRestoredEvent", "A dropped key result was taken back."),
    _member(
        "key_result.checked_in", "KEY_RESULT_CHECKED_IN", "KeyResultCheckedInEvent", "A value was reported.", _check_in_field
    ),
    _member("check_in.corrected", "CHECK_IN_CORRECTED", "CheckInCorrectedEvent", "A check-in was corrected.", _check_in_field),
    _member("check_in.retracted", "CHECK_IN_RETRACTED", "CheckInRetractedEvent", "A check-in was withdrawn.", _check_in_field),
)

_unknown = {stored.name for stored in STORED_TYPES} ^ {member.stored_name for member in MEMBERS}
if _unknown:
    raise ValueError(f"the log and the API have different events: {sorted(_unknown)}")

_make_enum: Any = Enum  # made from the table; the type checkers know only enums whose members are written out
EventType: type[Enum] = _make_enum("EventType", {member.value: member.stored_name for member in MEMBERS})
described(
    EventType,
    "EventType",
    "What kind of event. May grow: keep a default branch.",
    {EventType[member.value]: member.description for member in MEMBERS},
)


# --- the interface


@strawberry.interface(description="Something that happened. New members come: fragments on members need a default.")
class Event(Node):
    """A recorded event, seen from the present."""

    row: strawberry.Private[EventRow]
    view: strawberry.Private[View]

    id: strawberry.ID = column("Unique across all types, the same at every moment.", lambda event: event.entity_id)
    position: BigInt = column("Its place in the organization's log.")
    type: EventType = column("What kind.", lambda event: EventType(event.row.type))  # type: ignore[valid-type] # pyright: ignore[reportInvalidTypeForm]
    recorded_at: datetime = column("When it was recorded.")
    effective_at: datetime = column("When it was true in the world.")
    reason: Reason | None = column("Why, if a reason was given.", lambda event: event.given_reason())
    origin: Origin = column("Through which door it came.", lambda event: Origin(event.row.origin))
    hash: str = column("Hash of the log up to here, hexadecimal.", lambda event: event.row.hash.hex())
    request_id: str = column("The request that wrote it.")

    @relation("Who did it, as they are called now.")
    async def actor(self, info: Info) -> Actor:
        """Load the actor."""
        return await load_actor(self.row.actor_id, await info.context.present())

    @relation("What it happened to, as it is now; null if the viewer may not see it.")
    async def subject(self, info: Info) -> Subject | None:
        """Load the thing."""
        return await schema.subject.load_subject(self.row.subject_id, await info.context.present())

    @relation(f"What it changed, field by field; at most {MOST_CHANGES}.")
    async def changes(self, info: Info) -> "list[schema.change.Change]":
        """Load the changes."""
        rows = await changes_of(await info.context.present()).load(self.row.position)
        return [schema.change.Change(row=row, source=self) for row in rows[:MOST_CHANGES]]

    @relation("The moment right after the act that it belongs to, to read the past at.")
    async def moment(self, info: Info) -> Moment:
        """Answer where to read from."""
        context = info.context
        lens = await moments.lens_at_time(context.reader, context.head, self.row.recorded_at, context.now)
        return Moment(position=BigInt(lens.position), time=self.row.recorded_at)

    @property
    def entity_id(self) -> strawberry.ID:
        """The identifier, which holds at every moment."""
        return strawberry.ID(format_identifier(Noun.EVENT, self.row.event_id))

    def content(self) -> object:
        """Answer the recorded event, None after its data was redacted."""
        data = self.row.data
        return None if data is None else decode(self.row.type, self.row.schema_version, data)

    def given_reason(self) -> Reason | None:
        """Answer the reason of the act."""
        code = self.row.reason_code
        return None if code is None else Reason(code=ReasonCode(code), text=self.row.reason_text)


def _made(member: Member) -> type[Event]:
    extras = member.extras()
    namespace: dict[str, Any] = {
        "__doc__": member.description,
        "__module__": __name__,
        "__annotations__": {name: kind for name, (kind, _) in extras.items() if kind is not None},
        **{name: value for name, (_, value) in extras.items()},
    }
    made: type[Event] = strawberry.type(type(member.type_name, (Event,), namespace), description=member.description)
    return made


EVENT_TYPES: dict[str, type[Event]] = {member.stored_name: _made(member) for member in MEMBERS}
"""The type of each stored name; the schema is given all of them, for nothing else refers to them."""


def changes_of(view: View) -> DataLoader[int, Sequence[ChangeRow]]:
    """Answer the loader of what events changed, by their positions."""

    async def load(positions: Sequence[int]) -> Mapping[int, Sequence[ChangeRow]]:
        found = await recorded.changes(view.reader, positions)
        return {position: found.get(position, ()) for position in positions}

    return view.batched("changes of events", load)


def event_of(row: EventRow, view: View) -> Event:
    """Answer a recorded event as the API shows it."""
    return EVENT_TYPES[row.type](row=row, view=view)


async def mover_of(position: int, thing_id: str, info: Info) -> Event | None:
    """Answer the event that moved the number of a thing; None if the viewer may not see it.

    `position` is the event's, or the last one of its act.
    """
    present = await info.context.present()

    async def load(keys: Sequence[tuple[int, str]]) -> Mapping[tuple[int, str], int]:
        return await recorded.movers(present.reader, keys)

    moved_at = await present.batched("movers", load).load((position, thing_id))
    row = await present.events.load(moved_at)
    return None if row is None else event_of(row, present)
