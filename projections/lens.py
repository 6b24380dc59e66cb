"""Lenses: the moment at which a request reads. No loader exists without one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

CURRENT = 9223372036854775807
"""`to_position` of a row that is valid now: the greatest bigint."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Lens:
    """A moment: `position` chooses the rows, `instant` is the clock of status, pace and due dates.

    `is_past` is false for the present: its things carry their plain identifiers, those of the past carry
    the instant as well.
    """

    position: int
    instant: datetime
    is_past: bool

    @cached_property
    def suffix(self) -> str:
        """What identifiers of the past end in: the instant in microseconds since 1970."""
        return f"@{(self.instant - _EPOCH) // _MICROSECOND}" if self.is_past else ""
