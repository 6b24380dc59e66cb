"""An export carries enough to verify the log without the database, and shows whatever was done to it."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from events.chain import genesis_hash
from events.export import ExportFormatError, export_log, verify_export
from events.redaction import redact_event
from events.verify import ProblemKind
from tests.support.acting import Office, owner, running_ledger

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
            await office.accepted(office.check_in(value, comment="größer 大きい"))
        yield office


@pytest_asyncio.fixture
async def lines(office: Office, database_url: str) -> list[bytes]:
    async with owner(database_url) as connection:
        return [line async for line in export_log(connection, office.organization_id)]


def edited(line: bytes, **fields: Any) -> bytes:
    return json.dumps({**json.loads(line), **fields}).encode()


async def test_an_export_verifies_by_itself(office: Office, lines: list[bytes], database_url: str):
    report = verify_export(lines)
    assert report.is_valid
    assert report.organization_id == office.organization_id
    assert report.position == len(lines) - 2
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
        assert report.hash == await connection.fetchval("select hash from okr_ledger.organization_head")


async def test_progress_is_reported(office: Office, lines: list[bytes], database_url: str):
    steps: list[tuple[int, int]] = []
    async with owner(database_url) as connection:
        async for _ in export_log(connection, office.organization_id, lambda *step: steps.append(step)):
            pass
    assert steps == [(len(lines) - 2, len(lines) - 2)]


async def test_without_an_organization_there_is_nothing(database_url: str):
    async with owner(database_url) as connection:
        assert [line async for line in export_log(connection, Office(None).organization_id)] == []  # type: ignore[arg-type]


async def test_a_redacted_log_is_exported_and_verifies(office: Office, lines: list[bytes], database_url: str):
    async with owner(database_url) as connection:
        await redact_event(connection, office.organization_id, VICTIM, "asked for")
        redacted = [line async for line in export_log(connection, office.organization_id)]
    report = verify_export(redacted)
    assert report.is_valid
    assert report.redacted_positions == (VICTIM,)
    assert [number for number, pair in enumerate(zip(lines, redacted, strict=True)) if pair[0] != pair[1]] == [VICTIM]


@pytest.mark.parametrize("column", COLUMNS)
async def test_every_changed_field_is_found_at_its_position(lines: list[bytes], column: str):
    lines[VICTIM] = edited(lines[VICTIM], **{column: COLUMNS[column]})
    report = verify_export(lines)
    assert report.problem is not None
    assert report.problem.position == VICTIM
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
    report = verify_export(lines)
    assert report.problem is not None
    assert (report.problem.position, report.problem.kind) == (position if position > 0 else last, kind)


async def test_events_of_another_organization_do_not_pass(lines: list[bytes]):
    lines[0] = edited(lines[0], organizationId="00000000-0000-0000-0000-000000000001")
    with pytest.raises(ExportFormatError, match="line 1"):
        verify_export(lines)
    lines[0] = edited(lines[0], genesis=genesis_hash(Office(None).organization_id).hex())  # type: ignore[arg-type]
    with pytest.raises(ExportFormatError, match="line 1"):
        verify_export(lines)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[:-1], "incomplete"),
        (lambda _: [], "incomplete"),
        (lambda lines: lines[1:], "line 1"),
        (lambda lines: [*lines, b"{}"], "after the last line"),
        (lambda lines: [*lines[:3], b"not json", *lines[3:]], "line 4"),
        (lambda lines: [*lines[:3], b"[]", *lines[3:]], "line 4"),
        (lambda lines: [edited(lines[0], version=2), *lines[1:]], "line 1"),
    ],
)
async def test_what_is_no_export_is_named(lines: list[bytes], change: Callable[[list[bytes]], list[bytes]], message: str):
    with pytest.raises(ExportFormatError, match=message):
        verify_export(change(lines))
