"""The KPIs that an objective or a key result is linked to."""

from typing import Any

import schema.kpi
from projections.kpis import KpisOf
from schema.connection import Connection, asked
from schema.order import order
from schema.paging import Paging, paged


def linked_kpis(description: str) -> Any:
    """Declare the KPIs of a thing; whoever was shown the thing may see its links."""

    async def kpis(self: Any, *, paging: Paging) -> "Connection[schema.kpi.Kpi]":
        """Load a page of KPIs."""
        request = asked(paging, orders=order("title"))
        return await schema.kpi.kpis_of(self.view, KpisOf.LINKED, self.row.id, request)

    return paged(description)(kpis)
