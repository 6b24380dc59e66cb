"""Types of events: the one table of what the log may hold, as the API names it.

A new type of event is one line here.
"""

from enum import Enum
from typing import Any, NamedTuple

from events.codec import STORED_TYPES
from schema.enumeration import described


class Member(NamedTuple):
    """One type of event: its stored name, from which the API's names are made, and its description."""

    stored_name: str
    description: str

    @property
    def value(self) -> str:
        """Its value in `EventType`."""
        return self.stored_name.replace(".", "_").upper()

    @property
    def type_name(self) -> str:
        """The name of its type."""
        return self.value.title().replace("_", "") + "Event"


MEMBERS = (
    Member("organization.created", "An organization began."),
    Member("organization.updated", "Settings changed."),
    Member("person.invited", "Somebody became a member."),
    Member("person.updated", "Name, address or role changed."),
    Member("person.deactivated", "A person's access was closed."),
    Member("person.reactivated", "A person's access was opened again."),
    Member("person.erased", "A person's name and address were erased for good."),
    Member("program.registered", "A program became an actor."),
    Member("program.updated", "A program's name or role changed."),
    Member("program.retired", "A program's access ended."),
    Member("team.created", "A team began."),
    Member("team.renamed", "A team got another name."),
    Member("team.moved", "A team got another parent, or none."),
    Member("team.lead_changed", "A team got another lead, or none."),
    Member("team.archived", "A team was taken out of use."),
    Member("team.restored", "A team was taken into use again."),
    Member("team.member_added", "A person became a member of a team."),
    Member("team.member_removed", "A person left a team."),
    Member("cycle.created", "A cycle was planned."),
    Member("cycle.renamed", "A cycle got another name."),
    Member("cycle.rescheduled", "A cycle got other dates."),
    Member("cycle.nested", "A cycle was put inside a longer one, or taken out."),
    Member("cycle.activated", "A cycle was kicked off."),
    Member("cycle.review_started", "The review of a cycle began."),
    Member("cycle.closed", "A cycle was closed; its hash is the seal."),
    Member("cycle.reopened", "A closed cycle was opened again."),
    Member("objective.created", "An objective was written down."),
    Member("objective.retitled", "An objective got another title."),
    Member("objective.described", "It got another description, or none."),
    Member("objective.reowned", "An objective got another owner, or none."),
    Member("objective.moved", "An objective went to another team or cycle."),
    Member("objective.classified", "Ambition, visibility, driver or labels."),
    Member("objective.staffed", "An objective got other contributors."),
    Member("objective.prioritized", "It got another place in the order."),
    Member("objective.activated", "A draft became active."),
    Member("objective.aligned", "It contributes to a parent."),
    Member("objective.unaligned", "It no longer does."),
    Member("objective.closed", "An objective was reviewed."),
    Member("objective.reopened", "It became active again."),
    Member("objective.cancelled", "An objective was given up."),
    Member("objective.carried_over", "A later objective continues it."),
    Member("key_result.added", "A key result was added to an objective."),
    Member("key_result.retitled", "A key result got another title."),
    Member("key_result.metric_defined", "It got another metric."),
    Member("key_result.retargeted", "The levels of its metric moved."),
    Member("key_result.reweighted", "It got another weight."),
    Member("key_result.reowned", "It got another owner, or none."),
    Member("key_result.rescheduled", "It got another due date, or none."),
    Member("key_result.prioritized", "It got another place in the order."),
    Member("key_result.moved", "A key result went to another objective."),
    Member("key_result.dropped", "It was taken out of the progress."),
    Member("key_result.restored", "A dropped key result was taken back."),
    Member("key_result.checked_in", "A value was reported."),
    Member("check_in.corrected", "A check-in was corrected."),
    Member("check_in.retracted", "A check-in was withdrawn."),
    Member("check_in.acknowledged", "A reviewer has read a check-in."),
    Member("key_result.dependency_added", "It depends on another."),
    Member("key_result.dependency_removed", "It no longer depends on another."),
    Member("initiative.created", "An initiative was planned."),
    Member("initiative.retitled", "An initiative got another title."),
    Member("initiative.described", "It got another description, or none."),
    Member("initiative.reowned", "It got another owner, or none."),
    Member("initiative.rescheduled", "It got other dates."),
    Member("initiative.labelled", "It got other labels."),
    Member("initiative.started", "The work on it began."),
    Member("initiative.completed", "An initiative was done."),
    Member("initiative.dropped", "An initiative was given up."),
    Member("initiative.reopened", "A done or dropped one goes on."),
    Member("initiative.support_added", "It supports one thing more."),
    Member("initiative.support_removed", "It no longer supports something."),
    Member("initiative.link_added", "It got a link, or one a title."),
    Member("initiative.link_removed", "It lost a link."),
    Member("initiative.dependency_added", "It depends on another."),
    Member("initiative.dependency_removed", "It no longer depends on another."),
    Member("comment.written", "Somebody commented on a thing."),
    Member("comment.edited", "A comment got another text or other mentions."),
    Member("comment.withdrawn", "A comment was taken back."),
    Member("comment.reaction_added", "Somebody reacted to a comment."),
    Member("comment.reaction_removed", "A reaction was taken back."),
    Member("recognition.given", "People were recognized for something."),
    Member("recognition.withdrawn", "A recognition was taken back."),
    Member("kpi.created", "A KPI began."),
    Member("kpi.retitled", "A KPI got another title."),
    Member("kpi.described", "A KPI got another description, or none."),
    Member("kpi.reowned", "A KPI got another owner, or none."),
    Member("kpi.moved", "A KPI went to another team, or to the organization."),
    Member("kpi.measure_defined", "It got another unit or direction."),
    Member("kpi.bands_changed", "A KPI got other bands."),
    Member("kpi.frequency_changed", "It is read more often, or less."),
    Member("kpi.archived", "A KPI is no longer measured."),
    Member("kpi.restored", "An archived KPI is measured again."),
    Member("kpi_reading.recorded", "A value of a KPI was reported."),
    Member("kpi_reading.corrected", "A reading was corrected."),
    Member("kpi_reading.retracted", "A reading was withdrawn."),
    Member("objective.kpi_linked", "An objective is about a KPI."),
    Member("objective.kpi_unlinked", "It no longer is."),
    Member("key_result.kpi_linked", "A key result is about a KPI."),
    Member("key_result.kpi_unlinked", "It no longer is."),
    Member("objective.drafted_from_template", "An objective was made from a template."),
    Member("template.created", "A template was written down."),
    Member("template.rewritten", "What a template says changed."),
    Member("template.classified", "Its function or language changed."),
    Member("template.archived", "A template is no longer offered."),
    Member("template.restored", "An archived template is offered again."),
    Member("custom_field.created", "A custom field began."),
    Member("custom_field.renamed", "A custom field got another name."),
    Member("custom_field.described", "It got another description."),
    Member("custom_field.requirement_changed", "A custom field became required, or is no longer."),
    Member("custom_field.choices_changed", "A custom field got other choices."),
    Member("custom_field.archived", "It is no longer asked for."),
    Member("custom_field.restored", "It is asked for again."),
    Member("objective.custom_values_set", "An objective got other values in custom fields."),
    Member("key_result.custom_values_set", "A key result got other values in custom fields."),
    Member("initiative.custom_values_set", "An initiative got other values in custom fields."),
    Member("kpi.custom_values_set", "A KPI got other values in custom fields."),
    Member("key_result.labelled", "A key result got other labels."),
    Member("initiative.prioritized", "It got another priority."),
    Member("kpi.prioritized", "A KPI got another priority."),
    Member("kpi.labelled", "A KPI got other labels."),
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
