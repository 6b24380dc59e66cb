"""Comments: what people say about things, in threads, with mentions and reactions.

A comment has a stream of its own, so it changes no version of what it is about and conflicts with nothing. An edit and
a withdrawal are further events: the old text stays in the history for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, assert_never

from events.envelope import UNSET, Context, Occurrence, Unset
from events.rejection import RejectionCode, refuse, refuse_limit


class ReactionKind(StrEnum):
    """What may be answered without words. A closed set, so that reactions are counted and never interpreted."""

    THUMBS_UP = "THUMBS_UP"
    THUMBS_DOWN = "THUMBS_DOWN"
    HEART = "HEART"
    HOORAY = "HOORAY"
    LAUGH = "LAUGH"
    CONFUSED = "CONFUSED"
    ROCKET = "ROCKET"
    EYES = "EYES"


Reaction = tuple[ReactionKind, str]
"""A kind, and who reacted: a person or a program."""

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteComment:
    """Say something about a thing, or in reply to another comment about the same thing."""

    comment_id: str
    subject_id: str
    text: str
    reply_to_id: str | None = None
    mention_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditComment:
    """Change the text or the mentions of a comment; those that are UNSET stay."""

    comment_id: str
    text: str | Unset = UNSET
    mention_ids: tuple[str, ...] | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawComment:
    """Take a comment back: its text is shown in its history alone, and its replies stay."""

    comment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddReaction:
    """React to a comment, once with each kind."""

    comment_id: str
    reaction: ReactionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveReaction:
    """Take one's own reaction back."""

    comment_id: str
    reaction: ReactionKind


CommentCommand = WriteComment | EditComment | WithdrawComment | AddReaction | RemoveReaction

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentWritten:
    """Somebody said something about a thing."""

    comment_id: str
    subject_id: str
    text: str
    reply_to_id: str | None = None
    mention_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentEdited:
    """A comment was changed; text and mentions are those that now stand."""

    comment_id: str
    text: str
    mention_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentWithdrawn:
    """A comment was taken back."""

    comment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentReactionAdded:
    """The actor reacted to a comment."""

    comment_id: str
    reaction: ReactionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentReactionRemoved:
    """The actor took a reaction back."""

    comment_id: str
    reaction: ReactionKind


CommentEvent = CommentWritten | CommentEdited | CommentWithdrawn | CommentReactionAdded | CommentReactionRemoved

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment as of some position; `position` and `written_at` are those of its first event.

    `depth` counts the comments above it in its thread. A withdrawn one keeps its text here, and shows it nowhere.
    """

    comment_id: str
    subject_id: str
    text: str
    mention_ids: tuple[str, ...]
    reply_to_id: str | None
    depth: int
    author_id: str
    position: int
    written_at: datetime
    edited_at: datetime | None = None
    withdrawn_at: datetime | None = None
    reactions: frozenset[Reaction] = frozenset()


class CommentFacts(Protocol):
    """What a decision about a comment asks of the rest of the organization."""

    def comment(self, comment_id: str) -> Comment | None:
        """Answer a comment."""
        ...

    def comment_count(self, subject_id: str) -> int:
        """Answer how many comments there are about a thing, withdrawn ones included."""
        ...

    def is_discussable(self, thing_id: str) -> bool:
        """Say whether there is such a thing and comments may be about it."""
        ...

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists and was not erased."""
        ...


# --- rejections


def _check_mentions(mention_ids: Sequence[str], facts: CommentFacts, known_ids: Sequence[str] = ()) -> None:
    for index, person_id in enumerate(mention_ids):
        # Who was mentioned before may have been erased since.
        if person_id not in known_ids and not facts.has_person(person_id):
            raise refuse(RejectionCode.NOT_FOUND, "no such person", "mentionIds", str(index))


def _check_says_something(text: str) -> None:
    if not text.strip():
        raise refuse(RejectionCode.REQUIRED, "must not be empty", "text")


def _standing(comment_id: str, facts: CommentFacts, field_name: str = "commentId") -> Comment:
    known = facts.comment(comment_id)
    if known is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such comment", field_name)
    if known.withdrawn_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the comment was withdrawn", field_name)
    return known


# --- decide


def decide(command: CommentCommand, facts: CommentFacts, context: Context) -> list[CommentEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: the id is taken or unknown, the text is empty, the comment was withdrawn, the reply is to a comment
            about something else, or a limit is passed.
    """
    match command:
        case WriteComment():
            return _write(command, facts, context)
        case EditComment():
            return _edit(command, _standing(command.comment_id, facts), facts)
        case WithdrawComment():
            known = facts.comment(command.comment_id)
            if known is not None and known.withdrawn_at is not None:
                return []
            return [CommentWithdrawn(comment_id=_standing(command.comment_id, facts).comment_id)]
        case AddReaction():
            known = _standing(command.comment_id, facts)
            if (command.reaction, context.actor_id) in known.reactions:
                return []
            limit = context.limits.reactions_per_comment
            if len(known.reactions) >= limit:
                raise refuse_limit("reactions to a comment", limit, len(known.reactions) + 1, "commentId")
            return [CommentReactionAdded(comment_id=known.comment_id, reaction=command.reaction)]
        case RemoveReaction():
            known = _standing(command.comment_id, facts)
            if (command.reaction, context.actor_id) not in known.reactions:
                return []
            return [CommentReactionRemoved(comment_id=known.comment_id, reaction=command.reaction)]
        case _:
            assert_never(command)


def _write(command: WriteComment, facts: CommentFacts, context: Context) -> list[CommentEvent]:
    if facts.comment(command.comment_id) is not None:
        raise refuse(RejectionCode.ID_TAKEN, "a comment with this id exists already", "id")
    if not facts.is_discussable(command.subject_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such thing", "subjectId")
    count, limit = facts.comment_count(command.subject_id), context.limits.comments_per_thing
    if count >= limit:
        raise refuse_limit("comments on a thing", limit, count + 1, "subjectId")
    if command.reply_to_id is not None:
        _check_reply(command.reply_to_id, command.subject_id, facts, context.limits.comment_thread_depth)
    _check_says_something(command.text)
    _check_mentions(command.mention_ids, facts)
    return [
        CommentWritten(
            comment_id=command.comment_id,
            subject_id=command.subject_id,
            text=command.text,
            reply_to_id=command.reply_to_id,
            mention_ids=tuple(dict.fromkeys(command.mention_ids)),
        )
    ]


def _check_reply(reply_to_id: str, subject_id: str, facts: CommentFacts, limit: int) -> None:
    known = facts.comment(reply_to_id)
    # One about something else is none here, whether or not the actor may see what it is about.
    if known is None or known.subject_id != subject_id:
        raise refuse(RejectionCode.NOT_FOUND, "no such comment on this thing", "replyToId")
    if known.withdrawn_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the comment was withdrawn", "replyToId")
    if known.depth >= limit:
        raise refuse_limit("replies below each other", limit, known.depth + 1, "replyToId")


def _edit(command: EditComment, known: Comment, facts: CommentFacts) -> list[CommentEvent]:
    text = known.text if command.text is UNSET else command.text
    mention_ids = known.mention_ids if command.mention_ids is UNSET else tuple(dict.fromkeys(command.mention_ids))
    if (text, mention_ids) == (known.text, known.mention_ids):
        return []
    _check_says_something(text)
    if command.mention_ids is not UNSET:
        _check_mentions(command.mention_ids, facts, known.mention_ids)
    return [CommentEdited(comment_id=known.comment_id, text=text, mention_ids=mention_ids)]


# --- evolve


def evolve(known: Comment | None, event: CommentEvent, occurrence: Occurrence, depth: int = 0) -> Comment:
    """Answer the comment after an event; `depth` is that of a new one in its thread."""
    if isinstance(event, CommentWritten):
        return Comment(
            comment_id=event.comment_id,
            subject_id=event.subject_id,
            text=event.text,
            mention_ids=event.mention_ids,
            reply_to_id=event.reply_to_id,
            depth=depth,
            author_id=occurrence.actor_id,
            position=occurrence.position,
            written_at=occurrence.recorded_at,
        )
    if known is None:
        raise ValueError("a comment changes before it is written")
    match event:
        case CommentEdited():
            return replace(known, text=event.text, mention_ids=event.mention_ids, edited_at=occurrence.recorded_at)
        case CommentWithdrawn():
            return replace(known, withdrawn_at=occurrence.recorded_at)
        case CommentReactionAdded():
            return replace(known, reactions=known.reactions | {(event.reaction, occurrence.actor_id)})
        case CommentReactionRemoved():
            return replace(known, reactions=known.reactions - {(event.reaction, occurrence.actor_id)})
        case _:
            assert_never(event)
