"""An export carries enough to verify the log without the database, and shows whatever was done to it."""

import io
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
import pytest_asyncio

from events.chain import genesis_hash
from events.codec import STORED_TYPES
from events.export import export_log
from events.identifier import new_uuid
from events.redaction import redact_event
from events.verify_export import Anchor, ProblemKind, read_seal, verify_export
from tests.support.acting import Office, owner, running_ledger
from tests.support.exporting import computed_lines, exported, verified, write_every_type

COLUMNS = {
    "commandId": "00000000-0000-0000-0000-000000000001",
    "streamId": "other",
    "streamVersion": 999,
    "eventId": "00000000-0000-0000-0000-000000000001",
    "type": "other",
    "schemaVersion": 9,
    "actorId": "other",
    "data": "{}",
    "salt": "00" * 16,
    "commitment": "00" * 32,
    "metadata": "{}",
    "effectiveAt": "2020-01-01T00:00:00.000000+00:00",
    "recordedAt": "2020-01-01T00:00:00.000000+00:00",
    "hash": "00" * 32,
}
VICTIM = 4


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with running_ledger(database_url) as ledger:
        office = await Office.opened(ledger)
        for value in range(5):
            await office.accepted(office.check_in(value, comment='größer 大きい "\\" \b\f\n\r\t \x01\x1f\x7f \u2028 🚀'))
        yield office


@pytest_asyncio.fixture
async def lines(office: Office, database_url: str) -> list[bytes]:
    async with owner(database_url) as connection:
        return await exported(connection, office.organization_id)


def edited(line: bytes, **fields: Any) -> bytes:
    return orjson.dumps({**json.loads(line), **fields}) + b"\n"


async def test_an_export_verifies_by_itself(office: Office, lines: list[bytes], database_url: str):
    report = verified(lines)
    assert report.is_valid
    assert report.organization_id == office.organization_id
    assert (report.first_position, report.position) == (1, len(lines) - 2)
    header, footer = json.loads(lines[0]), json.loads(lines[-1])
    assert header == {
        "format": "okr-ledger-log",
        "version": 1,
        "organizationId": str(office.organization_id),
        "genesis": genesis_hash(office.organization_id).hex(),
    }
    assert footer == {"position": report.position, "hash": report.hash.hex()}
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    async with owner(database_url) as connection:
        head = await connection.fetchrow("select hash, recorded_at from okr_ledger.organization_head")
    assert (report.hash, report.recorded_at) == (head["hash"], head["recorded_at"])


async def test_progress_is_reported(office: Office, lines: list[bytes], database_url: str):
    steps: list[tuple[int, int]] = []
    async with owner(database_url) as connection:
        async for _ in export_log(connection, office.organization_id, lambda *step: steps.append(step)):
            pass
    assert steps == [(len(lines) - 2, len(lines) - 2)]


def test_the_progress_of_a_verification_is_reported(monkeypatch: pytest.MonkeyPatch):
    lines = computed_lines()
    monkeypatch.setattr("events.verify_export.PROGRESS_EVENTS", 2)
    steps: list[tuple[int, int]] = []
    report = verify_export(io.BytesIO(b"".join(lines)), on_progress=lambda *step: steps.append(step))
    assert report.is_valid
    assert steps == [(2, len(b"".join(lines[:3]))), (4, len(b"".join(lines[:5])))]


async def test_without_an_organization_there_is_nothing(database_url: str):
    async with owner(database_url) as connection:
        assert await exported(connection, new_uuid()) == []


async def test_an_export_of_a_log_without_events_is_whole(database_url: str):
    organization_id = new_uuid()
    async with running_ledger(database_url) as ledger, owner(database_url) as connection:
        await ledger.begin_organization(organization_id)
        lines = await exported(connection, organization_id)
    report = verified(lines)
    assert report.is_valid
    assert (len(lines), report.position, report.hash, report.recorded_at) == (2, 0, genesis_hash(organization_id), None)


async def test_every_type_of_event_verifies_as_recorded_and_as_redacted(database_url: str):
    async with owner(database_url) as connection:
        organization_id = await write_every_type(connection)
        whole = verified(await exported(connection, organization_id))
        for position in range(1, whole.position + 1):
            assert await redact_event(connection, organization_id, position, "asked for")
        redacted = verified(await exported(connection, organization_id))
    assert whole.is_valid
    assert whole.position >= len(STORED_TYPES)
    assert whole.redacted_positions == ()
    assert redacted.is_valid
    assert redacted.hash == whole.hash
    assert redacted.redacted_positions == tuple(range(1, whole.position + 1))


async def test_a_redacted_log_is_exported_and_verifies(office: Office, lines: list[bytes], database_url: str):
    async with owner(database_url) as connection:
        await redact_event(connection, office.organization_id, VICTIM, "asked for")
        redacted = await exported(connection, office.organization_id)
    report = verified(redacted)
    assert report.is_valid
    assert report.redacted_positions == (VICTIM,)
    assert [number for number, pair in enumerate(zip(lines, redacted, strict=True)) if pair[0] != pair[1]] == [VICTIM]


async def test_a_redaction_that_leaves_no_data_verifies(office: Office, database_url: str):
    async with owner(database_url) as connection:
        await connection.execute(
            "select okr_ledger.redact_event($1, $2, 'asked for', null, '')", office.organization_id, VICTIM
        )
        redacted = await exported(connection, office.organization_id)
    assert json.loads(redacted[VICTIM])["data"] is None
    assert verified(redacted).is_valid
    redacted[VICTIM] = edited(redacted[VICTIM], salt="00" * 16)
    problem = verified(redacted).problem
    assert problem is not None
    assert (problem.position, problem.kind) == (VICTIM, ProblemKind.COMMITMENT)


@pytest.mark.parametrize("column", COLUMNS)
async def test_every_changed_field_is_found_at_its_position(lines: list[bytes], column: str):
    lines[VICTIM] = edited(lines[VICTIM], **{column: COLUMNS[column]})
    report = verified(lines)
    assert report.problem is not None
    assert (report.problem.position, report.problem.line) == (VICTIM, VICTIM + 1)
    assert report.position == VICTIM - 1
    expected = ProblemKind.COMMITMENT if column in {"data", "metadata", "salt"} else ProblemKind.HASH
    assert report.problem.kind is expected


@pytest.mark.parametrize(
    ("change", "position", "kind"),
    [
        (lambda lines: lines.pop(VICTIM), VICTIM, ProblemKind.GAP),
        (lambda lines: lines.pop(-2), -1, ProblemKind.HEAD),
        (lambda lines: lines.insert(VICTIM, lines[VICTIM]), VICTIM + 1, ProblemKind.GAP),
        (lambda lines: lines.insert(VICTIM, lines.pop(VICTIM + 1)), VICTIM, ProblemKind.GAP),
    ],
    ids=["dropped", "cut off", "doubled", "swapped"],
)
async def test_dropped_added_and_swapped_lines_are_found(
    lines: list[bytes], change: Callable[[list[bytes]], object], position: int, kind: ProblemKind
):
    last = len(lines) - 2
    change(lines)
    report = verified(lines)
    assert report.problem is not None
    assert (report.problem.position, report.problem.kind) == (position if position > 0 else last, kind)


async def test_events_of_another_organization_do_not_pass(lines: list[bytes]):
    stranger = UUID(int=1)
    for changed in (
        edited(lines[0], organizationId=str(stranger)),
        edited(lines[0], genesis=genesis_hash(stranger).hex()),
    ):
        report = verified([changed, *lines[1:]])
        assert report.problem is not None
        assert (report.organization_id, report.problem.line) == (None, 1)
        assert report.problem.message == "the genesis is not that of the organization"
    passed_off = edited(lines[0], organizationId=str(stranger), genesis=genesis_hash(stranger).hex())
    problem = verified([passed_off, *lines[1:]]).problem
    assert problem is not None
    assert (problem.position, problem.kind) == (1, ProblemKind.HASH)


async def test_a_head_that_says_something_else_is_found(lines: list[bytes]):
    last = len(lines) - 2
    for changed, position in (
        (edited(lines[-1], hash="00" * 32), last),
        (edited(lines[-1], position=last + 5), last + 1),
        (edited(lines[-1], position=last - 2), last - 1),
    ):
        problem = verified([*lines[:-1], changed]).problem
        assert problem is not None
        assert (problem.position, problem.kind, problem.line) == (position, ProblemKind.HEAD, len(lines))


# --- chains that were computed anew


@pytest.mark.parametrize(
    ("version_of", "minutes_of", "kind"),
    [
        (lambda n: n if n < 3 else n + 1, lambda n: n, ProblemKind.STREAM_VERSION),
        (lambda n: n if n != 3 else 2, lambda n: n, ProblemKind.STREAM_VERSION),
        (lambda n: n, lambda n: n if n != 3 else 1, ProblemKind.TIME),
        (lambda n: n, lambda n: n if n != 3 else 2, ProblemKind.TIME),
    ],
    ids=["a version left out", "a version twice", "time going back", "time standing still"],
)
def test_a_chain_that_was_computed_over_a_wrong_order_is_found(
    version_of: Callable[[int], int], minutes_of: Callable[[int], int], kind: ProblemKind
):
    """Whoever can compute the chain anew can still not break the rules of time and versions."""
    assert verified(computed_lines()).is_valid
    problem = verified(computed_lines(version_of, minutes_of)).problem
    assert problem is not None
    assert (problem.position, problem.kind, problem.line) == (3, kind, 4)


# --- what was noted outside


async def test_what_was_noted_outside_is_compared(lines: list[bytes]):
    last = len(lines) - 2
    hashes = [None, *(json.loads(line)["hash"] for line in lines[1:-1])]
    held = [read_seal(f"{position}:{hashes[position]}") for position in (1, VICTIM, last)]
    assert verified(lines, held).is_valid

    other = read_seal(f"{VICTIM}:{'ab' * 32}")
    report = verified(lines, [*held, other])
    assert (report.problem, report.is_valid) == (None, False)
    assert [each.problem is None for each in report.comparisons] == [True, True, True, False]
    assert report.comparisons[3].problem is not None
    assert (report.comparisons[3].problem.position, report.comparisons[3].problem.kind) == (VICTIM, ProblemKind.ANCHOR)

    beyond = read_seal(f"{last + 1}:{'ab' * 32}")
    (comparison,) = verified(lines, [beyond]).comparisons
    assert comparison.problem is not None
    assert comparison.problem.message == f"the log ends before it, at position {last}"


async def test_a_log_that_is_not_whole_up_to_there_holds_nothing(lines: list[bytes]):
    digest = json.loads(lines[VICTIM])["hash"]
    lines[VICTIM] = edited(lines[VICTIM], data="{}")
    for broken in (lines, lines[1:]):
        report = verified(broken, [read_seal(f"{VICTIM}:{digest}")])
        assert report.comparisons[0].problem is not None
        assert report.comparisons[0].problem.message == "the log is not whole up to there"


async def test_a_log_written_anew_does_not_hold_what_was_noted_of_the_old_one():
    first, second = computed_lines(), computed_lines(minutes_of=lambda number: number + 1)
    seal = read_seal(f"3:{json.loads(first[3])['hash']}")
    assert verified(first, [seal]).is_valid
    report = verified(second, [seal])
    assert (report.problem, report.is_valid) == (None, False)


async def test_what_was_noted_of_another_organization_or_time_is_not_held(office: Office, lines: list[bytes]):
    event = json.loads(lines[VICTIM])
    noted = {"position": VICTIM, "hash": bytes.fromhex(event["hash"]), "source": "checkpoint"}
    stranger = Anchor(**noted, organization_id=UUID(int=1))
    earlier = Anchor(**noted, organization_id=office.organization_id, recorded_at=1)
    problems = [each.problem for each in verified(lines, [stranger, earlier]).comparisons]
    assert [problem and problem.message for problem in problems] == [
        f"it is of another log, that of organization {UUID(int=1)}",
        f"the event at position {VICTIM} was recorded at another time",
    ]


@pytest.mark.parametrize("text", ["", "1", "1:", "0:" + "a" * 64, "-1:" + "a" * 64, "1:" + "a" * 63, "1:" + "g" * 64, "9" * 20])
def test_what_is_no_seal_is_refused(text: str):
    with pytest.raises(ValueError, match="a seal is POSITION:HASH"):
        read_seal(text)
