"""The table of objectives holds exactly the rows of a small company, as they stand at each moment."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest_asyncio

from events.cycle import UpdateCycle
from events.key_result import UpdateKeyResult
from events.metric import Metric, MetricKind, Stage
from events.objective import UpdateObjective, Visibility
from events.review import CloseObjective, ReviewDecision
from events.team import UpdateTeam
from projections.alignment import GraphScope
from projections.export_table import ExportContent
from tests.support.export_tables import checked_in, company_to_export, extract, past, some, table
from tests.support.reading import Company, added


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_to_export(database_url) as company:
        yield company


async def test_objectives_have_a_row_for_each_key_result_and_one_without_any(company: Company):
    await checked_in(company)

    rows = await table(await extract(company), ExportContent.OBJECTIVES)

    assert some(rows, "objective_id", "key_result_id", "key_result_dropped_at", "cycle_id", "team_name") == [
        ("bare", None, None, "q4", None),
        ("secret", "margin", None, "q3", None),
        ("trust", "replies", None, "q3", "South"),
        ("trust", "calls", company.at, "q3", "South"),
    ]
    bare, secret, replies, _ = rows
    assert {name for name, value in bare.items() if name.startswith("key_result_") and value is not None} == set()
    assert bare["objective_progress"] is None
    assert (bare["cycle_ends_on"], bare["objective_expected_progress"], bare["objective_pace"]) == (None, None, None)
    assert (secret["objective_parent_ids"], secret["objective_contributor_names"]) == (("trust",), ("Aud",))
    told = {name.removeprefix("key_result_"): value for name, value in replies.items() if name.startswith("key_result_")}
    assert told == {
        "id": "replies",
        "title": "Replies",
        "status": "ON_TRACK",
        "kind": "INCREASE",
        "unit": "PERCENT",
        "unit_label": None,
        "currency": None,
        "start": Decimal(0),
        "target": Decimal(20),
        "low": None,
        "high": None,
        "commit": None,
        "stretch": None,
        "original_start": Decimal(0),
        "original_target": Decimal(10),
        "original_low": None,
        "original_high": None,
        "current": Decimal("3.5"),
        "done_stages": (),
        "weight": Decimal(1),
        "owner_id": None,
        "owner_name": None,
        "due_on": None,
        "priority": None,
        "progress": 0.175,
        "raw_progress": 0.175,
        "expected_progress": told["expected_progress"],
        "pace": round(0.175 - told["expected_progress"], 12),
        "confidence": 0.5,
        "held_share": None,
        "check_in_count": 1,
        "checked_in_at": told["checked_in_at"],
        "replaces_id": None,
        "carried_over_from_id": None,
        "dropped_at": None,
        "created_at": told["created_at"],
        "updated_at": company.at - timedelta(minutes=1),
        "version": 2,
    }
    assert 0 < told["expected_progress"] < 0.01
    assert (replies["objective_status"], replies["objective_progress"]) == ("ON_TRACK", 0.175)
    assert (replies["objective_labels"], replies["objective_owner_name"]) == (("new", "b;old"), "Max")
    assert (replies["objective_created_by_id"], replies["objective_created_by_name"]) == ("ada", "Ada")


async def test_a_reviewed_objective_brings_its_review(company: Company):
    await company.check_in("last", "margin", 8)
    closing = CloseObjective(
        objective_id="secret", decision=ReviewDecision.KEEP, score=Decimal("0.6"), explanation="Luck", root_cause="Few calls"
    )
    await company.do(closing)

    (row,) = await table(await extract(company, scope=GraphScope.OBJECTIVE, scope_id="secret"), ExportContent.OBJECTIVES)

    review = ("objective_score", "objective_proposed_score", "objective_decision", "objective_explanation")
    assert some([row], *review, "objective_root_cause", "objective_learned") == [(0.6, 0.8, "KEEP", "Luck", "Few calls", None)]
    assert (row["objective_state"], row["objective_status"], row["objective_pace"]) == ("CLOSED", "CLOSED", None)


async def test_done_stages_are_told_by_their_titles(company: Company):
    stages = tuple(Stage(stage_id=each, title=each.upper()) for each in ("plan", "build", "ship"))
    metric = Metric(kind=MetricKind.MILESTONE, stages=stages)
    await company.do(added("launch", "bare", metric=metric))
    await company.check_in("built", "launch", None, done_stage_ids=frozenset({"build", "plan"}))

    (row,) = await table(await extract(company, scope=GraphScope.CYCLE, scope_id="q4"), ExportContent.OBJECTIVES)
    (wording,) = await table(await extract(company), ExportContent.CHECK_INS)

    assert row["key_result_done_stages"] == wording["done_stages"] == ("PLAN", "BUILD")


async def test_the_past_has_its_own_names_targets_and_key_results_and_todays_people(company: Company):
    await checked_in(company)
    before = await past(company, (await company.head()).position)
    await company.do(UpdateKeyResult(key_result_id="replies", objective_id="bare", title="Answers"))
    await company.do(UpdateObjective(objective_id="trust", title="Be trusted", owner_id="eva"))
    await company.do(UpdateTeam(team_id="south", name="Far south"), UpdateCycle(cycle_id="q3", name="Summer"))

    then = await table(await extract(company, lens=before), ExportContent.OBJECTIVES)
    now = await table(await extract(company), ExportContent.OBJECTIVES)

    named = ("cycle_name", "team_name", "objective_title", "objective_owner_name", "key_result_title")
    assert some(then, *named)[2:] == [
        ("Q3 2024", "South", "Trust", "Max", "Replies"),
        ("Q3 2024", "South", "Trust", "Max", "Calls"),
    ]
    assert some(now, *named) == [
        ("Q4 2024", None, "Bare", None, "Answers"),
        ("Summer", None, "Secret", "Eva", "Margin"),
        ("Summer", "Far south", "Be trusted", "Eva", "Calls"),
    ]


async def test_the_rights_of_today_decide_in_the_past_too(company: Company):
    before = await company.now()
    before = await past(company, before.position)
    await company.do(UpdateObjective(objective_id="trust", visibility=Visibility.PRIVATE, owner_id="eva"))

    then = await table(await extract(company, "max", before), ExportContent.OBJECTIVES)

    assert some(then, "objective_id") == [("bare",)]
