"""What a viewer is told they may do is what they may do: `viewerCan` against trials of the mutations themselves."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from events.person import Role
from service.database import Database
from service.tokens import create_token
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company, Content
from tests.support.organization import ExampleOrganization

Connect = Callable[[str | None], Client]
BECAUSE = {"reason": {"code": "CORRECTION"}}

NAMES = ("owner", "contributor", "part_owner", "author", "lead", "above", "mate", "stranger")

_CAN = """query ($objective: ID!, $keyResult: ID!, $checkIn: ID!, $team: ID!, $person: ID!, $cycle: ID!) {
  objective(id: $objective) { viewerCan } keyResult(id: $keyResult) { viewerCan } checkIn(id: $checkIn) { viewerCan }
  team(id: $team) { viewerCan } person(id: $person) { viewerCan } cycle(id: $cycle) { viewerCan } viewer { can }
}"""


class Staff:
    """Everybody named after what they are to one objective, each with a client of their own."""

    def __init__(self, admin: Company, clients: Mapping[str, Client], ids: dict[str, str]) -> None:
        self.admin = admin
        self.companies = {name: Company(client, ids) for name, client in clients.items()}
        self.ids = ids


async def staffed(client: Client, connect: Connect, organization: ExampleOrganization, database_url: str) -> Staff:
    admin, ids = Company(client), dict[str, str]()
    clients = {role.lower(): connect(organization.tokens[role]) for role in Role}
    async with Database(database_url) as database, database.connection(organization.organization_id) as connection:
        for name in NAMES:
            invited = await admin.do("person_invite", name=name, email=f"{name}@example.org", role="MEMBER")
            ids[name] = invited["person"]["id"]
            token = await create_token(connection, organization.organization_id, ids[name], name)
            clients[name] = connect(token.secret)
    company = (await admin.do("team_create", name="All", leadId=ids["above"]))["team"]["id"]
    ids["team"] = (await admin.do("team_create", name="Sales", parentId=company, leadId=ids["lead"]))["team"]["id"]
    await admin.do("team_member_add", teamId=ids["team"], personId=ids["mate"])
    ids["cycle"] = await admin.cycle()
    made = await admin.objective(
        ids["cycle"],
        {**KEY_RESULT, "ownerId": ids["part_owner"]},
        ownerId=ids["owner"],
        teamId=ids["team"],
        contributorIds=[ids["contributor"], ids["author"]],
    )
    ids["objective"], ids["keyResult"] = made["id"], made["keyResults"][0]["id"]
    author = Company(clients["author"])
    checked_in = await author.do("key_result_check_in", keyResultId=ids["keyResult"], value="5", status="ON_TRACK")
    ids["checkIn"] = checked_in["checkIn"]["id"]
    await admin.do("objective_update", objectiveId=ids["objective"], contributorIds=[ids["contributor"]])
    return Staff(admin, clients, ids)


def trials(ids: Mapping[str, str]) -> dict[tuple[str, str], tuple[str, Content]]:
    """For every action on a thing a mutation that tries it."""
    objective, part, check_in = {"objectiveId": ids["objective"]}, {"keyResultId": ids["keyResult"]}, ids["checkIn"]
    team, person = {"teamId": ids["team"]}, {"personId": ids["stranger"]}
    return {
        ("objective", "UPDATE"): ("objective_update", {**objective, "title": "Other"}),
        ("objective", "ALIGN"): ("objective_align", {**objective, "parentId": ids["other"], **BECAUSE}),
        ("objective", "CANCEL"): ("objective_cancel", {**objective, **BECAUSE}),
        ("objective", "CARRY_OVER"): ("objective_carry_over", {**objective, "cycleId": ids["next"]}),
        ("objective", "CREATE_KEY_RESULT"): ("key_result_create", {**objective, **KEY_RESULT, **BECAUSE}),
        ("keyResult", "UPDATE"): ("key_result_update", {**part, "title": "Other"}),
        ("keyResult", "RETARGET"): ("key_result_retarget", {**part, "target": "20", **BECAUSE}),
        ("keyResult", "CHECK_IN"): ("key_result_check_in", {**part, "value": "6", "status": "ON_TRACK"}),
        ("keyResult", "CANCEL"): ("key_result_drop", {**part, **BECAUSE}),
        ("checkIn", "CORRECT"): ("check_in_correct", {"checkInId": check_in, "value": "6", **BECAUSE}),
        ("checkIn", "ACKNOWLEDGE"): ("check_in_acknowledge", {"checkInId": check_in}),
        ("team", "UPDATE"): ("team_update", {**team, "name": "Other"}),
        ("team", "MANAGE_MEMBERS"): ("team_member_add", {**team, "personId": ids["stranger"]}),
        ("team", "CANCEL"): ("team_archive", team),
        ("team", "CREATE_OBJECTIVE"): ("objective_create", {**team, "cycleId": ids["cycle"], "title": "New"}),
        ("team", "CREATE_TEAM"): ("team_create", {"parentId": ids["team"], "name": "New"}),
        ("person", "UPDATE"): ("person_update", {**person, "name": "Other"}),
        ("person", "CANCEL"): ("person_deactivate", person),
        ("cycle", "UPDATE"): ("cycle_update", {"cycleId": ids["cycle"], "name": "Other"}),
        ("cycle", "ADVANCE"): ("cycle_review", {"cycleId": ids["cycle"]}),
        ("cycle", "CREATE_OBJECTIVE"): ("objective_create", {"cycleId": ids["cycle"], "title": "New"}),
        ("viewer", "UPDATE"): ("organization_update", {"name": "Other"}),
        ("viewer", "MANAGE_MEMBERS"): ("person_invite", {"name": "New", "email": "new@example.org"}),
        ("viewer", "CREATE_CYCLE"): ("cycle_create", {"name": "New", "startsOn": "2030-01-01"}),
        ("viewer", "CREATE_TEAM"): ("team_create", {"name": "New"}),
        ("viewer", "RECOGNIZE"): ("recognition_create", {"personIds": [ids["reader"]], "text": "Well done"}),
        **{
            (thing, "COMMENT"): ("comment_create", {"subjectId": ids[thing], "text": "Why?"})
            for thing in ("objective", "keyResult", "checkIn", "team", "cycle")
        },
    }


@pytest.mark.parametrize("visibility", ["ORGANIZATION", "TEAM", "PRIVATE"])
async def test_what_a_viewer_can_is_what_the_mutations_take(
    client: Client, connect: Connect, organization: ExampleOrganization, database_url: str, visibility: str
):
    staff = await staffed(client, connect, organization, database_url)
    ids = staff.ids
    ids["reader"] = organization.people[Role.VIEWER]
    ids["other"] = (await staff.admin.objective(ids["cycle"], title="Other"))["id"]
    ids["next"] = (await staff.admin.do("cycle_create", name="Next", startsOn="2030-01-01"))["cycle"]["id"]
    await staff.admin.do("objective_update", objectiveId=ids["objective"], visibility=visibility)
    names = {"objective": "objective", "keyResult": "keyResult", "checkIn": "checkIn", "team": "team", "cycle": "cycle"}
    variables = {name: ids[key] for name, key in names.items()} | {"person": ids["stranger"]}
    allowed = 0
    for name, company in staff.companies.items():
        told = await company.client.run(_CAN, variables)
        for (thing, action), (mutation, values) in trials(ids).items():
            shown = told[thing] and action in told[thing]["can" if thing == "viewer" else "viewerCan"]
            errors = (await company.attempt(mutation, **values, dryRun=True))["userErrors"]
            assert bool(shown) == (errors == []), (name, thing, action, shown, errors)
            if errors:
                # What is not seen does not exist; the role alone is told to those who may never.
                hidden = told[thing] is None and name not in ("viewer", "auditor")
                assert {error["code"] for error in errors} == {"NOT_FOUND" if hidden else "FORBIDDEN"}, (name, mutation)
            allowed += errors == []
    assert allowed > 40


async def test_who_is_demoted_in_the_same_batch_is_refused(
    client: Client, connect: Connect, organization: ExampleOrganization, database_url: str
):
    """Both are sent at once: whatever is decided first, nothing of the demoted is decided after the demotion."""
    staff = await staffed(client, connect, organization, database_url)
    owner, ids = staff.companies["owner"], staff.ids
    changes = [owner.attempt("objective_update", objectiveId=ids["objective"], title=f"Title {number}") for number in range(6)]
    demotion = staff.admin.attempt("person_update", personId=ids["owner"], role="VIEWER")
    outcomes = await asyncio.gather(*changes[:3], demotion, *changes[3:])
    demoted_at = int(outcomes[3]["events"][0]["position"])
    changed = [each for each in (*outcomes[:3], *outcomes[4:]) if each["events"]]
    refused = [each for each in (*outcomes[:3], *outcomes[4:]) if not each["events"]]
    assert all(int(each["events"][0]["position"]) < demoted_at for each in changed)
    assert all([error["code"] for error in each["userErrors"]] == ["FORBIDDEN"] for each in refused)
    assert await owner.refused("objective_update", objectiveId=ids["objective"], title="After") == [("FORBIDDEN", None)]


async def test_who_leaves_a_team_loses_its_past(
    client: Client, connect: Connect, organization: ExampleOrganization, database_url: str
):
    staff = await staffed(client, connect, organization, database_url)
    ids, mate = staff.ids, staff.companies["mate"].client
    await staff.admin.do("objective_update", objectiveId=ids["objective"], visibility="TEAM")
    head = (await client.send("{ viewer { id } }")).json()["extensions"]["position"]
    past = "query ($id: ID!, $at: BigInt!) { objective(id: $id, asOf: { position: $at }) { title history { totalCount } } }"
    variables = {"id": ids["objective"], "at": head}
    assert (await mate.run(past, variables))["objective"]["title"] == "Build trust"
    await staff.admin.do("team_member_remove", teamId=ids["team"], personId=ids["mate"])
    assert (await mate.run(past, variables)) == {"objective": None}
    log = "query { auditLog(first: 100) { nodes { subject { __typename id } changes { after { text } } } } }"
    assert ids["objective"] not in (await mate.send(log)).text


async def test_a_filter_tells_nothing_of_a_hidden_parent(client: Client, connect: Connect, organization: ExampleOrganization):
    company = Company(client)
    cycle_id = await company.cycle()
    hidden = await company.objective(cycle_id, title="Hidden", visibility="PRIVATE")
    child = await company.objective(cycle_id, title="Child", parentIds=[hidden["id"]])
    grandchild = await company.objective(cycle_id, title="Other", parentIds=[hidden["keyResults"][0]["id"]])
    query = """query ($where: ObjectiveFilter) { objectives(filter: $where) { totalCount nodes { id } } }"""

    async def found(asking: Client, where: Content) -> set[str]:
        return {each["id"] for each in (await asking.run(query, {"where": where}))["objectives"]["nodes"]}

    member = connect(organization.tokens[Role.MEMBER])
    parents = [hidden["id"], hidden["keyResults"][0]["id"]]
    named, none = {"parentId": {"in": parents}}, {"parentId": {"isNull": True}}
    assert await found(client, named) == {child["id"], grandchild["id"]}
    assert await found(member, named) == set()
    assert await found(client, none) == {hidden["id"]}
    assert await found(member, none) == {child["id"], grandchild["id"]}
