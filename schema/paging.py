"""Paging: the four arguments that every list takes, declared once."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Annotated, Any, cast

import strawberry
from graphql import FieldNode, VariableNode
from strawberry.types import Info

from schema.field import relation

DEFAULT_PAGE = 25
LARGEST_PAGE = 100

First = Annotated[
    int | None, strawberry.argument(description=f"How many from the start, at most {LARGEST_PAGE}. Null is {DEFAULT_PAGE}.")
]
After = Annotated[str | None, strawberry.argument(description="Cursor to start behind.")]
Last = Annotated[int | None, strawberry.argument(description=f"How many from the end, at most {LARGEST_PAGE}.")]
Before = Annotated[str | None, strawberry.argument(description="Cursor to end in front of.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which page of a list is asked for, by the four arguments of every connection."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None


def paged(description: str) -> Callable[[Callable[..., Awaitable[object]]], Any]:
    """Declare a list: a relation whose function takes the four arguments as one, by the name of `paging`.

    The API has the four where the function has the one.
    """

    def declare(function: Callable[..., Awaitable[object]]) -> Any:
        signature = inspect.signature(function)
        takes_info = "info" in signature.parameters

        async def resolve(
            self: Any,
            info: Info,
            *,
            first: First = DEFAULT_PAGE,
            after: After = strawberry.UNSET,
            last: Last = strawberry.UNSET,
            before: Before = strawberry.UNSET,
            **others: Any,
        ) -> object:
            if takes_info:
                others["info"] = info
            return await function(self, paging=_paging(info, first, after, last, before), **others)

        source, info, *four, _ = inspect.signature(resolve).parameters.values()
        others = [each for each in signature.parameters.values() if each.name not in {"self", "info"}]
        place = [each.name for each in others].index("paging")
        others[place : place + 1] = four
        update_wrapper(resolve, function)
        # What the API sees of the function's parameters.
        shown: Any = resolve
        shown.__signature__ = signature.replace(parameters=[source, info, *others])
        return relation(description)(shown)

    return declare


def _paging(info: Info, first: int | None, after: str | None, last: int | None, before: str | None) -> Paging:
    """Answer the arguments of a page as the client gave them: `first` has a default, which `last` replaces."""
    unset = strawberry.UNSET
    last = None if last is unset else last
    if last is not None and not _gives(info, "first"):
        first = None
    return Paging(first=first, after=None if after is unset else after, last=last, before=None if before is unset else before)


def _gives(info: Info, name: str) -> bool:
    raw = cast("Any", info._raw_info)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
    node: FieldNode = raw.field_nodes[0]
    variables = info.variable_values
    return any(
        argument.name.value == name
        and not (isinstance(argument.value, VariableNode) and argument.value.name.value not in variables)
        for argument in node.arguments or ()
    )
