"""What all tables for analysts have in common: who sees what, scopes, spans, and parts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from events.alignment import AlignObjective
from events.custom_field import ArchiveCustomField
from events.objective import UpdateObjective
from events.person import Role
from projections import export_table
from projections.alignment import GraphScope
from projections.export_table import ExportContent
from projections.export_tables import TABLES
from tests.support.acting import owner
from tests.support.export_tables import asked, checked_in, company_to_export, extract, some, table
from tests.support.reading import KICK_OFF, Company, company_in


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_to_export(database_url) as company:
        yield company


async def test_who_may_not_see_an_objective_finds_nothing_of_it_in_any_table(company: Company):
    await checked_in(company)
    await asked(company)
    await company.do(AlignObjective(objective_id="bare", parent_id="secret"))
    hidden = ("secret", "Secret", "margin", "Margin", "hidden")

    # People are seen by everybody, and their addresses by themselves.
    for content in TABLES.keys() - {ExportContent.EDITABLE_PEOPLE}:
        for_admin = await table(await extract(company), content)
        for_eva, for_max = [await table(await extract(company, each), content) for each in ("eva", "max")]

        assert for_eva == for_admin, content
        cells = [value for row in for_max for value in row.values()]
        flat = [each for value in cells for each in (value if isinstance(value, tuple) else (value,))]
        assert [each for each in flat if each in hidden] == [], content
        # Everybody sees what is asked for.
        assert 0 < len(for_max) < len(for_admin) or content is ExportContent.CUSTOM_FIELDS, content
    (bare, *_) = await table(await extract(company, "max"), ExportContent.OBJECTIVES)
    assert bare["objective_parent_ids"] == ()


async def test_custom_fields_and_values_have_a_row_each(company: Company):
    await asked(company)
    fields = await table(await extract(company), ExportContent.CUSTOM_FIELDS)
    values = await table(await extract(company), ExportContent.CUSTOM_FIELD_VALUES)
    changes = await table(await extract(company), ExportContent.CHANGES)

    assert some(fields, "applies_to", "name", "kind", "choices", "retired_choices", "created_by_name") == [
        ("KEY_RESULT", "Cost", "NUMBER", (), (), "Ada"),
        ("KEY_RESULT", "Mentor", "PERSON", (), (), "Ada"),
        ("OBJECTIVE", "Region", "CHOICE", ("North",), ("South",), "Ada"),
    ]
    assert some(values, "objective_id", "thing_id", "custom_field_name", "value", "number", "choice", "person_id") == [
        ("secret", "secret", "Region", "North", None, "North", None),
        ("trust", "trust", "Region", "North", None, "North", None),
        ("trust", "replies", "Cost", "12.50", Decimal("12.50"), None, None),
        ("trust", "replies", "Mentor", "Max", None, None, "max"),
    ]
    told = [row for row in changes if row["field"] == "customFields"]
    assert some(told, "subject_id", "custom_field_id", "custom_field_name", "before", "after") == [
        ("trust", "region", "Region", None, "North"),
        ("secret", "region", "Region", None, "North"),
        ("replies", "cost", "Cost", None, "12.50"),
        ("replies", "mentor", "Mentor", None, "Max"),
    ]
    await company.do(ArchiveCustomField(custom_field_id="cost"))
    wanted = await extract(company, scope=GraphScope.OBJECTIVE, scope_id="trust")
    values = await table(wanted, ExportContent.CUSTOM_FIELD_VALUES)
    assert some(values, "thing_id", "custom_field_id") == [("secret", "region"), ("trust", "region"), ("replies", "mentor")]


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
    editable = await table(wanted, ExportContent.EDITABLE_OBJECTIVES)
    assert {row["id"] for row in editable} == expected
    curves = await table(wanted, ExportContent.CURVES)
    assert {row["objective_id"] for row in curves} == expected - {"bare"}
    changes = await table(wanted, ExportContent.CHANGES)
    assert {row["objective_id"] for row in changes} - {None} == expected
    if scope is not GraphScope.ORGANIZATION:
        # Beside the objectives, what happened to the thing itself.
        others = {row["subject_id"] for row in changes if row["objective_id"] is None}
        assert others == ({scope_id} if scope is not GraphScope.OBJECTIVE else set())
    assert some(changes, "position") == sorted(some(changes, "position"))


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
    editable = ("editable_objectives", "editable_key_results", "editable_check_ins")
    for module in ("export_objective_lines", "export_check_ins", "export_curves", "export_changes", *editable):
        monkeypatch.setattr(f"projections.{module}._PAGE_OBJECTIVES", 1)
    monkeypatch.setattr("projections.export_check_ins.PART_ROWS", 1)
    monkeypatch.setattr("projections.export_curves.PART_ROWS", 1)
    monkeypatch.setattr("projections.export_curves.groups", lambda parts: ([part] for part in parts))
    monkeypatch.setattr("projections.editable_people.PART_ROWS", 1)
    for module in ("export_objective_lines", "export_changes", *editable[1:]):
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
