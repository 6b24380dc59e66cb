"""Completing values: what a resolver answered becomes what the response holds.

Done as the library does it. What is not plainly right is left to the type itself, which refuses it; see `schema/plan.py`.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The types of the library leave their parameters open.

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_leaf_type,
)

Thing = Any
Answer = dict[str, Any]
Complete = Callable[[Any, "Batch"], Any]
"""Makes of what a resolver answered what the response holds; things go into the batch of the next level."""


class UnusualError(Exception):
    """A plan cannot answer this; the library must."""


@dataclass(slots=True)
class Batch:
    """The things that one field answered, by type, each with the answer that is to be filled."""

    things: dict[str, tuple[list[Thing], list[Answer]]] = field(default_factory=dict[str, tuple[list[Thing], list[Answer]]])

    def add(self, type_name: str, thing: Thing) -> Answer:
        """Note a thing and answer what will be its answer."""
        things, answers = self.things.setdefault(type_name, ([], []))
        answer: Answer = {}
        things.append(thing)
        answers.append(answer)
        return answer


def leaf_of(kind: Any) -> Callable[[Any], Any] | None:
    """Answer what completes a leaf, None for anything else."""
    bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if not is_leaf_type(bare):
        return None
    serialize = _serializer(bare)
    if isinstance(kind, GraphQLNonNull):
        return lambda value: serialize(_required(value))
    return lambda value: None if value is None else serialize(value)


def completer(kind: Any) -> Complete:
    """Answer what completes the values of a type."""
    if isinstance(kind, GraphQLNonNull):
        inner = completer(kind.of_type)
        return lambda value, batch: inner(_required(value), batch)
    if isinstance(kind, GraphQLList):
        item = completer(kind.of_type)
        return lambda value, batch: None if value is None else [item(each, batch) for each in value]
    leaf = leaf_of(kind)
    if leaf is not None:
        return lambda value, _: leaf(value)
    if isinstance(kind, GraphQLObjectType):
        name = kind.name
        return lambda value, batch: None if value is None else batch.add(name, value)
    return lambda value, batch: None if value is None else batch.add(_type_name(value), value)


def as_it_is(value: Any, _: Batch) -> Any:
    """Answer a value that the response holds as it is."""
    return value


def _required(value: Any) -> Any:
    if value is None:
        raise UnusualError
    return value


def _type_name(thing: Thing) -> str:
    kind: Any = type(thing)
    name: str = kind.__strawberry_definition__.name
    return name


def _serializer(kind: GraphQLLeafType) -> Callable[[Any], Any]:
    """Answer what serializes the values of a leaf type; what is not plainly right is left to the type itself."""
    serialize: Callable[[Any], Any] = kind.serialize
    if isinstance(kind, GraphQLEnumType):
        known: dict[Any, Any] = {}

        def member(value: Any) -> Any:
            found = known.get(value)
            if found is None:
                found = known[value] = serialize(value)
            return found

        return member
    plain = {"String": str, "ID": str, "Boolean": bool}.get(kind.name)
    if kind.name == "Float":
        return lambda value: value if type(value) is float and math.isfinite(value) else serialize(value)
    if plain is None:
        return serialize
    return lambda value: value if type(value) is plain else serialize(value)
