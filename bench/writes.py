"""Writes: check-ins through the ledger, beside single-row durable inserts of the same event."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from uuid import UUID

import asyncpg

from events.act import Accepted, Act
from events.check_in import CheckInStatus, RecordCheckIn
from events.command import Command
from events.cycle import CreateCycle
from events.envelope import Origin
from events.identifier import SYSTEM_ACTOR, Noun, format_identifier, new_identifier, new_uuid
from events.key_result import AddKeyResult
from events.metric import Metric, MetricKind
from events.objective import ActivateObjective, CreateObjective
from events.organization import CreateOrganization
from service.assembly import database_of, ledger_of
from service.ledger import Ledger
from service.settings import Settings

SECONDS = 3.0
KEY_RESULTS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of the table; latencies in milliseconds as seen by one client."""

    work: str
    title: str
    clients: int
    per_second: float
    median_ms: float
    slowest_percent_ms: float

    def as_dict(self) -> dict[str, object]:
        """For the JSON file."""
        return asdict(self)


async def measure_writes(database_url: str) -> list[Measured]:
    """Measure all write work on a migrated database."""
    measured = [await _inserts(database_url, clients) for clients in (1, 16, 64)]
    settings = Settings(writer_queue_acts=4096)
    async with database_of(settings, database_url) as database:
        ledger = ledger_of(settings, database)
        office = await _office(ledger)
        for clients in (1, 16, 64):
            work = [_check_ins(ledger, office)] * clients
            measured.append(await _run("check in", "check-ins, one organization", work))
        offices = [await _office(ledger, key_results=4) for _ in range(32)]
        work = [_check_ins(ledger, each) for each in offices]
        measured.append(await _run("check in many", "check-ins, 32 organizations", work))
        await ledger.drain()
    return measured


async def _run(work: str, title: str, clients: list[Callable[[], Awaitable[None]]]) -> Measured:
    """Let every client repeat its work for a while; the first tenth is warming up and not counted."""
    latencies: list[float] = []
    begin = time.perf_counter() + SECONDS / 10
    end = begin + SECONDS

    async def client(once: Callable[[], Awaitable[None]]) -> None:
        while (started := time.perf_counter()) < end:
            await once()
            if started >= begin:
                latencies.append(time.perf_counter() - started)

    await asyncio.gather(*(client(once) for once in clients))
    latencies.sort()
    return Measured(
        work=work,
        title=title,
        clients=len(clients),
        per_second=len(latencies) / (time.perf_counter() - begin),
        median_ms=latencies[len(latencies) // 2] * 1000,
        slowest_percent_ms=latencies[len(latencies) * 99 // 100] * 1000,
    )


_CREATE_COPY = """
create table if not exists public.bench_event (like okr_ledger.event including defaults including indexes)
"""
_INSERT = """
insert into public.bench_event (organization_id, position, command_id, stream_id, stream_version, event_id, type,
    schema_version, actor_id, data, salt, commitment, metadata, effective_at, recorded_at, hash)
values ($1, $2, $3, $4, $2, $5, 'key_result.checked_in', 1, $6, $7, $8, $9, $10, now(), now(), $9)
"""
_DATA = (
    '{"blockers":null,"check_in_id":"check_in_01kay8r1w0e0q9x5c8d1f2g3h4","comment":null,"confidence":0.5,'
    '"done_stage_ids":[],"effective_at":"2026-08-14T09:00:00Z","key_result_id":'
    '"key_result_01kay8r1w0e0q9x5c8d1f2g3h4","next_steps":null,"status":"ON_TRACK","value":"7.5"}'
)


async def _inserts(database_url: str, clients: int) -> Measured:
    """The limit: each client inserts the row of the event, with the log's indexes, and waits for the disk."""
    connections = [await asyncpg.connect(database_url) for _ in range(clients)]
    await connections[0].execute(_CREATE_COPY)
    organization_id, positions = new_uuid(), count(1)
    stream, actor = new_identifier(Noun.KEY_RESULT), new_identifier(Noun.PERSON)

    def insert(connection: asyncpg.Connection) -> Callable[[], Awaitable[None]]:
        async def once() -> None:
            await connection.execute(
                _INSERT,
                organization_id,
                next(positions),
                new_uuid(),
                stream,
                new_uuid(),
                actor,
                _DATA,
                bytes(16),
                bytes(32),
                '{"origin":"API","reason":null,"request_id":"bench"}',
            )

        return once

    try:
        return await _run("insert", "single-row inserts (the limit)", [insert(each) for each in connections])
    finally:
        for connection in connections:
            await connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    organization_id: UUID
    key_result_ids: list[str]


async def _office(ledger: Ledger, key_results: int = KEY_RESULTS) -> _Office:
    """An organization with active objectives of four key results each."""
    organization_id, cycle_id = new_uuid(), new_identifier(Noun.CYCLE)
    office = _Office(organization_id=organization_id, key_result_ids=[])
    await ledger.begin_organization(organization_id)
    name = format_identifier(Noun.ORGANIZATION, organization_id)
    await _accepted(
        ledger,
        office,
        CreateOrganization(organization_id=name, name="Bench"),
        CreateCycle(cycle_id=cycle_id, name="2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)),
    )
    metric = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(100))
    for _ in range(key_results // 4):
        objective_id = new_identifier(Noun.OBJECTIVE)
        added = [
            AddKeyResult(
                key_result_id=new_identifier(Noun.KEY_RESULT), objective_id=objective_id, title="Replies", metric=metric
            )
            for _ in range(4)
        ]
        await _accepted(
            ledger,
            office,
            CreateObjective(objective_id=objective_id, cycle_id=cycle_id, title="Answer faster"),
            *added,
            ActivateObjective(objective_id=objective_id),
        )
        office.key_result_ids.extend(each.key_result_id for each in added)
    return office


def _check_ins(ledger: Ledger, office: _Office) -> Callable[[], Awaitable[None]]:
    numbers = count()

    async def once() -> None:
        number = next(numbers)
        command = RecordCheckIn(
            check_in_id=new_identifier(Noun.CHECK_IN),
            key_result_id=office.key_result_ids[number % len(office.key_result_ids)],
            value=Decimal(number % 100),
            status=CheckInStatus.ON_TRACK,
            confidence=0.5,
        )
        await _accepted(ledger, office, command)

    return once


async def _accepted(ledger: Ledger, office: _Office, *commands: Command) -> None:
    act = Act(
        organization_id=office.organization_id,
        actor_id=SYSTEM_ACTOR,
        commands=commands,
        origin=Origin.SYSTEM,
        request_id="bench",
    )
    outcome = await ledger.dispatch(act)
    if not isinstance(outcome, Accepted):
        raise TypeError(outcome)
