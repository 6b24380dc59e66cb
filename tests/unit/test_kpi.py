"""KPIs: bands, periods, health, readings, what takes its values from them, and when they propose a recovery."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.calendar import day_of
from events.carry_over import CarryOverObjective
from events.check_in import CheckedIn, CheckInCorrected, CheckInRetracted, CheckInStatus, CorrectCheckIn, RetractCheckIn
from events.cycle import CloseCycle, ReviewCycle
from events.identifier import Noun, derive_identifier
from events.key_result import DropKeyResult, KeyResultAdded
from events.kpi import (
    ArchiveKpi,
    CreateKpi,
    KpiBandsChanged,
    KpiMeasureDefined,
    RestoreKpi,
    UpdateKpi,
    bands_at,
)
from events.kpi_calendar import Frequency, PeriodCalendar, health_shown
from events.kpi_link import KeyResultKpiLinked, LinkKpi, UnlinkKpi
from events.kpi_measure import Bands, Direction, KpiHealth, band_of, check_bands, healthy_bound
from events.kpi_reading import CorrectKpiReading, RecordKpiReading, RetractKpiReading
from events.kpi_recovery import StartKpiRecovery
from events.limits import Limits
from events.metric import Metric, MetricKind, Unit
from events.objective import CreateObjective, ObjectiveCreated
from events.rejection import Rejected, RejectionCode
from events.review import CloseObjective, ReviewDecision
from tests.support.given import BECAUSE, KICK_OFF, Company, running_quarter

RISING = Bands(critical_below=Decimal(80), warning_below=Decimal(90))
FALLING = Bands(warning_above=Decimal(5), critical_above=Decimal(10))
INSIDE = Bands(critical_below=Decimal(0), warning_below=Decimal(10), warning_above=Decimal(20), critical_above=Decimal(30))
PRAGUE = PeriodCalendar(zone="Europe/Prague", first_day_of_week=1, fiscal_year_start_month=1, grace_days=3)
OWNER = "organization_01kay8r1w0e0q9x5c8d1f2g3h4"


def reading_id(name: str) -> str:
    return derive_identifier(Noun.KPI_READING, OWNER, name)


def measured(**fields: Any) -> Company:
    """A running quarter with the KPI `renewals` of team `sales`, a percentage that shall not fall below 90."""
    company = running_quarter()
    company.do(
        CreateKpi(
            **{
                "kpi_id": "renewals",
                "title": "Renewal rate",
                "direction": Direction.HIGHER_IS_BETTER,
                "unit": Unit.PERCENT,
                "bands": RISING,
                "frequency": Frequency.WEEKLY,
                "team_id": "sales",
                "owner_id": "max",
            }
            | fields
        )
    )
    return company


def read(company: Company, name: str, value: str, at: datetime | None = None) -> list[Any]:
    command = RecordKpiReading(reading_id=reading_id(name), kpi_id="renewals", value=Decimal(value), effective_at=at)
    return list(company.do(command))


def sourced() -> Company:
    """The key result `replies` (5 to 10 PERCENT) takes its values from the KPI."""
    company = measured()
    company.do(LinkKpi(kpi_id="renewals", linked_id="replies", takes_values=True))
    return company


# --- bands


@pytest.mark.parametrize(
    ("bands", "value", "band"),
    [
        (RISING, "90", KpiHealth.HEALTHY),
        (RISING, "89.999", KpiHealth.WARNING),
        (RISING, "80", KpiHealth.WARNING),
        (RISING, "79.9", KpiHealth.CRITICAL),
        (FALLING, "5", KpiHealth.HEALTHY),
        (FALLING, "5.01", KpiHealth.WARNING),
        (FALLING, "10.5", KpiHealth.CRITICAL),
        (FALLING, "-3", KpiHealth.HEALTHY),
        (INSIDE, "10", KpiHealth.HEALTHY),
        (INSIDE, "20", KpiHealth.HEALTHY),
        (INSIDE, "9", KpiHealth.WARNING),
        (INSIDE, "21", KpiHealth.WARNING),
        (INSIDE, "-1", KpiHealth.CRITICAL),
        (INSIDE, "31", KpiHealth.CRITICAL),
    ],
)
def test_a_bound_belongs_to_the_better_band(bands: Bands, value: str, band: KpiHealth) -> None:
    assert band_of(bands, Decimal(value)) is band
    target = healthy_bound(bands, Decimal(value))
    assert (target is None) is (band is KpiHealth.HEALTHY)
    assert target is None or band_of(bands, target) is KpiHealth.HEALTHY


@pytest.mark.parametrize(
    ("bands", "direction", "code", "field"),
    [
        (FALLING, Direction.HIGHER_IS_BETTER, RejectionCode.REQUIRED, "criticalBelow"),
        (RISING, Direction.LOWER_IS_BETTER, RejectionCode.INVALID, "criticalBelow"),
        (RISING, Direction.WITHIN, RejectionCode.REQUIRED, "warningAbove"),
        (
            Bands(critical_below=Decimal(90), warning_below=Decimal(80)),
            Direction.HIGHER_IS_BETTER,
            RejectionCode.WRONG_DIRECTION,
            "warningBelow",
        ),
        (
            Bands(warning_above=Decimal(5), critical_above=Decimal(5)),
            Direction.LOWER_IS_BETTER,
            RejectionCode.WRONG_DIRECTION,
            "criticalAbove",
        ),
    ],
)
def test_bands_must_fit_the_direction(bands: Bands, direction: Direction, code: RejectionCode, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        check_bands(bands, direction)
    assert (refused.value.rejections[0].code, refused.value.rejections[0].path) == (code, ("bands", field))


def test_bands_of_a_kpi_that_is_read_change_with_a_reason_and_leave_the_past() -> None:
    company = measured()
    looser = Bands(critical_below=Decimal(50), warning_below=Decimal(60))
    read(company, "first", "70")
    wish = UpdateKpi(kpi_id="renewals", bands=looser)
    assert company.refusal(wish) == (RejectionCode.REASON_REQUIRED, ("reason",))
    read_at = company.at
    assert list(company.do(wish, BECAUSE)) == [KpiBandsChanged(kpi_id="renewals", bands=looser)]
    history = company.facts.kpis["renewals"].band_history
    assert bands_at(history, read_at) == RISING
    assert bands_at(history, company.at) == looser
    assert bands_at(history, KICK_OFF - timedelta(days=365)) == RISING
    company.limits = Limits(bands_per_kpi=2)
    assert company.refusal(UpdateKpi(kpi_id="renewals", bands=RISING), BECAUSE) == (RejectionCode.LIMIT_EXCEEDED, ("bands",))


# --- definition


def test_unit_and_direction_are_frozen_after_the_first_reading() -> None:
    company = measured()
    turned = UpdateKpi(kpi_id="renewals", direction=Direction.LOWER_IS_BETTER, unit=Unit.DAYS, bands=FALLING)
    assert [type(event) for event in company.when(turned)] == [KpiMeasureDefined, KpiBandsChanged]
    read(company, "first", "95")
    company.do(RetractKpiReading(reading_id=reading_id("first")))
    assert company.refusal(turned, BECAUSE) == (RejectionCode.METRIC_FROZEN, ("direction",))
    assert company.refusal(UpdateKpi(kpi_id="renewals", unit=Unit.DAYS)) == (RejectionCode.METRIC_FROZEN, ("unit",))


def test_a_direction_cannot_change_without_its_bands() -> None:
    wish = UpdateKpi(kpi_id="renewals", direction=Direction.LOWER_IS_BETTER)
    assert measured().refusal(wish) == (RejectionCode.INVALID, ("bands", "criticalBelow"))


def test_an_archived_kpi_is_neither_read_nor_changed_until_it_is_restored() -> None:
    company = sourced()
    company.do(ArchiveKpi(kpi_id="renewals"))
    assert list(company.when(ArchiveKpi(kpi_id="renewals"))) == []
    reading = RecordKpiReading(reading_id=reading_id("late"), kpi_id="renewals", value=Decimal(1))
    for command in (reading, UpdateKpi(kpi_id="renewals", title="Other"), LinkKpi(kpi_id="renewals", linked_id="trust")):
        assert company.refusal(command) == (RejectionCode.WRONG_STATE, ("kpiId",))
    company.do(UnlinkKpi(kpi_id="renewals", linked_id="replies"))
    company.do(RestoreKpi(kpi_id="renewals"))
    assert len(company.when(reading)) == 1


def test_what_is_unknown_or_taken_is_refused() -> None:
    company = measured()
    read(company, "first", "95")
    create = CreateKpi(
        kpi_id="renewals",
        title="Again",
        direction=Direction.LOWER_IS_BETTER,
        unit=Unit.CURRENCY,
        bands=FALLING,
        frequency=Frequency.DAILY,
    )
    assert company.refusal(create) == (RejectionCode.ID_TAKEN, ("id",))
    fresh = {"kpi_id": "costs", "title": "Costs", "direction": Direction.LOWER_IS_BETTER, "frequency": Frequency.DAILY}
    for fields, answer in (
        ({"unit": Unit.CURRENCY}, (RejectionCode.REQUIRED, ("currency",))),
        ({"unit": Unit.DAYS, "team_id": "nobody"}, (RejectionCode.NOT_FOUND, ("teamId",))),
        ({"unit": Unit.DAYS, "owner_id": "nobody"}, (RejectionCode.NOT_FOUND, ("ownerId",))),
    ):
        assert company.refusal(CreateKpi(**fresh, bands=FALLING, **fields)) == answer  # type: ignore[arg-type]
    for command, path in (
        (UpdateKpi(kpi_id="nothing", title="Title"), "kpiId"),
        (RecordKpiReading(reading_id=reading_id("x"), kpi_id="nothing", value=Decimal(1)), "kpiId"),
        (CorrectKpiReading(reading_id=reading_id("x"), value=Decimal(1)), "readingId"),
        (LinkKpi(kpi_id="nothing", linked_id="trust"), "kpiId"),
        (LinkKpi(kpi_id="renewals", linked_id="nothing"), "objectiveId"),
    ):
        assert company.refusal(command) == (RejectionCode.NOT_FOUND, (path,))
    again = RecordKpiReading(reading_id=reading_id("first"), kpi_id="renewals", value=Decimal(1))
    assert company.refusal(again) == (RejectionCode.ID_TAKEN, ("id",))


# --- readings


def test_the_latest_by_effective_time_counts_corrected_and_retracted_ones_included() -> None:
    company = measured()
    read(company, "new", "95")
    read(company, "old", "70", company.at - timedelta(days=7))
    readings = company.facts.readings_of("renewals")
    assert readings.latest is not None
    assert readings.latest.value == Decimal(95)
    company.do(CorrectKpiReading(reading_id=reading_id("old"), value=Decimal(71), effective_at=company.at))
    assert company.facts.readings_of("renewals").latest == company.facts.reading(reading_id("old"))
    company.do(RetractKpiReading(reading_id=reading_id("old")))
    latest = company.facts.readings_of("renewals").latest
    assert latest is not None
    assert latest.reading_id == reading_id("new")
    corrected = CorrectKpiReading(reading_id=reading_id("old"), value=Decimal(1))
    assert company.refusal(corrected) == (RejectionCode.WRONG_STATE, ("readingId",))
    assert list(company.when(RetractKpiReading(reading_id=reading_id("old")))) == []


def test_a_reading_of_the_future_or_too_many_are_refused() -> None:
    company = measured()
    tomorrow = RecordKpiReading(
        reading_id=reading_id("x"), kpi_id="renewals", value=Decimal(1), effective_at=company.at + timedelta(days=1)
    )
    assert company.refusal(tomorrow) == (RejectionCode.IN_FUTURE, ("effectiveAt",))
    company.limits = Limits(readings_per_kpi=1)
    read(company, "first", "95")
    second = RecordKpiReading(reading_id=reading_id("second"), kpi_id="renewals", value=Decimal(1))
    assert company.refusal(second) == (RejectionCode.LIMIT_EXCEEDED, ("kpiId",))


# --- periods and health


@pytest.mark.parametrize(
    ("frequency", "calendar", "day", "first", "last"),
    [
        (Frequency.DAILY, PRAGUE, date(2026, 8, 14), date(2026, 8, 14), date(2026, 8, 14)),
        (Frequency.WEEKLY, PRAGUE, date(2026, 8, 16), date(2026, 8, 10), date(2026, 8, 16)),
        (Frequency.MONTHLY, PRAGUE, date(2028, 2, 14), date(2028, 2, 1), date(2028, 2, 29)),
        (Frequency.QUARTERLY, PRAGUE, date(2026, 8, 14), date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_periods_are_those_of_the_organization(
    frequency: Frequency, calendar: PeriodCalendar, day: date, first: date, last: date
) -> None:
    assert (calendar.first_day(frequency, day), calendar.last_day(frequency, day)) == (first, last)


def test_weeks_and_quarters_follow_the_settings() -> None:
    sundays = PeriodCalendar(zone="UTC", first_day_of_week=7, fiscal_year_start_month=2, grace_days=0)
    assert sundays.first_day(Frequency.WEEKLY, date(2026, 8, 16)) == date(2026, 8, 16)
    assert sundays.first_day(Frequency.QUARTERLY, date(2026, 1, 31)) == date(2025, 11, 1)
    assert sundays.last_day(Frequency.QUARTERLY, date(2025, 12, 1)) == date(2026, 1, 31)
    assert sundays.previous_first_day(Frequency.QUARTERLY, date(2026, 1, 31)) == date(2025, 8, 1)


@given(
    day=st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)),
    frequency=st.sampled_from(Frequency),
    weekday=st.integers(1, 7),
    month=st.integers(1, 12),
)
def test_periods_lie_side_by_side(day: date, frequency: Frequency, weekday: int, month: int) -> None:
    calendar = PeriodCalendar(zone="UTC", first_day_of_week=weekday, fiscal_year_start_month=month, grace_days=0)
    first, last = calendar.first_day(frequency, day), calendar.last_day(frequency, day)
    assert first <= day <= last
    assert calendar.first_day(frequency, last + timedelta(days=1)) == last + timedelta(days=1)
    assert calendar.previous_first_day(frequency, last + timedelta(days=1)) == first
    assert {calendar.first_day(frequency, each) for each in (first, last)} == {first}


def test_a_kpi_is_outdated_when_the_grace_of_a_period_without_a_reading_is_over() -> None:
    # Read on Friday of the week until 9 August; that of the week until 16 August is due until the 19th, in Prague.
    read_at = datetime(2026, 8, 7, 12, tzinfo=UTC)
    shown = {
        instant: health_shown(
            value=Decimal(95),
            effective_at=read_at,
            bands=RISING,
            frequency=Frequency.WEEKLY,
            calendar=PRAGUE,
            instant=instant,
        )
        for instant in (datetime(2026, 8, 19, 21, 59, tzinfo=UTC), datetime(2026, 8, 19, 22, 0, tzinfo=UTC))
    }
    assert list(shown.values()) == [KpiHealth.HEALTHY, KpiHealth.OUTDATED]
    assert [day_of(instant, PRAGUE.zone).day for instant in shown] == [19, 20]


def test_a_kpi_without_a_reading_is_unknown_and_never_healthy() -> None:
    nothing: dict[str, Any] = {"value": None, "effective_at": None, "bands": RISING, "frequency": Frequency.DAILY}
    assert health_shown(**nothing, calendar=PRAGUE, instant=KICK_OFF) is KpiHealth.UNKNOWN


def test_the_calendar_ends_where_dates_do() -> None:
    for frequency in Frequency:
        assert PRAGUE.previous_first_day(frequency, date.min) == date.min


# --- links and values


def test_a_reading_is_the_value_of_the_key_result_from_then_on_corrections_and_retractions_alike() -> None:
    company = sourced()
    recorded = read(company, "first", "7.5")
    check_in_id = derive_identifier(Noun.CHECK_IN, reading_id("first"), "replies")
    assert recorded[1] == CheckedIn(
        check_in_id=check_in_id,
        key_result_id="replies",
        effective_at=company.at,
        status=CheckInStatus.OFF_TRACK,
        value=Decimal("7.5"),
        reading_id=reading_id("first"),
    )
    assert company.progress() == Decimal("0.5")
    corrected = company.do(CorrectKpiReading(reading_id=reading_id("first"), value=Decimal(8)))
    assert isinstance(corrected[1], CheckInCorrected)
    assert company.progress() == Decimal("0.6")
    assert len(company.do(CorrectKpiReading(reading_id=reading_id("first"), comment="Counted twice"))) == 1
    retracted = company.do(RetractKpiReading(reading_id=reading_id("first")))
    assert retracted[1] == CheckInRetracted(check_in_id=check_in_id, key_result_id="replies")
    assert company.progress() == 0


def test_a_reading_keeps_the_status_that_was_reported() -> None:
    company = measured()
    company.check_in("monday", "6", status=CheckInStatus.AT_RISK)
    company.do(LinkKpi(kpi_id="renewals", linked_id="replies", takes_values=True))
    assert read(company, "first", "95")[1].status is CheckInStatus.AT_RISK


def test_a_key_result_with_a_source_takes_words_but_no_other_value() -> None:
    company = sourced()
    assert try_check_in(company, None) == (RejectionCode.REQUIRED, ("keyResultId",))
    read(company, "first", "7.5")
    assert try_check_in(company, "9") == (RejectionCode.WRONG_STATE, ("value",))
    company.check_in("said", None, confidence=0.7, status=CheckInStatus.ON_TRACK)
    said = company.facts.check_in("said")
    assert said is not None
    assert (said.value, said.confidence, said.reading_id) == (Decimal("7.5"), 0.7, None)
    taken = derive_identifier(Noun.CHECK_IN, reading_id("first"), "replies")
    own = {"check_in_id": taken}
    assert company.refusal(CorrectCheckIn(**own, value=Decimal(9))) == (RejectionCode.WRONG_STATE, ("value",))
    moved = CorrectCheckIn(**own, effective_at=KICK_OFF)
    assert company.refusal(moved) == (RejectionCode.WRONG_STATE, ("effectiveAt",))
    assert company.refusal(RetractCheckIn(**own)) == (RejectionCode.WRONG_STATE, ("checkInId",))
    company.do(CorrectCheckIn(**own, confidence=0.4))
    assert company.progress() == Decimal("0.5")


def try_check_in(company: Company, value: str | None) -> tuple[RejectionCode, tuple[str, ...]]:
    with pytest.raises(Rejected) as refused:
        company.check_in("direct", value)
    return refused.value.rejections[0].code, refused.value.rejections[0].path


def test_what_is_closed_dropped_a_draft_or_before_the_cycle_is_left_alone() -> None:
    company = sourced()
    assert len(read(company, "early", "7", datetime(2026, 6, 30, 21, 59, tzinfo=UTC))) == 1
    assert len(read(company, "in time", "7", datetime(2026, 6, 30, 22, 0, tzinfo=UTC))) == 2
    company.do(CreateObjective(objective_id="draft", cycle_id="q3", title="Draft"))
    company.key_result("drafted", "draft")
    company.do(LinkKpi(kpi_id="renewals", linked_id="drafted", takes_values=True))
    assert len(read(company, "again", "7")) == 2
    company.do(DropKeyResult(key_result_id="replies"))
    assert len(read(company, "dropped", "8")) == 1
    assert len(company.do(RetractKpiReading(reading_id=reading_id("again")))) == 1


def test_a_closed_cycle_stays_as_it_was() -> None:
    company = sourced()
    read(company, "first", "7.5")
    company.do(ReviewCycle(cycle_id="q3"))
    company.do(CloseObjective(objective_id="trust", decision=ReviewDecision.KEEP, root_cause="Late start"))
    company.do(CloseCycle(cycle_id="q3"))
    assert len(read(company, "later", "10")) == 1
    assert len(company.do(CorrectKpiReading(reading_id=reading_id("first"), value=Decimal(10)))) == 1
    assert company.progress() == Decimal("0.5")


def test_a_key_result_takes_values_of_its_own_unit_and_of_one_kpi() -> None:
    company = measured()
    answers = {}
    metrics = {
        "days": Metric(kind=MetricKind.AT_MOST, unit=Unit.DAYS, target=Decimal(3)),
        "done": Metric(kind=MetricKind.BINARY),
        "more": Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, is_relative=True, start=Decimal(0), target=Decimal(5)),
    }
    for name, metric in metrics.items():
        company.key_result(name, metric=metric)
        answers[name] = company.refusal(LinkKpi(kpi_id="renewals", linked_id=name, takes_values=True))
    assert set(answers.values()) == {(RejectionCode.INVALID, ("takesValues",))}
    objective = LinkKpi(kpi_id="renewals", linked_id="trust", takes_values=True)
    assert company.refusal(objective) == (RejectionCode.INVALID, ("takesValues",))
    company.do(LinkKpi(kpi_id="renewals", linked_id="replies", takes_values=True))
    bands, direction = FALLING, Direction.LOWER_IS_BETTER
    company.do(
        CreateKpi(kpi_id="churn", title="Churn", direction=direction, unit=Unit.PERCENT, bands=bands, frequency=Frequency.DAILY)
    )
    other = LinkKpi(kpi_id="churn", linked_id="replies", takes_values=True)
    assert company.refusal(other) == (RejectionCode.WRONG_STATE, ("takesValues",))
    company.do(LinkKpi(kpi_id="renewals", linked_id="replies"))
    company.do(other)
    assert [link.kpi_id for link in company.facts.key_results["replies"].kpi_links] == ["renewals", "churn"]
    assert (company.facts.sourced_from("renewals"), company.facts.sourced_from("churn")) == (set(), {"replies"})


def test_links_have_limits_and_the_same_wish_twice_makes_nothing() -> None:
    company = sourced()
    assert list(company.when(LinkKpi(kpi_id="renewals", linked_id="replies", takes_values=True))) == []
    company.key_result("others")
    company.limits = Limits(key_results_per_kpi=1, kpi_links_per_thing=1)
    second = LinkKpi(kpi_id="renewals", linked_id="others", takes_values=True)
    assert company.refusal(second) == (RejectionCode.LIMIT_EXCEEDED, ("kpiId",))
    company.limits = Limits(kpi_links_per_thing=0)
    for linked_id in ("trust", "others"):
        wish = LinkKpi(kpi_id="renewals", linked_id=linked_id)
        assert company.refusal(wish) == (RejectionCode.LIMIT_EXCEEDED, ("kpiId",))
    company.do(UnlinkKpi(kpi_id="renewals", linked_id="replies"))
    assert list(company.when(UnlinkKpi(kpi_id="renewals", linked_id="replies"))) == []
    assert len(read(company, "unlinked", "7")) == 1


def test_what_is_carried_over_takes_its_links_along():
    company = sourced()
    company.do(LinkKpi(kpi_id="renewals", linked_id="trust"))
    successor = derive_identifier(Noun.OBJECTIVE, OWNER, "successor")
    company.do(CarryOverObjective(objective_id="trust", successor_id=successor, cycle_id="q4"))
    (carried,) = company.facts.key_results_of(successor)
    assert [link.kpi_id for link in company.facts.objectives[successor].kpi_links] == ["renewals"]
    assert company.facts.sourced_from("renewals") == {"replies", carried.key_result_id}


# --- recovery

FRIDAYS = [datetime(2026, 8, day, 12, tzinfo=UTC) for day in (7, 14, 21)]


def recovery(*values: str, kpi: dict[str, Any] | None = None, at: datetime = FRIDAYS[-1]) -> list[Any]:
    company = measured(**(kpi or {}))
    company.at = at
    for instant, value in zip(FRIDAYS, values, strict=False):
        read(company, str(instant), value, instant)
    start = StartKpiRecovery(
        kpi_id="renewals", objective_id=derive_identifier(Noun.OBJECTIVE, OWNER, "recovery"), cycle_id="q3"
    )
    return list(company.when(start))


def test_two_bad_periods_in_a_row_propose_an_objective_with_baseline_and_target() -> None:
    objective, key_result, link = recovery("95", "85", "79.5")
    assert isinstance(objective, ObjectiveCreated)
    assert (objective.title, objective.team_id, objective.owner_id) == ("Bring Renewal rate back to health", "sales", "max")
    assert isinstance(key_result, KeyResultAdded)
    assert key_result.metric == Metric(kind=MetricKind.INCREASE, unit=Unit.PERCENT, start=Decimal("79.5"), target=Decimal(90))
    assert link == KeyResultKpiLinked(
        key_result_id=key_result.key_result_id,
        objective_id=objective.objective_id,
        kpi_id="renewals",
        takes_values=True,
    )


def test_a_range_recovers_towards_the_nearer_bound() -> None:
    inside = {"direction": Direction.WITHIN, "bands": INSIDE}
    above, below = recovery("25", "35", "22", kpi=inside)[1].metric, recovery("15", "5", "-1", kpi=inside)[1].metric
    assert (above.kind, above.start, above.target) == (MetricKind.DECREASE, Decimal(22), Decimal(20))
    assert (below.kind, below.start, below.target) == (MetricKind.INCREASE, Decimal(-1), Decimal(10))


@pytest.mark.parametrize("values", [(), ("85",), ("85", "95"), ("85", "95", "85"), ("85", "85", "95")])
def test_one_bad_period_or_a_recovered_kpi_proposes_nothing(values: tuple[str, ...]) -> None:
    with pytest.raises(Rejected) as refused:
        recovery(*values, at=FRIDAYS[max(len(values) - 1, 0)])
    assert refused.value.rejections[0].code is RejectionCode.WRONG_STATE


def test_an_outdated_kpi_proposes_nothing() -> None:
    with pytest.raises(Rejected):
        recovery("85", "85", "85", at=FRIDAYS[-1] + timedelta(days=30))


def test_the_bands_in_force_then_decide_what_was_bad() -> None:
    company = measured()
    company.at = FRIDAYS[1]
    read(company, "then", "85", FRIDAYS[0])
    looser = Bands(critical_below=Decimal(70), warning_below=Decimal(80))
    company.at = FRIDAYS[1] + timedelta(minutes=1)
    company.do(UpdateKpi(kpi_id="renewals", bands=looser), BECAUSE)
    company.at = FRIDAYS[2]
    read(company, "good by now", "85", FRIDAYS[1] + timedelta(hours=1))
    start = StartKpiRecovery(kpi_id="renewals", objective_id=reading_id("o"), cycle_id="q3")
    assert company.refusal(start) == (RejectionCode.WRONG_STATE, ("kpiId",))
    read(company, "bad by now", "75", FRIDAYS[1] + timedelta(hours=2))
    assert company.when(start)[1].metric.target == Decimal(80)  # type: ignore[union-attr]


def test_a_long_title_leaves_room_for_the_proposed_one() -> None:
    title = recovery("85", "85", kpi={"title": "x" * 500}, at=FRIDAYS[1])[0].title
    assert (len(title), title.endswith("… back to health")) == (500, True)
