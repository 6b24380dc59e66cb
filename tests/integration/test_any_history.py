"""Whatever happens in an organization, every past position reads as it read when it was the newest."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.act import Accepted
from events.connection import Connection
from events.envelope import Origin
from events.facts import Facts
from events.folding import apply
from events.identifier import Noun, new_identifier
from events.kpi import CreateKpi
from events.kpi_calendar import Frequency
from events.kpi_link import LinkKpi
from events.kpi_measure import Bands, Direction
from events.metric import Unit
from projections.fold import TABLES
from projections.lens import CURRENT
from projections.rebuild import rebuild
from service.ledger import Ledger
from tests.support.acting import Office, owner, running_ledger
from tests.support.random_commands import REASONS, commands

ADDED_ONLY = {"objective_ending", "check_in_revision", "event_subject", "event_thing"}
VERSIONED = [table for table in TABLES if table not in ADDED_ONLY]

State = dict[str, list[Any]]


async def state_at(connection: Connection, organization_id: UUID, position: int) -> State:
    """All rows that are valid at a position, without their validity."""
    state: State = {}
    for table in VERSIONED:
        rows = await connection.fetch(
            f"select to_jsonb(r) - 'from_position' - 'to_position' as row from projection_1.{table} r"
            " where organization_id = $1 and from_position <= $2 and to_position > $2 order by id",
            organization_id,
            position,
        )
        state[table] = [row["row"] for row in rows]
    return state


class Recorder:
    """An organization whose state is noted after every act."""

    def __init__(self, office: Office, connection: Connection) -> None:
        self.office = office
        self.connection = connection
        self.facts = Facts(office.organization_id)
        self.states: dict[int, State] = {}

    async def catch_up(self, ledger_facts: Facts) -> None:
        """Take over what the office was opened with."""
        self.facts = ledger_facts.fork()
        self.states[self.facts.position] = await self.now()

    async def now(self) -> State:
        """The state at the head, by the rows that are current."""
        return await state_at(self.connection, self.office.organization_id, CURRENT - 1)

    async def act(self, data: st.DataObject) -> None:
        """One act of one to three commands, accepted or refused."""
        count = data.draw(st.sampled_from([1, 1, 1, 2, 3]))
        fork = [data.draw(commands(self.facts)) for _ in range(count)]
        outcome = await self.office.do(*fork, reason=data.draw(REASONS), origin=Origin.SYSTEM)
        if not isinstance(outcome, Accepted) or outcome.last_position is None or outcome.first_position is None:
            return
        before = self.states[self.facts.position]
        for event, recorded in outcome.events:
            apply(self.facts, event, recorded.occurrence)
        self.facts.position = outcome.last_position
        for position in range(outcome.first_position, outcome.last_position):
            self.states[position] = before
        self.states[outcome.last_position] = await self.now()


def facts_of(ledger: Ledger, organization_id: UUID) -> Facts:
    return ledger._writers[organization_id]._transaction._folded.facts


async def measured(office: Office) -> None:
    """Begin a KPI that the office's key result takes its values from: chance alone rarely comes so far."""
    kpi_id = new_identifier(Noun.KPI)
    await office.accepted(
        CreateKpi(
            kpi_id=kpi_id,
            title="Replies within an hour",
            direction=Direction.HIGHER_IS_BETTER,
            unit=Unit.PERCENT,
            bands=Bands(critical_below=Decimal(40), warning_below=Decimal(60)),
            frequency=Frequency.DAILY,
        ),
        LinkKpi(kpi_id=kpi_id, linked_id=office.key_result_id, takes_values=True),
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_every_position_reads_as_it_did_when_it_was_the_newest(database_url: str, data: st.DataObject) -> None:
    async with running_ledger(database_url) as ledger, owner(database_url) as connection:
        office = await Office.opened(ledger)
        await measured(office)
        recorder = Recorder(office, connection)
        await recorder.catch_up(facts_of(ledger, office.organization_id))
        for _ in range(data.draw(st.integers(min_value=5, max_value=30))):
            await recorder.act(data)
        for position, state in recorder.states.items():
            assert await state_at(connection, office.organization_id, position) == state, position
        rebuilt = await rebuild(connection, lambda _: None, organization_ids=[office.organization_id])
        (organization,) = rebuilt.organizations
        assert (organization.differences, organization.is_switched) == ((), True)
