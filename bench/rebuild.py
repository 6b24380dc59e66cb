"""How fast read models are rebuilt: events per second for the log of one company, on an embedded PostgreSQL.

Run as `python -m bench.rebuild [<quarters> <objectives per quarter>]`. The log is written with its rows as the service
does it, then rebuilt; the rebuild includes reading, folding, writing, comparing row for row and switching.
"""

import asyncio
import gc
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from projections.rebuild import RebuildProgress, rebuild
from service.embedded_postgres import EmbeddedPostgres
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.postgres import prepare
from tests.support.scenario import Scenario


async def measure(url: str, quarters: int, objectives: int) -> None:
    """Write a log, rebuild its read models and print the rates."""
    await prepare(url)
    chronicle = Chronicle()
    Scenario(chronicle, objectives=objectives).run(quarters)
    connection = await asyncpg.connect(url)
    try:
        began = time.perf_counter()
        await write_chapters(connection, chronicle.chapters)
        written = time.perf_counter() - began
        events = chronicle.head.position
        del chronicle
        # What is left of the scenario must not weigh on the collector of what is measured.
        gc.collect()
        gc.freeze()
        began, busy = time.perf_counter(), time.process_time()
        rebuilt = await rebuild(connection, _take_no_notice)
        took, used = time.perf_counter() - began, time.process_time() - busy
        assert [each.is_switched for each in rebuilt.organizations] == [True]
    finally:
        await connection.close()
    print(f"{events} events; appended with rows: {events / written:,.0f}/s")
    print(f"rebuilt: {events / took:,.0f}/s ({took:.1f} s, of which this process was busy for {used:.1f} s)")


def _take_no_notice(progress: RebuildProgress) -> None:
    """Show nothing: what is shown takes time."""
    del progress


def main() -> None:
    """Measure on a server of its own."""
    quarters, objectives = map(int, sys.argv[1:] or ("8", "40"))
    with tempfile.TemporaryDirectory(prefix="okr-ledger-bench-") as folder:
        Path(folder).chmod(0o755)  # the server may run as another user
        with EmbeddedPostgres(Path(folder) / "server") as url:
            asyncio.run(measure(url, quarters, objectives))


if __name__ == "__main__":
    main()
