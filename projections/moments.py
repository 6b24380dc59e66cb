"""Moments: from the head of the log to lenses.

An instant stands for the newest command recorded at or before it. A position inside a command reads as the
end of the command before, because the rows of a command begin at its last position; so every lens has both a
position and an instant that lead to the same rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from events.calendar import day_of, end_of_day
from events.connection import Connection
from projections.lens import Lens
from projections.reader import Reader

# Answers the newest position of an organization and the generation of its read models.
_HEAD = """
select position, hash, recorded_at, generation from okr_ledger.organization_head where organization_id = $1
"""

# Answers the newest end of a command at or before a position.
_AT_POSITION = """
select e.position, e.recorded_at from okr_ledger.event e
where e.organization_id = $1 and e.position <= $2 and not exists (
    select from okr_ledger.event following
    where following.organization_id = e.organization_id and following.position = e.position + 1
        and following.command_id = e.command_id
)
order by e.position desc limit 1
"""

# Answers the newest position recorded at or before an instant, as far as the pinned head.
_AT_TIME = """
select position from okr_ledger.event
where organization_id = {organization} and recorded_at <= {instant} and position <= {head}
order by recorded_at desc, position desc limit 1
"""


class MomentInFutureError(Exception):
    """The moment lies after the present."""


class MomentUnknownError(Exception):
    """The moment lies before the first event of the organization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest position of an organization's log: a request pins one at its start."""

    position: int
    hash: bytes
    recorded_at: datetime
    generation: int


async def head(connection: Connection, organization_id: UUID) -> Head | None:
    """Answer the head of an organization, or None when there is none."""
    row = await connection.fetchrow(_HEAD, organization_id)
    return None if row is None else Head(**dict(row))


def lens_now(pinned: Head, instant: datetime) -> Lens:
    """Answer the lens of the present: the pinned head under the request's clock."""
    # The head's clock is the database's; the present is never before what was recorded last.
    return Lens(position=pinned.position, instant=max(instant, pinned.recorded_at), is_past=False)


async def lens_at_position(reader: Reader, pinned: Head, position: int) -> Lens:
    """Answer the lens of the instant at which a position was recorded.

    Raises:
        MomentInFutureError: the log is not that long.
        MomentUnknownError: no command had ended there.
    """
    if position > pinned.position:
        raise MomentInFutureError
    if position < 1:
        raise MomentUnknownError
    rows = await reader.fetch(_AT_POSITION, reader.organization_id, position)
    if not rows:
        raise MomentUnknownError
    return Lens(position=rows[0]["position"], instant=rows[0]["recorded_at"], is_past=True)


def time_statement(organization: str, instant: str, head: str) -> str:
    """Answer the statement that finds the position an instant stands for, of expressions for what it takes."""
    return _AT_TIME.format(organization=organization, instant=instant, head=head)


async def lens_at_time(
    reader: Reader, pinned: Head, at: datetime, now: datetime, known: Mapping[datetime, int] | None = None
) -> Lens:
    """Answer the lens of an instant; `now` is the request's clock, `known` are positions that instants stand for at the head.

    Raises:
        MomentInFutureError: the instant lies after now.
        MomentUnknownError: nothing was recorded yet.
    """
    if at > max(now, pinned.recorded_at):
        raise MomentInFutureError
    position = None if known is None else known.get(at)
    if position is None:
        rows = await reader.fetch(time_statement("$1", "$2", "$3"), reader.organization_id, at, pinned.position)
        if not rows:
            raise MomentUnknownError
        position = rows[0]["position"]
    return Lens(position=position, instant=at, is_past=True)


async def lens_at_date(reader: Reader, pinned: Head, day: date, zone: str, now: datetime) -> Lens:
    """Answer the lens of the end of a day in a zone; today is the present.

    Raises:
        MomentInFutureError: the day lies after today.
        MomentUnknownError: nothing was recorded yet.
    """
    today = day_of(now, zone)
    if day > today:
        raise MomentInFutureError
    if day == today:
        return lens_now(pinned, now)
    return await lens_at_time(reader, pinned, end_of_day(day, zone), now)
