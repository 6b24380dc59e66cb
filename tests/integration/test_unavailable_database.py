"""Databases that go away, are held by others, or leave it open whether a commit went through."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from events.act import Accepted
from events.check_in import RecordCheckIn
from events.rejection import RejectionCode
from events.store import KnownBatch
from service import group_commit
from service.batch import LedgerLimits
from service.database import DatabaseLimits
from service.failure import UnavailableError
from tests.support.acting import Office, codes, locked_head, owner, positions, running_ledger


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        yield await Office.opened(ledger)


async def terminate_writers(database_url: str, state: str = "%") -> int:
    async with owner(database_url) as connection:
        return await connection.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where application_name = 'okr-ledger' and datname = current_database() and state like $1",
            state,
        )


async def test_lost_connections_are_tried_again(office: Office, database_url: str):
    for value in range(5):
        await terminate_writers(database_url)
        await office.accepted(office.check_in(value))
    outcomes = [asyncio.create_task(office.do(office.check_in(value))) for value in range(50)]
    await asyncio.sleep(0.02)
    await terminate_writers(database_url)
    assert all(isinstance(outcome, Accepted) for outcome in await asyncio.gather(*outcomes))
    found = await positions(database_url, office)
    assert found == list(range(1, found[-1] + 1))


async def test_a_head_that_is_held_too_long_is_asked_for_again(database_url: str):
    limits = DatabaseLimits(lock_seconds=0.1)
    async with running_ledger(database_url, database_limits=limits) as ledger:
        office = await Office.opened(ledger)
        blocker = await locked_head(database_url, office)
        waiting = asyncio.create_task(office.do(office.check_in(1)))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await blocker.close()
        assert isinstance(await waiting, Accepted)


async def test_a_head_that_stays_held_is_given_up_and_nobody_waits_for_ever(database_url: str):
    limits = LedgerLimits(retry_seconds=0.3)
    async with running_ledger(database_url, limits=limits, database_limits=DatabaseLimits(lock_seconds=0.1)) as ledger:
        office = await Office.opened(ledger)
        blocker = await locked_head(database_url, office)
        with pytest.raises(UnavailableError):
            await asyncio.wait_for(office.do(office.check_in(1)), 5)
        await blocker.close()
        assert isinstance(await office.do(office.check_in(1)), Accepted)


Losing = Callable[[Callable[[], Awaitable[Any]], Any], Awaitable[None]]


def lose_a_commit(monkeypatch: pytest.MonkeyPatch, losing: Losing, *, at_once: bool):
    """Lose the answer to the next commit, of a batch in one round trip or of one that took the head first.

    `losing` is given the commit, which it may let through, and the connection, which it has to end.
    """
    owner_of, name = (group_commit, "write_if_unmoved") if at_once else (asyncpg.transaction.Transaction, "commit")
    original = getattr(owner_of, name)
    losses = iter([None])

    async def lossy(first: Any, *others: Any, **named: Any) -> Any:
        for _ in losses:
            await losing(lambda: original(first, *others, **named), first if at_once else first._connection)
            raise ConnectionResetError
        return await original(first, *others, **named)

    async def unwritten(_: Any, batches: Sequence[KnownBatch]) -> list[None]:
        return [None] * len(batches)

    if not at_once:
        monkeypatch.setattr(group_commit, "write_if_unmoved", unwritten)
    monkeypatch.setattr(owner_of, name, lossy)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("goes_through", [True, False])
async def test_an_unknown_commit_is_looked_up_and_kept_exactly_once(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch, *, goes_through: bool, at_once: bool
):
    before = await positions(database_url, office)

    async def losing(commit: Callable[[], Awaitable[Any]], connection: Any) -> None:
        if goes_through:
            await commit()
        connection.terminate()

    lose_a_commit(monkeypatch, losing, at_once=at_once)
    good, refused = await asyncio.gather(
        office.do(office.check_in(1)), office.do(office.check_in(1, key_result_id="key_result_x"))
    )
    assert isinstance(good, Accepted)
    assert codes(refused) == [RejectionCode.NOT_FOUND]
    assert good.first_position == before[-1] + 1
    assert await positions(database_url, office) == [*before, before[-1] + 1]
    assert (await office.accepted(office.check_in(2))).first_position == before[-1] + 2


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_unknown_commit_whose_act_went_to_another_process_meanwhile_is_answered_as_a_repetition(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch, *, at_once: bool
):
    """The id of one act is in the log, but the batch it was sent with is not: the others must be written again."""
    shared: RecordCheckIn = office.check_in(1)
    command_id = uuid4()
    async with running_ledger(database_url) as second_ledger:
        second = office.at(second_ledger)

        async def losing(_: Callable[[], Awaitable[Any]], connection: Any) -> None:
            connection.terminate()
            await second.accepted(shared, command_id=command_id)

        lose_a_commit(monkeypatch, losing, at_once=at_once)
        repeated, own = await asyncio.gather(
            office.accepted(shared, command_id=command_id), office.accepted(office.check_in(2))
        )
    assert repeated.is_replay
    assert not own.is_replay
    assert own.first_position == (repeated.last_position or 0) + 1
    assert await positions(database_url, office) == list(range(1, own.head_position + 1))
