"""Whole logs: rebuilt, verified and imported, beside a peer that reads and decodes its own."""

from collections.abc import AsyncIterator

from bench.imported_company import import_company
from bench.inserts import CHECK_IN
from bench.log_rate import LogRate, measured_rate
from bench.own_database import own_database
from bench.peers.program import answer_of, python
from bench.rebuild import LENGTH as REBUILD_LENGTH
from bench.rebuild import measure_rebuild
from bench.verify import LENGTH as VERIFY_LENGTH
from bench.verify import measure_verification

IMPORTED = 10_000
PEER_EVENTS = 100_000


async def measure_logs(server_url: str) -> AsyncIterator[LogRate]:
    """Measure everything that works through a whole log."""
    async with own_database(server_url, "bench_rebuild") as database_url:
        async for each in measure_rebuild(database_url, *REBUILD_LENGTH):
            yield each
    async with own_database(server_url, "bench_verify") as database_url:
        async for each in measure_verification(database_url, *VERIFY_LENGTH):
            yield each
    async with own_database(server_url, "bench_import") as database_url:
        imported = import_company(database_url, IMPORTED)
        yield await measured_rate("imported", "OKR Ledger", IMPORTED, lambda: imported, runs=1)
    async with own_database(server_url, "bench_eventsourcing") as database_url:
        content = await answer_of(python("eventsourcing_log.py", database_url, CHECK_IN, str(PEER_EVENTS)))
        yield LogRate(work="read and decoded", by="eventsourcing", **content)
