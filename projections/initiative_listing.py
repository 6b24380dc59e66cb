"""What may be asked of initiatives, each as the SQL that stands for it."""

from events.identifier import Noun
from projections.custom_field_listing import custom_values
from projections.listing import Field, Kind, Listing, Relation
from projections.objective_listing import SEEN_LINKS
from projections.page import Order

# An initiative waits for what is not done; one that has ended itself waits for nothing.
BLOCKED_INITIATIVES = """(i.state in ('PLANNED', 'IN_PROGRESS') and exists (
    select from {projection}.dependency waits
    join {projection}.initiative blocker on {at:blocker} and blocker.id = waits.blocker_id
    where {at:waits} and waits.dependent_id = i.id and blocker.state <> 'DONE' and {seen_initiative:blocker}
))"""


INITIATIVES = Listing(
    alias="i",
    table="initiative",
    seen="{seen_initiative:i}",
    columns="i.*",
    fields={
        "id": Field(sql="i.id"),
        "title": Field(sql="i.title", folded="i.title_folded"),
        "work_state": Field(sql="i.state"),
        "begins_on": Field(sql="i.begins_on", kind=Kind.DATE),
        "due_on": Field(sql="i.due_on", kind=Kind.DATE),
        "label": Field(sql="label.value", each="unnest(i.labels) as label (value)"),
        "priority": Field(sql="i.priority", kind=Kind.INTEGER),
        "owner_id": Field(sql="i.owner_id"),
        "supported_id": Field(sql="linked.id", each=SEEN_LINKS.replace("{column}", "i.supported_ids")),
        "is_blocked": Field(sql=BLOCKED_INITIATIVES, kind=Kind.BOOLEAN),
        "created_at": Field(sql="i.created_at", kind=Kind.INSTANT),
        "updated_at": Field(sql="i.updated_at", kind=Kind.INSTANT),
    },
    relations={
        "owner": Relation(noun=Noun.PERSON, source="{projection}.person p where {at:p} and p.id = i.owner_id"),
        "custom_fields": custom_values("i"),
    },
    orders={
        "due_on": Field(sql="i.due_on", kind=Kind.DATE),
        "begins_on": Field(sql="i.begins_on", kind=Kind.DATE),
        "priority": Field(sql="i.priority", kind=Kind.INTEGER),
        "title": Field(sql="i.title_folded"),
        "created_at": Field(sql="i.created_at", kind=Kind.INSTANT),
        "updated_at": Field(sql="i.updated_at", kind=Kind.INSTANT),
    },
    default_order=(Order(field="due_on"), Order(field="title")),
)
