"""Histories, the audit log and the verification as clients of different roles read them."""

from collections.abc import Callable
from typing import Any

import pytest

from events.person import Role
from schema.verification import MOST_VERIFIED_EVENTS
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.operations import Company, Content, operation
from tests.support.organization import ExampleOrganization

AsRole = Callable[[Role], Client]

HISTORIES = """
query ($ids: [ID!]!, $includeParts: Boolean! = true) {
  nodes(ids: $ids) {
    ... on Objective { history(includeParts: $includeParts) { totalCount nodes { type } } }
    ... on KeyResult { history(includeParts: $includeParts) { totalCount nodes { type } } }
    ... on Cycle { history { totalCount nodes { type } } }
    ... on Team { history { totalCount nodes { type } } }
    ... on Person { history { totalCount nodes { type } } }
    ... on Organization { history { totalCount nodes { type } } }
  }
}
"""
LOG = """
query ($first: Int, $after: String, $filter: EventFilter) {
  auditLog(first: $first, after: $after, filter: $filter) {
    totalCount nodes { position type subject { id } } pageInfo { hasNextPage endCursor }
  }
}
"""
MOVE = """
mutation ($id: ID!, $to: ID!) {
  keyResultUpdate(input: { keyResultId: $id, objectiveId: $to, reason: { code: CORRECTION } }) {
    events { type position } userErrors { message }
  }
}
"""


@pytest.fixture
def company(client: Client, organization: ExampleOrganization) -> Company:
    return Company(client)


async def histories(client: Client, *ids: str, **variables: Any) -> list[list[str] | None]:
    nodes = (await client.run(HISTORIES, {"ids": list(ids), **variables}))["nodes"]
    assert all(node is None or node["history"]["totalCount"] == len(node["history"]["nodes"]) for node in nodes)
    return [None if node is None else [event["type"] for event in node["history"]["nodes"]] for node in nodes]


async def log(client: Client, **variables: Any) -> Content:
    found: Content = (await client.run(LOG, variables))["auditLog"]
    return found


async def test_a_move_stands_in_the_history_of_both_objectives(client: Client, company: Company) -> None:
    cycle_id = await company.cycle()
    left, entered = await company.objective(cycle_id), await company.objective(cycle_id, title="Grow")
    part = left["keyResults"][0]["id"]
    moved = (await client.run(MOVE, {"id": part, "to": entered["id"]}))["keyResultUpdate"]
    assert (moved["userErrors"], [event["type"] for event in moved["events"]]) == ([], ["KEY_RESULT_MOVED"])
    await company.do("key_result_check_in", keyResultId=part, value="3", status="ON_TRACK")

    own = ["OBJECTIVE_ACTIVATED", "KEY_RESULT_ADDED", "OBJECTIVE_CREATED"]
    of_part = ["KEY_RESULT_CHECKED_IN", "KEY_RESULT_MOVED", "KEY_RESULT_ADDED"]
    assert await histories(client, left["id"], entered["id"], part) == [
        ["KEY_RESULT_MOVED", *own],
        ["KEY_RESULT_CHECKED_IN", "KEY_RESULT_MOVED", *own],
        of_part,
    ]
    assert await histories(client, left["id"], entered["id"], part, includeParts=False) == [
        ["OBJECTIVE_ACTIVATED", "OBJECTIVE_CREATED"],
        ["OBJECTIVE_ACTIVATED", "OBJECTIVE_CREATED"],
        of_part[1:],
    ]
    assert await histories(client, cycle_id) == [
        ["KEY_RESULT_CHECKED_IN", "KEY_RESULT_MOVED", *own, *own, "CYCLE_ACTIVATED", "CYCLE_CREATED"]
    ]


async def test_teams_people_and_the_organization_have_their_own_history(
    client: Client, company: Company, organization: ExampleOrganization
) -> None:
    team = (await company.do("team_create", name="Sales"))["team"]["id"]
    await company.do("team_update", teamId=team, name="Growth")
    person = organization.people[Role.VIEWER]
    await company.do("person_update", personId=person, name="Somebody")
    await company.do("organization_update", checkInGraceDays=2)
    assert await histories(client, team, person, organization.identifier) == [
        ["TEAM_RENAMED", "TEAM_CREATED"],
        ["PERSON_UPDATED", "PERSON_INVITED"],
        ["ORGANIZATION_UPDATED", "ORGANIZATION_CREATED"],
    ]


async def test_the_history_of_a_thing_of_the_past_ends_there(client: Client, company: Company) -> None:
    created = await company.do("team_create", name="Sales")
    await company.do("team_update", teamId=created["team"]["id"], name="Growth")
    query = "query ($id: ID!, $at: BigInt!) { team(id: $id, asOf: { position: $at }) { id history { nodes { type } } } }"
    at = created["events"][-1]["position"]
    past = (await client.run(query, {"id": created["team"]["id"], "at": at}))["team"]
    assert [event["type"] for event in past["history"]["nodes"]] == ["TEAM_CREATED"]
    # A filter takes the identifier of the past as well: events are the same at every moment.
    found = await log(client, filter={"subjectId": {"eq": past["id"]}})
    assert [event["type"] for event in found["nodes"]] == ["TEAM_RENAMED", "TEAM_CREATED"]


async def test_nobody_reads_events_of_what_they_may_not_see(client: Client, company: Company, as_role: AsRole) -> None:
    cycle_id = await company.cycle()
    shown = await company.objective(cycle_id, title="Shown")
    hidden = await company.objective(cycle_id, title="Hidden", visibility="PRIVATE")
    member, auditor = as_role(Role.MEMBER), as_role(Role.AUDITOR)
    everything, seen = await log(client, first=100), await log(member, first=100)
    assert everything == await log(auditor, first=100)
    assert everything["totalCount"] == len(everything["nodes"]) == int(everything["nodes"][0]["position"])
    assert seen["totalCount"] == everything["totalCount"] - 3
    of_hidden = [event for event in everything["nodes"] if event not in seen["nodes"]]
    assert {event["type"] for event in of_hidden} == {"OBJECTIVE_CREATED", "KEY_RESULT_ADDED", "OBJECTIVE_ACTIVATED"}
    assert hidden["id"] in {event["subject"]["id"] for event in of_hidden}

    for name in ("subjectId", "subjectIdOrPart"):
        assert (await log(member, filter={name: {"eq": hidden["id"]}}))["totalCount"] == 0
        assert (await log(member, filter={name: {"eq": shown["id"]}}))["totalCount"] > 0
    position = of_hidden[0]["position"]
    assert (await member.run("query ($at: BigInt!) { event(position: $at) { id } }", {"at": position}))["event"] is None
    buckets = "query ($id: ID!) { momentBuckets(scope: { cycleId: $id }) { totalCount nodes { eventCount } } }"
    counts = [
        sum(bucket["eventCount"] for bucket in (await each.run(buckets, {"id": cycle_id}))["momentBuckets"]["nodes"])
        for each in (client, member)
    ]
    assert counts == [8, 5]


async def test_the_log_is_read_in_pages_and_filtered(client: Client, company: Company) -> None:
    await company.objective(await company.cycle())
    whole = await log(client, first=100)
    met: list[Content] = []
    after: str | None = None
    while True:
        page = await log(client, first=4, after=after)
        met += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert met == whole["nodes"]
    assert await client.codes(LOG, {"after": after, "filter": {"position": {"gt": "1"}}}) == ["CURSOR_INVALID"]
    assert await client.codes(LOG, {"filter": {"type": None}}) == ["ARGUMENT_INVALID"]
    assert await client.codes(LOG, {"first": 101}) == ["PAGE_TOO_LARGE"]
    wanted = {"or": [{"type": {"eq": "CYCLE_CREATED"}}, {"position": {"lte": "1"}}]}
    found = await log(client, filter=wanted)
    assert [event["type"] for event in found["nodes"]] == ["CYCLE_CREATED", "ORGANIZATION_CREATED"]
    assert (await log(client, filter={"not": wanted}))["totalCount"] == whole["totalCount"] - 2
    outside = await log(client, filter={"cycleId": {"isNull": True}}, first=100)
    assert outside["totalCount"] == whole["totalCount"] - 5


async def test_the_log_is_verified_for_those_who_see_all_of_it(client: Client, company: Company, as_role: AsRole) -> None:
    await company.cycle()
    query = operation("verify_log")
    for role in (Role.MEMBER, Role.VIEWER):
        assert (await as_role(role).run(query))["logVerification"] is None
    found = (await as_role(Role.AUDITOR).run(query))["logVerification"]
    assert (found["valid"], found["complete"], found["firstInvalidPosition"]) == (True, True, None)
    assert found["position"] == found["checkedEventCount"]
    end = int(found["position"])
    for variables in ({"after": "-1"}, {"upTo": str(end + 1)}, {"after": "3", "upTo": "2"}):
        assert await client.codes(query, variables) == ["ARGUMENT_INVALID"]
    rest = (await client.run(query, {"after": str(end)}))["logVerification"]
    assert (rest["checkedEventCount"], rest["hash"], rest["complete"]) == ("0", found["hash"], True)


async def test_without_a_key_nothing_is_signed(client: Client, organization: ExampleOrganization) -> None:
    assert (await client.run("{ logCheckpoint { note } }"))["logCheckpoint"] is None


async def test_what_was_changed_behind_the_logs_back_is_named(
    client: Client, company: Company, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company.cycle()
    query = operation("verify_log")
    assert MOST_VERIFIED_EVENTS == 10_000
    monkeypatch.setattr("schema.verification.MOST_VERIFIED_EVENTS", 3)
    first = (await client.run(query))["logVerification"]
    assert (first["valid"], first["complete"], first["position"]) == (True, False, "3")
    second = (await client.run(query, {"after": "3"}))["logVerification"]
    assert (second["valid"], second["position"], second["checkedEventCount"]) == (True, "6", "3")

    async with owner(database_url) as connection:
        await connection.execute("set session_replication_role = replica")
        await connection.execute("update okr_ledger.event set actor_id = 'somebody' where position = 5")
    broken = (await client.run(query, {"after": "3"}))["logVerification"]
    assert (broken["valid"], broken["complete"], broken["firstInvalidPosition"]) == (False, False, "5")
    assert (broken["position"], broken["checkedEventCount"]) == ("4", "1")


async def test_the_events_of_an_act_name_it_and_the_request_that_asked_for_it(client: Client, company: Company):
    cycle_id = await company.cycle()
    made = await client.send(
        operation("objective_create"),
        {"input": {"cycleId": cycle_id, "title": "Build trust", "keyResults": [], "draft": False}},
        headers={"X-Request-Id": "trust-1"},
    )
    assert made.json()["data"]["objectiveCreate"]["userErrors"] == []
    objective_id = made.json()["data"]["objectiveCreate"]["objective"]["id"]
    await company.do("objective_update", objectiveId=objective_id, title="Be trusted", reason={"code": "CORRECTION"})
    data = await client.run(
        "query ($id: ID!) { objective(id: $id) { history { nodes { type commandId requestId } } } }", {"id": objective_id}
    )
    retitled, activated, created = data["objective"]["history"]["nodes"]
    assert [each["type"] for each in (created, activated)] == ["OBJECTIVE_CREATED", "OBJECTIVE_ACTIVATED"]
    assert created["commandId"] == activated["commandId"] != retitled["commandId"]
    assert created["requestId"] == activated["requestId"] == "trust-1" != retitled["requestId"]
