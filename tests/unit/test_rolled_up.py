"""Numbers of objectives and sums of cycles: kept by what changes, they are what computing all of them makes."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.alignment import AlignObjective, UnalignObjective
from events.cycle import CreateCycle
from events.facts import Facts
from events.folding import apply
from events.key_result import RetargetKeyResult
from events.metric import clamped, raw_progress
from events.objective import CancelObjective, Objective, ObjectiveState, ProgressDriver, ReopenObjective, UpdateObjective
from events.progress import reported, weighted_mean
from events.review import FrozenNumber
from tests.support.chronicle import Chronicle
from tests.support.folding import add, checked_in, made, running_company
from tests.support.random_commands import REASONS, commands
from tests.support.story import Story


def number_of(facts: Facts, known: Objective) -> FrozenNumber:
    """The number of an objective, computed from its key results and from those below."""
    if known.frozen_number is not None:
        return known.frozen_number
    parts: list[tuple[Decimal, Decimal | None, Decimal | None]] = []
    if known.driver is not ProgressDriver.CHILDREN:
        live = [each for each in facts.key_results.values() if each.objective_id == known.objective_id and not each.dropped_at]
        numbers = [(each.weight, facts.numbers[each.key_result_id]) for each in live]
        parts += [(weight, number.progress, number.raw_progress) for weight, number in numbers]
    if known.driver is not ProgressDriver.KEY_RESULTS:
        children = [each for each in facts.objectives.values() if known.objective_id in each.parent_ids and counts(each)]
        below = [number_of(facts, each) for each in children]
        parts += [(Decimal(1), number.progress, number.raw_progress) for number in below]
    progress = weighted_mean([(weight, each) for weight, each, _ in parts if each is not None])
    raw_progress = weighted_mean([(weight, each) for weight, _, each in parts if each is not None])
    return FrozenNumber(progress=None if progress is None else clamped(progress), raw_progress=raw_progress)


def original_progress(facts: Facts, known: Objective, ended: dict[str, Decimal | None]) -> Decimal | None:
    """The progress of an objective against original targets, computed in the same way; `ended` has where some stopped."""
    if known.objective_id in ended:
        return ended[known.objective_id]
    parts: list[tuple[Decimal, Decimal | None]] = []
    if known.driver is not ProgressDriver.CHILDREN:
        live = [each for each in facts.key_results.values() if each.objective_id == known.objective_id and not each.dropped_at]
        for each in live:
            latest = facts.measurements_of(each.key_result_id).latest
            value, done = (latest.value, latest.done_stage_ids) if latest else (None, frozenset[str]())
            raw = raw_progress(each.original, value, done)
            parts.append((each.weight, None if raw is None else clamped(raw)))
    if known.driver is not ProgressDriver.KEY_RESULTS:
        children = [each for each in facts.objectives.values() if known.objective_id in each.parent_ids and counts(each)]
        parts += [(Decimal(1), original_progress(facts, each, ended)) for each in children]
    progress = weighted_mean([(weight, each) for weight, each in parts if each is not None])
    return None if progress is None else clamped(progress)


def let_end(facts: Facts, ended: dict[str, Decimal | None]) -> None:
    """Note where objectives stand that an act has ended, and forget those that go on."""
    for each in facts.objectives.values():
        if each.frozen_number is None:
            ended.pop(each.objective_id, None)
    stopped = [each for each in facts.objectives.values() if each.frozen_number and each.objective_id not in ended]
    ended |= {each.objective_id: original_progress(facts, each, ended) for each in stopped}


def counts(objective: Objective) -> bool:
    return objective.state in (ObjectiveState.ACTIVE, ObjectiveState.CLOSED)


def assert_rolled_up(facts: Facts, ended: dict[str, Decimal | None]) -> None:
    sums = {cycle_id: facts.rolled_up.cycle_sum(cycle_id) for cycle_id in facts.cycles}
    original_sums = {cycle_id: facts.rolled_up.original_cycle_sum(cycle_id) for cycle_id in facts.cycles}
    numbers = {each.objective_id: facts.number(each) for each in facts.objectives.values()}
    assert numbers == {each.objective_id: number_of(facts, each) for each in facts.objectives.values()}
    for each in facts.objectives.values():
        live = [(known, facts.numbers[known.key_result_id]) for known in facts.key_results_of(each.objective_id)]
        assert facts.rolled_up.objective_number(each)[2:] == reported([pair for pair in live if pair[0].dropped_at is None])
    originals = {each.objective_id: facts.rolled_up.original_progress(each) for each in facts.objectives.values()}
    assert originals == {each.objective_id: original_progress(facts, each, ended) for each in facts.objectives.values()}
    assert sums == summed(facts, {each: number.progress for each, number in numbers.items()})
    assert original_sums == summed(facts, originals)


def summed(facts: Facts, progress: dict[str, Decimal | None]) -> dict[str, tuple[int, int]]:
    counted: dict[str, list[Decimal]] = {cycle_id: [] for cycle_id in facts.cycles}
    for objective_id, known in progress.items():
        if known is not None and counts(facts.objectives[objective_id]):
            counted[facts.objectives[objective_id].cycle_id].append(known)
    return {each: (int(sum(known).scaleb(12)) if known else 0, len(known)) for each, known in counted.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_happens_numbers_and_sums_are_those_of_all_objectives(data: st.DataObject) -> None:
    story, ended = Story(), dict[str, Decimal | None]()
    for _ in range(data.draw(st.integers(min_value=10, max_value=60))):
        story.chronicle.at += timedelta(hours=1)
        story.do(data.draw(commands(story.chronicle.facts)), reason=data.draw(REASONS))
        let_end(story.chronicle.facts, ended)
        assert_rolled_up(story.chronicle.facts, ended)
    # As a process that folds what others have written, and looks now and then.
    folded, ended = Facts(story.chronicle.organization_id), {}
    for chapter in story.chronicle.chapters:
        for event, recorded in chapter.logged:
            apply(folded, event, recorded.occurrence)
        let_end(folded, ended)
        if data.draw(st.booleans()):
            assert_rolled_up(folded, ended)
    assert_rolled_up(folded, ended)


@pytest.fixture
def company() -> Chronicle:
    return running_company()


def test_a_cycle_without_numbers_sums_up_to_nothing(company: Chronicle) -> None:
    add(company, "empty")
    assert company.facts.rolled_up.cycle_sum("q3") == (0, 1)
    assert company.facts.rolled_up.cycle_sum("another") == (0, 0)
    made(company, CancelObjective(objective_id="trust"))
    assert company.facts.rolled_up.cycle_sum("q3") == (0, 0)
    made(company, ReopenObjective(objective_id="trust"))
    assert company.facts.rolled_up.cycle_sum("q3") == (0, 1)


def test_what_moves_above_moves_the_cycle_above(company: Chronicle) -> None:
    made(company, CreateCycle(cycle_id="year", name="Year", starts_on=date(2026, 1, 1)))
    for name, parent_ids in (("top", ()), ("middle", ("top",))):
        add(company, name, driver=ProgressDriver.CHILDREN, parent_ids=parent_ids)
        made(company, UpdateObjective(objective_id=name, cycle_id="year"))
    made(company, AlignObjective(objective_id="trust", parent_id="middle"))
    checked_in(company, "first", 40)
    assert company.facts.rolled_up.cycle_sum("q3") == (400_000_000_000, 1)
    assert company.facts.rolled_up.cycle_sum("year") == (800_000_000_000, 2)
    made(company, UnalignObjective(objective_id="trust", parent_id="middle"))
    assert company.facts.rolled_up.cycle_sum("year") == (0, 0)


def test_against_original_targets_an_objective_stands_where_the_act_that_ended_it_leaves_it(company: Chronicle) -> None:
    add(company, "top", driver=ProgressDriver.CHILDREN)
    for name in ("left", "right"):
        add(company, name, key_results=(f"calls {name}",), parent_ids=("top",))
        made(company, RetargetKeyResult(key_result_id=f"calls {name}", target=Decimal(50)))
        checked_in(company, f"first {name}", 10 if name == "left" else 40, key_result_id=f"calls {name}")
    top = company.facts.objectives["top"]
    assert (company.facts.number(top).progress, company.facts.rolled_up.original_progress(top)) == (
        Decimal("0.5"),
        Decimal("0.25"),
    )
    made(company, CancelObjective(objective_id="top"), CancelObjective(objective_id="left"))
    made(company, ReopenObjective(objective_id="left"))
    checked_in(company, "second", 50, key_result_id="calls right")
    for facts in (company.facts, _folded_again(company)):
        top = facts.objectives["top"]
        assert (facts.number(top).progress, facts.rolled_up.original_progress(top)) == (Decimal("0.5"), Decimal("0.4"))
    made(company, ReopenObjective(objective_id="top"))
    assert company.facts.rolled_up.original_progress(company.facts.objectives["top"]) == Decimal("0.3")


def _folded_again(company: Chronicle) -> Facts:
    """The facts of a process that begins."""
    facts = Facts(company.organization_id)
    for chapter in company.chapters:
        for event, recorded in chapter.logged:
            apply(facts, event, recorded.occurrence)
    return facts


def test_a_fork_changes_no_sums_until_it_is_absorbed(company: Chronicle) -> None:
    checked_in(company, "first", 40)
    facts, fork = company.facts, company.facts.fork()
    checked_in(company, "second", 50)
    (event, recorded) = company.chapters[-1].logged[0]
    before = Facts(UUID(int=1))
    for chapter in company.chapters[:-1]:
        for each, known in chapter.logged:
            apply(before, each, known.occurrence)
    fork = before.fork()
    apply(fork, event, recorded.occurrence)
    assert fork.rolled_up.cycle_sum("q3") == (500_000_000_000, 1) == facts.rolled_up.cycle_sum("q3")
    assert before.rolled_up.cycle_sum("q3") == (400_000_000_000, 1)
    before.absorb(fork)
    assert before.rolled_up.cycle_sum("q3") == (500_000_000_000, 1)
