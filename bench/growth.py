"""Growth: one large organization among many small ones, at several sizes, in every respect that may grow with them."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter as clock
from uuid import UUID

import asyncpg

from bench.clients import Measured
from bench.clients import line as measured_line
from bench.history import Measured as History
from bench.history import measure_answers
from bench.http_connection import connected
from bench.imported_company import import_company, tokens_of
from bench.log_rate import LogRate, measured_rate
from bench.log_rate import line as rate_line
from bench.office import Office, open_office
from bench.own_database import own_database
from bench.processor import Processor, find_postmaster
from bench.server import MEBIBYTE, running_server
from bench.writes import Meter, over_http
from events.verify_database import verify_log
from projections.rebuild import RebuildProgress, rebuild
from service.assembly import database_of, ledger_of
from service.database import owner_connection
from service.settings import Settings

SIZES = (10_000, 100_000, 1_000_000)
SMALL_ORGANIZATIONS = 200
CLIENTS = (1, 16)

_KEY_RESULTS = """
select id from projection_1.key_result
where organization_id = $1 and to_position = 9223372036854775807 and kind = 'INCREASE' and dropped_at is null
    and objective_state = 'ACTIVE'
"""


@dataclass(slots=True, kw_only=True)
class Grown:
    """What one size showed; `history` are the answers about it.

    The first check-in after a start waits until the process has folded the log: how many seconds, and how much memory, in MiB,
    the process has then.
    """

    events: int
    history: History
    first_write_seconds: float = 0.0
    memory_mib: float = 0.0
    writes: list[Measured] = field(default_factory=list[Measured])
    logs: list[LogRate] = field(default_factory=list[LogRate])


async def measure_growth(server_url: str, sizes: Sequence[int] = SIZES) -> AsyncIterator[Grown]:
    """Measure all sizes, the smallest first, on a PostgreSQL server on which databases may be created."""
    for events in sorted(sizes):
        async with own_database(server_url, f"bench_growth_{events}") as database_url:
            yield await _measure_size(database_url, events)


async def _measure_size(database_url: str, events: int) -> Grown:
    imported = await measured_rate("imported", "OKR Ledger", events, lambda: import_company(database_url, events), runs=1)
    organization_id = await _largest(database_url)
    await _surround(database_url)
    history = await measure_answers(database_url, organization_id, events, imported.seconds)
    grown = Grown(events=events, history=history, logs=[imported])
    office = await _office_of(database_url, organization_id)
    postmaster = await find_postmaster(database_url)
    async with running_server(database_url, keeps_answers=False) as server:
        meter = Meter(Processor(server.process, postmaster), "HTTP")
        async with connected(server.address, 1) as (connection,):
            began = clock()
            await over_http(connection, office)()
            grown.first_write_seconds = clock() - began
        grown.memory_mib = server.process.memory_info().rss / MEBIBYTE
        for clients in CLIENTS:
            async with connected(server.address, clients) as connections:
                works = [over_http(each, office) for each in connections]
                grown.writes.append(await meter.measured(f"check-in among {events} events", works))
    grown.logs += [each async for each in _whole_log(database_url, organization_id)]
    return grown


async def _largest(database_url: str) -> UUID:
    async with owner_connection(database_url) as connection:
        found: UUID = await connection.fetchval("select organization_id from okr_ledger.organization_head")
        return found


async def _surround(database_url: str) -> None:
    """Found the small organizations."""
    settings = Settings()
    async with database_of(settings, database_url) as database:
        ledger = ledger_of(settings, database)
        for _ in range(SMALL_ORGANIZATIONS):
            await open_office(database, ledger)
        await ledger.drain()


async def _office_of(database_url: str, organization_id: UUID) -> Office:
    """Answer the large organization as one to check in at."""
    tokens = await tokens_of(database_url, organization_id)
    async with owner_connection(database_url) as connection:
        await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
        key_result_ids = [row["id"] for row in await connection.fetch(_KEY_RESULTS, organization_id)]
    return Office(
        organization_id=organization_id, person_id="", token=tokens["ADMIN"], cycle_id="", key_result_ids=key_result_ids
    )


async def _whole_log(database_url: str, organization_id: UUID) -> AsyncIterator[LogRate]:
    """Verify the log of the large organization, and rebuild the read models of all."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
        events = await connection.fetchval("select count(*) from okr_ledger.event where organization_id = $1", organization_id)
        of_all = await connection.fetchval("select count(*) from okr_ledger.event")

        async def verified() -> None:
            report = await verify_log(connection, organization_id, full=True)
            assert report is not None
            assert report.is_valid

        async def rebuilt() -> None:
            done = await rebuild(connection, _take_no_notice)
            assert all(each.is_switched for each in done.organizations)

        yield await measured_rate("verified in the database", "OKR Ledger", events, verified, runs=1)
        yield await measured_rate("rebuilt", "OKR Ledger", of_all, rebuilt, runs=1)
    finally:
        await connection.close()


def _take_no_notice(progress: RebuildProgress) -> None:
    """Show nothing: what is shown takes time."""
    del progress


def lines(grown: Grown) -> Iterator[str]:
    """Answer what one size showed, apart from the answers, which are compared between sizes."""
    yield f"\n{grown.events:,} events, most memory of the server while it reads {grown.history.memory_mib:.0f} MiB"
    yield f"first check-in after a start {grown.first_write_seconds:.1f} s, memory then {grown.memory_mib:.0f} MiB"
    yield from map(measured_line, grown.writes)
    yield from map(rate_line, grown.logs)
