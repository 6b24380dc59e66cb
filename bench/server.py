"""The real server in a process of its own, and what it costs: answers over HTTP, memory, and how long others wait."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import psutil

PATIENCE = 300.0
"""Seconds that one answer may take."""

_SETTINGS = {
    "OKR_LEDGER_PORT": "0",
    "OKR_LEDGER_LOG_LEVEL": "ERROR",
    "OKR_LEDGER_INTROSPECTION": "ANYBODY",
    "OKR_LEDGER_REQUEST_SECONDS": "300",
    "OKR_LEDGER_DATABASE_ACQUIRE_SECONDS": "300",
    "OKR_LEDGER_COST_BUDGET": "1000000000000",
}
_PROBE_PAUSE = 0.005
MEBIBYTE = 1 << 20

Content = dict[str, Any]


class RefusedError(Exception):
    """The server answered an operation with errors."""


@dataclass(slots=True)
class Server:
    """A server that is up; `memory_mib` is the most resident memory that was seen of it, in MiB."""

    address: str
    process: psutil.Process
    http: httpx.AsyncClient
    memory_mib: float = 0.0

    async def send(self, text: str, variables: Content, token: str) -> bytes:
        """Answer the body of an operation's answer."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/graphql-response+json"}
        response = await self.http.post("/graphql", json={"query": text, "variables": variables}, headers=headers)
        self.memory_mib = max(self.memory_mib, self.process.memory_info().rss / MEBIBYTE)
        return response.content

    async def run(self, text: str, variables: Content, token: str) -> Content:
        """Answer the data of an operation.

        Raises:
            RefusedError: it was answered with errors.
        """
        body = orjson.loads(await self.send(text, variables, token))
        if "errors" in body:
            raise RefusedError(body["errors"])
        data: Content = body["data"]
        return data

    async def longest_wait(self, work: Callable[[], Coroutine[Any, Any, object]]) -> float:
        """Answer how many seconds another request, which asks for nothing, waits at most while work is done."""
        longest, task = 0.0, asyncio.create_task(work())
        while not task.done():
            began = time.perf_counter()
            await self.http.get("/livez")
            longest = max(longest, time.perf_counter() - began)
            self.memory_mib = max(self.memory_mib, self.process.memory_info().rss / MEBIBYTE)
            await asyncio.sleep(_PROBE_PAUSE)
        await task
        return longest


@asynccontextmanager
async def running_server(database_url: str, *, keeps_answers: bool = True) -> AsyncIterator[Server]:
    """Serve a database for as long as the block runs; without `keeps_answers` every question is answered anew."""
    command = [sys.executable, "-m", "service.command_line", "serve"]
    keeping = {} if keeps_answers else {"OKR_LEDGER_KEPT_ANSWER_BYTES": "0"}
    environment = os.environ | _SETTINGS | keeping | {"DATABASE_URL": database_url}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)  # noqa: ASYNC220 - nothing else runs yet
    try:
        address = _address(process)
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as http:
            yield Server(address=address, process=psutil.Process(process.pid), http=http)
    finally:
        process.terminate()
        process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Serving "):
            return line.split()[1].removesuffix("/graphql")
    raise RuntimeError("the server did not start")
