"""Sessions: what one request may see and do, pinned to the head of its organization at the start."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from events.act import Act, Outcome
from events.envelope import Origin
from events.identifier import SYSTEM_ACTOR, Noun, format_identifier
from events.person import Role
from projections import moments, news
from projections.kept_rows import KeptRows
from projections.moments import Head
from projections.reader import Grants, Reader
from schema.context import Context, Outside
from schema.view import ReadLimits
from service import identities
from service.access_records import AccessRecords
from service.authentication import Authenticator, organization_identifier
from service.calendar_links import CalendarLinkDesk
from service.checkpoint import signed_checkpoint
from service.database import Database
from service.entrance import Entrance
from service.exports import Exports
from service.graphql_http import Caller, Session
from service.kept_answers import State
from service.ledger import Ledger
from service.person_keys import new_key, open_name, seal
from service.settings import Settings
from service.signed_note import SignerKey
from service.tables.imports import TableImports
from service.token_desk import TokenDesk, TokenLimits
from service.tokens import Bearer


class Sessions:
    """Opens sessions: finds the person behind a token and what they may see now, and pins the head."""

    def __init__(
        self,
        *,
        database: Database,
        ledger: Ledger,
        exports: Exports,
        tables: TableImports,
        authenticator: Authenticator,
        limits: ReadLimits,
        signer_key: SignerKey | None,
        invitation_holds: timedelta,
        token_limits: TokenLimits,
        calendar_links_held: int,
        clock_seconds: int,
        kept_rows: KeptRows,
    ) -> None:
        self._kept = kept_rows
        self._clock_seconds = clock_seconds
        self._database = database
        self._ledger = ledger
        self._exports = exports
        self._tables = tables
        self._authenticator = authenticator
        self._entrance = Entrance(database, authenticator)
        self._limits = limits
        self._invitation_holds = invitation_holds
        self._token_limits = token_limits
        self._calendar_links_held = calendar_links_held
        self._sign_checkpoint = None if signer_key is None else partial(signed_checkpoint, key=signer_key)

    async def open(self, caller: Caller) -> Session:
        """Open the session of one request.

        Raises:
            RequestRefusedError: UNAUTHENTICATED, for a token that does not hold or whose holder has no access.
        """
        entered = await self._entrance.enter(caller.secret, caller.organization, caller.instant)
        bearer, head, access = entered.bearer, entered.head, entered.access
        now = datetime.now(UTC)
        read_at = ticked(now, self._clock_seconds)
        reader = reader_of(self._database, bearer.organization_id, head, access.grants, self._kept)
        await news.catch_up(reader)
        context = Context(
            reader=reader,
            head=head,
            now=now,
            read_at=read_at,
            limits=self._limits,
            role=access.role,
            dispatch=self._ledger.dispatch,
            seal=_seal,
            doors=Outside(
                exports=self._exports,
                invite=partial(self._invite, bearer),
                tokens=TokenDesk(self._database, bearer, self._token_limits),
                calendar_links=CalendarLinkDesk(self._database, bearer, self._calendar_links_held),
                access_records=AccessRecords(self._database, bearer.organization_id),
                organizations=partial(self._authenticator.organizations, bearer),
                tables=self._tables,
                sign_checkpoint=self._sign_checkpoint,
            ),
            origin=caller.origin,
            request_id=caller.request_id,
            idempotency_key=caller.idempotency_key,
            positions=entered.positions,
        )
        return Session(
            organization_id=organization_identifier(bearer.organization_id),
            actor_id=bearer.actor_id,
            token_id=None if bearer.token_id is None else format_identifier(Noun.TOKEN, bearer.token_id),
            state=State(
                organization_id=bearer.organization_id, generation=head.generation, position=head.position, read_at=read_at
            ),
            viewer=(access.role, access.grants),
            context=context,
            reads_the_log_alone=lambda: context.reads_the_log_alone,
            extensions=lambda: _extensions(context),
            refused=lambda: context.refused,
            close=context.close,
        )

    async def _invite(self, bearer: Bearer, person_id: str) -> tuple[str, datetime]:
        async with self._database.connection(bearer.organization_id) as connection:
            made = await identities.invite(
                connection, bearer.organization_id, person_id, bearer.actor_id, self._invitation_holds
            )
        return made.secret, made.expires_at


async def owner_context(database: Database, organization_id: UUID, limits: ReadLimits) -> Context | None:
    """Answer a context for whoever owns the database: everything is in sight, nothing can be written.

    None when there is no such organization.
    """
    async with database.connection(organization_id) as connection:
        head = await moments.head(connection, organization_id)
    if head is None:
        return None
    grants, now = Grants(person_id=SYSTEM_ACTOR, sees_everything=True), datetime.now(UTC)
    return Context(
        reader=reader_of(database, organization_id, head, grants, KeptRows()),
        head=head,
        now=now,
        read_at=now,
        limits=limits,
        role=Role.AUDITOR,
        dispatch=_write_nothing,
        seal=_seal,
        doors=Outside(
            # Only a mutation would ask it for anything.
            exports=Exports(database),
            invite=_invite_nobody,
            tokens=TokenDesk(database, _owner(organization_id), TokenLimits(per_actor=0)),
            calendar_links=CalendarLinkDesk(database, _owner(organization_id), 0),
            access_records=AccessRecords(database, organization_id),
            organizations=_no_organizations,
            tables=TableImports(),
        ),
        origin=Origin.SYSTEM,
        request_id="",
    )


def ticked(now: datetime, seconds: int) -> datetime:
    """Answer the last tick of a clock that ticks every few seconds of Unix time."""
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def read_limits(settings: Settings) -> ReadLimits:
    """Answer how much one field answers."""
    return ReadLimits(
        page_size=settings.page_size_max,
        nodes=settings.nodes_max,
        compared_objectives=settings.compared_objectives,
        search_characters=settings.search_characters,
        search_terms=settings.search_terms,
        findings=settings.findings_max,
        view_rows=settings.view_rows,
        heat_map_weeks=settings.heat_map_weeks,
        summary_sentences=settings.summary_sentences,
    )


def reader_of(database: Database, organization_id: UUID, head: Head, grants: Grants, kept: KeptRows) -> Reader:
    """Answer a reader of an organization at a head, for who has these grants, with the rows that the process has kept."""
    return Reader(
        organization_id=organization_id,
        generation=head.generation,
        head_position=head.position,
        grants=grants,
        acquire=lambda: database.connection(organization_id),
        open_name=open_name,
        kept=kept,
    )


async def _write_nothing(act: Act) -> Outcome:
    raise PermissionError(f"an act of {len(act.commands)} commands came to a reader")


def _owner(organization_id: UUID) -> Bearer:
    return Bearer(token_id=None, organization_id=organization_id, actor_id=SYSTEM_ACTOR, scopes=frozenset())


async def _no_organizations() -> list[tuple[str, str]]:
    return []


async def _invite_nobody(person_id: str) -> tuple[str, datetime]:
    raise PermissionError(f"an invitation of {person_id} came to a reader")


def _extensions(context: Context) -> dict[str, Any]:
    return {"position": str(context.head.position), **context.extensions}


def _seal(*, name: str, email: str, key: bytes | None) -> tuple[str, bytes]:
    used = key or new_key()
    return seal(used, name, email), used
