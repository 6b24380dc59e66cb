"""What is remembered of an objective's number, and of the sum of a cycle's objectives."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from events.objective import Objective
from events.progress import Reported, units_of
from events.review import FrozenNumber


class Numbered(NamedTuple):
    """An objective with its number, what its key results report, and its progress against the original targets.

    `units` and `original_units` are both progresses in units of the last place, None where no cycle counts them.
    """

    known: Objective
    number: FrozenNumber
    reported: Reported
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


NOTHING = Sums((0, 0), (0, 0))
"""The sums of a cycle that counts no objective."""


def numbered(
    known: Objective, number: FrozenNumber, original_progress: Decimal | None, reported: Reported, *, is_counted: bool
) -> Numbered:
    """Answer an objective with its number, which a cycle may count."""
    progress = number.progress
    units = units_of(progress) if is_counted and progress is not None else None
    original_units = units
    if original_progress is not progress:
        original_units = units_of(original_progress) if is_counted and original_progress is not None else None
    return Numbered(known, number, reported, original_progress, units, original_units)


def counted(sums: Sums, each: Numbered, amount: int) -> Sums:
    """Answer the sums of a cycle with an objective counted once more, or once less."""
    if each.units is None and each.original_units is None:
        return sums
    return Sums(_added(sums.current, each.units, amount), _added(sums.original, each.original_units, amount))


def _added(known: Sum, units: int | None, amount: int) -> Sum:
    return known if units is None else (known[0] + amount * units, known[1] + amount)
