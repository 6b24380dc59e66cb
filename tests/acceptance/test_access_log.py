"""The access log: who came in, what was refused, what was done about tokens; and that nobody can flood it or read another's."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from events.person import Role
from schema.access_door import AccessKind
from service import access_records, identities
from service.access_log import AccessLimits, AccessLog
from service.access_records import Access, Counted
from service.database import Database
from service.openid import Subject
from service.request_log import AnsweredRequest
from service.settings import Settings
from service.tokens import create_token, revoke_token
from tests.support.acting import owner
from tests.support.client import Client, authorization
from tests.support.command_line import CommandLine
from tests.support.organization import ExampleOrganization, make_organization

Connect = Callable[[str | None], Client]
AsRole = Callable[[Role], Client]
Record = dict[str, Any]

LOG = """query ($first: Int = 100, $after: String, $last: Int, $before: String, $kind: AccessKind, $actorId: ID) {
  accessLog(first: $first, after: $after, last: $last, before: $before, kind: $kind, actorId: $actorId) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id kind code detail actor { id name } subject { id } tokenId address requestCount firstAt lastAt } } }"""
NEWEST = LOG.replace("first: $first, ", "").replace("$first: Int = 100, ", "")
CREATE_TEAM = "mutation ($input: TeamCreateInput!) { teamCreate(input: $input) { userErrors { code } } }"
TOKEN = "mutation ($input: TokenCreateInput!) { tokenCreate(input: $input) { secret token { id } userErrors { code } } }"
REVOKE = "mutation ($input: TokenRevokeInput!) { tokenRevoke(input: $input) { token { id } userErrors { code } } }"


@pytest.fixture
def settings() -> Settings:
    return Settings(introspection="AUTHENTICATED", access_log_seconds=0.1)


async def log(client: Client, document: str = LOG, **variables: object) -> dict[str, Any]:
    answered: dict[str, Any] = (await client.run(document, variables))["accessLog"]
    return answered


async def until(client: Client, holds: Callable[[list[Record]], bool], **variables: object) -> list[Record]:
    """Read the log until it says what it should: it is kept from time to time."""
    records: list[Record] = []
    for _ in range(100):
        records = (await log(client, **variables))["nodes"]
        if holds(records):
            return records
        await asyncio.sleep(0.05)
    raise AssertionError(records)


def of(records: list[Record], kind: str, **fields: object) -> list[Record]:
    return [each for each in records if each["kind"] == kind and all(each[name] == value for name, value in fields.items())]


async def test_who_came_in_is_one_record_an_hour(client: Client, as_role: AsRole, organization: ExampleOrganization):
    member, began = as_role(Role.MEMBER), datetime.now(UTC)
    for _ in range(5):
        await member.run("{ organization { name } }")
    member_id = organization.people[Role.MEMBER]
    records = await until(client, lambda all_: sum(int(each["requestCount"]) for each in all_) == 5, actorId=member_id)
    # A test that runs across the full hour has two.
    assert len(records) <= 2
    assert {(each["kind"], each["actor"]["name"], each["address"]) for each in records} == {
        ("ENTERED", "Member Person", "127.0.0.1")
    }
    assert records[0]["tokenId"].startswith("token_")
    first, last = (datetime.fromisoformat(records[-1]["firstAt"]), datetime.fromisoformat(records[0]["lastAt"]))
    assert began - timedelta(seconds=1) <= first <= last <= datetime.now(UTC)


async def test_refusals_say_why_and_of_whom(
    client: Client, connect: Connect, as_role: AsRole, organization: ExampleOrganization, database_url: str
):
    viewer = organization.people[Role.VIEWER]
    assert await as_role(Role.VIEWER).run(CREATE_TEAM, {"input": {"name": "Sales"}}) == {
        "teamCreate": {"userErrors": [{"code": "FORBIDDEN"}]}
    }
    async with Database(database_url) as database, database.connection(organization.organization_id) as connection:
        soon = datetime.now(UTC) + timedelta(milliseconds=50)
        over = (await create_token(connection, organization.organization_id, viewer, "over", soon)).secret
        ended = await create_token(connection, organization.organization_id, viewer, "ended")
        await revoke_token(connection, organization.organization_id, ended.token.token_id)
    await asyncio.sleep(0.1)
    for secret in (over, ended.secret):
        assert (await connect(secret).send("{ organization { name } }")).status_code == 401
    other = await make_organization(database_url, name="Other")
    elsewhere = {"Okr-Organization": other.identifier}
    assert (await client.send("{ organization { name } }", headers=elsewhere)).status_code == 401
    deactivate = "mutation ($input: PersonDeactivateInput!) { personDeactivate(input: $input) { userErrors { code } } }"
    await client.run(deactivate, {"input": {"personId": organization.people[Role.AUDITOR]}})
    assert (await as_role(Role.AUDITOR).send("{ organization { name } }")).status_code == 401

    records = await until(client, lambda all_: len(all_) >= 5, kind="REFUSED")
    assert {(each["code"], each["detail"], each["actor"]["id"]) for each in records} == {
        ("FORBIDDEN", None, viewer),
        ("UNAUTHENTICATED", "EXPIRED", viewer),
        ("UNAUTHENTICATED", "REVOKED", viewer),
        ("UNAUTHENTICATED", "OTHER_ORGANIZATION", organization.people[Role.ADMIN]),
        ("UNAUTHENTICATED", "NO_ACCESS", organization.people[Role.AUDITOR]),
    }
    assert all(each["tokenId"] for each in records)


async def test_what_is_done_about_tokens_and_identities_is_there_at_once(
    client: Client, organization: ExampleOrganization, database_url: str
):
    admin, member = organization.people[Role.ADMIN], organization.people[Role.MEMBER]
    made = (await client.run(TOKEN, {"input": {"name": "reports"}}))["tokenCreate"]["token"]["id"]
    created = of((await log(client))["nodes"], "TOKEN_CREATED", tokenId=made)
    assert [(each["actor"]["id"], each["subject"]["id"]) for each in created] == [(admin, admin)]
    assert not (await client.run(REVOKE, {"input": {"tokenId": made, "dryRun": True}}))["tokenRevoke"]["userErrors"]
    assert of((await log(client))["nodes"], "TOKEN_ENDED") == []
    for _ in range(2):
        await client.run(REVOKE, {"input": {"tokenId": made}})
    assert [each["tokenId"] for each in of((await log(client))["nodes"], "TOKEN_ENDED")] == [made]
    # Made by the command line: nobody of the organization did it.
    tokens = of((await log(client, kind="TOKEN_CREATED"))["nodes"], "TOKEN_CREATED", actor={"id": "system", "name": "System"})
    assert {each["subject"]["id"] for each in tokens} == set(organization.people.values())

    invite = "mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { secret userErrors { code } } }"
    secret = (await client.run(invite, {"input": {"personId": member}}))["invitationCreate"]["secret"]
    subject = Subject(issuer="https://issuer.example", subject="subject-1")
    async with Database(database_url) as database:
        async with database.connection(None) as connection:
            assert await identities.accept(connection, "wrong", subject) is None
            assert await identities.accept(connection, secret, subject) is not None
        async with database.connection(organization.organization_id) as connection:
            await identities.link(connection, organization.organization_id, member, subject)
            assert await identities.unlink(connection, organization.organization_id, member) == 1
            assert await identities.unlink(connection, organization.organization_id, member) == 0
    told = [(each["kind"], each["actor"]["id"]) for each in (await log(client))["nodes"] if each["subject"] == {"id": member}]
    assert told[:4] == [
        ("IDENTITY_UNLINKED", "system"),
        ("IDENTITY_LINKED", "system"),
        ("INVITATION_ACCEPTED", member),
        ("INVITED", admin),
    ]


async def test_only_who_sees_everything_reads_it(
    client: Client, connect: Connect, as_role: AsRole, organization: ExampleOrganization, database_url: str
):
    for role in (Role.ADMIN, Role.AUDITOR):
        assert (await log(as_role(role)))["totalCount"] >= 4
    for role in (Role.MEMBER, Role.VIEWER):
        assert await log(as_role(role)) is None
    narrow = await client.run(TOKEN, {"input": {"name": "reads", "scopes": []}})
    assert await log(connect(narrow["tokenCreate"]["secret"])) is None
    other = await make_organization(database_url, name="Other")
    stranger = connect(other.tokens[Role.ADMIN])
    people = {each["subject"]["id"] for each in of((await log(stranger))["nodes"], "TOKEN_CREATED")}
    assert people == set(other.people.values())
    assert (await log(stranger, actorId=organization.people[Role.ADMIN]))["totalCount"] == 0
    assert (await log(stranger, actorId="no identifier"))["totalCount"] == 0


async def test_pages_in_either_direction_hold_every_record_once(
    client: Client, organization: ExampleOrganization, database_url: str
):
    member = organization.people[Role.MEMBER]
    async with owner(database_url) as connection:
        for number in range(7):
            access = Access(
                kind=AccessKind.REFUSED,
                organization_id=organization.organization_id,
                actor_id=member,
                code="FORBIDDEN",
                address=f"192.0.2.{number}",
            )
            await access_records.note_access(connection, access)
    whole = [each["address"] for each in (await log(client, actorId=member, kind="REFUSED"))["nodes"]]
    assert whole == [f"192.0.2.{number}" for number in reversed(range(7))]
    wanted: dict[str, object] = {"actorId": member, "kind": "REFUSED"}
    for size in (1, 3, 7):
        forward, backward = [], []
        page = await log(client, first=size, **wanted)
        while True:
            forward += [each["address"] for each in page["nodes"]]
            assert page["pageInfo"]["hasPreviousPage"] is (len(forward) > len(page["nodes"]))
            if not page["pageInfo"]["hasNextPage"]:
                break
            page = await log(client, first=size, after=page["pageInfo"]["endCursor"], **wanted)
        page = await log(client, NEWEST, last=size, **wanted)
        while True:
            backward = [each["address"] for each in page["nodes"]] + backward
            assert page["pageInfo"]["hasNextPage"] is (len(backward) > len(page["nodes"]))
            if not page["pageInfo"]["hasPreviousPage"]:
                break
            page = await log(client, NEWEST, last=size, before=page["pageInfo"]["startCursor"], **wanted)
        assert (forward, backward) == (whole, whole)
    cursor = (await log(client, first=1, **wanted))["pageInfo"]["endCursor"]
    assert await client.codes(LOG, {"after": cursor, "kind": "ENTERED"}) == ["CURSOR_INVALID"]


async def test_what_is_kept_at_once_is_listed_in_the_order_in_which_it_came(
    client: Client, organization: ExampleOrganization, database_url: str
):
    member, now = organization.people[Role.MEMBER], datetime.now(UTC)
    noted = [
        Access(
            kind=AccessKind.REFUSED,
            organization_id=organization.organization_id,
            actor_id=member,
            code="FORBIDDEN",
            address=f"192.0.2.{number}",
        )
        for number in range(90)
    ]
    async with owner(database_url) as connection:
        await access_records.note_all(connection, [(each, Counted(first_at=now, last_at=now)) for each in noted])
    listed = [each["address"] for each in (await log(client, actorId=member, kind="REFUSED"))["nodes"]]
    assert listed == [each.address for each in reversed(noted)]


async def test_callers_who_are_nobody_fill_no_memory_and_no_table(app: Starlette, client: Client, database_url: str):
    del client
    async with Database(database_url) as database:
        access_log = AccessLog(database, AccessLimits(records_per_hour=10))
        for number in range(5_000):
            answered = AnsweredRequest(
                path="/graphql",
                status=401,
                seconds=0.0,
                noted={"errors": ["UNAUTHENTICATED"], "because": "UNKNOWN"},
                address=f"2001:db8::{number:x}",
            )
            access_log.observe(answered)
        await access_log.keep()
        await access_log.keep()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://okr", headers=authorization("wrong")) as http:
        await http.post("/graphql", json={"query": "{ viewer { id } }"})
    async with owner(database_url) as connection:
        for _ in range(100):
            records = await access_records.list_records(connection, None)
            if sum(each.request_count for each in records) == 5_001:
                break
            await asyncio.sleep(0.05)
        assert sum(each.request_count for each in records) == 5_001
        # Ten with an address and one without, of each of two hours at most; and that of the other process.
        assert len(records) <= 2 * 11 + 1
        assert {(each.kind, each.code, each.detail) for each in records} == {(AccessKind.REFUSED, "UNAUTHENTICATED", "UNKNOWN")}


async def test_what_cannot_be_kept_now_is_kept_the_next_time(organization: ExampleOrganization, database_url: str):
    database = Database(database_url)
    access_log = AccessLog(database)
    noted = {"organization": organization.identifier, "actor": organization.people[Role.MEMBER]}
    access_log.observe(AnsweredRequest(path="/graphql", status=200, seconds=0.0, noted=noted))
    await access_log.keep()  # the database is not open
    access_log.observe(AnsweredRequest(path="/graphql", status=200, seconds=0.0, noted=noted))
    async with database:
        await access_log.keep()
    async with owner(database_url) as connection:
        records = await access_records.list_records(connection, organization.organization_id)
    assert sum(each.request_count for each in records if each.kind is AccessKind.ENTERED) == 2


async def test_what_is_old_and_what_is_of_nobody_any_more_is_forgotten(organization: ExampleOrganization, database_url: str):
    member, now = organization.people[Role.MEMBER], datetime.now(UTC)
    old, new = (Counted(first_at=at, last_at=at) for at in (now - timedelta(days=31), now - timedelta(days=29)))
    access = Access(kind=AccessKind.ENTERED, organization_id=organization.organization_id, actor_id=member)
    async with Database(database_url) as database, database.connection(None) as connection:
        await access_records.note_all(connection, [(access, old), (access, new)])
        await access_records.note_access(connection, Access(kind=AccessKind.REFUSED, code="UNAUTHENTICATED"))
        assert await access_records.forget(connection, 30) == 1
        assert await access_records.forget(connection, 30) == 0
    async with owner(database_url) as connection:
        left = await access_records.list_records(connection, organization.organization_id)
        assert [each.first_at for each in left if each.kind is AccessKind.ENTERED] == [new.first_at]
        assert len(await access_records.list_records(connection, None)) == 1
        # Of somebody whose key is gone nothing is left, and nothing comes any more.
        await connection.execute("delete from okr_ledger.person_key where person_id = $1", member)
        await access_records.note_access(connection, access)
        left = await access_records.list_records(connection, organization.organization_id)
        assert left
        assert not [each for each in left if member in (each.actor_id, each.subject_id)]
        await connection.execute("select okr_ledger.remove_organization($1, 'a test')", organization.organization_id)
        assert await access_records.list_records(connection, organization.organization_id) == []


async def test_the_command_line_lists_it(
    app: Starlette, client: Client, connect: Connect, organization: ExampleOrganization, database_url: str
):
    del app
    command_line = CommandLine(database_url=database_url)
    assert (await connect("okr_ledger_guess").send("{ viewer { id } }")).status_code == 401
    await until(client, lambda all_: len(of(all_, "ENTERED")) == 1)
    await asyncio.sleep(0.3)
    listed = await asyncio.to_thread(command_line.run, "access-log", "--organization", organization.identifier)
    kinds = [line.split("\t")[3] for line in listed.stdout.splitlines()]
    assert kinds.count("TOKEN_CREATED") == 4
    assert kinds.count("ENTERED") >= 1
    nobody = await asyncio.to_thread(command_line.run, "access-log", "--nobody")
    assert [line.split("\t")[3:7] for line in nobody.stdout.splitlines()] == [["REFUSED", "UNAUTHENTICATED", "UNKNOWN", "-"]]
