"""Accepting an invitation over HTTP: whoever signs in for the first time belongs to no organization yet."""

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from events.identifier import Noun, format_identifier
from service import identities
from service.authentication import Authenticator, secret_of, unauthenticated
from service.database import Database
from service.graphql_errors import ErrorCode, RequestRefusedError, classify
from service.graphql_http import refusal_response
from service.graphql_request import JSON, read_object
from service.request_log import note, request_id_of

ACCEPT_INVITATION = "/invitations/accept"
_LARGEST_BODY = 4_096


class Invitations:
    """Answers `POST /invitations/accept` with `{"secret": …}`, asked with a token of the OpenID provider."""

    def __init__(self, database: Database, authenticator: Authenticator, body_seconds: float) -> None:
        self._database = database
        self._authenticator = authenticator
        self._body_seconds = body_seconds

    async def answer(self, request: Request) -> Response:
        """Link who asks to the person of an invitation and answer which organization that is."""
        try:
            async with asyncio.timeout(self._body_seconds * 2):
                return await self._accepted(request)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost edge: nothing may leave it but a response
            refused = classify(error, request_id_of(request))
            note(request, errors=[refused.code], **refused.noted)
            return refusal_response(refused, request_id_of(request), JSON)

    async def _accepted(self, request: Request) -> Response:
        token = secret_of(request.headers)
        if token is None:
            raise unauthenticated("a bearer token is needed")
        subject = await self._authenticator.subject(token)
        secret = (await read_object(request, _LARGEST_BODY, self._body_seconds)).get("secret")
        if not isinstance(secret, str):
            raise RequestRefusedError(ErrorCode.BAD_REQUEST, "secret must be a text")
        async with self._database.connection(None) as connection:
            member = await identities.accept(connection, secret, subject)
        if member is None:
            note(request, refused=["INVITATION_INVALID"])
            raise RequestRefusedError(ErrorCode.NOT_FOUND, "there is no such invitation, or it is used or over")
        answer = {
            "organizationId": format_identifier(Noun.ORGANIZATION, member.organization_id),
            "personId": member.person_id,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
