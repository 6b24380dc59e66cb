"""The viewer: who asks, and what waits for them."""

import strawberry

import schema.calendar_link
import schema.inbox
import schema.key_result
import schema.objective
import schema.organization
import schema.person
import schema.token
from events.right import Right, Scopes
from projections import viewer
from projections.inbox import IN_ORDER
from projections.key_results import BY_DUE, KeyResultsOf
from schema.action import Action, on_organization
from schema.actor import load_actor
from schema.connection import Connection, asked, connect
from schema.context import Info
from schema.field import column, relation
from schema.filter import InboxWhere
from schema.node import Actor, seen
from schema.paging import Paging, paged
from schema.view import View


def _viewer_id(source: "Viewer") -> strawberry.ID:
    return strawberry.ID(f"{source.view.reader.grants.person_id}#viewer")


def _scopes(scopes: Scopes) -> list[Right] | None:
    return None if scopes is None else [right for right in Right if right in scopes]


MOST_ORGANIZATIONS = 100


@strawberry.type(description="An organization that the viewer may enter, in what it is called now. Not a node.")
class OrganizationChoice:
    """What a switch between organizations shows."""

    id: strawberry.ID = strawberry.field(description="What the header `Okr-Organization` names it by.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="Who is asking; always as of now.")
class Viewer:
    """The person behind the request, seen from the present."""

    view: strawberry.Private[View]

    id: strawberry.ID = column("One per viewer and organization; there for caches, not a node.", _viewer_id)
    can: list[Action] = column(
        "What the viewer may do in the organization.", lambda source: on_organization(source.view.rights.in_organization())
    )
    scopes: list[Right] | None = column(
        "The rights that the token of this request is held to; null for all that the viewer has.",
        lambda source: _scopes(source.view.reader.grants.scopes),
    )

    @relation("A person or a program.")
    async def actor(self) -> Actor:
        """Load the actor."""
        return await load_actor(self.view.reader.grants.person_id, self.view)

    @relation("As a member; null for a program.")
    async def person(self) -> "schema.person.Person | None":
        """Load the person."""
        row = await self.view.people.load(self.view.reader.grants.person_id)
        return seen(schema.person.Person, row, self.view)

    @relation("Of which organization.")
    async def organization(self) -> "schema.organization.Organization":
        """Answer the organization."""
        return schema.organization.Organization(row=self.view.settings, view=self.view)

    @relation(
        "The organizations that this sign-in may enter, by the header `Okr-Organization`; "
        f"of a token of this program its own alone, of a subject of the OpenID provider at most {MOST_ORGANIZATIONS}."
    )
    async def organizations(self, info: Info) -> list[OrganizationChoice]:
        """Find them."""
        found = await info.context.outside.organizations()
        return [OrganizationChoice(id=strawberry.ID(each), name=name) for each, name in found]

    @paged("The viewer's own tokens, newest first, ended ones included.")
    async def tokens(self, info: Info, *, paging: Paging) -> "Connection[schema.token.Token]":
        """Load a page of tokens."""
        request = asked(paging, orders=())
        return await schema.token.tokens_of(self.view.reader.grants.person_id, info.context, request)

    @paged("The viewer's own links to their calendar, newest first, ended ones included; of a program none.")
    async def calendar_links(self, info: Info, *, paging: Paging) -> "Connection[schema.calendar_link.CalendarLink]":
        """Load a page of links."""
        request = asked(paging, orders=())
        return await schema.calendar_link.links_of_viewer(info.context, request)

    @paged("Key results that want a check-in from the viewer: see `checkInState`; what was due first comes first.")
    async def due_check_ins(self, *, paging: Paging) -> "Connection[schema.key_result.KeyResult]":
        """Load a page of key results."""
        request = asked(paging, orders=BY_DUE)
        person_id = self.view.reader.grants.person_id
        return await schema.key_result.due_key_results_of(self.view, KeyResultsOf.ANSWERABLE, person_id, request)

    @paged("What the viewer has to do, the first due first, what is due at no time last; of a program nothing.")
    async def inbox(self, *, paging: Paging, where: InboxWhere = strawberry.UNSET) -> "Connection[schema.inbox.InboxItem]":
        """Load a page of items."""
        request = asked(paging, orders=IN_ORDER, where=where)
        return await schema.inbox.inbox_of_viewer(self.view, request)

    @paged("Objectives that want closing by the viewer: active, and their cycle is in review or over.")
    async def due_reviews(self, *, paging: Paging) -> "Connection[schema.objective.Objective]":
        """Load a page of objectives."""
        view = self.view
        return await connect(
            view,
            "due reviews",
            asked(paging, orders=()),
            node=lambda row: schema.objective.Objective(row=row, view=view),
            page=lambda window: viewer.due_reviews(view.reader, view.lens, window),
            count=lambda: viewer.count_due_reviews(view.reader, view.lens),
        )

    @paged("Drafts of the viewer, by priority.")
    async def drafts(self, *, paging: Paging) -> "Connection[schema.objective.Objective]":
        """Load a page of objectives."""
        view = self.view
        return await connect(
            view,
            "drafts",
            asked(paging, orders=()),
            node=lambda row: schema.objective.Objective(row=row, view=view),
            page=lambda window: viewer.drafts(view.reader, view.lens, window),
            count=lambda: viewer.count_drafts(view.reader, view.lens),
        )


@strawberry.type
class ViewerQueries:
    """Queries of the viewer."""

    @relation("Who is asking.")
    async def viewer(self, info: Info) -> Viewer | None:
        """Answer the viewer."""
        return Viewer(view=await info.context.present())
