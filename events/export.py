"""The log as JSON Lines, with everything needed to verify it without the database (`docs/log-format.md`)."""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from events.chain import genesis_hash
from events.connection import Connection
from events.envelope import RecordedEvent
from events.store import read_events, read_head
from events.verify import LogChecker, ProblemKind, VerificationReport

FORMAT = "okr-ledger-log"
FORMAT_VERSION = 1
PAGE_SIZE = 2_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class ExportFormatError(Exception):
    """A file is not an export of a log; the message names the line."""


async def export_log(
    connection: Connection, organization_id: UUID, on_progress: Callable[[int, int], None] | None = None
) -> AsyncIterator[bytes]:
    """Give the lines of an organization's log up to its present head, each with its line break.

    Without such an organization there are none. `on_progress` is called with the position reached and the
    last one, once for each page.
    """
    head = await read_head(connection, organization_id)
    if head is None:
        return
    yield _line(
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "organizationId": str(organization_id),
            "genesis": genesis_hash(organization_id).hex(),
        }
    )
    position = 0
    while position < head.position:
        page = await read_events(connection, organization_id, position, min(PAGE_SIZE, head.position - position))
        if not page:
            break
        for event in page:
            yield _line(_fields(event))
        position = page[-1].position
        if on_progress is not None:
            on_progress(position, head.position)
    yield _line({"position": head.position, "hash": head.hash.hex()})


def verify_export(lines: Iterable[bytes]) -> VerificationReport:
    """Verify an exported log, with nothing but its lines.

    Raises:
        ExportFormatError: a line is not what the format says, or the first or last one is missing.
    """
    numbered = enumerate(lines, start=1)
    checker: LogChecker | None = None
    footer: dict[str, Any] | None = None
    for number, line in numbered:
        try:
            fields: dict[str, Any] = orjson.loads(line)
            if checker is None:
                checker = _begun(fields)
            elif "eventId" not in fields:
                footer = {"position": int(fields["position"]), "hash": bytes.fromhex(fields["hash"])}
                break
            elif not _check(checker, fields):
                return checker.report()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ExportFormatError(f"line {number}: {error!r}") from error
    if checker is None or footer is None:
        raise ExportFormatError("the export is incomplete: its first or last line is missing")
    for number, _ in numbered:
        raise ExportFormatError(f"line {number}: there is something after the last line")
    if (footer["position"], footer["hash"]) != (checker.position, checker.hash):
        checker.fail(
            min(footer["position"], checker.position) + 1,
            ProblemKind.HEAD,
            f"the last line says {footer['position']}, the last event {checker.position}",
        )
    return checker.report()


def _fields(event: RecordedEvent) -> dict[str, Any]:
    return {
        "position": event.position,
        "commandId": str(event.command_id),
        "streamId": event.stream_id,
        "streamVersion": event.stream_version,
        "eventId": str(event.event_id),
        "type": event.type,
        "schemaVersion": event.schema_version,
        "actorId": event.actor_id,
        "data": event.data,
        "salt": None if event.salt is None else event.salt.hex(),
        "commitment": event.commitment.hex(),
        "metadata": event.metadata,
        "effectiveAt": event.effective_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "recordedAt": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "hash": event.hash.hex(),
    }


def _begun(header: dict[str, Any]) -> LogChecker:
    if header["format"] != FORMAT or header["version"] != FORMAT_VERSION:
        raise ValueError(f"not {FORMAT} version {FORMAT_VERSION}")
    checker = LogChecker(UUID(header["organizationId"]))
    if bytes.fromhex(header["genesis"]) != checker.hash:
        raise ValueError("the genesis is not that of the organization")
    return checker


def _check(checker: LogChecker, fields: dict[str, Any]) -> bool:
    command_id = UUID(fields["commandId"]).bytes
    commitment = bytes.fromhex(fields["commitment"])
    stream_id, data = fields["streamId"].encode(), fields["data"]
    before_times = (
        _prefixed(checker.organization_id.bytes)
        + _integer(fields["position"])
        + _prefixed(command_id)
        + _integer(fields["streamVersion"])
        + _prefixed(UUID(fields["eventId"]).bytes)
        + _integer(fields["schemaVersion"])
        + _prefixed(commitment)
    )
    after_times = b"".join(_prefixed(fields[name].encode()) for name in ("streamId", "type", "actorId"))
    return checker.check(
        fields["position"],
        command_id,
        fields["streamVersion"],
        commitment,
        _microseconds(fields["effectiveAt"]),
        _microseconds(fields["recordedAt"]),
        stream_id,
        bytes.fromhex(fields["hash"]),
        None if fields["salt"] is None else bytes.fromhex(fields["salt"]),
        None if data is None else _prefixed(data.encode()) + _prefixed(fields["metadata"].encode()),
        before_times,
        after_times,
    )


def _line(fields: dict[str, Any]) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)


def _prefixed(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def _integer(number: int) -> bytes:
    return _prefixed(number.to_bytes(8, "big", signed=True))


def _microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
