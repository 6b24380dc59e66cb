"""Limits of documents on the schema as it is: what clients send passes, what attackers send does not."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from service.settings import Settings
from tests.support.client import Client

CONTRACT = Path(__file__).parents[1] / "contract"
CORE: list[str] = json.loads((CONTRACT / "groups.json").read_text())["core"]
PAGE = "objectives(first: 100) { nodes { %s } }"


def refusal(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    extensions: dict[str, Any] = error["extensions"]
    return extensions


async def test_every_operation_of_the_contract_is_within_the_limits(client: Client):
    refused: dict[str, Any] = {}
    for name in CORE:
        # Without its variables it is refused at the latest for them, which comes after all limits.
        response = await client.send((CONTRACT / f"{name}.graphql").read_text())
        codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
        if not codes <= {"VARIABLES_INVALID"}:
            refused[name] = response.json()["errors"]
    assert refused == {}


async def test_the_query_of_the_usual_tools_for_the_schema_is_answered(client: Client):
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    types = (await client.run(query))["__schema"]["types"]
    assert {"Objective", "KeyResult", "CheckIn"} <= {each["name"] for each in types}


async def test_introspection_is_bounded_like_everything_else(client: Client):
    deep = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"
    response = await client.send(deep)
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["VALIDATION_FAILED"]
    wide = "types { name fields { name args { name type { name kind ofType { name kind } } } } }"
    copies = "{" + " ".join(f"a{i}: __schema {{ {wide} }}" for i in range(20)) + "}"
    assert refusal(await client.send(copies))["code"] == "QUERY_TOO_COSTLY"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{" + " ".join(f"a{i}: organization {{ name }}" for i in range(21)) + "}", "QUERY_TOO_LARGE"),
        ("{ organization {" + " ".join(f"a{i}: name" for i in range(101)) + "} }", "QUERY_TOO_LARGE"),
        ("{ organization {" + "name " * 100 + "} }", "QUERY_TOO_LARGE"),
        ("{ organization { name " + "@skip(if: false) " * 51 + "} }", "QUERY_TOO_LARGE"),
        (
            "{" + PAGE % "keyResults { objective { keyResults { objective { keyResults { id title weight } } } } }" + "}",
            "QUERY_TOO_COSTLY",
        ),
        ("{" + PAGE % ("cycle { " + PAGE % "cycle { id name phase startsOn }" + " }") + "}", "QUERY_TOO_COSTLY"),
    ],
)
async def test_what_asks_for_too_much_is_refused_with_the_limit(client: Client, query: str, code: str):
    extensions = refusal(await client.send(query))
    assert extensions["code"] == code
    assert extensions["actual"] > extensions["limit"]


async def test_a_page_that_is_too_long_is_the_refusal_of_its_field(client: Client):
    assert await client.codes("{ objectives(first: 101) { totalCount } }") == ["PAGE_TOO_LARGE"]


class TestOwnLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(query_depth=8, query_cost=100, body_bytes=1_024)

    async def test_the_limits_are_those_of_the_settings(self, client: Client):
        assert (await client.run("{ objectives(first: 20) { nodes { id title } } }")) == {"objectives": {"nodes": []}}
        query = "query ($first: Int!) { objectives(first: $first) { nodes { id title } } }"
        assert (await client.run(query, {"first": 20})) == {"objectives": {"nodes": []}}
        refused = refusal(await client.send(query, {"first": 50}))
        assert (refused["code"], refused["limit"], refused["actual"]) == ("QUERY_TOO_COSTLY", 100, 151)
        deep = "{ objectives { nodes { cycle { parent { parent { parent { parent { parent { id } } } } } } } } }"
        assert refusal(await client.send(deep))["code"] == "QUERY_TOO_DEEP"
        assert (await client.send("{ organization { name } }" + " " * 1_024)).status_code == 413
