"""`make bench`: measures writing, reading, logs and growth beside limits and peers, on one PostgreSQL server.

Run as `python -m bench [--only writes reads logs growth] [--sizes <events> …]`. Prints tables, and writes
`bench/results.json` and `bench/results.html`. How to read them: `bench/README.md`.
"""

import argparse
import json
import os
import platform
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import uvloop

from bench import clients, growth, log_rate, logs, ratios, reads
from bench.history import table as history_table
from bench.own_database import own_database
from bench.page import page_of
from bench.postgres import server_of_this_run
from bench.results import Results
from bench.writes import measure_writes
from service.running_database import prepare_database

FOLDER = Path(__file__).parent
Line = TypeVar("Line")
WORKS = ("writes", "reads", "logs", "growth")


async def _measure(server_url: str, results: Results, works: list[str], sizes: list[int]) -> None:
    """Measure what is wanted, each in a database of its own, and print it as it comes."""
    if "writes" in works:
        async with own_database(server_url, "bench_writes") as database_url:
            await prepare_database(database_url)
            await _follow(measure_writes(database_url), results.writes, clients.title(), clients.line)
    if "reads" in works:
        async with own_database(server_url, "bench_reads") as database_url:
            await _follow(reads.measure_reads(database_url), results.reads, reads.title(), reads.line)
    if "logs" in works:
        await _follow(logs.measure_logs(server_url), results.logs, log_rate.title(), log_rate.line)
    if "growth" in works:
        async for grown in growth.measure_growth(server_url, sizes):
            results.growth.append(grown)
            print("\n".join(growth.lines(grown)), flush=True)
        print("\n" + "\n".join(history_table([each.history for each in results.growth])))


async def _follow(measured: AsyncIterator[Line], into: list[Line], title: str, line: Callable[[Line], str]) -> None:
    """Keep what is measured and print it at once."""
    print(f"\n{title}", flush=True)
    async for each in measured:
        into.append(each)
        print(line(each), flush=True)


def main() -> None:
    """Run what is wanted on the server of DATABASE_URL, or on an embedded one of this run's own."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the speed of the ledger beside its peers.")
    parser.add_argument("--only", nargs="+", choices=WORKS, default=WORKS, help="what to measure")
    parser.add_argument("--sizes", nargs="+", type=int, default=growth.SIZES, help="events of the companies that grow")
    wanted = parser.parse_args()
    results = Results(machine=f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with server_of_this_run() as url:
        uvloop.run(_measure(url, results, list(wanted.only), list(wanted.sizes)))
    compared = ratios.ratios_of(results.writes, results.reads, results.logs)
    print("\n" + "\n".join(ratios.table(compared)))
    (FOLDER / "results.json").write_text(json.dumps(results.as_dict(compared), indent=1) + "\n")
    (FOLDER / "results.html").write_text(page_of(results, compared))
    print(f"\n{results.machine}; written to {FOLDER / 'results.json'} and {FOLDER / 'results.html'}")


if __name__ == "__main__":
    main()
