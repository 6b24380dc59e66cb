"""Comments: what was said, in threads, with every wording and the reactions to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

import schema.person
import schema.subject
from events.comment import ReactionKind
from projections import comments
from projections.comments import NAMED_ACTORS, OLDEST_FIRST, CommentRevisionRow, CommentsOf, ReactionRow
from projections.rows import CommentRow
from schema.action import Action, on_comment
from schema.actor import actor, actor_of
from schema.commentable import Commentable
from schema.connection import Asked, Connection, asked, connect_related
from schema.context import Info
from schema.enumeration import described
from schema.field import column, joined, need, relation
from schema.history import whole_history
from schema.node import Actor, Subject, actions, present, seen
from schema.paging import Paging, paged
from schema.view import View

MOST_WORDINGS = 100

described(
    ReactionKind,
    "ReactionKind",
    "What is said without words. May grow: keep a default branch.",
    {
        ReactionKind.THUMBS_UP: "Yes.",
        ReactionKind.THUMBS_DOWN: "No.",
        ReactionKind.HEART: "Liked very much.",
        ReactionKind.HOORAY: "A success.",
        ReactionKind.LAUGH: "Funny.",
        ReactionKind.CONFUSED: "Not understood.",
        ReactionKind.ROCKET: "Full speed ahead.",
        ReactionKind.EYES: "Being looked at.",
    },
)


@strawberry.type(description="How often a comment was reacted to in one way.")
class Reaction:
    """All reactions of one kind to one comment."""

    row: strawberry.Private[ReactionRow]
    view: strawberry.Private[View]

    kind: ReactionKind = column("In which way.")
    count: int = column("How often; each person and program counts once.")
    viewer_has_reacted: bool = column("Whether the viewer is among them.", lambda source: source.row.is_of_viewer)

    @relation(f"Who, the earliest first; at most {NAMED_ACTORS}.")
    async def actors(self) -> list[Actor]:
        """Load who reacted."""
        return [actor_of(row, self.view) for row in await self.view.actors.load_many(self.row.actor_ids)]


@strawberry.type(description="One wording of a comment; the same at every moment.")
class CommentRevision:
    """What one act wrote."""

    row: strawberry.Private[CommentRevisionRow]

    id: strawberry.ID = column(
        "Unique across all types; opaque.", lambda source: strawberry.ID(f"{source.row.comment_id}#{source.row.position}")
    )
    text: str = column("The text then.")
    recorded_at: datetime = column("When it was written.")

    @relation("Who was mentioned then, as they are called now; at most 50.")
    async def mentioned_people(self, info: Info) -> "list[schema.person.Person]":
        """Load the people."""
        return await _people(self.row.mention_ids, await info.context.present())


@strawberry.type(description="Something said about a thing.")
class Comment(Subject):
    """A comment as seen through a view."""

    row: strawberry.Private[CommentRow]
    view: strawberry.Private[View]

    text: str | None = column("What was said, plain; null once it is withdrawn. Its wordings stay in `revisions`.")
    written_at: datetime = column("When it was written.")
    edited_at: datetime | None = column("When it was last changed; null if never.")
    withdrawn_at: datetime | None = column("When it was withdrawn; null if not.")

    @relation("What it is about.")
    async def subject(self) -> Commentable:
        """Load the thing."""
        return await _subject(self.row.subject_id, self.view)

    author = actor("Who wrote it.", "row.author_id")

    @joined("The comment that it replies to; null where a thread begins.", need("comments", "row.reply_to_id"))
    def reply_to(self, row: CommentRow | None) -> "Comment | None":
        """Show the comment."""
        return seen(Comment, row, self.view)

    @paged("What was said in direct reply, oldest first.")
    async def replies(self, *, paging: Paging) -> "Connection[Comment]":
        """Load a page of replies."""
        request = asked_comments(paging)
        return await comments_of(self.view, CommentsOf.REPLIES, self.row.id, request)

    @relation("Who is mentioned; at most 50.")
    async def mentioned_people(self) -> "list[schema.person.Person]":
        """Load the people."""
        return await _people(self.row.mention_ids, self.view)

    @joined("How it was reacted to, the earliest way first; at most one of each kind.", need("reactions_of_comment", "row.id"))
    def reactions(self, rows: Sequence[ReactionRow]) -> list[Reaction]:
        """Show the reactions."""
        return [Reaction(row=row, view=self.view) for row in rows]

    @joined(
        f"Every wording it had up to the moment read, oldest first, also once withdrawn; at most {MOST_WORDINGS}.",
        need("revisions_of_comment", "row.id"),
    )
    def revisions(self, rows: Sequence[CommentRevisionRow]) -> list[CommentRevision]:
        """Show the wordings."""
        return [CommentRevision(row=row) for row in rows[:MOST_WORDINGS]]

    history = whole_history("What happened to it, newest first.")

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return on_comment(self.view.rights.to_said(self.row), is_withdrawn=self.row.withdrawn_at is not None)


async def _subject(subject_id: str, view: View) -> Commentable:
    thing: Any = present(await schema.subject.load_subject(subject_id, view))
    subject: Commentable = thing
    return subject


async def _people(person_ids: tuple[str, ...], view: View) -> "list[schema.person.Person]":
    rows = await view.people.load_many(person_ids)
    return [schema.person.Person(row=row, view=view) for row in rows if row is not None]


def asked_comments(paging: Paging) -> Asked:
    """Return the arguments of a connection of comments, the oldest first."""
    return asked(paging, orders=OLDEST_FIRST)


async def comments_of(view: View, relation: CommentsOf, key: str, request: Asked) -> Connection[Comment]:
    """Answer a page of the comments that belong to a thing, a comment or a person."""
    return await connect_related(
        view,
        f"comments of {relation.name}",
        key,
        request,
        node=lambda row: Comment(row=row, view=view),
        pages=view.bound(comments.pages_of, relation),
        counts=view.bound(comments.counts_of, relation),
    )
