"""What holds for every mutation: replays, trials, conflicts, and refusals that name their place in the input."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from events.identifier import Noun, format_identifier, new_identifier, new_uuid
from events.person import Role
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company, Content, operation
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")

AsRole = Callable[[Role], Client]


@pytest.fixture
def company(client: Client) -> Company:
    return Company(client)


async def position(client: Client) -> str:
    """The head, as an answer tells it."""
    answer: str = (await client.send("{ viewer { id } }")).json()["extensions"]["position"]
    return answer


async def test_the_same_key_and_input_answers_the_first_outcome(company: Company, client: Client):
    cycle_id = await company.cycle()
    values = {"cycleId": cycle_id, "title": "Once", "idempotencyKey": "k1", "clientMutationId": "first"}
    first = await company.do("objective_create", **values)
    await company.do("objective_update", objectiveId=first["objective"]["id"], title="Changed since")
    before = await position(client)
    response = await client.send(operation("objective_create"), {"input": {**values, "clientMutationId": "second"}})
    answer = response.json()
    again = answer["data"]["objectiveCreate"]
    assert answer["extensions"]["idempotentReplay"] is True
    assert again["events"] == first["events"]
    assert again["objective"]["id"] == first["objective"]["id"]
    assert again["objective"]["title"] == "Changed since"
    assert again["clientMutationId"] == "second"
    assert await position(client) == before
    assert await company.refused("objective_create", **{**values, "title": "Another"}) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]


async def test_the_header_is_a_key_for_each_mutation_of_the_request(client: Client):
    request = """mutation ($input: TeamCreateInput!, $other: TeamCreateInput!) {
        one: teamCreate(input: $input) { team { id } events { position } }
        two: teamCreate(input: $other) { team { id } events { position } }
    }"""
    variables = {"input": {"name": "Sales"}, "other": {"name": "Service"}}
    first = await client.run(request, variables, headers={"Idempotency-Key": "h1"})
    again = await client.run(request, variables, headers={"Idempotency-Key": "h1"})
    assert again == first
    assert first["one"]["team"]["id"] != first["two"]["team"]["id"]


async def test_an_id_made_by_the_client_is_taken_once(company: Company):
    team_id = new_identifier(Noun.TEAM)
    first = await company.do("team_create", id=team_id, name="Sales")
    assert first["team"]["id"] == team_id
    assert (await company.do("team_create", id=team_id, name="Sales"))["events"] == first["events"]
    assert await company.refused("team_create", id=team_id, name="Service") == [("ID_TAKEN", ["id"])]

    week_old = int((datetime.now(UTC) - timedelta(days=7)).timestamp() * 1000)
    for wrong in (new_identifier(Noun.CYCLE), "team_1", format_identifier(Noun.TEAM, new_uuid(week_old))):
        assert await company.refused("team_create", id=wrong, name="Service") == [("INVALID", ["id"])]


async def test_a_trial_writes_nothing_and_tells_what_would_be_said(company: Company, client: Client):
    cycle_id = await company.cycle()
    before = await position(client)
    tried = await company.do("objective_create", cycleId=cycle_id, title="Win 30 markets", draft=False, dryRun=True)
    assert tried["objective"] is None
    assert tried["events"] == []
    assert [found["code"] for found in tried["findings"]] == ["DIGITS_IN_TITLE", "KEY_RESULT_COUNT"]
    assert await position(client) == before
    written = await company.do("objective_create", cycleId=cycle_id, title="Win 30 markets", draft=False)
    assert [found["code"] for found in written["findings"]] == ["DIGITS_IN_TITLE", "KEY_RESULT_COUNT"]


async def test_a_conflict_shows_what_happened_in_between(company: Company):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id)
    key_result = objective["keyResults"][0]
    reason = {"code": "NEW_INFORMATION"}
    await company.do("key_result_retarget", keyResultId=key_result["id"], target="11", reason=reason)
    await company.do("key_result_check_in", keyResultId=key_result["id"], value="3", status="ON_TRACK")
    await company.do("key_result_update", keyResultId=key_result["id"], weight=3, reason=reason)

    refused = await company.attempt(
        "key_result_retarget", keyResultId=key_result["id"], target="12", expectedVersion=1, reason=reason
    )
    (error,) = refused["userErrors"]
    assert (error["__typename"], error["code"], error["path"]) == (
        "VersionConflictError",
        "VERSION_CONFLICT",
        ["expectedVersion"],
    )
    assert error["currentVersion"] == 3
    assert error["current"]["id"] == key_result["id"]
    assert error["current"]["metric"]["target"] == "11"
    # A check-in is no change of the definition.
    assert [event["type"] for event in error["eventsSince"]] == ["KEY_RESULT_RETARGETED", "KEY_RESULT_REWEIGHTED"]
    (change,) = error["eventsSince"][0]["changes"]
    assert (change["field"], change["before"]["number"], change["after"]["number"]) == ("target", "10", "11")
    assert change["after"]["unit"] == "PERCENT"
    assert refused["keyResult"] is None


async def test_ids_of_the_past_and_of_other_things_are_refused_by_name(company: Company, client: Client):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id)
    past = await client.run(
        "query ($id: ID!, $at: DateTime!) { objective(id: $id, asOf: {time: $at}) { id entityId } }",
        {"id": objective["id"], "at": datetime.now(UTC).isoformat()},
    )
    assert past["objective"]["entityId"] == objective["id"]
    assert past["objective"]["id"] != objective["id"]
    assert await company.refused("objective_activate", objectiveId=past["objective"]["id"]) == [
        ("HISTORICAL_ID", ["objectiveId"])
    ]
    for wrong in (cycle_id, "objective_1", "", new_identifier(Noun.OBJECTIVE)):
        assert await company.refused("objective_activate", objectiveId=wrong) == [("NOT_FOUND", ["objectiveId"])]
    assert await company.refused("objective_reorder", cycleId=cycle_id, objectiveIds=[objective["id"], cycle_id]) == [
        ("NOT_FOUND", ["objectiveIds", "1"])
    ]


async def test_a_refusal_names_its_place_and_nothing_of_the_act_is_kept(company: Company, client: Client):
    cycle_id = await company.cycle()
    level = {"title": "Level", "metric": {"kind": "INCREASE", "start": "5", "target": "5"}}
    before = await position(client)
    assert await company.refused("objective_create", cycleId=cycle_id, title="Trust", keyResults=[KEY_RESULT, level]) == [
        ("START_EQUALS_TARGET", ["keyResults", "1", "metric", "target"])
    ]
    assert await company.refused("objective_create", cycleId=cycle_id, title="  ") == [("REQUIRED", ["title"])]
    assert await company.refused(
        "objective_create", cycleId=cycle_id, title="Trust", keyResults=[KEY_RESULT, {**KEY_RESULT, "title": "x" * 501}]
    ) == [("LIMIT_EXCEEDED", ["keyResults", "1", "title"])]
    too_long = {"code": "OTHER", "text": "x" * 10_001}
    assert await company.refused("objective_create", cycleId=cycle_id, title="Trust", reason=too_long) == [
        ("LIMIT_EXCEEDED", ["reason", "text"])
    ]
    (limit,) = (
        await company.attempt("objective_create", cycleId=cycle_id, title="Trust", labels=[str(each) for each in range(21)])
    )["userErrors"]
    assert (limit["__typename"], limit["limit"], limit["actual"]) == ("LimitError", 20, 21)
    assert await position(client) == before

    objective = await company.objective(cycle_id, KEY_RESULT, {**KEY_RESULT, "title": "Second"})
    first, second = (each["id"] for each in objective["keyResults"])
    sheet = [
        {"keyResultId": first, "value": "3", "status": "ON_TRACK"},
        {"keyResultId": second, "value": "4", "status": "ON_TRACK", "confidence": 1.5},
    ]
    assert await company.refused("key_result_check_in_many", checkIns=sheet) == [("INVALID", ["checkIns", "1", "confidence"])]
    data = await client.run("query ($id: ID!) { keyResult(id: $id) { lastCheckIn { id } } }", {"id": first})
    assert data["keyResult"]["lastCheckIn"] is None
    assert await company.refused("objective_update", objectiveId=objective["id"], title=None) == [("REQUIRED", ["title"])]
    assert await company.refused("key_result_retarget", keyResultId=first, target="20") == [("REASON_REQUIRED", ["reason"])]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
async def test_who_only_reads_writes_nothing(company: Company, as_role: AsRole, role: Role):
    cycle_id = await company.cycle()
    reader = Company(as_role(role))
    assert await reader.refused("objective_create", cycleId=cycle_id, title="Mine") == [("FORBIDDEN", None)]
    assert await reader.refused("organization_update", name="Ours") == [("FORBIDDEN", None)]


async def test_what_a_member_may_not_see_does_not_exist_for_them(company: Company, as_role: AsRole):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id, visibility="PRIVATE")
    member = Company(as_role(Role.MEMBER))
    mine = await member.objective(cycle_id, title="My own")
    assert await member.refused("objective_cancel", objectiveId=objective["id"]) == [("NOT_FOUND", ["objectiveId"])]
    assert await member.refused("objective_align", objectiveId=mine["id"], parentId=objective["id"]) == [
        ("NOT_FOUND", ["parentId"])
    ]


def affected(payload: Content) -> dict[str, float | None]:
    """What a payload says is affected, with its progress."""
    return {thing["id"]: thing.get("progress") for thing in payload["affected"]}


async def test_a_check_in_affects_everything_above_it(company: Company):
    company_team = (await company.do("team_create", name="Company"))["team"]["id"]
    team = (await company.do("team_create", name="Sales", parentId=company_team))["team"]["id"]
    cycle_id = await company.cycle()
    top = await company.objective(cycle_id, title="Top", driver="BOTH", visibility="PRIVATE")
    below = await company.objective(cycle_id, title="Below", parentIds=[top["id"]], teamId=team)
    aside = await company.objective(cycle_id, title="Aside", parentIds=[below["id"]])
    key_result_id = below["keyResults"][0]["id"]

    payload = await company.do("key_result_check_in", keyResultId=key_result_id, value="5", status="ON_TRACK", confidence=0.95)
    assert affected(payload) == {
        payload["checkIn"]["id"]: None,
        key_result_id: 0.5,
        below["id"]: 0.5,
        top["id"]: 0.25,
        cycle_id: 0.25,
        team: None,
        company_team: None,
    }
    assert [found["code"] for found in payload["findings"]] == ["SANDBAGGING"]

    moved = await company.do("objective_update", objectiveId=aside["id"], cycleId=await company.cycle("Q4"))
    assert {cycle_id, aside["id"]} <= set(affected(moved))
    assert top["id"] not in affected(moved)


async def test_who_may_not_see_an_objective_is_not_told_of_it(
    company: Company, as_role: AsRole, organization: ExampleOrganization
):
    cycle_id = await company.cycle()
    top = await company.objective(cycle_id, title="Top", driver="BOTH", visibility="PRIVATE")
    member_id = organization.people[Role.MEMBER]
    below = await company.objective(cycle_id, title="Below", parentIds=[top["id"]], contributorIds=[member_id])
    payload = await Company(as_role(Role.MEMBER)).do(
        "key_result_check_in", keyResultId=below["keyResults"][0]["id"], value="5", status="ON_TRACK"
    )
    assert top["id"] not in affected(payload)
    # Roll-ups are the same for everybody.
    assert affected(payload)[cycle_id] == 0.375
