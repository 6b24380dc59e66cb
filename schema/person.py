"""People: the members of the organization."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

import schema.comment
import schema.initiative
import schema.key_result
import schema.objective
import schema.recognition
import schema.team
from events.person import Role
from events.right import Right
from projections import people
from projections.comments import NEWEST_FIRST, CommentsOf
from projections.initiatives import InitiativesOf
from projections.key_results import BY_DUE, KeyResultsOf
from projections.objectives import ObjectivesOf
from projections.rows import PersonRow, TeamRow
from schema.action import Action, on_person
from schema.connection import Asked, Connection, asked, connect
from schema.enumeration import described
from schema.field import column, joined, need
from schema.filter import InitiativeWhere, KeyResultWhere, ObjectiveWhere
from schema.history import whole_history
from schema.node import Actor, Subject, actions
from schema.order import OrderByInitiative, OrderByObjective, chosen, order
from schema.paging import Paging, paged
from schema.scalars import URL
from schema.view import View

MOST_TEAMS = 100
ERASED_NAME = "Erased person"
"""Shown for a person whose name was erased: the same for everybody, so that it tells nothing."""

described(
    Role,
    "Role",
    "What a member may do. May grow: keep a default branch.",
    {
        Role.ADMIN: "Everything.",
        Role.MEMBER: "Read, create objectives, and change what they answer for.",
        Role.VIEWER: "Read.",
        Role.AUDITOR: "Read everything, what is private and the whole log included.",
    },
)


def _email(person: "Person") -> str | None:
    is_self = person.row.id == person.view.reader.grants.person_id
    if is_self or person.view.rights.has(Right.MANAGE_PEOPLE):
        opened = person.opened()
        return opened[1] if opened else None
    return None


@strawberry.type(description="A member of the organization.")
class Person(Subject, Actor):
    """A person as seen through a view; the name is opened only when it is selected."""

    row: strawberry.Private[PersonRow]
    view: strawberry.Private[View]

    version: int = column("How often its definition changed.")
    name: str = column("Name to show; a placeholder after erasure.", lambda source: source.shown_name())
    role: Role = column("What they may do.")
    deactivated_at: datetime | None = column("Since when they are no longer active.")
    email: str | None = column("E-mail address, if the viewer may see it: their own, or as an ADMIN.", _email)
    avatar_url: URL | None = column("A picture; null while none is known. No picture is kept by this server.", lambda _: None)
    erased_at: datetime | None = column("When their personal data was erased; name is a placeholder since.")

    @joined(f"The teams they belong to, by name; at most {MOST_TEAMS}.", need("teams_of_person", "row.id"))
    def teams(self, rows: Sequence[TeamRow]) -> "list[schema.team.Team]":
        """Show the teams."""
        return [schema.team.Team(row=row, view=self.view) for row in rows[:MOST_TEAMS]]

    @paged("The objectives they own; by default by cycle, priority, title.")
    async def objectives(
        self, *, paging: Paging, where: ObjectiveWhere = strawberry.UNSET, order_by: OrderByObjective = strawberry.UNSET
    ) -> "Connection[schema.objective.Objective]":
        """Load a page of objectives."""
        orders = chosen(order_by, order("cycle", "priority", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.objective.objectives_of(self.view, ObjectivesOf.OWNER, self.row.id, request)

    @paged("The initiatives they own, as far as the viewer may see them; by default by due date, title.")
    async def initiatives(
        self, *, paging: Paging, where: InitiativeWhere = strawberry.UNSET, order_by: OrderByInitiative = strawberry.UNSET
    ) -> "Connection[schema.initiative.Initiative]":
        """Load a page of initiatives."""
        orders = chosen(order_by, order("due_on", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.initiative.initiatives_of(self.view, InitiativesOf.OWNER, self.row.id, request)

    @paged(
        "Key results that want a check-in and that they answer for, their own and those without an owner of their "
        "objectives, as far as the viewer may see them; what was due first comes first."
    )
    async def check_ins_due(
        self, *, paging: Paging, where: KeyResultWhere = strawberry.UNSET
    ) -> "Connection[schema.key_result.KeyResult]":
        """Load a page of key results."""
        request = asked(paging, orders=BY_DUE, where=where)
        return await schema.key_result.due_key_results_of(self.view, KeyResultsOf.ANSWERABLE, self.row.id, request)

    @paged("Comments that mention them and were not withdrawn, newest first.")
    async def mentions(
        self,
        *,
        paging: Paging,
        only_open: Annotated[
            bool,
            strawberry.argument(description="Whether to leave out those that they wrote, replied to or reacted to."),
        ] = False,
    ) -> "Connection[schema.comment.Comment]":
        """Load a page of comments."""
        request = asked(paging, orders=NEWEST_FIRST)
        which = CommentsOf.OPEN_MENTIONS if only_open else CommentsOf.MENTIONS
        return await schema.comment.comments_of(self.view, which, self.row.id, request)

    @paged("What they are recognized for, newest first.")
    async def recognitions(self, *, paging: Paging) -> "Connection[schema.recognition.Recognition]":
        """Load a page of recognitions."""
        request = asked(paging, orders=NEWEST_FIRST)
        return await schema.recognition.recognitions_of(self.view, self.row.id, request)

    history = whole_history("What happened to them, newest first.")

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return on_person(self.view.rights.to_person(self.row), is_active=self.row.deactivated_at is None)

    def shown_name(self) -> str:
        """Answer the name, or the placeholder."""
        opened = self.opened()
        return ERASED_NAME if opened is None else opened[0]

    def opened(self) -> tuple[str, str] | None:
        """Answer name and address, None after erasure."""
        return self.view.opened(self.row)


async def all_people(view: View, request: Asked) -> Connection[Person]:
    """Answer a page of all people."""
    return await connect(
        view,
        "people",
        request,
        node=lambda row: Person(row=row, view=view),
        page=lambda window: people.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: people.count(view.reader, view.lens, request.condition),
    )
