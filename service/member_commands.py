"""Commands about who may come in: organizations and tokens."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from events.identifier import Noun, is_identifier
from projections import moments, people
from service.assembly import database_of, ledger_of
from service.command_options import Data, Organization, chosen_organization, chosen_settings, run
from service.first_organization import FirstOrganization, create_first_organization
from service.running_database import prepare_database, running_database
from service.settings import Settings
from service.tokens import NewToken, Token, create_token, list_tokens, revoke_token

organization_commands = typer.Typer(help="Create organizations.", no_args_is_help=True)
token_commands = typer.Typer(help="Create, list and revoke tokens.", no_args_is_help=True)


class NoAccessError(Exception):
    """A token was asked for somebody who has no access."""


class TokenNotFoundError(Exception):
    """There is no such token that still holds."""


@organization_commands.command("create")
def organization_create(
    name: Annotated[str, typer.Option(help="Name of the organization")],
    admin_name: Annotated[str, typer.Option(help="Name of its first ADMIN")],
    admin_email: Annotated[str, typer.Option(help="E-mail address of its first ADMIN")],
    time_zone: Annotated[str, typer.Option(help="Time zone of the IANA database, such as Europe/Prague")] = "UTC",
    data: Data = None,
) -> None:
    """Create an organization with its first ADMIN, and print their identifiers and a token."""
    settings = chosen_settings(data)

    async def create(database_url: str) -> FirstOrganization:
        await prepare_database(database_url)
        async with database_of(settings, database_url) as database:
            ledger = ledger_of(settings, database)
            try:
                return await create_first_organization(
                    database, ledger, name=name, time_zone=time_zone, admin_name=admin_name, admin_email=admin_email
                )
            finally:
                await ledger.drain()

    with running_database(settings) as database_url:
        created = run(create(database_url))
    typer.echo(f"organization {created.organization_id}")
    typer.echo(f"person {created.person_id}")
    typer.echo(f"token {created.token}")


@token_commands.command("create")
def token_create(
    person: Annotated[str, typer.Option(help="Identifier of the person whom the token stands for")],
    name: Annotated[str, typer.Option(help="What the token is for")],
    days: Annotated[int | None, typer.Option(min=1, max=3_650, help="Days it holds; without, until it is revoked")] = None,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Create a token and print its secret, which nobody can read again."""
    if not is_identifier(person, Noun.PERSON):
        raise typer.BadParameter("not the identifier of a person", param_hint="--person")
    settings = chosen_settings(data)
    with running_database(settings) as database_url:
        created = run(_create_token(settings, database_url, organization, person, name, days))
    typer.echo(f"token {created.token.token_id}", err=True)
    typer.echo(created.secret)


async def _create_token(  # noqa: PLR0917 - all that the command line says
    settings: Settings, database_url: str, organization: str | None, person_id: str, name: str, days: int | None
) -> NewToken:
    await prepare_database(database_url)
    organization_id = await chosen_organization(database_url, organization)
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    async with database_of(settings, database_url) as database, database.connection(organization_id) as connection:
        head = await moments.head(connection, organization_id)
        if head is None or await people.access(connection, organization_id, head, person_id) is None:
            raise NoAccessError(f"{person_id} is no active member of the organization")
        return await create_token(connection, organization_id, person_id, name, expires_at)


@token_commands.command("list")
def token_list(organization: Organization = None, data: Data = None) -> None:
    """List the tokens of an organization, the newest first; their secrets are not known."""
    settings = chosen_settings(data)

    async def listed(database_url: str) -> list[Token]:
        await prepare_database(database_url)
        organization_id = await chosen_organization(database_url, organization)
        async with database_of(settings, database_url) as database, database.connection(organization_id) as connection:
            return await list_tokens(connection, organization_id)

    with running_database(settings) as database_url:
        tokens = run(listed(database_url))
    for token in tokens:
        typer.echo("\t".join((str(token.token_id), token.actor_id, _state(token), token.name)))


@token_commands.command("revoke")
def token_revoke(
    token: Annotated[UUID, typer.Argument(help="Identifier of the token, as `token list` shows it")],
    organization: Organization = None,
    data: Data = None,
) -> None:
    """End a token at once."""
    settings = chosen_settings(data)

    async def revoke(database_url: str) -> bool:
        await prepare_database(database_url)
        organization_id = await chosen_organization(database_url, organization)
        async with database_of(settings, database_url) as database, database.connection(organization_id) as connection:
            return await revoke_token(connection, organization_id, token)

    with running_database(settings) as database_url:
        if not run(revoke(database_url)):
            raise TokenNotFoundError(f"there is no token {token} that still holds")
    typer.echo(f"token {token} is revoked")


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return f"revoked {_minute(token.revoked_at)}"
    if token.expires_at is None:
        return "holds"
    return f"{'holds until' if token.expires_at > datetime.now(UTC) else 'ended'} {_minute(token.expires_at)}"


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
