"""Statistics of a database that is being filled.

PostgreSQL renews them by itself about once a minute. Until then it plans as for empty tables, and what should look up a
row reads them all: an import would slow down with every act, and what is read right after it as well.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from events.connection import Connection
from projections.generation import analyze, generations_in_use
from service.database import owner_connection

FIRST_EVENTS = 1_000
"""The tables are analyzed after so many events, and again whenever these have doubled, and at the end."""

_LOG_TABLES = ("event", "command", "person_key")


@asynccontextmanager
async def growing_statistics(database_url: str) -> AsyncGenerator[Callable[[int], None]]:
    """Keep the statistics up while a block writes; it is told how many events were written so far.

    The URL is the owner's.
    """
    async with owner_connection(database_url) as connection:
        growing = _Growing(connection)
        try:
            yield growing.follow
        finally:
            # What is in the log stays there, even if the block has failed.
            await growing.finish()


class _Growing:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._events = 0
        self._next = FIRST_EVENTS
        self._running: asyncio.Task[None] | None = None

    def follow(self, events: int) -> None:
        self._events = events
        if events >= self._next and (self._running is None or self._running.done()):
            self._next = 2 * events
            self._running = asyncio.create_task(self._analyze())

    async def finish(self) -> None:
        if self._running is not None:
            await self._running
        if self._events:
            await self._analyze()

    async def _analyze(self) -> None:
        for table in _LOG_TABLES:
            await self._connection.execute(f"analyze okr_ledger.{table}")
        for generation in await generations_in_use(self._connection):
            await analyze(self._connection, generation)
