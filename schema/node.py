"""Interfaces: what things have in common. A thing is a row seen through a view; both are private to it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import strawberry

from schema.action import Action
from schema.field import Need, column, identified, joined
from schema.identifiers import MOMENT
from schema.moment import Moment
from schema.scalars import BigInt
from schema.view import View

Thing = TypeVar("Thing")
Value = TypeVar("Value")

VIEWER_CAN = "What the viewer may do with it now; empty in the past."


def present(row: Value | None) -> Value:
    """Answer the row of a relation that every thing has.

    Raises:
        LookupError: there is none, which is a mistake of this program.
    """
    if row is None:
        raise LookupError("a thing refers to something that does not exist at its moment")
    return row


def seen(kind: type[Thing], row: Any, view: View) -> Thing | None:
    """Return a row as a thing of the API, the same one for all that refer to it; nothing stays nothing."""
    if row is None:
        return None
    things = view.things[kind]
    known: Thing | None = things.get(row.id)
    if known is None:
        make: Any = kind
        known = things[row.id] = make(row=row, view=view)
    return known


def actions(*needs: Need) -> Callable[[Callable[..., list[Action]]], Any]:
    """Declare what the viewer may do with a thing, from what is needed to tell; nobody acts in the past."""

    def declare(allowed: Callable[..., list[Action]]) -> Any:
        @wraps(allowed)
        def now(thing: Any, *found: Any) -> list[Action]:
            return [] if thing.view.lens.is_past else allowed(thing, *found)

        return joined(VIEWER_CAN, *needs, is_of_now=True)(now)

    return declare


def _read_at(source: Any) -> Moment | None:
    lens = source.view.lens
    return Moment(position=BigInt(lens.position), time=lens.instant) if lens.is_past else None


@strawberry.interface(description="A thing with an id that is unique across all types.")
class Node:
    """Whatever `node(id)` answers."""

    id: strawberry.ID = identified(
        "Unique across all types; opaque. A thing read in the past has another one.", lambda row: row.id + MOMENT
    )


@strawberry.interface(description="What changes are recorded of. New members come: keep a default branch.")
class Subject(Node):
    """Things with a history."""

    entity_id: strawberry.ID = column("The same at every moment: the id in the present.", of_row=lambda row: row.id)
    read_at: Moment | None = column("The past moment this was read at; null if read now.", _read_at)

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions, which every noun has of its own."""
        raise NotImplementedError  # every noun declares its own; an interface has no things


@strawberry.interface(description="Who did something. New members come: keep a default branch.")
class Actor(Node):
    """People, and the system itself."""

    name: str = column("Name to show.", lambda source: source.shown_name())
