"""Plans answer what the library answers: the contract, a tour of the whole schema, and made-up operations, right or wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from graphql import ExecutionResult, OperationType
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_examples
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from events.person import Role
from service.graphql_http import GraphQLEndpoint
from service.settings import Settings
from tests.support.client import Client
from tests.support.compared import Compared, list_of
from tests.support.hidden_things import Hidden, hidden_things
from tests.support.operations import KEY_RESULT, Company, contract_variables, core_operations, fill, operation
from tests.support.organization import ExampleOrganization
from tests.support.schema_tour import STILL_LIMITS, Tour
from tests.support.schema_walk import SDL

Connect = Callable[[str | None], Client]


@pytest.fixture
def settings() -> Settings:
    return STILL_LIMITS.model_copy(update={"kept_answer_bytes": 0})


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """Let every query be answered by its plan and by the library, in the same request."""
    found, execute = Compared(), GraphQLEndpoint._execute

    async def both(self: Any, document: Any, asked: Any, request: Any, session: Any) -> ExecutionResult:
        plain: ExecutionResult = await execute(self, replace(document, plans=None), asked, request, session)
        if session is None or asked.operation is not OperationType.QUERY:
            return plain
        try:
            answer = await document.plans.run(asked, session.context, request.variables)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
            # Where the library has no error either, something is missing in plans.
            found.unplanned.append(repr(error) if plain.errors is None else None)
        else:
            found.planned.append(asked.name.value if asked.name else None)
            if plain.errors is not None or list_of(orjson.loads(answer)) != list_of(orjson.loads(orjson.dumps(plain.data))):
                found.differing.append((answer, plain))
        return plain

    monkeypatch.setattr(GraphQLEndpoint, "_execute", both)
    return found


async def test_the_whole_schema_is_answered_alike(
    compared: Compared, client: Client, connect: Connect, organization: ExampleOrganization, database_url: str
):
    hidden: Hidden = await hidden_things(client, connect, organization, database_url)
    past, member = {"position": hidden.ids["past"]}, connect(organization.tokens[Role.MEMBER])
    for number, place in enumerate(Tour(hidden.ids).operations()):
        # All of it now, a third of it in the past, and another third for somebody who sees less.
        takes_moment = "$asOf" in place.document
        await client.send(place.document, {"asOf": None} if takes_moment else {})
        if number % 3 == 0 and takes_moment:
            await client.send(place.document, {"asOf": past})
        elif number % 3 == 1:
            await member.send(place.document, {"asOf": None} if takes_moment else {})
    assert compared.differing == []
    assert [each for each in compared.unplanned if each] == []
    assert len(compared.planned) > 300


async def test_the_contract_is_answered_alike(compared: Compared, client: Client, organization: ExampleOrganization):
    company = Company(client, {"person": organization.people[Role.MEMBER]})
    await fill(company)
    for number in range(3):
        await company.objective(company.ids["cycle"], KEY_RESULT, {**KEY_RESULT, "title": f"another {number}"})
    asked = 0
    for name in core_operations():
        text = operation(name)
        if text.lstrip().startswith(("query", "#")) and "mutation " not in text:
            for as_of in (None, {"position": "12"}):
                variables = contract_variables(name, company.ids)
                await client.send(text, {**variables, "asOf": as_of} if "$asOf" in text else variables)
                asked += 1
    assert compared.differing == []
    assert [each for each in compared.unplanned if each] == []
    assert len(compared.planned) > asked * 0.7


async def test_skipped_included_and_merged_fields_are_answered_alike(compared: Compared, client: Client):
    company = Company(client)
    cycle_id = await company.cycle()
    await company.objective(cycle_id, KEY_RESULT)
    document = """query ($id: ID!, $yes: Boolean!, $no: Boolean = false) {
      ...Root @include(if: $yes)
      node(id: $id) @skip(if: $no) {
        __typename id ... on Cycle { name } ... on Team { name } ...Name ... @include(if: $no) { id }
      }
      again: node(id: $id) { ... on Subject { entityId @skip(if: true) viewerCan @include(if: $yes) } }
      objectives { nodes { title ...Card } nodes { title keyResults { title } } }
    }
    fragment Root on Query { viewer { id } organization { name @include(if: $no) id } }
    fragment Name on Subject { ... on Cycle { title: name phase } }
    fragment Card on Objective { keyResults(includeDropped: true) { id metric { kind } } }"""
    # The two selections of key results have other arguments: the library refuses it.
    refused = await client.send(document, {"id": cycle_id, "yes": True})
    assert refused.status_code == 400
    document = document.replace("(includeDropped: true)", "")
    for variables in (
        {"yes": True},
        {"yes": False},
        {"yes": True, "no": True},
        {"yes": False, "no": True},
        {"yes": True, "no": None},
    ):
        await client.send(document, {"id": cycle_id, **variables})
    assert compared.differing == []
    assert len(compared.planned) == 4
    # What has an error has the library's.
    future = '{ objectives(asOf: { position: "999999" }) { totalCount } organization { name } }'
    assert await client.codes(future) == ["MOMENT_IN_FUTURE"]
    assert await client.codes("query ($first: Int!) { objectives(first: $first) { totalCount } }", {"first": "many"})
    assert compared.unplanned == [None, None, None]


async def test_arguments_with_variables_in_them_are_read_anew(compared: Compared, client: Client):
    company = Company(client)
    objective_id = (await company.objective(await company.cycle(), KEY_RESULT, title="x"))["id"]
    now = datetime.now(UTC).isoformat()
    document = """query ($id: ID!, $to: DateTime, $language: Language!) {
      objective(id: $id) {
        progressCurve(span: { to: $to }) { points { at } }
        findings(language: $language) { message }
        czech: findings(language: CS) { message }
      }
    }"""
    answered = [
        (await client.run(document, {"id": objective_id, "to": to, "language": language}))["objective"]
        for to, language in (("2020-01-01T00:00:00Z", "EN"), (now, "CS"), (now, "EN"))
    ]
    assert [bool(each["progressCurve"]["points"]) for each in answered] == [False, True, True]
    assert [each["findings"] == each["czech"] != [] for each in answered] == [False, True, False]
    assert compared.differing == []
    assert len(compared.planned) == 3


async def test_what_is_kept_with_rows_is_answered_alike(compared: Compared, client: Client):
    company = Company(client)
    cycle_id = await company.cycle()
    title = '100 % of %s, %(a)s, %%, \\u0000 and \\\\u0000 "quoted" <ž名>'
    stages = [{"title": f"{number} % {title}", "weight": 1} for number in range(2)]
    milestone = {"title": title, "metric": {"kind": "MILESTONE", "stages": stages}}
    objective_id = (await company.objective(cycle_id, KEY_RESULT, milestone))["id"]
    position = int((await client.send("{ organization { name } }")).json()["extensions"]["position"])
    fields = "id entityId title __typename keyResults { id %s title status metric { id kind stages { id title done } start } }"
    documents = [
        f"query ($id: ID!, $asOf: MomentInput) {{ objective(id: $id, asOf: $asOf) {{ {fields % extra} }} }}"
        for extra in ("weight", "progress", "labels", "ordinal: weight", "", "entityId")
    ]
    # The same rows, read now and at other moments, by one document after the other and again.
    for document in documents * 2:
        for as_of in (None, {"position": str(position - 1)}, {"time": datetime.now(UTC).isoformat()}):
            await client.send(document, {"id": objective_id, "asOf": as_of})
    nodes = [objective_id, objective_id]
    await client.send("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Objective { id title } } }", {"ids": nodes})
    assert compared.differing == []
    assert len(compared.planned) == 38


async def test_made_up_queries_are_answered_alike(compared: Compared, client: Client, organization: ExampleOrganization):
    company = Company(client, {"person": organization.people[Role.MEMBER]})
    await fill(company)
    ids = sorted(company.ids.values())
    wanted = {
        **{name: st.sampled_from(["7", "12"]).map(nodes.String) for name in ("BigInt", "Decimal")},
        # Most moments are good, or most of the operations would be refused.
        "Date": st.sampled_from([datetime.now(UTC).date().isoformat(), "2030-01-01"]).map(nodes.String),
        "DateTime": st.sampled_from(["2026-01-15T12:00:00Z", "2100-01-01T00:00:00Z"]).map(nodes.String),
        "URL": st.just(nodes.String("https://example.com")),
        "ID": st.sampled_from(ids).map(nodes.String),
    }
    made: list[str] = []

    @settings_of_examples(max_examples=80, database=None, suppress_health_check=list(HealthCheck))
    @given(query=queries(SDL.read_text(encoding="utf-8"), custom_scalars=wanted))
    def make(query: str) -> None:
        made.append(query)

    make()
    for query in made:
        await client.send(query)
    assert compared.differing == []
    assert [each for each in compared.unplanned if each] == []
    # A key of an order takes one of two fields, so that chance is refused more often than not.
    assert len(compared.planned) > 10
