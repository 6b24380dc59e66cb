"""Queries of templates."""

import strawberry

import schema.search
from events.coach.texts import Language
from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.filter import TemplateWhere
from schema.order import OrderByTemplate, chosen, order
from schema.paging import Paging, paged
from schema.template import ForFunction, Template, Words, Written, all_templates, library_of


@strawberry.type
class TemplateQueries:
    """Queries of templates."""

    template = by_id("One template, of the organization or of the library.", Template)

    @paged("The organization's own templates, archived ones included; by default by title.")
    async def templates(
        self,
        info: Info,
        *,
        paging: Paging,
        where: TemplateWhere = strawberry.UNSET,
        order_by: OrderByTemplate = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[Template] | None:
        """Answer a page."""
        orders = chosen(order_by, order("title"))
        request = asked(paging, orders=orders, where=where)
        return await all_templates(await info.context.at(as_of, set(request.instants)), request)

    @paged("The library of templates in a language, by function, the same for everybody and at every moment.")
    async def template_library(
        self,
        info: Info,
        *,
        language: Written = Language.EN,
        function: ForFunction = strawberry.UNSET,
        query: Words = strawberry.UNSET,
        paging: Paging,
        as_of: AsOf = strawberry.UNSET,
    ) -> Connection[Template] | None:
        """Answer a page."""
        request = asked(paging, orders=())
        view = await info.context.at(as_of, set(request.instants))
        words = schema.search.words_of(query, view).each if query else ()
        return await library_of(view, language, function or None, words, request)
