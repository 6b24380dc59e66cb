"""The edge between HTTP and GraphQL, with a schema of its own whose resolvers tell what they saw."""

import asyncio
from datetime import UTC, datetime
from typing import Any, NewType
from uuid import UUID

import asyncpg
import httpx
import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from schema.limits import QueryLimits
from schema.refusal import GraphQLRefusal, RefusalCode
from service.authentication import unauthenticated
from service.cost_budget import CostBudget
from service.documents import Documents
from service.failure import OverloadedError, UnavailableError
from service.graphql_errors import ALL_CODES
from service.graphql_http import Caller, EndpointLimits, GraphQLEndpoint, Introspection, Session
from service.kept_answers import KeptAnswers, State
from service.request_log import AnsweredRequest, RequestLog
from service.trusted_documents import AllowedDocuments, NamedDocuments

OLD, NEW = "application/json", "application/graphql-response+json"
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
        self,
        *,
        anonymous: bool = False,
        budget: int = 100_000,
        allowed: AllowedDocuments = AllowedDocuments.ANY,
        kept_bytes: int = 0,
    ) -> None:
        self.state = State(organization_id=UUID(int=1), generation=1, position=7, read_at=datetime(2026, 1, 1, tzinfo=UTC))
        self.viewer = "person_1"
        self.reads_the_log_alone = True
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
            answers=KeptAnswers(kept_bytes, 60),
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
            state=self.state,
            viewer=self.viewer,
            context=self.context,
            reads_the_log_alone=lambda: self.reads_the_log_alone,
            close=lambda: None,
            refused=tuple,
            extensions=lambda: {"position": "7", **self.context["extensions"]},
        )

    def page(self, _: Request) -> Response:
        return HTMLResponse("<!DOCTYPE html>", headers={"Content-Security-Policy": "default-src 'self'"})

    async def bug(self, _: Request) -> Response:
        raise RuntimeError("password")

    def client(self, token: str | None = SECRET) -> httpx.AsyncClient:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://edge", headers=headers)


async def post(client: httpx.AsyncClient, query: str, accept: str = NEW, **more: Any) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, **more}, headers={"Accept": accept})


def only_error(response: httpx.Response) -> dict[str, Any]:
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] in ALL_CODES
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    return error


def code(response: httpx.Response) -> str:
    answer: str = only_error(response)["extensions"]["code"]
    return answer


async def sent(edge: Edge, **body: Any) -> httpx.Response:
    async with edge.client() as client:
        return await client.post("/graphql", json=body, headers={"Accept": OLD})
