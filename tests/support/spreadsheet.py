"""Reads spreadsheets: cells with their types, by nothing but the parts of the file."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its type (`n` number, `b` truth, `text`) and what stands in it; a formula would be told by its type."""

    kind: str
    content: str


def read_sheet(path: Path) -> list[dict[int, Cell]]:
    """Answer the rows of the only sheet, each its filled cells by the number of their column."""
    with zipfile.ZipFile(path) as parts:
        sheet = ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - made a moment ago
    return [{_column(cell.attrib["r"]): _cell(cell) for cell in row} for row in sheet.iter(f"{_MAIN}row")]


def _cell(cell: ET.Element) -> Cell:
    if cell.find(f"{_MAIN}f") is not None:
        return Cell("formula", cell.findtext(f"{_MAIN}f") or "")
    if cell.attrib.get("t") == "inlineStr":
        return Cell("text", "".join(text.text or "" for text in cell.iter(f"{_MAIN}t")))
    return Cell(cell.attrib.get("t", "n"), cell.findtext(f"{_MAIN}v") or "")


def _column(reference: str) -> int:
    number = 0
    for letter in reference:
        if letter.isdigit():
            break
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
