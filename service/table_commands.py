"""The command that imports a table, for one of the organization's people and with their rights."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from events.act import Act, Refused
from events.connection import Connection
from events.envelope import Origin, Reason, ReasonCode
from events.identifier import Noun, format_identifier, is_identifier, new_uuid
from events.right import Right, is_allowed
from projections import moments, people
from projections.editable_field import EditableNoun
from projections.editable_references import load_references
from projections.reader import Grants, Reader
from schema.table_door import ColumnMapping, TablePlan, TableProblem, TableRequest
from service.assembly import database_of, ledger_of
from service.command_options import Data, Organization, chosen_organization, chosen_settings, run
from service.database import Database
from service.ledger import Ledger
from service.log_commands import LogNotFoundError
from service.member_commands import NoAccessError
from service.person_keys import open_name
from service.running_database import prepare_database, running_database
from service.settings import Settings
from service.tables.imports import TableImports

_MAPPING: TypeAdapter[dict[str, str | None]] = TypeAdapter(dict[str, str | None])


class TableRefusedError(Exception):
    """A table has problems, each on a line of its own; nothing of it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line asks for; `person` is an identifier or an address."""

    request: TableRequest
    person: str
    reason: Reason | None
    is_dry_run: bool


def import_table_command(  # noqa: PLR0917 - each is an option of the command
    file: Annotated[Path, typer.Argument(help="File in CSV or XLSX", exists=True, dir_okay=False)],
    noun: Annotated[EditableNoun, typer.Option(case_sensitive=False, help="What the table is about")],
    person: Annotated[str, typer.Option("--as", help="Identifier or address of the person who imports, with whose rights")],
    mapping: Annotated[
        Path | None,
        typer.Option(
            help='File in JSON that says what columns mean, such as {"Goal": "title", "Remark": null}',
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="The sheet of a spreadsheet [default: the first]", show_default=False)
    ] = None,
    reason_code: Annotated[
        ReasonCode | None, typer.Option(case_sensitive=False, help="Why, where a change needs a reason", show_default=False)
    ] = None,
    reason: Annotated[str | None, typer.Option(help="The reason in words", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do")] = False,  # noqa: FBT002 - a flag
    organization: Organization = None,
    data: Data = None,
) -> None:
    """Import a table of docs/tables.md, all of it or nothing. The same file a second time changes nothing."""
    settings = chosen_settings(data)
    with file.open("rb") as opened:
        # One more than is allowed is enough to be refused.
        content = opened.read(settings.import_bytes + 1)
    if reason is not None and reason_code is None:
        raise typer.BadParameter("a reason needs its code", param_hint="'--reason-code'")
    asked = _Asked(
        request=TableRequest(noun=noun, content=content, mapping=_mapping(mapping), sheet=sheet),
        person=person,
        reason=None if reason_code is None else Reason(code=reason_code, text=reason),
        is_dry_run=dry_run,
    )
    with running_database(settings) as database_url:
        plan = run(_import(settings, database_url, organization, asked))
    told = "would be " if dry_run else ""
    typer.echo(f"{plan.created_count} rows {told}created, {plan.updated_count} {told}updated, {plan.unchanged_count} unchanged")


def _mapping(path: Path | None) -> tuple[ColumnMapping, ...]:
    if path is None:
        return ()
    try:
        found = _MAPPING.validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        raise typer.BadParameter("an object of columns and their fields is needed", param_hint="'--mapping'") from error
    return tuple(ColumnMapping(column=column, field=field) for column, field in found.items())


async def _import(settings: Settings, database_url: str, organization: str | None, asked: _Asked) -> TablePlan:
    await prepare_database(database_url)
    organization_id = await chosen_organization(database_url, organization)
    async with database_of(settings, database_url) as database:
        ledger = ledger_of(settings, database)
        try:
            return await _carried_out(TableImports(settings.table_limits()), database, ledger, organization_id, asked)
        finally:
            await ledger.drain()


async def _carried_out(
    imports: TableImports, database: Database, ledger: Ledger, organization_id: UUID, asked: _Asked
) -> TablePlan:
    reader, head, may_see_addresses = await _reader(database, organization_id, asked.person)
    now = datetime.now(UTC)
    lens = moments.lens_now(head, now)
    plan = await imports.plan(asked.request, reader, lens, now, shows_addresses=may_see_addresses)
    _require_none(plan.problems, imports.problem_limit)
    if not plan.rows:
        return plan
    act = Act(
        organization_id=organization_id,
        actor_id=reader.grants.person_id,
        commands=plan.commands,
        origin=Origin.API,
        request_id=f"import-table {new_uuid()}",
        reason=asked.reason,
        is_dry_run=asked.is_dry_run,
        is_table=True,
        person_keys=plan.person_keys,
    )
    outcome = await ledger.dispatch(act)
    if isinstance(outcome, Refused):
        _require_none(plan.problems_of(outcome), imports.problem_limit)
    return plan


async def _reader(database: Database, organization_id: UUID, person: str) -> tuple[Reader, moments.Head, bool]:
    """Answer what reads for a person, the head, and whether they may see the addresses of others."""

    @asynccontextmanager
    async def acquire() -> AsyncGenerator[Connection]:
        async with database.connection(organization_id) as connection:
            yield connection

    async with database.connection(organization_id) as connection:
        head = await moments.head(connection, organization_id)
        if head is None:
            raise LogNotFoundError(f"there is no log of {format_identifier(Noun.ORGANIZATION, organization_id)}")
    reader = Reader(
        organization_id=organization_id,
        generation=head.generation,
        head_position=head.position,
        grants=Grants(person_id="", sees_everything=True),
        acquire=acquire,
        open_name=open_name,
    )
    person_id = person
    if not is_identifier(person, Noun.PERSON):
        known = await load_references(reader, moments.lens_now(head, datetime.now(UTC)), shows_addresses=True)
        found = known.at_address(person)
        if len(found) != 1:
            raise NoAccessError(f"{len(found)} people have the address {person}")
        person_id = found[0]
    async with database.connection(organization_id) as connection:
        access = await people.access(connection, organization_id, head, person_id)
    if access is None:
        raise NoAccessError(f"{person} is no active member of the organization")
    may_see_addresses = is_allowed(Right.MANAGE_PEOPLE, access.role)
    return replace(reader, grants=access.grants), head, may_see_addresses


def _require_none(problems: tuple[TableProblem, ...], limit: int) -> None:
    if problems:
        lines = [_told(each) for each in problems[:limit]]
        raise TableRefusedError("\n".join([f"nothing was imported, for {len(problems)} problems:", *lines]))


def _told(problem: TableProblem) -> str:
    place = [f"row {problem.row}"] if problem.row is not None else []
    place += [f"column {problem.column}"] if problem.column is not None else []
    return f"{', '.join(place) or 'the file'}: {problem.code}: {problem.message}"
