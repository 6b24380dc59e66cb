"""Brings a database to the newest schema: numbered SQL files, each in a transaction of its own."""

import asyncio
import hashlib
from dataclasses import dataclass
from importlib.resources import files

import asyncpg

from events.connection import Connection

APPLICATION_ROLE = "okr_ledger_application"
"""The role that the running service takes on: it owns nothing."""

_LOCK = 7_208_945_611_073_391
"""An arbitrary number on which all processes that migrate one database agree."""

_ROLE_ATTEMPTS = 50


class MigrationError(Exception):
    """The database cannot be brought to the newest schema; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One SQL file; `checksum` is the SHA-256 of its bytes in hexadecimal."""

    name: str
    statements: str
    checksum: str


def known_migrations() -> list[Migration]:
    """Return the migrations that this version brings along, in their order."""
    folder = files("events") / "migrations"
    contents = {each.name: each.read_bytes() for each in folder.iterdir() if each.name.endswith(".sql")}
    return [
        Migration(name=name, statements=content.decode(), checksum=hashlib.sha256(content).hexdigest())
        for name, content in sorted(contents.items())
    ]


async def migrate(database_url: str) -> list[str]:
    """Apply what is missing and answer its names. Several processes may do so at once.

    The user of the URL becomes the owner of the schema `okr_ledger`.

    Raises:
        MigrationError: the user may not create the application's role, a migration was changed after it
            had been applied, or the database is newer than this program.
    """
    connection = await asyncpg.connect(database_url)
    try:
        await _create_role(connection)
        # Held by the session, since each migration commits on its own; closing the connection ends it.
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        return await _apply_missing(connection)
    finally:
        await connection.close()


async def is_migrated(connection: Connection) -> bool:
    """Say whether a database has exactly the schema that this version needs."""
    if await connection.fetchval("select to_regclass('okr_ledger.schema_migration')") is None:
        return False
    return await _applied(connection) == {each.name: each.checksum for each in known_migrations()}


async def _apply_missing(connection: Connection) -> list[str]:
    await connection.execute("create schema if not exists okr_ledger")
    await connection.execute(
        "create table if not exists okr_ledger.schema_migration ("
        "name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp())"
    )
    # So that a running service can say whether it fits the database.
    await connection.execute(f"grant select on okr_ledger.schema_migration to {APPLICATION_ROLE}")
    applied = await _applied(connection)
    known = known_migrations()
    unknown = sorted(set(applied) - {each.name for each in known})
    if unknown:
        raise MigrationError(f"the database is newer than this program: it knows {', '.join(unknown)}")
    missing: list[str] = []
    for migration in known:
        if migration.name in applied:
            if applied[migration.name] != migration.checksum:
                raise MigrationError(f"{migration.name} was changed after it had been applied")
            continue
        async with connection.transaction():
            await connection.execute(migration.statements)
            await connection.execute(
                "insert into okr_ledger.schema_migration (name, checksum) values ($1, $2)",
                migration.name,
                migration.checksum,
            )
        missing.append(migration.name)
    if missing:
        # Plans made on tables without statistics are sequential scans.
        await connection.execute("analyze")
    return missing


async def _applied(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch("select name, checksum from okr_ledger.schema_migration")
    return {row["name"]: row["checksum"] for row in rows}


async def _create_role(connection: Connection) -> None:
    """Create the application's role and let the connected user take it on.

    Roles belong to the whole server, so the lock of one database does not keep the migration of another
    from doing the same at this moment: a lost race is tried again.
    """
    for attempt in range(_ROLE_ATTEMPTS):
        try:
            await _create_role_once(connection)
        except asyncpg.InsufficientPrivilegeError as error:
            raise MigrationError(
                f"the database user may not create the role {APPLICATION_ROLE}, nor take it on. Let an"
                f' administrator run: create role {APPLICATION_ROLE} nologin; grant {APPLICATION_ROLE} to "<user>"'
            ) from error
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError, asyncpg.InternalServerError):
            if attempt == _ROLE_ATTEMPTS - 1:
                raise
            await asyncio.sleep(0.02 * (attempt + 1))
        else:
            return


async def _create_role_once(connection: Connection) -> None:
    if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", APPLICATION_ROLE):
        await connection.execute(f"create role {APPLICATION_ROLE} nologin")
    # Since PostgreSQL 16 being a member does not yet mean that one may take the role on.
    may_take_on = "SET" if connection.get_server_version().major >= 16 else "MEMBER"  # noqa: PLR2004
    if not await connection.fetchval("select pg_has_role(current_user, $1, $2)", APPLICATION_ROLE, may_take_on):
        await connection.execute(f"grant {APPLICATION_ROLE} to current_user")
