"""Answers of queries that are kept until something changes: the log, the read models, or the clock's tick.

Whatever an answer depends on is part of its key, so that none can be stale: the operation and its variables, who asks and what
they may see, and the state of the organization that the request has read at its start. What an answer takes from outside the
log is not kept at all (`Context.reads_the_log_alone`). Several processes need to know nothing of each other.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the answers to one organization's requests have in common as long as nothing changes."""

    organization_id: UUID
    generation: int
    position: int
    read_at: datetime


@dataclass(slots=True)
class _Kept:
    state: State
    answers: dict[Hashable, bytes] = field(default_factory=dict[Hashable, bytes])
    held: int = 0


class KeptAnswers:
    """The answers of one process, of every organization those to its newest state; the least asked ones go first.

    `bytes_` bounds what is held; 0 keeps nothing. What is over is forgotten after `seconds`, though nobody asks again: it may
    hold a name that has been erased since.
    """

    def __init__(self, bytes_: int, seconds: float) -> None:
        self._bytes = bytes_
        self._seconds = seconds
        self._held = 0
        self._organizations: OrderedDict[UUID, _Kept] = OrderedDict()
        self._making: dict[tuple[State, Hashable], asyncio.Future[None]] = {}

    @property
    def held(self) -> int:
        """How many bytes of answers are held."""
        return self._held

    def find(self, state: State, key: Hashable) -> bytes | None:
        """Answer what was kept for a key in this very state."""
        kept = self._organizations.get(state.organization_id)
        if kept is None or kept.state != state:
            return None
        self._organizations.move_to_end(state.organization_id)
        return kept.answers.get(key)

    def keep(self, state: State, key: Hashable, answer: bytes) -> None:
        """Keep an answer, instead of all that were given in an earlier state."""
        if len(answer) > self._bytes:
            return
        kept = self._organizations.get(state.organization_id)
        if kept is not None and kept.state != state:
            if _age(state) < _age(kept.state):
                return  # it took so long that others have read a newer state meanwhile
            self._forget(kept)
            kept = None
        if kept is None:
            kept = self._organizations[state.organization_id] = _Kept(state)
            asyncio.get_running_loop().call_later(self._seconds, self._forget, kept)
        self._count(kept, len(answer) - len(kept.answers.pop(key, b"")))
        kept.answers[key] = answer
        while self._held > self._bytes:
            self._forget_one()

    @asynccontextmanager
    async def making(self, state: State, key: Hashable) -> AsyncGenerator[None]:
        """Wait for a request that is making the same answer at this very moment; otherwise let others wait for this one.

        Whoever has waited looks again: what was made may be none to keep, or its request may have been given up.
        """
        making = self._making.get((state, key))
        if making is not None:
            await asyncio.shield(making)
            yield
            return
        making = self._making[state, key] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            del self._making[state, key]
            making.set_result(None)

    def _forget_one(self) -> None:
        least = next(iter(self._organizations.values()))
        self._count(least, -len(least.answers.pop(next(iter(least.answers)))))
        if not least.answers:
            self._forget(least)

    def _forget(self, kept: _Kept) -> None:
        if self._organizations.get(kept.state.organization_id) is kept:
            del self._organizations[kept.state.organization_id]
            self._held -= kept.held

    def _count(self, kept: _Kept, size: int) -> None:
        kept.held += size
        self._held += size


def _age(state: State) -> tuple[int, int, datetime]:
    return state.generation, state.position, state.read_at
