"""Commands about the log and what is derived from it: verify, rebuild."""

from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console

from events.export import ExportFormatError, verify_export
from events.identifier import Noun, format_identifier
from events.verify import VerificationReport
from events.verify_database import verify_log
from projections.generation import drop_generation
from projections.rebuild import RebuildProgress, Rebuilt, rebuild
from service.command_options import Data, Organization, chosen_organization, chosen_settings, run
from service.database import owner_connection
from service.progress_bar import Advance, progress_bar
from service.running_database import organizations, prepare_database, running_database

FAILED = 1


class LogNotFoundError(Exception):
    """There is no log of the organization that was named."""


def verify_command(
    export: Annotated[
        Path | None, typer.Argument(help="An export to verify instead of the database", exists=True, dir_okay=False)
    ] = None,
    organization: Organization = None,
    *,
    full: Annotated[bool, typer.Option("--full", help="Begin at the first event, not after the last one verified")] = False,
    data: Data = None,
) -> None:
    """Prove that logs are whole: recompute the chain of hashes. Exit code 1 if one is not."""
    if export is not None:
        with export.open("rb") as lines:
            reports = [_verified_export(export, lines)]
    else:
        with running_database(chosen_settings(data)) as database_url, progress_bar("Verifying") as advance:
            reports = run(_verify(database_url, organization, advance, full=full))
    for report in reports:
        typer.echo(_described(report))
    if not all(report.is_valid for report in reports):
        raise typer.Exit(FAILED)


def _verified_export(export: Path, lines: BinaryIO) -> VerificationReport:
    try:
        return verify_export(lines)
    except ExportFormatError as error:
        raise ExportFormatError(f"{export}: {error}") from error


async def _verify(database_url: str, organization: str | None, advance: Advance, *, full: bool) -> list[VerificationReport]:
    await prepare_database(database_url)
    chosen = await organizations(database_url)
    if organization is not None:
        chosen = [await chosen_organization(database_url, organization)]
    reports: list[VerificationReport] = []
    async with owner_connection(database_url) as connection:
        for organization_id in chosen:
            report = await verify_log(
                connection,
                organization_id,
                full=full,
                on_progress=lambda progress: advance(progress.position, progress.last_position),
            )
            if report is None:
                raise LogNotFoundError(f"there is no log of {format_identifier(Noun.ORGANIZATION, organization_id)}")
            reports.append(report)
    return reports


def _described(report: VerificationReport) -> str:
    name = format_identifier(Noun.ORGANIZATION, report.organization_id)
    redacted = f", {len(report.redacted_positions)} of them redacted" if report.redacted_positions else ""
    if report.problem is not None:
        return f"{name}: NOT WHOLE at position {report.problem.position}: {report.problem.kind}: {report.problem.message}"
    return f"{name}: whole from {report.first_position} to {report.position}{redacted}, hash {report.hash.hex()}"


def rebuild_command(
    organization: Organization = None,
    generation: Annotated[
        int | None, typer.Option(min=1, help="An existing generation to bring up to date and switch to, instead of a new one")
    ] = None,
    *,
    accept_differences: Annotated[
        bool, typer.Option("--accept-differences", help="Switch even where the result differs from what is in use")
    ] = False,
    drop: Annotated[int | None, typer.Option(min=1, help="Only delete a generation that nobody reads any more")] = None,
    data: Data = None,
) -> None:
    """Make the read models anew from the log, beside those in use, compare them, and switch."""
    with running_database(chosen_settings(data)) as database_url:
        if drop is not None:
            run(_drop(database_url, drop))
            typer.echo(f"generation {drop} is deleted")
            return
        with progress_bar("Rebuilding") as advance:
            rebuilt = run(_rebuild(database_url, organization, generation, advance, accept_differences=accept_differences))
    _report(rebuilt)


async def _drop(database_url: str, generation: int) -> None:
    async with owner_connection(database_url) as connection:
        await drop_generation(connection, generation)


async def _rebuild(
    database_url: str, organization: str | None, generation: int | None, advance: Advance, *, accept_differences: bool
) -> Rebuilt:
    await prepare_database(database_url)
    only = None if organization is None else [await chosen_organization(database_url, organization)]

    def report(progress: RebuildProgress) -> None:
        advance(progress.position, progress.head_position)

    async with owner_connection(database_url) as connection:
        return await rebuild(
            connection, report, generation=generation, organization_ids=only, accept_differences=accept_differences
        )


def _report(rebuilt: Rebuilt) -> None:
    for each in rebuilt.organizations:
        name = format_identifier(Noun.ORGANIZATION, each.organization_id)
        state = "switched" if each.is_switched else "NOT switched"
        typer.echo(f"{name}: generation {rebuilt.generation} up to position {each.position}, {state}")
        for difference in each.differences:
            counts = f"{difference.missing_count} rows missing, {difference.unexpected_count} unexpected"
            typer.echo(f"  {difference.table}: {counts}: {', '.join(difference.examples)}")
    if not all(each.is_switched for each in rebuilt.organizations):
        Console(stderr=True).print("Look at the differences; --accept-differences switches all the same.")
        raise typer.Exit(FAILED)
