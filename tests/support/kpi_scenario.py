"""What a scenario does with KPIs: everything that the domain has, the same each time."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from events.cycle import ActivateCycle, CreateCycle
from events.envelope import Reason, ReasonCode
from events.identifier import Noun
from events.key_result import AddKeyResult
from events.kpi import ArchiveKpi, CreateKpi, RestoreKpi, UpdateKpi
from events.kpi_calendar import Frequency
from events.kpi_link import LinkKpi, UnlinkKpi
from events.kpi_measure import Bands, Direction
from events.kpi_reading import CorrectKpiReading, RecordKpiReading, RetractKpiReading
from events.kpi_recovery import StartKpiRecovery
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective
from tests.support.chronicle import Chronicle

BECAUSE = Reason(code=ReasonCode.NEW_INFORMATION, text="the market has moved")


def measure(chronicle: Chronicle, new: Callable[[Noun], str], actor_id: str) -> None:
    """Begin two KPIs of the first team and read them: one recovers in a cycle of its own, the other is archived."""
    owner_id = min(each.person_id for each in chronicle.facts.people.values() if each.is_active)
    team_id = min(chronicle.facts.teams)
    renewals, revenue = new(Noun.KPI), new(Noun.KPI)
    cycle_id, objective_id, key_result_id = new(Noun.CYCLE), new(Noun.OBJECTIVE), new(Noun.KEY_RESULT)
    first, second, third = (new(Noun.KPI_READING) for _ in range(3))
    bounds = [Decimal(each) for each in (10, 20, 80, 90)]

    def do(*commands: object) -> None:
        assert chronicle.do(*commands, actor_id=actor_id, reason=BECAUSE) is not None  # type: ignore[arg-type]

    do(
        CreateKpi(
            kpi_id=renewals,
            title="Renewal rate",
            description="Of all contracts",
            direction=Direction.HIGHER_IS_BETTER,
            unit=Unit.NUMBER,
            bands=Bands(critical_below=Decimal(80), warning_below=Decimal(90)),
            frequency=Frequency.WEEKLY,
            team_id=team_id,
            owner_id=owner_id,
        ),
        CreateKpi(
            kpi_id=revenue,
            title="Revenue per visit",
            direction=Direction.WITHIN,
            unit=Unit.CURRENCY,
            unit_label="per visit",
            currency="EUR",
            bands=Bands(critical_below=bounds[0], warning_below=bounds[1], warning_above=bounds[2], critical_above=bounds[3]),
            frequency=Frequency.DAILY,
        ),
    )
    do(UpdateKpi(kpi_id=renewals, title="Renewals", unit=Unit.PERCENT, frequency=Frequency.DAILY, description=None))
    do(
        CreateCycle(cycle_id=cycle_id, name="Measured", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)),
        CreateObjective(objective_id=objective_id, cycle_id=cycle_id, title="Keep customers", owner_id=owner_id),
        AddKeyResult(
            key_result_id=key_result_id,
            objective_id=objective_id,
            title="Renewals",
            metric=Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, start=Decimal(50), target=Decimal(95)),
        ),
        ActivateObjective(objective_id=objective_id),
        ActivateCycle(cycle_id=cycle_id),
    )
    do(
        LinkKpi(kpi_id=renewals, linked_id=key_result_id, takes_values=True),
        LinkKpi(kpi_id=renewals, linked_id=objective_id),
        LinkKpi(kpi_id=revenue, linked_id=objective_id),
    )
    yesterday = chronicle.at - timedelta(days=1)
    do(RecordKpiReading(reading_id=first, kpi_id=renewals, value=Decimal(70), effective_at=yesterday, comment="Counted late"))
    do(RecordKpiReading(reading_id=second, kpi_id=renewals, value=Decimal("72.5")))
    do(RecordKpiReading(reading_id=third, kpi_id=renewals, value=Decimal(99)))
    do(CorrectKpiReading(reading_id=second, value=Decimal(75)), RetractKpiReading(reading_id=third))
    do(StartKpiRecovery(kpi_id=renewals, objective_id=new(Noun.OBJECTIVE), cycle_id=cycle_id))
    do(UpdateKpi(kpi_id=renewals, bands=Bands(critical_below=Decimal(70), warning_below=Decimal(74))))
    do(RecordKpiReading(reading_id=new(Noun.KPI_READING), kpi_id=revenue, value=Decimal(50)))
    do(UpdateKpi(kpi_id=revenue, team_id=team_id, owner_id=owner_id))
    do(UnlinkKpi(kpi_id=revenue, linked_id=objective_id), ArchiveKpi(kpi_id=revenue))
    do(RestoreKpi(kpi_id=revenue))
    do(ArchiveKpi(kpi_id=revenue))
