"""Writes: check-ins through the ledger and over HTTP, beside the limit of the same server and what peers do on it."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from itertools import count

from bench.clients import SECONDS, Measured, Pace, Work, repeated
from bench.http_connection import HttpConnection, UnexpectedAnswerError, connected
from bench.inserts import CHECK_IN, measure_inserts
from bench.office import Office, carry_out, open_office
from bench.operations import contract
from bench.peers import javascript
from bench.peers.program import pace_of, python
from bench.processor import Processor, find_postmaster
from bench.server import running_server
from events.check_in import CheckInStatus, RecordCheckIn
from events.identifier import Noun, new_identifier
from service.assembly import database_of, ledger_of
from service.garbage import search_seldom
from service.ledger import Ledger
from service.settings import Settings
from service.statistics import growing_statistics

CLIENTS = (1, 16, 64)
KEY_RESULTS = 400
ORGANIZATIONS = 32
ONE, MANY = "check-in, one organization", f"check-in, {ORGANIZATIONS} organizations"
PEER_APPEND, PEER_COMMAND = "append a check-in to its stream", "read its stream, then append"


async def measure_writes(database_url: str) -> AsyncIterator[Measured]:
    """Measure all work that writes, on a migrated database of its own."""
    for clients in CLIENTS:
        yield await measure_inserts(database_url, clients)
    settings = Settings(writer_queue_acts=4096)
    postmaster = await find_postmaster(database_url)
    async with database_of(settings, database_url) as database:
        ledger = ledger_of(settings, database)
        async with growing_statistics(database_url) as grown:
            office = await open_office(database, ledger, KEY_RESULTS)
            offices = [await open_office(database, ledger) for _ in range(ORGANIZATIONS)]
            grown(sum(len(each.key_result_ids) for each in (office, *offices)))
        search_seldom()  # as the server does
        meter = Meter(Processor(None, postmaster), "ledger")
        for clients in CLIENTS:
            yield await meter.measured(ONE, [_through_ledger(ledger, office)] * clients)
        yield await meter.measured(MANY, [_through_ledger(ledger, each) for each in offices])
        await ledger.drain()
    async with running_server(database_url) as server:
        meter = Meter(Processor(server.process, postmaster), "HTTP")
        for work, offices_of_clients in (*((ONE, [office] * clients) for clients in CLIENTS), (MANY, offices)):
            async with connected(server.address, len(offices_of_clients)) as connections:
                pairs = zip(connections, offices_of_clients, strict=True)
                yield await meter.measured(work, [over_http(connection, each) for connection, each in pairs])
    async for each in _peers(database_url):
        yield each


class Meter:
    """Measures clients, and what they cost the server and the database."""

    def __init__(self, processor: Processor, by: str) -> None:
        self._processor = processor
        self._by = by

    async def measured(self, work: str, clients: list[Work], seconds: float = SECONDS) -> Measured:
        """Let the clients warm up, then measure them."""
        await repeated(clients, SECONDS / 10, 0)
        server_before, database_before = self._processor.server_ms(), self._processor.database_ms()
        pace = await repeated(clients, seconds, 0)
        server_after, database_after = self._processor.server_ms(), self._processor.database_ms()
        return Measured(
            work=work,
            by=self._by,
            clients=len(clients),
            per_second=pace.per_second,
            median_ms=pace.median_ms,
            slowest_percent_ms=pace.slowest_percent_ms,
            server_ms=_each(server_before, server_after, pace),
            database_ms=_each(database_before, database_after, pace),
        )


def _each(before: float | None, after: float | None, pace: Pace) -> float | None:
    return None if before is None or after is None else (after - before) / pace.count


# --- check-ins


def _through_ledger(ledger: Ledger, office: Office) -> Work:
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
        await carry_out(ledger, office, command)

    return once


def over_http(connection: HttpConnection, office: Office) -> Work:
    """Answer the work of a client that checks in over a connection of its own."""
    text, numbers = contract("key_result_check_in"), count()

    async def once() -> None:
        number = next(numbers)
        key_result_id = office.key_result_ids[number % len(office.key_result_ids)]
        check_in = {"keyResultId": key_result_id, "value": str(number % 100), "status": "ON_TRACK", "confidence": 0.5}
        body = await connection.send(connection.graphql(text, {"input": check_in}, office.token))
        if b'"userErrors":[]' not in body:
            raise UnexpectedAnswerError(body.decode())

    return once


# --- peers

Command = Callable[[int, str], list[str]]


async def _peers(database_url: str) -> AsyncIterator[Measured]:
    """Measure what peers do for a check-in, by the work that costs them least and by that which they propose."""

    def emmett(clients: int, work: str) -> list[str]:
        return javascript.command("emmett_check_ins.js", database_url, str(clients), str(SECONDS), CHECK_IN, work)

    def eventsourcing(processes: int) -> Command:
        def command(clients: int, work: str) -> list[str]:
            arguments = (str(clients), str(processes), str(SECONDS), CHECK_IN, work)
            return python("eventsourcing_check_ins.py", database_url, *arguments)

        return command

    peers: list[tuple[str, Command, str]] = [
        ("Emmett", emmett, "append"),
        ("eventsourcing, threads", eventsourcing(1), "save"),
        ("eventsourcing, 2 processes", eventsourcing(2), "save"),
    ]
    for name, command, least in peers:
        for clients in CLIENTS:
            if clients == 1 and "processes" in name:
                continue
            for work, title in ((least, PEER_APPEND), ("command", PEER_COMMAND)):
                pace = await pace_of(command(clients, work))
                yield Measured(
                    work=title,
                    by=name,
                    clients=clients,
                    per_second=pace.per_second,
                    median_ms=pace.median_ms,
                    slowest_percent_ms=pace.slowest_percent_ms,
                )
