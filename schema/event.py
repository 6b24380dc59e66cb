"""Events as the API shows them: one interface, one member for each type that the log may hold.

Events are the same at every moment, so their links lead to the present; `Event.moment` leads back. Their types
stand in `schema/event_type.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import strawberry

import schema.change
import schema.check_in
import schema.comment
import schema.objective
import schema.recognition
import schema.subject
from events.codec import decode
from events.comment import ReactionKind
from events.envelope import Origin, ReasonCode
from events.identifier import Noun, format_identifier
from events.review import ReviewDecision
from projections import moments, recorded
from projections.recorded import MoverKey
from projections.rows import EventRow
from schema.actor import load_actor
from schema.alignable import Alignable
from schema.context import Info
from schema.enumeration import described
from schema.event_type import MEMBERS, EventType, Member
from schema.field import column, joined, relation
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


async def _supported(self: Any, info: Info) -> Alignable | None:
    supported_id = _attribute("supported_id")(self)
    thing = await schema.subject.load_subject(str(supported_id), await info.context.present()) if supported_id else None
    return thing if isinstance(thing, Alignable) else None


async def _successor(self: Any, info: Info) -> "schema.objective.Objective | None":
    successor_id = _attribute("successor_id")(self)
    thing = await schema.subject.load_subject(str(successor_id), await info.context.present()) if successor_id else None
    return thing if isinstance(thing, schema.objective.Objective) else None


async def _check_in(self: Any, info: Info) -> "schema.check_in.CheckIn | None":
    check_in_id = _attribute("check_in_id")(self)
    thing = await schema.subject.load_subject(str(check_in_id), await info.context.present()) if check_in_id else None
    return thing if isinstance(thing, schema.check_in.CheckIn) else None


async def _comment(self: Any, info: Info) -> "schema.comment.Comment | None":
    comment_id = _attribute("comment_id")(self)
    thing = await schema.subject.load_subject(str(comment_id), await info.context.present()) if comment_id else None
    return thing if isinstance(thing, schema.comment.Comment) else None


async def _recognition(self: Any, info: Info) -> "schema.recognition.Recognition | None":
    recognition_id = _attribute("recognition_id")(self)
    thing = await schema.subject.load_subject(str(recognition_id), await info.context.present()) if recognition_id else None
    return thing if isinstance(thing, schema.recognition.Recognition) else None


Extras = Callable[[], Mapping[str, tuple[Any, Any]]]
"""Makes the types and fields of a member that has more than the others; relations bring their type along."""


def _parent_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("What it contributes to, as it is now; null if the viewer may not see it.")(_parent)
    return {"parent": (None, made)}


def _supported_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("The objective or key result, as it is now; null if the viewer may not see it.")(_supported)
    return {"supported": (None, made)}


def _successor_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("The objective that continues it; null if the viewer may not see it.")(_successor)
    return {"successor": (None, made)}


def _check_in_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("The check-in, as it is now; null if the viewer may not see it.")(_check_in)
    return {"check_in": (None, made)}


def _comment_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("The comment, as it is now; null if the viewer may not see it.")(_comment)
    return {"comment": (None, made)}


def _reaction_fields() -> Mapping[str, tuple[Any, Any]]:
    return {**_comment_field(), "reaction": (ReactionKind | None, column("In which way.", _attribute("reaction")))}


def _recognition_field() -> Mapping[str, tuple[Any, Any]]:
    made = relation("The recognition, as it is now; null if the viewer may not see it.")(_recognition)
    return {"recognition": (None, made)}


def _review_fields() -> Mapping[str, tuple[Any, Any]]:
    return {
        "score": (float | None, column("The score, 0 to 1.", _score)),
        "decision": (ReviewDecision | None, column("What became of it.", _attribute("decision"))),
    }


def _score(event: Any) -> float | None:
    score: Any = _attribute("score")(event)
    return None if score is None else float(score)


_EXTRAS: Mapping[str, Extras] = {
    "objective.aligned": _parent_field,
    "objective.unaligned": _parent_field,
    "objective.closed": _review_fields,
    "objective.carried_over": _successor_field,
    "key_result.checked_in": _check_in_field,
    "check_in.corrected": _check_in_field,
    "check_in.retracted": _check_in_field,
    "check_in.acknowledged": _check_in_field,
    "initiative.support_added": _supported_field,
    "initiative.support_removed": _supported_field,
    "comment.written": _comment_field,
    "comment.edited": _comment_field,
    "comment.withdrawn": _comment_field,
    "comment.reaction_added": _reaction_fields,
    "comment.reaction_removed": _reaction_fields,
    "recognition.given": _recognition_field,
    "recognition.withdrawn": _recognition_field,
}
"""What members have more than the others, by stored name."""


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
    command_id: strawberry.ID = column(
        "The act that it belongs to: its events were decided, recorded and are seen together.",
        lambda event: strawberry.ID(str(event.row.command_id)),
    )
    request_id: str = column("The request that wrote it.")

    @relation("Who did it, as they are called now.")
    async def actor(self, info: Info) -> Actor:
        """Load the actor."""
        return await load_actor(self.row.actor_id, await info.context.present())

    @relation("What it happened to, as it is now; null if the viewer may not see it.")
    async def subject(self, info: Info) -> Subject | None:
        """Load the thing."""
        return await schema.subject.load_subject(self.row.subject_id, await info.context.present())

    @joined(f"What it changed, field by field; at most {MOST_CHANGES}.")
    def changes(self) -> "list[schema.change.Change]":
        """Show the changes."""
        return [schema.change.Change(row=row, source=self) for row in recorded.changes_in(self.row)[:MOST_CHANGES]]

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
    extras = _EXTRAS.get(member.stored_name, dict[str, tuple[Any, Any]])()
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


def event_of(row: EventRow, view: View) -> Event:
    """Answer a recorded event as the API shows it."""
    return EVENT_TYPES[row.type](row=row, view=view)


async def mover_of(position: int, thing_id: str, info: Info, *, is_measured: bool = False) -> Event | None:
    """Answer the event that moved the number of a thing; None if the viewer may not see it.

    `position` is the event's, or the last one of its act; with `is_measured` that of the check-in which a measured
    curve shows.
    """
    present = await info.context.present()

    async def load(keys: Sequence[MoverKey]) -> Mapping[MoverKey, int]:
        return await recorded.movers(present.reader, keys)

    moved_at = await present.batched("movers", load).load((position, thing_id, is_measured))
    row = await present.events.load(moved_at)
    return None if row is None else event_of(row, present)
