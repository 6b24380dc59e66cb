"""Measurements: what a check-in does, what its correction and retraction keep, and what is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from events.acknowledgement import AcknowledgeCheckIn, CheckInAcknowledged, reviewer_of
from events.check_in import (
    CheckedIn,
    CheckInCorrected,
    CheckInRetracted,
    CheckInStatus,
    CorrectCheckIn,
    RecordCheckIn,
    RetractCheckIn,
)
from events.cycle import CloseCycle, ReopenCycle, ReviewCycle
from events.envelope import Reason, ReasonCode
from events.key_result import AddKeyResult, DropKeyResult, RetargetKeyResult
from events.limits import Limits
from events.metric import Metric, MetricKind, Stage, Unit
from events.objective import CancelObjective, CreateObjective, ReopenObjective
from events.rejection import RejectionCode
from events.review import CloseObjective, ReviewDecision
from tests.support.given import BECAUSE, Company, running_quarter


def record(check_in_id: str = "one", key_result_id: str = "replies", **fields: object) -> RecordCheckIn:
    values = {"value": Decimal(7), "status": CheckInStatus.ON_TRACK} | fields
    return RecordCheckIn(check_in_id=check_in_id, key_result_id=key_result_id, **values)  # type: ignore[arg-type]


def test_a_check_in_is_recorded_with_everything_said() -> None:
    company = running_quarter()
    command = record(value=Decimal("7.5"), confidence=0.6, comment="The new intro works", blockers="-", next_steps="More")
    assert company.when(command) == [
        CheckedIn(
            check_in_id="one",
            key_result_id="replies",
            effective_at=company.at,
            status=CheckInStatus.ON_TRACK,
            value=Decimal("7.5"),
            confidence=0.6,
            comment="The new intro works",
            blockers="-",
            next_steps="More",
        )
    ]


def test_before_any_check_in_there_is_no_status_and_the_value_is_the_start() -> None:
    number = running_quarter().facts.numbers["replies"]
    assert (number.status, number.current, number.progress, number.check_in_count) == (None, 5, 0, 0)


def test_the_latest_value_by_effective_time_counts_not_the_last_recorded() -> None:
    company = running_quarter()
    company.check_in("now", "8")
    company.check_in("late", "6", effective_at=company.at - timedelta(days=10))
    assert company.progress() == Decimal("0.6")
    assert company.facts.numbers["replies"].last_check_in_id == "now"


def test_of_two_values_at_one_instant_the_later_recorded_counts_and_both_stay() -> None:
    """Another system deletes the first value of a day with the second."""
    company = running_quarter()
    at = company.at
    company.check_in("first", "6", effective_at=at)
    company.check_in("second", "7", effective_at=at)
    assert company.progress() == Decimal("0.4")
    assert set(company.facts.measurements["replies"].check_ins) == {"first", "second"}


def test_a_correction_keeps_author_time_and_the_old_value_in_the_log() -> None:
    """Another system replaces the author and makes the old check-in the current one."""
    company = running_quarter()
    company.check_in("old", "6")
    company.check_in("new", "9")
    before = company.facts.check_in("old")
    company.actor_id = "max"
    company.do(CorrectCheckIn(check_in_id="old", value=Decimal(7)))
    corrected = company.facts.check_in("old")
    assert before is not None
    assert corrected is not None
    assert (corrected.author_id, corrected.recorded_at, corrected.effective_at) == (
        "ada",
        before.recorded_at,
        before.effective_at,
    )
    assert corrected.corrected_at == company.at
    assert company.facts.numbers["replies"].last_check_in_id == "new"
    recorded = [event for event, _ in company.events if isinstance(event, CheckedIn | CheckInCorrected)]
    assert [event.value for event in recorded] == [6, 9, 7]


def test_a_correction_can_be_undone_minutes_later() -> None:
    company = running_quarter()
    company.check_in("one", "7.5")
    company.do(CorrectCheckIn(check_in_id="one", value=Decimal("7.2")))
    company.do(CorrectCheckIn(check_in_id="one", value=Decimal("7.5")))
    assert company.progress() == Decimal("0.5")
    assert company.when(CorrectCheckIn(check_in_id="one", value=Decimal("7.5"))) == []


def test_a_correction_of_the_measured_time_changes_which_value_counts() -> None:
    company = running_quarter()
    company.check_in("one", "6")
    company.check_in("two", "9")
    company.do(CorrectCheckIn(check_in_id="two", effective_at=company.at - timedelta(days=3)))
    assert company.progress() == Decimal("0.2")


def test_a_retraction_takes_the_value_back_and_keeps_the_check_in() -> None:
    company = running_quarter()
    company.check_in("one", "6", confidence=0.4)
    company.check_in("two", "9", confidence=0.9, status=CheckInStatus.AT_RISK)
    assert company.do(RetractCheckIn(check_in_id="two")) == [CheckInRetracted(check_in_id="two", key_result_id="replies")]
    number = company.facts.numbers["replies"]
    assert (number.progress, number.confidence, number.status) == (Decimal("0.2"), 0.4, CheckInStatus.ON_TRACK)
    retracted = company.facts.check_in("two")
    assert retracted is not None
    assert (retracted.value, retracted.retracted_at) == (9, company.at)
    assert company.when(RetractCheckIn(check_in_id="two")) == []
    assert company.refusal(CorrectCheckIn(check_in_id="two", value=Decimal(1)))[0] is RejectionCode.WRONG_STATE


def test_a_check_in_without_status_keeps_the_one_before() -> None:
    company = running_quarter()
    company.check_in("one", "6", status=CheckInStatus.OFF_TRACK)
    company.check_in("two", "7", status=None)
    assert company.facts.numbers["replies"].status is CheckInStatus.OFF_TRACK


def test_the_first_check_in_needs_a_status() -> None:
    assert running_quarter().refusal(record(status=None)) == (RejectionCode.REQUIRED, ("status",))


def test_stages_done_make_a_milestones_progress() -> None:
    company = running_quarter()
    stages = (Stage(stage_id="plan", title="Plan"), Stage(stage_id="ship", title="Ship"))
    company.key_result("launch", metric=Metric(kind=MetricKind.MILESTONE, stages=stages))
    company.check_in("one", None, "launch", done_stage_ids=frozenset({"plan"}))
    assert company.progress("launch") == Decimal("0.5")
    unknown = record("two", "launch", value=None, done_stage_ids=frozenset({"party"}))
    assert company.refusal(unknown) == (RejectionCode.NOT_FOUND, ("doneStageIds",))


def test_the_share_of_check_ins_at_which_a_bound_held() -> None:
    company = running_quarter()
    company.key_result("churn", metric=Metric(kind=MetricKind.AT_MOST, unit=Unit.PERCENT, target=Decimal(5)))
    for name, value in (("one", "4"), ("two", "6"), ("three", "5"), ("four", "3")):
        company.check_in(name, value, "churn")
    assert company.facts.numbers["churn"].held_share == Decimal("0.75")
    company.do(RetargetKeyResult(key_result_id="churn", target=Decimal(6)), BECAUSE)
    assert company.facts.numbers["churn"].held_share == 1


def test_what_has_no_measure_yet_can_still_be_talked_about() -> None:
    company = running_quarter()
    company.key_result("vague", metric=Metric(kind=MetricKind.UNDECIDED))
    company.check_in("one", None, "vague", confidence=0.3)
    assert company.progress("vague") is None
    assert company.facts.numbers["vague"].confidence == 0.3
    assert company.refusal(record("two", "vague"))[0] is RejectionCode.INVALID


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan")])
def test_a_confidence_outside_0_to_1_is_refused(confidence: float) -> None:
    assert running_quarter().refusal(record(confidence=confidence)) == (RejectionCode.INVALID, ("confidence",))


def test_a_check_in_in_the_future_is_refused_but_a_fast_clock_is_forgiven() -> None:
    company = running_quarter()
    ahead = record(effective_at=company.at + timedelta(minutes=6))
    assert company.refusal(ahead) == (RejectionCode.IN_FUTURE, ("effectiveAt",))
    slightly_ahead = record(effective_at=company.at + timedelta(minutes=4))
    events = company.when(slightly_ahead)
    assert [event.effective_at for event in events if isinstance(event, CheckedIn)] == [company.at]


def test_a_check_in_on_a_draft_is_refused() -> None:
    company = running_quarter()
    company.do(CreateObjective(objective_id="idea", cycle_id="q3", title="Idea"))
    company.do(AddKeyResult(key_result_id="maybe", objective_id="idea", title="Maybe", metric=Metric(kind=MetricKind.BINARY)))
    assert company.refusal(record(key_result_id="maybe", value=Decimal(1)))[0] is RejectionCode.WRONG_STATE


def test_a_check_in_on_a_dropped_key_result_is_refused() -> None:
    company = running_quarter()
    company.do(DropKeyResult(key_result_id="replies"))
    assert company.refusal(record()) == (RejectionCode.WRONG_STATE, ("keyResultId",))


def closed_quarter() -> Company:
    company = running_quarter()
    company.check_in("one", "10")
    company.do(CloseObjective(objective_id="trust", decision=ReviewDecision.KEEP))
    company.do(ReviewCycle(cycle_id="q3"))
    company.do(CloseCycle(cycle_id="q3"))
    return company


def test_after_the_cycle_closed_nothing_is_measured_corrected_or_retracted() -> None:
    company = closed_quarter()
    for command in (record("two"), CorrectCheckIn(check_in_id="one", value=Decimal(1)), RetractCheckIn(check_in_id="one")):
        assert company.refusal(command)[0] is RejectionCode.CYCLE_CLOSED


def test_a_reopened_cycle_and_objective_take_check_ins_again() -> None:
    company = closed_quarter()
    company.do(ReopenCycle(cycle_id="q3"), BECAUSE)
    assert company.refusal(record("two"))[0] is RejectionCode.WRONG_STATE
    company.do(ReopenObjective(objective_id="trust"), BECAUSE)
    company.check_in("two", "9")
    assert company.objective_progress() == Decimal("0.8")


def test_a_check_in_on_a_cancelled_objective_is_refused() -> None:
    company = running_quarter()
    company.do(CancelObjective(objective_id="trust"), Reason(code=ReasonCode.IRRELEVANT))
    assert company.refusal(record())[0] is RejectionCode.WRONG_STATE


def test_an_identifier_is_used_once() -> None:
    company = running_quarter()
    company.key_result("other")
    company.check_in("one", "6")
    assert company.refusal(record("one")) == (RejectionCode.ID_TAKEN, ("id",))
    assert company.refusal(record("one", "other")) == (RejectionCode.ID_TAKEN, ("id",))


def test_unknown_things_are_named() -> None:
    company = running_quarter()
    assert company.refusal(record(key_result_id="none")) == (RejectionCode.NOT_FOUND, ("keyResultId",))
    assert company.refusal(RetractCheckIn(check_in_id="none")) == (RejectionCode.NOT_FOUND, ("checkInId",))


def test_the_number_of_check_ins_has_a_limit() -> None:
    company = running_quarter()
    company.limits = Limits(check_ins_per_key_result=1)
    company.check_in("one", "6")
    assert company.refusal(record("two"))[0] is RejectionCode.LIMIT_EXCEEDED


def test_bad_news_counts_like_good_news() -> None:
    """Another system leaves bad news out of the curve."""
    company = running_quarter()
    company.check_in("good", "9")
    company.check_in("bad", "4", status=CheckInStatus.OFF_TRACK)
    number = company.facts.numbers["replies"]
    assert (number.current, number.progress, number.raw_progress) == (4, 0, Decimal("-0.2"))


# --- acknowledgement


def test_an_acknowledgement_holds_until_the_next_wording_and_moves_no_number() -> None:
    company = running_quarter()
    company.check_in("one", "6")
    before = company.facts.numbers["replies"]
    company.actor_id = "max"
    command = AcknowledgeCheckIn(check_in_id="one", note="Seen")
    assert company.do(command) == [CheckInAcknowledged(check_in_id="one", key_result_id="replies", note="Seen")]
    known = company.facts.check_in("one")
    assert known is not None
    assert (known.acknowledged_by_id, known.acknowledgement_note) == ("max", "Seen")
    assert company.facts.numbers["replies"] == before
    assert company.do(AcknowledgeCheckIn(check_in_id="one", note="Again")) == []
    company.do(CorrectCheckIn(check_in_id="one", comment="More"))
    known = company.facts.check_in("one")
    assert known is not None
    assert (known.acknowledged_at, known.acknowledged_by_id, known.acknowledgement_note) == (None, None, None)
    blank = AcknowledgeCheckIn(check_in_id="one", note=" ")
    assert company.do(blank) == [CheckInAcknowledged(check_in_id="one", key_result_id="replies", note=None)]


def test_what_is_retracted_unknown_or_ended_is_not_acknowledged() -> None:
    company = running_quarter()
    company.check_in("one", "6")
    company.check_in("two", "7")
    company.do(RetractCheckIn(check_in_id="one"))
    assert company.refusal(AcknowledgeCheckIn(check_in_id="one")) == (RejectionCode.WRONG_STATE, ("checkInId",))
    assert company.refusal(AcknowledgeCheckIn(check_in_id="none")) == (RejectionCode.NOT_FOUND, ("checkInId",))
    company.do(DropKeyResult(key_result_id="replies"), reason=BECAUSE)
    assert company.refusal(AcknowledgeCheckIn(check_in_id="two"))[0] is RejectionCode.WRONG_STATE


@pytest.mark.parametrize(
    ("author", "owner", "lead", "reviewer"),
    [
        ("eva", "max", "ada", "max"),
        ("max", "max", "ada", "ada"),
        ("eva", None, "ada", "ada"),
        ("max", "max", "max", None),
        ("eva", None, "eva", None),
        ("eva", None, None, None),
    ],
)
def test_a_check_in_waits_for_one_reviewer_who_did_not_write_it(
    author: str, owner: str | None, lead: str | None, reviewer: str | None
) -> None:
    assert reviewer_of(author, owner, lead) == reviewer
