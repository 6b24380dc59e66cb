"""From a cell to the value of a field: exactly, or not at all.

Decimals are digits with a point; thousands separators, decimal commas, signs of percent and of currencies are refused, since
what they mean depends on where a file was written. Days and instants are those of ISO 8601, or a spreadsheet's own.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeGuard

import orjson

from projections.editable_field import EditableField, FieldKind
from service.tables.sheet import Cell, Unreadable

_NUMBER = re.compile(r"[-+]?\d{1,1000}(\.\d{1,1000})?([eE][-+]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEARS = range(2, 9_999)
"""Whatever the time zone, an instant of these is one in UTC."""
_TRUTHS = {"true": True, "false": False}


class CellError(Exception):
    """A cell holds nothing that its field could take; the message says what would do."""


@dataclass(frozen=True, slots=True)
class Named:
    """A reference as it is written: an identifier, a key, a name or an address."""

    text: str


def read_cell(cell: Cell, field: EditableField[Any]) -> Any:
    """Answer the value of a field; references are `Named`, an instant may be a `date`; None is an empty cell.

    Raises:
        CellError: there is none.
    """
    if isinstance(cell, Unreadable):
        raise CellError(cell.message)
    if cell is None:
        return None
    match field.kind:
        case FieldKind.TEXT:
            return _text(cell)
        case FieldKind.MEMBER:
            return _member(cell, field)
        case FieldKind.INTEGER:
            return _integer(cell)
        case FieldKind.DECIMAL:
            return _decimal(cell)
        case FieldKind.SHARE:
            return float(_decimal(cell))
        case FieldKind.BOOLEAN:
            return _boolean(cell)
        case FieldKind.DATE:
            return _day(cell)
        case FieldKind.INSTANT:
            return _instant(cell)
        case FieldKind.TEXTS:
            return _texts(cell)
        case FieldKind.REFERENCE:
            return Named(_text(cell).strip())
        case FieldKind.REFERENCES:
            return tuple(Named(each.strip()) for each in _texts(cell))


def _text(cell: Cell) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | Decimal():
            # A name such as 2026 is a number to a spreadsheet.
            return f"{cell:f}"
        case _:
            raise CellError("a text is needed; format the cell as one")


def _member(cell: Cell, field: EditableField[Any]) -> Any:
    members = list(field.members or ())
    text = _text(cell).strip()
    found = [each for each in members if each.value == text.upper()]
    if not found:
        raise CellError(f"one of {', '.join(members)} is needed")
    return found[0]


def _integer(cell: Cell) -> int:
    text = _text(cell).strip() if isinstance(cell, str) else str(cell)
    if isinstance(cell, Decimal) and cell == cell.to_integral_value():
        text = f"{int(cell)}"
    if isinstance(cell, bool) or not _WHOLE.fullmatch(text):
        raise CellError("a whole number is needed")
    return int(text)


def _decimal(cell: Cell) -> Decimal:
    match cell:
        case str() if _NUMBER.fullmatch(cell.strip()):
            return Decimal(cell.strip())
        case int() | Decimal() if not isinstance(cell, bool):
            return Decimal(cell)
        case _:
            raise CellError("a number such as -1234.5 is needed, with a point and without any other sign")


def _boolean(cell: Cell) -> bool:
    truth = cell if isinstance(cell, bool) else _TRUTHS.get(_text(cell).strip().lower())
    if truth is None:
        raise CellError("true or false is needed")
    return truth


def _day(cell: Cell) -> date:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell
    text = cell.strip() if isinstance(cell, str) else ""
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError as error:
        raise CellError("a day such as 2026-09-30 is needed") from error


def _instant(cell: Cell) -> date | datetime:
    found = _instant_or_day(cell)
    if found.year not in _YEARS:
        raise CellError("a year between 2 and 9998 is needed")
    return found


def _instant_or_day(cell: Cell) -> date | datetime:
    if isinstance(cell, datetime):
        # A spreadsheet knows no zones; those that are exported from here are in UTC.
        return cell.replace(tzinfo=UTC)
    if isinstance(cell, date) or (isinstance(cell, str) and _DAY.fullmatch(cell.strip())):
        return _day(cell)
    try:
        instant = datetime.fromisoformat(_text(cell).strip())
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise CellError("a day such as 2026-09-30 is needed, or an instant such as 2026-09-30T12:00:00Z with its offset")


def _texts(cell: Cell) -> tuple[str, ...]:
    """Answer the members of a JSON array; any other text is one member."""
    text = _text(cell).strip()
    if not text.startswith("["):
        return (text,)
    try:
        found = orjson.loads(text)
    except ValueError as error:
        raise CellError('a list such as ["one", "two"] is needed, or a single text') from error
    if not _is_texts(found):
        raise CellError('a list of texts such as ["one", "two"] is needed')
    return tuple(found)


def _is_texts(found: object) -> TypeGuard[list[str]]:
    return isinstance(found, list) and all(isinstance(each, str) for each in found)  # pyright: ignore[reportUnknownVariableType]
