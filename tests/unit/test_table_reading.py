"""Files of tables: what is read of them, exactly, and what is refused, with its place."""

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl  # type: ignore[import-untyped] # it has no types
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.check_in import CheckInStatus
from events.rejection import RejectionCode
from projections.editable_field import EditableField, FieldKind
from projections.export_columns import decimal, text, texts
from service.tables.cells import CellError, read_cell
from service.tables.reading import read_sheet
from service.tables.sheet import Cell, SheetError, SheetLimits, Unreadable
from service.text_file import CsvFile
from service.xlsx_file import XlsxFile
from tests.support.tables import xlsx_of

LIMITS = SheetLimits(bytes=20_000, unpacked_bytes=200_000, rows=5, columns=4)
COLUMNS = (text("text", "", lambda _: None), texts("list", "", lambda _: None), decimal("number", "", lambda _: None))
KINDS = (FieldKind.TEXT, FieldKind.TEXTS, FieldKind.DECIMAL)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**8), max_value=10**8)
_PARTS = Callable[[dict[str, bytes]], None]


def rows_of(content: bytes, sheet: str | None = None) -> list[tuple[int, tuple[Cell, ...]]]:
    read = read_sheet(content, sheet, LIMITS)
    return [(row.number, row.cells) for row in (read.header, *read.rows)]


def refused(content: bytes, sheet: str | None = None, limits: SheetLimits = LIMITS) -> tuple[RejectionCode, str, int | None]:
    with pytest.raises(SheetError) as told:
        read_sheet(content, sheet, limits)
    return told.value.code, told.value.message, told.value.row


def repacked(content: bytes, change: _PARTS) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    change(parts)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def field(kind: FieldKind, **more: Any) -> EditableField[Any]:
    return EditableField(name="field", kind=kind, meaning="", read=lambda _: None, **more)


# --- files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_in_its_encodings_and_with_its_separators(encoding: str, separator: str):
    content = f'\r\nkey{separator}"tí\ntle"\r\n\r\n{separator}\r\nž{separator}"a{separator}""b"""\r\n'
    assert rows_of(content.encode(encoding)) == [(2, ("key", "tí\ntle")), (5, ("ž", f'a{separator}"b"'))]


@pytest.mark.parametrize(
    ("content", "said", "row"),
    [
        (b"", "the file has no rows", None),
        (b"\r\n,\r\n", "the file has no rows", None),
        ("klíč,název".encode("cp1250"), "neither UTF-8", None),
        ("key,title".encode("utf-16-le"), "a text file holds no NUL", None),
        (b'key,title\r\na,"b', "no CSV: unexpected end", 2),
        (b'key\r\n"a"b\r\n', "no CSV: ", 2),
        (b"k\r\n" + b"x\r\n" * 6, "more than 5 rows", None),
        (b"k\r\n1,2,3,4,5\r\n", "more than 4 columns", 2),
        (b"k" * 20_001, "the file has 20001 bytes, at most 20000 allowed", None),
        (b"\xd0\xcf\x11\xe0", "an old or an encrypted spreadsheet", None),
        (b"PK\x03\x04", "the spreadsheet cannot be read", None),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, said: str, row: int | None):
    _, message, place = refused(content)
    assert message.startswith(said)
    assert place == row


def test_a_spreadsheet_is_read_by_sheet_and_by_type():
    workbook = openpyxl.Workbook()
    workbook.active.title = "Empty"
    sheet = workbook.create_sheet("Goals")
    for row in (("a", "b"), (), (" text ", 0.1), (True, 12), (date(2026, 7, 1), datetime(2026, 7, 1, 9)), ("=1+1", "=1/0")):  # noqa: DTZ001
        sheet.append(row)
    sheet["A4"].number_format = "0%"
    sheet["B4"].number_format = "0.0%"
    made = io.BytesIO()
    workbook.save(made)
    content = made.getvalue()
    assert refused(content) == (RejectionCode.REQUIRED, "the file has no rows; the first one names the columns", None)
    assert refused(content, "Nowhere")[0] is RejectionCode.NOT_FOUND
    header, texts_, numbers, days, formulas = rows_of(content, "Goals")
    assert (header, texts_) == ((1, ("a", "b")), (3, (" text ", Decimal("0.1"))))
    assert numbers[1][0] is True
    assert isinstance(numbers[1][1], Unreadable), "a percentage"
    assert days == (5, (date(2026, 7, 1), datetime(2026, 7, 1, 9)))  # noqa: DTZ001
    assert all(isinstance(each, Unreadable) for each in formulas[1]), "they were never computed"


def test_half_a_character_is_no_text():
    assert isinstance(rows_of(xlsx_of(("_xD800_",)))[0][1][0], Unreadable)


def test_a_formula_is_what_it_came_to():
    def computed(parts: dict[str, bytes]) -> None:
        name = "xl/worksheets/sheet1.xml"
        parts[name] = re.sub(rb"</f><v ?(/>|></v>)", b"</f><v>2</v>", parts[name])

    assert rows_of(repacked(xlsx_of(("a",), ("=1+1",)), computed)) == [(1, ("a",)), (2, (Decimal(2),))]


def test_a_hostile_spreadsheet_is_refused():
    entities = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]>'

    def with_entities(parts: dict[str, bytes]) -> None:
        name = "xl/worksheets/sheet1.xml"
        parts[name] = entities + parts[name].split(b"?>")[-1]

    def with_bomb(parts: dict[str, bytes]) -> None:
        parts["xl/media/image.png"] = b"\0" * LIMITS.unpacked_bytes

    def far_away(parts: dict[str, bytes]) -> None:
        name = "xl/worksheets/sheet1.xml"
        parts[name] = parts[name].replace(b'<row r="2">', b'<row r="999999999">').replace(b'r="A2"', b'r="A999999999"')

    good = xlsx_of(("a",), ("b",))
    assert rows_of(repacked(good, lambda _: None)) == [(1, ("a",)), (2, ("b",))]
    for change in (with_entities, with_bomb, far_away):
        code, _, _ = refused(repacked(good, change))
        assert code is (RejectionCode.INVALID if change is with_entities else RejectionCode.LIMIT_EXCEEDED), change
    assert refused(xlsx_of(("a",), *[("b",)] * 6))[1] == "more than 5 rows"
    assert refused(xlsx_of(tuple("abcde")))[1] == "more than 4 columns"


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail))
@example(b"\xef\xbb\xbf")
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused(content: bytes):
    with suppress(SheetError):
        rows_of(content)


@given(st.data())
@settings(max_examples=40)
def test_any_damage_of_a_spreadsheet_is_read_or_refused(data: st.DataObject):
    def damage(parts: dict[str, bytes]) -> None:
        name = data.draw(st.sampled_from(sorted(parts)))
        part = parts[name]
        begin = data.draw(st.integers(0, len(part)))
        end = data.draw(st.integers(begin, len(part)))
        parts[name] = part[:begin] + data.draw(st.binary(max_size=5) | st.sampled_from([b"9" * 20, b'"', b"<v>"])) + part[end:]

    with suppress(SheetError):
        rows_of(repacked(_GOOD, damage))


_GOOD = xlsx_of(("key", "value", "day"), ("a", 1.5, date(2026, 7, 1)), ("b", "=1+1", True))


@given(TEXTS, NUMBERS)
@example("'=1", Decimal("0.1"))
@example("_x000D_\r\n", Decimal(-5))
@settings(max_examples=60)
def test_what_is_written_is_read_back(value: str, number: Decimal):
    row = (value or None, (value, "b"), number)
    with TemporaryDirectory() as folder:
        csv_path, xlsx_path = Path(folder) / "table.csv", Path(folder) / "table.xlsx"
        for each in (CsvFile(csv_path, COLUMNS), XlsxFile(xlsx_path, COLUMNS, datetime(2026, 1, 1, tzinfo=UTC))):
            each.write([row])
            each.close()
        files = (csv_path.read_bytes(), xlsx_path.read_bytes())
    for content in files:
        _, cells = rows_of(content)[1]
        read = tuple(read_cell(cell, field(kind)) for cell, kind in zip(cells, KINDS, strict=True))
        assert read == row, content


# --- cells


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (FieldKind.TEXT, Decimal(2026), "2026"),
        (FieldKind.TEXT, " a ", " a "),
        (FieldKind.INTEGER, "-3", -3),
        (FieldKind.INTEGER, Decimal("3.0"), 3),
        (FieldKind.DECIMAL, "1e-3", Decimal("0.001")),
        (FieldKind.DECIMAL, " -1234.50 ", Decimal("-1234.50")),
        (FieldKind.SHARE, "0.7", 0.7),
        (FieldKind.BOOLEAN, "TRUE", True),
        (FieldKind.DATE, "2026-09-30", date(2026, 9, 30)),
        (FieldKind.INSTANT, "2026-09-30T12:00:00+02:00", datetime(2026, 9, 30, 10, tzinfo=UTC)),
        (FieldKind.INSTANT, date(2026, 9, 30), date(2026, 9, 30)),
        (FieldKind.TEXTS, "one, two", ("one, two",)),
        (FieldKind.TEXTS, '["one", "two"]', ("one", "two")),
        (FieldKind.DECIMAL, None, None),
    ],
)
def test_a_cell_is_read_exactly(kind: FieldKind, cell: Cell, value: object):
    assert read_cell(cell, field(kind)) == value


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (FieldKind.DECIMAL, "1,000"),
        (FieldKind.DECIMAL, "1,5"),
        (FieldKind.DECIMAL, "5%"),
        (FieldKind.DECIMAL, "$5"),
        (FieldKind.DECIMAL, "NaN"),
        (FieldKind.DECIMAL, True),
        (FieldKind.DECIMAL, "٣"),
        (FieldKind.INTEGER, "1.5"),
        (FieldKind.INTEGER, "1" * 30),
        (FieldKind.BOOLEAN, "yes"),
        (FieldKind.DATE, "30.9.2026"),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.INSTANT, "2026-09-30T12:00:00"),
        (FieldKind.INSTANT, "0001-01-01"),
        (FieldKind.INSTANT, "9999-12-31T23:59:59-02:00"),
        (FieldKind.TEXTS, '["one"'),
        (FieldKind.TEXTS, "[1]"),
        (FieldKind.TEXT, date(2026, 9, 30)),
        (FieldKind.TEXT, Unreadable("an error")),
        (FieldKind.MEMBER, "FINE"),
    ],
)
def test_what_could_mean_two_things_is_refused(kind: FieldKind, cell: Cell):
    with pytest.raises(CellError):
        read_cell(cell, field(kind, members=CheckInStatus))
