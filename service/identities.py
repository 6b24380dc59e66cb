"""Whom the subjects of an OpenID provider stand for, and the invitations that link them."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from events.connection import Connection
from events.identifier import SYSTEM_ACTOR
from schema.access_door import AccessKind
from service.access_records import Access, note_access
from service.openid import Subject
from service.tokens import digest_of

INVITATION_PREFIX = "okr_invitation_"
_SECRET_BYTES = 32

# Answers for whom a subject stands, in whatever organizations.
_FIND = "select organization_id, person_id from okr_ledger.find_identities($1, $2)"

# Links a subject to a person, instead of whom it stood for in the organization before.
_UNLINK_SUBJECT = "delete from okr_ledger.identity where issuer = $1 and subject = $2 and organization_id = $3"
_LINK = "insert into okr_ledger.identity (issuer, subject, organization_id, person_id) values ($1, $2, $3, $4)"

# Ends all links of a person.
_UNLINK = "delete from okr_ledger.identity where organization_id = $1 and person_id = $2 returning subject"

# Lists the links of an organization.
_LIST = "select issuer, subject, person_id, linked_at from okr_ledger.identity where organization_id = $1 order by 3, 1, 2"

# Notes an invitation instead of the one before.
_INVITE = """
insert into okr_ledger.invitation (digest, organization_id, person_id, created_by, expires_at)
values ($1, $2, $3, $4, clock_timestamp() + $5)
on conflict (organization_id, person_id) do update set digest = excluded.digest, created_by = excluded.created_by,
    created_at = clock_timestamp(), expires_at = excluded.expires_at
returning expires_at
"""

# Links a subject to the person of an invitation.
_ACCEPT = "select organization_id, person_id from okr_ledger.accept_invitation($1, $2, $3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A person of an organization whom a subject stands for."""

    organization_id: UUID
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation just made, with the secret that nobody can read again."""

    secret: str
    expires_at: datetime


async def find_memberships(connection: Connection, subject: Subject) -> list[Membership]:
    """Answer for whom a subject stands, at most 100; any connection will do."""
    rows = await connection.fetch(_FIND, subject.issuer, subject.subject)
    return [Membership(**dict(row)) for row in rows]


async def link(connection: Connection, organization_id: UUID, person_id: str, subject: Subject) -> None:
    """Let a subject stand for a person; the connection works for the organization."""
    async with connection.transaction():
        await connection.execute(_UNLINK_SUBJECT, subject.issuer, subject.subject, organization_id)
        await connection.execute(_LINK, subject.issuer, subject.subject, organization_id, person_id)
        await note_access(connection, _change(AccessKind.IDENTITY_LINKED, organization_id, person_id))


async def unlink(connection: Connection, organization_id: UUID, person_id: str) -> int:
    """End all links of a person and answer how many there were; the connection works for the organization."""
    async with connection.transaction():
        unlinked = len(await connection.fetch(_UNLINK, organization_id, person_id))
        if unlinked:
            await note_access(connection, _change(AccessKind.IDENTITY_UNLINKED, organization_id, person_id))
    return unlinked


async def list_identities(connection: Connection, organization_id: UUID) -> list[tuple[str, str, str]]:
    """Answer person, issuer and subject of every link of an organization."""
    return [(row["person_id"], row["issuer"], row["subject"]) for row in await connection.fetch(_LIST, organization_id)]


async def invite(
    connection: Connection, organization_id: UUID, person_id: str, created_by: str, holds: timedelta
) -> Invitation:
    """Make an invitation for a person, which ends the one before; the connection works for the organization."""
    secret = INVITATION_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    async with connection.transaction():
        expires_at = await connection.fetchval(_INVITE, digest_of(secret), organization_id, person_id, created_by, holds)
        await note_access(connection, _change(AccessKind.INVITED, organization_id, person_id, created_by))
    return Invitation(secret=secret, expires_at=expires_at)


async def accept(connection: Connection, secret: str, subject: Subject) -> Membership | None:
    """Link a subject to the person of an invitation; None when it does not hold. Any connection will do."""
    async with connection.transaction():
        row = await connection.fetchrow(_ACCEPT, digest_of(secret), subject.issuer, subject.subject)
        if row is None:
            return None
        member = Membership(**dict(row))
        accepted = _change(AccessKind.INVITATION_ACCEPTED, member.organization_id, member.person_id, member.person_id)
        await note_access(connection, accepted)
    return member


def _change(kind: AccessKind, organization_id: UUID, person_id: str, actor_id: str = SYSTEM_ACTOR) -> Access:
    return Access(kind=kind, organization_id=organization_id, actor_id=actor_id, subject_id=person_id)
