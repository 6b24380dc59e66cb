"""The log as JSON Lines, with everything needed to verify it without the database (`docs/log-format.md`).

`events/verify_export.py` does that, and takes these lines in exactly this form: compact, in this order, UTF-8.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC
from typing import Any
from uuid import UUID

import orjson

from events.chain import genesis_hash
from events.connection import Connection
from events.envelope import RecordedEvent
from events.store import read_events, read_head

FORMAT = "okr-ledger-log"
FORMAT_VERSION = 1
PAGE_SIZE = 2_000


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


def _line(fields: dict[str, Any]) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
