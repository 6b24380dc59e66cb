"""The organization's settings, its people and its tree of teams."""

import pytest

from events.organization import CreateOrganization, OrganizationUpdated, PaceBands, ScoreBand, UpdateOrganization
from events.person import (
    DeactivatePerson,
    InvitePerson,
    PersonDeactivated,
    PersonUpdated,
    ReactivatePerson,
    Role,
    UpdatePerson,
)
from events.rejection import RejectionCode
from events.team import (
    AddTeamMember,
    ArchiveTeam,
    CreateTeam,
    RemoveTeamMember,
    RestoreTeam,
    TeamLeadChanged,
    TeamMemberAdded,
    TeamMoved,
    TeamRenamed,
    UpdateTeam,
)
from tests.support.given import Company

# --- organization


def test_settings_change_one_by_one() -> None:
    company = Company()
    events = company.do(UpdateOrganization(time_zone="Asia/Shanghai", check_in_grace_days=3, expected_version=1))
    assert events == [OrganizationUpdated(organization_id="company", time_zone="Asia/Shanghai")]
    known = company.facts.organization
    assert known is not None
    assert (known.time_zone, known.name, known.version) == ("Asia/Shanghai", "Company", 2)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (UpdateOrganization(time_zone="Mars/Base"), ("timeZone",)),
        (UpdateOrganization(time_zone="../etc/passwd"), ("timeZone",)),
        (UpdateOrganization(check_in_cadence_days=0), ("checkInCadenceDays",)),
        (UpdateOrganization(check_in_weekday=8), ("checkInWeekday",)),
        (UpdateOrganization(fiscal_year_start_month=13), ("fiscalYearStartMonth",)),
        (UpdateOrganization(pace_bands=PaceBands(behind=-0.5, far_behind=-0.1)), ("paceBands",)),
        (UpdateOrganization(score_bands=(ScoreBand(name="low", start=0.1),)), ("scoreBands",)),
    ],
)
def test_a_setting_out_of_bounds_is_refused(command: UpdateOrganization, path: tuple[str, ...]) -> None:
    assert Company().refusal(command) == (RejectionCode.INVALID, path)


def test_an_organization_begins_once() -> None:
    again = CreateOrganization(organization_id="company", name="Company")
    assert Company().refusal(again)[0] is RejectionCode.ID_TAKEN


# --- people


def test_a_person_is_invited_into_teams() -> None:
    company = Company()
    company.do(InvitePerson(person_id="eva", sealed="sealed eva", team_ids=("sales", "sales")))
    assert company.facts.teams["sales"].member_ids == {"eva"}
    nowhere = InvitePerson(person_id="tom", sealed="sealed tom", team_ids=("none",))
    assert company.refusal(nowhere) == (RejectionCode.NOT_FOUND, ("teamIds", "0"))
    assert company.refusal(InvitePerson(person_id="eva", sealed="x")) == (RejectionCode.ID_TAKEN, ("id",))


def test_a_person_changes_and_the_same_wish_twice_is_no_event() -> None:
    company = Company()
    assert company.do(UpdatePerson(person_id="max", sealed="new", role=Role.MEMBER)) == [
        PersonUpdated(person_id="max", sealed="new")
    ]
    assert company.when(UpdatePerson(person_id="max", sealed="new")) == []
    assert company.do(DeactivatePerson(person_id="max")) == [PersonDeactivated(person_id="max")]
    assert company.when(DeactivatePerson(person_id="max")) == []
    company.do(ReactivatePerson(person_id="max"))
    assert company.facts.people["max"].is_active


def test_the_last_admin_stays() -> None:
    company = Company()
    assert company.refusal(DeactivatePerson(person_id="ada"))[0] is RejectionCode.WRONG_STATE
    assert company.refusal(UpdatePerson(person_id="ada", role=Role.VIEWER)) == (RejectionCode.WRONG_STATE, ("role",))
    company.do(UpdatePerson(person_id="max", role=Role.ADMIN))
    assert len(company.when(DeactivatePerson(person_id="ada"))) == 1


# --- teams


def test_a_team_is_renamed_moved_and_led_by_events_of_their_own() -> None:
    company = Company()
    company.do(CreateTeam(team_id="revenue", name="Revenue"))
    events = company.do(UpdateTeam(team_id="sales", name="Growth", parent_id="revenue", lead_id=None))
    assert events == [
        TeamRenamed(team_id="sales", name="Growth"),
        TeamMoved(team_id="sales", parent_id="revenue"),
        TeamLeadChanged(team_id="sales", lead_id=None),
    ]


def test_the_tree_of_teams_has_no_circle() -> None:
    company = Company()
    company.do(CreateTeam(team_id="east", name="East", parent_id="sales"))
    for parent_id in ("sales", "east"):
        move = UpdateTeam(team_id="sales", parent_id=parent_id)
        assert company.refusal(move) == (RejectionCode.ALIGNMENT_CYCLE, ("parentId",))
    assert company.refusal(UpdateTeam(team_id="east", parent_id="none")) == (RejectionCode.NOT_FOUND, ("parentId",))


def test_members_come_and_go_and_teams_rest_and_return() -> None:
    company = Company()
    assert company.do(AddTeamMember(team_id="sales", person_id="ada")) == [TeamMemberAdded(team_id="sales", person_id="ada")]
    assert company.when(AddTeamMember(team_id="sales", person_id="ada")) == []
    company.do(RemoveTeamMember(team_id="sales", person_id="ada"))
    assert company.when(RemoveTeamMember(team_id="sales", person_id="ada")) == []
    company.do(ArchiveTeam(team_id="sales"))
    assert company.when(ArchiveTeam(team_id="sales")) == []
    company.do(RestoreTeam(team_id="sales"))
    assert not company.facts.teams["sales"].is_archived
    assert company.refusal(AddTeamMember(team_id="sales", person_id="none")) == (RejectionCode.NOT_FOUND, ("personId",))
