"""Fields of tables that can be edited and imported again: declared once, for the export and for the import.

What a field shows of a thing is what the import compares a cell with, so a table that was not edited changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from events.identifier import Noun
from projections.editable_references import References
from projections.export_columns import Column, ColumnType, Value

Thing = TypeVar("Thing")


class EditableNoun(StrEnum):
    """Of what there are such tables."""

    PEOPLE = "PEOPLE"
    OBJECTIVES = "OBJECTIVES"
    KEY_RESULTS = "KEY_RESULTS"
    CHECK_INS = "CHECK_INS"


class FieldKind(StrEnum):
    """What a field holds. References are read as identifiers and shown by name; instants as texts, to the microsecond."""

    TEXT = "TEXT"
    MEMBER = "MEMBER"
    INTEGER = "INTEGER"
    SHARE = "SHARE"
    DECIMAL = "DECIMAL"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    INSTANT = "INSTANT"
    TEXTS = "TEXTS"
    REFERENCE = "REFERENCE"
    REFERENCES = "REFERENCES"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditableField(Generic[Thing]):
    """One field: `read` takes its value from a thing; None is an empty cell.

    `members` are those of a MEMBER, `noun` is that of a reference. What is `needed` must be there in a new row and cannot be
    cleared. What is `kept` has a default in a new row, and an empty cell leaves it as it is. What is `only shown` says what a
    row is about.
    """

    name: str
    kind: FieldKind
    meaning: str
    read: Callable[[Thing], Any]
    members: type[StrEnum] | None = None
    noun: Noun | None = None
    is_needed: bool = False
    is_kept: bool = False
    is_only_shown: bool = False

    def column(self) -> "Column[ShownThing[Thing]]":
        """Answer the column of the exported table."""
        unit = "share, 0 to 1" if self.kind is FieldKind.SHARE else ""
        return Column(name=self.name, type=_COLUMN_TYPES[self.kind], meaning=self.meaning, read=self._shown, unit=unit)

    def _shown(self, shown: "ShownThing[Thing]") -> Value:
        value = self.read(shown.thing)
        if value is None:
            return None
        match self.kind:
            case FieldKind.REFERENCE:
                return shown.references.text_of(value)
            case FieldKind.REFERENCES:
                return tuple(shown.references.text_of(each) for each in value)
            case FieldKind.INSTANT:
                return str(value.isoformat(timespec="microseconds")).replace("+00:00", "Z")
            case _:
                own: Value = value
                return own


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownThing(Generic[Thing]):
    """A row of an exported table, and what the things that it refers to are called."""

    thing: Thing
    references: References


_COLUMN_TYPES = {
    FieldKind.TEXT: ColumnType.TEXT,
    FieldKind.MEMBER: ColumnType.TEXT,
    FieldKind.INTEGER: ColumnType.INTEGER,
    FieldKind.SHARE: ColumnType.FLOAT,
    FieldKind.DECIMAL: ColumnType.DECIMAL,
    FieldKind.BOOLEAN: ColumnType.BOOLEAN,
    FieldKind.DATE: ColumnType.DATE,
    FieldKind.INSTANT: ColumnType.TEXT,
    FieldKind.TEXTS: ColumnType.TEXTS,
    FieldKind.REFERENCE: ColumnType.TEXT,
    FieldKind.REFERENCES: ColumnType.TEXTS,
}
