"""Cycles: names, dates, phases, the close and the reopening."""

from datetime import date
from decimal import Decimal

import pytest

from events.cycle import (
    ActivateCycle,
    CloseCycle,
    CreateCycle,
    CycleActivated,
    CycleClosed,
    CycleNested,
    CyclePhase,
    CycleRenamed,
    CycleReopened,
    CycleRescheduled,
    ReopenCycle,
    ReviewCycle,
    UpdateCycle,
)
from events.key_result import AddKeyResult
from events.metric import Metric, MetricKind
from events.objective import CancelObjective, CreateObjective, UpdateObjective
from events.rejection import Rejected, RejectionCode
from tests.support.given import BECAUSE, Company, running_quarter


def test_two_cycles_of_one_name_are_refused_and_a_freed_name_is_free() -> None:
    company = Company()
    again = CreateCycle(cycle_id="again", name="Q3 2026", starts_on=date(2026, 7, 1))
    assert company.refusal(again) == (RejectionCode.NAME_TAKEN, ("name",))
    assert company.refusal(UpdateCycle(cycle_id="q4", name="Q3 2026")) == (RejectionCode.NAME_TAKEN, ("name",))
    company.do(UpdateCycle(cycle_id="q3", name="Summer"))
    assert len(company.when(again)) == 1
    assert company.refusal(UpdateCycle(cycle_id="q4", name="Summer"))[0] is RejectionCode.NAME_TAKEN


def test_one_quarter_had_three_names_and_other_dates() -> None:
    company = Company()
    company.do(UpdateCycle(cycle_id="q3", name="Third quarter", expected_version=1))
    events = company.do(UpdateCycle(cycle_id="q3", name="Summer", ends_on=date(2026, 10, 7)))
    assert events == [
        CycleRenamed(cycle_id="q3", name="Summer"),
        CycleRescheduled(cycle_id="q3", starts_on=date(2026, 7, 1), ends_on=date(2026, 10, 7)),
    ]
    assert company.refusal(UpdateCycle(cycle_id="q3", ends_on=date(2026, 6, 1))) == (RejectionCode.INVALID, ("endsOn",))


def test_a_cycle_can_be_open_ended() -> None:
    company = Company()
    company.do(UpdateCycle(cycle_id="q3", ends_on=None))
    assert company.facts.cycles["q3"].ends_on is None


def test_cycles_lie_inside_longer_ones_but_never_in_themselves() -> None:
    company = Company()
    company.do(CreateCycle(cycle_id="year", name="2026", starts_on=date(2026, 1, 1)))
    assert company.do(UpdateCycle(cycle_id="q3", parent_id="year")) == [CycleNested(cycle_id="q3", parent_id="year")]
    assert company.refusal(UpdateCycle(cycle_id="year", parent_id="q3")) == (RejectionCode.ALIGNMENT_CYCLE, ("parentId",))
    assert company.refusal(UpdateCycle(cycle_id="year", parent_id="none")) == (RejectionCode.NOT_FOUND, ("parentId",))


def test_the_phases_follow_each_other() -> None:
    company = Company()
    assert company.refusal(ReviewCycle(cycle_id="q3")) == (RejectionCode.WRONG_STATE, ("cycleId",))
    assert company.refusal(CloseCycle(cycle_id="q3"))[0] is RejectionCode.WRONG_STATE
    assert company.do(ActivateCycle(cycle_id="q3")) == [CycleActivated(cycle_id="q3")]
    assert company.when(ActivateCycle(cycle_id="q3")) == []
    company.do(ReviewCycle(cycle_id="q3"))
    assert company.do(CloseCycle(cycle_id="q3")) == [CycleClosed(cycle_id="q3")]
    assert company.when(CloseCycle(cycle_id="q3")) == []
    assert company.facts.cycles["q3"].seal_position == company.position


def test_closing_names_every_objective_that_still_wants_a_review() -> None:
    company = running_quarter()
    company.objective("speed")
    company.do(CreateObjective(objective_id="idea", cycle_id="q3", title="A draft does not count"))
    company.do(ReviewCycle(cycle_id="q3"))
    with pytest.raises(Rejected) as refused:
        company.when(CloseCycle(cycle_id="q3"))
    assert [rejection.path for rejection in refused.value.rejections] == [("objectives", "speed"), ("objectives", "trust")]
    for objective_id in ("speed", "trust"):
        company.do(CancelObjective(objective_id=objective_id))
    assert len(company.when(CloseCycle(cycle_id="q3"))) == 1


def closed() -> Company:
    company = running_quarter()
    company.do(CreateObjective(objective_id="idea", cycle_id="q3", title="Idea"))
    company.do(CancelObjective(objective_id="trust"))
    company.do(ReviewCycle(cycle_id="q3"))
    company.do(CloseCycle(cycle_id="q3"))
    return company


def test_a_closed_cycle_is_read_only() -> None:
    company = closed()
    for command in (
        UpdateCycle(cycle_id="q3", name="Other"),
        CreateObjective(objective_id="late", cycle_id="q3", title="Late"),
        UpdateObjective(objective_id="idea", title="Other"),
        AddKeyResult(key_result_id="x", objective_id="idea", title="x", metric=Metric(kind=MetricKind.BINARY)),
    ):
        assert company.refusal(command, BECAUSE)[0] is RejectionCode.CYCLE_CLOSED


def test_nothing_moves_into_a_closed_cycle() -> None:
    company = closed()
    company.do(CreateObjective(objective_id="new", cycle_id="q4", title="New"))
    assert company.refusal(UpdateObjective(objective_id="new", cycle_id="q3"))[0] is RejectionCode.CYCLE_CLOSED


def test_reopening_needs_a_reason_breaks_the_seal_and_goes_back_to_review() -> None:
    company = closed()
    assert company.refusal(ReopenCycle(cycle_id="q3")) == (RejectionCode.REASON_REQUIRED, ("reason",))
    assert company.do(ReopenCycle(cycle_id="q3"), BECAUSE) == [CycleReopened(cycle_id="q3")]
    known = company.facts.cycles["q3"]
    assert (known.phase, known.seal_position) == (CyclePhase.REVIEW, None)
    assert company.refusal(ReopenCycle(cycle_id="q3"), BECAUSE)[0] is RejectionCode.WRONG_STATE
    assert company.objective_progress() == Decimal(0)


def test_a_version_conflict_is_refused() -> None:
    company = Company()
    assert company.refusal(ActivateCycle(cycle_id="q3", expected_version=7)) == (
        RejectionCode.VERSION_CONFLICT,
        ("expectedVersion",),
    )
