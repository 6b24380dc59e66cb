"""The table of check-ins holds every wording, and tells which of them stands."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest_asyncio

from events.acknowledgement import AcknowledgeCheckIn
from events.key_result import UpdateKeyResult
from projections.alignment import GraphScope
from projections.export_table import ExportContent
from tests.support.export_tables import checked_in, company_to_export, extract, past, some, table
from tests.support.reading import Company


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_to_export(database_url) as company:
        yield company


async def test_every_wording_of_a_check_in_has_a_row(company: Company):
    await checked_in(company)

    await company.do(AcknowledgeCheckIn(check_in_id="first"), by="eva")
    rows = await table(await extract(company, scope=GraphScope.PERSON, scope_id="max"), ExportContent.CHECK_INS)
    # What was acknowledged is the wording that stands.
    read = [(row.pop("acknowledged_at"), row.pop("acknowledged_by_id")) for row in rows]
    assert read == [(None, None), (company.at, "eva"), (None, None)]
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
