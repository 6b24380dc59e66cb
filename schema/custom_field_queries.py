"""Queries of custom fields."""

import strawberry

from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.custom_field import CustomField, all_custom_fields
from schema.filter import CustomFieldWhere
from schema.order import order
from schema.paging import Paging, paged


@strawberry.type
class CustomFieldQueries:
    """Queries of custom fields."""

    custom_field = by_id("One custom field.", CustomField)

    @paged("Custom fields by what has them, then by name, archived ones included.")
    async def custom_fields(
        self, info: Info, *, paging: Paging, where: CustomFieldWhere = strawberry.UNSET, as_of: AsOf = strawberry.UNSET
    ) -> Connection[CustomField] | None:
        """Answer a page."""
        request = asked(paging, orders=order("applies_to", "name"), where=where)
        return await all_custom_fields(await info.context.at(as_of, set(request.instants)), request)
