"""Folding: what each event changes in the states of an organization, and in what is found by them.

How a thing itself changes is said by the `evolve` of its noun; here is what follows for the others, and for the numbers.
"""

from events import (
    check_in,
    comment,
    custom_field,
    cycle,
    initiative,
    key_result,
    kpi,
    kpi_reading,
    objective,
    organization,
    person,
    program,
    recognition,
    team,
    template,
)
from events.alignment import ObjectiveAligned, ObjectiveUnaligned
from events.check_in import NO_MEASUREMENTS, CheckedIn, MeasurementEvent
from events.comment import CommentEvent, CommentWritten
from events.custom_field import CustomFieldEvent
from events.cycle import CycleEvent
from events.dependency import DependencyEvent, InitiativeDependencyAdded, KeyResultDependencyAdded
from events.envelope import Occurrence
from events.event import Event
from events.facts import NOBODY, Facts
from events.initiative import InitiativeCreated, InitiativeEvent, InitiativeSupportAdded, InitiativeSupportRemoved
from events.key_result import KeyResultAdded, KeyResultEvent, KeyResultMoved, made_live
from events.kpi import KpiEvent
from events.kpi_link import KeyResultKpiLinked, KeyResultKpiUnlinked
from events.kpi_reading import KpiReadingEvent
from events.metric import is_held
from events.numbered import Ending
from events.objective import (
    ObjectiveActivated,
    ObjectiveCancelled,
    ObjectiveCreated,
    ObjectiveEvent,
    ObjectiveMoved,
    ObjectiveState,
)
from events.organization import OrganizationEvent
from events.person import PersonEvent
from events.program import ProgramEvent
from events.progress import key_result_number
from events.recognition import RecognitionEvent
from events.review import ObjectiveClosed
from events.team import TeamEvent
from events.template import TemplateEvent


def apply(facts: Facts, event: Event, occurrence: Occurrence) -> None:
    """Fold one event in. The caller sets `position` and `hash`."""
    if occurrence.recorded_at != facts.rolled_up.at:
        facts.rolled_up.begin_act(occurrence.recorded_at)
    if isinstance(event, MeasurementEvent):
        _apply_measurement(facts, event, occurrence)
        _count(facts, event.key_result_id)
    elif isinstance(event, KeyResultEvent):
        _apply_key_result(facts, event, occurrence)
        _count(facts, event.objective_id)
    elif isinstance(event, ObjectiveEvent):
        _apply_objective(facts, event, occurrence)
        _count(facts, event.objective_id)
    elif isinstance(event, InitiativeEvent):
        _apply_initiative(facts, event, occurrence)
        _count(facts, event.initiative_id)
    elif isinstance(event, CycleEvent):
        _apply_cycle(facts, event, occurrence)
        _count(facts, event.cycle_id)
    elif isinstance(event, TeamEvent):
        facts.teams[event.team_id] = team.evolve(facts.teams.get(event.team_id), event, occurrence)
        _count(facts, event.team_id)
    elif isinstance(event, PersonEvent):
        known = facts.people.get(event.person_id)
        facts.people[event.person_id] = person.evolve(known, event, occurrence)
        _count(facts, event.person_id)
    elif isinstance(event, ProgramEvent):
        known_program = facts.programs.get(event.program_id)
        facts.programs[event.program_id] = program.evolve(known_program, event, occurrence)
        _count(facts, event.program_id)
    elif isinstance(event, CommentEvent):
        _apply_comment(facts, event, occurrence)
        _count(facts, event.comment_id)
    elif isinstance(event, RecognitionEvent):
        known_recognition = facts.recognitions.get(event.recognition_id)
        facts.recognitions[event.recognition_id] = recognition.evolve(known_recognition, event, occurrence)
        _count(facts, event.recognition_id)
    elif isinstance(event, KpiEvent):
        facts.kpis[event.kpi_id] = kpi.evolve(facts.kpis.get(event.kpi_id), event, occurrence)
        _count(facts, event.kpi_id)
    elif isinstance(event, KpiReadingEvent):
        facts.readings[event.kpi_id] = kpi_reading.evolve(facts.readings_of(event.kpi_id), event, occurrence)
        facts.reading_owners[event.reading_id] = event.kpi_id
        _count(facts, event.stream_id)
    else:
        _apply_organization(facts, event, occurrence)


def _count(facts: Facts, stream_id: str) -> None:
    facts.stream_versions[stream_id] = facts.stream_versions.get(stream_id, 0) + 1


def _apply_organization(
    facts: Facts, event: TemplateEvent | CustomFieldEvent | OrganizationEvent, occurrence: Occurrence
) -> None:
    """Fold in what is of the organization as a whole."""
    if isinstance(event, TemplateEvent):
        known_template = facts.templates.get(event.template_id)
        facts.templates[event.template_id] = template.evolve(known_template, event, occurrence)
        _count(facts, event.template_id)
    elif isinstance(event, CustomFieldEvent):
        known_field = facts.custom_fields.get(event.custom_field_id)
        facts.custom_fields[event.custom_field_id] = custom_field.evolve(known_field, event, occurrence)
        _count(facts, event.custom_field_id)
    else:
        facts.organization = organization.evolve(facts.organization, event, occurrence)
        _count(facts, event.organization_id)


def _apply_measurement(facts: Facts, event: MeasurementEvent, occurrence: Occurrence) -> None:
    known = facts.measurements.get(event.key_result_id, NO_MEASUREMENTS)
    facts.measurements[event.key_result_id] = check_in.evolve(known, event, occurrence)
    part = facts.key_results[event.key_result_id]
    facts.rolled_up.unsettled.add(part.objective_id)
    facts.check_in_owners[event.check_in_id] = part.key_result_id
    if isinstance(event, CheckedIn) and event.reading_id is not None:
        made = facts.check_ins_of_reading(event.reading_id)
        facts.reading_check_ins[event.reading_id] = (*made, event.check_in_id)
    if not isinstance(event, CheckedIn):
        _renumber(facts, event.key_result_id)
        return
    before = facts.numbers[event.key_result_id]
    held = before.held_count
    if held is not None and is_held(part.metric, event.value):
        held += 1
    _renumber(facts, event.key_result_id, held)
    facts.check_in_progress[event.check_in_id] = before.progress, facts.numbers[event.key_result_id].progress


def _apply_key_result(facts: Facts, event: KeyResultEvent, occurrence: Occurrence) -> None:
    known = key_result.evolve(facts.key_results.get(event.key_result_id), event, occurrence)
    facts.rolled_up.unsettled.update((event.objective_id, known.objective_id))
    if isinstance(event, KeyResultAdded):
        _place(facts, event.key_result_id, event.objective_id)
    elif isinstance(event, KeyResultMoved):
        siblings = facts.key_result_ids[event.objective_id]
        remaining = tuple(each for each in siblings if each != event.key_result_id)
        facts.key_result_ids[event.objective_id] = remaining
        _place(facts, event.key_result_id, event.to_objective_id)
    elif isinstance(event, DependencyEvent):
        _depend(facts, event.key_result_id, event)
    elif isinstance(event, KeyResultKpiLinked | KeyResultKpiUnlinked):
        takes_values = isinstance(event, KeyResultKpiLinked) and event.takes_values
        others = facts.sourced_from(event.kpi_id) - {event.key_result_id}
        facts.kpi_sourced[event.kpi_id] = others | {event.key_result_id} if takes_values else others
    if facts.objectives[known.objective_id].state is not ObjectiveState.DRAFT:
        known = made_live(known, occurrence.recorded_at)
    facts.key_results[event.key_result_id] = known
    _renumber(facts, event.key_result_id)


def _place(facts: Facts, key_result_id: str, objective_id: str) -> None:
    facts.key_result_ids[objective_id] = (*facts.key_result_ids.get(objective_id, ()), key_result_id)


def _renumber(facts: Facts, key_result_id: str, held: int | None = None) -> None:
    known = facts.key_results[key_result_id]
    facts.numbers[key_result_id] = key_result_number(known, facts.measurements_of(key_result_id), held)


def _apply_objective(facts: Facts, event: ObjectiveEvent, occurrence: Occurrence) -> None:
    known = facts.objectives.get(event.objective_id)
    facts.objectives[event.objective_id] = objective.evolve(known, event, occurrence)
    facts.rolled_up.unsettled.add(event.objective_id)
    match event:
        case ObjectiveCreated():
            _enter(facts, event.objective_id, event.cycle_id)
        case ObjectiveMoved():
            if known is not None:
                remaining = facts.objective_ids[known.cycle_id] - {event.objective_id}
                facts.objective_ids[known.cycle_id] = remaining
            _enter(facts, event.objective_id, event.cycle_id)
        case ObjectiveAligned():
            facts.aligned[event.parent_id] = facts.aligned_to(event.parent_id) | {event.objective_id}
            facts.rolled_up.unsettled.add(event.parent_id)
        case ObjectiveUnaligned():
            facts.aligned[event.parent_id] = facts.aligned_to(event.parent_id) - {event.objective_id}
            facts.rolled_up.unsettled.add(event.parent_id)
        case ObjectiveActivated():
            for key_result_id in facts.key_result_ids.get(event.objective_id, ()):
                live = made_live(facts.key_results[key_result_id], occurrence.recorded_at)
                facts.key_results[key_result_id] = live
        case ObjectiveClosed() | ObjectiveCancelled():
            facts.rolled_up.has_endings = True
            facts.rolled_up.endings[event.objective_id] = Ending(occurrence.recorded_at, None)
        case _:
            pass


def _enter(facts: Facts, objective_id: str, cycle_id: str) -> None:
    facts.objective_ids[cycle_id] = facts.objective_ids.get(cycle_id, NOBODY) | {objective_id}


def _apply_initiative(facts: Facts, event: InitiativeEvent, occurrence: Occurrence) -> None:
    initiative_id = event.initiative_id
    facts.initiatives[initiative_id] = initiative.evolve(facts.initiatives.get(initiative_id), event, occurrence)
    match event:
        case InitiativeCreated():
            for supported_id in event.supported_ids:
                facts.supporting[supported_id] = facts.initiatives_of(supported_id) | {initiative_id}
        case InitiativeSupportAdded():
            facts.supporting[event.supported_id] = facts.initiatives_of(event.supported_id) | {initiative_id}
        case InitiativeSupportRemoved():
            facts.supporting[event.supported_id] = facts.initiatives_of(event.supported_id) - {initiative_id}
        case _ if isinstance(event, DependencyEvent):
            _depend(facts, initiative_id, event)
        case _:
            pass


def _depend(facts: Facts, dependent_id: str, event: DependencyEvent) -> None:
    is_added = isinstance(event, InitiativeDependencyAdded | KeyResultDependencyAdded)
    known = facts.dependents_of(event.blocker_id)
    facts.dependents[event.blocker_id] = known | {dependent_id} if is_added else known - {dependent_id}


def _apply_cycle(facts: Facts, event: CycleEvent, occurrence: Occurrence) -> None:
    known = facts.cycles.get(event.cycle_id)
    evolved = cycle.evolve(known, event, occurrence)
    if known is not None and known.name != evolved.name:
        facts.cycle_names[known.name] = ""
    facts.cycle_names[evolved.name] = event.cycle_id
    facts.cycles[event.cycle_id] = evolved


def _apply_comment(facts: Facts, event: CommentEvent, occurrence: Occurrence) -> None:
    depth = 0
    if isinstance(event, CommentWritten):
        facts.comment_counts[event.subject_id] = facts.comment_count(event.subject_id) + 1
        if event.reply_to_id is not None:
            depth = facts.comments[event.reply_to_id].depth + 1
    known = facts.comments.get(event.comment_id)
    facts.comments[event.comment_id] = comment.evolve(known, event, occurrence, depth)
