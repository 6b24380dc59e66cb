"""What is particular to the mutations of single nouns."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from events.identifier import uuid_of
from events.person import Role
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company, operation
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")

NEWS = {"code": "NEW_INFORMATION"}


@pytest.fixture
def company(client: Client) -> Company:
    return Company(client)


async def test_closing_shows_the_proposed_score_before_it_is_done(company: Company, client: Client):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id, ambition="COMMITTED")
    await company.do("key_result_check_in", keyResultId=objective["keyResults"][0]["id"], value="6.66", status="AT_RISK")
    close = """mutation ($input: ObjectiveCloseInput!) { objectiveClose(input: $input) {
        proposedScore events { type } userErrors { code path } objective { state review { score proposedScore } }
    } }"""

    async def closing(**values: object) -> dict[str, object]:
        data = await client.run(close, {"input": {"objectiveId": objective["id"], "decision": "KEEP", **values}})
        answer: dict[str, object] = data["objectiveClose"]
        return answer

    refused = await closing(dryRun=True)
    assert refused["proposedScore"] == 0.67
    assert refused["userErrors"] == [{"code": "EXPLANATION_REQUIRED", "path": ["explanation"]}]
    tried = await closing(dryRun=True, explanation="Half a market", rootCause="Late start")
    assert (tried["proposedScore"], tried["userErrors"], tried["events"]) == (0.67, [], [])
    assert tried["objective"] == {"state": "ACTIVE", "review": None}
    closed = await closing(explanation="Half a market", rootCause="Late start", score=0.5)
    assert closed["events"] == [{"type": "OBJECTIVE_CLOSED"}]
    assert closed["proposedScore"] == 0.67
    assert closed["objective"] == {"state": "CLOSED", "review": {"score": 0.5, "proposedScore": 0.67}}


async def test_absent_leaves_and_null_clears(company: Company, organization: ExampleOrganization):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id, description="In words", labels=["north"], priority=2)
    kept = (await company.do("objective_update", objectiveId=objective["id"], title="Other"))["objective"]
    assert (kept["description"], kept["labels"], kept["priority"]) == ("In words", ["north"], 2)
    assert kept["owner"]["id"] == organization.people[Role.ADMIN]
    cleared = await company.do(
        "objective_update", objectiveId=objective["id"], description=None, labels=None, priority=None, ownerId=None, reason=NEWS
    )
    assert (cleared["objective"]["description"], cleared["objective"]["labels"]) == (None, [])
    assert (cleared["objective"]["priority"], cleared["objective"]["owner"]) == (None, None)
    again = await company.do("objective_update", objectiveId=objective["id"], description=None)
    assert again["events"] == []
    assert again["objective"]["version"] == cleared["objective"]["version"]


async def test_a_key_result_moves_with_its_check_ins_and_changes_its_target_in_between(company: Company):
    cycle_id = await company.cycle()
    left, reached = await company.objective(cycle_id, title="Left"), await company.objective(cycle_id, title="Reached")
    key_result_id = left["keyResults"][0]["id"]
    await company.do("key_result_check_in", keyResultId=key_result_id, value="5", status="ON_TRACK")
    moved = await company.do("key_result_update", keyResultId=key_result_id, objectiveId=reached["id"], reason=NEWS)
    assert moved["keyResult"]["objective"] == {"id": reached["id"]}
    assert moved["keyResult"]["metric"]["current"] == "5"
    assert {thing["id"]: thing.get("progress") for thing in moved["affected"]} == {
        key_result_id: 0.5,
        left["id"]: None,
        reached["id"]: 0.25,
        cycle_id: 0.25,
    }


async def test_an_undecided_metric_is_decided_later_and_a_frozen_one_is_not_changed(company: Company):
    cycle_id = await company.cycle()
    undecided = {"title": "XX sign-ups", "metric": {"kind": "UNDECIDED"}}
    objective = await company.objective(cycle_id, undecided)
    key_result_id = objective["keyResults"][0]["id"]
    decided = await company.do(
        "key_result_update",
        keyResultId=key_result_id,
        metric={"kind": "AT_LEAST", "target": "300", "unit": "NUMBER", "unitLabel": "sign-ups"},
        reason=NEWS,
    )
    assert [event["type"] for event in decided["events"]] == ["KEY_RESULT_METRIC_DEFINED"]
    assert [found["code"] for found in decided["findings"]] == ["NO_BASELINE"]
    await company.do("key_result_check_in", keyResultId=key_result_id, value="30", status="ON_TRACK")
    assert await company.refused("key_result_update", keyResultId=key_result_id, metric={"kind": "BINARY"}, reason=NEWS) == [
        ("METRIC_FROZEN", ["metric"])
    ]


async def test_a_split_puts_several_in_the_place_of_one(company: Company, client: Client):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id)
    split = """mutation ($input: KeyResultReplaceInput!) { keyResultReplace(input: $input) {
        replaced { status } keyResults { title objective { id } } userErrors { code path }
    } }"""
    values = {
        "keyResultId": objective["keyResults"][0]["id"],
        "keyResult": {**KEY_RESULT, "title": "North"},
        "furtherKeyResults": [{**KEY_RESULT, "title": "South"}],
    }
    blank = {**values, "furtherKeyResults": [{**KEY_RESULT, "title": " "}]}
    refused = (await client.run(split, {"input": blank}))["keyResultReplace"]
    assert refused["userErrors"] == [{"code": "REQUIRED", "path": ["furtherKeyResults", "0", "title"]}]
    done = (await client.run(split, {"input": values}))["keyResultReplace"]
    assert done["userErrors"] == []
    assert done["replaced"] == {"status": "CLOSED"}
    assert [each["title"] for each in done["keyResults"]] == ["North", "South"]
    assert {each["objective"]["id"] for each in done["keyResults"]} == {objective["id"]}


async def test_milestones_binaries_and_days_are_checked_in(company: Company, client: Client):
    cycle_id = await company.cycle()
    stages = {"kind": "MILESTONE", "stages": [{"title": "Draft"}, {"title": "Launch", "weight": 3}]}
    objective = await company.objective(
        cycle_id, {"title": "Handbook", "metric": stages}, {"title": "Done", "metric": {"kind": "BINARY"}}
    )
    handbook, done = objective["keyResults"]
    data = await client.run(
        "query ($id: ID!) { keyResult(id: $id) { metric { stages { id title weight done } } } }", {"id": handbook["id"]}
    )
    launch = data["keyResult"]["metric"]["stages"][1]
    assert (launch["title"], launch["weight"], launch["done"]) == ("Launch", 3, False)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    sheet = await company.do(
        "key_result_check_in_many",
        checkIns=[
            {"keyResultId": handbook["id"], "doneStageIds": [launch["id"]], "status": "ON_TRACK"},
            {"keyResultId": done["id"], "done": True, "status": "ON_TRACK", "effectiveOn": yesterday.isoformat()},
        ],
    )
    assert [check_in["keyResult"]["id"] for check_in in sheet["checkIns"]] == [handbook["id"], done["id"]]
    assert [check_in["value"] for check_in in sheet["checkIns"]] == [None, "1"]
    assert sheet["checkIns"][1]["effectiveAt"] == f"{yesterday}T23:59:59.999999Z"
    assert {thing["id"]: thing.get("progress") for thing in sheet["affected"]}[handbook["id"]] == 0.75
    assert await company.refused("key_result_check_in", keyResultId=done["id"], done=True, value="1") == [("INVALID", ["done"])]


async def test_names_are_sealed_in_the_log_and_the_address_survives_a_renaming(
    company: Company, client: Client, database_url: str, organization: ExampleOrganization
):
    invited = await company.do("person_invite", name="Zdeněk Říha", email="zdenek@example.org", role="VIEWER")
    person_id = invited["person"]["id"]
    assert await company.refused("person_update", personId=person_id, email="nowhere") == [("INVALID", ["email"])]
    renamed = await company.do("person_update", personId=person_id, name="Zdeněk Novák")
    assert (renamed["person"]["name"], renamed["person"]["email"]) == ("Zdeněk Novák", "zdenek@example.org")
    same = await company.do("person_update", personId=person_id, name="Zdeněk Novák")
    assert (same["events"], same["person"]["version"]) == ([], 2)

    query = """mutation ($input: PersonUpdateInput!) { personUpdate(input: $input) { events {
        __typename actor { name } subject { __typename id } changes { field before { text } after { text } }
    } } }"""
    data = await client.run(query, {"input": {"personId": person_id, "name": "Zdeněk Dvořák", "role": "MEMBER"}})
    (event,) = data["personUpdate"]["events"]
    assert event["__typename"] == "PersonUpdatedEvent"
    assert event["actor"] == {"name": "Admin Person"}
    assert event["subject"] == {"__typename": "Person", "id": person_id}
    assert event["changes"] == [
        {"field": "name", "before": None, "after": None},
        {"field": "role", "before": {"text": "VIEWER"}, "after": {"text": "MEMBER"}},
    ]
    connection = await asyncpg.connect(database_url)
    try:
        stored = await connection.fetch("select data from okr_ledger.event where stream_id = $1", person_id)
    finally:
        await connection.close()
    assert len(stored) == 3
    assert not any(word in row["data"] for row in stored for word in ("Zden", "zdenek", "example.org"))
    assert isinstance(uuid_of(organization.identifier), UUID)


async def test_an_event_leads_to_the_moment_after_its_act(company: Company, client: Client):
    cycle_id = await company.cycle()
    payload = await company.do("objective_create", cycleId=cycle_id, title="Trust", draft=False, keyResults=[KEY_RESULT])
    query = """mutation ($input: ObjectiveCreateInput!) { objectiveCreate(input: $input) { events {
        id type position origin hash moment { position time } recordedAt subject { id }
        ... on ObjectiveAlignedEvent { parent { id title } }
    } } }"""
    values = {"cycleId": cycle_id, "title": "Below", "parentIds": [payload["objective"]["id"]], "keyResults": [KEY_RESULT]}
    events = (await client.run(query, {"input": values}))["objectiveCreate"]["events"]
    assert [event["type"] for event in events] == ["OBJECTIVE_CREATED", "OBJECTIVE_ALIGNED", "KEY_RESULT_ADDED"]
    assert {event["moment"]["position"] for event in events} == {events[-1]["position"]}
    assert all(event["moment"]["time"] == event["recordedAt"] for event in events)
    assert events[1]["parent"] == {"id": payload["objective"]["id"], "title": "Trust"}
    assert {event["origin"] for event in events} == {"API"}
    assert all(len(event["hash"]) == 64 for event in events)


async def test_more_than_five_objectives_of_a_person_are_no_focus(company: Company, organization: ExampleOrganization):
    cycle_id = await company.cycle()
    for number in "abcde":
        await company.objective(cycle_id, title=f"Objective {number}")
    sixth = await company.do(
        "objective_create", cycleId=cycle_id, title="Objective f", draft=False, keyResults=[KEY_RESULT, KEY_RESULT]
    )
    assert [found["code"] for found in sixth["findings"]] == ["TOO_MANY_OBJECTIVES"]
    switched_off = """mutation ($input: OrganizationUpdateInput!) { organizationUpdate(input: $input) {
        organization { id disabledFindings } userErrors { code } } }"""
    values = {"disabledFindings": ["TOO_MANY_OBJECTIVES", "KEY_RESULT_COUNT"]}
    data = await company.client.run(switched_off, {"input": values})
    assert data["organizationUpdate"]["organization"]["id"] == organization.identifier
    silent = await company.do("objective_create", cycleId=cycle_id, title="Objective g", draft=False)
    assert silent["findings"] == []


async def test_a_sealed_cycle_is_shut_until_it_is_reopened(company: Company):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id)
    await company.do("cycle_review", cycleId=cycle_id)
    await company.do("objective_cancel", objectiveId=objective["id"])
    closed = await company.do("cycle_close", cycleId=cycle_id)
    assert closed["cycle"]["viewerCan"] == ["REOPEN", "COMMENT"]
    assert {thing["id"] for thing in closed["affected"]} == {
        cycle_id,
        objective["id"],
        *(each["id"] for each in objective["keyResults"]),
    }
    assert await company.refused("objective_create", cycleId=cycle_id, title="Too late") == [("CYCLE_CLOSED", None)]
    assert await company.refused("cycle_reopen", cycleId=cycle_id) == [("REASON_REQUIRED", ["reason"])]
    again = await company.do("cycle_reopen", cycleId=cycle_id, reason={"code": "CORRECTION"})
    assert again["cycle"]["phase"] == "REVIEW"
    assert "cycleReopen" in operation("cycle_reopen")


async def test_settings_that_move_what_is_due_affect_everything_that_runs(company: Company, organization: ExampleOrganization):
    cycle_id = await company.cycle()
    running = await company.objective(cycle_id)
    planned = await company.do("cycle_create", name="Later", startsOn="2100-01-01")
    await company.do("objective_create", cycleId=planned["cycle"]["id"], title="Later")
    moved = await company.do("organization_update", timeZone="Asia/Tokyo")
    assert {thing["id"] for thing in moved["affected"]} == {
        organization.identifier,
        cycle_id,
        running["id"],
        *(each["id"] for each in running["keyResults"]),
    }
    renamed = await company.do("organization_update", name="Another")
    assert [thing["id"] for thing in renamed["affected"]] == [organization.identifier]
