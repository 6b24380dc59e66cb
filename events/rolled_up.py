"""What follows from the states and is remembered: the numbers of objectives, and their sums by cycle.

Computing them for every check-in anew would take longer the more objectives there are.
"""

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, NamedTuple

from events.objective import Objective
from events.overlay import Overlay
from events.review import FrozenNumber

_NOTHING = (0, 0)


class Numbered(NamedTuple):
    """An objective with its number; `units` are those of its progress, of the last place, None where no cycle counts it."""

    known: Objective
    number: FrozenNumber
    units: int | None


class RolledUp:
    """Numbers and sums as they were when they were last settled; of `unsettled` objectives something has changed since."""

    __slots__ = ("numbers", "sums", "unsettled")

    def __init__(self) -> None:
        self.numbers: MutableMapping[str, Numbered | None] = {}
        self.sums: MutableMapping[str, tuple[int, int]] = {}
        self.unsettled: set[str] = set()

    def viewed(self, through: Callable[[Any], Any]) -> "RolledUp":
        """Return what is as this, which must be settled, with a mapping made by a function of each of these ones'."""
        viewed = RolledUp()
        viewed.numbers, viewed.sums = through(self.numbers), through(self.sums)
        return viewed

    def absorb(self, forked: "RolledUp") -> None:
        """Take over what changed in a fork of this, whose mappings are overlays."""
        for mapping, overlay in self._beside(forked):
            if isinstance(overlay, Overlay):
                mapping.update(overlay.changed)
        self.unsettled |= forked.unsettled

    def rest_on(self, below: "RolledUp") -> None:
        """Lie on another one, as `Facts.rest_on` says."""
        for overlay, mapping in self._beside(below):
            if isinstance(overlay, Overlay):
                overlay.below = mapping

    def _beside(self, other: "RolledUp") -> Sequence[tuple[MutableMapping[str, Any], MutableMapping[str, Any]]]:
        return (self.numbers, other.numbers), (self.sums, other.sums)

    def sum_of(self, cycle_id: str) -> tuple[int, int]:
        """Answer the sum of a cycle in units, and of how many objectives it is."""
        return self.sums.get(cycle_id) or _NOTHING

    def replace(self, before: Numbered | None, after: Numbered) -> None:
        """Count an objective as it is now and no longer as it was before."""
        if before is not None and before.units is not None:
            self._add(before.known.cycle_id, -before.units, -1)
        if after.units is not None:
            self._add(after.known.cycle_id, after.units, 1)

    def _add(self, cycle_id: str, units: int, amount: int) -> None:
        total, count = self.sum_of(cycle_id)
        self.sums[cycle_id] = total + units, count + amount
