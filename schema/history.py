"""History: what happened to a thing, and the audit log of the whole organization, newest first.

Events are the same at every moment, so filters take identifiers of the present and of the past alike. The history of a
thing read in the past ends there.
"""

from dataclasses import replace
from typing import Annotated, Any

import strawberry

import schema.event
from projections import audit
from projections.event_listing import Source
from schema.connection import Asked, Connection, asked, connect, connect_related
from schema.context import Info
from schema.field import relation
from schema.filter import EventWhere
from schema.paging import Paging, paged
from schema.scalars import BigInt
from schema.view import View


def whole_history(description: str) -> Any:
    """Declare the history of a thing, with that of all that is part of it."""

    async def history(self: Any, *, paging: Paging, where: EventWhere = strawberry.UNSET) -> "Connection[schema.event.Event]":
        """Load a page of events."""
        request = asked_events(paging, where=where)
        return await _history_of(self.view, Source.THING, self.row.id, request)

    return paged(description)(history)


def history_of_parts(description: str, parts: str) -> Any:
    """Declare the history of a thing, with that of its parts unless the client leaves them out."""

    async def history(
        self: Any,
        *,
        paging: Paging,
        where: EventWhere = strawberry.UNSET,
        include_parts: Annotated[bool, strawberry.argument(description=parts)] = True,
    ) -> "Connection[schema.event.Event]":
        """Load a page of events."""
        request = asked_events(paging, where=where)
        source = Source.THING if include_parts else Source.SUBJECT
        return await _history_of(self.view, source, self.row.id, request)

    return paged(description)(history)


async def audit_log(view: View, request: Asked) -> "Connection[schema.event.Event]":
    """Answer a page of all events that the viewer may see."""
    return await connect(
        view,
        "audit log",
        request,
        node=lambda row: schema.event.event_of(row, view),
        page=lambda window: audit.page(view.reader, view.lens, window, request.condition),
        count=lambda: audit.count(view.reader, view.lens, request.condition),
    )


def asked_events(paging: Paging, *, where: EventWhere) -> Asked:
    """Return the arguments of a connection of events."""
    return replace(asked(paging, orders=(), where=where), instants=frozenset())


async def _history_of(view: View, source: Source, thing_id: str, request: Asked) -> "Connection[schema.event.Event]":
    return await connect_related(
        view,
        f"history of {source.name}",
        thing_id,
        request,
        node=lambda row: schema.event.event_of(row, view),
        pages=view.bound(audit.pages_of, source),
        counts=view.bound(audit.counts_of, source),
    )


@strawberry.type
class EventQueries:
    """Queries of events."""

    @relation("One event by its position; null for one about something that the viewer may not see.")
    async def event(
        self, info: Info, position: Annotated[BigInt, strawberry.argument(description="Its place in the log.")]
    ) -> "schema.event.Event | None":
        """Answer an event."""
        view = await info.context.present()
        row = await view.events.load(position)
        return None if row is None else schema.event.event_of(row, view)

    @paged("The organization's events that the viewer may see, newest first.")
    async def audit_log(
        self, info: Info, *, paging: Paging, where: EventWhere = strawberry.UNSET
    ) -> "Connection[schema.event.Event] | None":
        """Answer a page."""
        request = asked_events(paging, where=where)
        return await audit_log(await info.context.present(), request)
