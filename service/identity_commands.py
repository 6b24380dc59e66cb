"""Commands about who signs in as whom through the OpenID provider: link, unlink, list."""

from typing import Annotated

import typer

from events.identifier import Noun, is_identifier
from projections import moments, people
from service import identities
from service.assembly import database_of
from service.command_options import Data, Organization, chosen_organization, chosen_settings, chosen_subject, run
from service.member_commands import NoAccessError
from service.running_database import prepare_database, running_database

identity_commands = typer.Typer(help="Say who signs in as whom through the OpenID provider.", no_args_is_help=True)


def _checked_person(text: str) -> str:
    if not is_identifier(text, Noun.PERSON):
        raise typer.BadParameter("not the identifier of a person")
    return text


Person = Annotated[str, typer.Option(help="Identifier of the person", callback=_checked_person)]


@identity_commands.command("link")
def link(
    person: Person,
    subject: Annotated[str, typer.Option(help="Subject at the provider, its claim `sub`")],
    issuer: Annotated[str | None, typer.Option(help="Issuer [default: OKR_LEDGER_OPENID_ISSUER]", show_default=False)] = None,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Let a subject of the provider stand for a person, instead of whom it stood for in the organization before."""
    settings = chosen_settings(data)
    who = chosen_subject(settings, subject, issuer, "--issuer")

    async def linked(database_url: str) -> None:
        await prepare_database(database_url)
        organization_id = await chosen_organization(database_url, organization)
        async with database_of(settings, database_url) as database, database.connection(organization_id) as connection:
            head = await moments.head(connection, organization_id)
            if head is None or await people.access(connection, organization_id, head, person) is None:
                raise NoAccessError(f"{person} is no active member of the organization")
            await identities.link(connection, organization_id, person, who)

    with running_database(settings) as database_url:
        run(linked(database_url))
    typer.echo(f"{subject} signs in as {person}")


@identity_commands.command("unlink")
def unlink(person: Person, organization: Organization = None, data: Data = None) -> None:
    """Let no subject stand for a person any more; at once."""
    settings = chosen_settings(data)

    async def unlinked(database_url: str) -> int:
        await prepare_database(database_url)
        organization_id = await chosen_organization(database_url, organization)
        async with database_of(settings, database_url) as database, database.connection(organization_id) as connection:
            return await identities.unlink(connection, organization_id, person)

    with running_database(settings) as database_url:
        typer.echo(f"{run(unlinked(database_url))} subjects are unlinked")


@identity_commands.command("list")
def list_identities(organization: Organization = None, data: Data = None) -> None:
    """List who signs in as whom: person, issuer, subject."""
    settings = chosen_settings(data)

    async def listed(database_url: str) -> list[tuple[str, str, str]]:
        await prepare_database(database_url)
        organization_id = await chosen_organization(database_url, organization)
        async with database_of(settings, database_url) as database, database.connection(organization_id) as connection:
            return await identities.list_identities(connection, organization_id)

    with running_database(settings) as database_url:
        for each in run(listed(database_url)):
            typer.echo("\t".join(each))
