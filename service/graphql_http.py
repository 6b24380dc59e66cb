"""The GraphQL endpoint: from an HTTP request to an HTTP response, and nothing of the domain in between."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
import structlog
from graphql import ExecutionResult, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.execute import execute  # pyright: ignore[reportUnknownVariableType] - it leaves type parameters open
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.execution.is_awaitable import optimized_is_awaitable

from events.envelope import Origin
from schema.limits import DocumentLimitExceededError
from schema.moment import named_instant
from service.authentication import ORGANIZATION_HEADER, organization_of, secret_of, unauthenticated
from service.cost_budget import CostBudget
from service.documents import Document, DocumentInvalidError, Documents, is_introspection
from service.entity_tag import is_known, tag_of
from service.graphql_errors import (
    STATUS_OF_CODE,
    ErrorCode,
    RequestRefusedError,
    classify,
    formatted,
    formatted_all,
    refusal_of,
)
from service.graphql_request import GRAPHQL_RESPONSE, HTML, JSON, GraphQLRequest, accepted_type, read_request
from service.kept_answers import KeptAnswers, State
from service.mutation_executor import MutationExecutor
from service.request_log import note, request_id_of
from service.trusted_documents import NamedDocuments

_log = structlog.get_logger()

_WHOLE_REQUEST = (ErrorCode.OVERLOADED, ErrorCode.UNAVAILABLE, ErrorCode.TIMED_OUT)
"""Failures that are told by the status even when they befall one field: clients and proxies act on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a session is opened with, and what a command will record of the request.

    `organization` is the identifier of the one that is meant, None where the token leaves no choice; `instant` the moment that
    will perhaps be read.
    """

    secret: str
    organization: str | None
    origin: Origin
    request_id: str
    idempotency_key: str | None
    instant: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One request's access to an organization.

    `context` is what resolvers get. `state` is that of the organization, `viewer` who asks and what they may: while these are
    the same, so is an answer of the log alone. Once the response is complete, `extensions` answers those of it, `refused` the
    codes of the refusals that are data, `reads_the_log_alone` whether it is such an answer; then `close` lets go of what was
    read. `token_id` is None for a token of an OpenID provider.
    """

    organization_id: str
    actor_id: str
    token_id: str | None
    state: State
    viewer: Hashable
    context: Any
    reads_the_log_alone: Callable[[], bool]
    extensions: Callable[[], dict[str, Any]]
    refused: Callable[[], Collection[str]]
    close: Callable[[], None]


OpenSession = Callable[[Caller], Awaitable[Session]]


class Introspection(StrEnum):
    """Who may read the schema."""

    NOBODY = "NOBODY"
    AUTHENTICATED = "AUTHENTICATED"
    ANYBODY = "ANYBODY"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLimits:
    """Bounds of one request; `introspection` says who may read the schema."""

    body_bytes: int
    request_seconds: float
    body_seconds: float = 10.0
    introspection: Introspection = Introspection.AUTHENTICATED


class GraphQLEndpoint:
    """Answers GraphQL requests; `page` answers browsers that open the address, unless it is None.

    `named` answers the text that a request means, `budget` bounds what one actor may ask for, `answers` are those that need not
    be made again.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: Documents,
        open_session: OpenSession,
        *,
        limits: EndpointLimits,
        named: NamedDocuments,
        budget: CostBudget,
        answers: KeptAnswers,
        page: Callable[[Request], Response] | None = None,
    ) -> None:
        self._schema = schema
        self._documents = documents
        self._open_session = open_session
        self._limits = limits
        self._named = named
        self._budget = budget
        self._answers = answers
        self._page = page

    async def answer(self, request: Request) -> Response:
        """Answer one request; whatever happens, the answer is a GraphQL response."""
        media_type = accepted_type(request.headers.get("accept"))
        if media_type == HTML and request.method == "GET" and self._page is not None:
            return self._page(request)
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                return await self._answer(request, media_type)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost edge: nothing may leave it but a response
            refused = classify(error, request_id_of(request))
            note(request, errors=[refused.code], **refused.noted)
            return refusal_response(
                refused, request_id_of(request), GRAPHQL_RESPONSE if media_type == GRAPHQL_RESPONSE else JSON
            )

    async def _answer(self, request: Request, media_type: str | None) -> Response:
        if media_type is None or media_type == HTML:
            raise RequestRefusedError(ErrorCode.NOT_ACCEPTABLE, f"the answer is {GRAPHQL_RESPONSE} or {JSON}")
        request_id = request_id_of(request)
        secret = secret_of(request.headers)
        if secret is None and self._limits.introspection is not Introspection.ANYBODY:
            raise unauthenticated("a bearer token is needed")
        asked = await read_request(request, self._limits.body_bytes, self._limits.body_seconds)
        # A session first: whoever has no valid token costs no parsing.
        session = None if secret is None else await self._open_session(_caller(request, secret, asked))
        if session is not None:
            note(request, organization=session.organization_id, actor=session.actor_id, token=session.token_id)
        try:
            text = await self._named.text(asked.query, asked.document_hash)
            document = self._documents.read(text)
            operation = document.operation(asked.operation_name)
            cost = self._documents.checked_cost(document, operation, asked.variables)
        except DocumentInvalidError as invalid:
            body = {"errors": formatted_all(invalid.errors, invalid.code, request_id, suggests=self._suggests)}
            _note_errors(request, body)
            return _request_error(body, media_type)
        except DocumentLimitExceededError as exceeded:
            raise refusal_of(exceeded) from exceeded
        note(request, operation=operation.name.value if operation.name else None, kind=operation.operation.value)
        if session is None and not is_introspection(operation):
            raise unauthenticated("a bearer token is needed for all but introspection")
        if request.method != "POST" and operation.operation is not OperationType.QUERY:
            raise RequestRefusedError(ErrorCode.METHOD_NOT_ALLOWED, "only a query may come by GET", {"Allow": "POST"})
        if session is None:
            result = await self._execute(document, operation, asked, None)
            return self._response(request, result, None, media_type, cost)
        spent = await self._budget.spend(session.organization_id, session.actor_id, cost)
        key = (text, asked.operation_name, orjson.dumps(asked.variables, option=orjson.OPT_SORT_KEYS), session.viewer)
        if operation.operation is not OperationType.QUERY:
            result = await self._execute(document, operation, asked, session)
            response = self._response(request, result, session, media_type, cost)
        elif (kept := self._answers.find(session.state, key)) is not None:
            response = _again(request, kept, media_type)
        else:
            async with self._answers.making(session.state, key):
                if (kept := self._answers.find(session.state, key)) is not None:
                    response = _again(request, kept, media_type)
                else:
                    result = await self._execute(document, operation, asked, session)
                    response = self._response(request, result, session, media_type, cost, key)
        response.headers.update(spent.headers)
        session.close()
        return response

    @property
    def _suggests(self) -> bool:
        # A name that is alike says that it exists.
        return self._limits.introspection is not Introspection.NOBODY

    async def _execute(
        self, document: Document, operation: OperationDefinitionNode, asked: GraphQLRequest, session: Session | None
    ) -> ExecutionResult:
        if document.plans is not None and session is not None and operation.operation is OperationType.QUERY:
            try:
                text: Any = orjson.Fragment(await document.plans.run(operation, session.context, asked.variables))
                return ExecutionResult(text, None)
            except Exception as error:  # noqa: BLE001 - whatever it is, the library says what it is to the client
                _log.debug("a query is answered without a plan", error=repr(error))
        executed_by: dict[str, Any] = {}
        if document.plans is not None and operation.operation is OperationType.MUTATION:
            executed_by = {"executor_class": MutationExecutor, "plans": document.plans}
        result = execute(
            self._schema,
            document.node,
            context_value=None if session is None else session.context,
            variable_values=asked.variables,
            operation_name=operation.name.value if operation.name else None,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type] # says less than it checks
            **executed_by,
        )
        return result if isinstance(result, ExecutionResult) else await result

    def _response(  # noqa: PLR0917 - all that a response is made of
        self,
        request: Request,
        result: ExecutionResult,
        session: Session | None,
        media_type: str,
        cost: int,
        key: Hashable = None,
    ) -> Response:
        request_id = request_id_of(request)
        errors = result.errors or []
        body: dict[str, Any] = {}
        if errors:
            body["errors"] = formatted_all(errors, ErrorCode.VARIABLES_INVALID, request_id, suggests=self._suggests)
            _note_errors(request, body)
        if session is not None:
            note(request, refused=sorted(session.refused()) or None)
        if result.data is None and all(error.path is None for error in errors):
            return _request_error(body, media_type)  # it was never begun: the variables do not fit
        body["data"] = result.data
        if session is not None:
            body["extensions"] = {**session.extensions(), "cost": {"requested": cost, "limit": self._documents.cost_limit}}
        for told in body.get("errors", ()):
            if told["extensions"]["code"] in _WHOLE_REQUEST:
                return _failure(body, told["extensions"], media_type)
        if errors:
            return _encoded(body, 200, media_type, {"Cache-Control": "no-store"})
        content = orjson.dumps(body)
        if key is not None and session is not None and session.reads_the_log_alone():
            self._answers.keep(session.state, key, content)
        return _answer(request, content, media_type)


def refusal_response(refused: RequestRefusedError, request_id: str, media_type: str) -> Response:
    """Answer a request that is refused as a whole."""
    told = formatted(refused, request_id)
    if refused.code not in STATUS_OF_CODE:
        return _request_error({"errors": [told]}, media_type)
    response = _failure({"errors": [told]}, told["extensions"], media_type)
    response.headers.update(refused.headers)
    return response


def _note_errors(request: Request, body: dict[str, Any]) -> None:
    codes = sorted({told["extensions"]["code"] for told in body.get("errors", ())})
    note(request, errors=codes or None)


def _request_error(body: dict[str, Any], media_type: str) -> Response:
    # A client of the older media type takes every other status for a failure of the transport.
    status = 400 if media_type == GRAPHQL_RESPONSE else 200
    return _encoded(body, status, media_type, {"Cache-Control": "no-store"})


def _failure(body: dict[str, Any], extensions: dict[str, Any], media_type: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    if "retryAfter" in extensions:
        headers["Retry-After"] = str(extensions["retryAfter"])
    return _encoded(body, STATUS_OF_CODE[extensions["code"]], media_type, headers)


def _again(request: Request, kept: bytes, media_type: str) -> Response:
    note(request, kept=True)
    return _answer(request, kept, media_type)


def _answer(request: Request, content: bytes, media_type: str) -> Response:
    if request.method == "POST":
        return _sent(content, 200, media_type, {"Cache-Control": "no-store"})
    tag = tag_of(content)
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Vary": f"Authorization, Accept, {ORGANIZATION_HEADER}",
    }
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return _sent(content, 200, media_type, headers)


def _encoded(body: dict[str, Any], status: int, media_type: str, headers: dict[str, str]) -> Response:
    return _sent(orjson.dumps(body), status, media_type, headers)


def _sent(content: bytes, status: int, media_type: str, headers: dict[str, str]) -> Response:
    return Response(content, status_code=status, headers={"Content-Type": f"{media_type}; charset=utf-8", **headers})


def _caller(request: Request, secret: str, asked: GraphQLRequest) -> Caller:
    # Browsers name the page's origin with every POST; programs have none.
    origin = Origin.WEB if "origin" in request.headers else Origin.API
    return Caller(
        secret=secret,
        organization=organization_of(request.headers),
        origin=origin,
        request_id=request_id_of(request),
        idempotency_key=request.headers.get("idempotency-key"),
        instant=named_instant(asked.variables),
    )
