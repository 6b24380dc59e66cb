"""CSV (RFC 4180) and JSON Lines, both in UTF-8."""

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from projections.export_columns import Column, ColumnType, Value

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these a spreadsheet may take a text for a formula; the last four are their full-width forms.

The apostrophe is among them so that taking one away always gives back the text.
"""


def instant_text(value: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with microseconds, as the API does."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def list_text(value: Sequence[str]) -> str:
    """Write a list of texts as a JSON array."""
    return orjson.dumps(list(value)).decode()


def harmless(text: str) -> str:
    """Put an apostrophe before what a spreadsheet could take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class CsvFile:
    """A CSV file with a header, commas, quotes where needed, and CRLF. Null is empty; no text is a formula."""

    def __init__(self, path: Path, columns: Sequence[Column[Any]]) -> None:
        """Begin a file."""
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writers = [_csv_writer(each) for each in columns]
        self._writer.writerow([each.name for each in columns])

    def write(self, rows: Sequence[tuple[Value, ...]]) -> None:
        """Write some rows."""
        self._writer.writerows(
            [None if value is None else written(value) for value, written in zip(row, self._writers, strict=True)]
            for row in rows
        )
        # Whoever bounds the file looks at its size.
        self._file.flush()

    def close(self) -> None:
        """Complete the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._file.close()


def _csv_writer(column: Column[Any]) -> Callable[[Any], object]:
    match column.type:
        case ColumnType.INSTANT:
            return instant_text
        case ColumnType.DATE:
            return date.isoformat
        case ColumnType.DECIMAL:
            return _decimal_text
        case ColumnType.BOOLEAN:
            return lambda value: "true" if value else "false"
        case ColumnType.TEXTS:
            # It begins with a bracket, which no spreadsheet takes for a formula.
            return list_text
        case ColumnType.TEXT:
            return harmless
        case _:
            return _unchanged


def _unchanged(value: object) -> object:
    return value


def _decimal_text(value: Decimal) -> str:
    return f"{value:f}"


class JsonLinesFile:
    """One JSON object a row, all columns in it; decimals are texts, as in the API, so that no digit is lost."""

    def __init__(self, path: Path, columns: Sequence[Column[Any]]) -> None:
        """Begin a file."""
        self._file = path.open("wb")
        self._names = [each.name for each in columns]

    def write(self, rows: Sequence[tuple[Value, ...]]) -> None:
        """Write some rows."""
        for row in rows:
            # An instant has an offset, and the option writes that of UTC as Z, in seconds where it is whole.
            content = dict(zip(self._names, (_json_value(value) for value in row), strict=True))
            self._file.write(orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()

    def close(self) -> None:
        """Complete the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._file.close()


def _json_value(value: Value) -> object:
    match value:
        case datetime():
            return instant_text(value)
        case Decimal():
            return _decimal_text(value)
        case _:
            return value
