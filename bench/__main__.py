"""`make bench`: measures the write path beside the limit of the same server, and reads of long histories, in one run.

Prints tables and writes `bench/results.json`. How to read it: `bench/README.md`.
"""

import asyncio
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

from bench.history import measure_history, table
from bench.postgres import server_of_this_run
from bench.writes import Measured, measure_writes
from events.migrate import migrate
from projections.generation import ensure_generation
from service.database import owner_connection

RESULTS = Path(__file__).parent / "results.json"


async def _measure(database_url: str) -> list[Measured]:
    await migrate(database_url)
    async with owner_connection(database_url) as connection:
        await ensure_generation(connection)
    return await measure_writes(database_url)


def _print(measured: list[Measured]) -> None:
    limits = {each.clients: each.per_second for each in measured if each.work == "insert"}
    best = max(limits.values())
    print(f"{'work':<34}{'clients':>8}{'per second':>12}{'of the limit':>14}{'p50 ms':>9}{'p99 ms':>9}")
    for each in measured:
        limit = limits.get(each.clients, best)
        print(
            f"{each.title:<34}{each.clients:>8}{each.per_second:>12.0f}{each.per_second / limit:>14.2f}"
            f"{each.median_ms:>9.1f}{each.slowest_percent_ms:>9.1f}"
        )


def main() -> None:
    """Run everything on the server of DATABASE_URL, or on an embedded one of this run's own."""
    with server_of_this_run() as url:
        measured = asyncio.run(_measure(url))
        _print(measured)
        histories = asyncio.run(measure_history(url))
        print("\n" + "\n".join(table(histories)))
    machine = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    results = {"machine": machine, "measured": [each.as_dict() for each in measured]}
    results["histories"] = [asdict(each) for each in histories]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{machine}; written to {RESULTS}")


if __name__ == "__main__":
    main()
