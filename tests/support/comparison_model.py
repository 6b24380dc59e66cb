"""A slow model of comparisons: both moments and every stage between them are computed anew from the snapshots of a log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor

from events.key_result import KeyResult
from tests.support.curve_model import Model, Snapshot, formula

VALUES, TARGETS, WEIGHTS = 1, 2, 3
"""The stages: which kinds of change have been made already."""

Shares = tuple[Fraction, Fraction, Fraction, Fraction]
"""What values, targets, weights and scope moved."""


@dataclass(slots=True)
class ComparisonModel:
    """What two moments of an organization have in common and what not."""

    snapshots: list[Snapshot]
    before: Snapshot
    after: Snapshot

    # --- what is there

    def objectives(self, then: Snapshot, *, cycle_id: str | None = None, team_id: str | None = None) -> set[str]:
        """Answer what is in force at one of the moments, in a cycle or a team with those below."""
        return {
            each.objective_id
            for each in then.objectives.values()
            if each.state in ("ACTIVE", "CLOSED")
            and (cycle_id is None or each.cycle_id == cycle_id)
            and (team_id is None or team_id in self._teams_above(then, each.team_id))
        }

    def key_results(self, then: Snapshot, objective_ids: Iterable[str]) -> set[str]:
        """Answer the key results of objectives that are not dropped."""
        wanted = set(objective_ids)
        return {
            each.key_result_id for each in then.key_results.values() if each.objective_id in wanted and each.dropped_at is None
        }

    def _teams_above(self, then: Snapshot, team_id: str | None) -> set[str]:
        found: set[str] = set()
        while team_id is not None:
            found.add(team_id)
            team_id = then.teams[team_id].parent_id
        return found

    # --- what moved

    def progress(self, thing_id: str, then: Snapshot) -> Fraction | None:
        """Answer the progress of a thing at one of the moments."""
        curve = Model(self.snapshots, is_measured=False, is_original=False)
        read = curve.objective if thing_id in then.objectives else curve.key_result
        return read(thing_id, then.at)[1]

    def shares_of_key_result(self, key_result_id: str) -> Shares:
        """Answer what moved a key result."""
        old, new = self.before.key_results[key_result_id], self.after.key_results[key_result_id]
        ends = self.progress(key_result_id, self.before), self.progress(key_result_id, self.after)
        stages = [self._part(old, new, self.before, self.after, stage) for stage in (VALUES, TARGETS, WEIGHTS)]
        if None in ends:
            stages = [ends[0]] * 3
        return shares(ends[0], *stages, ends[1])

    def shares_of_objective(self, objective_id: str) -> Shares:
        """Answer what moved an objective."""
        return shares(*self._stages(objective_id))

    def shares_of_whole(self, old: set[str], new: set[str]) -> tuple[Fraction | None, Fraction | None, Shares]:
        """Answer the mean over objectives at both moments, and what moved it."""
        columns = [
            [stage for stage in column if stage is not None] for column in zip(*map(self._stages, sorted(old)), strict=True)
        ]
        later = [each for objective_id in new if (each := self.progress(objective_id, self.after)) is not None]
        before, *stages = [mean([each for each in column if each is not None]) for column in columns][:4] or [None] * 4
        after = mean(later)
        return before, after, shares(before, *stages, after)

    def _stages(self, objective_id: str) -> list[Fraction | None]:
        between = [self._staged(objective_id, self.before, self.after, stage) for stage in (VALUES, TARGETS, WEIGHTS)]
        return [self.progress(objective_id, self.before), *between, self.progress(objective_id, self.after)]

    def _staged(self, objective_id: str, begin: Snapshot, end: Snapshot, stage: int) -> Fraction | None:
        """Answer what the parts of the earlier moment would make of an objective with the changes of a stage."""
        begin, end = self._standing(objective_id, begin), self._standing(objective_id, end)
        driver = begin.objectives[objective_id].driver
        parts: list[tuple[Fraction, Fraction]] = []
        if driver != "CHILDREN":
            for old in begin.key_results.values():
                if old.objective_id == objective_id and old.dropped_at is None:
                    new = end.key_results[old.key_result_id]
                    progress = self._part(old, new, begin, end, stage)
                    if progress is not None:
                        parts.append((Fraction(new.weight if stage >= WEIGHTS else old.weight), progress))
        if driver != "KEY_RESULTS":
            for child_id in begin.children.get(objective_id, ()):
                if begin.objectives[child_id].state not in ("ACTIVE", "CLOSED"):
                    continue
                if self.progress(child_id, begin) is not None:
                    progress = self._staged(child_id, begin, end, stage)
                    assert progress is not None
                    parts.append((Fraction(1), progress))
        if not parts:
            return None
        return round(sum(weight * each for weight, each in parts) / sum(weight for weight, _ in parts), 12)

    def _standing(self, objective_id: str, then: Snapshot) -> Snapshot:
        """Answer the snapshot at which the number of an objective stands still."""
        ended: Snapshot | None = None
        for each in self.snapshots:
            if each.position > then.position or objective_id not in each.objectives:
                continue
            if each.objectives[objective_id].state not in ("CLOSED", "CANCELLED"):
                ended = None
            elif ended is None:
                ended = each
        return ended or then

    def _part(self, old: KeyResult, new: KeyResult, begin: Snapshot, end: Snapshot, stage: int) -> Fraction | None:
        if old.metric.kind == "UNDECIDED":
            return None
        if new.metric.kind == "UNDECIDED":
            new, end = old, begin
        metric = new.metric if stage >= TARGETS else old.metric
        valid = [each for each in end.check_ins.get(old.key_result_id, ()) if each.retracted_at is None]
        valid.sort(key=lambda each: (each.effective_at, each.position))
        value = valid[-1].value if valid else metric.start
        raw = formula(metric, metric.start if value is None else value, valid[-1].done_stage_ids if valid else frozenset())
        return None if raw is None else min(max(round(raw, 12), Fraction(0)), Fraction(1))

    # --- what was changed

    def versions(self, then: Snapshot) -> Mapping[str, int]:
        """Answer the versions of all definitions at one of the moments."""
        objectives = {each.objective_id: each.version for each in then.objectives.values()}
        return {**objectives, **{each.key_result_id: each.version for each in then.key_results.values()}}


def shares(*stages: Fraction | None) -> Shares:
    """Answer the differences of five stages, an unknown one being 0."""
    known = [stage or Fraction(0) for stage in stages]
    values, targets, weights, scope = (later - earlier for earlier, later in pairwise(known))
    return values, targets, weights, scope


def mean(numbers: list[Fraction]) -> Fraction | None:
    """Answer the mean, rounded half up to 12 places."""
    return Fraction(floor(sum(numbers) / len(numbers) * 10**12 + Fraction(1, 2)), 10**12) if numbers else None
