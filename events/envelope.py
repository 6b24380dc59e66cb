"""What surrounds commands and events: who, when, why, and how an event looks once it is recorded."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from events.limits import DEFAULT_LIMITS, Limits


class Unset(Enum):
    """The value of a field that a command leaves as it is; `None` clears the field."""

    UNSET = "UNSET"


UNSET: Final = Unset.UNSET


class ReasonCode(StrEnum):
    """Why something was changed."""

    EXTERNAL_CHANGE = "EXTERNAL_CHANGE"
    NEW_INFORMATION = "NEW_INFORMATION"
    IRRELEVANT = "IRRELEVANT"
    CORRECTION = "CORRECTION"
    OTHER = "OTHER"


class Origin(StrEnum):
    """Where a command came from."""

    WEB = "WEB"
    API = "API"
    IMPORT = "IMPORT"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The reason that an actor gave for one command."""

    code: ReasonCode
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What `decide` may know of the world outside the log: who acts, when and why, and the limits."""

    actor_id: str
    at: datetime
    reason: Reason | None = None
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is recorded with every event of a command beside its data.

    `rule_set` is the version of the coach's rules by which the author was advised; None for imports and for what is older.
    """

    origin: Origin
    request_id: str
    reason: Reason | None = None
    rule_set: int | None = None


class Occurrence(NamedTuple):
    """When and by whom an event was recorded: what `evolve` may know beside the event itself."""

    position: int
    recorded_at: datetime
    effective_at: datetime
    actor_id: str


class RecordedEvent(NamedTuple):
    """One row of the log, exactly as stored. After a redaction `salt` is None and the texts are blanked."""

    organization_id: UUID
    position: int
    command_id: UUID
    stream_id: str
    stream_version: int
    event_id: UUID
    type: str
    schema_version: int
    actor_id: str
    data: str | None
    salt: bytes | None
    commitment: bytes
    metadata: str
    effective_at: datetime
    recorded_at: datetime
    hash: bytes

    @property
    def occurrence(self) -> Occurrence:
        """The part of the row that `evolve` may see."""
        return Occurrence(
            position=self.position,
            recorded_at=self.recorded_at,
            effective_at=self.effective_at,
            actor_id=self.actor_id,
        )
