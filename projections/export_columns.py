"""Columns of tables for analysts: a name, a type, a meaning, a unit, and how a row is read. Declared once.

The page `docs/exports.md` shows the same declarations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
Value = str | tuple[str, ...] | int | float | Decimal | date | datetime | None
"""What a cell holds; instants are in UTC. A boolean is an int to the type checkers."""


class ColumnType(StrEnum):
    """The types of columns; the value is the name in the documentation."""

    TEXT = "text"
    TEXTS = "list of texts"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """One column: `read` takes its value from a row, or the member of an enumeration that it is."""

    name: str
    type: ColumnType
    meaning: str
    read: Callable[[Row], Any]
    unit: str = ""

    def value(self, row: Row) -> Value:
        """Answer the cell of a row; members of enumerations by their names in the API."""
        value = self.read(row)
        shown: Value = value.value if isinstance(value, Enum) else value
        return shown


def text(name: str, meaning: str, read: Callable[[Row], Any]) -> Column[Row]:
    """Declare a column of texts, identifiers or members of an enumeration."""
    return Column(name=name, type=ColumnType.TEXT, meaning=meaning, read=read)


def texts(name: str, meaning: str, read: Callable[[Row], Any]) -> Column[Row]:
    """Declare a column of lists of texts or identifiers."""
    return Column(name=name, type=ColumnType.TEXTS, meaning=meaning, read=read)


def integer(name: str, meaning: str, read: Callable[[Row], Any]) -> Column[Row]:
    """Declare a column of whole numbers of 64 bits."""
    return Column(name=name, type=ColumnType.INTEGER, meaning=meaning, read=read)


def share(name: str, meaning: str, read: Callable[[Row], Any], unit: str = "share, 0 to 1") -> Column[Row]:
    """Declare a column of shares, rounded to 12 places."""
    return Column(name=name, type=ColumnType.FLOAT, meaning=meaning, read=read, unit=unit)


def decimal(name: str, meaning: str, read: Callable[[Row], Any], unit: str = "") -> Column[Row]:
    """Declare a column of exact decimals."""
    return Column(name=name, type=ColumnType.DECIMAL, meaning=meaning, read=read, unit=unit)


def boolean(name: str, meaning: str, read: Callable[[Row], Any]) -> Column[Row]:
    """Declare a column of truth values."""
    return Column(name=name, type=ColumnType.BOOLEAN, meaning=meaning, read=read)


def day(name: str, meaning: str, read: Callable[[Row], Any]) -> Column[Row]:
    """Declare a column of days."""
    return Column(name=name, type=ColumnType.DATE, meaning=meaning, read=read)


def instant(name: str, meaning: str, read: Callable[[Row], Any]) -> Column[Row]:
    """Declare a column of instants."""
    return Column(name=name, type=ColumnType.INSTANT, meaning=meaning, read=read, unit="UTC")
