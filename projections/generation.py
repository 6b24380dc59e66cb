"""Generations of read models: each has its own tables, in a schema named by its number.

Which generation an organization reads and writes stands in its head row.
"""

import hashlib
from importlib.resources import files
from uuid import UUID

from events.connection import Connection

FIRST_GENERATION = 1

_LOCK = 7_208_945_611_073_392
"""An arbitrary number on which all processes that create generations in one database agree."""

# Answers the generations whose tables exist.
_EXISTING = """
select substring(nspname from 12)::integer as generation from pg_namespace
where nspname ~ '^projection_[1-9][0-9]*$' order by generation
"""

# Answers the generations of another layout than the given one that organizations read, or new ones would begin with.
_OUTDATED = """
select generation from unnest($2::integer[]) as generation
where obj_description(('projection_' || generation)::regnamespace, 'pg_namespace') is distinct from $1
order by generation
"""

# Answers the generations that some organization reads.
_IN_USE = "select distinct generation from okr_ledger.organization_head order by generation"


# Answers the tables of a generation that hold rows of organizations.
_TABLES_OF_ORGANIZATIONS = """
select table_name as name from information_schema.columns
where table_schema = $1 and column_name = 'organization_id' order by table_name
"""


class GenerationInUseError(Exception):
    """A generation cannot be dropped, because an organization reads it."""

    def __init__(self, generation: int) -> None:
        super().__init__(f"generation {generation} is in use")
        self.generation = generation


class NoGenerationError(Exception):
    """There are no tables of read models yet."""

    def __init__(self) -> None:
        super().__init__("there are no tables of read models; migrate the database")


class OutdatedReadModelsError(Exception):
    """Read models have the tables of another version of the program."""

    def __init__(self, generations: list[int]) -> None:
        super().__init__(f"the read models (generation {generations[0]}) are of another version; run: okr-ledger rebuild")
        self.generations = generations


def schema_of(generation: int) -> str:
    """Return the name of the database schema that holds a generation's tables."""
    return f"projection_{generation:d}"


async def existing_generations(connection: Connection) -> list[int]:
    """Answer the numbers of the generations whose tables exist, rising."""
    return [row["generation"] for row in await connection.fetch(_EXISTING)]


async def generations_in_use(connection: Connection) -> list[int]:
    """Answer the numbers of the generations that organizations read, rising; as the owner."""
    return [row["generation"] for row in await connection.fetch(_IN_USE)]


async def newest_generation(connection: Connection) -> int:
    """Answer the generation that a new organization begins with; any role may ask.

    Raises:
        NoGenerationError: there is none yet; the database must be migrated.
    """
    existing = await existing_generations(connection)
    if not existing:
        raise NoGenerationError
    return existing[-1]


async def create_generation(connection: Connection, generation: int) -> None:
    """Create the empty tables of a generation, as the owner.

    Raises:
        asyncpg.DuplicateSchemaError: they exist already.
    """
    statements, schema = _tables() + _file("plans.sql"), schema_of(generation)
    async with connection.transaction():
        await connection.execute(statements.replace("{projection}", schema))
        await connection.execute(f"comment on schema {schema} is '{_layout()}'")


async def require_current_layout(connection: Connection) -> None:
    """Refuse to work on read models that this program would write wrongly; as the owner.

    Raises:
        OutdatedReadModelsError: they have other tables than this program makes.
        NoGenerationError: there are none.
    """
    used = {*await generations_in_use(connection), await newest_generation(connection)}
    outdated = await connection.fetch(_OUTDATED, _layout(), sorted(used))
    if outdated:
        raise OutdatedReadModelsError([row["generation"] for row in outdated])


def _tables() -> str:
    return _file("tables.sql")


def _file(name: str) -> str:
    return (files("projections") / name).read_text(encoding="utf-8")


def _layout() -> str:
    """Answer what tells the tables of one version from those of another."""
    return f"layout {hashlib.sha256(_tables().encode()).hexdigest()}"


async def ensure_generation(connection: Connection, generation: int = FIRST_GENERATION) -> bool:
    """Create the tables of a generation unless they exist; answers whether it did. As the owner.

    Several processes may do so at once.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
        if generation in await existing_generations(connection):
            return False
        await create_generation(connection, generation)
        return True


async def analyze(connection: Connection, generation: int) -> None:
    """Renew the statistics of a generation's tables, as the owner."""
    for row in await connection.fetch("select tablename from pg_tables where schemaname = $1", schema_of(generation)):
        await connection.execute(f"analyze {schema_of(generation)}.{row['tablename']}")


async def forget_organization(connection: Connection, organization_id: UUID, kept_generation: int) -> None:
    """Delete what generations but one hold of an organization; what others have in them stays. As the owner."""
    for generation in await existing_generations(connection):
        if generation != kept_generation:
            schema = schema_of(generation)
            for row in await connection.fetch(_TABLES_OF_ORGANIZATIONS, schema):
                # Both names are the program's own.
                statement = f"delete from {schema}.{row['name']} where organization_id = $1"  # noqa: S608
                await connection.execute(statement, organization_id)


async def drop_generation(connection: Connection, generation: int) -> None:
    """Drop a generation's tables, as the owner.

    Raises:
        GenerationInUseError: an organization reads them.
    """
    async with connection.transaction():
        # No organization may switch to it meanwhile.
        await connection.execute("lock table okr_ledger.organization_head in share mode")
        if generation in await generations_in_use(connection):
            raise GenerationInUseError(generation)
        await connection.execute(f"drop schema if exists {schema_of(generation)} cascade")
