"""Row versions: what one command changes in the tables of read models, and what a batch of commands does.

A batch may be cut anywhere: a row that begins and ends inside one batch is inserted already closed, so any
cutting leaves the same rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from projections.lens import CURRENT

Column = str | int | float | bool | bytes | Decimal | date | datetime | UUID | tuple[str, ...] | None
Values = dict[str, Column]
"""The columns of one row, without organization and validity; absent ones are NULL."""


class RowChange(NamedTuple):
    """A row of a thing that differs from the one before; `values` is None when the thing is no more.

    `closes` says that there was a row before, which ends where this one begins.
    """

    table: str
    id: str
    values: Values | None
    closes: bool


class CommandRows(NamedTuple):
    """What one command changes; its rows begin at `position`, its last one.

    `additions` are the rows of tables that are only added to, by table.
    """

    organization_id: UUID
    position: int
    changes: Sequence[RowChange]
    additions: Mapping[str, Sequence[Values]]


@dataclass(slots=True)
class TableRows:
    """What a batch does to one table, with id and validity in each row.

    `closed` gives, by id, where the rows that were there before the batch end; they are closed before anything is
    inserted, since a row that takes the place of another has its key. `finished` rows never change again.
    """

    closed: dict[str, int]
    finished: list[Values]
    open: dict[str, Values]

    def inserted(self) -> list[Values]:
        """Answer all rows to insert."""
        return [*self.finished, *self.open.values()]


class BatchRows:
    """Gathers the rows of the commands of one organization, in their order."""

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id
        self.tables: dict[str, TableRows] = {}

    def add(self, command: CommandRows) -> None:
        """Add what the next command changes."""
        position = command.position
        for table, identifier, values, closes in command.changes:
            rows = self._of(table)
            if closes:
                begun = rows.open.pop(identifier, None)
                if begun is None:
                    rows.closed[identifier] = position
                else:
                    begun["to_position"] = position
                    rows.finished.append(begun)
            if values is not None:
                rows.open[identifier] = {"id": identifier, "from_position": position, "to_position": CURRENT, **values}
        for table, added in command.additions.items():
            self._of(table).finished.extend(added)

    def _of(self, table: str) -> TableRows:
        rows = self.tables.get(table)
        if rows is None:
            rows = self.tables[table] = TableRows(closed={}, finished=[], open={})
        return rows

    def take_finished(self) -> "BatchRows":
        """Split off what can be written for good; rows that are still open stay here."""
        taken = BatchRows(self.organization_id)
        for table, rows in self.tables.items():
            taken.tables[table] = TableRows(closed=rows.closed, finished=rows.finished, open={})
            rows.closed, rows.finished = {}, []
        return taken

    def take_all(self) -> "BatchRows":
        """Split off everything."""
        taken = BatchRows(self.organization_id)
        taken.tables, self.tables = self.tables, {}
        return taken

    def as_json(self) -> str:
        """Write the batch in the form that `write_rows` of a generation takes, which knows the organization."""
        return orjson.dumps({table: _changes(rows) for table, rows in self.tables.items()}, default=_as_text).decode()


def merge(commands: Iterable[CommandRows]) -> str:
    """Write the rows of several commands of one organization, in their order, as one JSON text."""
    batch: BatchRows | None = None
    for command in commands:
        batch = batch or BatchRows(command.organization_id)
        batch.add(command)
    return "{}" if batch is None else batch.as_json()


def _changes(rows: TableRows) -> dict[str, object]:
    changes = {"close": rows.closed, "insert": rows.inserted()}
    return {name: each for name, each in changes.items() if each}


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, UUID):
        # The driver answers identifiers in a class of its own, which orjson does not take for a UUID.
        return str(value)
    raise TypeError(f"no column holds a {type(value).__name__}")
