"""Servers of peers, each in a process of its own."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

from tests.support.javascript import environment


@dataclass(frozen=True, slots=True)
class PeerServer:
    """A server that is up."""

    address: str
    process: psutil.Process


@asynccontextmanager
async def running_peer(command: list[str]) -> AsyncIterator[PeerServer]:
    """Let a server run for as long as the block does; its first line says where it serves.

    Raises:
        RuntimeError: it did not start.
    """
    variables = environment() | {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=variables)
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        if not line.startswith("Serving "):
            raise RuntimeError(f"{command[-2]} did not start")
        yield PeerServer(address=line.split()[1], process=psutil.Process(process.pid))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
