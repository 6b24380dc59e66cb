"""Row versions: what one command changes in the tables of read models, and what a batch of commands does.

A batch may be cut anywhere: a row that begins and ends inside one batch is inserted already closed, so any
cutting leaves the same rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from projections.lens import CURRENT

Column = str | int | float | bool | bytes | Decimal | date | datetime | UUID | tuple[str, ...] | None
Values = dict[str, Column]
"""The columns of one row, without organization and validity; absent ones are NULL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row of a thing that differs from the one before; `values` is None when the thing is no more.

    `closes` says that there was a row before, which ends where this one begins.
    """

    table: str
    id: str
    values: Values | None
    closes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A row of a table that is only added to."""

    table: str
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRows:
    """What one command changes; its rows begin at `position`, its last one."""

    organization_id: UUID
    position: int
    changes: tuple[RowChange, ...]
    additions: tuple[Addition, ...]


@dataclass(slots=True)
class TableRows:
    """What a batch does to one table: rows to close (position by id) and rows to insert.

    Rows are whole: with organization, id and validity. Closing comes before inserting.
    """

    closed: dict[str, int] = field(default_factory=dict[str, int])
    inserted: list[Values] = field(default_factory=list[Values])


class BatchRows:
    """Gathers the rows of the commands of one organization, in their order."""

    def __init__(self) -> None:
        self.tables: dict[str, TableRows] = {}
        self._open: dict[tuple[str, str], Values] = {}

    def add(self, command: CommandRows) -> None:
        """Add what the next command changes."""
        for change in command.changes:
            rows = self.tables.setdefault(change.table, TableRows())
            if change.closes:
                begun = self._open.pop((change.table, change.id), None)
                if begun is None:
                    rows.closed[change.id] = command.position
                else:
                    begun["to_position"] = command.position
            if change.values is not None:
                row: Values = {
                    "organization_id": command.organization_id,
                    "id": change.id,
                    "from_position": command.position,
                    "to_position": CURRENT,
                    **change.values,
                }
                rows.inserted.append(row)
                self._open[change.table, change.id] = row
        for addition in command.additions:
            rows = self.tables.setdefault(addition.table, TableRows())
            rows.inserted.append({"organization_id": command.organization_id, **addition.values})

    def take_closed(self) -> dict[str, list[Values]]:
        """Answer the rows by table that need no change any more, and forget them; open ones stay.

        Additions need none from the start.
        """
        taken: dict[str, list[Values]] = {}
        for table, rows in self.tables.items():
            taken[table] = [row for row in rows.inserted if row.get("to_position") != CURRENT]
            rows.inserted = [row for row in rows.inserted if row.get("to_position") == CURRENT]
        return taken

    def as_json(self) -> str:
        """Write the batch in the form that `okr_ledger.write_rows` takes."""
        return orjson.dumps(
            {
                table: {
                    "close": [{"id": each, "to_position": position} for each, position in rows.closed.items()],
                    "insert": rows.inserted,
                }
                for table, rows in self.tables.items()
            },
            default=_as_text,
        ).decode()


def merge(commands: Iterable[CommandRows]) -> str:
    """Write the rows of several commands of one organization, in their order, as one JSON text."""
    batch = BatchRows()
    for command in commands:
        batch.add(command)
    return batch.as_json()


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"no column holds a {type(value).__name__}")
