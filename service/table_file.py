"""Files that tables are written to, one class for each format; a file takes rows until it is closed.

Nothing is ever cut off or rounded silently: what a format cannot hold is refused, and what it holds in another
form is documented in docs/exports.md.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from projections.export_columns import Column, Value
from schema.export_door import ExportFormat
from service.parquet_file import ParquetFile
from service.text_file import CsvFile, JsonLinesFile
from service.xlsx_file import XlsxFile

Cells = tuple[Value, ...]


class TableFile(Protocol):
    """A file that is being written."""

    def write(self, rows: Sequence[Cells]) -> None:
        """Write some rows.

        Raises:
            FileLimitError: the format cannot hold them.
        """
        ...

    def close(self) -> None:
        """Write what is left and close the file: it is complete."""
        ...

    def abandon(self) -> None:
        """Close the file as it is: nobody will read it."""
        ...


MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.JSONL: "application/jsonl; charset=utf-8",
}


def open_table_file(form: ExportFormat, path: Path, columns: Sequence[Column[Any]], made_at: datetime) -> TableFile:
    """Begin a file of a format; `made_at` is told where a format has a place for it."""
    match form:
        case ExportFormat.CSV:
            return CsvFile(path, columns)
        case ExportFormat.JSONL:
            return JsonLinesFile(path, columns)
        case ExportFormat.PARQUET:
            return ParquetFile(path, columns)
        case ExportFormat.XLSX:
            return XlsxFile(path, columns, made_at)
