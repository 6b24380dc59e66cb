"""Why any progress is what it is: by its parts or by its formula, with the events behind it, at any moment."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from events.person import Role
from tests.support.client import Client
from tests.support.operations import Company, Content
from tests.support.organization import ExampleOrganization
from tests.support.past import (
    ADDED,
    CHECKED_IN,
    CORRECTED,
    RETRACTED,
    Past,
    added,
    check_in,
    close,
    command,
    correct,
    moment,
    when,
)
from tests.support.past import retract as retracted

PARTS = "{ partCount weight share progress contribution part { title } event { type recordedAt } }"
CYCLE = (
    "query ($id: ID!, $asOf: MomentInput, $first: Int) { cycle(id: $id, asOf: $asOf) { progress breakdown(first: $first) %s } }"
)
TEAM = """
query ($id: ID!, $in: ID!, $asOf: MomentInput, $first: Int) {
  team(id: $id, asOf: $asOf) { progress(cycleId: $in) breakdown(cycleId: $in, first: $first) %s }
}
"""
ORGANIZATION = """
query ($asOf: MomentInput, $first: Int) {
  organization(asOf: $asOf) { progressCurve(resolution: STEP) { points { progress } } breakdown(first: $first) %s }
}
"""
KEY_RESULT = """
query ($id: ID!, $asOf: MomentInput) {
  keyResult(id: $id, asOf: $asOf) {
    progress rawProgress
    progressExplanation {
      formula metric { kind start target low high current stages { weight done } } checkIn { value }
      metricEvent { type recordedAt } valueEvent { type recordedAt } event { type recordedAt }
    }
  }
}
"""


@pytest.fixture
def quarter(past: Past) -> Past:
    """In q3, growth (6 of 10), calls of the team Inside below Sales (1 of 10); uncounted a cancelled, an empty, a draft."""
    past.act("06-24 09:00", command("team.create", key="inside", name="Inside", parent="sales"))
    past.objective("07-01 08:00", "growth", added("replies"))
    past.objective("07-01 10:00", "calls", added("rings"), team="inside")
    past.objective("07-01 12:00", "given up", added("letters"))
    past.objective("07-01 14:00", "bare")
    past.act("07-01 16:00", command("objective.create", key="draft", cycle="q3", title="Draft", team="sales", owner="ada"))
    past.act("07-05 12:00", check_in("first", "replies", 6))
    past.act("07-05 12:01", check_in("second", "rings", 1))
    past.act("07-05 12:02", check_in("third", "letters", 9))
    past.act("07-06 12:00", command("objective.cancel", objective="given up"))
    return past


async def parts_of(past: Past, query: str, *path: str, **variables: Any) -> tuple[float | None, list[tuple[Any, ...]]]:
    """Answer a progress and its parts: title, how many, weight, share, progress, contribution, event and when."""
    data: Content = await past.run(query % PARTS, **variables)
    (whole,) = data.values()
    points = whole["progressCurve"]["points"] if "progressCurve" in whole else [whole]
    assert sum(Decimal(repr(part["contribution"])) for part in whole["breakdown"]) == Decimal(repr(points[-1]["progress"]))
    return points[-1]["progress"], [
        (
            part["part"] and part["part"]["title"],
            part["partCount"],
            part["weight"],
            part["share"],
            part["progress"],
            part["contribution"],
            *((part["event"]["type"], when(part["event"]["recordedAt"])) if part["event"] else (None, None)),
        )
        for part in whole["breakdown"]
    ]


GROWTH = ("Growth", 1, 1, 0.5, 0.6, 0.3, CHECKED_IN, "07-05 12:00")
CALLS = ("Calls", 1, 1, 0.5, 0.1, 0.05, CHECKED_IN, "07-05 12:01")


async def test_the_progress_of_a_cycle_is_that_of_the_objectives_that_count(quarter: Past) -> None:
    (cycle_id,) = await quarter.ids("q3")
    assert await parts_of(quarter, CYCLE, id=cycle_id) == (0.35, [GROWTH, CALLS])
    # The day before, one more was active.
    third = 0.333333333333
    assert await parts_of(quarter, CYCLE, id=cycle_id, asOf=moment("07-06 00:00")) == (
        0.533333333333,
        [
            ("Given up", 1, 1, third, 0.9, 0.3, CHECKED_IN, "07-05 12:02"),
            ("Growth", 1, 1, third, 0.6, 0.2, CHECKED_IN, "07-05 12:00"),
            ("Calls", 1, 1, third, 0.1, 0.033333333333, CHECKED_IN, "07-05 12:01"),
        ],
    )
    assert (await parts_of(quarter, CYCLE, id=cycle_id, asOf=moment("07-01 09:30")))[1] == [
        ("Growth", 1, 1, 1, 0, 0, ADDED, "07-01 08:00")
    ]


async def test_what_is_left_of_a_long_list_is_one_more(quarter: Past) -> None:
    (cycle_id,) = await quarter.ids("q3")
    third, then = 0.333333333333, moment("07-06 00:00")
    given_up = ("Given up", 1, 1, third, 0.9, 0.3, CHECKED_IN, "07-05 12:02")
    left = (None, 2, 2, 0.666666666667, 0.35, 0.233333333333, None, None)
    assert await parts_of(quarter, CYCLE, id=cycle_id, first=1, asOf=then) == (0.533333333333, [given_up, left])
    # One part alone is no rest.
    assert len((await parts_of(quarter, CYCLE, id=cycle_id, first=2, asOf=then))[1]) == 3
    assert await parts_of(quarter, CYCLE, id=cycle_id, first=1) == (0.35, [GROWTH, CALLS])
    assert await parts_of(quarter, CYCLE, id=cycle_id, first=0) == (0.35, [(None, 2, 2, 1, 0.35, 0.35, None, None)])
    client = quarter.client
    for first, code in ((101, "PAGE_TOO_LARGE"), (-1, "ARGUMENT_INVALID")):
        assert await client.codes(CYCLE % PARTS, {"id": cycle_id, "first": first}) == [code]


async def test_a_team_and_the_organization_are_explained_alike(quarter: Past) -> None:
    sales, inside, cycle_id = await quarter.ids("sales", "inside", "q3")
    assert await parts_of(quarter, TEAM, **{"id": sales, "in": cycle_id}) == (0.35, [GROWTH, CALLS])
    assert await parts_of(quarter, TEAM, **{"id": inside, "in": cycle_id}) == (
        0.1,
        [("Calls", 1, 1, 1, 0.1, 0.1, CHECKED_IN, "07-05 12:01")],
    )
    assert await parts_of(quarter, ORGANIZATION) == (0.35, [GROWTH, CALLS])
    assert (await parts_of(quarter, ORGANIZATION, first=0))[1] == [(None, 2, 2, 1, 0.35, 0.35, None, None)]
    nothing = (await quarter.run(TEAM % PARTS, **{"id": sales, "in": sales}))["team"]
    assert nothing == {"progress": None, "breakdown": []}
    # A closed cycle keeps the tree that it was sealed with, in the number and in its parts.
    quarter.act("10-01 12:00", close("growth"), close("calls"), close("bare", 0))
    quarter.act("10-02 12:00", command("cycle.review", cycle="q3"), command("cycle.close", cycle="q3"))
    quarter.act("10-03 12:00", command("team.update", team="inside", parent=None))
    assert await parts_of(quarter, TEAM, **{"id": sales, "in": cycle_id}) == (0.35, [GROWTH, CALLS])


async def test_of_more_than_a_hundred_children_the_rest_are_told_together(past: Past) -> None:
    past.act("07-01 08:00", command("objective.create", key="all", cycle="q3", title="All", driver="CHILDREN"))
    for number in range(102):
        metric = {"kind": "ESTIMATED"}
        key = f"{number:03}"
        past.act(
            "07-01 09:00",
            command("objective.create", key=key, cycle="q3", title=f"Child {key}", parents=["all"]),
            command("key_result.add", key=f"of {key}", objective=key, title="Done", metric=metric),
            command("objective.activate", objective=key),
            check_in(f"check {key}", f"of {key}", str(Decimal(number) / 1000)),
        )
    progress, parts = await past.parts("all")
    assert (progress, len(parts)) == (0.0505, 101)
    assert [part[0] for part in parts[:2]] == ["Child 101", "Child 100"]
    assert parts[-1] == (None, 2, 0.019607843137, 0.0005, 0.000009803922, None, None)
    assert sum(Decimal(repr(part[4])) for part in parts) == Decimal("0.0505")


async def test_parts_out_of_sight_count_without_a_name(
    client: Client, organization: ExampleOrganization, as_role: Callable[[Role], Client]
) -> None:
    company = Company(client)
    cycle_id = await company.cycle()
    shown, hidden = [
        await company.objective(cycle_id, title=title, visibility=visibility)
        for title, visibility in (("Shown", "ORGANIZATION"), ("Hidden", "PRIVATE"))
    ]
    for objective, value in ((shown, "2"), (hidden, "9")):
        part = objective["keyResults"][0]["id"]
        await company.do("key_result_check_in", keyResultId=part, value=value, status="ON_TRACK")
    query = "query ($id: ID!) { cycle(id: $id) { progress breakdown { contribution part { title } event { type } } } }"
    read = [(await each.run(query, {"id": cycle_id}))["cycle"] for each in (client, as_role(Role.MEMBER))]
    assert [each["progress"] for each in read] == [0.55, 0.55]
    assert read[0]["breakdown"] == [
        {"contribution": 0.45, "part": {"title": "Hidden"}, "event": {"type": CHECKED_IN}},
        {"contribution": 0.1, "part": {"title": "Shown"}, "event": {"type": CHECKED_IN}},
    ]
    assert read[1]["breakdown"] == [{"contribution": 0.45, "part": None, "event": None}, read[0]["breakdown"][1]]


# --- what an ending froze


async def test_an_ending_froze_what_counted_before_it_whatever_else_the_act_did(quarter: Past) -> None:
    quarter.act("07-08 08:00", command("objective.create", key="above", cycle="q3", title="Above", driver="CHILDREN"))
    quarter.act("07-08 09:00", command("objective.activate", objective="above"))
    for key in ("growth", "calls"):
        quarter.act("07-08 10:00", command("objective.align", objective=key, parent="above"))
    quarter.act(
        "07-09 12:00",
        check_in("fourth", "replies", 8),
        close("above"),
        check_in("fifth", "replies", 10),
        command("objective.cancel", objective="calls"),
    )
    closed = [("Growth", 1, 0.5, 0.8, 0.4, CHECKED_IN, "07-09 12:00"), ("Calls", 1, 0.5, 0.1, 0.05, CHECKED_IN, "07-05 12:01")]
    assert await quarter.parts("above") == (0.45, closed)
    assert (await quarter.card("above"))["score"] == 0.45
    assert (await quarter.card("growth"))["progress"] == 1
    # The check-in named is the one before the closing, not the one after it.
    query = (
        "query ($id: ID!) { objective(id: $id) { breakdown { part { title } event { changes { field after { text } } } } } }"
    )
    parts = (await quarter.run(query, id=(await quarter.ids("above"))[0]))["objective"]["breakdown"]
    values = [change["after"]["text"] for change in parts[0]["event"]["changes"] if change["field"] == "value"]
    assert (parts[0]["part"]["title"], values) == ("Growth", ["8 PERCENT"])
    # Reopened, checked in and closed again in one act, it is the second closing that counts.
    quarter.act("07-10 12:00", command("objective.reopen", objective="above"), check_in("sixth", "replies", 5), close("above"))
    assert await quarter.parts("above") == (0.5, [("Growth", 1, 1, 0.5, 0.5, CHECKED_IN, "07-10 12:00")])
    assert await quarter.parts("above", "07-10 00:00") == (0.45, closed)


# --- key results


async def explained(past: Past, key: str, as_of: str | None = None) -> Content:
    """Answer the explanation of a key result, its events as type and time."""
    (key_result_id,) = await past.ids(key)
    found = (await past.run(KEY_RESULT, id=key_result_id, asOf=moment(as_of)))["keyResult"]
    explanation = found["progressExplanation"]
    events = {
        name: explanation[name] and (explanation[name]["type"], when(explanation[name]["recordedAt"]))
        for name in ("metricEvent", "valueEvent", "event")
    }
    metric = {name: value for name, value in explanation["metric"].items() if value not in (None, [])}
    value = explanation["checkIn"] and explanation["checkIn"]["value"]
    return {"progress": found["progress"], "formula": explanation["formula"], **metric, "checkIn": value, **events}


async def test_a_number_names_what_made_its_metric_its_value_and_itself(past: Past) -> None:
    past.objective("07-01 08:00", "growth", added("replies"))
    past.act("07-05 12:00", check_in("first", "replies", 4))
    past.act("07-06 12:00", check_in("second", "replies", 6))
    past.act("07-07 12:00", command("key_result.retarget", key_result="replies", target=8))
    past.act("07-08 12:00", correct("second", comment="as counted"))
    past.act("07-09 12:00", command("key_result.update", key_result="replies", title="Replies in an hour", weight=2))
    past.act("07-10 12:00", correct("second", value=5))
    past.act("07-11 12:00", retracted("second"))
    past.act("07-12 12:00", retracted("first"))
    past.act("07-13 12:00", command("key_result.retarget", key_result="replies", start=1))
    levels = {"kind": "INCREASE", "formula": "LINEAR", "start": "0"}
    made = (ADDED, "07-01 08:00")
    begin = {**levels, "target": "10", "current": "0", "progress": 0, "checkIn": None}
    assert await explained(past, "replies", "07-05 00:00") == {**begin, "metricEvent": made, "valueEvent": made, "event": made}
    first = (CHECKED_IN, "07-05 12:00")
    assert await explained(past, "replies", "07-06 00:00") == {
        **levels,
        "target": "10",
        "current": "4",
        "progress": 0.4,
        "checkIn": "4",
        "metricEvent": made,
        "valueEvent": first,
        "event": first,
    }
    retargeted, second = ("KEY_RESULT_RETARGETED", "07-07 12:00"), (CHECKED_IN, "07-06 12:00")
    eased = {**levels, "target": "8", "metricEvent": retargeted}
    # Neither another wording nor another weight made the value, or the number, what it is.
    for as_of in ("07-08 00:00", "07-10 00:00"):
        assert await explained(past, "replies", as_of) == {
            **eased,
            "current": "6",
            "progress": 0.75,
            "checkIn": "6",
            "valueEvent": second,
            "event": retargeted,
        }
    corrected = (CORRECTED, "07-10 12:00")
    assert await explained(past, "replies", "07-11 00:00") == {
        **eased,
        "current": "5",
        "progress": 0.625,
        "checkIn": "5",
        "valueEvent": corrected,
        "event": corrected,
    }
    back = (RETRACTED, "07-11 12:00")
    assert await explained(past, "replies", "07-12 00:00") == {
        **eased,
        "current": "4",
        "progress": 0.5,
        "checkIn": "4",
        "valueEvent": back,
        "event": back,
    }
    gone, moved = (RETRACTED, "07-12 12:00"), ("KEY_RESULT_RETARGETED", "07-13 12:00")
    assert await explained(past, "replies", "07-13 00:00") == {
        **eased,
        "current": "0",
        "progress": 0,
        "checkIn": None,
        "valueEvent": gone,
        "event": gone,
    }
    # The start moved and stands for the value; the progress is 0 as before.
    assert await explained(past, "replies") == {
        **eased,
        "start": "1",
        "current": "1",
        "progress": 0,
        "checkIn": None,
        "metricEvent": moved,
        "valueEvent": moved,
        "event": gone,
    }


KINDS: list[tuple[Content, Content, Content]] = [
    ({"kind": "DECREASE", "start": 10, "target": 0}, {"value": 4}, {"formula": "LINEAR", "progress": 0.6}),
    ({"kind": "AT_LEAST", "target": 50}, {"value": 60}, {"formula": "HELD", "progress": 1}),
    ({"kind": "AT_LEAST", "target": 50}, {"value": 20}, {"formula": "RATIO", "progress": 0.4}),
    ({"kind": "AT_MOST", "target": 0}, {"value": 3}, {"formula": "ZERO", "progress": 0}),
    ({"kind": "RANGE", "low": 4, "high": 8}, {"value": 9}, {"formula": "DISTANCE", "progress": 0.75}),
    ({"kind": "BINARY"}, {"value": 1}, {"formula": "STATED", "progress": 1}),
    ({"kind": "ESTIMATED"}, {"value": "0.3"}, {"formula": "STATED", "progress": 0.3}),
    ({"kind": "UNDECIDED"}, {}, {"formula": "NONE", "progress": None, "event": None}),
    (
        {"kind": "MILESTONE", "stages": [{"key": "plan", "title": "Plan"}, {"key": "ship", "title": "Ship", "weight": "3"}]},
        {"done_stages": ["ship"]},
        {"formula": "STAGES", "progress": 0.75, "stages": [{"weight": 1, "done": False}, {"weight": 3, "done": True}]},
    ),
]


async def test_every_kind_of_metric_names_its_formula(past: Past) -> None:
    keys = [f"part {number}" for number in range(len(KINDS))]
    parts = [{"key": key, "title": key, "metric": metric} for key, (metric, _, _) in zip(keys, KINDS, strict=True)]
    past.objective("07-01 08:00", "growth", *parts)
    several = [
        command("check_in.record", key=f"of {key}", key_result=key, status="ON_TRACK", **measured)
        for key, (_, measured, _) in zip(keys, KINDS, strict=True)
    ]
    past.act("07-05 12:00", *several)
    for key, (metric, _, expected) in zip(keys, KINDS, strict=True):
        found = await explained(past, key)
        event = (CHECKED_IN, "07-05 12:00")
        wanted = {
            "kind": metric["kind"],
            "metricEvent": (ADDED, "07-01 08:00"),
            "valueEvent": event,
            "event": event,
            **expected,
        }
        if metric["kind"] == "AT_MOST":
            # Nothing it could be compared with: 0 as it was without a value.
            wanted["event"] = (ADDED, "07-01 08:00")
        assert {name: found[name] for name in wanted} == wanted, key
