"""Migrations: in order, once, by several processes at a time, and by users with little power."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from events.migrate import APPLICATION_ROLE, MigrationError, is_migrated, known_migrations, migrate
from projections.generation import create_generation, require_current_layout
from tests.support.acting import owner
from tests.support.postgres import with_database


@pytest_asyncio.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """URL of a database without anything."""
    name = f"okr_ledger_test_{uuid4().hex}"
    async with owner(server_url) as connection:
        await connection.execute(f"create database {name} template template0")
        yield with_database(server_url, name)
        await connection.execute(f"drop database {name} with (force)")


@pytest_asyncio.fixture
async def weak_url(empty_url: str) -> AsyncIterator[str]:
    """The same as a user who owns the database and may do nothing else."""
    user = f"okr_ledger_test_{uuid4().hex}"
    database = urlsplit(empty_url).path[1:]
    async with owner(empty_url) as connection:
        await connection.execute(f"create role {user} login password 'weak' nosuperuser nocreaterole")
        await connection.execute(f"alter database {database} owner to {user}")
        parts = urlsplit(empty_url)
        yield urlunsplit(parts._replace(netloc=f"{user}:weak@{parts.netloc.rpartition('@')[2]}"))
        await connection.execute(f"reassign owned by {user} to current_user; drop owned by {user}")
        await connection.execute(f"alter database {database} owner to current_user; drop role {user}")


NAMES = [migration.name for migration in known_migrations()]


async def test_migrations_are_applied_once_and_in_order(empty_url: str):
    async with owner(empty_url) as connection:
        assert not await is_migrated(connection)
        assert await migrate(empty_url) == NAMES
        assert await is_migrated(connection)
        assert await migrate(empty_url) == []
        rows = await connection.fetch("select name from okr_ledger.schema_migration order by applied_at")
    assert [row["name"] for row in rows] == NAMES == sorted(NAMES)


async def test_processes_that_start_together_apply_each_once(empty_url: str):
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(5)))
    assert sorted(applied, key=len) == [[], [], [], [], NAMES]


async def test_what_generations_get_for_their_plans_older_ones_get_by_a_migration(empty_url: str):
    kept = "objective", "objective_number", "key_result", "key_result_number", "check_in", "cycle", "team", "person"
    added = "objective_by_cycle_and_title", "objective_by_cycle_and_creation", *(f"{each}_by_beginning" for each in kept)
    indexes = "select replace(indexdef, $1, '') from pg_indexes where schemaname = $1 order by indexname"
    options = "select attname, attoptions from pg_attribute where attrelid = $1::regclass and attoptions is not null"
    await migrate(empty_url)
    async with owner(empty_url) as connection:
        await create_generation(connection, 1)
        # As it was before.
        await connection.execute("".join(f"drop index projection_1.{index};" for index in added))
        await connection.execute("alter table projection_1.objective alter column organization_id reset (n_distinct)")
        await connection.execute("delete from okr_ledger.schema_migration where name = '0021_indexes_in_order.sql'")
        assert await migrate(empty_url) == ["0021_indexes_in_order.sql"]
        await require_current_layout(connection)
        await create_generation(connection, 2)
        old, new = [await connection.fetch(indexes, f"projection_{generation}") for generation in (1, 2)]
        assert old == new
        assert len(old) > len(added)
        told, tells = [await connection.fetch(options, f"projection_{generation}.objective") for generation in (1, 2)]
        assert told == tells
        assert [tuple(each) for each in told] == [("organization_id", ["n_distinct=20"])]


async def test_a_changed_migration_is_noticed(empty_url: str):
    await migrate(empty_url)
    async with owner(empty_url) as connection:
        await connection.execute("update okr_ledger.schema_migration set checksum = 'x' where name = $1", NAMES[0])
        assert not await is_migrated(connection)
    with pytest.raises(MigrationError, match=rf"{NAMES[0]} was changed"):
        await migrate(empty_url)


async def test_an_older_program_leaves_a_newer_database_alone(empty_url: str):
    await migrate(empty_url)
    async with owner(empty_url) as connection:
        await connection.execute("insert into okr_ledger.schema_migration (name, checksum) values ('9999_new.sql', 'x')")
    with pytest.raises(MigrationError, match=r"newer than this program: it knows 9999_new\.sql"):
        await migrate(empty_url)


async def test_a_user_who_may_not_use_the_role_is_told_what_to_ask_for(weak_url: str):
    with pytest.raises(MigrationError, match=f"create role {APPLICATION_ROLE} nologin; grant {APPLICATION_ROLE}"):
        await migrate(weak_url)


async def test_a_user_who_was_granted_the_role_needs_no_further_power(weak_url: str, empty_url: str, database_url: str):
    user = urlsplit(weak_url).username
    async with owner(empty_url) as connection:
        await connection.execute(f"grant {APPLICATION_ROLE} to {user}")
    assert await migrate(weak_url) == NAMES
    async with owner(weak_url) as connection:
        await connection.execute(f"set role {APPLICATION_ROLE}")
        assert await connection.fetch("select * from okr_ledger.event") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create table okr_ledger.mine (id integer)")
