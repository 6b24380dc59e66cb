"""Commands about programs: register, list, retire."""

from typing import Annotated
from uuid import UUID

import typer

from events.act import Act, Refused
from events.envelope import Origin
from events.identifier import SYSTEM_ACTOR, Noun, format_identifier, is_identifier, new_identifier
from events.person import Role
from events.program import ProgramCommand, RegisterProgram, RetireProgram
from events.rejection import Rejected
from events.store import OrganizationNotFoundError
from projections import programs
from projections.page import Window
from projections.rows import ProgramRow
from schema.view import ReadLimits
from service.assembly import database_of, ledger_of
from service.command_options import Data, Organization, chosen_organization, chosen_settings, run
from service.log_commands import LogNotFoundError
from service.running_database import prepare_database, running_database
from service.session import owner_context
from service.settings import Settings

program_commands = typer.Typer(
    help="Register, list and retire programs; `token create` gives them tokens.", no_args_is_help=True
)

LISTED_AT_MOST = 1_000


def _checked_program(text: str) -> str:
    if not is_identifier(text, Noun.PROGRAM):
        raise typer.BadParameter("not the identifier of a program")
    return text


@program_commands.command("register")
def register(
    name: Annotated[str, typer.Option(help="What it is called; everybody sees it")],
    role: Annotated[Role, typer.Option(help="What it may do")] = Role.MEMBER,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Make a program an actor of the organization and print its identifier."""
    program_id = new_identifier(Noun.PROGRAM)
    _carry_out(RegisterProgram(program_id=program_id, name=name, role=role), organization, chosen_settings(data))
    typer.echo(program_id)


@program_commands.command("retire")
def retire(
    program: Annotated[str, typer.Argument(help="Identifier of the program", callback=_checked_program)],
    organization: Organization = None,
    data: Data = None,
) -> None:
    """End a program's access for good, with all its tokens."""
    _carry_out(RetireProgram(program_id=program), organization, chosen_settings(data))
    typer.echo(f"{program} is retired")


@program_commands.command("list")
def list_programs(organization: Organization = None, data: Data = None) -> None:
    """List programs by name: identifier, role, state, name."""
    settings = chosen_settings(data)

    async def listed(database_url: str) -> tuple[ProgramRow, ...]:
        await prepare_database(database_url)
        organization_id = await chosen_organization(database_url, organization)
        async with database_of(settings, database_url) as database:
            context = await owner_context(database, organization_id, ReadLimits())
            if context is None:
                return ()
            view = await context.present()
            return (await programs.page(view.reader, view.lens, Window(first=LISTED_AT_MOST))).rows

    with running_database(settings) as database_url:
        for row in run(listed(database_url)):
            typer.echo("\t".join((row.id, row.role, "active" if row.retired_at is None else "retired", row.name)))


def _carry_out(command: ProgramCommand, organization: str | None, settings: Settings) -> None:
    async def carried_out(database_url: str) -> None:
        await prepare_database(database_url)
        organization_id = await chosen_organization(database_url, organization)
        async with database_of(settings, database_url) as database:
            ledger = ledger_of(settings, database)
            try:
                outcome = await ledger.dispatch(_act(organization_id, command))
            except OrganizationNotFoundError as error:
                raise LogNotFoundError(f"there is no log of {format_identifier(Noun.ORGANIZATION, organization_id)}") from error
            finally:
                await ledger.drain()
        if isinstance(outcome, Refused):
            raise Rejected(*outcome.rejections)

    with running_database(settings) as database_url:
        run(carried_out(database_url))


def _act(organization_id: UUID, command: ProgramCommand) -> Act:
    return Act(
        organization_id=organization_id,
        actor_id=SYSTEM_ACTOR,
        commands=(command,),
        origin=Origin.SYSTEM,
        request_id="program",
    )
