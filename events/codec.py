"""Stored names of events and their classes. A name, once stored, is a promise for ever.

The table is written by hand: names never follow from class or module names. An event whose form
changes gets a new schema version, and its old form an upcaster; `tests/golden/` holds one stored
example per (name, version) that must decode for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from events import (
    acknowledgement,
    alignment,
    check_in,
    comment,
    custom_field,
    custom_value,
    cycle,
    dependency,
    initiative,
    key_result,
    kpi,
    kpi_link,
    kpi_reading,
    objective,
    organization,
    person,
    program,
    recognition,
    review,
    team,
    template,
)
from events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredType:
    """How one class of events is stored; `stream` is the field that names its stream."""

    name: str
    schema_version: int
    event_class: type[Event]
    stream: str


def _stored(name: str, event_class: type[Event], stream: str, schema_version: int = 1) -> StoredType:
    return StoredType(name=name, schema_version=schema_version, event_class=event_class, stream=stream)


STORED_TYPES = (
    _stored("organization.created", organization.OrganizationCreated, "organization_id"),
    _stored("organization.updated", organization.OrganizationUpdated, "organization_id"),
    _stored("person.invited", person.PersonInvited, "person_id"),
    _stored("person.updated", person.PersonUpdated, "person_id"),
    _stored("person.deactivated", person.PersonDeactivated, "person_id"),
    _stored("person.reactivated", person.PersonReactivated, "person_id"),
    _stored("person.erased", person.PersonErased, "person_id"),
    _stored("program.registered", program.ProgramRegistered, "program_id"),
    _stored("program.updated", program.ProgramUpdated, "program_id"),
    _stored("program.retired", program.ProgramRetired, "program_id"),
    _stored("team.created", team.TeamCreated, "team_id"),
    _stored("team.renamed", team.TeamRenamed, "team_id"),
    _stored("team.moved", team.TeamMoved, "team_id"),
    _stored("team.lead_changed", team.TeamLeadChanged, "team_id"),
    _stored("team.archived", team.TeamArchived, "team_id"),
    _stored("team.restored", team.TeamRestored, "team_id"),
    _stored("team.member_added", team.TeamMemberAdded, "team_id"),
    _stored("team.member_removed", team.TeamMemberRemoved, "team_id"),
    _stored("cycle.created", cycle.CycleCreated, "cycle_id"),
    _stored("cycle.renamed", cycle.CycleRenamed, "cycle_id"),
    _stored("cycle.rescheduled", cycle.CycleRescheduled, "cycle_id"),
    _stored("cycle.nested", cycle.CycleNested, "cycle_id"),
    _stored("cycle.activated", cycle.CycleActivated, "cycle_id"),
    _stored("cycle.review_started", cycle.CycleReviewStarted, "cycle_id"),
    _stored("cycle.closed", cycle.CycleClosed, "cycle_id"),
    _stored("cycle.reopened", cycle.CycleReopened, "cycle_id"),
    _stored("objective.created", objective.ObjectiveCreated, "objective_id"),
    _stored("objective.retitled", objective.ObjectiveRetitled, "objective_id"),
    _stored("objective.described", objective.ObjectiveDescribed, "objective_id"),
    _stored("objective.reowned", objective.ObjectiveReowned, "objective_id"),
    _stored("objective.moved", objective.ObjectiveMoved, "objective_id"),
    _stored("objective.classified", objective.ObjectiveClassified, "objective_id"),
    _stored("objective.staffed", objective.ObjectiveStaffed, "objective_id"),
    _stored("objective.prioritized", objective.ObjectivePrioritized, "objective_id"),
    _stored("objective.activated", objective.ObjectiveActivated, "objective_id"),
    _stored("objective.aligned", alignment.ObjectiveAligned, "objective_id"),
    _stored("objective.unaligned", alignment.ObjectiveUnaligned, "objective_id"),
    _stored("objective.closed", review.ObjectiveClosed, "objective_id"),
    _stored("objective.reopened", objective.ObjectiveReopened, "objective_id"),
    _stored("objective.cancelled", objective.ObjectiveCancelled, "objective_id"),
    _stored("objective.carried_over", objective.ObjectiveCarriedOver, "objective_id"),
    _stored("key_result.added", key_result.KeyResultAdded, "objective_id"),
    _stored("key_result.retitled", key_result.KeyResultRetitled, "objective_id"),
    _stored("key_result.metric_defined", key_result.KeyResultMetricDefined, "objective_id"),
    _stored("key_result.retargeted", key_result.KeyResultRetargeted, "objective_id"),
    _stored("key_result.reweighted", key_result.KeyResultReweighted, "objective_id"),
    _stored("key_result.reowned", key_result.KeyResultReowned, "objective_id"),
    _stored("key_result.rescheduled", key_result.KeyResultRescheduled, "objective_id"),
    _stored("key_result.prioritized", key_result.KeyResultPrioritized, "objective_id"),
    _stored("key_result.moved", key_result.KeyResultMoved, "objective_id"),
    _stored("key_result.dropped", key_result.KeyResultDropped, "objective_id"),
    _stored("key_result.restored", key_result.KeyResultRestored, "objective_id"),
    _stored("key_result.checked_in", check_in.CheckedIn, "key_result_id", 2),
    _stored("check_in.corrected", check_in.CheckInCorrected, "key_result_id"),
    _stored("check_in.retracted", check_in.CheckInRetracted, "key_result_id"),
    _stored("check_in.acknowledged", acknowledgement.CheckInAcknowledged, "key_result_id"),
    _stored("key_result.dependency_added", dependency.KeyResultDependencyAdded, "objective_id"),
    _stored("key_result.dependency_removed", dependency.KeyResultDependencyRemoved, "objective_id"),
    _stored("initiative.created", initiative.InitiativeCreated, "initiative_id"),
    _stored("initiative.retitled", initiative.InitiativeRetitled, "initiative_id"),
    _stored("initiative.described", initiative.InitiativeDescribed, "initiative_id"),
    _stored("initiative.reowned", initiative.InitiativeReowned, "initiative_id"),
    _stored("initiative.rescheduled", initiative.InitiativeRescheduled, "initiative_id"),
    _stored("initiative.labelled", initiative.InitiativeLabelled, "initiative_id"),
    _stored("initiative.started", initiative.InitiativeStarted, "initiative_id"),
    _stored("initiative.completed", initiative.InitiativeCompleted, "initiative_id"),
    _stored("initiative.dropped", initiative.InitiativeDropped, "initiative_id"),
    _stored("initiative.reopened", initiative.InitiativeReopened, "initiative_id"),
    _stored("initiative.support_added", initiative.InitiativeSupportAdded, "initiative_id"),
    _stored("initiative.support_removed", initiative.InitiativeSupportRemoved, "initiative_id"),
    _stored("initiative.link_added", initiative.InitiativeLinkAdded, "initiative_id"),
    _stored("initiative.link_removed", initiative.InitiativeLinkRemoved, "initiative_id"),
    _stored("initiative.dependency_added", dependency.InitiativeDependencyAdded, "initiative_id"),
    _stored("initiative.dependency_removed", dependency.InitiativeDependencyRemoved, "initiative_id"),
    _stored("comment.written", comment.CommentWritten, "comment_id"),
    _stored("comment.edited", comment.CommentEdited, "comment_id"),
    _stored("comment.withdrawn", comment.CommentWithdrawn, "comment_id"),
    _stored("comment.reaction_added", comment.CommentReactionAdded, "comment_id"),
    _stored("comment.reaction_removed", comment.CommentReactionRemoved, "comment_id"),
    _stored("recognition.given", recognition.PeopleRecognized, "recognition_id"),
    _stored("recognition.withdrawn", recognition.RecognitionWithdrawn, "recognition_id"),
    _stored("kpi.created", kpi.KpiCreated, "kpi_id"),
    _stored("kpi.retitled", kpi.KpiRetitled, "kpi_id"),
    _stored("kpi.described", kpi.KpiDescribed, "kpi_id"),
    _stored("kpi.reowned", kpi.KpiReowned, "kpi_id"),
    _stored("kpi.moved", kpi.KpiMoved, "kpi_id"),
    _stored("kpi.measure_defined", kpi.KpiMeasureDefined, "kpi_id"),
    _stored("kpi.bands_changed", kpi.KpiBandsChanged, "kpi_id"),
    _stored("kpi.frequency_changed", kpi.KpiFrequencyChanged, "kpi_id"),
    _stored("kpi.archived", kpi.KpiArchived, "kpi_id"),
    _stored("kpi.restored", kpi.KpiRestored, "kpi_id"),
    _stored("kpi_reading.recorded", kpi_reading.KpiReadingRecorded, "stream_id"),
    _stored("kpi_reading.corrected", kpi_reading.KpiReadingCorrected, "stream_id"),
    _stored("kpi_reading.retracted", kpi_reading.KpiReadingRetracted, "stream_id"),
    _stored("objective.kpi_linked", kpi_link.ObjectiveKpiLinked, "objective_id"),
    _stored("objective.kpi_unlinked", kpi_link.ObjectiveKpiUnlinked, "objective_id"),
    _stored("key_result.kpi_linked", kpi_link.KeyResultKpiLinked, "objective_id"),
    _stored("key_result.kpi_unlinked", kpi_link.KeyResultKpiUnlinked, "objective_id"),
    _stored("objective.drafted_from_template", objective.ObjectiveDraftedFromTemplate, "objective_id"),
    _stored("template.created", template.TemplateCreated, "template_id"),
    _stored("template.rewritten", template.TemplateRewritten, "template_id"),
    _stored("template.classified", template.TemplateClassified, "template_id"),
    _stored("template.archived", template.TemplateArchived, "template_id"),
    _stored("template.restored", template.TemplateRestored, "template_id"),
    _stored("custom_field.created", custom_field.CustomFieldCreated, "custom_field_id"),
    _stored("custom_field.renamed", custom_field.CustomFieldRenamed, "custom_field_id"),
    _stored("custom_field.described", custom_field.CustomFieldDescribed, "custom_field_id"),
    _stored("custom_field.requirement_changed", custom_field.CustomFieldRequirementChanged, "custom_field_id"),
    _stored("custom_field.choices_changed", custom_field.CustomFieldChoicesChanged, "custom_field_id"),
    _stored("custom_field.archived", custom_field.CustomFieldArchived, "custom_field_id"),
    _stored("custom_field.restored", custom_field.CustomFieldRestored, "custom_field_id"),
    _stored("objective.custom_values_set", custom_value.ObjectiveCustomValuesSet, "objective_id"),
    _stored("key_result.custom_values_set", custom_value.KeyResultCustomValuesSet, "objective_id"),
    _stored("initiative.custom_values_set", custom_value.InitiativeCustomValuesSet, "initiative_id"),
    _stored("kpi.custom_values_set", custom_value.KpiCustomValuesSet, "kpi_id"),
    _stored("key_result.labelled", key_result.KeyResultLabelled, "objective_id"),
    _stored("initiative.prioritized", initiative.InitiativePrioritized, "initiative_id"),
    _stored("kpi.prioritized", kpi.KpiPrioritized, "kpi_id"),
    _stored("kpi.labelled", kpi.KpiLabelled, "kpi_id"),
)

UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    # Before there were KPIs, no value was taken from a reading.
    ("key_result.checked_in", 1): lambda data: {**data, "reading_id": None},
}
"""From (name, old version) to the function that lifts its data by one version; what is hashed never changes."""

_BY_CLASS = {stored.event_class: stored for stored in STORED_TYPES}
_BY_NAME = {stored.name: stored for stored in STORED_TYPES}
_ADAPTERS: dict[str, TypeAdapter[Event]] = {stored.name: TypeAdapter(stored.event_class) for stored in STORED_TYPES}
_VALIDATORS = {name: adapter.validator for name, adapter in _ADAPTERS.items()}
"""What decodes the newest form of each: called as often as there are events, past the options that nobody gives."""


class UnknownEventError(Exception):
    """The log holds an event that this program does not know: it is older than the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedEvent:
    """An event as text; `effective_at` is None when it was true when it was recorded."""

    type: str
    schema_version: int
    stream_id: str
    data: str
    effective_at: datetime | None


def type_name(event_class: type[Event]) -> str:
    """Return the stored name of a class of events."""
    return _BY_CLASS[event_class].name


def encode(event: Event) -> EncodedEvent:
    """Turn an event into the text that is stored and hashed."""
    stored = _BY_CLASS[type(event)]
    # Defaults are written out: a default that changes later must not change what was recorded.
    data = _ADAPTERS[stored.name].dump_python(event, mode="json")
    return EncodedEvent(
        type=stored.name,
        schema_version=stored.schema_version,
        stream_id=getattr(event, stored.stream),
        data=orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode(),
        effective_at=getattr(event, "effective_at", None),
    )


def decode(type_name: str, schema_version: int, data: str) -> Event:
    """Turn stored text into an event, lifting old versions.

    Raises:
        UnknownEventError: the name, or a version newer than the newest known, is not in the table.
    """
    stored = _BY_NAME.get(type_name)
    if stored is None or schema_version > stored.schema_version:
        raise UnknownEventError(f"{type_name} version {schema_version} is unknown; run a newer program")
    if schema_version == stored.schema_version:
        event: Event = _VALIDATORS[type_name].validate_json(data)
        return event
    lifted = orjson.loads(data)
    for version in range(schema_version, stored.schema_version):
        lifted = UPCASTERS[type_name, version](lifted)
    return _ADAPTERS[type_name].validate_python(lifted, strict=False)
