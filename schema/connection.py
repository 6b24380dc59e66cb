"""Connections: pages of lists by key. There is no offset; a cursor holds the sort keys of its row.

A cursor is bound to the list, its order, its filter and its moment, and refused anywhere else.
"""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar, cast

import orjson
import strawberry

from projections.condition import ALWAYS, Condition
from projections.custom_field_orders import UnknownCustomFieldError
from projections.keyset import KeyMismatchError
from projections.names import TooManyPeopleError
from projections.page import Order, Page, SortKey, Window
from projections.predicate import ConditionLimitError
from schema.field import column, relation
from schema.filter import condition_of
from schema.moment import require_same_moment
from schema.paging import DEFAULT_PAGE, LARGEST_PAGE, Paging
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.view import View

_DIGEST_BYTES = 9
_LONGEST_CURSOR = 4_000

Thing = TypeVar("Thing")


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
            Edge(cursor=write_cursor(key, self.binding), node=thing) for key, thing in zip(self.keys, self.things, strict=True)
        ]

    def made_page_info(self) -> PageInfo:
        """Say where the page lies."""
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=write_cursor(self.keys[0], self.binding) if self.keys else None,
            end_cursor=write_cursor(self.keys[-1], self.binding) if self.keys else None,
        )


def binding_of(name: str, orders: tuple[Order, ...], condition: Condition, moment: str) -> bytes:
    """Return what a cursor is bound to: the list by its name, its order, filter and moment."""
    text = "\n".join((name, repr(orders), repr(condition), moment))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


def window_of(arguments: Paging, binding: bytes, largest: int = LARGEST_PAGE) -> Window:
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
        if number is not None and number > largest:
            raise GraphQLRefusal(RefusalCode.PAGE_TOO_LARGE, f"{name} is {number}, at most {largest} are answered")
    return Window(
        first=DEFAULT_PAGE if first is None and last is None else first,
        last=last,
        after=None if arguments.after is None else read_cursor(arguments.after, binding),
        before=None if arguments.before is None else read_cursor(arguments.before, binding),
    )


def write_cursor(key: SortKey, binding: bytes) -> str:
    """Return the opaque form of a sort key."""
    return base64.urlsafe_b64encode(binding + orjson.dumps(key)).decode("ascii").rstrip("=")


def read_cursor(cursor: str, binding: bytes) -> SortKey:
    """Return the sort key in a cursor; the reader checks that its values are those of the order.

    Raises:
        GraphQLRefusal: CURSOR_INVALID when it is malformed or belongs to another list, order, filter or moment.
    """
    if len(cursor) > _LONGEST_CURSOR:
        raise _cursor_invalid()
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values: object = orjson.loads(content[_DIGEST_BYTES:])
    except ValueError as error:
        raise _cursor_invalid() from error
    if content[:_DIGEST_BYTES] != binding or not isinstance(values, list):
        raise _cursor_invalid()
    return tuple(cast("list[object]", values))


def _cursor_invalid() -> GraphQLRefusal:
    message = "the cursor does not belong to this list, order, filter and moment"
    return GraphQLRefusal(RefusalCode.CURSOR_INVALID, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which page of which part of a list in which order was asked for.

    `instants` are those of identifiers of the past in the filter.
    """

    paging: Paging
    orders: tuple[Order, ...]
    condition: Condition
    instants: frozenset[datetime]


def asked(paging: Paging, *, orders: tuple[Order, ...], where: Any = None) -> Asked:
    """Return the arguments of a connection, its filter made into a condition.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID for a null in the filter.
    """
    instants: set[datetime] = set()
    condition = condition_of(where, instants)
    return Asked(paging=paging, orders=orders, condition=condition, instants=frozenset(instants))


async def connect(
    view: View,
    name: str,
    request: Asked,
    *,
    node: Callable[[Any], Any],
    page: Callable[[Window], Awaitable[Page[Any]]],
    count: Callable[[], Awaitable[int]],
) -> Connection[Any]:
    """Return a page of a list as a connection; `name` tells the list apart from all others.

    Raises:
        GraphQLRefusal: the arguments, the cursors or the identifiers in the filter do not fit.
    """
    require_same_moment(view.lens, set(request.instants))
    moment = view.lens.instant.isoformat() if view.lens.is_past else ""
    binding = binding_of(name, request.orders, request.condition, moment)
    window = window_of(request.paging, binding, view.limits.page_size)
    try:
        found = await page(window)
    except KeyMismatchError as error:
        raise _cursor_invalid() from error
    except (ConditionLimitError, TooManyPeopleError, UnknownCustomFieldError) as error:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, str(error) or "too many people to search by name") from error
    return Connection(
        things=[node(row) for row in found.rows],
        keys=found.keys,
        binding=binding,
        has_next=found.has_next,
        has_previous=found.has_previous,
        count=count,
    )


async def connect_related(
    view: View,
    name: str,
    key: str,
    request: Asked,
    *,
    node: Callable[[Any], Any],
    pages: Callable[..., Awaitable[Mapping[str, Page[Any]]]],
    counts: Callable[..., Awaitable[Mapping[str, int]]],
) -> Connection[Any]:
    """Return a page of a list that belongs to a thing; the same page of several things is one statement.

    `pages` and `counts` are bound to the view and take the keys and the rest of the request.

    Raises:
        GraphQLRefusal: as `connect`.
    """
    orders = request.orders
    # Lists without a filter take no condition.
    filtered = {} if request.condition == ALWAYS else {"condition": request.condition}

    def page(window: Window) -> Awaitable[Page[Any]]:
        load = partial(pages, window=window, orders=orders, **filtered)
        return view.batched((name, window, request.condition, orders), load).load(key)

    def count() -> Awaitable[int]:
        return view.batched((name, request.condition), partial(counts, **filtered)).load(key)

    return await connect(view, f"{name} {key}", request, node=node, page=page, count=count)
