"""XLSX: one sheet of a spreadsheet, its cells with their types, and of formulas what they came to when it was saved."""

import io
import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from itertools import zip_longest
from typing import Any

from events.rejection import RejectionCode
from service.tables.sheet import Cell, Sheet, SheetError, SheetLimits, SheetRow, Unreadable, assembled
from service.xlsx_file import MOST_ROWS

SIGNATURE = b"PK\x03\x04"
"""How a ZIP archive begins, which a spreadsheet is."""

_MOST_PARTS = 1_000
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_TEXT = Unreadable("a text with half of a character")
_FORMULA = Unreadable("a formula without a value: save the file with a program that computes it, or put in the value")
_ERROR = Unreadable("an error of the spreadsheet")
_TIME = Unreadable("a time without a day")
_PERCENT = Unreadable("shown as a percentage: whether 5 % is 5 or 0.05 is not said; format the cell as a number")


def read_xlsx(content: bytes, name: str | None, limits: SheetLimits) -> Sheet:
    """Read a sheet by its name, or the first one.

    Raises:
        SheetError: it is no spreadsheet, has no such sheet, or has more than the limits allow.
    """
    _check_archive(content, limits)
    try:
        return assembled(_rows(content, name, limits), limits)
    except SheetError:
        raise
    except Exception as error:
        # The library lets through whatever a broken part runs into; a file is bad input and nothing else.
        raise SheetError("the spreadsheet cannot be read: save it anew as XLSX") from error


def _check_archive(content: bytes, limits: SheetLimits) -> None:
    """Refuse what unpacks into too much. What is read from a part ends at the size that the archive tells."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except Exception as error:
        raise SheetError("the spreadsheet cannot be read: save it anew as XLSX") from error
    if len(parts) > _MOST_PARTS or sum(each.file_size for each in parts) > limits.unpacked_bytes:
        message = f"the spreadsheet unpacks into more than {limits.unpacked_bytes} bytes"
        raise SheetError(message, code=RejectionCode.LIMIT_EXCEEDED)


def _rows(content: bytes, name: str | None, limits: SheetLimits) -> list[SheetRow]:
    values, formulas = (_sheet(content, name, is_computed=each) for each in (True, False))
    rows: list[SheetRow] = []
    width = limits.columns + 1
    pairs = zip_longest(values.iter_rows(max_col=width), formulas.iter_rows(max_col=width), fillvalue=())
    for number, (computed, written) in enumerate(pairs, 1):
        if number > MOST_ROWS:
            raise SheetError(f"more than {MOST_ROWS} rows", code=RejectionCode.LIMIT_EXCEEDED)
        cells = [_cell(*pair) for pair in zip(computed, written, strict=True)]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            rows.append(SheetRow(number=number, cells=tuple(cells)))
        if len(rows) > limits.rows + 1:
            break
    return rows


def _sheet(content: bytes, name: str | None, *, is_computed: bool) -> Any:
    # Loaded where it is needed: it has no types for the checkers. With defusedxml beside it, it takes no entities.
    openpyxl: Any = import_module("openpyxl")
    workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=is_computed, keep_links=False)
    names = [each.title for each in workbook.worksheets]
    if not names or (name is not None and name not in names):
        raise SheetError(f"no sheet {name!r}; there are {names}" if names else "no sheet", code=RejectionCode.NOT_FOUND)
    sheet = workbook[names[0] if name is None else name]
    # What a file says of its size is not to be trusted.
    sheet.reset_dimensions()
    return sheet


def _cell(computed: Any, written: Any) -> Cell:
    value = computed.value
    if value is None:
        return _FORMULA if written.data_type == "f" else None
    if computed.data_type == "e":
        return _ERROR
    match value:
        case str():
            text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
            return _NO_TEXT if _SURROGATE.search(text) else text or None
        case bool():
            return value
        case int() | float():
            if "%" in str(computed.number_format):
                return _PERCENT
            # The shortest decimal that reads as the same number, as it was typed.
            return Decimal(repr(value))
        case datetime():
            # A day is stored as its midnight.
            return value.date() if value.time() == time() else value
        case date():
            return value
        case _:
            return _TIME
