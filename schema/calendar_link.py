"""Links to calendars: secret addresses from which programs of calendars read what their person has to do."""

from datetime import datetime
from typing import Annotated

import strawberry

from events.identifier import Noun, is_identifier
from events.rejection import Rejected, RejectionCode, refuse
from projections.memory import cut
from projections.page import Order, Page, Window
from schema.act import Done, refused
from schema.calendar_door import CalendarLinkRow, MadeCalendarLink
from schema.connection import Asked, Connection, connect
from schema.context import Context, Info
from schema.field import column
from schema.input import MutationInput, required
from schema.payload import MutationPayload

_NEWEST = (Order(field="created_at", is_descending=True),)


@strawberry.type(description="A secret link to a person's calendar; its address is not known. Not a node.")
class CalendarLink:
    """What is known of a link."""

    row: strawberry.Private[CalendarLinkRow]

    id: strawberry.ID = column("What calendarLinkRevoke names it by.")
    name: str = column("Where it is used.")
    created_at: datetime = column("When it was made.")
    revoked_at: datetime | None = column("When it was ended; null as long as it holds.")
    last_used_at: datetime | None = column("When it was last used, to the hour.")


async def links_of_viewer(context: Context, request: Asked) -> Connection[CalendarLink]:
    """Answer a page of the links of the viewer, the newest first."""
    entries = [((row.created_at.isoformat(), row.id), row) for row in await context.outside.calendar_links.all()]

    async def page(window: Window) -> Page[CalendarLinkRow]:
        return cut(entries, _NEWEST, window)

    async def count() -> int:
        return len(entries)

    view = await context.present()
    return await connect(view, "calendar links", request, node=lambda row: CalendarLink(row=row), page=page, count=count)


# --- inputs


@strawberry.input(description="Input of calendarLinkCreate. An idempotency key is not kept: asking again makes another.")
class CalendarLinkCreateInput(MutationInput):
    """Input of calendarLinkCreate."""

    name: str = required("Where it is used, 200 characters at most.")


@strawberry.input(description="Input of calendarLinkRevoke.")
class CalendarLinkRevokeInput(MutationInput):
    """Input of calendarLinkRevoke."""

    calendar_link_id: strawberry.ID = required("Which.")


# --- payloads


@strawberry.type(description="What calendarLinkCreate did.")
class CalendarLinkCreatePayload(MutationPayload):
    """What making a link answers; nothing is recorded, so there are no events."""

    made: strawberry.Private[MadeCalendarLink | None]

    url: str | None = column(
        "Where the calendar is, from the root of this server; told only here, and whoever has it reads the calendar. "
        "Null if it was refused, or with `dryRun`.",
        lambda payload: None if payload.made is None else payload.made.path,
    )
    calendar_link: CalendarLink | None = column(
        "The link.", lambda payload: None if payload.made is None else CalendarLink(row=payload.made.link)
    )


@strawberry.type(description="What calendarLinkRevoke did.")
class CalendarLinkRevokePayload(MutationPayload):
    """What ending a link answers; nothing is recorded, so there are no events."""

    ended: strawberry.Private[CalendarLinkRow | None]

    calendar_link: CalendarLink | None = column(
        "The link.", lambda payload: None if payload.ended is None else CalendarLink(row=payload.ended)
    )


# --- mutations


async def _create(
    info: Info,
    input: Annotated[CalendarLinkCreateInput, strawberry.argument(description="What is asked for.")],  # noqa: A002 - its name is the API's
) -> CalendarLinkCreatePayload | None:
    try:
        made = await info.context.outside.calendar_links.create(input.name, is_dry_run=input.dry_run)
    except Rejected as rejected:
        return CalendarLinkCreatePayload(done=refused(info.context, input, rejected.rejections), made=None)
    return CalendarLinkCreatePayload(done=Done(values=input), made=made)


async def _revoke(
    info: Info,
    input: Annotated[CalendarLinkRevokeInput, strawberry.argument(description="What is asked for.")],  # noqa: A002
) -> CalendarLinkRevokePayload | None:
    context = info.context
    try:
        ended = None
        if is_identifier(input.calendar_link_id, Noun.CALENDAR_LINK):
            ended = await context.outside.calendar_links.revoke(input.calendar_link_id, is_dry_run=input.dry_run)
        if ended is None:
            raise refuse(RejectionCode.NOT_FOUND, "no such link", "calendarLinkId")
    except Rejected as rejected:
        return CalendarLinkRevokePayload(done=refused(context, input, rejected.rejections), ended=None)
    return CalendarLinkRevokePayload(done=Done(values=input), ended=ended)


@strawberry.type
class CalendarLinkMutations:
    """The mutations of this noun."""

    calendar_link_create: CalendarLinkCreatePayload | None = strawberry.mutation(
        resolver=_create,
        description="Makes a secret link to the viewer's calendar, which holds until it is revoked. "
        "A token with scopes makes none.",
    )
    calendar_link_revoke: CalendarLinkRevokePayload | None = strawberry.mutation(
        resolver=_revoke, description="Ends a link of the viewer at once. A token with scopes ends none."
    )
