"""Changes: for each event the fields of the thing it is about, before and after."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import orjson

from events.check_in import CheckIn, MeasurementEvent
from events.comment import Comment, CommentEvent, CommentWritten, Reaction
from events.custom_field import CustomField, CustomFieldEvent
from events.custom_value import CustomValue
from events.cycle import CycleEvent
from events.event import Event
from events.facts import Facts
from events.initiative import Initiative, InitiativeEvent
from events.key_result import KeyResult, KeyResultEvent
from events.kpi import Kpi, KpiEvent
from events.kpi_measure import Measure
from events.kpi_reading import KpiReadingEvent
from events.metric import Metric
from events.objective import Objective, ObjectiveEvent
from events.person import PersonEvent
from events.program import ProgramEvent
from events.recognition import PeopleRecognized, RecognitionEvent
from events.team import Team, TeamEvent
from events.template import TemplateEvent
from projections import typed_values
from projections.changed_fields import FIELDS, State
from projections.typed_values import Typed

_NO_FIELDS: Mapping[str, CustomField] = MappingProxyType({})


class Subject(NamedTuple):
    """What an event is about: the thing, the objective it belongs to or is, and its state.

    `metric` gives the unit of what is measured. An initiative belongs to several objectives, `objective_ids`; it is None
    for other things. `custom_fields` are those of the organization, where the thing can have values in them.
    """

    subject_id: str
    objective_id: str | None
    state: State | None
    metric: Metric | Measure | None = None
    objective_ids: tuple[str, ...] | None = None
    custom_fields: Mapping[str, CustomField] = _NO_FIELDS


def subject_of(event: Event, facts: Facts) -> Subject:
    """Answer what an event is about, with its state in the given facts."""
    state: State | None
    if isinstance(event, MeasurementEvent):
        measured = facts.key_results[event.key_result_id]
        state = facts.check_in(event.check_in_id)
        return Subject(event.check_in_id, measured.objective_id, state, measured.metric)
    if isinstance(event, KeyResultEvent):
        state = facts.key_result(event.key_result_id)
        metric = state.metric if state else None
        return Subject(
            subject_id=event.key_result_id,
            objective_id=event.objective_id,
            state=state,
            metric=metric,
            custom_fields=facts.custom_fields,
        )
    if isinstance(event, ObjectiveEvent):
        state = facts.objective(event.objective_id)
        return Subject(
            subject_id=event.objective_id,
            objective_id=event.objective_id,
            state=state,
            custom_fields=facts.custom_fields,
        )
    if isinstance(event, InitiativeEvent):
        planned = facts.initiative(event.initiative_id)
        objective_ids = () if planned is None else facts.objectives_supported(planned)
        return Subject(
            subject_id=event.initiative_id,
            objective_id=None,
            state=planned,
            objective_ids=objective_ids,
            custom_fields=facts.custom_fields,
        )
    if isinstance(event, CycleEvent):
        return Subject(subject_id=event.cycle_id, objective_id=None, state=facts.cycle(event.cycle_id))
    if isinstance(event, TeamEvent):
        return Subject(subject_id=event.team_id, objective_id=None, state=facts.team(event.team_id))
    if isinstance(event, PersonEvent):
        return Subject(subject_id=event.person_id, objective_id=None, state=facts.people.get(event.person_id))
    if isinstance(event, ProgramEvent):
        return Subject(subject_id=event.program_id, objective_id=None, state=facts.programs.get(event.program_id))
    if isinstance(event, CommentEvent | RecognitionEvent):
        thing_id = discussed_by(event, facts)
        objective_id = None if thing_id is None else facts.objective_around(thing_id)
        if isinstance(event, CommentEvent):
            return Subject(subject_id=event.comment_id, objective_id=objective_id, state=facts.comment(event.comment_id))
        given = facts.recognition(event.recognition_id)
        return Subject(subject_id=event.recognition_id, objective_id=objective_id, state=given)
    if isinstance(event, KpiEvent | KpiReadingEvent):
        return _subject_of_kpi(event, facts)
    if isinstance(event, TemplateEvent):
        return Subject(subject_id=event.template_id, objective_id=None, state=facts.template(event.template_id))
    if isinstance(event, CustomFieldEvent):
        defined = facts.custom_field(event.custom_field_id)
        return Subject(subject_id=event.custom_field_id, objective_id=None, state=defined)
    return Subject(subject_id=event.organization_id, objective_id=None, state=facts.organization)


def discussed_by(event: CommentEvent | RecognitionEvent, facts: Facts) -> str | None:
    """Answer what a comment or a recognition is about, None for a recognition about nothing."""
    if isinstance(event, CommentWritten | PeopleRecognized):
        return event.subject_id
    if isinstance(event, CommentEvent):
        return facts.comments[event.comment_id].subject_id
    return facts.recognitions[event.recognition_id].subject_id


def _subject_of_kpi(event: KpiEvent | KpiReadingEvent, facts: Facts) -> Subject:
    kpi = facts.kpi(event.kpi_id)
    measure = None if kpi is None else kpi.measure
    if isinstance(event, KpiReadingEvent):
        reading = facts.reading(event.reading_id)
        return Subject(subject_id=event.reading_id, objective_id=None, state=reading, metric=measure)
    return Subject(subject_id=event.kpi_id, objective_id=None, state=kpi, metric=measure, custom_fields=facts.custom_fields)


def changes_text(before: Subject, after: Subject) -> str:
    """Answer the fields that an event changed, as JSON, in the order of the table of the noun.

    For a thing that is new, fields without a value do not count as changed.
    """
    changes = _changed_fields(before, after) + list(_changed_members(before, after))
    return orjson.dumps([{"field": name, "before": old, "after": new} for name, old, new in changes]).decode()


def read_changes(text: str) -> list[tuple[str, str | None, str | None]]:
    """Read what `changes_text` wrote: (field, before, after), the values each as JSON."""
    return [(each["field"], _json(each["before"]), _json(each["after"])) for each in orjson.loads(text)]


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


_Change = tuple[str, Typed | None, Typed | None]


def _changed_fields(before: Subject, after: Subject) -> list[_Change]:
    old_state, new_state = before.state, after.state
    if new_state is None:
        return []
    changes: list[_Change] = []
    for name, value_of, typing in FIELDS[type(new_state)]:
        new = value_of(new_state)
        if old_state is None:
            if new is None or (not new and _is_empty(new)):
                continue
            old = None
        else:
            old = value_of(old_state)
            if old is new or old == new:
                continue
        if typing is None:
            changes.append((name, None, None))
        else:
            typed_old = None if old is None else typing(old, before.metric)
            changes.append((name, typed_old, None if new is None else typing(new, after.metric)))
    return changes


def _is_empty(value: object) -> bool:
    """Say whether a value that is nothing says nothing, either: a number does."""
    return value is False or isinstance(value, tuple | frozenset)


def _changed_members(before: Subject, after: Subject) -> Iterator[_Change]:
    """Answer what came to a thing, changed or went, where its fields hold several that are told one by one."""
    state = after.state
    if isinstance(state, CheckIn):
        return
    if isinstance(state, Team):
        yield from _changed_people(before.state, state)
    elif isinstance(state, Comment):
        yield from _changed_reactions(before.state, state)
    elif isinstance(state, Objective | KeyResult | Initiative | Kpi):
        yield from _changed_values(before.state, state, after.custom_fields)


def _changed_people(before: State | None, after: Team) -> Iterator[_Change]:
    # One by one: the whole list of a large team would be written with each newcomer.
    known = before.member_ids if isinstance(before, Team) else frozenset[str]()
    for person_id in sorted(known - after.member_ids):
        yield "members", typed_values.node(person_id, None), None
    for person_id in sorted(after.member_ids - known):
        yield "members", None, typed_values.node(person_id, None)


def _changed_reactions(before: State | None, after: Comment) -> Iterator[_Change]:
    known = before.reactions if isinstance(before, Comment) else frozenset[Reaction]()
    for kind, _ in sorted(known - after.reactions):
        yield "reactions", typed_values.enumeration(kind, None), None
    for kind, _ in sorted(after.reactions - known):
        yield "reactions", None, typed_values.enumeration(kind, None)


CUSTOM_FIELDS = "customFields"
"""What the value of a custom field is called among the changed fields; the identifier of the field follows behind a dot."""


def custom_field_of(field: str) -> str | None:
    """Answer the identifier of the custom field whose value is meant by a changed field, None for any other field."""
    name, _, custom_field_id = field.partition(".")
    return custom_field_id if name == CUSTOM_FIELDS else None


def _changed_values(
    before: State | None, after: Objective | KeyResult | Initiative | Kpi, fields: Mapping[str, CustomField]
) -> Iterator[_Change]:
    # One by one, each told as the field was when the value was set.
    old_values = before.custom_values if isinstance(before, Objective | KeyResult | Initiative | Kpi) else ()
    if old_values is after.custom_values:
        return
    old = {each.custom_field_id: each for each in old_values}
    new = {each.custom_field_id: each for each in after.custom_values}
    for field_id in {**old, **new}:
        was, became = old.get(field_id), new.get(field_id)
        if was != became:
            yield f"{CUSTOM_FIELDS}.{field_id}", _custom(was, fields[field_id]), _custom(became, fields[field_id])


def _custom(value: CustomValue | None, defined: CustomField) -> Typed | None:
    if value is None:
        return None
    if value.number is not None:
        return typed_values.number(value.number, None)
    if value.date is not None:
        return typed_values.day(value.date, None)
    if value.person_id is not None:
        return typed_values.node(value.person_id, None)
    if value.choice_id is not None:
        choice = defined.choice(value.choice_id)
        return typed_values.text(value.choice_id if choice is None else choice.name, None)
    return typed_values.text(value.text or value.url or "", None)
