"""The edge between HTTP and GraphQL, with a schema of its own: what is answered to whom, in which form."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog

from events.envelope import Origin
from service.graphql_errors import ALL_CODES
from tests.support.edge import FAILURES, NEW, OLD, Edge, code, only_error, post

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "http.md"
COST = {"requested": 1, "limit": 50_000}


# --- answers


async def test_a_query_is_answered_with_the_extensions_of_the_session(client: httpx.AsyncClient):
    response = await post(client, "{ hello }")
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{NEW}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {"data": {"hello": "hello world"}, "extensions": {"position": "7", "cost": COST}}


async def test_the_operation_named_is_carried_out_with_its_variables(client: httpx.AsyncClient):
    query = "query A($name: String!) { hello(name: $name) } query B { __typename }"
    response = await post(client, query, operationName="A", variables={"name": "Ada"})
    assert response.json()["data"] == {"hello": "hello Ada"}


@pytest.mark.parametrize("name", [None, "C"])
async def test_an_operation_that_is_not_there_is_refused(client: httpx.AsyncClient, name: str | None):
    response = await post(client, "query A { __typename } query B { __typename }", operationName=name)
    assert (response.status_code, only_error(response)["extensions"]["code"]) == (400, "UNKNOWN_OPERATION")


async def test_a_mutation_may_add_to_the_extensions(client: httpx.AsyncClient, edge: Edge):
    response = await post(client, 'mutation { change(to: "x") }')
    assert response.json()["extensions"] == {"position": "7", "idempotentReplay": True, "cost": COST}
    assert edge.context["changes"] == ["x"]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, OLD),
        ("*/*", OLD),
        ("application/*", OLD),
        (OLD, OLD),
        (NEW, NEW),
        (f"{NEW}, {OLD}", NEW),
        (f"{OLD}, {NEW}", OLD),
        (f"{OLD};q=0.8, {NEW}", NEW),
        (f"{NEW};q=0.1, */*;q=0.5", OLD),
        (f"{NEW};q=many, {OLD}", OLD),
        (f"  {NEW.upper()} ; charset=utf-8 ;q=1", NEW),
        (f"text/plain, {NEW};q=0.2", NEW),
    ],
)
async def test_the_media_type_is_the_one_that_the_client_likes_best(
    client: httpx.AsyncClient, accept: str | None, answered: str
):
    client.headers.pop("accept")
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={} if accept is None else {"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, f"{answered}; charset=utf-8")


@pytest.mark.parametrize("accept", ["text/plain", f"{NEW};q=0", "image/*", "text/html"])
async def test_a_client_that_accepts_nothing_of_this_is_refused(client: httpx.AsyncClient, accept: str):
    response = await post(client, "{ hello }", accept=accept)
    assert (response.status_code, only_error(response)["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")


async def test_a_browser_gets_the_page(edge: Edge):
    async with edge.client(token=None) as client:
        response = await client.get("/graphql", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (response.status_code, response.text) == (200, "<!DOCTYPE html>")
    assert response.headers["content-security-policy"] == "default-src 'self'"
    assert response.headers["x-content-type-options"] == "nosniff"


# --- refusals


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "SYNTAX_ERROR"),
        ("", "SYNTAX_ERROR"),
        ("{ unknown }", "VALIDATION_FAILED"),
        ("subscription { x }", "VALIDATION_FAILED"),
        ("query Q($n: Int!) { number(value: $n) }", "VARIABLES_INVALID"),
        ("{ double(even: 3) }", "VALIDATION_FAILED"),
        ("query Q($n: Even = 3) { double(even: $n) }", "VALIDATION_FAILED"),
        ("query Q($n: Int = 99999999999) { number(value: $n) }", "VALIDATION_FAILED"),
        ('{ hello(name: "a\\u0000") }', "VALIDATION_FAILED"),
        ("{ ...F } fragment F on Query { ...F }", "VALIDATION_FAILED"),
        ("{ " + "hello " * 500 + "}", "QUERY_TOO_LARGE"),
        ("{ " + "__typename @skip(if: false) " * 300 + "}", "QUERY_TOO_LARGE"),
    ],
)
async def test_what_is_no_valid_request_has_no_data(client: httpx.AsyncClient, query: str, code: str):
    for accept, status in ((NEW, 400), (OLD, 200)):
        response = await post(client, query, accept=accept)
        assert response.status_code == status
        assert "data" not in response.json()
        assert {error["extensions"]["code"] for error in response.json()["errors"]} == {code}


async def test_a_scalar_says_what_it_does_not_take(client: httpx.AsyncClient):
    for query, variables in (("{ double(even: 3) }", {}), ("query Q($n: Even!) { double(even: $n) }", {"n": 3})):
        assert "Even must be even" in only_error(await post(client, query, variables=variables))["message"]


async def test_a_refused_document_tells_the_limit(client: httpx.AsyncClient):
    response = await post(client, "{" + " ".join(f"a{i}: hello" for i in range(21)) + "}")
    error = only_error(response)
    assert (error["extensions"]["limit"], error["extensions"]["actual"]) == (20, 21)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body must be JSON in UTF-8"),
        (b"{", "the body must be JSON in UTF-8"),
        (b"\xff\xfe", "the body must be JSON in UTF-8"),
        (b'{"query": "{ hello }", "variables": {"x": "\\ud800"}}', "the body must be JSON in UTF-8"),
        (b"[" * 5_000, "the body must be JSON in UTF-8"),
        (b"5", "the body must be a JSON object"),
        (b'"x"', "the body must be a JSON object"),
        (b"null", "the body must be a JSON object"),
        (b"[]", "batches are not taken: send one request for each operation, or several root fields in one"),
        (
            b'[{"query": "{ hello }"}]',
            "batches are not taken: send one request for each operation, or several root fields in one",
        ),
        (b"{}", "query must be a text"),
        (b'{"query": 5}', "query must be a text"),
        (b'{"query": "{ hello }", "operationName": 5}', "operationName must be a text or null"),
        (b'{"query": "{ hello }", "variables": []}', "variables must be an object or null"),
        (b'{"query": "{ hello }", "extensions": "x"}', "extensions must be an object or null"),
        (
            b'{"query": "{ hello }", "variables": {"x": ["\\u0000"]}}',
            "a text in the variables holds NUL, which can not be stored",
        ),
        (
            b'{"query": "{ hello }", "variables": {"x": ' + b"[" * 40 + b"]" * 40 + b"}}",
            "variables are nested more than 32 levels deep",
        ),
    ],
)
async def test_a_malformed_body_is_refused(client: httpx.AsyncClient, body: bytes, message: str):
    for accept in (NEW, OLD):
        headers = {"Content-Type": "application/json", "Accept": accept}
        response = await client.post("/graphql", content=body, headers=headers)
        error = only_error(response)
        assert (response.status_code, error["extensions"]["code"], error["message"]) == (400, "BAD_REQUEST", message)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_a_content_type_that_a_form_could_send_is_refused(client: httpx.AsyncClient, edge: Edge, headers: dict[str, str]):
    response = await client.post("/graphql", content=b'{"query": "mutation { change(to: \\"x\\") }"}', headers=headers)
    assert (response.status_code, only_error(response)["extensions"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert edge.context["changes"] == []


async def test_a_large_body_is_refused_before_it_is_read_whole(client: httpx.AsyncClient):
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += 1
            yield b" " * 1_000

    headers = {"Content-Type": "application/json"}
    response = await client.post("/graphql", content=endless(), headers=headers)
    assert (response.status_code, only_error(response)["extensions"]["code"]) == (413, "REQUEST_TOO_LARGE")
    response = await client.post("/graphql", content=b" " * 10_001, headers=headers)
    assert (response.status_code, only_error(response)["extensions"]["limit"]) == (413, 10_000)


async def test_a_body_that_does_not_come_ends_the_request(edge: Edge):
    async def trickle() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.sleep(5)
        yield b'"{ hello }"}'

    async with edge.client() as client:
        response = await client.post("/graphql", content=trickle(), headers={"Content-Type": OLD})
    assert (response.status_code, code(response)) == (408, "BODY_TIMED_OUT")


async def test_other_methods_are_refused(client: httpx.AsyncClient):
    response = await client.delete("/graphql")
    assert response.status_code == 405
    assert "POST" in response.headers["allow"]


# --- who asks


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "Bearer ", "Bearer é", "Bearer " + "x" * 600, "Bearer wrong"])
async def test_without_a_valid_token_nothing_is_read(edge: Edge, header: str | None):
    async with edge.client(token=None) as client:
        headers = {} if header is None else {"Authorization": header.encode()}
        response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert (response.status_code, only_error(response)["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"].startswith('Bearer realm="okr-ledger"')
    assert edge.context["names"] == []


async def test_introspection_needs_a_token_unless_it_is_allowed():
    for anonymous, status in ((False, 401), (True, 200)):
        async with Edge(anonymous=anonymous).client(token=None) as client:
            response = await post(client, "{ __schema { queryType { name } } __typename }")
            assert response.status_code == status


@pytest.mark.parametrize(
    "query", ["{ hello }", "{ __typename hello }", "{ ...F } fragment F on Query { hello }", 'mutation { change(to: "x") }']
)
async def test_whoever_has_no_token_may_at_most_introspect(query: str):
    edge = Edge(anonymous=True)
    async with edge.client(token=None) as client:
        response = await post(client, query)
    assert (response.status_code, only_error(response)["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert edge.context["names"] == edge.context["changes"] == []


async def test_a_wrong_token_is_refused_even_where_none_is_needed():
    async with Edge(anonymous=True).client(token="wrong") as client:
        assert (await post(client, "{ __typename }")).status_code == 401


async def test_the_session_learns_what_a_command_will_record(client: httpx.AsyncClient, edge: Edge):
    headers = {"Idempotency-Key": "k1", "X-Request-Id": "mine-1", "Origin": "https://okr.example.com"}
    await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    await client.post("/graphql", json={"query": "{ hello }"}, headers={"X-Request-Id": "not plain\x7f"})
    first, second = edge.callers
    assert (first.idempotency_key, first.request_id, first.origin) == ("k1", "mine-1", Origin.WEB)
    assert (second.idempotency_key, second.origin) == (None, Origin.API)
    assert len(second.request_id) == 32


# --- failures


async def test_a_bug_is_told_as_nothing_but_an_internal_error(client: httpx.AsyncClient):
    with structlog.testing.capture_logs() as logs:
        response = await post(client, '{ hello fail(how: "bug") }')
    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "hello world", "fail": None}
    error = only_error(response)
    assert (error["message"], error["path"]) == ("internal error", ["fail"])
    assert "password" not in response.text
    (logged,) = [line for line in logs if line["log_level"] == "error"]
    assert logged["request_id"] == response.headers["x-request-id"]
    assert logged["exc_info"] is FAILURES["bug"]


async def test_null_where_there_must_be_a_value_is_a_bug(client: httpx.AsyncClient):
    response = await post(client, "{ required }")
    assert response.status_code == 200
    assert response.json()["data"] is None
    assert only_error(response)["extensions"]["code"] == "INTERNAL"


async def test_a_refusal_of_a_field_keeps_its_code_and_message(client: httpx.AsyncClient):
    error = only_error(await post(client, '{ fail(how: "moment") }'))
    assert (error["extensions"]["code"], error["message"]) == ("MOMENT_IN_FUTURE", "the moment lies after the present")
    assert error["path"] == ["fail"]


@pytest.mark.parametrize(
    ("how", "status", "code", "retry_after"),
    [
        ("overload", 429, "OVERLOADED", "2"),
        ("unavailable", 503, "UNAVAILABLE", "3"),
        ("disconnected", 503, "UNAVAILABLE", "1"),
        ("slow", 503, "TIMED_OUT", "1"),
    ],
)
async def test_what_passes_is_told_by_the_status_too(
    client: httpx.AsyncClient, how: str, status: int, code: str, retry_after: str
):
    for accept in (NEW, OLD):
        response = await post(client, f'{{ hello fail(how: "{how}") }}', accept=accept)
        assert (response.status_code, response.headers["retry-after"]) == (status, retry_after)
        error = only_error(response)
        assert (error["extensions"]["code"], error["extensions"]["retryAfter"]) == (code, int(retry_after))
        assert "10.0.0.7" not in response.text
    assert ("isOutcomeUnknown" in error["extensions"]) == (how == "unavailable")


async def test_a_session_that_fails_is_told_like_a_field(client: httpx.AsyncClient, edge: Edge):
    for how, status in (("overload", 429), ("disconnected", 503), ("bug", 500)):
        edge.failure = FAILURES[how]
        response = await post(client, "{ hello }")
        assert response.status_code == status
        assert "password" not in response.text
    edge.failure = None
    assert (await post(client, "{ hello }")).status_code == 200


async def test_a_request_that_takes_too_long_is_cancelled(client: httpx.AsyncClient, edge: Edge):
    response = await post(client, "{ wait(seconds: 30) }")
    assert (response.status_code, only_error(response)["extensions"]["code"]) == (503, "TIMED_OUT")
    assert edge.context["cancelled"] == [True]
    assert (await post(client, "{ wait(seconds: 0.01) }")).json()["data"] == {"wait": "waited"}


async def test_what_nobody_catches_is_an_internal_error_too(client: httpx.AsyncClient):
    response = await client.get("/bug")
    assert (response.status_code, only_error(response)["message"]) == (500, "internal error")


async def test_every_request_is_observed(client: httpx.AsyncClient, edge: Edge):
    await client.get("/bug")
    await client.get("/nothing")
    await post(client, "{")
    assert edge.observed == [("/bug", 500), ("/nothing", 404), ("/graphql", 400)]


# --- GET


async def test_a_get_is_answered_with_a_tag_and_not_again(client: httpx.AsyncClient):
    parameters = {
        "query": "query Q($name: String!) { hello(name: $name) }",
        "variables": '{"name": "Ada"}',
        "operationName": "Q",
    }
    first = await client.get("/graphql", params=parameters)
    assert first.json()["data"] == {"hello": "hello Ada"}
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Authorization, Accept, Okr-Organization"
    for known in (first.headers["etag"], f"W/{first.headers['etag']}", f'"x", {first.headers["etag"]}', "*"):
        again = await client.get("/graphql", params=parameters, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await client.get(
        "/graphql", params={**parameters, "variables": '{"name": "Bob"}'}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert other.status_code == 200
    assert other.headers["etag"] != first.headers["etag"]


async def test_errors_are_never_cached(client: httpx.AsyncClient):
    for query in ('{ hello fail(how: "bug") }', "{", "{ unknown }"):
        response = await client.get("/graphql", params={"query": query})
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers


async def test_a_get_changes_nothing(client: httpx.AsyncClient, edge: Edge):
    response = await client.get("/graphql", params={"query": 'mutation { change(to: "x") }'}, headers={"Accept": NEW})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert only_error(response)["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    assert edge.context["changes"] == []


@pytest.mark.parametrize(
    "parameters", [{}, {"query": "{ hello }", "variables": "{"}, {"query": "{ hello }", "variables": "[]"}]
)
async def test_a_malformed_get_is_refused(client: httpx.AsyncClient, parameters: dict[str, str]):
    response = await client.get("/graphql", params=parameters)
    assert (response.status_code, only_error(response)["extensions"]["code"]) == (400, "BAD_REQUEST")


# --- the log and the codes


async def test_a_request_is_logged_in_one_line_without_secrets(client: httpx.AsyncClient):
    with structlog.testing.capture_logs() as logs:
        response = await post(client, "query Greeting($n: String!) { hello(name: $n) }", variables={"n": "Confidential"})
    (line,) = logs
    assert 0 <= line.pop("milliseconds") < 5_000
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": response.headers["x-request-id"],
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "organization": "organization_1",
        "actor": "person_1",
        "operation": "Greeting",
        "kind": "query",
    }


def test_the_error_codes_are_a_closed_and_documented_list():
    documented = re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENTATION.read_text(encoding="utf-8"), re.MULTILINE)
    assert documented == list(ALL_CODES)
