"""Fields of the API: a column of the row, a pure function of what is seen, or a relation.

Columns and functions are read without an `Info`, without arguments and without awaiting: that is what
makes a list of thousands of scalars cheap. What is joined says which keys it needs, so that those of all
things of a list are loaded at once, and is a function like any other when they are there. Other relations
await what they load themselves.
"""

import inspect
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from operator import attrgetter
from typing import Any, Self, cast

from strawberry.types import Info
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import UNRESOLVED, FieldType, StrawberryField

from schema.identifiers import MOMENT
from schema.loader import Loader


class LateField(StrawberryField):
    """A field whose type may stand in a module that is still being imported.

    The nouns refer to each other in circles (a team has people, a person has teams), so each module imports
    the others as modules and names their types in quotes; strawberry tries once too early and again later.
    """

    def resolve_type(self, *, type_definition: StrawberryObjectDefinition | None = None) -> FieldType:
        """Answer the type, or that it cannot be known yet."""
        try:
            return super().resolve_type(type_definition=type_definition)
        except AttributeError:
            return cast("FieldType", UNRESOLVED)


class Column(LateField):
    """A field that is read without a resolver: from the row of its thing, or from the thing.

    What follows from the row alone, and perhaps from the moment by `MOMENT` in a text, `is_of_row`.
    """

    def __init__(
        self, *arguments: Any, read: Callable[[Any], object] | None = None, is_of_row: bool = True, **options: Any
    ) -> None:
        """Read what `read` answers for the thing, or without it the row's field of the same name."""
        super().__init__(*arguments, **options)  # pyright: ignore[reportUnknownMemberType]
        self._read, self.is_of_row = read, is_of_row
        self.init = self.repr = self.compare = False

    def __copy__(self) -> Self:
        """Copy for a specialised generic type."""
        copied = super().__copy__()
        copied._read, copied.is_of_row = self._read, self.is_of_row  # noqa: SLF001 - its own
        return copied

    @property
    def read(self) -> Callable[[Any], Any]:
        """What reads the field from a thing."""
        return self._read or attrgetter(f"row.{self.python_name}")

    def get_result(
        self,
        source: Any,
        info: Info | None,  # noqa: ARG002 - the signature is strawberry's
        args: list[Any],  # noqa: ARG002
        kwargs: Any,  # noqa: ARG002
    ) -> Awaitable[Any] | Any:
        """Answer the value."""
        return self.value_of(source)

    def value_of(self, source: Any) -> Any:
        """Answer the value for a thing."""
        return self.read(source)


class Identifier(Column):
    """An identifier: a column whose text says where the moment stands in it."""

    def value_of(self, source: Any) -> Any:
        """Answer the identifier at the moment at which the thing is seen."""
        text: str = self.read(source)
        return text.replace(MOMENT, source.view.lens.suffix)


@dataclass(frozen=True, slots=True)
class Need:
    """What a field is made of besides its thing: what a loader of the thing's view has for a key, nothing for None.

    The key is made of the thing, and where it `follows` of what the needs before this one have found.
    """

    loader: Callable[[Any], Loader[Any, Any]]
    key: Callable[..., Hashable | None]
    follows: bool

    def keys(self, things: Sequence[Any], found: Sequence[Sequence[Any]]) -> list[Hashable | None]:
        """Answer the keys of things, in their order."""
        return list(map(self.key, things, *found) if self.follows else map(self.key, things))


def need(loader: str, key: str | Callable[..., Hashable | None]) -> Need:
    """Answer a need: the name of the view's loader, and the path of the key from the thing or what makes it."""
    if isinstance(key, str):
        return Need(attrgetter(loader), attrgetter(key), follows=False)
    return Need(attrgetter(loader), key, follows=True)


class Joined(LateField):
    """A field made by a function of the thing and of what its needs have found.

    `is_of_now` says that it is a list which is empty in the past.
    """

    def __init__(self, *arguments: Any, needs: Sequence[Need] = (), is_of_now: bool = False, **options: Any) -> None:
        """Take the needs in the order in which the function takes what they have found."""
        super().__init__(*arguments, **options)  # pyright: ignore[reportUnknownMemberType]
        self.needs, self.is_of_now = needs, is_of_now
        self.read: Callable[..., Any] = _unread

    def __copy__(self) -> Self:
        """Copy for a specialised generic type."""
        copied = super().__copy__()
        copied.needs, copied.is_of_now, copied.read = self.needs, self.is_of_now, self.read
        return copied

    def __call__(self, resolver: Any) -> Self:
        """Take the function: the thing, what the needs have found, and the field's arguments."""
        needs = self.needs

        async def resolve(source: Any, **arguments: Any) -> Any:
            found: list[Any] = []
            for each in needs:
                (key,) = each.keys([source], [[value] for value in found])
                found.append(await each.loader(source.view).load(key))
            return resolver(source, *found, **arguments)

        self.read = resolver
        update_wrapper(resolve, resolver)
        signature = inspect.signature(resolver)
        source, *parameters = signature.parameters.values()
        # What the API sees of the function's parameters.
        shown: Any = resolve
        shown.__signature__ = signature.replace(parameters=[source, *parameters[len(needs) :]])
        return super().__call__(resolve)  # pyright: ignore[reportUnknownMemberType]


def _unread(*_: Any) -> Any:
    raise TypeError("a joined field was given no function")


def column(
    description: str,
    read: Callable[[Any], object] | None = None,
    *,
    of_row: Callable[[Any], object] | None = None,
    name: str | None = None,
) -> Any:
    """Declare a column of the row, or a pure function: of the row, or with `read` of the source (its row and its view)."""
    if of_row is not None:
        read = _of_row(of_row)
    return Column(description=description, read=read, is_of_row=read is None or of_row is not None, graphql_name=name)


def part(description: str, read: Callable[[Any], object]) -> Any:
    """Declare a thing, or several, that is made of the row alone; the view only passes on to it."""
    return Column(description=description, read=read)


def identified(description: str, of_row: Callable[[Any], str]) -> Any:
    """Declare an identifier: a function of the row, with `MOMENT` where the moment stands in it."""
    return Identifier(description=description, read=_of_row(of_row))


def _of_row(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda source: function(source.row)


def joined(
    description: str, *needs: Need, name: str | None = None, is_of_now: bool = False
) -> Callable[[Callable[..., object]], Any]:
    """Declare a field by a function that takes the thing, what its needs have found, and the field's arguments by name."""
    return Joined(description=description, needs=needs, graphql_name=name, is_of_now=is_of_now)


def relation(description: str, *, name: str | None = None) -> Callable[[Callable[..., object]], Any]:
    """Declare a field that loads what it is made of itself."""
    return LateField(description=description, graphql_name=name)
