"""Who asks: from the Authorization header to a person of an organization, decided anew by every request."""

from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

import structlog

from events.identifier import Noun, format_identifier, is_identifier, uuid_of
from projections import moments, organizations, people
from service.database import Database
from service.graphql_errors import ErrorCode, RequestRefusedError
from service.identities import Membership, find_memberships
from service.openid import OpenIdVerifier, Subject, TokenInvalidError
from service.tokens import SECRET_PREFIX, Bearer, EndedToken, find_bearer, find_ended

ORGANIZATION_HEADER = "Okr-Organization"
"""Names the organization that is meant, for who belongs to several."""

_log = structlog.get_logger()
_LONGEST_HEADER = 16_384
_JWT_PARTS = 3
_REMEMBERED = 10_000


def secret_of(headers: Mapping[str, str]) -> str | None:
    """Answer the secret of `Authorization: Bearer <secret>`, or None when there is no such header.

    Raises:
        RequestRefusedError: UNAUTHENTICATED, for another scheme or a malformed secret.
    """
    header = headers.get("authorization")
    if header is None:
        return None
    scheme, _, secret = header.strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret or len(secret) > _LONGEST_HEADER or not secret.isascii():
        raise unauthenticated("the Authorization header must be: Bearer, a space, and the token")
    return secret


def unauthenticated(message: str, *, is_token_invalid: bool = False) -> RequestRefusedError:
    """Answer the refusal of a request that is nobody's, with the challenge that RFC 6750 asks for."""
    problem = ', error="invalid_token"' if is_token_invalid else ""
    return RequestRefusedError(ErrorCode.UNAUTHENTICATED, message, {"WWW-Authenticate": f'Bearer realm="okr-ledger"{problem}'})


class Authenticator:
    """Finds whom a secret stands for; `verifier` is None where no OpenID provider is set.

    Whether a token holds is asked of the database every time, so revoking one works at once.
    """

    def __init__(self, database: Database, verifier: OpenIdVerifier | None = None) -> None:
        self._database = database
        self._verifier = verifier

    async def bearer(self, secret: str, organization: str | None = None) -> Bearer:
        """Answer whom a secret stands for, in the organization that is meant.

        Raises:
            RequestRefusedError: UNAUTHENTICATED, for a token that is unknown, revoked, over or of another organization;
                ORGANIZATION_REQUIRED, for somebody of several; UNAVAILABLE, without the provider's keys.
        """
        if self._is_of_provider(secret):
            return await self._member(await self.subject(secret), organization)
        bearer = await self._holder(secret)
        if organization is not None and organization != organization_identifier(bearer.organization_id):
            raise _invalid("OTHER_ORGANIZATION", bearer)
        return bearer

    async def subject(self, secret: str) -> Subject:
        """Answer the subject of a provider's token.

        Raises:
            RequestRefusedError: UNAUTHENTICATED, or UNAVAILABLE without the provider's keys.
        """
        if self._verifier is None or not self._is_of_provider(secret):
            raise _invalid("UNKNOWN")
        try:
            return await self._verifier.subject(secret)
        except TokenInvalidError as error:
            _log.info("a token of the OpenID provider does not hold", reason=str(error))
            raise _invalid("NOT_VERIFIED") from error

    def _is_of_provider(self, secret: str) -> bool:
        is_jwt = not secret.startswith(SECRET_PREFIX) and len(secret.split(".")) == _JWT_PARTS
        return self._verifier is not None and is_jwt

    async def _holder(self, secret: str) -> Bearer:
        async with self._database.connection(None) as connection:
            bearer = await find_bearer(connection, secret)
            ended = None if bearer is not None else await find_ended(connection, secret)
        if bearer is None:
            raise _invalid("UNKNOWN" if ended is None else "REVOKED" if ended.is_revoked else "EXPIRED", ended)
        return bearer

    async def _member(self, subject: Subject, organization: str | None) -> Bearer:
        async with self._database.connection(None) as connection:
            memberships = await find_memberships(connection, subject)
        wanted = [
            each
            for each in memberships
            if organization is None or organization == organization_identifier(each.organization_id)
        ]
        if len(wanted) > 1:
            # Where somebody was sent away there is nothing to choose.
            wanted = [each for each in wanted if await self._name(each) is not None]
        if not wanted:
            raise _invalid("NOT_LINKED")
        if len(wanted) > 1:
            known = [{"id": organization_identifier(each.organization_id), "name": await self._name(each)} for each in wanted]
            message = f"the header {ORGANIZATION_HEADER} must say which organization is meant"
            raise RequestRefusedError(ErrorCode.ORGANIZATION_REQUIRED, message, organizations=known)
        (member,) = wanted
        return Bearer(token_id=None, organization_id=member.organization_id, actor_id=member.person_id, subject=subject)

    async def organizations(self, bearer: Bearer) -> list[tuple[str, str]]:
        """Answer identifier and name of the organizations that a bearer may enter: of a token of this program its own."""
        memberships = [Membership(organization_id=bearer.organization_id, person_id=bearer.actor_id)]
        if bearer.subject is not None:
            async with self._database.connection(None) as connection:
                memberships = await find_memberships(connection, bearer.subject)
        named = [(organization_identifier(each.organization_id), await self._name(each)) for each in memberships]
        return [(identifier, name) for identifier, name in named if name is not None]

    async def _name(self, membership: Membership) -> str | None:
        """Answer what an organization is called now, None when it is no longer open to its member."""
        async with self._database.connection(membership.organization_id) as connection:
            head = await moments.head(connection, membership.organization_id)
            if head is None:
                return None
            known = await people.access(connection, membership.organization_id, head, membership.person_id)
            return None if known is None else await organizations.current_name(connection, membership.organization_id)


def organization_of(headers: Mapping[str, str]) -> str | None:
    """Answer the organization that a request names, or None.

    Raises:
        RequestRefusedError: UNAUTHENTICATED, for what is no identifier: as for one that does not exist.
    """
    named = headers.get(ORGANIZATION_HEADER.lower())
    if named is None:
        return None
    if not is_identifier(named, Noun.ORGANIZATION):
        raise _invalid("OTHER_ORGANIZATION")
    return organization_identifier(uuid_of(named))


@lru_cache(maxsize=_REMEMBERED)
def organization_identifier(organization_id: UUID) -> str:
    """Answer the identifier that requests name an organization by."""
    return format_identifier(Noun.ORGANIZATION, organization_id)


def _invalid(because: str, whose: Bearer | EndedToken | None = None) -> RequestRefusedError:
    refused = unauthenticated("the token is not valid", is_token_invalid=True)
    refused.noted = {"because": because, **({} if whose is None else whose_token(whose))}
    return refused


def whose_token(holder: Bearer | EndedToken) -> dict[str, str]:
    """Answer what the logs are told of a token: its organization, its holder and its identifier, if it is one of ours."""
    told = {"organization": organization_identifier(holder.organization_id), "actor": holder.actor_id}
    return told if holder.token_id is None else {**told, "token": format_identifier(Noun.TOKEN, holder.token_id)}
