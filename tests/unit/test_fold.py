"""What a command about objectives, key results or check-ins changes in the read models: which rows, with what in them."""

from datetime import date, timedelta
from decimal import Decimal

import orjson
import pytest

from events.alignment import AlignObjective, UnalignObjective
from events.check_in import CorrectCheckIn, RetractCheckIn
from events.cycle import CreateCycle
from events.key_result import AddKeyResult, DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind, Unit
from events.objective import CancelObjective, ProgressDriver, ReopenObjective, ReorderObjectives, UpdateObjective
from events.review import CloseObjective, ReviewDecision
from projections.row_versions import RowChange
from tests.support.chronicle import Chronicle
from tests.support.folding import add, added, calls, changed, checked_in, fields, made, node, running_company, text, values


@pytest.fixture
def company() -> Chronicle:
    return running_company()


def test_rows_begin_at_the_last_position_of_their_command(company: Chronicle):
    position = company.head.position
    rows = add(company, "speed", key_results=("visits", "orders"))
    assert rows.position == position + 4
    assert [row["position"] for row in added(rows, "event_subject")] == [position + 1, position + 2, position + 3, position + 4]


def test_a_new_objective_makes_definitions_and_numbers_of_itself_and_its_parts(company: Chronicle):
    rows = add(company, "speed", key_results=("visits",), parent_ids=("trust",))
    assert set(changed(rows)) == {
        ("objective", "speed"),
        ("objective_number", "speed"),
        ("key_result", "visits"),
        ("key_result_number", "visits"),
        ("alignment", "trust speed"),
    }
    assert not any(change.closes for change in rows.changes)
    assert values(rows, "objective", "speed")["state"] == "ACTIVE"
    assert values(rows, "objective", "speed")["parent_ids"] == ("trust",)
    assert values(rows, "key_result", "visits")["objective_state"] == "ACTIVE"
    assert values(rows, "key_result", "visits")["live_at"] == company.at
    assert values(rows, "key_result_number", "visits")["progress"] == 0.0


def test_a_check_in_changes_numbers_and_no_definition(company: Chronicle):
    rows = checked_in(company, "first", 40, confidence=0.7)
    assert set(changed(rows)) == {
        ("check_in", "first"),
        ("key_result_number", "calls"),
        ("objective_number", "trust"),
        ("cycle_number", "q3"),
    }
    assert values(rows, "cycle_number", "q3") == {"progress": 0.4, "original_progress": 0.4}
    assert values(rows, "objective_number", "trust") == {
        "progress": 0.4,
        "raw_progress": 0.4,
        "confidence": 0.7,
        "reported_status": "ON_TRACK",
        "checked_in_at": company.at,
        "stalest_at": company.at,
    }
    check_in = values(rows, "check_in", "first")
    assert (check_in["progress_before"], check_in["progress_after"]) == (0.0, 0.4)
    assert (check_in["author_id"], check_in["position"]) == ("ada", company.head.position)


def test_a_correction_keeps_author_and_time_and_adds_a_wording(company: Chronicle):
    first = checked_in(company, "first", 40, comment="Fine")
    recorded_at = company.at
    rows = made(company, CorrectCheckIn(check_in_id="first", value=Decimal(30)), actor_id="max")
    check_in = values(rows, "check_in", "first")
    assert changed(rows)["check_in", "first"].closes
    assert (check_in["value"], check_in["comment"]) == (Decimal(30), "Fine")
    assert (check_in["author_id"], check_in["recorded_at"], check_in["corrected_at"]) == ("ada", recorded_at, company.at)
    assert (check_in["progress_before"], check_in["progress_after"]) == (0.0, 0.4)
    assert [row["value"] for row in added(first, "check_in_revision")] == [Decimal(40)]
    [wording] = added(rows, "check_in_revision")
    assert (wording["value"], wording["author_id"], wording["recorded_at"]) == (Decimal(30), "max", company.at)
    assert fields(rows) == {"value": (calls("40"), calls("30"))}


def test_a_retraction_adds_no_wording_and_takes_the_number_back(company: Chronicle):
    checked_in(company, "first", 40)
    rows = made(company, RetractCheckIn(check_in_id="first"))
    assert values(rows, "check_in", "first")["retracted_at"] == company.at
    assert values(rows, "key_result_number", "calls")["progress"] == 0.0
    assert added(rows, "check_in_revision") == []
    assert set(fields(rows)) == {"retractedAt"}


def test_a_late_check_in_that_is_not_the_latest_changes_counts_only(company: Chronicle):
    checked_in(company, "first", 40)
    rows = checked_in(company, "late", 10, effective_at=company.at - timedelta(hours=1))
    number = values(rows, "key_result_number", "calls")
    assert (number["current"], number["check_in_count"], number["last_check_in_id"]) == (Decimal(40), 2, "first")


def test_a_wish_for_what_is_changes_nothing(company: Chronicle):
    assert company.do(UpdateObjective(objective_id="trust", title="Title trust")) is None


def test_a_title_changes_one_row(company: Chronicle):
    rows = made(company, UpdateObjective(objective_id="trust", title="ÉLAN"), actor_id="max")
    assert set(changed(rows)) == {("objective", "trust")}
    new = values(rows, "objective", "trust")
    assert (new["title"], new["title_folded"], new["version"]) == ("ÉLAN", "elan", 3)
    assert (new["updated_by"], new["updated_at"], new["created_by"]) == ("max", company.at, "ada")
    assert fields(rows) == {"title": (text("Title trust"), text("ÉLAN"))}


@pytest.mark.parametrize("driver", [ProgressDriver.CHILDREN, ProgressDriver.BOTH])
def test_a_number_goes_up_through_all_that_count_their_children(company: Chronicle, driver: ProgressDriver):
    add(company, "top", driver=driver)
    add(company, "middle", driver=driver, parent_ids=("top",))
    made(company, AlignObjective(objective_id="trust", parent_id="middle"))
    rows = checked_in(company, "first", 40)
    assert {place for place in changed(rows) if place[0] == "objective_number"} == {
        ("objective_number", "trust"),
        ("objective_number", "middle"),
        ("objective_number", "top"),
    }
    assert values(rows, "objective_number", "top")["progress"] == 0.4


def test_progress_against_original_targets_goes_up_where_numbers_stay(company: Chronicle):
    made(company, CreateCycle(cycle_id="year", name="Year", starts_on=date(2026, 1, 1)))
    add(company, "top", driver=ProgressDriver.CHILDREN)
    made(company, UpdateObjective(objective_id="top", cycle_id="year"))
    add(company, "middle", driver=ProgressDriver.CHILDREN, parent_ids=("top",))
    add(company, "uptime", parent_ids=("middle",))
    at_least = Metric(kind=MetricKind.AT_LEAST, unit=Unit.NUMBER, target=Decimal(100))
    made(company, AddKeyResult(key_result_id="held", objective_id="uptime", title="Held", metric=at_least))
    made(company, RetargetKeyResult(key_result_id="held", target=Decimal(50)))
    checked_in(company, "first", 60, key_result_id="held")
    rows = checked_in(company, "second", 70, key_result_id="held")
    assert not {("objective_number", each) for each in ("top", "middle")} & set(changed(rows))
    assert values(rows, "cycle_number", "year") == {"progress": 1, "original_progress": 0.7}


def test_a_number_stops_where_children_do_not_count(company: Chronicle):
    add(company, "top", driver=ProgressDriver.CHILDREN)
    add(company, "middle", parent_ids=("top",))
    made(company, AlignObjective(objective_id="trust", parent_id="middle"))
    rows = checked_in(company, "first", 40)
    assert {place for place in changed(rows) if place[0] == "objective_number"} == {("objective_number", "trust")}


def test_aligning_and_cancelling_change_the_parent_s_number(company: Chronicle):
    add(company, "top", driver=ProgressDriver.CHILDREN)
    checked_in(company, "first", 40)
    aligned = made(company, AlignObjective(objective_id="trust", parent_id="top"))
    assert values(aligned, "objective_number", "top")["progress"] == 0.4
    cancelled = made(company, CancelObjective(objective_id="trust"))
    assert values(cancelled, "objective_number", "top")["progress"] is None
    assert values(cancelled, "key_result", "calls")["objective_state"] == "CANCELLED"
    reopened = made(company, ReopenObjective(objective_id="trust"))
    assert values(reopened, "objective_number", "top")["progress"] == 0.4
    unaligned = made(company, UnalignObjective(objective_id="trust", parent_id="top"))
    assert changed(unaligned)["alignment", "top trust"] == RowChange(
        table="alignment", id="top trust", values=None, closes=True
    )
    assert values(unaligned, "objective_number", "top")["progress"] is None


def test_a_moved_key_result_changes_the_numbers_on_both_sides(company: Chronicle):
    add(company, "speed")
    checked_in(company, "first", 40)
    rows = made(company, UpdateKeyResult(key_result_id="calls", objective_id="speed"))
    assert set(changed(rows)) == {
        ("key_result", "calls"),
        ("objective_number", "trust"),
        ("objective_number", "speed"),
    }
    assert values(rows, "objective_number", "trust")["progress"] is None
    assert values(rows, "objective_number", "speed")["progress"] == 0.4
    assert values(rows, "key_result", "calls")["objective_id"] == "speed"
    assert values(rows, "key_result", "calls")["ordinal"] == company.head.position
    assert fields(rows) == {"objective": (node("trust"), node("speed"))}


def test_a_drop_changes_the_objective_s_number(company: Chronicle):
    checked_in(company, "first", 40)
    rows = made(company, DropKeyResult(key_result_id="calls"))
    assert set(changed(rows)) == {("key_result", "calls"), ("objective_number", "trust"), ("cycle_number", "q3")}
    assert values(rows, "cycle_number", "q3") == {"progress": None, "original_progress": None}
    assert values(rows, "key_result", "calls")["dropped_at"] == company.at


def test_a_moved_target_changes_progress_and_not_the_original(company: Chronicle):
    checked_in(company, "first", 40)
    rows = made(company, RetargetKeyResult(key_result_id="calls", target=Decimal(80)))
    row = values(rows, "key_result", "calls")
    assert orjson.loads(str(row["metric"]))["target"] == "80"
    assert orjson.loads(str(row["original"]))["target"] == "100"
    assert values(rows, "key_result_number", "calls")["progress"] == 0.5
    assert fields(rows) == {"target": (calls("100"), calls("80"))}


def test_a_closed_objective_shows_its_review_and_keeps_its_number(company: Chronicle):
    checked_in(company, "first", 40)
    rows = made(
        company,
        CloseObjective(objective_id="trust", decision=ReviewDecision.KEEP, root_cause="A late start", learned="Begin earlier"),
    )
    row = values(rows, "objective", "trust")
    assert (row["state"], row["review_score"], row["review_proposed_score"]) == ("CLOSED", 0.4, 0.4)
    assert (row["review_decision"], row["review_position"]) == ("KEEP", company.head.position)
    assert values(rows, "key_result", "calls")["objective_state"] == "CLOSED"
    assert ("objective_number", "trust") not in changed(rows)
    assert fields(rows)["score"] == (
        None,
        {"kind": "NUMBER", "number": "0.40", "unit": None, "unitLabel": None, "currency": None},
    )
    reopened = made(company, ReopenObjective(objective_id="trust"))
    assert "review_score" not in values(reopened, "objective", "trust")


def test_key_results_follow_their_objective_into_another_cycle(company: Chronicle):
    made(company, CreateCycle(cycle_id="q4", name="Q4", starts_on=date(2026, 4, 1)))
    rows = made(company, UpdateObjective(objective_id="trust", cycle_id="q4"))
    assert set(changed(rows)) == {
        ("objective", "trust"),
        ("key_result", "calls"),
        ("cycle_number", "q3"),
        ("cycle_number", "q4"),
    }
    assert values(rows, "cycle_number", "q3") == {"progress": None, "original_progress": None}
    assert values(rows, "cycle_number", "q4") == {"progress": 0, "original_progress": 0}
    assert values(rows, "key_result", "calls")["cycle_id"] == "q4"
    assert values(rows, "key_result", "calls")["version"] == 1


def test_reordering_changes_no_identity_and_only_what_moves(company: Chronicle):
    add(company, "speed")
    add(company, "reach")
    made(company, ReorderObjectives(cycle_id="q3", objective_ids=("trust", "speed", "reach")))
    rows = made(company, ReorderObjectives(cycle_id="q3", objective_ids=("trust", "reach", "speed")))
    assert {place: change.values["priority"] for place, change in changed(rows).items() if change.values} == {
        ("objective", "reach"): 2,
        ("objective", "speed"): 3,
    }
