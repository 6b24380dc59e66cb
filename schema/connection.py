"""Connections: pages of lists by key. There is no offset; a cursor holds the sort keys of its row.

A cursor is bound to the list, its order, its filter and its moment, and refused anywhere else.
"""

import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry
from graphql import FieldNode, VariableNode
from strawberry.types import Info

from projections.condition import Condition
from projections.page import Page, SortKey, Window
from schema.field import column, relation
from schema.order import Sorting
from schema.refusal import GraphQLRefusal, RefusalCode

DEFAULT_PAGE = 25
LARGEST_PAGE = 100
_DIGEST_BYTES = 9
_LONGEST_CURSOR = 4_000

Thing = TypeVar("Thing")

First = Annotated[
    int | None, strawberry.argument(description=f"How many from the start, at most {LARGEST_PAGE}. Null is {DEFAULT_PAGE}.")
]
After = Annotated[str | None, strawberry.argument(description="Cursor to start behind.")]
Last = Annotated[int | None, strawberry.argument(description=f"How many from the end, at most {LARGEST_PAGE}.")]
Before = Annotated[str | None, strawberry.argument(description="Cursor to end in front of.")]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Made from a page."""

    has_next_page: bool = strawberry.field(description="Whether something follows the page.")
    has_previous_page: bool = strawberry.field(description="Whether something precedes the page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first; null when the page is empty.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last; null when the page is empty.")


@strawberry.type(description="A thing and its place in the order.")
class Edge(Generic[Thing]):
    """Specialised, such as ObjectiveEdge."""

    cursor: str = strawberry.field(description="Its place in the order, bound to order, filter and moment.")
    node: Thing = strawberry.field(description="The thing itself.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[Thing]):
    """Specialised, such as ObjectiveConnection; `things` are the page's rows as nodes."""

    things: strawberry.Private[list[Any]]
    keys: strawberry.Private[Sequence[SortKey]]
    binding: strawberry.Private[bytes]
    has_next: strawberry.Private[bool]
    has_previous: strawberry.Private[bool]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    edges: list[Edge[Thing]] = column("The page with a cursor for each.", lambda page: page.made_edges())
    nodes: list[Thing] = column("The page without cursors.", lambda page: page.things)
    page_info: PageInfo = column("Where the page lies.", lambda page: page.made_page_info())

    @relation("How many there are on all pages; counted only when selected.")
    async def total_count(self) -> int:
        """Count what the list holds."""
        return await self.count()

    def made_edges(self) -> list[Edge[Any]]:
        """Pair each thing with its cursor."""
        return [
            Edge(cursor=write_cursor(key, self.binding), node=thing)
            for key, thing in zip(self.keys, self.things, strict=True)
        ]

    def made_page_info(self) -> PageInfo:
        """Say where the page lies."""
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=write_cursor(self.keys[0], self.binding) if self.keys else None,
            end_cursor=write_cursor(self.keys[-1], self.binding) if self.keys else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The four arguments of every connection."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None


def paging(info: Info, first: int | None, after: str | None, last: int | None, before: str | None) -> Paging:
    """Answer the arguments of a page as the client gave them: `first` has a default, which `last` replaces."""
    unset = strawberry.UNSET
    last = None if last is unset else last
    if last is not None and not _gives(info, "first"):
        first = None
    return Paging(
        first=first, after=None if after is unset else after, last=last, before=None if before is unset else before
    )


def _gives(info: Info, name: str) -> bool:
    nodes: list[FieldNode] = info._raw_info.field_nodes  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    variables = info.variable_values
    return any(
        argument.name.value == name
        and not (isinstance(argument.value, VariableNode) and argument.value.name.value not in variables)
        for argument in nodes[0].arguments
    )


def binding_of(name: str, sorting: Sorting, condition: Condition, moment: str) -> bytes:
    """Return what a cursor is bound to: the list by its name, its order, filter and moment."""
    text = "\n".join((name, repr(sorting.orders), repr(condition), moment))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


def window_of(arguments: Paging, binding: bytes, types: Sequence[type]) -> Window:
    """Answer the window that the arguments ask for.

    Raises:
        GraphQLRefusal: PAGE_TOO_LARGE, ARGUMENT_INVALID for both ends at once or a negative number, or
            CURSOR_INVALID.
    """
    first, last = arguments.first, arguments.last
    if first is not None and last is not None:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, "give first or last, not both")
    for name, number in (("first", first), ("last", last)):
        if number is not None and number < 0:
            raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, f"{name} must not be negative")
        if number is not None and number > LARGEST_PAGE:
            raise GraphQLRefusal(RefusalCode.PAGE_TOO_LARGE, f"{name} is {number}, at most {LARGEST_PAGE} are answered")
    return Window(
        first=DEFAULT_PAGE if first is None and last is None else first,
        last=last,
        after=None if arguments.after is None else read_cursor(arguments.after, binding, types),
        before=None if arguments.before is None else read_cursor(arguments.before, binding, types),
    )


def write_cursor(key: SortKey, binding: bytes) -> str:
    """Return the opaque form of a sort key."""
    values = [value.isoformat() if isinstance(value, date) else value for value in key]
    return base64.urlsafe_b64encode(binding + orjson.dumps(values)).decode("ascii").rstrip("=")


def read_cursor(cursor: str, binding: bytes, types: Sequence[type]) -> SortKey:
    """Return the sort key in a cursor.

    Raises:
        GraphQLRefusal: CURSOR_INVALID when it is malformed or belongs to another list, order, filter or moment.
    """
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if content[:_DIGEST_BYTES] != binding:
            raise ValueError("bound to something else")
        values = orjson.loads(content[_DIGEST_BYTES:])
        if not isinstance(values, list) or len(values) != len(types):  # pyright: ignore[reportUnknownArgumentType]
            raise ValueError("of another shape")
        pairs: list[tuple[object, type]] = list(zip(values, types, strict=True))  # pyright: ignore[reportUnknownArgumentType]
        return tuple(_sort_value(value, kind) for value, kind in pairs)
    except (ValueError, binascii.Error, OverflowError) as error:
        message = "the cursor does not belong to this list, order, filter and moment"
        raise GraphQLRefusal(RefusalCode.CURSOR_INVALID, message) from error


_GREATEST_INTEGER = 2**31 - 1


def _sort_value(value: object, kind: type) -> object:
    if value is None:
        return None
    if kind is datetime and isinstance(value, str):
        return datetime.fromisoformat(value)
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _GREATEST_INTEGER:
        return value
    if kind is str and isinstance(value, str) and "\x00" not in value:
        return value
    raise ValueError("of another type")


def connection_of(
    page: Page[Any], binding: bytes, node: Callable[[Any], Any], count: Callable[[], Awaitable[int]]
) -> Connection[Any]:
    """Return a page of rows as a connection of nodes."""
    return Connection(
        things=[node(row) for row in page.rows],
        keys=page.keys,
        binding=binding,
        has_next=page.has_next,
        has_previous=page.has_previous,
        count=count,
    )
