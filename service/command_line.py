"""The program `okr-ledger`.

Exit codes: 0 done, or ended by a signal while serving; 1 the command could not do what was asked, or a verification
found something; 2 wrong usage or settings; 3 the database cannot be reached or used; 130 and 143 ended by SIGINT and
SIGTERM before it was done.
"""

import signal
import sys
from collections.abc import Callable
from importlib.metadata import version as distribution_version
from pathlib import Path
from types import FrameType
from typing import Annotated

import asyncpg
import orjson
import typer

from events.migrate import MigrationError
from events.redaction import EventNotFoundError
from events.rejection import Rejected
from events.verify_export import CheckpointFormatError
from projections.generation import GenerationInUseError, NoGenerationError, OutdatedReadModelsError
from projections.log_fold import LogGapError
from projections.rebuild import RebuildRunningError, UnknownGenerationError
from service.access_commands import access_log_command
from service.assembly import database_of, ledger_of
from service.checkpoint import NothingToSignError
from service.checkpoint_commands import checkpoint_command, checkpoint_key_command
from service.command_options import TERMINATED, Data, Port, chosen_settings, run
from service.database import DatabaseBusyError
from service.demo.queries import QUERIES
from service.demo.start import Demo, prepare_demo
from service.document_commands import DocumentsRefusedError, document_commands
from service.embedded_postgres import EmbeddedPostgresError
from service.erasure_commands import NothingToRedactError, redact_command
from service.export_commands import ExportNotPossibleError, export_command
from service.failure import LedgerInternalError, UnavailableError
from service.file_limit import FileLimitError
from service.history_format import HistoryError
from service.history_import import Imported, ImportStoppedError, import_history
from service.identity_commands import identity_commands
from service.log_commands import LogNotFoundError, rebuild_command, verify_command
from service.member_commands import NoAccessError, TokenNotFoundError, organization_commands, token_commands
from service.program_commands import program_commands
from service.progress_bar import Advance, progress_bar
from service.report.failure import ReportError
from service.report_command import report_command
from service.request_log import configure_logging
from service.running_database import (
    OrganizationNotChosenError,
    organizations,
    prepare_database,
    prepare_to_serve,
    running_database,
)
from service.server import serve as run_server
from service.settings import Settings, SettingsError
from service.signed_note import SignedNoteError
from service.statistics import growing_statistics
from service.table_commands import TableRefusedError, import_table_command

_FAILURE = 1
_USAGE = 2
_DATABASE = 3

_REFUSALS = (
    CheckpointFormatError,
    DocumentsRefusedError,
    EventNotFoundError,
    ExportNotPossibleError,
    FileLimitError,
    GenerationInUseError,
    HistoryError,
    ImportStoppedError,
    LedgerInternalError,
    LogGapError,
    LogNotFoundError,
    NoAccessError,
    NothingToRedactError,
    NothingToSignError,
    OrganizationNotChosenError,
    RebuildRunningError,
    Rejected,
    ReportError,
    SignedNoteError,
    TableRefusedError,
    TokenNotFoundError,
    UnknownGenerationError,
)
_DATABASE_ERRORS = (
    DatabaseBusyError,
    EmbeddedPostgresError,
    MigrationError,
    NoGenerationError,
    OSError,
    OutdatedReadModelsError,
    UnavailableError,
    asyncpg.InterfaceError,
    asyncpg.PostgresError,
)

program = typer.Typer(
    help="Keeps every creation, edit and check-in of an OKR, and serves present and past through GraphQL.",
    epilog="Without DATABASE_URL a PostgreSQL of its own runs in the data folder. Exit codes: 1 it could not be done,"
    " 2 wrong usage or settings, 3 the database cannot be reached or used.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
program.add_typer(organization_commands, name="organization")
program.add_typer(token_commands, name="token")
program.add_typer(identity_commands, name="identity")
program.add_typer(program_commands, name="program")
program.add_typer(document_commands, name="documents")
program.command("export")(export_command)
program.command("import-table")(import_table_command)
program.command("verify")(verify_command)
program.command("checkpoint")(checkpoint_command)
program.command("checkpoint-key")(checkpoint_key_command)
program.command("rebuild")(rebuild_command)
program.command("access-log")(access_log_command)
program.command("redact")(redact_command)
program.command("report")(report_command)


def main() -> None:
    """Run the program with the arguments of the process; never returns."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        program()
    except SettingsError as error:
        _end(error, _USAGE)
    except _REFUSALS as error:
        _end(error, _FAILURE)
    except _DATABASE_ERRORS as error:
        _end(error, _DATABASE)


def _terminate(signal_number: int, frame: FrameType | None) -> None:
    # An exit like any other, so that an embedded PostgreSQL is stopped on the way out.
    del signal_number, frame
    sys.exit(TERMINATED)


def _end(error: Exception, code: int) -> None:
    typer.echo(f"okr-ledger: {str(error) or type(error).__name__}", err=True)
    sys.exit(code)


@program.command()
def version() -> None:
    """Print the version of the program."""
    typer.echo(distribution_version("okr-ledger"))


@program.command()
def migrate(data: Data = None) -> None:
    """Bring the database to the newest schema."""
    with running_database(chosen_settings(data)) as database_url:
        applied = run(prepare_database(database_url))
    typer.echo("\n".join(applied) or "nothing to do")


@program.command()
def serve(data: Data = None, port: Port = None) -> None:
    """Serve the API until a signal ends it; the database is brought to the newest schema first."""
    settings = chosen_settings(data, port)
    configure_logging(settings.log_level)
    with running_database(settings) as database_url:
        run(prepare_to_serve(database_url))
        if not run(organizations(database_url)):
            _tell("The database is empty. Create an organization and its first ADMIN with the same settings:")
            _tell("  okr-ledger organization create --name … --admin-name … --admin-email …")
        _serve(settings, database_url, None, lambda address: _tell(f"Serving {address}/graphql"))


@program.command()
def demo(
    data: Data = None,
    port: Port = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON when ready, for programs, and nothing else")
    ] = False,
) -> None:
    """Serve the API with the history of a sales organization in it, which is imported at the first start."""
    settings = chosen_settings(data, port).model_copy(update={"introspection": "ANYBODY", "graphiql_enabled": True})
    configure_logging(settings.log_level if as_json else "WARNING")
    with running_database(settings) as database_url:
        run(prepare_to_serve(database_url))
        with progress_bar("Importing the history of the demo") as advance:
            ready = run(prepare_demo(settings, database_url, lambda total, imported: advance(imported.acts, total)))
        announce = _announce_to_programs if as_json else _announce
        _serve(settings, database_url, ready.graphiql_page(), lambda address: announce(ready, address))


def _serve(settings: Settings, database_url: str, page: str | None, on_ready: Callable[[str], None]) -> None:
    # Making the types of the schema takes seconds, which every other command would wait for.
    from service.app import create_app  # noqa: PLC0415
    from service.trace_export import start_tracing  # noqa: PLC0415

    traces = None if settings.traces_endpoint is None else start_tracing(settings.traces_endpoint, settings.traces_ratio)
    try:
        if not run_server(create_app(settings, database_url, page), settings, on_ready):
            raise typer.Exit(_FAILURE)
    finally:
        if traces is not None:
            traces.shutdown()


def _announce_to_programs(ready: Demo, address: str) -> None:
    sys.stdout.write(orjson.dumps(ready.announcement(address)).decode() + "\n")
    sys.stdout.flush()


def _announce(ready: Demo, address: str) -> None:
    typer.echo(f"GraphiQL   {address}/graphql")
    for role in ("ADMIN", "MEMBER", "VIEWER", "AUDITOR"):
        typer.echo(f"{role:<10} Authorization: Bearer {ready.tokens[role]}")
    typer.echo("Open to whoever reaches it, unlike `serve`: GraphiQL, and reading the schema without a token")
    typer.echo("Worth trying (they stand ready in GraphiQL):")
    for number, each in enumerate(QUERIES, 1):
        typer.echo(f"{number:>2}. {each.title}")


@program.command("import")
def import_command(
    history: Annotated[Path, typer.Argument(help="File in the format of docs/import-format.md", exists=True, dir_okay=False)],
    data: Data = None,
) -> None:
    """Take a history into the log with its own times. Running it again goes on where it ended."""
    settings = chosen_settings(data)
    configure_logging("ERROR")
    with running_database(settings) as database_url, progress_bar("Importing") as advance:
        imported = run(_import(settings, database_url, history, advance))
    typer.echo(f"{imported.acts} acts are in the log, {imported.known_acts} of them were before; {imported.events} new events")


async def _import(settings: Settings, database_url: str, history: Path, advance: Advance) -> Imported:
    await prepare_to_serve(database_url)
    with history.open("rb") as lines:
        total = sum(1 for _ in lines)
        lines.seek(0)
        async with database_of(settings, database_url) as database, growing_statistics(database_url) as follow:
            ledger = ledger_of(settings, database)

            def on_progress(imported: Imported) -> None:
                advance(imported.line, total)
                follow(imported.events)

            try:
                return await import_history(lines, database, ledger, on_progress)
            finally:
                await ledger.drain()


def _tell(text: str) -> None:
    typer.echo(text, err=True)


if __name__ == "__main__":
    main()
