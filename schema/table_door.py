"""The door to tables: what is imported, and the plan that it becomes. The service hands in who reads files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from events.act import Refused
from events.command import Command
from events.rejection import RejectionCode
from projections.editable_field import EditableNoun
from projections.lens import Lens
from projections.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What a column of the file means; without a field it is not read."""

    column: str
    field: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """A file to import. `sheet` names one of a spreadsheet, None for the first.

    Columns that are not mapped are known by their names, which are those of the export.
    """

    noun: EditableNoun
    content: bytes
    mapping: tuple[ColumnMapping, ...] = ()
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProblem:
    """Why a file cannot be imported. `row` counts from 1, the header among them; None for the whole file or column."""

    code: RejectionCode
    message: str
    row: int | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A row that changes something: its number, and its commands."""

    number: int
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """What a file asks for: the commands of one act, or the problems for which there is none.

    `columns` are the names that the fields have in the file. `person_keys` are the fresh keys of people who are invited.
    """

    rows: tuple[PlannedRow, ...] = ()
    created_count: int = 0
    updated_count: int = 0
    unchanged_count: int = 0
    problems: tuple[TableProblem, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    person_keys: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands of all rows, in their order."""
        return tuple(command for row in self.rows for command in row.commands)

    def problems_of(self, refused: Refused) -> tuple[TableProblem, ...]:
        """Answer where in the file the refusals of an act stand; of a row that is refused twice, the first."""
        numbers = [row.number for row in self.rows for _ in row.commands]
        found: dict[int, list[TableProblem]] = {}
        for each in (refused, *refused.others):
            number = numbers[each.command_index]
            if number not in found:
                found[number] = [
                    TableProblem(
                        row=number, column=self._column(rejection.path), code=rejection.code, message=rejection.message
                    )
                    for rejection in each.rejections
                ]
        return tuple(problem for number in sorted(found) for problem in found[number])

    def _column(self, path: Sequence[str]) -> str | None:
        for part in reversed(path):
            words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in part)
            plain = words.replace("_ids", "s").removesuffix("_id")
            for name in (words, plain):
                if name in self.columns:
                    return self.columns[name]
        return None


class Tables(Protocol):
    """Reads files and plans what they ask for; see `service/tables/imports.py`."""

    @property
    def problem_limit(self) -> int:
        """How many problems are told."""
        ...

    async def plan(
        self, request: TableRequest, reader: Reader, lens: Lens, now: datetime, *, shows_addresses: bool
    ) -> TablePlan:
        """Compare a file with what the reader sees at a lens. Nothing is raised for what a file holds: it has problems."""
        ...
