"""Which tokens of an OpenID provider hold: a real one's, and nothing that a forged token may try."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from service.graphql_errors import RequestRefusedError
from service.openid import OpenIdLimits, OpenIdVerifier, Subject, TokenInvalidError
from service.openid import fetch as fetch_document
from tests.support.issuer import AUDIENCE, EC_KEY, OTHER_KEY, RSA_KEY, Issuer, issuing, published
from tests.support.javascript import command, environment


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


def verifier_of(issuer: Issuer, **limits: Any) -> OpenIdVerifier:
    return OpenIdVerifier(OpenIdLimits(issuer=issuer.address, audience=AUDIENCE, **limits))


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    def encoded(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    return ".".join((encoded(json.dumps(header).encode()), encoded(json.dumps(claims).encode()), encoded(signature)))


def public_pem() -> bytes:
    return RSA_KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def with_symmetric_signature(issuer: Issuer) -> str:
    """The confusion of algorithms: signed with the public key as if it were a secret."""
    now = int(time.time())
    claims = {"iss": issuer.address, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300}
    head, _, _ = unsigned({"alg": "HS256", "typ": "JWT", "kid": "one"}, claims).rpartition(".")
    signature = hmac.new(public_pem(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def with_payload(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{unsigned({}, claims).split('.')[1]}.{signature}"


FORGED: dict[str, Callable[[Issuer], str]] = {
    "no signature": lambda it: unsigned(
        {"alg": "none"}, {"iss": it.address, "aud": AUDIENCE, "sub": "ada", "exp": 2e9, "iat": 1}
    ),
    "the public key as a secret": with_symmetric_signature,
    "another's key": lambda it: it.token(OTHER_KEY),
    "a key that is not published": lambda it: it.token(OTHER_KEY, headers={"kid": "two"}),
    "a key from the header": lambda it: it.token(OTHER_KEY, headers={"jwk": published(OTHER_KEY, "one")}),
    "a key from elsewhere": lambda it: it.token(OTHER_KEY, headers={"jku": "https://evil.example/keys", "kid": "../../keys"}),
    "another algorithm of the same key": lambda it: it.token(headers={"kid": "curve"}),
    "an algorithm that is not allowed": lambda it: it.token(algorithm="RS512"),
    "another issuer": lambda it: it.token(iss="https://evil.example"),
    "another audience": lambda it: it.token(aud="https://other.example"),
    "an audience among none": lambda it: it.token(aud=[]),
    "no audience": lambda it: it.token(aud=None),
    "over": lambda it: it.token(exp=int(time.time()) - 120),
    "without an end": lambda it: it.token(exp=None),
    "not yet": lambda it: it.token(nbf=int(time.time()) + 120),
    "made in the future": lambda it: it.token(iat=int(time.time()) + 3_600),
    "no subject": lambda it: it.token(sub=None),
    "an empty subject": lambda it: it.token(sub=""),
    "a subject with NUL": lambda it: it.token(sub="a\x00b"),
    "a long subject": lambda it: it.token(sub="a" * 300),
    "another type": lambda it: it.token(headers={"typ": "logout+jwt"}),
    "a number for a key": lambda _: unsigned({"alg": "RS256", "kid": 7}, {"sub": "ada"}, b"x"),
    "no JSON": lambda _: "e30.e30.e30",
    "a list for a header": lambda _: base64.urlsafe_b64encode(b"[]").decode().rstrip("=") + ".e30.e30",
    "broken base64": lambda _: "!!.@@.##",
    "empty parts": lambda _: "..",
    "another payload": lambda it: with_payload(it.token(), {"sub": "eve"}),
    "too long": lambda it: it.token(padding="a" * 9_000),
}


@pytest.mark.parametrize("forgery", list(FORGED))
async def test_a_forged_token_holds_nowhere(issuer: Issuer, forgery: str):
    with pytest.raises(TokenInvalidError):
        await verifier_of(issuer).subject(FORGED[forgery](issuer))


async def test_what_the_provider_signed_holds(issuer: Issuer):
    verifier, now = verifier_of(issuer), int(time.time())
    ada = Subject(issuer=issuer.address, subject="ada")
    tokens = (
        issuer.token(),
        issuer.token(EC_KEY, "ES256", {"kid": "curve"}),
        issuer.token(aud=["https://other.example", AUDIENCE]),
        issuer.token(headers={"typ": "at+JWT"}),
        # Clocks differ: a minute is let pass by default.
        issuer.token(exp=now - 30),
        issuer.token(nbf=now + 30, iat=now + 30),
    )
    assert [await verifier.subject(token) for token in tokens] == [ada] * len(tokens)
    assert issuer.asked == 1


async def test_many_requests_at_once_ask_for_the_keys_once(issuer: Issuer):
    verifier = verifier_of(issuer)
    await asyncio.gather(*(verifier.subject(issuer.token()) for _ in range(100)))
    assert issuer.asked == 1


async def test_keys_are_rotated_and_made_up_ones_do_not_make_it_ask_without_end(issuer: Issuer):
    verifier = verifier_of(issuer, refresh_seconds=1.0)
    await verifier.subject(issuer.token())
    issuer.keys = [published(OTHER_KEY, "two")]
    await asyncio.sleep(1.1)
    assert (await verifier.subject(issuer.token(OTHER_KEY, headers={"kid": "two"}))).subject == "ada"
    with pytest.raises(TokenInvalidError):
        await verifier.subject(issuer.token())
    asked = issuer.asked
    for number in range(50):
        with pytest.raises(TokenInvalidError):
            await verifier.subject(issuer.token(headers={"kid": f"made up {number}"}))
    assert issuer.asked <= asked + 1


async def test_known_keys_outlive_a_provider_that_is_down(issuer: Issuer):
    verifier = verifier_of(issuer)
    issuer.is_broken = True
    with pytest.raises(RequestRefusedError) as unavailable:
        await verifier.subject(issuer.token())
    assert unavailable.value.code == "UNAVAILABLE"
    issuer.is_broken = False
    other = verifier_of(issuer, refresh_seconds=0.01)
    await other.subject(issuer.token())
    issuer.is_broken = True
    await asyncio.sleep(0.05)
    with pytest.raises(TokenInvalidError):
        await other.subject(issuer.token(OTHER_KEY, headers={"kid": "two"}))
    assert (await other.subject(issuer.token())).subject == "ada"


async def test_keys_come_by_https_or_from_this_machine_alone():
    asked: list[str] = []

    def fetch(url: str, _: float) -> bytes:
        asked.append(url)
        return json.dumps({"issuer": "https://id.example", "jwks_uri": "http://169.254.169.254/keys"}).encode()

    with pytest.raises(ValueError, match="neither https"):
        fetch_document("http://169.254.169.254/keys", 1)
    with pytest.raises(ValueError, match="neither https"):
        fetch_document("file:///etc/passwd", 1)
    verifier = OpenIdVerifier(OpenIdLimits(issuer="https://elsewhere.example", audience=AUDIENCE), fetch)
    with pytest.raises(RequestRefusedError):
        await verifier.subject(jwt.encode({"sub": "a"}, RSA_KEY, algorithm="RS256", headers={"kid": "one"}))
    assert asked == ["https://elsewhere.example/.well-known/openid-configuration"]  # another issuer's: not followed


# --- a real provider


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@contextmanager
def provider(port: int, key_id: str) -> Iterator[None]:
    process = subprocess.Popen(
        command("provider.mjs", str(port), key_id, AUDIENCE),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            assert any(line.strip() == "ready" for line in process.stdout)
            yield
        finally:
            process.kill()


def granted(port: int, client_id: str) -> str:
    """A token that the provider issues to one of its clients."""
    answer = httpx.post(
        f"http://127.0.0.1:{port}/token",
        data={"grant_type": "client_credentials", "scope": "okr"},
        auth=(client_id, "only-for-tests"),
    )
    token: str = answer.json()["access_token"]
    return token


async def test_tokens_of_a_real_provider_hold_before_and_after_it_changes_its_keys():
    port = free_port()
    limits = OpenIdLimits(issuer=f"http://127.0.0.1:{port}", audience=AUDIENCE, refresh_seconds=0.1)
    verifier = OpenIdVerifier(limits)
    with provider(port, "first"):
        before = granted(port, "ada")
        assert await verifier.subject(before) == Subject(issuer=limits.issuer, subject="ada")
        assert (await verifier.subject(granted(port, "max"))).subject == "max"
        elsewhere = OpenIdVerifier(OpenIdLimits(issuer=limits.issuer, audience="https://other.example"))
        with pytest.raises(TokenInvalidError):
            await elsewhere.subject(before)
    with provider(port, "second"):
        assert (await verifier.subject(granted(port, "ada"))).subject == "ada"
        with pytest.raises(TokenInvalidError):
            await verifier.subject(before)
