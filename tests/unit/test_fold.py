"""What a command changes in the read models: given what happened, when a command is accepted, then these rows."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from events.alignment import AlignObjective, UnalignObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReopenCycle, ReviewCycle, UpdateCycle
from events.envelope import Reason, ReasonCode
from events.identifier import Noun, format_identifier
from events.key_result import AddKeyResult, DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind, Unit
from events.objective import (
    ActivateObjective,
    CancelObjective,
    CreateObjective,
    ProgressDriver,
    ReopenObjective,
    ReorderObjectives,
    UpdateObjective,
)
from events.organization import CreateOrganization, UpdateOrganization
from events.person import DeactivatePerson, InvitePerson, ReactivatePerson, Role, UpdatePerson
from events.review import CloseObjective, ReviewDecision
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, UpdateTeam
from projections.row_versions import CommandRows, RowChange, Values
from tests.support.chronicle import Chronicle

BECAUSE = Reason(code=ReasonCode.NEW_INFORMATION)
CALLS = Metric(kind=MetricKind.INCREASE, unit=Unit.NUMBER, unit_label="calls", start=Decimal(0), target=Decimal(100))


@pytest.fixture
def company() -> Chronicle:
    """People `ada` and `max`, team `sales`, running cycle `q3`, objective `trust` with key result `calls` (0 to 100)."""
    chronicle = Chronicle()
    chronicle.do(
        CreateOrganization(organization_id=format_identifier(Noun.ORGANIZATION, chronicle.organization_id), name="Company")
    )
    chronicle.do(InvitePerson(person_id="ada", sealed="sealed ada", role=Role.ADMIN))
    chronicle.do(InvitePerson(person_id="max", sealed="sealed max"))
    chronicle.do(CreateTeam(team_id="sales", name="Sales"))
    chronicle.do(CreateCycle(cycle_id="q3", name="Q3", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31)))
    chronicle.do(ActivateCycle(cycle_id="q3"))
    add(chronicle, "trust", key_results=("calls",))
    return chronicle


def add(chronicle: Chronicle, objective_id: str, key_results: tuple[str, ...] = (), **fields: Any) -> CommandRows:
    """Begin an active objective in one act."""
    return made(
        chronicle,
        CreateObjective(objective_id=objective_id, cycle_id="q3", title=f"Title {objective_id}", **fields),
        *(AddKeyResult(key_result_id=each, objective_id=objective_id, title=each, metric=CALLS) for each in key_results),
        ActivateObjective(objective_id=objective_id),
    )


def made(chronicle: Chronicle, *commands: Command, actor_id: str = "ada") -> CommandRows:
    """The rows of an act that must change something."""
    rows = chronicle.do(*commands, actor_id=actor_id, reason=BECAUSE)
    assert rows is not None
    return rows


def checked_in(chronicle: Chronicle, check_in_id: str, value: int, key_result_id: str = "calls", **fields: Any) -> CommandRows:
    """The rows of a check-in."""
    check_in = RecordCheckIn(
        check_in_id=check_in_id,
        key_result_id=key_result_id,
        value=Decimal(value),
        **{"status": CheckInStatus.ON_TRACK, **fields},
    )
    return made(chronicle, check_in)


def changed(rows: CommandRows) -> dict[tuple[str, str], RowChange]:
    """The changed rows by place; each place occurs once."""
    places = {(change.table, change.id): change for change in rows.changes}
    assert len(places) == len(rows.changes)
    return places


def values(rows: CommandRows, table: str, identifier: str) -> Values:
    """The new row of a thing."""
    found = changed(rows)[table, identifier].values
    assert found is not None
    return found


def added(rows: CommandRows, table: str) -> list[Values]:
    """The rows added to a table."""
    return [addition.values for addition in rows.additions if addition.table == table]


def subjects(rows: CommandRows) -> list[tuple[object, ...]]:
    """What events are about: position, thing, objective and version."""
    names = ("position", "subject_id", "objective_id", "subject_version")
    return [tuple(row[name] for name in names) for row in added(rows, "event_subject")]


def told(rows: CommandRows) -> list[tuple[object, str, Any, Any]]:
    """What a command changed: position, field, before and after."""
    return [
        (row["position"], each["field"], each["before"], each["after"])
        for row in added(rows, "event_subject")
        for each in orjson.loads(str(row["changes"]))
    ]


def fields(rows: CommandRows) -> dict[str, tuple[Any, Any]]:
    """What a command changed, by field."""
    return {field: (before, after) for _, field, before, after in told(rows)}


def text(value: str) -> dict[str, str]:
    return {"kind": "TEXT", "text": value}


def node(value: str) -> dict[str, str]:
    return {"kind": "NODE", "id": value}


def enumeration(value: str) -> dict[str, str]:
    return {"kind": "ENUM", "text": value}


def calls(value: str) -> dict[str, str | None]:
    return {"kind": "NUMBER", "number": value, "unit": "NUMBER", "unitLabel": "calls", "currency": None}


# --- which rows


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
    }
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
    assert set(changed(rows)) == {("key_result", "calls"), ("objective_number", "trust")}
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
    assert set(changed(rows)) == {("objective", "trust"), ("key_result", "calls")}
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


def test_a_closed_cycle_shows_its_seal_until_it_is_reopened(company: Chronicle):
    made(company, CancelObjective(objective_id="trust"))
    made(company, ReviewCycle(cycle_id="q3"))
    closed = values(made(company, CloseCycle(cycle_id="q3")), "cycle", "q3")
    assert (closed["seal_position"], closed["seal_hash"], closed["sealed_at"]) == (
        company.head.position,
        company.head.hash,
        company.at,
    )
    reopened = values(made(company, ReopenCycle(cycle_id="q3")), "cycle", "q3")
    assert (reopened["seal_position"], reopened.get("seal_hash"), reopened["sealed_at"]) == (None, None, None)


def test_a_renamed_cycle_tells_both_names_and_both_dates(company: Chronicle):
    rows = made(company, UpdateCycle(cycle_id="q3", name="Summer", ends_on=None))
    assert fields(rows) == {
        "name": (text("Q3"), text("Summer")),
        "endsOn": ({"kind": "DATE", "date": "2026-03-31"}, None),
    }
    assert values(rows, "cycle", "q3")["updated_by"] == "ada"


def test_a_membership_is_a_row_that_ends(company: Chronicle):
    joined = made(company, AddTeamMember(team_id="sales", person_id="max"))
    assert set(changed(joined)) == {("team", "sales"), ("team_member", "sales max")}
    assert fields(joined) == {"members": (None, node("max"))}
    left = made(company, RemoveTeamMember(team_id="sales", person_id="max"))
    assert changed(left)["team_member", "sales max"].values is None
    assert fields(left) == {"members": (node("max"), None)}


def test_an_archived_team_says_when(company: Chronicle):
    made(company, CreateTeam(team_id="east", name="East"))
    moved = made(company, UpdateTeam(team_id="sales", name="Selling", parent_id="east", lead_id="max"))
    assert fields(moved) == {
        "name": (text("Sales"), text("Selling")),
        "parent": (None, node("east")),
        "lead": (None, node("max")),
    }
    assert values(made(company, ArchiveTeam(team_id="sales")), "team", "sales")["archived_at"] == company.at


def test_names_of_people_never_stand_in_changes(company: Chronicle):
    invited = made(company, InvitePerson(person_id="eva", sealed="sealed eva", team_ids=("sales",)))
    updated = made(company, UpdatePerson(person_id="eva", sealed="sealed otherwise"))
    for rows in (invited, updated):
        assert fields(rows)["name"] == (None, None)
        assert not any("sealed" in str(row) for row in added(rows, "event_subject"))
    assert values(updated, "person", "eva")["sealed"] == "sealed otherwise"


def test_a_deactivated_person_says_when_until_reactivated(company: Chronicle):
    assert values(made(company, DeactivatePerson(person_id="max")), "person", "max")["deactivated_at"] == company.at
    assert values(made(company, ReactivatePerson(person_id="max")), "person", "max")["deactivated_at"] is None


def test_settings_of_the_organization_are_told_one_by_one(company: Chronicle):
    rows = made(company, UpdateOrganization(check_in_cadence_days=14, time_zone="Europe/Prague"))
    assert set(fields(rows)) == {"checkInCadenceDays", "timeZone"}
    [change] = rows.changes
    assert change.closes
    assert change.values is not None
    assert change.values["check_in_cadence_days"] == 14


# --- what events are about


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


def moved(rows: CommandRows) -> list[tuple[object, object]]:
    """What each event of a command is said to have moved, and the key result whose value it changed."""
    return [(row.get("moved_ids"), row.get("revalued_id")) for row in added(rows, "event_subject")]


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
