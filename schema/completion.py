"""Completing values: what a resolver answered becomes the JSON text that stands in the response.

Done as the library does it. What is not plainly right is left to the type itself, which refuses it; see `schema/plan.py`.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The types of the library leave their parameters open.

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import Any, TypeVar

import orjson
from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_leaf_type,
)

Thing = Any
Value = TypeVar("Value")
Leaves = Callable[[list[Any]], list[Any]]
"""Makes of what a field answered for many things what the response holds."""

_BETWEEN = ",\n  "
_MANY = 4
"""From so many on writing them at once is worth taking them apart."""


class UnusualError(Exception):
    """A plan cannot answer this; the library must."""


def written(values: list[Any]) -> list[str]:
    """Write what the response holds of a field for many things, at least one, each as JSON."""
    if len(values) < _MANY:
        return [orjson.dumps(value).decode() for value in values]
    # The writer takes a list at a time: indented, every item has a line of its own.
    texts = orjson.dumps(values, option=orjson.OPT_INDENT_2)[4:-2].decode().split(_BETWEEN)
    if len(texts) == len(values):
        return texts
    # Items that are lists themselves have several.
    return [orjson.dumps(value).decode() for value in values]


# --- things


class Shape:
    """How the things lie in what a field answers: alone, or in lists; and how their texts are put in their places.

    `type_name` is the name of their type, None where that is an interface or a union.
    """

    def __init__(self, kind: Any) -> None:
        """Take the type of a field that answers things."""
        self._is_required = isinstance(kind, GraphQLNonNull)
        bare = kind.of_type if self._is_required else kind
        self._item = Shape(bare.of_type) if isinstance(bare, GraphQLList) else None
        self.type_name: str | None = self._item.type_name if self._item else None
        if isinstance(bare, GraphQLObjectType):
            self.type_name = bare.name

    def by_type(self, things: Collection[Thing]) -> dict[str, list[Thing]]:
        """Answer things by the names of their types in the schema."""
        if self.type_name is not None:
            return {self.type_name: list(things)} if things else {}
        found: dict[str, list[Thing]] = {}
        for thing in things:
            found.setdefault(type(thing).__strawberry_definition__.name, []).append(thing)
        return found

    def things(self, values: Sequence[Any]) -> list[Thing]:
        """Answer all things in what a field answered.

        Raises:
            UnusualError: there is nothing where there must be something.
        """
        found = [value for value in values if value is not None]
        if self._is_required and len(found) < len(values):
            raise UnusualError
        return found if self._item is None else self._item.things([each for several in found for each in several])

    def texts(self, values: Sequence[Any], written_things: Sequence[str]) -> list[str]:
        """Answer the texts of what a field answered, given those of all its things in their order."""
        if self._item is None:
            if len(written_things) == len(values):
                return list(written_things)
            texts = iter(written_things)
            return ["null" if value is None else next(texts) for value in values]
        texts = iter(self._item.texts([each for several in values if several is not None for each in several], written_things))
        return ["null" if value is None else f"[{','.join(islice(texts, len(value)))}]" for value in values]


# --- leaves


def leaves_of(kind: Any) -> Leaves | None:
    """Answer what completes the leaves of many things at once, or lists of leaves; None for things."""
    is_required = isinstance(kind, GraphQLNonNull)
    bare = kind.of_type if is_required else kind
    if isinstance(bare, GraphQLList):
        return _lists(leaves_of(bare.of_type), is_required=is_required)
    if not is_leaf_type(bare):
        return None
    serialize = bare.serialize

    def one(value: Any) -> Any:
        if value is None and not is_required:
            return None
        return serialize(required(value))

    absent: frozenset[Any] = frozenset() if is_required else frozenset([None])
    if isinstance(bare, GraphQLEnumType):
        return _members(one, absent)
    plain = _PLAIN.get(bare.name)
    if plain is None:
        return lambda values: list(map(one, values))
    taken = {plain, *map(type, absent)}
    is_right = _FURTHER.get(bare.name)

    def complete(values: list[Any]) -> list[Any]:
        if taken.issuperset(map(type, values)) and (is_right is None or is_right(values)):
            return values
        return list(map(one, values))

    return complete


def _lists(several: Leaves | None, *, is_required: bool) -> Leaves | None:
    if several is None:
        return None
    leaves = several

    def complete(values: list[Any]) -> list[Any]:
        if is_required and None in values:
            raise UnusualError
        return [leaves(list(value)) if value else value and [] for value in values]

    return complete


def required(value: Value | None) -> Value:
    """Answer what must be there."""
    if value is None:
        raise UnusualError
    return value


def _members(serialize: Callable[[Any], Any], absent: Iterable[None]) -> Leaves:
    """Answer what completes members of an enumeration, each of which is looked up once."""
    # By the address of the member, of which there is one: the members' own hash is computed in Python.
    known: dict[int, Any] = {id(each): None for each in absent}

    def complete(values: list[Any]) -> list[Any]:
        try:
            return [known[id(value)] for value in values]
        except KeyError:
            known.update((id(value), serialize(value)) for value in values if isinstance(value, Enum))
        return [known[id(value)] if id(value) in known else serialize(value) for value in values]

    return complete


_PLAIN: Mapping[str, type[Any]] = {"String": str, "ID": str, "Boolean": bool, "Int": int, "Float": float}
"""What is serialized as it is, when its values are of just this class."""

_FURTHER: Mapping[str, Callable[[list[Any]], bool]] = {
    "Int": lambda values: all(GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT for value in values if value),
    "Float": lambda values: all(map(math.isfinite, filter(None, values))),
}
"""What must hold of them besides."""
