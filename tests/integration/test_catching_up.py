"""Logs that went on without this process: written by another one, long, restored, or tampered with."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from events.cycle import ActivateCycle, CreateCycle, ReviewCycle
from events.identifier import Noun, new_identifier
from events.rejection import RejectionCode
from projections.rebuild import rebuild
from service.failure import LedgerInternalError
from tests.support.acting import Office, codes, owner, positions, running_ledger, utc


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        yield await Office.opened(ledger)


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


async def test_who_wrote_alone_for_a_while_finds_what_another_process_wrote(office: Office, database_url: str):
    async with running_ledger(database_url) as second_ledger:
        second = office.at(second_ledger)
        for value in range(3):
            await office.accepted(office.check_in(value))
        for value in range(3):
            await second.accepted(second.check_in(value))
        cycle = {"starts_on": utc(2026, 1, 1).date(), "ends_on": utc(2026, 2, 1).date()}
        created = CreateCycle(cycle_id=new_identifier(Noun.CYCLE), name="shared", **cycle)
        before = await office.accepted(created, idempotency_key="both")
        # To all that this process knows, the name is free, and there is no such cycle.
        taken = await second.do(CreateCycle(cycle_id=new_identifier(Noun.CYCLE), name="shared", **cycle))
        assert codes(taken) == [RejectionCode.NAME_TAKEN]
        for value in range(2):
            await office.accepted(office.check_in(value))
        await office.accepted(ActivateCycle(cycle_id=created.cycle_id))
        reviewed = await second.accepted(ReviewCycle(cycle_id=created.cycle_id))
        assert reviewed.first_position == before.head_position + 4
        # A repetition of what this process has just written itself is one as well.
        assert (await second.accepted(ReviewCycle(cycle_id=created.cycle_id))).events == ()
        check_in = second.check_in(7)
        first = await second.accepted(check_in, idempotency_key="again")
        again = await second.accepted(check_in, idempotency_key="again")
        assert again.is_replay
        assert again.events == first.events


async def test_a_long_log_is_folded_before_the_lock_is_taken(office: Office, database_url: str):
    for _ in range(15):
        await office.accepted(*(office.check_in(value) for value in range(100)))
    async with running_ledger(database_url) as second_ledger:
        second = office.at(second_ledger)
        found = await positions(database_url, office)
        assert (await second.accepted(second.check_in(1))).first_position == found[-1] + 1


async def test_what_processes_write_in_turn_is_what_a_rebuild_makes_of_it(office: Office, database_url: str):
    async with running_ledger(database_url) as second_ledger:
        second = office.at(second_ledger)
        other_key_result = await office.key_result()
        for value in range(0, 100, 10):
            await office.accepted(office.check_in(value))
            await second.accepted(second.check_in(100 - value, key_result_id=other_key_result))
            await second.accepted(second.check_in(value + 5))
    async with owner(database_url) as connection:
        rebuilt = await rebuild(connection, lambda _: None)
        (organization,) = rebuilt.organizations
        assert (organization.differences, organization.is_switched) == ((), True)
        means = await connection.fetch("select progress from projection_1.cycle_number order by to_position")
    assert [each["progress"] for each in means[-3:]] == [0.55, 0.5, 0.525]


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
            numbers = ("cycle_number", "objective_number", "key_result_number")
            for table in (*added, "check_in", *numbers):
                column = "position" if table in added else "from_position"
                await connection.execute(f"delete from projection_1.{table} where {column} = $1", kept.head_position)
            for table in numbers:
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
