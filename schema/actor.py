"""Actors: who did something."""

from typing import Any

import strawberry

from events.identifier import SYSTEM_ACTOR
from projections.rows import PersonRow, ProgramRow
from schema.field import column, joined, need
from schema.node import Actor, present, seen
from schema.view import View


@strawberry.type(description="The system itself: it did what nobody asked for, such as the first event.")
class SystemActor(Actor):
    """One for all organizations and moments."""

    id: strawberry.ID = column("Unique across all types; opaque.", lambda _: strawberry.ID(SYSTEM_ACTOR))

    def shown_name(self) -> str:
        """Answer the name to show."""
        return "System"


def actor_of(row: PersonRow | ProgramRow | None, view: View) -> Actor:
    """Answer an actor as the API shows it; who is neither a person nor a program is the system."""
    if row is None:
        return SystemActor()
    kind: type[Actor] = schema.person.Person if isinstance(row, PersonRow) else schema.program.Program
    return present(seen(kind, row, view))


def actor(description: str, key: str) -> Any:
    """Declare who did something; `key` is the path from the thing to their id."""

    def shown(self: Any, row: PersonRow | ProgramRow | None) -> Actor:
        """Show the actor."""
        return actor_of(row, self.view)

    return joined(description, need("actors", key))(shown)


async def load_actor(actor_id: str, view: View) -> Actor:
    """Answer who an actor's id stands for; `view` is that of the present for events."""
    return actor_of(await view.actors.load(actor_id), view)


# People and programs inherit from what this module imports, and people's module needs `load_actor`.
import schema.person  # noqa: E402
import schema.program  # noqa: E402
