"""A log folded in plain Python, event by event and without any table: what the audit has to tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from events.check_in import MeasurementEvent
from events.comment import CommentEvent, CommentWritten
from events.custom_field import CustomFieldEvent
from events.cycle import CycleEvent
from events.envelope import RecordedEvent
from events.event import Event
from events.facts import Facts
from events.folding import apply
from events.initiative import (
    InitiativeCreated,
    InitiativeEvent,
    InitiativeSupportAdded,
    InitiativeSupportRemoved,
)
from events.key_result import KeyResultAdded, KeyResultEvent, KeyResultMoved
from events.kpi import KpiEvent
from events.kpi_link import KeyResultKpiLinked, KeyResultKpiUnlinked, ObjectiveKpiLinked, ObjectiveKpiUnlinked
from events.kpi_reading import KpiReadingEvent
from events.metadata import decode_metadata
from events.objective import ObjectiveCreated, ObjectiveDraftedFromTemplate, ObjectiveEvent, ObjectiveMoved
from events.organization import OrganizationEvent
from events.person import Person, PersonEvent
from events.program import ProgramEvent
from events.recognition import PeopleRecognized, RecognitionEvent
from events.relation import sees
from events.right import Actor
from events.team import TeamEvent
from events.template import TemplateEvent
from projections.changes import changes_text, read_changes, subject_of
from projections.condition import Compare, Condition, Either, Every, Negated, Operator, Related


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the fold says of one event; `things` are those in whose history it stands.

    `objective_ids` are those behind which an initiative stood just before or after, None for other things.
    """

    event: Event
    recorded: RecordedEvent
    reason_code: str | None
    subject_id: str
    objective_id: str | None
    objective_ids: frozenset[str] | None
    changes: tuple[tuple[str, str | None, str | None], ...]
    things: frozenset[str]
    cycle_ids: frozenset[str]

    @property
    def position(self) -> int:
        """Its place in the log."""
        return self.recorded.position


def told_of(logged: Iterable[tuple[Event, RecordedEvent]], facts: Facts) -> list[Told]:
    """Fold a log from its beginning into empty facts, which are at its end afterwards."""
    places = _Places()
    told: list[Told] = []
    for event, recorded in logged:
        old = subject_of(event, facts)
        apply(facts, event, recorded.occurrence)
        reason = decode_metadata(recorded.metadata).reason
        behind = places.behind(event)
        subject_id, objective_id, things, cycle_ids = places.take(event)
        told.append(
            Told(
                event=event,
                recorded=recorded,
                reason_code=None if reason is None else reason.code.value,
                subject_id=subject_id,
                objective_id=objective_id,
                objective_ids=None if behind is None else behind | (places.behind(event) or frozenset()),
                changes=tuple(read_changes(changes_text(old, subject_of(event, facts)))),
                things=frozenset(things),
                cycle_ids=frozenset(cycle_ids),
            )
        )
    return told


class _Places:
    """Which key result is in which objective, which objective in which cycle, and what is said about what."""

    def __init__(self) -> None:
        self._objective_of: dict[str, str] = {}
        self._cycle_of: dict[str, str] = {}
        self._supported_by: dict[str, list[str]] = {}
        self._key_result_of: dict[str, str] = {}
        self._about: dict[str, str | None] = {}
        self._cycles: set[str] = set()

    def behind(self, event: Event) -> frozenset[str] | None:
        """Answer the objectives that an event's initiative supports; None for what is about something else."""
        if not isinstance(event, InitiativeEvent):
            return None
        supported = self._supported_by.get(event.initiative_id, [])
        return frozenset(self._objective_of.get(each, each) for each in supported)

    def take(self, event: Event) -> tuple[str, str | None, Sequence[str], Sequence[str]]:  # noqa: C901, PLR0912 - a branch for each noun
        """Answer an event's subject, its objective, the things and the cycles it concerns."""
        if isinstance(event, MeasurementEvent):
            objective_id = self._objective_of[event.key_result_id]
            self._key_result_of[event.check_in_id] = event.key_result_id
            cycle_ids = [self._cycle_of[objective_id]]
            return (
                event.check_in_id,
                objective_id,
                [event.check_in_id, event.key_result_id, objective_id, *cycle_ids],
                cycle_ids,
            )
        if isinstance(event, KeyResultEvent):
            objective_ids = [event.objective_id]
            if isinstance(event, KeyResultMoved):
                objective_ids.append(event.to_objective_id)
            if isinstance(event, KeyResultAdded | KeyResultMoved):
                self._objective_of[event.key_result_id] = objective_ids[-1]
            cycle_ids = [self._cycle_of[each] for each in objective_ids]
            things = [event.key_result_id, *objective_ids, *cycle_ids]
            if isinstance(event, KeyResultKpiLinked | KeyResultKpiUnlinked):
                things.append(event.kpi_id)
            return event.key_result_id, event.objective_id, things, cycle_ids
        if isinstance(event, ObjectiveEvent):
            cycle_ids = [self._cycle_of[event.objective_id]] if event.objective_id in self._cycle_of else []
            if isinstance(event, ObjectiveCreated | ObjectiveMoved):
                cycle_ids.append(event.cycle_id)
                self._cycle_of[event.objective_id] = event.cycle_id
            things = [event.objective_id, *cycle_ids]
            if isinstance(event, ObjectiveKpiLinked | ObjectiveKpiUnlinked):
                things.append(event.kpi_id)
            if isinstance(event, ObjectiveDraftedFromTemplate):
                things.append(event.template_id)
            return event.objective_id, event.objective_id, things, cycle_ids
        if isinstance(event, InitiativeEvent):
            supported = self._supported_by.setdefault(event.initiative_id, [])
            if isinstance(event, InitiativeCreated):
                supported.extend(event.supported_ids)
            elif isinstance(event, InitiativeSupportAdded):
                supported.append(event.supported_id)
            elif isinstance(event, InitiativeSupportRemoved):
                supported.remove(event.supported_id)
            return event.initiative_id, None, [event.initiative_id], []
        if isinstance(event, CommentEvent | RecognitionEvent):
            said_id = event.comment_id if isinstance(event, CommentEvent) else event.recognition_id
            if isinstance(event, CommentWritten | PeopleRecognized):
                self._about[said_id] = event.subject_id
            things, objective_id = self._around(said_id)
            cycle_ids = [each for each in things if each in self._cycles]
            return said_id, objective_id, things, cycle_ids
        if isinstance(event, CycleEvent):
            self._cycles.add(event.cycle_id)
            return event.cycle_id, None, [event.cycle_id], [event.cycle_id]
        if isinstance(event, KpiReadingEvent):
            return event.reading_id, None, [event.reading_id, event.kpi_id], []
        return _plain_subject(event), None, [_plain_subject(event)], []

    def _around(self, thing_id: str) -> tuple[list[str], str | None]:
        """Answer a thing with all that it is part of, and the objective among them."""
        things: list[str] = []
        objective_id: str | None = None
        following: str | None = thing_id
        while following is not None:
            things.append(following)
            current, following = following, self._about.get(following)
            if current in self._key_result_of:
                following = self._key_result_of[current]
            elif current in self._objective_of:
                following = self._objective_of[current]
            elif current in self._cycle_of:
                objective_id, following = current, self._cycle_of[current]
        return things, objective_id


def _plain_subject(
    event: TeamEvent | PersonEvent | ProgramEvent | KpiEvent | TemplateEvent | CustomFieldEvent | OrganizationEvent,
) -> str:
    if isinstance(event, TemplateEvent):
        return event.template_id
    if isinstance(event, CustomFieldEvent):
        return event.custom_field_id
    if isinstance(event, KpiEvent):
        return event.kpi_id
    if isinstance(event, TeamEvent):
        return event.team_id
    if isinstance(event, ProgramEvent):
        return event.program_id
    return event.person_id if isinstance(event, PersonEvent) else event.organization_id


def is_seen(told: Told, viewer: Person, facts: Facts) -> bool:
    """Say whether a viewer may see an event, by the facts of today."""
    actor = Actor(actor_id=viewer.person_id, role=viewer.role)
    if told.objective_ids is not None:
        return any(sees(facts.objectives[each], actor, facts) for each in told.objective_ids)
    objective = None if told.objective_id is None else facts.objective(told.objective_id)
    return objective is None or sees(objective, actor, facts)


def holds(condition: Condition, told: Told) -> bool:
    """Decide a condition on an event."""
    match condition:
        case Every(conditions=several):
            return all(holds(each, told) for each in several)
        case Either(conditions=several):
            return any(holds(each, told) for each in several)
        case Negated(condition=inner):
            return not holds(inner, told)
        case Compare():
            return _compared(condition, _values(condition.field, told))
        case Related():
            raise AssertionError(condition)


def _values(field: str, told: Told) -> list[object]:
    if field == "subject_id_or_part":
        return list(told.things)
    if field == "cycle_id":
        return list(told.cycle_ids)
    if field in ("subject_id", "reason_code"):
        value: object = getattr(told, field)
        return [] if value is None else [value]
    return [getattr(told.recorded, field)]


def _compared(condition: Compare, values: list[object]) -> bool:
    wanted = condition.value
    several = wanted if isinstance(wanted, tuple) else (wanted,)
    has_one = any(each in several for each in values)
    match condition.operator:
        case Operator.IS_NULL:
            return (not values) == wanted
        case Operator.EQUAL | Operator.IN:
            return has_one
        case Operator.NOT_EQUAL | Operator.NOT_IN:
            # An absent field equals nothing and differs from nothing; a list without members differs from all.
            return not has_one and (bool(values) or condition.field == "cycle_id")
        case Operator.LESS:
            return bool(values[0] < wanted)  # type: ignore[operator]
        case Operator.LESS_OR_EQUAL:
            return bool(values[0] <= wanted)  # type: ignore[operator]
        case Operator.GREATER:
            return bool(values[0] > wanted)  # type: ignore[operator]
        case Operator.GREATER_OR_EQUAL:
            return bool(values[0] >= wanted)  # type: ignore[operator]
        case _:
            raise AssertionError(condition)
