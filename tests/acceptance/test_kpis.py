"""KPIs over HTTP: what the operations of the contract answer, now and in the past, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.person import Role
from tests.support.client import Client
from tests.support.operations import Company, Content, contract_variables, fill, operation
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")

BECAUSE = {"code": "NEW_INFORMATION"}
NOW = datetime.now(UTC)


def ago(**spans: float) -> str:
    return (NOW - timedelta(**spans)).isoformat()


def types(payload: Content) -> list[str]:
    return [event["type"] for event in payload["events"]]


class Story:
    """A company that measures a KPI, told by the operations and variables of the contract."""

    def __init__(self, client: Client, organization: ExampleOrganization) -> None:
        self.client = client
        self.company = Company(client, {"person": organization.people[Role.MEMBER]})
        self.ids, self.tell = self.company.ids, self.company.tell

    async def begin(self) -> Content:
        await fill(self.company)
        created = await self.tell("kpi_create")
        self.ids["kpi"] = created["kpi"]["id"]
        return created

    async def detail(self, **variables: Any) -> Content:
        data = await self.client.run(operation("kpi_detail"), {**contract_variables("kpi_detail", self.ids), **variables})
        kpi: Content = data["kpi"]
        return kpi

    async def read(self, value: str, at: str | None = None) -> Content:
        more = {} if at is None else {"effectiveAt": at}
        payload = await self.tell("kpi_reading_record", value=value, **more)
        self.ids["reading"] = payload["reading"]["id"]
        return payload


@pytest.fixture
def story(client: Client, organization: ExampleOrganization) -> Story:
    return Story(client, organization)


async def test_a_kpi_is_measured_corrected_recovers_and_is_archived(story: Story):
    created = await story.begin()
    assert (types(created), created["kpi"]["version"]) == (["KPI_CREATED"], 1)
    assert (created["kpi"]["health"], created["kpi"]["value"]) == ("UNKNOWN", None)
    assert created["kpi"]["viewerCan"] == ["UPDATE", "CANCEL", "CHECK_IN"]
    changed = await story.tell("kpi_update")
    assert types(changed) == ["KPI_RETITLED", "KPI_BANDS_CHANGED"]

    linked = await story.tell("kpi_link")
    assert types(linked) == ["KEY_RESULT_KPI_LINKED"]
    assert linked["linked"]["valueSource"]["id"] == story.ids["kpi"]
    assert story.ids["keyResult"] in [thing["id"] for thing in linked["affected"]]

    yesterday = await story.read("80", ago(days=1, seconds=1))
    assert types(yesterday) == ["KPI_READING_RECORDED", "KEY_RESULT_CHECKED_IN"]
    assert (yesterday["kpi"]["health"], yesterday["kpi"]["recoveryProposal"]) == ("WARNING", None)
    today = await story.read("72.5")
    assert (today["kpi"]["health"], today["kpi"]["value"], today["reading"]["health"]) == ("CRITICAL", "72.5", "CRITICAL")
    assert {thing["__typename"] for thing in today["affected"]} == {
        "CheckIn", "Cycle", "KeyResult", "Kpi", "KpiReading", "Objective", "Team",
    }  # fmt: skip
    corrected = await story.tell("kpi_reading_correct")
    assert types(corrected) == ["KPI_READING_CORRECTED", "CHECK_IN_CORRECTED"]
    proposal = corrected["kpi"]["recoveryProposal"]
    assert proposal == {
        "title": "Bring Renewals back to health",
        "keyResultTitle": "Renewals",
        "kind": "INCREASE",
        "unit": "PERCENT",
        "baseline": "71.5",
        "target": "85",
    }
    started = await story.tell("kpi_recovery_start")
    assert types(started) == ["OBJECTIVE_CREATED", "KEY_RESULT_ADDED", "KEY_RESULT_KPI_LINKED"]
    objective = started["objective"]
    assert (objective["title"], objective["state"]) == (proposal["title"], "DRAFT")
    assert objective["team"]["id"] == story.ids["team"]
    [key_result] = objective["keyResults"]
    assert {name: key_result["metric"][name] for name in ("kind", "unit", "start", "target")} == {
        "kind": "INCREASE", "unit": "PERCENT", "start": "71.5", "target": "85",
    }  # fmt: skip
    assert key_result["valueSource"]["id"] == story.ids["kpi"]

    kpi = await story.detail()
    assert [point["value"] for point in kpi["curve"]["points"]] == ["80", "71.5"]
    assert [point["event"]["type"] for point in kpi["curve"]["points"]] == ["KPI_READING_RECORDED", "KPI_READING_CORRECTED"]
    assert [reading["value"] for reading in kpi["readings"]["nodes"]] == ["71.5", "80"]
    assert [bands["warningBelow"] for bands in kpi["bandHistory"]] == ["90", "85"]
    assert kpi["linkedKeyResults"]["totalCount"] == 2
    assert kpi["history"]["totalCount"] == len(kpi["history"]["nodes"]) == 8

    retracted = await story.tell("kpi_reading_retract")
    assert (types(retracted), retracted["kpi"]["value"]) == (["KPI_READING_RETRACTED", "CHECK_IN_RETRACTED"], "80")
    unlinked = await story.tell("kpi_unlink")
    assert unlinked["linked"]["valueSource"] is None
    archived = await story.tell("kpi_archive")
    assert (archived["kpi"]["archivedAt"] is None, archived["kpi"]["viewerCan"]) == (False, ["REOPEN"])
    assert (await story.tell("kpi_restore"))["kpi"]["archivedAt"] is None


WHERE_FROM = """query ($id: ID!) { keyResult(id: $id) {
    progress metric { current } kpis(first: 5) { totalCount nodes { title } } valueSource { title }
    lastCheckIn { value status reading { id value kpi { title } } }
    progressCurve(resolution: STEP) { points { value event { type } } }
    progressExplanation { event { type } }
} }"""


async def test_a_key_result_shows_where_its_value_comes_from(story: Story, client: Client):
    await story.begin()
    await story.tell("kpi_link")
    await story.read("9")
    key_result = (await client.run(WHERE_FROM, {"id": story.ids["keyResult"]}))["keyResult"]
    assert (key_result["progress"], key_result["metric"]["current"]) == (0.75, "9")
    assert key_result["kpis"] == {"totalCount": 1, "nodes": [{"title": "Renewal rate"}]}
    reading = {"id": story.ids["reading"], "value": "9", "kpi": {"title": "Renewal rate"}}
    assert key_result["lastCheckIn"] == {"value": "9", "status": "ON_TRACK", "reading": reading}
    assert key_result["progressCurve"]["points"][-1] == {"value": "9", "event": {"type": "KEY_RESULT_CHECKED_IN"}}
    assert key_result["progressExplanation"]["event"]["type"] == "KEY_RESULT_CHECKED_IN"
    value = {"keyResultId": story.ids["keyResult"], "value": "10", "status": "ON_TRACK"}
    assert await story.company.refused("key_result_check_in", **value) == [("WRONG_STATE", ["value"])]
    said = await story.company.do("key_result_check_in", keyResultId=story.ids["keyResult"], confidence=0.8)
    assert (said["checkIn"]["value"], said["checkIn"]["confidence"]) == ("9", 0.8)


async def test_every_moment_has_the_values_bands_and_health_of_then(story: Story, client: Client):
    await story.begin()
    await story.read("92")
    then = {"time": datetime.now(UTC).isoformat()}
    await story.tell("kpi_update", bands={"criticalBelow": "95", "warningBelow": "97"})
    await story.read("93")
    past, now = await story.detail(asOf=then), await story.detail()
    assert (past["value"], past["health"], past["title"], past["viewerCan"]) == ("92", "HEALTHY", "Renewal rate", [])
    assert (now["value"], now["health"], now["title"]) == ("93", "CRITICAL", "Renewals")
    assert (past["id"] != now["id"], past["entityId"]) == (True, now["id"])
    again = await client.run("query ($id: ID!) { node(id: $id) { ... on Kpi { value health } } }", {"id": past["id"]})
    assert again["node"] == {"value": "92", "health": "HEALTHY"}
    believed = await story.detail(basis="RECORDED", resolution="STEP")
    assert [(point["value"], point["health"]) for point in believed["curve"]["points"]] == [
        ("92", "HEALTHY"),
        ("93", "CRITICAL"),
    ]
    found = await client.run('{ search(query: "renew", types: [KPI]) { nodes { title node { __typename id } } } }')
    assert found["search"]["nodes"] == [{"title": "Renewals", "node": {"__typename": "Kpi", "id": story.ids["kpi"]}}]
    team = await client.run(
        "query ($id: ID!) { team(id: $id) { kpis(first: 5) { totalCount nodes { title } } } }", {"id": story.ids["team"]}
    )
    assert team["team"]["kpis"] == {"totalCount": 1, "nodes": [{"title": "Renewals"}]}


async def test_filters_by_health_agree_with_the_health_that_is_shown(story: Story, client: Client):
    await story.begin()
    expected: dict[str, str] = {"Renewal rate": "UNKNOWN"}
    shown: dict[str, str] = {}
    # Some days on both sides of where each frequency may become outdated, whatever day it is; the last one surely is.
    spans = {"DAILY": [3, 4, 5], "WEEKLY": [5, 9, 12, 18], "MONTHLY": [29, 40, 50, 70], "QUARTERLY": [80, 120, 150, 190]}
    for frequency, days in spans.items():
        readings = [("good", "95", 0, "HEALTHY"), ("worse", "85", 0, "WARNING"), ("bad", "70", 0, "CRITICAL")]
        readings += [(f"late {each}", "95", each, "OUTDATED" if each == days[-1] else "") for each in days]
        for title, value, at, health in readings:
            name = f"{frequency} {title}"
            created = await story.tell("kpi_create", title=name, frequency=frequency, idempotencyKey=name)
            await story.tell("kpi_reading_record", kpiId=created["kpi"]["id"], value=value, effectiveAt=ago(days=at))
            expected[name] = health
    for health in sorted({*expected.values()} - {""}):
        data = await client.run(operation("kpi_list"), {"filter": {"health": {"eq": health}}, "first": 100})
        for kpi in data["kpis"]["nodes"]:
            assert (kpi["title"], kpi["health"]) == (kpi["title"], health)
            shown[kpi["title"]] = health
    assert shown.keys() == expected.keys()
    assert {name: shown[name] for name, health in expected.items() if health} == {k: v for k, v in expected.items() if v}
    order = [{"field": "LAST_READ_AT", "direction": "DESC"}, {"field": "TITLE"}]
    listed = await client.run(operation("kpi_list"), {"filter": {"frequency": {"eq": "DAILY"}}, "orderBy": order})
    assert [kpi["title"].split()[-1] for kpi in listed["kpis"]["nodes"]] == ["bad", "good", "worse", "3", "4", "5", "rate"]
    listed = await client.run(operation("kpi_list"), contract_variables("kpi_list", story.ids))
    assert listed["kpis"]["totalCount"] == 8


async def test_what_is_wrong_is_refused_with_its_place_and_leaves_nothing(story: Story):
    await story.begin()
    company, kpi = story.company, {"kpiId": story.ids["kpi"]}
    wrong = {"direction": "WITHIN", "bands": {"warningBelow": "1"}, "idempotencyKey": "other"}
    created = {**contract_variables("kpi_create", story.ids)["input"], **wrong}
    assert await company.refused("kpi_create", **created) == [("REQUIRED", ["bands", "criticalBelow"])]
    assert await company.refused("kpi_update", **kpi, title="Other", expectedVersion=7) == [
        ("VERSION_CONFLICT", ["expectedVersion"])
    ]
    assert await company.refused("kpi_update", **kpi, unit=None) == [("REQUIRED", ["unit"])]
    late = {"value": "1", "effectiveAt": ago(days=-1)}
    assert await company.refused("kpi_reading_record", **kpi, **late) == [("IN_FUTURE", ["effectiveAt"])]
    assert await company.refused("kpi_reading_record", **kpi, value="1" * 40) == [("LIMIT_EXCEEDED", ["value"])]
    await story.read("95")
    assert await company.refused("kpi_update", **kpi, unit="DAYS") == [("METRIC_FROZEN", ["unit"])]
    bands = {"bands": {"criticalBelow": "1", "warningBelow": "2"}}
    assert await company.refused("kpi_update", **kpi, **bands) == [("REASON_REQUIRED", ["reason"])]
    for linked, code in ((story.ids["team"], "NOT_FOUND"), (story.ids["objective"], "INVALID")):
        path = ["linkedId"] if code == "NOT_FOUND" else ["takesValues"]
        assert await company.refused("kpi_link", **kpi, linkedId=linked, takesValues=True) == [(code, path)]
    recovery = {"cycleId": story.ids["cycle"]}
    assert await company.refused("kpi_recovery_start", **kpi, **recovery) == [("WRONG_STATE", ["kpiId"])]
    tried = await company.do("kpi_update", **kpi, title="Tried", dryRun=True)
    assert (tried["events"], tried["kpi"]["title"]) == ([], "Renewal rate")
    again = await company.do("kpi_reading_record", **kpi, value="95", idempotencyKey="once")
    replay = await company.do("kpi_reading_record", **kpi, value="95", idempotencyKey="once")
    assert replay["reading"]["id"] == again["reading"]["id"]
    assert (await story.detail())["readings"]["totalCount"] == 2


async def test_owner_lead_and_administrator_change_a_kpi_and_others_do_not(
    story: Story, as_role: Callable[[Role], Client], organization: ExampleOrganization
):
    await story.begin()
    company, kpi = story.company, {"kpiId": story.ids["kpi"]}
    member = Company(as_role(Role.MEMBER))
    assert (await member.do("kpi_reading_record", **kpi, value="95"))["reading"]["viewerCan"] == ["CORRECT"]
    await member.do("kpi_update", **kpi, description=None)
    assert await member.refused("kpi_update", **kpi, teamId=None) == [("FORBIDDEN", None)]
    await company.do("kpi_update", **kpi, ownerId=organization.people[Role.ADMIN])
    for mutation, values in (("kpi_update", {"title": "Mine"}), ("kpi_reading_record", {"value": "1"}), ("kpi_archive", {})):
        assert [code for code, _ in await member.refused(mutation, **kpi, **values)] == ["FORBIDDEN"]
    await company.do("team_update", teamId=story.ids["team"], leadId=organization.people[Role.MEMBER])
    await member.do("kpi_update", **kpi, title="Led")
    fresh = {**contract_variables("kpi_create", story.ids)["input"], "idempotencyKey": "mine"}
    await member.do("kpi_create", **fresh)
    assert [code for code, _ in await member.refused("kpi_create", **{**fresh, "teamId": None, "idempotencyKey": "none"})] == [
        "FORBIDDEN"
    ]
    viewer = Client(as_role(Role.VIEWER).http)
    assert (await viewer.run(operation("kpi_detail"), {"id": story.ids["kpi"]}))["kpi"]["viewerCan"] == []


async def test_a_kpi_does_not_tell_of_a_hidden_objective(
    story: Story, client: Client, as_role: Callable[[Role], Client], organization: ExampleOrganization
):
    await story.begin()
    hidden = await story.company.objective(story.ids["cycle"], title="Hidden", visibility="PRIVATE")
    key_result_id = hidden["keyResults"][0]["id"]
    before = await as_role(Role.MEMBER).run(operation("kpi_detail"), contract_variables("kpi_detail", story.ids))
    for linked_id, takes_values in ((hidden["id"], False), (key_result_id, True)):
        await story.company.do("kpi_link", kpiId=story.ids["kpi"], linkedId=linked_id, takesValues=takes_values)
    after = await as_role(Role.MEMBER).run(operation("kpi_detail"), contract_variables("kpi_detail", story.ids))
    assert after == before
    mine = await Company(as_role(Role.MEMBER)).do("kpi_reading_record", kpiId=story.ids["kpi"], value="9")
    assert types(mine) == ["KPI_READING_RECORDED"]
    assert {thing["__typename"] for thing in mine["affected"]} == {"Kpi", "KpiReading"}
    assert mine["userErrors"] == []
    shown = await client.run("query ($id: ID!) { keyResult(id: $id) { progress } }", {"id": key_result_id})
    assert shown["keyResult"]["progress"] == 0.9
