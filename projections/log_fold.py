"""Folds a stored log into rows, command by command: what a rebuild reads.

The rows are those that were written with each command, because both come from `projections.fold`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from events.chain import genesis_hash
from events.codec import decode
from events.envelope import RecordedEvent
from events.facts import Facts
from projections.fold import LoggedEvent, fold
from projections.row_versions import BatchRows, CommandRows, Values
from projections.touched import Place


class LogGapError(Exception):
    """The log has not the event that must come next."""

    def __init__(self, position: int) -> None:
        super().__init__(f"position {position} is not in the log")
        self.position = position


class LogFold:
    """The facts of one organization and the rows that its log makes, from position 0 on.

    Rows are made only for commands after `rows_after`: of an earlier part they are written already.
    """

    def __init__(self, organization_id: UUID, rows_after: int = 0) -> None:
        self.facts = Facts(organization_id)
        self.facts.hash = genesis_hash(organization_id)
        self.rows = BatchRows(organization_id)
        self._rows_after = rows_after
        self._known: dict[Place, Values] = {}
        self._pending: list[RecordedEvent] = []

    @property
    def read_position(self) -> int:
        """The newest position that was added."""
        return self._pending[-1].position if self._pending else self.facts.position

    def add(self, events: Iterable[RecordedEvent]) -> None:
        """Fold the next events; the last command waits, for more of it may come.

        Raises:
            LogGapError: they are not the next ones.
        """
        for recorded in events:
            if recorded.position != self.read_position + 1:
                raise LogGapError(self.read_position + 1)
            if self._pending and self._pending[-1].command_id != recorded.command_id:
                self.finish()
            self._pending.append(recorded)

    def finish(self) -> None:
        """Fold the command that waits: no more of it comes."""
        command, self._pending = self._pending, []
        if not command:
            return
        after = self.facts.fork()
        logged = _apply(after, command)
        if logged and command[-1].position > self._rows_after:
            rows = fold(self.facts, after, logged, self._known)
            if rows.position != command[-1].position:
                # A redacted event makes no row, yet the rows of its command still begin at its last position.
                rows = replace(rows, position=command[-1].position)
            self._add(rows)
        after.position, after.hash = command[-1].position, command[-1].hash
        self.facts.absorb(after)

    def _add(self, rows: CommandRows) -> None:
        self.rows.add(rows)
        for change in rows.changes:
            if change.values is None:
                self._known.pop((change.table, change.id), None)
            else:
                self._known[change.table, change.id] = change.values


def _apply(facts: Facts, command: Sequence[RecordedEvent]) -> list[LoggedEvent]:
    logged: list[LoggedEvent] = []
    for recorded in command:
        if recorded.data is None:
            # Redacted: its place is taken, its content is nobody's to know.
            facts.stream_versions[recorded.stream_id] = recorded.stream_version
            continue
        event = decode(recorded.type, recorded.schema_version, recorded.data)
        facts.apply(event, recorded.occurrence)
        logged.append((event, recorded))
    return logged
