"""Acts: what one actor asks for at once, and the answer.

The commands of an act are decided one after the other, each on what the earlier ones changed: all of
them are accepted or none. They share one reason, one set of positions and one place in the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from events.command import Command
from events.envelope import Origin, Reason, RecordedEvent
from events.event import Event
from events.identifier import new_uuid
from events.rejection import Rejection
from events.right import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One request for change. Who may do it is checked with the decisions, unless it is imported history.

    `recorded_at` is None for now; an import gives the original time, which must not go back.
    `person_keys` are the fresh keys of people whom the act invites. A `dry_run` is decided and not written.
    `scopes` are the rights that the actor's token is held to, None for all that the actor has.
    With `follows` it is refused unless the act with that command id was accepted, however close before.
    The commands of a table (`is_table`) are bounded by its rows, and each of them that is refused is told.
    """

    organization_id: UUID
    actor_id: str
    commands: tuple[Command, ...]
    origin: Origin
    request_id: str
    command_id: UUID = field(default_factory=new_uuid)
    reason: Reason | None = None
    idempotency_key: str | None = None
    request_hash: bytes | None = None
    recorded_at: datetime | None = None
    is_dry_run: bool = False
    scopes: frozenset[Right] | None = None
    follows: UUID | None = None
    is_table: bool = False
    person_keys: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An act that was carried out. Without events (a wish fulfilled already) the positions are None.

    A replay answers the events of the first time. `head_position` is the head after the act. `generation` is that of the read
    models which its rows were written to, None for a replay and for what was only tried.
    """

    events: tuple[tuple[Event, RecordedEvent], ...]
    first_position: int | None
    last_position: int | None
    head_position: int
    generation: int | None = None
    is_replay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An act that was not carried out; `command_index` is the place of the command that was refused.

    `others` are refusals of later commands, which only a table asks for.
    """

    rejections: tuple[Rejection, ...]
    command_index: int = 0
    others: tuple["Refused", ...] = ()


Outcome = Accepted | Refused
