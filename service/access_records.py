"""The access log in the database: who came in and what was refused, summed up by the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from events.connection import Connection
from events.identifier import Noun, format_identifier, new_uuid
from projections.keyset import KeyMismatchError
from projections.page import Page, SortKey, Window
from schema.access_door import AccessKind, AccessRow, AccessWanted
from service.database import Database

LISTED_AT_MOST = 10_000

# Adds to the records of the hour, of whatever organizations.
_NOTE = "select okr_ledger.note_access($1::text::jsonb)"

# Deletes what is older than some days and answers how much it was.
_FORGET = "select okr_ledger.forget_access($1)"

_WANTED = """
from okr_ledger.access_record r
where r.organization_id = $1 and ($2::text is null or r.kind = $2) and ($3::text is null or r.actor_id = $3)
"""

# Answers a page from the newest on, and one more to know whether there are further ones.
_NEWEST = f"""
select * {_WANTED} and ($4::uuid is null or r.record_id < $4) and ($5::uuid is null or r.record_id > $5)
order by r.record_id desc limit $6
"""

# The same from the oldest on.
_OLDEST = _NEWEST.replace("r.record_id desc", "r.record_id")

_COUNT = f"select count(*) {_WANTED}"

# Lists the newest records of an organization, or with none those of callers who are nobody; for the owner alone.
_LIST = """
select * from okr_ledger.access_record r where r.organization_id is not distinct from $1 order by r.record_id desc limit $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What requests have in common that are counted together."""

    kind: AccessKind
    organization_id: UUID | None = None
    code: str | None = None
    detail: str | None = None
    actor_id: str | None = None
    token_id: UUID | None = None
    subject_id: str | None = None
    address: str | None = None


@dataclass(slots=True, kw_only=True)
class Counted:
    """How many requests of a kind there were, and when."""

    first_at: datetime
    last_at: datetime
    request_count: int = 1

    def add(self, other: "Counted") -> None:
        """Count others that came as well."""
        self.first_at, self.last_at = min(self.first_at, other.first_at), max(self.last_at, other.last_at)
        self.request_count += other.request_count


async def note_all(connection: Connection, noted: Sequence[tuple[Access, Counted]]) -> None:
    """Keep what was noted, in this order, whatever the organization; any connection will do."""
    record_ids = sorted(new_uuid() for _ in noted)
    content = [
        {
            "record_id": record_id,
            **{name: getattr(access, name) for name in Access.__slots__},
            **{name: getattr(counted, name) for name in Counted.__slots__},
        }
        for record_id, (access, counted) in zip(record_ids, noted, strict=True)
    ]
    await connection.execute(_NOTE, orjson.dumps(content, default=str).decode())


async def note_access(connection: Connection, access: Access) -> None:
    """Keep one thing that was done, now; any connection will do."""
    now = datetime.now(UTC)
    await note_all(connection, [(access, Counted(first_at=now, last_at=now))])


async def forget(connection: Connection, days: int) -> int:
    """Delete what is older than some days, and answer how many records it was, at most 10,000 at a time."""
    forgotten: int = await connection.fetchval(_FORGET, days)
    return forgotten


async def list_records(connection: Connection, organization_id: UUID | None) -> list[AccessRow]:
    """Answer the newest records of an organization or, with None, of nobody; at most `LISTED_AT_MOST`."""
    return [_row(row) for row in await connection.fetch(_LIST, organization_id, LISTED_AT_MOST)]


class AccessRecords:
    """The access log of one organization, for those who may read it."""

    def __init__(self, database: Database, organization_id: UUID) -> None:
        self._database = database
        self._organization_id = organization_id

    async def page(self, wanted: AccessWanted, window: Window) -> Page[AccessRow]:
        """Answer a page of the records, the newest first.

        Raises:
            KeyMismatchError: a bound of the window is no key of this list.
        """
        after, before = _bound(window.after), _bound(window.before)
        size = window.last if window.first is None else window.first
        statement = _OLDEST if window.first is None else _NEWEST
        async with self._database.connection(self._organization_id) as connection:
            rows = await connection.fetch(statement, *self._arguments(wanted), after, before, (size or 0) + 1)
        has_more, rows = len(rows) > (size or 0), rows[:size]
        if window.first is None:
            rows.reverse()
        return Page(
            rows=tuple(_row(row) for row in rows),
            keys=tuple((str(row["record_id"]),) for row in rows),
            has_next=before is not None if window.first is None else has_more,
            has_previous=has_more if window.first is None else after is not None,
        )

    async def count(self, wanted: AccessWanted) -> int:
        """Count the records."""
        async with self._database.connection(self._organization_id) as connection:
            count: int = await connection.fetchval(_COUNT, *self._arguments(wanted))
        return count

    def _arguments(self, wanted: AccessWanted) -> tuple[UUID, str | None, str | None]:
        return self._organization_id, wanted.kind, wanted.actor_id


def _bound(key: SortKey | None) -> UUID | None:
    if key is None:
        return None
    match key:
        case (str() as text,):
            try:
                return UUID(text)
            except ValueError as error:
                raise KeyMismatchError from error
        case _:
            raise KeyMismatchError


def _row(row: Record) -> AccessRow:
    values: dict[str, Any] = dict(row)
    token_id = values["token_id"]
    return AccessRow(
        id=format_identifier(Noun.ACCESS, values["record_id"]),
        kind=AccessKind(values["kind"]),
        code=values["code"],
        detail=values["detail"],
        actor_id=values["actor_id"],
        token_id=None if token_id is None else format_identifier(Noun.TOKEN, token_id),
        subject_id=values["subject_id"],
        address=values["address"],
        request_count=values["request_count"],
        first_at=values["first_at"],
        last_at=values["last_at"],
    )
