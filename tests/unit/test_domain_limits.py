"""Texts, numbers and sizes are checked before a command is queued; each limit has its test."""

from datetime import date
from decimal import Decimal

import pytest

from events.check_in import RecordCheckIn
from events.command import Command
from events.comment import EditComment, WriteComment
from events.custom_field import Choice, UpdateCustomField
from events.custom_value import CustomValue
from events.key_result import AddKeyResult
from events.limits import Limits, check_content
from events.metric import Checkpoint, Metric, MetricKind, Stage
from events.objective import CreateObjective
from events.recognition import RecognizePeople
from events.rejection import LimitExceeded, Rejected, RejectionCode

LIMITS = Limits(
    title_length=10,
    name_length=5,
    text_length=20,
    decimal_digits=6,
    decimal_places=2,
    contributors_per_objective=1,
    labels_per_objective=1,
    parents_per_objective=1,
    stages_per_metric=1,
    checkpoints_per_metric=1,
    mentions_per_comment=1,
    people_per_recognition=1,
    custom_fields_per_noun=1,
    choices_per_custom_field=1,
)


def objective(**fields: object) -> CreateObjective:
    values = {"objective_id": "o", "cycle_id": "c", "title": "Title"} | fields
    return CreateObjective(**values)  # type: ignore[arg-type]


def key_result(metric: Metric) -> AddKeyResult:
    return AddKeyResult(key_result_id="k", objective_id="o", title="Title", metric=metric)


def check_in(**fields: object) -> RecordCheckIn:
    return RecordCheckIn(check_in_id="i", key_result_id="k", **fields)  # type: ignore[arg-type]


def comment(**fields: object) -> WriteComment:
    return WriteComment(**{"comment_id": "c", "subject_id": "o", "text": "Why?", **fields})  # type: ignore[arg-type]


def recognition(**fields: object) -> RecognizePeople:
    return RecognizePeople(**{"recognition_id": "r", "person_ids": ("a",), "text": "Thanks", **fields})  # type: ignore[arg-type]


TWO_STAGES = (Stage(stage_id="a", title="A"), Stage(stage_id="b", title="B"))


@pytest.mark.parametrize(
    ("command", "code", "path"),
    [
        (objective(title="Ti\x00tle"), RejectionCode.INVALID, ("title",)),
        (objective(title="Ti\ud800tle"), RejectionCode.INVALID, ("title",)),
        (objective(title="   "), RejectionCode.REQUIRED, ("title",)),
        (objective(title="x" * 11), RejectionCode.LIMIT_EXCEEDED, ("title",)),
        (objective(description="x" * 21), RejectionCode.LIMIT_EXCEEDED, ("description",)),
        (objective(labels=("abcdef",)), RejectionCode.LIMIT_EXCEEDED, ("labels", "0")),
        (objective(labels=("a", "b")), RejectionCode.LIMIT_EXCEEDED, ("labels",)),
        (objective(contributor_ids=("a", "b")), RejectionCode.LIMIT_EXCEEDED, ("contributorIds",)),
        (objective(parent_ids=("a", "b")), RejectionCode.LIMIT_EXCEEDED, ("parentIds",)),
        (objective(priority=2**31), RejectionCode.INVALID, ("priority",)),
        (check_in(comment="\x00"), RejectionCode.INVALID, ("comment",)),
        (check_in(next_steps="x" * 21), RejectionCode.LIMIT_EXCEEDED, ("nextSteps",)),
        (check_in(value=Decimal("NaN")), RejectionCode.INVALID, ("value",)),
        (check_in(value=Decimal("Infinity")), RejectionCode.INVALID, ("value",)),
        (check_in(value=Decimal("1.001")), RejectionCode.LIMIT_EXCEEDED, ("value",)),
        (check_in(value=Decimal(12345678)), RejectionCode.LIMIT_EXCEEDED, ("value",)),
        (check_in(value=Decimal("1e500")), RejectionCode.LIMIT_EXCEEDED, ("value",)),
        (
            key_result(Metric(kind=MetricKind.AT_LEAST, target=Decimal("0.001"))),
            RejectionCode.LIMIT_EXCEEDED,
            ("metric", "target"),
        ),
        (
            key_result(Metric(kind=MetricKind.AT_LEAST, target=Decimal(1), unit_label="abcdef")),
            RejectionCode.LIMIT_EXCEEDED,
            ("metric", "unitLabel"),
        ),
        (key_result(Metric(kind=MetricKind.MILESTONE, stages=TWO_STAGES)), RejectionCode.LIMIT_EXCEEDED, ("stages",)),
        (comment(text="x" * 21), RejectionCode.LIMIT_EXCEEDED, ("text",)),
        (comment(text="\x00"), RejectionCode.INVALID, ("text",)),
        (comment(mention_ids=("a", "b")), RejectionCode.LIMIT_EXCEEDED, ("mentionIds",)),
        (EditComment(comment_id="c", text="x" * 21), RejectionCode.LIMIT_EXCEEDED, ("text",)),
        (EditComment(comment_id="c", mention_ids=("a", "b")), RejectionCode.LIMIT_EXCEEDED, ("mentionIds",)),
        (recognition(text="x" * 21), RejectionCode.LIMIT_EXCEEDED, ("text",)),
        (recognition(person_ids=("a", "b")), RejectionCode.LIMIT_EXCEEDED, ("personIds",)),
        (
            UpdateCustomField(custom_field_id="f", choices=(Choice(choice_id="a", name="A"), Choice(choice_id="b", name="B"))),
            RejectionCode.LIMIT_EXCEEDED,
            ("choices",),
        ),
        (
            UpdateCustomField(custom_field_id="f", choices=(Choice(choice_id="a", name="abcdef"),)),
            RejectionCode.LIMIT_EXCEEDED,
            ("choices", "0", "name"),
        ),
        (
            objective(custom_fields=(CustomValue(custom_field_id="f"), CustomValue(custom_field_id="g"))),
            RejectionCode.LIMIT_EXCEEDED,
            ("customFields",),
        ),
        (
            objective(custom_fields=(CustomValue(custom_field_id="f", number=Decimal("NaN")),)),
            RejectionCode.INVALID,
            ("customFields", "0", "number"),
        ),
    ],
)
def test_what_is_too_much_or_unreadable_is_refused_with_its_place(
    command: Command, code: RejectionCode, path: tuple[str, ...]
) -> None:
    with pytest.raises(Rejected) as refused:
        check_content(command, LIMITS)
    assert (refused.value.rejections[0].code, refused.value.rejections[0].path) == (code, path)


def test_a_limit_says_how_much_there_was() -> None:
    with pytest.raises(Rejected) as refused:
        check_content(objective(title="x" * 11), LIMITS)
    rejection = refused.value.rejections[0]
    assert isinstance(rejection, LimitExceeded)
    assert (rejection.limit, rejection.actual) == (10, 11)


@pytest.mark.parametrize(
    "command",
    [
        objective(title="x" * 10, description="x" * 20, labels=("abcde",), contributor_ids=("a",)),
        objective(title="改善我们 🚀", description=""),
        check_in(value=Decimal("1234.56"), comment=None),
        comment(text="x" * 20, mention_ids=("a",)),
        recognition(),
        check_in(value=Decimal("-0.01")),
        check_in(value=Decimal("1E+3")),
        key_result(Metric(kind=MetricKind.MILESTONE, stages=TWO_STAGES[:1])),
    ],
)
def test_what_is_within_the_limits_passes(command: Command) -> None:
    check_content(command, LIMITS)


def test_checkpoints_are_limited_too() -> None:
    days = tuple(Checkpoint(on=date(2026, 8, day), target=Decimal(day)) for day in (1, 2))
    metric = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(3), checkpoints=days)
    with pytest.raises(Rejected):
        check_content(key_result(metric), LIMITS)
