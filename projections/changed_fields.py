"""The fields of each noun that changes tell of, in the order in which they are told.

Fields are named as in the API. Names of people are sealed, so of them only the fact of a change is told.
"""

from collections.abc import Callable
from operator import attrgetter

from events.check_in import CheckIn
from events.comment import Comment
from events.custom_field import CustomField
from events.cycle import Cycle
from events.initiative import Initiative, Link
from events.key_result import KeyResult
from events.kpi import Kpi
from events.kpi_link import value_source
from events.kpi_measure import Measure
from events.kpi_reading import KpiReading
from events.metric import Metric
from events.objective import Objective
from events.organization import Organization
from events.person import Person
from events.program import Program
from events.recognition import Recognition
from events.team import Team
from events.template import Template
from projections import typed_values
from projections.template_changes import TEMPLATE_FIELDS
from projections.typed_values import Typed, TypedField

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
_DEPENDENCIES: tuple[TypedField, ...] = (
    ("blockedBy", _blocker_ids, typed_values.nodes),
    ("blockedBy.note", _notes, None),
)

_ORGANIZATION: tuple[TypedField, ...] = (
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
_PERSON: tuple[TypedField, ...] = (
    ("name", attrgetter("sealed"), None),
    ("role", attrgetter("role"), typed_values.enumeration),
    ("deactivatedAt", attrgetter("deactivated_at"), typed_values.instant),
    ("erasedAt", attrgetter("erased_at"), typed_values.instant),
)
_PROGRAM: tuple[TypedField, ...] = (
    ("name", attrgetter("name"), typed_values.text),
    ("role", attrgetter("role"), typed_values.enumeration),
    ("retiredAt", attrgetter("retired_at"), typed_values.instant),
)
_TEAM: tuple[TypedField, ...] = (
    ("name", attrgetter("name"), typed_values.text),
    ("parent", attrgetter("parent_id"), typed_values.node),
    ("lead", attrgetter("lead_id"), typed_values.node),
    ("archivedAt", attrgetter("archived_at"), typed_values.instant),
)
_CYCLE: tuple[TypedField, ...] = (
    ("name", attrgetter("name"), typed_values.text),
    ("phase", attrgetter("phase"), typed_values.enumeration),
    ("startsOn", attrgetter("starts_on"), typed_values.day),
    ("endsOn", attrgetter("ends_on"), typed_values.day),
    ("parent", attrgetter("parent_id"), typed_values.node),
)
_OBJECTIVE: tuple[TypedField, ...] = (
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
_KEY_RESULT: tuple[TypedField, ...] = (
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
_INITIATIVE: tuple[TypedField, ...] = (
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
_CHECK_IN: tuple[TypedField, ...] = (
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
_COMMENT: tuple[TypedField, ...] = (
    ("subject", attrgetter("subject_id"), typed_values.node),
    ("replyTo", attrgetter("reply_to_id"), typed_values.node),
    ("text", attrgetter("text"), typed_values.text),
    ("mentionedPeople", attrgetter("mention_ids"), typed_values.nodes),
    ("withdrawnAt", attrgetter("withdrawn_at"), typed_values.instant),
)
_RECOGNITION: tuple[TypedField, ...] = (
    ("about", attrgetter("subject_id"), typed_values.node),
    ("people", attrgetter("person_ids"), typed_values.nodes),
    ("text", attrgetter("text"), typed_values.text),
    ("withdrawnAt", attrgetter("withdrawn_at"), typed_values.instant),
)
_KPI: tuple[TypedField, ...] = (
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
_KPI_READING: tuple[TypedField, ...] = (
    ("kpi", attrgetter("kpi_id"), typed_values.node),
    ("value", attrgetter("value"), typed_values.quantity),
    ("comment", attrgetter("comment"), typed_values.text),
    ("effectiveAt", attrgetter("effective_at"), typed_values.instant),
    ("retractedAt", attrgetter("retracted_at"), typed_values.instant),
)
_CUSTOM_FIELD: tuple[TypedField, ...] = (
    ("appliesTo", attrgetter("applies_to"), typed_values.enumeration),
    ("kind", attrgetter("kind"), typed_values.enumeration),
    ("name", attrgetter("name"), typed_values.text),
    ("description", attrgetter("description"), typed_values.text),
    ("isRequired", attrgetter("is_required"), typed_values.boolean),
    ("choices", _chosen(is_retired=False), typed_values.texts),
    ("choices.retired", _chosen(is_retired=True), typed_values.texts),
    ("archivedAt", attrgetter("archived_at"), typed_values.instant),
)

FIELDS: dict[type[State], tuple[TypedField, ...]] = {
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
