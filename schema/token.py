"""Tokens: secrets of people and programs with which requests are made. They are no part of the log."""

from datetime import datetime

import strawberry

from events.right import MEANINGS, Right
from projections.memory import cut
from projections.page import Order, Page, Window
from schema.connection import Asked, Connection, connect
from schema.context import Context
from schema.enumeration import described
from schema.field import column
from schema.token_door import TokenRow

described(
    Right,
    "Right",
    "What may be allowed; docs/permissions.md says to whom. May grow: keep a default branch.",
    {right: f"To {meaning}." for right, meaning in MEANINGS.items()},
)

_NEWEST = (Order(field="created_at", is_descending=True),)


@strawberry.type(description="A token of a person or program; its secret is not known. Not a node.")
class Token:
    """What is known of a token."""

    row: strawberry.Private[TokenRow]

    id: strawberry.ID = column("What tokenRevoke names it by.")
    name: str = column("What it is for.")
    scopes: list[Right] | None = column(
        "The rights that it may use, if its holder has them; an empty list is for reading only, null for all."
    )
    created_at: datetime = column("When it was made.")
    expires_at: datetime | None = column("Until when it holds; null until it is revoked.")
    revoked_at: datetime | None = column("When it was ended.")
    last_used_at: datetime | None = column("When it was last used, to the minute.")


async def tokens_of(actor_id: str, context: Context, request: Asked) -> Connection[Token]:
    """Answer a page of the tokens of an actor, the newest first."""
    rows = await context.outside.tokens.of_actor(actor_id)
    entries = [((row.created_at.isoformat(), row.id), row) for row in rows]

    async def page(window: Window) -> Page[TokenRow]:
        return cut(entries, _NEWEST, window)

    async def count() -> int:
        return len(entries)

    view = await context.present()
    return await connect(view, f"tokens {actor_id}", request, node=lambda row: Token(row=row), page=page, count=count)
