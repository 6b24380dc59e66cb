"""What an actor may ask for in a stretch of time."""

import re

from tests.support.edge import Edge, code, only_error, sent


async def test_what_an_actor_asks_for_is_bounded_and_told():
    edge = Edge(budget=2_000)
    first = await sent(edge, query="{ hello }")
    assert first.headers["ratelimit-policy"] == '"cost";q=2000;w=60'
    assert re.fullmatch(r'"cost";r=1999;t=\d+', first.headers["ratelimit"])
    for _ in range(3):
        answered = await sent(edge, query="{ __schema { types { name } } }")
    before = edge.context["names"].copy()
    many = "{" + " ".join(f"a{number}: hello" for number in range(20)) + "}"
    while answered.status_code == 200:
        answered = await sent(edge, query=many)
    assert (answered.status_code, code(answered)) == (429, "RATE_LIMITED")
    assert 1 <= int(answered.headers["retry-after"]) <= 120
    told = only_error(answered)["extensions"]
    assert (told["limit"], told["actual"], told["remaining"] < 20) == (2_000, 20, True)
    assert len(edge.context["names"]) % 20 == len(before) % 20  # the one that was refused was not carried out
