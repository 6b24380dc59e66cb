"""Bearer tokens: made once, shown once, kept as a digest.

A token belongs to one person or program of one organization and carries no rights of its own: what it may do is what its
holder may do at the moment of the request, held to its scopes. A token that is revoked or over is refused by the next request.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from events.connection import Connection
from events.identifier import SYSTEM_ACTOR, Noun, new_uuid, noun_of
from events.right import Right, Scopes
from schema.access_door import AccessKind
from service.access_records import Access, note_access
from service.openid import Subject

SECRET_PREFIX = "okr_ledger_"  # noqa: S105 - lets scanners for leaked secrets recognize one, and is none itself
_SECRET_BYTES = 32

# Notes a new token; its secret stays with whoever asked for it.
_CREATE = """
insert into okr_ledger.token (digest, token_id, organization_id, actor_id, name, expires_at, scopes)
values ($1, $2, $3, $4, $5, $6, $7)
returning token_id, organization_id, actor_id, name, scopes, created_at, expires_at, revoked_at, last_used_at
"""

# Finds a valid token, in whatever organization it is.
_FIND = "select token_id, organization_id, actor_id, scopes, expires_at from okr_ledger.find_token($1)"

# Lists the tokens of an organization, or of one of its actors, the newest first.
_LIST = """
select token_id, organization_id, actor_id, name, scopes, created_at, expires_at, revoked_at, last_used_at
from okr_ledger.token where organization_id = $1 and actor_id = coalesce($2, actor_id)
order by created_at desc, token_id desc limit $3
"""

# Answers a token by its identifier.
_GET = """
select token_id, organization_id, actor_id, name, scopes, created_at, expires_at, revoked_at, last_used_at
from okr_ledger.token where organization_id = $1 and token_id = $2
"""

# Counts the tokens of an actor that still hold.
_COUNT_HELD = """
select count(*) from okr_ledger.token
where organization_id = $1 and actor_id = $2 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
"""

# Ends a token that still holds.
_REVOKE = """
update okr_ledger.token set revoked_at = clock_timestamp()
where organization_id = $1 and token_id = $2 and revoked_at is null
returning token_id, organization_id, actor_id, name, scopes, created_at, expires_at, revoked_at, last_used_at
"""

# Finds whose token it was that holds no more, in whatever organization.
_FIND_ENDED = "select token_id, organization_id, actor_id, is_revoked from okr_ledger.find_ended_token($1)"

LISTED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; its secret is not. `scopes` is None for all rights of its holder."""

    token_id: UUID
    organization_id: UUID
    actor_id: str
    name: str
    scopes: Scopes
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @property
    def is_of_program(self) -> bool:
        """Say whether its holder is a program."""
        return noun_of(self.actor_id) is Noun.PROGRAM


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token just made, with the secret that nobody can read again."""

    token: Token
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Whom a valid token stands for, the rights that it is held to, and until when it holds.

    One of an OpenID provider has its `subject`, and no identifier, scopes or end that are ours.
    """

    token_id: UUID | None
    organization_id: UUID
    actor_id: str
    scopes: Scopes = None
    expires_at: datetime | None = None
    subject: Subject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedToken:
    """Whose token it was that holds no more: it was revoked, or is over."""

    token_id: UUID
    organization_id: UUID
    actor_id: str
    is_revoked: bool


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
    scopes: Scopes = None,
    chosen_secret: str | None = None,
    created_by: str = SYSTEM_ACTOR,
) -> NewToken:
    """Make a token for an actor, with a new secret or a chosen one; the connection works for the organization."""
    secret = chosen_secret or SECRET_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    stored = None if scopes is None else sorted(scopes)
    values = digest_of(secret), new_uuid(), organization_id, actor_id, name, expires_at, stored
    async with connection.transaction():
        row = await connection.fetchrow(_CREATE, *values)
        if row is None:
            raise RuntimeError("the database answered nothing for a new token")
        token = _token(row)
        await note_access(connection, _change(AccessKind.TOKEN_CREATED, token, created_by))
    return NewToken(token=token, secret=secret)


async def find_bearer(connection: Connection, secret: str) -> Bearer | None:
    """Answer whom a secret stands for now, or None when it stands for nobody; any connection will do."""
    row = await connection.fetchrow(_FIND, digest_of(secret))
    return None if row is None else bearer_of(row)


def bearer_of(row: Record) -> Bearer:
    """Answer whom a row with the columns of a valid token stands for."""
    return Bearer(
        token_id=row["token_id"],
        organization_id=row["organization_id"],
        actor_id=row["actor_id"],
        scopes=_scopes(row["scopes"]),
        expires_at=row["expires_at"],
    )


async def find_ended(connection: Connection, secret: str) -> EndedToken | None:
    """Answer whose a token was that holds no more, or None for one that is unknown; any connection will do."""
    row = await connection.fetchrow(_FIND_ENDED, digest_of(secret))
    return None if row is None else EndedToken(**dict(row))


async def list_tokens(connection: Connection, organization_id: UUID, actor_id: str | None = None) -> list[Token]:
    """Answer the newest tokens of an organization or one of its actors, ended ones included, at most `LISTED_AT_MOST`."""
    rows = await connection.fetch(_LIST, organization_id, actor_id, LISTED_AT_MOST)
    return [_token(row) for row in rows]


async def find_token(connection: Connection, organization_id: UUID, token_id: UUID) -> Token | None:
    """Answer a token of an organization by its identifier."""
    row = await connection.fetchrow(_GET, organization_id, token_id)
    return None if row is None else _token(row)


async def count_held(connection: Connection, organization_id: UUID, actor_id: str) -> int:
    """Answer how many tokens of an actor still hold."""
    count: int = await connection.fetchval(_COUNT_HELD, organization_id, actor_id)
    return count


async def revoke_token(
    connection: Connection, organization_id: UUID, token_id: UUID, revoked_by: str = SYSTEM_ACTOR
) -> Token | None:
    """End a token at once and answer it; None when there is no such token or it was ended before."""
    async with connection.transaction():
        row = await connection.fetchrow(_REVOKE, organization_id, token_id)
        if row is None:
            return None
        token = _token(row)
        await note_access(connection, _change(AccessKind.TOKEN_ENDED, token, revoked_by))
    return token


def _change(kind: AccessKind, token: Token, actor_id: str) -> Access:
    return Access(
        kind=kind,
        organization_id=token.organization_id,
        actor_id=actor_id,
        token_id=token.token_id,
        subject_id=token.actor_id,
    )


def _token(row: Record) -> Token:
    return Token(**_values(row))


def _values(row: Record) -> dict[str, Any]:
    return {**dict(row), "scopes": _scopes(row["scopes"])}


def _scopes(names: list[str] | None) -> Scopes:
    # A right that this version does not know is none that it could give.
    return None if names is None else frozenset(right for right in Right if right.value in names)
