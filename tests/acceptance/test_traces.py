"""Traces: a server of its own sends its spans to a collector, which is an HTTP server of this test."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from events.person import Role
from tests.support.client import authorization
from tests.support.command_line import CommandLine
from tests.support.organization import ExampleOrganization

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CREATE = "mutation CreateTeam($input: TeamCreateInput!) { teamCreate(input: $input) { team { name } userErrors { code } } }"


@contextmanager
def collector() -> Iterator[tuple[str, list[Span]]]:
    """Take spans on a free port; answers the address and what came so far."""
    spans: list[Span] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_and_create(program: CommandLine, organization: ExampleOrganization, **headers: str) -> None:
    """Serve, let the ADMIN create a team, and end the server, which sends what it has."""
    with program.running("serve", "--port", "0") as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "Serving" in line)
        address = line.split("Serving ")[1].strip()
        answered = httpx.post(
            address,
            json={"query": CREATE, "variables": {"input": {"name": "Secret name"}}},
            headers={**authorization(organization.tokens[Role.ADMIN]), **headers},
            timeout=30,
        )
        assert answered.json()["data"]["teamCreate"]["team"] == {"name": "Secret name"}
        process.terminate()
        process.wait(timeout=30)


def test_a_mutation_is_a_request_a_batch_and_their_statements(database_url: str, organization: ExampleOrganization):
    with collector() as (endpoint, spans):
        program = CommandLine(database_url=database_url, settings={"OKR_LEDGER_TRACES_ENDPOINT": endpoint})
        run_and_create(program, organization, traceparent=f"00-{TRACE}-{PARENT}-01")
        deadline = time.monotonic() + 10
        while not any(span.name == "batch" for span in spans) and time.monotonic() < deadline:
            time.sleep(0.05)
    (request,) = (span for span in spans if span.name == "mutation CreateTeam")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    attributes = {each.key: each.value for each in request.attributes}
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["url.path"].string_value == "/graphql"
    assert attributes["okr_ledger.organization"].string_value == organization.identifier
    (batch,) = (span for span in spans if span.name == "batch")
    assert batch.trace_id != request.trace_id
    assert [(link.trace_id, link.span_id) for link in batch.links] == [(request.trace_id, request.span_id)]
    statements = sorted(
        (span for span in spans if span.parent_span_id == batch.span_id), key=lambda span: span.end_time_unix_nano
    )
    written = [attribute.value.string_value for span in statements for attribute in span.attributes if "query" in attribute.key]
    assert [written[0], written[-1]] == ["BEGIN;", "COMMIT;"]
    # Between them come those in which the driver asks for types that it does not know yet.
    assert [name for text in written for name in ("lock_head", "append") if f"okr_ledger.{name}" in text] == [
        "lock_head",
        "append",
    ]
    read = [span for span in spans if span.parent_span_id == request.span_id]
    assert read
    for span in read:
        assert request.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
    # Nothing that was written, and no secret.
    everything = b"".join(span.SerializeToString() for span in spans)
    assert b"Secret name" not in everything
    assert organization.tokens[Role.ADMIN].encode() not in everything


def test_a_caller_cannot_ask_for_traces(database_url: str, organization: ExampleOrganization):
    with collector() as (endpoint, spans):
        settings = {"OKR_LEDGER_TRACES_ENDPOINT": endpoint, "OKR_LEDGER_TRACES_RATIO": "0"}
        program = CommandLine(database_url=database_url, settings=settings)
        run_and_create(program, organization, traceparent=f"00-{TRACE}-{PARENT}-01")
        time.sleep(0.2)
        assert spans == []


def test_a_collector_that_is_not_there_harms_nobody(database_url: str, organization: ExampleOrganization):
    program = CommandLine(database_url=database_url, settings={"OKR_LEDGER_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"})
    run_and_create(program, organization)
