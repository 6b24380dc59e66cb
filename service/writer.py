"""The one writer of an organization in this process: gathers acts while a transaction commits, then takes them all.

A batch is one round trip, or four: begin, lock the head, write, commit; the acts that wait when it is sent are decided
while the database writes it. Every act gets its outcome or a typed error; none waits for ever, whatever the database or a
single act does.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from opentelemetry.trace import SpanContext

from events.act import Act, Outcome
from events.store import OrganizationNotFoundError, StoredCommand
from service.batch import BatchTransaction, BehindError, Decided, LedgerLimits, OutcomeUnknownError
from service.failure import LedgerInternalError, OverloadedError, UnavailableError, is_passing
from service.tracing import batch_span, current_span

_log = structlog.get_logger()

HALVED_FROM = 16
"""So many acts wait before they are worth two transactions."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """An act in the queue; its future is cancelled when the client goes away. `span` is that of its request."""

    act: Act
    future: "asyncio.Future[Outcome]"
    span: SpanContext

    def settle(self, outcome: Outcome) -> None:
        """Answer the client, if it is still there."""
        if not self.future.done():
            self.future.set_result(outcome)

    def fail(self, error: Exception) -> None:
        """Tell the client what went wrong, if it is still there."""
        if not self.future.done():
            self.future.set_exception(error)


class Writer:
    """One organization's queue, folded states and task. The task lives as long as there is something to do."""

    def __init__(self, organization_id: UUID, transaction: BatchTransaction, limits: LedgerLimits) -> None:
        self._organization_id = organization_id
        self._limits = limits
        self._transaction = transaction
        self._queue: deque[_Waiting] = deque()
        # Taken from the queue while the batch before them is written.
        self._next: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def queued(self) -> int:
        """How many acts wait."""
        return len(self._queue) + len(self._next)

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is queued or under way."""
        return self._task is None or self._task.done()

    def submit(self, act: Act) -> "asyncio.Future[Outcome]":
        """Queue an act; cancelling the future takes it back as long as it has not begun.

        Raises:
            OverloadedError: the queue is full.
        """
        if len(self._queue) >= self._limits.queue_acts:
            self._queue = deque(each for each in self._queue if not each.future.done())
            if len(self._queue) >= self._limits.queue_acts:
                raise OverloadedError(self._limits.retry_after_seconds)
        waiting = _Waiting(act=act, future=asyncio.get_running_loop().create_future(), span=current_span())
        self._queue.append(waiting)
        if self.is_idle:
            # A task of its own: no client's cancellation reaches a batch under way.
            self._task = asyncio.create_task(self._work(), name=f"writer {self._organization_id}")
        return waiting.future

    async def drain(self) -> None:
        """Wait until everything queued has its outcome."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """Give up what is queued and under way; clients are told that the outcome is unknown."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        batch: list[_Waiting] = []
        try:
            while self._queue or self._next:
                batch, self._next = self._next or self._first_batch(), []
                try:
                    # Empty when everybody who waited has gone.
                    if batch:
                        with batch_span([each.span for each in batch], sum(len(each.act.commands) for each in batch)):
                            await self._process(batch)
                except Exception:  # noqa: BLE001 - whatever it was, no client may wait for ever
                    _log.exception("the writer failed", organization_id=str(self._organization_id))
                    self._transaction.forget()
                    _fail_all(batch, LedgerInternalError())
        finally:
            # Nobody is left to be told unless the task was cancelled.
            lost = UnavailableError(self._limits.retry_after_seconds, is_outcome_unknown=True)
            _fail_all((*batch, *self._next, *self._queue), lost)
            self._next = []
            self._queue.clear()

    def _first_batch(self) -> list[_Waiting]:
        """Take a batch when none is under way: of many acts half, so that the others are decided while these are written."""
        waiting = len(self._queue)
        return self._batch_of(waiting if waiting < HALVED_FROM else (waiting + 1) // 2)

    def _following(self) -> list[Act]:
        """Take the batch that comes after the one that is being written."""
        self._next = self._next or self._batch_of(len(self._queue))
        return [each.act for each in self._next]

    def _batch_of(self, acts: int) -> list[_Waiting]:
        most = min(acts, self._limits.batch_acts)
        batch: list[_Waiting] = []
        commands = 0
        while self._queue and len(batch) < most:
            commands += len(self._queue[0].act.commands)
            if batch and commands > self._limits.batch_commands:
                break
            waiting = self._queue.popleft()
            if not waiting.future.done():
                batch.append(waiting)
        return batch

    async def _process(self, batch: Sequence[_Waiting]) -> None:
        """Bring a batch to its end, trying again what passes and setting apart what the database refuses."""
        deadline = time.monotonic() + self._limits.retry_seconds
        delay = 0.01
        unknown: OutcomeUnknownError | None = None
        is_behind = False
        while True:
            try:
                if is_behind:
                    await self._transaction.catch_up()
                    is_behind = False
                if unknown is None or not await self._transaction.was_committed(unknown):
                    unknown = None
                    outcomes = await self._transaction.run([waiting.act for waiting in batch], self._following)
                else:
                    outcomes = unknown.outcomes
            except OutcomeUnknownError as error:
                unknown = error
            except BehindError:
                is_behind = True
            except OrganizationNotFoundError as error:
                _fail_all(batch, error)
                return
            except Exception as error:  # noqa: BLE001 - told apart in the next line
                if not is_passing(error):
                    await self._set_apart(batch, error)
                    return
                if time.monotonic() > deadline:
                    _log.warning("the database does not answer", error=repr(error))
                    retry_after = self._limits.retry_after_seconds
                    _fail_all(batch, UnavailableError(retry_after, is_outcome_unknown=unknown is not None))
                    return
                _log.info("a batch is tried again", error=repr(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, 1.0)
            else:
                await self._settle(batch, outcomes)
                return

    async def _set_apart(self, batch: Sequence[_Waiting], error: Exception) -> None:
        """Run the acts of a refused batch one by one: only the culprit fails."""
        if len(batch) > 1:
            for waiting in batch:
                await self._process([waiting])
            return
        _log.error("the database refused an act", command_id=str(batch[0].act.command_id), exc_info=error)
        _fail_all(batch, LedgerInternalError())

    async def _settle(self, batch: Sequence[_Waiting], outcomes: Sequence[Decided]) -> None:
        replays: list[tuple[_Waiting, StoredCommand]] = []
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                waiting.fail(outcome)
            elif isinstance(outcome, StoredCommand):
                replays.append((waiting, outcome))
            else:
                waiting.settle(outcome)
        for waiting, stored in replays:
            try:
                waiting.settle(await self._transaction.replayed(stored))
            except Exception:  # noqa: BLE001 - the other acts must get their answers
                # It is in the log for certain; only its events cannot be read now.
                _log.exception("a replay cannot be read", command_id=str(stored.command_id))
                waiting.fail(UnavailableError(self._limits.retry_after_seconds))


def _fail_all(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        waiting.fail(error)
