"""The way in: whom a token stands for, the head of their organization, and what they may see and do there now."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from projections import moments, people
from projections.moments import Head
from projections.people import Access
from service.authentication import Authenticator, organization_identifier, unauthenticated, whose_token
from service.database import Database
from service.tokens import Bearer, bearer_of, digest_of

_MOST_REMEMBERED = 10_000

# Answers all three in one statement, for who comes with a token of an organization that reads a known generation;
# and what an instant stands for there, if there is one.
_ENTER = """
with bearer as materialized (
    select token_id, organization_id, actor_id, scopes, expires_at from okr_ledger.find_token($1)
)
select bearer.*, head.position, head.hash, head.recorded_at, access.*, ({moment}) as moment
from bearer
join okr_ledger.organization_head head on head.organization_id = bearer.organization_id and head.generation = {generation}
cross join lateral ({access}) access
where bearer.organization_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Who came in, and to what: decided anew by every request.

    `positions` are those that instants stand for, as far as the head, where they were looked up on the way.
    """

    bearer: Bearer
    head: Head
    access: Access
    positions: Mapping[datetime, int] = field(default_factory=dict[datetime, int])


class _Remembered(NamedTuple):
    """What is remembered of a token: `led_team_ids` are the teams that its holder led at a position, with all below."""

    organization_id: UUID
    generation: int
    position: int
    led_team_ids: frozenset[str]


class Entrance:
    """Lets callers in.

    What it remembers of a token is to which organization it belongs, which never changes, and, which is checked, of which
    generation that reads and which teams its holder leads. Whether the token holds, and what its holder may, is asked of the
    database every time, so that revoking works at once.
    """

    def __init__(self, database: Database, authenticator: Authenticator) -> None:
        self._database = database
        self._authenticator = authenticator
        self._known: OrderedDict[bytes, _Remembered] = OrderedDict()

    async def enter(self, secret: str, organization: str | None, instant: datetime | None = None) -> Entered:
        """Let the holder of a secret into the organization that is meant; `instant` is one that they will perhaps read at.

        Raises:
            RequestRefusedError: as `Authenticator.bearer` says, or UNAUTHENTICATED for who has no access.
        """
        digest = digest_of(secret)
        known = self._known.get(digest)
        entered = None
        if known is not None and organization in (None, organization_identifier(known.organization_id)):
            entered = await self._enter_again(digest, known, instant)
        if entered is None:
            self._known.pop(digest, None)
            entered = await self._enter(secret, organization)
        self._remember(digest, entered)
        return entered

    def _remember(self, digest: bytes, entered: Entered) -> None:
        self._known.pop(digest, None)
        if entered.bearer.token_id is not None:
            self._known[digest] = _Remembered(
                entered.bearer.organization_id,
                entered.head.generation,
                entered.head.position,
                entered.access.grants.led_team_ids,
            )
            if len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)

    async def _enter_again(self, digest: bytes, known: _Remembered, instant: datetime | None) -> Entered | None:
        """None when anything is not as it was; the longer way tells what."""
        async with self._database.connection(known.organization_id) as connection:
            row = await connection.fetchrow(
                _statement(known.generation), digest, known.organization_id, instant, known.position
            )
        if row is None:
            return None
        bearer = bearer_of(row)
        return Entered(
            bearer=bearer,
            head=Head(position=row["position"], hash=row["hash"], recorded_at=row["recorded_at"], generation=known.generation),
            access=people.access_of(row, bearer.actor_id, bearer.scopes, known.led_team_ids),
            positions={} if instant is None or row["moment"] is None else {instant: row["moment"]},
        )

    async def _enter(self, secret: str, organization: str | None) -> Entered:
        bearer = await self._authenticator.bearer(secret, organization)
        async with self._database.connection(bearer.organization_id) as connection:
            head = await moments.head(connection, bearer.organization_id)
            access = None
            if head is not None:
                access = await people.access(connection, bearer.organization_id, head, bearer.actor_id, bearer.scopes)
        if head is None or access is None:
            refused = unauthenticated("the token belongs to nobody with access", is_token_invalid=True)
            refused.noted = {"because": "NO_ACCESS", **whose_token(bearer)}
            raise refused
        return Entered(bearer=bearer, head=head, access=access)


@cache
def _statement(generation: int) -> str:
    access = people.access_statement(generation, "bearer.organization_id", "bearer.actor_id", "head.position", "$4")
    moment = moments.time_statement("bearer.organization_id", "$3", "head.position")
    return _ENTER.format(generation=generation, access=access, moment=moment)
