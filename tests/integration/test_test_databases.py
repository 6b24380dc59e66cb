"""The databases that tests get: migrated, empty, their own."""

import asyncpg
import pytest


@pytest.mark.parametrize("round_number", [1, 2])
async def test_each_test_gets_a_migrated_database_that_no_other_wrote_to(database_url: str, round_number: int):
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("select to_regclass('okr_ledger.event') is not null")
        assert await connection.fetchval("select to_regclass('public.written') is null")
        await connection.execute("create table public.written ()")
    finally:
        await connection.close()
