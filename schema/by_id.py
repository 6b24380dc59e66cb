"""By identifier: the ways to anything, and to one thing of a type."""

from asyncio import gather
from typing import Annotated, Any

import strawberry

import schema.event
import schema.file_export
from events.identifier import SYSTEM_ACTOR, Noun, uuid_of
from schema.actor import SystemActor
from schema.argument import AsOf, Id
from schema.context import Context, Info
from schema.field import relation
from schema.identifiers import parse_identifier
from schema.node import Node
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.subject import load_subject

MOST_NODES = 100


def by_id(description: str, kind: type[Node]) -> Any:
    """Declare the way to a thing of a type by its identifier, at the moment asked for."""

    async def thing(self: Any, info: Info, id: Id, as_of: AsOf = strawberry.UNSET) -> Node | None:  # noqa: A002, ARG001
        """Answer one by its identifier."""
        reference = parse_identifier(id)
        if reference is None:
            return None
        view = await info.context.at(as_of, {reference.instant} if reference.instant else set())
        found = await load_subject(reference.entity_id, view)
        return found if isinstance(found, kind) else None

    thing.__annotations__["return"] = kind | None
    return relation(description)(thing)


async def _any(context: Context, text: str) -> Node | None:
    """Answer whatever an identifier refers to, at the moment that it carries."""
    if text == SYSTEM_ACTOR:
        return SystemActor()
    reference = parse_identifier(text)
    if reference is None:
        return None
    if reference.noun is Noun.EVENT:
        view = await context.present()
        row = await view.events_by_id.load(uuid_of(reference.entity_id))
        return None if row is None else schema.event.event_of(row, view)
    if reference.noun is Noun.EXPORT:
        return await schema.file_export.load_export(context, reference)
    view = await context.at(None, {reference.instant} if reference.instant else set())
    return await load_subject(reference.entity_id, view)


@strawberry.type
class NodeQueries:
    """Queries of anything by its id."""

    @relation("Anything by its id; null if not visible. An id read in the past reads the same past again.")
    async def node(self, info: Info, id: Id) -> Node | None:  # noqa: A002 - the argument's name is the API's
        """Answer a thing."""
        return await _any(info.context, id)

    @relation("Several by their ids, in their order; null where not visible.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"Ids of the things, at most {MOST_NODES}.")],
    ) -> list[Node | None] | None:
        """Answer several things."""
        most = info.context.limits.nodes
        if len(ids) > most:
            raise GraphQLRefusal(RefusalCode.PAGE_TOO_LARGE, f"{len(ids)} ids given, at most {most} are answered")
        return list(await gather(*(_any(info.context, each) for each in ids)))
