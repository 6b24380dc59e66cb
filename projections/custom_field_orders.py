"""Orders by what things have in custom fields: the kind of the field says which column, and so what a cursor holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from events.custom_field import CustomFieldKind
from projections.lens import Lens
from projections.listing import SORTED_CHARACTERS, Field, Kind, Listing
from projections.page import Order
from projections.reader import Reader
from projections.statement import fetch

CUSTOM_FIELD = "custom_field"
"""What orders by custom fields are called."""

# Answers the kinds of custom fields.
_KINDS = "select f.id, f.kind from {projection}.custom_field f where {at:f} and f.id = any(:ids::text[])"

# A choice stands where it does among the choices of its field at the lens.
_COLUMNS: Mapping[CustomFieldKind, tuple[str, Kind]] = {
    CustomFieldKind.TEXT: (f"left(v.text_folded, {SORTED_CHARACTERS})", Kind.TEXT),
    CustomFieldKind.URL: (f"left(v.url, {SORTED_CHARACTERS})", Kind.TEXT),
    CustomFieldKind.NUMBER: ("v.number", Kind.FLOAT),
    CustomFieldKind.DATE: ("v.day", Kind.DATE),
    CustomFieldKind.CHOICE: (
        """(select array_position(f.choice_ids, v.choice_id collate "C")
            from {projection}.custom_field f where {at:f} and f.id = v.field_id)::bigint""",
        Kind.INTEGER,
    ),
    CustomFieldKind.PERSON: ("v.person_id", Kind.TEXT),
}

# One probe of the primary key for each thing.
_VALUE = """(
    select {column} from {projection}.custom_value v
    where {at:v} and v.id = {alias}.id || ' ' || {parameter}::text
)"""


class UnknownCustomFieldError(Exception):
    """An order is by a custom field that there is not at the moment."""

    def __init__(self, custom_field_id: str) -> None:
        super().__init__(f"there is no custom field {custom_field_id} at this moment")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomOrders:
    """What orders by custom fields are made of: fields by identifier, and the parameters in them."""

    fields: Mapping[str, Field] = field(default_factory=dict[str, Field])
    values: Mapping[str, object] = field(default_factory=dict[str, object])


_NONE = CustomOrders()


async def orders_by(reader: Reader, lens: Lens, listing: Listing, orders: Iterable[Order]) -> CustomOrders:
    """Answer what the orders by custom fields are made of; without any, nothing is asked.

    Raises:
        UnknownCustomFieldError: there is no such field at the lens.
    """
    ids = [order.custom_field_id for order in orders if order.custom_field_id is not None]
    if not ids:
        return _NONE
    kinds = {row["id"]: CustomFieldKind(row["kind"]) for row in await fetch(reader, lens, _KINDS, ids=ids)}
    fields: dict[str, Field] = {}
    values: dict[str, object] = {}
    for number, custom_field_id in enumerate(ids):
        if custom_field_id not in kinds:
            raise UnknownCustomFieldError(custom_field_id)
        column, kind = _COLUMNS[kinds[custom_field_id]]
        name = f"custom_field_{number}"
        sql = _VALUE.replace("{column}", column).replace("{alias}", listing.alias).replace("{parameter}", f":{name}")
        fields[custom_field_id], values[name] = Field(sql=sql, kind=kind), custom_field_id
    return CustomOrders(fields=fields, values=values)
