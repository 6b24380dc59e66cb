"""Records of the database made into rows."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

from asyncpg import Record

from events.check_in import CheckInStatus
from events.cycle import CyclePhase
from events.objective import Ambition, ObjectiveState, ProgressDriver, Visibility
from events.person import Role
from events.review import ReviewDecision
from projections.metric_text import metric_of
from projections.page import Page
from projections.rows import (
    CheckInRow,
    CommentRow,
    CycleRow,
    KeyResultRow,
    ObjectiveRow,
    PersonRow,
    ProgramRow,
    RecognitionRow,
    ReviewRow,
    TeamRow,
)

Row = TypeVar("Row")


def team_row(record: Record) -> TeamRow:
    """Answer a team."""
    return _made(TeamRow, record)


def person_row(record: Record) -> PersonRow:
    """Answer a person."""
    return _made(PersonRow, record, role=Role(record["role"]))


def program_row(record: Record) -> ProgramRow:
    """Answer a program."""
    return _made(ProgramRow, record, role=Role(record["role"]))


def cycle_row(record: Record) -> CycleRow:
    """Answer a cycle."""
    return _made(CycleRow, record, phase=CyclePhase(record["phase"]))


def objective_row(record: Record) -> ObjectiveRow:
    """Answer an objective with its number."""
    return _made(
        ObjectiveRow,
        record,
        ambition=Ambition(record["ambition"]),
        visibility=Visibility(record["visibility"]),
        driver=ProgressDriver(record["driver"]),
        state=ObjectiveState(record["state"]),
        labels=tuple(record["labels"]),
        contributor_ids=tuple(record["contributor_ids"]),
        parent_ids=tuple(record["parent_ids"]),
        successor_ids=tuple(record["successor_ids"]),
        review=_review_row(record),
        reported_status=_reported(record["reported_status"]),
    )


def _review_row(record: Record) -> ReviewRow | None:
    if record["review_position"] is None:
        return None
    return ReviewRow(
        score=record["review_score"],
        proposed_score=record["review_proposed_score"],
        explanation=record["review_explanation"],
        root_cause=record["review_root_cause"],
        learned=record["review_learned"],
        decision=ReviewDecision(record["review_decision"]),
        position=record["review_position"],
    )


def key_result_row(record: Record) -> KeyResultRow:
    """Answer a key result with its number."""
    return _made(
        KeyResultRow,
        record,
        metric=metric_of(record["metric"]),
        original=metric_of(record["original"]),
        done_stage_ids=frozenset(record["done_stage_ids"]),
        reported_status=_reported(record["reported_status"]),
        objective_state=ObjectiveState(record["objective_state"]),
    )


def check_in_row(record: Record) -> CheckInRow:
    """Answer a check-in."""
    return _made(CheckInRow, record, done_stage_ids=frozenset(record["done_stage_ids"]), status=CheckInStatus(record["status"]))


def comment_row(record: Record) -> CommentRow:
    """Answer a comment."""
    return _made(CommentRow, record, mention_ids=tuple(record["mention_ids"]))


def recognition_row(record: Record) -> RecognitionRow:
    """Answer a recognition."""
    return _made(RecognitionRow, record, person_ids=tuple(record["person_ids"]))


def page_of(page: Page[Record], rows: Sequence[Row]) -> Page[Row]:
    """Answer a page with the rows made of its records."""
    return Page(rows=tuple(rows), keys=page.keys, has_next=page.has_next, has_previous=page.has_previous)


def _reported(status: str | None) -> CheckInStatus | None:
    return None if status is None else CheckInStatus(status)


_NAMES: dict[type[Any], tuple[str, ...]] = {
    row_class: tuple(each.name for each in fields(row_class))
    for row_class in (
        CheckInRow,
        CommentRow,
        CycleRow,
        KeyResultRow,
        ObjectiveRow,
        PersonRow,
        ProgramRow,
        RecognitionRow,
        TeamRow,
    )
}


def _made(row_class: type[Row], record: Record, **given: object) -> Row:
    """Fill a row class from the columns of the same names, save those given."""
    return row_class(**{name: given[name] if name in given else record[name] for name in _NAMES[row_class]})
