"""Programs and tokens: actors of their own, and secrets that are never for more than their holder may."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.person import Role
from service.settings import Settings
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company
from tests.support.organization import ExampleOrganization, make_organization

pytestmark = pytest.mark.usefixtures("payloads")

Connect = Callable[[str | None], Client]
AsRole = Callable[[Role], Client]

REGISTER = """mutation ($input: ProgramRegisterInput!) { programRegister(input: $input) {
  program { id name role retiredAt version viewerCan } events { __typename actor { id name } subject { id } } affected { id }
  userErrors { code path } } }"""
UPDATE = """mutation ($input: ProgramUpdateInput!) { programUpdate(input: $input) {
  program { name role version } events { changes { field } }
  userErrors { code path } } }"""
RETIRE = """mutation ($input: ProgramRetireInput!) { programRetire(input: $input) {
  program { retiredAt viewerCan } userErrors { code path } } }"""
TOKEN = """mutation ($input: TokenCreateInput!) { tokenCreate(input: $input) {
  secret token { id name scopes expiresAt revokedAt lastUsedAt } events { id } affected { id } findings { code }
  userErrors { code path message } } }"""
REVOKE = """mutation ($input: TokenRevokeInput!) { tokenRevoke(input: $input) {
  token { id revokedAt } events { id } userErrors { code path } } }"""
VIEWER = """{ viewer { id actor { __typename id name } person { id } scopes can organizations { id name }
  tokens { totalCount nodes { id name scopes revokedAt } } } }"""


async def do(client: Client, mutation: str, **values: Any) -> dict[str, Any]:
    (payload,) = (await client.run(mutation, {"input": values})).values()
    answered: dict[str, Any] = payload
    return answered


async def secret(client: Client, **values: Any) -> str:
    made = await do(client, TOKEN, **{"name": "test", **values})
    assert made["userErrors"] == []
    assert (made["events"], made["affected"], made["findings"]) == ([], [], [])
    told: str = made["secret"]
    return told


async def refusals(client: Client, mutation: str, **values: Any) -> list[tuple[str, list[str] | None]]:
    return [(each["code"], each["path"]) for each in (await do(client, mutation, **values))["userErrors"]]


async def robot(client: Client, **values: Any) -> str:
    made = await do(client, REGISTER, **{"name": "Robot", **values})
    assert made["userErrors"] == []
    program_id: str = made["program"]["id"]
    return program_id


# --- programs


async def test_a_program_acts_under_its_own_name(client: Client, connect: Connect, organization: ExampleOrganization):
    made = await do(client, REGISTER, name="Robot 改善")
    program = made["program"]
    assert (program["name"], program["role"], program["version"]) == ("Robot 改善", "MEMBER", 1)
    assert program["viewerCan"] == ["UPDATE", "CANCEL"]
    assert [each["__typename"] for each in made["events"]] == ["ProgramRegisteredEvent"]
    assert made["events"][0]["subject"] == {"id": program["id"]}
    assert made["affected"] == [{"id": program["id"]}]
    acting = Company(connect(await secret(client, programId=program["id"])))
    viewer = (await acting.client.run(VIEWER))["viewer"]
    assert viewer["actor"] == {"__typename": "Program", "id": program["id"], "name": "Robot 改善"}
    assert viewer["person"] is None
    assert viewer["organizations"] == [{"id": organization.identifier, "name": "Example"}]
    cycle_id = await Company(client).cycle()
    objective = await acting.objective(cycle_id, KEY_RESULT)
    told = await client.run(
        """query ($id: ID!) { objective(id: $id) { owner { id } createdBy { __typename id name }
          history(first: 1) { nodes { actor { __typename id name } origin } } } }""",
        {"id": objective["id"]},
    )
    assert told["objective"]["owner"] is None
    actor = {"__typename": "Program", "id": program["id"], "name": "Robot 改善"}
    assert told["objective"]["createdBy"] == actor
    assert told["objective"]["history"]["nodes"][0]["actor"] == actor
    checked_in = await acting.do(
        "key_result_check_in", keyResultId=objective["keyResults"][0]["id"], value="5", status="ON_TRACK"
    )
    assert checked_in["checkIn"]["id"]


async def test_a_program_owns_leads_and_joins_nothing(client: Client):
    company, program_id = Company(client), await robot(client)
    cycle_id = await company.cycle()
    named = await company.refused("objective_create", title="x", cycleId=cycle_id, ownerId=program_id)
    assert named == [("NOT_FOUND", ["ownerId"])]
    assert await company.refused("team_create", name="x", leadId=program_id) == [("NOT_FOUND", ["leadId"])]


async def test_a_retired_program_is_out_at_once_and_its_past_stays(client: Client, connect: Connect):
    program_id = await robot(client)
    acting = connect(await secret(client, programId=program_id))
    assert (await acting.run(VIEWER))["viewer"]["actor"]["id"] == program_id
    retired = await do(client, RETIRE, programId=program_id)
    assert retired["program"]["retiredAt"] is not None
    assert retired["program"]["viewerCan"] == []
    assert await acting.codes(VIEWER) == ["UNAUTHENTICATED"]
    assert await refusals(client, TOKEN, name="x", programId=program_id) == [("WRONG_STATE", ["programId"])]
    assert await refusals(client, UPDATE, programId=program_id, name="x") == [("WRONG_STATE", ["programId"])]
    listed = (await client.run("{ programs { totalCount nodes { id name retiredAt } } }"))["programs"]
    assert [each["id"] for each in listed["nodes"]] == [program_id]
    assert listed["totalCount"] == 1


async def test_a_programs_role_is_looked_up_with_every_request(client: Client, connect: Connect):
    program_id = await robot(client)
    acting = Company(connect(await secret(client, programId=program_id)))
    cycle_id = await Company(client).cycle()
    changed = await do(client, UPDATE, programId=program_id, role="VIEWER", name="Reader")
    assert (changed["program"]["role"], changed["program"]["version"]) == ("VIEWER", 2)
    assert {each["field"] for event in changed["events"] for each in event["changes"]} == {"name", "role"}
    assert await acting.refused("objective_create", title="x", cycleId=cycle_id) == [("FORBIDDEN", None)]


async def test_programs_are_for_admins(client: Client, as_role: AsRole):
    program_id = await robot(client)
    for role in (Role.MEMBER, Role.VIEWER, Role.AUDITOR):
        other = as_role(role)
        assert await refusals(other, REGISTER, name="x") == [("FORBIDDEN", None)]
        assert await refusals(other, RETIRE, programId=program_id) == [("FORBIDDEN", None)]
        assert await refusals(other, TOKEN, name="x", programId=program_id) == [("FORBIDDEN", ["programId"])]
        query = "query ($id: ID!) { node(id: $id) { ... on Program { name tokens { totalCount } viewerCan } } }"
        seen = (await other.run(query, {"id": program_id}))["node"]
        assert seen == {"name": "Robot", "tokens": None, "viewerCan": []}


async def test_programs_of_another_organization_do_not_exist(client: Client, connect: Connect, database_url: str):
    program_id, token_id = await robot(client), (await do(client, TOKEN, name="mine"))["token"]["id"]
    stranger = connect((await make_organization(database_url, "Other")).tokens[Role.ADMIN])
    for mutation in (RETIRE, UPDATE):
        assert await refusals(stranger, mutation, programId=program_id) == [("NOT_FOUND", ["programId"])]
    assert await refusals(stranger, TOKEN, name="x", programId=program_id) == [("NOT_FOUND", ["programId"])]
    assert await refusals(stranger, REVOKE, tokenId=token_id) == [("NOT_FOUND", ["tokenId"])]


# --- tokens


async def test_a_token_is_made_listed_used_and_ended(client: Client, connect: Connect, organization: ExampleOrganization):
    made = await do(client, TOKEN, name="laptop")
    assert made["secret"].startswith("okr_ledger_")
    token = made["token"]
    ends = datetime.fromisoformat(token["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=89) < ends <= timedelta(days=90)
    holder = connect(made["secret"])
    viewer = (await holder.run(VIEWER))["viewer"]
    assert viewer["person"]["id"] == organization.people[Role.ADMIN]
    assert viewer["scopes"] is None
    newest = viewer["tokens"]["nodes"][0]
    assert (newest["id"], newest["name"]) == (token["id"], "laptop")
    assert viewer["tokens"]["totalCount"] == 2
    trial = await do(client, REVOKE, tokenId=token["id"], dryRun=True)
    assert trial["token"]["revokedAt"] is None
    ended = await do(client, REVOKE, tokenId=token["id"])
    assert ended["token"]["revokedAt"] is not None
    assert await holder.codes(VIEWER) == ["UNAUTHENTICATED"]
    assert (await do(client, REVOKE, tokenId=token["id"]))["token"] == ended["token"]
    assert (await do(client, TOKEN, name="x", dryRun=True))["secret"] is None


async def test_tokens_come_in_pages(client: Client):
    for number in range(5):
        await secret(client, name=f"token {number}")
    query = """query ($first: Int, $after: String) { viewer { tokens(first: $first, after: $after) {
      nodes { name } pageInfo { endCursor hasNextPage } } } }"""
    page = (await client.run(query, {"first": 3}))["viewer"]["tokens"]
    assert [each["name"] for each in page["nodes"]] == ["token 4", "token 3", "token 2"]
    rest = (await client.run(query, {"first": 10, "after": page["pageInfo"]["endCursor"]}))["viewer"]["tokens"]
    assert [each["name"] for each in rest["nodes"]][:2] == ["token 1", "token 0"]
    assert not rest["pageInfo"]["hasNextPage"]
    assert await client.codes(query, {"first": 1, "after": "nonsense"}) == ["CURSOR_INVALID"]


async def test_a_token_for_reading_changes_nothing(client: Client, connect: Connect):
    company = Company(client)
    cycle_id = await company.cycle()
    reading = Company(connect(await secret(client, scopes=[])))
    viewer = (await reading.client.run(VIEWER))["viewer"]
    assert (viewer["scopes"], viewer["can"]) == ([], [])
    assert await reading.refused("objective_create", title="x", cycleId=cycle_id) == [("FORBIDDEN", None)]
    assert await refusals(reading.client, REGISTER, name="x") == [("FORBIDDEN", None)]
    assert await company.objective(cycle_id)


async def test_a_token_sees_no_more_than_it_is_for(client: Client, connect: Connect, as_role: AsRole):
    writer = Company(as_role(Role.MEMBER))
    cycle_id = await Company(client).cycle()
    hidden = (await writer.objective(cycle_id, visibility="PRIVATE"))["id"]
    query = """query ($id: ID!) { objective(id: $id) { id } objectives { totalCount } logVerification { valid }
      people { nodes { email } } }"""
    whole = await client.run(query, {"id": hidden})
    assert whole["objective"] == {"id": hidden}
    assert whole["logVerification"] == {"valid": True}
    partial = connect(await secret(client, scopes=["CREATE_OBJECTIVE", "CHANGE_OBJECTIVE"]))
    seen = await partial.run(query, {"id": hidden})
    assert (seen["objective"], seen["objectives"]["totalCount"], seen["logVerification"]) == (None, 0, None)
    assert sum(each["email"] is not None for each in seen["people"]["nodes"]) == 1  # their own
    update = await Company(partial).refused("objective_update", objectiveId=hidden, title="x")
    assert update == [("NOT_FOUND", ["objectiveId"])]
    seeing = connect(await secret(client, scopes=["SEE_EVERYTHING"]))
    assert (await seeing.run(query, {"id": hidden}))["objective"] == {"id": hidden}


async def test_files_of_the_holder_are_not_those_of_a_token_that_sees_less(client: Client, connect: Connect):
    create = """mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id } userErrors { code } } }"""
    whole = {"content": "EVENTS", "format": "JSONL"}
    export_id = (await do(client, create, **whole))["export"]["id"]
    query = "query ($id: ID!) { export(id: $id) { id } }"
    assert (await client.run(query, {"id": export_id}))["export"] is not None
    partial = connect(await secret(client, scopes=[]))
    assert (await partial.run(query, {"id": export_id}))["export"] is None
    assert await refusals_of(partial, create, **whole) == ["FORBIDDEN"]


async def refusals_of(client: Client, mutation: str, **values: Any) -> list[str]:
    return [each["code"] for each in (await do(client, mutation, **values))["userErrors"]]


async def test_a_token_makes_none_that_is_for_more_or_for_longer(client: Client, connect: Connect):
    program_id = await robot(client, role="ADMIN")
    until = datetime.now(UTC) + timedelta(days=2)
    narrow = connect(await secret(client, scopes=["MANAGE_PROGRAMS", "CHECK_IN"], expiresAt=until.isoformat()))
    for holder in ({}, {"programId": program_id}):
        more = await refusals(narrow, TOKEN, name="x", scopes=["CHECK_IN", "MANAGE_CYCLES"], **holder)
        assert more == [("FORBIDDEN", ["scopes"])]
        later = (until + timedelta(hours=1)).isoformat()
        assert await refusals(narrow, TOKEN, name="x", expiresAt=later, **holder) == [("FORBIDDEN", ["expiresAt"])]
        same = await do(narrow, TOKEN, name="x", **holder)
        assert set(same["token"]["scopes"]) == {"MANAGE_PROGRAMS", "CHECK_IN"}
        assert datetime.fromisoformat(same["token"]["expiresAt"]) <= until
    fewer = await do(narrow, TOKEN, name="x", scopes=["CHECK_IN"])
    assert fewer["token"]["scopes"] == ["CHECK_IN"]
    reading = connect(await secret(client, scopes=[]))
    assert await refusals(reading, TOKEN, name="x", programId=program_id) == [("FORBIDDEN", ["programId"])]
    assert (await do(reading, TOKEN, name="x"))["token"]["scopes"] == []


async def test_a_program_makes_no_tokens_for_itself(client: Client, connect: Connect):
    acting = connect(await secret(client, programId=await robot(client)))
    assert await refusals(acting, TOKEN, name="x") == [("FORBIDDEN", None)]


async def test_who_ends_which_token(client: Client, connect: Connect, as_role: AsRole):
    member = as_role(Role.MEMBER)
    of_member = (await do(member, TOKEN, name="member's"))["token"]["id"]
    made = await do(client, TOKEN, name="program's", programId=await robot(client))
    of_program = made["token"]["id"]
    narrow = await do(member, TOKEN, name="narrow", scopes=[])
    # Of somebody else, of a program, unknown and no identifier: the same answer.
    missing = [("NOT_FOUND", ["tokenId"])]
    assert await refusals(client, REVOKE, tokenId=of_member) == missing
    assert await refusals(member, REVOKE, tokenId=of_program) == missing
    assert await refusals(member, REVOKE, tokenId="token_" + "0" * 26) == missing
    assert await refusals(member, REVOKE, tokenId="'; drop table okr_ledger.token; --") == missing
    # A token that is held to something ends itself alone.
    holder = connect(narrow["secret"])
    assert await refusals(holder, REVOKE, tokenId=of_member) == missing
    assert await refusals(holder, REVOKE, tokenId=narrow["token"]["id"]) == []
    assert await holder.codes(VIEWER) == ["UNAUTHENTICATED"]
    assert await refusals(connect(made["secret"]), REVOKE, tokenId=of_program) == []
    assert await refusals(member, REVOKE, tokenId=of_member) == []


@pytest.mark.parametrize(
    ("values", "code", "path"),
    [
        ({"name": ""}, "REQUIRED", ["name"]),
        ({"name": " "}, "REQUIRED", ["name"]),
        ({"name": "x" * 201}, "LIMIT_EXCEEDED", ["name"]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "INVALID", ["expiresAt"]),
        ({"expiresAt": "9999-12-31T23:59:59Z"}, "LIMIT_EXCEEDED", ["expiresAt"]),
        ({"programId": "program_" + "0" * 26}, "NOT_FOUND", ["programId"]),
        ({"programId": "nonsense"}, "NOT_FOUND", ["programId"]),
    ],
)
async def test_a_token_that_cannot_be_is_refused(client: Client, values: dict[str, Any], code: str, path: list[str]):
    assert await refusals(client, TOKEN, **{"name": "x", **values}) == [(code, path)]


class TestLimits:
    """With few and short tokens."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(tokens_per_actor=3, token_days=1, token_days_max=2)

    async def test_so_many_tokens_hold_at_a_time(self, client: Client):
        made = [await do(client, TOKEN, name=str(number)) for number in range(2)]  # and the one that asks
        for is_dry_run in (True, False):
            assert await refusals(client, TOKEN, name="x", dryRun=is_dry_run) == [("LIMIT_EXCEEDED", None)]
        await do(client, REVOKE, tokenId=made[0]["token"]["id"])
        assert await secret(client)
        ends = datetime.fromisoformat(made[1]["token"]["expiresAt"])
        assert ends <= datetime.now(UTC) + timedelta(days=1)

    async def test_so_long_a_token_holds(self, client: Client):
        later = (datetime.now(UTC) + timedelta(days=2, hours=1)).isoformat()
        assert await refusals(client, TOKEN, name="x", expiresAt=later) == [("LIMIT_EXCEEDED", ["expiresAt"])]
        sooner = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        assert await secret(client, expiresAt=sooner)
