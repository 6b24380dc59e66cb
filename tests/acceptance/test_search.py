"""The search as frontends send it."""

from collections.abc import Callable
from typing import Any

import pytest

from events.person import Role
from tests.support.client import Client
from tests.support.operations import KEY_RESULT, Company, contract_variables, fill, operation

SEARCH = operation("search")
SMALL = "query ($query: String!) { search(query: $query) { totalCount } }"


@pytest.fixture
def company(client: Client) -> Company:
    return Company(client)


async def test_the_operation_of_the_contract_is_answered(client: Client, company: Company):
    await fill(company)
    variables = contract_variables("search", company.ids)
    found = (await client.run(SEARCH, variables))["search"]
    (edge,) = found["edges"]
    assert found["totalCount"] == 1
    assert (edge["node"]["title"], edge["node"]["snippet"]) == ("Be trusted", None)
    assert edge["node"]["node"]["__typename"] == "Objective"
    assert edge["node"]["node"]["cycle"]["name"] == "Running"
    position = (await client.send("{ viewer { id } }")).json()["extensions"]["position"]
    await company.do("objective_update", objectiveId=company.ids["parent"], title="Be liked")
    assert (await client.run(SEARCH, variables))["search"]["totalCount"] == 0
    past = (await client.run(SEARCH, {**variables, "asOf": {"position": position}}))["search"]
    then = past["edges"][0]["node"]
    assert then["title"] == "Be trusted"
    assert then["node"]["id"] not in (company.ids["parent"], edge["node"]["node"]["id"])


async def test_pages_go_on_and_belong_to_their_query(client: Client, company: Company):
    cycle_id = await company.cycle()
    for number in range(5):
        await company.objective(cycle_id, {**KEY_RESULT, "title": f"Needle {number}"}, title=f"Needle {number}")
    seen: list[str] = []
    after: str | None = None
    while True:
        page = (await client.run(SEARCH, {"query": "needle", "first": 4, "after": after}))["search"]
        seen += [edge["node"]["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == 10
    other = await client.send(SEARCH, {"query": "need", "first": 4, "after": after})
    assert other.json()["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


@pytest.mark.parametrize("query", ["", "   ", "\u3000\t", "x" * 201, " ".join(str(number) for number in range(10, 21))])
async def test_what_cannot_be_searched_for_is_refused(client: Client, query: str):
    response = await client.send(SMALL, {"query": query})
    assert response.json()["errors"][0]["extensions"]["code"] == "ARGUMENT_INVALID"


async def test_a_member_finds_nothing_of_what_is_private(company: Company, as_role: Callable[[Role], Client]):
    cycle_id = await company.cycle()
    await company.objective(cycle_id, {**KEY_RESULT, "title": "Needle part"}, title="Needle", visibility="PRIVATE")
    found: dict[str, Any] = {}
    for role in Role:
        found[role] = (await as_role(role).run(SMALL, {"query": "needle"}))["search"]["totalCount"]
    assert found == {Role.ADMIN: 2, Role.AUDITOR: 2, Role.MEMBER: 0, Role.VIEWER: 0}
