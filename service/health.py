"""Health: whether the process lives, and whether it can do its work now."""

import asyncio

import asyncpg
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from events.migrate import is_migrated
from service.database import Database, DatabaseBusyError

_log = structlog.get_logger()
_SECONDS = 5.0
_HEADERS = {"Cache-Control": "no-store"}
_UNREACHABLE = (DatabaseBusyError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def live(request: Request) -> Response:
    """Answer 200 as long as the process serves requests at all: restarting would not mend anything else."""
    del request
    return JSONResponse({"status": "live"}, headers=_HEADERS)


class Readiness:
    """Answers 200 when requests can be served, else 503 with what is missing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(self, request: Request) -> Response:
        """Ask the database, within a few seconds."""
        del request
        try:
            async with asyncio.timeout(_SECONDS), self._database.connection(None) as connection:
                is_current = await is_migrated(connection)
        except _UNREACHABLE as error:
            _log.warning("not ready", exc_info=error)
            return _missing("the database does not answer")
        return JSONResponse({"status": "ready"}, headers=_HEADERS) if is_current else _missing("the database is not migrated")


def _missing(reason: str) -> Response:
    return JSONResponse({"status": "unavailable", "reason": reason}, status_code=503, headers=_HEADERS)
