"""One line of JSON for each request, under an id that the response and every error carry too.

Logged are the method, path, status, duration and what the endpoint notes (operation, organization, actor, token, codes of
errors and refusals);
never a header, a variable or the text of a document: they hold secrets and what people wrote. So do the paths of a
file and of a calendar, of which nothing is logged behind their beginning.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.graphql_errors import classify, formatted
from service.tracing import describe_request, request_span

_log = structlog.get_logger()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_CLIENT_GONE = 499
_SECRET_PATH = re.compile(r"(/+(?:exports|calendar)/).*", re.DOTALL | re.IGNORECASE)

_SECURITY_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
"""Of every response that does not bring its own, as the page for browsers does."""


def configure_logging(level: str) -> None:
    """Write everything of at least `level` (such as INFO) to standard error, one JSON object in a line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def note(request: Request, **facts: object) -> None:
    """Add facts to the line of a request; None adds nothing."""
    noted: dict[str, object] = request.scope["state"]["noted"]
    noted.update({name: fact for name, fact in facts.items() if fact is not None})


def request_id_of(request: Request) -> str:
    """Answer the id under which a request is logged: the client's own, where it sent a plain one."""
    request_id: str = request.scope["state"]["request_id"]
    return request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRequest:
    """How a request ended: what was noted of it, and the address of whoever asked, as far as the server knows it."""

    path: str
    status: int
    seconds: float
    noted: Mapping[str, Any]
    address: str | None = None


class RequestLog:
    """The outermost layer: ids, security headers, the log, and an answer to what nobody caught.

    `observe` gets every request when it has ended.
    """

    def __init__(self, app: ASGIApp, observe: Callable[[AnsweredRequest], None]) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and log how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        state: dict[str, Any] = {**scope.get("state", {}), "request_id": request_id, "noted": {}}
        scope["state"] = state
        answered = _Answered(send, request_id)
        started = time.perf_counter()
        with request_span(scope) as span:
            try:
                await self._app(scope, receive, answered.send)
            except ClientDisconnect:
                answered.status = answered.status or _CLIENT_GONE
            except Exception as error:  # noqa: BLE001 - the outermost edge: a request must not end the connection
                await answered.fail(error)
            finally:
                seconds = time.perf_counter() - started
                path, noted = _SECRET_PATH.sub(r"\1*", scope["path"]), state["noted"]
                facts = {"request_id": request_id, "method": scope["method"], "path": path, "status": answered.status, **noted}
                describe_request(span, facts)
                _log.info("request", milliseconds=round(seconds * 1000, 1), **facts)
                self._observe(
                    AnsweredRequest(path=path, status=answered.status, seconds=seconds, noted=noted, address=_address(scope))
                )


def _address(scope: Scope) -> str | None:
    client = scope.get("client")
    return None if client is None else str(client[0])


class _Answered:
    """What was sent of a response so far; status 0 is nothing."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: list[tuple[bytes, bytes]] = message["headers"]
            # Their names come in lower case.
            brought = {name for name, _ in headers}
            missing = [each for each in _SECURITY_HEADERS if each[0] not in brought]
            message["headers"] = [*headers, (b"x-request-id", self._request_id.encode()), *missing]
        await self._send(message)

    async def fail(self, error: Exception) -> None:
        refused = classify(error, self._request_id)
        if self.status:
            return  # the client sees a response that breaks off
        body = orjson.dumps({"errors": [formatted(refused, self._request_id)]})
        headers = [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()
