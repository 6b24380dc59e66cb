"""An organization for tests of the API: made through the ledger, with one person and one token for each role."""

from dataclasses import dataclass
from uuid import UUID

from events.act import Accepted, Act
from events.envelope import Origin
from events.identifier import SYSTEM_ACTOR, Noun, format_identifier, new_identifier, new_uuid
from events.organization import CreateOrganization
from events.person import InvitePerson, Role
from service.assembly import database_of, ledger_of
from service.person_keys import new_key, seal
from service.settings import Settings
from service.tokens import create_token


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleOrganization:
    """What a test needs to speak for somebody; people and tokens by role."""

    organization_id: UUID
    people: dict[Role, str]
    tokens: dict[Role, str]

    @property
    def identifier(self) -> str:
        """The organization's identifier in the API."""
        return format_identifier(Noun.ORGANIZATION, self.organization_id)


async def make_organization(database_url: str, name: str = "Example", time_zone: str = "UTC") -> ExampleOrganization:
    """Make an organization with an ADMIN, a MEMBER, a VIEWER and an AUDITOR, each named after their role."""
    settings = Settings()
    organization_id = new_uuid()
    people = {role: new_identifier(Noun.PERSON) for role in Role}
    keys = {person_id: new_key() for person_id in people.values()}
    invitations = [
        InvitePerson(
            person_id=person_id,
            sealed=seal(keys[person_id], f"{role.title()} Person", f"{role.lower()}@example.org"),
            role=role,
        )
        for role, person_id in people.items()
    ]
    creation = CreateOrganization(
        organization_id=format_identifier(Noun.ORGANIZATION, organization_id), name=name, time_zone=time_zone
    )
    async with database_of(settings, database_url) as database:
        ledger = ledger_of(settings, database)
        await ledger.begin_organization(organization_id)
        outcome = await ledger.dispatch(
            Act(
                organization_id=organization_id,
                actor_id=SYSTEM_ACTOR,
                commands=(creation, *invitations),
                origin=Origin.SYSTEM,
                request_id="make_organization",
                person_keys=keys,
            )
        )
        assert isinstance(outcome, Accepted), outcome
        async with database.connection(organization_id) as connection:
            tokens = {
                role: (await create_token(connection, organization_id, person_id, role)).secret
                for role, person_id in people.items()
            }
        await ledger.drain()
    return ExampleOrganization(organization_id=organization_id, people=people, tokens=tokens)
