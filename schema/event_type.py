"""Types of events: the one table of what the log may hold, as the API names it.

A new type of event is one line here.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from events.codec import STORED_TYPES
from schema.enumeration import described


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One type of event: its stored name, its value in `EventType`, and its type's name and description."""

    stored_name: str
    value: str
    type_name: str
    description: str


def _member(stored_name: str, value: str, type_name: str, description: str) -> Member:
    return Member(stored_name=stored_name, value=value, type_name=type_name, description=description)


MEMBERS = (
    _member("organization.created", "ORGANIZATION_CREATED", "OrganizationCreatedEvent", "An organization began."),
    _member("organization.updated", "ORGANIZATION_UPDATED", "OrganizationUpdatedEvent", "Settings changed."),
    _member("person.invited", "PERSON_INVITED", "PersonInvitedEvent", "Somebody became a member."),
    _member("person.updated", "PERSON_UPDATED", "PersonUpdatedEvent", "Name, address or role changed."),
    _member("person.deactivated", "PERSON_DEACTIVATED", "PersonDeactivatedEvent", "A person's access was closed."),
    _member("person.reactivated", "PERSON_REACTIVATED", "PersonReactivatedEvent", "A person's access was opened again."),
    _member("person.erased", "PERSON_ERASED", "PersonErasedEvent", "A person's name and address were erased for good."),
    _member("program.registered", "PROGRAM_REGISTERED", "ProgramRegisteredEvent", "A program became an actor."),
    _member("program.updated", "PROGRAM_UPDATED", "ProgramUpdatedEvent", "A program's name or role changed."),
    _member("program.retired", "PROGRAM_RETIRED", "ProgramRetiredEvent", "A program's access ended."),
    _member("team.created", "TEAM_CREATED", "TeamCreatedEvent", "A team began."),
    _member("team.renamed", "TEAM_RENAMED", "TeamRenamedEvent", "A team got another name."),
    _member("team.moved", "TEAM_MOVED", "TeamMovedEvent", "A team got another parent, or none."),
    _member("team.lead_changed", "TEAM_LEAD_CHANGED", "TeamLeadChangedEvent", "A team got another lead, or none."),
    _member("team.archived", "TEAM_ARCHIVED", "TeamArchivedEvent", "A team was taken out of use."),
    _member("team.restored", "TEAM_RESTORED", "TeamRestoredEvent", "A team was taken into use again."),
    _member("team.member_added", "TEAM_MEMBER_ADDED", "TeamMemberAddedEvent", "A person became a member of a team."),
    _member("team.member_removed", "TEAM_MEMBER_REMOVED", "TeamMemberRemovedEvent", "A person left a team."),
    _member("cycle.created", "CYCLE_CREATED", "CycleCreatedEvent", "A cycle was planned."),
    _member("cycle.renamed", "CYCLE_RENAMED", "CycleRenamedEvent", "A cycle got another name."),
    _member("cycle.rescheduled", "CYCLE_RESCHEDULED", "CycleRescheduledEvent", "A cycle got other dates."),
    _member("cycle.nested", "CYCLE_NESTED", "CycleNestedEvent", "A cycle was put inside a longer one, or taken out."),
    _member("cycle.activated", "CYCLE_ACTIVATED", "CycleActivatedEvent", "A cycle was kicked off."),
    _member("cycle.review_started", "CYCLE_REVIEW_STARTED", "CycleReviewStartedEvent", "The review of a cycle began."),
    _member("cycle.closed", "CYCLE_CLOSED", "CycleClosedEvent", "A cycle was closed; its hash is the seal."),
    _member("cycle.reopened", "CYCLE_REOPENED", "CycleReopenedEvent", "A closed cycle was opened again."),
    _member("objective.created", "OBJECTIVE_CREATED", "ObjectiveCreatedEvent", "An objective was written down."),
    _member("objective.retitled", "OBJECTIVE_RETITLED", "ObjectiveRetitledEvent", "An objective got another title."),
    _member("objective.described", "OBJECTIVE_DESCRIBED", "ObjectiveDescribedEvent", "It got another description, or none."),
    _member("objective.reowned", "OBJECTIVE_REOWNED", "ObjectiveReownedEvent", "An objective got another owner, or none."),
    _member("objective.moved", "OBJECTIVE_MOVED", "ObjectiveMovedEvent", "An objective went to another team or cycle."),
    _member(
        "objective.classified", "OBJECTIVE_CLASSIFIED", "ObjectiveClassifiedEvent", "Ambition, visibility, driver or labels."
    ),
    _member("objective.staffed", "OBJECTIVE_STAFFED", "ObjectiveStaffedEvent", "An objective got other contributors."),
    _member(
        "objective.prioritized", "OBJECTIVE_PRIORITIZED", "ObjectivePrioritizedEvent", "It got another place in the order."
    ),
    _member("objective.activated", "OBJECTIVE_ACTIVATED", "ObjectiveActivatedEvent", "A draft became active."),
    _member("objective.aligned", "OBJECTIVE_ALIGNED", "ObjectiveAlignedEvent", "It contributes to a parent."),
    _member("objective.unaligned", "OBJECTIVE_UNALIGNED", "ObjectiveUnalignedEvent", "It no longer does."),
    _member("objective.closed", "OBJECTIVE_CLOSED", "ObjectiveClosedEvent", "An objective was reviewed."),
    _member("objective.reopened", "OBJECTIVE_REOPENED", "ObjectiveReopenedEvent", "It became active again."),
    _member("objective.cancelled", "OBJECTIVE_CANCELLED", "ObjectiveCancelledEvent", "An objective was given up."),
    _member(
        "objective.carried_over",
        "OBJECTIVE_CARRIED_OVER",
        "ObjectiveCarriedOverEvent",
        "A later objective continues it.",
    ),
    _member("key_result.added", "KEY_RESULT_ADDED", "KeyResultAddedEvent", "A key result was added to an objective."),
    _member("key_result.retitled", "KEY_RESULT_RETITLED", "KeyResultRetitledEvent", "A key result got another title."),
    _member("key_result.metric_defined", "KEY_RESULT_METRIC_DEFINED", "KeyResultMetricDefinedEvent", "It got another metric."),
    _member("key_result.retargeted", "KEY_RESULT_RETARGETED", "KeyResultRetargetedEvent", "The levels of its metric moved."),
    _member("key_result.reweighted", "KEY_RESULT_REWEIGHTED", "KeyResultReweightedEvent", "It got another weight."),
    _member("key_result.reowned", "KEY_RESULT_REOWNED", "KeyResultReownedEvent", "It got another owner, or none."),
    _member(
        "key_result.rescheduled", "KEY_RESULT_RESCHEDULED", "KeyResultRescheduledEvent", "It got another due date, or none."
    ),
    _member(
        "key_result.prioritized", "KEY_RESULT_PRIORITIZED", "KeyResultPrioritizedEvent", "It got another place in the order."
    ),
    _member("key_result.moved", "KEY_RESULT_MOVED", "KeyResultMovedEvent", "A key result went to another objective."),
    _member("key_result.dropped", "KEY_RESULT_DROPPED", "KeyResultDroppedEvent", "It was taken out of the progress."),
    _member("key_result.restored", "KEY_RESULT_RESTORED", "KeyResultRestoredEvent", "A dropped key result was taken back."),
    _member("key_result.checked_in", "KEY_RESULT_CHECKED_IN", "KeyResultCheckedInEvent", "A value was reported."),
    _member("check_in.corrected", "CHECK_IN_CORRECTED", "CheckInCorrectedEvent", "A check-in was corrected."),
    _member("check_in.retracted", "CHECK_IN_RETRACTED", "CheckInRetractedEvent", "A check-in was withdrawn."),
    _member("check_in.acknowledged", "CHECK_IN_ACKNOWLEDGED", "CheckInAcknowledgedEvent", "A reviewer has read a check-in."),
    _member(
        "key_result.dependency_added", "KEY_RESULT_DEPENDENCY_ADDED", "KeyResultDependencyAddedEvent", "It depends on another."
    ),
    _member(
        "key_result.dependency_removed",
        "KEY_RESULT_DEPENDENCY_REMOVED",
        "KeyResultDependencyRemovedEvent",
        "It no longer depends on another.",
    ),
    _member("initiative.created", "INITIATIVE_CREATED", "InitiativeCreatedEvent", "An initiative was planned."),
    _member("initiative.retitled", "INITIATIVE_RETITLED", "InitiativeRetitledEvent", "An initiative got another title."),
    _member("initiative.described", "INITIATIVE_DESCRIBED", "InitiativeDescribedEvent", "It got another description, or none."),
    _member("initiative.reowned", "INITIATIVE_REOWNED", "InitiativeReownedEvent", "It got another owner, or none."),
    _member("initiative.rescheduled", "INITIATIVE_RESCHEDULED", "InitiativeRescheduledEvent", "It got other dates."),
    _member("initiative.labelled", "INITIATIVE_LABELLED", "InitiativeLabelledEvent", "It got other labels."),
    _member("initiative.started", "INITIATIVE_STARTED", "InitiativeStartedEvent", "The work on it began."),
    _member("initiative.completed", "INITIATIVE_COMPLETED", "InitiativeCompletedEvent", "An initiative was done."),
    _member("initiative.dropped", "INITIATIVE_DROPPED", "InitiativeDroppedEvent", "An initiative was given up."),
    _member("initiative.reopened", "INITIATIVE_REOPENED", "InitiativeReopenedEvent", "A done or dropped one goes on."),
    _member(
        "initiative.support_added", "INITIATIVE_SUPPORT_ADDED", "InitiativeSupportAddedEvent", "It supports one thing more."
    ),
    _member(
        "initiative.support_removed",
        "INITIATIVE_SUPPORT_REMOVED",
        "InitiativeSupportRemovedEvent",
        "It no longer supports something.",
    ),
    _member("initiative.link_added", "INITIATIVE_LINK_ADDED", "InitiativeLinkAddedEvent", "It got a link, or one a title."),
    _member("initiative.link_removed", "INITIATIVE_LINK_REMOVED", "InitiativeLinkRemovedEvent", "It lost a link."),
    _member(
        "initiative.dependency_added",
        "INITIATIVE_DEPENDENCY_ADDED",
        "InitiativeDependencyAddedEvent",
        "It depends on another.",
    ),
    _member(
        "initiative.dependency_removed",
        "INITIATIVE_DEPENDENCY_REMOVED",
        "InitiativeDependencyRemovedEvent",
        "It no longer depends on another.",
    ),
    _member("comment.written", "COMMENT_WRITTEN", "CommentWrittenEvent", "Somebody commented on a thing."),
    _member("comment.edited", "COMMENT_EDITED", "CommentEditedEvent", "A comment got another text or other mentions."),
    _member("comment.withdrawn", "COMMENT_WITHDRAWN", "CommentWithdrawnEvent", "A comment was taken back."),
    _member("comment.reaction_added", "COMMENT_REACTION_ADDED", "CommentReactionAddedEvent", "Somebody reacted to a comment."),
    _member(
        "comment.reaction_removed", "COMMENT_REACTION_REMOVED", "CommentReactionRemovedEvent", "A reaction was taken back."
    ),
    _member("recognition.given", "RECOGNITION_GIVEN", "RecognitionGivenEvent", "People were recognized for something."),
    _member("recognition.withdrawn", "RECOGNITION_WITHDRAWN", "RecognitionWithdrawnEvent", "A recognition was taken back."),
    _member("kpi.created", "KPI_CREATED", "KpiCreatedEvent", "A KPI began."),
    _member("kpi.retitled", "KPI_RETITLED", "KpiRetitledEvent", "A KPI got another title."),
    _member("kpi.described", "KPI_DESCRIBED", "KpiDescribedEvent", "A KPI got another description, or none."),
    _member("kpi.reowned", "KPI_REOWNED", "KpiReownedEvent", "A KPI got another owner, or none."),
    _member("kpi.moved", "KPI_MOVED", "KpiMovedEvent", "A KPI went to another team, or to the organization."),
    _member("kpi.measure_defined", "KPI_MEASURE_DEFINED", "KpiMeasureDefinedEvent", "It got another unit or direction."),
    _member("kpi.bands_changed", "KPI_BANDS_CHANGED", "KpiBandsChangedEvent", "A KPI got other bands."),
    _member("kpi.frequency_changed", "KPI_FREQUENCY_CHANGED", "KpiFrequencyChangedEvent", "It is read more often, or less."),
    _member("kpi.archived", "KPI_ARCHIVED", "KpiArchivedEvent", "A KPI is no longer measured."),
    _member("kpi.restored", "KPI_RESTORED", "KpiRestoredEvent", "An archived KPI is measured again."),
    _member("kpi_reading.recorded", "KPI_READING_RECORDED", "KpiReadingRecordedEvent", "A value of a KPI was reported."),
    _member("kpi_reading.corrected", "KPI_READING_CORRECTED", "KpiReadingCorrectedEvent", "A reading was corrected."),
    _member("kpi_reading.retracted", "KPI_READING_RETRACTED", "KpiReadingRetractedEvent", "A reading was withdrawn."),
    _member("objective.kpi_linked", "OBJECTIVE_KPI_LINKED", "ObjectiveKpiLinkedEvent", "An objective is about a KPI."),
    _member("objective.kpi_unlinked", "OBJECTIVE_KPI_UNLINKED", "ObjectiveKpiUnlinkedEvent", "It no longer is."),
    _member("key_result.kpi_linked", "KEY_RESULT_KPI_LINKED", "KeyResultKpiLinkedEvent", "A key result is about a KPI."),
    _member("key_result.kpi_unlinked", "KEY_RESULT_KPI_UNLINKED", "KeyResultKpiUnlinkedEvent", "It no longer is."),
    _member(
        "objective.drafted_from_template",
        "OBJECTIVE_DRAFTED_FROM_TEMPLATE",
        "ObjectiveDraftedFromTemplateEvent",
        "An objective was made from a template.",
    ),
    _member("template.created", "TEMPLATE_CREATED", "TemplateCreatedEvent", "A template was written down."),
    _member("template.rewritten", "TEMPLATE_REWRITTEN", "TemplateRewrittenEvent", "What a template says changed."),
    _member("template.classified", "TEMPLATE_CLASSIFIED", "TemplateClassifiedEvent", "Its function or language changed."),
    _member("template.archived", "TEMPLATE_ARCHIVED", "TemplateArchivedEvent", "A template is no longer offered."),
    _member("template.restored", "TEMPLATE_RESTORED", "TemplateRestoredEvent", "An archived template is offered again."),
    _member("custom_field.created", "CUSTOM_FIELD_CREATED", "CustomFieldCreatedEvent", "A custom field began."),
    _member("custom_field.renamed", "CUSTOM_FIELD_RENAMED", "CustomFieldRenamedEvent", "A custom field got another name."),
    _member("custom_field.described", "CUSTOM_FIELD_DESCRIBED", "CustomFieldDescribedEvent", "It got another description."),
    _member(
        "custom_field.requirement_changed",
        "CUSTOM_FIELD_REQUIREMENT_CHANGED",
        "CustomFieldRequirementChangedEvent",
        "A custom field became required, or is no longer.",
    ),
    _member(
        "custom_field.choices_changed",
        "CUSTOM_FIELD_CHOICES_CHANGED",
        "CustomFieldChoicesChangedEvent",
        "A custom field got other choices.",
    ),
    _member("custom_field.archived", "CUSTOM_FIELD_ARCHIVED", "CustomFieldArchivedEvent", "It is no longer asked for."),
    _member("custom_field.restored", "CUSTOM_FIELD_RESTORED", "CustomFieldRestoredEvent", "It is asked for again."),
    _member(
        "objective.custom_values_set",
        "OBJECTIVE_CUSTOM_VALUES_SET",
        "ObjectiveCustomValuesSetEvent",
        "An objective got other values in custom fields.",
    ),
    _member(
        "key_result.custom_values_set",
        "KEY_RESULT_CUSTOM_VALUES_SET",
        "KeyResultCustomValuesSetEvent",
        "A key result got other values in custom fields.",
    ),
    _member(
        "initiative.custom_values_set",
        "INITIATIVE_CUSTOM_VALUES_SET",
        "InitiativeCustomValuesSetEvent",
        "An initiative got other values in custom fields.",
    ),
    _member(
        "kpi.custom_values_set", "KPI_CUSTOM_VALUES_SET", "KpiCustomValuesSetEvent", "A KPI got other values in custom fields."
    ),
    _member("key_result.labelled", "KEY_RESULT_LABELLED", "KeyResultLabelledEvent", "A key result got other labels."),
    _member("initiative.prioritized", "INITIATIVE_PRIORITIZED", "InitiativePrioritizedEvent", "It got another priority."),
    _member("kpi.prioritized", "KPI_PRIORITIZED", "KpiPrioritizedEvent", "A KPI got another priority."),
    _member("kpi.labelled", "KPI_LABELLED", "KpiLabelledEvent", "A KPI got other labels."),
)

_unknown = {stored.name for stored in STORED_TYPES} ^ {member.stored_name for member in MEMBERS}
if _unknown:
    raise ValueError(f"the log and the API have different events: {sorted(_unknown)}")

_make_enum: Any = Enum  # made from the table; the type checkers know only enums whose members are written out
EventType: type[Enum] = _make_enum("EventType", {member.value: member.stored_name for member in MEMBERS})
described(
    EventType,
    "EventType",
    "What kind of event. May grow: keep a default branch.",
    {EventType[member.value]: member.description for member in MEMBERS},
)
