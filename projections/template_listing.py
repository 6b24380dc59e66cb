"""What may be asked of an organization's templates, each as the SQL that stands for it. All members may see all of them."""

from projections.listing import Field, Kind, Listing
from projections.page import Order

TEMPLATES = Listing(
    alias="template",
    table="template",
    # Only those of the library have keys.
    columns="template.*, null::text as key",
    fields={
        "id": Field(sql="template.id"),
        "title": Field(sql="template.title", folded="template.title_folded"),
        "function": Field(sql="template.function"),
        "language": Field(sql="template.language"),
        "archived_at": Field(sql="template.archived_at", kind=Kind.INSTANT),
        "created_at": Field(sql="template.created_at", kind=Kind.INSTANT),
        "updated_at": Field(sql="template.updated_at", kind=Kind.INSTANT),
    },
    relations={},
    orders={
        "title": Field(sql="template.title_folded"),
        "created_at": Field(sql="template.created_at", kind=Kind.INSTANT),
        "updated_at": Field(sql="template.updated_at", kind=Kind.INSTANT),
    },
    default_order=(Order(field="title"),),
)
