"""Who comes in is given what the database says they may, though the teams that they lead are remembered."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from events.act import Accepted, Act
from events.command import Command
from events.envelope import Origin
from events.identifier import SYSTEM_ACTOR, Noun, new_identifier
from events.organization import UpdateOrganization
from events.person import Role, UpdatePerson
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, UpdateTeam
from projections import people
from service.assembly import database_of, ledger_of
from service.authentication import Authenticator
from service.database import Database
from service.entrance import Entered, Entrance
from service.settings import Settings
from tests.support.organization import ExampleOrganization, make_organization
from tests.support.reading import ROWS_TAKEN

MANY_TEAMS = 100


class Office:
    """An organization that is written to past the entrance, as another process would; `member_id` is who comes in."""

    def __init__(self, organization: ExampleOrganization, database: Database) -> None:
        self.organization = organization
        self.database = database
        self.ledger = ledger_of(Settings(), database)
        self.entrance = Entrance(database, Authenticator(database, None))
        self.member_id = organization.people[Role.MEMBER]

    async def write(self, *commands: Command) -> None:
        """Carry out commands that have to be accepted."""
        act = Act(
            organization_id=self.organization.organization_id,
            actor_id=SYSTEM_ACTOR,
            commands=commands,
            origin=Origin.SYSTEM,
            request_id="test",
        )
        outcome = await self.ledger.dispatch(act)
        assert isinstance(outcome, Accepted), outcome

    async def enter(self) -> Entered:
        """Let the member in; what they are given is what the database says without anything remembered."""
        entered = await self.entrance.enter(self.organization.tokens[Role.MEMBER], None)
        async with self.database.connection(self.organization.organization_id) as connection:
            said = await people.access(connection, self.organization.organization_id, entered.head, self.member_id)
        assert entered.access == said
        return entered

    async def led(self) -> set[str]:
        """Answer the teams that the member leads, by what they are given when they come in."""
        return set((await self.enter()).access.grants.led_team_ids)


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    organization = await make_organization(database_url)
    async with database_of(Settings(), database_url) as database:
        made = Office(organization, database)
        yield made
        await made.ledger.drain()


async def test_whoever_leads_other_teams_has_other_rights_at_once(office: Office):
    sales, region, other = (new_identifier(Noun.TEAM) for _ in range(3))
    assert await office.led() == set()
    await office.write(CreateTeam(team_id=sales, name="Sales", lead_id=office.member_id))
    assert await office.led() == {sales}
    await office.write(UpdateOrganization(name="Another"))
    assert await office.led() == {sales}
    await office.write(CreateTeam(team_id=region, name="Region", parent_id=sales))
    await office.write(CreateTeam(team_id=other, name="Other", parent_id=region))
    assert await office.led() == {sales, region, other}
    await office.write(UpdateTeam(team_id=region, parent_id=None))
    assert await office.led() == {sales}
    await office.write(UpdateTeam(team_id=sales, lead_id=None), UpdateTeam(team_id=region, lead_id=office.member_id))
    assert await office.led() == {region, other}
    await office.write(ArchiveTeam(team_id=other))
    await office.enter()


async def test_what_is_not_remembered_is_as_it_is_now(office: Office):
    sales = new_identifier(Noun.TEAM)
    await office.write(CreateTeam(team_id=sales, name="Sales", lead_id=office.member_id))
    assert await office.led() == {sales}
    await office.write(AddTeamMember(team_id=sales, person_id=office.member_id))
    assert (await office.enter()).access.grants.member_team_ids == {sales}
    await office.write(RemoveTeamMember(team_id=sales, person_id=office.member_id))
    await office.write(UpdatePerson(person_id=office.member_id, role=Role.VIEWER))
    entered = await office.enter()
    assert entered.access.grants.member_team_ids == set()
    assert entered.access.role is Role.VIEWER
    assert entered.access.grants.led_team_ids == {sales}


@pytest.mark.parametrize("is_remembered", [False, True])
async def test_a_lead_of_many_teams_comes_in_without_a_walk_through_them(office: Office, is_remembered: bool):
    first, *others = [new_identifier(Noun.TEAM) for _ in range(MANY_TEAMS)]
    await office.write(
        CreateTeam(team_id=first, name="All", lead_id=office.member_id),
        *(CreateTeam(team_id=each, name=each, parent_id=first) for each in others),
    )
    entered = await office.enter()
    assert len(entered.access.grants.led_team_ids) == MANY_TEAMS
    organization_id = office.organization.organization_id
    async with office.database.connection(organization_id) as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        position = entered.head.position if is_remembered else None
        statement = people.access_statement(entered.head.generation)
        begun = await connection.fetchval(ROWS_TAKEN)
        row = await connection.fetchrow(statement, organization_id, office.member_id, entered.head.position, position)
        taken = await connection.fetchval(ROWS_TAKEN) - begun
    assert row is not None
    assert people.access_of(row, office.member_id, None, entered.access.grants.led_team_ids) == entered.access
    assert taken < 10 if is_remembered else taken >= MANY_TEAMS
