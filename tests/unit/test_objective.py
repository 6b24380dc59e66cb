"""Objectives: life cycle, alignment, drivers, review, order and carry-over."""

from decimal import Decimal

import pytest

from events.alignment import AlignObjective, ObjectiveAligned, UnalignObjective
from events.carry_over import CarryOverObjective
from events.cycle import ActivateCycle, CloseCycle, ReviewCycle
from events.envelope import Reason, ReasonCode
from events.key_result import DropKeyResult, KeyResultAdded
from events.limits import Limits
from events.metric import Metric, MetricKind, Stage
from events.objective import (
    ActivateObjective,
    Ambition,
    CancelObjective,
    CreateObjective,
    ObjectiveActivated,
    ObjectiveCarriedOver,
    ObjectiveCreated,
    ObjectiveDescribed,
    ObjectivePrioritized,
    ObjectiveRetitled,
    ObjectiveState,
    ProgressDriver,
    ReopenObjective,
    ReorderObjectives,
    UpdateObjective,
)
from events.rejection import RejectionCode
from events.review import CloseObjective, ObjectiveClosed, ReviewDecision
from tests.support.given import BECAUSE, Company, running_quarter


def create(objective_id: str, **fields: object) -> CreateObjective:
    values = {"cycle_id": "q3", "title": objective_id.title()} | fields
    return CreateObjective(objective_id=objective_id, **values)  # type: ignore[arg-type]


def close(objective_id: str = "trust", **fields: object) -> CloseObjective:
    values = {"decision": ReviewDecision.KEEP} | fields
    return CloseObjective(objective_id=objective_id, **values)  # type: ignore[arg-type]


# --- creation and change


def test_an_objective_begins_as_a_draft_with_its_parents() -> None:
    company = running_quarter()
    events = company.do(create("speed", parent_ids=("trust", "replies", "trust")))
    assert [type(event) for event in events] == [ObjectiveCreated, ObjectiveAligned, ObjectiveAligned]
    assert company.facts.objectives["speed"].state is ObjectiveState.DRAFT
    assert company.facts.objectives["speed"].parent_ids == ("trust", "replies")


@pytest.mark.parametrize("title", ["改善我们与潜在客户的关系", "Выйти на рынок Азии", "Udržet pipeline 🚀", "x" * 364])
def test_titles_of_any_script_and_length_go_in(title: str) -> None:
    company = Company()
    company.do(create("any", title=title))
    assert company.facts.objectives["any"].title == title


def test_unknown_links_are_named() -> None:
    company = running_quarter()
    assert company.refusal(create("x", cycle_id="none")) == (RejectionCode.NOT_FOUND, ("cycleId",))
    assert company.refusal(create("x", team_id="none")) == (RejectionCode.NOT_FOUND, ("teamId",))
    assert company.refusal(create("x", owner_id="none")) == (RejectionCode.NOT_FOUND, ("ownerId",))
    assert company.refusal(create("x", contributor_ids=("ada", "none"))) == (
        RejectionCode.NOT_FOUND,
        ("contributorIds", "1"),
    )
    assert company.refusal(create("x", parent_ids=("none",))) == (RejectionCode.NOT_FOUND, ("parentIds", "0"))
    assert company.refusal(create("trust")) == (RejectionCode.ID_TAKEN, ("id",))


def test_each_kind_of_change_is_an_event_of_its_own() -> None:
    company = running_quarter()
    events = company.do(
        UpdateObjective(objective_id="trust", title="Trust from minute one", description="Why", priority=2, expected_version=2)
    )
    assert [type(event) for event in events] == [ObjectiveRetitled, ObjectiveDescribed, ObjectivePrioritized]
    assert company.facts.objectives["trust"].version == 5
    assert company.when(UpdateObjective(objective_id="trust", title="Trust from minute one")) == []


def test_another_owner_in_a_running_cycle_needs_a_reason() -> None:
    company = running_quarter()
    reown = UpdateObjective(objective_id="trust", owner_id="max")
    assert company.refusal(reown) == (RejectionCode.REASON_REQUIRED, ("reason",))
    company.do(reown, BECAUSE)
    assert company.facts.objectives["trust"].owner_id == "max"


def test_reordering_changes_no_identity() -> None:
    company = running_quarter()
    company.objective("speed")
    company.do(ReorderObjectives(cycle_id="q3", objective_ids=("speed", "trust")))
    assert [company.facts.objectives[each].priority for each in ("trust", "speed")] == [2, 1]
    assert company.when(ReorderObjectives(cycle_id="q3", objective_ids=("speed", "trust"))) == []
    twice = ReorderObjectives(cycle_id="q3", objective_ids=("speed", "speed"))
    assert company.refusal(twice) == (RejectionCode.INVALID, ("objectiveIds",))
    foreign = ReorderObjectives(cycle_id="q4", objective_ids=("speed",))
    assert company.refusal(foreign) == (RejectionCode.NOT_FOUND, ("objectiveIds", "0"))


# --- alignment


def test_an_objective_cannot_be_aligned_to_itself_or_below_itself() -> None:
    company = running_quarter()
    company.objective("speed")
    company.objective("quality")
    company.do(AlignObjective(objective_id="speed", parent_id="trust"), BECAUSE)
    company.do(AlignObjective(objective_id="quality", parent_id="speed"), BECAUSE)
    for parent_id in ("trust", "replies", "speed", "quality"):
        align = AlignObjective(objective_id="trust", parent_id=parent_id)
        assert company.refusal(align, BECAUSE) == (RejectionCode.ALIGNMENT_CYCLE, ("parentId",))


def test_an_objective_serves_several_parents_an_objective_and_a_key_result() -> None:
    company = running_quarter()
    company.objective("speed")
    company.objective("quality")
    company.do(AlignObjective(objective_id="speed", parent_id="replies"), BECAUSE)
    company.do(AlignObjective(objective_id="speed", parent_id="quality"), BECAUSE)
    assert company.facts.objectives["speed"].parent_ids == ("replies", "quality")
    company.do(UnalignObjective(objective_id="speed", parent_id="replies"), BECAUSE)
    assert company.facts.objectives["speed"].parent_ids == ("quality",)
    assert company.when(UnalignObjective(objective_id="speed", parent_id="replies")) == []


def test_alignment_in_a_running_cycle_needs_a_reason() -> None:
    company = running_quarter()
    company.objective("speed")
    align = AlignObjective(objective_id="speed", parent_id="trust")
    assert company.refusal(align) == (RejectionCode.REASON_REQUIRED, ("reason",))
    company.do(align, BECAUSE)
    assert company.refusal(UnalignObjective(objective_id="speed", parent_id="trust"))[0] is RejectionCode.REASON_REQUIRED


def test_the_depth_and_number_of_alignments_have_limits() -> None:
    company = running_quarter()
    company.limits = Limits(alignment_depth=2, parents_per_objective=1)
    for name in ("speed", "quality", "team"):
        company.objective(name)
    company.do(AlignObjective(objective_id="speed", parent_id="trust"), BECAUSE)
    too_deep = AlignObjective(objective_id="quality", parent_id="speed")
    assert company.refusal(too_deep, BECAUSE)[0] is RejectionCode.LIMIT_EXCEEDED
    too_many = AlignObjective(objective_id="speed", parent_id="team")
    assert company.refusal(too_many, BECAUSE)[0] is RejectionCode.LIMIT_EXCEEDED


def with_children(driver: ProgressDriver) -> Company:
    """`trust` at 0.5 by its key result; children at 1 and 0, a draft and a cancelled one beside them."""
    company = running_quarter()
    company.check_in("one", "7.5")
    for name, value in (("east", "1"), ("west", "0"), ("gone", "1")):
        company.objective(name)
        company.key_result(f"{name} done", name, Metric(kind=MetricKind.BINARY))
        company.check_in(f"{name} check", value, f"{name} done")
        company.do(AlignObjective(objective_id=name, parent_id="trust"), BECAUSE)
    company.do(CancelObjective(objective_id="gone"))
    company.do(create("idea", parent_ids=("trust",)))
    company.do(UpdateObjective(objective_id="trust", driver=driver))
    return company


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        (ProgressDriver.KEY_RESULTS, "0.5"),
        (ProgressDriver.CHILDREN, "0.5"),
        (ProgressDriver.BOTH, "0.5"),
    ],
)
def test_an_objective_chooses_what_drives_its_progress(driver: ProgressDriver, expected: str) -> None:
    company = with_children(driver)
    assert company.objective_progress() == Decimal(expected)
    company.check_in("east again", "0", "east done")
    after = {"KEY_RESULTS": "0.5", "CHILDREN": "0", "BOTH": "0.166666666667"}
    assert company.objective_progress() == Decimal(after[driver])


def test_progress_is_the_weighted_mean_of_what_is_decided_and_kept() -> None:
    company = running_quarter()
    company.key_result("share", weight="3")
    company.key_result("vague", metric=Metric(kind=MetricKind.UNDECIDED), weight="100")
    company.key_result("gone", weight="100")
    company.do(DropKeyResult(key_result_id="gone"))
    company.check_in("one", "10")
    company.check_in("two", "6", "share")
    assert company.objective_progress() == Decimal("0.4")


def test_without_key_results_there_is_no_progress_rather_than_zero() -> None:
    company = Company()
    company.objective("empty")
    assert company.objective_progress("empty") is None


# --- review


def test_closing_freezes_the_number_whatever_a_child_does_later() -> None:
    company = with_children(ProgressDriver.CHILDREN)
    company.do(close(root_cause="Late start"))
    company.check_in("east again", "0", "east done")
    assert company.objective_progress() == Decimal("0.5")


def test_the_progress_proposes_the_score() -> None:
    company = running_quarter()
    company.check_in("one", "9")
    (closed,) = company.do(close())
    assert isinstance(closed, ObjectiveClosed)
    assert (closed.score, closed.proposed_score, closed.progress) == (Decimal("0.80"), Decimal("0.80"), Decimal("0.8"))


def test_another_score_than_the_proposed_one_needs_an_explanation() -> None:
    company = running_quarter()
    company.check_in("one", "9")
    assert company.refusal(close(score=Decimal("0.9"))) == (RejectionCode.EXPLANATION_REQUIRED, ("explanation",))
    company.do(close(score=Decimal("0.9"), explanation="Two of three markets"))
    review = company.facts.objectives["trust"].review
    assert review is not None
    assert (review.score, review.proposed_score) == (Decimal("0.9"), Decimal("0.8"))


def test_a_score_below_0_7_needs_a_root_cause() -> None:
    company = running_quarter()
    assert company.refusal(close()) == (RejectionCode.EXPLANATION_REQUIRED, ("rootCause",))
    assert len(company.when(close(root_cause="Late start"))) == 1


def test_a_committed_objective_below_1_needs_an_explanation() -> None:
    company = running_quarter()
    company.do(UpdateObjective(objective_id="trust", ambition=Ambition.COMMITTED))
    company.check_in("one", "9")
    assert company.refusal(close()) == (RejectionCode.EXPLANATION_REQUIRED, ("explanation",))
    company.check_in("two", "10")
    assert len(company.when(close())) == 1


@pytest.mark.parametrize("score", ["-0.1", "1.01"])
def test_a_score_outside_0_to_1_is_refused(score: str) -> None:
    company = running_quarter()
    assert company.refusal(close(score=Decimal(score), explanation="x")) == (RejectionCode.INVALID, ("score",))


def test_without_progress_a_score_must_be_given() -> None:
    company = Company()
    company.objective("empty")
    assert company.refusal(close("empty")) == (RejectionCode.REQUIRED, ("score",))
    assert len(company.when(close("empty", score=Decimal(1), explanation="Done by hand"))) == 1


def test_a_closed_objective_is_read_only_until_it_is_reopened_with_a_reason() -> None:
    company = running_quarter()
    company.check_in("one", "10")
    company.do(close())
    assert company.refusal(UpdateObjective(objective_id="trust", title="x"))[0] is RejectionCode.WRONG_STATE
    assert company.refusal(ReopenObjective(objective_id="trust")) == (RejectionCode.REASON_REQUIRED, ("reason",))
    company.do(ReopenObjective(objective_id="trust"), Reason(code=ReasonCode.CORRECTION))
    known = company.facts.objectives["trust"]
    assert (known.state, known.review, known.frozen_number) == (ObjectiveState.ACTIVE, None, None)


def test_a_draft_cannot_be_closed_and_a_cancelled_draft_reopens_as_a_draft() -> None:
    company = Company()
    company.do(create("idea"))
    assert company.refusal(close("idea"))[0] is RejectionCode.WRONG_STATE
    assert company.when(ReopenObjective(objective_id="idea")) == []
    company.do(CancelObjective(objective_id="idea"))
    assert company.when(CancelObjective(objective_id="idea")) == []
    company.do(ReopenObjective(objective_id="idea"), BECAUSE)
    assert company.facts.objectives["idea"].state is ObjectiveState.DRAFT


# --- carrying over


def carry(**fields: object) -> CarryOverObjective:
    values = {"successor_id": "objective_01kay0000000000000000000", "cycle_id": "q4"} | fields
    return CarryOverObjective(objective_id="trust", **values)  # type: ignore[arg-type]


SUCCESSOR = "objective_01kay8r1w0e0q9x5c8d1f2g3h4"


def test_a_carried_over_objective_keeps_its_lineage_and_starts_where_it_ended() -> None:
    company = running_quarter()
    company.key_result("launch", metric=Metric(kind=MetricKind.MILESTONE, stages=(Stage(stage_id="plan", title="Plan"),)))
    company.key_result("gone")
    company.do(DropKeyResult(key_result_id="gone"))
    company.check_in("one", "7.5")
    company.do(close(root_cause="Late"))
    events = company.do(carry(successor_id=SUCCESSOR))
    assert [type(event) for event in events] == [
        ObjectiveCreated,
        KeyResultAdded,
        KeyResultAdded,
        ObjectiveActivated,
        ObjectiveCarriedOver,
    ]
    successor = company.facts.objectives[SUCCESSOR]
    replies, launch = company.facts.key_results_of(SUCCESSOR)
    assert successor.carried_over_from_id == "trust"
    assert company.facts.objectives["trust"].successor_ids == (SUCCESSOR,)
    assert (replies.carried_over_from_id, replies.metric.start, replies.metric.target) == ("replies", Decimal("7.5"), 10)
    assert launch.metric.stages[0].stage_id != "plan"
    assert company.facts.numbers[replies.key_result_id].progress == 0


def test_an_objective_of_a_closed_cycle_can_be_carried_over_and_keeps_its_number() -> None:
    company = running_quarter()
    company.check_in("one", "10")
    company.do(close())
    company.do(ReviewCycle(cycle_id="q3"))
    company.do(CloseCycle(cycle_id="q3"))
    version = company.facts.objectives["trust"].version
    company.do(carry(successor_id=SUCCESSOR))
    assert company.facts.objectives["trust"].version == version
    assert company.objective_progress() == 1


def test_what_cannot_be_carried_over_is_refused() -> None:
    company = running_quarter()
    company.do(create("idea"))
    draft = CarryOverObjective(objective_id="idea", successor_id=SUCCESSOR, cycle_id="q4")
    assert company.refusal(draft)[0] is RejectionCode.WRONG_STATE
    assert company.refusal(carry(successor_id=SUCCESSOR, cycle_id="q3")) == (RejectionCode.INVALID, ("cycleId",))
    assert company.refusal(carry(successor_id="idea")) == (RejectionCode.ID_TAKEN, ("id",))
    foreign = carry(successor_id=SUCCESSOR, key_result_ids=("none",))
    assert company.refusal(foreign) == (RejectionCode.NOT_FOUND, ("keyResultIds", "0"))


def test_only_chosen_key_results_are_carried_over() -> None:
    company = running_quarter()
    company.key_result("share")
    company.do(carry(successor_id=SUCCESSOR, key_result_ids=("share",)))
    assert [each.carried_over_from_id for each in company.facts.key_results_of(SUCCESSOR)] == ["share"]


def test_activating_twice_is_one_event() -> None:
    company = Company()
    company.do(create("idea"))
    company.do(ActivateObjective(objective_id="idea"))
    assert company.when(ActivateObjective(objective_id="idea")) == []
    assert company.when(ActivateCycle(cycle_id="q3")) != []
