"""Key results: adding, changing, retargeting, moving, replacing, splitting, dropping and restoring."""

from datetime import date
from decimal import Decimal

import pytest

from events.alignment import AlignObjective
from events.cycle import CloseCycle, CreateCycle, ReviewCycle
from events.envelope import Reason, ReasonCode
from events.key_result import (
    AddKeyResult,
    DropKeyResult,
    KeyResultAdded,
    KeyResultDropped,
    KeyResultMoved,
    KeyResultRetargeted,
    KeyResultReweighted,
    ReplaceKeyResult,
    RestoreKeyResult,
    RetargetKeyResult,
    UpdateKeyResult,
)
from events.limits import Limits
from events.metric import Metric, MetricKind, Unit
from events.objective import ActivateObjective, CreateObjective
from events.rejection import Rejected, RejectionCode, VersionConflict
from events.review import CloseObjective, ReviewDecision
from tests.support.given import BECAUSE, REPLY_RATE, Company, running_quarter

SHARE = Metric(kind=MetricKind.AT_LEAST, unit=Unit.PERCENT, target=Decimal(50))


def add(key_result_id: str, **fields: object) -> AddKeyResult:
    values = {"objective_id": "trust", "title": "Answered mails", "metric": SHARE} | fields
    return AddKeyResult(key_result_id=key_result_id, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", ["0", "-1"])
def test_a_weight_must_be_above_0(weight: str) -> None:
    company = running_quarter()
    assert company.refusal(add("share", weight=Decimal(weight))) == (RejectionCode.NOT_POSITIVE, ("weight",))
    update = UpdateKeyResult(key_result_id="replies", weight=Decimal(weight))
    assert company.refusal(update, BECAUSE) == (RejectionCode.NOT_POSITIVE, ("weight",))


@pytest.mark.parametrize(
    "command",
    [
        RetargetKeyResult(key_result_id="replies", target=Decimal(12)),
        UpdateKeyResult(key_result_id="replies", weight=Decimal(2)),
        UpdateKeyResult(key_result_id="replies", owner_id="max"),
        UpdateKeyResult(key_result_id="replies", due_on=date(2026, 9, 1)),
        UpdateKeyResult(key_result_id="replies", metric=SHARE),
    ],
)
def test_goalposts_of_a_running_cycle_move_only_with_a_reason(command: RetargetKeyResult | UpdateKeyResult) -> None:
    company = running_quarter()
    assert company.refusal(command) == (RejectionCode.REASON_REQUIRED, ("reason",))
    assert company.refusal(command, Reason(code=ReasonCode.OTHER, text=" ")) == (
        RejectionCode.REASON_REQUIRED,
        ("reason", "text"),
    )
    assert len(company.when(command, BECAUSE)) == 1


def test_in_planning_no_reason_is_asked_for() -> None:
    company = Company()
    company.do(CreateObjective(objective_id="trust", cycle_id="q4", title="Build trust"))
    company.do(ActivateObjective(objective_id="trust"))
    company.key_result()
    assert company.when(RetargetKeyResult(key_result_id="replies", target=Decimal(12))) != []


def test_a_retarget_keeps_the_original_of_the_activation() -> None:
    company = Company()
    company.do(CreateObjective(objective_id="trust", cycle_id="q3", title="Build trust"))
    company.key_result()
    company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(11)))
    company.do(ActivateObjective(objective_id="trust"))
    company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(12)), BECAUSE)
    known = company.facts.key_results["replies"]
    assert (known.original.target, known.metric.target) == (11, 12)
    assert known.live_at is not None


def test_a_retarget_changes_progress_and_says_all_levels() -> None:
    company = running_quarter()
    company.check_in("one", "7.5")
    events = company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(15)), BECAUSE)
    assert events == [KeyResultRetargeted(key_result_id="replies", objective_id="trust", start=Decimal(5), target=Decimal(15))]
    assert company.progress() == Decimal("0.25")


def test_a_placeholder_gets_its_metric_weeks_later_and_then_has_an_original() -> None:
    company = running_quarter()
    company.key_result("vague", metric=Metric(kind=MetricKind.UNDECIDED))
    company.check_in("one", None, "vague")
    company.do(UpdateKeyResult(key_result_id="vague", metric=SHARE), BECAUSE)
    company.do(RetargetKeyResult(key_result_id="vague", target=Decimal(60)), BECAUSE)
    known = company.facts.key_results["vague"]
    assert (known.original.target, known.metric.target) == (50, 60)


def test_kind_and_unit_are_frozen_after_the_first_check_in_and_nothing_is_wiped() -> None:
    """Another system wipes the check-ins when the kind changes."""
    company = running_quarter()
    company.do(UpdateKeyResult(key_result_id="replies", metric=SHARE), BECAUSE)
    company.do(UpdateKeyResult(key_result_id="replies", metric=REPLY_RATE), BECAUSE)
    company.check_in("one", "7")
    frozen = UpdateKeyResult(key_result_id="replies", metric=SHARE)
    assert company.refusal(frozen, BECAUSE) == (RejectionCode.METRIC_FROZEN, ("metric",))
    assert company.progress() == Decimal("0.4")


def test_a_version_counts_definitions_and_never_check_ins() -> None:
    company = running_quarter()
    company.check_in("one", "7")
    company.check_in("two", "8")
    company.do(UpdateKeyResult(key_result_id="replies", title="Replies", expected_version=1))
    with pytest.raises(Rejected) as refused:
        company.when(UpdateKeyResult(key_result_id="replies", title="Answers", expected_version=1))
    conflict = refused.value.rejections[0]
    assert isinstance(conflict, VersionConflict)
    assert (conflict.subject_id, conflict.expected_version, conflict.current_version) == ("replies", 1, 2)


def test_a_replacement_drops_the_old_and_names_what_takes_its_place() -> None:
    company = running_quarter()
    company.check_in("one", "7")
    events = company.do(ReplaceKeyResult(key_result_id="replies", replacements=(add("share"),)), BECAUSE)
    assert [type(event) for event in events] == [KeyResultDropped, KeyResultAdded]
    assert company.facts.key_results["share"].replaces_id == "replies"
    assert company.facts.key_results["replies"].dropped_at == company.at
    assert company.progress("replies") == Decimal("0.4")
    assert company.objective_progress() == 0


def test_a_key_result_is_split_in_two() -> None:
    company = running_quarter()
    company.do(ReplaceKeyResult(key_result_id="replies", replacements=(add("east"), add("west"))), BECAUSE)
    assert [company.facts.key_results[each].replaces_id for each in ("east", "west")] == ["replies", "replies"]
    assert company.refusal(ReplaceKeyResult(key_result_id="east", replacements=())) == (
        RejectionCode.REQUIRED,
        ("replacements",),
    )


def test_dropped_and_restored_keeps_every_check_in() -> None:
    company = running_quarter()
    company.check_in("one", "7.5")
    company.do(DropKeyResult(key_result_id="replies"))
    assert company.objective_progress() is None
    assert company.when(DropKeyResult(key_result_id="replies")) == []
    assert company.refusal(UpdateKeyResult(key_result_id="replies", title="x"))[0] is RejectionCode.WRONG_STATE
    company.do(RestoreKeyResult(key_result_id="replies"))
    assert company.objective_progress() == Decimal("0.5")
    assert company.when(RestoreKeyResult(key_result_id="replies")) == []


def test_a_key_result_moves_with_its_check_ins_and_changes_its_weight_in_the_same_act() -> None:
    company = running_quarter()
    company.check_in("one", "7.5")
    company.objective("speed")
    move = UpdateKeyResult(key_result_id="replies", objective_id="speed", weight=Decimal(3))
    events = company.do(move, BECAUSE)
    assert [type(event) for event in events] == [KeyResultReweighted, KeyResultMoved]
    assert company.objective_progress("trust") is None
    assert company.objective_progress("speed") == Decimal("0.5")
    assert company.facts.key_result_ids["trust"] == ()
    company.check_in("two", "10")
    assert company.objective_progress("speed") == 1


def test_a_move_must_not_close_a_circle_of_alignments() -> None:
    company = running_quarter()
    company.objective("speed")
    company.do(AlignObjective(objective_id="speed", parent_id="replies"), BECAUSE)
    move = UpdateKeyResult(key_result_id="replies", objective_id="speed")
    assert company.refusal(move, BECAUSE) == (RejectionCode.ALIGNMENT_CYCLE, ("objectiveId",))


def test_a_move_into_a_closed_cycle_is_refused() -> None:
    company = running_quarter()
    company.do(CreateCycle(cycle_id="q2", name="Q2 2026", starts_on=date(2026, 4, 1)))
    company.do(CreateObjective(objective_id="past", cycle_id="q2", title="Past"))
    company.do(ActivateObjective(objective_id="past"))
    company.do(CloseObjective(objective_id="past", decision=ReviewDecision.KEEP, score=Decimal(1), explanation="Done"))
    move = UpdateKeyResult(key_result_id="replies", objective_id="past")
    assert company.refusal(move, BECAUSE)[0] is RejectionCode.WRONG_STATE


def test_nothing_of_a_closed_cycle_changes() -> None:
    company = running_quarter()
    company.check_in("one", "10")
    company.do(CloseObjective(objective_id="trust", decision=ReviewDecision.KEEP))
    company.do(ReviewCycle(cycle_id="q3"))
    company.do(CloseCycle(cycle_id="q3"))
    for command in (
        add("share"),
        UpdateKeyResult(key_result_id="replies", title="x"),
        RetargetKeyResult(key_result_id="replies", target=Decimal(12)),
        DropKeyResult(key_result_id="replies"),
        ReplaceKeyResult(key_result_id="replies", replacements=(add("share"),)),
    ):
        assert company.refusal(command, BECAUSE)[0] is RejectionCode.CYCLE_CLOSED


def test_the_number_of_key_results_has_a_limit_and_twelve_are_legal() -> None:
    company = running_quarter()
    for number in range(11):
        company.key_result(f"more {number}")
    company.limits = Limits(key_results_per_objective=12)
    assert company.refusal(add("one too many"))[0] is RejectionCode.LIMIT_EXCEEDED
    split = ReplaceKeyResult(key_result_id="replies", replacements=(add("east"), add("west")))
    assert company.refusal(split)[0] is RejectionCode.LIMIT_EXCEEDED


def test_a_wish_that_is_fulfilled_already_is_no_event() -> None:
    company = running_quarter()
    assert company.when(UpdateKeyResult(key_result_id="replies", title="Reply rate", weight=Decimal("1.0"))) == []
    assert company.when(RetargetKeyResult(key_result_id="replies", target=Decimal("10.0"))) == []


def test_unknown_people_and_objectives_are_named() -> None:
    company = running_quarter()
    assert company.refusal(add("share", owner_id="nobody")) == (RejectionCode.NOT_FOUND, ("ownerId",))
    assert company.refusal(add("share", objective_id="none")) == (RejectionCode.NOT_FOUND, ("objectiveId",))
    assert company.refusal(DropKeyResult(key_result_id="none")) == (RejectionCode.NOT_FOUND, ("keyResultId",))
