"""Connections that nobody waits for are held for the next use, for the same organization where there is one."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from service import database as databases
from service.database import Database, DatabaseLimits, owner_connection

ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest_asyncio.fixture
async def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(databases, "_HELD_SECONDS", 0.05)
    async with Database(database_url, DatabaseLimits(max_connections=2, acquire_seconds=5)) as database:
        yield database


async def backend(database: Database, organization_id: UUID) -> int:
    async with database.connection(organization_id) as connection:
        number: int = await connection.fetchval("select pg_backend_pid()")
        return number


async def both(database: Database) -> dict[UUID, int]:
    """Use two connections at the same time, one for each organization."""
    async with database.connection(ONE) as one, database.connection(OTHER) as other:
        return {
            ONE: await one.fetchval("select pg_backend_pid()"),
            OTHER: await other.fetchval("select pg_backend_pid()"),
        }


async def test_an_organization_gets_the_connection_that_it_had(database: Database):
    had = await both(database)
    for organization_id in (ONE, OTHER, OTHER, ONE, OTHER):
        assert await backend(database, organization_id) == had[organization_id]


async def test_what_is_held_counts_as_free_and_goes_back_unused(database: Database):
    await both(database)
    assert database.connections == (2, 2)
    assert len(database._held) == 2  # pyright: ignore[reportPrivateUsage]
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not database._held:  # pyright: ignore[reportPrivateUsage]
            break
    assert not database._held  # pyright: ignore[reportPrivateUsage]
    assert database.connections == (2, 2)


async def test_who_waits_gets_what_is_given_back(database: Database):
    async with database.connection(ONE), database.connection(OTHER):
        waiting = asyncio.create_task(backend(database, ONE))
        await asyncio.sleep(0.05)
    assert await asyncio.wait_for(waiting, 5) > 0


async def test_a_connection_that_was_lost_while_it_was_held_is_replaced(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(databases, "_HELD_SECONDS", 60)
    lost = await backend(database, ONE)
    async with owner_connection(database_url) as owner:
        assert await owner.fetchval("select pg_terminate_backend($1)", lost)
    # The driver learns of it in its own time; until then a statement fails, as on any connection that is lost.
    await asyncio.sleep(1)
    for _ in range(3):
        assert await backend(database, ONE) != lost


SET = "select set_config('okr.organization', $1, false)"
WORKS_FOR = "select okr_ledger.current_organization()"


async def test_a_connection_that_a_statement_has_set_is_known_to_work_for_that_organization(database: Database):
    async with database.connection(OTHER) as connection:
        had = await connection.fetchval("select pg_backend_pid()")
    async with database.unset_connection(ONE) as connection:
        assert await connection.fetchval(WORKS_FOR) == OTHER
        await connection.execute(SET, str(ONE))
    for organization_id in (ONE, OTHER, ONE):
        async with database.connection(organization_id) as connection:
            assert await connection.fetchval("select pg_backend_pid()") == had
            assert await connection.fetchval(WORKS_FOR) == organization_id


async def test_a_connection_whose_statement_failed_is_told_its_organization_anew(database: Database):
    """What a statement that fails has set is undone, so that the connection goes on working for another."""
    async with database.connection(OTHER):
        pass
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with database.unset_connection(ONE) as connection:
            await connection.execute(
                "select case when set_config('okr.organization', $1, false) is not null then 1 / 0 end", str(ONE)
            )
    async with database.connection(ONE) as connection:
        assert await connection.fetchval(WORKS_FOR) == ONE
