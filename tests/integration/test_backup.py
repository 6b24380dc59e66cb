"""A dump that is taken while writes go on is whole: restored it verifies, rebuilds to the same rows, and goes on."""

import asyncio
import subprocess
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from events.verify_database import verify_log
from projections.rebuild import rebuild
from service.embedded_postgres import _program
from tests.support.acting import Office, owner, running_ledger
from tests.support.postgres import with_database


def run(program: str, *arguments: str | Path) -> None:
    ended = subprocess.run([_program(program), *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr


async def test_a_dump_of_a_busy_database_is_restored_whole(database_url: str, tmp_path: Path):
    dump, restored = tmp_path / "okr-ledger.dump", f"okr_ledger_restored_{uuid4().hex}"
    async with running_ledger(database_url) as ledger:
        office = await Office.opened(ledger)
        stop = asyncio.Event()

        async def write() -> int:
            number = 0
            while not stop.is_set():
                await office.accepted(office.check_in(number % 100))
                number += 1
            return number

        writing = asyncio.create_task(write())
        await asyncio.sleep(0.3)
        await asyncio.to_thread(run, "pg_dump", "--format=custom", f"--file={dump}", database_url)
        await asyncio.sleep(0.1)
        stop.set()
        assert await writing > 10
    restored_url = with_database(database_url, restored)
    async with owner(database_url) as connection:
        await connection.execute(f"create database {restored} template template0")
    try:
        await asyncio.to_thread(run, "pg_restore", "--exit-on-error", f"--dbname={restored_url}", dump)
        await check_restored(restored_url, office)
    finally:
        async with owner(database_url) as connection:
            await connection.execute(f"drop database {restored} with (force)")


async def check_restored(restored_url: str, office: Office) -> None:
    organization_id = office.organization_id
    async with owner(restored_url) as connection:
        report = await verify_log(connection, organization_id, full=True)
        assert report is not None
        assert report.is_valid
        assert report.position > 10
        rebuilt = await rebuild(connection, lambda _: None)
        assert [(each.position, each.differences) for each in rebuilt.organizations] == [(report.position, ())]
    async with running_ledger(restored_url) as ledger:
        going_on = office.at(ledger)
        accepted = await going_on.accepted(going_on.check_in(42))
        assert accepted.first_position == report.position + 1
    async with owner(restored_url) as connection:
        again = await verify_log(connection, organization_id, full=True)
        assert again is not None
        assert again.is_valid
        # Row-level security came along.
        await connection.execute("set role okr_ledger_application")
        assert await connection.fetchval("select count(*) from okr_ledger.event") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("delete from okr_ledger.event")
