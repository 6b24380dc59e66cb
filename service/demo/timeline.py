"""The demo's acts on their way to becoming lines: put down in any order, told in the order of time.

Some acts depend on what came out of the earlier ones (a review on the progress reached). Such an act is a
function of the facts at its time; so the timeline carries every act out in memory as it tells it, which also
proves that the whole history obeys the rules.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from events import permission
from events.act import Act
from events.decider import decide
from events.envelope import Context, Occurrence
from events.facts import Facts
from events.folding import apply
from events.identifier import SYSTEM_ACTOR
from events.rejection import Rejected
from service.history_commands import Names
from service.history_format import HistoryReader, Sealed

Content = dict[str, Any]
Decided = Callable[[Facts, Names], list[Content]]
"""From the facts and names at the time of an act to its commands; none for an act that falls away."""

_GAP = timedelta(milliseconds=250)


class DemoError(Exception):
    """The demo's history breaks a rule of the domain: a fault of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    key: str
    at: datetime
    actor: str
    commands: list[Content] | Decided
    reason: Content | None


class Timeline:
    """All acts of the demo."""

    def __init__(self, header: Content) -> None:
        self._header = header
        self._planned: list[_Planned] = []

    def add(
        self,
        key: str,
        at: datetime,
        actor: str,
        commands: list[Content] | Decided,
        reason: tuple[str, str] | None = None,
    ) -> None:
        """Put an act down; `reason` is a code and a text."""
        written = None if reason is None else {"code": reason[0], "text": reason[1]}
        self._planned.append(_Planned(key=key, at=at, actor=actor, commands=commands, reason=written))

    def lines(self, until: datetime) -> Iterator[bytes]:
        """Tell the history as lines of the history format, the header first, up to a moment.

        Raises:
            DemoError: a rule of the domain refuses an act.
        """
        told = _Told(self._header)
        yield told.header
        last = datetime.min.replace(tzinfo=UTC)
        for planned in sorted(self._planned, key=lambda each: each.at):
            at = max(planned.at, last + _GAP)
            if at > until:
                return
            line = told.tell(planned, at)
            if line is not None:
                last = at
                yield line


class _Told:
    """What was told so far, as facts."""

    def __init__(self, header: Content) -> None:
        self._next = b""
        self.header = _line(header)
        self._reader = HistoryReader(self._feed(), _unsealed)
        self._acts = self._reader.acts()
        self._facts = Facts(self._reader.header.organization_id)
        if self._reader.header.begins is not None:
            self._carry_out(self._reader.header.begins)

    def tell(self, planned: _Planned, at: datetime) -> bytes | None:
        commands = planned.commands
        if callable(commands):
            commands = commands(self._facts, self._reader.names)
        if not commands:
            return None
        content: Content = {"key": planned.key, "at": at.isoformat(), "actor": planned.actor}
        if planned.reason is not None:
            content["reason"] = planned.reason
        self._next = _line({**content, "commands": commands})
        self._carry_out(next(self._acts).act)
        return self._next

    def _feed(self) -> Iterator[bytes]:
        yield self.header
        while True:
            yield self._next

    def _carry_out(self, act: Act) -> None:
        at = act.recorded_at
        if at is None:
            raise DemoError(f"{act.idempotency_key} has no time")
        context = Context(actor_id=act.actor_id, at=at, reason=act.reason)
        for command in act.commands:
            try:
                if act.actor_id != SYSTEM_ACTOR:
                    permission.check(command, act.actor_id, self._facts)
                events = decide(command, self._facts, context)
            except Rejected as rejected:
                raise DemoError(f"{act.idempotency_key} at {at}: {rejected}") from rejected
            for event in events:
                self._facts.position += 1
                occurrence = Occurrence(position=self._facts.position, recorded_at=at, effective_at=at, actor_id=act.actor_id)
                apply(self._facts, event, occurrence)


def _unsealed(person_id: str, name: str, email: str) -> Sealed:
    """Stand in for a seal: what is told here is not kept."""
    del person_id, email
    return Sealed(text=name, new_key=None)


def _line(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content)
