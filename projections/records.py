"""Records of the database made into rows: a loop over all records of a statement, for rows are what a screen has most of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import orjson
from asyncpg import Record

from events.check_in import CheckInStatus
from events.coach.texts import Language
from events.custom_field import CustomFieldKind, CustomFieldNoun
from events.cycle import CyclePhase
from events.initiative import InitiativeState, Link
from events.kpi_calendar import Frequency
from events.kpi_measure import Direction
from events.metric import NO_STAGES, Unit
from events.objective import Ambition, ObjectiveState, ProgressDriver, Visibility
from events.person import Role
from events.review import ReviewDecision
from events.template_content import TemplateFunction
from projections.custom_field_rows import choices_of
from projections.kpi_rows import bands_of
from projections.metric_text import metric_of
from projections.page import Page
from projections.rows import (
    CheckInRow,
    CommentRow,
    CustomFieldRow,
    CustomValueRow,
    CycleRow,
    InitiativeRow,
    KeyResultRow,
    KpiReadingRow,
    KpiRow,
    ObjectiveRow,
    PersonRow,
    ProgramRow,
    RecognitionRow,
    ReviewRow,
    TeamRow,
    TemplateRow,
)
from projections.template_rows import content_of

Row = TypeVar("Row", bound=NamedTuple)
Value = TypeVar("Value")
Convert = Callable[[Any], object]


def _member_of(kind: type[Enum]) -> Convert:
    """Answer what makes a text, or null, the member of an enumeration."""
    members: dict[str | None, Enum | None] = {each.value: each for each in kind}
    members[None] = None
    return members.__getitem__


def _links(text: str) -> tuple[Link, ...]:
    return tuple(Link(url=each["url"], title=each["title"]) for each in orjson.loads(text))


def _stages(stage_ids: Sequence[str]) -> frozenset[str]:
    return frozenset(stage_ids) if stage_ids else NO_STAGES


_CONVERTED: Mapping[type[Any], Mapping[str, Convert]] = {
    PersonRow: {"role": _member_of(Role)},
    ProgramRow: {"role": _member_of(Role)},
    CycleRow: {"phase": _member_of(CyclePhase)},
    ObjectiveRow: {
        "ambition": _member_of(Ambition),
        "visibility": _member_of(Visibility),
        "driver": _member_of(ProgressDriver),
        "state": _member_of(ObjectiveState),
        "labels": tuple,
        "contributor_ids": tuple,
        "parent_ids": tuple,
        "successor_ids": tuple,
        "reported_status": _member_of(CheckInStatus),
    },
    KeyResultRow: {
        "metric": metric_of,
        "original": metric_of,
        "labels": tuple,
        "done_stage_ids": _stages,
        "reported_status": _member_of(CheckInStatus),
        "objective_state": _member_of(ObjectiveState),
    },
    CheckInRow: {"done_stage_ids": _stages, "status": _member_of(CheckInStatus)},
    CommentRow: {"mention_ids": tuple},
    RecognitionRow: {"person_ids": tuple},
    InitiativeRow: {"state": _member_of(InitiativeState), "labels": tuple, "links": _links, "supported_ids": tuple},
    CustomFieldRow: {
        "applies_to": _member_of(CustomFieldNoun),
        "kind": _member_of(CustomFieldKind),
        "choices": choices_of,
    },
    KpiRow: {
        "direction": _member_of(Direction),
        "unit": _member_of(Unit),
        "band_history": bands_of,
        "frequency": _member_of(Frequency),
        "labels": tuple,
    },
    TemplateRow: {"function": _member_of(TemplateFunction), "language": _member_of(Language), "content": content_of},
}


def team_rows(records: Sequence[Record]) -> list[TeamRow]:
    """Answer teams."""
    return _rows(TeamRow, records)


def person_rows(records: Sequence[Record]) -> list[PersonRow]:
    """Answer people."""
    return _rows(PersonRow, records)


def program_rows(records: Sequence[Record]) -> list[ProgramRow]:
    """Answer programs."""
    return _rows(ProgramRow, records)


def cycle_rows(records: Sequence[Record]) -> list[CycleRow]:
    """Answer cycles."""
    return _rows(CycleRow, records)


def key_result_rows(records: Sequence[Record]) -> list[KeyResultRow]:
    """Answer key results with their numbers."""
    return _rows(KeyResultRow, records)


def check_in_rows(records: Sequence[Record]) -> list[CheckInRow]:
    """Answer check-ins."""
    return _rows(CheckInRow, records)


def objective_rows(records: Sequence[Record]) -> list[ObjectiveRow]:
    """Answer objectives with their numbers."""
    # Which have a review is told by its position.
    rows = _rows(ObjectiveRow, records, {"review": "review_position"})
    return [
        row if row.review is None else row._replace(review=_review_row(record))
        for row, record in zip(rows, records, strict=True)
    ]


def _review_row(record: Record) -> ReviewRow:
    return ReviewRow(
        score=record["review_score"],
        proposed_score=record["review_proposed_score"],
        explanation=record["review_explanation"],
        root_cause=record["review_root_cause"],
        learned=record["review_learned"],
        decision=ReviewDecision(record["review_decision"]),
        position=record["review_position"],
    )


def initiative_rows(records: Sequence[Record]) -> list[InitiativeRow]:
    """Answer initiatives."""
    return _rows(InitiativeRow, records)


def comment_rows(records: Sequence[Record]) -> list[CommentRow]:
    """Answer comments."""
    return _rows(CommentRow, records)


def recognition_rows(records: Sequence[Record]) -> list[RecognitionRow]:
    """Answer recognitions."""
    return _rows(RecognitionRow, records)


def kpi_rows(records: Sequence[Record]) -> list[KpiRow]:
    """Answer KPIs with their numbers."""
    return _rows(KpiRow, records)


def kpi_reading_rows(records: Sequence[Record]) -> list[KpiReadingRow]:
    """Answer readings of KPIs."""
    return _rows(KpiReadingRow, records)


def template_rows(records: Sequence[Record]) -> list[TemplateRow]:
    """Answer templates of the organization."""
    return _rows(TemplateRow, records)


def custom_field_rows(records: Sequence[Record]) -> list[CustomFieldRow]:
    """Answer custom fields."""
    return _rows(CustomFieldRow, records)


def custom_value_rows(records: Sequence[Record]) -> list[CustomValueRow]:
    """Answer values of custom fields."""
    return _rows(CustomValueRow, records)


def page_of(page: Page[Record], rows: Sequence[Value]) -> Page[Value]:
    """Answer a page with the rows made of its records."""
    return Page(rows=tuple(rows), keys=page.keys, has_next=page.has_next, has_previous=page.has_previous)


_NO_NAMES: Mapping[str, str] = {}


def _rows(row_class: type[Row], records: Sequence[Record], columns: Mapping[str, str] = _NO_NAMES) -> list[Row]:
    """Fill a row class from the columns of the same names, or of those that are given."""
    if not records:
        return []
    names, places = row_class._fields, {name: place for place, name in enumerate(records[0].keys())}
    pick = itemgetter(*(places[columns.get(name, name)] for name in names))
    conversions = [(names.index(name), convert) for name, convert in _CONVERTED.get(row_class, {}).items()]
    make: Callable[[Iterable[Any]], Row] = row_class._make
    rows: list[Row] = []
    for record in records:
        values = list(pick(record))
        for place, convert in conversions:
            values[place] = convert(values[place])
        rows.append(make(values))
    return rows
