"""CSV: RFC 4180 in UTF-8 or, with its mark, UTF-16; separated by commas, semicolons or tabs."""

import codecs
import csv
import io
from collections.abc import Iterator

from events.rejection import RejectionCode
from service.tables.sheet import Sheet, SheetError, SheetLimits, SheetRow, assembled
from service.text_file import FORMULA_STARTS

_SEPARATORS = (",", ";", "\t")


def read_csv(content: bytes, limits: SheetLimits) -> Sheet:
    """Read a file.

    Raises:
        SheetError: it is in no such encoding, is no CSV, or has more than the limits allow.
    """
    text = _decoded(content)
    separator = _separator(text)
    rows: list[SheetRow] = []
    for number, cells in _records(text, separator):
        if len(cells) > limits.columns:
            raise SheetError(f"more than {limits.columns} columns", number, RejectionCode.LIMIT_EXCEEDED)
        if any(cells):
            rows.append(SheetRow(number=number, cells=tuple(_unguarded(each) or None for each in cells)))
        if len(rows) > limits.rows + 1:
            break
    return assembled(rows, limits)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise SheetError("neither UTF-8, nor UTF-16 with a byte order mark, nor XLSX: save the file as one of these") from error
    if "\0" in text:
        raise SheetError("a text file holds no NUL: save it as UTF-8, or as UTF-16 with a byte order mark")
    return text


def _separator(text: str) -> str:
    """Answer the separator that makes the most columns of the first record; a comma where none makes several."""
    counts: dict[str, int] = {}
    for separator in _SEPARATORS:
        try:
            counts[separator] = next((len(cells) for _, cells in _records(text, separator) if cells), 0)
        except SheetError:
            counts[separator] = 0
    return max(_SEPARATORS, key=lambda each: counts[each])


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Answer the records with their numbers: those that a spreadsheet shows, so a record of several lines counts once."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        raise SheetError(f"no CSV: {error}", number + 1) from error


def _unguarded(text: str) -> str:
    """Take away the apostrophe that an export puts before what a spreadsheet could take for a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
