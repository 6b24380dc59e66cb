"""Reads: what screens ask for, over HTTP, beside what peers answer from plain tables of the same current state.

The company has 200 objectives of four key results in the running quarter. Each question is asked the first time, when
something was checked in since it was last asked or when it is about a moment that nobody asked for, and repeated.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from statistics import median
from time import perf_counter as clock
from typing import Any
from uuid import UUID

from bench.clients import Work, milliseconds, repeated
from bench.current_tables import SCHEMA, create_current_tables
from bench.http_connection import HttpConnection, UnexpectedAnswerError, connected
from bench.imported_company import import_company, things_of, tokens_of
from bench.operations import Things, contract, uncounted
from bench.peers import javascript
from bench.peers.program import FOLDER, python
from bench.peers.server import running_peer
from bench.processor import Processor, find_postmaster
from bench.server import running_server
from events.act import Act
from events.check_in import CheckInStatus, RecordCheckIn
from events.envelope import Origin
from events.identifier import SYSTEM_ACTOR, Noun, new_identifier
from service.assembly import database_of, ledger_of
from service.database import owner_connection
from service.ledger import Ledger
from service.settings import Settings

EVENTS = 50_000
OBJECTIVES = (50, 200)
CLIENTS = 16
PAGE = 100
ROUNDS = 10
NOW, MONTH_AGO = "now", "a month ago"
FIRST, REPEATED = "first time", "repeated"
LEDGER = "OKR Ledger"
CARD = "one objective"
WRITE_PAUSE = 0.1
"""Seconds between check-ins while many clients ask for what is new."""

_KEY_RESULT = """
select id from projection_1.key_result
where organization_id = $1 and to_position = 9223372036854775807 and cycle_id = $2 and kind = 'INCREASE'
    and dropped_at is null and objective_state = 'ACTIVE'
order by id limit 1
"""
_END_CURSOR = re.compile(rb'"hasNextPage":true.*?"endCursor":"([^"]*)"')

Send = Callable[[HttpConnection, dict[str, Any]], Awaitable[int]]
"""Asks a question, given what is different each time it is asked, and answers the bytes of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One line of the table; times in milliseconds per answer, those of processors None where they can not be seen."""

    question: str
    by: str
    moment: str
    occasion: str
    clients: int
    per_second: float
    median_ms: float
    server_ms: float | None
    database_ms: float | None
    answer_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """`elsewhen` are the variables of moments that nobody has asked for yet, None where only the present is asked for."""

    name: str
    moment: str
    send: Send
    elsewhen: Iterator[dict[str, Any]] | None = None


async def measure_reads(database_url: str, events: int = EVENTS) -> AsyncIterator[Read]:
    """Measure all questions on an empty database."""
    organization_id = await import_company(database_url, events)
    tokens = await tokens_of(database_url, organization_id)
    await create_current_tables(database_url, organization_id)
    postmaster = await find_postmaster(database_url)
    settings = Settings()
    async with running_server(database_url) as server, database_of(settings, database_url) as database:
        things = await things_of(server, tokens["ADMIN"], events)
        ledger = ledger_of(settings, database)
        write = await _check_in(database_url, ledger, organization_id, things)
        asker = _Asker(LEDGER, server.address, Processor(server.process, postmaster), write)
        for question in _questions(things, tokens["ADMIN"]):
            async for each in asker.reads(question):
                yield each
        await ledger.drain()
    postgraphile = javascript.command("postgraphile_server.js", database_url, SCHEMA)
    strawberry = python("strawberry_server.py", database_url)
    for name, command in (("PostGraphile", postgraphile), ("plain Strawberry", strawberry)):
        async with running_peer(command) as peer:
            asker = _Asker(name, peer.address, Processor(peer.process, postmaster), None)
            for question in _questions_of_peer(name.split()[-1].lower(), things):
                async for each in asker.reads(question):
                    yield each


def title() -> str:
    """Answer the head of a table of answers."""
    numbers = "".join(f"{each:>12}" for each in ("clients", "per second", "p50 ms", "server ms", "database ms", "bytes"))
    return f"{'question':<28}{'by':<18}{'moment':<13}{'occasion':<12}{numbers}"


def line(read: Read) -> str:
    """Answer the line of an answer."""
    times = map(milliseconds, (read.median_ms, read.server_ms, read.database_ms))
    numbers = (str(read.clients), f"{read.per_second:,.1f}", *times, str(read.answer_bytes))
    cells = f"{read.question:<28}{read.by:<18}{read.moment:<13}{read.occasion:<12}"
    return cells + "".join(f"{each:>12}" for each in numbers)


# --- questions


def _questions(things: Things, token: str) -> Iterator[_Question]:
    dashboard = contract("dashboard")
    card = "query Card($id: ID!, $asOf: MomentInput) { objective(id: $id, asOf: $asOf) { ...ObjectiveCard } }\n"
    card += dashboard[dashboard.index("fragment ObjectiveCard") :]
    ask = partial(_ask, token=token)
    for objectives in OBJECTIVES:
        send = partial(_ask_dashboard, text=dashboard, token=token, cycle_id=things.running_id, objectives=objectives)
        yield from _at_both_moments(f"dashboard, {objectives} objectives", send)
    yield from _at_both_moments(CARD, partial(ask, text=card, known={"id": things.objective_id}))
    yield from _at_both_moments(
        "one objective in detail", partial(ask, text=contract("objective_detail"), known={"id": things.objective_id})
    )
    yield _Question(name="audit page", moment=NOW, send=partial(ask, text=uncounted(contract("audit_log")), known={}))
    curve = {"id": things.running_id, "resolution": "DAY"}
    yield _Question(name="curve of a cycle", moment=NOW, send=partial(ask, text=contract("progress_curve"), known=curve))
    curve_then = curve | {"id": things.past_cycle_ids["last week"]}
    yield _Question(
        name="curve of a cycle", moment="a week ago", send=partial(ask, text=contract("progress_curve"), known=curve_then)
    )


def _at_both_moments(name: str, send: Send) -> Iterator[_Question]:
    month_ago = datetime.now(UTC) - timedelta(days=30)
    others = ({"asOf": {"time": (month_ago - timedelta(minutes=7 * number)).isoformat()}} for number in count())
    yield _Question(name=name, moment=NOW, send=send)
    yield _Question(name=name, moment=MONTH_AGO, send=send, elsewhen=others)


def _questions_of_peer(name: str, things: Things) -> Iterator[_Question]:
    texts = {kind: (FOLDER / f"{name}_{kind}.graphql").read_text() for kind in ("dashboard", "objective", "card")}
    for objectives in OBJECTIVES:
        known = {"cycleId": things.running_id, "first": objectives}
        send = partial(_ask, text=texts["dashboard"] + texts["card"], token=None, known=known)
        yield _Question(name=f"dashboard, {objectives} objectives", moment=NOW, send=send)
    known = {"id": things.objective_id}
    send = partial(_ask, text=texts["objective"] + texts["card"], token=None, known=known)
    yield _Question(name=CARD, moment=NOW, send=send)


async def _ask(
    connection: HttpConnection, different: dict[str, Any], *, text: str, token: str | None, known: dict[str, Any]
) -> int:
    body = await connection.send(connection.graphql(text, known | different, token))
    if b'"errors"' in body or b'"data":{"' not in body:
        raise UnexpectedAnswerError(body[:1000].decode(errors="replace"))
    return len(body)


async def _ask_dashboard(
    connection: HttpConnection, different: dict[str, Any], *, text: str, token: str, cycle_id: str, objectives: int
) -> int:
    """Ask for the pages that hold so many objectives, one after the other as a client has to."""
    after, size = None, 0
    for _ in range(0, objectives, PAGE):
        variables = {"cycleId": cycle_id, "first": min(objectives, PAGE), "after": after, **different}
        body = await connection.send(connection.graphql(text, variables, token))
        if b'"errors"' in body:
            raise UnexpectedAnswerError(body[:1000].decode(errors="replace"))
        found = _END_CURSOR.search(body)
        after = None if found is None else found[1].decode()
        size += len(body)
        if after is None:
            break
    return size


# --- asking


class _Asker:
    """Asks one server; `write` makes the present another one, and is None where nothing is remembered of the last time."""

    def __init__(self, by: str, address: str, processor: Processor, write: Work | None) -> None:
        self._by = by
        self._address = address
        self._processor = processor
        self._write = write

    async def reads(self, question: _Question) -> AsyncIterator[Read]:
        """Ask a question on all occasions, by one client and by many."""
        # The same moment each time it is repeated. Many clients come first, for some run times get faster with use.
        same = {} if question.elsewhen is None else next(question.elsewhen)
        occasions = (REPEATED,) if self._write is None else (FIRST, REPEATED)
        for clients, measure in ((CLIENTS, self._together), (1, self._alone)):
            for occasion in occasions:
                # New connections, for a server closes those that were idle meanwhile.
                async with connected(self._address, clients) as connections:
                    await asyncio.gather(*(question.send(each, same) for each in connections))
                    yield await measure(question, connections, occasion, same)

    async def _alone(self, question: _Question, connections: list[HttpConnection], occasion: str, same: dict[str, Any]) -> Read:
        times, server_ms, database_ms, size = list[float](), list[float | None](), list[float | None](), 0
        for _ in range(ROUNDS):
            different = same
            if occasion == FIRST and question.elsewhen is not None:
                different = next(question.elsewhen)
            elif occasion == FIRST and self._write is not None:
                await self._write()
            before = self._processor.server_ms(), self._processor.database_ms()
            began = clock()
            size = await question.send(connections[0], different)
            times.append(clock() - began)
            server_ms.append(_used(before[0], self._processor.server_ms()))
            database_ms.append(_used(before[1], self._processor.database_ms()))
        return Read(
            question=question.name,
            by=self._by,
            moment=question.moment,
            occasion=occasion,
            clients=1,
            per_second=len(times) / sum(times),
            median_ms=median(times) * 1_000,
            server_ms=_mean(server_ms),
            database_ms=_mean(database_ms),
            answer_bytes=size,
        )

    async def _together(
        self, question: _Question, connections: list[HttpConnection], occasion: str, same: dict[str, Any]
    ) -> Read:
        sizes: list[int] = []

        def client(connection: HttpConnection) -> Work:
            async def once() -> None:
                is_other = occasion == FIRST and question.elsewhen is not None
                different = next(question.elsewhen) if is_other and question.elsewhen is not None else same
                sizes.append(await question.send(connection, different))

            return once

        writing = None
        if occasion == FIRST and question.elsewhen is None and self._write is not None:
            writing = asyncio.create_task(_keep_writing(self._write))
        before = self._processor.server_ms(), self._processor.database_ms()
        pace = await repeated([client(each) for each in connections], warm_up=0)
        used = _used(before[0], self._processor.server_ms()), _used(before[1], self._processor.database_ms())
        if writing is not None:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return Read(
            question=question.name,
            by=self._by,
            moment=question.moment,
            occasion=occasion,
            clients=len(connections),
            per_second=pace.per_second,
            median_ms=pace.median_ms,
            server_ms=None if used[0] is None else used[0] / pace.count,
            database_ms=None if used[1] is None else used[1] / pace.count,
            answer_bytes=sizes[-1],
        )


def _used(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _mean(several: list[float | None]) -> float | None:
    known = [each for each in several if each is not None]
    return sum(known) / len(known) if known else None


# --- writing meanwhile


async def _check_in(database_url: str, ledger: Ledger, organization_id: UUID, things: Things) -> Work:
    """Answer work that checks in, past the server: its processor time is that of answering alone."""
    async with owner_connection(database_url) as connection:
        await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
        key_result_id: str = await connection.fetchval(_KEY_RESULT, organization_id, things.running_id)
    numbers = count()

    async def once() -> None:
        command = RecordCheckIn(
            check_in_id=new_identifier(Noun.CHECK_IN),
            key_result_id=key_result_id,
            value=Decimal(next(numbers) % 50),
            status=CheckInStatus.ON_TRACK,
        )
        act = Act(
            organization_id=organization_id,
            actor_id=SYSTEM_ACTOR,
            commands=(command,),
            origin=Origin.SYSTEM,
            request_id="bench",
        )
        await ledger.dispatch(act)

    return once


async def _keep_writing(write: Work) -> None:
    while True:
        await write()
        await asyncio.sleep(WRITE_PAUSE)
