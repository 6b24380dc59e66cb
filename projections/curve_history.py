"""What curves are folded from: rows with their validity, as changes in the order of time.

A change says what a thing is from an instant on. Definitions change when that was recorded; values change, by
the basis asked for, when they were recorded or when they were measured.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from itertools import zip_longest
from operator import itemgetter
from typing import NamedTuple

from asyncpg import Record

from events.metric import Metric
from events.objective import ObjectiveState, ProgressDriver


class Kind(Enum):
    """What a change is about."""

    OBJECTIVE = "OBJECTIVE"
    KEY_RESULT = "KEY_RESULT"
    MEASURED = "MEASURED"
    ALIGNMENT = "ALIGNMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveThen:
    """An objective as it was."""

    driver: ProgressDriver
    state: ObjectiveState
    review_position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultThen:
    """A key result as it was, with the metric that the curve is computed against."""

    objective_id: str
    weight: Decimal
    is_dropped: bool
    metric: Metric


class Measured(NamedTuple):
    """The latest check-in of a key result, and the confidence stated last. A tuple, because there are so many."""

    value: Decimal | None
    done_stage_ids: frozenset[str]
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """An alignment while it lasts."""

    parent_id: str
    child_id: str


Content = ObjectiveThen | KeyResultThen | Measured | Aligned


class Change(NamedTuple):
    """From `at` on a thing is `content`, None for gone. A tuple, because there are so many.

    `rank` puts changes of one instant in order; `position` is that of the event that made the change, or of its act.
    """

    at: datetime
    rank: int
    position: int
    kind: Kind
    id: str
    content: Content | None


_TIME = itemgetter(0, 1)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Answer changes in the order of time; a thing that goes and comes in one act goes first."""
    return sorted(sorted(changes, key=lambda change: change.content is not None), key=_TIME)


def changes_of(
    rows: Iterable[Record],
    kind: Kind,
    make: Callable[[Record], Content],
    recorded_at: Mapping[int, datetime],
) -> Iterator[Change]:
    """Answer the changes that rows with `id`, `from_position` and `to_position` stand for, each thing's in order.

    `recorded_at` knows the positions as far as the curve goes; what ends later has not ended. A thing that goes on in
    the next row does not go in between.
    """
    listed = list(rows)
    for row, following in zip_longest(listed, listed[1:]):
        begin, end, thing_id = row["from_position"], row["to_position"], row["id"]
        yield Change(recorded_at[begin], begin, begin, kind, thing_id, make(row))
        goes_on = following is not None and following["id"] == thing_id and following["from_position"] == end
        if end in recorded_at and not goes_on:
            yield Change(recorded_at[end], end, end, kind, thing_id, None)
