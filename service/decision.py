"""Deciding one batch on folded states: pure, in memory, under the head lock.

Each act works on a fork of the batch's facts, in which the earlier acts of the batch have happened already.
A refused one is dropped with its fork and harms no other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from events import permission
from events.act import Accepted, Act, Outcome, Refused
from events.chain import ONE_MICROSECOND, NewCommand, NewEvent, chain_commands, head_after
from events.coach.rules import RULE_SET_VERSION
from events.codec import encode
from events.decider import decide
from events.envelope import Context, Metadata, Occurrence, Origin, RecordedEvent
from events.event import Event
from events.facts import Facts
from events.folding import apply
from events.identifier import SYSTEM_ACTOR
from events.limits import Limits
from events.metadata import encode_metadata
from events.person import PersonErased
from events.rejection import Rejected, RejectionCode, refuse
from events.store import Locked, StoredCommand

SAME_INSTANT = timedelta(milliseconds=1)
"""An imported act may lie behind the newest event by less than this: acts of one instant are told apart
by microseconds, so a thousand of them fit."""


_TRUSTED = (Origin.IMPORT, Origin.SYSTEM)
"""Whose acts are history or the program's own: the rights of today do not apply to them."""


def unnoted(*_: object) -> None:
    """Take no note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projections:
    """The functions that turn events into rows of the read models, handed in at start-up.

    `fold` answers the rows of one act from the facts before and after it; `merge` turns those of a batch
    into one JSON text of the form that `events.store.write_batch` takes. `note` is told of all rows of a batch once they are
    written: of which organization, in which generation, after which position.
    """

    fold: Callable[[Facts, Facts, Sequence[tuple[Event, RecordedEvent]]], Any]
    merge: Callable[[Sequence[Any]], str]
    note: Callable[[UUID, int, int, Sequence[Any]], None] = unnoted


class _CommandsRefusedError(Exception):
    """Rules refuse commands of an act: the first, and of a table all others too."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__()
        self.refused = replace(refused[0], others=tuple(refused[1:]))


class BatchDecision:
    """What a batch has decided so far: everything that is written at its end."""

    def __init__(self, facts: Facts, locked: Locked, projections: Projections, limits: Limits, keep_for: timedelta) -> None:
        self.facts = facts.fork()
        self.commands: list[NewCommand] = []
        self.events: list[RecordedEvent] = []
        self.rows: list[Any] = []
        self.person_keys: dict[str, bytes] = {}
        self.erased_person_ids: list[str] = []
        self._head = locked.head
        self._locked = locked
        self._projections = projections
        self._limits = limits
        self._keep_for = keep_for
        self._known = _Replays(locked.replays)

    @property
    def has_something_to_write(self) -> bool:
        """Say whether the batch leaves any trace."""
        return bool(self.traces)

    @property
    def traces(self) -> dict[UUID, datetime]:
        """The commands by which the log tells that the batch was written, and when they were recorded."""
        return {each.command_id: each.recorded_at for each in self.commands if each.events or _is_kept(each)}

    @property
    def last_command(self) -> StoredCommand | None:
        """The last command as it will be kept, None without one, or if it is not kept."""
        if not self.commands or not _is_kept(last := self.commands[-1]):
            return None
        return StoredCommand(
            command_id=last.command_id,
            actor_id=last.actor_id,
            first_position=self._head.position - len(last.events) + 1,
            last_position=self._head.position,
            recorded_at=last.recorded_at,
            idempotency_key=last.idempotency_key,
            request_hash=last.request_hash,
        )

    def decide(self, act: Act) -> Outcome | StoredCommand:
        """Decide one act after those before it; a stored command is the one that it repeats."""
        try:
            earlier = None if act.is_dry_run else self._known.find(act)
            return earlier if earlier is not None else self._decide_anew(act)
        except Rejected as rejected:
            return Refused(rejections=rejected.rejections)
        except _CommandsRefusedError as error:
            return error.refused

    def _decide_anew(self, act: Act) -> Accepted:
        if act.follows is not None and not self._known.has(act.follows):
            raise refuse(RejectionCode.WRONG_STATE, "the act that this one follows was not accepted")
        at = self._time_of(act)
        fork = self.facts.fork()
        decided, new_events = self._decide_commands(act, fork, at)
        command = self._new_command(act, at, new_events)
        recorded = chain_commands(self._head, [command])
        logged = tuple(zip(decided, recorded, strict=True))
        rows = self._projections.fold(self.facts, fork, logged) if logged else None
        accepted = Accepted(
            events=logged,
            first_position=recorded[0].position if recorded else None,
            last_position=recorded[-1].position if recorded else None,
            head_position=self._head.position + len(recorded),
            generation=None if act.is_dry_run else self._locked.generation,
            rows=rows,
            settings_version=None if fork.organization is None else fork.organization.version,
        )
        if not act.is_dry_run:
            self._keep(act, command, accepted, fork, rows)
        return accepted

    def _decide_commands(self, act: Act, fork: Facts, at: datetime) -> tuple[list[Event], list[NewEvent]]:
        context = Context(actor_id=act.actor_id, at=at, reason=act.reason, limits=self._limits)
        decided: list[Event] = []
        new_events: list[NewEvent] = []
        refused: list[Refused] = []
        position = self._head.position
        for index, command in enumerate(act.commands):
            try:
                if act.origin not in _TRUSTED:
                    permission.check(command, act.actor_id, fork, act.scopes)
                elif act.actor_id != SYSTEM_ACTOR and not fork.has_person(act.actor_id):
                    raise refuse(RejectionCode.NOT_FOUND, "no such person", "actor")
                events = decide(command, fork, context)
            except Rejected as rejected:
                shown = permission.without_hidden(rejected.rejections, act.actor_id, fork, act.scopes)
                refused.append(Refused(rejections=shown, command_index=index))
                if act.is_table:
                    continue
                raise _CommandsRefusedError(refused) from rejected
            for event in events:
                position += 1
                new_event = _new_event(event, fork)
                apply(fork, event, _occurrence(position, at, new_event, act.actor_id))
                if fork.stream_versions.get(new_event.stream_id) != new_event.stream_version:
                    raise RuntimeError(f"{new_event.type} is stored in another stream than it is folded in")
                decided.append(event)
                new_events.append(new_event)
        if refused:
            raise _CommandsRefusedError(refused)
        return decided, new_events

    def _new_command(self, act: Act, at: datetime, events: list[NewEvent]) -> NewCommand:
        rule_set = None if act.origin is Origin.IMPORT else RULE_SET_VERSION  # whoever wrote that elsewhere had no coach
        metadata = Metadata(origin=act.origin, request_id=act.request_id, reason=act.reason, rule_set=rule_set)
        return NewCommand(
            command_id=act.command_id,
            actor_id=act.actor_id,
            metadata=encode_metadata(metadata),
            recorded_at=at,
            events=tuple(events),
            idempotency_key=act.idempotency_key,
            request_hash=act.request_hash,
            # Counted from now and not from an imported time; an import may be repeated years later.
            expires_at=None if act.origin is Origin.IMPORT else self._locked.now + self._keep_for,
        )

    def _keep(self, act: Act, command: NewCommand, accepted: Accepted, fork: Facts, rows: Any) -> None:
        recorded = [record for _, record in accepted.events]
        self._head = head_after(self._head, recorded)
        fork.position, fork.hash = self._head.position, self._head.hash
        self.facts.absorb(fork)
        self.commands.append(command)
        self.events.extend(recorded)
        if accepted.events:
            self.rows.append(rows)
        self.person_keys.update(act.person_keys)
        self.erased_person_ids += [event.person_id for event, _ in accepted.events if isinstance(event, PersonErased)]
        self._known.add(act, accepted)

    def _time_of(self, act: Act) -> datetime:
        earliest = self._head.recorded_at + ONE_MICROSECOND
        given = act.recorded_at
        if given is None:
            return max(self._locked.now, earliest)
        if given > self._locked.now:
            raise refuse(RejectionCode.IN_FUTURE, "the recorded time lies in the future", "recordedAt")
        if given <= self._head.recorded_at - SAME_INSTANT:
            raise refuse(
                RejectionCode.INVALID,
                f"the recorded time lies before the newest event, {self._head.recorded_at.isoformat()}",
                "recordedAt",
            )
        return max(given, earliest)


class _Replays:
    """Acts that were accepted before: in the log, or earlier in this batch."""

    def __init__(self, stored: Sequence[StoredCommand]) -> None:
        self._by_key: dict[tuple[str, str], _Known] = {}
        self._by_id: dict[UUID, _Known] = {}
        for command in stored:
            known = _Known(actor_id=command.actor_id, request_hash=command.request_hash, answer=command)
            self._add(command.command_id, command.idempotency_key, known)

    def add(self, act: Act, accepted: Accepted) -> None:
        """Note what this batch has accepted."""
        known = _Known(actor_id=act.actor_id, request_hash=act.request_hash, answer=accepted)
        self._add(act.command_id, act.idempotency_key, known)

    def has(self, command_id: UUID) -> bool:
        """Say whether a command was accepted."""
        return command_id in self._by_id

    def find(self, act: Act) -> Accepted | StoredCommand | None:
        """Answer what an act repeats, or None.

        Raises:
            Rejected: the key, or the command id, was used for something else.
        """
        known = self._by_id.get(act.command_id)
        if act.idempotency_key is not None:
            known = self._by_key.get((act.actor_id, act.idempotency_key), known)
        if known is None:
            return None
        # Where one of the two has no hash there is nothing to compare: an expired command, for one.
        hashes = {known.request_hash, act.request_hash} - {None}
        if known.actor_id != act.actor_id or len(hashes) > 1:
            raise refuse(RejectionCode.IDEMPOTENCY_KEY_REUSED, "this key was used for another request", "idempotencyKey")
        return replace(known.answer, generation=None, is_replay=True) if isinstance(known.answer, Accepted) else known.answer

    def _add(self, command_id: UUID, key: str | None, known: "_Known") -> None:
        self._by_id[command_id] = known
        if key is not None:
            self._by_key[known.actor_id, key] = known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """An act that was accepted before, and how it is answered when it comes again."""

    actor_id: str
    request_hash: bytes | None
    answer: Accepted | StoredCommand


def _new_event(event: Event, facts: Facts) -> NewEvent:
    encoded = encode(event)
    return NewEvent(
        stream_id=encoded.stream_id,
        stream_version=facts.stream_versions.get(encoded.stream_id, 0) + 1,
        type=encoded.type,
        schema_version=encoded.schema_version,
        data=encoded.data,
        effective_at=encoded.effective_at,
    )


def _occurrence(position: int, at: datetime, event: NewEvent, actor_id: str) -> Occurrence:
    return Occurrence(position=position, recorded_at=at, effective_at=event.effective_at or at, actor_id=actor_id)


def _is_kept(command: NewCommand) -> bool:
    return command.idempotency_key is not None or command.request_hash is not None
