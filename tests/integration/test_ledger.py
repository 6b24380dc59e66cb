"""The write path: what acts leave in the log, alone and in batches, and what goes wrong in one of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from events.act import Accepted, Outcome, Refused
from events.chain import ONE_MICROSECOND
from events.cycle import CreateCycle
from events.envelope import Origin, Reason, ReasonCode
from events.identifier import Noun, new_identifier
from events.key_result import DropKeyResult, UpdateKeyResult
from events.person import DeactivatePerson, InvitePerson, Role
from events.rejection import RejectionCode
from events.store import OrganizationNotFoundError
from service.batch import BatchTransaction
from service.decision import Projections
from service.failure import LedgerInternalError
from service.ledger import Ledger
from tests.support.acting import PROJECTIONS, Office, codes, owner, positions, running_ledger, utc

BECAUSE = Reason(code=ReasonCode.OTHER, text="so that they may")


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        yield await Office.opened(ledger)


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

    async def run(transaction: BatchTransaction, acts: Any, following: Any) -> Any:
        for failure in failures:
            raise failure
        return await original(transaction, acts, following)

    monkeypatch.setattr(BatchTransaction, "run", run)
    with pytest.raises(LedgerInternalError):
        await asyncio.wait_for(office.do(office.check_in(1)), 5)
    assert isinstance(await office.do(office.check_in(2)), Accepted)


async def test_an_unknown_organization_is_named(office: Office):
    stranger = Office(office.ledger)
    with pytest.raises(OrganizationNotFoundError):
        await stranger.do(stranger.check_in(1))


def test_a_ledger_needs_no_running_loop_to_be_made():
    Ledger(None, PROJECTIONS)  # type: ignore[arg-type]
