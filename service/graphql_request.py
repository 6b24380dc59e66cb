"""GraphQL over HTTP: what a request asks for, and in which media type it wants its answer.

There is no ambient credential (no cookie), so a page of another site can do nothing in a visitor's name: a
request without an Authorization header is nobody's, and one with it needs a preflight. Content types that a
form could send are refused all the same.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any, cast

import orjson
from starlette.requests import Request

from service.graphql_errors import ErrorCode, RequestRefusedError

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
HTML = "text/html"

_DOCUMENT_HASH = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")

MAX_JSON_DEPTH = 32
"""Levels of variables: deeper ones are no input of this API, and coercing them recurses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    """One request, its parts checked for their types; at least one of `query` and `document_hash` is given.

    `document_hash` is the SHA-256 of the document in hexadecimal.
    """

    query: str | None
    document_hash: str | None
    operation_name: str | None
    variables: dict[str, Any]


def accepted_type(accept: str | None) -> str | None:
    """Answer the media type to answer in (`JSON`, `GRAPHQL_RESPONSE` or `HTML`), or None when none is accepted.

    The one of the greatest weight, then the one named first; whoever takes anything gets `JSON`.
    """
    if accept is None or not accept.strip():
        return JSON
    best, best_weight = None, 0.0
    for part in accept.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        offered = {GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, HTML: HTML, JSON: JSON, "*/*": JSON, "application/*": JSON}.get(name)
        weight = _weight(parameters)
        if offered is not None and weight > best_weight:
            best, best_weight = offered, weight
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, float(value))
            except ValueError:
                return 0.0
    return 1.0


async def read_request(request: Request, body_limit: int, body_seconds: float) -> GraphQLRequest:
    """Read and check what a request asks for.

    Raises:
        RequestRefusedError: it is malformed, too large or of a content type that is not taken.
    """
    if request.method == "POST":
        return _checked(await read_object(request, body_limit, body_seconds))
    parameters = request.query_params
    return _checked(
        {
            "query": parameters.get("query"),
            "documentId": parameters.get("documentId"),
            "operationName": parameters.get("operationName") or None,
            "variables": _json_parameter(parameters.get("variables"), "variables"),
            "extensions": _json_parameter(parameters.get("extensions"), "extensions"),
        }
    )


async def read_object(request: Request, body_limit: int, body_seconds: float) -> dict[str, Any]:
    """Read a body that has to be a JSON object.

    Raises:
        RequestRefusedError: it is malformed, too large, too slow or of a content type that is not taken.
    """
    try:
        async with asyncio.timeout(body_seconds):
            body = await _read_body(request, body_limit)
    except TimeoutError as error:
        message = f"the body did not come within {body_seconds:g} seconds"
        raise RequestRefusedError(ErrorCode.BODY_TIMED_OUT, message, {"Connection": "close"}) from error
    parsed = _json(body, "the body")
    if isinstance(parsed, list):
        raise _bad("batches are not taken: send one request for each operation, or several root fields in one")
    if not isinstance(parsed, dict):
        raise _bad("the body must be a JSON object")
    return cast("dict[str, Any]", parsed)


async def _read_body(request: Request, limit: int) -> bytes:
    content_type, *parameters = (each.strip().lower() for each in request.headers.get("content-type", "").split(";"))
    if content_type != JSON:
        raise RequestRefusedError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"the content type must be {JSON}", {"Accept-Post": JSON})
    charset = next((each.partition("=")[2].strip(' "') for each in parameters if each.startswith("charset")), "utf-8")
    if charset not in {"utf-8", "utf8"}:
        raise RequestRefusedError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "the character set must be utf-8")
    if "content-encoding" in request.headers and request.headers["content-encoding"].lower() != "identity":
        raise RequestRefusedError(
            ErrorCode.UNSUPPORTED_MEDIA_TYPE, "a compressed body is not taken", {"Accept-Encoding": "identity"}
        )
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> RequestRefusedError:
    # The server throws away what is left of the body: closing the connection would take the answer along.
    return RequestRefusedError(ErrorCode.REQUEST_TOO_LARGE, f"the body has more than {limit} bytes", limit=limit)


def _json_parameter(text: str | None, name: str) -> Any:
    return None if not text else _json(text.encode(errors="replace"), name)


def _json(content: bytes, what: str) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _bad(f"{what} must be JSON in UTF-8") from error


def _checked(parsed: dict[str, Any]) -> GraphQLRequest:
    query, name = parsed.get("query"), parsed.get("operationName")
    variables, extensions = parsed.get("variables"), parsed.get("extensions")
    document_hash = _document_hash(parsed.get("documentId"), extensions)
    if not isinstance(query, str) and (query is not None or document_hash is None):
        raise _bad("query must be a text")
    if name is not None and not isinstance(name, str):
        raise _bad("operationName must be a text or null")
    if variables is not None and not isinstance(variables, dict):
        raise _bad("variables must be an object or null")
    if extensions is not None and not isinstance(extensions, dict):
        raise _bad("extensions must be an object or null")
    known = cast("dict[str, Any]", variables or {})
    _check_values(known)
    return GraphQLRequest(query=query, document_hash=document_hash, operation_name=name, variables=known)


def _document_hash(document_id: object, extensions: object) -> str | None:
    """Answer the hash that a request names its document by, in either of two ways, or None."""
    given = document_id
    if isinstance(extensions, dict) and "persistedQuery" in extensions:
        persisted = cast("dict[str, Any]", extensions)["persistedQuery"]
        if not isinstance(persisted, dict) or cast("dict[str, Any]", persisted).get("version") != 1:
            raise _bad("extensions.persistedQuery must be an object of version 1")
        given = cast("dict[str, Any]", persisted).get("sha256Hash")
    if given is None:
        return None
    named = _DOCUMENT_HASH.fullmatch(given) if isinstance(given, str) else None
    if named is None:
        raise _bad("a document is named by its SHA-256 in hexadecimal")
    return named[1].lower()


def _check_values(variables: dict[str, Any]) -> None:
    level: list[Any] = [variables]
    for _ in range(MAX_JSON_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(cast("dict[str, Any]", value).values())
            elif isinstance(value, list):
                below.extend(value)  # pyright: ignore[reportUnknownArgumentType] - of whatever JSON can hold
            elif isinstance(value, str) and "\x00" in value:
                raise _bad("a text in the variables holds NUL, which can not be stored")
        if not below:
            return
        level = below
    raise _bad(f"variables are nested more than {MAX_JSON_DEPTH} levels deep")


def _bad(message: str) -> RequestRefusedError:
    return RequestRefusedError(ErrorCode.BAD_REQUEST, message)
