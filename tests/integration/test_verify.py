"""Verification finds and names whatever was changed behind the log's back in the database."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from events.chain import NewCommand, NewEvent, chain_commands, empty_head
from events.store import create_organization
from events.verify_database import VerificationProgress, verify_log
from events.verify_export import ProblemKind
from tests.support.acting import utc
from tests.support.tampering import EVENTS, OF_ONE_EVENT, VICTIM, Log, tampered_log


@pytest_asyncio.fixture
async def log(database_url: str) -> AsyncIterator[Log]:
    async with tampered_log(database_url) as log:
        yield log


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


async def test_an_inserted_event_is_found_even_when_the_others_make_room(log: Log):
    for position in range(EVENTS, VICTIM - 1, -1):
        await log.connection.execute("update okr_ledger.event set position = position + 1 where position = $1", position)
    await log.connection.execute(
        "insert into okr_ledger.event select organization_id, position + 1, command_id, stream_id, stream_version + 1000,"
        " event_id, type, schema_version, actor_id, data, salt, commitment, metadata, effective_at, recorded_at, hash"
        " from okr_ledger.event where position = $1",
        VICTIM - 1,
    )
    await log.connection.execute("update okr_ledger.organization_head set position = position + 1")
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
    assert report.redacted_positions == (5,)
    assert report.position == 8
    assert report.problem is not None
    assert (report.problem.position, report.problem.kind) == (9, ProblemKind.REDACTION)


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
            *recorded,
        )
    await log.connection.execute(
        "update okr_ledger.organization_head set position = 5, hash = $2 where organization_id = $1",
        organization_id,
        previous,
    )
    problem = await Log(log.connection, organization_id).problem()
    assert (problem.position, problem.kind) == (3, kind)
