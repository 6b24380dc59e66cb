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
from events.metric import clamped
from events.objective import CancelObjective, Objective, ObjectiveState, ProgressDriver, ReopenObjective, UpdateObjective
from events.progress import weighted_mean
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


def counts(objective: Objective) -> bool:
    return objective.state in (ObjectiveState.ACTIVE, ObjectiveState.CLOSED)


def assert_rolled_up(facts: Facts) -> None:
    sums = {cycle_id: facts.cycle_sum(cycle_id) for cycle_id in facts.cycles}
    numbers = {each.objective_id: facts.number(each) for each in facts.objectives.values()}
    assert numbers == {each.objective_id: number_of(facts, each) for each in facts.objectives.values()}
    counted: dict[str, list[Decimal]] = {cycle_id: [] for cycle_id in facts.cycles}
    for objective_id, number in numbers.items():
        if number.progress is not None and counts(facts.objectives[objective_id]):
            counted[facts.objectives[objective_id].cycle_id].append(number.progress)
    assert sums == {each: (int(sum(known).scaleb(12)) if known else 0, len(known)) for each, known in counted.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_happens_numbers_and_sums_are_those_of_all_objectives(data: st.DataObject) -> None:
    story = Story()
    for _ in range(data.draw(st.integers(min_value=10, max_value=60))):
        story.chronicle.at += timedelta(hours=1)
        story.do(data.draw(commands(story.chronicle.facts)), reason=data.draw(REASONS))
        assert_rolled_up(story.chronicle.facts)
    # As a process that folds what others have written, and looks now and then.
    folded = Facts(story.chronicle.organization_id)
    for chapter in story.chronicle.chapters:
        for event, recorded in chapter.logged:
            folded.apply(event, recorded.occurrence)
        if data.draw(st.booleans()):
            assert_rolled_up(folded)
    assert_rolled_up(folded)


@pytest.fixture
def company() -> Chronicle:
    return running_company()


def test_a_cycle_without_numbers_sums_up_to_nothing(company: Chronicle) -> None:
    add(company, "empty")
    assert company.facts.cycle_sum("q3") == (0, 1)
    assert company.facts.cycle_sum("another") == (0, 0)
    made(company, CancelObjective(objective_id="trust"))
    assert company.facts.cycle_sum("q3") == (0, 0)
    made(company, ReopenObjective(objective_id="trust"))
    assert company.facts.cycle_sum("q3") == (0, 1)


def test_what_moves_above_moves_the_cycle_above(company: Chronicle) -> None:
    made(company, CreateCycle(cycle_id="year", name="Year", starts_on=date(2026, 1, 1)))
    for name, parent_ids in (("top", ()), ("middle", ("top",))):
        add(company, name, driver=ProgressDriver.CHILDREN, parent_ids=parent_ids)
        made(company, UpdateObjective(objective_id=name, cycle_id="year"))
    made(company, AlignObjective(objective_id="trust", parent_id="middle"))
    checked_in(company, "first", 40)
    assert company.facts.cycle_sum("q3") == (400_000_000_000, 1)
    assert company.facts.cycle_sum("year") == (800_000_000_000, 2)
    made(company, UnalignObjective(objective_id="trust", parent_id="middle"))
    assert company.facts.cycle_sum("year") == (0, 0)


def test_a_fork_changes_no_sums_until_it_is_absorbed(company: Chronicle) -> None:
    checked_in(company, "first", 40)
    facts, fork = company.facts, company.facts.fork()
    checked_in(company, "second", 50)
    (event, recorded) = company.chapters[-1].logged[0]
    before = Facts(UUID(int=1))
    for chapter in company.chapters[:-1]:
        for each, known in chapter.logged:
            before.apply(each, known.occurrence)
    fork = before.fork()
    fork.apply(event, recorded.occurrence)
    assert fork.cycle_sum("q3") == (500_000_000_000, 1) == facts.cycle_sum("q3")
    assert before.cycle_sum("q3") == (400_000_000_000, 1)
    before.absorb(fork)
    assert before.cycle_sum("q3") == (500_000_000_000, 1)
