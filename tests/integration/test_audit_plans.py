"""Pages of the audit and the time line cost what they show: their plans walk an index and stop.

The history is that of `test_read_plans.py`, 100,000 events long. Counted are the rows that a plan really reads, with
plans for the very parameters and with the generic ones that a connection may settle on.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from projections import audit, time_line
from projections.condition import Compare, Condition, Every, Operator
from projections.curve import CurveResolution
from projections.event_listing import Source
from projections.lens import Lens
from projections.page import Window
from projections.reader import Grants, Reader
from service.database import Database
from tests.integration.test_read_plans import BIG, HEAD, NOW, filled

PAGE = Window(first=50)
MOST_ROWS = 5_000
"""Of 100,000: a page of 51 events with their subjects and objectives, or 25 stretches, read far fewer."""

PLANS: list[dict[str, Any]] = []


class Measuring(Reader):
    """A reader that runs every statement with both kinds of plan and notes what it did."""

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        text = statement.replace("{projection}", "projection_1")
        async with self.acquire() as connection:
            for mode in ("force_custom_plan", "force_generic_plan"):
                await connection.execute(f"set plan_cache_mode = {mode}")
                explained = await connection.fetchval(f"explain (analyze, timing off, format json) {text}", *arguments)
                PLANS.append(json.loads(explained)[0]["Plan"])
            return await connection.fetch(text, *arguments)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def rows_read(node: dict[str, Any]) -> int:
    """How many rows a node took from a table, those that it threw away included."""
    return int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])


async def test_a_page_reads_no_more_of_a_longer_log(database_url: str):
    organization_id = await filled(database_url)
    async with Database(database_url) as database:
        reader = Measuring(
            organization_id=organization_id,
            generation=1,
            head_position=HEAD,
            grants=Grants(person_id="person_1", member_team_ids=frozenset({"team_1", "team_2"}), sees_everything=False),
            acquire=lambda: database.connection(organization_id),
            open_name=lambda *_: None,
        )
        for position in (HEAD, HEAD // 2):
            lens = Lens(position=position, instant=NOW, is_past=position != HEAD)
            for name, load in pages(reader, lens).items():
                PLANS.clear()
                assert await load(), name
                for plan in PLANS:
                    read = [node for node in nodes(plan) if node.get("Relation Name") in BIG]
                    scanned = [node["Relation Name"] for node in read if node["Node Type"] == "Seq Scan"]
                    assert scanned == [], (name, position, json.dumps(plan, indent=1))
                    assert sum(map(rows_read, read)) <= MOST_ROWS, (name, position, json.dumps(plan, indent=1))


@pytest.mark.parametrize("sees_everything", [True, False])
async def test_counts_decide_once_for_each_objective_and_for_none_where_everything_is_seen(
    database_url: str, *, sees_everything: bool
):
    organization_id = await filled(database_url)
    lens = Lens(position=HEAD, instant=NOW, is_past=False)
    PLANS.clear()
    needed = {"event_thing"} if sees_everything else {"event_thing", "event_subject", "objective"}
    async with Database(database_url) as database:
        reader = Measuring(
            organization_id=organization_id,
            generation=1,
            head_position=HEAD,
            grants=Grants(person_id="person_1", sees_everything=sees_everything),
            acquire=lambda: database.connection(organization_id),
            open_name=lambda *_: None,
        )
        assert await audit.counts_of(reader, lens, Source.THING, ["cycle_7"]) == {"cycle_7": 5_000}
        assert await audit.count(reader, lens, Compare("cycle_id", Operator.EQUAL, "cycle_7")) == 5_000
    counting = [plan for plan in PLANS if any(node.get("Relation Name") == "event_thing" for node in nodes(plan))]
    assert len(counting) == 4
    for plan in counting:
        read = [node for node in nodes(plan) if node.get("Relation Name") in BIG]
        assert {node["Relation Name"] for node in read} == needed, json.dumps(plan, indent=1)
        # The cycle's events are about fifty objectives.
        asked = sum(node["Actual Loops"] for node in read if node["Relation Name"] == "objective")
        assert asked <= 50, json.dumps(plan, indent=1)


def pages(reader: Reader, lens: Lens) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Answer what the audit's screens load."""
    middle = Window(first=50, after=(40_000,))
    later, sooner = NOW - timedelta(days=31) + timedelta(hours=8), NOW - timedelta(days=31) + timedelta(hours=6)

    def log(condition: Condition, window: Window = PAGE) -> Callable[[], Awaitable[Any]]:
        return lambda: audit.page(reader, lens, window, condition)

    def compare(field: str, value: object, operator: Operator = Operator.EQUAL) -> Compare:
        return Compare(field, operator, value)

    def stops(things: list[str] | None) -> Callable[[], Awaitable[Any]]:
        async def load() -> object:
            resolution, zone = CurveResolution.DAY, "Europe/Prague"
            found = await time_line.stretches(reader, lens, resolution, zone=zone, first_weekday=1, thing_ids=things)
            assert found
            return found

        return load

    return {
        "the log": log(Every(())),
        "the middle of the log": log(Every(()), middle),
        "the end of the log": log(Every(()), Window(last=50)),
        "of a type": log(compare("type", "objective.retitled")),
        "of some types": log(compare("type", ("objective.retitled", "team.archived"), Operator.IN)),
        "of an actor": log(compare("actor_id", "person_1")),
        "of a thing": log(compare("subject_id", "objective_7")),
        "of a thing and its parts": log(compare("subject_id_or_part", "key_result_7")),
        "of a cycle": log(compare("cycle_id", "cycle_7")),
        "of a reason": log(compare("reason_code", "CORRECTION")),
        "of a time": log(
            Every((compare("recorded_at", later, Operator.LESS), compare("recorded_at", sooner, Operator.GREATER)))
        ),
        "history with parts": lambda: audit.pages_of(reader, lens, Source.THING, ["objective_7", "cycle_7"], window=PAGE),
        "history": lambda: audit.pages_of(reader, lens, Source.SUBJECT, ["objective_7", "objective_8"], window=middle),
        "stops of the log": stops(None),
        "stops of a cycle": stops(["cycle_7"]),
    }
