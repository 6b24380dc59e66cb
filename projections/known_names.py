"""Names of people that are remembered for as long as nothing is written, and for some seconds at most, with what opens them.

Erasing a person is an event, and the transaction that records it deletes the key; so what was read after a head of the log was
pinned holds for whoever has pinned the same.
"""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

Name = tuple[str, str]
"""A name and an address."""


@dataclass(slots=True)
class Names:
    """What is known as of one head: `keys` by person, None for who is erased, and what they `opened` by the sealed text."""

    head_position: int = 0
    keys: dict[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    opened: dict[str, Name | None] = field(default_factory=dict[str, "Name | None"])


class KnownNames:
    """The names that one process knows, of every organization as of the newest head; 0 seconds remember none."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._organizations: dict[UUID, Names] = {}

    def at(self, organization_id: UUID, head_position: int) -> Names:
        """Answer what is known as of a head, to be added to."""
        known = self._organizations.get(organization_id)
        if known is None or known.head_position < head_position:
            known = Names(head_position)
            if self._seconds:
                self._organizations[organization_id] = known
                asyncio.get_running_loop().call_later(self._seconds, self._forget, organization_id, known)
        return known if known.head_position == head_position else Names(head_position)

    def _forget(self, organization_id: UUID, known: Names) -> None:
        if self._organizations.get(organization_id) is known:
            del self._organizations[organization_id]
