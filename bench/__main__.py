"""`make bench`: measures the write path beside the limit of the same server, and reads of long histories, in one run.

Prints tables and writes `bench/results.json`. How to read it: `bench/README.md`.
"""

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

import uvloop

from bench.clients import Measured
from bench.history import measure_history, table
from bench.inserts import WORK as LIMIT
from bench.own_database import own_database
from bench.postgres import server_of_this_run
from bench.writes import measure_writes
from service.running_database import prepare_database

RESULTS = Path(__file__).parent / "results.json"


async def _writes(server_url: str) -> list[Measured]:
    async with own_database(server_url, "bench_writes") as database_url:
        await prepare_database(database_url)
        return [each async for each in measure_writes(database_url)]


def _print(measured: list[Measured]) -> None:
    best = max(each.per_second for each in measured if each.work == LIMIT)
    print(f"{'work':<36}{'by':<28}{'clients':>8}{'per second':>12}{'of the limit':>14}{'p50 ms':>9}{'p99 ms':>9}")
    for each in measured:
        print(
            f"{each.work:<36}{each.by:<28}{each.clients:>8}{each.per_second:>12.0f}{each.per_second / best:>14.2f}"
            f"{each.median_ms:>9.1f}{each.slowest_percent_ms:>9.1f}"
        )


def main() -> None:
    """Run everything on the server of DATABASE_URL, or on an embedded one of this run's own."""
    with server_of_this_run() as url:
        measured = uvloop.run(_writes(url))
        _print(measured)
        histories = uvloop.run(measure_history(url))
        print("\n" + "\n".join(table(histories)))
    machine = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    results = {"machine": machine, "measured": [each.as_dict() for each in measured]}
    results["histories"] = [asdict(each) for each in histories]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{machine}; written to {RESULTS}")


if __name__ == "__main__":
    main()
