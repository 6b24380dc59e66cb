"""Organizations to write into: one ADMIN, and active objectives of four key results each."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from events.act import Accepted, Act
from events.command import Command
from events.cycle import CreateCycle
from events.envelope import Origin
from events.identifier import Noun, new_identifier, uuid_of
from events.key_result import AddKeyResult
from events.metric import Metric, MetricKind
from events.objective import ActivateObjective, CreateObjective
from service.database import Database
from service.first_organization import create_first_organization
from service.ledger import Ledger

KEY_RESULTS_PER_OBJECTIVE = 4
_METRIC = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An organization, and the token of its ADMIN."""

    organization_id: UUID
    person_id: str
    token: str
    cycle_id: str
    objective_ids: list[str] = field(default_factory=list[str])
    key_result_ids: list[str] = field(default_factory=list[str])


async def open_office(database: Database, ledger: Ledger, key_results: int = KEY_RESULTS_PER_OBJECTIVE) -> Office:
    """Found an organization with so many key results."""
    first = await create_first_organization(
        database, ledger, name="Bench", time_zone="UTC", admin_name="Ada", admin_email="ada@example.com"
    )
    office = Office(
        organization_id=uuid_of(first.organization_id),
        person_id=first.person_id,
        token=first.token,
        cycle_id=new_identifier(Noun.CYCLE),
    )
    year = CreateCycle(cycle_id=office.cycle_id, name="2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    await carry_out(ledger, office, year)
    for _ in range(key_results // KEY_RESULTS_PER_OBJECTIVE):
        await _add_objective(ledger, office)
    return office


async def _add_objective(ledger: Ledger, office: Office) -> None:
    objective_id = new_identifier(Noun.OBJECTIVE)
    added = [
        AddKeyResult(key_result_id=new_identifier(Noun.KEY_RESULT), objective_id=objective_id, title="Replies", metric=_METRIC)
        for _ in range(KEY_RESULTS_PER_OBJECTIVE)
    ]
    create = CreateObjective(objective_id=objective_id, cycle_id=office.cycle_id, title="Answer faster")
    await carry_out(ledger, office, create, *added, ActivateObjective(objective_id=objective_id))
    office.objective_ids.append(objective_id)
    office.key_result_ids.extend(each.key_result_id for each in added)


async def carry_out(ledger: Ledger, office: Office, *commands: Command) -> None:
    """Dispatch an act of the ADMIN.

    Raises:
        TypeError: it was refused.
    """
    act = Act(
        organization_id=office.organization_id,
        actor_id=office.person_id,
        commands=commands,
        origin=Origin.API,
        request_id="bench",
    )
    outcome = await ledger.dispatch(act)
    if not isinstance(outcome, Accepted):
        raise TypeError(outcome)
