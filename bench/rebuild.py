"""How fast read models are rebuilt: events per second for the log of one company, on an embedded PostgreSQL.

Run as `python -m bench.rebuild [<quarters> <objectives per quarter>]`. The log is written with its rows as the service
does it, then rebuilt; the rebuild includes reading, folding, writing, comparing row for row and switching.
"""

import sys
from collections.abc import AsyncIterator

import asyncpg
import uvloop

from bench.log_rate import LogRate, line, measured_rate, title
from bench.own_database import own_database
from bench.postgres import server_of_this_run
from projections.rebuild import RebuildProgress, rebuild
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.postgres import prepare
from tests.support.scenario import Scenario

LENGTH = (8, 40)
"""Quarters, and objectives of each."""


async def measure_rebuild(database_url: str, quarters: int, objectives: int) -> AsyncIterator[LogRate]:
    """Write a log into an empty database and rebuild its read models."""
    await prepare(database_url)
    chronicle = Chronicle()
    Scenario(chronicle, objectives=objectives).run(quarters)
    events, chapters = chronicle.head.position, chronicle.chapters
    del chronicle
    connection = await asyncpg.connect(database_url)

    async def rebuilt() -> None:
        done = await rebuild(connection, _take_no_notice)
        assert [each.is_switched for each in done.organizations] == [True]

    try:
        yield await measured_rate(
            "appended with rows", "OKR Ledger", events, lambda: write_chapters(connection, chapters), runs=1
        )
        chapters.clear()
        yield await measured_rate("rebuilt", "OKR Ledger", events, rebuilt, runs=1)
    finally:
        await connection.close()


def _take_no_notice(progress: RebuildProgress) -> None:
    """Show nothing: what is shown takes time."""
    del progress


async def _alone(server_url: str, quarters: int, objectives: int) -> None:
    async with own_database(server_url, "bench_rebuild") as database_url:
        print(title())
        async for each in measure_rebuild(database_url, quarters, objectives):
            print(line(each))


def main() -> None:
    """Measure on the server of DATABASE_URL, or on one of this run's own."""
    quarters, objectives = map(int, sys.argv[1:] or LENGTH)
    with server_of_this_run() as url:
        uvloop.run(_alone(url, quarters, objectives))


if __name__ == "__main__":
    main()
