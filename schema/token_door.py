"""The door to tokens: what one is asked for with, and what is known of it. The service hands in who makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from events.right import Right, Scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """What is asked for, by field of the input.

    Without `scopes` and `expires_at` it is as much and as long as is usual for who asks.
    """

    actor_id: str
    name: str
    scopes: Scopes
    expires_at: datetime | None
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token as its holder sees it; `scopes` is None for all rights of its holder."""

    id: str
    actor_id: str
    name: str
    scopes: tuple[Right, ...] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken:
    """A token just made, with the secret that nobody can read again."""

    token: TokenRow
    secret: str


class Tokens(Protocol):
    """Makes, ends and lists tokens for one request; see `service/token_desk.py`."""

    async def create(self, request: TokenRequest) -> MadeToken | None:
        """Make a token; None for a dry run.

        Raises:
            Rejected: FORBIDDEN for more than the token of this request may do itself, INVALID for an end that is over,
                LIMIT_EXCEEDED for too many, or one that would hold too long.
        """
        ...

    async def revoke(self, token_id: str, *, with_programs: bool, is_dry_run: bool) -> TokenRow | None:
        """End a token at once and answer it, None for one that is not this request's to end.

        It may end those of its own actor, and `with_programs` those of programs.
        """
        ...

    async def of_actor(self, actor_id: str) -> Sequence[TokenRow]:
        """Answer the newest tokens of an actor, ended ones included, the newest first."""
        ...
