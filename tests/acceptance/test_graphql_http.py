"""GraphQL over HTTP on the schema as it is: positions, replays, tags, and pages of other origins."""

from collections.abc import Callable

import pytest

from events.person import Role
from service.settings import Settings
from tests.support.client import Client, authorization
from tests.support.organization import ExampleOrganization

CREATE = "mutation ($i: TeamCreateInput!) { teamCreate(input: $i) { team { id name } userErrors { code } } }"
TEAMS = {"query": "{ teams { nodes { name } } }"}


async def test_the_position_is_the_head_that_the_answer_shows(client: Client):
    before = (await client.send("{ teams { totalCount } }")).json()
    made = (await client.send(CREATE, {"i": {"name": "Sales"}})).json()
    after = (await client.send("{ teams { totalCount } }")).json()
    # The organization and four people were the first five events.
    assert [each["extensions"]["position"] for each in (before, made, after)] == ["5", "6", "6"]
    assert before["extensions"]["cost"] == {"requested": 2, "limit": 50_000}
    assert [each["data"]["teams"]["totalCount"] for each in (before, after)] == [0, 1]


async def test_the_header_makes_a_mutation_happen_once(client: Client):
    headers = {"Idempotency-Key": "once"}
    first = (await client.send(CREATE, {"i": {"name": "Sales"}}, headers=headers)).json()
    again = (await client.send(CREATE, {"i": {"name": "Sales"}}, headers=headers)).json()
    assert again["data"] == first["data"]
    assert "idempotentReplay" not in first["extensions"]
    assert (again["extensions"]["position"], again["extensions"]["idempotentReplay"]) == ("6", True)
    other = await client.run(CREATE, {"i": {"name": "Support"}}, headers=headers)
    assert other == {"teamCreate": {"team": None, "userErrors": [{"code": "IDEMPOTENCY_KEY_REUSED"}]}}


async def test_a_tag_holds_until_something_is_written(client: Client):
    first = await client.http.get("/graphql", params=TEAMS)
    known = {"If-None-Match": first.headers["etag"]}
    assert (await client.http.get("/graphql", params=TEAMS, headers=known)).status_code == 304
    await client.run(CREATE, {"i": {"name": "Sales"}})
    changed = await client.http.get("/graphql", params=TEAMS, headers=known)
    assert changed.json()["data"] == {"teams": {"nodes": [{"name": "Sales"}]}}


async def test_a_tag_tells_one_viewer_nothing_of_another(as_role: Callable[[Role], Client]):
    query = {"query": "{ viewer { person { role } } }"}
    admin = await as_role(Role.ADMIN).http.get("/graphql", params=query)
    headers = {"If-None-Match": admin.headers["etag"]}
    member = await as_role(Role.MEMBER).http.get("/graphql", params=query, headers=headers)
    assert member.json()["data"] == {"viewer": {"person": {"role": "MEMBER"}}}
    assert "Authorization" in member.headers["vary"]


async def test_a_get_writes_nothing(client: Client):
    parameters = {"query": 'mutation { teamCreate(input: { name: "Sales" }) { team { id } } }'}
    response = await client.http.get("/graphql", params=parameters)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert (await client.run("{ teams { totalCount } }")) == {"teams": {"totalCount": 0}}


async def test_a_request_keeps_the_id_that_its_client_gave(client: Client):
    response = await client.send("{ unknown }", headers={"X-Request-Id": "from-the-client.1"})
    assert response.headers["x-request-id"] == "from-the-client.1"
    assert [error["extensions"]["requestId"] for error in response.json()["errors"]] == ["from-the-client.1"]


async def test_pages_of_other_origins_get_no_permission(client: Client):
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    response = await client.http.options("/graphql", headers=preflight)
    assert response.status_code == 405
    assert "access-control-allow-origin" not in response.headers
    answered = await client.send("{ organization { name } }", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answered.headers


class TestAllowedOrigins:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(allowed_origins=("https://okr.example.com",), graphiql_enabled=False)

    async def test_a_page_of_an_allowed_origin_may_call(
        self, connect: Callable[[str | None], Client], organization: ExampleOrganization
    ):
        http = connect(None).http
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
        allowed = await http.options("/graphql", headers={"Origin": "https://okr.example.com", **asked})
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, "https://okr.example.com")
        assert "access-control-allow-credentials" not in allowed.headers
        other = await http.options("/graphql", headers={"Origin": "https://okr.example.com.evil.example", **asked})
        assert other.status_code == 400
        assert "access-control-allow-origin" not in other.headers
        headers = {"Origin": "https://okr.example.com", **authorization(organization.tokens[Role.ADMIN])}
        answered = await http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert answered.headers["access-control-allow-origin"] == "https://okr.example.com"

    async def test_without_the_editor_a_browser_gets_none(self, client: Client):
        response = await client.http.get("/graphql", headers={"Accept": "text/html"})
        assert response.status_code == 406
        assert (await client.http.get("/graphiql/graphiql.min.js")).status_code == 404
