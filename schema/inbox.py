"""Inboxes: what a person has to do, derived at the moment read."""

from datetime import datetime
from typing import Annotated

import strawberry

import schema.event
import schema.subject
from events.identifier import Noun
from projections import inbox
from projections.inbox import IN_ORDER, InboxItemKind, InboxReason, InboxRow
from projections.reader import Reader
from schema.argument import AsOf
from schema.connection import Asked, Connection, asked, connect
from schema.context import Context, Info
from schema.enumeration import described
from schema.field import column, relation
from schema.filter import InboxWhere
from schema.identifiers import identifier, parse_identifier
from schema.node import Subject
from schema.paging import Paging, paged
from schema.view import View

described(
    InboxItemKind,
    "InboxItemKind",
    "What there is to do. May grow: keep a default branch.",
    {
        InboxItemKind.CHECK_IN: "Check in a key result.",
        InboxItemKind.REVIEW: "Close an objective whose cycle is in review or over.",
        InboxItemKind.ANSWER: "Reply or react to a comment.",
        InboxItemKind.ACKNOWLEDGE: "Acknowledge a check-in.",
    },
)
described(
    InboxReason,
    "InboxReason",
    "Why it is this person who has to. May grow: keep a default branch.",
    {
        InboxReason.OWNS_KEY_RESULT: "They own the key result.",
        InboxReason.OWNS_OBJECTIVE: "They own the objective.",
        InboxReason.LEADS_TEAM: "They lead the objective's team, and its owner wrote the check-in.",
        InboxReason.IS_MENTIONED: "The comment mentions them.",
    },
)


@strawberry.type(description="One thing that a person has to do. Nothing keeps it: it is gone once it is done. Not a node.")
class InboxItem:
    """A row of an inbox; `subject` and `event` are loaded as the viewer sees them."""

    row: strawberry.Private[InboxRow]
    person_id: strawberry.Private[str]
    view: strawberry.Private[View]

    id: strawberry.ID = column(
        "One per person, kind and subject; there for caches.",
        lambda item: strawberry.ID(f"{identifier(item.row.subject_id, item.view.lens)}#{item.row.kind}#{item.person_id}"),
    )
    kind: InboxItemKind = column("What there is to do.")
    reason: InboxReason = column("Why it is this person who has to.")
    since: datetime = column("Since when it waits.")
    due_at: datetime | None = column("When it is due, perhaps in the past; null where nothing sets a time.")

    @relation("With what: a key result, an objective, a comment or a check-in.")
    async def subject(self) -> Subject | None:
        """Load the thing."""
        return await schema.subject.load_subject(self.row.subject_id, self.view)

    @relation(
        "The event that made it: of a check-in that is wanted the one before or what made the key result live, of a review "
        "what set the cycle's phase or last day, of an answer the wording with the mention, else that of the check-in."
    )
    async def event(self, info: Info) -> "schema.event.Event | None":
        """Load the event."""
        view = await info.context.present()
        row = await view.events.load(self.row.made_by)
        return None if row is None else schema.event.event_of(row, view)


async def inbox_of_viewer(view: View, request: Asked) -> Connection[InboxItem]:
    """Answer a page of what the viewer has to do."""
    return await _inbox(view, view.reader, view.reader.grants.person_id, request)


async def load_inbox(context: Context, person_id: str | None, as_of: AsOf, request: Asked) -> Connection[InboxItem] | None:
    """Answer a page of the inbox of the viewer, or of somebody else for who sees everything; None for anybody else's."""
    reference = None if person_id is None else parse_identifier(person_id)
    if person_id is not None and (reference is None or reference.noun is not Noun.PERSON):
        return None
    view = await context.at(as_of, {reference.instant} if reference and reference.instant else set())
    if reference is None or reference.entity_id == context.viewer_person_id:
        return await inbox_of_viewer(view, request)
    if not view.reader.grants.sees_everything or await view.people.load(reference.entity_id) is None:
        return None
    reader = await inbox.reader_as(view.reader, context.head, reference.entity_id)
    return await _inbox(view, reader, reference.entity_id, request)


async def _inbox(view: View, reader: Reader, person_id: str, request: Asked) -> Connection[InboxItem]:
    return await connect(
        view,
        f"inbox of {person_id}",
        request,
        node=lambda row: InboxItem(row=row, person_id=person_id, view=view),
        page=lambda window: inbox.page(reader, view.lens, person_id, window, request.condition),
        count=lambda: inbox.count(reader, view.lens, person_id, request.condition),
    )


@strawberry.type
class InboxQueries:
    """Queries of inboxes."""

    @paged(
        "What somebody has to do, the first due first, what is due at no time last: the viewer's own, or for ADMIN and AUDITOR "
        "that of any person, as far as that person may see it. Null for anybody else's."
    )
    async def inbox(
        self,
        info: Info,
        *,
        person_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Whose; null or absent is the viewer's own.")
        ] = strawberry.UNSET,
        paging: Paging,
        where: InboxWhere = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[InboxItem] | None:
        """Answer a page."""
        request = asked(paging, orders=IN_ORDER, where=where)
        return await load_inbox(info.context, person_id or None, as_of, request)
