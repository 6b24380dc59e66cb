"""Comparators: what a filter may ask of one field. Absent comparators ask nothing; several must all hold."""

import dataclasses
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, TypeVar, cast

import strawberry

from events.envelope import ReasonCode
from projections.condition import Compare, Condition, Every, Operator
from schema.identifiers import parse_identifier
from schema.refusal import GraphQLRefusal, RefusalCode, check_text
from schema.scalars import BigInt

Member = TypeVar("Member")


def comparator(description: str, *, name: str | None = None) -> Any:
    """Declare a comparator that may be absent."""
    return strawberry.field(description=description, name=name, default=strawberry.UNSET)


@strawberry.input(name="IDFilter", description="Compares an id; several comparators must all hold.")
class IdFilter:
    """Identifiers of the present and of the past are both taken."""

    eq: strawberry.ID | None = comparator("Equal to.")
    neq: strawberry.ID | None = comparator("Not equal to.")
    in_: list[strawberry.ID] | None = comparator("One of.", name="in")
    nin: list[strawberry.ID] | None = comparator("None of.")
    is_null: bool | None = comparator("Whether it is absent.")


@strawberry.input(description="Compares a text; several comparators must all hold.")
class StringFilter:
    """`IgnoreCase` compares the case-folded texts."""

    eq: str | None = comparator("Equal to.")
    neq: str | None = comparator("Not equal to.")
    in_: list[str] | None = comparator("One of.", name="in")
    nin: list[str] | None = comparator("None of.")
    contains: str | None = comparator("Contains, with regard to case.")
    contains_ignore_case: str | None = comparator("Contains, without regard to case.")
    starts_with: str | None = comparator("Starts with, with regard to case.")
    starts_with_ignore_case: str | None = comparator("Starts with, without regard to case.")
    is_null: bool | None = comparator("Whether it is absent.")


@strawberry.input(name="Filter", description="Compares a value of an enumeration; several comparators must all hold.")
class EnumFilter(Generic[Member]):
    """Specialised, such as StatusFilter."""

    eq: Member | None = comparator("Equal to.")
    neq: Member | None = comparator("Not equal to.")
    in_: list[Member] | None = comparator("One of.", name="in")
    nin: list[Member] | None = comparator("None of.")


@strawberry.input(description="Compares the code of a reason; several comparators must all hold.")
class ReasonCodeFilter:
    """The one enumeration of which a value may be absent."""

    eq: ReasonCode | None = comparator("Equal to.")
    neq: ReasonCode | None = comparator("Not equal to.")
    in_: list[ReasonCode] | None = comparator("One of.", name="in")
    nin: list[ReasonCode] | None = comparator("None of.")
    is_null: bool | None = comparator("Whether it is absent: no reason was given.")


@strawberry.input(description="Compares a number; several comparators must all hold.")
class FloatFilter:
    """Ordered comparators are never true of an absent number."""

    eq: float | None = comparator("Equal to.")
    neq: float | None = comparator("Not equal to.")
    lt: float | None = comparator("Less than.")
    lte: float | None = comparator("Less than or equal to.")
    gt: float | None = comparator("Greater than.")
    gte: float | None = comparator("Greater than or equal to.")
    is_null: bool | None = comparator("Whether it is absent.")


@strawberry.input(description="Compares a whole number; several comparators must all hold.")
class IntFilter:
    """Ordered comparators are never true of an absent number."""

    eq: int | None = comparator("Equal to.")
    neq: int | None = comparator("Not equal to.")
    lt: int | None = comparator("Less than.")
    lte: int | None = comparator("Less than or equal to.")
    gt: int | None = comparator("Greater than.")
    gte: int | None = comparator("Greater than or equal to.")
    is_null: bool | None = comparator("Whether it is absent.")


@strawberry.input(description="Compares a whole number of 64 bits; several comparators must all hold.")
class BigIntFilter:
    """Positions of the log, which are never absent."""

    eq: BigInt | None = comparator("Equal to.")
    neq: BigInt | None = comparator("Not equal to.")
    lt: BigInt | None = comparator("Less than.")
    lte: BigInt | None = comparator("Less than or equal to.")
    gt: BigInt | None = comparator("Greater than.")
    gte: BigInt | None = comparator("Greater than or equal to.")


@strawberry.input(description="Compares an instant; several comparators must all hold.")
class DateTimeFilter:
    """Ordered comparators are never true of an absent instant."""

    eq: datetime | None = comparator("Equal to.")
    neq: datetime | None = comparator("Not equal to.")
    lt: datetime | None = comparator("Before.")
    lte: datetime | None = comparator("Before or at.")
    gt: datetime | None = comparator("After.")
    gte: datetime | None = comparator("After or at.")
    is_null: bool | None = comparator("Whether it is absent.")


@strawberry.input(description="Compares a day; several comparators must all hold.")
class DateFilter:
    """Ordered comparators are never true of an absent day."""

    eq: date | None = comparator("Equal to.")
    neq: date | None = comparator("Not equal to.")
    lt: date | None = comparator("Before.")
    lte: date | None = comparator("Before or on.")
    gt: date | None = comparator("After.")
    gte: date | None = comparator("After or on.")
    is_null: bool | None = comparator("Whether it is absent.")


@strawberry.input(description="Compares a truth value.")
class BooleanFilter:
    """Only equality makes sense here."""

    eq: bool | None = comparator("Equal to.")


Numbers = FloatFilter | IntFilter | BigIntFilter
Comparison = (
    IdFilter | StringFilter | EnumFilter[Any] | ReasonCodeFilter | Numbers | DateTimeFilter | DateFilter | BooleanFilter
)
COMPARISONS = (
    IdFilter,
    StringFilter,
    EnumFilter,
    ReasonCodeFilter,
    FloatFilter,
    IntFilter,
    BigIntFilter,
    DateTimeFilter,
    DateFilter,
    BooleanFilter,
)

_OPERATORS = {
    "eq": Operator.EQUAL,
    "neq": Operator.NOT_EQUAL,
    "in_": Operator.IN,
    "nin": Operator.NOT_IN,
    "lt": Operator.LESS,
    "lte": Operator.LESS_OR_EQUAL,
    "gt": Operator.GREATER,
    "gte": Operator.GREATER_OR_EQUAL,
    "is_null": Operator.IS_NULL,
    "contains": Operator.CONTAINS,
    "contains_ignore_case": Operator.CONTAINS_IGNORE_CASE,
    "starts_with": Operator.STARTS_WITH,
    "starts_with_ignore_case": Operator.STARTS_WITH_IGNORE_CASE,
}


def compared(field: str, comparison: Any, instants: set[datetime]) -> Condition:
    """Answer the condition of one field; the instants of identifiers of the past are added to `instants`.

    Raises:
        GraphQLRefusal: a comparator is null, or a text cannot be stored anywhere.
    """
    conditions: list[Condition] = []
    for each in dataclasses.fields(comparison):
        value = getattr(comparison, each.name)
        if value is strawberry.UNSET:
            continue
        if value is None:
            raise GraphQLRefusal(
                RefusalCode.ARGUMENT_INVALID, f"filter {field}: a comparator must not be null; leave it out, or use isNull"
            )
        is_id = isinstance(comparison, IdFilter)
        conditions.append(Compare(field, _OPERATORS[each.name], _checked(field, value, instants, is_id=is_id)))
    return conditions[0] if len(conditions) == 1 else Every(tuple(conditions))


def _checked(field: str, value: object, instants: set[datetime], *, is_id: bool) -> object:
    if isinstance(value, list):
        members = cast("list[object]", value)
        return tuple(_checked(field, member, instants, is_id=is_id) for member in members)
    if isinstance(value, Enum):
        return value.value
    if not isinstance(value, str):
        return value
    text = check_text(value, f"filter {field}")
    if not is_id:
        return text
    reference = parse_identifier(text)
    if reference is None:
        return text
    if reference.instant is not None:
        instants.add(reference.instant)
    return reference.entity_id
