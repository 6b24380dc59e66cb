"""A small company written through the ledger, and readers of it: for tests of the read models.

Identifiers are plain words. Time is the company's own: every act happens a minute after the one before,
unless `at` is moved on.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from events.act import Accepted, Act
from events.check_in import CheckInStatus, RecordCheckIn
from events.command import Command
from events.connection import Connection
from events.cycle import CreateCycle
from events.envelope import Origin, Reason, ReasonCode
from events.identifier import SYSTEM_ACTOR, Noun, format_identifier
from events.key_result import AddKeyResult
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective
from events.organization import CreateOrganization
from events.person import InvitePerson, Role
from events.team import AddTeamMember, CreateTeam
from projections import moments, people
from projections.fold import fold
from projections.kept_rows import KeptRows
from projections.lens import Lens
from projections.moments import Head
from projections.reader import Grants, Reader
from projections.row_versions import merge
from schema.context import Context, Outside
from schema.view import ReadLimits
from service.database import Database
from service.decision import Projections
from service.ledger import Ledger
from service.person_keys import new_key, open_sealed, seal

KICK_OFF = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)
BECAUSE = Reason(code=ReasonCode.NEW_INFORMATION)
EVERYTHING = Grants(person_id="somebody", sees_everything=True)
REPLY_RATE = Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, start=Decimal(0), target=Decimal(10))


class Company:
    """People ada (ADMIN), max (MEMBER), eva (MEMBER, in team sales) and aud (AUDITOR); team sales; cycle q3."""

    def __init__(self, database: Database, ledger: Ledger, organization_id: UUID) -> None:
        self.database = database
        self.ledger = ledger
        self.organization_id = organization_id
        self.at = KICK_OFF
        self.statements: list[tuple[str, tuple[Any, ...]]] = []

    async def do(self, *commands: Command, by: str = "ada", reason: Reason | None = BECAUSE, **more: Any) -> Accepted:
        """Carry out one act; a refusal fails the test."""
        self.at += timedelta(minutes=1)
        act = Act(
            organization_id=self.organization_id,
            actor_id=by,
            commands=commands,
            origin=Origin.IMPORT,
            request_id="test",
            reason=reason,
            recorded_at=self.at,
            **more,
        )
        outcome = await self.ledger.dispatch(act)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    async def invite(self, person_id: str, name: str, role: Role = Role.MEMBER) -> None:
        """Invite somebody by name."""
        key = new_key()
        sealed = seal(key, name, f"{person_id}@example.com")
        command = InvitePerson(person_id=person_id, sealed=sealed, role=role)
        await self.do(command, by=SYSTEM_ACTOR, person_keys={person_id: key})

    async def objective(self, objective_id: str, key_results: Sequence[str] = (), by: str = "ada", **more: Any) -> Accepted:
        """Write down an objective with key results from 0 to 10 percent, and activate it, in one act."""
        is_draft = more.pop("is_draft", False)
        fields = {"cycle_id": "q3", "title": objective_id.capitalize(), **more}
        commands: list[Command] = [CreateObjective(objective_id=objective_id, **fields)]
        commands.extend(added(key_result_id, objective_id) for key_result_id in key_results)
        if not is_draft:
            commands.append(ActivateObjective(objective_id=objective_id))
        return await self.do(*commands, by=by)

    async def check_in(self, check_in_id: str, key_result_id: str, value: int | None, **more: Any) -> Accepted:
        """Check in a value, on track unless told otherwise."""
        fields = {"status": CheckInStatus.ON_TRACK, "value": None if value is None else Decimal(value), **more}
        return await self.do(RecordCheckIn(check_in_id=check_in_id, key_result_id=key_result_id, **fields))

    async def head(self) -> Head:
        """Answer the head as it is."""
        async with self.database.connection(self.organization_id) as connection:
            found = await moments.head(connection, self.organization_id)
        assert found is not None
        return found

    async def reader(self, person_id: str = "ada") -> Reader:
        """Answer a reader pinned to the head as it is; every statement that it runs is noted."""
        pinned = await self.head()
        async with self.database.connection(self.organization_id) as connection:
            access = await people.access(connection, self.organization_id, pinned, person_id)
        assert access is not None, person_id
        return _Noting(
            organization_id=self.organization_id,
            generation=pinned.generation,
            head_position=pinned.position,
            grants=access.grants,
            acquire=lambda: self.database.connection(self.organization_id),
            open_name=lambda sealed, key: open_sealed(key, sealed),
            statements=self.statements,
        )

    async def context(self, person_id: str = "ada") -> Context:
        """Answer a request of somebody's at the company's own time, which only reads."""
        return reading_context(await self.reader(person_id), await self.head(), self.at)

    async def now(self) -> Lens:
        """Answer the lens of the present, at the company's own time."""
        return moments.lens_now(await self.head(), self.at)


@dataclass(frozen=True, kw_only=True)
class _Noting(Reader):
    """A reader that notes its statements, for tests of how many there are."""

    statements: list[tuple[str, tuple[Any, ...]]]

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        self.statements.append((statement, arguments))
        return await super().fetch(statement, *arguments)


def reader_of(
    database: Database, organization_id: UUID, position: int, grants: Grants = EVERYTHING, kept: KeptRows | None = None
) -> Reader:
    """Answer a reader of an organization's first generation, pinned to a position; it opens no names."""
    return Reader(
        organization_id=organization_id,
        generation=1,
        head_position=position,
        grants=grants,
        acquire=lambda: database.connection(organization_id),
        open_name=lambda *_: None,
        kept=KeptRows() if kept is None else kept,
    )


ROWS_TAKEN = """
select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint from pg_stat_xact_all_tables
where schemaname = 'projection_1'
"""
"""Answers how many rows of read models the transaction has taken so far."""


def reader_on(connection: Connection, organization_id: UUID, position: int, grants: Grants) -> Reader:
    """Answer such a reader that has one connection, so that what it takes can be counted."""
    return Reader(
        organization_id=organization_id,
        generation=1,
        head_position=position,
        grants=grants,
        acquire=lambda: nullcontext(connection),
        open_name=lambda *_: None,
    )


def reading_context(reader: Reader, head: Head, now: datetime) -> Context:
    """Answer a request that only reads."""

    def closed(*_: object, **__: object) -> Any:
        raise AssertionError("nothing is written here")

    return Context(
        reader=reader,
        head=head,
        now=now,
        read_at=now,
        limits=ReadLimits(),
        role=Role.MEMBER,
        dispatch=closed,
        seal=closed,
        doors=Outside(
            invite=closed,
            organizations=closed,
            tokens=closed,  # type: ignore[arg-type] - as below
            calendar_links=closed,  # type: ignore[arg-type] - as below
            access_records=closed,  # type: ignore[arg-type] - as below
            tables=closed,  # type: ignore[arg-type] - as below
            exports=closed,  # type: ignore[arg-type] - nothing asks it for anything
        ),
        origin=Origin.API,
        request_id="test",
    )


def added(key_result_id: str, objective_id: str, **more: Any) -> AddKeyResult:
    """Answer the command that adds a key result from 0 to 10 percent."""
    fields = {"title": key_result_id.capitalize(), "metric": REPLY_RATE, **more}
    return AddKeyResult(key_result_id=key_result_id, objective_id=objective_id, **fields)


@asynccontextmanager
async def company_in(database_url: str, people_: Iterable[tuple[str, str, Role]] = ()) -> AsyncIterator[Company]:
    """Answer a company in an empty migrated database."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(database_url))
        ledger = Ledger(database, Projections(fold=fold, merge=merge))
        stack.push_async_callback(ledger.drain)
        organization_id = uuid4()
        await ledger.begin_organization(organization_id)
        company = Company(database, ledger, organization_id)
        identifier = format_identifier(Noun.ORGANIZATION, organization_id)
        await company.do(
            CreateOrganization(organization_id=identifier, name="Company", time_zone="Europe/Prague"), by=SYSTEM_ACTOR
        )
        staff = (("ada", "Ada", Role.ADMIN), ("max", "Max", Role.MEMBER), ("eva", "Eva", Role.MEMBER))
        for person_id, name, role in (*staff, ("aud", "Aud", Role.AUDITOR), *people_):
            await company.invite(person_id, name, role)
        await company.do(CreateTeam(team_id="sales", name="Sales", lead_id=None))
        await company.do(AddTeamMember(team_id="sales", person_id="eva"))
        await company.do(CreateCycle(cycle_id="q3", name="Q3 2024", starts_on=date(2024, 7, 1), ends_on=date(2024, 9, 30)))
        yield company
