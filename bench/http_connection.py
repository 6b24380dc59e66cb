"""A connection that costs a client next to nothing, for requests are sent from the cores that the server runs on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

_OK = b"HTTP/1.1 200 "
_LENGTH = b"content-length:"


class UnexpectedAnswerError(Exception):
    """The server answered something that is not measured here."""


@dataclass(slots=True)
class HttpConnection:
    """One connection that is kept alive, and opened again where the server has closed it; one request at a time."""

    address: str
    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, address: str) -> "HttpConnection":
        """Connect to the server of a URL."""
        return cls(address, urlsplit(address).netloc, *await _opened(address))

    def graphql(self, text: str, variables: dict[str, Any], token: str | None = None) -> bytes:
        """Answer the bytes of a request for an operation."""
        body = orjson.dumps({"query": text, "variables": variables})
        head = f"POST /graphql HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
        head += "Accept: application/graphql-response+json, application/json\r\n"
        head += "" if token is None else f"Authorization: Bearer {token}\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async def send(self, request: bytes) -> bytes:
        """Send a request and answer the body of the answer.

        Raises:
            UnexpectedAnswerError: it has another status than 200, or no length.
        """
        try:
            head = await self._head(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            # It was idle for longer than the server keeps connections.
            self.reader, self.writer = await _opened(self.address)
            head = await self._head(request)
        lengths = [line[len(_LENGTH) :] for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH)]
        if not lengths:
            raise UnexpectedAnswerError(head.decode())
        body = await self.reader.readexactly(int(lengths[0]))
        if not head.startswith(_OK):
            raise UnexpectedAnswerError((head + body).decode())
        return body

    async def _head(self, request: bytes) -> bytes:
        self.writer.write(request)
        return await self.reader.readuntil(b"\r\n\r\n")

    async def close(self) -> None:
        """Close it."""
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


async def _opened(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(address)
    return await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 24)


@asynccontextmanager
async def connected(address: str, clients: int) -> AsyncIterator[list[HttpConnection]]:
    """Answer a connection for each client, closed at the end."""
    async with AsyncExitStack() as stack:
        connections: list[HttpConnection] = []
        for _ in range(clients):
            connections.append(await HttpConnection.to(address))
            stack.push_async_callback(connections[-1].close)
        yield connections
