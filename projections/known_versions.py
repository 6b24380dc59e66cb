"""Which version of a thing is valid at which positions, as far as a process knows: the database need not be asked again.

What was valid at a position of the past stays so for ever. That a version is valid still is known up to the newest position of
which this process has heard: it is told of its own writes in their order, and of what it reads where it stands. Where others
wrote in between, it takes nothing for valid beyond the last position that it has heard of.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from projections.lens import CURRENT


class Known(NamedTuple):
    """A version of a thing: its row, and the first and the last position at which it is valid.

    `last` is CURRENT for one that was still valid when it was read.
    """

    thing_id: str
    first: int
    last: int
    row: Any


class Ended(NamedTuple):
    """The end of the version of a thing that was valid before a position."""

    thing_id: str
    position: int


@dataclass(slots=True)
class _Thing:
    """The known versions of a thing in rising order; of `lasts` only the last one can be CURRENT."""

    firsts: list[int] = field(default_factory=list[int])
    lasts: list[int] = field(default_factory=list[int])
    rows: list[Any] = field(default_factory=list[Any])


@dataclass(slots=True)
class _Organization:
    """What is known of an organization in one generation of its read models: all changes up to `position`.

    `current` are the things of which a version is known that is valid there.
    """

    generation: int
    position: int = 0
    count: int = 0
    things: dict[str, _Thing] = field(default_factory=dict[str, _Thing])
    current: dict[str, _Thing] = field(default_factory=dict[str, _Thing])

    def move_on(self, position: int) -> None:
        """Begin anew at a later position, of which nothing but that is known."""
        for thing in self.current.values():
            thing.lasts[-1] = self.position
        self.current.clear()
        self.position = position

    def end(self, ended: Ended) -> None:
        """Take in that what was valid of a thing is not any more."""
        thing = self.current.pop(ended.thing_id, None)
        if thing is not None:
            thing.lasts[-1] = ended.position - 1

    def learn(self, known: Known, head_position: int) -> None:
        """Take in a version that was read by who had pinned a head, which is not after `position`."""
        last = known.last
        if last == CURRENT and head_position < self.position:
            last = head_position  # what has changed since has been told already
        thing = self.things.get(known.thing_id)
        if thing is None:
            thing = self.things[known.thing_id] = _Thing()
        place = bisect_left(thing.firsts, known.first)
        if place < len(thing.firsts) and thing.firsts[place] == known.first:
            thing.lasts[place] = max(thing.lasts[place], last)
            thing.rows[place] = known.row
        else:
            thing.firsts.insert(place, known.first)
            thing.lasts.insert(place, last)
            thing.rows.insert(place, known.row)
            self.count += 1
        if thing.lasts[-1] == CURRENT:
            self.current[known.thing_id] = thing


class KnownVersions:
    """The versions that one process knows, `most` at most; those of the organization asked for longest ago go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._organizations: OrderedDict[UUID, _Organization] = OrderedDict()
        self._count = 0

    def find(self, organization_id: UUID, generation: int, position: int, thing_ids: Sequence[str]) -> list[Any]:
        """Answer the rows of things at a position, None for those that are not known."""
        organization = self._organizations.get(organization_id)
        if organization is None or organization.generation != generation:
            return [None] * len(thing_ids)
        self._organizations.move_to_end(organization_id)
        newest, things = organization.position, organization.things
        found: list[Any] = []
        for thing_id in thing_ids:
            row = None
            thing = things.get(thing_id)
            if thing is not None:
                place = bisect_right(thing.firsts, position) - 1
                if place >= 0:
                    last = thing.lasts[place]
                    if position <= (newest if last == CURRENT else last):
                        row = thing.rows[place]
            found.append(row)
        return found

    def learn(self, organization_id: UUID, generation: int, head_position: int, versions: Iterable[Known]) -> None:
        """Take in versions that were read by who had pinned a head before they were read."""
        if self._most == 0:
            return
        organization = self._organizations.get(organization_id)
        if organization is None or organization.generation != generation:
            self._forget(organization_id)
            organization = self._organizations[organization_id] = _Organization(generation)
        if head_position > organization.position:
            organization.move_on(head_position)
        before = organization.count
        for each in versions:
            organization.learn(each, head_position)
        self._count += organization.count - before
        while self._count > self._most:
            self._forget(next(iter(self._organizations)))

    def current(self, organization_id: UUID, thing_id: str) -> Any | None:
        """Answer the row of a thing that is valid as far as all changes are known, None if there is none."""
        organization = self._organizations.get(organization_id)
        thing = None if organization is None else organization.current.get(thing_id)
        return None if thing is None else thing.rows[-1]

    def note(
        self, organization_id: UUID, generation: int, before: int, head_position: int, news: Iterable[Ended | Known]
    ) -> None:
        """Take note of all versions that this process has ended by writing between two heads, and of some that it began.

        They come in the order in which they were written.
        """
        organization = self._organizations.get(organization_id)
        if organization is None or organization.generation != generation or organization.position != before:
            # Others have written in between, and what they changed is not known.
            return
        count = organization.count
        for each in news:
            if isinstance(each, Known):
                organization.learn(each, head_position)
            else:
                organization.end(each)
        organization.position = head_position
        self._count += organization.count - count

    def _forget(self, organization_id: UUID) -> None:
        organization = self._organizations.pop(organization_id, None)
        if organization is not None:
            self._count -= organization.count
