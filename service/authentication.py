"""Who asks: from the Authorization header to a person of an organization, decided anew by every request."""

from collections import OrderedDict
from collections.abc import Mapping
from uuid import UUID

from service.database import Database
from service.graphql_errors import ErrorCode, RequestRefusedError
from service.tokens import Bearer, digest_of, find_bearer

_SECRET_LENGTH = 512
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
    if scheme.lower() != "bearer" or not secret or len(secret) > _SECRET_LENGTH or not secret.isascii():
        raise unauthenticated("the Authorization header must be: Bearer, a space, and the token")
    return secret


def unauthenticated(message: str, *, is_token_invalid: bool = False) -> RequestRefusedError:
    """Answer the refusal of a request that is nobody's, with the challenge that RFC 6750 asks for."""
    problem = ', error="invalid_token"' if is_token_invalid else ""
    return RequestRefusedError(ErrorCode.UNAUTHENTICATED, message, {"WWW-Authenticate": f'Bearer realm="okr-ledger"{problem}'})


class Authenticator:
    """Finds whom a secret stands for.

    What it remembers is only to which organization a token belongs, which never changes: the look-up then uses
    a connection that works for that organization already. Whether the token holds is asked of the database
    every time, so revoking one works at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._organizations: OrderedDict[bytes, UUID] = OrderedDict()

    async def bearer(self, secret: str) -> Bearer:
        """Answer whom a secret stands for.

        Raises:
            RequestRefusedError: UNAUTHENTICATED, for a token that is unknown, revoked or over.
        """
        digest = digest_of(secret)
        async with self._database.connection(self._organizations.get(digest)) as connection:
            bearer = await find_bearer(connection, secret)
        if bearer is None:
            self._organizations.pop(digest, None)
            raise unauthenticated("the token is not valid", is_token_invalid=True)
        self._organizations[digest] = bearer.organization_id
        self._organizations.move_to_end(digest)
        if len(self._organizations) > _REMEMBERED:
            self._organizations.popitem(last=False)
        return bearer
