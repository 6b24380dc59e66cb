"""A slow model of what managers look at: thing by thing, from what stood after each act.

It shares the folded definitions with the program, and none of the counting: rules are those of the glossary.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from events.key_result import KeyResult
from events.objective import Objective
from tests.support.curve_model import Snapshot
from tests.support.retrospective_model import DAY, MICROSECOND, Sees, mean

Counts = dict[str, int]
Cell = tuple[Counts, Counts, float | None]
"""Objectives by status, key results by status, and the mean confidence."""


@dataclass(slots=True)
class ViewsModel:
    """One cycle as it is looked at after the snapshot `then`, at `instant`."""

    snapshots: Sequence[Snapshot]
    cycle_id: str
    then: Snapshot
    instant: datetime
    sees: Sees
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        assert self.then.organization is not None
        self.zone = ZoneInfo(self.then.organization.time_zone)

    # --- what counts

    def objectives(self, then: Snapshot | None = None, *states: str) -> list[Objective]:
        """Answer the objectives of the cycle that the viewer may see."""
        return [
            each
            for each in (then or self.then).objectives.values()
            if each.cycle_id == self.cycle_id
            and each.state in (states or ("ACTIVE", "CLOSED"))
            and self._is_seen(each.objective_id)
        ]

    def key_results(self, objective_id: str, then: Snapshot | None = None) -> list[KeyResult]:
        """Answer the key results of an objective that the viewer may see."""
        return [
            each
            for each in (then or self.then).key_results.values()
            if each.objective_id == objective_id and each.dropped_at is None and self._sees_part(each)
        ]

    def _is_seen(self, objective_id: str) -> bool:
        return self.sees(self.snapshots[-1].objectives[objective_id])

    def _sees_part(self, each: KeyResult) -> bool:
        moved_to = self.snapshots[-1].key_results[each.key_result_id].objective_id
        return self._is_seen(each.objective_id) and self._is_seen(moved_to)

    # --- the heat map

    def ends(self) -> list[datetime]:
        """Answer when the weeks of the cycle end."""
        cycle, organization = self.then.cycles[self.cycle_id], self.then.organization
        assert organization is not None
        last = self.instant
        if cycle.ends_on is not None:
            last = min(last, self._midnight_after(cycle.ends_on) - MICROSECOND)
        found: list[datetime] = []
        day = cycle.starts_on
        if last < self._midnight_after(day - DAY):
            return found
        while self._midnight_after(day) - MICROSECOND < last:
            if (day + DAY).isoweekday() == organization.first_day_of_week:
                found.append(self._midnight_after(day) - MICROSECOND)
            day += DAY
        return [*found, last]

    def _midnight_after(self, day: date) -> datetime:
        return datetime.combine(day + DAY, datetime.min.time(), self.zone).astimezone(self.instant.tzinfo)

    def cell(self, end: datetime, team_id: str | None, *, is_whole: bool = False) -> Cell:
        """Answer how a team, or everything, stood at an instant."""
        then = max((each for each in self.snapshots if each.at <= end), key=lambda each: each.position)
        objectives: Counts = {}
        parts: Counts = {}
        stated: list[Fraction] = []
        for each in self.objectives(then):
            if not is_whole and each.team_id != team_id:
                continue
            status = self._status_of_objective(each, then, end)
            objectives[status] = objectives.get(status, 0) + 1
            for part in self.key_results(each.objective_id, then):
                status, confidence = self._status_of_part(part, then, end)
                parts[status] = parts.get(status, 0) + 1
                if confidence is not None and status != "CLOSED":
                    stated.append(Fraction(repr(confidence)))
        return objectives, parts, mean(stated) if stated else None

    def _silence(self, then: Snapshot, end: datetime) -> datetime:
        assert then.organization is not None
        return end - timedelta(days=then.organization.check_in_cadence_days + then.organization.check_in_grace_days)

    def _status_of_part(self, part: KeyResult, then: Snapshot, end: datetime) -> tuple[str, float | None]:
        known = [each for each in then.check_ins.get(part.key_result_id, ()) if each.retracted_at is None]
        known.sort(key=lambda each: (each.effective_at, each.position))
        confidences = [each.confidence for each in known if each.confidence is not None]
        confidence = confidences[-1] if confidences else None
        heard = [each.recorded_at for each in known] + [part.live_at] * (part.live_at is not None)
        if then.objectives[part.objective_id].state == "CLOSED":
            return "CLOSED", confidence
        if heard and max(heard) < self._silence(then, end):
            return "OUTDATED", confidence
        return (known[-1].status if known else "PENDING"), confidence

    def _status_of_objective(self, each: Objective, then: Snapshot, end: datetime) -> str:
        if each.state == "CLOSED":
            return "CLOSED"
        # The status of an objective is that of all its key results, for every viewer.
        live = [part for part in then.key_results.values() if part.objective_id == each.objective_id and not part.dropped_at]
        reported: list[str] = []
        for part in live:
            known = [check_in for check_in in then.check_ins.get(part.key_result_id, ()) if check_in.retracted_at is None]
            newest = max((check_in.recorded_at for check_in in known), default=part.live_at)
            if part.metric.kind != "UNDECIDED" and newest is not None and newest < self._silence(then, end):
                return "OUTDATED"
            if known:
                reported.append(max(known, key=lambda check_in: (check_in.effective_at, check_in.position)).status)
        return next((status for status in ("OFF_TRACK", "AT_RISK", "ON_TRACK") if status in reported), "PENDING")

    # --- focus

    def focus(self, holder: str) -> dict[str | None, tuple[int, int, int, int]]:
        """Answer objectives, their key results, crowded and sparse ones by `owner_id` or `team_id`."""
        found: dict[str | None, tuple[int, int, int, int]] = {}
        for each in self.objectives():
            parts = len(self.key_results(each.objective_id))
            numbers = (1, parts, int(parts > 5), int(parts < 2 and each.driver != "CHILDREN"))
            known = found.get(getattr(each, holder), (0, 0, 0, 0))
            found[getattr(each, holder)] = (
                known[0] + numbers[0],
                known[1] + numbers[1],
                known[2] + numbers[2],
                known[3] + numbers[3],
            )
        return found

    # --- alignment

    def links(self) -> set[tuple[str, str]]:
        """Answer all pairs of an objective and what it is aligned to, of any cycle."""
        in_force = {
            each.objective_id
            for each in self.then.objectives.values()
            if each.state in ("ACTIVE", "CLOSED") and self._is_seen(each.objective_id)
        }
        found: set[tuple[str, str]] = set()
        for child_id in in_force:
            for parent_id in self.then.objectives[child_id].parent_ids:
                part = self.then.key_results.get(parent_id)
                if part is not None and (part.dropped_at is not None or not self._sees_part(part)):
                    continue
                target = parent_id if part is None else part.objective_id
                if target in in_force:
                    found.add((child_id, target))
        return found

    def level(self, team_id: str | None) -> int:
        """Answer how many teams are above a team."""
        level = 0
        while team_id is not None and (team_id := self.then.teams[team_id].parent_id) is not None:
            level += 1
        return level

    def orphans(self) -> set[str]:
        """Answer the objectives that hang together with nothing above."""
        own, links = self.objectives(), self.links()
        unaligned = [each for each in own if not any(child == each.objective_id for child, _ in links)]
        return {
            each.objective_id
            for each in unaligned
            if self.level(each.team_id) or not any(parent == each.objective_id for _, parent in links)
        }

    def skips(self) -> set[tuple[str, str, int]]:
        """Answer the links that skip levels, with how many."""
        own, known = {each.objective_id for each in self.objectives()}, self.then.objectives
        between = {
            (child, parent, self.level(known[child].team_id) - self.level(known[parent].team_id) - 1)
            for child, parent in self.links()
            if child in own
        }
        return {each for each in between if each[2] > 0}

    def links_across(self, team_id: str) -> int:
        """Answer how many links lead from the objectives of a team in the cycle to others, or from others to them."""
        own, known = {each.objective_id for each in self.objectives() if each.team_id == team_id}, self.then.objectives
        return sum(
            (child in own or parent in own) for child, parent in self.links() if known[child].team_id != known[parent].team_id
        )

    # --- workload

    def workload(self) -> dict[str, tuple[int, int, int]]:
        """Answer active objectives, key results and open initiatives by who answers for them."""
        found: dict[str, list[int]] = {}

        def add(person_id: str | None, place: int) -> None:
            if person_id is not None:
                found.setdefault(person_id, [0, 0, 0])[place] += 1

        active = self.objectives(None, "ACTIVE")
        for each in active:
            add(each.owner_id, 0)
            for part in self.key_results(each.objective_id):
                add(part.owner_id or each.owner_id, 1)
        ids = {each.objective_id for each in active}
        for work in self.then.initiatives.values():
            behind = self._behind(work.supported_ids, self.then)
            today = self.snapshots[-1].initiatives[work.initiative_id]
            is_seen = any(map(self._is_seen, behind)) and any(
                map(self._is_seen, self._behind(today.supported_ids, self.snapshots[-1]))
            )
            if work.state in ("PLANNED", "IN_PROGRESS") and behind & ids and is_seen:
                add(work.owner_id, 2)
        return {person_id: (counts[0], counts[1], counts[2]) for person_id, counts in found.items()}

    def _behind(self, supported_ids: Sequence[str], then: Snapshot) -> set[str]:
        return {then.key_results[each].objective_id if each in then.key_results else each for each in supported_ids}
