"""Keys of people that are remembered for as long as nothing is written, and for some seconds at most.

Erasing a person is an event, and the transaction that records it deletes the key; so what was read after a head of the log was
pinned holds for whoever has pinned the same.
"""

import asyncio
from collections.abc import Mapping
from uuid import UUID

Keys = dict[str, bytes | None]
"""Keys by person; None for who is erased."""


class KnownKeys:
    """The keys that one process knows, of every organization as of the newest head; 0 seconds remember none."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._organizations: dict[UUID, tuple[int, Keys]] = {}

    def at(self, organization_id: UUID, head_position: int) -> Mapping[str, bytes | None]:
        """Answer the keys that are known as of a head."""
        known = self._organizations.get(organization_id)
        return known[1] if known is not None and known[0] == head_position else {}

    def learn(self, organization_id: UUID, head_position: int, keys: Mapping[str, bytes | None]) -> None:
        """Remember keys that were read after a head was pinned."""
        if not self._seconds:
            return
        known = self._organizations.get(organization_id)
        if known is None or known[0] < head_position:
            known = self._organizations[organization_id] = head_position, {}
            asyncio.get_running_loop().call_later(self._seconds, self._forget, organization_id, head_position)
        if known[0] == head_position:
            known[1].update(keys)

    def _forget(self, organization_id: UUID, head_position: int) -> None:
        known = self._organizations.get(organization_id)
        if known is not None and known[0] == head_position:
            del self._organizations[organization_id]
