"""The rhythm over the API: due check-ins, inboxes and acknowledgements, and the calendar behind a secret link."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import icalendar
import pytest
import vobject

from events.person import Role
from service.calendar_file import MEDIA_TYPE
from service.settings import Settings
from tests.support.client import Client
from tests.support.operations import CONTRACT, Company, Content, contract_variables, fill, operation
from tests.support.organization import ExampleOrganization

AsRole = Callable[[Role], Client]
BECAUSE = {"code": "NEW_INFORMATION"}
MOST_LINKS, MOST_REQUESTS = 3, 40


@pytest.fixture
def settings() -> Settings:
    return Settings(
        introspection="AUTHENTICATED",
        calendar_links_per_person=MOST_LINKS,
        calendar_requests=MOST_REQUESTS,
        calendar_entries=5,
    )


async def rhythm(client: Client, organization: ExampleOrganization) -> Company:
    """The MEMBER owns an objective of a team that the ADMIN leads, with a key result and a check-in; the cycle ends in 2099."""
    company = Company(client, {"person": organization.people[Role.MEMBER]})
    await fill(company)
    ids = company.ids
    await company.do("team_update", teamId=ids["team"], leadId=organization.people[Role.ADMIN])
    await company.do("team_member_add", teamId=ids["team"], personId=ids["person"])
    await company.do("objective_update", objectiveId=ids["objective"], ownerId=ids["person"], reason=BECAUSE)
    return company


def kinds(items: list[Content]) -> list[tuple[str, str]]:
    return [(each["kind"], each["subject"]["id"]) for each in items]


async def inbox(client: Client) -> list[Content]:
    found = await client.run(operation("inbox"), {})
    nodes: list[Content] = found["viewer"]["inbox"]["nodes"]
    assert found["viewer"]["inbox"]["totalCount"] == len(nodes)
    return nodes


async def test_what_somebody_has_to_do_follows_what_happens(client: Client, as_role: AsRole, organization: ExampleOrganization):
    company = await rhythm(client, organization)
    ids, member = company.ids, as_role(Role.MEMBER)
    # The ADMIN checked in, so the owner reads what counts; the key result is answered for this period.
    waiting = await inbox(member)
    assert [(each["kind"], each["subject"]["value"]) for each in waiting] == [("ACKNOWLEDGE", "8")]
    told = await client.run(operation("person_inbox"), {"personId": ids["person"]})
    assert [edge["node"]["subject"]["id"] for edge in told["inbox"]["edges"]] == [each["subject"]["id"] for each in waiting]

    made = await company.do(
        "key_result_create", objectiveId=ids["objective"], title="Calls", metric={"kind": "BINARY"}, reason=BECAUSE
    )
    ids["calls"] = made["keyResult"]["id"]
    due = await inbox(member)
    assert kinds(due)[0] == ("CHECK_IN", ids["calls"])
    assert (due[0]["reason"], due[0]["event"]["type"]) == ("OWNS_OBJECTIVE", "KEY_RESULT_ADDED")
    assert due[0]["dueAt"] > due[0]["since"]
    listed = await client.run(operation("team_rhythm"), contract_variables("team_rhythm", ids))
    for owing in (listed["team"], listed["person"]):
        assert [(each["id"], each["checkInState"]) for each in owing["checkInsDue"]["nodes"]] == [(ids["calls"], "DUE")]
    everywhere = await client.run(operation("check_ins_due"), contract_variables("check_ins_due", ids))
    assert ids["calls"] in [edge["node"]["id"] for edge in everywhere["checkInsDue"]["edges"]]

    mine = await Company(member).do("key_result_check_in", keyResultId=ids["calls"], done=True, status="ON_TRACK")
    ids["reported"] = mine["checkIn"]["id"]
    assert await member.run("query ($id: ID!) { node(id: $id) { ... on CheckIn { viewerCan } } }", {"id": ids["reported"]}) == {
        "node": {"viewerCan": ["CORRECT", "COMMENT"]}
    }
    assert ("ACKNOWLEDGE", ids["reported"]) in kinds(await inbox(client))
    # Nobody acknowledges what they wrote, and who is no reviewer nothing; what one does not see does not exist.
    own = Company(member)
    assert await own.refused("check_in_acknowledge", checkInId=ids["reported"]) == [("FORBIDDEN", None)]
    reader = Company(as_role(Role.VIEWER))
    assert await reader.refused("check_in_acknowledge", checkInId=ids["reported"]) == [("FORBIDDEN", None)]
    before = (await client.run("{ organization { history(first: 1) { nodes { position } } } }"))["organization"]

    read = await company.do("check_in_acknowledge", **contract_variables("check_in_acknowledge", ids)["input"])
    assert [event["type"] for event in read["events"]] == ["CHECK_IN_ACKNOWLEDGED"]
    check_in = read["checkIn"]
    assert (check_in["acknowledgedBy"]["name"], check_in["acknowledgementNote"]) == ("Admin Person", "A good week")
    assert check_in["acknowledgedAt"] is not None
    assert "ACKNOWLEDGE" not in check_in["viewerCan"]
    again = await company.do("check_in_acknowledge", checkInId=ids["reported"], note="Twice")
    assert (again["events"], again["checkIn"]["acknowledgementNote"]) == ([], "A good week")
    assert ("ACKNOWLEDGE", ids["reported"]) not in kinds(await inbox(client))
    # A moment before it still waited, and does so anew once the check-in is corrected.
    assert before is not None
    past = {"time": read["events"][0]["recordedAt"]}
    after = await client.run(operation("person_inbox"), {"asOf": past})
    assert ids["reported"] not in json.dumps(after)
    earlier = {"position": str(int(read["events"][0]["position"]) - 1)}
    then = await client.run(operation("person_inbox"), {"asOf": earlier})
    assert [edge["node"]["kind"] for edge in then["inbox"]["edges"]].count("ACKNOWLEDGE") == 1
    corrected = await own.do("check_in_correct", checkInId=ids["reported"], comment="By phone")
    assert corrected["events"] != []
    assert ("ACKNOWLEDGE", ids["reported"]) in kinds(await inbox(client))
    await own.do("check_in_retract", checkInId=ids["reported"], reason=BECAUSE)
    assert await company.refused("check_in_acknowledge", checkInId=ids["reported"]) == [("WRONG_STATE", ["checkInId"])]
    assert await company.refused("check_in_acknowledge", checkInId="check_in_0000000000e008000000000000") == [
        ("NOT_FOUND", ["checkInId"])
    ]


async def test_an_inbox_is_its_persons_and_of_who_sees_everything(
    client: Client, as_role: AsRole, organization: ExampleOrganization
):
    company = await rhythm(client, organization)
    # The MEMBER owns a key result of a private objective, which is not to see it.
    hidden = await company.objective(company.ids["cycle"], title="Hidden", visibility="PRIVATE")
    part = hidden["keyResults"][0]["id"]
    await company.do("key_result_update", keyResultId=part, ownerId=company.ids["person"], reason=BECAUSE)
    asking = {"personId": company.ids["person"]}
    for role in (Role.ADMIN, Role.AUDITOR, Role.MEMBER):
        found = await as_role(role).run(operation("person_inbox"), asking)
        assert found["inbox"] is not None, role
        assert part not in json.dumps(found), role
    assert (await as_role(Role.VIEWER).run(operation("person_inbox"), asking))["inbox"] is None
    assert (await as_role(Role.VIEWER).run(operation("person_inbox"), {}))["inbox"]["totalCount"] == 0
    assert (await client.run(operation("person_inbox"), {"personId": company.ids["team"]}))["inbox"] is None
    due = await as_role(Role.MEMBER).run(operation("check_ins_due"), {})
    assert part not in json.dumps(due)
    assert part in json.dumps(await client.run(operation("check_ins_due"), {}))


# --- the calendar


async def link(client: Client, **values: Any) -> Content:
    (payload,) = (await client.run(operation("calendar_link_create"), {"input": {"name": "Phone", **values}})).values()
    made: Content = payload
    return made


async def fetched(client: Client, url: str, **headers: str) -> httpx.Response:
    """Fetch without a token."""
    return await client.http.get(url, headers={"Authorization": "", **headers})


def entries(response: httpx.Response) -> dict[str, Any]:
    """The entries of a calendar by their summary, as a library reads them that shares nothing with the writer."""
    assert response.headers["content-type"] == MEDIA_TYPE
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))
    calendar = vobject.readOne(response.text)
    calendar.validate()
    return {event.summary.value: event for event in getattr(calendar, "vevent_list", [])}


async def test_a_calendar_shows_what_its_person_has_to_do(
    client: Client, as_role: AsRole, connect: Callable[[str | None], Client], organization: ExampleOrganization
):
    company = await rhythm(client, organization)
    ids, member, nobody = company.ids, as_role(Role.MEMBER), connect(None)
    title = "Řekni, co je; " + "á" * 100 + "\n\x07Ende"
    due_on = date(2098, 5, 4)
    await company.do("key_result_update", keyResultId=ids["keyResult"], title=title, dueOn=due_on.isoformat(), reason=BECAUSE)
    url = (await link(member))["url"]
    first = await fetched(nobody, url)
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    shown = entries(first)
    plain = title.replace("\x07", " ")
    assert set(shown) == {"Cycle Running (active)", f"Check in: {plain}", f"Due: {plain}", "Review: Answer every mail"}

    check_in = shown[f"Check in: {plain}"]
    assert check_in.uid.value == f"check_in.{ids['keyResult']}@okr-ledger"
    assert (type(check_in.dtstart.value), check_in.dtstart.value.isoweekday()) == (date, 5)
    assert check_in.description.value == "Answer every mail"
    occurrences = list(check_in.rruleset[:3])
    assert {later - earlier for earlier, later in pairwise(occurrences)} == {timedelta(days=7)}
    assert occurrences[0].date() == check_in.dtstart.value
    assert check_in.dtstamp.value <= datetime.now(UTC)
    cycle = shown["Cycle Running (active)"]
    assert (cycle.dtstart.value, cycle.dtend.value) == (date(2020, 1, 1), date(2100, 1, 1))
    assert shown[f"Due: {plain}"].dtstart.value == due_on
    assert shown["Review: Answer every mail"].dtstart.value == date(2099, 12, 31)
    zones = icalendar.Calendar.from_ical(first.content).walk("VTIMEZONE")
    assert [str(zone["TZID"]) for zone in zones] == ["UTC"]

    # The same until something changes; then the same UID with a greater SEQUENCE.
    tag = first.headers["etag"]
    assert (await fetched(nobody, url)).content == first.content
    kept = await fetched(nobody, url, **{"If-None-Match": f'"other", W/{tag}'})
    assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", tag)
    await company.do("key_result_check_in", keyResultId=ids["keyResult"], value="9")
    await company.do("key_result_update", keyResultId=ids["keyResult"], title="Calls", reason=BECAUSE)
    changed = await fetched(nobody, url, **{"If-None-Match": tag})
    moved = entries(changed)["Check in: Calls"]
    assert moved.uid.value == check_in.uid.value
    assert int(moved.sequence.value) > int(check_in.sequence.value)
    assert moved.dtstamp.value >= check_in.dtstamp.value

    # What is dropped, cancelled or out of sight is gone.
    await company.do("key_result_drop", keyResultId=ids["keyResult"], reason=BECAUSE)
    assert set(entries(await fetched(nobody, url))) == {"Cycle Running (active)", "Review: Answer every mail"}
    await company.do("objective_cancel", objectiveId=ids["objective"], reason=BECAUSE)
    hidden = await company.objective(ids["cycle"], title="Hidden", visibility="PRIVATE")
    await company.do("key_result_update", keyResultId=hidden["keyResults"][0]["id"], ownerId=ids["person"], reason=BECAUSE)
    assert set(entries(await fetched(nobody, url))) == {"Cycle Running (active)"}
    # A calendar holds no more than it may, the first days first.
    for number in range(6):
        await company.do("cycle_create", name=f"Q{number}", startsOn=f"210{number}-01-01", endsOn=f"210{number}-12-31")
    assert len(entries(await fetched(nobody, url))) == 5


async def test_a_link_opens_its_calendar_until_it_is_revoked_or_its_person_has_no_access(
    client: Client, as_role: AsRole, connect: Callable[[str | None], Client], organization: ExampleOrganization
):
    member, nobody, person_id = as_role(Role.MEMBER), connect(None), organization.people[Role.MEMBER]
    tried = await link(member, dryRun=True)
    assert (tried["url"], tried["calendarLink"], tried["userErrors"]) == (None, None, [])
    made = [await link(member) for _ in range(MOST_LINKS)]
    more = (await link(member))["userErrors"]
    assert [(each["code"], each["limit"], each["actual"]) for each in more] == [("LIMIT_EXCEEDED", MOST_LINKS, MOST_LINKS + 1)]
    for name, code in (("", "REQUIRED"), ("x" * 201, "LIMIT_EXCEEDED")):
        refused = (await link(as_role(Role.VIEWER), name=name))["userErrors"]
        assert [(each["code"], each["path"]) for each in refused] == [(code, ["name"])]
    url = made[0]["url"]
    assert (await fetched(nobody, url)).status_code == 200
    listed = (await member.run(operation("calendar_link_list")))["viewer"]["calendarLinks"]
    assert listed["totalCount"] == MOST_LINKS
    assert [each["lastUsedAt"] is None for each in listed["nodes"]] == [True, True, False]
    assert url[10:53] not in json.dumps(listed)

    # What is wrong, ended or was never there is told by nothing.
    async def refusal(path: str) -> tuple[int, str, list[str]]:
        response = await fetched(nobody, path)
        body = response.json()["errors"][0]
        return response.status_code, body["message"], sorted(response.headers)

    unknown = await refusal(f"/calendar/{'A' * 43}.ics")
    assert unknown[0] == 404
    revoking = {"calendarLinkId": made[0]["calendarLink"]["id"]}
    assert await Company(client).refused("calendar_link_revoke", **revoking) == [("NOT_FOUND", ["calendarLinkId"])]
    ended = await Company(member).do("calendar_link_revoke", **revoking)
    assert ended["calendarLink"]["revokedAt"] is not None
    again = await Company(member).do("calendar_link_revoke", **revoking)
    assert again["calendarLink"]["revokedAt"] == ended["calendarLink"]["revokedAt"]
    await Company(client).do("person_deactivate", personId=person_id)
    for path in (url, made[1]["url"], "/calendar/short.ics", f"/calendar/{'é' * 43}.ics"):
        assert await refusal(path) == unknown
    await Company(client).do("person_reactivate", personId=person_id)
    assert (await fetched(nobody, made[1]["url"])).status_code == 200
    assert (await client.http.head(made[1]["url"])).status_code == 200
    assert (await client.http.post(made[1]["url"])).status_code == 405

    # Each address has its own bound, and one with nothing behind it the same.
    for path, status in ((made[1]["url"], 200), (f"/calendar/{'B' * 43}.ics", 404)):
        answers = [await fetched(nobody, path) for _ in range(MOST_REQUESTS + 1)]
        assert {each.status_code for each in answers[: MOST_REQUESTS - 3]} == {status}
        assert (answers[-1].status_code, int(answers[-1].headers["retry-after"]) > 0) == (429, True)
    assert (await fetched(nobody, made[2]["url"])).status_code == 200

    noted = await client.run("{ accessLog { nodes { kind actor { id } subject { id } } } }")
    own = [each["kind"] for each in noted["accessLog"]["nodes"] if each["subject"] == {"id": person_id}]
    assert own.count("CALENDAR_LINK_ENDED") == 1
    assert "CALENDAR_LINK_CREATED" in own


async def test_a_token_with_scopes_and_a_program_make_no_links(
    client: Client, connect: Callable[[str | None], Client], organization: ExampleOrganization
):
    create = "mutation ($input: TokenCreateInput!) { tokenCreate(input: $input) { secret } }"
    register = "mutation ($input: ProgramRegisterInput!) { programRegister(input: $input) { program { id } } }"
    made = await link(client)
    reading = (await client.run(create, {"input": {"name": "reads", "scopes": []}}))["tokenCreate"]["secret"]
    program_id = (await client.run(register, {"input": {"name": "Robot"}}))["programRegister"]["program"]["id"]
    robot = (await client.run(create, {"input": {"name": "runs", "programId": program_id}}))["tokenCreate"]["secret"]
    revoking = {"input": {"calendarLinkId": made["calendarLink"]["id"]}}
    for secret, expected in ((reading, "FORBIDDEN"), (robot, "NOT_FOUND")):
        caller = connect(secret)
        assert [each["code"] for each in (await link(caller))["userErrors"]] == ["FORBIDDEN"]
        (payload,) = (await caller.run(operation("calendar_link_revoke"), revoking)).values()
        assert [each["code"] for each in payload["userErrors"]] == [expected]
    assert (await connect(robot).run(operation("inbox")))["viewer"]["inbox"]["totalCount"] == 0
    assert (await fetched(client, made["url"])).status_code == 200
    groups: dict[str, Any] = json.loads((CONTRACT / "groups.json").read_text(encoding="utf-8"))
    told = {"check_in_acknowledge", "check_ins_due", "team_rhythm", "inbox", "person_inbox", "calendar_link_list"}
    assert told <= set(groups["practice"])
