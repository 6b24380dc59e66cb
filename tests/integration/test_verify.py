"""Verification finds and names whatever was changed behind the log's back, in the database and in an export."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from events.chain import ONE_MICROSECOND, NewCommand, NewEvent, chain_commands, empty_head
from events.store import create_organization, lock_head, write_batch
from events.verify import Problem, ProblemKind, VerificationProgress, VerificationReport
from events.verify_database import verify_log
from tests.support.acting import owner, utc

COMMANDS = 12
EVENTS = 2 * COMMANDS
VICTIM = 9

OF_ONE_EVENT = {
    "organization_id": "'00000000-0000-0000-0000-000000000001'",
    "command_id": "'00000000-0000-0000-0000-000000000001'",
    "stream_id": "stream_id || 'x'",
    "stream_version": "stream_version + 1000",
    "event_id": "'00000000-0000-0000-0000-000000000001'",
    "type": "type || 'x'",
    "schema_version": "schema_version + 1",
    "actor_id": "'somebody'",
    "data": "replace(data, '1', '2')",
    "salt": "substring(sha256(salt) from 1 for 16)",
    "commitment": "sha256(commitment)",
    "metadata": "metadata || ' '",
    "effective_at": "effective_at + interval '1 microsecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "hash": "sha256(hash)",
}


@dataclass(slots=True)
class Log:
    """A log with tampered fingers on it: triggers are off."""

    connection: Any
    organization_id: UUID

    async def verify(self, **options: Any) -> VerificationReport:
        report = await verify_log(self.connection, self.organization_id, **options)
        assert report is not None
        return report

    async def problem(self) -> Problem:
        problem = (await self.verify(full=True)).problem
        assert problem is not None
        return problem


@pytest_asyncio.fixture
async def log(database_url: str) -> AsyncIterator[Log]:
    organization_id = uuid4()
    async with owner(database_url) as connection:
        await connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
        await create_organization(connection, organization_id)
        async with connection.transaction():
            locked = await lock_head(connection, organization_id, 0)
            commands = [
                NewCommand(
                    command_id=uuid4(),
                    actor_id="ada",
                    metadata='{"é": 1}',
                    recorded_at=locked.now + number * ONE_MICROSECOND,
                    events=tuple(
                        NewEvent(
                            stream_id=stream,
                            stream_version=number + 1,
                            type="thing.changed",
                            schema_version=1,
                            data=f'{{"text": "ä{number}", "n": 1}}',
                            effective_at=utc(2026, 1, 1) - timedelta(days=number) if stream == "a" else None,
                        )
                        for stream in ("a", "b")
                    ),
                )
                for number in range(COMMANDS)
            ]
            await write_batch(connection, locked.head, chain_commands(locked.head, commands), commands)
        await connection.execute("alter table okr_ledger.event disable trigger all")
        await connection.execute("alter table okr_ledger.organization_head disable trigger all")
        yield Log(connection, organization_id)


async def test_an_untouched_log_is_valid(log: Log):
    steps: list[VerificationProgress] = []
    report = await log.verify(page_size=10, on_progress=steps.append)
    assert report.is_valid
    assert (report.first_position, report.position, report.redacted_positions) == (1, EVENTS, ())
    assert report.hash == await log.connection.fetchval("select hash from okr_ledger.organization_head")
    assert [(step.position, step.last_position) for step in steps] == [(10, EVENTS), (20, EVENTS), (EVENTS, EVENTS)]


async def test_there_is_nothing_to_verify_without_an_organization(log: Log):
    assert await verify_log(log.connection, uuid4()) is None


async def test_an_empty_log_is_valid(log: Log):
    stranger = uuid4()
    await log.connection.execute("select set_config('okr.organization', $1, false)", str(stranger))
    await create_organization(log.connection, stranger)
    report = await verify_log(log.connection, stranger)
    assert report is not None
    assert report.is_valid
    assert report.hash == empty_head(stranger).hash


@pytest.mark.parametrize("page_size", [5, 10_000])
@pytest.mark.parametrize("column", OF_ONE_EVENT)
async def test_every_changed_column_is_found_at_its_position(log: Log, column: str, page_size: int):
    await log.connection.execute(f"update okr_ledger.event set {column} = {OF_ONE_EVENT[column]} where position = $1", VICTIM)
    report = await log.verify(full=True, page_size=page_size)
    assert report.problem is not None
    assert report.problem.position == VICTIM
    assert report.position == VICTIM - 1
    expected = {
        "organization_id": ProblemKind.GAP,
        "data": ProblemKind.COMMITMENT,
        "metadata": ProblemKind.COMMITMENT,
        "salt": ProblemKind.COMMITMENT,
    }
    assert report.problem.kind is expected.get(column, ProblemKind.HASH)


async def test_every_column_is_covered(log: Log):
    rows = await log.connection.fetch(
        "select column_name as name from information_schema.columns where table_schema = 'okr_ledger' and table_name = 'event'"
    )
    assert {row["name"] for row in rows} == {*OF_ONE_EVENT, "position"}


@pytest.mark.parametrize("position", [1, VICTIM, EVENTS])
async def test_a_dropped_event_is_missed(log: Log, position: int):
    await log.connection.execute("delete from okr_ledger.event where position = $1", position)
    problem = await log.problem()
    assert (problem.position, problem.kind) == (position, ProblemKind.GAP)


async def test_a_dropped_event_is_missed_even_when_the_others_close_up(log: Log):
    await log.connection.execute("delete from okr_ledger.event where position = $1", VICTIM)
    for position in range(VICTIM + 1, EVENTS + 1):
        await log.connection.execute("update okr_ledger.event set position = position - 1 where position = $1", position)
    await log.connection.execute("update okr_ledger.organization_head set position = position - 1")
    problem = await log.problem()
    assert (problem.position, problem.kind) == (VICTIM, ProblemKind.HASH)


async def test_swapped_events_are_found(log: Log):
    for old, new in ((VICTIM, 1_000), (VICTIM + 2, VICTIM), (1_000, VICTIM + 2)):
        await log.connection.execute("update okr_ledger.event set position = $2 where position = $1", old, new)
    problem = await log.problem()
    assert (problem.position, problem.kind) == (VICTIM, ProblemKind.HASH)


async def test_an_added_event_is_found(log: Log):
    await log.connection.execute(
        "insert into okr_ledger.event select organization_id, position + 1, command_id, stream_id, stream_version + 1,"
        " event_id, type, schema_version, actor_id, data, salt, commitment, metadata, effective_at, recorded_at, hash"
        " from okr_ledger.event where position = $1",
        EVENTS,
    )
    problem = await log.problem()
    assert (problem.position, problem.kind) == (EVENTS + 1, ProblemKind.HEAD)


async def test_a_cut_off_end_is_found(log: Log):
    await log.connection.execute("delete from okr_ledger.event where position > 20")
    problem = await log.problem()
    assert (problem.position, problem.kind) == (21, ProblemKind.GAP)


async def test_a_head_with_another_hash_is_found(log: Log):
    await log.connection.execute("update okr_ledger.organization_head set hash = sha256(hash)")
    problem = await log.problem()
    assert (problem.position, problem.kind) == (EVENTS, ProblemKind.HEAD)


async def test_a_blanked_payload_without_a_record_is_found(log: Log):
    await log.connection.execute("update okr_ledger.event set data = null, salt = null where position in (5, 9)")
    await log.connection.execute(
        "insert into okr_ledger.administration_record (organization_id, action, position, hash, reason)"
        " values ($1, 'REDACT_EVENT', 5, sha256('x'), 'asked for')",
        log.organization_id,
    )
    report = await log.verify(full=True)
    assert report.redacted_positions == (5, 9)
    assert report.problem is not None
    assert (report.problem.position, report.problem.kind) == (9, ProblemKind.REDACTION)


async def test_a_second_run_continues_and_sees_what_is_new(log: Log):
    await log.verify(page_size=7)
    again = await log.verify()
    assert (again.first_position, again.position, again.is_valid) == (EVENTS + 1, EVENTS, True)
    async with log.connection.transaction():
        locked = await lock_head(log.connection, log.organization_id, EVENTS)
        event = NewEvent(stream_id="a", stream_version=COMMANDS + 1, type="t", schema_version=1, data="{}")
        command = NewCommand(command_id=uuid4(), actor_id="a", metadata="{}", recorded_at=locked.now, events=(event,))
        await write_batch(log.connection, locked.head, chain_commands(locked.head, [command]), [command])
    more = await log.verify()
    assert (more.first_position, more.position, more.is_valid) == (EVENTS + 1, EVENTS + 1, True)


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


@pytest.mark.parametrize(
    ("version_of", "minutes_of", "kind"),
    [
        (lambda n: n if n < 3 else n + 1, lambda n: n, ProblemKind.STREAM_VERSION),
        (lambda n: n, lambda n: n if n != 3 else 1, ProblemKind.TIME),
        (lambda n: n, lambda n: n if n != 3 else 2, ProblemKind.TIME),
    ],
)
async def test_a_chain_that_was_computed_over_a_wrong_order_is_found(
    log: Log, version_of: Callable[[int], int], minutes_of: Callable[[int], int], kind: ProblemKind
):
    """Whoever can compute the chain anew can still not break the rules of time and versions."""
    organization_id = uuid4()
    await log.connection.execute("select set_config('okr.organization', $1, false)", str(organization_id))
    await create_organization(log.connection, organization_id)
    head, previous = empty_head(organization_id), empty_head(organization_id).hash
    for number in range(1, 6):
        event = NewEvent(stream_id="a", stream_version=version_of(number), type="t", schema_version=1, data="{}")
        command = NewCommand(
            command_id=uuid4(),
            actor_id="a",
            metadata="{}",
            recorded_at=utc(2026, 1, 1) + timedelta(minutes=minutes_of(number)),
            events=(event,),
        )
        at_place = type(head)(organization_id=organization_id, position=number - 1, hash=previous, recorded_at=head.recorded_at)
        (recorded,) = chain_commands(at_place, [command])
        previous = recorded.hash
        await log.connection.execute(
            "insert into okr_ledger.event values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)",
            *(getattr(recorded, name) for name in recorded.__slots__),
        )
    await log.connection.execute(
        "update okr_ledger.organization_head set position = 5, hash = $2 where organization_id = $1",
        organization_id,
        previous,
    )
    problem = await Log(log.connection, organization_id).problem()
    assert (problem.position, problem.kind) == (3, kind)
