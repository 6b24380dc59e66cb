"""The server process: uvicorn around the application, ended gracefully by SIGTERM or SIGINT."""

import contextlib
import gc
import socket
from collections.abc import Callable, Generator

import uvicorn
from starlette.types import ASGIApp

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
                http="httptools",
                ws="none",
                lifespan="on",
                # The requests are logged by the application, under their ids.
                access_log=False,
                log_config=None,
                server_header=False,
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


def serve(app: ASGIApp, settings: Settings, on_ready: Callable[[str], None] | None = None) -> bool:
    """Serve until a signal ends it; False when it could not start."""
    server = Server(app, settings, on_ready)
    # The types of the schema live as long as the process. Looking through them for garbage, again and again, would hold
    # every request up for a fifth of a second.
    gc.collect()
    gc.freeze()
    server.run()
    return server.started
