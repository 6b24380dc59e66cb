"""The table of changes holds every field that an event changed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

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
        "custom_field_id": None,
        "custom_field_name": None,
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
