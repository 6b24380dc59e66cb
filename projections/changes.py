"""Changes: for each event the fields of the thing it is about, before and after.

Fields are named as in the API. Names of people are sealed, so of them only the fact of a change is told.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from events.check_in import CheckIn, MeasurementEvent
from events.comment import Comment, CommentEvent, CommentWritten, Reaction
from events.custom_field import CustomField, CustomFieldEvent
from events.custom_value import CustomValue
from events.cycle import Cycle, CycleEvent
from events.event import Event
from events.facts import Facts
from events.initiative import Initiative, InitiativeEvent, Link
from events.key_result import KeyResult, KeyResultEvent
from events.kpi import Kpi, KpiEvent
from events.kpi_link import value_source
from events.kpi_measure import Measure
from events.kpi_reading import KpiReading, KpiReadingEvent
from events.metric import Metric
from events.objective import Objective, ObjectiveEvent
from events.organization import Organization
from events.person import Person, PersonEvent
from events.program import Program, ProgramEvent
from events.recognition import PeopleRecognized, Recognition, RecognitionEvent
from events.team import Team, TeamEvent
from events.template import Template, TemplateEvent
from projections import typed_values
from projections.template_changes import TEMPLATE_FIELDS
from projections.typed_values import Typed, Typing

State = (
    CheckIn
    | KeyResult
    | Objective
    | Initiative
    | Cycle
    | Team
    | Person
    | Program
    | Organization
    | Comment
    | Recognition
    | Kpi
    | KpiReading
    | Template
    | CustomField
)


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
    for name, value_of, typing in _FIELDS[type(new_state)]:
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


# --- the fields of each noun

_Field = tuple[str, Callable[[Any], Any], Typing | None]
"""Name, value of a state, and how the value is typed; None for one that is not told."""


def _of_review(attribute: str) -> Callable[[Objective], object]:
    return lambda objective: None if objective.review is None else getattr(objective.review, attribute)


def _links(links: tuple[Link, ...], _metric: Metric | Measure | None) -> Typed:
    return typed_values.texts(tuple(f"{link.title} {link.url}" if link.title else link.url for link in links), None)


def _blocker_ids(state: KeyResult | Initiative) -> tuple[str, ...]:
    return tuple(each.blocker_id for each in state.dependencies)


def _notes(state: KeyResult | Initiative) -> tuple[str | None, ...]:
    return tuple(each.note for each in state.dependencies if each.note)


def _kpis_of(thing: Objective | KeyResult) -> tuple[str, ...]:
    return tuple(link.kpi_id for link in thing.kpi_links)


def _chosen(*, is_retired: bool) -> Callable[[CustomField], tuple[str, ...]]:
    def names(known: CustomField) -> tuple[str, ...]:
        return tuple(each.name for each in known.choices if each.is_retired is is_retired)

    return names


def _value_source_of(thing: KeyResult) -> str | None:
    return value_source(thing.kpi_links)


# A note is not told: it may be about something that whoever reads the change does not see.
_DEPENDENCIES: tuple[_Field, ...] = (
    ("blockedBy", _blocker_ids, typed_values.nodes),
    ("blockedBy.note", _notes, None),
)


_ORGANIZATION: tuple[_Field, ...] = (
    ("name", attrgetter("name"), typed_values.text),
    ("timeZone", attrgetter("time_zone"), typed_values.text),
    ("firstDayOfWeek", attrgetter("first_day_of_week"), typed_values.number),
    ("fiscalYearStartMonth", attrgetter("fiscal_year_start_month"), typed_values.number),
    ("checkInCadenceDays", attrgetter("check_in_cadence_days"), typed_values.number),
    ("checkInGraceDays", attrgetter("check_in_grace_days"), typed_values.number),
    ("checkInWeekday", attrgetter("check_in_weekday"), typed_values.number),
    ("paceBands.behind", attrgetter("pace_bands.behind"), typed_values.number),
    ("paceBands.farBehind", attrgetter("pace_bands.far_behind"), typed_values.number),
    ("scoreBands", attrgetter("score_bands"), typed_values.bands),
    ("disabledFindings", attrgetter("disabled_findings"), typed_values.texts),
)
_PERSON: tuple[_Field, ...] = (
    ("name", attrgetter("sealed"), None),
    ("role", attrgetter("role"), typed_values.enumeration),
    ("deactivatedAt", attrgetter("deactivated_at"), typed_values.instant),
    ("erasedAt", attrgetter("erased_at"), typed_values.instant),
)
_PROGRAM: tuple[_Field, ...] = (
    ("name", attrgetter("name"), typed_values.text),
    ("role", attrgetter("role"), typed_values.enumeration),
    ("retiredAt", attrgetter("retired_at"), typed_values.instant),
)
_TEAM: tuple[_Field, ...] = (
    ("name", attrgetter("name"), typed_values.text),
    ("parent", attrgetter("parent_id"), typed_values.node),
    ("lead", attrgetter("lead_id"), typed_values.node),
    ("archivedAt", attrgetter("archived_at"), typed_values.instant),
)
_CYCLE: tuple[_Field, ...] = (
    ("name", attrgetter("name"), typed_values.text),
    ("phase", attrgetter("phase"), typed_values.enumeration),
    ("startsOn", attrgetter("starts_on"), typed_values.day),
    ("endsOn", attrgetter("ends_on"), typed_values.day),
    ("parent", attrgetter("parent_id"), typed_values.node),
)
_OBJECTIVE: tuple[_Field, ...] = (
    ("title", attrgetter("title"), typed_values.text),
    ("description", attrgetter("description"), typed_values.text),
    ("state", attrgetter("state"), typed_values.enumeration),
    ("cycle", attrgetter("cycle_id"), typed_values.node),
    ("team", attrgetter("team_id"), typed_values.node),
    ("owner", attrgetter("owner_id"), typed_values.node),
    ("contributors", attrgetter("contributor_ids"), typed_values.nodes),
    ("parents", attrgetter("parent_ids"), typed_values.nodes),
    ("ambition", attrgetter("ambition"), typed_values.enumeration),
    ("visibility", attrgetter("visibility"), typed_values.enumeration),
    ("driver", attrgetter("driver"), typed_values.enumeration),
    ("priority", attrgetter("priority"), typed_values.number),
    ("labels", attrgetter("labels"), typed_values.texts),
    ("carriedOverFrom", attrgetter("carried_over_from_id"), typed_values.node),
    ("carriedOverTo", attrgetter("successor_ids"), typed_values.nodes),
    ("score", _of_review("score"), typed_values.number),
    ("review.proposedScore", _of_review("proposed_score"), typed_values.number),
    ("review.explanation", _of_review("explanation"), typed_values.text),
    ("review.rootCause", _of_review("root_cause"), typed_values.text),
    ("review.learned", _of_review("learned"), typed_values.text),
    ("review.decision", _of_review("decision"), typed_values.enumeration),
    ("kpis", _kpis_of, typed_values.nodes),
    ("fromTemplate", attrgetter("template_id"), typed_values.node),
)
_KEY_RESULT: tuple[_Field, ...] = (
    ("title", attrgetter("title"), typed_values.text),
    ("objective", attrgetter("objective_id"), typed_values.node),
    ("owner", attrgetter("owner_id"), typed_values.node),
    ("weight", attrgetter("weight"), typed_values.number),
    ("dueOn", attrgetter("due_on"), typed_values.day),
    ("priority", attrgetter("priority"), typed_values.number),
    ("labels", attrgetter("labels"), typed_values.texts),
    ("kind", attrgetter("metric.kind"), typed_values.enumeration),
    ("unit", attrgetter("metric.unit"), typed_values.enumeration),
    ("unitLabel", attrgetter("metric.unit_label"), typed_values.text),
    ("currency", attrgetter("metric.currency"), typed_values.text),
    ("isRelative", attrgetter("metric.is_relative"), typed_values.boolean),
    ("isStrict", attrgetter("metric.is_strict"), typed_values.boolean),
    ("start", attrgetter("metric.start"), typed_values.quantity),
    ("target", attrgetter("metric.target"), typed_values.quantity),
    ("low", attrgetter("metric.low"), typed_values.quantity),
    ("high", attrgetter("metric.high"), typed_values.quantity),
    ("commit", attrgetter("metric.commit"), typed_values.quantity),
    ("stretch", attrgetter("metric.stretch"), typed_values.quantity),
    ("stages", attrgetter("metric.stages"), typed_values.stages),
    ("checkpoints", attrgetter("metric.checkpoints"), typed_values.checkpoints),
    ("replaces", attrgetter("replaces_id"), typed_values.node),
    ("carriedOverFrom", attrgetter("carried_over_from_id"), typed_values.node),
    ("droppedAt", attrgetter("dropped_at"), typed_values.instant),
    ("kpis", _kpis_of, typed_values.nodes),
    ("valueSource", _value_source_of, typed_values.node),
    *_DEPENDENCIES,
)
_INITIATIVE: tuple[_Field, ...] = (
    ("title", attrgetter("title"), typed_values.text),
    ("description", attrgetter("description"), typed_values.text),
    ("workState", attrgetter("state"), typed_values.enumeration),
    ("owner", attrgetter("owner_id"), typed_values.node),
    ("beginsOn", attrgetter("begins_on"), typed_values.day),
    ("dueOn", attrgetter("due_on"), typed_values.day),
    ("labels", attrgetter("labels"), typed_values.texts),
    ("priority", attrgetter("priority"), typed_values.number),
    ("links", attrgetter("links"), _links),
    ("supports", attrgetter("supported_ids"), typed_values.nodes),
    *_DEPENDENCIES,
)
_CHECK_IN: tuple[_Field, ...] = (
    ("keyResult", attrgetter("key_result_id"), typed_values.node),
    ("value", attrgetter("value"), typed_values.quantity),
    ("doneStageIds", attrgetter("done_stage_ids"), typed_values.done_stages),
    ("confidence", attrgetter("confidence"), typed_values.number),
    ("status", attrgetter("status"), typed_values.enumeration),
    ("comment", attrgetter("comment"), typed_values.text),
    ("blockers", attrgetter("blockers"), typed_values.text),
    ("nextSteps", attrgetter("next_steps"), typed_values.text),
    ("effectiveAt", attrgetter("effective_at"), typed_values.instant),
    ("retractedAt", attrgetter("retracted_at"), typed_values.instant),
    ("acknowledgedAt", attrgetter("acknowledged_at"), typed_values.instant),
    ("acknowledgedBy", attrgetter("acknowledged_by_id"), typed_values.node),
    ("acknowledgementNote", attrgetter("acknowledgement_note"), typed_values.text),
    ("reading", attrgetter("reading_id"), typed_values.node),
)
_COMMENT: tuple[_Field, ...] = (
    ("subject", attrgetter("subject_id"), typed_values.node),
    ("replyTo", attrgetter("reply_to_id"), typed_values.node),
    ("text", attrgetter("text"), typed_values.text),
    ("mentionedPeople", attrgetter("mention_ids"), typed_values.nodes),
    ("withdrawnAt", attrgetter("withdrawn_at"), typed_values.instant),
)
_RECOGNITION: tuple[_Field, ...] = (
    ("about", attrgetter("subject_id"), typed_values.node),
    ("people", attrgetter("person_ids"), typed_values.nodes),
    ("text", attrgetter("text"), typed_values.text),
    ("withdrawnAt", attrgetter("withdrawn_at"), typed_values.instant),
)
_KPI: tuple[_Field, ...] = (
    ("title", attrgetter("title"), typed_values.text),
    ("description", attrgetter("description"), typed_values.text),
    ("team", attrgetter("team_id"), typed_values.node),
    ("owner", attrgetter("owner_id"), typed_values.node),
    ("direction", attrgetter("measure.direction"), typed_values.enumeration),
    ("unit", attrgetter("measure.unit"), typed_values.enumeration),
    ("unitLabel", attrgetter("measure.unit_label"), typed_values.text),
    ("currency", attrgetter("measure.currency"), typed_values.text),
    ("bands.criticalBelow", attrgetter("bands.critical_below"), typed_values.quantity),
    ("bands.warningBelow", attrgetter("bands.warning_below"), typed_values.quantity),
    ("bands.warningAbove", attrgetter("bands.warning_above"), typed_values.quantity),
    ("bands.criticalAbove", attrgetter("bands.critical_above"), typed_values.quantity),
    ("frequency", attrgetter("frequency"), typed_values.enumeration),
    ("priority", attrgetter("priority"), typed_values.number),
    ("labels", attrgetter("labels"), typed_values.texts),
    ("archivedAt", attrgetter("archived_at"), typed_values.instant),
)
_KPI_READING: tuple[_Field, ...] = (
    ("kpi", attrgetter("kpi_id"), typed_values.node),
    ("value", attrgetter("value"), typed_values.quantity),
    ("comment", attrgetter("comment"), typed_values.text),
    ("effectiveAt", attrgetter("effective_at"), typed_values.instant),
    ("retractedAt", attrgetter("retracted_at"), typed_values.instant),
)


_CUSTOM_FIELD: tuple[_Field, ...] = (
    ("appliesTo", attrgetter("applies_to"), typed_values.enumeration),
    ("kind", attrgetter("kind"), typed_values.enumeration),
    ("name", attrgetter("name"), typed_values.text),
    ("description", attrgetter("description"), typed_values.text),
    ("isRequired", attrgetter("is_required"), typed_values.boolean),
    ("choices", _chosen(is_retired=False), typed_values.texts),
    ("choices.retired", _chosen(is_retired=True), typed_values.texts),
    ("archivedAt", attrgetter("archived_at"), typed_values.instant),
)


_FIELDS: dict[type[State], tuple[_Field, ...]] = {
    Organization: _ORGANIZATION,
    Person: _PERSON,
    Program: _PROGRAM,
    Team: _TEAM,
    Cycle: _CYCLE,
    Objective: _OBJECTIVE,
    KeyResult: _KEY_RESULT,
    Initiative: _INITIATIVE,
    CheckIn: _CHECK_IN,
    Comment: _COMMENT,
    Recognition: _RECOGNITION,
    Kpi: _KPI,
    KpiReading: _KPI_READING,
    Template: TEMPLATE_FIELDS,
    CustomField: _CUSTOM_FIELD,
}
