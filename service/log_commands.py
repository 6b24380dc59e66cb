"""Commands about the log and what is derived from it: verify, rebuild."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console

from events.connection import Connection
from events.identifier import Noun, format_identifier
from events.verify_database import verify_log
from events.verify_export import Anchor, VerificationReport, described, read_seal, verify_export
from projections.generation import drop_generation
from projections.rebuild import RebuildProgress, Rebuilt, rebuild
from service.checkpoint import open_checkpoint
from service.command_options import Data, Organization, chosen_organization, chosen_settings, run
from service.database import owner_connection
from service.progress_bar import Advance, progress_bar
from service.running_database import organizations, prepare_database, running_database
from service.signed_note import MAX_NOTE_BYTES, SignedNoteError, VerifierKey

FAILED = 1


class LogNotFoundError(Exception):
    """There is no log of the organization that was named."""


def _checked_seal(text: str) -> Anchor:
    try:
        return read_seal(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _checked_key(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except SignedNoteError as error:
        raise typer.BadParameter(str(error)) from error


def _noted(checkpoint: Path | None, key: VerifierKey | None) -> list[Anchor]:
    if checkpoint is None and key is None:
        return []
    if checkpoint is None or key is None:
        raise typer.BadParameter("--checkpoint and --key belong together: a checkpoint is worth what its signature is")
    with checkpoint.open("rb") as file:
        return [open_checkpoint(file.read(MAX_NOTE_BYTES + 1), key, f"checkpoint {checkpoint}")]


def verify_command(
    export: Annotated[
        Path | None, typer.Argument(help="An export to verify instead of the database", exists=True, dir_okay=False)
    ] = None,
    organization: Organization = None,
    *,
    full: Annotated[bool, typer.Option("--full", help="Begin at the first event, not at the last one verified")] = False,
    seal: Annotated[
        list[Anchor] | None,
        typer.Option(
            parser=_checked_seal,
            metavar="POSITION:HASH",
            help="Position and hash noted elsewhere, such as the seal of a closed cycle; may be given several times",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A checkpoint that the log must still hold, signed by --key", exists=True, dir_okay=False),
    ] = None,
    key: Annotated[
        VerifierKey | None,
        typer.Option(parser=_checked_key, metavar="KEY", help="Public key that the checkpoint must be signed by"),
    ] = None,
    data: Data = None,
) -> None:
    """Prove that logs are whole: recompute the chain of hashes. Exit code 1 if one is not.

    With a seal or a checkpoint the hashes are recomputed from the first event on, and what was noted is compared.
    """
    anchors = [*(seal or []), *_noted(checkpoint, key)]
    if export is not None:
        reports = [_verified_export(export, anchors)]
    else:
        with running_database(chosen_settings(data)) as database_url, progress_bar("Verifying") as advance:
            reports = run(_verify(database_url, organization, anchors, advance, full=full))
    for report in reports:
        typer.echo(described(report, _name(report)))
    if not all(report.is_valid for report in reports):
        raise typer.Exit(FAILED)


def _verified_export(export: Path, anchors: Sequence[Anchor]) -> VerificationReport:
    size = export.stat().st_size
    with export.open("rb") as file, progress_bar("Verifying") as advance:
        return verify_export(file, anchors, lambda _, byte_count: advance(byte_count, size))


async def _verify(
    database_url: str, organization: str | None, anchors: Sequence[Anchor], advance: Advance, *, full: bool
) -> list[VerificationReport]:
    await prepare_database(database_url)
    noted = next((anchor.organization_id for anchor in anchors if anchor.organization_id is not None), None)
    if organization is None and noted is not None:
        chosen = [noted]
    elif organization is not None or anchors:
        chosen = [await chosen_organization(database_url, organization)]
    else:
        chosen = await organizations(database_url)
    async with owner_connection(database_url) as connection:
        return [await verified_log(connection, each, advance, full=full, anchors=anchors) for each in chosen]


async def verified_log(
    connection: Connection, organization_id: UUID, advance: Advance, *, full: bool = False, anchors: Sequence[Anchor] = ()
) -> VerificationReport:
    """Verify the log of an organization; see `verify_log`.

    Raises:
        LogNotFoundError: there is none.
    """
    report = await verify_log(
        connection,
        organization_id,
        full=full,
        anchors=anchors,
        on_progress=lambda progress: advance(progress.position, progress.last_position),
    )
    if report is None:
        raise LogNotFoundError(f"there is no log of {format_identifier(Noun.ORGANIZATION, organization_id)}")
    return report


def _name(report: VerificationReport) -> str:
    known = report.organization_id
    return "the log" if known is None else format_identifier(Noun.ORGANIZATION, known)


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
