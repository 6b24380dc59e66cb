"""Commands about who may come in: organizations and tokens."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from events.identifier import Noun, is_identifier, uuid_of
from events.right import Right
from projections import moments, people
from service import identities
from service.assembly import database_of, ledger_of
from service.command_options import Data, Organization, chosen_organization, chosen_settings, chosen_subject, run
from service.first_organization import FirstOrganization, create_first_organization
from service.running_database import prepare_database, running_database
from service.tokens import NewToken, Token, create_token, list_tokens, revoke_token

organization_commands = typer.Typer(help="Create organizations.", no_args_is_help=True)
token_commands = typer.Typer(help="Create, list and revoke tokens.", no_args_is_help=True)


class NoAccessError(Exception):
    """A token was asked for somebody who has no access."""


class TokenNotFoundError(Exception):
    """There is no such token that still holds."""


@organization_commands.command("create")
def organization_create(  # noqa: PLR0917 - all that the command line says
    name: Annotated[str, typer.Option(help="Name of the organization")],
    admin_name: Annotated[str, typer.Option(help="Name of its first ADMIN")],
    admin_email: Annotated[str, typer.Option(help="E-mail address of its first ADMIN")],
    time_zone: Annotated[str, typer.Option(help="Time zone of the IANA database, such as Europe/Prague")] = "UTC",
    admin_subject: Annotated[
        str | None, typer.Option(help="Subject of that ADMIN at the OpenID provider, its claim `sub`", show_default=False)
    ] = None,
    admin_issuer: Annotated[
        str | None, typer.Option(help="Its issuer [default: OKR_LEDGER_OPENID_ISSUER]", show_default=False)
    ] = None,
    data: Data = None,
) -> None:
    """Create an organization with its first ADMIN, and print their identifiers and a token."""
    settings = chosen_settings(data)
    admin = None if admin_subject is None else chosen_subject(settings, admin_subject, admin_issuer, "--admin-issuer")

    async def create(database_url: str) -> FirstOrganization:
        await prepare_database(database_url)
        async with database_of(settings, database_url) as database:
            ledger = ledger_of(settings, database)
            try:
                made = await create_first_organization(
                    database, ledger, name=name, time_zone=time_zone, admin_name=admin_name, admin_email=admin_email
                )
                if admin is not None:
                    organization_id = uuid_of(made.organization_id)
                    async with database.connection(organization_id) as connection:
                        await identities.link(connection, organization_id, made.person_id, admin)
                return made
            finally:
                await ledger.drain()

    with running_database(settings) as database_url:
        created = run(create(database_url))
    typer.echo(f"organization {created.organization_id}")
    typer.echo(f"person {created.person_id}")
    typer.echo(f"token {created.token}")


@token_commands.command("create")
def token_create(  # noqa: PLR0917 - all that the command line says
    name: Annotated[str, typer.Option(help="What the token is for")],
    person: Annotated[str | None, typer.Option(help="Identifier of the person whom it stands for", show_default=False)] = None,
    program: Annotated[str | None, typer.Option(help="Or of the program", show_default=False)] = None,
    scope: Annotated[
        list[Right] | None,
        typer.Option(help="A right that it may use, if its holder has it; several times for several", show_default=False),
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may use no right but read")] = False,  # noqa: FBT002 - a flag
    days: Annotated[int | None, typer.Option(min=1, max=3_650, help="Days it holds; without, until it is revoked")] = None,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Create a token and print its secret, which nobody can read again."""
    holder = _holder(person, program)
    if scope and read_only:
        raise typer.BadParameter("either scopes or none", param_hint="--read-only")
    settings = chosen_settings(data)
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    scopes = frozenset(scope or ()) if scope or read_only else None

    async def create(database_url: str) -> NewToken:
        await prepare_database(database_url)
        organization_id = await chosen_organization(database_url, organization)
        async with database_of(settings, database_url) as database, database.connection(organization_id) as connection:
            head = await moments.head(connection, organization_id)
            if head is None or await people.access(connection, organization_id, head, holder) is None:
                raise NoAccessError(f"{holder} is no active member or program of the organization")
            return await create_token(connection, organization_id, holder, name, expires_at, scopes=scopes)

    with running_database(settings) as database_url:
        created = run(create(database_url))
    typer.echo(f"token {created.token.token_id}", err=True)
    typer.echo(created.secret)


def _holder(person: str | None, program: str | None) -> str:
    if (person is None) == (program is None):
        raise typer.BadParameter("name a person or a program", param_hint="--person")
    if person is not None and not is_identifier(person, Noun.PERSON):
        raise typer.BadParameter("not the identifier of a person", param_hint="--person")
    if program is not None and not is_identifier(program, Noun.PROGRAM):
        raise typer.BadParameter("not the identifier of a program", param_hint="--program")
    return person or program or ""


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
        typer.echo("\t".join((str(token.token_id), token.actor_id, _state(token), token.name, _scopes(token))))


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
            return await revoke_token(connection, organization_id, token) is not None

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


def _scopes(token: Token) -> str:
    return "all rights" if token.scopes is None else " ".join(sorted(token.scopes)) or "reads only"
