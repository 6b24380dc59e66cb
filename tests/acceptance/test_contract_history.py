"""Every operation of the group `history`, sent to a running application: curves, explanations, the audit, comparisons."""

from collections.abc import Callable
from typing import Any

import pytest

from events.person import Role
from tests.support.client import Client
from tests.support.operations import Company, Content, contract_variables, fill, nodes_of, operation
from tests.support.organization import ExampleOrganization


@pytest.fixture
def company(client: Client, organization: ExampleOrganization) -> Company:
    return Company(client, {"person": organization.people[Role.MEMBER]})


def drawn(curve: Content) -> list[tuple[str | None, float | None, str]]:
    """Answer value, progress and type of event of each point."""
    return [(point["value"], point["progress"], point["event"]["type"]) for point in curve["points"]]


async def test_a_progress_curve_is_drawn_of_everything_that_has_progress(
    company: Company, client: Client, organization: ExampleOrganization
):
    await fill(company)
    everything = (await client.run("{ organization { id } }"))["organization"]["id"]
    steps = {
        "keyResult": [("6", 0, "KEY_RESULT_ADDED"), ("8", 0.5, "KEY_RESULT_CHECKED_IN")],
        "objective": [(None, 0, "KEY_RESULT_ADDED"), (None, 0.5, "KEY_RESULT_CHECKED_IN")],
        "cycle": [(None, 0, "OBJECTIVE_ACTIVATED"), (None, 0.25, "KEY_RESULT_CHECKED_IN")],
        "team": [(None, 0, "OBJECTIVE_ACTIVATED"), (None, 0.5, "KEY_RESULT_CHECKED_IN")],
        "organization": [(None, 0, "OBJECTIVE_ACTIVATED"), (None, 0.25, "KEY_RESULT_CHECKED_IN")],
    }
    for name, expected in steps.items():
        thing_id = {**company.ids, "organization": everything}[name]
        data = await client.run(operation("progress_curve"), {"id": thing_id, "resolution": "STEP"})
        curve = data["node"]["progressCurve"]
        assert drawn(curve) == expected, name
        assert (curve["resolution"], curve["basis"], curve["against"]) == ("STEP", "RECORDED", "CURRENT_TARGET")
        assert curve["goalpostShare"] == 0, name
        # A cycle of eighty years has an expected line; many cycles have none.
        lines = [point["expected"] for point in curve["points"]]
        assert all(0.07 < line < 0.2 for line in lines) if name not in ("team", "organization") else lines == [None, None]

    variables = contract_variables("progress_curve", company.ids)
    curve = (await client.run(operation("progress_curve"), variables))["node"]["progressCurve"]
    assert drawn(curve) == [("8", 0.5, "KEY_RESULT_CHECKED_IN")]
    assert (curve["resolution"], curve["basis"], curve["against"]) == ("WEEK", "MEASURED", "ORIGINAL_TARGET")
    days = (await client.run(operation("progress_curve"), {"id": company.ids["team"]}))["node"]["progressCurve"]
    assert (days["resolution"], drawn(days)[-1]) == ("DAY", (None, 0.5, "KEY_RESULT_CHECKED_IN"))


async def test_moved_goalposts_have_their_share_and_a_span_its_bounds(company: Company, client: Client):
    await fill(company)
    before = (await company.do("key_result_check_in", keyResultId=company.ids["keyResult"], value="7"))["events"][0][
        "recordedAt"
    ]
    reason = {"code": "NEW_INFORMATION"}
    await company.do("key_result_retarget", keyResultId=company.ids["keyResult"], target="8", reason=reason)
    variables = {"id": company.ids["keyResult"], "resolution": "STEP"}
    curve = (await client.run(operation("progress_curve"), variables))["node"]["progressCurve"]
    assert drawn(curve)[-1] == ("7", 0.5, "KEY_RESULT_RETARGETED")
    assert curve["goalpostShare"] == 0.5
    against = {**variables, "against": "ORIGINAL_TARGET"}
    curve = (await client.run(operation("progress_curve"), against))["node"]["progressCurve"]
    assert [progress for _, progress, _ in drawn(curve)] == [0, 0.5, 0.25]
    assert curve["goalpostShare"] == 0.5
    bounded = {**variables, "span": {"from": before, "to": before}}
    curve = (await client.run(operation("progress_curve"), bounded))["node"]["progressCurve"]
    assert (drawn(curve), curve["goalpostShare"]) == ([("7", 0.25, "KEY_RESULT_CHECKED_IN")], 0)
    backwards = {**variables, "span": {"from": before, "to": "2020-01-01T00:00:00Z"}}
    assert await client.codes(operation("progress_curve"), backwards) == ["ARGUMENT_INVALID"]
    of_cycle = (
        "query ($id: ID!, $in: ID) { team(id: $id) { progressCurve(cycleId: $in, resolution: STEP) { points { progress } } } }"
    )
    team = {"id": company.ids["team"]}
    points = [{"progress": 0}, {"progress": 0.5}, {"progress": 0.25}, {"progress": 0.5}]
    assert (await client.run(of_cycle, {**team, "in": company.ids["cycle"]}))["team"]["progressCurve"] == {"points": points}
    assert (await client.run(of_cycle, {**team, "in": company.ids["team"]}))["team"]["progressCurve"] is None


async def test_a_progress_is_explained_by_its_parts_and_their_events(company: Company, client: Client):
    await fill(company)
    variables = contract_variables("explain_progress", company.ids)
    explained = (await client.run(operation("explain_progress"), variables))["objective"]
    (part,) = explained["breakdown"]
    event = part.pop("event")
    assert part == {
        "weight": 1,
        "share": 1,
        "progress": 0.5,
        "contribution": 0.5,
        "part": {"__typename": "KeyResult", "id": company.ids["keyResult"], "title": "Replies"},
    }
    # The older check-in and its correction were written later, and did not move the number.
    steps = {"id": company.ids["keyResult"], "resolution": "STEP"}
    curve = (await client.run(operation("progress_curve"), steps))["node"]["progressCurve"]
    assert event["id"] == curve["points"][-1]["event"]["id"]
    assert (explained["progress"], explained["rawProgress"], explained["readAt"]) == (0.5, 0.5, None)
    assert (event["type"], event["actor"]["name"]) == ("KEY_RESULT_CHECKED_IN", "Admin Person")
    await company.do("key_result_check_in", keyResultId=company.ids["keyResult"], value="10")
    past = {**variables, "asOf": {"position": event["position"]}}
    then = (await client.run(operation("explain_progress"), past))["objective"]
    assert (then["progress"], then["readAt"]["position"]) == (0.5, event["position"])
    assert then["breakdown"][0]["event"] == event


async def test_the_audit_of_the_contract_is_answered(company: Company, client: Client, organization: ExampleOrganization):
    await fill(company)
    ids = company.ids
    retargeted = await company.do(
        "key_result_retarget", keyResultId=ids["keyResult"], target="12", reason={"code": "OTHER", "text": "Too easy"}
    )
    (event,) = retargeted["events"]

    async def ask(name: str, **more: Any) -> Content:
        return await client.run(operation(name), {**contract_variables(name, ids), **more})

    log = (await ask("audit_log"))["auditLog"]
    assert (log["totalCount"], log["pageInfo"]["hasNextPage"]) == (1, False)
    (row,) = nodes_of(log)
    assert (row["id"], row["type"], row["position"]) == (event["id"], "KEY_RESULT_RETARGETED", event["position"])
    assert row["reason"] == {"code": "OTHER", "text": "Too easy"}
    assert row["subject"] == {"__typename": "KeyResult", "id": ids["keyResult"]}
    assert row["actor"]["id"] == organization.people[Role.ADMIN]

    trail = (await ask("audit_trail"))["objective"]["history"]
    types_of_trail = [each["type"] for each in nodes_of(trail)]
    assert types_of_trail == [
        "KEY_RESULT_RETARGETED",
        "CHECK_IN_CORRECTED",
        "KEY_RESULT_CHECKED_IN",
        "KEY_RESULT_CHECKED_IN",
        "OBJECTIVE_ACTIVATED",
        "KEY_RESULT_ADDED",
        "OBJECTIVE_ALIGNED",
        "OBJECTIVE_CREATED",
    ]
    assert trail["totalCount"] == 8
    (change,) = nodes_of(trail)[0]["changes"]
    assert (change["field"], change["before"]["number"], change["after"]["number"]) == ("target", "10", "12")
    assert (change["after"]["kind"], change["after"]["unit"]) == ("NUMBER", "PERCENT")

    before = int(event["position"]) - 1
    sides = await ask("side_by_side", left={"position": str(before)}, right=None)
    left, right = sides["left"], sides["right"]
    assert left["entityId"] == right["id"] == right["entityId"] == ids["objective"]
    assert (left["readAt"]["position"], right["readAt"]) == (str(before), None)
    assert [side["keyResults"][0]["metric"]["target"] for side in (left, right)] == ["10", "12"]
    assert [side["progress"] for side in (left, right)] == [0.5, pytest.approx(1 / 3)]
    assert left["id"] != right["id"]

    slider = (await ask("time_slider"))["momentBuckets"]
    assert slider["pageInfo"]["hasNextPage"] is False
    buckets = nodes_of(slider)
    assert buckets[-1]["lastPosition"] == event["position"]
    in_cycle = (await client.run(operation("audit_log"), {"filter": {"cycleId": {"eq": ids["cycle"]}}, "first": 100}))[
        "auditLog"
    ]
    assert sum(bucket["eventCount"] for bucket in buckets) == in_cycle["totalCount"] == len(nodes_of(in_cycle))
    assert {kind for bucket in buckets for kind in bucket["eventTypes"]} == {each["type"] for each in nodes_of(in_cycle)}
    assert "ORGANIZATION_CREATED" not in buckets[-1]["eventTypes"]
    stop = await client.run(operation("side_by_side"), {"id": ids["objective"], "left": {"time": buckets[-1]["end"]}})
    assert stop["left"]["progress"] == right["progress"]

    verified = (await ask("verify_log"))["logVerification"]
    assert verified == {
        "valid": True,
        "complete": True,
        "position": event["position"],
        "hash": row["hash"],
        "firstInvalidPosition": None,
        "checkedEventCount": event["position"],
        "verifiedAt": verified["verifiedAt"],
    }
    part = (await ask("verify_log", after="5", upTo="9"))["logVerification"]
    assert (part["position"], part["checkedEventCount"], part["complete"], part["valid"]) == ("9", "4", True, True)


async def test_two_moments_of_the_contract_are_compared(company: Company, client: Client, as_role: Callable[[Role], Client]):
    await fill(company)
    ids = company.ids
    variables = contract_variables("compare_moments", ids)
    variables["from"] = {"position": (await company.do("team_create", name="Later"))["events"][0]["position"]}

    reason = {"code": "OTHER", "text": "Too easy"}
    await company.do("key_result_retarget", keyResultId=ids["keyResult"], target="16", reason=reason)
    await company.do("key_result_check_in", keyResultId=ids["keyResult"], value="11")
    made = await company.do(
        "key_result_create",
        objectiveId=ids["objective"],
        title="Calls",
        metric={"kind": "BINARY"},
        reason={"code": "NEW_INFORMATION"},
    )
    await company.do("objective_cancel", objectiveId=ids["parent"], reason={"code": "IRRELEVANT"})
    found = (await client.run(operation("compare_moments"), variables))["compare"]

    assert found["from"]["position"] == variables["from"]["position"]
    assert found["to"]["time"] > found["from"]["time"]
    (came,) = found["added"]["nodes"]
    assert came == {
        "__typename": "KeyResult",
        "id": made["keyResult"]["id"],
        "entityId": made["keyResult"]["id"],
        "title": "Calls",
        "progress": 0,
    }
    went = found["removed"]["nodes"]
    assert [(each["__typename"], each["title"]) for each in went] == [("Objective", "Be trusted"), ("KeyResult", "Reply rate")]
    assert all(each["id"].startswith(f"{each['entityId']}@") for each in went)

    changed = {each["subject"]["title"]: each for each in found["changed"]["nodes"]}
    assert (found["changed"]["totalCount"], found["changed"]["pageInfo"]["hasNextPage"]) == (2, False)
    assert list(changed) == ["Answer every mail", "Replies"]
    part = changed["Replies"]
    # 8 between 6 and 10; then 11, which passes the old target; then the target 16.
    assert (part["progressBefore"], part["progressAfter"]) == (0.5, 0.5)
    assert part["progressBySource"] == {"byValues": 0.5, "byTargets": -0.5, "byWeights": 0, "byScope": 0}
    (change,) = part["changes"]["nodes"]
    assert (change["field"], change["before"]["number"], change["after"]["number"]) == ("target", "10", "16")
    assert (change["event"]["__typename"], change["event"]["reason"]) == ("KeyResultRetargetedEvent", reason)
    whole = changed["Answer every mail"]
    assert (whole["progressBefore"], whole["progressAfter"]) == (0.5, 0.25)
    assert whole["progressBySource"] == {"byValues": 0.5, "byTargets": -0.5, "byWeights": 0, "byScope": -0.25}
    assert whole["changes"] == {"totalCount": 0, "nodes": []}

    assert found["summary"] == {
        "objectivesAdded": 0,
        "objectivesRemoved": 1,
        "keyResultsAdded": 1,
        "keyResultsRemoved": 1,
        "targetsRaised": 1,
        "targetsLowered": 0,
        "ownersChanged": 0,
        "realigned": 0,
        "retitled": 0,
        "reweighted": 0,
        "eventCount": 4,
        "progressBefore": 0.25,
        "progressAfter": 0.25,
    }
    by_auditor = (await as_role(Role.AUDITOR).run(operation("compare_moments"), variables))["compare"]
    assert {**by_auditor, "to": found["to"]} == found

    pages, after = [], None
    while after is None or pages[-1]["pageInfo"]["hasNextPage"]:
        data = await client.run(
            "query ($from: MomentInput!, $after: String) { compare(from: $from) { changed(first: 1, after: $after) {"
            " nodes { subject { title } subjectBefore { title } } pageInfo { hasNextPage endCursor } } } }",
            {"from": variables["from"], "after": after},
        )
        pages.append(data["compare"]["changed"])
        after = pages[-1]["pageInfo"]["endCursor"]
    assert [page["nodes"][0]["subject"]["title"] for page in pages] == ["Answer every mail", "Replies"]


COMPARE = """query ($from: MomentInput!, $to: MomentInput, $scope: ScopeInput) {
    compare(from: $from, to: $to, scope: $scope) { from { position } summary { eventCount progressAfter } }
}"""


async def test_a_comparison_says_what_it_cannot_compare(company: Company, client: Client, as_role: Callable[[Role], Client]):
    await fill(company)
    secret = await company.objective(company.ids["cycle"], title="Secret", visibility="PRIVATE")
    head = {"position": (await client.send("{ viewer { id } }")).json()["extensions"]["position"]}
    created = "{ auditLog(filter: { type: { eq: TEAM_CREATED } }) { nodes { position } } }"
    early = (await client.run(created))["auditLog"]["nodes"][0]

    assert await client.codes(COMPARE, {"from": head, "to": early}) == ["ARGUMENT_INVALID"]
    assert await client.codes(COMPARE, {"from": {"date": "2001-01-01"}}) == ["MOMENT_UNKNOWN"]
    assert await client.codes(COMPARE, {"from": early, "to": {"time": "2999-01-01T00:00:00Z"}}) == ["MOMENT_IN_FUTURE"]
    assert await client.codes(COMPARE, {"from": early, "scope": {}}) == ["VARIABLES_INVALID"]
    for nothing in ({"cycleId": company.ids["team"]}, {"cycleId": "none"}, {"objectiveId": f"objective_{'0' * 26}"}):
        assert (await client.run(COMPARE, {"from": early, "scope": nothing}))["compare"] is None
    of_secret = {"from": early, "scope": {"objectiveId": secret["id"]}}
    assert (await client.run(COMPARE, of_secret))["compare"]["summary"] == {"eventCount": 3, "progressAfter": 0}
    assert (await as_role(Role.MEMBER).run(COMPARE, of_secret))["compare"] is None
    member = (await as_role(Role.MEMBER).run(COMPARE, {"from": early}))["compare"]
    everything = (await client.run(COMPARE, {"from": early}))["compare"]
    assert member["summary"]["progressAfter"] == everything["summary"]["progressAfter"]
    assert everything["summary"]["eventCount"] - member["summary"]["eventCount"] == 3


async def test_the_retrospective_of_the_contract_is_answered_beside_others(company: Company, client: Client):
    await fill(company)
    ids = company.ids
    retargeted = await company.do(
        "key_result_retarget", keyResultId=ids["keyResult"], target="8", reason={"code": "OTHER", "text": "Too hard"}
    )
    (event,) = retargeted["events"]
    other = await company.cycle("Other")
    carried = (await company.do("objective_carry_over", objectiveId=ids["objective"], cycleId=other))["objective"]
    for objective_id in (ids["parent"], ids["objective"]):
        await company.do(
            "objective_close",
            objectiveId=objective_id,
            score=0.8,
            decision="KEEP",
            explanation="Seen from outside",
        )
    await company.do("cycle_review", cycleId=ids["cycle"])
    seal = (await company.do("cycle_close", cycleId=ids["cycle"]))["cycle"]["seal"]
    variables = {**contract_variables("cycle_retrospective", ids), "compareWith": [other, ids["cycle"], ids["team"]]}
    data = await client.run(operation("cycle_retrospective"), variables)

    cycle = data["cycle"]
    assert (cycle["name"], cycle["phase"], cycle["seal"]) == ("Running", "CLOSED", {**seal, "valid": True})
    found = cycle["retrospective"]
    assert (found["objectiveCount"], found["keyResultCount"], found["meanScore"]) == (2, 2, 0.8)
    assert [(each["from"], each["to"], each["count"]) for each in found["scoreDistribution"]] == [
        (0, 0.4, 0),
        (0.4, 0.7, 0),
        (0.7, 1, 2),
    ]
    (moved,) = found["retargetedKeyResults"]
    # From 6 to 10 and then to 8; it stood at 8.
    assert (moved["scoreAgainstOriginal"], moved["scoreAgainstFinal"]) == (0.5, 1)
    assert [moved[levels] for levels in ("original", "final")] == [
        {"start": "6", "target": "10", "low": None, "high": None},
        {"start": "6", "target": "8", "low": None, "high": None},
    ]
    (told,) = moved["events"]
    assert (told["__typename"], told["id"], told["position"]) == ("KeyResultRetargetedEvent", event["id"], event["position"])
    assert told["reason"] == {"code": "OTHER", "text": "Too hard"}
    assert found["checkIns"] == {"expected": 0, "recorded": 2, "onTime": 0, "late": 0, "missed": 0, "correctionRate": 0.5}
    assert found["confidenceCalibration"] == {"brierScore": None, "bins": []}
    (carry_over,) = found["carriedOver"]
    assert (carry_over["from"]["entityId"], carry_over["to"]["entityId"]) == (ids["objective"], carried["id"])
    (team,) = found["byTeam"]
    assert (team["team"]["entityId"], team["team"]["name"]) == (ids["team"], "Sales")
    assert (team["objectiveCount"], team["meanScore"], team["onTimeRate"]) == (1, 0.8, None)

    # What it shows is of the past, and leads back to it.
    for thing in (moved["keyResult"], carry_over["from"], carry_over["to"], team["team"]):
        assert thing["id"] != thing["entityId"]
        assert found["id"].split("@")[1] == f"{thing['id'].split('@')[1]}#retrospective"
    past = (await client.run("query ($id: ID!) { node(id: $id) { id } }", {"id": carry_over["to"]["id"]}))["node"]
    assert past == {"id": carry_over["to"]["id"]}

    running, again, nothing = data["comparison"]
    assert (running["name"], running["retrospective"]["objectiveCount"]) == ("Other", 1)
    assert again["retrospective"].items() <= {**found, "checkIns": again["retrospective"]["checkIns"]}.items()
    assert nothing == {"__typename": "Team", "id": ids["team"]}
