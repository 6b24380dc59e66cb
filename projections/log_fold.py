"""Folds a stored log into rows, command by command: what a rebuild reads.

The rows are those that were written with each command, because both come from `projections.fold`.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from events.chain import genesis_hash
from events.codec import decode
from events.envelope import RecordedEvent
from events.folding import apply
from events.metadata import reason_code
from events.tracked_facts import TrackedFacts
from projections.fold import Additions, LoggedEvent, add_event_rows, changed_rows
from projections.row_versions import BatchRows, CommandRows, Values
from projections.touched import Place


class LogGapError(Exception):
    """The log has not the event that must come next."""

    def __init__(self, position: int) -> None:
        super().__init__(f"position {position} is not in the log")
        self.position = position


class LogFold:
    """The facts of one organization and the rows that its log makes, from position 0 on.

    Rows are answered only for commands after `rows_after`: of an earlier part they are written already.
    """

    def __init__(self, organization_id: UUID, rows_after: int = 0) -> None:
        self._tracked = TrackedFacts(organization_id)
        self.facts = self._tracked.now
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
        expected = self.read_position
        for recorded in events:
            expected += 1
            if recorded.position != expected:
                raise LogGapError(expected)
            if self._pending and self._pending[-1].command_id != recorded.command_id:
                self.finish()
            self._pending.append(recorded)

    def finish(self) -> None:
        """Fold the command that waits: no more of it comes."""
        command, self._pending = self._pending, []
        if not command:
            return
        rows = self._fold(command)
        self.facts.position, self.facts.hash = command[-1].position, command[-1].hash
        self._tracked.end_command()
        if rows is not None and self.facts.position > self._rows_after:
            self.rows.add(rows)

    def _fold(self, command: Sequence[RecordedEvent]) -> CommandRows | None:
        """Answer the rows of a command and fold it in; None when all of it was redacted."""
        tracked, facts = self._tracked, self._tracked.now
        readable = [recorded for recorded in command if recorded.data is not None]
        is_alone = len(readable) == 1
        given_reason = reason_code(readable[0].metadata) if readable else None
        logged: list[LoggedEvent] = []
        additions: Additions = {}
        for recorded in command:
            if recorded.data is None:
                # Redacted: its place is taken, its content is nobody's to know.
                facts.stream_versions[recorded.stream_id] = recorded.stream_version
                continue
            event = decode(recorded.type, recorded.schema_version, recorded.data)
            apply(facts, event, recorded.occurrence)
            logged.append((event, recorded))
            add_event_rows(additions, logged[-1], tracked.before_event, facts, given_reason, is_alone=is_alone)
            if not is_alone:
                tracked.end_event()
        if not logged:
            return None
        before = tracked.before_event if is_alone else tracked.before_command
        changes = changed_rows(before, facts, logged, self._known)
        for table, identifier, values, _ in changes:
            if values is None:
                del self._known[table, identifier]
            else:
                self._known[table, identifier] = values
        # Where the last event is redacted, the rows of its command still begin at its position.
        return CommandRows(
            organization_id=facts.organization_id, position=command[-1].position, changes=changes, additions=additions
        )
