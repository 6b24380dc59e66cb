"""Rolled-up curves: the mean progress of the objectives of a cycle, a team with its sub-teams, or everything.

Whatever decides what counts (state, cycle, team, the tree of teams, the phases of cycles) is that of the time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from events.cycle import CyclePhase
from events.metric import PROGRESS_PLACES, ZERO, quotient
from events.objective import ObjectiveState
from projections.curve import NOTHING_READ, Reading, Step
from projections.curve_history import Change, Kind, ObjectiveThen, TeamThen, in_order

_COUNTING = (ObjectiveState.ACTIVE, ObjectiveState.CLOSED)
_QUANTUM = Decimal(1).scaleb(-PROGRESS_PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """Which objectives count: of a team and those below it, of a cycle, of the cycles that run, or all of them."""

    team_id: str | None = None
    cycle_id: str | None = None
    is_running: bool = False


def progress_changes(steps: Mapping[str, Sequence[Step]]) -> Iterator[Change]:
    """Answer the progress of objectives as changes to roll up."""
    for objective_id, several in steps.items():
        for step in several:
            progress = step.reading.progress
            yield Change(
                at=step.at,
                rank=step.position,
                position=step.position,
                kind=Kind.PROGRESS,
                id=objective_id,
                content=progress,
            )


def roll_up(rollup: Rollup, changes: Iterable[Change]) -> list[Step]:
    """Answer the steps of a mean from changes of objectives, their progress, teams and cycles."""
    counted = _Counted(rollup)
    steps: list[Step] = []
    for at, several in groupby(in_order(changes), key=attrgetter("at")):
        position = 0
        for change in several:
            if counted.apply(change):
                position = change.position
        progress = counted.mean()
        if progress != (steps[-1].reading if steps else NOTHING_READ).progress:
            steps.append(Step(at=at, position=position, reading=Reading(progress=progress)))
    return steps


class _Counted:
    """The objectives that count, with their sum, which is exact, so that it can be kept up step by step."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup
        self._known: dict[Kind, dict[str, Any]] = {kind: {} for kind in Kind}
        self._counted: dict[str, Decimal] = {}
        self._sum = ZERO

    def apply(self, change: Change) -> bool:
        """Take a change in; says whether what counts has changed."""
        known = self._known[change.kind]
        if change.content is not None:
            known[change.id] = change.content
        elif change.kind is Kind.PROGRESS:
            known.pop(change.id, None)
        else:
            # Objectives, teams and cycles never go: the row makes place for the next one of the same act.
            return False
        if change.kind in (Kind.TEAM, Kind.CYCLE):
            # Each has to be counted anew, so the search must not stop at the first that differs.
            differing = [objective_id for objective_id in self._known[Kind.OBJECTIVE] if self._count(objective_id)]
            return bool(differing)
        return self._count(change.id)

    def mean(self) -> Decimal | None:
        """Answer the mean, rounded as the roll-up of the read models rounds it."""
        if not self._counted:
            return None
        return quotient(self._sum, Decimal(len(self._counted))).quantize(_QUANTUM, rounding=ROUND_HALF_UP)

    def _count(self, objective_id: str) -> bool:
        before = self._counted.pop(objective_id, None)
        progress: Decimal | None = self._known[Kind.PROGRESS].get(objective_id)
        if progress is not None and self._counts(self._known[Kind.OBJECTIVE].get(objective_id)):
            self._counted[objective_id] = progress
        after = self._counted.get(objective_id)
        self._sum += (after or ZERO) - (before or ZERO)
        return before != after

    def _counts(self, objective: ObjectiveThen | None) -> bool:
        if objective is None or objective.state not in _COUNTING:
            return False
        if self._rollup.cycle_id is not None and objective.cycle_id != self._rollup.cycle_id:
            return False
        if self._rollup.is_running and self._known[Kind.CYCLE].get(objective.cycle_id) is not CyclePhase.ACTIVE:
            return False
        return self._rollup.team_id is None or self._is_below(objective.team_id, self._rollup.team_id)

    def _is_below(self, team_id: str | None, root_id: str) -> bool:
        seen: set[str] = set()
        while team_id is not None and team_id != root_id and team_id not in seen:
            # Within an act two teams may seem to be above each other.
            seen.add(team_id)
            team: TeamThen | None = self._known[Kind.TEAM].get(team_id)
            team_id = None if team is None else team.parent_id
        return team_id == root_id
