"""Acts that are decided while the batch before them is written: on what it will leave, and answered only if it does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from events.act import Accepted, Act
from events.connection import Connection
from events.cycle import CreateCycle
from events.envelope import Context, Origin
from events.identifier import Noun, new_identifier
from events.key_result import DropKeyResult
from events.rejection import RejectionCode
from events.store import KnownBatch
from events.team import CreateTeam
from projections.generation import create_generation, drop_generation
from service import decision, group_commit
from tests.support.acting import Office, codes, owner, positions, running_ledger, utc

ACTS = 40

Write = Callable[[], Awaitable[Any]]


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        office = await Office.opened(ledger)
        # From here on the process knows the head, and writes at once.
        await office.accepted(office.check_in(0))
        yield office


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The commands in the order of their decisions, repeated ones included."""
    commands: list[object] = []
    original = decision.decide

    def decide(command: Any, facts: Any, context: Context) -> Any:
        commands.append(command)
        return original(command, facts, context)

    monkeypatch.setattr(decision, "decide", decide)
    return commands


def instead_of_writing(monkeypatch: pytest.MonkeyPatch, first: Callable[[Write, int], Awaitable[Any]]) -> list[int]:
    """Do something else with the first batch that is written at once; answer the sizes of all of them."""
    original = group_commit.write_if_unmoved
    sizes: list[int] = []

    async def write(connection: Connection, batches: Sequence[KnownBatch]) -> Any:
        sizes.extend(len(each.commands) for each in batches)
        if len(sizes) == 1:
            return await first(lambda: original(connection, batches), sizes[0])
        return await original(connection, batches)

    monkeypatch.setattr(group_commit, "write_if_unmoved", write)
    return sizes


async def test_half_of_many_acts_are_decided_while_the_others_are_written(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch, decided: list[object]
):
    ahead: list[int] = []

    async def first(write: Write, size: int) -> Any:
        written_at = await write()
        await asyncio.sleep(0.1)
        ahead.append(len(decided) - size)
        return written_at

    sizes = instead_of_writing(monkeypatch, first)
    before = await positions(database_url, office)
    commands = [office.check_in(value) for value in range(ACTS)]
    outcomes = await asyncio.gather(*(office.do(each) for each in commands))
    assert (sizes, ahead) == ([ACTS // 2, ACTS // 2], [ACTS // 2])
    assert decided == commands
    firsts = [outcome.first_position for outcome in outcomes if isinstance(outcome, Accepted)]
    assert firsts == list(range(before[-1] + 1, before[-1] + 1 + ACTS))
    assert await positions(database_url, office) == [*before, *firsts]


async def test_what_was_decided_ahead_is_decided_again_when_the_batch_before_it_was_not_written(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch, decided: list[object]
):
    async def first(_: Write, __: int) -> list[None]:
        await asyncio.sleep(0.1)
        return [None]

    instead_of_writing(monkeypatch, first)
    before = await positions(database_url, office)
    commands = [office.check_in(value) for value in range(ACTS)]
    outcomes = await asyncio.gather(*(office.do(each) for each in commands))
    assert decided == [*commands, *commands]
    firsts = [outcome.first_position for outcome in outcomes if isinstance(outcome, Accepted)]
    assert firsts == list(range(before[-1] + 1, before[-1] + 1 + ACTS))
    assert await positions(database_url, office) == [*before, *firsts]


async def test_nothing_is_built_on_a_batch_that_the_database_refuses(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    """The first half, which drops the key result, is set apart; the second was decided as if it were dropped already."""

    async def first(_: Write, __: int) -> None:
        await asyncio.sleep(0.1)
        raise asyncpg.DataError

    other = await office.key_result()
    instead_of_writing(monkeypatch, first)
    before = await positions(database_url, office)
    drop = DropKeyResult(key_result_id=office.key_result_id)
    acts = [drop, *(office.check_in(value, key_result_id=other) for value in range(ACTS // 2 - 1))]
    acts += [office.check_in(value) for value in range(ACTS // 2)]
    outcomes = await asyncio.gather(*(office.do(each) for each in acts))
    # One by one they are accepted after all, so the drop comes first and forbids the check-ins.
    assert all(isinstance(outcome, Accepted) for outcome in outcomes[: ACTS // 2])
    assert {code for outcome in outcomes[ACTS // 2 :] for code in codes(outcome)} == {RejectionCode.WRONG_STATE}
    assert await positions(database_url, office) == [*before, *range(before[-1] + 1, before[-1] + 1 + ACTS // 2)]


async def test_what_another_process_writes_meanwhile_counts_for_those_decided_ahead(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
):

    async def first(_: Write, __: int) -> list[None]:
        await asyncio.sleep(0.1)
        async with running_ledger(database_url) as other:
            await office.at(other).accepted(DropKeyResult(key_result_id=office.key_result_id))
        return [None]

    other = await office.key_result()
    instead_of_writing(monkeypatch, first)
    doomed = [office.check_in(value) for value in range(ACTS // 2)]
    kept = [office.check_in(value, key_result_id=other) for value in range(ACTS // 2)]
    outcomes = await asyncio.gather(*(office.do(each) for each in (*doomed, *kept)))
    assert {code for outcome in outcomes[: ACTS // 2] for code in codes(outcome)} == {RejectionCode.WRONG_STATE}
    assert all(isinstance(outcome, Accepted) for outcome in outcomes[ACTS // 2 :])
    await positions(database_url, office)


async def test_a_lost_answer_loses_nothing_that_was_decided_ahead(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    async def first(write: Write, _: int) -> Any:
        await write()
        raise ConnectionResetError

    instead_of_writing(monkeypatch, first)
    before = await positions(database_url, office)
    outcomes = await asyncio.gather(*(office.do(office.check_in(value)) for value in range(ACTS)))
    firsts = [outcome.first_position for outcome in outcomes if isinstance(outcome, Accepted)]
    assert firsts == list(range(before[-1] + 1, before[-1] + 1 + ACTS))
    assert await positions(database_url, office) == [*before, *firsts]


async def test_stopping_tells_those_decided_ahead_too(office: Office, monkeypatch: pytest.MonkeyPatch):
    begun = asyncio.Event()

    async def first(_: Write, __: int) -> None:
        begun.set()
        await asyncio.sleep(60)

    instead_of_writing(monkeypatch, first)
    waiting = [asyncio.create_task(office.do(office.check_in(value))) for value in range(ACTS)]
    await begun.wait()
    await asyncio.sleep(0.05)
    assert office.ledger.queued == ACTS // 2
    await office.ledger.stop()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {getattr(outcome, "is_outcome_unknown", False) for outcome in outcomes} == {True}


async def test_a_time_from_the_edge_is_never_decided_ahead(office: Office, monkeypatch: pytest.MonkeyPatch):
    sizes = instead_of_writing(monkeypatch, lambda write, _: write())
    name, edge = new_identifier(Noun.CYCLE), utc(2020, 1, 1)
    acts = [office.do(office.check_in(value)) for value in range(ACTS // 2)]
    acts += [office.do(office.check_in(value)) for value in range(ACTS // 2 - 1)]
    acts.append(office.do(CreateCycle(cycle_id=name, name="past", starts_on=edge.date()), recorded_at=edge))
    *outcomes, late = await asyncio.gather(*acts)
    assert sizes == [ACTS // 2]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert codes(late) == [RejectionCode.INVALID]


async def history(office: Office, acts: int) -> list[Act]:
    """Acts as an import sends them: with times of their own, which are not in the future, each following the one before."""
    newest = await office.accepted(office.check_in(0))
    recorded_at = newest.events[-1][1].recorded_at
    chain: list[Act] = []
    for value in range(acts):
        follows = chain[-1].command_id if chain else None
        act = office.act(
            office.check_in(value), origin=Origin.IMPORT, recorded_at=recorded_at, idempotency_key=f"import:{value}"
        )
        chain.append(replace(act, follows=follows))
    return chain


async def test_a_history_is_decided_ahead(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch, decided: list[object]
):
    acts = await history(office, ACTS)
    del decided[:]
    sizes = instead_of_writing(monkeypatch, lambda write, _: write())
    before = await positions(database_url, office)
    outcomes = await asyncio.gather(*map(office.ledger.dispatch, acts))
    assert sizes == [ACTS // 2, ACTS // 2]
    assert decided == [command for act in acts for command in act.commands]
    firsts = [outcome.first_position for outcome in outcomes if isinstance(outcome, Accepted)]
    assert firsts == list(range(before[-1] + 1, before[-1] + 1 + ACTS))
    assert await positions(database_url, office) == [*before, *firsts]
    again = await asyncio.gather(*map(office.ledger.dispatch, acts))
    assert [(each.first_position, each.is_replay) for each in again if isinstance(each, Accepted)] == [
        (position, True) for position in firsts
    ]


async def test_nothing_of_a_history_is_kept_after_a_refusal_in_the_batch_before(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    acts = await history(office, ACTS)
    last = ACTS // 2 - 1
    acts[last] = replace(acts[last], commands=(office.check_in(1, confidence=2.0),))
    sizes = instead_of_writing(monkeypatch, lambda write, _: write())
    before = await positions(database_url, office)
    outcomes = await asyncio.gather(*map(office.ledger.dispatch, acts))
    assert sizes == [last]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes[:last])
    assert codes(outcomes[last]) == [RejectionCode.INVALID]
    assert {code for outcome in outcomes[last + 1 :] for code in codes(outcome)} == {RejectionCode.WRONG_STATE}
    assert await positions(database_url, office) == [*before, *range(before[-1] + 1, before[-1] + 1 + last)]


async def test_an_act_may_follow_one_that_others_have_followed(office: Office, database_url: str):
    first, second = await history(office, 2)
    assert isinstance(await office.ledger.dispatch(first), Accepted)
    # What follows nothing could be written without asking for the head, and the other with it.
    (other,) = await history(office, 1)
    acts = [replace(other, idempotency_key="another"), replace(second, recorded_at=other.recorded_at)]
    outcomes = await asyncio.gather(*map(office.ledger.dispatch, acts))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    await positions(database_url, office)


async def test_whether_a_time_lies_in_the_future_is_asked_of_the_database(office: Office, monkeypatch: pytest.MonkeyPatch):
    acts = await history(office, 2)
    sizes = instead_of_writing(monkeypatch, lambda write, _: write())
    await asyncio.sleep(0.1)
    # Later than what was told last, and past by now.
    assert acts[1].recorded_at is not None
    acts[1] = replace(acts[1], recorded_at=acts[1].recorded_at + timedelta(seconds=0.08))
    outcomes = await asyncio.gather(*map(office.ledger.dispatch, acts))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert sizes == []
    far = office.act(office.check_in(1), origin=Origin.IMPORT, recorded_at=acts[1].recorded_at + timedelta(hours=1))
    assert codes(await office.ledger.dispatch(far)) == [RejectionCode.IN_FUTURE]


async def test_a_generation_that_was_dropped_since_is_found_out(office: Office, database_url: str):
    async with owner(database_url) as administrator:
        await create_generation(administrator, 2)
        await administrator.execute("update okr_ledger.organization_head set generation = 2")
        await drop_generation(administrator, 1)
    team = CreateTeam(team_id=new_identifier(Noun.TEAM), name="Ops")
    assert (await office.accepted(team)).generation == 2
    async with owner(database_url) as administrator:
        assert await administrator.fetchval("select name from projection_2.team where id = $1", team.team_id) == "Ops"
