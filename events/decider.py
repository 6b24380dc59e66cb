"""The one door from commands to events: finds the states that a command is about and asks its noun."""

from collections.abc import Sequence
from typing import assert_never

from events import (
    carry_over,
    check_in,
    comment,
    custom_field,
    cycle,
    initiative,
    key_result,
    kpi,
    kpi_link,
    kpi_reading,
    kpi_recovery,
    kpi_source,
    objective,
    organization,
    person,
    program,
    recognition,
    team,
    template,
    template_draft,
)
from events.carry_over import CarryOverObjective
from events.check_in import MeasurementCommand, RecordCheckIn
from events.command import Command
from events.comment import CommentCommand
from events.custom_field import CustomFieldCommand
from events.cycle import CycleCommand, require_open
from events.envelope import Context, Occurrence
from events.event import Event
from events.facts import Facts
from events.folding import apply
from events.initiative import InitiativeCommand
from events.key_result import KeyResultCommand, require_kept
from events.kpi import KpiCommand, require_in_use, required_kpi
from events.kpi_link import KpiLinkCommand, LinkKpi
from events.kpi_reading import KpiReadingCommand, RecordKpiReading
from events.kpi_recovery import StartKpiRecovery
from events.objective import ObjectiveCommand, ObjectivePrioritized, ReorderObjectives, require_changeable, required_objective
from events.organization import OrganizationCommand
from events.person import InvitePerson, PersonCommand
from events.program import ProgramCommand
from events.recognition import RecognitionCommand
from events.rejection import RejectionCode, refuse, refuse_limit
from events.team import TeamCommand, TeamMemberAdded
from events.template import TemplateCommand
from events.template_draft import CreateObjectiveFromTemplate
from events.version import check_version


def decide(command: Command, facts: Facts, context: Context) -> Sequence[Event]:  # noqa: C901, PLR0912 - a branch for each noun
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
    if isinstance(command, KpiCommand):
        return kpi.decide(command, facts.kpi(command.kpi_id), facts, context)
    if isinstance(command, KpiReadingCommand):
        return _decide_reading(command, facts, context)
    if isinstance(command, KpiLinkCommand):
        return _decide_link(command, facts, context)
    if isinstance(command, TemplateCommand):
        return template.decide(command, facts.template(command.template_id), facts, context)
    if isinstance(command, CustomFieldCommand):
        return custom_field.decide(command, facts.custom_field(command.custom_field_id), facts, context)
    match command:
        case ReorderObjectives():
            return _reorder(command, facts)
        case CarryOverObjective():
            return carry_over.decide(command, facts, context)
        case StartKpiRecovery():
            return _decide_in_turn(kpi_recovery.commands_of(command, facts, context), facts, context)
        case CreateObjectiveFromTemplate():
            parts = template_draft.commands_of(command, facts, context)
            return [*_decide_in_turn(parts, facts, context), template_draft.lineage_of(command, facts)]
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


def _decide_reading(command: KpiReadingCommand, facts: Facts, context: Context) -> Sequence[Event]:
    if isinstance(command, RecordKpiReading):
        kpi_id = command.kpi_id
        if facts.reading(command.reading_id) is not None:
            raise refuse(RejectionCode.ID_TAKEN, "a reading with this id exists already", "id")
    else:
        kpi_id = facts.reading_owners.get(command.reading_id, "")
    known = facts.kpi(kpi_id)
    events: list[Event] = []
    for event in kpi_reading.decide(command, known, facts.readings_of(kpi_id), context):
        events += [event, *kpi_source.check_ins_of(event, required_kpi(known), facts, context)]
    return events


def _decide_link(command: KpiLinkCommand, facts: Facts, context: Context) -> Sequence[Event]:
    part = facts.key_result(command.linked_id)
    linked = required_objective(facts.objective(part.objective_id if part else command.linked_id))
    thing = part or linked
    check_version(command.linked_id, thing.version, command.expected_version)
    require_changeable(linked, facts.cycle(linked.cycle_id))
    known = required_kpi(facts.kpi(command.kpi_id))
    if isinstance(command, LinkKpi):
        require_in_use(known)
    if part is None:
        return kpi_link.decide_objective(command, linked.kpi_links, known.measure, context)
    require_kept(part)
    sources = len(facts.sourced_from(known.kpi_id) - {part.key_result_id})
    return kpi_link.decide_key_result(
        command, part.objective_id, part.metric, part.kpi_links, measure=known.measure, sources=sources, context=context
    )


def _decide_in_turn(commands: Sequence[Command], facts: Facts, context: Context) -> Sequence[Event]:
    # Each command is decided on what the ones before it have made.
    fork, events = facts.fork(), list[Event]()
    for each in commands:
        for event in decide(each, fork, context):
            apply(
                fork, event, Occurrence(position=0, recorded_at=context.at, effective_at=context.at, actor_id=context.actor_id)
            )
            events.append(event)
    return events


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
