"""The one door from commands to events: finds the states that a command is about and asks its noun."""

from collections.abc import Sequence
from typing import assert_never

from events import (
    carry_over,
    check_in,
    comment,
    cycle,
    initiative,
    key_result,
    objective,
    organization,
    person,
    program,
    recognition,
    team,
)
from events.carry_over import CarryOverObjective
from events.check_in import MeasurementCommand, RecordCheckIn
from events.command import Command
from events.comment import CommentCommand
from events.cycle import CycleCommand, require_open
from events.envelope import Context
from events.event import Event
from events.facts import Facts
from events.initiative import InitiativeCommand
from events.key_result import KeyResultCommand
from events.objective import ObjectiveCommand, ObjectivePrioritized, ReorderObjectives
from events.organization import OrganizationCommand
from events.person import InvitePerson, PersonCommand
from events.program import ProgramCommand
from events.recognition import RecognitionCommand
from events.rejection import RejectionCode, refuse, refuse_limit
from events.team import TeamCommand, TeamMemberAdded


def decide(command: Command, facts: Facts, context: Context) -> Sequence[Event]:
    """Answer the events of a command, none for a wish that is fulfilled already.

    Raises:
        Rejected: a rule refuses the command; nothing was changed.
    """
    if isinstance(command, MeasurementCommand):
        return _decide_measurement(command, facts, context)
    if isinstance(command, KeyResultCommand):
        known = facts.key_result(command.key_result_id)
        return key_result.decide(command, known, facts, context)
    if isinstance(command, ObjectiveCommand):
        return objective.decide(command, facts.objective(command.objective_id), facts, context)
    if isinstance(command, InitiativeCommand):
        return initiative.decide(command, facts.initiative(command.initiative_id), facts, context)
    if isinstance(command, CycleCommand):
        return cycle.decide(command, facts.cycle(command.cycle_id), facts, context)
    if isinstance(command, TeamCommand):
        return team.decide(command, facts.team(command.team_id), facts, context)
    if isinstance(command, PersonCommand):
        return _decide_person(command, facts, context)
    if isinstance(command, ProgramCommand):
        return program.decide(command, facts.programs.get(command.program_id), context)
    if isinstance(command, OrganizationCommand):
        return organization.decide(command, facts.organization, context)
    if isinstance(command, CommentCommand):
        return comment.decide(command, facts, context)
    if isinstance(command, RecognitionCommand):
        return recognition.decide(command, facts, context)
    match command:
        case ReorderObjectives():
            return _reorder(command, facts)
        case CarryOverObjective():
            return carry_over.decide(command, facts, context)
        case _:
            assert_never(command)


def _decide_measurement(command: MeasurementCommand, facts: Facts, context: Context) -> Sequence[Event]:
    if isinstance(command, RecordCheckIn):
        key_result_id = command.key_result_id
        if facts.check_in(command.check_in_id) is not None:
            raise refuse(RejectionCode.ID_TAKEN, "a check-in with this id exists already", "id")
    else:
        key_result_id = facts.check_in_owners.get(command.check_in_id, "")
    measurements = facts.measurements_of(key_result_id)
    limit = context.limits.check_ins_per_key_result
    if isinstance(command, RecordCheckIn) and len(measurements.check_ins) >= limit:
        raise refuse_limit("check-ins of a key result", limit, len(measurements.check_ins) + 1, "keyResultId")
    return check_in.decide(command, facts.key_result(key_result_id), measurements, facts, context)


def _decide_person(command: PersonCommand, facts: Facts, context: Context) -> Sequence[Event]:
    known = facts.people.get(command.person_id)
    events = person.decide(command, known, facts.other_admins(command.person_id), context)
    if not isinstance(command, InvitePerson):
        return events
    for index, team_id in enumerate(command.team_ids):
        if not facts.has_team(team_id):
            raise refuse(RejectionCode.NOT_FOUND, "no such team", "teamIds", str(index))
    joined = [TeamMemberAdded(team_id=team_id, person_id=command.person_id) for team_id in dict.fromkeys(command.team_ids)]
    return [*events, *joined]


def _reorder(command: ReorderObjectives, facts: Facts) -> Sequence[Event]:
    known_cycle = facts.cycle(command.cycle_id)
    if known_cycle is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such cycle", "cycleId")
    require_open(known_cycle)
    if len(set(command.objective_ids)) != len(command.objective_ids):
        raise refuse(RejectionCode.INVALID, "an objective is named twice", "objectiveIds")
    events: list[Event] = []
    for index, objective_id in enumerate(command.objective_ids):
        known = facts.objective(objective_id)
        if known is None or known.cycle_id != command.cycle_id:
            raise refuse(RejectionCode.NOT_FOUND, "not an objective of this cycle", "objectiveIds", str(index))
        if known.priority != index + 1:
            events.append(ObjectivePrioritized(objective_id=objective_id, priority=index + 1))
    return events
