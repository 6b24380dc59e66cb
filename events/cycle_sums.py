"""Sums of the progress of each cycle's objectives, kept by what changes.

They follow from the states alone and are remembered because adding up a cycle for every check-in would take longer the
larger it is.
"""

from events.overlay import Overlay

Counted = tuple[str, int]
"""The cycle in which an objective counts, and its progress in units of the last place."""

_NOTHING = (0, 0)


class CycleSums:
    """Which objectives count where with how much, and what that sums up to.

    `unsettled` are objectives of which something has changed since they were counted. A fork is made of settled sums.
    """

    __slots__ = ("counted", "sums", "unsettled")

    def __init__(self, below: "CycleSums | None" = None) -> None:
        """Begin as other sums, which stay as they are, or with nothing."""
        self.counted: Overlay[Counted | None] = Overlay({} if below is None else below.counted)
        self.sums: Overlay[tuple[int, int]] = Overlay({} if below is None else below.sums)
        self.unsettled: set[str] = set()

    def absorb(self, forked: "CycleSums") -> None:
        """Take over what changed in sums that began as these."""
        self.counted.changed.update(forked.counted.changed)
        self.sums.changed.update(forked.sums.changed)
        self.unsettled |= forked.unsettled

    def count(self, objective_id: str, counted: Counted | None) -> bool:
        """Count an objective as it stands now, None if it does not count; False when it stood so before."""
        before = self.counted.get(objective_id)
        if counted == before:
            return False
        self.counted[objective_id] = counted
        if before is not None:
            self._add(before[0], -before[1], -1)
        if counted is not None:
            self._add(*counted, 1)
        return True

    def _add(self, cycle_id: str, units: int, amount: int) -> None:
        total, count = self.sums.get(cycle_id) or _NOTHING
        self.sums[cycle_id] = total + units, count + amount

    def of(self, cycle_id: str) -> tuple[int, int]:
        """Answer the sum of a cycle in units, and of how many objectives it is."""
        return self.sums.get(cycle_id) or _NOTHING
