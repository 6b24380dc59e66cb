"""Signing in through an OpenID provider: who a subject is, in which organization, and how it becomes somebody."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from events.person import Role
from service import identities
from service.app import create_app
from service.database import Database
from service.openid import Subject
from service.settings import Settings
from tests.support.client import Client, authorization
from tests.support.command_line import CommandLine
from tests.support.issuer import AUDIENCE, OTHER_KEY, Issuer, issuing
from tests.support.operations import Company
from tests.support.organization import ExampleOrganization, make_organization

WHO = "{ viewer { person { id } organization { id } } }"
INVITE = """mutation ($input: InvitationCreateInput!) {
  invitationCreate(input: $input) { secret expiresAt events { id } userErrors { code path } }
}"""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


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
