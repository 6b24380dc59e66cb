"""The door to the links of calendars: what is known of one. The service hands in who makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLinkRow:
    """A link as its person sees it; its secret is not known."""

    id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCalendarLink:
    """A link just made, with the path that nobody can read again."""

    link: CalendarLinkRow
    path: str


class CalendarLinks(Protocol):
    """Makes, ends and lists the links of whoever asks; see `service/calendar_links.py`."""

    async def create(self, name: str, *, is_dry_run: bool) -> MadeCalendarLink | None:
        """Make a link to the calendar of the person who asks; None for a dry run.

        Raises:
            Rejected: FORBIDDEN for a program or a token with scopes, LIMIT_EXCEEDED for too many, or the name does not do.
        """
        ...

    async def revoke(self, link_id: str, *, is_dry_run: bool) -> CalendarLinkRow | None:
        """End a link at once and answer it, None for one that is not of the person who asks.

        Raises:
            Rejected: FORBIDDEN for a token with scopes.
        """
        ...

    async def all(self) -> Sequence[CalendarLinkRow]:
        """Answer the newest links of the person who asks, ended ones included, the newest first."""
        ...
