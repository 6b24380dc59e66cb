"""A sheet: what a file of any kind is read into, and the limits within which it is."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from events.rejection import RejectionCode


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLimits:
    """Bounds of a file: its bytes, those of a spreadsheet once unpacked, its rows that are not empty, and its columns."""

    bytes: int = 524_288
    unpacked_bytes: int = 16_777_216
    rows: int = 1_000
    columns: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLimits:
    """Bounds of an import: of its file, and how many problems are told."""

    sheet: SheetLimits = field(default_factory=SheetLimits)
    problems: int = 100


class SheetError(Exception):
    """A file cannot be read. `row` counts from 1; None where it is about no row."""

    def __init__(self, message: str, row: int | None = None, code: RejectionCode = RejectionCode.INVALID) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.code = code


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in a cell that has no value to be read, such as a formula that was never computed."""

    message: str


Cell = str | bool | int | Decimal | date | datetime | Unreadable | None
"""What a cell holds: a text as it stands, or what a spreadsheet has as a type of its own. Empty texts are None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row that is not empty; `number` counts from 1, the header among them."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The first row that is not empty, and those after it."""

    header: SheetRow
    rows: tuple[SheetRow, ...]


def assembled(rows: list[SheetRow], limits: SheetLimits) -> Sheet:
    """Make a sheet of the rows of a file that are not empty.

    Raises:
        SheetError: there is no header, or there is more than the limits allow.
    """
    if not rows:
        raise SheetError("the file has no rows; the first one names the columns", code=RejectionCode.REQUIRED)
    header, *rest = rows
    if len(rest) > limits.rows:
        raise SheetError(f"more than {limits.rows} rows", code=RejectionCode.LIMIT_EXCEEDED)
    width = max(len(each.cells) for each in rows)
    if width > limits.columns:
        raise SheetError(f"more than {limits.columns} columns", code=RejectionCode.LIMIT_EXCEEDED)
    return Sheet(header=header, rows=tuple(rest))
