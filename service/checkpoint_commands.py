"""Commands about checkpoints: make the key, and sign the head of a log with it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from events.verify_export import VerificationReport, described
from service.checkpoint import signed_checkpoint
from service.command_options import Data, Organization, chosen_organization, chosen_settings, run
from service.database import owner_connection
from service.log_commands import FAILED, verified_log
from service.progress_bar import Advance, progress_bar
from service.running_database import prepare_database, running_database
from service.settings import SettingsError
from service.signed_note import SignedNoteError, SignerKey

_STANDARD_OUTPUT = Path("-")


def checkpoint_key_command(
    name: Annotated[str, typer.Argument(help="Name of the key, best that of the service, such as okr.example.com")],
) -> None:
    """Make a key that signs checkpoints: the private half for OKR_LEDGER_CHECKPOINT_KEY, the public one for everybody."""
    try:
        key = SignerKey.new(name)
    except SignedNoteError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"private {key.exported()}")
    typer.echo(f"public {key.verifier}")


def checkpoint_command(
    output: Annotated[Path, typer.Argument(help="File to write, '-' for standard output")] = _STANDARD_OUTPUT,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Sign the head of a log, to be kept outside the database; first verify what no verification has seen yet."""
    settings = chosen_settings(data)
    key = settings.signer_key()
    if key is None:
        raise SettingsError("OKR_LEDGER_CHECKPOINT_KEY is not set; okr-ledger checkpoint-key NAME makes a key")
    with running_database(settings) as database_url, progress_bar("Verifying") as advance:
        report = run(_verify(database_url, organization, advance))
    if not report.is_valid:
        typer.echo(described(report, "the log"), err=True)
        raise typer.Exit(FAILED)
    note = signed_checkpoint(report, key).encode()
    if output == _STANDARD_OUTPUT:
        sys.stdout.buffer.write(note)
    else:
        output.write_bytes(note)


async def _verify(database_url: str, organization: str | None, advance: Advance) -> VerificationReport:
    await prepare_database(database_url)
    organization_id = await chosen_organization(database_url, organization)
    async with owner_connection(database_url) as connection:
        return await verified_log(connection, organization_id, advance)
