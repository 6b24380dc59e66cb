"""Queries of initiatives."""

import strawberry

from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.filter import InitiativeWhere
from schema.initiative import Initiative, all_initiatives
from schema.order import OrderByInitiative, chosen, order
from schema.paging import Paging, paged


@strawberry.type
class InitiativeQueries:
    """Queries of initiatives."""

    initiative = by_id("One initiative.", Initiative)

    @paged("Initiatives; by default by due date, title.")
    async def initiatives(
        self,
        info: Info,
        *,
        paging: Paging,
        where: InitiativeWhere = strawberry.UNSET,
        order_by: OrderByInitiative = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[Initiative] | None:
        """Answer a page."""
        orders = chosen(order_by, order("due_on", "title"))
        request = asked(paging, orders=orders, where=where)
        return await all_initiatives(await info.context.at(as_of, set(request.instants)), request)
