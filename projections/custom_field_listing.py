"""What may be asked of custom fields, each as the SQL that stands for it. All members may see all of them."""

from events.identifier import Noun
from projections.listing import Field, Kind, Listing, Relation
from projections.page import Order

CUSTOM_FIELDS = Listing(
    alias="f",
    table="custom_field",
    columns="f.*",
    fields={
        "id": Field(sql="f.id"),
        "applies_to": Field(sql="f.applies_to"),
        "kind": Field(sql="f.kind"),
        "name": Field(sql="f.name", folded="f.name_folded"),
        "is_required": Field(sql="f.is_required", kind=Kind.BOOLEAN),
        "archived_at": Field(sql="f.archived_at", kind=Kind.INSTANT),
    },
    orders={"applies_to": Field(sql="f.applies_to"), "name": Field(sql="f.name_folded")},
    default_order=(Order(field="applies_to"), Order(field="name")),
)

CUSTOM_VALUES = Listing(
    alias="v",
    table="custom_value",
    columns="v.*",
    fields={
        "field_id": Field(sql="v.field_id"),
        "text": Field(sql="v.text", folded="v.text_folded"),
        "number": Field(sql="v.number", kind=Kind.FLOAT),
        "date": Field(sql="v.day", kind=Kind.DATE),
        "choice_id": Field(sql="v.choice_id"),
        "person_id": Field(sql="v.person_id"),
        "url": Field(sql="v.url"),
    },
    orders={},
    default_order=(),
)
"""What the things that are listed have in custom fields: never listed by themselves, so whoever asks sees the thing."""


def custom_values(alias: str) -> Relation:
    """Answer the way from a thing to what it has in custom fields."""
    return Relation(noun=Noun.CUSTOM_FIELD, source=f"{{projection}}.custom_value v where {{at:v}} and v.thing_id = {alias}.id")
