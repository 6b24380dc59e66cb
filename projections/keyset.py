"""Keysets: where a page begins and ends, stated by the values of its order and never by an offset.

A sort key holds JSON values only: texts, numbers, null, and dates and instants as ISO 8601 texts, so that a
cursor can carry it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from math import isfinite
from types import MappingProxyType

from projections.listing import Field, Kind, Listing
from projections.page import Order, SortKey
from projections.predicate import Parameters, UnknownFieldError, is_storable

_GREATEST_BIGINT = 2**63 - 1
NO_FIELDS: Mapping[str, Field] = MappingProxyType({})


class KeyMismatchError(Exception):
    """A sort key does not belong to the order: it has another length or values of other types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of an order; `column` is the name under which its value is selected."""

    sql: str
    kind: Kind
    column: str
    is_descending: bool
    nulls_first: bool

    @property
    def flipped(self) -> "Term":
        """The same term the other way round."""
        return replace(self, is_descending=not self.is_descending, nulls_first=not self.nulls_first)

    @property
    def ordering(self) -> str:
        """The term in an ORDER BY."""
        return self._ordering(self.sql)

    @property
    def column_ordering(self) -> str:
        """The term in an ORDER BY over the selected column."""
        return self._ordering(self.column)

    def _ordering(self, sql: str) -> str:
        direction = "desc" if self.is_descending else "asc"
        return f"{sql} {direction} nulls {'first' if self.nulls_first else 'last'}"


def terms_of(listing: Listing, orders: Iterable[Order], custom: Mapping[str, Field] = NO_FIELDS) -> tuple[Term, ...]:
    """Answer the terms of an order, or of the default one, the identifier last; `custom` are fields by custom field.

    Raises:
        UnknownFieldError: the noun has no such order.
    """
    asked = tuple(orders) or listing.default_order
    terms = [_term(listing.orders, custom, order, number) for number, order in enumerate(asked)]
    identifier = Term(
        sql=f"{listing.alias}.id", kind=Kind.TEXT, column=f"sort_{len(terms)}", is_descending=False, nulls_first=False
    )
    return (*terms, identifier)


def _term(known: Mapping[str, Field], custom: Mapping[str, Field], order: Order, number: int) -> Term:
    field = known.get(order.field) if order.custom_field_id is None else custom.get(order.custom_field_id)
    if field is None:
        raise UnknownFieldError(f"there is no order by {order.field}")
    return Term(
        sql=field.sql,
        kind=field.kind,
        column=f"sort_{number}",
        is_descending=order.is_descending,
        nulls_first=order.nulls_first,
    )


def beyond(terms: tuple[Term, ...], key: SortKey, parameters: Parameters) -> str:
    """Answer the SQL that a row stands strictly behind a key.

    Raises:
        KeyMismatchError: the key is not one of this order.
    """
    if len(key) != len(terms):
        raise KeyMismatchError
    alternatives: list[str] = []
    equal: list[str] = []
    for term, value in zip(terms, key, strict=True):
        known = _database_value(term.kind, value)
        parameter = "" if known is None else f"{parameters.add(known)}::{term.kind}"
        step = _behind(term, parameter)
        if step is not None:
            alternatives.append(" and ".join([*equal, step]))
        equal.append(f"{term.sql} is null" if known is None else f"{term.sql} = {parameter}")
    return "(" + " or ".join(f"({each})" for each in alternatives) + ")" if alternatives else "false"


def beginnings(terms: tuple[Term, ...], key: SortKey, parameters: Parameters) -> tuple[str, ...]:
    """Answer conditions on the first term alone, of which each row behind a key satisfies one: where to begin in an index.

    Raises:
        KeyMismatchError: the key is not one of this order.
    """
    first = terms[0]
    known = _database_value(first.kind, key[0])
    if known is None:
        return ("true",) if first.nulls_first else (f"{first.sql} is null",)
    compared = f"{first.sql} {'<=' if first.is_descending else '>='} {parameters.add(known)}::{first.kind}"
    return (compared,) if first.nulls_first else (compared, f"{first.sql} is null")


def _behind(term: Term, parameter: str) -> str | None:
    """Answer the SQL that a term's value stands behind a parameter, or behind null if there is none."""
    if not parameter:
        return f"{term.sql} is not null" if term.nulls_first else None
    compared = f"{term.sql} {'<' if term.is_descending else '>'} {parameter}"
    return compared if term.nulls_first else f"({compared} or {term.sql} is null)"


def _database_value(kind: Kind, value: object) -> object:
    """Turn a value of a key into that of a parameter."""
    match kind, value:
        case _, None:
            return None
        case Kind.TEXT, str() if is_storable(value):
            return value
        case Kind.INTEGER, int() if not isinstance(value, bool) and abs(value) <= _GREATEST_BIGINT:
            return value
        case Kind.FLOAT, float() if isfinite(value):
            return value
        case Kind.FLOAT, int() if not isinstance(value, bool) and abs(value) <= _GREATEST_BIGINT:
            return float(value)
        case ((Kind.DATE | Kind.INSTANT), str()):
            return _time_value(kind, value)
        case _:
            raise KeyMismatchError


def _time_value(kind: Kind, value: str) -> date | datetime:
    try:
        if kind is Kind.DATE:
            return date.fromisoformat(value)
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise KeyMismatchError
        # At either end of the calendar an offset can lead out of it.
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise KeyMismatchError from error


def key_value(value: object) -> object:
    """Turn a value from the database into that of a key."""
    return value.isoformat() if isinstance(value, date) else value
