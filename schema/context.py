"""What one request knows: who asks, through which pinned head, and the doors that the service hands in."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from strawberry.types import Info as StrawberryInfo

from events.act import Accepted, Act, Outcome
from events.envelope import Origin
from events.identifier import Noun, noun_of
from events.person import Role
from events.rejection import RejectionCode
from events.right import Right
from events.verify_export import VerificationReport
from projections import moments, news, organizations, written_rows
from projections.lens import Lens
from projections.moments import Head, MomentInFutureError, MomentUnknownError
from projections.reader import Reader
from projections.row_versions import CommandRows
from projections.rows import OrganizationRow
from projections.way import Way
from projections.written_rows import WrittenEvent
from schema.access_door import AccessRecords
from schema.calendar_door import CalendarLinks
from schema.export_door import Exports
from schema.moment import MomentInput, require_same_moment
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.rights import ViewerRights
from schema.table_door import Tables
from schema.token_door import Tokens
from schema.view import ReadLimits, View

Value = TypeVar("Value")

Dispatch = Callable[[Act], Awaitable[Outcome]]
"""The one door to the log; see `Ledger.dispatch`."""


SignCheckpoint = Callable[[VerificationReport], str]
"""Signs what a verification has come to and answers the signed note."""


class Seal(Protocol):
    """Seals a name and an address."""

    def __call__(self, *, name: str, email: str, key: bytes | None) -> tuple[str, bytes]:
        """Answer the sealed text and the key, a fresh one when none is given."""
        ...


Invite = Callable[[str], Awaitable[tuple[str, datetime]]]
"""Makes an invitation for a person, which ends the one before; answers its secret and until when it holds."""

EnterableOrganizations = Callable[[], Awaitable[Sequence[tuple[str, str]]]]
"""Answers identifier and name of the organizations that the viewer may enter."""

Info = StrawberryInfo["Context", None]
"""What resolvers get."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What is kept outside the log, or signed: the doors of one request. `sign_checkpoint` is None where no key is set."""

    exports: Exports
    invite: Invite
    tokens: Tokens
    calendar_links: CalendarLinks
    access_records: AccessRecords
    organizations: EnterableOrganizations
    tables: Tables
    sign_checkpoint: SignCheckpoint | None = None


@dataclass(slots=True, kw_only=True)
class Context:
    """One request. `now` is its clock; `extensions` is added to the response's `extensions`, `refused` to its line in the log.

    `read_at` is the instant at which the present is read: the clock's last tick, so that answers stay the same until the next.
    `reads_the_log_alone` says whether all that was answered follows from the log as far as the head, who asks, and `read_at`.
    `reader.grants` and `role` are those at the head: time travel never widens rights. `idempotency_key` is
    the header of that name, `positions` are those of instants, as far as they are known already.
    """

    reader: Reader
    head: Head
    now: datetime
    read_at: datetime
    limits: ReadLimits
    role: Role
    dispatch: Dispatch
    seal: Seal
    doors: Outside
    origin: Origin
    request_id: str
    idempotency_key: str | None = None
    positions: Mapping[datetime, int] = field(default_factory=dict[datetime, int])
    reads_the_log_alone: bool = True
    extensions: dict[str, object] = field(default_factory=dict[str, object])
    refused: set[RejectionCode] = field(default_factory=set[RejectionCode])
    _expected: dict[Way, set[str]] = field(default_factory=dict[Way, set[str]], init=False)
    _written: dict[int, WrittenEvent] = field(default_factory=dict[int, WrittenEvent], init=False)
    _views: dict[Lens, View] = field(default_factory=dict[Lens, View], init=False)
    _opened: list[View] = field(default_factory=list[View], init=False)
    _made: dict[Hashable, asyncio.Task[Any]] = field(default_factory=dict[Hashable, "asyncio.Task[Any]"], init=False)

    @property
    def viewer_person_id(self) -> str:
        """The person who asks, or the program."""
        return self.reader.grants.person_id

    @property
    def own_person_id(self) -> str | None:
        """The person who asks; None for a program, which owns nothing."""
        return None if noun_of(self.viewer_person_id) is Noun.PROGRAM else self.viewer_person_id

    @property
    def outside(self) -> Outside:
        """The only way to what is kept outside the log; the answer then stands for this moment alone."""
        self.leave_the_log()
        return self.doors

    def leave_the_log(self) -> None:
        """Note that the answer is made of something that changes without the log."""
        self.reads_the_log_alone = False

    def may(self, right: Right) -> bool:
        """Say whether the viewer has a right that needs no relation, with this token."""
        return ViewerRights(role=self.role, grants=self.reader.grants).has(right)

    async def time_zone(self) -> str:
        """Answer the organization's time zone as it is now."""
        return (await self.present()).settings.time_zone

    async def present(self) -> View:
        """Answer the view of now: the pinned head."""
        return await self.view(moments.lens_now(self.head, self.read_at))

    async def view(self, lens: Lens) -> View:
        """Answer what is seen through a lens; one view per lens and request, so that its loaders batch."""
        view = self._views.get(lens)
        if view is None:
            settings = organizations.kept_settings(self.reader, lens)
            if settings is None:
                settings = await self._once(lens, lambda: organizations.settings(self.reader, lens))
            if settings is None:
                raise GraphQLRefusal(RefusalCode.MOMENT_UNKNOWN, "the organization did not exist at that moment")
            # While the settings were read another field may have made it.
            view = self._views.get(lens) or self._made_view(lens, settings)
        return view

    def _made_view(self, lens: Lens, settings: OrganizationRow) -> View:
        view = self._views[lens] = View(
            lens=lens,
            settings=settings,
            reader=self.reader,
            role=self.role,
            limits=self.limits,
            leave_the_log=self.leave_the_log,
        )
        self._opened.append(view)
        if lens.position == self.head.position:
            view.expect(self._expected, self._written)
        return view

    async def _once(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Answer what is made for a key, once for all fields of the request that ask at the same time."""
        known = self._made.get(key)
        # Whoever waits may be cancelled, and what it waits for with it: a field that was refused ends the plan of a query.
        if known is None or known.cancelled() or known.cancelling():
            known = self._made[key] = asyncio.create_task(make())
        made: Value = await known
        return made

    async def at(self, as_of: MomentInput | None, instants: set[datetime]) -> View:
        """Answer the view of a root field from its `asOf` and the instants of the identifiers in its arguments.

        Raises:
            GraphQLRefusal: MOMENT_CONFLICT when they differ, MOMENT_IN_FUTURE, MOMENT_UNKNOWN.
        """
        try:
            lens = await self.lens(as_of, instants)
        except MomentInFutureError as error:
            raise GraphQLRefusal(RefusalCode.MOMENT_IN_FUTURE, "the moment lies after the present") from error
        except MomentUnknownError as error:
            raise GraphQLRefusal(RefusalCode.MOMENT_UNKNOWN, "the moment lies before the organization's first event") from error
        require_same_moment(lens, instants)
        return await self.view(lens)

    async def lens(self, as_of: MomentInput | None, instants: Collection[datetime] = ()) -> Lens:
        """Answer the lens of a moment, or of the earliest instant without one; of now without either.

        Raises:
            MomentInFutureError, MomentUnknownError: there is no such moment.
        """
        if not as_of:
            if instants:
                return await self._lens_at_time(min(instants))
            return moments.lens_now(self.head, self.read_at)
        if as_of.time:
            return await self._lens_at_time(as_of.time)
        if as_of.date:
            return await moments.lens_at_date(self.reader, self.head, as_of.date, await self.time_zone(), self.read_at)
        return await moments.lens_at_position(self.reader, self.head, as_of.position or 0)

    async def _lens_at_time(self, instant: datetime) -> Lens:
        make = partial(moments.lens_at_time, self.reader, self.head, instant, self.now, self.positions)
        return await (make() if instant in self.positions else self._once(instant, make))

    async def renew(self, written: Accepted | None = None) -> None:
        """Pin the head anew: as an act that was just written left it, or as it is now. Forgets what was loaded."""
        self._made.clear()
        self._views.clear()
        self.positions = {}
        self._expected, self._written = {}, {}
        if written is None or not written.events or written.generation is None:
            async with self.reader.acquire() as connection:
                head = await moments.head(connection, self.reader.organization_id)
            if head is not None:
                self._pin(head)
                await news.catch_up(self.reader)
            return
        _, last = written.events[-1]
        self._pin(Head(position=last.position, hash=last.hash, recorded_at=last.recorded_at, generation=written.generation))
        organizations.still_hold(self.reader, written.settings_version)
        if isinstance(written.rows, CommandRows):
            written_rows.keep(self.reader, written.rows)
            self._expected = written_rows.expected(self.reader, written.rows, last.actor_id)
            self._written = written_rows.events(written.rows, [each for _, each in written.events])

    def close(self) -> None:
        """Let go of all that was seen; the answer must be complete."""
        self._made.clear()
        self._views.clear()
        for view in self._opened:
            view.close()
        self._opened.clear()

    def _pin(self, head: Head) -> None:
        self.head = head
        self.reader = replace(self.reader, head_position=head.position, generation=head.generation)
