"""Queries of people."""

import strawberry

from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.filter import PersonWhere
from schema.order import OrderByPerson, chosen, order
from schema.paging import Paging, paged
from schema.person import Person, all_people


@strawberry.type
class PersonQueries:
    """Queries of people."""

    person = by_id("One person.", Person)

    @paged("People; by default by name.")
    async def people(
        self,
        info: Info,
        *,
        paging: Paging,
        where: PersonWhere = strawberry.UNSET,
        order_by: OrderByPerson = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[Person] | None:
        """Answer a page."""
        orders = chosen(order_by, order("name"))
        request = asked(paging, orders=orders, where=where)
        return await all_people(await info.context.at(as_of, set(request.instants)), request)
