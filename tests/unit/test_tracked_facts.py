"""Tracked facts: what they say of before is what facts said then, after every event and every command of a scenario."""

from typing import Any

from events.facts import Facts
from events.folding import apply
from events.progress import key_result_number
from events.tracked_facts import TrackedFacts
from tests.support.chronicle import Chronicle
from tests.support.scenario import Scenario

SCENARIO = Chronicle()
Scenario(SCENARIO, seed=3, objectives=4, weeks=4).run(2)
COMMANDS = [chapter.logged for chapter in SCENARIO.chapters]


def contents(facts: Facts) -> dict[str, Any]:
    """Everything that facts say, by iteration."""
    return {name: dict(getattr(facts, name)) for name in Facts.MAPPINGS} | {"organization": facts.organization}


def found(facts: Facts, keys: dict[str, Any]) -> dict[str, Any]:
    """What facts answer when they are asked for one thing after the other."""
    mappings = {name: getattr(facts, name) for name in Facts.MAPPINGS}
    for name, mapping in mappings.items():
        assert {key for key in keys[name] if key in mapping} == {key for key in keys[name] if mapping.get(key) is not None}
        assert len(mapping) == len(dict(mapping))
    return {name: {key: mapping[key] for key in keys[name] if key in mapping} for name, mapping in mappings.items()}


def test_the_scenario_has_commands_of_one_event_and_of_several():
    assert min(map(len, COMMANDS)) == 1
    assert max(map(len, COMMANDS)) > 2


def test_facts_that_change_in_place_tell_how_they_were():
    tracked, plain = TrackedFacts(SCENARIO.organization_id), Facts(SCENARIO.organization_id)
    for command in COMMANDS:
        before_command = contents(plain)
        for event, recorded in command:
            before_event = contents(plain)
            apply(plain, event, recorded.occurrence)
            apply(tracked.now, event, recorded.occurrence)
            after = contents(plain)
            assert contents(tracked.now) == after
            assert contents(tracked.before_event) == before_event
            assert found(tracked.before_event, after) == {name: before_event[name] for name in Facts.MAPPINGS}
            tracked.end_event()
            assert contents(tracked.before_event) == after
        assert contents(tracked.before_command) == before_command
        tracked.end_command()
        assert contents(tracked.before_command) == contents(plain)


def test_numbers_of_before_are_those_of_then():
    tracked, plain = TrackedFacts(SCENARIO.organization_id), Facts(SCENARIO.organization_id)
    moved = 0
    for command in COMMANDS:
        for event, recorded in command:
            numbers = {known.objective_id: plain.rolled_up.objective_number(known) for known in plain.objectives.values()}
            apply(plain, event, recorded.occurrence)
            apply(tracked.now, event, recorded.occurrence)
            for known in list(tracked.before_event.objectives.values()):
                assert tracked.before_event.rolled_up.objective_number(known) == numbers[known.objective_id]
            for known in tracked.now.objectives.values():
                number = plain.rolled_up.objective_number(plain.objectives[known.objective_id])
                assert tracked.now.rolled_up.objective_number(known) == number
                moved += numbers.get(known.objective_id) != number
            tracked.end_event()
        tracked.end_command()
    assert moved > len(COMMANDS) // 2


def test_what_a_check_in_carries_on_is_what_all_check_ins_say():
    facts = SCENARIO.facts
    for key_result_id, number in facts.numbers.items():
        assert number == key_result_number(facts.key_results[key_result_id], facts.measurements_of(key_result_id))
    assert any(number.held_count for number in facts.numbers.values())
