"""Many clients in two processes on one organization, poison and cancelled acts among them: nothing lost, nothing hangs."""

import asyncio
import random
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from events.act import Accepted, Refused
from events.verify_database import verify_log
from projections.rebuild import rebuild
from service.batch import LedgerLimits
from service.failure import LedgerInternalError, OverloadedError
from tests.support.acting import PROJECTIONS, Office, owner, running_ledger

CLIENTS = 64
ROUNDS = 6
OTHER_CLIENTS = 8
SECONDS = 180


def poisonous_merge(rows: Sequence[Any]) -> str:
    """Turn one harmless text into one that the database refuses."""
    return PROJECTIONS.merge(rows).replace('"poison"', '"poison \\u0000"')


class Client:
    """Sends good, refused, poisonous and impatient acts, and remembers what it was told."""

    def __init__(self, office: Office, number: int) -> None:
        self.office = office
        self.random = random.Random(number)  # noqa: S311 - the same choices in every run
        self.accepted: dict[str, int] = {}
        self.cancelled: set[str] = set()
        self.failed: set[str] = set()

    async def run(self) -> None:
        """Send everything."""
        for _ in range(ROUNDS):
            kind = self.random.choice(("good", "good", "good", "refused", "poison", "impatient"))
            fields: dict[str, Any] = {"comment": "poison"} if kind == "poison" else {}
            if kind == "refused":
                fields["key_result_id"] = "key_result_unknown"
            check_in = self.office.check_in(self.random.randrange(100), **fields)
            task = asyncio.create_task(self.dispatch(check_in))
            if kind == "impatient":
                await asyncio.sleep(self.random.uniform(0, 0.05))
                task.cancel()
            try:
                outcome = await task
            except asyncio.CancelledError:
                self.cancelled.add(check_in.check_in_id)
            except LedgerInternalError:
                assert kind == "poison"
                self.failed.add(check_in.check_in_id)
            else:
                if isinstance(outcome, Refused):
                    assert kind == "refused"
                    self.failed.add(check_in.check_in_id)
                else:
                    assert kind in {"good", "impatient"}
                    self.accepted[check_in.check_in_id] = outcome.first_position or 0

    async def dispatch(self, check_in: Any) -> Accepted | Refused:
        """Send an act, and again when the queue is full."""
        while True:
            try:
                return await self.office.do(check_in)
            except OverloadedError as overloaded:
                await asyncio.sleep(overloaded.retry_after)


@asynccontextmanager
async def other_process(database_url: str, office: Office) -> AsyncIterator[dict[str, int]]:
    """A process that writes to the same organization; at the end it is killed and its acknowledgements are known."""
    arguments = (database_url, str(office.organization_id), office.ada, str(OTHER_CLIENTS), office.key_result_id)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.writing_process", *arguments, stdout=PIPE
    )
    acknowledged: dict[str, int] = {}
    assert process.stdout is not None
    first = await process.stdout.readline()
    try:
        yield acknowledged
    finally:
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
        lines = (first + rest).decode().splitlines()
        acknowledged |= {check_in_id: int(position) for check_in_id, position in (line.split() for line in lines)}


async def test_nothing_is_lost_and_nobody_hangs(database_url: str):
    limits = LedgerLimits(queue_acts=24, batch_acts=16, retry_after_seconds=0.05)
    projections = replace(PROJECTIONS, merge=poisonous_merge)
    async with (
        running_ledger(database_url, limits=limits, projections=projections) as first,
        running_ledger(database_url, limits=limits, projections=projections) as second,
    ):
        office = await Office.opened(first)
        places = (office, office.at(second))
        clients = [Client(places[number % 2], number) for number in range(CLIENTS)]
        async with asyncio.timeout(SECONDS), other_process(database_url, office) as elsewhere:
            await asyncio.gather(*(client.run() for client in clients))
    async with owner(database_url) as connection:
        rows = await connection.fetch(
            "select position, data::json ->> 'check_in_id' as id from okr_ledger.event order by position"
        )
        assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
        recorded = {row["id"]: row["position"] for row in rows if row["id"] is not None}
        assert len(recorded) == sum(row["id"] is not None for row in rows)
        accepted = {key: position for client in clients for key, position in client.accepted.items()}
        cancelled = {key for client in clients for key in client.cancelled}
        failed = {key for client in clients for key in client.failed}
        assert accepted
        assert cancelled
        assert failed
        assert elsewhere
        assert accepted.items() <= recorded.items()
        assert elsewhere.items() <= recorded.items()
        assert failed.isdisjoint(recorded)
        # What was under way in the killed process may have been kept without having been acknowledged.
        assert len(recorded.keys() - accepted.keys() - elsewhere.keys() - cancelled) <= OTHER_CLIENTS
        report = await verify_log(connection, office.organization_id, full=True)
        assert report is not None
        assert report.is_valid, report.problem
        rebuilt = await rebuild(connection, lambda _: None)
        assert [organization.differences for organization in rebuilt.organizations] == [()]
