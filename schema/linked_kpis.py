"""The KPIs that an objective or a key result is linked to."""

from typing import Any

import strawberry

import schema.kpi
from projections.kpis import KpisOf
from schema.connection import After, Before, Connection, First, Last, asked
from schema.context import Info
from schema.field import relation
from schema.order import order


def linked_kpis(description: str) -> Any:
    """Declare the KPIs of a thing; whoever was shown the thing may see its links."""

    async def kpis(
        self: Any,
        info: Info,
        *,
        first: First = 25,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> "Connection[schema.kpi.Kpi]":
        """Load a page of KPIs."""
        request = asked(info, first, after, last, before, orders=order("title"))
        return await schema.kpi.kpis_of(self.view, KpisOf.LINKED, self.row.id, request)

    return relation(description)(kpis)
