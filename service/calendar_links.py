"""Links to calendars: made once, shown once, kept as a digest, as tokens are.

A link belongs to one person and opens their calendar alone, to read; what stands in it is what they may see at the moment of
the request. One that is revoked, or whose person has no access any more, opens nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from events.connection import Connection
from events.identifier import Noun, format_identifier, new_uuid, noun_of, uuid_of
from events.limits import DEFAULT_LIMITS, check_content
from events.rejection import RejectionCode, refuse, refuse_limit
from schema.access_door import AccessKind
from schema.calendar_door import CalendarLinkRow, MadeCalendarLink
from service.access_records import Access, note_access
from service.database import Database
from service.tokens import Bearer, digest_of

CALENDARS = "/calendar"
"""The path below which calendars are read: `/calendar/<secret>.ics`."""

LISTED_AT_MOST = 1_000
SECRET_LENGTH = 43
_SECRET_BYTES = 32

# Notes a new link; its secret stays with whoever asked for it.
_CREATE = """
insert into okr_ledger.calendar_link (digest, link_id, organization_id, person_id, name) values ($1, $2, $3, $4, $5)
returning link_id, name, created_at, revoked_at, last_used_at
"""

# Finds the person of a link that holds, in whatever organization.
_FIND = "select link_id, organization_id, person_id from okr_ledger.find_calendar_link($1)"

# Lists the links of a person, the newest first.
_LIST = """
select link_id, name, created_at, revoked_at, last_used_at from okr_ledger.calendar_link
where organization_id = $1 and person_id = $2 order by created_at desc, link_id desc limit $3
"""

# Answers a link of a person.
_GET = """
select link_id, name, created_at, revoked_at, last_used_at from okr_ledger.calendar_link
where organization_id = $1 and person_id = $2 and link_id = $3
"""

# Counts the links of a person that hold.
_COUNT_HELD = """
select count(*) from okr_ledger.calendar_link where organization_id = $1 and person_id = $2 and revoked_at is null
"""

# Ends a link that holds.
_REVOKE = """
update okr_ledger.calendar_link set revoked_at = clock_timestamp()
where organization_id = $1 and person_id = $2 and link_id = $3 and revoked_at is null
returning link_id, name, created_at, revoked_at, last_used_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarHolder:
    """Whose calendar a link opens."""

    link_id: UUID
    organization_id: UUID
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    name: str


async def find_holder(connection: Connection, secret: str) -> CalendarHolder | None:
    """Answer whose calendar a secret opens now, None when it opens none; any connection will do."""
    row = await connection.fetchrow(_FIND, digest_of(secret))
    return None if row is None else CalendarHolder(**dict(row))


class CalendarLinkDesk:
    """The links that one request may make, end and see: those of the person who asks."""

    def __init__(self, database: Database, bearer: Bearer, most_held: int) -> None:
        self._database = database
        self._organization_id = bearer.organization_id
        self._person_id = bearer.actor_id
        self._is_scoped = bearer.scopes is not None
        self._most_held = most_held

    async def create(self, name: str, *, is_dry_run: bool) -> MadeCalendarLink | None:
        """Make a link to the calendar of the person who asks; None for a dry run.

        Raises:
            Rejected: FORBIDDEN for a program or a token with scopes, LIMIT_EXCEEDED for too many, or the name does not do.
        """
        self._require_whole_token()
        if noun_of(self._person_id) is not Noun.PERSON:
            raise refuse(RejectionCode.FORBIDDEN, "a program has no calendar")
        check_content(_Named(name=name), DEFAULT_LIMITS)
        organization_id, person_id = self._organization_id, self._person_id
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        async with self._database.connection(organization_id) as connection:
            held = await connection.fetchval(_COUNT_HELD, organization_id, person_id)
            if held >= self._most_held:
                raise refuse_limit("links that hold", self._most_held, held + 1)
            if is_dry_run:
                return None
            async with connection.transaction():
                values = digest_of(secret), new_uuid(), organization_id, person_id, name
                row = await connection.fetchrow(_CREATE, *values)
                if row is None:
                    raise RuntimeError("the database answered nothing for a new link")
                await note_access(connection, self._change(AccessKind.CALENDAR_LINK_CREATED))
        return MadeCalendarLink(link=_row(row), path=f"{CALENDARS}/{secret}.ics")

    async def revoke(self, link_id: str, *, is_dry_run: bool) -> CalendarLinkRow | None:
        """End a link at once and answer it, None for one that is not of the person who asks.

        Raises:
            Rejected: FORBIDDEN for a token with scopes.
        """
        self._require_whole_token()
        wanted = self._organization_id, self._person_id, uuid_of(link_id)
        async with self._database.connection(self._organization_id) as connection, connection.transaction():
            ended = None if is_dry_run else await connection.fetchrow(_REVOKE, *wanted)
            if ended is not None:
                await note_access(connection, self._change(AccessKind.CALENDAR_LINK_ENDED))
            row = ended or await connection.fetchrow(_GET, *wanted)
        return None if row is None else _row(row)

    async def all(self) -> list[CalendarLinkRow]:
        """Answer the newest links of the person who asks, ended ones included, the newest first."""
        async with self._database.connection(self._organization_id) as connection:
            rows = await connection.fetch(_LIST, self._organization_id, self._person_id, LISTED_AT_MOST)
        return [_row(row) for row in rows]

    def _require_whole_token(self) -> None:
        # A link outlives the token that made it, and reads what its person sees.
        if self._is_scoped:
            raise refuse(RejectionCode.FORBIDDEN, "a token with scopes makes and ends no links")

    def _change(self, kind: AccessKind) -> Access:
        return Access(kind=kind, organization_id=self._organization_id, actor_id=self._person_id, subject_id=self._person_id)


def _row(row: Record) -> CalendarLinkRow:
    created_at: datetime = row["created_at"]
    return CalendarLinkRow(
        id=format_identifier(Noun.CALENDAR_LINK, row["link_id"]),
        name=row["name"],
        created_at=created_at,
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
