"""Queries of key results."""

import strawberry

from projections.key_results import BY_DUE
from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.filter import KeyResultWhere
from schema.key_result import KeyResult, all_due_key_results, all_key_results
from schema.order import OrderByKeyResult, chosen, order
from schema.paging import Paging, paged


@strawberry.type
class KeyResultQueries:
    """Queries of key results."""

    key_result = by_id("One key result.", KeyResult)

    @paged("Key results; by default by priority, title.")
    async def key_results(
        self,
        info: Info,
        *,
        paging: Paging,
        where: KeyResultWhere = strawberry.UNSET,
        order_by: OrderByKeyResult = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[KeyResult] | None:
        """Answer a page."""
        orders = chosen(order_by, order("priority", "title"))
        request = asked(paging, orders=orders, where=where)
        return await all_key_results(await info.context.at(as_of, set(request.instants)), request)

    @paged("Key results that want a check-in; what was due first comes first.")
    async def check_ins_due(
        self, info: Info, *, paging: Paging, where: KeyResultWhere = strawberry.UNSET, as_of: AsOf = strawberry.UNSET
    ) -> Connection[KeyResult] | None:
        """Answer a page."""
        request = asked(paging, orders=BY_DUE, where=where)
        return await all_due_key_results(await info.context.at(as_of, set(request.instants)), request)
