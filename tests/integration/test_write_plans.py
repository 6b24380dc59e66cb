"""What a write reads does not grow with the log: counted are the rows that a transaction takes from each table.

Where nothing is known of the tables yet, as after a bulk load, a plan that looks good there must not become a bad one.
"""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from events.store import lock_head
from service.database import Database
from tests.integration.test_read_plans import HEAD, filled

CLOSED = 8
COMMANDS = 64

# Rows taken from a table in this transaction, by an index or by a scan.
_TAKEN = """
select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint from pg_stat_xact_all_tables
where schemaname = $1 and relname = $2
"""

_COMMANDS = """
insert into okr_ledger.command
select $1, gen_random_uuid(), 'person_' || n % 10, 'key ' || n, sha256('request'), n, n, now(), now() + interval '7 days'
from generate_series(1, 20000) as n
"""

_HEAD = "insert into okr_ledger.organization_head values ($1, 0, sha256('genesis'), 'epoch', 1)"


async def taken(connection: asyncpg.Connection, schema: str, table: str) -> int:
    return await connection.fetchval(_TAKEN, schema, table)


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncGenerator[None]:
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("is_analyzed", [True, False])
async def test_closing_rows_reads_those_rows(database_url: str, *, is_analyzed: bool):
    organization_id = await filled(database_url, is_analyzed=is_analyzed)
    closing = {f"key_result_{number}": HEAD + 1 for number in range(1, CLOSED + 1)}
    rows = json.dumps({"key_result_number": {"close": closing}})
    async with Database(database_url) as database, database.connection(organization_id) as connection:
        for _ in range(7):  # the plan that a connection settles on comes after five
            async with undone(connection):
                before = await taken(connection, "projection_1", "key_result_number")
                await connection.execute("select projection_1.write_rows($1, $2)", organization_id, rows)
                assert await taken(connection, "projection_1", "key_result_number") - before <= 3 * CLOSED


@pytest.mark.parametrize("is_analyzed", [True, False])
async def test_looking_commands_up_reads_those_commands(database_url: str, *, is_analyzed: bool):
    organization_id = await filled(database_url, is_analyzed=False)
    owner = await asyncpg.connect(database_url)
    await owner.execute(_COMMANDS, organization_id)
    await owner.execute(_HEAD, organization_id)
    if is_analyzed:
        await owner.execute("analyze")
    await owner.close()
    wanted = [(f"person_{number % 10}", f"key {number}") for number in range(1, COMMANDS + 1)]
    ids: list[UUID] = [uuid4() for _ in wanted]
    async with Database(database_url) as database, database.connection(organization_id) as connection:
        for _ in range(7):
            async with undone(connection):
                before = await taken(connection, "okr_ledger", "command")
                locked = await lock_head(connection, organization_id, 0, wanted, ids)
                assert len(locked.replays) == COMMANDS
                assert await taken(connection, "okr_ledger", "command") - before <= 3 * COMMANDS
