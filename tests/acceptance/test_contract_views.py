"""What managers look at, by the operations of the contract: now, in the past, and of a closed cycle."""

from typing import Any

import pytest

from events.person import Role
from projections import retargeting
from tests.support.client import Client
from tests.support.operations import Company, Content, contract_variables, fill, operation
from tests.support.organization import ExampleOrganization

VIEWS = (
    "cycle_alignment_coverage",
    "cycle_comparison",
    "cycle_focus",
    "cycle_heat_map",
    "cycle_workload",
    "team_comparison",
)


async def told(company: Company, **more: Any) -> dict[str, Content]:
    """Answer what every view says."""
    found: dict[str, Content] = {}
    for name in VIEWS:
        data = await company.client.run(operation(name), {**contract_variables(name, company.ids), **more})
        (found[name],) = data.values()
    return found


async def test_every_view_is_answered_now_in_the_past_and_at_the_seal(
    client: Client, organization: ExampleOrganization, monkeypatch: pytest.MonkeyPatch
):
    company = Company(client, {"person": organization.people[Role.MEMBER]})
    await fill(company)
    ids = company.ids
    await company.do("key_result_retarget", keyResultId=ids["keyResult"], target="12", reason={"code": "OTHER", "text": "Hm"})
    await company.do("key_result_check_in", keyResultId=ids["keyResult"], value="9", confidence=0.4)
    changed = await company.do(
        "objective_update", objectiveId=ids["objective"], ownerId=ids["person"], reason={"code": "OTHER", "text": "Hm"}
    )
    now = await told(company)

    # A cycle of eighty years: its newest weeks.
    heat = now["cycle_heat_map"]["heatMap"]
    assert len(heat["weeks"]) == len(heat["whole"]) == 14
    assert [row["team"] and row["team"]["name"] for row in heat["rows"]] == ["Sales", None]
    assert heat["rows"][0]["cells"][-1]["keyResults"]["onTrack"] == 1
    assert heat["whole"][-1]["meanConfidence"] == 0.4
    focus = now["cycle_focus"]["focus"]
    assert (focus["advisedFewest"], focus["advisedMost"], focus["withoutTeamCount"]) == (3, 5, 1)
    assert {(each["person"]["name"], each["objectiveCount"], each["band"]) for each in focus["people"]} == {
        ("Admin Person", 1, "FEW"),
        ("Member Person", 1, "FEW"),
    }
    coverage = now["cycle_alignment_coverage"]["alignmentCoverage"]
    assert (coverage["alignedShare"], coverage["orphans"], coverage["levelSkips"]) == (1, [], [])
    assert [(each["team"]["name"], each["crossTeamLinkCount"], each["isSilo"]) for each in coverage["teams"]] == [
        ("Sales", 1, False)
    ]
    loads = now["cycle_workload"]["workload"]
    assert {(each["person"]["name"], each["keyResultCount"], each["checkInsPerWeek"]) for each in loads} == {
        ("Admin Person", 1, 1),
        ("Member Person", 1, 1),
    }
    (team,) = now["team_comparison"]["retrospective"]["byTeam"]
    assert (team["progress"], team["meanConfidence"], team["retargetedKeyResultCount"]) == (0.5, 0.4, 1)
    (quarter,) = now["cycle_comparison"]["nodes"]
    assert (quarter["name"], quarter["retrospective"]["progress"]) == ("Running", 0.25)

    # Before it was handed over, and with the identifiers of that past.
    before = await told(company, asOf={"position": str(int(changed["events"][0]["position"]) - 1)})
    for rows in (before["cycle_focus"]["focus"]["people"], before["cycle_workload"]["workload"]):
        assert [(each["person"]["name"], each["objectiveCount"]) for each in rows] == [("Admin Person", 2)]
    assert before["cycle_heat_map"]["heatMap"]["id"] != heat["id"]
    assert before["cycle_heat_map"]["heatMap"]["rows"][0]["team"]["id"] != ids["team"]

    # Closed, it is read at its seal: a team that moves or is renamed afterwards changes nothing.
    for objective_id in (ids["objective"], ids["parent"]):
        await company.do(
            "objective_close", objectiveId=objective_id, decision="KEEP", score=0.5, explanation="Seen so", rootCause="Late"
        )
    await company.do("cycle_review", cycleId=ids["cycle"])
    await company.do("cycle_close", cycleId=ids["cycle"])
    sealed = await told(company)
    assert sealed["cycle_heat_map"]["heatMap"]["whole"][-1]["objectives"]["closed"] == 2
    assert sealed["cycle_workload"]["workload"] == []
    above = await company.do("team_create", name="Everybody")
    await company.do("team_update", teamId=ids["team"], name="Selling", parentId=above["team"]["id"])
    assert await told(company) == sealed

    monkeypatch.setattr(retargeting, "MOST_KEY_RESULTS", 0)
    query = (
        "query ($id: ID!) { cycle(id: $id) { retrospective { retargetedKeyResultCount retargetedKeyResults { __typename } } } }"
    )
    looking = (await client.run(query, {"id": ids["cycle"]}))["cycle"]["retrospective"]
    assert looking == {"retargetedKeyResultCount": 1, "retargetedKeyResults": []}


async def test_too_many_weeks_are_refused(client: Client, organization: ExampleOrganization):
    company = Company(client, {"person": organization.people[Role.MEMBER]})
    await fill(company)
    # A cycle of two thousand years has no more weeks than others.
    for starts_on, ends_on in (("0001-01-01", "9999-12-31"), ("0001-01-01", "0001-01-02"), ("9999-12-31", None)):
        ancient = await company.do("cycle_create", name=f"From {starts_on} to {ends_on}", startsOn=starts_on, endsOn=ends_on)
        weeks = {"cycleId": ancient["cycle"]["id"], "weeks": 53}
        drawn = (await client.run(operation("cycle_heat_map"), weeks))["cycle"]["heatMap"]["weeks"]
        assert len(drawn) == {"9999-12-31": 53, "0001-01-02": 1, None: 0}[ends_on]
    await company.do("organization_update", firstDayOfWeek=2)
    ancient = await company.do("cycle_create", name="The first day", startsOn="0001-01-01", endsOn="0001-01-01")
    (week,) = (await client.run(operation("cycle_heat_map"), {"cycleId": ancient["cycle"]["id"]}))["cycle"]["heatMap"]["weeks"]
    assert (week["startsOn"], week["endsOn"]) == ("0001-01-01", "0001-01-01")
    for weeks in (0, 54):
        variables = {"cycleId": company.ids["cycle"], "weeks": weeks}
        assert await client.codes(operation("cycle_heat_map"), variables) == ["ARGUMENT_INVALID"]
