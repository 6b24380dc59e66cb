"""The write path: batches, refusals, repetitions, poison, cancelled clients, and databases that go away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from events.act import Accepted, Outcome, Refused
from events.chain import ONE_MICROSECOND
from events.check_in import RecordCheckIn
from events.cycle import CreateCycle
from events.envelope import Origin, Reason, ReasonCode
from events.identifier import Noun, new_identifier
from events.key_result import DropKeyResult, UpdateKeyResult
from events.person import DeactivatePerson, InvitePerson, Role
from events.rejection import RejectionCode
from events.store import OrganizationNotFoundError
from events.verify_database import verify_log
from service.batch import BatchTransaction, LedgerLimits
from service.database import DatabaseLimits
from service.decision import Projections
from service.failure import LedgerInternalError, OverloadedError, UnavailableError
from service.ledger import Ledger
from tests.support.acting import PROJECTIONS, Office, owner, running_ledger, utc

BECAUSE = Reason(code=ReasonCode.OTHER, text="so that they may")


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        yield await Office.opened(ledger)


def codes(outcome: object) -> list[RejectionCode]:
    assert isinstance(outcome, Refused), outcome
    return [rejection.code for rejection in outcome.rejections]


async def positions(database_url: str, office: Office) -> list[int]:
    async with owner(database_url) as connection:
        rows = await connection.fetch(
            "select position from okr_ledger.event where organization_id = $1 order by position", office.organization_id
        )
        report = await verify_log(connection, office.organization_id)
    assert report is not None
    assert report.is_valid, report.problem
    return [row["position"] for row in rows]


async def commands_of(database_url: str, office: Office) -> list[Any]:
    async with owner(database_url) as connection:
        return await connection.fetch(
            "select command_id, count(distinct xmin::text) as transactions, array_agg(position order by position) as at,"
            " min(xmin::text) as transaction from okr_ledger.event where organization_id = $1"
            " group by command_id order by min(position)",
            office.organization_id,
        )


async def test_an_act_is_kept_with_its_events_and_read_at_once(office: Office, database_url: str):
    before = await positions(database_url, office)
    outcome = await office.accepted(office.check_in(40))
    assert outcome.first_position == outcome.last_position == outcome.head_position == before[-1] + 1
    assert not outcome.is_replay
    ((_, recorded),) = outcome.events
    assert (recorded.position, recorded.actor_id, recorded.type) == (before[-1] + 1, office.ada, "key_result.checked_in")
    async with owner(database_url) as connection:
        row = await connection.fetchrow(
            "select progress from projection_1.key_result_number where id = $1 and to_position = 9223372036854775807",
            office.key_result_id,
        )
    assert row["progress"] == 0.4


async def test_commands_of_an_act_are_kept_together_or_not_at_all(office: Office, database_url: str):
    before = await positions(database_url, office)
    good, bad = office.check_in(1), office.check_in(2, key_result_id="key_result_unknown")
    refused = await office.do(good, bad)
    assert codes(refused) == [RejectionCode.NOT_FOUND]
    assert isinstance(refused, Refused)
    assert refused.command_index == 1
    assert await positions(database_url, office) == before
    both = await office.accepted(good, office.check_in(2))
    assert [record.position for _, record in both.events] == [before[-1] + 1, before[-1] + 2]
    assert len({record.command_id for _, record in both.events}) == 1
    assert len({record.recorded_at for _, record in both.events}) == 1


async def test_acts_that_arrive_together_share_transactions_and_keep_their_order(office: Office, database_url: str):
    acts = [office.do(office.check_in(value)) for value in range(40)]
    outcomes = await asyncio.gather(*acts)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    places = [outcome.first_position for outcome in outcomes if isinstance(outcome, Accepted)]
    assert places == sorted(filter(None, places))
    transactions = {row["transaction"] for row in (await commands_of(database_url, office))[-40:]}
    assert len(transactions) < 5


async def test_a_refused_act_harms_no_other_of_its_batch(office: Office, database_url: str):
    acts = [
        office.do(office.check_in(value, **({"key_result_id": "key_result_x"} if value % 3 == 0 else {})))
        for value in range(30)
    ]
    outcomes = await asyncio.gather(*acts)
    for value, outcome in enumerate(outcomes):
        if value % 3 == 0:
            assert codes(outcome) == [RejectionCode.NOT_FOUND]
        else:
            assert isinstance(outcome, Accepted)
    found = await positions(database_url, office)
    assert found == list(range(1, found[-1] + 1))


async def test_acts_of_one_batch_see_each_other(office: Office):
    def create() -> CreateCycle:
        return CreateCycle(
            cycle_id=new_identifier(Noun.CYCLE),
            name="Q3",
            starts_on=utc(2026, 7, 1).date(),
            ends_on=utc(2026, 9, 30).date(),
        )

    outcomes = await asyncio.gather(office.do(create()), office.do(create()), office.do(create()))
    assert isinstance(outcomes[0], Accepted)
    assert [codes(outcome) for outcome in outcomes[1:]] == [[RejectionCode.NAME_TAKEN]] * 2


async def test_rights_are_checked_in_the_batch(office: Office):
    max_id = new_identifier(Noun.PERSON)
    await office.accepted(InvitePerson(person_id=max_id, sealed="x", role=Role.MEMBER), person_keys={max_id: bytes(32)})
    await office.accepted(UpdateKeyResult(key_result_id=office.key_result_id, owner_id=max_id), reason=BECAUSE)
    outcomes = await asyncio.gather(
        office.do(office.check_in(1), actor_id=max_id),
        office.do(DeactivatePerson(person_id=max_id)),
        office.do(office.check_in(2), actor_id=max_id),
        office.do(office.check_in(3), actor_id="person_unknown"),
    )
    assert isinstance(outcomes[0], Accepted)
    assert isinstance(outcomes[1], Accepted)
    assert codes(outcomes[2]) == codes(outcomes[3]) == [RejectionCode.FORBIDDEN]


async def test_the_keys_of_new_people_are_kept_with_the_act_that_invites_them(office: Office, database_url: str):
    eva, max_id = new_identifier(Noun.PERSON), new_identifier(Noun.PERSON)
    await office.accepted(InvitePerson(person_id=eva, sealed="x"), person_keys={eva: b"e" * 32})
    refused = await office.do(
        InvitePerson(person_id=max_id, sealed="x", team_ids=("team_unknown",)), person_keys={max_id: b"m" * 32}
    )
    assert codes(refused) == [RejectionCode.NOT_FOUND]
    async with owner(database_url) as connection:
        rows = await connection.fetch("select person_id, key from okr_ledger.person_key where person_id <> $1", office.ada)
    assert [tuple(row) for row in rows] == [(eva, b"e" * 32)]


async def test_a_wish_that_is_fulfilled_already_leaves_nothing(office: Office, database_url: str):
    drop = DropKeyResult(key_result_id=office.key_result_id)
    because = Reason(code=ReasonCode.IRRELEVANT)
    await office.accepted(drop, reason=because)
    before = await positions(database_url, office)
    again = await office.accepted(drop, reason=because)
    assert (again.events, again.first_position, again.last_position) == ((), None, None)
    assert again.head_position == before[-1]
    assert await positions(database_url, office) == before


async def test_a_dry_run_answers_what_would_be_and_keeps_nothing(office: Office, database_url: str):
    before = await positions(database_url, office)
    check_in = office.check_in(5)
    tried = await office.accepted(check_in, is_dry_run=True, idempotency_key="k")
    assert tried.first_position == before[-1] + 1
    assert len(tried.events) == 1
    assert await positions(database_url, office) == before
    real = await office.accepted(check_in, idempotency_key="k")
    assert real.first_position == before[-1] + 1
    assert not real.is_replay


# --- repetitions


async def test_a_repeated_key_answers_the_first_outcome(office: Office, database_url: str):
    check_in, asked = office.check_in(7), sha256(b"request").digest()
    first = await office.accepted(check_in, idempotency_key="k", request_hash=asked)
    await office.accepted(office.check_in(8))
    again = await office.accepted(check_in, idempotency_key="k", request_hash=asked)
    assert again.is_replay
    assert (again.events, again.first_position) == (first.events, first.first_position)
    assert again.head_position == first.head_position + 1
    assert len(await positions(database_url, office)) == again.head_position


async def test_a_key_for_another_request_is_refused_and_belongs_to_its_actor(office: Office):
    await office.accepted(office.check_in(7), idempotency_key="k", request_hash=sha256(b"one").digest())
    other = await office.do(office.check_in(8), idempotency_key="k", request_hash=sha256(b"other").digest())
    assert codes(other) == [RejectionCode.IDEMPOTENCY_KEY_REUSED]
    max_id = new_identifier(Noun.PERSON)
    await office.accepted(InvitePerson(person_id=max_id, sealed="x"), person_keys={max_id: bytes(32)})
    await office.accepted(UpdateKeyResult(key_result_id=office.key_result_id, owner_id=max_id), reason=BECAUSE)
    own = await office.accepted(
        office.check_in(8), idempotency_key="k", request_hash=sha256(b"other").digest(), actor_id=max_id
    )
    assert not own.is_replay


async def test_a_repeated_command_id_answers_the_first_outcome(office: Office):
    command_id = uuid4()
    first = await office.accepted(office.check_in(7), command_id=command_id)
    again = await office.accepted(office.check_in(7), command_id=command_id)
    assert again.is_replay
    assert again.events == first.events
    stolen = await office.do(office.check_in(7), command_id=command_id, actor_id="somebody")
    assert codes(stolen) == [RejectionCode.IDEMPOTENCY_KEY_REUSED]


async def test_two_of_one_key_in_one_batch_share_one_outcome(office: Office, database_url: str):
    before = await positions(database_url, office)
    check_in = office.check_in(7)
    outcomes = await asyncio.gather(*(office.accepted(check_in, idempotency_key="k") for _ in range(10)))
    assert sorted(outcome.is_replay for outcome in outcomes) == [False] + [True] * 9
    assert {outcome.events for outcome in outcomes} == {outcomes[0].events}
    assert len(await positions(database_url, office)) == before[-1] + 1


async def test_an_act_that_changed_nothing_is_known_by_its_key(office: Office):
    drop = DropKeyResult(key_result_id=office.key_result_id)
    because = Reason(code=ReasonCode.IRRELEVANT)
    await office.accepted(drop, reason=because)
    await office.accepted(drop, reason=because, idempotency_key="k")
    again = await office.accepted(drop, reason=because, idempotency_key="k")
    assert again.is_replay
    assert (again.events, again.first_position) == ((), None)


async def test_a_refused_act_is_decided_again_under_its_key(office: Office):
    refused = await office.do(office.check_in(7, key_result_id="key_result_x"), idempotency_key="k")
    assert codes(refused) == [RejectionCode.NOT_FOUND]
    assert not (await office.accepted(office.check_in(7), idempotency_key="k")).is_replay


async def test_keys_of_imports_are_kept_for_ever_and_others_for_their_time(office: Office, database_url: str):
    await office.accepted(office.check_in(1), idempotency_key="live")
    await office.accepted(office.check_in(2), idempotency_key="import", origin=Origin.IMPORT)
    async with owner(database_url) as connection:
        rows = await connection.fetch("select idempotency_key, expires_at - recorded_at as kept from okr_ledger.command")
    kept = {row["idempotency_key"]: row["kept"] for row in rows}
    assert kept["import"] is None
    assert timedelta(days=6) < kept["live"] <= timedelta(days=7)


# --- histories that come from elsewhere


async def test_an_import_keeps_its_times_in_order(database_url: str):
    async with running_ledger(database_url) as ledger:
        office = Office(ledger)
        await ledger.begin_organization(office.organization_id)

        async def create(name: str, at: datetime) -> Outcome:
            cycle = CreateCycle(
                cycle_id=new_identifier(Noun.CYCLE), name=name, starts_on=at.date(), ends_on=at.date() + timedelta(days=1)
            )
            return await office.do(cycle, origin=Origin.IMPORT, actor_id="system", recorded_at=at)

        times = [utc(2019, 1, 7), utc(2019, 1, 7), utc(2019, 1, 7), utc(2019, 4, 1)]
        outcomes = [await create(f"cycle {number}", at) for number, at in enumerate(times)]
        recorded = [outcome.events[0][1].recorded_at for outcome in outcomes if isinstance(outcome, Accepted)]
        assert recorded == [times[0], times[0] + ONE_MICROSECOND, times[0] + 2 * ONE_MICROSECOND, times[3]]
        assert codes(await create("late", utc(2019, 3, 31))) == [RejectionCode.INVALID]
        assert codes(await create("early", datetime.now(UTC) + timedelta(hours=1))) == [RejectionCode.IN_FUTURE]
        assert isinstance(await create("next", utc(2019, 4, 2)), Accepted)


# --- what goes wrong


@pytest.mark.parametrize("comment", ["nul \x00", "lone \ud800"])
async def test_a_text_that_no_database_takes_is_refused_before_the_queue(office: Office, comment: str):
    assert codes(await office.do(office.check_in(1, comment=comment))) == [RejectionCode.INVALID]
    assert codes(await office.do(office.check_in(1), idempotency_key=comment)) == [RejectionCode.INVALID]
    reason = Reason(code=ReasonCode.OTHER, text=comment)
    assert codes(await office.do(office.check_in(1), reason=reason)) == [RejectionCode.INVALID]


async def test_an_act_has_commands_but_not_too_many(office: Office):
    assert codes(await office.do()) == [RejectionCode.REQUIRED]
    assert codes(await office.do(*(office.check_in(1) for _ in range(201)))) == [RejectionCode.LIMIT_EXCEEDED]


async def test_what_the_database_refuses_costs_only_its_own_act(database_url: str):
    """The poison passes every check of the program and fails in the database."""

    def merge(rows: Sequence[Any]) -> str:
        text = PROJECTIONS.merge(rows)
        return text.replace('"poison"', '"poison \\u0000"')

    async with running_ledger(database_url, projections=replace(PROJECTIONS, merge=merge)) as ledger:
        office = await Office.opened(ledger)
        outcomes = await asyncio.gather(
            *(office.do(office.check_in(value, comment="poison" if value == 11 else None)) for value in range(30)),
            return_exceptions=True,
        )
        failed = [number for number, outcome in enumerate(outcomes) if not isinstance(outcome, Accepted)]
        assert failed == [11]
        assert isinstance(outcomes[11], LedgerInternalError)
        assert str(outcomes[11]) == "internal error"
        assert isinstance(await office.do(office.check_in(50)), Accepted)
        found = await positions(database_url, office)
    assert found == list(range(1, found[-1] + 1))


async def test_a_fault_in_folding_costs_only_its_own_act(database_url: str):
    def fold(before: Any, after: Any, events: Any) -> Any:
        if getattr(events[0][0], "comment", None) == "poison":
            raise ZeroDivisionError
        return PROJECTIONS.fold(before, after, events)

    async with running_ledger(database_url, projections=Projections(fold=fold, merge=PROJECTIONS.merge)) as ledger:
        office = await Office.opened(ledger)
        outcomes = await asyncio.gather(
            *(office.do(office.check_in(value, comment="poison" if value == 3 else None)) for value in range(8)),
            return_exceptions=True,
        )
    assert [isinstance(outcome, LedgerInternalError) for outcome in outcomes] == [value == 3 for value in range(8)]


async def test_a_writer_that_fails_hangs_nobody_and_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch):
    original = BatchTransaction.run
    failures = iter([MemoryError("a fault nobody thought of")])

    async def run(transaction: BatchTransaction, acts: Any) -> Any:
        for failure in failures:
            raise failure
        return await original(transaction, acts)

    monkeypatch.setattr(BatchTransaction, "run", run)
    with pytest.raises(LedgerInternalError):
        await asyncio.wait_for(office.do(office.check_in(1)), 5)
    assert isinstance(await office.do(office.check_in(2)), Accepted)


async def test_an_unknown_organization_is_named(office: Office):
    stranger = Office(office.ledger)
    with pytest.raises(OrganizationNotFoundError):
        await stranger.do(stranger.check_in(1))


async def locked_head(database_url: str, office: Office) -> Any:
    connection = await asyncpg.connect(database_url)
    await connection.execute("begin")
    await connection.execute(
        "select from okr_ledger.organization_head where organization_id = $1 for update", office.organization_id
    )
    return connection


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


async def test_two_processes_catch_up_with_each_other(office: Office, database_url: str):
    async with running_ledger(database_url) as second_ledger:
        second = office.at(second_ledger)
        for value in range(10):
            here, there = await office.accepted(office.check_in(value)), await second.accepted(second.check_in(value))
            assert there.first_position == here.head_position + 1
        name = {"name": "shared", "starts_on": utc(2026, 1, 1).date(), "ends_on": utc(2026, 2, 1).date()}
        await office.accepted(CreateCycle(cycle_id=new_identifier(Noun.CYCLE), **name))
        taken = await second.do(CreateCycle(cycle_id=new_identifier(Noun.CYCLE), **name))
        assert codes(taken) == [RejectionCode.NAME_TAKEN]
        repeated = office.check_in(1)
        first = await office.accepted(repeated, idempotency_key="both")
        assert (await second.accepted(repeated, idempotency_key="both")).events == first.events


async def test_a_long_log_is_folded_before_the_lock_is_taken(office: Office, database_url: str):
    for _ in range(15):
        await office.accepted(*(office.check_in(value) for value in range(100)))
    async with running_ledger(database_url) as second_ledger:
        second = office.at(second_ledger)
        found = await positions(database_url, office)
        assert (await second.accepted(second.check_in(1))).first_position == found[-1] + 1


async def test_a_log_that_is_another_one_is_folded_anew(office: Office, database_url: str):
    """As after a restore: same positions, other content."""
    async with running_ledger(database_url) as old_ledger:
        old = office.at(old_ledger)
        kept = await old.accepted(office.check_in(1))
        async with owner(database_url) as connection:
            await connection.execute("alter table okr_ledger.event disable trigger all")
            await connection.execute("alter table okr_ledger.organization_head disable trigger all")
            await connection.execute("delete from okr_ledger.event where position = $1", kept.head_position)
            await connection.execute(
                "update okr_ledger.organization_head h set position = e.position, hash = e.hash, recorded_at = e.recorded_at"
                " from okr_ledger.event e where e.position = $1",
                kept.head_position - 1,
            )
            added = ("check_in_revision", "event_subject", "event_thing")
            for table in (*added, "check_in", "objective_number", "key_result_number"):
                column = "position" if table in added else "from_position"
                await connection.execute(f"delete from projection_1.{table} where {column} = $1", kept.head_position)
            for table in ("objective_number", "key_result_number"):
                await connection.execute(
                    f"update projection_1.{table} set to_position = 9223372036854775807 where to_position = $1",
                    kept.head_position,
                )
            await connection.execute("alter table okr_ledger.event enable trigger all")
            await connection.execute("alter table okr_ledger.organization_head enable trigger all")
        async with running_ledger(database_url) as restored_ledger:
            restored = office.at(restored_ledger)
            other = await restored.accepted(office.check_in(2))
        assert other.head_position == kept.head_position
        assert (await old.accepted(office.check_in(3))).first_position == kept.head_position + 1
        assert (await positions(database_url, office))[-1] == kept.head_position + 1


async def test_a_log_that_was_tampered_with_takes_nothing_more_and_hangs_nobody(office: Office, database_url: str):
    async with owner(database_url) as connection:
        await connection.execute("alter table okr_ledger.event disable trigger all")
        await connection.execute("update okr_ledger.event set actor_id = 'somebody' where position = 2")
    async with running_ledger(database_url) as restarted:
        with pytest.raises(LedgerInternalError):
            await asyncio.wait_for(office.at(restarted).do(office.check_in(1)), 10)


async def test_writers_at_rest_make_room_for_others(database_url: str):
    async with running_ledger(database_url, limits=LedgerLimits(writers=2)) as ledger:
        offices = [await Office.opened(ledger) for _ in range(4)]
        for office in (*offices, *offices):
            await office.accepted(office.check_in(1))
        assert len(ledger._writers) == 2


# --- databases that go away


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


@pytest.mark.parametrize("goes_through", [True, False])
async def test_an_unknown_commit_is_looked_up_and_kept_exactly_once(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch, *, goes_through: bool
):
    before = await positions(database_url, office)
    original = asyncpg.transaction.Transaction.commit
    losses = iter([None])

    async def commit(transaction: Any) -> None:
        for _ in losses:
            if goes_through:
                await original(transaction)
            transaction._connection.terminate()
            raise ConnectionResetError
        await original(transaction)

    monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", commit)
    good, refused = await asyncio.gather(
        office.do(office.check_in(1)), office.do(office.check_in(1, key_result_id="key_result_x"))
    )
    assert isinstance(good, Accepted)
    assert codes(refused) == [RejectionCode.NOT_FOUND]
    assert good.first_position == before[-1] + 1
    assert await positions(database_url, office) == [*before, before[-1] + 1]
    assert (await office.accepted(office.check_in(2))).first_position == before[-1] + 2


async def test_an_unknown_commit_whose_act_went_to_another_process_meanwhile_is_answered_as_a_repetition(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    """The id of one act is in the log, but the batch it was sent with is not: the others must be written again."""
    shared: RecordCheckIn = office.check_in(1)
    command_id = uuid4()
    original = asyncpg.transaction.Transaction.commit
    async with running_ledger(database_url) as second_ledger:
        second = office.at(second_ledger)
        losses = iter([None])

        async def commit(transaction: Any) -> None:
            for _ in losses:
                transaction._connection.terminate()
                await second.accepted(shared, command_id=command_id)
                raise ConnectionResetError
            await original(transaction)

        monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", commit)
        repeated, own = await asyncio.gather(
            office.accepted(shared, command_id=command_id), office.accepted(office.check_in(2))
        )
    assert repeated.is_replay
    assert not own.is_replay
    assert own.first_position == (repeated.last_position or 0) + 1
    assert await positions(database_url, office) == list(range(1, own.head_position + 1))


def test_a_ledger_needs_no_running_loop_to_be_made():
    Ledger(None, PROJECTIONS)  # type: ignore[arg-type]
