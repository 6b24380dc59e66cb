"""Comments: written, edited, withdrawn and reacted to; and what is refused."""

import pytest

from events.comment import (
    AddReaction,
    CommentEdited,
    CommentReactionAdded,
    CommentReactionRemoved,
    CommentWithdrawn,
    CommentWritten,
    EditComment,
    ReactionKind,
    RemoveReaction,
    WithdrawComment,
    WriteComment,
)
from events.limits import Limits
from events.person import ErasePerson, InvitePerson
from events.recognition import RecognizePeople
from events.rejection import RejectionCode
from events.team import CreateTeam
from tests.support.given import Company, running_quarter

UP, HEART = ReactionKind.THUMBS_UP, ReactionKind.HEART


def written(comment_id: str = "first", subject_id: str = "trust", **values: object) -> WriteComment:
    return WriteComment(**{"comment_id": comment_id, "subject_id": subject_id, "text": "Why?", **values})  # type: ignore[arg-type]


@pytest.fixture
def company() -> Company:
    made = running_quarter()
    made.do(InvitePerson(person_id="ivo", sealed="c2VhbGVk"))
    return made


def test_a_comment_says_what_was_said_and_names_each_person_once(company: Company) -> None:
    assert company.do(written(mention_ids=("max", "ivo", "max"))) == [
        CommentWritten(comment_id="first", subject_id="trust", text="Why?", mention_ids=("max", "ivo"))
    ]
    known = company.facts.comments["first"]
    assert (known.depth, known.author_id, known.written_at) == (0, "ada", company.events[-1][1].recorded_at)


def test_anything_that_is_there_can_be_commented_on_and_no_version_changes(company: Company) -> None:
    company.do(CreateTeam(team_id="care", name="Care"))
    company.do(RecognizePeople(recognition_id="thanks", person_ids=("max",), text="Well done"))
    before = company.facts.objectives["trust"], company.facts.key_results["replies"], company.facts.cycles["q3"]
    organization = company.facts.organization
    assert organization is not None
    for thing in ("trust", "replies", "q3", "care", "thanks", organization.organization_id):
        assert len(company.do(written(f"on {thing}", thing))) == 1
    after = company.facts.objectives["trust"], company.facts.key_results["replies"], company.facts.cycles["q3"]
    assert before == after
    for thing in ("nothing", "max", "on trust"):
        assert company.refusal(written("x", thing)) == (RejectionCode.NOT_FOUND, ("subjectId",))


def test_a_reply_is_to_a_comment_on_the_same_thing(company: Company) -> None:
    company.do(written())
    company.do(written("other", "replies"))
    (event,) = company.do(written("reply", reply_to_id="first"))
    assert isinstance(event, CommentWritten)
    assert (event.reply_to_id, company.facts.comments["reply"].depth) == ("first", 1)
    for known in ("other", "nothing"):
        assert company.refusal(written("x", reply_to_id=known)) == (RejectionCode.NOT_FOUND, ("replyToId",))


def test_an_edit_keeps_what_it_leaves_out_and_is_none_if_nothing_differs(company: Company) -> None:
    company.do(written(mention_ids=("max",)))
    assert company.do(EditComment(comment_id="first", text="Why so?")) == [
        CommentEdited(comment_id="first", text="Why so?", mention_ids=("max",))
    ]
    assert company.do(EditComment(comment_id="first", mention_ids=())) == [CommentEdited(comment_id="first", text="Why so?")]
    assert company.do(EditComment(comment_id="first", text="Why so?")) == []
    known = company.facts.comments["first"]
    assert known.written_at < (known.edited_at or known.written_at)


def test_who_was_mentioned_before_may_stay_so_after_being_erased(company: Company) -> None:
    company.do(written(mention_ids=("max",)))
    company.do(ErasePerson(person_id="max"))
    company.do(ErasePerson(person_id="ivo"))
    assert len(company.do(EditComment(comment_id="first", text="Anew", mention_ids=("max",)))) == 1
    refused = company.refusal(EditComment(comment_id="first", mention_ids=("max", "ivo")))
    assert refused == (RejectionCode.NOT_FOUND, ("mentionIds", "1"))
    assert company.refusal(written("x", mention_ids=("ivo",))) == (RejectionCode.NOT_FOUND, ("mentionIds", "0"))


def test_a_withdrawn_comment_stays_and_takes_nothing_more(company: Company) -> None:
    company.do(written())
    company.do(written("reply", reply_to_id="first"))
    assert company.do(WithdrawComment(comment_id="first")) == [CommentWithdrawn(comment_id="first")]
    assert company.do(WithdrawComment(comment_id="first")) == []
    for command, field in (
        (EditComment(comment_id="first", text="x"), "commentId"),
        (AddReaction(comment_id="first", reaction=UP), "commentId"),
        (RemoveReaction(comment_id="first", reaction=UP), "commentId"),
        (written("x", reply_to_id="first"), "replyToId"),
    ):
        assert company.refusal(command) == (RejectionCode.WRONG_STATE, (field,))
    # The thread goes on below.
    assert len(company.do(written("x", reply_to_id="reply"))) == 1


def test_each_reacts_once_in_each_way(company: Company) -> None:
    company.do(written())
    added = CommentReactionAdded(comment_id="first", reaction=UP)
    assert company.do(AddReaction(comment_id="first", reaction=UP)) == [added]
    assert company.do(AddReaction(comment_id="first", reaction=UP)) == []
    company.do(AddReaction(comment_id="first", reaction=HEART))
    assert company.do(RemoveReaction(comment_id="first", reaction=UP)) == [
        CommentReactionRemoved(comment_id="first", reaction=UP)
    ]
    assert company.do(RemoveReaction(comment_id="first", reaction=UP)) == []
    assert company.facts.comments["first"].reactions == {(HEART, "ada")}


def test_what_does_not_fit_is_refused(company: Company) -> None:
    company.do(written())
    assert company.refusal(written()) == (RejectionCode.ID_TAKEN, ("id",))
    assert company.refusal(written("x", text=" \n")) == (RejectionCode.REQUIRED, ("text",))
    assert company.refusal(EditComment(comment_id="first", text="")) == (RejectionCode.REQUIRED, ("text",))
    for command in (
        EditComment(comment_id="x", text="x"),
        WithdrawComment(comment_id="x"),
        AddReaction(comment_id="x", reaction=UP),
        RemoveReaction(comment_id="x", reaction=UP),
    ):
        assert company.refusal(command) == (RejectionCode.NOT_FOUND, ("commentId",))


def test_threads_comments_and_reactions_have_limits(company: Company) -> None:
    company.limits = Limits(comment_thread_depth=1, comments_per_thing=2, reactions_per_comment=1)
    company.do(written())
    company.do(written("reply", reply_to_id="first"))
    over = RejectionCode.LIMIT_EXCEEDED
    assert company.refusal(written("x")) == (over, ("subjectId",))
    company.limits = Limits(comment_thread_depth=1, reactions_per_comment=1)
    assert company.refusal(written("x", reply_to_id="reply")) == (over, ("replyToId",))
    company.do(AddReaction(comment_id="first", reaction=UP))
    assert company.refusal(AddReaction(comment_id="first", reaction=HEART)) == (over, ("commentId",))
