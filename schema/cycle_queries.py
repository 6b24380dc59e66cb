"""Queries of cycles."""

import strawberry

from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.cycle import Cycle, all_cycles
from schema.filter import CycleWhere
from schema.order import OrderByCycle, chosen, order
from schema.paging import Paging, paged


@strawberry.type
class CycleQueries:
    """Queries of cycles."""

    cycle = by_id("One cycle.", Cycle)

    @paged("Cycles; by default latest first.")
    async def cycles(
        self,
        info: Info,
        *,
        paging: Paging,
        where: CycleWhere = strawberry.UNSET,
        order_by: OrderByCycle = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[Cycle] | None:
        """Answer a page."""
        orders = chosen(order_by, order("-starts_on", "name"))
        request = asked(paging, orders=orders, where=where)
        return await all_cycles(await info.context.at(as_of, set(request.instants)), request)
