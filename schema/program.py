"""Programs: what acts by itself, with tokens of its own."""

from datetime import datetime

import strawberry

import schema.token
from events.person import Role
from events.right import Right
from projections import programs
from projections.rows import ProgramRow
from schema.action import Action, on_program
from schema.argument import AsOf
from schema.connection import Asked, Connection, asked, connect
from schema.context import Info
from schema.field import column
from schema.history import whole_history
from schema.node import Actor, Subject, actions
from schema.order import order
from schema.paging import Paging, paged
from schema.view import View


@strawberry.type(description="A program with its own tokens, such as an integration that checks in. It owns nothing.")
class Program(Subject, Actor):
    """A program as seen through a view."""

    row: strawberry.Private[ProgramRow]
    view: strawberry.Private[View]

    version: int = column("How often its definition changed.")
    name: str = column("Name to show.")
    role: Role = column("What it may do.")
    retired_at: datetime | None = column("Since when it has no access any more.")

    @paged("Its tokens, newest first, ended ones included; for ADMIN, null for others.")
    async def tokens(self, info: Info, *, paging: Paging) -> "Connection[schema.token.Token] | None":
        """Load a page of tokens."""
        if not info.context.may(Right.MANAGE_PROGRAMS):
            return None
        request = asked(paging, orders=())
        return await schema.token.tokens_of(self.row.id, info.context, request)

    history = whole_history("What happened to it, newest first.")

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return on_program(self.view.rights.anywhere(), is_active=self.row.retired_at is None)

    def shown_name(self) -> str:
        """Answer the name."""
        return self.row.name


async def all_programs(view: View, request: Asked) -> Connection[Program]:
    """Answer a page of all programs."""
    return await connect(
        view,
        "programs",
        request,
        node=lambda row: Program(row=row, view=view),
        page=lambda window: programs.page(view.reader, view.lens, window),
        count=lambda: programs.count(view.reader, view.lens),
    )


@strawberry.type
class ProgramQueries:
    """Queries of programs."""

    @paged("Programs by name, retired ones included.")
    async def programs(self, info: Info, *, paging: Paging, as_of: AsOf = strawberry.UNSET) -> Connection[Program] | None:
        """Answer a page."""
        request = asked(paging, orders=order("name"))
        return await all_programs(await info.context.at(as_of, set(request.instants)), request)
