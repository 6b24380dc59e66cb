"""Tables for analysts hold exactly the rows of a small company, for each viewer and moment."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from events.alignment import AlignObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RetractCheckIn
from events.cycle import CreateCycle, UpdateCycle
from events.key_result import DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind, Stage
from events.objective import UpdateObjective, Visibility
from events.person import Role
from events.review import CloseObjective, ReviewDecision
from events.team import CreateTeam, UpdateTeam
from projections import export_table, moments
from projections.alignment import GraphScope
from projections.export_table import ExportContent, Extract, Table
from projections.export_tables import TABLES
from projections.lens import Lens
from tests.support.acting import owner
from tests.support.reading import KICK_OFF, Company, added, company_in

Rows = list[dict[str, Any]]


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    """Objectives `trust` (of sales, with a dropped key result) and `secret` (private, below it), and `bare` without any."""
    async with company_in(database_url) as company:
        await company.do(CreateTeam(team_id="south", name="South", parent_id="sales", lead_id=None))
        await company.do(CreateCycle(cycle_id="q4", name="Q4 2024", starts_on=date(2024, 10, 1), ends_on=None))
        await company.objective("trust", ["replies", "calls"], owner_id="max", team_id="south", labels=("new", "b;old"))
        await company.objective(
            "secret", ["margin"], owner_id="eva", visibility=Visibility.PRIVATE, parent_ids=("trust",), contributor_ids=("aud",)
        )
        await company.objective("bare", cycle_id="q4", owner_id=None)
        yield company


async def checked_in(company: Company) -> None:
    """Check-ins on `replies`: 3 (corrected to 3.5) and 5 (retracted); one on `margin`; then a retarget and a drop."""
    await company.check_in("first", "replies", 3, comment="Slow", confidence=0.5)
    await company.check_in("second", "replies", 5, status=CheckInStatus.AT_RISK)
    await company.check_in("hidden", "margin", 4)
    await company.do(CorrectCheckIn(check_in_id="first", value=Decimal("3.5"), comment="Slower"), by="max")
    await company.do(RetractCheckIn(check_in_id="second"))
    await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(20)))
    await company.do(DropKeyResult(key_result_id="calls"))


async def extract(company: Company, person_id: str = "ada", lens: Lens | None = None, **more: Any) -> Extract:
    return Extract(reader=await company.reader(person_id), lens=lens or await company.now(), **more)


async def table(wanted: Extract, content: ExportContent) -> Rows:
    made: Table[Any] = TABLES[content]
    names = [column.name for column in made.columns]
    rows: Rows = []
    done = 0
    async for part in made.parts(wanted):
        rows.extend(dict(zip(names, made.values(row), strict=True)) for row in part.rows)
        assert done <= part.done <= part.total
        done = part.done
    return rows


def some(rows: Rows, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def past(company: Company, position: int) -> Lens:
    return await moments.lens_at_position(await company.reader(), await company.head(), position)


# --- OBJECTIVES


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


async def test_who_may_not_see_an_objective_finds_nothing_of_it_in_any_table(company: Company):
    await checked_in(company)
    await company.do(AlignObjective(objective_id="bare", parent_id="secret"))
    hidden = ("secret", "Secret", "margin", "Margin", "hidden")

    for content in TABLES:
        for_admin = await table(await extract(company), content)
        for_eva, for_max = [await table(await extract(company, each), content) for each in ("eva", "max")]

        assert for_eva == for_admin, content
        cells = [value for row in for_max for value in row.values()]
        flat = [each for value in cells for each in (value if isinstance(value, tuple) else (value,))]
        assert [each for each in flat if each in hidden] == [], content
        assert 0 < len(for_max) < len(for_admin), content
    (bare, *_) = await table(await extract(company, "max"), ExportContent.OBJECTIVES)
    assert bare["objective_parent_ids"] == ()


async def test_the_rights_of_today_decide_in_the_past_too(company: Company):
    before = await company.now()
    before = await past(company, before.position)
    await company.do(UpdateObjective(objective_id="trust", visibility=Visibility.PRIVATE, owner_id="eva"))

    then = await table(await extract(company, "max", before), ExportContent.OBJECTIVES)

    assert some(then, "objective_id") == [("bare",)]


async def test_an_erased_person_has_no_name_anywhere(company: Company, database_url: str):
    await checked_in(company)
    async with owner(database_url) as connection:
        await connection.execute("delete from okr_ledger.person_key where person_id = 'max'")

    objectives = await table(await extract(company), ExportContent.OBJECTIVES)
    wordings = await table(await extract(company), ExportContent.CHECK_INS)
    changes = await table(await extract(company), ExportContent.CHANGES)

    assert some(objectives, "objective_owner_id", "objective_owner_name")[2] == ("max", None)
    assert ("max", None) in some(wordings, "author_id", "author_name")
    assert {(row["after"], row["after_id"]) for row in changes if row["field"] == "owner"} == {(None, "max"), ("Eva", "eva")}
    assert "Max" not in [value for rows in (objectives, wordings, changes) for row in rows for value in row.values()]


# --- scopes


@pytest.mark.parametrize(
    ("scope", "scope_id", "expected"),
    [
        (GraphScope.CYCLE, "q3", {"secret", "trust"}),
        (GraphScope.CYCLE, "q4", {"bare"}),
        (GraphScope.TEAM, "sales", {"trust"}),
        (GraphScope.OBJECTIVE, "trust", {"secret", "trust"}),
        (GraphScope.OBJECTIVE, "secret", {"secret"}),
        (GraphScope.PERSON, "max", {"trust"}),
        (GraphScope.ORGANIZATION, "", {"bare", "secret", "trust"}),
    ],
)
async def test_a_scope_narrows_every_table(company: Company, scope: GraphScope, scope_id: str, expected: set[str]):
    await checked_in(company)
    measured = {"trust": {"first", "second"}, "secret": {"hidden"}, "bare": set[str]()}
    wanted = await extract(company, scope=scope, scope_id=scope_id)

    assert {row["objective_id"] for row in await table(wanted, ExportContent.OBJECTIVES)} == expected
    assert {row["check_in_id"] for row in await table(wanted, ExportContent.CHECK_INS)} == {
        each for objective_id in expected for each in measured[objective_id]
    }
    curves = await table(wanted, ExportContent.CURVES)
    assert {row["objective_id"] for row in curves} == expected - {"bare"}
    changes = await table(wanted, ExportContent.CHANGES)
    assert {row["objective_id"] for row in changes} - {None} == expected
    if scope is not GraphScope.ORGANIZATION:
        # Beside the objectives, what happened to the thing itself.
        others = {row["subject_id"] for row in changes if row["objective_id"] is None}
        assert others == ({scope_id} if scope is not GraphScope.OBJECTIVE else set())
    assert some(changes, "position") == sorted(some(changes, "position"))


# --- CHECK_INS


async def test_every_wording_of_a_check_in_has_a_row(company: Company):
    await checked_in(company)

    rows = await table(await extract(company, scope=GraphScope.PERSON, scope_id="max"), ExportContent.CHECK_INS)

    recorded = [row.pop("recorded_at") for row in rows]
    positions = [row.pop("position") for row in rows]
    first_at, second_at = rows[0].pop("effective_at"), rows[2].pop("effective_at")
    assert rows[1].pop("effective_at") == first_at == recorded[0]
    assert (second_at, rows[2].pop("retracted_at")) == (recorded[2], recorded[1] + timedelta(minutes=1))
    assert recorded[0] < recorded[2] < recorded[1]
    assert positions[0] + 1 == positions[2] == positions[1] - 2
    around = {
        "cycle_id": "q3",
        "cycle_name": "Q3 2024",
        "objective_id": "trust",
        "objective_title": "Trust",
        "key_result_id": "replies",
        "key_result_title": "Replies",
        "key_result_unit": "PERCENT",
        "key_result_unit_label": None,
        "key_result_currency": None,
        "done_stages": (),
        "blockers": None,
        "next_steps": None,
    }
    first = {**around, "check_in_id": "first", "confidence": 0.5, "status": "ON_TRACK", "retracted_at": None}
    assert rows == [
        {
            **first,
            "revision": 1,
            "is_standing": False,
            "value": Decimal(3),
            "comment": "Slow",
            "author_id": "ada",
            "author_name": "Ada",
        },
        {
            **first,
            "revision": 2,
            "is_standing": True,
            "value": Decimal("3.5"),
            "comment": "Slower",
            "author_id": "max",
            "author_name": "Max",
        },
        {
            **around,
            "check_in_id": "second",
            "revision": 1,
            "is_standing": False,
            "value": Decimal(5),
            "confidence": None,
            "status": "AT_RISK",
            "comment": None,
            "author_id": "ada",
            "author_name": "Ada",
        },
    ]


async def test_before_its_correction_and_retraction_the_first_wording_stands(company: Company):
    await checked_in(company)
    rows = await table(await extract(company), ExportContent.CHECK_INS)
    last_first_wording = max(row["position"] for row in rows if row["revision"] == 1)

    then = await table(await extract(company, lens=await past(company, last_first_wording)), ExportContent.CHECK_INS)

    told = ("check_in_id", "revision", "is_standing", "value", "retracted_at")
    assert some(then, *told) == [
        ("hidden", 1, True, Decimal(4), None),
        ("first", 1, True, Decimal(3), None),
        ("second", 1, True, Decimal(5), None),
    ]


async def test_check_ins_go_with_a_key_result_that_moves(company: Company):
    await checked_in(company)
    await company.do(UpdateKeyResult(key_result_id="replies", objective_id="bare"))

    rows = await table(await extract(company, "max"), ExportContent.CHECK_INS)

    assert some(rows, "cycle_id", "objective_id", "check_in_id") == [
        ("q4", "bare", each) for each in ("first", "first", "second")
    ]


async def test_a_span_bounds_when_wordings_steps_and_changes_were_recorded(company: Company):
    await checked_in(company)
    rows = await table(await extract(company), ExportContent.CHECK_INS)
    begin, end = sorted(row["recorded_at"] for row in rows)[1:3]
    wanted = await extract(company, begins_at=begin, ends_at=end)

    wordings = await table(wanted, ExportContent.CHECK_INS)
    steps = await table(wanted, ExportContent.CURVES)
    changes = await table(wanted, ExportContent.CHANGES)

    assert some(wordings, "check_in_id", "revision") == [("hidden", 1), ("second", 1)]
    assert {row["at"] for row in steps} == {row["recorded_at"] for row in changes} == {begin, end}
    assert {row["event_type"] for row in changes} == {"KEY_RESULT_CHECKED_IN"}
    nothing = await extract(company, begins_at=end, ends_at=begin)
    everything = await extract(company, begins_at=datetime.min.replace(tzinfo=UTC), ends_at=datetime.max.replace(tzinfo=UTC))
    for content in (ExportContent.CHECK_INS, ExportContent.CURVES, ExportContent.CHANGES):
        assert await table(nothing, content) == []
        assert await table(everything, content) == await table(await extract(company), content)


# --- CURVES


async def test_curves_are_told_step_by_step_against_both_targets(company: Company):
    await checked_in(company)

    rows = await table(await extract(company, scope=GraphScope.PERSON, scope_id="max"), ExportContent.CURVES)

    def steps(thing_id: str, against: str) -> list[tuple[Any, ...]]:
        chosen = [row for row in rows if (row["thing_id"], row["against"]) == (thing_id, against)]
        return some(chosen, "value", "progress", "confidence")

    at_first, corrected = (Decimal(3), 0.3, 0.5), (Decimal("3.5"), 0.35, 0.5)
    begun, second = (Decimal(0), 0.0, None), (Decimal(5), 0.5, 0.5)
    assert steps("replies", "ORIGINAL_TARGET") == [begun, at_first, second, corrected]
    assert steps("replies", "CURRENT_TARGET") == [begun, at_first, second, corrected, (Decimal("3.5"), 0.175, 0.5)]
    objective = [(None, 0.0, None), (None, 0.15, 0.5), (None, 0.25, 0.5), (None, 0.175, 0.5)]
    assert steps("trust", "CURRENT_TARGET") == [*objective, (None, 0.0875, 0.5), (None, 0.175, 0.5)]
    assert steps("trust", "ORIGINAL_TARGET") == [*objective, (None, 0.35, 0.5)]
    assert steps("calls", "CURRENT_TARGET") == steps("calls", "ORIGINAL_TARGET") == [begun]
    assert [row["thing_id"] for row in rows] == ["trust"] * 11 + ["calls"] * 2 + ["replies"] * 9
    assert {row["thing_type"] for row in rows if row["value"] is None} == {"OBJECTIVE"}
    assert {(row["thing_type"], row["unit"]) for row in rows if row["value"] is not None} == {("KEY_RESULT", "PERCENT")}
    changes = await table(await extract(company), ExportContent.CHANGES)
    moved = {row["position"]: row["recorded_at"] for row in changes}
    assert all(moved[row["position"]] == row["at"] for row in rows)


async def test_a_step_that_an_event_out_of_sight_made_has_no_position(company: Company):
    moving = UpdateKeyResult(key_result_id="margin", objective_id="bare")
    await company.do(moving, by="eva")
    head = (await company.head()).position

    for_max, for_eva = [
        await table(await extract(company, each, scope=GraphScope.CYCLE, scope_id="q4"), ExportContent.CURVES)
        for each in ("max", "eva")
    ]

    assert {row["position"] for row in for_eva if row["thing_type"] == "OBJECTIVE"} == {head}
    assert {row["position"] for row in for_max if row["thing_type"] == "OBJECTIVE"} == {None}


# --- CHANGES


async def test_every_field_that_an_event_changed_has_a_row(company: Company):
    await checked_in(company)
    head = (await company.head()).position
    rows = await table(await extract(company), ExportContent.CHANGES)
    retargeted, dropped = (row for row in rows if row["position"] > head - 2)

    at = company.at - timedelta(minutes=1)
    assert retargeted == {
        "position": head - 1,
        "recorded_at": at,
        "effective_at": at,
        "event_type": "KEY_RESULT_RETARGETED",
        "actor_id": "ada",
        "actor_name": "Ada",
        "objective_id": "trust",
        "subject_type": "KEY_RESULT",
        "subject_id": "replies",
        "subject_name": "Replies",
        "field": "target",
        "before": "10",
        "after": "20",
        "before_number": Decimal(10),
        "after_number": Decimal(20),
        "before_unit": "PERCENT",
        "after_unit": "PERCENT",
        "before_id": None,
        "after_id": None,
        "reason_code": "NEW_INFORMATION",
        "reason_text": None,
        "origin": "IMPORT",
    }
    assert some([dropped], "field", "before", "after") == [("droppedAt", None, company.at.isoformat())]
    corrected = [row for row in rows if row["event_type"] == "CHECK_IN_CORRECTED"]
    assert some(corrected, "subject_type", "subject_name", "field", "before", "after", "actor_name") == [
        ("CHECK_IN", None, "value", "3", "3.5", "Max"),
        ("CHECK_IN", None, "comment", "Slow", "Slower", "Max"),
    ]
    assert len({(row["position"], row["field"]) for row in rows}) == len(rows)
    invited = [row for row in rows if row["event_type"] == "PERSON_INVITED" and row["subject_id"] == "max"]
    assert some(invited, "subject_type", "subject_name", "field", "before", "after") == [
        ("PERSON", "Max", "name", None, None),
        ("PERSON", "Max", "role", None, "MEMBER"),
    ]
    staffed = next(row for row in rows if (row["subject_id"], row["field"]) == ("secret", "contributors"))
    assert (staffed["after"], staffed["after_id"]) == ("Aud", None)


async def test_a_change_of_what_has_gone_out_of_sight_keeps_its_wording_and_hides_its_subject(company: Company):
    await company.do(UpdateKeyResult(key_result_id="replies", objective_id="secret"), by="eva")

    rows = await table(await extract(company, "max", scope=GraphScope.CYCLE, scope_id="q3"), ExportContent.CHANGES)

    of_replies = [row for row in rows if row["after"] in ("Replies", "Calls")]
    assert some(of_replies, "after", "subject_type", "subject_id", "subject_name") == [
        ("Replies", None, None, None),
        ("Calls", "KEY_RESULT", "calls", "Calls"),
    ]
    (moved,) = [row for row in rows if row["event_type"] == "KEY_RESULT_MOVED"]
    assert some([moved], "objective_id", "before_id", "after_id", "after") == [("trust", "trust", None, None)]


# --- parts


@pytest.mark.parametrize("content", TABLES)
async def test_rows_are_the_same_however_small_the_parts_are(
    company: Company, content: ExportContent, monkeypatch: pytest.MonkeyPatch
):
    await checked_in(company)
    whole = await table(await extract(company), content)
    pieces = export_table.pieces

    monkeypatch.setattr("projections.export_changes._PAGE_POSITIONS", 3)
    monkeypatch.setattr("projections.export_changes._PAGE_EVENTS", 2)
    for module in ("export_objective_lines", "export_check_ins", "export_curves", "export_changes"):
        monkeypatch.setattr(f"projections.{module}._PAGE_OBJECTIVES", 1)
    monkeypatch.setattr("projections.export_check_ins.PART_ROWS", 1)
    monkeypatch.setattr("projections.export_curves.PART_ROWS", 1)
    monkeypatch.setattr("projections.export_curves.groups", lambda parts: ([part] for part in parts))
    for module in ("export_objective_lines", "export_changes"):
        monkeypatch.setattr(f"projections.{module}.pieces", lambda rows, size=1: pieces(rows, size))
    parts = [part async for part in TABLES[content].parts(await extract(company))]

    assert await table(await extract(company), content) == whole
    assert max(len(part.rows) for part in parts) <= 1
    assert (parts[-1].done, len(parts) >= len(whole)) == (parts[-1].total, True)


async def test_what_is_written_meanwhile_is_not_in_the_file(company: Company, monkeypatch: pytest.MonkeyPatch):
    await checked_in(company)
    monkeypatch.setattr("projections.export_objective_lines._PAGE_OBJECTIVES", 1)
    wanted = await extract(company)
    expected = await table(wanted, ExportContent.OBJECTIVES)

    rows: list[Any] = []
    async for part in TABLES[ExportContent.OBJECTIVES].parts(wanted):
        rows.extend(TABLES[ExportContent.OBJECTIVES].values(row) for row in part.rows)
        await company.objective(f"later {len(rows)}", [f"new {len(rows)}"])
        await company.do(UpdateObjective(objective_id="trust", title=f"Title {len(rows)}"))

    assert rows == [tuple(row.values()) for row in expected]


async def test_an_empty_company_gives_empty_tables(database_url: str):
    async with company_in(database_url, [("vic", "Vic", Role.VIEWER)]) as company:
        for content in (ExportContent.OBJECTIVES, ExportContent.CHECK_INS, ExportContent.CURVES):
            assert await table(await extract(company, "vic"), content) == []
        changes = await table(await extract(company, "vic"), ExportContent.CHANGES)
        assert changes[0]["recorded_at"] == KICK_OFF + timedelta(minutes=1)
