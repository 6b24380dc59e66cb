"""The command that lists the access log."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from schema.access_door import AccessRow
from service.access_records import list_records
from service.command_options import Data, Organization, chosen_organization, chosen_settings, run
from service.database import owner_connection
from service.running_database import prepare_database, running_database


def access_log_command(
    organization: Organization = None,
    *,
    nobody: Annotated[
        bool, typer.Option("--nobody", help="List the refusals of callers who belong to no organization instead")
    ] = False,
    data: Data = None,
) -> None:
    """List who came in and what was refused, the newest first, to the hour.

    The columns are: first and last time, number of requests, kind, code, detail, actor, token, subject, address.
    """
    settings = chosen_settings(data)

    async def listed(database_url: str) -> list[AccessRow]:
        await prepare_database(database_url)
        organization_id = None if nobody else await chosen_organization(database_url, organization)
        async with owner_connection(database_url) as connection:
            return await list_records(connection, organization_id)

    with running_database(settings) as database_url:
        for row in run(listed(database_url)):
            facts = (row.kind, row.code, row.detail, row.actor_id, row.token_id, row.subject_id, row.address)
            typer.echo(
                "\t".join(
                    (_second(row.first_at), _second(row.last_at), str(row.request_count), *(_shown(each) for each in facts))
                )
            )


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(fact: str | None) -> str:
    return fact or "-"
