"""Comments: what was said, in threads, with every wording and the reactions to it."""

from asyncio import gather
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
from schema.actor import load_actor
from schema.commentable import Commentable
from schema.connection import After, Asked, Before, Connection, First, Last, asked, connect_related
from schema.context import Info
from schema.enumeration import described
from schema.field import column, relation
from schema.history import whole_history
from schema.node import Actor, Subject, present, seen
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
        return list(await gather(*(load_actor(each, self.view) for each in self.row.actor_ids)))


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

    @relation("Who wrote it.")
    async def author(self) -> Actor:
        """Load the author."""
        return await load_actor(self.row.author_id, self.view)

    @relation("The comment that it replies to; null where a thread begins.")
    async def reply_to(self) -> "Comment | None":
        """Load the comment."""
        row = await self.view.comments.load(self.row.reply_to_id) if self.row.reply_to_id else None
        return seen(Comment, row, self.view)

    @relation("What was said in direct reply, oldest first.")
    async def replies(
        self,
        info: Info,
        *,
        first: First = 25,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> "Connection[Comment]":
        """Load a page of replies."""
        request = asked_comments(info, first, after, last, before)
        return await comments_of(self.view, CommentsOf.REPLIES, self.row.id, request)

    @relation("Who is mentioned; at most 50.")
    async def mentioned_people(self) -> "list[schema.person.Person]":
        """Load the people."""
        return await _people(self.row.mention_ids, self.view)

    @relation("How it was reacted to, the earliest way first; at most one of each kind.")
    async def reactions(self) -> list[Reaction]:
        """Load the reactions."""
        rows = await self.view.reactions_of_comment.load(self.row.id)
        return [Reaction(row=row, view=self.view) for row in rows]

    @relation(f"Every wording it had up to the moment read, oldest first, also once withdrawn; at most {MOST_WORDINGS}.")
    async def revisions(self) -> list[CommentRevision]:
        """Load the wordings."""
        rows = await self.view.revisions_of_comment.load(self.row.id)
        return [CommentRevision(row=row) for row in rows[:MOST_WORDINGS]]

    history = whole_history("What happened to it, newest first.")

    async def actions(self) -> list[Action]:
        """Answer what the viewer may do with it."""
        return on_comment(self.view.rights.to_said(self.row), is_withdrawn=self.row.withdrawn_at is not None)


async def _subject(subject_id: str, view: View) -> Commentable:
    thing: Any = present(await schema.subject.load_subject(subject_id, view))
    subject: Commentable = thing
    return subject


async def _people(person_ids: tuple[str, ...], view: View) -> "list[schema.person.Person]":
    rows = await view.people.load_many(person_ids)
    return [schema.person.Person(row=row, view=view) for row in rows if row is not None]


def asked_comments(info: Info, first: First, after: After, last: Last, before: Before) -> Asked:
    """Return the arguments of a connection of comments, the oldest first."""
    return asked(info, first, after, last, before, orders=OLDEST_FIRST)


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
