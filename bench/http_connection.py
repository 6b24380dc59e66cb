"""A connection that costs a client next to nothing, for requests are sent from the cores that the server runs on."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

_OK = b"HTTP/1.1 200 "
_LENGTH = b"content-length:"


class UnexpectedAnswerError(Exception):
    """The server answered something that is not measured here."""


@dataclass(frozen=True, slots=True)
class HttpConnection:
    """One connection that is kept alive; one request at a time."""

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, address: str) -> "HttpConnection":
        """Connect to the server of a URL."""
        parts = urlsplit(address)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 24)
        return cls(parts.netloc, reader, writer)

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
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lengths = [line[len(_LENGTH) :] for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH)]
        if not lengths:
            raise UnexpectedAnswerError(head.decode())
        body = await self.reader.readexactly(int(lengths[0]))
        if not head.startswith(_OK):
            raise UnexpectedAnswerError((head + body).decode())
        return body

    async def close(self) -> None:
        """Close it."""
        self.writer.close()
        await self.writer.wait_closed()
