"""Commands that forget: one payload of the log, or a whole organization. People are erased through the API."""

from typing import Annotated
from uuid import UUID

import asyncpg
import typer

from events.connection import Connection
from events.redaction import TextFound, find_text, redact_event
from projections.generation import forget_organization
from projections.rebuild import RebuildProgress, rebuild
from service.command_options import Data, Organization, checked_organization, chosen_organization, chosen_settings, run
from service.database import owner_connection
from service.log_commands import LogNotFoundError
from service.member_commands import organization_commands
from service.progress_bar import Advance, progress_bar
from service.running_database import prepare_database, running_database

LONGEST_REASON = 2_000

# Deletes the files of an organization: any of them may hold what was redacted.
_FORGET_EXPORTS = "delete from okr_ledger.export where organization_id = $1"

# Deletes everything of an organization and answers the number of its events.
_REMOVE = "select okr_ledger.remove_organization($1, $2)"

Because = Annotated[str, typer.Option("--because", help="Why; kept for good", show_default=False)]


class NothingToRedactError(Exception):
    """Neither positions nor a text to look for were named."""


def _checked_reason(because: str) -> str:
    if not 1 <= len(because) <= LONGEST_REASON:
        raise typer.BadParameter(f"1 to {LONGEST_REASON} characters", param_hint="--because")
    return because


def redact_command(
    positions: Annotated[list[int] | None, typer.Argument(help="Positions of the events", min=1, show_default=False)] = None,
    because: Because = "",
    find: Annotated[
        str | None, typer.Option(help="Only list the events that hold this text, letter by letter", show_default=False)
    ] = None,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Take the free texts out of events for good, and out of everything that was made of them."""
    settings = chosen_settings(data)
    if find:
        with running_database(settings) as database_url:
            found = run(_find(database_url, organization, find))
        for each in found:
            typer.echo(f"{each.position}\t{each.type}\t{each.recorded_at.isoformat()}")
        return
    if not positions:
        raise NothingToRedactError("name the positions to redact, or a text to --find")
    _checked_reason(because)
    with running_database(settings) as database_url, progress_bar("Rebuilding") as advance:
        redacted = run(_redact(database_url, organization, sorted(set(positions)), because, advance))
    for position in redacted:
        typer.echo(f"position {position} is redacted")
    typer.echo("the read models are made anew, without it; files of the organization and its older read models are deleted")


async def _find(database_url: str, organization: str | None, text: str) -> list[TextFound]:
    await prepare_database(database_url)
    organization_id = await chosen_organization(database_url, organization)
    async with owner_connection(database_url) as connection:
        return await find_text(connection, organization_id, text)


async def _redact(
    database_url: str, organization: str | None, positions: list[int], because: str, advance: Advance
) -> list[int]:
    await prepare_database(database_url)
    organization_id = await chosen_organization(database_url, organization)
    async with owner_connection(database_url) as connection:
        async with connection.transaction():
            redacted = [each for each in positions if await redact_event(connection, organization_id, each, because)]
        # Also when all of them were redacted before: a run that was stopped is finished by the next.
        await _forget_texts(connection, organization_id, advance)
    return redacted


async def _forget_texts(connection: Connection, organization_id: UUID, advance: Advance) -> None:
    def report(progress: RebuildProgress) -> None:
        advance(progress.position, progress.head_position)

    # What differs is what was redacted.
    rebuilt = await rebuild(connection, report, organization_ids=[organization_id], accept_differences=True)
    await connection.execute(_FORGET_EXPORTS, organization_id)
    await forget_organization(connection, organization_id, rebuilt.generation)


@organization_commands.command("remove")
def organization_remove(
    organization: Annotated[str, typer.Argument(help="Identifier of the organization", callback=checked_organization)],
    because: Because,
    *,
    confirmed: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    data: Data = None,
) -> None:
    """Delete an organization for good, with its log, its people, its read models, tokens and files."""
    _checked_reason(because)
    settings = chosen_settings(data)
    if not confirmed:
        typer.confirm(f"Delete everything of {organization} for good?", abort=True)
    with running_database(settings) as database_url:
        removed = run(_remove(database_url, organization, because))
    typer.echo(f"{organization} is deleted: {removed} events")


async def _remove(database_url: str, organization: str, because: str) -> int:
    await prepare_database(database_url)
    organization_id = await chosen_organization(database_url, organization)
    async with owner_connection(database_url) as connection:
        try:
            removed: int = await connection.fetchval(_REMOVE, organization_id, because)
        except asyncpg.NoDataFoundError as error:
            raise LogNotFoundError(f"there is no {organization}") from error
    return removed
