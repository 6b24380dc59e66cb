"""Figures that nobody's request brings along: the state of the logs in the database, and the lag of the event loop."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from service.database import Database

_log = structlog.get_logger()

# Answers the state of the logs of all organizations.
_FIGURES = (
    "select organizations, events, unverified_events, unverified_seconds, logs_with_problems from okr_ledger.log_figures()"
)

_LAG_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFigures:
    """The state of the logs together; `unverified_seconds` is how long the oldest unverified part has been so, at most."""

    organizations: int = 0
    events: int = 0
    unverified_events: int = 0
    unverified_seconds: float = 0.0
    logs_with_problems: int = 0


class Figures:
    """Reads the figures of the logs from time to time, and tells `observe_lag` how late the event loop is, in seconds."""

    def __init__(self, database: Database, pause_seconds: float, observe_lag: Callable[[float], None]) -> None:
        self._database = database
        self._pause_seconds = pause_seconds
        self._observe_lag = observe_lag
        self.logs = LogFigures()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Measure as long as the process runs."""
        await self._read()
        tasks = [
            asyncio.create_task(self._read_for_ever(), name="reader of figures"),
            asyncio.create_task(self._measure_lag(), name="lag of the event loop"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _read_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._pause_seconds)
            await self._read()

    async def _read(self) -> None:
        try:
            async with self._database.connection(None) as connection:
                row = await connection.fetchrow(_FIGURES)
            if row is not None:
                self.logs = LogFigures(**dict(row))
        except Exception as error:  # noqa: BLE001 - the next time it may work
            _log.warning("the figures of the logs cannot be read now", error=repr(error))

    async def _measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_SECONDS
            await asyncio.sleep(_LAG_SECONDS)
            self._observe_lag(max(0.0, loop.time() - due))
