"""Traces for OpenTelemetry: a span for each request, each batch of the write path and each statement.

A batch serves several requests, so it begins a trace of its own with links to theirs. Spans hold the texts of statements and
names of operations, never a value, a header or a text that somebody wrote.
"""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from asyncpg.connection import LoggedQuery
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import Scope

_NANOSECONDS = 1_000_000_000
_SERVER_ERROR = 500
_ATTRIBUTES = {
    "method": "http.request.method",
    "path": "url.path",
    "status": "http.response.status_code",
    "operation": "graphql.operation.name",
    "kind": "graphql.operation.type",
    "request_id": "okr_ledger.request_id",
    "organization": "okr_ledger.organization",
    "errors": "okr_ledger.errors",
}

_tracer = trace.get_tracer("okr_ledger")
_propagator = TraceContextTextMapPropagator()


@contextmanager
def request_span(scope: Scope) -> Generator[Span]:
    """Open the span of a request, which goes on the trace that its header `traceparent` names; without a collector none."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        yield trace.INVALID_SPAN
        return
    parent = _propagator.extract(Headers(scope=scope))
    with _tracer.start_as_current_span(scope["method"], parent, kind=SpanKind.SERVER) as span:
        yield span


def describe_request(span: Span, facts: Mapping[str, Any]) -> None:
    """Tell a span how its request ended: by what the log says of it."""
    if not span.is_recording():
        return
    kind, operation = facts.get("kind"), facts.get("operation")
    span.update_name(f"{facts['method']} {facts['path']}" if kind is None else f"{kind} {operation or 'unnamed'}")
    span.set_attributes({name: facts[fact] for fact, name in _ATTRIBUTES.items() if facts.get(fact) is not None})
    if facts["status"] >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR)


def current_span() -> SpanContext:
    """Answer the span that is open now, for a batch to link to."""
    return trace.get_current_span().get_span_context()


@contextmanager
def batch_span(requests: Sequence[SpanContext], commands: int) -> Generator[None]:
    """Open the span of a batch that serves several requests."""
    links = [Link(each) for each in requests if each.is_valid]
    attributes = {"okr_ledger.acts": len(requests), "okr_ledger.commands": commands}
    with _tracer.start_as_current_span("batch", Context(), links=links, attributes=attributes):
        yield


def note_statement(query: LoggedQuery) -> None:
    """Note a statement that has ended; for `asyncpg.Connection.add_query_logger`."""
    end = time.time_ns()
    text: str = query.query
    attributes = {"db.system.name": "postgresql", "db.query.text": text}
    start = end - round(query.elapsed * _NANOSECONDS)
    span = _tracer.start_span(_verb(text), kind=SpanKind.CLIENT, attributes=attributes, start_time=start)
    if query.exception is not None:
        span.set_attribute("error.type", type(query.exception).__name__)
        span.set_status(StatusCode.ERROR)
    span.end(end)


def _verb(text: str) -> str:
    return next(iter(text.split(maxsplit=1)), "statement")
