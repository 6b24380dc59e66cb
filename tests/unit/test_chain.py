"""The hash chain, held against the vectors of docs/log-format.md and against bytes put together by hand."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.chain import (
    NewCommand,
    NewEvent,
    chain_commands,
    commitment_of,
    continues,
    empty_head,
    event_hash,
    genesis_hash,
    head_after,
)
from events.envelope import RecordedEvent

ORGANIZATION = UUID("0197a3b0-0000-7000-8000-000000000001")
INSTANT = datetime(2026, 7, 1, 8, 0, 0, 1, tzinfo=UTC)
FIRST = RecordedEvent(
    organization_id=ORGANIZATION,
    position=1,
    command_id=UUID("0197a3b0-0000-7000-8000-000000000002"),
    stream_id="objective_1",
    stream_version=1,
    event_id=UUID("0197a3b0-0000-7000-8000-000000000101"),
    type="objective.created",
    schema_version=1,
    actor_id="person_01jyhv0000e008000000000001",
    data='{"name":"Rückblick","objective_id":"objective_1"}',
    salt=bytes(range(16)),
    commitment=bytes.fromhex("f6644383ec6941ff3cb907956c2b44c1cc91153ddda3d0d6782e9c001b0e0d9f"),
    metadata='{"origin":"API","reason":null,"request_id":"r1"}',
    effective_at=INSTANT,
    recorded_at=INSTANT,
    hash=bytes.fromhex("a6684d7e823c1b4dc79f858dea83f62f783c338ee8f380d488ac6f86748ad9fb"),
)
SECOND = FIRST._replace(
    position=2,
    command_id=UUID("0197a3b0-0000-7000-8000-000000000003"),
    stream_id="key_result_1",
    event_id=UUID("0197a3b0-0000-7000-8000-000000000102"),
    type="key_result.checked_in",
    data='{"value":"12.50"}',
    salt=bytes(range(16, 32)),
    commitment=bytes.fromhex("b5cb196a235964558834daeb53a2c8f02a6da5745e769f924cbfe6f8164d7e7b"),
    metadata='{"origin":"API","reason":null,"request_id":"r2"}',
    effective_at=datetime(2026, 6, 30, tzinfo=UTC),
    recorded_at=datetime(2026, 7, 2, 9, 30, 0, 250_000, tzinfo=UTC),
    hash=bytes.fromhex("92b847eb6db3acfe6d383100da88f60502a32d40027ab26a224271352f1cb04c"),
)


def command(at: datetime, *streams: tuple[str, int]) -> NewCommand:
    events = tuple(
        NewEvent(stream_id=stream, stream_version=version, type="t", schema_version=1, data=f'"{stream}{version}"')
        for stream, version in streams
    )
    return NewCommand(command_id=UUID(int=at.microsecond), actor_id="a", metadata="{}", recorded_at=at, events=events)


def test_the_vectors_of_the_page_are_those_of_this_file():
    page = (Path(__file__).parents[2] / "docs" / "log-format.md").read_text(encoding="utf-8")
    vectors = dict(re.findall(r"^(genesis|commitment \d|hash \d) +([0-9a-f]{64})$", page, re.MULTILINE))
    assert vectors == {
        "genesis": genesis_hash(ORGANIZATION).hex(),
        "commitment 1": FIRST.commitment.hex(),
        "hash 1": FIRST.hash.hex(),
        "commitment 2": SECOND.commitment.hex(),
        "hash 2": SECOND.hash.hex(),
    }


@pytest.mark.parametrize("event", [FIRST, SECOND])
def test_commitments_are_those_of_the_vectors(event: RecordedEvent):
    assert event.salt is not None
    assert event.data is not None
    assert commitment_of(event.salt, event.data, event.metadata) == event.commitment


def test_hashes_are_those_of_the_vectors():
    assert event_hash(genesis_hash(ORGANIZATION), FIRST) == FIRST.hash
    assert event_hash(FIRST.hash, SECOND) == SECOND.hash


def test_a_hash_is_over_the_bytes_that_the_page_describes():
    def part(content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + content

    def number(value: int) -> bytes:
        return part(value.to_bytes(8, "big", signed=True))

    message = (
        b"\x01"
        + FIRST.hash
        + part(ORGANIZATION.bytes)
        + number(2)
        + part(SECOND.command_id.bytes)
        + number(1)
        + part(SECOND.event_id.bytes)
        + number(1)
        + part(SECOND.commitment)
        + number(1_782_777_600_000_000)
        + number(1_782_984_600_250_000)
        + part(b"key_result_1")
        + part(b"key_result.checked_in")
        + part(b"person_01jyhv0000e008000000000001")
    )
    assert hashlib.sha256(message).digest() == SECOND.hash


@pytest.mark.parametrize(
    "changed",
    [
        SECOND._replace(organization_id=UUID(int=1)),
        SECOND._replace(position=3),
        SECOND._replace(command_id=UUID(int=1)),
        SECOND._replace(stream_id="key_result_2"),
        SECOND._replace(stream_version=2),
        SECOND._replace(event_id=UUID(int=1)),
        SECOND._replace(type="key_result.checked_out"),
        SECOND._replace(schema_version=2),
        SECOND._replace(actor_id="somebody"),
        SECOND._replace(commitment=bytes(32)),
        SECOND._replace(effective_at=SECOND.effective_at + timedelta(microseconds=1)),
        SECOND._replace(recorded_at=SECOND.recorded_at + timedelta(microseconds=1)),
        SECOND._replace(stream_id="key_result_1k", type="ey_result.checked_in"),
    ],
)
def test_every_column_counts(changed: RecordedEvent):
    assert event_hash(FIRST.hash, changed) != SECOND.hash


@given(st.text(), st.text(), st.text(), st.text())
def test_a_commitment_tells_data_and_metadata_apart(data: str, metadata: str, other_data: str, other_metadata: str):
    salt = bytes(16)
    same = (data, metadata) == (other_data, other_metadata)
    assert (commitment_of(salt, data, metadata) == commitment_of(salt, other_data, other_metadata)) is same


def test_organizations_begin_differently():
    assert genesis_hash(ORGANIZATION) != genesis_hash(UUID(int=1))


def test_commands_get_positions_without_gaps_and_hashes_that_chain():
    head = empty_head(ORGANIZATION)
    commands = [command(INSTANT, ("a", 1), ("b", 1)), command(INSTANT + timedelta(microseconds=1), ("a", 2))]
    events = chain_commands(head, commands)
    assert [event.position for event in events] == [1, 2, 3]
    assert [event.command_id for event in events] == [commands[0].command_id] * 2 + [commands[1].command_id]
    assert continues(0, head.hash, events)
    assert len({event.salt for event in events}) == 3
    assert head_after(head, events).hash == events[-1].hash
    assert head_after(head, []) == head


def test_cutting_commands_into_batches_changes_no_place():
    head = empty_head(ORGANIZATION)
    first, second = command(INSTANT, ("a", 1)), command(INSTANT + timedelta(seconds=1), ("a", 2))
    begun = chain_commands(head, [first])
    events = [*begun, *chain_commands(head_after(head, begun), [second])]
    assert continues(0, head.hash, events)
    assert [event.position for event in events] == [1, 2]


def test_a_command_is_not_recorded_at_the_time_of_the_one_before():
    with pytest.raises(ValueError, match="must rise"):
        chain_commands(empty_head(ORGANIZATION), [command(INSTANT, ("a", 1)), command(INSTANT, ("a", 2))])


def test_a_tail_with_a_gap_or_from_another_log_does_not_continue():
    head = empty_head(ORGANIZATION)
    events = chain_commands(head, [command(INSTANT, ("a", 1), ("b", 1), ("c", 1))])
    assert not continues(0, head.hash, [events[0], events[2]])
    assert not continues(0, bytes(32), events)
    assert not continues(1, head.hash, events)
    assert continues(0, head.hash, [])
