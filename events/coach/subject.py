"""What the coach looks at: objectives and key results as they are, or as they would be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from events.check_in import CheckInStatus
from events.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultText:
    """How a key result is written. `objective_title` is empty where it is not known."""

    id: str
    title: str
    metric: Metric
    objective_title: str = ""
    due_on: date | None = None
    cycle_ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveText:
    """How an objective is written, with its key results that are not dropped.

    `needs_key_results` is False where it progresses by its aligned children alone, `is_of_team` True where it is a team's;
    `parent_ids` are what it contributes to.
    """

    id: str
    title: str
    description: str | None = None
    key_results: Sequence[KeyResultText] = ()
    needs_key_results: bool = True
    is_of_team: bool = False
    parent_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was reported of a key result: its newest check-in by the time of its value.

    `check_in_count` leaves retracted ones out; `flat_days` is for how long the values reported have been the same, in whole
    days between the first and the newest of these check-ins.
    """

    id: str
    title: str
    check_in_count: int
    status: CheckInStatus | None = None
    confidence: float | None = None
    has_blockers: bool = False
    flat_days: int = 0
    progress: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many objectives, neither cancelled nor drafts, a team or person has in a cycle."""

    id: str
    count: int
