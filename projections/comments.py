"""Comments as of a lens: by identifier, on things, in reply to each other, mentioning people; their wordings and reactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from asyncpg import Record

from events.comment import ReactionKind
from projections import paging
from projections.conversation_listing import COMMENTS
from projections.lens import Lens
from projections.page import Order, Page, Window
from projections.paging import Scope
from projections.reader import Reader
from projections.records import comment_rows, page_of
from projections.rows import CommentRow
from projections.statement import fetch

NAMED_ACTORS = 20
"""Of how many of those who reacted alike it is told who they are."""

OLDEST_FIRST = (Order(field="position"),)
NEWEST_FIRST = (Order(field="position", is_descending=True),)

_MENTIONING = """said.withdrawn_at is null and said.id in (
    select m.comment_id from {projection}.comment_mention m where {at:m} and m.person_id = wanted.id
)"""

# Who was mentioned has answered with a reply of their own or a reaction.
_UNANSWERED = """said.author_id <> wanted.id
and not exists (
    select from {projection}.comment answer
    where {at:answer} and answer.reply_to_id = said.id and answer.author_id = wanted.id and answer.withdrawn_at is null
)
and not exists (
    select from {projection}.comment_reaction e where {at:e} and e.comment_id = said.id and e.actor_id = wanted.id
)"""


class CommentsOf(Enum):
    """Which comments belong to a key: that of a thing, of a comment or of a person."""

    THING = Scope(listing=COMMENTS, predicate="said.subject_id = wanted.id")
    THREADS = Scope(listing=COMMENTS, predicate="said.subject_id = wanted.id and said.reply_to_id is null")
    REPLIES = Scope(listing=COMMENTS, predicate="said.reply_to_id = wanted.id")
    MENTIONS = Scope(listing=COMMENTS, predicate=_MENTIONING)
    OPEN_MENTIONS = Scope(listing=COMMENTS, predicate=f"{_MENTIONING} and {_UNANSWERED}")


# Answers how often each of some comments was reacted to in each way, the way that came first the first one.
_REACTIONS = """
select e.comment_id, e.kind, count(*) as reaction_count, bool_or(e.actor_id = :viewer) as is_of_viewer,
    (array_agg(e.actor_id order by e.from_position, e.actor_id))[1 : :named] as actor_ids
from {projection}.comment_reaction e
where {at:e} and e.comment_id = any(:ids::text[])
group by e.comment_id, e.kind
order by e.comment_id, min(e.from_position), e.kind
"""

# Answers every wording that some comments had until the lens, the first one first.
_REVISIONS = """
select said.id, said.from_position, said.text, said.mention_ids, coalesce(said.edited_at, said.written_at) as recorded_at
from {projection}.comment said
where said.organization_id = :organization and said.id = any(:ids::text[]) and said.from_position <= :position
    and said.text is not null and {seen}
order by said.from_position
""".replace("{seen}", COMMENTS.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRow:
    """One way in which a comment was reacted to; `actor_ids` are the first of those who did."""

    comment_id: str
    kind: ReactionKind
    count: int
    is_of_viewer: bool
    actor_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRevisionRow:
    """One wording of a comment; `position` is that of the act that wrote it."""

    comment_id: str
    position: int
    text: str
    mention_ids: tuple[str, ...]
    recorded_at: datetime


async def by_ids(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, CommentRow]:
    """Answer comments by identifier, withdrawn ones included."""
    return {row.id: row for row in comment_rows(await paging.by_ids(reader, lens, COMMENTS, ids))}


async def pages_of(
    reader: Reader, lens: Lens, relation: CommentsOf, keys: Sequence[str], *, window: Window, orders: Sequence[Order] = ()
) -> dict[str, Page[CommentRow]]:
    """Answer the same page of the comments of each key, the oldest first unless ordered otherwise."""
    found = await paging.pages(reader, lens, relation.value, keys, window=window, orders=orders)
    return {key: _rows(each) for key, each in found.items()}


async def counts_of(reader: Reader, lens: Lens, relation: CommentsOf, keys: Sequence[str]) -> dict[str, int]:
    """Answer how many comments belong to each key."""
    return await paging.counts(reader, lens, relation.value, keys)


async def reactions(reader: Reader, lens: Lens, comment_ids: Sequence[str]) -> dict[str, tuple[ReactionRow, ...]]:
    """Answer how each comment was reacted to; who may see it was decided when the comments were loaded."""
    found: dict[str, list[ReactionRow]] = {comment_id: [] for comment_id in comment_ids}
    for record in await fetch(reader, lens, _REACTIONS, ids=list(found), named=NAMED_ACTORS):
        found[record["comment_id"]].append(
            ReactionRow(
                comment_id=record["comment_id"],
                kind=ReactionKind(record["kind"]),
                count=record["reaction_count"],
                is_of_viewer=record["is_of_viewer"],
                actor_ids=tuple(record["actor_ids"]),
            )
        )
    return {comment_id: tuple(several) for comment_id, several in found.items()}


async def revisions(reader: Reader, lens: Lens, comment_ids: Sequence[str]) -> dict[str, tuple[CommentRevisionRow, ...]]:
    """Answer every wording of each comment, in their order; also of those that were withdrawn."""
    found: dict[str, list[CommentRevisionRow]] = {comment_id: [] for comment_id in comment_ids}
    for record in await fetch(reader, lens, _REVISIONS, ids=list(found)):
        found[record["id"]].append(
            CommentRevisionRow(
                comment_id=record["id"],
                position=record["from_position"],
                text=record["text"],
                mention_ids=tuple(record["mention_ids"]),
                recorded_at=record["recorded_at"],
            )
        )
    return {comment_id: tuple(several) for comment_id, several in found.items()}


def _rows(found: Page[Record]) -> Page[CommentRow]:
    return page_of(found, comment_rows(found.rows))
