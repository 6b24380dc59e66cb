"""The server process: uvicorn around the application, ended gracefully by SIGTERM or SIGINT."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.garbage import search_seldom
from service.settings import Settings


class Server(uvicorn.Server):
    """A server that says when and where it is ready, for port 0 takes a free one."""

    def __init__(self, app: ASGIApp, settings: Settings, on_ready: Callable[[str], None] | None = None) -> None:
        """Take what to serve; `on_ready` gets the address, such as `http://127.0.0.1:8000`, once requests are taken."""
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http=_protocol(settings.header_seconds),
                ws="none",
                lifespan="on",
                # The requests are logged by the application, under their ids.
                access_log=False,
                log_config=None,
                server_header=False,
                limit_concurrency=settings.connections,
                timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and tell so."""
        await super().startup(sockets)
        if self.started and self._on_ready is not None:
            self._on_ready(self._address())

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """End gracefully on a signal and leave it at that: the caller has things of its own to end."""
        with super().capture_signals():
            try:
                yield
            finally:
                # What is left here would be raised again and kill the process.
                self._captured_signals.clear()

    def _address(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        # What listens on all addresses is reached on this machine's own.
        reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, str(host))  # noqa: S104 - it is bound already
        return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _protocol(header_seconds: float) -> type[HttpToolsProtocol]:
    """Answer a protocol that closes connections which do not begin a request, or do not end its headers, in time.

    The server itself bounds only the pause between two requests of one connection.
    """

    class ImpatientProtocol(HttpToolsProtocol):
        _headers_due: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the base class
            super().connection_made(transport)
            self._wait_for_headers()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._wait_for_headers()

        def on_headers_complete(self) -> None:
            self._stop_waiting()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def _wait_for_headers(self) -> None:
            self._stop_waiting()
            self._headers_due = self.loop.call_later(header_seconds, self._give_up)

        def _stop_waiting(self) -> None:
            if self._headers_due is not None:
                self._headers_due.cancel()
                self._headers_due = None

        def _give_up(self) -> None:
            if not self.transport.is_closing():
                self.transport.close()

    return ImpatientProtocol


def serve(app: ASGIApp, settings: Settings, on_ready: Callable[[str], None] | None = None) -> bool:
    """Serve until a signal ends it; False when it could not start."""
    server = Server(app, settings, on_ready)
    search_seldom()
    server.run()
    return server.started
