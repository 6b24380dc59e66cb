"""The fold of curves: the numbers of key results and objectives, from changes in the order of time.

The formulas are those of `docs/glossary.md`: a key result's metric of its latest value, and the weighted mean of an
objective's parts. While an objective is closed or cancelled its number stands still. On the measured curve an
ending that still holds has the number that it had when it was recorded, and one that was undone holds nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from events.metric import ONE, Metric, clamped, raw_progress
from events.objective import ObjectiveState, ProgressDriver
from events.progress import weighted_mean
from projections.curve import NOTHING_READ, Reading, Step
from projections.curve_history import Aligned, Change, KeyResultThen, Kind, Measured, ObjectiveThen, in_order

_COUNTING = (ObjectiveState.ACTIVE, ObjectiveState.CLOSED)
ENDED = (ObjectiveState.CLOSED, ObjectiveState.CANCELLED)
"""In these states a number stands still."""

INSTANTS_AT_ONCE = 500
"""After so many instants, which take about 20 ms, other requests get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The closing or cancelling of an objective at a position, with the number that it froze."""

    position: int
    progress: Decimal | None


async def fold(
    changes: Iterable[Change], wanted: Iterable[str], endings: Mapping[str, Ending] | None = None
) -> dict[str, list[Step]]:
    """Answer the steps of the things wanted.

    With `endings`, those that hold are given, and no other freezes a number.
    """
    numbers, kept = _Numbers(endings), frozenset(wanted)
    steps: dict[str, list[Step]] = {}
    for number, (at, several) in enumerate(groupby(in_order(changes), key=itemgetter(0)), 1):
        for change in several:
            numbers.apply(change)
        for thing_id, (position, reading) in numbers.settle().items():
            if thing_id in kept:
                known = steps.setdefault(thing_id, [])
                if reading != (known[-1].reading if known else NOTHING_READ):
                    known.append(Step(at=at, position=position, reading=reading))
        if number % INSTANTS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return steps


class _Numbers:
    """The state of the fold. `_moved` has what is to be computed anew, with the position that moved it last."""

    def __init__(self, endings: Mapping[str, Ending] | None) -> None:
        self.frozen: dict[str, Ending] = {}
        self._given = endings
        self._objectives: dict[str, ObjectiveThen] = {}
        self._key_results: dict[str, KeyResultThen] = {}
        self._measured: dict[str, Measured] = {}
        self._measured_at: dict[str, int] = {}
        self._key_result_ids: dict[str, set[str]] = {}
        self._live: dict[str, list[tuple[str, KeyResultThen]]] = {}
        self._children: dict[str, set[str]] = {}
        self._parents: dict[str, set[str]] = {}
        self._readings: dict[str, Reading] = {}
        self._progress: dict[str, Decimal | None] = {}
        self._moved: dict[str, int] = {}
        self._ending: dict[str, int] = {}

    # --- taking changes in

    def apply(self, change: Change) -> None:
        match change.kind:
            case Kind.OBJECTIVE:
                self._apply_objective(change)
            case Kind.KEY_RESULT:
                self._apply_key_result(change)
            case Kind.MEASURED:
                _put(self._measured, change.id, change.content)
                self._measured_at[change.id] = self._moved[change.id] = change.position
                known = self._key_results.get(change.id)
                if known is not None:
                    self._moved[known.objective_id] = change.position
            case Kind.ALIGNMENT if isinstance(change.content, Aligned):
                self._children.setdefault(change.content.parent_id, set()).add(change.content.child_id)
                self._parents.setdefault(change.content.child_id, set()).add(change.content.parent_id)
                self._moved[change.content.parent_id] = change.position
            case Kind.ALIGNMENT:
                # The two identifiers make that of the link.
                parent_id, child_id = change.id.split(" ")
                self._children[parent_id].discard(child_id)
                self._parents[child_id].discard(parent_id)
                self._moved[parent_id] = change.position
            case _:
                pass

    def _apply_objective(self, change: Change) -> None:
        old, new = self._objectives.get(change.id), change.content
        # An objective never goes: its row makes place for the next one of the same act.
        if not isinstance(new, ObjectiveThen):
            return
        self._objectives[change.id] = new
        if new.state not in ENDED:
            self.frozen.pop(change.id, None)
            self._ending.pop(change.id, None)
        elif old is None or (old.state, old.review_position) != (new.state, new.review_position):
            # Reopened and closed in one act, it has ended anew.
            self.frozen.pop(change.id, None)
            self._ending[change.id] = change.position
        self._moved[change.id] = change.position

    def _apply_key_result(self, change: Change) -> None:
        old, new, position = self._key_results.get(change.id), change.content, change.position
        if change.id not in self._readings:
            # What was measured before it was written down is shown from then on, and the check-in made it.
            position = max(position, self._measured_at.get(change.id, 0))
        if old is not None:
            self._key_result_ids[old.objective_id].discard(change.id)
            self._live.pop(old.objective_id, None)
            self._moved[old.objective_id] = position
        _put(self._key_results, change.id, new)
        if isinstance(new, KeyResultThen):
            self._key_result_ids.setdefault(new.objective_id, set()).add(change.id)
            self._live.pop(new.objective_id, None)
            self._moved[new.objective_id] = position
        self._moved[change.id] = position

    # --- computing what was moved

    def settle(self) -> dict[str, tuple[int, Reading]]:
        """Answer the new readings of what the changes since the last time may have moved."""
        self._move_upwards()
        moved, self._moved = self._moved, {}
        for thing_id in moved:
            self._progress.pop(thing_id, None)
        self._read_key_results(moved)
        self._freeze()
        found: dict[str, tuple[int, Reading]] = {}
        for thing_id, position in moved.items():
            if thing_id in self._objectives:
                self._readings[thing_id] = self._objective(thing_id)
            found[thing_id] = position, self._readings.get(thing_id, NOTHING_READ)
        return found

    def _move_upwards(self) -> None:
        pending = list(self._moved)
        while pending:
            thing_id = pending.pop()
            position = self._moved[thing_id]
            for parent_id in self._parents.get(thing_id, ()):
                parent = self._objectives.get(parent_id)
                is_counting = parent is not None and parent.driver is not ProgressDriver.KEY_RESULTS
                if is_counting and self._moved.get(parent_id, -1) < position:
                    self._moved[parent_id] = position
                    pending.append(parent_id)

    def _read_key_results(self, moved: Iterable[str]) -> None:
        for thing_id in moved:
            known = self._key_results.get(thing_id)
            if known is not None:
                self._readings[thing_id] = _read(known.metric, self._measured.get(thing_id))
            elif thing_id not in self._objectives:
                self._readings.pop(thing_id, None)

    def _freeze(self) -> None:
        for objective_id, position in self._ending.items():
            if self._given is None:
                self.frozen[objective_id] = Ending(position=position, progress=self._progress_of(objective_id))
            elif objective_id in self._given and self._given[objective_id].position == position:
                self.frozen[objective_id] = self._given[objective_id]
        self._ending.clear()

    def _objective(self, objective_id: str) -> Reading:
        stated = [
            (float(part.weight), confidence)
            for key_result_id, part in self._live_parts(objective_id)
            if (confidence := self._readings[key_result_id].confidence) is not None
        ]
        total = sum(weight for weight, _ in stated)
        confidence = round(sum(weight * each for weight, each in stated) / total, 12) if total else None
        return Reading(progress=self._progress_of(objective_id), confidence=confidence)

    def _live_parts(self, objective_id: str) -> list[tuple[str, KeyResultThen]]:
        if objective_id not in self._live:
            ids = sorted(self._key_result_ids.get(objective_id, ()))
            parts = [(each, part) for each in ids if not (part := self._key_results[each]).is_dropped]
            self._live[objective_id] = parts
        return self._live[objective_id]

    def _progress_of(self, objective_id: str) -> Decimal | None:
        if objective_id in self.frozen:
            return self.frozen[objective_id].progress
        if objective_id not in self._progress:
            mean = weighted_mean(self._parts(objective_id))
            self._progress[objective_id] = None if mean is None else clamped(mean)
        return self._progress[objective_id]

    def _parts(self, objective_id: str) -> list[tuple[Decimal, Decimal]]:
        driver = self._objectives[objective_id].driver
        parts: list[tuple[Decimal, Decimal]] = []
        if driver is not ProgressDriver.CHILDREN:
            for key_result_id, part in self._live_parts(objective_id):
                progress = self._readings[key_result_id].progress
                if progress is not None:
                    parts.append((part.weight, progress))
        if driver is not ProgressDriver.KEY_RESULTS:
            for child_id in self._children.get(objective_id, ()):
                child = self._objectives.get(child_id)
                if child is not None and child.state in _COUNTING:
                    progress = self._progress_of(child_id)
                    if progress is not None:
                        parts.append((ONE, progress))
        return parts


def _read(metric: Metric, measured: Measured | None) -> Reading:
    if measured is None:
        raw, value = raw_progress(metric, None, frozenset()), metric.start
    else:
        raw, value = raw_progress(metric, measured.value, measured.done_stage_ids), measured.value
    confidence = None if measured is None else measured.confidence
    return Reading(value=value, progress=None if raw is None else clamped(raw), confidence=confidence)


def _put(known: dict[str, Any], key: str, content: object) -> None:
    if content is None:
        known.pop(key, None)
    else:
        known[key] = content
