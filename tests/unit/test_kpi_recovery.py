"""KPIs: when they propose a recovery."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.identifier import Noun, derive_identifier
from events.key_result import KeyResultAdded
from events.kpi import (
    UpdateKpi,
)
from events.kpi_link import KeyResultKpiLinked
from events.kpi_measure import Bands, Direction
from events.kpi_recovery import StartKpiRecovery
from events.metric import Metric, MetricKind, Unit
from events.objective import ObjectiveCreated
from events.rejection import Rejected, RejectionCode
from tests.support.given import BECAUSE
from tests.support.measured import INSIDE, OWNER, measured, read, reading_id

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
