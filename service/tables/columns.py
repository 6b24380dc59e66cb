"""Which column of a file is which field: by name, or as a mapping says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from events.rejection import RejectionCode
from schema.table_door import ColumnMapping, TableProblem
from service.tables.sheet import SheetRow, Unreadable

KEY = "key"
"""The column of identifiers of elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The places and names of the fields in a file, or what is wrong with its header."""

    places: Mapping[str, int]
    names: Mapping[str, str]
    width: int
    problems: tuple[TableProblem, ...]


def arranged(header: SheetRow, fields: Sequence[str], mapping: Sequence[ColumnMapping]) -> Columns:
    """Find the fields in a header. Names are compared without their case and the spaces around them."""
    mapped = {each.column.strip().casefold(): each for each in mapping}
    places: dict[str, int] = {}
    names: dict[str, str] = {}
    seen: set[str] = set()
    problems: list[TableProblem] = []

    def problem(code: RejectionCode, message: str, column: str | None) -> None:
        problems.append(TableProblem(code=code, message=message, row=header.number, column=column))

    for place, cell in enumerate(header.cells):
        if isinstance(cell, Unreadable):
            problem(RejectionCode.INVALID, f"column {place + 1} has no name: {cell.message}", None)
            continue
        name = "" if cell is None else str(cell).strip()
        if not name:
            continue
        folded = name.casefold()
        if folded in seen:
            problem(RejectionCode.INVALID, "two columns have this name", name)
        seen.add(folded)
        field = mapped[folded].field if folded in mapped else folded
        if field is None:
            continue
        if field not in fields:
            known = ", ".join(fields)
            message = f"no field is called {field!r}; there are {known}. Map the column, or leave it out"
            problem(RejectionCode.NOT_FOUND, message, name)
        elif field in places:
            problem(RejectionCode.INVALID, f"another column is {field} already", name)
        else:
            places[field], names[field] = place, name
    for folded, each in mapped.items():
        if folded not in seen:
            problem(RejectionCode.NOT_FOUND, "the file has no such column", each.column)
    return Columns(places=places, names=names, width=len(header.cells), problems=tuple(problems))
