"""KPIs: their bands, definition and readings."""

from datetime import timedelta
from decimal import Decimal

import pytest

from events.kpi import (
    ArchiveKpi,
    CreateKpi,
    KpiBandsChanged,
    KpiMeasureDefined,
    RestoreKpi,
    UpdateKpi,
    bands_at,
)
from events.kpi_calendar import Frequency
from events.kpi_link import LinkKpi, UnlinkKpi
from events.kpi_measure import Bands, Direction, KpiHealth, band_of, check_bands, healthy_bound
from events.kpi_reading import CorrectKpiReading, RecordKpiReading, RetractKpiReading
from events.limits import Limits
from events.metric import Unit
from events.rejection import Rejected, RejectionCode
from tests.support.given import BECAUSE, KICK_OFF
from tests.support.measured import FALLING, INSIDE, RISING, measured, read, reading_id, sourced

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
