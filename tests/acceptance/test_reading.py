"""Reading over HTTP: moments, identifiers of the past, pages, filters, and who sees what."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from events.person import Role
from tests.support.client import Client
from tests.support.operations import Company, Content, operation
from tests.support.organization import ExampleOrganization

Connect = Callable[[str | None], Client]

CARD = """
query ($id: ID!, $asOf: MomentInput) {
  objective(id: $id, asOf: $asOf) {
    id entityId readAt { position time } title progress status viewerCan
    keyResults {
      id metric { id current target stages { id done } } lastCheckIn { id value author { id name } } objective { id }
    }
  }
}
"""
TITLES = """
query (
  $first: Int, $after: String, $last: Int, $before: String
  $filter: ObjectiveFilter, $orderBy: [ObjectiveOrder!], $asOf: MomentInput
) {
  objectives(
    first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy, asOf: $asOf
  ) {
    totalCount nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor }
  }
}
"""
BY_TITLE = {"orderBy": [{"field": "TITLE"}]}


def metric(start: str = "0", target: str = "10") -> Content:
    return {"kind": "INCREASE", "unit": "NUMBER", "start": start, "target": target}


@pytest.fixture
def company(client: Client, organization: ExampleOrganization) -> Company:
    return Company(client)


async def made(company: Company, cycle_id: str, title: str, **values: Any) -> Content:
    """Write an active objective with one key result down."""
    payload = await company.do(
        "objective_create",
        **{
            "cycleId": cycle_id,
            "title": title,
            "draft": False,
            "keyResults": [{"title": f"{title} measured", "metric": metric()}],
            **values,
        },
    )
    objective: Content = payload["objective"]
    return objective


async def checked_in(company: Company, objective: Content, value: str) -> int:
    """Check in and answer the position."""
    payload = await company.do(
        "key_result_check_in", keyResultId=objective["keyResults"][0]["id"], value=value, status="ON_TRACK", confidence=0.5
    )
    return int(payload["events"][-1]["position"])


async def titles(client: Client, **variables: Any) -> list[str]:
    data = await client.run(TITLES, variables)
    return [node["title"] for node in data["objectives"]["nodes"]]


# --- moments


async def test_a_thing_of_the_past_has_its_own_identifiers_that_lead_back(client: Client, company: Company) -> None:
    cycle_id = await company.cycle()
    objective = await made(company, cycle_id, "Win")
    first = await checked_in(company, objective, "2")
    await checked_in(company, objective, "8")

    now = (await client.run(CARD, {"id": objective["id"]}))["objective"]
    past = (await client.run(CARD, {"id": objective["id"], "asOf": {"position": str(first)}}))["objective"]
    assert (now["progress"], past["progress"]) == (0.8, 0.2)
    assert (now["readAt"], past["readAt"]["position"]) == (None, str(first))
    assert now["id"] == now["entityId"] == past["entityId"] == objective["id"]
    assert past["viewerCan"] == []
    assert "UPDATE" in now["viewerCan"]

    (key_result,) = past["keyResults"]
    identifiers = {past["id"], key_result["id"], key_result["metric"]["id"], key_result["lastCheckIn"]["id"]}
    identifiers.add(key_result["lastCheckIn"]["author"]["id"])
    present = [now, now["keyResults"][0], now["keyResults"][0]["metric"], now["keyResults"][0]["lastCheckIn"]]
    assert len(identifiers) == 5
    assert identifiers.isdisjoint(each["id"] for each in present)
    assert key_result["objective"]["id"] == past["id"]
    assert (await client.run(CARD, {"id": past["id"]}))["objective"] == past
    # The moment of a position and its instant are the same past.
    time = past["readAt"]["time"]
    assert (await client.run(CARD, {"id": objective["id"], "asOf": {"time": time}}))["objective"] == past
    assert (await client.run(CARD, {"id": past["id"], "asOf": {"time": time}}))["objective"] == past


async def test_nodes_of_different_moments_are_refetched_together(client: Client, company: Company) -> None:
    objective = await made(company, await company.cycle(), "Win")
    position = await checked_in(company, objective, "2")
    await checked_in(company, objective, "8")
    past = (await client.run(CARD, {"id": objective["id"], "asOf": {"position": str(position)}}))["objective"]
    wanted = [past["id"], "nothing", objective["id"], past["keyResults"][0]["id"], "objective_01jd8m3v6re0q9x5c8d1f2g3h4"]
    nodes = (await client.run(operation("node_refetch"), {"ids": wanted}))["nodes"]
    assert [node and (node["id"], node["progress"]) for node in nodes] == [
        (past["id"], 0.2),
        None,
        (objective["id"], 0.8),
        (past["keyResults"][0]["id"], 0.2),
        None,
    ]


async def test_an_event_and_the_system_are_nodes_too(client: Client, company: Company) -> None:
    created = await company.do("team_create", name="Sales")
    event = created["events"][0]
    query = (
        "query ($id: ID!) { node(id: $id) { __typename id ... on Event { position subject { id } } ... on Actor { name } } }"
    )
    assert (await client.run(query, {"id": event["id"]}))["node"] == {
        "__typename": "TeamCreatedEvent",
        "id": event["id"],
        "position": event["position"],
        "subject": {"id": created["team"]["id"]},
    }
    first = (await client.run('{ event(position: "1") { type actor { __typename id name } } }'))["event"]
    assert first == {"type": "ORGANIZATION_CREATED", "actor": {"__typename": "SystemActor", "id": "system", "name": "System"}}
    assert (await client.run(query, {"id": "system"}))["node"] == {
        "__typename": "SystemActor",
        "id": "system",
        "name": "System",
    }
    assert (await client.run('{ event(position: "999999") { id } }'))["event"] is None


UNREADABLE = [
    ({"time": "2999-01-01T00:00:00Z"}, "MOMENT_IN_FUTURE"),
    ({"date": "2999-01-01"}, "MOMENT_IN_FUTURE"),
    ({"position": "999999"}, "MOMENT_IN_FUTURE"),
    ({"time": "1999-01-01T00:00:00Z"}, "MOMENT_UNKNOWN"),
    ({"date": "1999-01-01"}, "MOMENT_UNKNOWN"),
    ({"position": "0"}, "MOMENT_UNKNOWN"),
    ({"position": "-1"}, "MOMENT_UNKNOWN"),
]


async def test_a_moment_that_cannot_be_read_is_refused(client: Client) -> None:
    query = "query ($asOf: MomentInput) { organization(asOf: $asOf) { id } }"
    codes = [(moment, await client.codes(query, {"asOf": moment})) for moment, _ in UNREADABLE]
    assert codes == [(moment, [code]) for moment, code in UNREADABLE]


async def test_today_is_now(client: Client, company: Company) -> None:
    today = (await client.run("{ organization { timeZone } viewer { id } }"))["organization"]
    assert today == {"timeZone": "UTC"}
    moment = {"date": datetime.now(UTC).date().isoformat()}
    query = "query ($asOf: MomentInput) { organization(asOf: $asOf) { id entityId readAt { position } } }"
    read = (await client.run(query, {"asOf": moment}))["organization"]
    assert (read["id"], read["readAt"]) == (read["entityId"], None)


async def test_identifiers_of_another_moment_are_a_conflict(client: Client, company: Company) -> None:
    cycle_id = await company.cycle()
    objective = await made(company, cycle_id, "Win")
    first, second = await checked_in(company, objective, "2"), await checked_in(company, objective, "3")
    past = (await client.run(CARD, {"id": objective["id"], "asOf": {"position": str(first)}}))["objective"]
    other = {"asOf": {"position": str(second)}}
    assert await client.codes(CARD, {"id": past["id"], **other}) == ["MOMENT_CONFLICT"]
    by_id = {"filter": {"id": {"eq": past["id"]}}}
    assert await client.codes(TITLES, {**by_id, **other}) == ["MOMENT_CONFLICT"]
    # A filter alone sets the moment, and the identifiers of the present fit every moment.
    assert await titles(client, **by_id) == ["Win"]
    assert await titles(client, **by_id, asOf={"position": str(first)}) == ["Win"]
    assert await titles(client, filter={"id": {"eq": objective["id"]}}, **other) == ["Win"]
    nested = "query ($id: ID!, $in: ID!) { cycle(id: $id) { objectives(filter: {id: {eq: $in}}) { nodes { id } } } }"
    assert await client.codes(nested, {"id": cycle_id, "in": past["id"]}) == ["MOMENT_CONFLICT"]


async def test_an_identifier_of_another_noun_is_nothing(client: Client, company: Company) -> None:
    cycle_id = await company.cycle()
    query = "query ($id: ID!) { objective(id: $id) { id } team(id: $id) { id } cycle(id: $id) { id } person(id: $id) { id } }"
    assert await client.run(query, {"id": cycle_id}) == {
        "objective": None,
        "team": None,
        "cycle": {"id": cycle_id},
        "person": None,
    }


# --- pages


@pytest.fixture
async def five(company: Company) -> Company:
    cycle_id = await company.cycle()
    company.ids["cycle"] = cycle_id
    for title in ("Elm", "ash", "Beech", "dogwood", "Cedar"):
        await made(company, cycle_id, title, keyResults=[])
    return company


async def test_pages_follow_each_other_both_ways(client: Client, five: Company) -> None:
    page = (await client.run(TITLES, {"first": 2, **BY_TITLE}))["objectives"]
    assert [node["title"] for node in page["nodes"]] == ["ash", "Beech"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (5, True, False)
    assert [edge["cursor"] for edge in page["edges"]] == [page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]]
    seen = ["ash", "Beech"]
    while page["pageInfo"]["hasNextPage"]:
        page = (await client.run(TITLES, {"first": 2, "after": page["pageInfo"]["endCursor"], **BY_TITLE}))["objectives"]
        seen += [node["title"] for node in page["nodes"]]
    assert seen == ["ash", "Beech", "Cedar", "dogwood", "Elm"]
    page = (await client.run(TITLES, {"last": 2, "before": page["pageInfo"]["startCursor"], **BY_TITLE}))["objectives"]
    assert [node["title"] for node in page["nodes"]] == ["Cedar", "dogwood"]
    assert (page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (True, True)


async def test_a_page_from_the_end_replaces_the_default(client: Client, five: Company) -> None:
    query = "{ objectives(last: 1, orderBy: [{field: TITLE}]) { nodes { title } } }"
    assert (await client.run(query))["objectives"]["nodes"] == [{"title": "Elm"}]
    assert await titles(client, last=1, **BY_TITLE) == ["Elm"]
    assert await titles(client, first=None, **BY_TITLE) == ["ash", "Beech", "Cedar", "dogwood", "Elm"]
    assert await titles(client, first=0, **BY_TITLE) == []
    assert await client.codes(TITLES, {"first": 1, "last": 1}) == ["ARGUMENT_INVALID"]
    assert await client.codes(TITLES, {"first": -1}) == ["ARGUMENT_INVALID"]


async def test_what_is_too_much_for_one_answer_is_refused(client: Client) -> None:
    assert await client.codes(TITLES, {"first": 101}) == ["PAGE_TOO_LARGE"]
    assert await client.codes(TITLES, {"last": 101}) == ["PAGE_TOO_LARGE"]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert (await client.run(query, {"ids": ["x"] * 100}))["nodes"] == [None] * 100
    assert await client.codes(query, {"ids": ["x"] * 101}) == ["PAGE_TOO_LARGE"]


async def test_a_cursor_fits_only_where_it_came_from(client: Client, five: Company) -> None:
    cursor = (await client.run(TITLES, {"first": 2, **BY_TITLE}))["objectives"]["pageInfo"]["endCursor"]
    other_order = [{"field": "TITLE", "direction": "DESC"}]
    for variables in (
        {"orderBy": other_order},
        {**BY_TITLE, "filter": {"state": {"eq": "ACTIVE"}}},
        {**BY_TITLE, "asOf": {"position": "5"}},
    ):
        assert await client.codes(TITLES, {"first": 2, "after": cursor, **variables}) == ["CURSOR_INVALID"]
    assert await client.codes(TITLES, {"after": "bm9uc2Vuc2U", **BY_TITLE}) == ["CURSOR_INVALID"]


async def test_a_cursor_outlives_a_write(client: Client, five: Company) -> None:
    cursor = (await client.run(TITLES, {"first": 2, **BY_TITLE}))["objectives"]["pageInfo"]["endCursor"]
    await made(five, five.ids["cycle"], "Birch", keyResults=[])
    assert await titles(client, first=2, after=cursor, **BY_TITLE) == ["Birch", "Cedar"]


# --- filters


CHOICES: list[tuple[Content, list[str]]] = [
    ({}, ["ash", "Beech", "Cedar", "dogwood", "Elm"]),
    ({"title": {"containsIgnoreCase": "E"}}, ["Beech", "Cedar", "Elm"]),
    ({"title": {"contains": "E"}}, ["Elm"]),
    ({"title": {"startsWithIgnoreCase": "C"}, "state": {"eq": "ACTIVE"}}, ["Cedar"]),
    ({"or": [{"title": {"eq": "ash"}}, {"title": {"eq": "Elm"}}]}, ["ash", "Elm"]),
    ({"not": {"title": {"in": ["ash", "Elm"]}}}, ["Beech", "Cedar", "dogwood"]),
    ({"cycle": {"phase": {"eq": "CLOSED"}}}, []),
    ({"cycle": {"name": {"eq": "Q3"}}, "title": {"nin": ["ash"]}}, ["Beech", "Cedar", "dogwood", "Elm"]),
    ({"or": []}, []),
    ({"owner": {"name": {"containsIgnoreCase": "admin"}}}, ["ash", "Beech", "Cedar", "dogwood", "Elm"]),
    ({"owner": {"name": {"containsIgnoreCase": "member"}}}, []),
    ({"progress": {"isNull": True}, "status": {"neq": "CLOSED"}}, ["ash", "Beech", "Cedar", "dogwood", "Elm"]),
]


async def test_a_filter_chooses(client: Client, five: Company) -> None:
    chosen = [(given, await titles(client, filter=given, **BY_TITLE)) for given, _ in CHOICES]
    assert chosen == CHOICES


async def test_a_filter_that_means_nothing_is_refused(client: Client) -> None:
    too_many = {"or": [{"title": {"eq": str(number)}} for number in range(200)]}
    for given in ({"title": None}, {"title": {"eq": None}}, {"and": None}, {"cycle": {"id": {"in": None}}}, too_many):
        assert await client.codes(TITLES, {"filter": given}) == ["ARGUMENT_INVALID"], given


# --- who sees what


async def test_what_the_viewer_may_not_see_is_not_there(
    client: Client, company: Company, connect: Connect, organization: ExampleOrganization
) -> None:
    cycle_id = await company.cycle()
    shown = await made(company, cycle_id, "Shown")
    hidden = await made(company, cycle_id, "Hidden", visibility="PRIVATE")
    await company.do("objective_align", objectiveId=shown["id"], parentId=hidden["id"], reason={"code": "NEW_INFORMATION"})
    await checked_in(company, hidden, "10")
    member, auditor = connect(organization.tokens[Role.MEMBER]), connect(organization.tokens[Role.AUDITOR])
    query = """query ($shown: ID!, $hidden: ID!, $cycle: ID!) {
      objective(id: $hidden) { id } node(id: $hidden) { id }
      shown: objective(id: $shown) { parents { id } breakdown { contribution } }
      cycle(id: $cycle) { progress objectives { totalCount nodes { id } } }
    }"""
    variables = {"shown": shown["id"], "hidden": hidden["id"], "cycle": cycle_id}
    seen = await member.run(query, variables)
    assert (seen["objective"], seen["node"], seen["shown"]["parents"]) == (None, None, [])
    # Roll-ups are the same for everybody.
    assert seen["cycle"] == {"progress": 0.5, "objectives": {"totalCount": 1, "nodes": [{"id": shown["id"]}]}}
    everything = await auditor.run(query, variables)
    assert everything["shown"]["parents"] == [{"id": hidden["id"]}]
    assert (everything["cycle"]["progress"], everything["cycle"]["objectives"]["totalCount"]) == (0.5, 2)


async def test_actions_are_those_of_the_role_and_the_state(
    company: Company, client: Client, connect: Connect, organization: ExampleOrganization
) -> None:
    cycle_id = await company.cycle()
    objective = await made(company, cycle_id, "Win")
    query = """query ($id: ID!, $cycle: ID!) {
      objective(id: $id) { viewerCan keyResults { viewerCan } } cycle(id: $cycle) { viewerCan } viewer { can }
    }"""
    variables = {"id": objective["id"], "cycle": cycle_id}
    admin = await client.run(query, variables)
    assert admin["objective"]["viewerCan"] == [
        "UPDATE",
        "ALIGN",
        "ADVANCE",
        "CANCEL",
        "CARRY_OVER",
        "CREATE_KEY_RESULT",
        "CREATE_INITIATIVE",
        "COMMENT",
    ]
    assert admin["objective"]["keyResults"] == [
        {"viewerCan": ["UPDATE", "RETARGET", "CHECK_IN", "CANCEL", "CREATE_INITIATIVE", "COMMENT"]}
    ]
    assert admin["cycle"]["viewerCan"] == ["UPDATE", "ADVANCE", "CREATE_OBJECTIVE", "COMMENT"]
    creating = ["CREATE_OBJECTIVE", "CREATE_CYCLE", "CREATE_TEAM"]
    assert admin["viewer"]["can"] == [
        "UPDATE",
        "MANAGE_MEMBERS",
        *creating,
        "COMMENT",
        "RECOGNIZE",
        "CREATE_KPI",
        "CREATE_TEMPLATE",
        "CREATE_CUSTOM_FIELD",
    ]
    viewer = await connect(organization.tokens[Role.VIEWER]).run(query, variables)
    assert viewer["objective"] == {"viewerCan": [], "keyResults": [{"viewerCan": []}]}
    assert (viewer["cycle"]["viewerCan"], viewer["viewer"]["can"]) == ([], [])
    await company.do("objective_cancel", objectiveId=objective["id"], reason={"code": "IRRELEVANT"})
    cancelled = await client.run(query, variables)
    assert cancelled["objective"] == {
        "viewerCan": ["REOPEN", "CARRY_OVER", "COMMENT"],
        "keyResults": [{"viewerCan": ["COMMENT"]}],
    }


async def test_addresses_are_shown_to_their_owner_and_to_admins(
    client: Client, connect: Connect, organization: ExampleOrganization
) -> None:
    query = "{ people { nodes { name email role } } }"
    everybody = (await client.run(query))["people"]["nodes"]
    assert [person["name"] for person in everybody] == ["Admin Person", "Auditor Person", "Member Person", "Viewer Person"]
    assert {person["email"] for person in everybody} == {f"{role.lower()}@example.org" for role in Role}
    own = (await connect(organization.tokens[Role.MEMBER]).run(query))["people"]["nodes"]
    assert [person["email"] for person in own] == [None, None, "member@example.org", None]


# --- numbers


async def test_a_breakdown_adds_up_to_the_progress(client: Client, company: Company) -> None:
    objective = await made(
        company,
        await company.cycle(),
        "Win",
        keyResults=[
            {"title": "one", "metric": metric("0", "3"), "weight": 1},
            {"title": "two", "metric": metric("0", "7"), "weight": 2.5},
            {"title": "undecided", "metric": {"kind": "UNDECIDED"}},
        ],
    )
    for key_result, value in zip(objective["keyResults"][:2], ("1", "5"), strict=True):
        await company.do("key_result_check_in", keyResultId=key_result["id"], value=value, status="ON_TRACK")
    query = "query ($id: ID!) { objective(id: $id) { progress breakdown { weight share progress contribution part { id } } } }"
    read = (await client.run(query, {"id": objective["id"]}))["objective"]
    assert {part["part"]["id"] for part in read["breakdown"]} == {each["id"] for each in objective["keyResults"][:2]}
    assert sorted(part["weight"] for part in read["breakdown"]) == [1, 2.5]
    assert round(sum(part["contribution"] for part in read["breakdown"]), 12) == read["progress"] == 0.605442176871
    assert round(sum(part["share"] for part in read["breakdown"]), 9) == 1


# --- batches


async def test_a_level_of_a_query_is_one_statement_whatever_its_width(
    client: Client, company: Company, statements: list[str]
) -> None:
    cycle_id = await company.cycle()
    objective = await made(company, cycle_id, "First")
    await checked_in(company, objective, "1")
    query, variables = operation("dashboard"), {"cycleId": cycle_id, "asOf": None, "first": 50}
    statements.clear()
    await client.run(query, variables)
    narrow = len(statements)
    for number in range(4):
        await checked_in(company, await made(company, cycle_id, f"Objective {number}"), "5")
    statements.clear()
    data = await client.run(query, variables)
    assert data["cycle"]["objectives"]["totalCount"] == 5
    assert len(statements) == narrow
    assert narrow <= 12


async def test_many_identifiers_of_one_past_are_one_moment(client: Client, company: Company, statements: list[str]) -> None:
    cycle_id = await company.cycle()
    several = [await made(company, cycle_id, f"Objective {number}", keyResults=[]) for number in range(3)]
    position = await checked_in(company, await made(company, cycle_id, "Last"), "1")
    read = [await client.run(CARD, {"id": each["id"], "asOf": {"position": str(position)}}) for each in several]
    past = [each["objective"]["id"] for each in read]
    statements.clear()
    nodes = (await client.run("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": past}))["nodes"]
    assert [node["id"] for node in nodes] == past
    # The moment and the objectives; the settings are known from what was read before.
    assert len(statements) == 2


async def test_an_instant_that_variables_name_is_looked_up_on_the_way_in(
    client: Client, company: Company, statements: list[str]
) -> None:
    objective = await made(company, await company.cycle(), "First", keyResults=[])
    before = datetime.now(UTC)
    await company.do("objective_update", objectiveId=objective["id"], title="Second")
    statements.clear()
    fields = "{ id title readAt { position time } }"
    literal = f'{{ objective(id: "{objective["id"]}", asOf: {{ time: "{before.isoformat()}" }}) {fields} }}'
    expected = (await client.run(literal))["objective"]
    assert expected["title"] == "First"
    assert len(statements) == 2  # the moment, and the objective
    statements.clear()
    document = f"query ($id: ID!, $asOf: MomentInput) {{ objective(id: $id, asOf: $asOf) {fields} }}"
    for variables in ({"id": objective["id"], "asOf": {"time": before.isoformat()}}, {"id": expected["id"]}):
        assert (await client.run(document, variables))["objective"] == expected
    assert len(statements) == 2
    # What an instant cannot be read at is told as ever.
    assert await client.codes(document, {"id": objective["id"], "asOf": {"time": "1999-01-01T00:00:00Z"}}) == ["MOMENT_UNKNOWN"]
    assert await client.codes(document, {"id": objective["id"], "asOf": {"time": "2999-01-01T00:00:00Z"}}) == [
        "MOMENT_IN_FUTURE"
    ]


async def test_requests_at_once_do_not_share_what_they_loaded(
    client: Client, company: Company, connect: Connect, organization: ExampleOrganization
) -> None:
    hidden = await made(company, await company.cycle(), "Hidden", visibility="PRIVATE")
    member = connect(organization.tokens[Role.MEMBER])
    answers = await asyncio.gather(*(each.run(CARD, {"id": hidden["id"]}) for each in [client, member] * 5))
    assert [answer["objective"] is None for answer in answers] == [False, True] * 5
