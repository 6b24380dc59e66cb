"""Kept answers: found in the very state in which they were given, bounded, and forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from service.kept_answers import KeptAnswers, State
from tests.support.edge import NEW, Edge

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def state(organization: int = 1, position: int = 1, generation: int = 1, ticks: int = 0) -> State:
    return State(
        organization_id=UUID(int=organization),
        generation=generation,
        position=position,
        read_at=BEGIN + timedelta(minutes=ticks),
    )


async def test_an_answer_is_found_in_its_very_state_alone():
    answers = KeptAnswers(100, 60)
    answers.keep(state(), "key", b"answer")
    assert answers.find(state(), "key") == b"answer"
    for other in (state(2), state(position=2), state(generation=2), state(ticks=1)):
        assert answers.find(other, "key") is None
    assert answers.find(state(), "another") is None


@pytest.mark.parametrize("newer", [state(position=2), state(generation=2), state(ticks=1)])
async def test_a_newer_state_takes_the_place_of_an_older_one(newer: State):
    answers = KeptAnswers(100, 60)
    answers.keep(state(), "one", b"old")
    answers.keep(newer, "two", b"new")
    assert (answers.find(state(), "one"), answers.find(newer, "two"), answers.held) == (None, b"new", 3)
    # Of a request that took so long that the state has changed meanwhile.
    answers.keep(state(), "one", b"old")
    assert (answers.find(state(), "one"), answers.find(newer, "two"), answers.held) == (None, b"new", 3)


async def test_what_is_held_is_bounded_and_the_least_asked_organization_goes_first():
    answers = KeptAnswers(10, 60)
    answers.keep(state(1), "key", b"x" * 11)
    assert answers.held == 0
    for organization in (1, 2, 3):
        answers.keep(state(organization), "key", b"xxx")
    assert answers.find(state(1), "key") == b"xxx"
    answers.keep(state(4), "key", b"xxx")
    assert [answers.find(state(each), "key") for each in (1, 2, 3, 4)] == [b"xxx", None, b"xxx", b"xxx"]
    for number in range(100):
        answers.keep(state(1), number, b"xx")
        assert answers.held <= 10
    answers.keep(state(1), 99, b"y")
    assert answers.find(state(1), 99) == b"y"
    nothing = KeptAnswers(0, 60)
    nothing.keep(state(), "key", b"x")
    assert (nothing.find(state(), "key"), nothing.held) == (None, 0)


async def test_what_is_over_is_forgotten_though_nobody_asks():
    answers = KeptAnswers(100, 0.05)
    answers.keep(state(), "key", b"answer")
    answers.keep(state(position=2), "key", b"newer")
    await asyncio.sleep(0.15)
    assert answers.held == 0
    answers.keep(state(position=2), "key", b"again")
    assert answers.find(state(position=2), "key") == b"again"


# --- at the edge


async def hello(edge: Edge, query: str = "query ($n: String!) { hello(name: $n) }", **more: object) -> httpx.Response:
    body = {"query": query, "variables": {"n": "Ada"}, **more}
    async with edge.client() as client:
        return await client.post("/graphql", json=body, headers={"Accept": NEW})


def asked(edge: Edge) -> int:
    """How often a resolver has answered."""
    return len(edge.context["names"])


async def test_a_query_is_answered_once_until_something_changes():
    edge = Edge(kept_bytes=10_000)
    first, second = await hello(edge), await hello(edge)
    assert (first.content, asked(edge)) == (second.content, 1)
    assert first.headers["ratelimit"] != second.headers["ratelimit"]
    await hello(edge, variables={"n": "Eva"})
    assert asked(edge) == 2
    await hello(edge, query="query Other($n: String!) { hello(name: $n) }")
    assert asked(edge) == 3
    two = "query A($n: String!) { hello(name: $n) } query B($n: String!) { other: hello(name: $n) }"
    assert (await hello(edge, query=two, operationName="A")).json()["data"] == {"hello": "hello Ada"}
    assert (await hello(edge, query=two, operationName="B")).json()["data"] == {"other": "hello Ada"}
    edge.viewer = "person_2"
    await hello(edge)
    assert asked(edge) == 6
    edge.state = state(position=8)
    await hello(edge)
    assert asked(edge) == 7


async def test_what_is_no_answer_of_the_log_alone_is_not_kept():
    edge = Edge(kept_bytes=10_000)
    edge.reads_the_log_alone = False
    for number in (1, 2):
        await hello(edge)
        assert asked(edge) == number
    edge.reads_the_log_alone = True
    for number in (3, 4):
        failed = await hello(edge, query='query ($n: String!) { hello(name: $n) fail(how: "moment") }')
        assert failed.json()["errors"]
        assert asked(edge) == number
    for _ in range(2):
        await hello(edge, query='mutation { change(to: "x") }', variables={})
    assert edge.context["changes"] == ["x", "x"]


async def test_a_kept_answer_has_the_tag_of_the_first():
    edge = Edge(kept_bytes=10_000)
    async with edge.client() as client:
        address, headers = "/graphql?query={hello}", {"Accept": NEW}
        first, second = await client.get(address, headers=headers), await client.get(address, headers=headers)
        assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
        unchanged = await client.get(address, headers={**headers, "If-None-Match": first.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert asked(edge) == 1


async def test_what_several_ask_for_at_the_same_time_is_made_once():
    edge = Edge(kept_bytes=10_000)
    query = "query ($n: String!) { wait(seconds: 0.05) hello(name: $n) }"
    answered = await asyncio.gather(*(hello(edge, query=query) for _ in range(5)))
    assert len({each.content for each in answered}) == 1
    assert asked(edge) == 1


async def test_nobody_waits_in_vain_for_what_comes_to_nothing():
    edge = Edge(kept_bytes=10_000)
    # The first fails, and what is none to keep is made for each.
    failing = 'query ($n: String!) { wait(seconds: 0.05) hello(name: $n) fail(how: "moment") }'
    answered = await asyncio.gather(*(hello(edge, query=failing) for _ in range(3)))
    assert [len(each.json()["errors"]) for each in answered] == [1, 1, 1]
    assert asked(edge) == 3
    # The first is given up: whoever waits for it makes it.
    first = asyncio.create_task(hello(edge, query="query ($n: String!) { wait(seconds: 0.1) hello(name: $n) }"))
    await asyncio.sleep(0.03)
    second = asyncio.create_task(hello(edge, query="query ($n: String!) { wait(seconds: 0.1) hello(name: $n) }"))
    await asyncio.sleep(0.03)
    first.cancel()
    assert (await second).json()["data"] == {"wait": "waited", "hello": "hello Ada"}
