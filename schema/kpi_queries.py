"""Queries of KPIs."""

import strawberry

from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.filter import KpiWhere
from schema.kpi import Kpi, all_kpis
from schema.order import OrderByKpi, chosen, order
from schema.paging import Paging, paged


@strawberry.type
class KpiQueries:
    """Queries of KPIs."""

    kpi = by_id("One KPI.", Kpi)

    @paged("KPIs, archived ones included; by default by title.")
    async def kpis(
        self,
        info: Info,
        *,
        paging: Paging,
        where: KpiWhere = strawberry.UNSET,
        order_by: OrderByKpi = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[Kpi] | None:
        """Answer a page."""
        orders = chosen(order_by, order("title"))
        request = asked(paging, orders=orders, where=where)
        return await all_kpis(await info.context.at(as_of, set(request.instants)), request)
