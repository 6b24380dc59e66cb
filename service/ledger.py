"""The door to the log: every act of every organization goes through `Ledger.dispatch`."""

import asyncio
from collections import OrderedDict
from dataclasses import replace
from uuid import UUID

from events.act import Act, Outcome, Refused
from events.limits import check_content
from events.rejection import Rejected, RejectionCode, refuse, refuse_limit
from events.store import create_organization
from service.batch import BatchTransaction, LedgerLimits, Observe, unobserved
from service.database import Database
from service.decision import Projections
from service.failure import UnavailableError
from service.group_commit import GroupCommit
from service.writer import Writer

KEY_LENGTH = 255


class Ledger:
    """The write path of one process: a writer for each organization that is written to."""

    def __init__(
        self,
        database: Database,
        projections: Projections,
        limits: LedgerLimits | None = None,
        observe: Observe = unobserved,
    ) -> None:
        self._database = database
        self._group_commit = GroupCommit(database)
        self._projections = projections
        self._limits = limits or LedgerLimits()
        self._observe = observe
        self._writers: OrderedDict[UUID, Writer] = OrderedDict()
        self._is_draining = False

    @property
    def queued(self) -> int:
        """How many acts wait, of all organizations."""
        return sum(writer.queued for writer in self._writers.values())

    @property
    def writers(self) -> int:
        """Of how many organizations the folded states are in memory."""
        return len(self._writers)

    async def begin_organization(self, organization_id: UUID, generation: int = 1) -> bool:
        """Make an empty log whose rows go to a generation of projections; False when it exists already."""
        async with self._database.connection(organization_id) as connection:
            return await create_organization(connection, organization_id, generation)

    async def dispatch(self, act: Act) -> Outcome:
        """Decide an act, keep it, and answer what became of it.

        Cancelling takes the act back while it waits in the queue; once begun it runs to its end.

        Raises:
            OverloadedError: too many acts wait for this organization.
            UnavailableError: the database does not answer, or the program is being stopped.
            OrganizationNotFoundError: there is no such organization.
            LedgerInternalError: the program is at fault; the log says how.
        """
        if self._is_draining:
            raise UnavailableError(self._limits.retry_after_seconds)
        refused = self._refused(act)
        if refused is not None:
            return refused
        return await self._writer(act.organization_id).submit(act)

    async def drain(self) -> None:
        """Accept nothing more and wait until everything queued has its outcome."""
        self._is_draining = True
        await asyncio.gather(*(writer.drain() for writer in self._writers.values()))

    async def stop(self) -> None:
        """Give up what is still under way, after a drain that took too long."""
        self._is_draining = True
        await asyncio.gather(*(writer.stop() for writer in self._writers.values()))
        await self._group_commit.stop()

    def _refused(self, act: Act) -> Refused | None:
        """Refuse sizes and texts before the queue, where a mistake can cost nobody else."""
        try:
            self._check(act)
        except Rejected as rejected:
            return Refused(rejections=rejected.rejections)
        refused: list[Refused] = []
        for index, command in enumerate(act.commands):
            try:
                check_content(command, self._limits.domain)
            except Rejected as rejected:
                refused.append(Refused(rejections=rejected.rejections, command_index=index))
                if not act.is_table:
                    break
        return replace(refused[0], others=tuple(refused[1:])) if refused else None

    def _check(self, act: Act) -> None:
        domain = self._limits.domain
        if not act.commands:
            raise refuse(RejectionCode.REQUIRED, "an act needs a command")
        if len(act.commands) > domain.commands_per_act and not act.is_table:
            raise refuse_limit("commands of an act", domain.commands_per_act, len(act.commands))
        for part, *path in ((act.reason, "reason"), (act.request_id,), (act.idempotency_key, "idempotencyKey")):
            if part is None:
                continue
            try:
                check_content(part, domain)
            except Rejected as rejected:
                raise Rejected(*(replace(each, path=(*path, *each.path)) for each in rejected.rejections)) from rejected
        if act.idempotency_key is not None and not 0 < len(act.idempotency_key) <= KEY_LENGTH:
            raise refuse(RejectionCode.INVALID, f"an idempotency key has 1 to {KEY_LENGTH} characters", "idempotencyKey")

    def _writer(self, organization_id: UUID) -> Writer:
        writer = self._writers.get(organization_id)
        if writer is None:
            self._forget_idle_writers()
            transaction = BatchTransaction(
                organization_id,
                self._database,
                group_commit=self._group_commit,
                projections=self._projections,
                limits=self._limits,
                observe=self._observe,
            )
            writer = self._writers[organization_id] = Writer(organization_id, transaction, self._limits)
        self._writers.move_to_end(organization_id)
        return writer

    def _forget_idle_writers(self) -> None:
        """Make room for one more: the least recently used go first, those at work never."""
        surplus = len(self._writers) + 1 - self._limits.writers
        if surplus > 0:
            idle = [key for key, writer in self._writers.items() if writer.is_idle]
            for organization_id in idle[:surplus]:
                del self._writers[organization_id]
