"""Serves calendars to whoever has the address of one: the secret in it is the only credential, and its person can end it."""

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from projections import agenda, moments, organizations, people
from projections.kept_rows import KeptRows
from service.calendar_file import MEDIA_TYPE, calendar_file
from service.calendar_links import SECRET_LENGTH, CalendarHolder, find_holder
from service.cost_budget import CostBudget
from service.database import Database
from service.entity_tag import is_known, tag_of
from service.graphql_errors import RequestRefusedError
from service.graphql_http import refusal_response
from service.graphql_request import JSON
from service.request_log import request_id_of
from service.session import reader_of
from service.tokens import digest_of


class CalendarFeed:
    """Answers `/calendar/{secret}.ics` with what the person of the link may see at this moment."""

    def __init__(self, database: Database, budget: CostBudget, most_entries: int) -> None:
        """Begin; `budget` bounds the requests for one address, whether or not there is anything."""
        self._database = database
        self._budget = budget
        self._most_entries = most_entries

    async def answer(self, request: Request) -> Response:
        """Answer a calendar, 304 for one that the client has, 404 for whatever there is not, or is no more."""
        secret: str = request.path_params["secret"]
        # A text of another length, or with more than ASCII, is no secret.
        if len(secret) != SECRET_LENGTH or not secret.isascii():
            raise HTTPException(404)
        try:
            await self._budget.spend("calendar", digest_of(secret).hex(), 1)
        except RequestRefusedError as refused:
            return refusal_response(refused, request_id_of(request), JSON)
        async with self._database.connection(None) as connection:
            holder = await find_holder(connection, secret)
        content = None if holder is None else await self._content(holder)
        if content is None:
            raise HTTPException(404)
        tag = tag_of(content)
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if is_known(request, tag):
            return Response(status_code=304, headers=headers)
        headers["Content-Type"] = MEDIA_TYPE
        headers["Content-Disposition"] = 'inline; filename="okr.ics"'
        return Response(content, headers=headers)

    async def _content(self, holder: CalendarHolder) -> bytes | None:
        """None for a person who has no access any more."""
        organization_id = holder.organization_id
        async with self._database.connection(organization_id) as connection:
            head = await moments.head(connection, organization_id)
            if head is None:
                return None
            # Without any right of its own: a link of somebody who sees everything shows what is theirs as a member sees it.
            access = await people.access(connection, organization_id, head, holder.person_id, scopes=frozenset())
        if access is None:
            return None
        reader = reader_of(self._database, organization_id, head, access.grants, KeptRows())
        lens = moments.lens_now(head, datetime.now(UTC))
        settings = await organizations.settings(reader, lens)
        if settings is None:
            return None
        return calendar_file(await agenda.entries(reader, lens, self._most_entries), settings, head.recorded_at.year)
