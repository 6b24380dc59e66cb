"""Whatever is asked for, in any order: folds never fail, wishes are idempotent, numbers stay in bounds."""

from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.carry_over import CarryOverObjective
from events.check_in import RecordCheckIn
from events.command import Command
from events.comment import WriteComment
from events.custom_field import CreateCustomField
from events.cycle import CreateCycle, ReopenCycle
from events.facts import Facts
from events.initiative import CreateInitiative
from events.key_result import AddKeyResult, ReplaceKeyResult
from events.kpi import CreateKpi
from events.kpi_reading import RecordKpiReading
from events.kpi_recovery import StartKpiRecovery
from events.objective import CreateObjective
from events.person import InvitePerson
from events.recognition import RecognizePeople
from events.rejection import Rejected
from events.review import CloseObjective
from events.team import CreateTeam
from events.template import CreateTemplate, CreateTemplateFromObjective
from events.template_draft import CreateObjectiveFromTemplate
from tests.support.given import Company
from tests.support.random_commands import REASONS, commands

CREATING = (
    CreateCycle,
    CreateObjective,
    AddKeyResult,
    ReplaceKeyResult,
    RecordCheckIn,
    InvitePerson,
    CreateTeam,
    CarryOverObjective,
    CreateInitiative,
    WriteComment,
    RecognizePeople,
    CreateKpi,
    RecordKpiReading,
    StartKpiRecovery,
    CreateTemplate,
    CreateTemplateFromObjective,
    CreateObjectiveFromTemplate,
    CreateCustomField,
)
LIFE_CYCLE = (CloseObjective, ReopenCycle)
"""A second close is refused because the thing is closed: an answer, and still no second event."""


def is_sound(facts: Facts) -> None:
    """What holds at every moment."""
    for number in facts.numbers.values():
        assert number.progress is None or 0 <= number.progress <= 1
        assert number.held_share is None or 0 <= number.held_share <= 1
    for objective in facts.objectives.values():
        progress = facts.number(objective).progress
        assert progress is None or 0 <= progress <= 1
        assert not any(facts.stands_above(objective.objective_id, parent) for parent in objective.parent_ids)
        parts = facts.rolled_up.parts(objective)
        if objective.frozen_number is None and parts:
            total = sum((part.weight for part in parts), Decimal(0))
            mean = sum((part.weight * part.progress for part in parts), Decimal(0)) / total
            assert progress is not None
            assert abs(progress - mean) < Decimal("1e-11")
    placed = Counter(each for ids in facts.key_result_ids.values() for each in ids)
    assert set(placed) == set(facts.key_results)
    assert set(placed.values()) <= {1}


def repeated(company: Company, command: Command, events: int) -> None:
    """The same wish a second time makes no event; what creates is refused by its identifier."""
    before = company.position
    try:
        again = company.when(command, None)
    except Rejected:
        assert isinstance(command, CREATING + LIFE_CYCLE) or events == 0
    else:
        assert len(again) == 0, (command, again)
    assert company.position == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_any_sequence_of_commands_folds(data: st.DataObject) -> None:
    company = Company()
    for _ in range(data.draw(st.integers(min_value=5, max_value=40))):
        command = data.draw(commands(company.facts))
        reason = data.draw(REASONS)
        try:
            events = company.do(command, reason)
        except Rejected:
            continue
        is_sound(company.facts)
        repeated(company, command, len(events))
