"""Conditions on rows, as data: what filters of the API become before they become SQL.

A field or relation is named as in the row classes; each noun lists what may be asked of it. Values are
always parameters, never part of a statement.
"""

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """How a field is compared; `IN` and `NOT_IN` take a tuple, `IS_NULL` a boolean."""

    EQUAL = "EQUAL"
    NOT_EQUAL = "NOT_EQUAL"
    LESS = "LESS"
    LESS_OR_EQUAL = "LESS_OR_EQUAL"
    GREATER = "GREATER"
    GREATER_OR_EQUAL = "GREATER_OR_EQUAL"
    IN = "IN"
    NOT_IN = "NOT_IN"
    IS_NULL = "IS_NULL"
    CONTAINS = "CONTAINS"
    CONTAINS_IGNORE_CASE = "CONTAINS_IGNORE_CASE"
    STARTS_WITH = "STARTS_WITH"
    STARTS_WITH_IGNORE_CASE = "STARTS_WITH_IGNORE_CASE"


@dataclass(frozen=True, slots=True)
class Compare:
    """One field against one value. NULL fields satisfy no comparison but IS_NULL."""

    field: str
    operator: Operator
    value: object


@dataclass(frozen=True, slots=True)
class Related:
    """The thing behind a relation, such as `owner`, satisfies a condition; `some` for a list."""

    relation: str
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    """All of several conditions; none is always true."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of several conditions; none is never true."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """A condition does not hold."""

    condition: "Condition"


Condition = Compare | Related | Every | Either | Negated
ALWAYS = Every(())
