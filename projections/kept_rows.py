"""Rows that a process keeps: what a version of a thing says never changes, so it is read from the database once.

With them goes what the process knows of which version is valid when, and of the names of people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from projections.kept_counts import KeptCounts
from projections.known_names import KnownNames
from projections.known_versions import KnownVersions

Version = str
"""What tells the versions of a thing apart: its identifier, and the positions from which its row and its numbers are valid.

It is one text, as `Listing.version` answers it, for of a screen there are thousands.
"""


def version_of(row: Any) -> Version:
    """Answer the version of a row that was read."""
    number_position = getattr(row, "number_position", None)
    return f"{row.id}@{row.from_position}/{'' if number_position is None else number_position}"


def thing_of(version: Version) -> str:
    """Answer the identifier of the thing that a version is one of."""
    return version.partition("@")[0]


@dataclass(slots=True)
class _Segment:
    """Rows by organization, each with the generation of its read models."""

    rows: dict[UUID, tuple[int, dict[Version, Any]]] = field(default_factory=dict[UUID, tuple[int, dict[Version, Any]]])
    some: dict[str, Version] = field(default_factory=dict[str, Version])
    count: int = 0

    def of(self, organization_id: UUID, generation: int) -> dict[Version, Any]:
        """Answer the rows of one organization; those of another generation are forgotten."""
        known = self.rows.get(organization_id)
        if known is None or known[0] != generation:
            self.count -= 0 if known is None else len(known[1])
            known = self.rows[organization_id] = generation, {}
        return known[1]


class KeptRows:
    """The rows of one process, `most` of them at most; those that nobody has asked for longest go first.

    After a redaction an organization reads a new generation, so that no row made before is answered again.
    """

    def __init__(self, most: int = 0, name_seconds: float = 0) -> None:
        """`most` bounds the known versions likewise; `name_seconds` is how long names of people are remembered."""
        self.versions = KnownVersions(most)
        self.names = KnownNames(name_seconds)
        self._most = most
        # What is asked for goes to the young ones; when they are half of all, they become the old ones, which are dropped.
        self._young = _Segment()
        self._old = _Segment()
        self._spans: dict[tuple[UUID, str], tuple[int, list[tuple[int, int, Any]]]] = {}
        self.counts = KeptCounts(most)

    @property
    def count(self) -> int:
        """How many rows are kept."""
        return self._young.count + self._old.count

    def spans(self, organization_id: UUID, generation: int, table: str) -> list[tuple[int, int, Any]]:
        """Answer what is kept of a table of an organization as a whole, to be added to: first and last position, and what."""
        known = self._spans.get((organization_id, table))
        if known is None or known[0] != generation:
            known = self._spans[organization_id, table] = generation, []
        return known[1]

    def find(self, organization_id: UUID, generation: int, versions: Sequence[Version]) -> list[Any]:
        """Answer the rows of versions in their order, None for those that are not kept."""
        young, old = self._young.of(organization_id, generation), self._old.of(organization_id, generation)
        rows = list(map(young.get, versions))
        if None in rows and old:
            rows = [row or old.get(version) for row, version in zip(rows, versions, strict=True)]
            again = {
                version: row for version, row in zip(versions, rows, strict=True) if row is not None and version not in young
            }
            self.keep(organization_id, generation, again)
        return rows

    def some(self, organization_id: UUID, generation: int, thing_id: str) -> Any | None:
        """Answer some version of a thing, the one that was kept last; None where none is kept."""
        version = self._young.some.get(thing_id) or self._old.some.get(thing_id)
        return None if version is None else self.find(organization_id, generation, [version])[0]

    def keep(self, organization_id: UUID, generation: int, rows: Mapping[Version, Any]) -> None:
        """Keep rows."""
        young = self._young.of(organization_id, generation)
        before = len(young)
        young.update(rows)
        self._young.some.update((thing_of(version), version) for version in rows)
        self._young.count += len(young) - before
        if 2 * self._young.count >= self._most:
            self._old, self._young = self._young, _Segment()
        if self.count > self._most:
            self._old = _Segment()
