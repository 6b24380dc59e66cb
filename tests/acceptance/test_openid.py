"""Signing in through an OpenID provider: a real one, and everything a forged token may try."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from events.person import Role
from service import identities
from service.app import create_app
from service.database import Database
from service.graphql_errors import RequestRefusedError
from service.openid import OpenIdLimits, OpenIdVerifier, Subject, TokenInvalidError
from service.openid import fetch as fetch_document
from service.settings import Settings
from tests.support.client import Client, authorization
from tests.support.command_line import CommandLine
from tests.support.javascript import command, environment
from tests.support.operations import Company
from tests.support.organization import ExampleOrganization, make_organization

AUDIENCE = "https://okr.example.com"
WHO = "{ viewer { person { id } organization { id } } }"
INVITE = """mutation ($input: InvitationCreateInput!) {
  invitationCreate(input: $input) { secret expiresAt events { id } userErrors { code path } }
}"""

# --- a provider of the tests' own, whose keys they hold


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def published(key: Any, key_id: str) -> dict[str, Any]:
    kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig"}


class Issuer:
    """Publishes keys over HTTP, and counts how often it is asked for them."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.keys: list[dict[str, Any]] = [published(RSA_KEY, "one"), published(EC_KEY, "curve")]
        self.asked = 0
        self.is_broken = False

    def token(self, key: Any = RSA_KEY, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **claims: Any) -> str:
        now = int(time.time())
        content = {"iss": self.address, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300, **claims}
        kept = {name: value for name, value in content.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": "one", **(headers or {})})


@contextmanager
def issuing() -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/keys":
                issuer.asked += 1
            documents = {
                "/.well-known/openid-configuration": {"issuer": issuer.address, "jwks_uri": f"{issuer.address}/keys"},
                "/keys": {"keys": issuer.keys},
            }
            content = json.dumps(documents[self.path]).encode()
            self.send_response(500 if issuer.is_broken else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield issuer
        finally:
            server.shutdown()


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


# --- the application with such a provider


class Door:
    """An application that takes tokens of an issuer."""

    def __init__(self, http: httpx.AsyncClient, issuer: Issuer, database: Database) -> None:
        self.http = http
        self.issuer = issuer
        self.database = database

    async def asked(self, subject: str, organization: str | None = None) -> httpx.Response:
        headers = authorization(self.issuer.token(sub=subject))
        if organization is not None:
            headers["Okr-Organization"] = organization
        return await self.http.post("/graphql", json={"query": WHO}, headers=headers)

    async def accepted(self, subject: str, secret: str) -> httpx.Response:
        headers = authorization(self.issuer.token(sub=subject))
        return await self.http.post("/invitations/accept", json={"secret": secret}, headers=headers)

    async def link(self, organization: ExampleOrganization, role: Role, subject: str) -> None:
        async with self.database.connection(organization.organization_id) as connection:
            who = Subject(issuer=self.issuer.address, subject=subject)
            await identities.link(connection, organization.organization_id, organization.people[role], who)

    def client(self, token: str) -> Client:
        return Client(httpx.AsyncClient(transport=self.http._transport, base_url="http://okr", headers=authorization(token)))


@pytest_asyncio.fixture
async def door(issuer: Issuer, database_url: str, organization: ExampleOrganization) -> AsyncIterator[Door]:
    settings = Settings(openid_issuer=issuer.address, openid_audience=AUDIENCE)
    application = create_app(settings, database_url)
    async with application.router.lifespan_context(application), Database(database_url) as database:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://okr") as http:
            yield Door(http, issuer, database)


def code(response: httpx.Response) -> str:
    answer: str = response.json()["errors"][0]["extensions"]["code"]
    return answer


async def test_a_subject_is_who_it_is_linked_to(door: Door, organization: ExampleOrganization):
    assert code(await door.asked("ada")) == "UNAUTHENTICATED"
    await door.link(organization, Role.ADMIN, "ada")
    viewer = (await door.asked("ada")).json()["data"]["viewer"]
    assert viewer["person"]["id"] == organization.people[Role.ADMIN]
    forged = await door.http.post("/graphql", json={"query": WHO}, headers=authorization(door.issuer.token(OTHER_KEY)))
    assert (forged.status_code, code(forged)) == (401, "UNAUTHENTICATED")
    assert 'error="invalid_token"' in forged.headers["www-authenticate"]
    assert forged.json()["errors"][0]["message"] == "the token is not valid"  # why stands in the log alone


async def test_who_belongs_to_several_organizations_says_which(
    door: Door, organization: ExampleOrganization, database_url: str
):
    other, third = await make_organization(database_url, "Other"), await make_organization(database_url, "Third")
    await door.link(organization, Role.ADMIN, "ada")
    await door.link(other, Role.MEMBER, "ada")
    unsaid = await door.asked("ada")
    assert (unsaid.status_code, code(unsaid)) == (400, "ORGANIZATION_REQUIRED")
    told = unsaid.json()["errors"][0]["extensions"]["organizations"]
    assert {(each["id"], each["name"]) for each in told} == {(organization.identifier, "Example"), (other.identifier, "Other")}
    for chosen, role in ((organization, Role.ADMIN), (other, Role.MEMBER)):
        viewer = (await door.asked("ada", chosen.identifier)).json()["data"]["viewer"]
        assert (viewer["organization"]["id"], viewer["person"]["id"]) == (chosen.identifier, chosen.people[role])
    # Not a member, not there, and no identifier: the same answer.
    answers = [await door.asked("ada", name) for name in (third.identifier, "organization_" + "0" * 26, "x", "")]
    assert {(each.status_code, code(each), each.json()["errors"][0]["message"]) for each in answers} == {
        (401, "UNAUTHENTICATED", "the token is not valid")
    }
    chosen = {organization.identifier: "Example", other.identifier: "Other"}
    headers = {**authorization(door.issuer.token(sub="ada")), "Okr-Organization": other.identifier}
    listed = await door.http.post("/graphql", json={"query": "{ viewer { organizations { id name } } }"}, headers=headers)
    found = listed.json()["data"]["viewer"]["organizations"]
    assert {each["id"]: each["name"] for each in found} == chosen
    own = authorization(organization.tokens[Role.ADMIN])
    for name, status in ((organization.identifier, 200), (other.identifier, 401)):
        named = await door.http.post("/graphql", json={"query": WHO}, headers={**own, "Okr-Organization": name})
        assert named.status_code == status


async def test_an_organization_that_sent_somebody_away_is_no_choice_of_theirs(
    door: Door, organization: ExampleOrganization, database_url: str
):
    other = await make_organization(database_url, "Other")
    await door.link(organization, Role.ADMIN, "max")
    await door.link(other, Role.MEMBER, "max")
    admin = Company(door.client(other.tokens[Role.ADMIN]))
    await admin.do("person_deactivate", personId=other.people[Role.MEMBER])
    viewer = (await door.asked("max")).json()["data"]["viewer"]
    assert viewer["organization"]["id"] == organization.identifier
    assert code(await door.asked("max", other.identifier)) == "UNAUTHENTICATED"
    await door.link(organization, Role.MEMBER, "eve")
    await Company(door.client(organization.tokens[Role.ADMIN])).do(
        "person_deactivate", personId=organization.people[Role.MEMBER]
    )
    await door.link(other, Role.MEMBER, "eve")
    nowhere = await door.asked("eve")
    assert (nowhere.status_code, code(nowhere)) == (401, "UNAUTHENTICATED")


async def test_an_invitation_links_whoever_has_its_secret_once(door: Door, organization: ExampleOrganization):
    admin = door.client(organization.tokens[Role.ADMIN])
    person_id = organization.people[Role.MEMBER]
    trial = await admin.run(INVITE, {"input": {"personId": person_id, "dryRun": True}})
    assert trial["invitationCreate"]["secret"] is None
    first = (await admin.run(INVITE, {"input": {"personId": person_id}}))["invitationCreate"]
    second = (await admin.run(INVITE, {"input": {"personId": person_id}}))["invitationCreate"]
    assert second["secret"].startswith("okr_invitation_")
    for secret in (first["secret"], "okr_invitation_made-up", ""):
        assert code(await door.accepted("max", secret)) == "NOT_FOUND"
    accepted = await door.accepted("max", second["secret"])
    assert accepted.json() == {"organizationId": organization.identifier, "personId": person_id}
    assert (await door.asked("max")).json()["data"]["viewer"]["person"]["id"] == person_id
    assert code(await door.accepted("eve", second["secret"])) == "NOT_FOUND"
    assert code(await door.asked("eve")) == "UNAUTHENTICATED"


async def test_invitations_are_for_admins_and_for_who_has_access(door: Door, organization: ExampleOrganization):
    member = organization.people[Role.MEMBER]
    for role in (Role.MEMBER, Role.VIEWER, Role.AUDITOR):
        refused = await door.client(organization.tokens[role]).run(INVITE, {"input": {"personId": member}})
        assert refused["invitationCreate"]["userErrors"] == [{"code": "FORBIDDEN", "path": None}]
    admin = door.client(organization.tokens[Role.ADMIN])
    made = (await admin.run(INVITE, {"input": {"personId": member}}))["invitationCreate"]
    await door.link(organization, Role.MEMBER, "max")
    await Company(admin).do("person_erase", personId=member)
    assert code(await door.accepted("eve", made["secret"])) == "NOT_FOUND"
    assert code(await door.asked("max")) == "UNAUTHENTICATED"
    gone = await admin.run(INVITE, {"input": {"personId": member}})
    assert gone["invitationCreate"]["userErrors"] == [{"code": "WRONG_STATE", "path": ["personId"]}]


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({}, b"{}", 401),
        ({"Authorization": "Bearer okr_ledger_x"}, b"{}", 401),
        ({"Authorization": "Basic abc"}, b"{}", 401),
        (None, b"[]", 400),
        (None, b'{"secret": 7}', 400),
        (None, b"{", 400),
        (None, b" " * 10_000, 413),
        (None, b'{"secret": "\\u0000"}', 404),
    ],
)
async def test_what_is_no_acceptance_is_refused(door: Door, headers: dict[str, str] | None, content: bytes, status: int):
    given = authorization(door.issuer.token()) if headers is None else headers
    kinds = {"Content-Type": "application/json", **given}
    response = await door.http.post("/invitations/accept", content=content, headers=kinds)
    assert response.status_code == status, response.text


# --- a real provider


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


def test_identities_are_linked_on_the_command_line(database_url: str):
    program = CommandLine(database_url=database_url)
    person_id = program.organization()["person"]
    issuer = ("--issuer", "https://id.example")
    assert "signs in as" in program.run("identity", "link", "--person", person_id, "--subject", "ada", *issuer).stdout
    assert program.run("identity", "list").stdout == f"{person_id}\thttps://id.example\tada\n"
    assert program.run("identity", "unlink", "--person", person_id).stdout == "1 subjects are unlinked\n"
    assert program.run("identity", "list").stdout == ""
    stranger = "person_" + "0" * 26
    assert (
        "no active member"
        in program.run("identity", "link", "--person", stranger, "--subject", "a", *issuer, expected=1).stderr
    )
    assert "not the identifier" in program.run("identity", "unlink", "--person", "ada", expected=2).stderr
    assert "name the issuer" in program.run("identity", "link", "--person", person_id, "--subject", "a", expected=2).stderr
