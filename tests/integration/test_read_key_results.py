"""Key results and their check-ins as of a lens."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest_asyncio

from events.check_in import CheckInStatus, CorrectCheckIn, RetractCheckIn
from events.health import Status, newest, silence_of, status_shown
from events.key_result import DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind, Stage
from events.objective import CancelObjective, UpdateObjective, Visibility
from projections import check_ins, key_results
from projections.condition import Compare, Condition, Operator, Related
from projections.kept_rows import KeptRows
from projections.page import Order, Window
from tests.support.reading import REPLY_RATE, Company, added, company_in

EVERYTHING = Window(first=100)


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        yield company


@pytest_asyncio.fixture
async def varied(company: Company) -> Company:
    """Objectives growth, draft and ended with key results that differ in everything asked for below."""
    await company.objective("growth", ["replies", "calls", "dropped", "silent"], owner_id="max")
    await company.objective("draft", ["planned"], is_draft=True)
    await company.objective("ended", ["past"])
    await company.do(UpdateKeyResult(key_result_id="replies", priority=2, due_on=date(2024, 9, 1), owner_id="eva"))
    await company.do(UpdateKeyResult(key_result_id="silent", priority=1))
    await company.do(DropKeyResult(key_result_id="dropped"))
    await company.do(CancelObjective(objective_id="ended"))
    await company.check_in("one", "replies", 5, confidence=0.5, status=CheckInStatus.OFF_TRACK)
    await company.check_in("two", "calls", 3)
    return company


async def test_a_key_result_is_read_with_its_number_and_both_metrics(varied: Company):
    act = await varied.do(RetargetKeyResult(key_result_id="replies", target=Decimal(20)))
    row = (await key_results.by_ids(await varied.reader(), await varied.now(), ["replies"]))["replies"]
    assert row.original == REPLY_RATE
    assert row.metric == replace(REPLY_RATE, target=Decimal(20))
    assert (row.progress, row.current, row.confidence, row.check_in_count) == (0.25, Decimal(5), 0.5, 1)
    assert (row.last_check_in_id, row.owner_id, row.due_on) == ("one", "eva", date(2024, 9, 1))
    assert (row.number_position, row.cycle_id) == (act.last_position, "q3")


async def test_key_results_of_objectives_come_by_priority_then_as_added(varied: Company):
    reader, lens = replace(await varied.reader(), kept=KeptRows(1_000)), await varied.now()
    # Which versions hold is always asked for; what they say only the first time.
    for statements in (2, 1):
        varied.statements.clear()
        found = await key_results.of_objectives(reader, lens, ["growth", "draft", "nothing"])
        assert len(varied.statements) == statements
    assert {key: [row.id for row in rows] for key, rows in found.items()} == {
        "growth": ["silent", "replies", "calls"],
        "draft": ["planned"],
        "nothing": [],
    }
    found = await key_results.of_objectives(reader, lens, ["growth"], include_dropped=True)
    assert [row.id for row in found["growth"]] == ["silent", "replies", "calls", "dropped"]


async def test_conditions_and_orders(varied: Company):
    reader, lens = await varied.reader(), await varied.now()
    conditions: tuple[tuple[Condition, list[str]], ...] = (
        (Compare("kind", Operator.EQUAL, MetricKind.INCREASE), ["replies", "calls", "silent", "planned", "past", "dropped"]),
        (Compare("dropped_at", Operator.IS_NULL, value=False), ["dropped"]),
        (Compare("progress", Operator.GREATER, 0.2), ["replies", "calls"]),
        (Compare("due_on", Operator.LESS, date(2024, 9, 2)), ["replies"]),
        (Compare("title", Operator.CONTAINS_IGNORE_CASE, "ALL"), ["calls"]),
        (Related("owner", Compare("name", Operator.EQUAL, "Eva")), ["replies"]),
        (
            Related("objective", Related("owner", Compare("id", Operator.EQUAL, "max"))),
            ["replies", "calls", "silent", "dropped"],
        ),
        (Related("objective", Compare("state", Operator.EQUAL, "DRAFT")), ["planned"]),
    )
    for condition, expected in conditions:
        page = await key_results.page(reader, lens, EVERYTHING, condition)
        assert {row.id for row in page.rows} == set(expected), condition
        assert await key_results.count(reader, lens, condition) == len(expected)
    for order, first in (
        (Order(field="due_on"), "replies"),
        (Order(field="progress", is_descending=True), "replies"),
        (Order(field="confidence"), "replies"),
        (Order(field="title"), "calls"),
        (Order(field="priority"), "silent"),
    ):
        page = await key_results.page(reader, lens, EVERYTHING, orders=[order])
        assert page.rows[0].id == first, order


async def test_the_status_is_the_same_in_conditions_as_where_it_is_shown(varied: Company):
    reader, now = await varied.reader(), await varied.now()
    for later in (timedelta(0), timedelta(days=10, minutes=-1), timedelta(days=11)):
        lens = replace(now, instant=now.instant + later)
        rows = (await key_results.page(reader, lens, EVERYTHING)).rows
        shown = {
            row.id: status_shown(
                state=row.objective_state,
                is_dropped=row.dropped_at is not None,
                reported=row.reported_status,
                stale_since=newest(row.checked_in_at, row.live_at),
                silent_before=silence_of(lens.instant, cadence_days=7, grace_days=3),
            )
            for row in rows
        }
        for status in Status:
            page = await key_results.page(reader, lens, EVERYTHING, Compare("status", Operator.EQUAL, status))
            assert {row.id for row in page.rows} == {each for each, value in shown.items() if value is status}
        if not later:
            assert shown == {
                "replies": Status.OFF_TRACK,
                "calls": Status.ON_TRACK,
                "silent": Status.PENDING,
                "planned": Status.PENDING,
                "dropped": Status.CLOSED,
                "past": Status.CLOSED,
            }
    assert (shown["silent"], shown["replies"], shown["planned"]) == (Status.OUTDATED, Status.OUTDATED, Status.PENDING)


# --- check-ins


async def test_check_ins_come_newest_by_effective_time_first_retracted_ones_included(company: Company):
    await company.objective("growth", ["replies", "calls"])
    await company.check_in("early", "replies", 1)
    early = company.at
    await company.check_in("late", "replies", 3)
    await company.check_in("belated", "replies", 2, effective_at=early + timedelta(seconds=1))
    await company.check_in("elsewhere", "calls", 2)
    await company.do(RetractCheckIn(check_in_id="late"))
    reader, lens = await company.reader(), await company.now()
    found = await check_ins.pages_of_key_results(reader, lens, ["replies", "calls", "none"], window=Window(first=2))
    assert {key: [row.id for row in page.rows] for key, page in found.items()} == {
        "replies": ["late", "belated"],
        "calls": ["elsewhere"],
        "none": [],
    }
    assert found["replies"].has_next is True
    assert await check_ins.counts_of_key_results(reader, lens, ["replies", "calls"]) == {"replies": 3, "calls": 1}
    after = Window(first=2, after=found["replies"].keys[-1])
    rest = (await check_ins.pages_of_key_results(reader, lens, ["replies"], window=after))["replies"]
    assert ([row.id for row in rest.rows], rest.has_next, rest.has_previous) == (["early"], False, True)
    by_recording = [Order(field="recorded_at")]
    found = await check_ins.pages_of_key_results(reader, lens, ["replies"], window=EVERYTHING, orders=by_recording)
    assert [row.id for row in found["replies"].rows] == ["early", "late", "belated"]
    assert found["replies"].rows[1].retracted_at == company.at
    current = (await key_results.by_ids(reader, lens, ["replies"]))["replies"]
    assert (current.last_check_in_id, current.check_in_count) == ("belated", 2)


async def test_every_wording_stays_with_its_author(company: Company):
    await company.objective("growth", ["replies"])
    first = await company.check_in("one", "replies", 5, comment="typed too fast")
    then = await company.now()
    second = await company.do(CorrectCheckIn(check_in_id="one", value=Decimal(4)), by="max")
    third = await company.do(CorrectCheckIn(check_in_id="one", value=Decimal(5)), by="eva")
    reader, lens = await company.reader(), await company.now()
    found = (await check_ins.revisions(reader, lens, ["one", "none"]))["one"]
    assert [(each.value, each.author_id, each.position) for each in found] == [
        (Decimal(5), "ada", first.last_position),
        (Decimal(4), "max", second.last_position),
        (Decimal(5), "eva", third.last_position),
    ]
    row = (await check_ins.by_ids(reader, lens, ["one"]))["one"]
    assert (row.author_id, row.value, row.corrected_at, row.position) == ("ada", Decimal(5), company.at, first.last_position)
    assert (row.progress_before, row.progress_after) == (0.0, 0.5)
    assert len((await check_ins.revisions(reader, then, ["one"]))["one"]) == 1


async def test_stages_done_are_read_back(company: Company):
    stages = (Stage(stage_id="s1", title="One"), Stage(stage_id="s2", title="Two", weight=Decimal(3)))
    await company.objective("growth")
    await company.do(added("steps", "growth", metric=Metric(kind=MetricKind.MILESTONE, stages=stages)))
    await company.check_in("one", "steps", None, done_stage_ids=frozenset({"s2"}))
    reader, lens = await company.reader(), await company.now()
    row = (await key_results.by_ids(reader, lens, ["steps"]))["steps"]
    assert (row.done_stage_ids, row.progress, row.current) == (frozenset({"s2"}), 0.75, None)
    assert (await check_ins.by_ids(reader, lens, ["one"]))["one"].done_stage_ids == frozenset({"s2"})


async def test_check_ins_of_what_is_out_of_sight_are_out_of_sight(company: Company):
    await company.objective("growth", ["replies"], visibility=Visibility.PRIVATE)
    await company.check_in("one", "replies", 5)
    lens = await company.now()
    for person_id, expected in (("eva", 0), ("aud", 1)):
        reader = await company.reader(person_id)
        assert len(await check_ins.by_ids(reader, lens, ["one"])) == expected
        assert await check_ins.count(reader, lens) == expected
        assert len((await check_ins.page(reader, lens, EVERYTHING)).rows) == expected
        found = await check_ins.pages_of_key_results(reader, lens, ["replies"], window=EVERYTHING)
        assert len(found["replies"].rows) == expected
        assert await check_ins.counts_of_key_results(reader, lens, ["replies"]) == {"replies": expected}
        assert len((await check_ins.revisions(reader, lens, ["one"]))["one"]) == expected
    await company.do(UpdateObjective(objective_id="growth", contributor_ids=("eva",)))
    assert len(await check_ins.by_ids(await company.reader("eva"), await company.now(), ["one"])) == 1
