"""Queries of recognitions."""

import strawberry

from projections.comments import NEWEST_FIRST
from schema.argument import AsOf
from schema.by_id import by_id
from schema.connection import Connection, asked
from schema.context import Info
from schema.filter import RecognitionWhere
from schema.paging import Paging, paged
from schema.recognition import Recognition, all_recognitions


@strawberry.type
class RecognitionQueries:
    """Queries of recognitions."""

    recognition = by_id("One recognition, withdrawn or not.", Recognition)

    @paged("Recognitions that were not withdrawn, newest first.")
    async def recognitions(
        self, info: Info, *, paging: Paging, where: RecognitionWhere = strawberry.UNSET, as_of: AsOf = strawberry.UNSET
    ) -> Connection[Recognition] | None:
        """Answer a page."""
        request = asked(paging, orders=NEWEST_FIRST, where=where)
        return await all_recognitions(await info.context.at(as_of, set(request.instants)), request)
