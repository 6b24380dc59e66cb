"""Activity: what happened that concerns a person, a team or a cycle."""

from typing import Annotated

import strawberry

import schema.event
import schema.history
from events.identifier import Noun
from projections import activity, audit
from projections.activity import MOST_THINGS, ActivityOf
from schema.argument import AsOf
from schema.connection import Asked, Connection, connect
from schema.context import Context, Info
from schema.filter import EventWhere
from schema.identifiers import parse_identifier
from schema.paging import Paging, paged
from schema.subject import load_subject

_NOUNS = {Noun.PERSON: ActivityOf.PERSON, Noun.TEAM: ActivityOf.TEAM, Noun.CYCLE: ActivityOf.CYCLE}


@strawberry.input(one_of=True, description="Of what to answer the activity.")
class ActivityOfInput:
    """Exactly one field is given."""

    person_id: strawberry.ID | None = strawberry.field(
        description="One person: what they did, and what happened to them, to what they own or work on, "
        "to comments that mention them, and to what they are recognized for.",
        default=strawberry.UNSET,
    )
    team_id: strawberry.ID | None = strawberry.field(
        description="One team and those below: what happened to them, to their objectives, "
        "and to what their members are recognized for.",
        default=strawberry.UNSET,
    )
    cycle_id: strawberry.ID | None = strawberry.field(
        description="One cycle: what happened to it and to everything in it.", default=strawberry.UNSET
    )


Of = Annotated[ActivityOfInput, strawberry.argument(description="Of what, as it is at the moment read.")]


async def load_activity(
    context: Context, of: ActivityOfInput, as_of: AsOf, request: Asked
) -> "Connection[schema.event.Event] | None":
    """Answer a page of the events that concern something, None when there is no such thing."""
    given = {Noun.PERSON: of.person_id, Noun.TEAM: of.team_id, Noun.CYCLE: of.cycle_id}
    noun, text = next((noun, text) for noun, text in given.items() if isinstance(text, str))
    reference = parse_identifier(text)
    if reference is None or reference.noun is not noun:
        return None
    view = await context.at(as_of, {reference.instant} if reference.instant else set())
    if await load_subject(reference.entity_id, view) is None:
        return None
    found = await activity.histories(view.reader, view.lens, _NOUNS[noun], reference.entity_id)
    return await connect(
        view,
        f"activity of {reference.entity_id}",
        request,
        node=lambda row: schema.event.event_of(row, view),
        page=lambda window: audit.merged_page(view.reader, view.lens, found.sources, window, request.condition),
        count=lambda: audit.merged_count(view.reader, view.lens, found.sources, request.condition),
    )


@strawberry.type
class ActivityQueries:
    """Queries of the activity."""

    @paged(
        "What happened that concerns a person, a team or a cycle and that the viewer may see, newest first; "
        f"null if there is no such thing. Of somebody with more than {MOST_THINGS} things, that of the newest."
    )
    async def activity(
        self,
        info: Info,
        *,
        of: Of,
        paging: Paging,
        where: EventWhere = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[schema.event.Event] | None:
        """Answer a page."""
        request = schema.history.asked_events(paging, where=where)
        return await load_activity(info.context, of, as_of, request)
