"""A database that is being filled is analyzed on the way, so that plans do not stay those of empty tables."""

import asyncio

import asyncpg
import pytest

from service import statistics
from service.ledger import Ledger
from service.statistics import growing_statistics
from tests.support.acting import Office, owner, running_ledger

# Answers how many rows the planner thinks that a table has; -1 was never analyzed.
KNOWN = "select reltuples::integer from pg_class where oid = $1::regclass"
TABLES = ("okr_ledger.event", "projection_1.event_subject", "projection_1.check_in")


async def known(connection: asyncpg.Connection) -> list[int]:
    """Answer the rows of log and read models as the planner knows them."""
    return [await connection.fetchval(KNOWN, table) for table in TABLES]


async def test_tables_are_analyzed_on_the_way_and_at_the_end(database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statistics, "FIRST_EVENTS", 5)
    async with running_ledger(database_url) as ledger, owner(database_url) as connection:
        before = await known(connection)
        async with growing_statistics(database_url) as follow:
            office = await Office.opened(ledger)
            follow(4)
            await asyncio.sleep(0.2)
            assert await known(connection) == before
            follow(7)
            async with asyncio.timeout(10):
                while await known(connection) != [7, 7, 0]:  # noqa: ASYNC110 - the database has no event for it
                    await asyncio.sleep(0.02)
            await office.accepted(office.check_in())
            follow(8)
        assert await known(connection) == [8, 8, 1]


async def test_what_a_failed_block_has_written_is_analyzed(database_url: str):
    async def fail(ledger: Ledger) -> None:
        async with growing_statistics(database_url) as follow:
            await Office.opened(ledger)
            follow(7)
            raise ValueError("the second act")

    async with running_ledger(database_url) as ledger, owner(database_url) as connection:
        with pytest.raises(ValueError, match="the second act"):
            await fail(ledger)
        assert await known(connection) == [7, 7, 0]
