"""KPIs: what takes its values from them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from events.carry_over import CarryOverObjective
from events.check_in import CheckedIn, CheckInCorrected, CheckInRetracted, CheckInStatus, CorrectCheckIn, RetractCheckIn
from events.cycle import CloseCycle, ReviewCycle
from events.identifier import Noun, derive_identifier
from events.key_result import DropKeyResult
from events.kpi import (
    CreateKpi,
)
from events.kpi_calendar import Frequency
from events.kpi_link import LinkKpi, UnlinkKpi
from events.kpi_measure import Direction
from events.kpi_reading import CorrectKpiReading, RetractKpiReading
from events.limits import Limits
from events.metric import Metric, MetricKind, Unit
from events.objective import CreateObjective
from events.rejection import Rejected, RejectionCode
from events.review import CloseObjective, ReviewDecision
from tests.support.given import KICK_OFF, Company
from tests.support.measured import FALLING, OWNER, measured, read, reading_id, sourced


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
