"""One batch of acts in one transaction: begin, lock the head, decide and write, commit.

Where nobody else writes to the organization, the head is as the batch before left it. Then a batch is decided on that and
written in one round trip, which writes nothing if it was not so; then it is done again the other way.

While the database writes a batch, the next one is decided as if it were written already, so that both work at once. It is
written only if that came true, and its acts have their answers only then; otherwise it is decided again.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from events.act import Accepted, Act, Outcome
from events.chain import head_after
from events.command import Command
from events.connection import Connection
from events.facts import Facts
from events.limits import Limits
from events.store import KnownBatch, Locked, StoredCommand, lock_head, read_range, write_batch
from service.database import Database
from service.decision import BatchDecision, Projections
from service.failure import LedgerInternalError
from service.folded_log import FoldedLog, decoded
from service.group_commit import AnswerLostError, GroupCommit, send

_log = structlog.get_logger()

SHARED_EVENTS = 16
"""An act of more events is written by itself, so that nobody else waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLimits:
    """Bounds of the write path; times in seconds.

    `writers` is the number of organizations whose folded states stay in memory; `retry_seconds` how long
    a batch is tried again while the database does not answer.
    """

    batch_acts: int = 64
    batch_commands: int = 500
    queue_acts: int = 1_000
    writers: int = 1_000
    retry_seconds: float = 30.0
    retry_after_seconds: float = 1.0
    keep_commands_seconds: float = 7 * 24 * 3600.0
    domain: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchObserved:
    """What one batch was: its acts and how they ended, its events, and times in seconds.

    `commands` are the accepted ones by type. `lock_seconds` is the wait for the head, `held_seconds` how long it was held; of a
    batch in one round trip the first is 0 and the second all of it.
    """

    accepted: int
    refused: int
    events: int
    commands: Mapping[str, int]
    lock_seconds: float
    held_seconds: float


Observe = Callable[[BatchObserved], None]


def unobserved(_: BatchObserved) -> None:
    """Take no notice."""


Decided = Outcome | StoredCommand | Exception


class BehindError(Exception):
    """The folded states are too far from the head to catch up under its lock."""


class OutcomeUnknownError(Exception):
    """The answer to COMMIT was lost.

    If it went through, `outcomes` are those of the acts, and the log has the commands in `traces`, each
    recorded at its time.
    """

    def __init__(self, outcomes: list[Decided], traces: Mapping[UUID, datetime]) -> None:
        super().__init__("the answer to COMMIT was lost")
        self.outcomes = outcomes
        self.traces = traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The log as this process left it, and still is unless others write to it: `known.now` was answered before `told_at`.

    `told_at` is of the clock of this process that never goes back.
    """

    known: Locked
    told_at: float

    def clock(self) -> datetime:
        """Answer the present instant: by the database's clock, or by this process's where that is later.

        The first lags by the time that the last answer took, and clients name moments by the second: what is written after
        such a moment must not lie before it. A time that the database finds too late is refused by it.
        """
        told = self.known.now + timedelta(seconds=time.perf_counter() - self.told_at)
        return max(told, datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedBatch:
    """What became of a batch's acts on the log as it was known, not written yet."""

    acts: Sequence[Act]
    known: Locked
    decision: BatchDecision
    outcomes: list[Decided]

    def known_after(self, now: datetime) -> Locked:
        """Answer the log as it is known at an instant once this is written: with its last command, which others may follow."""
        head = head_after(self.known.head, self.decision.events)
        last = self.decision.last_command
        return replace(self.known, head=head, now=now, tail=(), replays=() if last is None else (last,))

    @property
    def looked_up_ids(self) -> list[UUID]:
        """The commands that must not be in the log yet, and those that are followed without being known to be in it.

        So nothing is refused for following what others have written behind: where that is found in the log, it is asked first.
        """
        known_ids = {each.command_id for each in self.known.replays}
        return [each for each in _command_ids(self.acts) if each not in known_ids]

    def holds(self, acts: Sequence[Act], known: Locked) -> bool:
        """Say whether these are the acts, and the log is as it was thought to be."""
        mine = self.known
        return self.acts == acts and (mine.head, mine.generation, mine.redacted) == (
            known.head,
            known.generation,
            known.redacted,
        )


Following = Callable[[], Sequence[Act]]
"""Takes the acts of the next batch; none when nothing waits."""


def nothing_follows() -> Sequence[Act]:
    """Take nothing."""
    return ()


class BatchTransaction:
    """Runs the batches of one organization, whose folded states it moves on after each commit."""

    def __init__(
        self,
        organization_id: UUID,
        database: Database,
        *,
        group_commit: GroupCommit,
        projections: Projections,
        limits: LedgerLimits,
        observe: Observe,
    ) -> None:
        self._organization_id = organization_id
        self._observe = observe
        self._database = database
        self._group_commit = group_commit
        self._projections = projections
        self._limits = limits
        self._folded = FoldedLog(organization_id)
        self._left: Left | None = None
        self._ahead: DecidedBatch | None = None

    def forget(self) -> None:
        """Fold the log anew before the next batch."""
        self._folded.forget()
        self._left = self._ahead = None

    async def catch_up(self) -> None:
        """Fold what a `BehindError` found to be too much."""
        await self._folded.catch_up(self._database)

    async def run(self, acts: Sequence[Act], following: Following = nothing_follows) -> list[Decided]:
        """Decide and write a batch in one transaction, and answer what became of each act.

        `following` is asked for the next batch while this one is written; its acts must come next, in a call of their own.

        Raises:
            BehindError: too much has to be folded first.
            OutcomeUnknownError: the connection was lost in COMMIT.
            OrganizationNotFoundError: there is no such organization.
        """
        left, self._left = self._left, None
        ahead, self._ahead = self._ahead, None
        if left is not None and (now := _clock_for(acts, left)) is not None:
            if ahead is None or not ahead.holds(acts, left.known):
                ahead = self._decided(replace(left.known, now=now), acts, self._folded.facts)
            # What is refused must be refused as things are, and not as they were.
            if ahead.decision.events and await self._write_at_once(ahead, left, following):
                return ahead.outcomes
        async with self._database.connection(self._organization_id) as connection:
            return await self._run_locked(connection, acts)

    async def _write_at_once(self, decided: DecidedBatch, left: Left, following: Following) -> bool:
        """Write what was decided if nothing else has happened; False when that has to be found out first.

        Raises:
            OutcomeUnknownError: the connection was lost before the answer.
        """
        begun = time.perf_counter()
        try:
            written_at = await self._written(decided, left, following)
        except asyncpg.InvalidSchemaNameError:
            # The organization was switched to another generation of read models, and its own was dropped.
            return False
        except AnswerLostError as error:
            raise OutcomeUnknownError(decided.outcomes, decided.decision.traces) from error
        if written_at is None:
            return False
        self._take_over(decided)
        if self._ahead is not None:
            self._ahead.decision.facts.rest_on(self._folded.facts)
        self._left = Left(known=decided.known_after(written_at), told_at=time.perf_counter())
        self._tell(decided, begun, begun)
        return True

    async def _written(self, decided: DecidedBatch, left: Left, following: Following) -> datetime | None:
        """Answer the database's clock, None when nothing was written."""
        decision = decided.decision
        batch = KnownBatch(
            known=decided.known,
            events=decision.events,
            commands=decision.commands,
            newest_at=decision.commands[-1].recorded_at if _is_of_now(decided.acts) else left.known.now,
            keys=_keys(decided.acts),
            command_ids=decided.looked_up_ids,
            person_keys=decision.person_keys,
            erased_person_ids=decision.erased_person_ids,
            rows=self._projections.merge(decision.rows),
        )
        if len(decided.acts) == 1 and len(decision.events) <= SHARED_EVENTS:
            # A client alone has nothing more to say before it has its answer.
            return await self._group_commit.write(batch)
        async with self._database.unset_connection(self._organization_id) as connection:
            (written_at,) = await self._send_and_decide(connection, batch, decided, left, following)
            return written_at

    async def _send_and_decide(
        self, connection: Connection, batch: KnownBatch, decided: DecidedBatch, left: Left, following: Following
    ) -> list[datetime | None]:
        """Write, and meanwhile decide what follows."""
        writing = asyncio.create_task(send(connection, [batch]))
        try:
            # Begun after the first, sent after the second at the latest: the loop sends when nothing else is ready.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if not writing.done() and len(decided.acts) > 1 and (acts := following()):
                now = _clock_for(acts, left)
                if now is not None:
                    self._ahead = self._decided(decided.known_after(now), acts, decided.decision.facts)
            return await writing
        finally:
            if not writing.done():
                writing.cancel()
                await asyncio.wait([writing])

    async def _run_locked(self, connection: Connection, acts: Sequence[Act]) -> list[Decided]:
        """Take the head, catch up with it, decide and write."""
        transaction = connection.transaction()
        begun = time.perf_counter()
        await transaction.start()
        try:
            locked = await lock_head(
                connection, self._organization_id, self._folded.position, keys=_keys(acts), command_ids=_command_ids(acts)
            )
            locked_at = time.perf_counter()
            self._reach(locked)
            decided = self._decided(locked, acts, self._folded.facts)
            decision = decided.decision
            if decision.has_something_to_write:
                await write_batch(
                    connection,
                    locked.head,
                    decision.events,
                    decision.commands,
                    person_keys=decision.person_keys,
                    erased_person_ids=decision.erased_person_ids,
                    rows=self._projections.merge(decision.rows) if decision.rows else None,
                    generation=locked.generation,
                )
        except Exception:
            with contextlib.suppress(Exception):
                await transaction.rollback()
            raise
        if decision.has_something_to_write:
            try:
                await transaction.commit()
            except Exception as error:
                raise OutcomeUnknownError(decided.outcomes, decision.traces) from error
            self._take_over(decided)
            self._tell(decided, begun, locked_at)
        else:
            await transaction.rollback()
        if not locked.tail and not any(isinstance(each, StoredCommand) for each in decided.outcomes):
            # Nobody else has written since, and perhaps nobody does before the next batch. What comes after a repetition is
            # often another one, which has to be looked up.
            self._left = Left(known=decided.known_after(locked.now), told_at=locked_at)
        return decided.outcomes

    def _reach(self, locked: Locked) -> None:
        if not self._folded.reach(locked.head, locked.redacted, locked.tail):
            raise BehindError

    def _decided(self, known: Locked, acts: Sequence[Act], facts: Facts) -> DecidedBatch:
        keep_for = timedelta(seconds=self._limits.keep_commands_seconds)
        decision = BatchDecision(facts, known, self._projections, self._limits.domain, keep_for)
        outcomes = [self._decide(decision, act) for act in acts]
        return DecidedBatch(acts=acts, known=known, decision=decision, outcomes=outcomes)

    def _decide(self, decision: BatchDecision, act: Act) -> Decided:
        try:
            return decision.decide(act)
        except Exception:  # noqa: BLE001 - the others must get their answers
            # A fault of the program in deciding one act: its fork is gone, the others are not touched.
            _log.exception("an act cannot be decided", command_id=str(act.command_id))
            return LedgerInternalError()

    def _take_over(self, decided: DecidedBatch) -> None:
        """Go on from what is written now."""
        decision = decided.decision
        self._folded.facts.absorb(decision.facts)
        if decision.rows:
            known = decided.known
            self._projections.note(self._organization_id, known.generation, known.head.position, decision.rows)

    def _tell(self, decided: DecidedBatch, begun: float, locked_at: float) -> None:
        accepted = sum(isinstance(each, Accepted | StoredCommand) for each in decided.outcomes)
        self._observe(
            BatchObserved(
                accepted=accepted,
                refused=len(decided.outcomes) - accepted,
                events=len(decided.decision.events),
                commands=Counter(type(each).__name__ for each in _accepted_commands(decided.acts, decided.outcomes)),
                lock_seconds=locked_at - begun,
                held_seconds=time.perf_counter() - locked_at,
            )
        )

    async def was_committed(self, unknown: OutcomeUnknownError) -> bool:
        """Look a batch up under the head lock: whoever may still be committing it holds that lock.

        An id alone proves nothing, since a client may have sent its act to another process meanwhile.
        """
        async with self._database.connection(self._organization_id) as connection:
            transaction = connection.transaction()
            await transaction.start()
            locked = await lock_head(connection, self._organization_id, self._folded.position, command_ids=list(unknown.traces))
            await transaction.rollback()
        return {each.command_id: each.recorded_at for each in locked.replays} == unknown.traces

    async def replayed(self, stored: StoredCommand) -> Accepted:
        """Answer an act that was kept before as it was answered then."""
        async with self._database.connection(self._organization_id) as connection:
            records = await read_range(connection, self._organization_id, stored.first_position, stored.last_position)
        pairs = [(decoded(record), record) for record in records]
        return Accepted(
            events=tuple((event, record) for event, record in pairs if event is not None),
            first_position=stored.first_position if records else None,
            last_position=stored.last_position if records else None,
            head_position=self._folded.position,
            is_replay=True,
        )


def _is_of_now(acts: Sequence[Act]) -> bool:
    """Say whether no act gives its time of recording."""
    return all(act.recorded_at is None for act in acts)


def _clock_for(acts: Sequence[Act], left: Left) -> datetime | None:
    """Answer the clock by which acts can be decided before the head is held, None where it has to be asked for.

    Times that acts give must not lie in the future, so those count that are past by what the database has told.
    """
    given = [act.recorded_at for act in acts if act.recorded_at is not None]
    if not given:
        return left.clock()
    return left.known.now if len(given) == len(acts) and max(given) <= left.known.now else None


def _keys(acts: Sequence[Act]) -> list[tuple[str, str]]:
    return [(each.actor_id, each.idempotency_key) for each in acts if each.idempotency_key is not None and not each.is_dry_run]


def _command_ids(acts: Sequence[Act]) -> list[UUID]:
    real = [act for act in acts if not act.is_dry_run]
    return [command_id for each in real for command_id in (each.command_id, each.follows) if command_id is not None]


def _accepted_commands(acts: Sequence[Act], outcomes: Sequence[Decided]) -> Iterator[Command]:
    for act, outcome in zip(acts, outcomes, strict=True):
        if isinstance(outcome, Accepted) and not act.is_dry_run:
            yield from act.commands
