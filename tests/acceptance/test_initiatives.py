"""Initiatives and dependencies over the API: what frontends send, what is refused, what blocks what, and the past."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from events.identifier import Noun, new_identifier
from events.person import Role
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company, Content, contract_variables, fill, nodes_of, operation, plan
from tests.support.organization import ExampleOrganization

pytestmark = pytest.mark.usefixtures("payloads")

Connect = Callable[[str | None], Client]


@pytest_asyncio.fixture
async def company(client: Client, organization: ExampleOrganization) -> Company:
    """A running cycle with an initiative `initiative` behind an objective, and another one, `blocker`."""
    made = Company(client, {"person": organization.people[Role.MEMBER]})
    await fill(made)
    await plan(made)
    return made


def types(payload: Content) -> list[str]:
    return [event["type"] for event in payload["events"]]


async def asked(company: Company, name: str, **more: Any) -> Content:
    """Send a query of the contract with its variables."""
    data = await company.client.run(operation(name), {**contract_variables(name, company.ids), **more})
    (found,) = data.values()
    content: Content = found
    return content


async def test_every_operation_of_the_contract_is_carried_out(company: Company):
    ids = company.ids
    made = await company.tell("initiative_create")
    initiative = made["initiative"]
    assert types(made) == ["INITIATIVE_CREATED", "INITIATIVE_LINK_ADDED"]
    assert (initiative["workState"], initiative["beginsOn"], initiative["dueOn"]) == ("PLANNED", "2026-07-06", "2026-08-14")
    assert initiative["links"] == [{"url": "https://example.com/plans/first-mail", "title": "Plan"}]
    assert [(each["__typename"], each["id"]) for each in initiative["supports"]] == [
        ("Objective", ids["objective"]),
        ("KeyResult", ids["keyResult"]),
    ]
    assert (initiative["owner"]["id"], initiative["labels"], initiative["isBlocked"]) == (ids["person"], ["outbound"], False)
    assert initiative["viewerCan"] == ["UPDATE", "ALIGN", "ADVANCE", "CANCEL"]

    updated = await company.tell("initiative_update")
    assert types(updated) == ["INITIATIVE_RETITLED", "INITIATIVE_RESCHEDULED"]
    assert [each["id"] for each in updated["affected"]] == [ids["initiative"]]
    supporting = await company.tell("initiative_support_add")
    assert ids["parent"] in [each["id"] for each in supporting["initiative"]["supports"]]
    assert types(await company.tell("initiative_support_remove")) == ["INITIATIVE_SUPPORT_REMOVED"]
    linked = await company.tell("initiative_link_add")
    assert linked["initiative"]["links"] == [{"url": "https://example.com/boards/7", "title": "Board"}]
    assert (await company.tell("initiative_link_remove"))["initiative"]["links"] == []

    blocked = await company.tell("initiative_dependency_add")
    assert blocked["initiative"]["isBlocked"]
    assert [(each["note"], each["initiative"]["id"]) for each in blocked["initiative"]["blockedBy"]] == [
        ("The list of addresses comes first", ids["blocker"])
    ]
    assert {each["id"] for each in blocked["affected"]} == {ids["initiative"], ids["blocker"]}
    started = await company.tell("initiative_start")
    assert (started["initiative"]["workState"], started["initiative"]["startedAt"] is None) == ("IN_PROGRESS", False)
    done = await company.tell("initiative_complete", initiativeId=ids["blocker"])
    # What waited for it is affected, for it is blocked no more.
    assert {each["id"]: each["isBlocked"] for each in done["affected"]} == {ids["blocker"]: False, ids["initiative"]: False}
    again = await company.tell("initiative_reopen", initiativeId=ids["blocker"])
    assert {each["id"]: each["isBlocked"] for each in again["affected"]} == {ids["blocker"]: False, ids["initiative"]: True}
    dropped = await company.tell("initiative_drop")
    assert (dropped["initiative"]["workState"], dropped["initiative"]["isBlocked"]) == ("DROPPED", False)
    assert dropped["initiative"]["viewerCan"] == ["UPDATE", "ALIGN", "REOPEN"]
    assert (await company.tell("initiative_reopen"))["initiative"]["workState"] == "IN_PROGRESS"

    detail = await asked(company, "initiative_detail")
    kinds = [each["__typename"] for each in detail["history"]["nodes"]]
    assert (kinds[0], kinds[-1]) == ("InitiativeReopenedEvent", "InitiativeCreatedEvent")
    assert (detail["version"], detail["history"]["totalCount"]) == (11, 11)
    found = await asked(company, "initiative_list")
    assert [each["title"] for each in nodes_of(found)] == ["Rewrite the first e-mail", "Rewrite the first two e-mails"]
    freed = await company.tell("initiative_dependency_remove")
    assert (freed["initiative"]["isBlocked"], freed["initiative"]["blockedBy"]) == (False, [])


async def test_key_results_block_each_other_until_they_are_achieved(company: Company):
    ids = company.ids
    blocked = await company.tell("key_result_dependency_add")
    assert (blocked["keyResult"]["isBlocked"], types(blocked)) == (True, ["KEY_RESULT_DEPENDENCY_ADDED"])
    assert blocked["keyResult"]["blockedBy"][0]["keyResult"]["id"] == ids["blockingKeyResult"]
    assert [each["id"] for each in blocked["affected"]][:2] == [ids["keyResult"], ids["blockingKeyResult"]]
    board = await asked(company, "initiative_board")
    assert {each["id"]: each["isBlocked"] for each in board["keyResults"]} == {
        ids["keyResult"]: True,
        ids["blockingKeyResult"]: False,
    }
    assert (board["initiatives"]["totalCount"], board["keyResults"][0]["initiatives"]["totalCount"]) == (2, 2)
    shown = "query ($is: Boolean!) { keyResults(filter: { isBlocked: { eq: $is } }) { nodes { id } } }"
    assert (await company.client.run(shown, {"is": True}))["keyResults"]["nodes"] == [{"id": ids["keyResult"]}]
    before = datetime.now(UTC).isoformat()

    half = await company.do("key_result_check_in", keyResultId=ids["blockingKeyResult"], value="5", status="ON_TRACK")
    assert ids["keyResult"] not in {each["id"] for each in half["affected"]}
    achieved = await company.do("key_result_check_in", keyResultId=ids["blockingKeyResult"], value="10", status="ON_TRACK")
    assert ids["keyResult"] in {each["id"] for each in achieved["affected"]}
    for moment, is_blocked in ((None, False), ({"time": before}, True)):
        board = await asked(company, "initiative_board", asOf=moment)
        assert [each["isBlocked"] for each in board["keyResults"]] == [is_blocked, False]
    assert types(await company.tell("key_result_dependency_remove")) == ["KEY_RESULT_DEPENDENCY_REMOVED"]
    # It was said, and it counts for nothing: progress is what it was.
    assert types(await company.tell("key_result_dependency_remove")) == []


async def test_the_past_has_ids_of_its_own_and_does_not_change(company: Company):
    ids = company.ids
    then = {"time": datetime.now(UTC).isoformat()}
    await company.tell("initiative_update")
    await company.tell("initiative_dependency_add")
    past = await asked(company, "initiative_detail", asOf=then)
    assert (past["title"], past["version"], past["isBlocked"], past["viewerCan"]) == ("Write to all of them", 1, False, [])
    assert (past["id"] == ids["initiative"], past["entityId"]) == (False, ids["initiative"])
    assert past["history"]["totalCount"] == 1
    refetched = await company.client.run(
        "query ($id: ID!) { node(id: $id) { ... on Initiative { id title } } }", {"id": past["id"]}
    )
    assert refetched["node"] == {"id": past["id"], "title": past["title"]}
    assert await company.refused("initiative_start", initiativeId=past["id"]) == [("HISTORICAL_ID", ["initiativeId"])]
    for query in ("initiative_board", "initiative_list"):
        found = str(await asked(company, query, asOf=then))
        assert ("Write to all of them" in found, "first two" in found) == (True, False)
    hits = "query ($q: String!) { search(query: $q, types: [INITIATIVE]) { nodes { title node { id } } } }"
    (hit,) = (await company.client.run(hits, {"q": "first TWO"}))["search"]["nodes"]
    assert hit == {"title": "Rewrite the first two e-mails", "node": {"id": ids["initiative"]}}


async def test_what_is_refused_says_where(company: Company, connect: Connect, organization: ExampleOrganization):
    ids = company.ids
    nothing = new_identifier(Noun.INITIATIVE)
    first = {"initiativeId": ids["initiative"]}
    refused = company.refused
    assert await refused("initiative_create", title="x", supportedIds=[]) == [("REQUIRED", ["supportedIds"])]
    unknown = [ids["objective"], new_identifier(Noun.OBJECTIVE)]
    assert await refused("initiative_create", title="x", supportedIds=unknown) == [("NOT_FOUND", ["supportedIds"])]
    person = [ids["person"]]
    assert await refused("initiative_create", title="x", supportedIds=person) == [("NOT_FOUND", ["supportedIds", "0"])]
    assert await refused("initiative_create", title=" ", supportedIds=[ids["objective"]]) == [("REQUIRED", ["title"])]
    links = [{"url": "javascript:alert(1)"}]
    values = {"title": "x", "supportedIds": [ids["objective"]]}
    assert await refused("initiative_create", **values, links=links) == [("INVALID", ["links", "0", "url"])]
    days = {"beginsOn": "2026-08-02", "dueOn": "2026-08-01"}
    assert await refused("initiative_update", **first, **days) == [("INVALID", ["dueOn"])]
    assert await refused("initiative_update", **first, title=None) == [("REQUIRED", ["title"])]
    assert await refused("initiative_start", initiativeId=nothing) == [("NOT_FOUND", ["initiativeId"])]
    assert await refused("initiative_link_add", **first, url="ftp://example.com") == [("INVALID", ["url"])]
    long = await company.attempt("initiative_link_add", **first, url=f"https://example.com/{'a' * 2000}")
    assert long["userErrors"][0] | {"message": ""} == {
        "__typename": "LimitError",
        "code": "LIMIT_EXCEEDED",
        "message": "",
        "path": ["url"],
        "limit": 2000,
        "actual": 2020,
    }
    for blocker, code in ((ids["initiative"], "DEPENDENCY_CYCLE"), (nothing, "NOT_FOUND"), (ids["keyResult"], "NOT_FOUND")):
        assert await refused("initiative_dependency_add", **first, blockerId=blocker) == [(code, ["blockerId"])]
    await company.tell("initiative_dependency_add")
    circle = {"initiativeId": ids["blocker"], "blockerId": ids["initiative"]}
    assert await refused("initiative_dependency_add", **circle) == [("DEPENDENCY_CYCLE", ["blockerId"])]
    only = {"initiativeId": ids["blocker"], "supportedId": ids["keyResult"]}
    assert await refused("initiative_support_remove", **only) == [("WRONG_STATE", ["supportedId"])]
    await company.do("initiative_complete", **first)
    assert await refused("initiative_start", **first) == [("WRONG_STATE", ["initiativeId"])]
    conflict = await company.attempt("initiative_update", **first, title="x", expectedVersion=1)
    (error,) = conflict["userErrors"]
    assert (error["code"], error["currentVersion"], error["current"]["__typename"]) == ("VERSION_CONFLICT", 3, "Initiative")
    assert [each["type"] for each in error["eventsSince"]] == ["INITIATIVE_DEPENDENCY_ADDED", "INITIATIVE_COMPLETED"]
    viewer = Company(connect(organization.tokens[Role.VIEWER]))
    assert await viewer.refused("initiative_start", **first) == [("FORBIDDEN", None)]
    assert await viewer.refused("initiative_create", **values) == [("FORBIDDEN", None)]


async def test_a_mutation_is_tried_repeated_and_refused_under_the_same_key(company: Company):
    values = {"title": "Try", "supportedIds": [company.ids["objective"]]}
    tried = await company.do("initiative_create", **values, dryRun=True)
    assert (tried["initiative"], tried["events"]) == (None, [])
    own = {"id": new_identifier(Noun.INITIATIVE)}
    once, twice = [await company.do("initiative_create", **own, **values) for _ in range(2)]
    assert once["initiative"]["id"] == twice["initiative"]["id"] == own["id"]
    assert once["events"] == twice["events"]
    other = {**values, "title": "Other"}
    assert await company.refused("initiative_create", **own, **other) == [("ID_TAKEN", ["id"])]
    key = {"idempotencyKey": "k", "initiativeId": own["id"]}
    first = await company.do("initiative_start", **key)
    assert (await company.do("initiative_start", **key))["events"] == first["events"]
    assert types(await company.do("initiative_start", initiativeId=own["id"])) == []


async def test_a_private_objective_does_not_show_through_an_initiative(
    company: Company, connect: Connect, organization: ExampleOrganization
):
    """What is planned behind a private objective changes no answer, whatever it waits for, and neither does its name."""
    ids, member = company.ids, connect(organization.tokens[Role.MEMBER])
    secret = await company.objective(ids["cycle"], KEY_RESULT, title="Secret", visibility="PRIVATE")
    hidden = await company.do("initiative_create", title="Secret plan", supportedIds=[secret["id"]], ownerId=ids["person"])
    first = {"initiativeId": ids["initiative"]}

    async def seen() -> str:
        answers = [
            await member.run(operation(name), contract_variables(name, ids))
            for name in ("initiative_detail", "initiative_board", "initiative_list")
        ]
        search = 'query { search(query: "plan") { totalCount nodes { title } } initiatives { totalCount } }'
        own = "query ($id: ID!) { person(id: $id) { initiatives { totalCount nodes { title } } } }"
        return str([*answers, await member.run(search), await member.run(own, {"id": ids["person"]})])

    await company.do("initiative_dependency_add", **first, blockerId=ids["blocker"])
    await company.do("initiative_complete", initiativeId=ids["blocker"])
    before = await seen()
    assert "Secret" not in before
    blocked = await company.do(
        "initiative_dependency_add", initiativeId=hidden["initiative"]["id"], blockerId=ids["initiative"], note="Secret"
    )
    assert blocked["initiative"]["isBlocked"]
    assert await seen() == before
    by_member = Company(member)
    for supported in (secret["id"], new_identifier(Noun.OBJECTIVE)):
        assert await by_member.refused("initiative_support_add", **first, supportedId=supported) == [
            ("NOT_FOUND", ["supportedId"])
        ]
        found = await member.run(operation("initiative_list"), {"filter": {"supportedId": {"eq": supported}}})
        assert found["initiatives"]["totalCount"] == 0
    # What waits for something hidden shows that it was changed, and not that it waits.
    other = await company.do("initiative_create", title="Secret too", supportedIds=[secret["id"]])
    await company.do("initiative_dependency_add", **first, blockerId=other["initiative"]["id"], note="Secret")
    now = await asked(Company(member, ids), "initiative_detail")
    assert (now["isBlocked"], len(now["blockedBy"]), "Secret" in str(now)) == (False, 1, False)
    assert (await asked(company, "initiative_detail"))["isBlocked"]
