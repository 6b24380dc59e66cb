"""Pages of rows by key: orders, windows and pages. There is no offset anywhere."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
SortKey = tuple[object, ...]
"""The values of the order's fields, last the identifier: what a cursor holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One field of an order; the identifier is always added as the last one, ascending.

    With `custom_field_id`, the order is by what things have in that custom field, and `field` is `custom_field`.
    """

    field: str
    custom_field_id: str | None = None
    is_descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of an ordered list: exactly one of `first` and `last`, each at least 0."""

    first: int | None = None
    after: SortKey | None = None
    last: int | None = None
    before: SortKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """Some rows in order, each with its sort key, and whether there are more on either side."""

    rows: tuple[Row, ...]
    keys: tuple[SortKey, ...]
    has_next: bool
    has_previous: bool
