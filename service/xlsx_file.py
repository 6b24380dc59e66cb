"""XLSX: a spreadsheet with one sheet. A text is never a formula and never a link."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from projections.export_columns import Column, ColumnType, Value
from service.file_limit import FileLimitError
from service.text_file import instant_text, list_text

MOST_ROWS = 1_048_576
"""Rows of a sheet, the header among them."""

TEXT_LENGTH = 32_767
"""Characters of a cell, in units of UTF-16."""

EXACT_DIGITS = 15
"""Digits that a number of a spreadsheet keeps."""

_FIRST_DAY = date(1900, 3, 1)
"""Before it a spreadsheet counts a day that never was, or knows no date at all."""

_COLUMN_WIDTH = 18


class XlsxFile:
    """A spreadsheet that is written row by row. Instants are those of UTC."""

    def __init__(self, path: Path, columns: Sequence[Column[Any]], made_at: datetime) -> None:
        """Begin a file; `made_at` is noted in it."""
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        # Loaded where it is needed: it has no types for the checkers.
        self._workbook: Any = import_module("xlsxwriter").Workbook(str(path), options)
        # Without a fixed time the same table would give other bytes every time.
        self._workbook.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
        self._sheet = self._workbook.add_worksheet("Export")
        self._row = 0
        self._columns = columns
        self._day = self._workbook.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        header = self._workbook.add_format({"bold": True})
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(columns) - 1, _COLUMN_WIDTH)
        for number, each in enumerate(columns):
            self._sheet.write_string(0, number, each.name, header)
        self._writers = [self._writer_of(each) for each in columns]

    def write(self, rows: Sequence[tuple[Value, ...]]) -> None:
        """Write some rows.

        Raises:
            FileLimitError: the sheet is full, or a text is too long for a cell.
        """
        for row in rows:
            self._row += 1
            if self._row >= MOST_ROWS:
                raise FileLimitError(f"a sheet of XLSX has {MOST_ROWS} rows at most: narrow the scope, or take another format")
            for number, (value, written) in enumerate(zip(row, self._writers, strict=True)):
                if value is not None:
                    written(number, value)

    def close(self) -> None:
        """Complete the file."""
        self._sheet.autofilter(0, 0, self._row, len(self._columns) - 1)
        self._workbook.close()

    def abandon(self) -> None:
        """Leave the file; the folder that it lies in goes with it."""
        # The library has no other way out than putting everything together.
        self._sheet.row_data_fh.close()

    def _writer_of(self, column: Column[Any]) -> Callable[[int, Any], None]:
        match column.type:
            case ColumnType.TEXT:
                return lambda number, value: self._write_text(column, number, value)
            case ColumnType.TEXTS:
                return lambda number, value: self._write_text(column, number, list_text(value))
            case ColumnType.FLOAT:
                return lambda number, value: self._sheet.write_number(self._row, number, value)
            case ColumnType.INTEGER:
                return lambda number, value: self._write_exact(number, Decimal(value))
            case ColumnType.DECIMAL:
                return self._write_exact
            case ColumnType.BOOLEAN:
                return lambda number, value: self._sheet.write_boolean(self._row, number, value)
            case ColumnType.DATE:
                return self._write_day
            case ColumnType.INSTANT:
                return self._write_instant

    def _write_text(self, column: Column[Any], number: int, text: str) -> None:
        # Above U+FFFF a character counts twice.
        if len(text) > TEXT_LENGTH // 2 and len(text.encode("utf-16-le")) // 2 > TEXT_LENGTH:
            raise FileLimitError(
                f"a text of {column.name} has more than {TEXT_LENGTH} characters, which a cell of XLSX cannot hold: "
                "take another format"
            )
        self._sheet.write_string(self._row, number, text)

    def _write_exact(self, number: int, value: Decimal) -> None:
        # A number would be rounded, so what is too long for one is a text.
        digits = "".join(map(str, value.as_tuple().digits)).strip("0")
        if len(digits) <= EXACT_DIGITS:
            self._sheet.write_number(self._row, number, float(value))
        else:
            self._sheet.write_string(self._row, number, f"{value:f}")

    def _write_day(self, number: int, value: date) -> None:
        if value < _FIRST_DAY:
            self._sheet.write_string(self._row, number, value.isoformat())
        else:
            self._sheet.write_datetime(self._row, number, value, self._day)

    def _write_instant(self, number: int, value: datetime) -> None:
        at = value.astimezone(UTC)
        if at.date() < _FIRST_DAY:
            self._sheet.write_string(self._row, number, instant_text(at))
        else:
            self._sheet.write_datetime(self._row, number, at.replace(tzinfo=None), self._instant)
