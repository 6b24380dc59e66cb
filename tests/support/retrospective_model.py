"""A slow model of retrospectives: day by day and check-in by check-in, from what stood after each act.

It shares the folded definitions with the program, and none of the arithmetic: rules are those of the glossary.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from events.check_in import CheckIn
from events.key_result import KeyResult, KeyResultMetricDefined, KeyResultRetargeted
from events.objective import Objective
from events.review import ObjectiveClosed
from projections.fold import LoggedEvent
from tests.support.curve_model import Model, Snapshot
from tests.support.sorting import sorted_as

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
Sees = Callable[[Objective], bool]
"""Whether the viewer may see an objective as it is today."""


@dataclass(slots=True)
class Due:
    """What became of due days, and how many check-ins there were."""

    recorded: int = 0
    corrected: int = 0
    on_time: int = 0
    late: int = 0
    missed: int = 0

    def add(self, other: "Due") -> None:
        """Count those of another key result as well."""
        self.recorded += other.recorded
        self.corrected += other.corrected
        self.on_time += other.on_time
        self.late += other.late
        self.missed += other.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Retargeted:
    """A key result with moved goalposts."""

    key_result_id: str
    against_original: Fraction | None
    against_final: Fraction | None
    positions: tuple[int, ...]


@dataclass(slots=True)
class RetrospectiveModel:
    """Looking back at one cycle. It is closed at the last snapshot, or else provisional, at `instant`."""

    snapshots: Sequence[Snapshot]
    logged: Sequence[LoggedEvent]
    cycle_id: str
    instant: datetime
    sees: Sees
    then: Snapshot = field(init=False)
    progress: dict[tuple[str, datetime, bool], Fraction | None] = field(init=False)

    def __post_init__(self) -> None:
        last = self.snapshots[-1]
        seal_position = last.cycles[self.cycle_id].seal_position
        self.then, self.progress = last, {}
        if seal_position is not None:
            self.then = next(each for each in self.snapshots if each.position >= seal_position)
            self.instant = self.then.at

    # --- what counts

    def objectives(self, team_id: str | None = None) -> list[Objective]:
        """Answer the objectives that count, all or those of a team."""
        return [
            each
            for each in self.then.objectives.values()
            if each.cycle_id == self.cycle_id and each.state in ("ACTIVE", "CLOSED") and team_id in (None, each.team_id)
        ]

    def key_results(self, team_id: str | None = None) -> list[KeyResult]:
        """Answer the key results that count, all or those of a team."""
        ids = {each.objective_id for each in self.objectives(team_id)}
        return [each for each in self.then.key_results.values() if each.objective_id in ids and each.dropped_at is None]

    def team_ids(self) -> list[str]:
        """Answer the teams with objectives that count, by name."""
        ids = {each.team_id for each in self.objectives() if each.team_id is not None}
        return sorted(ids, key=lambda each: (sorted_as(self.then.teams[each].name), each))

    # --- scores

    def scores(self, team_id: str | None = None) -> list[Fraction]:
        """Answer the scores given."""
        return [Fraction(each.review.score) for each in self.objectives(team_id) if each.review is not None]

    def mean_score(self, team_id: str | None = None) -> float | None:
        """Answer their mean."""
        scores = self.scores(team_id)
        return mean(scores) if scores else None

    def distribution(self) -> list[tuple[float, float, int]]:
        """Answer the bands with their bounds and counts."""
        assert self.then.organization is not None
        starts = [band.start for band in self.then.organization.score_bands]
        found: list[tuple[float, float, int]] = []
        for number, start in enumerate(starts):
            end = starts[number + 1] if number + 1 < len(starts) else 1.0
            # A score lies in the last band that begins at or below it.
            inside = [score for score in self.scores() if sum(Fraction(str(each)) <= score for each in starts) == number + 1]
            found.append((start, end, len(inside)))
        return found

    # --- check-ins

    def due(self, team_id: str | None = None) -> Due:
        """Answer how check-ins came."""
        found = Due()
        for each in self.key_results(team_id):
            found.add(self._due(each))
        return found

    def _check_ins(self, key_result: KeyResult) -> Sequence[CheckIn]:
        return self.then.check_ins.get(key_result.key_result_id, ())

    def _due(self, key_result: KeyResult) -> Due:
        organization, live_at = self.then.organization, key_result.live_at
        assert organization is not None
        assert live_at is not None
        zone, check_ins = ZoneInfo(organization.time_zone), self._check_ins(key_result)
        found = Due(recorded=len(check_ins), corrected=sum(each.corrected_at is not None for each in check_ins))
        if key_result.metric.kind == "UNDECIDED":
            return found
        until = min([self.instant, *self._closings(key_result.objective_id)[-1:]])
        ends_on = self.then.cycles[self.cycle_id].ends_on
        still_late = min(organization.check_in_grace_days, organization.check_in_cadence_days // 2)
        answers = [each.recorded_at.astimezone(zone).date() for each in check_ins if each.retracted_at is None]
        previous = date.min
        for day in self._calendar(live_at.astimezone(zone).date(), until.astimezone(zone).date()):
            has_ended = (until + MICROSECOND).astimezone(zone).date() > day
            if not has_ended or (ends_on is not None and day > ends_on):
                break
            mine = [each for each in answers if previous < each <= day + still_late * DAY]
            previous = day + still_late * DAY
            if mine:
                found.on_time += min(mine) <= day
                found.late += min(mine) > day
            elif until.astimezone(zone).date() > day + organization.check_in_grace_days * DAY:
                found.missed += 1
        return found

    def _closings(self, objective_id: str) -> list[datetime]:
        """Answer when the objective was closed, if it still is."""
        if self.then.objectives[objective_id].state != "CLOSED":
            return []
        return [
            recorded.recorded_at
            for event, recorded in self.logged
            if isinstance(event, ObjectiveClosed)
            and event.objective_id == objective_id
            and recorded.position <= self.then.position
        ]

    def _calendar(self, live_on: date, until: date) -> list[date]:
        """Answer the due days of a key result."""
        assert self.then.organization is not None
        weekday, cadence = self.then.organization.check_in_weekday, self.then.organization.check_in_cadence_days
        day = live_on
        while day.isoweekday() != weekday:
            day += DAY
        days: list[date] = []
        while day <= until:
            days.append(day)
            day += cadence * DAY
        return days

    # --- forecasts

    def forecasts(self) -> list[tuple[Fraction, int]]:
        """Answer each confidence stated, with the outcome."""
        return [
            (Fraction(repr(each.confidence)), int(progress == 1))
            for key_result in self.key_results()
            if (progress := self._progress(key_result.key_result_id, self.then.at)) is not None
            for each in self._check_ins(key_result)
            if each.retracted_at is None and each.confidence is not None
        ]

    def brier_score(self) -> float | None:
        """Answer the mean squared difference."""
        squares = [(stated - outcome) ** 2 for stated, outcome in self.forecasts()]
        return mean(squares) if squares else None

    def bins(self) -> list[tuple[float, float, int]]:
        """Answer mean forecast, mean outcome and number by tenths of confidence."""
        found: list[tuple[float, float, int]] = []
        for tenth in range(10):
            inside = [
                (stated, outcome)
                for stated, outcome in self.forecasts()
                if Fraction(tenth, 10) <= stated < Fraction(tenth + 1, 10) or (tenth == 9 and stated == 1)
            ]
            if inside:
                stated_mean = mean([stated for stated, _ in inside])
                found.append((stated_mean, mean([Fraction(outcome) for _, outcome in inside]), len(inside)))
        return found

    # --- lists

    def retargeted(self) -> list[Retargeted]:
        """Answer the key results with moved goalposts, the worst first."""
        found = [known for each in self.key_results() if self._sees(each) and (known := self._retargeted(each)) is not None]
        unknown = [each for each in found if each.against_final is None or each.against_original is None]
        known = [each for each in found if each not in unknown]
        known.sort(key=lambda each: each.key_result_id)
        known.sort(key=lambda each: (each.against_original or 0) - (each.against_final or 0))
        return [*known, *sorted(unknown, key=lambda each: each.key_result_id)]

    def _retargeted(self, key_result: KeyResult) -> Retargeted | None:
        key_result_id = key_result.key_result_id
        promise = next((each for each in self.snapshots if is_promised(each.key_results.get(key_result_id))), None)
        if promise is None:
            return None
        promised = promise.key_results[key_result_id]
        act_begins = max((each.position for each in self.snapshots if each.position < promise.position), default=0)
        begins = act_begins if promised.metric != promised.original else promise.position
        positions = tuple(
            recorded.position
            for event, recorded in self.logged
            if isinstance(event, KeyResultRetargeted | KeyResultMetricDefined)
            and event.key_result_id == key_result_id
            and begins < recorded.position <= self.then.position
            and self.sees(self.snapshots[-1].objectives[event.objective_id])
        )
        if not positions:
            return None
        return Retargeted(
            key_result_id=key_result_id,
            against_original=self._progress(key_result_id, self.then.at, is_original=True),
            against_final=self._progress(key_result_id, self.then.at),
            positions=positions,
        )

    def jumps(self) -> list[tuple[str, float, float]]:
        """Answer the key results that jumped in the last week, the largest jump first."""
        organization, ends_on = self.then.organization, self.then.cycles[self.cycle_id].ends_on
        assert organization is not None
        ends = [self.instant]
        if ends_on is not None:
            midnight = datetime.combine(ends_on + DAY, datetime.min.time(), ZoneInfo(organization.time_zone))
            ends.append(midnight.astimezone(self.instant.tzinfo) - MICROSECOND)
        week_before = min(ends) - 7 * DAY
        found: list[tuple[Fraction, str, float, float]] = []
        for each in self.key_results():
            before = self._progress(each.key_result_id, week_before)
            after = self._progress(each.key_result_id, self.then.at)
            if before is not None and after is not None and after - before >= Fraction(1, 4) and self._sees(each):
                found.append((before - after, each.key_result_id, float(before), float(after)))
        return [(key_result_id, before, after) for _, key_result_id, before, after in sorted(found)]

    def carry_overs(self) -> list[tuple[str, str]]:
        """Answer what went on."""
        today = self.snapshots[-1].objectives
        old = [each for each in self.then.objectives.values() if each.cycle_id == self.cycle_id]
        return [
            (each.objective_id, successor_id)
            for each in sorted(old, key=lambda each: (sorted_as(each.title), each.objective_id))
            for successor_id in each.successor_ids
            if self.sees(today[each.objective_id]) and self.sees(today[successor_id])
        ]

    def _sees(self, key_result: KeyResult) -> bool:
        today = self.snapshots[-1]
        moved_to = today.key_results[key_result.key_result_id].objective_id
        return self.sees(today.objectives[key_result.objective_id]) and self.sees(today.objectives[moved_to])

    def _progress(self, key_result_id: str, at: datetime, *, is_original: bool = False) -> Fraction | None:
        key = key_result_id, at, is_original
        if key not in self.progress:
            model = Model(list(self.snapshots), is_measured=False, is_original=is_original)
            self.progress[key] = model.key_result(key_result_id, at)[1]
        return self.progress[key]


def is_promised(known: KeyResult | None) -> bool:
    """Say whether a key result has gone live with a metric."""
    return known is not None and known.live_at is not None and known.original.kind != "UNDECIDED"


def mean(values: Sequence[Fraction]) -> float:
    """Answer the mean, rounded once to 12 places."""
    return float(round(sum(values, Fraction(0)) / len(values), 12))
