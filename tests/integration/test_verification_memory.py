"""What a verification remembers: how far it came and what it found; what a later one makes of it."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from events.chain import NewCommand, NewEvent, chain_commands
from events.store import lock_head, write_batch
from events.verify_database import VerificationProgress, verify_log
from events.verify_export import ProblemKind, read_seal
from tests.support.acting import owner
from tests.support.tampering import COMMANDS, EVENTS, OF_ONE_EVENT, VICTIM, Log, rewrite, tampered_log


@pytest_asyncio.fixture
async def log(database_url: str) -> AsyncIterator[Log]:
    async with tampered_log(database_url) as log:
        yield log


async def remembered(log: Log) -> tuple[int, bytes, int | None]:
    row = await log.connection.fetchrow(
        "select position, hash, problem_position from okr_ledger.verification where organization_id = $1", log.organization_id
    )
    return tuple(row)  # type: ignore[return-value] # of three columns


async def hash_at(log: Log, position: int) -> bytes:
    row_hash: bytes = await log.connection.fetchval("select hash from okr_ledger.event where position = $1", position)
    return row_hash


async def damage(log: Log, position: int) -> None:
    await log.connection.execute("update okr_ledger.event set actor_id = 'x' || actor_id where position = $1", position)


async def repair(log: Log, position: int) -> None:
    await log.connection.execute("update okr_ledger.event set actor_id = substr(actor_id, 2) where position = $1", position)


async def test_a_second_run_continues_and_sees_what_is_new(log: Log):
    await log.verify(page_size=7)
    again = await log.verify()
    assert (again.first_position, again.position, again.is_valid) == (EVENTS, EVENTS, True)
    async with log.connection.transaction():
        locked = await lock_head(log.connection, log.organization_id, EVENTS)
        event = NewEvent(stream_id="a", stream_version=COMMANDS + 1, type="t", schema_version=1, data="{}")
        command = NewCommand(command_id=uuid4(), actor_id="a", metadata="{}", recorded_at=locked.now, events=(event,))
        await write_batch(log.connection, locked.head, chain_commands(locked.head, [command]), [command])
    more = await log.verify()
    assert (more.first_position, more.position, more.is_valid) == (EVENTS, EVENTS + 1, True)


async def test_a_log_that_is_no_longer_the_one_verified_is_found(log: Log):
    await log.verify()
    await log.connection.execute("update okr_ledger.event set hash = sha256(hash) where position = $1", EVENTS)
    report = await log.verify()
    assert report.problem is not None
    assert (report.problem.position, report.problem.kind) == (EVENTS, ProblemKind.HASH)


async def test_a_full_run_finds_what_a_continued_one_has_passed(log: Log):
    await log.verify()
    await log.connection.execute("update okr_ledger.event set actor_id = 'x' where position = 3")
    assert (await log.verify()).is_valid
    assert (await log.problem()).position == 3


async def test_a_whole_log_is_remembered_up_to_its_head(log: Log):
    await log.verify(page_size=7)
    assert await remembered(log) == (EVENTS, await hash_at(log, EVENTS), None)


@pytest.mark.parametrize("page_size", [5, 10_000])
@pytest.mark.parametrize(
    "change",
    [
        f"update okr_ledger.event set actor_id = 'x' where position = {VICTIM}",
        f"update okr_ledger.event set data = '{{}}' where position = {VICTIM}",
        f"update okr_ledger.event set data = null, salt = null where position = {VICTIM}",
        f"delete from okr_ledger.event where position = {VICTIM}",
    ],
    ids=["hash", "commitment", "redaction", "gap"],
)
async def test_a_run_after_a_problem_finds_it_again_and_not_what_lies_behind(log: Log, change: str, page_size: int):
    last_good = await hash_at(log, VICTIM - 1)
    await log.connection.execute(change)
    first = await log.verify(page_size=page_size)
    assert first.problem is not None
    assert (first.position, first.problem.position) == (VICTIM - 1, VICTIM)
    assert await remembered(log) == (VICTIM - 1, last_good, VICTIM)
    again = await log.verify(page_size=page_size)
    assert again.problem == first.problem
    assert again.first_position == 1
    assert await remembered(log) == (VICTIM - 1, last_good, VICTIM)


async def test_a_problem_behind_which_others_lie_is_found_again_although_more_was_verified_before(log: Log):
    await log.verify()
    await damage(log, VICTIM)
    assert (await log.verify()).is_valid
    assert (await log.problem()).position == VICTIM
    assert await remembered(log) == (EVENTS, await hash_at(log, EVENTS), VICTIM)
    found = (await log.verify()).problem
    assert found is not None
    assert found.position == VICTIM


async def test_only_a_run_from_the_first_event_clears_a_problem(log: Log):
    await damage(log, VICTIM)
    await damage(log, 3)
    assert (await log.problem()).position == 3
    await repair(log, 3)
    later = (await log.verify()).problem
    assert later is not None
    assert (later.position, await remembered(log)) == (VICTIM, (VICTIM - 1, await hash_at(log, VICTIM - 1), VICTIM))
    await repair(log, VICTIM)
    healed = await log.verify()
    assert (healed.first_position, healed.is_valid) == (1, True)
    assert await remembered(log) == (EVENTS, await hash_at(log, EVENTS), None)


async def test_a_problem_of_the_head_is_remembered_and_found_again(log: Log):
    head_hash = await hash_at(log, EVENTS)
    await log.connection.execute("update okr_ledger.organization_head set hash = sha256(hash)")
    for _ in range(2):
        problem = (await log.verify()).problem
        assert problem is not None
        assert (problem.position, problem.kind) == (EVENTS, ProblemKind.HEAD)
        assert await remembered(log) == (EVENTS, head_hash, EVENTS)


async def test_the_last_event_verified_is_looked_at_once_more(log: Log):
    await log.verify()
    for column, value in OF_ONE_EVENT.items():
        attempt = log.connection.transaction()
        await attempt.start()
        await log.connection.execute(f"update okr_ledger.event set {column} = {value} where position = $1", EVENTS)
        report = await log.verify()
        assert report.problem is not None, column
        assert (report.first_position, report.problem.position) == (EVENTS, EVENTS)
        await attempt.rollback()
    assert (await log.verify()).is_valid


@pytest.mark.parametrize("full", [False, True])
async def test_a_log_written_anew_as_a_whole_is_not_the_one_that_was_verified(log: Log, full: bool):
    """Whoever owns the database can compute every hash anew; what an earlier verification found gives them away."""
    await log.verify()
    known = await remembered(log)
    await rewrite(log.connection, log.organization_id, VICTIM)
    for _ in range(2):
        problem = (await log.verify(full=full)).problem
        assert problem is not None
        assert (problem.position, problem.kind) == (EVENTS, ProblemKind.HASH)
        assert problem.message == "this is not the event that an earlier verification found here"
        assert await remembered(log) == (known[0], known[1], EVENTS)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("position", [1, VICTIM, EVENTS - 1])
async def test_a_log_taken_back_to_an_earlier_head_is_found(log: Log, position: int, full: bool):
    await log.verify()
    await log.connection.execute("delete from okr_ledger.event where position > $1", position)
    await log.connection.execute(
        "update okr_ledger.organization_head set position = $1, hash = $2", position, await hash_at(log, position)
    )
    problem = (await log.verify(full=full)).problem
    assert problem is not None
    assert (problem.position, problem.kind) == (position + 1, ProblemKind.HEAD)
    assert problem.message == f"the log ends here, and an earlier verification came to {EVENTS}"


async def test_what_was_noted_outside_is_compared_from_the_first_event_on(log: Log):
    await log.verify()
    await damage(log, 3)
    seal = read_seal(f"{VICTIM}:{(await hash_at(log, VICTIM)).hex()}")
    report = await log.verify(anchors=[seal])
    assert report.problem is not None
    assert (report.first_position, report.problem.position) == (1, 3)
    await repair(log, 3)
    assert (await log.verify(anchors=[seal])).is_valid


async def test_a_wrong_seal_is_not_held_against_the_log(log: Log):
    report = await log.verify(anchors=[read_seal(f"{VICTIM}:{'ab' * 32}")])
    assert (report.problem, report.is_valid) == (None, False)
    assert await remembered(log) == (EVENTS, await hash_at(log, EVENTS), None)


async def test_a_run_is_not_misled_by_another_one_that_came_further_meanwhile(log: Log, database_url: str):
    async def append_and_verify() -> None:
        async with log.connection.transaction():
            locked = await lock_head(log.connection, log.organization_id, EVENTS)
            event = NewEvent(stream_id="a", stream_version=COMMANDS + 1, type="t", schema_version=1, data="{}")
            command = NewCommand(command_id=uuid4(), actor_id="a", metadata="{}", recorded_at=locked.now, events=(event,))
            await write_batch(log.connection, locked.head, chain_commands(locked.head, [command]), [command])
        assert (await log.verify()).is_valid

    class Slow:
        """A connection on which the others are faster, once."""

        def __init__(self, connection: Any) -> None:
            self.connection = connection
            self.is_first = True

        def __getattr__(self, name: str) -> Any:
            return getattr(self.connection, name)

        async def fetchrow(self, *arguments: Any) -> Any:
            row = await self.connection.fetchrow(*arguments)
            if self.is_first:
                self.is_first = False
                await append_and_verify()
            return row

    async with owner(database_url) as connection:
        report = await verify_log(Slow(connection), log.organization_id)  # type: ignore[arg-type] # a connection to all ends
    assert report is not None
    assert (report.problem, report.position) == (None, EVENTS + 1)


async def killed_at(log: Log, database_url: str, position: int, *options: str) -> None:
    """A process verifies pages of five events, and is killed when it comes to a position."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.killed_verification", database_url),
        *(str(log.organization_id), "5", str(position), *options),
        cwd=Path(__file__).parents[2],
    )
    assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL


async def test_a_run_that_is_killed_is_continued_by_the_next_one(log: Log, database_url: str):
    await killed_at(log, database_url, 15)
    assert await remembered(log) == (15, await hash_at(log, 15), None)
    steps: list[VerificationProgress] = []
    report = await log.verify(page_size=5, on_progress=steps.append)
    assert (report.first_position, report.position, report.is_valid) == (15, EVENTS, True)
    assert [step.position for step in steps] == [19, EVENTS]


async def test_a_full_run_that_is_killed_takes_nothing_back(log: Log, database_url: str):
    await log.verify()
    await killed_at(log, database_url, 15, "--full")
    assert await remembered(log) == (EVENTS, await hash_at(log, EVENTS), None)
