"""One tenant never meets another's rows, whatever the connection did before."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from schema.access_door import AccessKind
from service.access_records import Access, note_access
from service.database import Database, DatabaseBusyError, DatabaseLimits
from tests.support.acting import Office, owner, running_ledger

TABLES = (
    "organization_head",
    "event",
    "command",
    "person_key",
    "token",
    "verification",
    "administration_record",
    "export",
    "export_chunk",
    "access_record",
    "calendar_link",
)


@pytest_asyncio.fixture
async def offices(database_url: str) -> AsyncIterator[tuple[Office, Office]]:
    async with running_ledger(database_url) as ledger:
        offices = (await Office.opened(ledger), await Office.opened(ledger))
        for office in offices:
            await office.accepted(office.check_in(), idempotency_key="key")
        async with owner(database_url) as connection:
            for office in offices:
                await new_token(connection, office.organization_id, b"secret of " + office.organization_id.bytes)
                await connection.execute(
                    "insert into okr_ledger.verification values ($1, 1, $2, now())", office.organization_id, bytes(32)
                )
                await connection.execute("select okr_ledger.redact_event($1, 2, 'a test', null, '{}')", office.organization_id)
                await note_access(connection, Access(kind=AccessKind.ENTERED, organization_id=office.organization_id))
                await connection.execute(
                    "insert into okr_ledger.calendar_link (digest, link_id, organization_id, person_id, name)"
                    " values ($1, $2, $2, 'ada', 'test')",
                    sha256(office.organization_id.bytes).digest(),
                    office.organization_id,
                )
                await new_export(connection, office.organization_id, office.organization_id.bytes)
        yield offices


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    limits = DatabaseLimits(max_connections=1, acquire_seconds=0.2)
    async with Database(database_url, limits) as database:
        yield database


async def new_token(connection: Any, organization_id: UUID, secret: bytes, **fields: datetime | None) -> None:
    columns: dict[str, Any] = {"expires_at": None, "revoked_at": None, **fields}
    await connection.execute(
        "insert into okr_ledger.token (digest, token_id, organization_id, actor_id, name, expires_at, revoked_at)"
        " values ($1, $2, $3, 'ada', 'test', $4, $5)",
        sha256(secret).digest(),
        uuid4(),
        organization_id,
        columns["expires_at"],
        columns["revoked_at"],
    )


async def new_export(connection: Any, organization_id: UUID, token: bytes) -> None:
    await connection.execute(
        "insert into okr_ledger.export (organization_id, export_id, creator_id, content, format, position, state, request_hash,"
        " secret, token_digest, file_name, byte_size, fails_at, expires_at) values ($1, $1, 'ada', 'OBJECTIVES', 'CSV', 1,"
        " 'READY', $2, $2, $3, 'objectives-1.csv', 1, now(), now() + interval '1 hour')",
        organization_id,
        bytes(32),
        sha256(token).digest(),
    )
    await connection.execute("insert into okr_ledger.export_chunk values ($1, $1, 0, 'x')", organization_id)


async def organizations_in(connection: Any, table: str) -> set[UUID]:
    return {row["organization_id"] for row in await connection.fetch(f"select organization_id from okr_ledger.{table}")}


@pytest.mark.parametrize("table", TABLES)
async def test_each_tenant_sees_its_own_rows_on_one_and_the_same_connection(
    offices: tuple[Office, Office], database: Database, table: str
):
    for office in (*offices, offices[0]):
        async with database.connection(office.organization_id) as connection:
            assert await organizations_in(connection, table) == {office.organization_id}
    async with database.connection(uuid4()) as connection:
        assert await organizations_in(connection, table) == set()
    async with database.connection(None) as connection:
        assert await organizations_in(connection, table) == set()


@pytest.mark.parametrize("table", ["event", "check_in", "objective_number", "event_subject"])
async def test_projections_are_separated_too(offices: tuple[Office, Office], database: Database, table: str):
    schema = "okr_ledger" if table == "event" else "projection_1"
    async with database.connection(offices[0].organization_id) as connection:
        rows = await connection.fetch(f"select distinct organization_id from {schema}.{table}")
    assert [row["organization_id"] for row in rows] == [offices[0].organization_id]


@pytest.mark.parametrize(
    "statement",
    [
        "select okr_ledger.create_organization($1, sha256('x'), 1)",
        "select okr_ledger.lock_head($1, 0, 10, '{}', '{}', '{}')",
        "select okr_ledger.append($1, 0, '', '[]', null, null)",
        "select okr_ledger.append($1, 0, '', '[]', null, null, 1, 0, now())",
    ],
)
async def test_functions_with_the_owners_rights_serve_the_connections_tenant_only(
    offices: tuple[Office, Office], database: Database, statement: str
):
    mine, theirs = offices
    for organization_id in (mine.organization_id, None):
        async with database.connection(organization_id) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="another organization"):
                await connection.execute(statement, theirs.organization_id)


async def test_rows_of_projections_cannot_be_written_for_another_tenant(offices: tuple[Office, Office], database: Database):
    mine, theirs = offices
    rows = f'{{"event_subject": {{"insert": [{{"organization_id": "{theirs.organization_id}"}}]}}}}'
    async with database.connection(mine.organization_id) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute("select projection_1.write_rows($1, $2)", mine.organization_id, rows)


async def test_a_token_is_found_by_its_digest_and_others_are_not_listed(offices: tuple[Office, Office], database: Database):
    digest = sha256(b"secret of " + offices[1].organization_id.bytes).digest()
    async with database.connection(None) as connection:
        found = await connection.fetchrow("select * from okr_ledger.find_token($1)", digest)
        assert found is not None
        assert found["organization_id"] == offices[1].organization_id
        assert found["last_used_at"] is not None
        assert await connection.fetch("select * from okr_ledger.find_token($1)", sha256(b"guess").digest()) == []
        assert await connection.fetch("select * from okr_ledger.token") == []


async def test_a_file_is_found_by_its_digest_and_others_are_not_listed(offices: tuple[Office, Office], database: Database):
    digest = sha256(offices[1].organization_id.bytes).digest()
    async with database.connection(None) as connection:
        found = await connection.fetchrow("select * from okr_ledger.find_export($1)", digest)
        assert found is not None
        assert found["organization_id"] == offices[1].organization_id
        assert await connection.fetch("select * from okr_ledger.find_export($1)", sha256(b"guess").digest()) == []
        assert await connection.fetch("select * from okr_ledger.export") == []


async def test_files_cannot_be_kept_for_another_tenant(offices: tuple[Office, Office], database: Database):
    mine, theirs = offices
    async with database.connection(mine.organization_id) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await new_export(connection, theirs.organization_id, b"other")


async def test_expired_and_revoked_tokens_are_not_found(offices: tuple[Office, Office], database: Database, database_url: str):
    now = datetime.now(UTC)
    async with owner(database_url) as connection:
        await new_token(connection, offices[0].organization_id, b"expired", expires_at=now - timedelta(seconds=1))
        await new_token(connection, offices[0].organization_id, b"revoked", revoked_at=now - timedelta(seconds=1))
        await new_token(connection, offices[0].organization_id, b"valid", expires_at=now + timedelta(hours=1))
    async with database.connection(None) as connection:
        found = {
            secret: len(await connection.fetch("select * from okr_ledger.find_token($1)", sha256(secret).digest()))
            for secret in (b"expired", b"revoked", b"valid")
        }
    assert found == {b"expired": 0, b"revoked": 0, b"valid": 1}


async def test_a_connection_left_in_a_transaction_is_not_handed_on(offices: tuple[Office, Office], database: Database):
    async with database.connection(offices[0].organization_id) as connection:
        process = await connection.fetchval("select pg_backend_pid()")
        await connection.execute("begin; select set_config('okr.organization', '', true)")
    async with database.connection(offices[0].organization_id) as connection:
        assert await connection.fetchval("select pg_backend_pid()") != process
        assert await organizations_in(connection, "event") == {offices[0].organization_id}


async def test_a_cancelled_change_of_tenant_is_made_again(offices: tuple[Office, Office], database: Database):
    mine, theirs = offices

    async def read(office: Office) -> set[UUID]:
        async with database.connection(office.organization_id) as connection:
            return await organizations_in(connection, "event")

    for _ in range(20):
        task = asyncio.create_task(read(theirs))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await read(mine) == {mine.organization_id}


async def test_a_busy_pool_says_so_in_time(database: Database):
    async with database.connection(None):
        with pytest.raises(DatabaseBusyError):
            async with database.connection(None):
                pass
