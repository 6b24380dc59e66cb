"""Names of people that are remembered, with the keys that open them, for some seconds and as long as nobody else writes.

Erasing a person is an event, and the transaction that records it deletes the key. So a key that was read after a head of the
log was pinned holds for whoever has pinned the same, and a later one if it is known what was written in between.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

Name = tuple[str, str]
"""A name and an address."""


@dataclass(slots=True)
class _Names:
    """What is known as of heads from `since` to `head_position`: keys by person, and what they opened by the sealed text."""

    since: int
    head_position: int
    keys: dict[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    opened: dict[str, Name | None] = field(default_factory=dict[str, "Name | None"])


class KnownNames:
    """The names that one process knows; 0 seconds remember none."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._organizations: dict[UUID, _Names] = {}

    def keys(self, organization_id: UUID, head_position: int) -> Mapping[str, bytes | None]:
        """Answer the keys that are known as of a head, by person; None for who is erased."""
        known = self._organizations.get(organization_id)
        return known.keys if known is not None and known.since <= head_position <= known.head_position else {}

    def opened(self, organization_id: UUID) -> dict[str, Name | None]:
        """Answer the names that were opened already, by the sealed texts, to be added to."""
        known = self._organizations.get(organization_id)
        return {} if known is None else known.opened

    def learn(self, organization_id: UUID, head_position: int, keys: Mapping[str, bytes | None]) -> None:
        """Remember keys that were read by who had pinned a head; nothing if there is a later one."""
        if not self._seconds:
            return
        known = self._organizations.get(organization_id)
        if known is None or known.head_position < head_position:
            known = self._organizations[organization_id] = _Names(head_position, head_position)
            asyncio.get_running_loop().call_later(self._seconds, self._forget, organization_id, known)
        if known.head_position == head_position:
            known.keys.update(keys)

    def note(self, organization_id: UUID, before: int, head_position: int, changed: Collection[str]) -> None:
        """Take note of all things that this process has changed by writing between two heads, people among them."""
        known = self._organizations.get(organization_id)
        if known is not None and known.head_position == before:
            known.head_position = head_position
            for person_id in known.keys.keys() & changed:
                del known.keys[person_id]

    def _forget(self, organization_id: UUID, known: _Names) -> None:
        if self._organizations.get(organization_id) is known:
            del self._organizations[organization_id]
