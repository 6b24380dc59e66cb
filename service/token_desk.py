"""Making, ending and listing tokens for whoever holds one: never for more than the token that asks."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from events.identifier import Noun, format_identifier, uuid_of
from events.limits import DEFAULT_LIMITS, check_content
from events.rejection import RejectionCode, refuse, refuse_limit
from events.right import Right, Scopes
from schema.token_door import MadeToken, TokenRequest, TokenRow
from service import tokens
from service.database import Database
from service.tokens import Bearer, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLimits:
    """How long tokens hold that are made through the API, and how many of one actor hold at a time."""

    usual_days: int = 90
    longest_days: int = 365
    per_actor: int = 100


class TokenDesk:
    """The tokens that one request may make, end and see."""

    def __init__(self, database: Database, bearer: Bearer, limits: TokenLimits) -> None:
        self._database = database
        self._bearer = bearer
        self._limits = limits

    async def create(self, request: TokenRequest) -> MadeToken | None:
        """Make a token; None for a dry run.

        Raises:
            Rejected: FORBIDDEN for more than the token of this request may do itself, INVALID for an end that is over,
                LIMIT_EXCEEDED for too many, or one that would hold too long.
        """
        check_content(request, DEFAULT_LIMITS)
        scopes, expires_at = self._scopes(request.scopes), self._end(request.expires_at)
        organization_id = self._bearer.organization_id
        async with self._database.connection(organization_id) as connection:
            held = await tokens.count_held(connection, organization_id, request.actor_id)
            if held >= self._limits.per_actor:
                raise refuse_limit("tokens that hold", self._limits.per_actor, held + 1)
            if request.is_dry_run:
                return None
            made = await tokens.create_token(
                connection,
                organization_id,
                request.actor_id,
                request.name,
                expires_at,
                scopes=scopes,
                created_by=self._bearer.actor_id,
            )
        return MadeToken(token=_row(made.token), secret=made.secret)

    def _scopes(self, wanted: Scopes) -> Scopes:
        own = self._bearer.scopes
        if wanted is None or own is None:
            return own if wanted is None else wanted
        if not wanted <= own:
            beyond = ", ".join(sorted(wanted - own))
            raise refuse(RejectionCode.FORBIDDEN, f"the token that asks is not for {beyond} itself", "scopes")
        return wanted

    def _end(self, wanted: datetime | None) -> datetime:
        now, last = datetime.now(UTC), self._bearer.expires_at
        if wanted is None:
            usual = now + timedelta(days=self._limits.usual_days)
            return usual if last is None else min(usual, last)
        if wanted <= now:
            raise refuse(RejectionCode.INVALID, "lies in the past", "expiresAt")
        longest = self._limits.longest_days
        if wanted - now > timedelta(days=longest):
            raise refuse_limit("days", longest, (wanted - now).days + 1, "expiresAt")
        if last is not None and wanted > last:
            raise refuse(RejectionCode.FORBIDDEN, f"the token that asks ends {last.isoformat()} itself", "expiresAt")
        return wanted

    async def revoke(self, token_id: str, *, with_programs: bool, is_dry_run: bool) -> TokenRow | None:
        """End a token at once and answer it, None for one that is not this request's to end.

        It may end those of its own actor, and `with_programs` those of programs.
        """
        organization_id, wanted = self._bearer.organization_id, uuid_of(token_id)
        async with self._database.connection(organization_id) as connection:
            known = await tokens.find_token(connection, organization_id, wanted)
            if known is None or not self._may_end(known, with_programs=with_programs):
                return None
            if not is_dry_run:
                known = await tokens.revoke_token(connection, organization_id, wanted, self._bearer.actor_id) or known
        return _row(known)

    def _may_end(self, token: Token, *, with_programs: bool) -> bool:
        if with_programs and token.is_of_program:
            return True
        # Whoever has got hold of a token that only reads must not lock its holder out.
        return token.actor_id == self._bearer.actor_id and (self._bearer.scopes is None or self._is_itself(token.token_id))

    def _is_itself(self, token_id: UUID) -> bool:
        return token_id == self._bearer.token_id

    async def of_actor(self, actor_id: str) -> list[TokenRow]:
        """Answer the newest tokens of an actor, ended ones included, the newest first."""
        organization_id = self._bearer.organization_id
        async with self._database.connection(organization_id) as connection:
            return [_row(each) for each in await tokens.list_tokens(connection, organization_id, actor_id)]


def _row(token: Token) -> TokenRow:
    return TokenRow(
        id=format_identifier(Noun.TOKEN, token.token_id),
        actor_id=token.actor_id,
        name=token.name,
        scopes=None if token.scopes is None else tuple(right for right in Right if right in token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        last_used_at=token.last_used_at,
    )
