"""Tokens stand for people: what they may see and do is decided by every request, and ends at once."""

from collections.abc import Callable

import pytest

from events.person import Role
from service.database import Database
from service.settings import Settings
from service.tokens import list_tokens, revoke_token
from tests.support.client import Client
from tests.support.organization import ExampleOrganization, make_organization

WHO = "{ viewer { person { id name role } } organization { id name } }"
ROLE = "{ viewer { person { role } } }"


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_speaks_for_its_person(as_role: Callable[[Role], Client], organization: ExampleOrganization, role: Role):
    data = await as_role(role).run(WHO)
    assert data["viewer"]["person"] == {"id": organization.people[role], "name": f"{role.title()} Person", "role": role}
    assert data["organization"] == {"id": organization.identifier, "name": "Example"}


@pytest.mark.parametrize("token", [None, "okr_ledger_" + "x" * 43, "'; drop table okr_ledger.token; --"])
async def test_without_a_valid_token_there_is_nothing(connect: Callable[[str | None], Client], token: str | None):
    response = await connect(token).send(WHO)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]
    assert "data" not in response.json()


async def test_a_revoked_token_is_refused_by_the_next_request(
    client: Client, organization: ExampleOrganization, database_url: str
):
    await client.run(WHO)
    async with Database(database_url) as database, database.connection(organization.organization_id) as connection:
        for token in await list_tokens(connection, organization.organization_id):
            await revoke_token(connection, organization.organization_id, token.token_id)
    assert (await client.send(WHO)).status_code == 401


async def test_a_deactivated_person_is_refused_by_the_next_request(
    client: Client, as_role: Callable[[Role], Client], organization: ExampleOrganization
):
    member = as_role(Role.MEMBER)
    await member.run(WHO)
    change = "mutation ($input: PersonDeactivateInput!) { personDeactivate(input: $input) { userErrors { code } } }"
    changed = await client.run(change, {"input": {"personId": organization.people[Role.MEMBER]}})
    assert changed == {"personDeactivate": {"userErrors": []}}
    assert (await member.send(WHO)).status_code == 401
    reopen = "mutation ($input: PersonReactivateInput!) { personReactivate(input: $input) { userErrors { code } } }"
    await client.run(reopen, {"input": {"personId": organization.people[Role.MEMBER]}})
    assert (await member.send(WHO)).status_code == 200


async def test_a_changed_role_holds_for_the_next_request(
    client: Client, as_role: Callable[[Role], Client], organization: ExampleOrganization
):
    viewer = as_role(Role.VIEWER)
    assert (await viewer.run(ROLE)) == {"viewer": {"person": {"role": "VIEWER"}}}
    change = "mutation ($input: PersonUpdateInput!) { personUpdate(input: $input) { userErrors { code } } }"
    await client.run(change, {"input": {"personId": organization.people[Role.VIEWER], "role": "AUDITOR"}})
    assert (await viewer.run(ROLE)) == {"viewer": {"person": {"role": "AUDITOR"}}}


async def test_a_role_that_may_not_gets_a_user_error(as_role: Callable[[Role], Client]):
    change = "mutation ($input: TeamCreateInput!) { teamCreate(input: $input) { team { id } userErrors { code } } }"
    for role in (Role.VIEWER, Role.AUDITOR, Role.MEMBER):
        data = await as_role(role).run(change, {"input": {"name": "Sales"}})
        assert data == {"teamCreate": {"team": None, "userErrors": [{"code": "FORBIDDEN"}]}}


async def test_organizations_see_nothing_of_each_other(
    client: Client, connect: Callable[[str | None], Client], organization: ExampleOrganization, database_url: str
):
    other = await make_organization(database_url, name="Other")
    stranger = connect(other.tokens[Role.ADMIN])
    assert (await stranger.run("{ organization { name } }")) == {"organization": {"name": "Other"}}
    ids = [organization.people[Role.ADMIN], organization.identifier]
    seen = await stranger.run("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert seen == {"nodes": [None, None]}
    # The same connection of the pool goes back and forth between the two.
    for _ in range(3):
        assert (await client.run("{ organization { name } }")) == {"organization": {"name": "Example"}}
        assert (await stranger.run("{ organization { name } }")) == {"organization": {"name": "Other"}}


async def test_introspection_needs_a_token(connect: Callable[[str | None], Client]):
    assert (await connect(None).send("{ __schema { queryType { name } } }")).status_code == 401


class TestAnonymousIntrospection:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(introspection="ANYBODY")

    async def test_where_it_is_allowed_the_schema_is_read_without_a_token(self, connect: Callable[[str | None], Client]):
        anonymous = connect(None)
        assert (await anonymous.run("{ __schema { queryType { name } } }")) == {"__schema": {"queryType": {"name": "Query"}}}
        for query in (WHO, "{ ...F } fragment F on Query { viewer { id } }", "{ __typename viewer { id } }"):
            assert (await anonymous.send(query)).status_code == 401
