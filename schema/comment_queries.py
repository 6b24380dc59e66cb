"""Queries of comments."""

import strawberry

from schema.by_id import by_id
from schema.comment import Comment


@strawberry.type
class CommentQueries:
    """Queries of comments."""

    comment = by_id("One comment, withdrawn or not.", Comment)
