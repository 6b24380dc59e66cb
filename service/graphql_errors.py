"""What a request can be refused with, and how any failure becomes an error of a GraphQL response.

The codes are a closed list, documented in docs/api.md. A message is written for developers and never holds
anything of the program's inside: what is not expected here is logged with the request's id and told as INTERNAL.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import asyncpg
import structlog
from graphql import GraphQLError

from events.store import OrganizationNotFoundError
from schema.limits import DocumentLimitExceededError, LimitCode
from schema.refusal import GraphQLRefusal, RefusalCode
from service.database import DatabaseBusyError
from service.failure import OverloadedError, UnavailableError

_log = structlog.get_logger()


class ErrorCode(StrEnum):
    """The codes of `extensions.code` that the service itself answers; see also `LimitCode` and `RefusalCode`."""

    BAD_REQUEST = "BAD_REQUEST"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    ORGANIZATION_REQUIRED = "ORGANIZATION_REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    BODY_TIMED_OUT = "BODY_TIMED_OUT"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    SYNTAX_ERROR = "SYNTAX_ERROR"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    VARIABLES_INVALID = "VARIABLES_INVALID"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    RATE_LIMITED = "RATE_LIMITED"
    OVERLOADED = "OVERLOADED"
    TIMED_OUT = "TIMED_OUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


STATUS_OF_CODE = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.ORGANIZATION_REQUIRED: 400,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.NOT_ACCEPTABLE: 406,
    ErrorCode.BODY_TIMED_OUT: 408,
    ErrorCode.REQUEST_TOO_LARGE: 413,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.OVERLOADED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMED_OUT: 503,
}
"""The status of a request that is refused as a whole, whatever media type its client accepts."""

_SUGGESTION = re.compile(r" (?:Did you mean|Perhaps you meant) .*", re.DOTALL)

ALL_CODES: tuple[str, ...] = (*ErrorCode, *LimitCode, *RefusalCode)

_UNAVAILABLE = (
    DatabaseBusyError,
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


class RequestRefusedError(Exception):
    """A request that is not carried out at all; `headers` go into the response, `data` into the extensions.

    `noted` is what the log of requests and the access log are told, and nobody else: whose token it was, and why it is refused.
    """

    def __init__(
        self, code: ErrorCode | LimitCode, message: str, headers: Mapping[str, str] | None = None, **data: object
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.data = data
        self.noted: dict[str, str] = {}


def refusal_of(error: DocumentLimitExceededError) -> RequestRefusedError:
    """Answer the refusal of a document that passes a limit."""
    return RequestRefusedError(error.code, str(error), limit=error.limit, actual=error.actual)


def formatted(refused: RequestRefusedError, request_id: str) -> dict[str, Any]:
    """Answer a refusal as one error of a response."""
    return _error(refused.message, refused.code, request_id, refused.data)


def formatted_all(
    errors: Iterable[GraphQLError], default: ErrorCode, request_id: str, *, suggests: bool = True
) -> list[dict[str, Any]]:
    """Answer errors of the library as errors of a response.

    `default` is the code of those it found itself; without `suggests` they name nothing that is alike.
    """
    told = [_formatted(error, default, request_id) for error in errors]
    if not suggests:
        for each in told:
            each["message"] = _SUGGESTION.sub("", each["message"])
    return told


def classify(error: BaseException, request_id: str) -> RequestRefusedError:
    """Answer what a failure of the service itself is told as; one that nobody expects is logged."""
    match error:
        case RequestRefusedError():
            return error
        case DocumentLimitExceededError():
            return refusal_of(error)
        case OverloadedError():
            message = f"too many {error.what} are waiting; try again"
            return RequestRefusedError(ErrorCode.OVERLOADED, message, retryAfter=_seconds(error.retry_after))
        case OrganizationNotFoundError():
            # It was removed after the request had begun.
            return RequestRefusedError(ErrorCode.UNAUTHENTICATED, "the token belongs to nobody with access")
        case TimeoutError() | asyncpg.QueryCanceledError():
            message = "the request took too long; a change may be made all the same"
            return RequestRefusedError(ErrorCode.TIMED_OUT, message, retryAfter=1)
        case UnavailableError():
            _log.warning("ledger unavailable", request_id=request_id, exc_info=error)
            return _unavailable(_seconds(error.retry_after), is_outcome_unknown=error.is_outcome_unknown)
        case _ if isinstance(error, _UNAVAILABLE):
            _log.warning("database unavailable", request_id=request_id, exc_info=error)
            return _unavailable(1)
        case _:
            _log.error("unexpected error", request_id=request_id, exc_info=error)
            return RequestRefusedError(ErrorCode.INTERNAL, "internal error")


def original_of(error: GraphQLError) -> BaseException | None:
    """Answer what a resolver raised, or None for an error of the library."""
    original: BaseException | None = error
    while isinstance(original, GraphQLError):
        original = original.original_error
    return original


def _formatted(error: GraphQLError, default: ErrorCode, request_id: str) -> dict[str, Any]:
    original = original_of(error)
    if original is None:
        code = (error.extensions or {}).get("code")
        told = _error(error.message, code if code in ALL_CODES else _own_code(error, default), request_id, {})
    elif isinstance(original, GraphQLRefusal):
        told = _error(original.message, original.code, request_id, {})
    elif error.path is None and isinstance(original, ValueError):
        # A scalar says why it does not take a value; nothing has been carried out yet.
        told = _error(error.message, default, request_id, {})
    else:
        told = formatted(classify(original, request_id), request_id)
    if error.locations:
        told["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path:
        told["path"] = error.path
    return told


def _own_code(error: GraphQLError, default: ErrorCode) -> str:
    # With a path, the library was carrying out a field: an argument that only then turned out to be wrong.
    return RefusalCode.ARGUMENT_INVALID if error.path else default


def _error(message: str, code: str, request_id: str, data: Mapping[str, object]) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": str(code), "requestId": request_id, **data}}


def _unavailable(retry_after: int, *, is_outcome_unknown: bool = False) -> RequestRefusedError:
    message = "the service is not available; try again"
    refused = RequestRefusedError(ErrorCode.UNAVAILABLE, message, retryAfter=retry_after)
    if is_outcome_unknown:
        refused.data["isOutcomeUnknown"] = True
    return refused


def _seconds(seconds: float) -> int:
    return max(1, round(seconds))
