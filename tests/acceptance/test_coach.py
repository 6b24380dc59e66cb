"""The coach over HTTP: advice while typing, on what is written, in four languages, and as the organization wants it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.coach.finding import FindingCode
from events.coach.rules import RULE_SET_VERSION
from events.metadata import decode_metadata
from events.person import Role
from service.database import Database
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company, Content, contract_variables, operation
from tests.support.organization import ExampleOrganization

CYRILLIC, HAN = re.compile("[\u0400-\u04ff]"), re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def company(client: Client) -> Company:
    return Company(client)


def codes(found: list[Content]) -> list[str]:
    return [each["code"] for each in found]


async def draft(client: Client, language: str = "EN", /, **values: Any) -> list[Content]:
    variables = {"input": {"draft": False, "dryRun": True, **values}, "language": language}
    payload = (await client.run(operation("coach_draft"), variables))["objectiveCreate"]
    assert (payload["userErrors"], payload["objective"], payload["events"]) == ([], None, [])
    found: list[Content] = payload["findings"]
    return found


async def findings(client: Client, objective_id: str, as_of: Content | None = None, language: str = "EN") -> Content:
    variables = {"objectiveId": objective_id, "language": language, "asOf": as_of}
    objective: Content = (await client.run(operation("coach_findings"), variables))["objective"]
    return {each["id"].split("@")[0]: codes(each["findings"]) for each in (objective, *objective["keyResults"])}


async def test_a_draft_is_advised_on_while_it_is_typed(company: Company, client: Client):
    company.ids["cycle"] = await company.cycle()
    variables = contract_variables("coach_draft", company.ids)
    payload = (await client.run(operation("coach_draft"), variables))["objectiveCreate"]
    assert (payload["userErrors"], payload["objective"]) == ([], None)
    of_title, of_task, of_activity = payload["findings"]
    assert (of_title["code"], of_title["path"], of_title["severity"]) == ("DIGITS_IN_TITLE", ["title"], "WARNING")
    assert "„30“" in of_title["suggestion"]
    assert (of_task["code"], of_task["path"]) == ("TASK", ["title"])
    assert of_task["message"] == "„Zavést nový CRM“ pojmenovává práci, ne to, co z ní vzejde."
    assert of_activity["code"] == "ACTIVITY"
    assert "1 200 schůzek" in of_activity["suggestion"].replace("\N{NO-BREAK SPACE}", " ")
    assert {each["ruleSetVersion"] for each in payload["findings"]} == {RULE_SET_VERSION}
    assert (await client.run("{ objectives { totalCount } }"))["objectives"]["totalCount"] == 0


async def test_a_draft_laid_over_what_is_written_is_advised_on_as_a_whole(company: Company, client: Client):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id, KEY_RESULT, {**KEY_RESULT, "title": "Win rate"}, title="Be trusted")
    first, second = (each["id"] for each in objective["keyResults"])

    async def tried(mutation: str, **values: Any) -> list[str]:
        reason = {"code": "NEW_INFORMATION"}
        payload = await company.do(mutation, reason=reason, dryRun=True, **values)
        assert payload["events"] == []
        return codes(payload["findings"])

    assert await tried("objective_update", objectiveId=objective["id"], title="Be trusted by 9 in 10") == ["DIGITS_IN_TITLE"]
    assert await tried("key_result_update", keyResultId=first, title="Significantly more replies") == ["VAGUE_WORDING"]
    assert await tried("key_result_update", keyResultId=first, metric={"kind": "UNDECIDED"}) == ["UNDECIDED_METRIC"]
    leap = {"keyResultId": first, "start": "1", "target": "99"}
    assert await tried("key_result_retarget", **leap) == ["UNGROUNDED_TARGET"]
    assert await tried("key_result_drop", keyResultId=second) == ["KEY_RESULT_COUNT"]
    meetings = {"kind": "INCREASE", "unit": "NUMBER", "start": "0", "target": "9"}
    added = {"objectiveId": objective["id"], "title": "Meetings with prospects", "metric": meetings}
    assert await tried("key_result_create", **added) == ["ACTIVITY"]
    # A replacement is looked at with what takes the place and without what is dropped.
    lagging = {**KEY_RESULT, "title": "Revenue"}
    assert await tried("key_result_replace", keyResultId=first, keyResult=lagging) == []
    elsewhere = await company.objective(cycle_id, KEY_RESULT, title="Be known")
    moved = await tried("key_result_update", keyResultId=second, objectiveId=elsewhere["id"])
    assert moved == ["KEY_RESULT_COUNT"]  # of the one that it left alone
    assert await findings(client, objective["id"]) == {objective["id"]: [], first: [], second: []}


async def test_the_objective_of_a_team_is_tried_out_with_its_alignment(company: Company):
    cycle_id = await company.cycle()
    team_id = (await company.do("team_create", name="Sales"))["team"]["id"]
    parent = await company.objective(cycle_id, KEY_RESULT, KEY_RESULT, title="Be known")
    two = [KEY_RESULT, KEY_RESULT]
    values = {"cycleId": cycle_id, "teamId": team_id, "title": "Be trusted", "draft": False, "keyResults": two}
    assert codes((await company.do("objective_create", **values, dryRun=True))["findings"]) == ["RELEVANCE_UNSTATED"]
    assert (await company.do("objective_create", **values, description="They leave", dryRun=True))["findings"] == []
    assert (await company.do("objective_create", **values, parentIds=[parent["id"]], dryRun=True))["findings"] == []
    aligned = (await company.do("objective_create", **values, parentIds=[parent["id"]]))["objective"]
    let_go = {"objectiveId": aligned["id"], "parentId": parent["id"], "reason": {"code": "IRRELEVANT"}}
    assert codes((await company.do("objective_unalign", **let_go, dryRun=True))["findings"]) == ["RELEVANCE_UNSTATED"]
    assert codes((await company.do("objective_unalign", **let_go))["findings"]) == ["RELEVANCE_UNSTATED"]


async def test_what_is_reported_is_advised_on_now_and_in_the_past(company: Company, client: Client):
    objective = await company.objective(
        await company.cycle(starts_on="2020-01-01"), KEY_RESULT, {**KEY_RESULT, "title": "Win rate"}
    )
    flat, unsure = (each["id"] for each in objective["keyResults"])

    async def check_in(key_result_id: str, days_ago: int, **values: Any) -> Content:
        at = datetime.now(UTC) - timedelta(days=days_ago)
        return await company.do(
            "key_result_check_in",
            **{"keyResultId": key_result_id, "effectiveAt": at.isoformat(), "status": "ON_TRACK", **values},
        )

    sure = await check_in(unsure, 40, value="1", confidence=0.95)
    assert codes(sure["findings"]) == ["SANDBAGGING"]
    before = {"position": sure["events"][0]["position"]}
    low = await check_in(unsure, 30, value="2", confidence=0.3, status="AT_RISK")
    assert codes(low["findings"]) == ["LOW_CONFIDENCE_WITHOUT_BLOCKER"]
    helped = await check_in(unsure, 20, value="2", confidence=0.3, blockers="No access", status="AT_RISK")
    assert helped["findings"] == []

    await check_in(flat, 60, value="3")
    for days_ago in (35, 20, 10):
        assert (await check_in(flat, days_ago, value="4"))["findings"] == []
    assert codes((await check_in(flat, 7, value="4", dryRun=True))["findings"]) == ["ON_TRACK_BUT_FLAT"]
    assert (await check_in(flat, 7, value="5", dryRun=True))["findings"] == []
    still = await check_in(flat, 5, value="4")
    assert codes(still["findings"]) == ["ON_TRACK_BUT_FLAT"]
    found = {objective["id"]: [], flat: ["ON_TRACK_BUT_FLAT"], unsure: []}
    assert await findings(client, objective["id"]) == found
    assert await findings(client, objective["id"], before) == {objective["id"]: [], flat: [], unsure: ["SANDBAGGING"]}
    # A retracted one in between was never said.
    moved = await check_in(flat, 4, value="9")
    assert (await findings(client, objective["id"]))[flat] == []
    reason = {"code": "CORRECTION"}
    await company.do("check_in_retract", checkInId=moved["checkIn"]["id"], reason=reason)
    assert await findings(client, objective["id"]) == found


async def test_a_key_result_without_an_end_is_not_time_bound(company: Company, client: Client):
    cycle_id = (await company.do("cycle_create", name="Open", startsOn="2020-01-01"))["cycle"]["id"]
    key_results = [KEY_RESULT, {**KEY_RESULT, "dueOn": "2030-01-01"}]
    assert codes(await draft(client, cycleId=cycle_id, title="Go on", keyResults=key_results)) == ["NOT_TIME_BOUND"]
    written = await company.objective(cycle_id, *key_results, title="Go on")
    endless, ending = (each["id"] for each in written["keyResults"])
    assert await findings(client, written["id"]) == {written["id"]: [], endless: ["NOT_TIME_BOUND"], ending: []}


async def test_it_speaks_the_language_that_is_asked_for_and_keeps_them_apart(company: Company, client: Client):
    objective = await company.objective(await company.cycle(), title="Win 30 markets")
    query = """query ($id: ID!, $language: Language!) {
        objective(id: $id) { findings(language: $language) { message explanation } } }"""
    said: dict[str, str] = {}
    for language in ("EN", "ZH", "RU", "CS", "EN"):
        parameters = {"id": objective["id"], "language": language}
        answers = [await client.run(query, parameters) for _ in range(2)]  # the second one is kept
        assert answers[0] == answers[1]
        message = answers[0]["objective"]["findings"][0]["message"]
        assert said.setdefault(language, message) == message
    assert len(set(said.values())) == 4
    assert said["EN"] == "An objective says in words what to reach; “30” belongs into a key result."
    assert HAN.search(said["ZH"])
    assert CYRILLIC.search(said["RU"])
    assert said["CS"].startswith("Cíl říká slovy")
    both = "query ($id: ID!) { objective(id: $id) { cs: findings(language: CS) { message } en: findings { message } } }"
    read = (await client.run(both, {"id": objective["id"]}))["objective"]
    assert (read["cs"][0]["message"], read["en"][0]["message"]) == (said["CS"], said["EN"])


async def test_each_rule_can_be_switched_off_and_on_again(company: Company, client: Client, organization: ExampleOrganization):
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id, title="Win 30 markets")
    rules = (await client.run(operation("coach_rules"), {"language": "EN"}))["organization"]
    assert rules["ruleSetVersion"] == RULE_SET_VERSION
    assert sorted(codes(rules["coachRules"])) == sorted(FindingCode)
    assert all(rule["isEnabled"] and rule["name"] and rule["explanation"] and rule["source"] for rule in rules["coachRules"])

    switched = (await client.run(operation("coach_rule_switch"), contract_variables("coach_rule_switch", {})))[
        "organizationUpdate"
    ]
    assert switched["userErrors"] == []
    assert [event["type"] for event in switched["events"]] == ["ORGANIZATION_UPDATED"]
    off = {rule["code"] for rule in switched["organization"]["coachRules"] if not rule["isEnabled"]}
    assert off == {"NO_COUNTER_METRIC", "NO_BASELINE"} == set(switched["organization"]["disabledFindings"])
    assert all(HAN.search(rule["name"]) for rule in switched["organization"]["coachRules"])

    before = {"time": datetime.now(UTC).isoformat()}
    assert (await findings(client, objective["id"]))[objective["id"]] == ["DIGITS_IN_TITLE", "KEY_RESULT_COUNT"]
    everything = {"input": {"disabledFindings": sorted(FindingCode)}, "language": "EN"}
    await client.run(operation("coach_rule_switch"), everything)
    assert await draft(client, cycleId=cycle_id, title="Win 30 markets", keyResults=[{**KEY_RESULT, "title": "Build it"}]) == []
    assert (await findings(client, objective["id"]))[objective["id"]] == []
    assert (await findings(client, objective["id"], before))[objective["id"]] == ["DIGITS_IN_TITLE", "KEY_RESULT_COUNT"]
    await client.run(operation("coach_rule_switch"), {"input": {"disabledFindings": []}, "language": "EN"})
    assert (await findings(client, objective["id"]))[objective["id"]] == ["DIGITS_IN_TITLE", "KEY_RESULT_COUNT"]


async def test_every_event_names_the_rules_that_its_author_was_advised_by(
    company: Company, organization: ExampleOrganization, database_url: str
):
    await company.objective(await company.cycle())
    async with Database(database_url) as database, database.connection(organization.organization_id) as connection:
        rows = await connection.fetch("select metadata from okr_ledger.event")
    assert {decode_metadata(row["metadata"]).rule_set for row in rows} == {RULE_SET_VERSION}


async def test_who_may_not_see_an_objective_gets_no_advice_on_it(company: Company, as_role: Any):
    cycle_id = await company.cycle()
    private = await company.objective(cycle_id, title="Win 30 markets", visibility="PRIVATE")
    variables = {"objectiveId": private["id"], "language": "EN", "asOf": None}
    assert await as_role(Role.MEMBER).run(operation("coach_findings"), variables) == {"objective": None}
