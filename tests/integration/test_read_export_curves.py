"""The table of curves holds every step, against both targets, with the event that made it."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest_asyncio

from events.key_result import UpdateKeyResult
from projections.alignment import GraphScope
from projections.export_table import ExportContent
from tests.support.export_tables import checked_in, company_to_export, extract, some, table
from tests.support.reading import Company


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_to_export(database_url) as company:
        yield company


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
