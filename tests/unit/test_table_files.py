"""Files hold what the rows say, exactly: read back by DuckDB, and of spreadsheets by their parts."""

import csv
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.export_columns import (
    Column,
    ColumnType,
    Value,
    boolean,
    day,
    decimal,
    instant,
    integer,
    share,
    text,
    texts,
)
from schema.export_door import ExportFormat
from service import xlsx_file
from service.file_limit import FileLimitError
from service.table_file import MEDIA_TYPES, open_table_file
from service.text_file import harmless
from tests.support.spreadsheet import Cell, read_sheet

AT = datetime(2026, 9, 30, 12, 30, 15, 123456, tzinfo=UTC)
COLUMNS: tuple[Column[Any], ...] = (
    text("title", "A text", None),
    texts("labels", "A list", None),
    integer("position", "A whole number", None),
    share("progress", "A share", None),
    decimal("value", "A decimal", None),
    boolean("is_standing", "A truth", None),
    day("due_on", "A day", None),
    instant("recorded_at", "An instant", None),
)
FULL = ("Vertrauen, „neu“\r\n改善 🚀", ("a;b", 'c"d'), 9007199254740993, 0.1, Decimal("12.50"), True, date(2026, 9, 30), AT)
EMPTY = (None, None, None, None, None, None, None, None)


def made(folder: Path, form: ExportFormat, rows: Sequence[tuple[Value, ...]], columns: Sequence[Column[Any]] = COLUMNS) -> Path:
    path = folder / f"export.{form.lower()}"
    file = open_table_file(form, path, columns, AT)
    try:
        for row in rows:
            file.write([row])
    except FileLimitError:
        file.abandon()
        raise
    file.close()
    return path


def one(folder: Path, form: ExportFormat, column: Column[Any], *values: Value) -> Path:
    return made(folder, form, [(value,) for value in values], [column])


def asked(query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.sql(query).fetchall()


def types(query: str) -> dict[str, str]:
    return {row[0]: row[1] for row in asked(f"describe {query}")}


# --- CSV


def test_csv_has_a_header_commas_and_quotes_where_needed(tmp_path: Path):
    content = made(tmp_path, ExportFormat.CSV, [FULL, EMPTY]).read_bytes()

    assert content == (
        b"title,labels,position,progress,value,is_standing,due_on,recorded_at\r\n"
        + '"Vertrauen, „neu“\r\n改善 🚀","[""a;b"",""c\\""d""]",9007199254740993,0.1,12.50,true,2026-09-30,'.encode()
        + b"2026-09-30T12:30:15.123456Z\r\n,,,,,,,\r\n"
    )


def test_csv_is_read_by_duckdb_with_the_types_of_the_columns(tmp_path: Path):
    path = made(tmp_path, ExportFormat.CSV, [FULL, EMPTY])
    columns = (
        "{'title': 'VARCHAR', 'labels': 'JSON', 'position': 'BIGINT', 'progress': 'DOUBLE', 'value': 'DECIMAL(38,12)', "
        "'is_standing': 'BOOLEAN', 'due_on': 'DATE', 'recorded_at': 'TIMESTAMPTZ'}"
    )
    read = f"read_csv('{path}', columns={columns}, header=true)"
    query = f"select * replace (recorded_at = '2026-09-30 12:30:15.123456+00' as recorded_at) from {read}"

    first, second = asked(query)

    assert first == (FULL[0], '["a;b","c\\"d"]', *FULL[2:4], Decimal("12.5"), *FULL[5:7], True)
    assert second == EMPTY


def test_csv_tells_duckdb_its_types_by_itself(tmp_path: Path):
    path = made(tmp_path, ExportFormat.CSV, [FULL])

    found = types(f"select * from read_csv('{path}')")

    assert (found["position"], found["progress"], found["is_standing"], found["due_on"]) == (
        "BIGINT",
        "DOUBLE",
        "BOOLEAN",
        "DATE",
    )
    assert found["recorded_at"].startswith("TIMESTAMP")


@pytest.mark.parametrize(
    "hostile",
    ["=1+1", "+1", "-1 %", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "'=1", "'quoted'"],
)
def test_no_text_of_a_csv_is_taken_for_a_formula_and_none_is_lost(tmp_path: Path, hostile: str):
    path = one(tmp_path, ExportFormat.CSV, COLUMNS[0], hostile)

    with path.open(encoding="utf-8", newline="") as file:
        _, (cell,) = csv.reader(file)

    assert cell == f"'{hostile}"


@given(st.text())
def test_taking_one_apostrophe_away_gives_back_every_text(written: str):
    cell = harmless(written)

    assert cell.removeprefix("'") == written
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_negative_numbers_of_a_csv_stay_numbers(tmp_path: Path):
    path = one(tmp_path, ExportFormat.CSV, COLUMNS[4], Decimal("-7.5"), Decimal("1E+3"), Decimal("1E-12"))

    assert path.read_bytes() == b"value\r\n-7.5\r\n1000\r\n0.000000000001\r\n"


# --- JSON Lines


def test_json_lines_have_all_columns_and_lose_no_digit(tmp_path: Path):
    lines = made(tmp_path, ExportFormat.JSONL, [FULL, EMPTY]).read_text(encoding="utf-8").splitlines()

    assert [json.loads(line) for line in lines] == [
        {
            "title": FULL[0],
            "labels": ["a;b", 'c"d'],
            "position": 9007199254740993,
            "progress": 0.1,
            "value": "12.50",
            "is_standing": True,
            "due_on": "2026-09-30",
            "recorded_at": "2026-09-30T12:30:15.123456Z",
        },
        {column.name: None for column in COLUMNS},
    ]


# --- Parquet


def test_parquet_has_typed_columns_that_duckdb_reads(tmp_path: Path):
    path = made(tmp_path, ExportFormat.PARQUET, [FULL, EMPTY])

    assert types(f"select * from '{path}'") == {
        "title": "VARCHAR",
        "labels": "VARCHAR[]",
        "position": "BIGINT",
        "progress": "DOUBLE",
        "value": "DECIMAL(38,12)",
        "is_standing": "BOOLEAN",
        "due_on": "DATE",
        "recorded_at": "TIMESTAMP WITH TIME ZONE",
    }
    first, second = asked(f"select * replace (epoch_us(recorded_at) as recorded_at) from '{path}'")
    microseconds = (AT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert first == (FULL[0], ["a;b", 'c"d'], *FULL[2:7], microseconds)
    assert second == EMPTY


def test_parquet_keeps_26_digits_before_the_point_and_12_after_it(tmp_path: Path):
    longest = Decimal("12345678901234567890123456.123456789012")
    path = one(
        tmp_path, ExportFormat.PARQUET, COLUMNS[4], longest, -longest, Decimal("1E+25"), Decimal("1.500000000000000"[:14])
    )

    assert asked(f"select value from '{path}'") == [(longest,), (-longest,), (Decimal("1E+25"),), (Decimal("1.5"),)]


@pytest.mark.parametrize("value", [Decimal("1E+26"), Decimal(123456789012345678901234567), Decimal("0.1234567890123")])
def test_parquet_refuses_what_it_would_have_to_round(tmp_path: Path, value: Decimal):
    with pytest.raises(FileLimitError, match=r"a value of value has more than 26 digits.*take CSV or JSONL"):
        one(tmp_path, ExportFormat.PARQUET, COLUMNS[4], value)


def test_a_parquet_file_without_rows_has_its_columns(tmp_path: Path):
    path = made(tmp_path, ExportFormat.PARQUET, [])

    assert list(types(f"select * from '{path}'")) == [column.name for column in COLUMNS]
    assert asked(f"select count(*) from '{path}'") == [(0,)]


# --- XLSX


def test_a_spreadsheet_has_typed_cells_and_leaves_out_what_is_not_there(tmp_path: Path):
    header, first, *rest = read_sheet(made(tmp_path, ExportFormat.XLSX, [FULL, EMPTY]))

    assert [header[number].content for number in range(8)] == [column.name for column in COLUMNS]
    assert first == {
        # XML reads a line break of its own, so a carriage return is written out.
        0: Cell("text", FULL[0].replace("\r", "_x000D_")),
        1: Cell("text", '["a;b","c\\"d"]'),
        2: Cell("text", "9007199254740993"),
        3: Cell("n", "0.1"),
        4: Cell("n", "12.5"),
        5: Cell("b", "1"),
        6: Cell("n", "46295"),
        7: first[7],
    }
    # Days since 1899-12-30.
    assert float(first[7].content) == pytest.approx(46295 + (12 * 3600 + 30 * 60 + 15.123) / 86400, abs=1e-8)
    assert rest == []


def test_an_instant_of_a_spreadsheet_is_that_of_utc(tmp_path: Path):
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    here, there = read_sheet(one(tmp_path, ExportFormat.XLSX, COLUMNS[7], AT, elsewhere))[1:]

    assert here == there


def test_numbers_of_a_spreadsheet_are_texts_where_they_would_be_rounded(tmp_path: Path):
    values = ("123456789012345", "0.123456789012345", "1234567890123456", "-0.1234567890123456", "1E+20")
    longer = ("100000000000000000000000000001", "12345678901234567890123456.123456789012")
    column = COLUMNS[4]
    rows = read_sheet(one(tmp_path, ExportFormat.XLSX, column, *(Decimal(value) for value in (*values, *longer))))[1:]

    assert [row[0].kind for row in rows] == ["n", "n", "text", "text", "n", "text", "text"]
    assert [row[0].content for row in rows if row[0].kind == "text"] == [*values[2:4], *longer]
    assert [Decimal(row[0].content) for row in rows if row[0].kind == "n"] == [Decimal(values[n]) for n in (0, 1, 4)]


def test_days_before_the_calendar_of_spreadsheets_are_texts(tmp_path: Path):
    days = read_sheet(one(tmp_path, ExportFormat.XLSX, COLUMNS[6], date(1, 1, 1), date(1900, 2, 28), date(1900, 3, 1)))[1:]
    instants = read_sheet(one(tmp_path, ExportFormat.XLSX, COLUMNS[7], datetime(1800, 1, 1, tzinfo=UTC)))[1:]

    assert [row[0] for row in days] == [Cell("text", "0001-01-01"), Cell("text", "1900-02-28"), Cell("n", "61")]
    assert instants[0][0] == Cell("text", "1800-01-01T00:00:00.000000Z")


@pytest.mark.parametrize(
    "hostile", ["=1+1", "{=1}", "http://example.com", "mailto:a@b.example", "007", "\x00\x01", "_x0041_", "\ufffe"]
)
def test_no_text_of_a_spreadsheet_is_a_formula_a_link_or_a_number(tmp_path: Path, hostile: str):
    path = one(tmp_path, ExportFormat.XLSX, COLUMNS[0], hostile)

    (cell,) = read_sheet(path)[1].values()

    assert cell.kind == "text"
    with zipfile.ZipFile(path) as parts:
        assert not any("hyperlink" in parts.read(name).decode() for name in parts.namelist() if "worksheets" in name)


@pytest.mark.parametrize("unit", ["x", "🚀"])
def test_a_text_that_a_cell_cannot_hold_is_refused_and_not_cut(tmp_path: Path, unit: str):
    width = len(unit.encode("utf-16-le")) // 2
    longest = unit * (xlsx_file.TEXT_LENGTH // width)
    (cell,) = read_sheet(one(tmp_path, ExportFormat.XLSX, COLUMNS[0], longest))[1].values()

    assert cell.content == longest
    with pytest.raises(FileLimitError, match=r"a text of title has more than 32767 characters.*take another format"):
        one(tmp_path, ExportFormat.XLSX, COLUMNS[0], longest + unit)


def test_rows_beyond_the_sheet_are_refused_and_not_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 3)
    assert len(read_sheet(one(tmp_path, ExportFormat.XLSX, COLUMNS[2], 1, 2))) == 3

    with pytest.raises(FileLimitError, match="a sheet of XLSX has 3 rows at most: narrow the scope, or take another format"):
        one(tmp_path, ExportFormat.XLSX, COLUMNS[2], 1, 2, 3)


# --- all of them


@pytest.mark.parametrize("form", ExportFormat)
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, form: ExportFormat):
    (tmp_path / "other").mkdir()

    first, second = (made(folder, form, [FULL, EMPTY]) for folder in (tmp_path, tmp_path / "other"))

    assert first.read_bytes() == second.read_bytes()
    assert form in MEDIA_TYPES


@pytest.mark.parametrize("form", ExportFormat)
def test_a_file_is_left_without_trouble(tmp_path: Path, form: ExportFormat):
    file = open_table_file(form, tmp_path / "export", COLUMNS, AT)
    file.write([FULL])
    file.abandon()


def test_every_type_has_a_column_here():
    assert {column.type for column in COLUMNS} == set(ColumnType)
