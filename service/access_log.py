"""The access log of one process: what requests came to, counted in memory and kept every few seconds.

It cannot be flooded: requests of an hour that are alike are one record, and beyond a number of records an hour and
organization addresses are no longer told apart. A process that is killed loses what it has not kept yet; tokens,
invitations and identities are noted in the transaction that makes or ends them.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog

from events.identifier import uuid_of
from schema.access_door import AccessKind
from service import access_records
from service.access_records import Access, Counted
from service.database import Database
from service.request_log import AnsweredRequest

_log = structlog.get_logger()

_TOLD = ("UNAUTHENTICATED", "RATE_LIMITED", "FORBIDDEN", "INVITATION_INVALID")
"""The refusals that somebody who guards the door wants to know of."""

_FORGET_SECONDS = 3600.0
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLimits:
    """How often what was noted is kept, in seconds; for how many days; how many records an hour tell addresses apart."""

    pause_seconds: float = 5.0
    days: int = 365
    records_per_hour: int = 1_000


class AccessLog:
    """Notes requests as they end. `running` keeps what was noted, from time to time and at the end."""

    def __init__(self, database: Database, limits: AccessLimits | None = None) -> None:
        self._database = database
        self._limits = limits or AccessLimits()
        self._noted: dict[tuple[datetime, Access], Counted] = {}
        self._hour: datetime | None = None
        self._known: set[Access] = set()
        self._known_of: Counter[UUID | None] = Counter()

    def observe(self, answered: AnsweredRequest) -> None:
        """Note a request that ended: that it was let in, and what it was refused."""
        noted, now = answered.noted, datetime.now(UTC)
        codes = {*noted.get("errors", ()), *noted.get("refused", ())}
        if "actor" in noted and "UNAUTHENTICATED" not in codes:
            self._note(_access(AccessKind.ENTERED, noted, answered.address), now)
        for code in _TOLD:
            if code in codes:
                access = _access(AccessKind.REFUSED, noted, answered.address)
                self._note(replace(access, code=code, detail=noted.get("because")), now)

    def _note(self, access: Access, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        counted = Counted(first_at=now, last_at=now)
        self._add((hour, self._bounded(access, hour)), counted)

    def _bounded(self, access: Access, hour: datetime) -> Access:
        """Take the address out once an organization's records of the hour are as many as may be."""
        if hour != self._hour:
            self._hour = hour
            self._known.clear()
            self._known_of.clear()
        if access in self._known:
            return access
        if self._known_of[access.organization_id] >= self._limits.records_per_hour:
            return replace(access, address=None)
        self._known.add(access)
        self._known_of[access.organization_id] += 1
        return access

    def _add(self, key: tuple[datetime, Access], counted: Counted) -> None:
        known = self._noted.get(key)
        if known is None:
            self._noted[key] = counted
        else:
            known.add(counted)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep what is noted and forget what is old, as long as the process runs."""
        keeper = asyncio.create_task(self._keep_for_ever(), name="keeper of the access log")
        try:
            yield
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
            await self.keep()

    async def _keep_for_ever(self) -> None:
        forget_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._limits.pause_seconds)
            await self.keep()
            if loop.time() >= forget_at:
                forget_at = loop.time() + _FORGET_SECONDS
                await self._forget()

    async def keep(self) -> None:
        """Write what was noted; while the database does not answer, it waits for the next time."""
        noted, self._noted = self._noted, {}
        waiting = sorted(noted.items(), key=lambda each: each[1].first_at)
        while waiting:
            part = waiting[:_AT_ONCE]
            try:
                async with self._database.connection(None) as connection:
                    await access_records.note_all(connection, [(access, counted) for (_, access), counted in part])
            except Exception as error:  # noqa: BLE001 - no request waits for this, and the next time may do
                _log.warning("the access log cannot be kept now", error=repr(error))
                for key, counted in waiting:
                    self._add(key, counted)
                return
            waiting = waiting[_AT_ONCE:]

    async def _forget(self) -> None:
        try:
            async with self._database.connection(None) as connection:
                while await access_records.forget(connection, self._limits.days):
                    pass
        except Exception as error:  # noqa: BLE001 - as above
            _log.warning("old records of the access log cannot be deleted now", error=repr(error))


def _access(kind: AccessKind, noted: Mapping[str, Any], address: str | None) -> Access:
    organization, token = noted.get("organization"), noted.get("token")
    return Access(
        kind=kind,
        organization_id=None if organization is None else uuid_of(organization),
        actor_id=noted.get("actor"),
        token_id=None if token is None else uuid_of(token),
        address=address,
    )
