"""Queries of objectives."""

import strawberry

from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.filter import ObjectiveWhere
from schema.objective import Objective, all_objectives
from schema.order import OrderByObjective, chosen, order
from schema.paging import Paging, paged


@strawberry.type
class ObjectiveQueries:
    """Queries of objectives."""

    objective = by_id("One objective.", Objective)

    @paged("Objectives; by default by cycle, priority, title.")
    async def objectives(
        self,
        info: Info,
        *,
        paging: Paging,
        where: ObjectiveWhere = strawberry.UNSET,
        order_by: OrderByObjective = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[Objective] | None:
        """Answer a page."""
        orders = chosen(order_by, order("cycle", "priority", "title"))
        request = asked(paging, orders=orders, where=where)
        return await all_objectives(await info.context.at(as_of, set(request.instants)), request)
