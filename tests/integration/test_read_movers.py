"""Which event of an act made a step: the one that moved the thing, and not the last."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest_asyncio

from events.check_in import CheckInStatus, RecordCheckIn
from events.cycle import CreateCycle
from events.key_result import UpdateKeyResult
from projections import breakdown, recorded
from projections.statement import fetch
from tests.support.curves import day, growing_company
from tests.support.reading import Company


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with growing_company(database_url) as company:
        yield company


def recording(check_in_id: str, key_result_id: str, value: int) -> RecordCheckIn:
    return RecordCheckIn(
        check_in_id=check_in_id, key_result_id=key_result_id, value=Decimal(value), status=CheckInStatus.ON_TRACK
    )


async def test_a_cycle_names_the_event_of_its_own_in_an_act_that_moved_others(company: Company) -> None:
    await company.do(CreateCycle(cycle_id="q4", name="Q4", starts_on=day(1).date()))
    await company.objective("calls", ["rings"], cycle_id="q4")
    on_track = {"status": CheckInStatus.ON_TRACK, "value": Decimal(5)}
    done = await company.do(
        RecordCheckIn(check_in_id="ours", key_result_id="replies", **on_track),
        RecordCheckIn(check_in_id="theirs", key_result_id="rings", **on_track),
    )
    ours, theirs = (recorded_.position for _, recorded_ in done.events)
    keys = [(theirs, "q3", False), (theirs, "q4", False), (theirs, "growth", False)]
    movers = await recorded.movers(await company.reader(), keys)
    assert [movers[each] for each in keys] == [ours, theirs, ours]


async def test_each_step_names_the_event_about_its_thing_and_not_the_last_of_the_act(company: Company) -> None:
    await company.objective("calls", ["rings"])
    first = await company.do(
        recording("first", "replies", 3),
        recording("second", "rings", 5),
        UpdateKeyResult(key_result_id="rings", title="Calls"),
    )
    positions = {event.key_result_id: known.position for event, known in first.events if hasattr(event, "check_in_id")}
    reader, lens = await company.reader(), await company.now()
    end = first.last_position
    assert end is not None
    wanted = [(end, thing_id, False) for thing_id in ("replies", "growth", "rings", "calls", "")]
    assert await recorded.movers(reader, wanted) == dict(
        zip(wanted, [positions[each] for each in ("replies", "replies", "rings", "rings", "rings")], strict=True)
    )
    parts = await breakdown.of_objectives(reader, lens, ["growth", "calls"])
    made = {part.part_id: part.number_position for several in parts.values() for part in several}
    assert made == {"replies": end, "rings": end}


async def test_of_an_act_the_event_that_moved_the_progress_is_named_whatever_came_after_it(company: Company) -> None:
    late = recording("late", "replies", 2)
    act = await company.do(
        recording("first", "replies", 3),
        replace(late, effective_at=company.at - timedelta(hours=1)),
        UpdateKeyResult(key_result_id="replies", weight=Decimal(3)),
    )
    assert act.first_position is not None
    assert act.last_position is not None
    first, late_position, end = act.first_position, act.first_position + 1, act.last_position
    reader = await company.reader()
    wanted = [
        (end, "replies", False),
        (end, "growth", False),
        (late_position, "replies", True),
        (late_position, "replies", False),
    ]
    assert await recorded.movers(reader, wanted) == dict(zip(wanted, [first, first, late_position, first], strict=True))
    assert await moved_since(company, first) == [(first, ["replies", "growth"]), (late_position, []), (end, [])]


async def test_what_the_only_event_of_an_act_moved_needs_no_saying(company: Company) -> None:
    act = await company.do(recording("first", "replies", 3))
    assert act.first_position is not None
    assert await moved_since(company, act.first_position) == [(act.first_position, None)]


async def moved_since(company: Company, position: int) -> list[tuple[int, list[str] | None]]:
    """Answer what the events from a position on are said to have moved."""
    moved = """select s.position, s.moved_ids from {projection}.event_subject s
        where s.organization_id = :organization and s.position >= :first order by s.position"""
    rows = await fetch(await company.reader(), await company.now(), moved, first=position)
    return [(row["position"], row["moved_ids"]) for row in rows]
