"""Tables for analysts: what they are about, of what they are made, and how they are filled part by part.

A part is read by keyset in short statements of its own, all at one lens, so that a table of any length needs
neither much memory nor a long transaction. The order of rows is fixed: the same position gives the same rows.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from projections.alignment import GraphScope
from projections.export_columns import Column, Value
from projections.lens import Lens
from projections.reader import Reader

Row = TypeVar("Row")
PART_ROWS = 500
"""Rows that are read and written at once, as far as one thing has not more of its own."""


class ExportContent(StrEnum):
    """What an export is about."""

    OBJECTIVES = "OBJECTIVES"
    CHECK_INS = "CHECK_INS"
    CURVES = "CURVES"
    CHANGES = "CHANGES"
    CUSTOM_FIELDS = "CUSTOM_FIELDS"
    CUSTOM_FIELD_VALUES = "CUSTOM_FIELD_VALUES"
    EVENTS = "EVENTS"
    EDITABLE_PEOPLE = "EDITABLE_PEOPLE"
    EDITABLE_OBJECTIVES = "EDITABLE_OBJECTIVES"
    EDITABLE_KEY_RESULTS = "EDITABLE_KEY_RESULTS"
    EDITABLE_CHECK_INS = "EDITABLE_CHECK_INS"


OF_A_MOMENT = frozenset(
    {
        ExportContent.OBJECTIVES,
        ExportContent.CUSTOM_FIELDS,
        ExportContent.CUSTOM_FIELD_VALUES,
        ExportContent.EDITABLE_PEOPLE,
        ExportContent.EDITABLE_OBJECTIVES,
        ExportContent.EDITABLE_KEY_RESULTS,
        ExportContent.EDITABLE_CHECK_INS,
    }
)
"""Contents that are as of a moment, whenever they came about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Of what to make a table: a scope as of a lens, and a stretch of recorded time, both ends inclusive.

    `scope_id` is that of the cycle, team (with those below), objective (with what is aligned to it) or owner.
    What may be seen is decided by the reader, at the head that it pins; `shows_addresses` whether the e-mail addresses of
    others are among it.
    """

    reader: Reader
    lens: Lens
    scope: GraphScope = GraphScope.ORGANIZATION
    scope_id: str = ""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    shows_addresses: bool = False

    @property
    def present(self) -> Lens:
        """The head that the reader pins: people and things are named as they are named there."""
        return Lens(position=self.reader.head_position, instant=self.lens.instant, is_past=False)

    def spans(self, instant: datetime) -> bool:
        """Say whether an instant lies within the stretch."""
        return (self.begins_at is None or instant >= self.begins_at) and (self.ends_at is None or instant <= self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Row]):
    """Some rows of a table, and how much of it is done, in whatever unit `total` counts."""

    rows: Sequence[Row]
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """A table: `rows` says in words what a row is, and in which order they come."""

    content: ExportContent
    rows: str
    columns: tuple[Column[Row], ...]
    parts: Callable[[Extract], AsyncIterator[Part[Row]]]

    def values(self, row: Row) -> tuple[Value, ...]:
        """Answer the cells of a row, in the order of the columns."""
        return tuple(each.value(row) for each in self.columns)


def pieces(rows: Sequence[Row], size: int = PART_ROWS) -> Iterator[Sequence[Row]]:
    """Cut rows into pieces of a size; without rows there is one empty piece, which still tells how much is done."""
    for start in range(0, max(len(rows), 1), size):
        yield rows[start : start + size]
