"""All write-side states of one organization, folded from its log, and the questions decisions ask of them.

A fold belongs to a head: `position` and `hash` say of exactly which log. A batch works on a `fork`,
whose changes are absorbed only after the commit; a fork that is dropped leaves no trace.
"""

from collections.abc import Callable, Iterable, MutableMapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

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
from events.check_in import NO_MEASUREMENTS, CheckedIn, CheckIn, MeasurementEvent, Measurements
from events.comment import Comment, CommentEvent, CommentWritten
from events.custom_field import CustomField, CustomFieldEvent, CustomFieldNoun
from events.custom_value import CustomValues
from events.cycle import Cycle, CycleEvent
from events.dependency import (
    Dependency,
    DependencyEvent,
    InitiativeDependencyAdded,
    KeyResultDependencyAdded,
)
from events.envelope import Occurrence
from events.event import Event
from events.initiative import (
    Initiative,
    InitiativeCreated,
    InitiativeEvent,
    InitiativeSupportAdded,
    InitiativeSupportRemoved,
)
from events.key_result import KeyResult, KeyResultAdded, KeyResultEvent, KeyResultMoved, made_live
from events.kpi import Kpi, KpiEvent
from events.kpi_calendar import PeriodCalendar
from events.kpi_link import KeyResultKpiLinked, KeyResultKpiUnlinked
from events.kpi_reading import NO_READINGS, KpiReading, KpiReadingEvent, KpiReadings
from events.metric import ONE, clamped
from events.objective import (
    Objective,
    ObjectiveActivated,
    ObjectiveCancelled,
    ObjectiveCreated,
    ObjectiveEvent,
    ObjectiveMoved,
    ObjectiveState,
    ProgressDriver,
)
from events.organization import Organization, OrganizationEvent
from events.overlay import Overlay
from events.person import Person, PersonEvent, Role
from events.program import Program, ProgramEvent
from events.progress import (
    KeyResultNumber,
    ObjectiveNumber,
    Part,
    key_result_number,
    weighted_mean,
    worst,
)
from events.recognition import Recognition, RecognitionEvent
from events.review import FrozenNumber, ObjectiveClosed
from events.rolled_up import Ending, Numbered, RolledUp, Sum, numbered
from events.team import Team, TeamEvent
from events.template import Template, TemplateEvent

NOBODY: frozenset[str] = frozenset()
_OF_CHILDREN, _OF_KEY_RESULTS = ProgressDriver.CHILDREN, ProgressDriver.KEY_RESULTS
_COUNTING = (ObjectiveState.ACTIVE, ObjectiveState.CLOSED)


class Facts:
    """The folded states of one organization. Mutable; share it only between holders of one position."""

    __slots__ = (
        "aligned",
        "check_in_owners",
        "check_in_progress",
        "comment_counts",
        "comments",
        "custom_fields",
        "cycle_names",
        "cycles",
        "dependents",
        "hash",
        "initiatives",
        "key_result_ids",
        "key_results",
        "kpi_sourced",
        "kpis",
        "measurements",
        "numbers",
        "objective_ids",
        "objectives",
        "organization",
        "organization_id",
        "people",
        "position",
        "programs",
        "reading_check_ins",
        "reading_owners",
        "readings",
        "recognitions",
        "rolled_up",
        "stream_versions",
        "supporting",
        "teams",
        "templates",
    )

    _MAPPINGS = (
        "people",
        "programs",
        "teams",
        "cycles",
        "objectives",
        "key_results",
        "measurements",
        "numbers",
        "stream_versions",
        "aligned",
        "key_result_ids",
        "objective_ids",
        "cycle_names",
        "check_in_owners",
        "check_in_progress",
        "initiatives",
        "supporting",
        "dependents",
        "comments",
        "comment_counts",
        "recognitions",
        "kpis",
        "readings",
        "reading_owners",
        "reading_check_ins",
        "kpi_sourced",
        "templates",
        "custom_fields",
    )

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id
        self.position = 0
        self.hash = b""
        self.organization: Organization | None = None
        self.people: MutableMapping[str, Person] = {}
        self.programs: MutableMapping[str, Program] = {}
        self.teams: MutableMapping[str, Team] = {}
        self.cycles: MutableMapping[str, Cycle] = {}
        self.objectives: MutableMapping[str, Objective] = {}
        self.key_results: MutableMapping[str, KeyResult] = {}
        self.measurements: MutableMapping[str, Measurements] = {}
        self.numbers: MutableMapping[str, KeyResultNumber] = {}
        self.stream_versions: MutableMapping[str, int] = {}
        self.aligned: MutableMapping[str, frozenset[str]] = {}
        self.key_result_ids: MutableMapping[str, tuple[str, ...]] = {}
        self.objective_ids: MutableMapping[str, frozenset[str]] = {}
        self.cycle_names: MutableMapping[str, str] = {}
        self.check_in_owners: MutableMapping[str, str] = {}
        self.check_in_progress: MutableMapping[str, tuple[Decimal | None, Decimal | None]] = {}
        self.initiatives: MutableMapping[str, Initiative] = {}
        self.supporting: MutableMapping[str, frozenset[str]] = {}
        self.dependents: MutableMapping[str, frozenset[str]] = {}
        self.comments: MutableMapping[str, Comment] = {}
        self.comment_counts: MutableMapping[str, int] = {}
        self.recognitions: MutableMapping[str, Recognition] = {}
        self.kpis: MutableMapping[str, Kpi] = {}
        self.readings: MutableMapping[str, KpiReadings] = {}
        self.reading_owners: MutableMapping[str, str] = {}
        self.reading_check_ins: MutableMapping[str, tuple[str, ...]] = {}
        self.kpi_sourced: MutableMapping[str, frozenset[str]] = {}
        self.templates: MutableMapping[str, Template] = {}
        self.custom_fields: MutableMapping[str, CustomField] = {}
        self.rolled_up = RolledUp()

    # --- forking

    def fork(self) -> "Facts":
        """Return facts that begin as these and change without changing these."""
        self.settle()
        return self.viewed(Overlay)

    def viewed(self, through: Callable[[Any], Any]) -> "Facts":
        """Return facts that are as these now, with a mapping made by a function of each of these ones'."""
        viewed = Facts.__new__(Facts)
        viewed.organization_id = self.organization_id
        viewed.become(self)
        for name in self._MAPPINGS:
            setattr(viewed, name, through(getattr(self, name)))
        viewed.rolled_up = self.rolled_up.viewed(through)
        return viewed

    def become(self, other: "Facts") -> None:
        """Take over all but the mappings of other facts of the organization, which say the same."""
        self.position, self.hash, self.organization = other.position, other.hash, other.organization

    def absorb(self, forked: "Facts") -> None:
        """Take over what changed in a fork of these facts."""
        self.become(forked)
        for name in self._MAPPINGS:
            changed = getattr(forked, name).changed
            if changed:
                getattr(self, name).update(changed)
        self.rolled_up.absorb(forked.rolled_up)

    def rest_on(self, below: "Facts") -> None:
        """Lie on other facts: those that have absorbed the fork which this one was made of."""
        for name in self._MAPPINGS:
            getattr(self, name).below = getattr(below, name)
        self.rolled_up.rest_on(below.rolled_up)

    # --- folding

    def apply(self, event: Event, occurrence: Occurrence) -> None:
        """Fold one event in. The caller sets `position` and `hash`."""
        if occurrence.recorded_at != self.rolled_up.at:
            self._begin_act(occurrence.recorded_at)
        if isinstance(event, MeasurementEvent):
            self._apply_measurement(event, occurrence)
            self._count(event.key_result_id)
        elif isinstance(event, KeyResultEvent):
            self._apply_key_result(event, occurrence)
            self._count(event.objective_id)
        elif isinstance(event, ObjectiveEvent):
            self._apply_objective(event, occurrence)
            self._count(event.objective_id)
        elif isinstance(event, InitiativeEvent):
            self._apply_initiative(event, occurrence)
            self._count(event.initiative_id)
        elif isinstance(event, CycleEvent):
            self._apply_cycle(event, occurrence)
            self._count(event.cycle_id)
        elif isinstance(event, TeamEvent):
            self.teams[event.team_id] = team.evolve(self.teams.get(event.team_id), event, occurrence)
            self._count(event.team_id)
        elif isinstance(event, PersonEvent):
            known = self.people.get(event.person_id)
            self.people[event.person_id] = person.evolve(known, event, occurrence)
            self._count(event.person_id)
        elif isinstance(event, ProgramEvent):
            known_program = self.programs.get(event.program_id)
            self.programs[event.program_id] = program.evolve(known_program, event, occurrence)
            self._count(event.program_id)
        elif isinstance(event, CommentEvent):
            self._apply_comment(event, occurrence)
            self._count(event.comment_id)
        elif isinstance(event, RecognitionEvent):
            known_recognition = self.recognitions.get(event.recognition_id)
            self.recognitions[event.recognition_id] = recognition.evolve(known_recognition, event, occurrence)
            self._count(event.recognition_id)
        elif isinstance(event, KpiEvent):
            self.kpis[event.kpi_id] = kpi.evolve(self.kpis.get(event.kpi_id), event, occurrence)
            self._count(event.kpi_id)
        elif isinstance(event, KpiReadingEvent):
            self.readings[event.kpi_id] = kpi_reading.evolve(self.readings_of(event.kpi_id), event, occurrence)
            self.reading_owners[event.reading_id] = event.kpi_id
            self._count(event.stream_id)
        else:
            self._apply_organization(event, occurrence)

    def _begin_act(self, at: datetime) -> None:
        """Let what the act before has ended stand where it is. Every act has an instant of its own."""
        if self.rolled_up.has_endings:
            self.settle()
            self.rolled_up.has_endings = False
        self.rolled_up.at = at

    def _count(self, stream_id: str) -> None:
        self.stream_versions[stream_id] = self.stream_versions.get(stream_id, 0) + 1

    def _apply_organization(self, event: TemplateEvent | CustomFieldEvent | OrganizationEvent, occurrence: Occurrence) -> None:
        """Fold in what is of the organization as a whole."""
        if isinstance(event, TemplateEvent):
            known_template = self.templates.get(event.template_id)
            self.templates[event.template_id] = template.evolve(known_template, event, occurrence)
            self._count(event.template_id)
        elif isinstance(event, CustomFieldEvent):
            known_field = self.custom_fields.get(event.custom_field_id)
            self.custom_fields[event.custom_field_id] = custom_field.evolve(known_field, event, occurrence)
            self._count(event.custom_field_id)
        else:
            self.organization = organization.evolve(self.organization, event, occurrence)
            self._count(event.organization_id)

    def _apply_measurement(self, event: MeasurementEvent, occurrence: Occurrence) -> None:
        known = self.measurements.get(event.key_result_id, NO_MEASUREMENTS)
        self.measurements[event.key_result_id] = check_in.evolve(known, event, occurrence)
        self.rolled_up.unsettled.add(self.key_results[event.key_result_id].objective_id)
        self.check_in_owners[event.check_in_id] = event.key_result_id
        if isinstance(event, CheckedIn) and event.reading_id is not None:
            made = self.check_ins_of_reading(event.reading_id)
            self.reading_check_ins[event.reading_id] = (*made, event.check_in_id)
        before = self.numbers[event.key_result_id].progress
        self._renumber(event.key_result_id)
        if isinstance(event, CheckedIn):
            self.check_in_progress[event.check_in_id] = before, self.numbers[event.key_result_id].progress

    def _apply_key_result(self, event: KeyResultEvent, occurrence: Occurrence) -> None:
        known = key_result.evolve(self.key_results.get(event.key_result_id), event, occurrence)
        self.rolled_up.unsettled.update((event.objective_id, known.objective_id))
        if isinstance(event, KeyResultAdded):
            self._place(event.key_result_id, event.objective_id)
        elif isinstance(event, KeyResultMoved):
            siblings = self.key_result_ids[event.objective_id]
            remaining = tuple(each for each in siblings if each != event.key_result_id)
            self.key_result_ids[event.objective_id] = remaining
            self._place(event.key_result_id, event.to_objective_id)
        elif isinstance(event, DependencyEvent):
            self._depend(event.key_result_id, event)
        elif isinstance(event, KeyResultKpiLinked | KeyResultKpiUnlinked):
            takes_values = isinstance(event, KeyResultKpiLinked) and event.takes_values
            others = self.sourced_from(event.kpi_id) - {event.key_result_id}
            self.kpi_sourced[event.kpi_id] = others | {event.key_result_id} if takes_values else others
        if self.objectives[known.objective_id].state is not ObjectiveState.DRAFT:
            known = made_live(known, occurrence.recorded_at)
        self.key_results[event.key_result_id] = known
        self._renumber(event.key_result_id)

    def _place(self, key_result_id: str, objective_id: str) -> None:
        self.key_result_ids[objective_id] = (*self.key_result_ids.get(objective_id, ()), key_result_id)

    def _renumber(self, key_result_id: str) -> None:
        known = self.key_results[key_result_id]
        self.numbers[key_result_id] = key_result_number(known, self.measurements_of(key_result_id))

    def _apply_objective(self, event: ObjectiveEvent, occurrence: Occurrence) -> None:
        known = self.objectives.get(event.objective_id)
        self.objectives[event.objective_id] = objective.evolve(known, event, occurrence)
        self.rolled_up.unsettled.add(event.objective_id)
        match event:
            case ObjectiveCreated():
                self._enter(event.objective_id, event.cycle_id)
            case ObjectiveMoved():
                if known is not None:
                    remaining = self.objective_ids[known.cycle_id] - {event.objective_id}
                    self.objective_ids[known.cycle_id] = remaining
                self._enter(event.objective_id, event.cycle_id)
            case ObjectiveAligned():
                self.aligned[event.parent_id] = self.aligned_to(event.parent_id) | {event.objective_id}
                self.rolled_up.unsettled.add(event.parent_id)
            case ObjectiveUnaligned():
                self.aligned[event.parent_id] = self.aligned_to(event.parent_id) - {event.objective_id}
                self.rolled_up.unsettled.add(event.parent_id)
            case ObjectiveActivated():
                for key_result_id in self.key_result_ids.get(event.objective_id, ()):
                    live = made_live(self.key_results[key_result_id], occurrence.recorded_at)
                    self.key_results[key_result_id] = live
            case ObjectiveClosed() | ObjectiveCancelled():
                self.rolled_up.has_endings = True
                self.rolled_up.endings[event.objective_id] = Ending(occurrence.recorded_at, None)
            case _:
                pass

    def _enter(self, objective_id: str, cycle_id: str) -> None:
        self.objective_ids[cycle_id] = self.objective_ids.get(cycle_id, NOBODY) | {objective_id}

    def _apply_initiative(self, event: InitiativeEvent, occurrence: Occurrence) -> None:
        initiative_id = event.initiative_id
        self.initiatives[initiative_id] = initiative.evolve(self.initiatives.get(initiative_id), event, occurrence)
        match event:
            case InitiativeCreated():
                for supported_id in event.supported_ids:
                    self.supporting[supported_id] = self.initiatives_of(supported_id) | {initiative_id}
            case InitiativeSupportAdded():
                self.supporting[event.supported_id] = self.initiatives_of(event.supported_id) | {initiative_id}
            case InitiativeSupportRemoved():
                self.supporting[event.supported_id] = self.initiatives_of(event.supported_id) - {initiative_id}
            case _ if isinstance(event, DependencyEvent):
                self._depend(initiative_id, event)
            case _:
                pass

    def _depend(self, dependent_id: str, event: DependencyEvent) -> None:
        is_added = isinstance(event, InitiativeDependencyAdded | KeyResultDependencyAdded)
        known = self.dependents_of(event.blocker_id)
        self.dependents[event.blocker_id] = known | {dependent_id} if is_added else known - {dependent_id}

    def _apply_cycle(self, event: CycleEvent, occurrence: Occurrence) -> None:
        known = self.cycles.get(event.cycle_id)
        evolved = cycle.evolve(known, event, occurrence)
        if known is not None and known.name != evolved.name:
            self.cycle_names[known.name] = ""
        self.cycle_names[evolved.name] = event.cycle_id
        self.cycles[event.cycle_id] = evolved

    def _apply_comment(self, event: CommentEvent, occurrence: Occurrence) -> None:
        depth = 0
        if isinstance(event, CommentWritten):
            self.comment_counts[event.subject_id] = self.comment_count(event.subject_id) + 1
            if event.reply_to_id is not None:
                depth = self.comments[event.reply_to_id].depth + 1
        known = self.comments.get(event.comment_id)
        self.comments[event.comment_id] = comment.evolve(known, event, occurrence, depth)

    # --- questions

    def team(self, team_id: str) -> Team | None:
        """Answer a team."""
        return self.teams.get(team_id)

    def has_team(self, team_id: str) -> bool:
        """Say whether a team exists."""
        return team_id in self.teams

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists; one that was erased can be given nothing new."""
        known = self.people.get(person_id)
        return known is not None and known.erased_at is None

    def is_active_person(self, person_id: str) -> bool:
        """Say whether there is such a person and they have access."""
        known = self.people.get(person_id)
        return known is not None and known.is_active

    def other_admins(self, person_id: str) -> int:
        """Count the active people with role ADMIN except one."""
        return sum(each.role is Role.ADMIN and each.is_active and each.person_id != person_id for each in self.people.values())

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        return self.cycles.get(cycle_id)

    def cycle_id_of_name(self, name: str) -> str | None:
        """Answer the cycle that has a name, or None."""
        return self.cycle_names.get(name) or None

    def unreviewed_objective_ids(self, cycle_id: str) -> list[str]:
        """Answer the active objectives of a cycle, in the order of their identifiers."""
        ids = self.objective_ids.get(cycle_id, NOBODY)
        return sorted(each for each in ids if self.objectives[each].state is ObjectiveState.ACTIVE)

    def objective(self, objective_id: str) -> Objective | None:
        """Answer an objective."""
        return self.objectives.get(objective_id)

    def key_result(self, key_result_id: str) -> KeyResult | None:
        """Answer a key result."""
        return self.key_results.get(key_result_id)

    def key_results_of(self, objective_id: str) -> list[KeyResult]:
        """Answer an objective's key results, dropped ones included, in the order of their addition."""
        return [self.key_results[each] for each in self.key_result_ids.get(objective_id, ())]

    def key_result_count(self, objective_id: str) -> int:
        """Answer how many key results an objective has that are not dropped."""
        return sum(each.dropped_at is None for each in self.key_results_of(objective_id))

    def measurements_of(self, key_result_id: str) -> Measurements:
        """Answer the check-ins of a key result."""
        return self.measurements.get(key_result_id, NO_MEASUREMENTS)

    def has_check_ins(self, key_result_id: str) -> bool:
        """Say whether a key result was ever checked in, retracted check-ins included."""
        return bool(self.measurements_of(key_result_id).check_ins)

    def check_in(self, check_in_id: str) -> CheckIn | None:
        """Answer a check-in."""
        owner = self.check_in_owners.get(check_in_id)
        return None if owner is None else self.measurements[owner].check_ins[check_in_id]

    # --- initiatives and dependencies

    def initiative(self, initiative_id: str) -> Initiative | None:
        """Answer an initiative."""
        return self.initiatives.get(initiative_id)

    def initiatives_of(self, supported_id: str) -> frozenset[str]:
        """Answer the initiatives that stand directly behind an objective or a key result."""
        return self.supporting.get(supported_id, NOBODY)

    def initiatives_behind(self, objective_id: str) -> frozenset[str]:
        """Answer the initiatives that support an objective or one of its key results."""
        parts = self.key_result_ids.get(objective_id, ())
        return self.initiatives_of(objective_id).union(*(self.initiatives_of(each) for each in parts))

    def objectives_supported(self, known: Initiative) -> tuple[str, ...]:
        """Answer the objectives that an initiative stands behind, itself or behind a key result, each once."""
        parts = (self.key_results.get(each) for each in known.supported_ids)
        owners = (part.objective_id if part else each for part, each in zip(parts, known.supported_ids, strict=True))
        return tuple(dict.fromkeys(owners))

    def dependencies_of(self, dependent_id: str) -> tuple[Dependency, ...]:
        """Answer what an initiative or a key result depends on."""
        known = self.initiatives.get(dependent_id) or self.key_results.get(dependent_id)
        return known.dependencies if known else ()

    def dependents_of(self, blocker_id: str) -> frozenset[str]:
        """Answer what depends on an initiative or a key result."""
        return self.dependents.get(blocker_id, NOBODY)

    # --- conversation

    def comment(self, comment_id: str) -> Comment | None:
        """Answer a comment."""
        return self.comments.get(comment_id)

    def comment_count(self, subject_id: str) -> int:
        """Answer how many comments there are about a thing, withdrawn ones included."""
        return self.comment_counts.get(subject_id, 0)

    def recognition(self, recognition_id: str) -> Recognition | None:
        """Answer a recognition."""
        return self.recognitions.get(recognition_id)

    def is_praiseworthy(self, thing_id: str) -> bool:
        """Say whether there is such a thing and people may be recognized for it."""
        things = (self.objectives, self.key_results, self.check_in_owners, self.cycles, self.teams)
        is_organization = self.organization is not None and self.organization.organization_id == thing_id
        return is_organization or any(thing_id in each for each in things)

    def is_discussable(self, thing_id: str) -> bool:
        """Say whether there is such a thing and comments may be about it."""
        return self.is_praiseworthy(thing_id) or thing_id in self.recognitions

    def anchor_of(self, thing_id: str) -> str | None:
        """Answer the objective or key result that decides who sees what is said of a thing; None if everybody does."""
        given = self.recognitions.get(thing_id)
        if given is not None:
            return None if given.subject_id is None else self.anchor_of(given.subject_id)
        anchor_id = self.check_in_owners.get(thing_id, thing_id)
        return anchor_id if anchor_id in self.key_results or anchor_id in self.objectives else None

    def objective_around(self, thing_id: str) -> str | None:
        """Answer the objective that a thing is or belongs to now, None for what belongs to none."""
        anchor_id = self.anchor_of(thing_id)
        part = None if anchor_id is None else self.key_results.get(anchor_id)
        return part.objective_id if part else anchor_id

    def template(self, template_id: str) -> Template | None:
        """Answer a template of the organization."""
        return self.templates.get(template_id)

    # --- KPIs

    def kpi(self, kpi_id: str) -> Kpi | None:
        """Answer a KPI."""
        return self.kpis.get(kpi_id)

    def readings_of(self, kpi_id: str) -> KpiReadings:
        """Answer the readings of a KPI."""
        return self.readings.get(kpi_id, NO_READINGS)

    def has_readings(self, kpi_id: str) -> bool:
        """Say whether a KPI was ever read, retracted readings included."""
        return bool(self.readings_of(kpi_id).readings)

    def reading(self, reading_id: str) -> KpiReading | None:
        """Answer a reading."""
        owner = self.reading_owners.get(reading_id)
        return None if owner is None else self.readings[owner].readings[reading_id]

    def sourced_from(self, kpi_id: str) -> frozenset[str]:
        """Answer the key results that take their values from a KPI."""
        return self.kpi_sourced.get(kpi_id, NOBODY)

    def check_ins_of_reading(self, reading_id: str) -> tuple[str, ...]:
        """Answer the check-ins that a reading made."""
        return self.reading_check_ins.get(reading_id, ())

    # --- custom fields

    def custom_field(self, custom_field_id: str) -> CustomField | None:
        """Answer a custom field."""
        return self.custom_fields.get(custom_field_id)

    def custom_fields_of(self, noun: CustomFieldNoun) -> list[CustomField]:
        """Answer the custom fields of a noun that are not archived, in the order of their creation."""
        return [each for each in self.custom_fields.values() if each.applies_to is noun and each.archived_at is None]

    def values_of_key_results(self, objective_id: str) -> list[tuple[str, CustomValues]]:
        """Answer title and values of each key result of an objective that is not dropped."""
        return [(each.title, each.custom_values) for each in self.key_results_of(objective_id) if each.dropped_at is None]

    # ---

    def time_zone(self) -> str:
        """Answer the organization's time zone."""
        return "UTC" if self.organization is None else self.organization.time_zone

    def period_calendar(self) -> PeriodCalendar:
        """Answer the organization's periods, by which KPIs are read."""
        known = self.organization
        return PeriodCalendar(
            zone=self.time_zone(),
            first_day_of_week=1 if known is None else known.first_day_of_week,
            fiscal_year_start_month=1 if known is None else known.fiscal_year_start_month,
            grace_days=0 if known is None else known.check_in_grace_days,
        )

    # --- alignment

    def aligned_to(self, parent_id: str) -> frozenset[str]:
        """Answer the objectives that are aligned to an objective or a key result."""
        return self.aligned.get(parent_id, NOBODY)

    def alignable(self, parent_id: str) -> bool:
        """Say whether an id is that of an objective or of a key result."""
        return parent_id in self.objectives or parent_id in self.key_results

    def objectives_above(self, objective_id: str) -> list[str]:
        """Answer the objectives that one is aligned to, through a key result or not."""
        above: list[str] = []
        known = self.objectives.get(objective_id)
        for parent_id in known.parent_ids if known else ():
            part = self.key_results.get(parent_id)
            above.append(part.objective_id if part else parent_id)
        return above

    def objectives_below(self, objective_id: str) -> frozenset[str]:
        """Answer the objectives aligned to one or to one of its key results."""
        below = self.aligned_to(objective_id)
        for key_result_id in self.key_result_ids.get(objective_id, ()):
            below |= self.aligned_to(key_result_id)
        return below

    def stands_above(self, objective_id: str, other_id: str) -> bool:
        """Say whether an objective is the other thing, contains it, or is anywhere above it."""
        part = self.key_results.get(other_id)
        pending = [part.objective_id if part else other_id]
        seen: set[str] = set()
        while pending:
            current = pending.pop()
            if current == objective_id:
                return True
            if current not in seen:
                seen.add(current)
                pending.extend(self.objectives_above(current))
        return False

    def depth_above(self, parent_id: str) -> int:
        """Answer how many objectives stand above something, itself included, on the longest way."""
        part = self.key_results.get(parent_id)
        level, depth = {part.objective_id if part else parent_id}, 0
        while level:
            depth += 1
            level = {above for each in level for above in self.objectives_above(each)}
        return depth

    def depth_below(self, objective_id: str) -> int:
        """Answer how many objectives stand below one, itself included, on the longest way."""
        level, depth = {objective_id}, 0
        while level:
            depth += 1
            level = {below for each in level for below in self.objectives_below(each)}
        return depth

    # --- numbers

    def parts(self, known: Objective) -> list[Part]:
        """Answer what an objective's progress is computed from, in the order of identifiers."""
        self.settle()
        parts: list[Part] = []
        if known.driver is not _OF_CHILDREN:
            parts.extend(self._key_result_parts(known.objective_id))
        if known.driver is not _OF_KEY_RESULTS:
            parts.extend(self._child_parts(known.objective_id))
        parts.sort()  # no two have the same identifier
        return parts

    def _key_result_parts(self, objective_id: str) -> list[Part]:
        parts: list[Part] = []
        for key_result_id in self.key_result_ids.get(objective_id, ()):
            each, number = self.key_results[key_result_id], self.numbers[key_result_id]
            if each.dropped_at is None and number.progress is not None and number.raw_progress is not None:
                parts.append(Part(key_result_id, each.weight, number.progress, number.raw_progress))
        return parts

    def _child_parts(self, objective_id: str) -> list[Part]:
        parts: list[Part] = []
        for child_id in self.aligned_to(objective_id):
            child = self.objectives[child_id]
            if child.state not in _COUNTING:
                continue
            number = self._numbered(child).number
            if number.progress is not None and number.raw_progress is not None:
                parts.append(Part(child_id, ONE, number.progress, number.raw_progress))
        return parts

    def number(self, known: Objective) -> FrozenNumber:
        """Answer an objective's progress: the frozen one, or the weighted mean of its parts."""
        self.settle()
        remembered = self.rolled_up.numbers.get(known.objective_id)
        if remembered is not None and remembered.known is known:
            return remembered.number
        return known.frozen_number or self._computed(known)

    def _computed(self, known: Objective) -> FrozenNumber:
        parts = self.parts(known)
        raw = weighted_mean([(part.weight, part.raw_progress) for part in parts])
        progress = raw
        for part in parts:
            if part.progress is not part.raw_progress and part.progress != part.raw_progress:
                progress = weighted_mean([(part.weight, part.progress) for part in parts])
                break
        return FrozenNumber(progress=None if progress is None else clamped(progress), raw_progress=raw)

    def objective_number(self, known: Objective) -> ObjectiveNumber:
        """Answer everything that an objective's parts say together."""
        progress = self.number(known)
        live: list[KeyResult] = []
        numbers: list[KeyResultNumber] = []
        checked_in_at: datetime | None = None
        stalest_at: datetime | None = None
        for key_result_id in self.key_result_ids.get(known.objective_id, ()):
            each, number = self.key_results[key_result_id], self.numbers[key_result_id]
            if each.dropped_at is not None:
                continue
            live.append(each)
            numbers.append(number)
            at = number.checked_in_at
            if at is not None and (checked_in_at is None or at > checked_in_at):
                checked_in_at = at
            stale_at = at or each.live_at
            if number.progress is not None and stale_at is not None and (stalest_at is None or stale_at < stalest_at):
                stalest_at = stale_at
        return ObjectiveNumber(
            progress=progress.progress,
            raw_progress=progress.raw_progress,
            confidence=_mean_confidence(live, numbers),
            status=worst([number.status for number in numbers]),
            checked_in_at=checked_in_at,
            stalest_at=stalest_at,
        )

    def original_progress(self, known: Objective) -> Decimal | None:
        """Answer an objective's progress against the original targets; if it has ended, where it stood then."""
        self.settle()
        return self._numbered(known).original_progress

    def _against_original_targets(self, known: Objective, progress: Decimal | None) -> Decimal | None:
        """Compute the progress against the original targets, which is `progress` where no part's differs."""
        differs = False
        parts: list[tuple[Decimal, Decimal | None]] = []
        if known.driver is not _OF_CHILDREN:
            for key_result_id in self.key_result_ids.get(known.objective_id, ()):
                each, number = self.key_results[key_result_id], self.numbers[key_result_id]
                if each.dropped_at is None:
                    parts.append((each.weight, number.original_progress))
                    differs = differs or number.original_progress is not number.progress
        if known.driver is not _OF_KEY_RESULTS:
            for child_id in self.aligned_to(known.objective_id):
                child = self.objectives[child_id]
                if child.state in _COUNTING:
                    below = self._numbered(child)
                    parts.append((ONE, below.original_progress))
                    differs = differs or below.original_progress is not below.number.progress
        if not differs and known.frozen_number is None:
            return progress
        mean = weighted_mean([(weight, each) for weight, each in parts if each is not None])
        return None if mean is None else clamped(mean)

    def cycle_sum(self, cycle_id: str) -> Sum:
        """Answer the sum of the progress of a cycle's active and closed objectives, in units, and of how many it is."""
        self.settle()
        return self.rolled_up.sums_of(cycle_id).current

    def original_cycle_sum(self, cycle_id: str) -> Sum:
        """Answer the same of their progress against the original targets."""
        self.settle()
        return self.rolled_up.sums_of(cycle_id).original

    def settle(self) -> None:
        """Bring numbers and sums up to date: of what has changed, and of what counts it."""
        if not self.rolled_up.unsettled:
            return
        numbers = self.rolled_up.numbers
        stale = self._upwards(self.rolled_up.unsettled)
        before = [numbers.get(each.objective_id) for each in stale]
        for each in stale:
            numbers[each.objective_id] = None
        self.rolled_up.unsettled = set()
        for known, earlier in zip(stale, before, strict=True):
            self.rolled_up.replace(earlier, self._numbered(known))

    def _upwards(self, objective_ids: Iterable[str]) -> list[Objective]:
        """Answer objectives and all above them whose numbers depend on them."""
        found: dict[str, Objective] = {}
        pending = list(objective_ids)
        while pending:
            objective_id = pending.pop()
            known = self.objectives.get(objective_id)
            if known is None or objective_id in found:
                continue
            found[objective_id] = known
            pending += (each for each in known.parent_ids if self._counts_children(each))
        return list(found.values())

    def _counts_children(self, parent_id: str) -> bool:
        # A parent that is a key result takes nothing from what is aligned to it.
        known = self.objectives.get(parent_id)
        return known is not None and known.driver is not _OF_KEY_RESULTS

    def _numbered(self, known: Objective) -> Numbered:
        remembered = self.rolled_up.numbers.get(known.objective_id)
        if remembered is None:
            number = known.frozen_number or self._computed(known)
            remembered = numbered(known, number, self._original_of(known, number), is_counted=known.state in _COUNTING)
            self.rolled_up.numbers[known.objective_id] = remembered
        return remembered

    def _original_of(self, known: Objective, number: FrozenNumber) -> Decimal | None:
        if known.frozen_number is None:
            return self._against_original_targets(known, number.progress)
        ending = self.rolled_up.endings[known.objective_id]
        if ending.at == self.rolled_up.at:
            progress = self._against_original_targets(known, number.progress)
            ending = self.rolled_up.endings[known.objective_id] = Ending(ending.at, progress)
        return ending.original_progress


def _mean_confidence(live: list[KeyResult], numbers: list[KeyResultNumber]) -> float | None:
    stated = [
        (float(each.weight), number.confidence)
        for each, number in zip(live, numbers, strict=True)
        if number.confidence is not None
    ]
    total = sum([weight for weight, _ in stated])
    if not stated or total == 0:
        return None
    return round(sum([weight * confidence for weight, confidence in stated]) / total, 12)
