"""What follows from the states and is remembered: the numbers of objectives, and their sums by cycle.

Computing them for every check-in anew would take longer the more objectives there are.
"""

from collections.abc import Callable, MutableMapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from events.objective import Objective
from events.overlay import Overlay
from events.progress import units_of
from events.review import FrozenNumber


class Numbered(NamedTuple):
    """An objective with its number, and its progress against the original targets.

    `units` and `original_units` are both progresses in units of the last place, None where no cycle counts them.
    """

    known: Objective
    number: FrozenNumber
    original_progress: Decimal | None
    units: int | None
    original_units: int | None


class Ending(NamedTuple):
    """Where the progress of an objective against the original targets stands still, by an act of an instant."""

    at: datetime
    original_progress: Decimal | None


Sum = tuple[int, int]
"""A sum of progress in units, and of how many objectives it is."""


class Sums(NamedTuple):
    """The sum of a cycle's objectives, and that of their progress against the original targets."""

    current: Sum
    original: Sum


_NOTHING = Sums((0, 0), (0, 0))


def numbered(known: Objective, number: FrozenNumber, original_progress: Decimal | None, *, is_counted: bool) -> Numbered:
    """Answer an objective with its number, which a cycle may count."""
    progress = number.progress
    units = units_of(progress) if is_counted and progress is not None else None
    original_units = units
    if original_progress is not progress:
        original_units = units_of(original_progress) if is_counted and original_progress is not None else None
    return Numbered(known, number, original_progress, units, original_units)


class RolledUp:
    """Numbers and sums as they were when they were last settled; of `unsettled` objectives something has changed since.

    `at` is when the newest event was recorded, and `has_endings` says if its act has ended objectives. Against the
    original targets these stand where that act leaves them, whatever it does after ending them.
    """

    __slots__ = ("at", "endings", "has_endings", "numbers", "sums", "unsettled")

    def __init__(self) -> None:
        self.numbers: MutableMapping[str, Numbered | None] = {}
        self.sums: MutableMapping[str, Sums] = {}
        self.endings: MutableMapping[str, Ending] = {}
        self.unsettled: set[str] = set()
        self.at: datetime | None = None
        self.has_endings = False

    def viewed(self, through: Callable[[Any], Any]) -> "RolledUp":
        """Return what is as this, which must be settled, with a mapping made by a function of each of these ones'."""
        viewed = RolledUp()
        viewed.numbers, viewed.sums, viewed.endings = through(self.numbers), through(self.sums), through(self.endings)
        viewed.at, viewed.has_endings = self.at, self.has_endings
        return viewed

    def absorb(self, forked: "RolledUp") -> None:
        """Take over what changed in a fork of this, whose mappings are overlays."""
        for mapping, overlay in self._beside(forked):
            if isinstance(overlay, Overlay):
                mapping.update(overlay.changed)
        self.unsettled |= forked.unsettled
        self.at, self.has_endings = forked.at, forked.has_endings

    def rest_on(self, below: "RolledUp") -> None:
        """Lie on another one, as `Facts.rest_on` says."""
        for overlay, mapping in self._beside(below):
            if isinstance(overlay, Overlay):
                overlay.below = mapping

    def _beside(self, other: "RolledUp") -> Sequence[tuple[MutableMapping[str, Any], MutableMapping[str, Any]]]:
        return (self.numbers, other.numbers), (self.sums, other.sums), (self.endings, other.endings)

    def sums_of(self, cycle_id: str) -> Sums:
        """Answer the sums of a cycle."""
        return self.sums.get(cycle_id) or _NOTHING

    def replace(self, before: Numbered | None, after: Numbered) -> None:
        """Count an objective as it is now and no longer as it was before."""
        if before is not None:
            self._add(before, -1)
        self._add(after, 1)

    def _add(self, counted: Numbered, amount: int) -> None:
        if counted.units is not None or counted.original_units is not None:
            current, original = self.sums_of(counted.known.cycle_id)
            sums = Sums(_added(current, counted.units, amount), _added(original, counted.original_units, amount))
            self.sums[counted.known.cycle_id] = sums


def _added(known: Sum, units: int | None, amount: int) -> Sum:
    return known if units is None else (known[0] + amount * units, known[1] + amount)
