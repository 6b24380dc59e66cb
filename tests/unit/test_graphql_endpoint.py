"""The edge between HTTP and GraphQL, with a schema of its own: what is answered to whom, in which form."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NewType

import asyncpg
import httpx
import pytest
import pytest_asyncio
import strawberry
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from events.envelope import Origin
from schema.limits import QueryLimits
from schema.refusal import GraphQLRefusal, RefusalCode
from service.authentication import unauthenticated
from service.cost_budget import CostBudget
from service.documents import DocumentInvalidError, Documents
from service.failure import OverloadedError, UnavailableError
from service.graphql_errors import ALL_CODES, RequestRefusedError, formatted_all
from service.graphql_http import Caller, EndpointLimits, GraphQLEndpoint, Introspection, Session
from service.request_log import AnsweredRequest, RequestLog
from service.trusted_documents import AllowedDocuments, NamedDocuments, hash_of

OLD, NEW = "application/json", "application/graphql-response+json"
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "http.md"
COST = {"requested": 1, "limit": 50_000}
SECRET = "a secret that nobody may read in the log"

FAILURES: dict[str, Exception] = {
    "bug": RuntimeError("postgresql://user:password@host is broken"),
    "overload": OverloadedError(2.4),
    "unavailable": UnavailableError(3, is_outcome_unknown=True),
    "disconnected": asyncpg.ConnectionDoesNotExistError("connection to 10.0.0.7 was closed"),
    "slow": asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
    "moment": GraphQLRefusal(RefusalCode.MOMENT_IN_FUTURE, "the moment lies after the present"),
}


def parse_even(value: int) -> int:
    if value % 2:
        raise ValueError("Even must be even")
    return value


Even = NewType("Even", int)
EVEN = strawberry.scalar(name="Even", serialize=int, parse_value=parse_even)


@strawberry.type
class Query:
    @strawberry.field
    def double(self, even: Even) -> int | None:
        return even * 2

    @strawberry.field
    def hello(self, info: Info[Any, None], name: str = "world") -> str | None:
        info.context["names"].append(name)
        return f"hello {name}"

    @strawberry.field
    def number(self, value: int) -> int | None:
        return value

    @strawberry.field
    async def wait(self, info: Info[Any, None], seconds: float) -> str | None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            info.context["cancelled"].append(True)
            raise
        return "waited"

    @strawberry.field
    def fail(self, how: str) -> str | None:
        raise FAILURES[how]

    @strawberry.field
    def required(self) -> str:
        return None  # type: ignore[return-value]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self, info: Info[Any, None], to: str) -> str | None:
        info.context["changes"].append(to)
        info.context["extensions"]["idempotentReplay"] = True
        return to


SCHEMA = strawberry.Schema(Query, Mutation, config=StrawberryConfig(scalar_map={Even: EVEN}))._schema


class Edge:
    """The application and what its resolvers saw."""

    def __init__(
        self, *, anonymous: bool = False, budget: int = 100_000, allowed: AllowedDocuments = AllowedDocuments.ANY
    ) -> None:
        self.context: dict[str, Any] = {"names": [], "cancelled": [], "changes": [], "extensions": {}}
        self.callers: list[Caller] = []
        self.failure: Exception | None = None
        self.observed: list[tuple[str, int]] = []
        self.documents = Documents(SCHEMA, QueryLimits(), entries=3)
        introspection = Introspection.ANYBODY if anonymous else Introspection.AUTHENTICATED
        self.registered: dict[str, str] = {}
        endpoint = GraphQLEndpoint(
            SCHEMA,
            self.documents,
            self.open_session,
            limits=EndpointLimits(body_bytes=10_000, request_seconds=0.3, body_seconds=0.2, introspection=introspection),
            named=NamedDocuments(self.find_registered, allowed, entries=3),
            budget=CostBudget(budget, 60),
            page=self.page,
        )
        routes = [Route("/graphql", endpoint.answer, methods=["GET", "POST"]), Route("/bug", self.bug)]
        self.app = Starlette(routes=routes, middleware=[Middleware(RequestLog, observe=self.observe)])

    def observe(self, answered: AnsweredRequest) -> None:
        assert 0 <= answered.seconds < 60
        self.observed.append((answered.path, answered.status))

    async def find_registered(self, document_hash: str) -> str | None:
        return self.registered.get(document_hash)

    async def open_session(self, caller: Caller) -> Session:
        self.callers.append(caller)
        if self.failure is not None:
            raise self.failure
        if caller.secret != SECRET:
            raise unauthenticated("the token is not valid", is_token_invalid=True)
        return Session(
            organization_id="organization_1",
            actor_id="person_1",
            token_id=None,
            context=self.context,
            extensions=lambda: {"position": "7", **self.context["extensions"]},
            refused=tuple,
        )

    def page(self, _: Request) -> Response:
        return HTMLResponse("<!DOCTYPE html>", headers={"Content-Security-Policy": "default-src 'self'"})

    async def bug(self, _: Request) -> Response:
        raise RuntimeError("password")

    def client(self, token: str | None = SECRET) -> httpx.AsyncClient:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://edge", headers=headers)


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest_asyncio.fixture
async def client(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    async with edge.client() as client:
        yield client


async def post(client: httpx.AsyncClient, query: str, accept: str = NEW, **more: Any) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, **more}, headers={"Accept": accept})


def only_error(response: httpx.Response) -> dict[str, Any]:
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] in ALL_CODES
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    return error


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


# --- the log and the cache


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


async def test_documents_are_parsed_once_and_the_least_used_are_forgotten(client: httpx.AsyncClient, edge: Edge):
    await post(client, "{ a: hello }")
    first = edge.documents.read("{ a: hello }")
    for name in "bc":
        await post(client, f"{{ {name}: hello }}")
    assert edge.documents.read("{ a: hello }") is first
    await post(client, "{ d: hello }")
    assert len(edge.documents) == 3
    assert edge.documents.read("{ a: hello }") is first
    for refused in ("{", "{ unknown }"):
        await post(client, refused)
    assert len(edge.documents) == 3


async def test_documents_are_bounded_by_their_length_too():
    documents = Documents(SCHEMA, QueryLimits(), entries=100, characters=300)
    for index in range(50):
        documents.read(f"{{ a{index:0100}: hello }}")
    assert len(documents) == 2


def test_the_error_codes_are_a_closed_and_documented_list():
    documented = re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENTATION.read_text(encoding="utf-8"), re.MULTILINE)
    assert documented == list(ALL_CODES)


# --- documents by their hash, and budgets


def persisted(document_hash: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": document_hash}}}


async def sent(edge: Edge, **body: Any) -> httpx.Response:
    async with edge.client() as client:
        return await client.post("/graphql", json=body, headers={"Accept": OLD})


def code(response: httpx.Response) -> str:
    answer: str = only_error(response)["extensions"]["code"]
    return answer


async def test_a_document_is_brought_once_and_named_from_then_on(edge: Edge):
    query = "{ hello }"
    unknown = await sent(edge, **persisted(hash_of(query)))
    # These words are what clients of this protocol look for.
    assert (unknown.status_code, code(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert only_error(unknown)["message"] == "PersistedQueryNotFound"
    assert (await sent(edge, query=query, **persisted(hash_of(query)))).json()["data"] == {"hello": "hello world"}
    assert (await sent(edge, **persisted(hash_of(query)))).json()["data"] == {"hello": "hello world"}
    assert (await sent(edge, documentId=f"sha256:{hash_of(query)}")).json()["data"] == {"hello": "hello world"}
    async with edge.client() as client:
        named = await client.get("/graphql", params={"documentId": hash_of(query)})
    assert named.json()["data"] == {"hello": "hello world"}


async def test_nobody_puts_another_text_under_a_hash(edge: Edge):
    query = "{ hello }"
    poisoned = await sent(edge, query='{ hello(name: "mallory") }', **persisted(hash_of(query)))
    assert (poisoned.status_code, code(poisoned)) == (400, "BAD_REQUEST")
    assert code(await sent(edge, **persisted(hash_of(query)))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"extensions": {"persistedQuery": 7}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "short"}}},
        {"documentId": 7},
        {"documentId": "sha256:xyz"},
        {"documentId": None},
    ],
)
async def test_a_malformed_name_is_a_bad_request(edge: Edge, body: dict[str, Any]):
    response = await sent(edge, **body)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_only_registered_documents_are_carried_out_where_that_is_asked_for():
    edge = Edge(allowed=AllowedDocuments.TRUSTED)
    query, other = "{ hello }", "{ number(value: 1) }"
    edge.registered[hash_of(query)] = query
    assert (await sent(edge, query=query)).json()["data"] == {"hello": "hello world"}
    assert (await sent(edge, **persisted(hash_of(query)))).json()["data"] == {"hello": "hello world"}
    for body in ({"query": other}, persisted(hash_of(other)), {"query": other, **persisted(hash_of(other))}, {"query": "{"}):
        assert code(await sent(edge, **body)) == "DOCUMENT_NOT_TRUSTED"


async def test_named_documents_are_bounded():
    async def nothing(_: str) -> None:
        return None

    named = NamedDocuments(nothing, AllowedDocuments.ANY, entries=2, characters=100)
    texts = [f"{{ a{number}: hello }}" for number in range(4)]
    for text in texts:
        await named.text(text, hash_of(text))
    assert await named.text(None, hash_of(texts[-1])) == texts[-1]
    with pytest.raises(RequestRefusedError):
        await named.text(None, hash_of(texts[0]))
    large = "{ hello }" + " " * 100
    assert await named.text(large, hash_of(large)) == large
    with pytest.raises(RequestRefusedError):
        await named.text(None, hash_of(large))


async def test_what_an_actor_asks_for_is_bounded_and_told():
    edge = Edge(budget=2_000)
    first = await sent(edge, query="{ hello }")
    assert first.headers["ratelimit-policy"] == '"cost";q=2000;w=60'
    assert re.fullmatch(r'"cost";r=1999;t=\d+', first.headers["ratelimit"])
    for _ in range(3):
        answered = await sent(edge, query="{ __schema { types { name } } }")
    before = edge.context["names"].copy()
    many = "{" + " ".join(f"a{number}: hello" for number in range(20)) + "}"
    while answered.status_code == 200:
        answered = await sent(edge, query=many)
    assert (answered.status_code, code(answered)) == (429, "RATE_LIMITED")
    assert 1 <= int(answered.headers["retry-after"]) <= 120
    told = only_error(answered)["extensions"]
    assert (told["limit"], told["actual"], told["remaining"] < 20) == (2_000, 20, True)
    assert len(edge.context["names"]) % 20 == len(before) % 20  # the one that was refused was not carried out


async def test_a_body_that_does_not_come_ends_the_request(edge: Edge):
    async def trickle() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.sleep(5)
        yield b'"{ hello }"}'

    async with edge.client() as client:
        response = await client.post("/graphql", content=trickle(), headers={"Content-Type": OLD})
    assert (response.status_code, code(response)) == (408, "BODY_TIMED_OUT")


def test_without_introspection_no_name_is_told():
    closed = Documents(SCHEMA, QueryLimits(), entries=3, allows_introspection=False)
    with pytest.raises(DocumentInvalidError):
        closed.read("{ __schema { types { name } } }")
    with pytest.raises(DocumentInvalidError):
        closed.read('{ ...F } fragment F on Query { __type(name: "Query") { name } }')
    with pytest.raises(DocumentInvalidError) as invalid:
        closed.read("{ helo }")
    (told,) = formatted_all(invalid.value.errors, invalid.value.code, "id", suggests=False)
    assert told["message"] == "Cannot query field 'helo' on type 'Query'."
    assert closed.read("{ __typename hello }")
