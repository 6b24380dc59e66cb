"""Queries of teams."""

import strawberry

from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.filter import TeamWhere
from schema.order import OrderByTeam, chosen, order
from schema.paging import Paging, paged
from schema.team import Team, all_teams


@strawberry.type
class TeamQueries:
    """Queries of teams."""

    team = by_id("One team.", Team)

    @paged("Teams; by default by name.")
    async def teams(
        self,
        info: Info,
        *,
        paging: Paging,
        where: TeamWhere = strawberry.UNSET,
        order_by: OrderByTeam = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[Team] | None:
        """Answer a page."""
        orders = chosen(order_by, order("name"))
        request = asked(paging, orders=orders, where=where)
        return await all_teams(await info.context.at(as_of, set(request.instants)), request)
