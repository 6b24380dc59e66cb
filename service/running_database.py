"""The database of a command: that of DATABASE_URL, or the embedded server for as long as the command runs."""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from events.identifier import Noun, format_identifier
from events.migrate import migrate
from projections.generation import ensure_generation, existing_generations, require_current_layout
from service.database import owner_connection
from service.embedded_postgres import EmbeddedPostgres
from service.settings import Settings

# Answers all organizations, the oldest first.
_ORGANIZATIONS = "select organization_id from okr_ledger.organization_head order by created_at, organization_id"


class OrganizationNotChosenError(Exception):
    """There is not exactly one organization, so a command has to be told which one it is about."""


@contextmanager
def running_database(settings: Settings) -> Generator[str]:
    """Answer the URL of the database; an embedded server that nobody else uses is stopped at the end."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with EmbeddedPostgres(settings.data_directory) as database_url:
        yield database_url


async def prepare_database(database_url: str) -> list[str]:
    """Bring a database to the newest schema, with tables for the read models, and answer what was done."""
    applied = await migrate(database_url)
    async with owner_connection(database_url) as connection:
        # Only into an empty database: the first generation may have been replaced and deleted.
        if not await existing_generations(connection) and await ensure_generation(connection):
            applied.append("tables of the read models")
    return applied


async def prepare_to_serve(database_url: str) -> None:
    """Bring a database to the newest schema, and make sure that this program can write its read models.

    Raises:
        OutdatedReadModelsError: they were made by another version and have to be rebuilt.
    """
    await prepare_database(database_url)
    async with owner_connection(database_url) as connection:
        await require_current_layout(connection)


async def organizations(database_url: str) -> list[UUID]:
    """Answer all organizations of a database, the oldest first."""
    async with owner_connection(database_url) as connection:
        return [row["organization_id"] for row in await connection.fetch(_ORGANIZATIONS)]


async def only_organization(database_url: str) -> UUID:
    """Answer the one organization that there is.

    Raises:
        OrganizationNotChosenError: there is none, or there are several.
    """
    known = await organizations(database_url)
    if len(known) == 1:
        return known[0]
    if not known:
        raise OrganizationNotChosenError("there is no organization yet; create one: okr-ledger organization create --help")
    names = ", ".join(format_identifier(Noun.ORGANIZATION, each) for each in known)
    raise OrganizationNotChosenError(f"say which organization by --organization: {names}")
