"""Bearer tokens of an OpenID provider: JSON Web Tokens that are verified with the provider's published keys.

Where the keys are published says the provider's own configuration (OpenID Connect Discovery 1.0). They are fetched once for
all requests that wait for them, kept for a while, and fetched again for a key that is not known (rotation), but not more often
than a pause allows: whoever makes up key identifiers cannot make this server ask without end.

Checked is what RFC 8725 and RFC 9068 ask for: the algorithm against a list of asymmetric ones, the signature, issuer, audience,
times, and that there is a subject. Nothing in a token's header says where to get a key.
"""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import jwt
import orjson
import structlog

from service.graphql_errors import ErrorCode, RequestRefusedError

_log = structlog.get_logger()

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What can be allowed: signatures that the provider alone can make. `none` and the symmetric ones are not among them."""

_TYPES = {None, "jwt", "at+jwt", "application/at+jwt"}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_LARGEST_DOCUMENT = 1 << 20
_LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdLimits:
    """What a token must say, and how keys are got; times in seconds."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA")
    leeway_seconds: float = 60.0
    keys_seconds: float = 3600.0
    refresh_seconds: float = 30.0
    fetch_seconds: float = 5.0
    token_characters: int = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a token is of: unique within its issuer."""

    issuer: str
    subject: str


class TokenInvalidError(Exception):
    """A token does not hold; the message is for the log."""


Fetch = Callable[[str, float], bytes]


def fetch(url: str, seconds: float) -> bytes:
    """Answer what lies at an address, by https or from this machine.

    Raises:
        OSError, ValueError: it cannot be had, or is too large.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError(f"{url} is neither https nor on this machine")
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - checked above
    try:
        with _OPENER.open(request, timeout=seconds) as response:
            content: bytes = response.read(_LARGEST_DOCUMENT + 1)
    except urllib.error.HTTPError as error:
        error.close()  # it is a response as well, and would keep its connection
        raise
    if len(content) > _LARGEST_DOCUMENT:
        raise ValueError(f"{url} answers more than {_LARGEST_DOCUMENT} bytes")
    return content


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: what is checked is the address that was asked for."""


_OPENER = urllib.request.build_opener(_NoRedirects)


class OpenIdVerifier:
    """Verifies tokens of one provider."""

    def __init__(self, limits: OpenIdLimits, fetch: Fetch = fetch) -> None:
        self._limits = limits
        self._fetch = fetch
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._keys_until = 0.0
        self._fetch_not_before = 0.0
        self._fetching = asyncio.Lock()

    async def subject(self, token: str) -> Subject:
        """Answer whom a token is of.

        Raises:
            TokenInvalidError: it does not hold.
            RequestRefusedError: UNAVAILABLE, when the provider's keys cannot be had.
        """
        if len(token) > self._limits.token_characters:
            raise TokenInvalidError(f"a token of {len(token)} characters")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise TokenInvalidError(str(error)) from error
        algorithm, kind, key_id = header.get("alg"), header.get("typ"), header.get("kid")
        if algorithm not in self._limits.algorithms:
            raise TokenInvalidError("an algorithm that is not allowed")
        if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
            raise TokenInvalidError("a token of another type")
        if key_id is not None and not isinstance(key_id, str):
            raise TokenInvalidError("a key identifier that is no text")
        return self._verified(token, str(algorithm), await self._key(key_id))

    def _verified(self, token: str, algorithm: str, key: jwt.PyJWK) -> Subject:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._limits.audience,
                issuer=self._limits.issuer,
                leeway=self._limits.leeway_seconds,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise TokenInvalidError(str(error)) from error
        subject: object = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
            raise TokenInvalidError("a subject that is none")
        return Subject(issuer=self._limits.issuer, subject=subject)

    async def _key(self, key_id: str | None) -> jwt.PyJWK:
        key = self._known(key_id)
        if key is None or time.monotonic() >= self._keys_until:
            await self._refresh(key_id)
            key = self._known(key_id)
        if key is None:
            raise TokenInvalidError("a key that the provider does not have")
        return key

    def _known(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    async def _refresh(self, key_id: str | None) -> None:
        async with self._fetching:
            now = time.monotonic()
            is_fresh = now < self._keys_until
            if is_fresh and (self._known(key_id) is not None or now < self._fetch_not_before):
                return  # another request has fetched them meanwhile, or it is too soon
            if now < self._fetch_not_before:
                raise _unavailable()
            self._fetch_not_before = now + self._limits.refresh_seconds
            try:
                keys = await asyncio.to_thread(self._published)
            except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
                _log.warning("the keys of the OpenID provider cannot be had", issuer=self._limits.issuer, exc_info=error)
                if is_fresh:
                    return
                raise _unavailable() from error
            self._keys = keys
            self._keys_until = time.monotonic() + self._limits.keys_seconds

    def _published(self) -> dict[str | None, jwt.PyJWK]:
        issuer, seconds = self._limits.issuer, self._limits.fetch_seconds
        configuration = _object(self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration", seconds))
        if configuration["issuer"] != issuer:
            raise ValueError("the configuration is another issuer's")
        published = _object(self._fetch(str(configuration["jwks_uri"]), seconds))
        keys: dict[str | None, jwt.PyJWK] = {}
        for content in cast("list[Any]", published["keys"]):
            try:
                if content.get("use", "sig") == "sig":
                    key = jwt.PyJWK.from_dict(content)
                    keys[key.key_id] = key
            except (jwt.PyJWTError, AttributeError):
                continue  # of a kind that is not used here; a provider may publish more than one
        if not keys:
            raise ValueError("the provider publishes no key that can be used")
        return keys


def _object(content: bytes) -> Mapping[str, Any]:
    parsed = orjson.loads(content)
    if not isinstance(parsed, dict):
        raise TypeError("not an object")
    return cast("dict[str, Any]", parsed)


def _unavailable() -> RequestRefusedError:
    return RequestRefusedError(ErrorCode.UNAVAILABLE, "the identity provider does not answer; try again", retryAfter=5)
