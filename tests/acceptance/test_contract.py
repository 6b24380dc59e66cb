"""Every operation that frontends send, sent to a running application."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.person import Role
from tests.support.client import Client
from tests.support.operations import Company, Content, contract_variables, core_operations, fill, nodes_of, operation
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")


def is_mutation(name: str) -> bool:
    return any(line.startswith("mutation ") for line in operation(name).splitlines())


class Story:
    """Sends mutations of the contract with its variables, and remembers which."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.ids = company.ids
        self.told: set[str] = set()

    async def attempt(self, name: str, **more: Any) -> Content:
        self.told.add(name)
        values = contract_variables(name, self.ids)["input"]
        return await self.company.attempt(name, **{**values, **more})

    async def tell(self, name: str, **more: Any) -> Content:
        payload = await self.attempt(name, **more)
        assert payload["userErrors"] == [], (name, payload["userErrors"])
        return payload


def types(payload: Content) -> list[str]:
    return [event["type"] for event in payload["events"]]


@pytest.fixture
def story(client: Client, organization: ExampleOrganization) -> Story:
    return Story(Company(client, {"person": organization.people[Role.MEMBER]}))


async def people_and_teams(story: Story) -> None:
    changed = await story.tell("organization_update")
    assert changed["organization"]["timeZone"] == "Europe/Prague"
    assert types(changed) == ["ORGANIZATION_UPDATED"]

    invited = await story.tell("person_invite")
    assert invited["person"]["name"] == "Ada"
    assert invited["person"]["email"] == "ada@example.org"
    assert invited["person"]["role"] == "MEMBER"
    story.ids["person"] = invited["person"]["id"]
    renamed = await story.tell("person_update")
    assert (renamed["person"]["name"], renamed["person"]["email"]) == ("Ada King", "ada@example.org")
    assert types(renamed) == ["PERSON_UPDATED"]

    team = (await story.tell("team_create"))["team"]
    assert (team["name"], team["version"], team["parent"]) == ("Sales", 1, None)
    story.ids["team"] = team["id"]
    assert types(await story.tell("team_update")) == []
    joined = await story.tell("team_member_add")
    assert [member["name"] for member in joined["team"]["members"]["nodes"]] == ["Ada King"]
    assert joined["person"]["teams"] == [{"id": team["id"], "name": "Sales"}]


async def cycles(story: Story) -> None:
    cycle = (await story.tell("cycle_create"))["cycle"]
    assert (cycle["name"], cycle["phase"], cycle["progress"]) == ("Q4 2026", "PLANNING", None)
    story.ids["cycle"] = cycle["id"]
    moved = await story.tell("cycle_update")
    assert (moved["cycle"]["endsOn"], types(moved)) == ("2026-12-20", ["CYCLE_RESCHEDULED"])
    active = await story.tell("cycle_activate")
    assert (active["cycle"]["phase"], active["cycle"]["version"]) == ("ACTIVE", 3)
    later = await story.company.do("cycle_create", name="Q1 2027", startsOn="2027-01-01", endsOn="2027-03-31")
    story.ids["nextCycle"] = later["cycle"]["id"]


async def objectives(story: Story) -> None:
    created = await story.tell("objective_create")
    assert types(created) == ["OBJECTIVE_CREATED", "KEY_RESULT_ADDED", "OBJECTIVE_ACTIVATED"]
    parent = created["objective"]
    assert parent["progress"] == 0
    story.ids["parent"] = parent["id"]
    story.ids["keyResult"] = parent["keyResults"][0]["id"]

    draft = await story.company.do(
        "objective_create", cycleId=story.ids["cycle"], teamId=story.ids["team"], title="Be trusted", description="At last"
    )
    story.ids["objective"] = draft["objective"]["id"]
    assert draft["objective"]["version"] == 1
    changed = await story.tell("objective_update")
    assert types(changed) == ["OBJECTIVE_RETITLED", "OBJECTIVE_DESCRIBED"]
    assert changed["objective"]["title"] == "Build trust from the first minute"
    assert changed["objective"]["description"] is None
    assert (await story.tell("objective_activate"))["objective"]["state"] == "ACTIVE"

    aligned = await story.tell("objective_align")
    assert aligned["objective"]["parents"] == [{"__typename": "Objective", "id": parent["id"], "title": parent["title"]}]
    assert types(aligned) == ["OBJECTIVE_ALIGNED"]
    assert (await story.tell("objective_unalign"))["objective"]["parents"] == []
    ordered = await story.tell("objective_reorder")
    assert [objective["priority"] for objective in ordered["objectives"]] == [1]


async def key_results(story: Story) -> None:
    added = (await story.tell("key_result_create"))["keyResult"]
    assert added["objective"]["id"] == story.ids["objective"]
    assert added["metric"]["kind"] == "DECREASE"
    reweighted = await story.tell("key_result_update")
    assert (reweighted["keyResult"]["weight"], reweighted["keyResult"]["version"]) == (2, 2)
    assert types(reweighted) == ["KEY_RESULT_REWEIGHTED"]
    retargeted = (await story.tell("key_result_retarget"))["keyResult"]
    assert (retargeted["metric"]["target"], retargeted["metric"]["original"]["target"]) == ("12", "10")

    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    first = await story.tell("key_result_check_in", effectiveAt=an_hour_ago)
    assert first["checkIn"]["value"] == "7.5"
    assert first["keyResult"]["progress"] == pytest.approx((7.5 - 5) / 7)
    assert types(first) == ["KEY_RESULT_CHECKED_IN"]
    sheet = await story.tell("key_result_check_in_many")
    assert [check_in["value"] for check_in in sheet["checkIns"]] == ["8"]
    story.ids["checkIn"] = sheet["checkIns"][0]["id"]
    corrected = await story.tell("check_in_correct")
    assert [revision["value"] for revision in corrected["checkIn"]["revisions"]] == ["8", "7.2"]
    assert corrected["keyResult"]["metric"]["current"] == "7.2"
    retracted = await story.tell("check_in_retract")
    assert retracted["checkIn"]["retractedAt"] is not None
    assert retracted["keyResult"]["lastCheckIn"]["value"] == "7.5"

    dropped = (await story.tell("key_result_drop"))["keyResult"]
    assert (dropped["status"], dropped["droppedAt"] is None) == ("CLOSED", False)
    assert (await story.tell("key_result_restore"))["keyResult"]["droppedAt"] is None
    replaced = await story.tell("key_result_replace")
    assert types(replaced) == ["KEY_RESULT_DROPPED", "KEY_RESULT_ADDED"]
    assert replaced["replaced"]["id"] == story.ids["keyResult"]
    assert replaced["keyResult"]["title"] == "Share of answered mails"


async def endings(story: Story) -> None:
    carried = (await story.tell("objective_carry_over"))["objective"]
    assert carried["cycle"]["id"] == story.ids["nextCycle"]
    assert carried["carriedOverFrom"]["id"] == story.ids["objective"]
    tried = await story.attempt("objective_close")
    assert (tried["objective"]["state"], tried["objective"]["review"], tried["events"]) == ("ACTIVE", None, [])
    assert (await story.tell("objective_cancel"))["objective"]["state"] == "CANCELLED"
    assert (await story.tell("objective_reopen"))["objective"]["state"] == "ACTIVE"

    assert (await story.tell("cycle_review"))["cycle"]["phase"] == "REVIEW"
    unreviewed = await story.attempt("cycle_close")
    assert {tuple(error["path"]) for error in unreviewed["userErrors"]} == {
        ("objectives", story.ids["parent"]),
        ("objectives", story.ids["objective"]),
    }
    for objective_id in (story.ids["parent"], story.ids["objective"]):
        await story.company.do("objective_cancel", objectiveId=objective_id)
    closed = await story.tell("cycle_close", dryRun=False)
    assert closed["cycle"]["phase"] == "CLOSED"
    assert closed["cycle"]["seal"]["position"] == closed["events"][0]["position"]
    reopened = await story.tell("cycle_reopen")
    assert (reopened["cycle"]["phase"], reopened["cycle"]["seal"]) == ("REVIEW", None)

    assert (await story.tell("team_archive"))["team"]["archivedAt"] is not None
    assert (await story.tell("team_restore"))["team"]["archivedAt"] is None
    left = await story.tell("team_member_remove")
    assert (left["team"]["members"]["totalCount"], left["person"]["teams"]) == (0, [])
    assert (await story.tell("person_deactivate"))["person"]["deactivatedAt"] is not None
    assert (await story.tell("person_reactivate"))["person"]["deactivatedAt"] is None


async def test_every_mutation_of_the_contract_is_carried_out(story: Story):
    for chapter in (people_and_teams, cycles, objectives, key_results, endings):
        await chapter(story)
    assert story.told == {name for name in core_operations() if is_mutation(name)}


QUERIES = {
    "alignment_picker": lambda data: data["objective"]["alignmentCandidates"]["totalCount"] == 1,
    "alignment_tree": lambda data: len(data["alignment"]["nodes"]) == 4 and len(data["alignment"]["links"]) == 3,
    "check_in_list": lambda data: (
        [edge["node"]["value"] for edge in data["keyResult"]["checkIns"]["edges"]] == ["8", "7.2"]
        and [len(edge["node"]["revisions"]) for edge in data["keyResult"]["checkIns"]["edges"]] == [1, 2]
    ),
    "cycle_list": lambda data: [cycle["name"] for cycle in nodes_of(data["cycles"])] == ["Running"],
    "dashboard": lambda data: data["cycle"]["name"] == "Running" and data["cycle"]["progress"] == 0.25,
    "key_result_list": lambda data: [each["id"] for each in nodes_of(data["keyResults"])] == [],
    "node_refetch": lambda data: [each["__typename"] for each in data["nodes"]] == ["Objective", "KeyResult"],
    "objective_detail": lambda data: data["objective"]["progress"] == 0.5,
    "objective_list": lambda data: [each["progress"] for each in nodes_of(data["objectives"])] == [0],
    "people_picker": lambda data: data["people"]["totalCount"] == 0,
    "person_detail": lambda data: data["person"]["name"] == "Member Person",
    "team_detail": lambda data: data["team"]["name"] == "Sales" and data["team"]["progress"] == 0.5,
    "team_tree": lambda data: [each["name"] for each in nodes_of(data["teams"])] == ["Sales"],
    "viewer": lambda data: data["viewer"]["person"]["name"] == "Admin Person",
}
"""What each query has to answer on the company that `filled` makes."""


async def ask_everything(client: Client, ids: dict[str, str], as_of: Content | None) -> set[str]:
    """Send every query that can be read at a moment, all of them for None, and answer which."""
    asked: set[str] = set()
    for name, expected in QUERIES.items():
        variables = contract_variables(name, ids)
        if "asOf: $asOf" in operation(name):
            variables["asOf"] = as_of
        elif as_of is not None:
            continue
        data = await client.run(operation(name), variables)
        assert expected(data), (name, as_of, data)
        asked.add(name)
    return asked


async def test_every_query_of_the_contract_is_answered_now_and_in_the_past(story: Story, client: Client):
    company = story.company
    await fill(company)
    everything = {name for name in core_operations() if not is_mutation(name)}
    assert await ask_everything(client, company.ids, None) == everything

    moment = {"time": datetime.now(UTC).isoformat()}
    await company.do("key_result_check_in", keyResultId=company.ids["keyResult"], value="10")
    await company.do("cycle_update", cycleId=company.ids["cycle"], name="Renamed")
    await company.do("team_update", teamId=company.ids["team"], name="Renamed")
    asked = await ask_everything(client, company.ids, moment)
    assert asked == {name for name in everything if "asOf: $asOf" in operation(name)}
    assert len(asked) == 8
