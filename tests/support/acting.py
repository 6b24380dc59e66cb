"""A ledger on a real database, and an organization to act in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from events.act import Accepted, Act, Outcome, Refused
from events.check_in import CheckInStatus, RecordCheckIn
from events.command import Command
from events.cycle import ActivateCycle, CreateCycle
from events.envelope import Origin
from events.identifier import Noun, format_identifier, new_identifier, new_uuid
from events.key_result import AddKeyResult
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective
from events.organization import CreateOrganization
from events.person import InvitePerson, Role
from events.rejection import RejectionCode
from events.verify_database import verify_log
from projections.fold import fold
from projections.generation import ensure_generation
from projections.row_versions import merge
from service.batch import LedgerLimits
from service.database import Database, DatabaseLimits
from service.decision import Projections
from service.ledger import Ledger

PROJECTIONS = Projections(fold=fold, merge=merge)


@asynccontextmanager
async def owner(database_url: str) -> AsyncIterator[Any]:
    """A connection with the rights of the owner."""
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def running_ledger(
    database_url: str,
    *,
    limits: LedgerLimits | None = None,
    database_limits: DatabaseLimits | None = None,
    projections: Projections = PROJECTIONS,
) -> AsyncIterator[Ledger]:
    """A ledger as a process has it; at the end it is drained."""
    async with owner(database_url) as connection:
        await ensure_generation(connection)
    async with Database(database_url, database_limits) as database:
        ledger = Ledger(database, projections, limits)
        try:
            yield ledger
        finally:
            await ledger.drain()


@dataclass(slots=True)
class Office:
    """An organization with its ADMIN `ada`, an active cycle, and an objective with one key result from 0 to 100."""

    ledger: Ledger
    organization_id: UUID = field(default_factory=new_uuid)
    ada: str = field(default_factory=lambda: new_identifier(Noun.PERSON))
    cycle_id: str = field(default_factory=lambda: new_identifier(Noun.CYCLE))
    key_result_id: str = ""

    @classmethod
    async def opened(cls, ledger: Ledger) -> "Office":
        """Begin an organization."""
        office = cls(ledger)
        await ledger.begin_organization(office.organization_id)
        name = format_identifier(Noun.ORGANIZATION, office.organization_id)
        await office.accepted(
            CreateOrganization(organization_id=name, name="Office"),
            InvitePerson(person_id=office.ada, sealed="sealed", role=Role.ADMIN),
            actor_id="system",
            origin=Origin.SYSTEM,
            person_keys={office.ada: bytes(32)},
        )
        await office.accepted(
            CreateCycle(cycle_id=office.cycle_id, name="2026", starts_on=date(2020, 1, 1), ends_on=date(2099, 12, 31)),
            ActivateCycle(cycle_id=office.cycle_id),
        )
        office.key_result_id = await office.key_result()
        return office

    def at(self, ledger: Ledger) -> "Office":
        """The same organization, seen through another process."""
        return Office(
            ledger=ledger,
            organization_id=self.organization_id,
            ada=self.ada,
            cycle_id=self.cycle_id,
            key_result_id=self.key_result_id,
        )

    def act(self, *commands: Command, **fields: Any) -> Act:
        """An act of ada's."""
        defaults: dict[str, Any] = {"actor_id": self.ada, "origin": Origin.API, "request_id": "test"}
        return Act(organization_id=self.organization_id, commands=commands, **{**defaults, **fields})

    async def do(self, *commands: Command, **fields: Any) -> Outcome:
        """Dispatch an act of ada's."""
        return await self.ledger.dispatch(self.act(*commands, **fields))

    async def accepted(self, *commands: Command, **fields: Any) -> Accepted:
        """Dispatch an act that must be accepted."""
        outcome = await self.do(*commands, **fields)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    async def key_result(self) -> str:
        """Begin an active objective with one key result from 0 to 100 and answer the key result's id."""
        objective_id, key_result_id = new_identifier(Noun.OBJECTIVE), new_identifier(Noun.KEY_RESULT)
        await self.accepted(
            CreateObjective(objective_id=objective_id, cycle_id=self.cycle_id, title="Answer faster", owner_id=self.ada),
            AddKeyResult(
                key_result_id=key_result_id,
                objective_id=objective_id,
                title="Replies within an hour",
                metric=Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, start=Decimal(0), target=Decimal(100)),
            ),
            ActivateObjective(objective_id=objective_id),
        )
        return key_result_id

    def check_in(self, value: int = 1, **fields: Any) -> RecordCheckIn:
        """A check-in on the key result."""
        defaults: dict[str, Any] = {
            "check_in_id": new_identifier(Noun.CHECK_IN),
            "key_result_id": self.key_result_id,
            "value": Decimal(value),
            "confidence": 0.5,
            "status": CheckInStatus.ON_TRACK,
        }
        return RecordCheckIn(**{**defaults, **fields})


def codes(outcome: object) -> list[RejectionCode]:
    """Answer why an act was refused."""
    assert isinstance(outcome, Refused), outcome
    return [rejection.code for rejection in outcome.rejections]


async def positions(database_url: str, office: Office) -> list[int]:
    """Answer the positions of the events in the log, which must verify."""
    async with owner(database_url) as connection:
        rows = await connection.fetch(
            "select position from okr_ledger.event where organization_id = $1 order by position", office.organization_id
        )
        report = await verify_log(connection, office.organization_id)
    assert report is not None
    assert report.is_valid, report.problem
    return [row["position"] for row in rows]


async def locked_head(database_url: str, office: Office) -> Any:
    """Answer a connection that holds the head until it is closed: nobody else may append."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("begin")
    await connection.execute(
        "select from okr_ledger.organization_head where organization_id = $1 for update", office.organization_id
    )
    return connection


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """An instant in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)
