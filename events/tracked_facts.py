"""Facts that change in place and still tell how they were before the newest event and before the newest command.

What a rebuild folds with. A fork for each command would tell the same, but making one and reading through it takes longer
than folding a check-in does.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from uuid import UUID

from events.facts import Facts

Value = TypeVar("Value")


class TrackedFacts:
    """The facts of one organization as they are, `now`, and two views that read what has changed since as it was.

    `before_event` is as of the last `end_event`, `before_command` as of the last `end_command`.
    """

    def __init__(self, organization_id: UUID) -> None:
        self._changed: list[_Tracked[Any]] = []
        self.now = Facts(organization_id).viewed(lambda mapping: _Tracked(mapping, self._changed))
        self.before_event = self.now.viewed(lambda mapping: _Earlier(mapping, mapping.before_event))
        self.before_command = self.now.viewed(lambda mapping: _Earlier(mapping, mapping.before_command))

    def end_event(self) -> None:
        """Let `before_event` be as of now, and `before_command` tell what the event has replaced."""
        self.now.rolled_up.settle()
        for each in self._changed:
            if each.before_event:
                # What an earlier event of the command has replaced is older.
                each.before_command.update({**each.before_event, **each.before_command})
                each.before_event.clear()
        self.before_event.become(self.now)

    def end_command(self) -> None:
        """Let both views be as of now."""
        self.now.rolled_up.settle()
        for each in self._changed:
            each.before_event.clear()
            each.before_command.clear()
        self._changed.clear()
        self.before_event.become(self.now)
        self.before_command.become(self.now)


class _Tracked(dict[str, Value]):
    """A mapping that keeps what its changes replace, None for what was not there; entries are never deleted.

    It joins `changed` when it changes.
    """

    __slots__ = ("before_command", "before_event", "changed")

    def __init__(self, entries: Mapping[str, Value], changed: "list[_Tracked[Any]]") -> None:
        super().__init__(entries)
        self.before_event: dict[str, Value | None] = {}
        self.before_command: dict[str, Value | None] = {}
        self.changed = changed

    def __setitem__(self, key: str, value: Value) -> None:
        """Change an entry."""
        if key not in self.before_event:
            if not self.before_event:
                self.changed.append(self)
            self.before_event[key] = self.get(key)
        super().__setitem__(key, value)


class _Earlier(Mapping[str, Value]):
    """A mapping as it was before its changes."""

    __slots__ = ("_now", "_replaced")

    def __init__(self, now: Mapping[str, Value], replaced: Mapping[str, Value | None]) -> None:
        self._now = now
        self._replaced = replaced

    def __getitem__(self, key: str) -> Value:
        """Answer what was there."""
        if key not in self._replaced:
            return self._now[key]
        value = self._replaced[key]
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Value | None = None) -> Value | None:  # type: ignore[override] # one form is enough
        """Answer as `__getitem__` does, or a default."""
        if key not in self._replaced:
            return self._now.get(key, default)
        value = self._replaced[key]
        return default if value is None else value

    def __contains__(self, key: object) -> bool:
        """Say whether there was such an entry."""
        return self._replaced[key] is not None if key in self._replaced else key in self._now  # type: ignore[index] # found

    def __iter__(self) -> Iterator[str]:
        """Iterate over what was there."""
        return (key for key in self._now if key in self)

    def __len__(self) -> int:
        """Count what was there."""
        return sum(1 for _ in self)
