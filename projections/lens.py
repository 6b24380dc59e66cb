"""Lenses: the moment at which a request reads. No loader exists without one."""

from dataclasses import dataclass
from datetime import datetime

CURRENT = 9223372036854775807
"""`to_position` of a row that is valid now: the greatest bigint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """A moment: `position` chooses the rows, `instant` is the clock of status, pace and due dates.

    `is_past` is false for the present: its things carry their plain identifiers, those of the past carry
    the instant as well.
    """

    position: int
    instant: datetime
    is_past: bool
