"""Acts that are sent again: under an idempotency key, or under the id of their command."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest_asyncio

from events.envelope import Origin, Reason, ReasonCode
from events.identifier import Noun, new_identifier
from events.key_result import DropKeyResult, UpdateKeyResult
from events.person import InvitePerson
from events.rejection import RejectionCode
from tests.support.acting import Office, codes, owner, positions, running_ledger

BECAUSE = Reason(code=ReasonCode.OTHER, text="so that they may")


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        yield await Office.opened(ledger)


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
