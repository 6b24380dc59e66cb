"""Bearer tokens: made once, shown once, kept as a digest.

A token belongs to one person of one organization and carries no rights of its own: what it may do is what
that person may do at the moment of the request. A token that is revoked or over is refused by the next request.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.connection import Connection
from events.identifier import new_uuid

SECRET_PREFIX = "okr_ledger_"  # noqa: S105 - lets scanners for leaked secrets recognize one, and is none itself
_SECRET_BYTES = 32

# Notes a new token; its secret stays with whoever asked for it.
_CREATE = """
insert into okr_ledger.token (digest, token_id, organization_id, actor_id, name, expires_at)
values ($1, $2, $3, $4, $5, $6)
returning token_id, organization_id, actor_id, name, created_at, expires_at, revoked_at, last_used_at
"""

# Finds a valid token, in whatever organization it is.
_FIND = "select token_id, organization_id, actor_id from okr_ledger.find_token($1)"

# Lists the tokens of an organization, the newest first.
_LIST = """
select token_id, organization_id, actor_id, name, created_at, expires_at, revoked_at, last_used_at
from okr_ledger.token where organization_id = $1 order by created_at desc, token_id desc limit $2
"""

# Ends a token that still holds.
_REVOKE = """
update okr_ledger.token set revoked_at = clock_timestamp()
where organization_id = $1 and token_id = $2 and revoked_at is null returning token_id
"""

LISTED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; its secret is not."""

    token_id: UUID
    organization_id: UUID
    actor_id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token just made, with the secret that nobody can read again."""

    token: Token
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Whom a valid token stands for; `token_id` is None for one of an OpenID provider."""

    token_id: UUID | None
    organization_id: UUID
    actor_id: str


def digest_of(secret: str) -> bytes:
    """Answer what is kept of a secret; 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(secret.encode()).digest()


async def create_token(
    connection: Connection,
    organization_id: UUID,
    actor_id: str,
    name: str,
    expires_at: datetime | None = None,
    *,
    chosen_secret: str | None = None,
) -> NewToken:
    """Make a token for a person, with a new secret or a chosen one; the connection works for the organization."""
    secret = chosen_secret or SECRET_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    row = await connection.fetchrow(_CREATE, digest_of(secret), new_uuid(), organization_id, actor_id, name, expires_at)
    if row is None:
        raise RuntimeError("the database answered nothing for a new token")
    return NewToken(token=Token(**dict(row)), secret=secret)


async def find_bearer(connection: Connection, secret: str) -> Bearer | None:
    """Answer whom a secret stands for now, or None when it stands for nobody; any connection will do."""
    row = await connection.fetchrow(_FIND, digest_of(secret))
    return None if row is None else Bearer(**dict(row))


async def list_tokens(connection: Connection, organization_id: UUID) -> list[Token]:
    """Answer the newest tokens of an organization, ended ones included, at most `LISTED_AT_MOST`."""
    rows = await connection.fetch(_LIST, organization_id, LISTED_AT_MOST)
    return [Token(**dict(row)) for row in rows]


async def revoke_token(connection: Connection, organization_id: UUID, token_id: UUID) -> bool:
    """End a token at once; False when there is no such token or it was ended before."""
    return await connection.fetchval(_REVOKE, organization_id, token_id) is not None
