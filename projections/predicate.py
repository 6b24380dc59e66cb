"""Predicates: conditions made into parameterized SQL, by the fields and relations of the listings.

What the database cannot compare is resolved first: names are sealed, and labels have no folded form.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import assert_never, cast

from projections.condition import Compare, Condition, Either, Every, Negated, Operator, Related
from projections.definition_rows import folded
from projections.lens import Lens
from projections.listing import Field, Kind, Listing
from projections.listings import LISTINGS
from projections.names import names
from projections.organization_listing import PEOPLE
from projections.reader import Reader
from projections.statement import fetch

CONDITION_LIMIT = 100
"""How many comparisons a condition may hold, values of lists not counted."""

VALUE_LIMIT = 1000
"""How many values a list in a condition may hold."""

DEPTH_LIMIT = 20
"""How deep conditions may be nested."""


class UnknownFieldError(Exception):
    """A condition or an order names what the noun does not have."""


class ConditionLimitError(Exception):
    """A condition is larger than what is worth answering."""

    def __init__(self, limit: int, actual: int) -> None:
        super().__init__(f"a condition may hold {limit} of these, not {actual}")
        self.limit = limit
        self.actual = actual


# Answers the different labels of the things of a noun at the lens.
_LABELS = "select distinct {label} as label from {source} cross join {each} where {at} and {seen}"

_SYMBOLS = {
    Operator.EQUAL: "=",
    Operator.NOT_EQUAL: "<>",
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "<=",
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: ">=",
}
_OPPOSITES = {Operator.NOT_EQUAL: Operator.EQUAL, Operator.NOT_IN: Operator.IN}
_IGNORING_CASE = {
    Operator.CONTAINS_IGNORE_CASE: Operator.CONTAINS,
    Operator.STARTS_WITH_IGNORE_CASE: Operator.STARTS_WITH,
}


def matches(operator: Operator, text: str | None, value: object) -> bool:
    """Compare a text in memory as the database would; an absent text satisfies IS_NULL alone."""
    if operator is Operator.IS_NULL:
        return (text is None) == value
    if text is None:
        return False
    if operator in _IGNORING_CASE:
        return matches(_IGNORING_CASE[operator], folded(text), folded(str(value)))
    match operator:
        case Operator.EQUAL:
            return text == value
        case Operator.NOT_EQUAL:
            return text != value
        case Operator.IN:
            return text in values_of(value)
        case Operator.NOT_IN:
            return text not in values_of(value)
        case Operator.CONTAINS:
            return str(value) in text
        case Operator.STARTS_WITH:
            return text.startswith(str(value))
        case _:
            raise UnknownFieldError(f"texts are not compared by {operator}")


def values_of(value: object) -> tuple[object, ...]:
    """Answer the values of a comparison: those of a list, or the one."""
    return tuple(cast("Sequence[object]", value)) if isinstance(value, tuple | list) else (value,)


# --- what is resolved before


def check_size(condition: Condition) -> None:
    """Refuse a condition that is too large.

    Raises:
        ConditionLimitError: too many comparisons, too long a list, or too deep.
    """
    count = _counted(condition, 0)
    if count > CONDITION_LIMIT:
        raise ConditionLimitError(CONDITION_LIMIT, count)


def _counted(condition: Condition, depth: int) -> int:
    if depth > DEPTH_LIMIT:
        raise ConditionLimitError(DEPTH_LIMIT, depth)
    match condition:
        case Compare(value=value):
            if len(values_of(value)) > VALUE_LIMIT:
                raise ConditionLimitError(VALUE_LIMIT, len(values_of(value)))
            return 1
        case Related(condition=inner) | Negated(condition=inner):
            return 1 + _counted(inner, depth + 1)
        case Every(conditions=several) | Either(conditions=several):
            return sum(_counted(each, depth + 1) for each in several)
        case _:
            assert_never(condition)


async def resolved(reader: Reader, lens: Lens, listing: Listing, condition: Condition) -> Condition:
    """Answer a condition that the database can decide: names of people become identifiers."""
    match condition:
        case Compare(field="name") if listing is PEOPLE:
            return await _resolved_name(reader, lens, condition)
        case Compare(field="label", operator=operator) if "label" in listing.fields and operator in _IGNORING_CASE:
            return await _resolved_label(reader, lens, listing, condition)
        case Compare():
            return condition
        case Related(relation=relation, condition=inner):
            related = listing.relations.get(relation)
            if related is None:
                raise UnknownFieldError(f"there is no relation {relation}")
            return Related(relation, await resolved(reader, lens, LISTINGS[related.noun], inner))
        case Negated(condition=inner):
            return Negated(await resolved(reader, lens, listing, inner))
        case Every(conditions=several):
            return Every(tuple([await resolved(reader, lens, listing, each) for each in several]))
        case Either(conditions=several):
            return Either(tuple([await resolved(reader, lens, listing, each) for each in several]))
        case _:
            assert_never(condition)


async def _resolved_name(reader: Reader, lens: Lens, condition: Compare) -> Condition:
    known = await names(reader, lens)
    found = tuple(sorted(id_ for id_, name in known.items() if matches(condition.operator, name, condition.value)))
    return Compare("id", Operator.IN, found)


async def _resolved_label(reader: Reader, lens: Lens, listing: Listing, condition: Compare) -> Condition:
    asked = listing.fields["label"]
    parts = {
        "label": asked.sql,
        "source": listing.source,
        "each": asked.each or "",
        "at": f"{{at:{listing.alias}}}",
        "seen": listing.seen,
    }
    statement = _LABELS
    for name, part in parts.items():
        statement = statement.replace(f"{{{name}}}", part)
    labels = [row["label"] for row in await fetch(reader, lens, statement)]
    found = tuple(sorted(label for label in labels if matches(condition.operator, label, condition.value)))
    return Compare("label", Operator.IN, found)


# --- SQL


@dataclass(slots=True)
class Parameters:
    """Names for the values of a statement, made while it is put together."""

    prefix: str
    values: dict[str, object] = field(default_factory=dict[str, object])

    def add(self, value: object) -> str:
        """Keep a value; answers the parameter that stands for it."""
        name = f"{self.prefix}_{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def compiled(listing: Listing, condition: Condition, parameters: Parameters) -> str:
    """Answer the SQL of a resolved condition; it is true or not, and perhaps null instead of false.

    Raises:
        UnknownFieldError: a field, a relation or an operator that the noun does not have.
    """
    match condition:
        case Compare():
            asked = listing.fields.get(condition.field)
            if asked is None:
                raise UnknownFieldError(f"there is no field {condition.field}")
            return _compared_each(asked, condition, parameters)
        case Related(relation=relation, condition=inner):
            related = listing.relations.get(relation)
            if related is None:
                raise UnknownFieldError(f"there is no relation {relation}")
            return f"exists (select from {related.source} and {compiled(LISTINGS[related.noun], inner, parameters)})"
        case Every(conditions=several):
            return _joined(" and ", "true", (compiled(listing, each, parameters) for each in several))
        case Either(conditions=several):
            return _joined(" or ", "false", (compiled(listing, each, parameters) for each in several))
        case Negated(condition=inner):
            return f"(({compiled(listing, inner, parameters)}) is not true)"
        case _:
            assert_never(condition)


def _joined(separator: str, empty: str, several: Iterable[str]) -> str:
    parts = list(several)
    return f"({separator.join(parts)})" if parts else empty


def _compared_each(asked: Field, condition: Compare, parameters: Parameters) -> str:
    """Compare a field with one value, or each of its values."""
    if asked.each is None:
        return _compared(asked, condition.operator, condition.value, parameters)
    if condition.operator is Operator.IS_NULL:
        has_any = f"exists (select from {asked.each})"
        return f"not {has_any}" if condition.value else has_any
    operator = _OPPOSITES.get(condition.operator, condition.operator)
    found = f"exists (select from {asked.each} where {_compared(asked, operator, condition.value, parameters)})"
    return found if operator is condition.operator else f"not {found}"


def _compared(asked: Field, operator: Operator, value: object, parameters: Parameters) -> str:
    if operator is Operator.IS_NULL:
        return f"{asked.sql} is {'null' if value else 'not null'}"
    if operator in (Operator.IN, Operator.NOT_IN):
        # Nothing equals what cannot be stored.
        stored = [each for each in values_of(value) if is_storable(each)]
        array = f"{parameters.add(stored)}::{asked.kind}[]"
        if operator is Operator.IN:
            return f"{asked.sql} = any({array})"
        return f"({asked.sql} is not null and {asked.sql} <> all({array}))"
    if not is_storable(value):
        return f"{asked.sql} is not null" if operator is Operator.NOT_EQUAL else "false"
    if operator in _SYMBOLS:
        return f"{asked.sql} {_SYMBOLS[operator]} {parameters.add(value)}::{asked.kind}"
    return _searched(asked, operator, str(value), parameters)


def _searched(asked: Field, operator: Operator, value: str, parameters: Parameters) -> str:
    if asked.kind is not Kind.TEXT:
        raise UnknownFieldError(f"only texts are searched by {operator}")
    expression, compared = asked.sql, value
    if operator in _IGNORING_CASE:
        if asked.folded is None:
            raise UnknownFieldError("this text is not searched without case")
        expression, compared = asked.folded, folded(value)
    # Not LIKE: its wildcards would need escaping.
    if _IGNORING_CASE.get(operator, operator) is Operator.CONTAINS:
        return f"strpos({expression}, {parameters.add(compared)}::text) > 0"
    return f"starts_with({expression}, {parameters.add(compared)}::text)"


def is_storable(value: object) -> bool:
    """Say whether the database could hold a value: no text with a NUL or a lone surrogate."""
    if not isinstance(value, str):
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value
