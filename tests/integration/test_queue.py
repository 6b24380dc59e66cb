"""Acts that wait for their writer: cancelled, too many, and when a process ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from events.act import Accepted
from service.batch import LedgerLimits
from service.failure import OverloadedError, UnavailableError
from tests.support.acting import Office, locked_head, positions, running_ledger


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        yield await Office.opened(ledger)


async def test_a_cancelled_act_is_taken_back_while_it_waits_and_kept_once_begun(office: Office, database_url: str):
    before = await positions(database_url, office)
    blocker = await locked_head(database_url, office)
    begun = asyncio.create_task(office.do(office.check_in(1)))
    await asyncio.sleep(0.1)
    waiting = [asyncio.create_task(office.do(office.check_in(value))) for value in range(2, 6)]
    await asyncio.sleep(0.05)
    for task in (begun, waiting[0], waiting[2]):
        task.cancel()
    await blocker.close()
    outcomes = await asyncio.gather(begun, *waiting, return_exceptions=True)
    kinds = [type(outcome) for outcome in outcomes]
    cancelled = asyncio.CancelledError
    assert kinds == [cancelled, cancelled, Accepted, cancelled, Accepted]
    assert await positions(database_url, office) == [*before, *range(before[-1] + 1, before[-1] + 4)]


async def test_a_full_queue_says_when_to_come_back_and_forgets_the_cancelled(database_url: str):
    limits = LedgerLimits(queue_acts=5, batch_acts=2, retry_after_seconds=3)
    async with running_ledger(database_url, limits=limits) as ledger:
        office = await Office.opened(ledger)
        blocker = await locked_head(database_url, office)
        first = asyncio.create_task(office.do(office.check_in(0)))
        await asyncio.sleep(0.1)
        queued = [asyncio.create_task(office.do(office.check_in(value))) for value in range(1, 6)]
        await asyncio.sleep(0.05)
        with pytest.raises(OverloadedError) as overloaded:
            await office.do(office.check_in(9))
        assert overloaded.value.retry_after == 3
        queued[0].cancel()
        await asyncio.sleep(0)
        late = asyncio.create_task(office.do(office.check_in(10)))
        await asyncio.sleep(0.05)
        await blocker.close()
        outcomes = await asyncio.gather(first, *queued[1:], late)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)


async def test_draining_finishes_what_waits_and_takes_nothing_more(office: Office):
    waiting = [asyncio.create_task(office.do(office.check_in(value))) for value in range(20)]
    await asyncio.sleep(0)
    await office.ledger.drain()
    assert all(task.done() and isinstance(task.result(), Accepted) for task in waiting)
    with pytest.raises(UnavailableError):
        await office.do(office.check_in(1))


async def test_stopping_tells_everybody(office: Office, database_url: str):
    blocker = await locked_head(database_url, office)
    waiting = [asyncio.create_task(office.do(office.check_in(value))) for value in range(3)]
    await asyncio.sleep(0.1)
    await office.ledger.stop()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, UnavailableError) and outcome.is_outcome_unknown for outcome in outcomes)
    await blocker.close()


async def test_writers_at_rest_make_room_for_others(database_url: str):
    async with running_ledger(database_url, limits=LedgerLimits(writers=2)) as ledger:
        offices = [await Office.opened(ledger) for _ in range(4)]
        for office in (*offices, *offices):
            await office.accepted(office.check_in(1))
        assert len(ledger._writers) == 2
