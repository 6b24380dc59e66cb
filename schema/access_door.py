"""The door to the access log: what is known of who came in and what was refused. The service hands in who reads it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from projections.page import Page, Window


class AccessKind(StrEnum):
    """What a record is about."""

    ENTERED = "ENTERED"
    REFUSED = "REFUSED"
    TOKEN_CREATED = "TOKEN_CREATED"  # noqa: S105 - a kind and no secret
    TOKEN_ENDED = "TOKEN_ENDED"  # noqa: S105 - as above
    INVITED = "INVITED"
    INVITATION_ACCEPTED = "INVITATION_ACCEPTED"
    IDENTITY_LINKED = "IDENTITY_LINKED"
    IDENTITY_UNLINKED = "IDENTITY_UNLINKED"
    CALENDAR_LINK_CREATED = "CALENDAR_LINK_CREATED"
    CALENDAR_LINK_ENDED = "CALENDAR_LINK_ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    """Requests of one hour that are alike; `code` is that of a refusal, `detail` says more about it."""

    id: str
    kind: AccessKind
    code: str | None
    detail: str | None
    actor_id: str | None
    token_id: str | None
    subject_id: str | None
    address: str | None
    request_count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessWanted:
    """Which records are asked for; None is all of them."""

    kind: AccessKind | None = None
    actor_id: str | None = None


class AccessRecords(Protocol):
    """Reads the access log of one organization; see `service/access_records.py`."""

    async def page(self, wanted: AccessWanted, window: Window) -> Page[AccessRow]:
        """Answer a page of the records, the newest first.

        Raises:
            KeyMismatchError: a bound of the window is no key of this list.
        """
        ...

    async def count(self, wanted: AccessWanted) -> int:
        """Count the records."""
        ...
