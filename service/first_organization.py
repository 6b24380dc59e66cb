"""The first act of an organization: it comes into being with one ADMIN, who gets a token."""

from dataclasses import dataclass
from datetime import UTC, datetime

from events.act import Act, Refused
from events.decider import decide
from events.envelope import Context, Origin
from events.facts import Facts
from events.identifier import SYSTEM_ACTOR, Noun, format_identifier, new_identifier, new_uuid
from events.limits import Limits, check_content
from events.organization import CreateOrganization
from events.person import InvitePerson, Role
from events.rejection import Rejected
from projections.generation import newest_generation
from service.database import Database
from service.ledger import Ledger
from service.person_keys import new_key, seal
from service.tokens import create_token


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstOrganization:
    """What was created; `token` is the ADMIN's secret, which nobody can read again."""

    organization_id: str
    person_id: str
    token: str


async def create_first_organization(
    database: Database, ledger: Ledger, *, name: str, time_zone: str, admin_name: str, admin_email: str
) -> FirstOrganization:
    """Create an organization with one ADMIN and a token.

    Raises:
        Rejected: a name is empty or too long, or the time zone is unknown.
    """
    organization_id = new_uuid()
    person_id, key = new_identifier(Noun.PERSON), new_key()
    identifier = format_identifier(Noun.ORGANIZATION, organization_id)
    act = Act(
        organization_id=organization_id,
        actor_id=SYSTEM_ACTOR,
        commands=(
            CreateOrganization(organization_id=identifier, name=name, time_zone=time_zone),
            InvitePerson(person_id=person_id, sealed=seal(key, admin_name, admin_email), role=Role.ADMIN),
        ),
        origin=Origin.SYSTEM,
        request_id="organization create",
        person_keys={person_id: key},
    )
    _check(act)
    async with database.connection(organization_id) as connection:
        generation = await newest_generation(connection)
    await ledger.begin_organization(organization_id, generation)
    outcome = await ledger.dispatch(act)
    if isinstance(outcome, Refused):
        raise Rejected(*outcome.rejections)
    async with database.connection(organization_id) as connection:
        token = await create_token(connection, organization_id, person_id, "first token")
    return FirstOrganization(organization_id=identifier, person_id=person_id, token=token.secret)


def _check(act: Act) -> None:
    # Before the log exists: a refusal by the log itself would leave an empty one behind.
    context = Context(actor_id=act.actor_id, at=datetime.now(UTC))
    for command in act.commands:
        check_content(command, Limits())
        decide(command, Facts(act.organization_id), context)
