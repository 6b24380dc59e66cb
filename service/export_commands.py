"""The command that writes files: the log as it is, or tables with all that the owner of the database may see."""

import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import UUID

import typer

from events.connection import Connection
from events.export import export_log
from events.identifier import Noun, format_identifier, is_identifier
from projections import moments, organizations
from projections.alignment import GraphScope
from projections.export_scope import is_there
from projections.export_table import ExportContent, Extract
from projections.export_tables import TABLES
from projections.generation import require_current_layout
from projections.lens import Lens
from projections.moments import Head, MomentInFutureError, MomentUnknownError
from projections.reader import Grants, Reader
from schema.export_door import ExportFormat
from service.command_options import AsOf, Data, Moment, Organization, chosen_moment, chosen_organization, chosen_settings, run
from service.database import owner_connection
from service.export_file import FileLimits, write_table
from service.log_commands import LogNotFoundError
from service.person_keys import open_name
from service.progress_bar import Advance, progress_bar
from service.running_database import running_database

_STANDARD_OUTPUT = Path("-")
_UNLIMITED = FileLimits(rows=sys.maxsize, bytes=sys.maxsize, advice="")
_EVERYTHING = Grants(person_id="", sees_everything=True)


class ExportNotPossibleError(Exception):
    """A table of something that there is not at the moment asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line asks for; `as_of` is None for now."""

    content: ExportContent
    format: ExportFormat
    scope: GraphScope
    scope_id: str
    as_of: Moment | None


def export_command(  # noqa: PLR0917 - each is an option of the command
    output: Annotated[Path, typer.Argument(help="File to write, '-' for standard output")] = _STANDARD_OUTPUT,
    content: Annotated[
        ExportContent, typer.Option(case_sensitive=False, help="What: the log, or a table of docs/exports.md")
    ] = ExportContent.EVENTS,
    form: Annotated[
        ExportFormat, typer.Option("--format", case_sensitive=False, help="How; the log comes as JSONL")
    ] = ExportFormat.JSONL,
    cycle: Annotated[str | None, typer.Option(help="Only what is in this cycle", show_default=False)] = None,
    team: Annotated[str | None, typer.Option(help="Only what this team and those below have", show_default=False)] = None,
    objective: Annotated[
        str | None, typer.Option(help="Only this objective and what is aligned to it", show_default=False)
    ] = None,
    person: Annotated[str | None, typer.Option(help="Only what this person owns", show_default=False)] = None,
    as_of: AsOf = None,
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Write an organization's log, with all that verifying it needs, or a table for analysts, with all that there is."""
    scope, scope_id = _scope(cycle, team, objective, person)
    moment = chosen_moment(as_of)
    asked = _Asked(content=content, format=form, scope=scope, scope_id=scope_id, as_of=moment)
    is_whole = form is ExportFormat.JSONL and scope is GraphScope.ORGANIZATION and moment is None
    if content is ExportContent.EDITABLE_PEOPLE and scope is not GraphScope.ORGANIZATION:
        raise typer.BadParameter("people come whole", param_hint="'--content'")
    if content is ExportContent.EVENTS and not is_whole:
        raise typer.BadParameter("the log comes whole and as JSONL, or it could not be verified", param_hint="'--content'")
    if content is ExportContent.CUSTOM_FIELDS and scope is not GraphScope.ORGANIZATION:
        raise typer.BadParameter("custom fields are the organization's", param_hint="'--content'")
    with running_database(chosen_settings(data)) as database_url:
        organization_id = run(chosen_organization(database_url, organization))
        with progress_bar("Exporting") as advance:
            if content is ExportContent.EVENTS:
                with _opened(output) as file:
                    run(_export_log(database_url, organization_id, file, advance))
            else:
                run(_export_table(database_url, organization_id, asked, output, advance))


def _scope(*identifiers: str | None) -> tuple[GraphScope, str]:
    """Answer the scope of the one identifier that is given, if any: of a cycle, team, objective or person."""
    kinds = (
        ("--cycle", GraphScope.CYCLE, Noun.CYCLE),
        ("--team", GraphScope.TEAM, Noun.TEAM),
        ("--objective", GraphScope.OBJECTIVE, Noun.OBJECTIVE),
        ("--person", GraphScope.PERSON, Noun.PERSON),
    )
    given = [(kind, each) for kind, each in zip(kinds, identifiers, strict=True) if each is not None]
    if not given:
        return GraphScope.ORGANIZATION, ""
    (option, scope, noun), identifier = given[0]
    if len(given) > 1:
        raise typer.BadParameter("one scope at a time", param_hint=f"'{option}'")
    if not is_identifier(identifier, noun):
        raise typer.BadParameter(f"not the identifier of a {noun}", param_hint=f"'{option}'")
    return scope, identifier


def _opened(output: Path) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdout.buffer) if output == _STANDARD_OUTPUT else output.open("wb")


async def _export_log(database_url: str, organization_id: UUID, file: BinaryIO, advance: Advance) -> None:
    async with owner_connection(database_url) as connection:
        is_empty = True
        async for line in export_log(connection, organization_id, advance):
            is_empty = False
            file.write(line)
    if is_empty:
        raise LogNotFoundError(f"there is no log of {format_identifier(Noun.ORGANIZATION, organization_id)}")


async def _export_table(database_url: str, organization_id: UUID, asked: _Asked, output: Path, advance: Advance) -> None:
    async with owner_connection(database_url) as connection:
        await require_current_layout(connection)
        extract = await _extract(connection, organization_id, asked)
        # What goes wrong on the way leaves no half of a file.
        with tempfile.TemporaryDirectory(prefix="okr-ledger-") as folder:
            path = Path(folder) / "export"
            table = TABLES[asked.content]
            await write_table(table, extract, asked.format, path, limits=_UNLIMITED, on_progress=advance)
            with path.open("rb") as made, _opened(output) as file:
                shutil.copyfileobj(made, file)


async def _extract(connection: Connection, organization_id: UUID, asked: _Asked) -> Extract:
    head = await moments.head(connection, organization_id)
    if head is None:
        raise LogNotFoundError(f"there is no log of {format_identifier(Noun.ORGANIZATION, organization_id)}")

    @asynccontextmanager
    async def acquire() -> AsyncGenerator[Connection]:
        yield connection

    reader = Reader(
        organization_id=organization_id,
        generation=head.generation,
        head_position=head.position,
        grants=_EVERYTHING,
        acquire=acquire,
        open_name=open_name,
    )
    lens = await _lens(reader, head, asked.as_of)
    if not await is_there(reader, lens, asked.scope, asked.scope_id):
        raise ExportNotPossibleError(f"there is no {asked.scope_id} at that moment")
    return Extract(reader=reader, lens=lens, scope=asked.scope, scope_id=asked.scope_id, shows_addresses=True)


async def _lens(reader: Reader, head: Head, as_of: Moment | None) -> Lens:
    now = datetime.now(UTC)
    try:
        match as_of:
            case None:
                return moments.lens_now(head, now)
            case int():
                return await moments.lens_at_position(reader, head, as_of)
            case datetime():
                return await moments.lens_at_time(reader, head, as_of, now)
            case date():
                settings = await organizations.settings(reader, moments.lens_now(head, now))
                zone = "UTC" if settings is None else settings.time_zone
                return await moments.lens_at_date(reader, head, as_of, zone, now)
    except MomentInFutureError as error:
        raise ExportNotPossibleError("the moment lies after the present") from error
    except MomentUnknownError as error:
        raise ExportNotPossibleError("the moment lies before the organization's first event") from error
