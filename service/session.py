"""Sessions: what one request may see and do, pinned to the head of its organization at the start."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from events.identifier import Noun, format_identifier
from projections import moments, people
from projections.reader import Reader
from schema.context import Context
from schema.view import ReadLimits
from service.authentication import Authenticator, unauthenticated
from service.checkpoint import signed_checkpoint
from service.database import Database
from service.exports import Exports
from service.graphql_http import Caller, Session
from service.ledger import Ledger
from service.person_keys import new_key, open_name, seal
from service.signed_note import SignerKey


class Sessions:
    """Opens sessions: finds the person behind a token and what they may see now, and pins the head."""

    def __init__(
        self,
        *,
        database: Database,
        ledger: Ledger,
        exports: Exports,
        authenticator: Authenticator,
        limits: ReadLimits,
        signer_key: SignerKey | None,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._exports = exports
        self._authenticator = authenticator
        self._limits = limits
        self._sign_checkpoint = None if signer_key is None else partial(signed_checkpoint, key=signer_key)

    async def open(self, caller: Caller) -> Session:
        """Open the session of one request.

        Raises:
            RequestRefusedError: UNAUTHENTICATED, for a token that does not hold or a person without access.
        """
        bearer = await self._authenticator.bearer(caller.secret)
        async with self._database.connection(bearer.organization_id) as connection:
            head = await moments.head(connection, bearer.organization_id)
            access = None
            if head is not None:
                access = await people.access(connection, bearer.organization_id, head, bearer.actor_id)
        if head is None or access is None:
            raise unauthenticated("the token belongs to nobody with access", is_token_invalid=True)
        reader = Reader(
            organization_id=bearer.organization_id,
            generation=head.generation,
            head_position=head.position,
            grants=access.grants,
            acquire=lambda: self._database.connection(bearer.organization_id),
            open_name=open_name,
        )
        context = Context(
            reader=reader,
            head=head,
            now=datetime.now(UTC),
            limits=self._limits,
            role=access.role,
            dispatch=self._ledger.dispatch,
            seal=_seal,
            exports=self._exports,
            origin=caller.origin,
            request_id=caller.request_id,
            idempotency_key=caller.idempotency_key,
            sign_checkpoint=self._sign_checkpoint,
        )
        return Session(
            organization_id=organization_identifier(bearer.organization_id),
            actor_id=bearer.actor_id,
            context=context,
            extensions=lambda: _extensions(context),
        )


def organization_identifier(organization_id: UUID) -> str:
    """Answer the identifier of an organization as the API shows it."""
    return format_identifier(Noun.ORGANIZATION, organization_id)


def _extensions(context: Context) -> dict[str, Any]:
    return {"position": str(context.head.position), **context.extensions}


def _seal(*, name: str, email: str, key: bytes | None) -> tuple[str, bytes]:
    used = key or new_key()
    return seal(used, name, email), used
