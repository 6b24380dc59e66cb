"""What people talk about: things that comments may be about."""

from typing import Annotated, Any

import strawberry

from events.identifier import Noun
from projections.comments import CommentsOf
from schema.connection import Connection
from schema.node import Subject
from schema.paging import Paging, paged

COMMENTABLE_NOUNS = (
    Noun.OBJECTIVE,
    Noun.KEY_RESULT,
    Noun.CHECK_IN,
    Noun.CYCLE,
    Noun.TEAM,
    Noun.ORGANIZATION,
    Noun.RECOGNITION,
)
"""The nouns of the members; the domain says the same in `Facts.is_discussable`."""


@strawberry.interface(description="What comments may be about. New members come: keep a default branch.")
class Commentable(Subject):
    """Things that are talked about."""

    @paged(
        "What was said of it, oldest first: the beginnings of threads, whose replies stand below them. "
        "What was withdrawn stays in its place without its text."
    )
    async def comments(
        self,
        *,
        paging: Paging,
        include_replies: Annotated[bool, strawberry.argument(description="Whether to list replies too.")] = False,
    ) -> "Connection[schema.comment.Comment]":
        """Load a page of comments."""
        thing: Any = self
        which = CommentsOf.THING if include_replies else CommentsOf.THREADS
        request = schema.comment.asked_comments(paging)
        return await schema.comment.comments_of(thing.view, which, thing.row.id, request)


# Nouns inherit from the interface, so it must exist before they are imported.
import schema.comment  # noqa: E402
