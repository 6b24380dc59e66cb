"""What read models say of events: what they are about, which fields they changed, and what they moved."""

from datetime import timedelta
from decimal import Decimal

import orjson
import pytest

from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn
from events.key_result import AddKeyResult, RetargetKeyResult, UpdateKeyResult
from events.objective import CancelObjective, ProgressDriver, UpdateObjective
from events.review import CloseObjective, ReviewDecision
from projections.row_versions import CommandRows
from tests.support.chronicle import Chronicle
from tests.support.folding import (
    CALLS,
    add,
    added,
    calls,
    checked_in,
    enumeration,
    fields,
    made,
    node,
    running_company,
    subjects,
    text,
    told,
    values,
)


@pytest.fixture
def company() -> Chronicle:
    return running_company()


def moved(rows: CommandRows) -> list[tuple[object, object]]:
    """What each event of a command is said to have moved, and the key result whose value it changed."""
    return [(row.get("moved_ids"), row.get("revalued_id")) for row in added(rows, "event_subject")]


def test_events_name_their_subject_its_objective_and_version(company: Chronicle):
    definition = made(company, UpdateKeyResult(key_result_id="calls", title="More calls"))
    measurement = checked_in(company, "first", 40)
    position = company.head.position
    assert subjects(definition) == [(position - 1, "calls", "trust", 2)]
    assert subjects(measurement) == [(position, "first", "trust", None)]


def test_changes_of_one_act_are_told_event_by_event(company: Chronicle):
    rows = made(
        company,
        UpdateKeyResult(key_result_id="calls", title="More calls"),
        UpdateKeyResult(key_result_id="calls", title="Most calls"),
    )
    position = company.head.position
    assert told(rows) == [
        (position - 1, "title", text("calls"), text("More calls")),
        (position, "title", text("More calls"), text("Most calls")),
    ]
    assert values(rows, "key_result", "calls")["title"] == "Most calls"


def test_each_event_of_an_act_tells_what_it_moved_and_the_only_one_does_not(company: Chronicle):
    first, older = (
        RecordCheckIn(
            check_in_id=name,
            key_result_id="calls",
            value=Decimal(value),
            status=CheckInStatus.ON_TRACK,
            effective_at=company.at - timedelta(hours=age),
        )
        for name, value, age in (("first", 40, 0), ("older", 10, 5))
    )
    rows = made(company, first, older, UpdateKeyResult(key_result_id="calls", weight=Decimal(2)))
    assert moved(rows) == [(("calls", "trust"), "calls"), ((), None), ((), None)]
    assert moved(checked_in(company, "second", 50)) == [(None, None)]
    # Half of the way to 200: the value is the same, the progress is not.
    rows = made(
        company,
        RetargetKeyResult(key_result_id="calls", target=Decimal(200)),
        CorrectCheckIn(check_in_id="second", confidence=0.5),
    )
    assert moved(rows) == [(("calls", "trust"), None), ((), None)]


def test_an_ending_writes_down_what_counted_just_before_it(company: Chronicle):
    add(company, "below", key_results=("visits",), parent_ids=("trust",))
    made(company, UpdateObjective(objective_id="trust", driver=ProgressDriver.BOTH))
    checked_in(company, "first", 40)
    before = company.head.position
    rows = made(
        company,
        CloseObjective(
            objective_id="trust", score=Decimal("0.2"), decision=ReviewDecision.KEEP, explanation="w", root_cause="l"
        ),
        CancelObjective(objective_id="below"),
    )
    endings = [
        (row["objective_id"], row["position"], orjson.loads(str(row["parts"]))) for row in added(rows, "objective_ending")
    ]
    assert endings == [
        (
            "trust",
            before + 1,
            [{"id": "below", "weight": "1", "progress": 0.0}, {"id": "calls", "weight": "1", "progress": 0.4}],
        ),
        ("below", before + 2, [{"id": "visits", "weight": "1", "progress": 0.0}]),
    ]


def test_a_new_thing_tells_the_values_it_has_and_no_others(company: Chronicle):
    rows = made(company, AddKeyResult(key_result_id="visits", objective_id="trust", title="Visits", metric=CALLS))
    assert fields(rows) == {
        "title": (None, text("Visits")),
        "objective": (None, node("trust")),
        "weight": (None, {"kind": "NUMBER", "number": "1", "unit": None, "unitLabel": None, "currency": None}),
        "kind": (None, enumeration("INCREASE")),
        "unit": (None, enumeration("NUMBER")),
        "unitLabel": (None, text("calls")),
        "start": (None, calls("0")),
        "target": (None, calls("100")),
    }
