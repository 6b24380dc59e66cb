"""The access log, for those who may see everything: who came in and what was refused. It is no part of the log."""

from datetime import datetime
from typing import Annotated

import strawberry

from events.identifier import SYSTEM_ACTOR
from events.right import Right
from schema.access_door import AccessKind, AccessRow, AccessWanted
from schema.actor import load_actor
from schema.connection import Asked, Connection, asked, connect
from schema.context import Context, Info
from schema.enumeration import described
from schema.field import column, relation
from schema.identifiers import parse_identifier
from schema.node import Actor
from schema.paging import Paging, paged
from schema.scalars import BigInt
from schema.view import View

described(
    AccessKind,
    "AccessKind",
    "What a record of the access log is about. May grow: keep a default branch.",
    {
        AccessKind.ENTERED: "Requests were let in.",
        AccessKind.REFUSED: "Requests were refused as a whole, or a change for a lack of rights; see `code`.",
        AccessKind.TOKEN_CREATED: "A token was made.",
        AccessKind.TOKEN_ENDED: "A token was revoked.",
        AccessKind.INVITED: "An invitation was made.",
        AccessKind.INVITATION_ACCEPTED: "An invitation was accepted: a subject of the OpenID provider stands for the person.",
        AccessKind.IDENTITY_LINKED: "The command line let a subject stand for the person.",
        AccessKind.IDENTITY_UNLINKED: "The command line ended that.",
        AccessKind.CALENDAR_LINK_CREATED: "A secret link to a calendar was made.",
        AccessKind.CALENDAR_LINK_ENDED: "A secret link to a calendar was revoked.",
    },
)


@strawberry.type(description="Requests of one hour that were alike, or one act about tokens and identities. Not a node.")
class AccessRecord:
    """What was noted."""

    row: strawberry.Private[AccessRow]
    view: strawberry.Private[View]

    id: strawberry.ID = column("Tells it apart.")
    kind: AccessKind = column("What it is about.")
    code: str | None = column("Of a refusal: UNAUTHENTICATED, RATE_LIMITED or FORBIDDEN.")
    detail: str | None = column(
        "Of UNAUTHENTICATED: REVOKED or EXPIRED tokens, NO_ACCESS of a holder who was sent away, OTHER_ORGANIZATION."
    )
    token_id: strawberry.ID | None = column("The token that was used, made or ended; null for one of the OpenID provider.")
    address: str | None = column(
        "From which address; null for acts about tokens and identities, and once there are too many addresses in an hour."
    )
    request_count: BigInt = column("How many requests it stands for.")
    first_at: datetime = column("When the first of them ended.")
    last_at: datetime = column("When the last of them ended.")

    @relation("Who asked, as far as that is known: the holder of the token.")
    async def actor(self) -> Actor | None:
        """Load the actor."""
        return None if self.row.actor_id is None else await load_actor(self.row.actor_id, self.view)

    @relation("Whom it was done to: the holder of a token that was made or ended, who was invited or linked.")
    async def subject(self) -> Actor | None:
        """Load the subject."""
        return None if self.row.subject_id is None else await load_actor(self.row.subject_id, self.view)


def _actor(text: str) -> str:
    reference = parse_identifier(text)
    # What is no identifier is nobody's; it must not reach the database as it is.
    return text if text == SYSTEM_ACTOR else "" if reference is None else reference.entity_id


AccessKindWanted = Annotated[AccessKind | None, strawberry.argument(description="Only of this kind.")]
AccessActor = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this person or program.")]


async def access_log(
    context: Context, kind: AccessKind | None, actor_id: str | None, request: Asked
) -> Connection[AccessRecord] | None:
    """Answer a page of the access log, None for those who may not see everything."""
    if not context.may(Right.SEE_EVERYTHING):
        return None
    wanted = AccessWanted(kind=kind, actor_id=None if actor_id is None else _actor(actor_id))
    view, records = await context.present(), context.outside.access_records
    return await connect(
        view,
        f"access log {wanted}",
        request,
        node=lambda row: AccessRecord(row=row, view=view),
        page=lambda window: records.page(wanted, window),
        count=lambda: records.count(wanted),
    )


@strawberry.type
class AccessQueries:
    """Queries of the access log."""

    @paged("Who came in and what was refused, newest first, to the hour; for ADMIN and AUDITOR, null for others.")
    async def access_log(
        self,
        info: Info,
        *,
        paging: Paging,
        kind: AccessKindWanted = None,
        actor_id: AccessActor = None,
    ) -> Connection[AccessRecord] | None:
        """Answer a page."""
        request = asked(paging, orders=())
        return await access_log(info.context, kind, actor_id, request)
