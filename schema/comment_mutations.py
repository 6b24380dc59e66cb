"""Mutations of comments and reactions: inputs and the commands that they become."""

import strawberry

from events.comment import AddReaction, EditComment, ReactionKind, RemoveReaction, WithdrawComment, WriteComment
from events.envelope import UNSET
from events.identifier import Noun
from schema.act import Plan, Step
from schema.commentable import COMMENTABLE_NOUNS
from schema.context import Context
from schema.input import (
    MutationInput,
    all_known,
    fresh,
    given,
    known,
    known_of,
    known_or_none,
    optional,
    required,
    unclearable,
)
from schema.payload import CommentPayload, mutation

# --- inputs


@strawberry.input(description="Input of commentCreate.")
class CommentCreateInput(MutationInput):
    """Input of commentCreate."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    subject_id: strawberry.ID = required("What it is about.")
    text: str = required("What is said, plain. Mentions are given beside it.")
    reply_to_id: strawberry.ID | None = optional("The comment about the same thing that it replies to.")
    mention_ids: list[strawberry.ID] | None = optional("Who is mentioned: people who may see what it is about.")


@strawberry.input
class _OneCommentInput(MutationInput):
    comment_id: strawberry.ID = required("Which.")


@strawberry.input(description="Input of commentUpdate.")
class CommentUpdateInput(_OneCommentInput):
    """Input of commentUpdate."""

    text: str | None = optional("What is said.")
    mention_ids: list[strawberry.ID] | None = optional("Who is mentioned; null is nobody.")


@strawberry.input(description="Input of commentWithdraw.")
class CommentWithdrawInput(_OneCommentInput):
    """Input of commentWithdraw."""


@strawberry.input(description="Input of reactionAdd.")
class ReactionAddInput(_OneCommentInput):
    """Input of reactionAdd."""

    kind: ReactionKind = required("In which way.")


@strawberry.input(description="Input of reactionRemove.")
class ReactionRemoveInput(_OneCommentInput):
    """Input of reactionRemove."""

    kind: ReactionKind = required("In which way.")


# --- commands


async def _create(values: CommentCreateInput, context: Context) -> Plan:
    command = WriteComment(
        comment_id=fresh(values.id, Noun.COMMENT, context.now, "id"),
        subject_id=known_of(values.subject_id, COMMENTABLE_NOUNS, "subjectId"),
        text=values.text,
        reply_to_id=known_or_none(values.reply_to_id, Noun.COMMENT, "replyToId"),
        mention_ids=all_known(given(values.mention_ids) or (), Noun.PERSON, "mentionIds"),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _comment_id(values: _OneCommentInput) -> str:
    return known(values.comment_id, Noun.COMMENT, "commentId")


async def _update(values: CommentUpdateInput, _: Context) -> Plan:
    is_left = values.mention_ids is strawberry.UNSET
    return Plan.of(
        EditComment(
            comment_id=_comment_id(values),
            text=unclearable(values.text, "text"),
            mention_ids=UNSET if is_left else all_known(values.mention_ids or (), Noun.PERSON, "mentionIds"),
        )
    )


async def _withdraw(values: CommentWithdrawInput, _: Context) -> Plan:
    return Plan.of(WithdrawComment(comment_id=_comment_id(values)))


async def _react(values: ReactionAddInput, _: Context) -> Plan:
    return Plan.of(AddReaction(comment_id=_comment_id(values), reaction=values.kind))


async def _unreact(values: ReactionRemoveInput, _: Context) -> Plan:
    return Plan.of(RemoveReaction(comment_id=_comment_id(values), reaction=values.kind))


# --- mutations


@strawberry.type
class CommentMutations:
    """Mutations of comments and reactions."""

    comment_create = mutation(_create, CommentPayload, "Says something about a thing, or in reply to another comment.")
    comment_update = mutation(_update, CommentPayload, "Changes one's own comment; every wording stays readable.")
    comment_withdraw = mutation(_withdraw, CommentPayload, "Withdraws a comment: its place and its replies stay.")
    reaction_add = mutation(_react, CommentPayload, "Reacts to a comment, once with each kind.")
    reaction_remove = mutation(_unreact, CommentPayload, "Takes one's own reaction back.")
