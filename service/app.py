"""The application: every part made and handed to the next, in one function."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from http import HTTPStatus

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from projections.kept_rows import KeptRows
from schema.build import build_schema
from schema.limits import QueryLimits
from schema.plan import Plans
from service import graphiql, trusted_documents
from service.access_log import AccessLog
from service.assembly import database_of, exports_of, ledger_of
from service.authentication import ORGANIZATION_HEADER, Authenticator, organization_of, secret_of
from service.calendar_feed import CalendarFeed
from service.calendar_links import CALENDARS
from service.cost_budget import CostBudget
from service.database import Database
from service.documents import Documents
from service.download import Downloads
from service.export_store import DOWNLOADS
from service.figures import Figures
from service.graphql_errors import ErrorCode, RequestRefusedError
from service.graphql_http import EndpointLimits, GraphQLEndpoint, Introspection, refusal_response
from service.graphql_request import JSON
from service.health import Readiness, live
from service.invitations import ACCEPT_INVITATION, Invitations
from service.kept_answers import KeptAnswers
from service.ledger import Ledger
from service.metrics import Metrics
from service.openid import OpenIdVerifier
from service.request_log import AnsweredRequest, RequestLog, request_id_of
from service.session import Sessions, read_limits
from service.settings import Settings
from service.tables.imports import TableImports
from service.trusted_documents import AllowedDocuments, NamedDocuments

_log = structlog.get_logger()
_ASSETS_MAX_AGE = 3600


def create_app(settings: Settings, database_url: str, graphiql_page: str | None = None) -> Starlette:
    """Make the application of one process.

    Args:
        settings: all bounds and switches.
        database_url: a migrated database.
        graphiql_page: what browsers get at /graphql instead of the plain page; see `graphiql.page`.
    """
    database = database_of(settings, database_url)
    metrics = Metrics(
        ("/graphql", "/schema.graphql", "/livez", "/readyz", ACCEPT_INVITATION, f"{DOWNLOADS}/*", f"{CALENDARS}/*"),
        None if settings.metrics_token is None else settings.metrics_token.get_secret_value(),
    )
    access_log = AccessLog(database, settings.access_limits())
    # What is over by two ticks of the clock can be no answer any more.
    kept_seconds = 2.0 * settings.clock_seconds
    kept_rows = KeptRows(settings.kept_rows, kept_seconds)
    ledger = ledger_of(settings, database, metrics.observe_batch, kept_rows)
    exports = exports_of(settings, database, metrics.observe_export)
    answers = KeptAnswers(settings.kept_answer_bytes, kept_seconds)
    figures = Figures(database, settings.figures_seconds, metrics.observe_lag)
    metrics.watch(ledger, database, exports, answers, figures)
    openid = settings.openid_limits()
    authenticator = Authenticator(database, None if openid is None else OpenIdVerifier(openid))
    sessions = Sessions(
        database=database,
        ledger=ledger,
        exports=exports,
        tables=TableImports(settings.table_limits()),
        authenticator=authenticator,
        limits=read_limits(settings),
        signer_key=settings.signer_key(),
        token_limits=settings.token_limits(),
        calendar_links_held=settings.calendar_links_per_person,
        invitation_holds=timedelta(days=settings.invitation_days),
        clock_seconds=settings.clock_seconds,
        kept_rows=kept_rows,
    )
    schema = build_schema()
    documents = documents_of(settings)
    introspection = Introspection(settings.introspection)
    page = graphiql_page or graphiql.page() if settings.graphiql_enabled else None
    endpoint = GraphQLEndpoint(
        schema._schema,  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - as above
        documents,
        sessions.open,
        limits=EndpointLimits(
            body_bytes=settings.body_bytes,
            request_seconds=settings.request_seconds,
            body_seconds=settings.body_seconds,
            introspection=introspection,
        ),
        named=NamedDocuments(
            lambda document_hash: _trusted_document(database, document_hash),
            AllowedDocuments(settings.documents),
            entries=settings.cached_documents,
        ),
        budget=CostBudget(settings.cost_budget, settings.cost_window_seconds),
        answers=answers,
        page=None if page is None else _html(page),
    )
    language = schema.as_str()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with database, access_log.running(), figures.running(), exports.running():
            yield
            await _drain(ledger, settings.drain_seconds)

    async def schema_language(request: Request) -> Response:
        if introspection is Introspection.NOBODY:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if introspection is Introspection.AUTHENTICATED:
            try:
                await authenticator.bearer(secret_of(request.headers) or "", organization_of(request.headers))
            except RequestRefusedError as refused:
                return refusal_response(refused, request_id_of(request), JSON)
            return PlainTextResponse(language, headers={"Cache-Control": "private, no-store", "Vary": "Authorization"})
        return PlainTextResponse(language, headers={"Cache-Control": f"public, max-age={_ASSETS_MAX_AGE}"})

    def observe(answered: AnsweredRequest) -> None:
        metrics.observe(answered)
        access_log.observe(answered)

    routes: list[BaseRoute] = [
        Route("/graphql", endpoint.answer, methods=["GET", "POST"]),
        Route("/schema.graphql", schema_language),
        Route("/livez", live),
        Route("/readyz", Readiness(database).answer),
        Route("/metrics", metrics.answer),
        Route(ACCEPT_INVITATION, Invitations(database, authenticator, settings.body_seconds).answer, methods=["POST"]),
        Route(f"{DOWNLOADS}/{{token}}/{{name}}", Downloads(database).answer),
        Route(f"{CALENDARS}/{{secret}}.ics", _calendars(settings, database).answer),
    ]
    if page is not None:
        routes.append(graphiql.assets())
    return Starlette(
        routes=routes,
        middleware=[Middleware(RequestLog, observe=observe), *_cross_origin(settings.allowed_origins)],
        exception_handlers={HTTPException: _http_exception},
        lifespan=lifespan,
    )


def documents_of(settings: Settings) -> Documents:
    """Answer what reads documents, as the settings bound them."""
    return Documents(
        build_schema()._schema,  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - strawberry has no other way to it
        query_limits(settings),
        entries=settings.cached_documents,
        allows_introspection=settings.introspection != "NOBODY",
        plan=partial(Plans, build_schema()),
    )


def _calendars(settings: Settings, database: Database) -> CalendarFeed:
    budget = CostBudget(settings.calendar_requests, settings.calendar_window_seconds)
    return CalendarFeed(database, budget, settings.calendar_entries)


async def _trusted_document(database: Database, document_hash: str) -> str | None:
    async with database.connection(None) as connection:
        return await trusted_documents.find(connection, document_hash)


def query_limits(settings: Settings) -> QueryLimits:
    """Answer the bounds of GraphQL documents."""
    return QueryLimits(
        characters=settings.query_characters,
        tokens=settings.query_tokens,
        depth=settings.query_depth,
        selections=settings.query_selections,
        root_fields=settings.query_root_fields,
        aliases=settings.query_aliases,
        directives=settings.query_directives,
        repetitions=settings.query_repetitions,
        cost=settings.query_cost,
        page_length=settings.page_size_max,
    )


async def _drain(ledger: Ledger, seconds: float) -> None:
    # Requests have ended by now, but an act outlives the request that asked for it.
    try:
        async with asyncio.timeout(seconds):
            await ledger.drain()
    except TimeoutError:
        _log.warning("acts were given up after a drain that took too long", seconds=seconds)
        await ledger.stop()


def _cross_origin(origins: tuple[str, ...]) -> list[Middleware]:
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", ORGANIZATION_HEADER, "X-Request-Id"],
            expose_headers=["ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"],
            max_age=600,
        )
    ]


def _html(page: str) -> Callable[[Request], Response]:
    headers = {"Content-Security-Policy": graphiql.CONTENT_SECURITY_POLICY, "Cache-Control": "no-store", "Vary": "Accept"}
    return lambda _: HTMLResponse(page, headers=headers)


async def _http_exception(request: Request, exception: Exception) -> Response:
    # The router's own: an unknown path or method.
    is_method = isinstance(exception, HTTPException) and exception.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    code = ErrorCode.METHOD_NOT_ALLOWED if is_method else ErrorCode.NOT_FOUND
    headers = exception.headers if isinstance(exception, HTTPException) else None
    message = "this method is not taken here" if is_method else "there is nothing here; the API is at /graphql"
    return refusal_response(RequestRefusedError(code, message, headers), request_id_of(request), JSON)
