"""Mutations with plans: each field once and in its order, and what a plan cannot fill is answered as if there were none."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_examples
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes

from projections import affected
from schema.plan import Plan, Plans
from service.failure import UnavailableError
from service.ledger import Ledger
from service.settings import Settings
from tests.support.client import Client
from tests.support.compared import Compared
from tests.support.operations import KEY_RESULT, Company, Content, fill
from tests.support.schema_tour import STILL_LIMITS, Tour
from tests.support.schema_walk import SDL

TWICE = """mutation ($one: KeyResultCheckInInput!, $two: KeyResultCheckInInput!, $no: Boolean = false) {
  __typename
  one: keyResultCheckIn(input: $one) { ...Moved }
  left: keyResultCheckIn(input: $one) @include(if: $no) { ...Moved }
  ...Second @skip(if: $no)
  one: keyResultCheckIn(input: $one) { clientMutationId }
}
fragment Second on Mutation { two: keyResultCheckIn(input: $two) { ...Moved } }
fragment Moved on KeyResultCheckInPayload {
  events { id position changes { field } }
  keyResult { progress lastCheckIn { value } }
  affected { __typename id ... on Alignable { progress } }
  userErrors { code path }
}"""


@pytest.fixture
def settings() -> Settings:
    return STILL_LIMITS


@pytest.fixture
def company(client: Client) -> Company:
    return Company(client)


async def head_of(client: Client) -> int:
    return int((await client.send("{ viewer { id } }")).json()["extensions"]["position"])


async def measured(company: Company) -> Content:
    """The inputs of two check-ins of one key result."""
    objective = await company.objective(await company.cycle(), KEY_RESULT)
    key_result_id = objective["keyResults"][0]["id"]
    return {
        "one": {"keyResultId": key_result_id, "value": "4", "status": "ON_TRACK", "clientMutationId": "first"},
        "two": {"keyResultId": key_result_id, "value": "9", "status": "ON_TRACK"},
    }


async def test_each_field_sees_what_those_before_it_did_and_not_those_after(
    company: Company, client: Client, payloads: Compared
):
    variables = await measured(company)
    before = await head_of(client)
    data = await client.run(TWICE, variables)
    assert list(data) == ["__typename", "one", "two"]
    assert [data[name]["keyResult"]["lastCheckIn"]["value"] for name in ("one", "two")] == ["4", "9"]
    assert [data[name]["keyResult"]["progress"] for name in ("one", "two")] == [0.4, 0.9]
    assert [[event["position"] for event in data[name]["events"]] for name in ("one", "two")] == [
        [str(before + 1)],
        [str(before + 2)],
    ]
    assert data["one"]["clientMutationId"] == "first"
    assert await head_of(client) == before + 2
    assert payloads.planned[-2:] == ["keyResultCheckIn", "keyResultCheckIn"]


async def test_nothing_is_done_twice_when_a_payload_cannot_be_filled(
    company: Company, client: Client, monkeypatch: pytest.MonkeyPatch
):
    variables = await measured(company)
    before = await head_of(client)
    tried: list[str] = []

    async def fail(_: Plan, key: str, *__: object) -> Content:
        tried.append(key)
        raise ValueError("not today")

    monkeypatch.setattr(Plan, "run_below", fail)
    data = await client.run(TWICE, variables)
    assert tried == ["one", "two"]
    assert [data[name]["keyResult"]["progress"] for name in ("one", "two")] == [0.4, 0.9]
    assert [data[name]["userErrors"] for name in ("one", "two")] == [[], []]
    assert await head_of(client) == before + 2


async def test_what_fails_below_a_mutation_fails_as_without_a_plan(
    company: Company, client: Client, monkeypatch: pytest.MonkeyPatch
):
    variables = await measured(company)
    before = await head_of(client)

    async def fail(*_: object, **__: object) -> list[str]:
        raise UnavailableError(1.0)

    def have_none(*_: object) -> Plan:
        raise LookupError("no plan")

    monkeypatch.setattr(affected, "also_changed", fail)
    answers: list[Content] = []
    for _ in range(2):
        response = await client.send(TWICE, variables)
        answers.append(response.json())
        assert response.status_code == 503
        # The second time there are no plans.
        monkeypatch.setattr(Plans, "plan", have_none)
    told, plain = ([(each["path"], each["locations"], each["extensions"]["code"]) for each in a["errors"]] for a in answers)
    assert told == plain
    assert {(path[0], code) for path, _, code in told} == {("one", "UNAVAILABLE"), ("two", "UNAVAILABLE")}
    assert answers[0]["data"] == answers[1]["data"]
    monkeypatch.undo()
    assert await head_of(client) == before + 4


async def test_a_field_that_fails_leaves_the_others_as_they_are(
    company: Company, client: Client, payloads: Compared, monkeypatch: pytest.MonkeyPatch
):
    variables = await measured(company)
    before = await head_of(client)
    dispatch, acts = Ledger.dispatch, 0

    async def fail_first(self: Ledger, act: Any) -> Any:
        nonlocal acts
        acts += 1
        if acts == 1:
            raise LookupError("a mistake")
        return await dispatch(self, act)

    monkeypatch.setattr(Ledger, "dispatch", fail_first)
    body = (await client.send(TWICE, variables)).json()
    assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [(["one"], "INTERNAL")]
    assert body["data"]["one"] is None
    assert body["data"]["two"]["keyResult"]["progress"] == 0.9
    assert acts == 2
    assert await head_of(client) == before + 1
    assert payloads.planned[-1:] == ["keyResultCheckIn"]


class TestInTime:
    """A request that takes too long ends after its effect, and the effect stays what it was."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(request_seconds=1.0)

    async def test_a_request_that_takes_too_long_has_written_once(
        self, company: Company, client: Client, monkeypatch: pytest.MonkeyPatch
    ):
        variables = await measured(company)
        before = await head_of(client)

        async def wait(*_: object, **__: object) -> list[str]:
            await asyncio.sleep(60)
            raise AssertionError("it was waited for")

        monkeypatch.setattr(affected, "also_changed", wait)
        response = await client.send(TWICE, variables)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, "TIMED_OUT")
        monkeypatch.undo()
        # The second field was never begun.
        assert await head_of(client) == before + 1


async def test_payloads_are_filled_whole(company: Company, client: Client, payloads: Compared):
    variables = await measured(company)
    tour = Tour({})
    payload = tour.schema.type_map["KeyResultCheckInPayload"]
    document = "mutation ($input: KeyResultCheckInInput!) { keyResultCheckIn(input: $input) %s }"
    selection = tour.selection(payload, 3)  # type: ignore[arg-type] - any named type
    data = await client.run(document % selection, {"input": variables["one"]})
    assert data["keyResultCheckIn"]["userErrors"] == []
    assert len(data["keyResultCheckIn"]["affected"]) == 4
    assert payloads.planned[-1:] == ["keyResultCheckIn"]


async def test_made_up_mutations_are_answered_alike(company: Company, client: Client, payloads: Compared):
    await fill(company)
    wanted = {
        **{name: st.sampled_from(["7", "12"]).map(nodes.String) for name in ("BigInt", "Decimal")},
        "Date": st.sampled_from(["2026-01-15", "2030-01-01"]).map(nodes.String),
        "DateTime": st.sampled_from(["2026-01-15T12:00:00Z", "2100-01-01T00:00:00Z"]).map(nodes.String),
        "URL": st.just(nodes.String("https://example.com")),
        "ID": st.sampled_from(sorted(company.ids.values())).map(nodes.String),
    }
    made: list[str] = []

    @settings_of_examples(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(query=mutations(SDL.read_text(encoding="utf-8"), custom_scalars=wanted))
    def make(query: str) -> None:
        made.append(query)

    make()
    for query in made:
        await client.send(query)
    assert len(payloads.planned) > 60
