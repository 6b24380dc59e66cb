"""What a command about cycles, teams, people or the organization changes in the read models."""

import pytest

from events.cycle import CloseCycle, ReopenCycle, ReviewCycle, UpdateCycle
from events.objective import CancelObjective
from events.organization import UpdateOrganization
from events.person import DeactivatePerson, InvitePerson, ReactivatePerson, UpdatePerson
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, UpdateTeam
from tests.support.chronicle import Chronicle
from tests.support.folding import added, changed, fields, made, node, running_company, text, values


@pytest.fixture
def company() -> Chronicle:
    return running_company()


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
