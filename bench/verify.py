"""How fast logs are verified: events per second for the log of one company, in an embedded PostgreSQL and as an export.

Run as `python -m bench.verify [<quarters> <objectives per quarter>]`. The export is verified by the one file that
`docs/log-format.md` names, in a process of its own without site-packages. Each figure is the best of three runs.
"""

import asyncio
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

import events.verify_export
from events.export import export_log
from events.verify_database import verify_log
from service.embedded_postgres import EmbeddedPostgres
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.postgres import prepare
from tests.support.scenario import Scenario

RUNS = 3


async def measure(url: str, folder: Path, quarters: int, objectives: int) -> None:
    """Write a log, verify it in every way and print the rates."""
    await prepare(url)
    chronicle = Chronicle()
    Scenario(chronicle, objectives=objectives).run(quarters)
    count, organization_id = chronicle.head.position, chronicle.organization_id
    path = folder / "export.jsonl"
    connection = await asyncpg.connect(url)

    async def from_database() -> None:
        report = await verify_log(connection, organization_id, full=True)
        assert report is not None
        assert report.is_valid
        assert report.position == count

    async def from_export() -> None:
        command = [sys.executable, "-I", "-S", events.verify_export.__file__, path]
        ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
        assert f"whole from 1 to {count}," in ended.stdout

    async def hashed_alone() -> None:
        with path.open("rb") as lines:
            for line in lines:
                hashlib.sha256(line).digest()

    async def exported() -> None:
        with path.open("wb") as file:
            async for line in export_log(connection, organization_id):
                file.write(line)

    try:
        await write_chapters(connection, chronicle.chapters)
        del chronicle
        works = {
            "exported": exported,
            "read and hashed once (the limit)": hashed_alone,
            "verified in the database": from_database,
            "verified as an export, alone": from_export,
        }
        rates = {title: count / await _best(work) for title, work in works.items()}
    finally:
        await connection.close()
    print(f"{count} events, {path.stat().st_size / 1_000_000:.0f} MB")
    for title, rate in rates.items():
        print(f"{title}: {rate:,.0f}/s")


async def _best(work: Callable[[], Awaitable[None]]) -> float:
    took: list[float] = []
    for _ in range(RUNS):
        began = time.perf_counter()
        await work()
        took.append(time.perf_counter() - began)
    return min(took)


def main() -> None:
    """Measure on a server of its own."""
    quarters, objectives = map(int, sys.argv[1:] or ("8", "160"))
    with tempfile.TemporaryDirectory(prefix="okr-ledger-bench-") as folder:
        Path(folder).chmod(0o755)  # the server may run as another user
        with EmbeddedPostgres(Path(folder) / "server") as url:
            asyncio.run(measure(url, Path(folder), quarters, objectives))


if __name__ == "__main__":
    main()
