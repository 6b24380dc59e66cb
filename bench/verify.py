"""How fast logs are verified: events per second for the log of one company, in an embedded PostgreSQL and as an export.

Run as `python -m bench.verify [<quarters> <objectives per quarter>]`. The export is verified by the one file that
`docs/log-format.md` names, in a process of its own without site-packages. Each figure is the best of three runs.
"""

import asyncio
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import uvloop

import events.verify_export
from bench.log_rate import LogRate, line, measured_rate, title
from bench.own_database import own_database
from bench.postgres import server_of_this_run
from events.export import export_log
from events.verify_database import verify_log
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.postgres import prepare
from tests.support.scenario import Scenario

LENGTH = (8, 160)
"""Quarters, and objectives of each."""

BY = "OKR Ledger"


async def measure_verification(database_url: str, quarters: int, objectives: int) -> AsyncIterator[LogRate]:
    """Write a log into an empty database and verify it in every way."""
    await prepare(database_url)
    chronicle = Chronicle()
    Scenario(chronicle, objectives=objectives).run(quarters)
    count, organization_id = chronicle.head.position, chronicle.organization_id
    connection = await asyncpg.connect(database_url)
    try:
        await write_chapters(connection, chronicle.chapters)
        del chronicle
        with tempfile.TemporaryDirectory(prefix="okr-ledger-bench-") as folder:
            path = Path(folder) / "export.jsonl"

            async def exported() -> None:
                with path.open("wb") as file:
                    async for line in export_log(connection, organization_id):
                        file.write(line)

            async def hashed_alone() -> None:
                with path.open("rb") as lines:
                    for line in lines:
                        hashlib.sha256(line).digest()

            async def from_database() -> None:
                report = await verify_log(connection, organization_id, full=True)
                assert report is not None
                assert report.is_valid
                assert report.position == count

            async def from_export() -> None:
                command = [sys.executable, "-I", "-S", events.verify_export.__file__, path]
                ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
                assert f"whole from 1 to {count}," in ended.stdout

            yield await measured_rate("exported", BY, count, exported)
            yield await measured_rate("read and hashed once (the limit)", "Python", count, hashed_alone)
            yield await measured_rate("verified in the database", BY, count, from_database)
            yield await measured_rate("verified as an export, alone", BY, count, from_export)
    finally:
        await connection.close()


async def _alone(server_url: str, quarters: int, objectives: int) -> None:
    async with own_database(server_url, "bench_verify") as database_url:
        print(title())
        async for each in measure_verification(database_url, quarters, objectives):
            print(line(each))


def main() -> None:
    """Measure on the server of DATABASE_URL, or on one of this run's own."""
    quarters, objectives = map(int, sys.argv[1:] or LENGTH)
    with server_of_this_run() as url:
        uvloop.run(_alone(url, quarters, objectives))


if __name__ == "__main__":
    main()
