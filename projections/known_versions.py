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
from projections.way import Way


class Known(NamedTuple):
    """A version of what a key leads to on a way: its row, and the first and the last position at which it is valid.

    `last` is CURRENT for one that was still valid when it was read.
    """

    way: Way
    key: str
    first: int
    last: int
    row: Any


class Ended(NamedTuple):
    """The end of the version that was valid before a position."""

    way: Way
    key: str
    position: int


@dataclass(slots=True)
class _Versions:
    """The known versions of one thing in rising order; of `lasts` only the last one can be CURRENT."""

    firsts: list[int] = field(default_factory=list[int])
    lasts: list[int] = field(default_factory=list[int])
    rows: list[Any] = field(default_factory=list[Any])


@dataclass(slots=True)
class _Organization:
    """What is known of an organization in one generation of its read models: all changes up to `position`.

    `current` are those of which a version is known that is valid there.
    """

    generation: int
    position: int = 0
    count: int = 0
    known: dict[Way, dict[str, _Versions]] = field(default_factory=lambda: {way: {} for way in Way})
    current: dict[Way, dict[str, _Versions]] = field(default_factory=lambda: {way: {} for way in Way})

    def move_on(self, position: int) -> None:
        """Begin anew at a later position, of which nothing but that is known."""
        for current in self.current.values():
            for versions in current.values():
                versions.lasts[-1] = self.position
            current.clear()
        self.position = position

    def end(self, ended: Ended) -> None:
        """Take in that what was valid is not any more."""
        versions = self.current[ended.way].pop(ended.key, None)
        if versions is not None:
            versions.lasts[-1] = ended.position - 1

    def learn(self, each: Known, head_position: int) -> None:
        """Take in a version that was read by who had pinned a head, which is not after `position`."""
        last = each.last
        if last == CURRENT and head_position < self.position:
            last = head_position  # what has changed since has been told already
        known = self.known[each.way]
        versions = known.get(each.key)
        if versions is None:
            versions = known[each.key] = _Versions()
        place = bisect_left(versions.firsts, each.first)
        if place < len(versions.firsts) and versions.firsts[place] == each.first:
            if versions.rows[place] is each.row and versions.lasts[place] >= last:
                return
            versions.lasts[place] = max(versions.lasts[place], last)
            versions.rows[place] = each.row
        else:
            versions.firsts.insert(place, each.first)
            versions.lasts.insert(place, last)
            versions.rows.insert(place, each.row)
            self.count += 1
        if versions.lasts[-1] == CURRENT:
            self.current[each.way][each.key] = versions


class KnownVersions:
    """The versions that one process knows, `most` at most; those of the organization asked for longest ago go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._organizations: OrderedDict[UUID, _Organization] = OrderedDict()
        self._count = 0

    def find(self, organization_id: UUID, generation: int, position: int, way: Way, keys: Sequence[str]) -> list[Any]:
        """Answer the rows that keys lead to at a position, None for those that are not known."""
        organization = self._organizations.get(organization_id)
        if organization is None or organization.generation != generation:
            return [None] * len(keys)
        self._organizations.move_to_end(organization_id)
        newest, known = organization.position, organization.known[way]
        found: list[Any] = []
        for key in keys:
            row = None
            versions = known.get(key)
            if versions is not None:
                place = bisect_right(versions.firsts, position) - 1
                if place >= 0:
                    last = versions.lasts[place]
                    if position <= (newest if last == CURRENT else last):
                        row = versions.rows[place]
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

    def position(self, organization_id: UUID, generation: int) -> int | None:
        """Answer the position as far as all changes are known, None where nothing is known."""
        organization = self._organizations.get(organization_id)
        return None if organization is None or organization.generation != generation else organization.position

    def current(self, organization_id: UUID, way: Way, key: str) -> Any | None:
        """Answer the row that is valid as far as all changes are known, None if there is none."""
        organization = self._organizations.get(organization_id)
        versions = None if organization is None else organization.current[way].get(key)
        return None if versions is None else versions.rows[-1]

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
