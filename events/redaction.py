"""Taking free text out of one recorded event for good, as the owner of the database.

The event keeps its shape, numbers and references, so that everything after it still folds. The chain
verifies as before; that the payload is not the original one is recorded and reported. Read models hold
the old text until they are rebuilt; `okr-ledger redact` does both.
"""

import dataclasses
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from events.codec import decode, encode
from events.connection import Connection
from events.event import Event
from events.metadata import decode_metadata, encode_metadata
from events.store import read_range

REDACTED = "[redacted]"

FREE_TEXTS = frozenset(
    {
        "blockers",
        "comment",
        "description",
        "due_placeholder",
        "example",
        "explanation",
        "labels",
        "learned",
        "name",
        "next_steps",
        "note",
        "placeholder",
        "root_cause",
        "text",
        "title",
        "unit_label",
        "url",
    }
)
"""The fields that hold what people wrote."""

_REDACT = "select okr_ledger.redact_event($1, $2, $3, $4, $5)"


# Answers where the log holds a text, in an event or in the reason that was given for it.
_HOLDING = """
select position, type, recorded_at from okr_ledger.event
where organization_id = $1 and (strpos(data, $2) > 0 or strpos(metadata, $2) > 0) order by position
"""


class EventNotFoundError(Exception):
    """There is no event at this position."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TextFound:
    """An event that holds a text."""

    position: int
    type: str
    recorded_at: datetime


async def find_text(connection: Connection, organization_id: UUID, text: str) -> list[TextFound]:
    """Answer the events that hold a text, letter by letter, in their order."""
    stored = json.dumps(text, ensure_ascii=False)[1:-1]
    return [TextFound(**dict(row)) for row in await connection.fetch(_HOLDING, organization_id, stored)]


async def redact_event(connection: Connection, organization_id: UUID, position: int, because: str) -> bool:
    """Redact the event at a position; False when it was redacted before.

    Raises:
        EventNotFoundError: the log does not reach so far.
    """
    found = await read_range(connection, organization_id, position, position)
    if not found:
        raise EventNotFoundError(f"no event at position {position}")
    recorded = found[0]
    remainder = None
    if recorded.data is not None:
        remainder = encode(without_texts(decode(recorded.type, recorded.schema_version, recorded.data))).data
    metadata = encode_metadata(_without_texts(decode_metadata(recorded.metadata)))
    redacted: bool = await connection.fetchval(_REDACT, organization_id, position, because, remainder, metadata)
    return redacted


def without_texts(event: Event) -> Event:
    """Return an event with every free text in it replaced."""
    redacted: Event = _without_texts(event)
    return redacted


def _without_texts(value: Any) -> Any:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        content: Any = getattr(value, field.name)
        if isinstance(content, tuple):
            blank = field.name in FREE_TEXTS
            changed[field.name] = tuple(_without_text(part, blank=blank) for part in content)  # pyright: ignore[reportUnknownVariableType] - parts of Any
        elif field.name in FREE_TEXTS and isinstance(content, str):
            changed[field.name] = REDACTED
        else:
            changed[field.name] = _without_texts(content)
    return dataclasses.replace(value, **changed)


def _without_text(part: Any, *, blank: bool) -> Any:
    return REDACTED if blank and isinstance(part, str) else _without_texts(part)
