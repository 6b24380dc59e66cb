"""Objectives as of a lens: fields, orders, pages, conditions, statuses."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from events.alignment import AlignObjective
from events.check_in import CheckInStatus
from events.cycle import CreateCycle
from events.health import Status, silence_of, status_shown
from events.key_result import DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Checkpoint, Metric, MetricKind
from events.objective import Ambition, CancelObjective, ObjectiveState, ProgressDriver, Visibility
from events.review import CloseObjective, ReviewDecision
from events.team import CreateTeam
from projections import breakdown, objectives
from projections.condition import ALWAYS, Compare, Condition, Either, Every, Negated, Operator, Related
from projections.kept_rows import KeptRows
from projections.keyset import KeyMismatchError
from projections.objectives import ObjectivesOf
from projections.page import Order, Page, Window
from projections.predicate import ConditionLimitError, UnknownFieldError
from projections.rows import ObjectiveRow
from tests.support.reading import Company, company_in
from tests.support.sorting import sorted_as

ORDERS = (
    (),
    (Order(field="priority"),),
    (Order(field="priority"), Order(field="title")),
    (Order(field="priority", is_descending=True),),
    (Order(field="priority", nulls_first=True),),
    (Order(field="priority", is_descending=True, nulls_first=True), Order(field="title")),
    (Order(field="progress"), Order(field="title", is_descending=True)),
    (Order(field="confidence", nulls_first=True), Order(field="progress", is_descending=True)),
    (Order(field="cycle", is_descending=True), Order(field="priority", nulls_first=True)),
    (Order(field="created_at", is_descending=True),),
    (Order(field="updated_at"),),
)


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        yield company


@pytest_asyncio.fixture
async def varied(company: Company) -> Company:
    """Seven objectives that differ in everything that is asked for below."""
    await company.do(CreateTeam(team_id="inside", name="Inside", parent_id="sales"))
    await company.do(CreateCycle(cycle_id="q4", name="Q4 2024", starts_on=date(2024, 10, 1), ends_on=date(2024, 12, 31)))
    await company.objective("alpha", ["a1", "a2"], priority=2, owner_id="max", labels=("Büro", "x"), team_id="sales")
    await company.objective("beta", ["b1"], priority=1, owner_id="eva", labels=("BÜRO west",), team_id="inside")
    await company.objective("gamma", ["g1"], title="ÁRVÍZ 100%_x", ambition=Ambition.COMMITTED)
    await company.objective("delta", ["d1"], priority=2, is_draft=True, owner_id="ada")
    await company.objective("epsilon", [], cycle_id="q4", visibility=Visibility.PRIVATE)
    await company.objective("zeta", ["z1"], priority=3, title="beta")
    await company.objective("eta", ["e1"])
    await company.do(AlignObjective(objective_id="beta", parent_id="alpha"))
    await company.do(AlignObjective(objective_id="zeta", parent_id="a1"))
    await company.do(CancelObjective(objective_id="eta"))
    await company.check_in("one", "a1", 5, confidence=0.5, status=CheckInStatus.AT_RISK)
    await company.check_in("two", "b1", 10, confidence=0.9)
    await company.check_in("three", "z1", -3)
    return company


async def ids(company: Company, condition: Condition, *, later: timedelta = timedelta(0), by: str = "ada") -> set[str]:
    reader, lens = await company.reader(by), await company.now()
    lens = replace(lens, instant=lens.instant + later)
    page = await objectives.page(reader, lens, Window(first=100), condition)
    found = {row.id for row in page.rows}
    assert await objectives.count(reader, lens, condition) == len(found)
    return found


async def test_an_objective_is_read_with_its_number(company: Company):
    await company.objective("growth", ["replies", "calls"], owner_id="max", labels=("Büro",))
    await company.check_in("first", "replies", 5, confidence=0.7)
    found = await objectives.by_ids(await company.reader(), await company.now(), ["growth", "nothing", "growth"])
    assert set(found) == {"growth"}
    row = found["growth"]
    assert (row.title, row.owner_id, row.labels, row.state) == ("Growth", "max", ("Büro",), ObjectiveState.ACTIVE)
    assert (row.progress, row.raw_progress, row.confidence) == (0.25, 0.25, 0.7)
    assert (row.created_by, row.version) == ("ada", 2)
    assert row.number_position > row.from_position


async def test_a_review_is_read_with_its_objective(company: Company):
    await company.objective("growth", ["replies"])
    act = await company.do(
        CloseObjective(
            objective_id="growth", score=Decimal("0.5"), decision=ReviewDecision.KEEP, root_cause="x", explanation="y"
        )
    )
    row = (await objectives.by_ids(await company.reader(), await company.now(), ["growth"]))["growth"]
    assert row.review is not None
    assert (row.review.score, row.review.proposed_score, row.review.decision) == (0.5, 0.0, ReviewDecision.KEEP)
    assert row.review.position == act.last_position


# --- pages


async def whole(company: Company, orders: Sequence[Order]) -> Page[ObjectiveRow]:
    return await objectives.page(await company.reader(), await company.now(), Window(first=100), ALWAYS, orders)


def sorted_in_memory(rows: Sequence[ObjectiveRow], orders: Sequence[Order]) -> list[str]:
    """Sort by the last order first: sorting is stable."""
    fields = {
        "priority": lambda row: row.priority,
        "title": lambda row: sorted_as(row.title),
        "progress": lambda row: row.progress,
        "confidence": lambda row: row.confidence,
        "cycle": lambda row: {"q3": 3, "q4": 4}[row.cycle_id],
        "created_at": lambda row: row.created_at,
        "updated_at": lambda row: row.updated_at,
    }
    ordered = sorted(rows, key=lambda row: row.id)
    for order in reversed(orders or (Order(field="priority"), Order(field="created_at"))):
        value = fields[order.field]
        present = sorted((row for row in ordered if value(row) is not None), key=value, reverse=order.is_descending)
        absent = [row for row in ordered if value(row) is None]
        ordered = [*absent, *present] if order.nulls_first else [*present, *absent]
    return [row.id for row in ordered]


async def test_pages_in_either_direction_hold_every_row_once_in_order(varied: Company):
    reader, lens = await varied.reader(), await varied.now()
    for orders in ORDERS:
        full = await whole(varied, orders)
        in_order = [row.id for row in full.rows]
        assert in_order == sorted_in_memory(full.rows, orders), orders
        assert len(in_order) == 7
        assert (full.has_next, full.has_previous) == (False, False)
        for size in (1, 2, 3, 7):
            forward: list[str] = []
            page = await objectives.page(reader, lens, Window(first=size), ALWAYS, orders)
            while True:
                forward.extend(row.id for row in page.rows)
                assert page.has_previous is (len(forward) > len(page.rows)), (orders, size)
                if not page.has_next:
                    break
                page = await objectives.page(reader, lens, Window(first=size, after=page.keys[-1]), ALWAYS, orders)
            assert forward == in_order, (orders, size)
            backward: list[str] = []
            page = await objectives.page(reader, lens, Window(last=size), ALWAYS, orders)
            while True:
                backward[:0] = [row.id for row in page.rows]
                assert page.has_next is (len(backward) > len(page.rows)), (orders, size)
                if not page.has_previous:
                    break
                page = await objectives.page(reader, lens, Window(last=size, before=page.keys[0]), ALWAYS, orders)
            assert backward == in_order, (orders, size)


async def test_titles_are_sorted_by_their_first_100_characters_in_every_page_of_a_cycle(company: Company):
    # Longer ones than an index would hold, of characters that hardly compress.
    start = "".join(chr(0x4E00 + 37 * number) for number in range(99))
    long = "".join(chr(0x20000 + 7919 * number % 40_000) for number in range(399))
    for objective_id, title in {
        "d": f"{start}b{long}",
        "c": f"{start}a{long}z",
        "b": f"{start}a{long}",
        "a": f"{start}c",
    }.items():
        await company.objective(objective_id, title=title, priority=1)
    orders = (Order(field="priority"), Order(field="title"))
    reader, lens = await company.reader(), await company.now()

    async def page(window: Window) -> Page[ObjectiveRow]:
        found = await objectives.pages_of(reader, lens, ObjectivesOf.CYCLE, ["q3"], window=window, orders=orders)
        return found["q3"]

    forward, backward, window = list[str](), list[str](), Window(first=1)
    while (shown := await page(window)).rows:
        forward += [row.id for row in shown.rows]
        assert len(str(shown.keys[0][1])) == 100
        assert shown.has_previous is (len(forward) > 1)
        window = Window(first=1, after=shown.keys[-1])
    window = Window(last=1)
    while (shown := await page(window)).rows:
        backward += [row.id for row in shown.rows]
        window = Window(last=1, before=shown.keys[0])
    assert forward == backward[::-1] == ["b", "c", "d", "a"]


async def test_a_window_between_two_keys(varied: Company):
    full = await whole(varied, ())
    window = Window(first=100, after=full.keys[1], before=full.keys[4])
    page = await objectives.page(await varied.reader(), await varied.now(), window)
    assert page.rows == full.rows[2:4]
    assert (page.has_next, page.has_previous) == (True, True)


async def test_every_window_of_a_cycle_is_cut_out_of_its_list(varied: Company):
    reader, lens = await varied.reader(), await varied.now()

    async def page(window: Window, orders: Sequence[Order]) -> Page[ObjectiveRow]:
        found = await objectives.pages_of(reader, lens, ObjectivesOf.CYCLE, ["q3", "q4"], window=window, orders=orders)
        assert {row.cycle_id for row in found["q4"].rows} <= {"q4"}
        return found["q3"]

    for orders in ((), (Order(field="priority"), Order(field="title"))):
        full = await page(Window(first=100), orders)
        in_order = [row.id for row in full.rows]
        assert in_order == sorted_in_memory(full.rows, orders)
        assert len(in_order) == 6
        assert [row.priority for row in full.rows] == [1, 2, 2, 3, None, None]
        for begin in range(7):
            for end in range(begin, 7):
                after = full.keys[begin - 1] if begin else None
                before = full.keys[end] if end < 6 else None
                for size in (1, 2, 6):
                    of_first = await page(Window(first=size, after=after, before=before), orders)
                    assert [row.id for row in of_first.rows] == in_order[begin:end][:size], (orders, begin, end, size)
                    assert (of_first.has_previous, of_first.has_next) == (begin > 0, end < 6 or end - begin > size)
                    of_last = await page(Window(last=size, after=after, before=before), orders)
                    assert [row.id for row in of_last.rows] == in_order[begin:end][-size:], (orders, begin, end, size)
                    assert (of_last.has_previous, of_last.has_next) == (begin > 0 or end - begin > size, end < 6)


async def test_an_empty_page_still_says_whether_there_are_more(varied: Company):
    page = await objectives.page(await varied.reader(), await varied.now(), Window(first=0))
    assert (page.rows, page.keys, page.has_next, page.has_previous) == ((), (), True, False)
    full = await whole(varied, ())
    page = await objectives.page(await varied.reader(), await varied.now(), Window(first=5, after=full.keys[-1]))
    assert (page.rows, page.has_next, page.has_previous) == ((), False, True)


FOREIGN_KEYS: tuple[tuple[object, ...], ...] = (
    (),
    (1,),
    (1, "2024-07-01T00:00:00+00:00"),
    ("one", "2024-07-01T00:00:00+00:00", "alpha"),
    (1.5, "2024-07-01T00:00:00+00:00", "alpha"),
    (True, "2024-07-01T00:00:00+00:00", "alpha"),
    (2**63, "2024-07-01T00:00:00+00:00", "alpha"),
    (1, "2024-07-01T00:00:00", "alpha"),
    (1, "yesterday", "alpha"),
    (1, "2024-07-01T00:00:00+00:00", 7),
    (1, "2024-07-01T00:00:00+00:00", "nul \0"),
    (1, "2024-07-01T00:00:00+00:00", "alpha", 1),
    (1, ["2024-07-01T00:00:00+00:00"], "alpha"),
)


async def test_keys_of_another_order_are_refused(varied: Company):
    reader, lens = await varied.reader(), await varied.now()
    for key in FOREIGN_KEYS:
        with pytest.raises(KeyMismatchError):
            await objectives.page(reader, lens, Window(first=1, after=key))


async def test_pages_of_several_owners_take_one_statement(varied: Company):
    reader, lens = replace(await varied.reader(), kept=KeptRows(1_000)), await varied.now()
    owners = ["max", "eva", "ada", "nobody"]
    # And another one for the rows that are not kept yet.
    for statements in (2, 1):
        varied.statements.clear()
        found = await objectives.pages_of(reader, lens, ObjectivesOf.OWNER, owners, window=Window(first=1))
        assert len(varied.statements) == statements
    assert {key: [row.id for row in page.rows] for key, page in found.items()} == {
        "max": ["alpha"],
        "eva": ["beta"],
        "ada": ["delta"],
        "nobody": [],
    }


async def test_objectives_of_cycles_teams_and_parents(varied: Company):
    reader, lens = await varied.reader(), await varied.now()
    for relation, expected in {
        ObjectivesOf.CYCLE: {"q4": {"epsilon"}},
        ObjectivesOf.TEAM: {"sales": {"alpha"}, "inside": {"beta"}},
        ObjectivesOf.PARENT: {"alpha": {"beta"}, "a1": {"zeta"}, "gamma": set[str]()},
    }.items():
        found = await objectives.pages_of(reader, lens, relation, list(expected), window=Window(first=10))
        assert {key: {row.id for row in page.rows} for key, page in found.items()} == expected
        counted = await objectives.counts_of(reader, lens, relation, list(expected))
        assert counted == {key: len(several) for key, several in expected.items()}


# --- conditions

EQUAL, IN = Operator.EQUAL, Operator.IN


CONDITIONS: tuple[tuple[Condition, set[str]], ...] = (
    (ALWAYS, {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"}),
    (Either(()), set[str]()),
    (Compare("id", IN, ("alpha", "nul \0", "lone \ud800", "none")), {"alpha"}),
    (Compare("title", EQUAL, "beta"), {"zeta"}),
    (Compare("title", EQUAL, "nul \0"), set[str]()),
    (Compare("title", Operator.CONTAINS, "a1"), set[str]()),
    (Compare("title", Operator.CONTAINS, "%_"), {"gamma"}),
    (Compare("title", Operator.CONTAINS_IGNORE_CASE, "árvÍz"), {"gamma"}),
    (Compare("title", Operator.STARTS_WITH, "Be"), {"beta"}),
    (Compare("title", Operator.STARTS_WITH_IGNORE_CASE, "BE"), {"beta", "zeta"}),
    (Compare("state", EQUAL, ObjectiveState.DRAFT), {"delta"}),
    (Compare("state", Operator.NOT_IN, ("ACTIVE", "DRAFT")), {"eta"}),
    (Compare("ambition", EQUAL, "COMMITTED"), {"gamma"}),
    (Compare("visibility", EQUAL, "PRIVATE"), {"epsilon"}),
    (Compare("priority", Operator.IS_NULL, value=True), {"gamma", "epsilon", "eta"}),
    (Compare("priority", Operator.GREATER_OR_EQUAL, 2), {"alpha", "delta", "zeta"}),
    (Compare("priority", Operator.NOT_EQUAL, 2), {"beta", "zeta"}),
    (Negated(Compare("priority", EQUAL, 2)), {"beta", "gamma", "epsilon", "zeta", "eta"}),
    (Compare("progress", Operator.GREATER, 0.2), {"alpha", "beta"}),
    (Compare("progress", Operator.IS_NULL, value=True), {"epsilon"}),
    (Compare("confidence", Operator.LESS, 0.6), {"alpha"}),
    (Compare("label", EQUAL, "Büro"), {"alpha"}),
    (Compare("label", Operator.CONTAINS_IGNORE_CASE, "büro"), {"alpha", "beta"}),
    (Compare("label", Operator.STARTS_WITH, "BÜRO"), {"beta"}),
    (Compare("label", Operator.NOT_EQUAL, "x"), {"beta", "gamma", "delta", "epsilon", "zeta", "eta"}),
    (Compare("label", Operator.IS_NULL, value=False), {"alpha", "beta"}),
    (Compare("parent_id", EQUAL, "alpha"), {"beta"}),
    (Compare("parent_id", IN, ("alpha", "a1")), {"beta", "zeta"}),
    (Compare("parent_id", Operator.IS_NULL, value=True), {"alpha", "gamma", "delta", "epsilon", "eta"}),
    (Compare("is_draft_of_viewer", EQUAL, value=True), {"delta"}),
    (Related("owner", Compare("name", Operator.CONTAINS_IGNORE_CASE, "MA")), {"alpha"}),
    (Related("owner", Compare("name", EQUAL, "nobody")), set[str]()),
    (Related("owner", Related("team", Compare("id", EQUAL, "sales"))), {"beta"}),
    (Related("team", Compare("ancestor_id", EQUAL, "sales")), {"beta"}),
    (Related("team", Compare("name", Operator.STARTS_WITH_IGNORE_CASE, "in")), {"beta"}),
    (Related("cycle", Compare("starts_on", Operator.GREATER, date(2024, 8, 1))), {"epsilon"}),
    (Related("key_result_some", Compare("progress", Operator.GREATER_OR_EQUAL, 0.5)), {"alpha", "beta"}),
    (Related("key_result_some", Related("objective", Compare("progress", EQUAL, 1.0))), {"beta"}),
    (Every((Compare("priority", EQUAL, 2), Negated(Compare("state", EQUAL, "DRAFT")))), {"alpha"}),
    (Either((Compare("id", EQUAL, "eta"), Compare("title", EQUAL, "beta"))), {"eta", "zeta"}),
)


async def test_conditions_find_exactly_what_satisfies_them(varied: Company):
    for condition, expected in CONDITIONS:
        assert await ids(varied, condition) == expected, condition


UNLISTED: tuple[Condition, ...] = (
    Compare("secret", EQUAL, 1),
    Compare("title; drop table event", EQUAL, 1),
    Related("secrets", ALWAYS),
    Related("owner", Compare("sealed", EQUAL, "x")),
    Compare("progress", Operator.CONTAINS, "1"),
)


async def test_what_is_not_listed_cannot_be_asked(varied: Company):
    reader, lens = await varied.reader(), await varied.now()
    for condition in UNLISTED:
        with pytest.raises(UnknownFieldError):
            await objectives.page(reader, lens, Window(first=1), condition)
    with pytest.raises(UnknownFieldError):
        await objectives.page(reader, lens, Window(first=1), orders=[Order(field="secret")])


async def test_large_conditions_are_refused(varied: Company):
    reader, lens = await varied.reader(), await varied.now()
    deep: Condition = ALWAYS
    for _ in range(50):
        deep = Negated(deep)
    many = Every(tuple(Compare("id", EQUAL, "x") for _ in range(101)))
    for condition in (deep, many, Compare("id", IN, tuple(map(str, range(1001))))):
        with pytest.raises(ConditionLimitError):
            await objectives.count(reader, lens, condition)


# --- statuses


async def test_the_status_is_the_same_in_conditions_as_where_it_is_shown(varied: Company):
    for later in (timedelta(0), timedelta(days=9), timedelta(days=10, minutes=-1), timedelta(days=11)):
        reader, lens = await varied.reader(), await varied.now()
        lens = replace(lens, instant=lens.instant + later)
        rows = (await objectives.page(reader, lens, Window(first=100))).rows
        shown = {
            row.id: status_shown(
                state=row.state,
                is_dropped=False,
                reported=row.reported_status,
                stale_since=row.stalest_at,
                silent_before=silence_of(lens.instant, cadence_days=7, grace_days=3),
            )
            for row in rows
        }
        for status in Status:
            expected = {each for each, value in shown.items() if value is status}
            assert await ids(varied, Compare("status", EQUAL, status), later=later) == expected, (status, later)
    assert shown["delta"] is Status.PENDING
    assert shown["eta"] is Status.CLOSED
    assert shown["alpha"] is Status.OUTDATED


# --- the expected line and the breakdown


async def test_the_expected_line_of_an_objective_is_that_of_its_key_results(company: Company):
    await company.objective("plain", ["p1", "p2"])
    await company.objective("bare")
    await company.objective("phased", ["f1", "f2"])
    await company.do(RetargetKeyResult(key_result_id="f1", checkpoints=(Checkpoint(on=date(2024, 8, 15), target=Decimal(1)),)))
    await company.do(UpdateKeyResult(key_result_id="f2", weight=Decimal(3)))
    await company.do(CreateCycle(cycle_id="endless", name="Endless", starts_on=date(2024, 7, 1), ends_on=None))
    await company.objective("open", ["o1"], cycle_id="endless")
    reader = await company.reader()
    # The end of 15 August in Prague is exactly half of the 92 days of the quarter.
    lens = replace(await company.now(), instant=company.at.replace(month=8, day=15, hour=22, minute=0))
    lens = replace(lens, instant=lens.instant - timedelta(microseconds=1))
    found = await objectives.expected(reader, lens, ["plain", "bare", "phased", "open", "nothing"])
    assert found == {
        "plain": pytest.approx(0.5, abs=1e-6),
        "bare": pytest.approx(0.5, abs=1e-6),
        "phased": pytest.approx((0.1 + 3 * 0.5) / 4, abs=1e-6),
        "open": None,
    }


async def test_the_contributions_add_up_to_the_progress_exactly(company: Company):
    await company.objective("growth", ["k1", "k2", "k3", "k4"], driver=ProgressDriver.BOTH)
    await company.objective("child", ["c1"])
    await company.objective("draft", ["d1"], is_draft=True)
    await company.do(AlignObjective(objective_id="child", parent_id="growth"))
    await company.do(AlignObjective(objective_id="draft", parent_id="growth"))
    await company.do(UpdateKeyResult(key_result_id="k2", weight=Decimal("0.7")))
    await company.do(DropKeyResult(key_result_id="k3"))
    await company.do(UpdateKeyResult(key_result_id="k4", metric=Metric(kind=MetricKind.UNDECIDED)))
    await company.check_in("one", "k1", 1)
    await company.check_in("two", "k2", 3)
    await company.check_in("three", "c1", 7)
    reader, lens = await company.reader(), await company.now()
    row = (await objectives.by_ids(reader, lens, ["growth"]))["growth"]
    parts = (await breakdown.of_objectives(reader, lens, ["growth"]))["growth"]
    assert [(part.part_id, part.weight, part.progress) for part in parts] == [
        ("child", 1.0, 0.7),
        ("k2", 0.7, 0.3),
        ("k1", 1.0, 0.1),
    ]
    assert sum(Decimal(repr(part.contribution)) for part in parts) == Decimal(repr(row.progress))
    assert sum(part.share for part in parts) == pytest.approx(1)


async def test_the_breakdown_of_a_closed_objective_stays_as_it_was_at_the_end(company: Company):
    await company.objective("growth", ["k1"], driver=ProgressDriver.BOTH)
    await company.objective("child", ["c1"])
    await company.do(AlignObjective(objective_id="child", parent_id="growth"))
    await company.check_in("one", "c1", 5)
    reader, lens = await company.reader(), await company.now()
    before = await breakdown.of_objectives(reader, lens, ["growth"])
    await company.do(CloseObjective(objective_id="growth", score=Decimal("0.25"), decision=ReviewDecision.KEEP, root_cause="x"))
    await company.check_in("two", "c1", 10)
    await company.do(CancelObjective(objective_id="child"))
    reader, lens = await company.reader(), await company.now()
    after = await breakdown.of_objectives(reader, lens, ["growth"])
    assert after == before
    row = (await objectives.by_ids(reader, lens, ["growth"]))["growth"]
    assert sum(part.contribution for part in after["growth"]) == row.progress == 0.25
