"""The folded states of one organization in memory, and how they keep up with the log.

They belong to one (position, hash). What another process has written is folded only when it chains from
that hash; anything else, a restored backup for one, means that the fold is not one of this log: it is
forgotten and made anew. So it is after an event was redacted: what is blanked in the log must not be written again
from memory.
"""

from collections.abc import Sequence
from uuid import UUID

from events.chain import Head, continues, genesis_hash
from events.codec import decode
from events.envelope import RecordedEvent
from events.event import Event
from events.facts import Facts
from events.folding import apply
from events.store import TAIL_LIMIT, read_events, read_head
from service.database import Database
from service.garbage import keep_out


class BrokenLogError(Exception):
    """The stored events do not chain from the very beginning; `verify` tells where."""


class FoldedLog:
    """One organization's facts; `facts` changes only after a commit."""

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id
        self.facts = _empty_facts(organization_id)
        self._redacted: int | None = None

    @property
    def position(self) -> int:
        """The newest position that is folded."""
        return self.facts.position

    def forget(self) -> None:
        """Begin again at the empty log."""
        self.facts = _empty_facts(self.organization_id)

    def reach(self, head: Head, redacted: int, tail: Sequence[RecordedEvent]) -> bool:
        """Fold a tail up to a head; False when the facts do not belong to the head even so.

        `redacted` tells what was redacted until now from what was when the facts were folded.
        """
        if redacted != self._redacted:
            is_new = self._redacted is None
            self._redacted = redacted
            if not is_new:
                self.forget()
                return head.position == 0
        if tail and not self._fold(tail):
            self.forget()
        if self.position >= head.position and self.facts.hash != head.hash:
            self.forget()
        return self.facts.position == head.position and self.facts.hash == head.hash

    async def catch_up(self, database: Database) -> None:
        """Fold what the log has more, in pages and without a lock, until what is left fits under one."""
        async with database.connection(self.organization_id) as connection:
            head = await read_head(connection, self.organization_id)
        while head is not None and head.position - self.position > TAIL_LIMIT // 2:
            # A connection for each page: a long log must not keep one from the others.
            async with database.connection(self.organization_id) as connection:
                page = await read_events(connection, self.organization_id, self.position, TAIL_LIMIT)
            if not page:
                break
            if not self._fold(page):
                self.forget()
            keep_out()
        # Of a long log this takes long as well.
        self.facts.rolled_up.settle()

    def _fold(self, events: Sequence[RecordedEvent]) -> bool:
        if not continues(self.position, self.facts.hash, events):
            if self.position == 0:
                # There is nothing left to forget, and trying again would never end.
                raise BrokenLogError(f"the log of {self.organization_id} does not chain")
            return False
        try:
            for recorded in events:
                fold_event(self.facts, recorded)
        except Exception:
            self.forget()  # half an event may have been folded
            raise
        return True


def fold_event(facts: Facts, recorded: RecordedEvent) -> None:
    """Fold one stored event into facts."""
    event = decoded(recorded)
    if event is None:
        # Redacted: its place is taken, its content is nobody's to know.
        facts.stream_versions[recorded.stream_id] = recorded.stream_version
    else:
        apply(facts, event, recorded.occurrence)
    facts.position, facts.hash = recorded.position, recorded.hash


def decoded(recorded: RecordedEvent) -> Event | None:
    """Return the event in a stored row, or None when it was redacted."""
    if recorded.data is None:
        return None
    return decode(recorded.type, recorded.schema_version, recorded.data)


def _empty_facts(organization_id: UUID) -> Facts:
    facts = Facts(organization_id)
    facts.hash = genesis_hash(organization_id)
    return facts
