"""Parquet: typed columns, so that an analyst's tools need no guess."""

from collections.abc import Sequence
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from projections.export_columns import Column, ColumnType, Value
from service.file_limit import FileLimitError

DECIMAL_DIGITS = 38
DECIMAL_PLACES = 12
"""Of decimal128, the widest that all readers know: 26 digits before the point."""

_ROWS_PER_GROUP = 50_000


class ParquetFile:
    """A Parquet file compressed with Zstandard; rows are gathered into groups, each of them written at once."""

    def __init__(self, path: Path, columns: Sequence[Column[Any]]) -> None:
        """Begin a file."""
        # Loaded where it is needed: it is large, and has no types for the checkers.
        self._arrow: Any = import_module("pyarrow")
        self._columns = columns
        fields = [self._arrow.field(each.name, self._type_of(each), metadata={"meaning": each.meaning}) for each in columns]
        self._schema = self._arrow.schema(fields)
        self._writer = import_module("pyarrow.parquet").ParquetWriter(str(path), self._schema, compression="zstd")
        self._batches: list[Any] = []
        self._waiting = 0

    def write(self, rows: Sequence[tuple[Value, ...]]) -> None:
        """Write some rows.

        Raises:
            FileLimitError: a decimal has more digits than the type holds.
        """
        if not rows:
            return
        arrays = [self._array(column, values) for column, values in zip(self._columns, zip(*rows, strict=True), strict=True)]
        self._batches.append(self._arrow.record_batch(arrays, schema=self._schema))
        self._waiting += len(rows)
        if self._waiting >= _ROWS_PER_GROUP:
            self._write_group()

    def close(self) -> None:
        """Complete the file."""
        self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._writer.close()

    def _write_group(self) -> None:
        if self._batches:
            self._writer.write_table(self._arrow.Table.from_batches(self._batches, schema=self._schema))
        self._batches, self._waiting = [], 0

    def _array(self, column: Column[Any], values: Sequence[Value]) -> Any:
        if column.type is ColumnType.DECIMAL:
            for value in values:
                _check(column, value)
        return self._arrow.array(values, self._type_of(column))

    def _type_of(self, column: Column[Any]) -> Any:
        arrow = self._arrow
        match column.type:
            case ColumnType.TEXT:
                return arrow.string()
            case ColumnType.TEXTS:
                return arrow.list_(arrow.string())
            case ColumnType.INTEGER:
                return arrow.int64()
            case ColumnType.FLOAT:
                return arrow.float64()
            case ColumnType.DECIMAL:
                return arrow.decimal128(DECIMAL_DIGITS, DECIMAL_PLACES)
            case ColumnType.BOOLEAN:
                return arrow.bool_()
            case ColumnType.DATE:
                return arrow.date32()
            case ColumnType.INSTANT:
                return arrow.timestamp("us", tz="UTC")


def _check(column: Column[Any], value: Any) -> None:
    if not isinstance(value, Decimal):
        return
    _, digits, exponent = value.as_tuple()
    places = -int(exponent)
    if places > DECIMAL_PLACES or len(digits) - places > DECIMAL_DIGITS - DECIMAL_PLACES:
        raise FileLimitError(
            f"a value of {column.name} has more than {DECIMAL_DIGITS - DECIMAL_PLACES} digits before the point or "
            f"{DECIMAL_PLACES} after it, which PARQUET cannot hold: take CSV or JSONL"
        )
