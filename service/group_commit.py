"""Batches that rest on a known head, sent to the database: small ones of several organizations together.

Of an act that is alone in its batch most is what every transaction costs: a connection, a round trip, a commit. So the small
batches that come while others are written share the next transaction (group commit). It is a transaction of several tenants,
but each part of it works for one, and row-level security holds for that one alone.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from events.connection import Connection
from events.store import KnownBatch, write_if_unmoved
from service.database import Database
from service.failure import was_rolled_back

TRANSACTIONS = 2
"""So many are under way at once: while one is written, the answers of the other are followed by the next acts."""
BATCHES = 16
"""So many batches share a transaction at most: all wait for the last of them, and others for their heads."""


class AnswerLostError(Exception):
    """The connection was lost before the answer: what was sent may have been written."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A batch with its future, which is cancelled when the writer is stopped; `context` has the span of the batch."""

    batch: KnownBatch
    future: "asyncio.Future[datetime | None]"
    context: Context

    def settle(self, written_at: datetime | None) -> None:
        if not self.future.done():
            self.future.set_result(written_at)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class GroupCommit:
    """Gathers the small batches of one process while transactions are under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._senders: set[asyncio.Task[None]] = set()

    def write(self, batch: KnownBatch) -> "asyncio.Future[datetime | None]":
        """Write a batch, with others that wait; answers and errors are those of `send`, and of handing out a connection."""
        waiting = _Waiting(batch=batch, future=asyncio.get_running_loop().create_future(), context=copy_context())
        self._waiting.append(waiting)
        self._begin()
        return waiting.future

    async def stop(self) -> None:
        """Give up what is under way; whoever waits for it must have been stopped before."""
        self._waiting.clear()
        for sender in self._senders:
            sender.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)

    def _begin(self) -> None:
        """Send what waits when the loop comes to it: until then others may join."""
        if self._waiting and len(self._senders) < TRANSACTIONS:
            sender = asyncio.create_task(self._send_next(), context=self._waiting[0].context)
            self._senders.add(sender)
            sender.add_done_callback(self._ended)

    def _ended(self, sender: asyncio.Task[None]) -> None:
        self._senders.discard(sender)
        self._begin()

    async def _send_next(self) -> None:
        if self._waiting:
            await self._send(self._group())

    def _group(self) -> list[_Waiting]:
        """Take batches for the tables of one generation."""
        group = [self._waiting.popleft()]
        generation = group[0].batch.known.generation
        while self._waiting and len(group) < BATCHES and self._waiting[0].batch.known.generation == generation:
            group.append(self._waiting.popleft())
        return group

    async def _send(self, group: Sequence[_Waiting]) -> None:
        batches = [each.batch for each in group]
        try:
            async with self._database.unset_connection(batches[-1].known.head.organization_id) as connection:
                answers = await send(connection, batches)
        except Exception as error:  # noqa: BLE001 - told to whoever waits
            if len(group) > 1 and was_rolled_back(error):
                # One of them is refused: alone it harms no other.
                for each in group:
                    await self._send([each])
            else:
                for each in group:
                    each.fail(error)
        else:
            for each, written_at in zip(group, answers, strict=True):
                each.settle(written_at)


async def send(connection: Connection, batches: Sequence[KnownBatch]) -> list[datetime | None]:
    """Write batches on a connection that works for any organization; answers those of `write_if_unmoved`.

    Raises:
        AnswerLostError: the connection was lost before the answer.
    """
    try:
        return await write_if_unmoved(connection, batches)
    except Exception as error:
        if was_rolled_back(error):
            raise
        # Whatever is still under way on it, the look-up must not be the next to use it.
        with contextlib.suppress(asyncpg.InterfaceError):
            connection.terminate()
        raise AnswerLostError from error
