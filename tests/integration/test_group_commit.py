"""Acts of several organizations, each alone in its batch: written in one transaction, and none suffers for another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from events.act import Accepted, Outcome
from events.connection import Connection
from events.identifier import Noun, new_identifier
from events.key_result import DropKeyResult
from events.store import KnownBatch, write_if_unmoved
from events.team import CreateTeam
from service import batch, group_commit
from service.database import DatabaseLimits
from service.failure import LedgerInternalError, UnavailableError
from tests.support.acting import Office, locked_head, owner, positions, running_ledger

SEVERAL = 4
SENDER: ContextVar[str] = ContextVar("SENDER", default="")


@pytest_asyncio.fixture
async def offices(database_url: str) -> AsyncIterator[list[Office]]:
    async with running_ledger(database_url, database_limits=DatabaseLimits(lock_seconds=5)) as ledger:
        offices = [await Office.opened(ledger) for _ in range(SEVERAL + 1)]
        for office in offices:
            # From here on the process knows the head, and writes at once.
            await office.accepted(office.check_in(0))
        yield offices


Write = Callable[[Connection, Sequence[KnownBatch]], Awaitable[list[Any]]]


class Groups:
    """Holds the first group until it is let go, so that all that comes meanwhile is the second; notes the sizes of all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, second: Write = write_if_unmoved) -> None:
        self.sizes: list[int] = []
        self.senders: list[str] = []
        self.begun, self._let_go = asyncio.Event(), asyncio.Event()
        self._second = second
        monkeypatch.setattr(group_commit, "TRANSACTIONS", 1)
        monkeypatch.setattr(group_commit, "write_if_unmoved", self._write)

    async def together(self, first: Office, *acts: Awaitable[Outcome]) -> list[Outcome | BaseException]:
        """Answer what became of acts that wait while one of another organization is written."""
        writing = asyncio.create_task(first.accepted(first.check_in(1)))
        await self.begun.wait()
        waiting = [asyncio.ensure_future(each) for each in acts]
        await asyncio.sleep(0.05)
        self._let_go.set()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        await writing
        return outcomes

    async def _write(self, connection: Connection, batches: Sequence[KnownBatch]) -> list[Any]:
        self.sizes.append(len(batches))
        self.senders.append(SENDER.get())
        if len(self.sizes) == 1:
            self.begun.set()
            await self._let_go.wait()
        return await (self._second if len(self.sizes) == 2 else write_if_unmoved)(connection, batches)


async def transactions(database_url: str, offices: Sequence[Office]) -> int:
    """Answer how many transactions have written the newest events of organizations."""
    async with owner(database_url) as connection:
        number: int = await connection.fetchval(
            """select count(distinct e.xmin::text) from okr_ledger.event e
            join okr_ledger.organization_head h using (organization_id, position) where organization_id = any ($1)""",
            [office.organization_id for office in offices],
        )
        return number


async def test_what_waits_is_written_in_one_transaction(
    offices: list[Office], database_url: str, monkeypatch: pytest.MonkeyPatch
):
    first, *others = offices
    before = [await positions(database_url, office) for office in others]
    groups = Groups(monkeypatch)
    outcomes = await groups.together(first, *(office.do(office.check_in(7)) for office in others))
    assert groups.sizes == [1, SEVERAL]
    assert await transactions(database_url, others) == 1
    for office, known, outcome in zip(others, before, outcomes, strict=True):
        assert isinstance(outcome, Accepted)
        assert outcome.first_position == known[-1] + 1
        assert await positions(database_url, office) == [*known, known[-1] + 1]


async def test_a_statement_is_noted_under_the_first_of_those_that_share_it(
    offices: list[Office], monkeypatch: pytest.MonkeyPatch
):
    async def checked_in(office: Office, name: str) -> Outcome:
        SENDER.set(name)
        return await office.do(office.check_in(7))

    first, one, other, *_ = offices
    groups = Groups(monkeypatch)
    await groups.together(first, checked_in(one, "one"), checked_in(other, "other"))
    assert groups.senders == ["", "one"]


async def test_no_more_than_a_group_share_a_transaction_and_large_acts_none(
    offices: list[Office], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group_commit, "BATCHES", 2)
    monkeypatch.setattr(batch, "SHARED_EVENTS", 2)
    first, large, *others = offices
    groups = Groups(monkeypatch)
    outcomes = await groups.together(
        first,
        large.do(*(large.check_in(value) for value in range(3))),
        *(office.do(office.check_in(7)) for office in others),
    )
    # The large one goes its own way while the first is still held.
    assert groups.sizes == [1, 1, 2, 1]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)


async def test_one_that_the_database_refuses_harms_no_other(
    offices: list[Office], database_url: str, monkeypatch: pytest.MonkeyPatch
):
    first, refused, *others = offices
    async with owner(database_url) as administrator:
        await administrator.execute(
            f"alter table okr_ledger.event add check (organization_id <> '{refused.organization_id}') not valid"
        )
    before = await positions(database_url, refused)
    groups = Groups(monkeypatch)
    error, *outcomes = await groups.together(
        first, refused.do(refused.check_in(7)), *(office.do(office.check_in(7)) for office in others)
    )
    assert isinstance(error, LedgerInternalError)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert groups.sizes == [1, SEVERAL, *[1] * SEVERAL]
    assert await positions(database_url, refused) == before


async def test_nobody_waits_for_the_head_of_another(offices: list[Office], database_url: str, monkeypatch: pytest.MonkeyPatch):
    first, held, *others = offices
    blocker = await locked_head(database_url, held)
    groups = Groups(monkeypatch)
    waiting = asyncio.create_task(held.do(held.check_in(7)))
    outcomes = await asyncio.wait_for(groups.together(first, *(office.do(office.check_in(7)) for office in others)), 3)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert not waiting.done()
    await blocker.close()
    assert isinstance(await waiting, Accepted)


async def test_one_whose_head_has_moved_is_decided_again_and_the_others_stay_written(
    offices: list[Office], database_url: str, monkeypatch: pytest.MonkeyPatch
):
    first, behind, *others = offices
    async with running_ledger(database_url) as second:
        await behind.at(second).accepted(DropKeyResult(key_result_id=behind.key_result_id))
    groups = Groups(monkeypatch)
    refused, *outcomes = await groups.together(
        first, behind.do(behind.check_in(7)), *(office.do(office.check_in(7)) for office in others)
    )
    assert not isinstance(refused, Accepted | BaseException)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert groups.sizes == [1, SEVERAL]
    assert await transactions(database_url, others) == 1


@pytest.mark.parametrize("goes_through", [True, False])
async def test_a_lost_answer_is_looked_up_by_each(
    offices: list[Office], database_url: str, monkeypatch: pytest.MonkeyPatch, *, goes_through: bool
):
    async def lost(connection: Connection, batches: Sequence[KnownBatch]) -> list[Any]:
        if goes_through:
            await write_if_unmoved(connection, batches)
        connection.terminate()
        raise ConnectionResetError

    first, *others = offices
    before = [await positions(database_url, office) for office in others]
    outcomes = await Groups(monkeypatch, lost).together(first, *(office.do(office.check_in(7)) for office in others))
    for office, known, outcome in zip(others, before, outcomes, strict=True):
        assert isinstance(outcome, Accepted)
        assert outcome.first_position == known[-1] + 1
        assert await positions(database_url, office) == [*known, known[-1] + 1]


async def test_stopping_tells_all_that_share_a_transaction(offices: list[Office], monkeypatch: pytest.MonkeyPatch):
    first, *others = offices
    groups = Groups(monkeypatch)
    waiting = [asyncio.create_task(office.do(office.check_in(7))) for office in (first, *others)]
    await groups.begun.wait()
    await first.ledger.stop()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(each, UnavailableError) and each.is_outcome_unknown for each in outcomes] == [True] * (SEVERAL + 1)


async def test_each_part_of_a_transaction_works_for_its_own_organization_alone(
    offices: list[Office], database_url: str, monkeypatch: pytest.MonkeyPatch
):
    first, one, other, *_ = offices
    tried: list[str] = []

    async def smuggling(connection: Connection, batches: Sequence[KnownBatch]) -> list[Any]:
        mine, theirs = batches
        rows = mine.rows.replace('"insert":[{', f'"insert":[{{"organization_id":"{other.organization_id}",', 1)
        tried.append(rows)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await write_if_unmoved(connection, [theirs, replace(mine, rows=rows)])
        return await write_if_unmoved(connection, batches)

    acts = [each.do(CreateTeam(team_id=new_identifier(Noun.TEAM), name=str(each.organization_id))) for each in (one, other)]
    outcomes = await Groups(monkeypatch, smuggling).together(first, *acts)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(tried) == 1
    assert str(other.organization_id) in tried[0]
    async with owner(database_url) as administrator:
        teams = await administrator.fetch("select organization_id::text as of, name from projection_1.team")
    assert sorted(tuple(team) for team in teams) == sorted((str(each.organization_id),) * 2 for each in (one, other))
