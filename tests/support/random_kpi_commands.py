"""Random commands about KPIs, their readings and links, on time and late."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from events.command import Command
from events.facts import Facts
from events.identifier import Noun
from events.kpi import ArchiveKpi, CreateKpi, RestoreKpi, UpdateKpi
from events.kpi_calendar import Frequency
from events.kpi_link import LinkKpi, UnlinkKpi
from events.kpi_measure import Bands, Direction
from events.kpi_reading import CorrectKpiReading, RecordKpiReading, RetractKpiReading
from events.kpi_recovery import StartKpiRecovery
from events.metric import Unit
from tests.support.random_identifiers import fresh, one_of

VALUES = st.integers(min_value=0, max_value=100).map(Decimal)
BANDS = st.sampled_from(
    [
        Bands(critical_below=Decimal(40), warning_below=Decimal(60)),
        Bands(critical_below=Decimal(80), warning_below=Decimal(95)),
        Bands(warning_above=Decimal(20), critical_above=Decimal(50)),
    ]
)
TITLES = st.sampled_from(["Renewal rate", "Response time", "改善関係"])


def kpi_commands(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands about KPIs, most of them on what there is."""
    kpi, reading = one_of(facts.kpis, Noun.KPI), one_of(facts.reading_owners, Noun.KPI_READING)
    created = st.builds(
        CreateKpi,
        kpi_id=st.just(fresh(Noun.KPI, facts, "kpi")),
        title=TITLES,
        direction=st.just(Direction.HIGHER_IS_BETTER),
        unit=st.just(Unit.PERCENT),
        bands=BANDS,
        frequency=st.sampled_from([Frequency.DAILY, Frequency.WEEKLY]),
        team_id=st.none() | one_of(facts.teams, Noun.TEAM),
        owner_id=st.none() | one_of(facts.people, Noun.PERSON),
    )
    if not facts.kpis:
        return created
    # Before the beginnings of the two kinds of histories that such commands are tried on.
    beginnings = st.sampled_from([datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)])
    days = st.builds(lambda begin, ago: begin - timedelta(days=ago), beginnings, st.integers(min_value=0, max_value=20))
    recorded = st.builds(
        RecordKpiReading,
        reading_id=st.just(fresh(Noun.KPI_READING, facts, "reading")),
        kpi_id=kpi,
        value=VALUES,
        effective_at=st.none() | days,
    )
    linked = one_of([*facts.key_results, *facts.objectives], Noun.OBJECTIVE)
    fitting = one_of([each for each, known in facts.key_results.items() if known.metric.unit is Unit.PERCENT], Noun.KEY_RESULT)
    sourced = st.builds(LinkKpi, kpi_id=kpi, linked_id=fitting, takes_values=st.just(value=True))
    objective_id = fresh(Noun.OBJECTIVE, facts, "recovery")
    return st.one_of(
        recorded,
        recorded,
        recorded,
        sourced,
        sourced,
        st.builds(LinkKpi, kpi_id=kpi, linked_id=linked, takes_values=st.booleans()),
        st.builds(CorrectKpiReading, reading_id=reading, value=VALUES),
        st.builds(CorrectKpiReading, reading_id=reading, effective_at=days),
        st.builds(RetractKpiReading, reading_id=reading),
        st.builds(UnlinkKpi, kpi_id=kpi, linked_id=linked),
        st.builds(UpdateKpi, kpi_id=kpi, title=TITLES, bands=BANDS),
        st.builds(UpdateKpi, kpi_id=kpi, unit=st.just(Unit.NUMBER), frequency=st.sampled_from(Frequency)),
        st.builds(ArchiveKpi, kpi_id=kpi) if len(facts.kpis) > 1 else recorded,
        st.builds(RestoreKpi, kpi_id=kpi),
        st.builds(StartKpiRecovery, kpi_id=kpi, objective_id=st.just(objective_id), cycle_id=one_of(facts.cycles, Noun.CYCLE)),
        created,
    )
