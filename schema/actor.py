"""Actors: who did something."""

import strawberry

from events.identifier import SYSTEM_ACTOR, Noun, noun_of
from schema.field import column
from schema.node import Actor
from schema.view import View


@strawberry.type(description="The system itself: it did what nobody asked for, such as the first event.")
class SystemActor(Actor):
    """One for all organizations and moments."""

    id: strawberry.ID = column("Unique across all types; opaque.", lambda _: strawberry.ID(SYSTEM_ACTOR))

    def shown_name(self) -> str:
        """Answer the name to show."""
        return "System"


async def load_actor(actor_id: str, view: View) -> Actor:
    """Answer who an actor's id stands for; `view` is that of the present for events."""
    if noun_of(actor_id) is Noun.PROGRAM:
        program = await view.programs.load(actor_id)
        return SystemActor() if program is None else schema.program.Program(row=program, view=view)
    row = None if actor_id == SYSTEM_ACTOR else await view.people.load(actor_id)
    return SystemActor() if row is None else schema.person.Person(row=row, view=view)


# People and programs inherit from what this module imports, and people's module needs `load_actor`.
import schema.person  # noqa: E402
import schema.program  # noqa: E402
