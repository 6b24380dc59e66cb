"""Connections: one pool as the application's role, handed out for one organization at a time.

`Database.connection` is the only way to a pooled connection. The pool sends no reset when a connection comes
back, so a connection keeps the organization it last worked for, and going around that function would read
another tenant's rows.

To take from the pool and to give back costs three times what a short statement does. So a connection that nobody waits
for is held for the next use, best one for the same organization, and given back when it was not used for a while.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import asyncpg
import asyncpg.pool

from events.connection import Connection
from events.migrate import APPLICATION_ROLE
from service.tracing import note_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLimits:
    """Bounds of the pool and of what runs on it; times in seconds.

    `lock_seconds` bounds the wait for the head of an organization, `idle_in_transaction_seconds` how long a
    writer that has lost its program may hold one. `is_traced` makes a span of every statement.
    """

    min_connections: int = 1
    max_connections: int = 10
    acquire_seconds: float = 10.0
    connect_seconds: float = 10.0
    statement_seconds: float = 30.0
    lock_seconds: float = 5.0
    idle_in_transaction_seconds: float = 10.0
    is_traced: bool = False


_HELD_SECONDS = 10.0
"""For which a connection that is not used is held."""


class DatabaseBusyError(Exception):
    """No connection became free in time."""


class _TenantConnection(asyncpg.Connection):
    """A connection that knows for which organization it works; None when that is unknown."""

    working_for: str | None = ""

    async def work_for(self, organization_id: UUID | None) -> None:
        """Set the organization, with a round trip only when it is another one than before."""
        wanted = _setting(organization_id)
        if self.working_for != wanted:
            # Unknown until the server has answered: the request may be cancelled in between.
            self.note(None)
            await self.execute("select set_config('okr.organization', $1, false)", wanted)
            self.note(wanted)

    def note(self, setting: str | None) -> None:
        """Note for which organization it works; the pool's wrapper passes on calls, but nothing that is assigned to it."""
        self.working_for = setting


class Database:
    """The pool of one process. Use as an asynchronous context manager, or `open` and `close`."""

    def __init__(self, database_url: str, limits: DatabaseLimits | None = None) -> None:
        self._url = database_url
        self._limits = limits or DatabaseLimits()
        self._pool: asyncpg.pool.Pool[asyncpg.Record] | None = None
        # Longest unused first, with whether they were used since the last look; none of them is in the pool.
        self._held: dict[Any, bool] = {}
        self._waiting = 0
        self._giving_back: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open the pool."""
        await self.open()
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Close the pool."""
        await self.close()

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections there are, and how many of them are free; nothing before the pool is open."""
        return (0, 0) if self._pool is None else (self._pool.get_size(), self._pool.get_idle_size() + len(self._held))

    async def open(self) -> None:
        """Open the pool; the database must have been migrated."""
        limits = self._limits
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=limits.min_connections,
            max_size=limits.max_connections,
            timeout=limits.connect_seconds,
            # A network that swallows packets must not hold a writer for ever.
            command_timeout=limits.statement_seconds + limits.lock_seconds,
            connection_class=_TenantConnection,
            init=self._prepare,
            reset=_keep_settings,
            server_settings={
                "application_name": "okr-ledger",
                "timezone": "UTC",
                "statement_timeout": _milliseconds(limits.statement_seconds),
                "lock_timeout": _milliseconds(limits.lock_seconds),
                "idle_in_transaction_session_timeout": _milliseconds(limits.idle_in_transaction_seconds),
                # Compiling costs more than these short statements take.
                "jit": "off",
                # So does planning: a plan is made once for a connection, and not for each of the first executions.
                "plan_cache_mode": "force_generic_plan",
            },
        )

    async def _prepare(self, connection: Any) -> None:
        if self._limits.is_traced:
            connection.add_query_logger(note_statement)
        await connection.execute(f"set role {APPLICATION_ROLE}")

    async def close(self) -> None:
        """Close the pool, waiting for connections in use."""
        if self._pool is not None:
            if self._giving_back is not None:
                self._giving_back.cancel()
            await self._give_back(list(self._held))
            await self._pool.close()
            self._pool = None

    def connection(self, organization_id: UUID | None) -> AbstractAsyncContextManager[Connection]:
        """Hand out a connection that sees one organization's rows, or with None no organization's.

        Raises:
            DatabaseBusyError: none became free in time.
        """
        return self._handed_out(organization_id, is_set=True)

    @asynccontextmanager
    async def unset_connection(self, organization_id: UUID) -> AsyncGenerator[Connection]:
        """Hand out a connection that sees any organization's rows: the first statement on it must set this one by itself.

        It saves the round trip of setting it; for `events.store.write_if_unmoved` and nothing else.

        Raises:
            DatabaseBusyError: none became free in time.
        """
        async with self._handed_out(organization_id, is_set=False) as connection:
            # Unknown until the statement has succeeded: when it fails, what it has set is undone.
            _tenant(connection).note(None)
            yield connection
            _tenant(connection).note(_setting(organization_id))

    @asynccontextmanager
    async def _handed_out(self, organization_id: UUID | None, *, is_set: bool) -> AsyncGenerator[Connection]:
        if self._pool is None:
            raise RuntimeError("the database is not open")
        pooled = await self._taken(self._pool, organization_id)
        try:
            if is_set:
                await _tenant(pooled).work_for(organization_id)
            yield pooled
        except (OSError, TimeoutError, asyncpg.InternalClientError):
            # The driver may not have noticed yet that this connection is of no use any more.
            with suppress(asyncpg.InterfaceError):
                pooled.terminate()
            raise
        finally:
            await self._release(pooled)

    async def _release(self, pooled: Any) -> None:
        if self._pool is None:
            return
        # The pool has taken back a connection that was lost, and its wrapper then answers nothing but errors,
        # which must not take the place of the error that told of the loss.
        with suppress(asyncpg.InterfaceError):
            # A transaction left open would be continued by the next user, with the rows it has locked.
            if pooled.is_in_transaction():
                pooled.terminate()
            if not self._waiting and not pooled.is_closed():
                self._hold(pooled)
                return
        await self._pool.release(pooled)

    # --- holding

    async def _taken(self, pool: Any, organization_id: UUID | None) -> Any:
        """Answer a connection that was held, best for the organization, or one of the pool."""
        wanted = _setting(organization_id)
        while self._held:
            usable = (each for each in reversed(self._held) if not _is_lost(each))
            of_it = (each for each in usable if _tenant(each).working_for == wanted)
            pooled = next(of_it, None) or next(iter(self._held))
            del self._held[pooled]
            if not _is_lost(pooled):
                return pooled
            await pool.release(pooled)
        self._waiting += 1
        try:
            return await pool.acquire(timeout=self._limits.acquire_seconds)
        except TimeoutError as error:
            raise DatabaseBusyError("no database connection became free in time") from error
        finally:
            self._waiting -= 1

    def _hold(self, pooled: Any) -> None:
        self._held[pooled] = True
        if self._giving_back is None or self._giving_back.done():
            self._giving_back = asyncio.create_task(self._give_back_unused())

    async def _give_back_unused(self) -> None:
        while self._held:
            self._held = dict.fromkeys(self._held, False)
            await asyncio.sleep(_HELD_SECONDS)
            await self._give_back([each for each, is_used in self._held.items() if not is_used])

    async def _give_back(self, several: list[Any]) -> None:
        for each in several:
            del self._held[each]
        for each in several:
            if self._pool is not None:
                await self._pool.release(each)


@asynccontextmanager
async def owner_connection(database_url: str) -> AsyncGenerator[Connection]:
    """Open a connection with the rights of the URL's user: for migrations, rebuilds, verification, exports."""
    connection = await asyncpg.connect(database_url, server_settings={"timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()


def _is_lost(pooled: Any) -> bool:
    """Say whether a connection was closed; the pool takes it back then, and its wrapper answers nothing but errors."""
    try:
        return bool(pooled.is_closed())
    except asyncpg.InterfaceError:
        return True


def _setting(organization_id: UUID | None) -> str:
    return "" if organization_id is None else str(organization_id)


def _tenant(pooled: Any) -> _TenantConnection:
    # The pool wraps the connection that it was told to make; the wrapper forwards what it does not know.
    tenant: _TenantConnection = pooled
    return tenant


async def _keep_settings(connection: Any) -> None:
    """Send no reset: it would cost a round trip for each use, and undo the role."""
    del connection


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
