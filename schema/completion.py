"""Completing values: what a resolver answered becomes what the response holds.

Done as the library does it. What is not plainly right is left to the type itself, which refuses it; see `schema/plan.py`.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The types of the library leave their parameters open.

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

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
Answer = dict[str, Any]
Complete = Callable[[Any, "Batch"], Any]
"""Makes of what a resolver answered what the response holds; things go into the batch of the next level."""

Leaves = Callable[[list[Any]], list[Any]]
"""Makes of what a field answered for many things what the response holds."""


class UnusualError(Exception):
    """A plan cannot answer this; the library must."""


@dataclass(slots=True)
class Batch:
    """The things that one field answered, by type, each with the answer that is to be filled.

    A thing that was answered several times is filled once: what is equal stands in the response at several places.
    """

    things: dict[str, tuple[list[Thing], list[Answer]]] = field(default_factory=dict[str, tuple[list[Thing], list[Answer]]])
    _answers: dict[tuple[str, int], Answer] = field(default_factory=dict[tuple[str, int], Answer])

    def add(self, type_name: str, thing: Thing) -> Answer:
        """Note a thing and answer what will be its answer."""
        key = type_name, id(thing)
        answer = self._answers.get(key)
        if answer is None:
            things, answers = self.things.setdefault(type_name, ([], []))
            answer = self._answers[key] = {}
            things.append(thing)
            answers.append(answer)
        return answer


def leaves_of(kind: Any) -> Leaves | None:
    """Answer what completes the leaves of many things at once, None for anything else."""
    is_required = isinstance(kind, GraphQLNonNull)
    bare = kind.of_type if is_required else kind
    if not is_leaf_type(bare):
        return None
    serialize = bare.serialize

    def one(value: Any) -> Any:
        if value is None and not is_required:
            return None
        return serialize(_required(value))

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


def completer(kind: Any) -> Complete:
    """Answer what completes the values of a type."""
    if isinstance(kind, GraphQLNonNull):
        inner = completer(kind.of_type)
        return lambda value, batch: inner(_required(value), batch)
    if isinstance(kind, GraphQLList):
        several = leaves_of(kind.of_type)
        if several is not None:
            return lambda value, _: None if value is None else several(list(value))
        item = completer(kind.of_type)
        return lambda value, batch: None if value is None else [item(each, batch) for each in value]
    leaves = leaves_of(kind)
    if leaves is not None:
        return lambda value, _: leaves([value])[0]
    if isinstance(kind, GraphQLObjectType):
        name = kind.name
        return lambda value, batch: None if value is None else batch.add(name, value)
    return lambda value, batch: None if value is None else batch.add(_type_name(value), value)


def as_they_are(values: list[Any]) -> list[Any]:
    """Answer values that the response holds as they are."""
    return values


def _required(value: Any) -> Any:
    if value is None:
        raise UnusualError
    return value


def _type_name(thing: Thing) -> str:
    kind: Any = type(thing)
    name: str = kind.__strawberry_definition__.name
    return name


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
