"""Processor time: what the process of a server and the backends of PostgreSQL have used."""

import asyncio

import asyncpg
import psutil


class Processor:
    """Reads how long a server and its database have computed, in milliseconds since they began.

    `server` may have children, whose time counts as well; `postmaster` is None where PostgreSQL runs on another machine.
    """

    def __init__(self, server: psutil.Process | None, postmaster: psutil.Process | None) -> None:
        self._server = server
        self._postmaster = postmaster

    def server_ms(self) -> float | None:
        """Answer the time of the server."""
        return None if self._server is None else _tree_ms(self._server)

    def database_ms(self) -> float | None:
        """Answer the time of all backends, of those as well that have ended."""
        return None if self._postmaster is None else _tree_ms(self._postmaster)


async def find_postmaster(database_url: str) -> psutil.Process | None:
    """Answer the process whose children are the backends, None where it is on another machine."""
    connection = await asyncpg.connect(database_url)
    try:
        pid = await connection.fetchval("select pg_backend_pid()")
        backend = await asyncio.to_thread(psutil.Process, pid)
        return backend.parent() if "postgres" in backend.name() else None
    except psutil.NoSuchProcess:
        return None
    finally:
        await connection.close()


def _tree_ms(root: psutil.Process) -> float:
    total = _own_ms(root)
    for child in root.children(recursive=True):
        try:
            total += _own_ms(child)
        except psutil.NoSuchProcess:
            # It has just ended, and its parent has its time.
            continue
    return total


def _own_ms(process: psutil.Process) -> float:
    """Answer the time of a process and of its children that have ended."""
    times = process.cpu_times()
    return (times.user + times.system + times.children_user + times.children_system) * 1_000
