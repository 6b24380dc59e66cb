"""What may be asked of custom fields, each as the SQL that stands for it. All members may see all of them."""

from projections.listing import Field, Kind, Listing
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
