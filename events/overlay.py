"""A mapping over another one: reads what lies below, keeps what is changed to itself.

What `collections.ChainMap` does, for two layers, without its exceptions and loops: folding reads states so
often that this is a fifth of its time.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NoReturn, TypeVar

Value = TypeVar("Value")

_NOTHING: dict[str, Any] = {}
"""What is changed before anything is: a fork has many of these mappings, of which an act changes few."""


class Overlay(MutableMapping[str, Value]):
    """A mapping that begins as `below` and changes without changing it; entries are never deleted."""

    __slots__ = ("below", "changed")

    def __init__(self, below: Mapping[str, Value]) -> None:
        self.below = below
        self.changed: dict[str, Value] = _NOTHING

    def __getitem__(self, key: str) -> Value:
        """Answer what was changed, or what lies below."""
        changed = self.changed
        return changed[key] if key in changed else self.below[key]

    def get(self, key: str, default: Value | None = None) -> Value | None:  # type: ignore[override] # one form is enough
        """Answer as `__getitem__` does, or a default."""
        changed = self.changed
        return changed[key] if key in changed else self.below.get(key, default)

    def __contains__(self, key: object) -> bool:
        """Say whether there is such an entry."""
        return key in self.changed or key in self.below

    def __setitem__(self, key: str, value: Value) -> None:
        """Change an entry here, not below."""
        if self.changed is _NOTHING:
            self.changed = {}
        self.changed[key] = value

    def update(self, changed: Mapping[str, Value]) -> None:  # type: ignore[override] # one form is enough
        """Change many entries here, not below."""
        if self.changed is _NOTHING:
            self.changed = {}
        self.changed.update(changed)

    def __delitem__(self, key: str) -> NoReturn:
        """Refuse: what lies below could not be hidden."""
        raise TypeError("entries are never deleted")

    def __iter__(self) -> Iterator[str]:
        """Iterate over what lies below, then over what is new."""
        yield from self.below
        for key in self.changed:
            if key not in self.below:
                yield key

    def __len__(self) -> int:
        """Count the entries."""
        return len(self.below) + sum(key not in self.below for key in self.changed)
