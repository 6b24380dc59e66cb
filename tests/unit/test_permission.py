"""Who may do what: every role against every kind of command, and what one may not see does not exist."""

from datetime import date
from decimal import Decimal

import pytest

from events.carry_over import CarryOverObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn
from events.command import Command
from events.cycle import CreateCycle
from events.key_result import AddKeyResult, DropKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind
from events.objective import AlignObjective, CreateObjective, ReorderObjectives, UpdateObjective, Visibility
from events.organization import UpdateOrganization
from events.permission import check, sees
from events.person import DeactivatePerson, InvitePerson, Role
from events.rejection import Rejected, RejectionCode
from events.team import AddTeamMember, CreateTeam
from tests.support.given import Company, running_quarter

COMMANDS: dict[str, Command] = {
    "objective": CreateObjective(objective_id="new", cycle_id="q3", title="New"),
    "key result": DropKeyResult(key_result_id="replies"),
    "check-in": RecordCheckIn(check_in_id="new", key_result_id="replies", value=Decimal(6), status=CheckInStatus.ON_TRACK),
    "order": ReorderObjectives(cycle_id="q3", objective_ids=("trust",)),
    "carry-over": CarryOverObjective(objective_id="trust", successor_id="next", cycle_id="q4"),
    "cycle": CreateCycle(cycle_id="new", name="New", starts_on=date(2026, 1, 1)),
    "team": CreateTeam(team_id="new", name="New"),
    "person": InvitePerson(person_id="new", sealed="sealed"),
    "organization": UpdateOrganization(name="New"),
}
MEMBER_MAY = {"objective", "key result", "check-in", "order", "carry-over"}
MAY = {Role.ADMIN: set(COMMANDS), Role.MEMBER: MEMBER_MAY, Role.VIEWER: set[str](), Role.AUDITOR: set[str]()}


def company_of_roles() -> Company:
    company = running_quarter()
    for role in Role:
        company.do(InvitePerson(person_id=role.lower(), sealed="sealed", role=role))
    return company


def code_of(command: Command, actor_id: str, company: Company) -> RejectionCode | None:
    try:
        check(command, actor_id, company.facts)
    except Rejected as refused:
        return refused.rejections[0].code
    return None


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("kind", list(COMMANDS))
def test_every_cell_of_the_table(role: Role, kind: str) -> None:
    code = code_of(COMMANDS[kind], role.lower(), company_of_roles())
    assert code == (None if kind in MAY[role] else RejectionCode.FORBIDDEN)


def test_a_stranger_and_a_deactivated_person_may_do_nothing() -> None:
    company = company_of_roles()
    assert code_of(COMMANDS["check-in"], "stranger", company) is RejectionCode.FORBIDDEN
    company.do(DeactivatePerson(person_id="member"))
    assert code_of(COMMANDS["check-in"], "member", company) is RejectionCode.FORBIDDEN


def hidden(visibility: Visibility) -> Company:
    company = company_of_roles()
    company.objective("secret", visibility=visibility, owner_id="ada", contributor_ids=("viewer",))
    company.key_result("clue", "secret")
    company.check_in("sign", "7", "clue")
    return company


@pytest.mark.parametrize(
    ("visibility", "seeing"),
    [
        (Visibility.ORGANIZATION, {"ada", "max", "admin", "member", "viewer", "auditor"}),
        (Visibility.TEAM, {"ada", "max", "admin", "viewer", "auditor"}),
        (Visibility.PRIVATE, {"ada", "admin", "viewer", "auditor"}),
    ],
)
def test_visibility_names_who_sees(visibility: Visibility, seeing: set[str]) -> None:
    company = hidden(visibility)
    secret = company.facts.objectives["secret"]
    assert {person_id for person_id, person in company.facts.people.items() if sees(secret, person, company.facts)} == seeing


def test_a_new_member_of_the_team_sees_and_a_draft_is_its_owners() -> None:
    company = hidden(Visibility.TEAM)
    company.do(AddTeamMember(team_id="sales", person_id="member"))
    member = company.facts.people["member"]
    assert sees(company.facts.objectives["secret"], member, company.facts)
    company.do(CreateObjective(objective_id="idea", cycle_id="q3", title="Idea", team_id="sales", owner_id="max"))
    idea = company.facts.objectives["idea"]
    assert not sees(idea, member, company.facts)
    assert sees(idea, company.facts.people["max"], company.facts)


@pytest.mark.parametrize(
    "command",
    [
        UpdateObjective(objective_id="secret", title="x"),
        AlignObjective(objective_id="trust", parent_id="secret"),
        AlignObjective(objective_id="trust", parent_id="clue"),
        CreateObjective(objective_id="x", cycle_id="q3", title="x", parent_ids=("clue",)),
        AddKeyResult(key_result_id="x", objective_id="secret", title="x", metric=Metric(kind=MetricKind.BINARY)),
        UpdateKeyResult(key_result_id="replies", objective_id="secret"),
        DropKeyResult(key_result_id="clue"),
        RecordCheckIn(check_in_id="x", key_result_id="clue", value=Decimal(6)),
        CorrectCheckIn(check_in_id="sign", value=Decimal(6)),
        ReorderObjectives(cycle_id="q3", objective_ids=("trust", "secret")),
        CarryOverObjective(objective_id="secret", successor_id="x", cycle_id="q4"),
    ],
)
def test_what_one_may_not_see_does_not_exist(command: Command) -> None:
    company = hidden(Visibility.PRIVATE)
    assert code_of(command, "member", company) is RejectionCode.NOT_FOUND
    assert code_of(command, "admin", company) is None
