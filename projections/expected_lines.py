"""Expected lines as of a lens: where progress should stand at any instant, straight over a cycle or phased."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from events.calendar import end_of_day, expected_progress, expected_share
from events.metric import Metric, MetricKind
from events.objective import ProgressDriver
from projections.curve import CurveTarget
from projections.lens import Lens
from projections.metric_text import metric_of
from projections.reader import Reader
from projections.rows import CycleRow, KeyResultRow, ObjectiveRow
from projections.statement import fetch

_REMEMBERED = 100

# Answers, per objective, its cycle and its live, decided key results, the latter null if it has none.
_OF_OBJECTIVES = """
select o.id, c.starts_on, c.ends_on, s.time_zone, o.driver, k.weight, k.metric, k.original
from {projection}.objective o
join {projection}.cycle c on {at:c} and c.id = o.cycle_id
join {projection}.organization s on {at:s}
left join {projection}.key_result k
    on {at:k} and k.objective_id = o.id and k.dropped_at is null and k.kind <> 'UNDECIDED' and o.driver <> 'CHILDREN'
where {at:o} and o.id = any(:ids::text[]) and {seen:o}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLine:
    """The line over a cycle: the mean of those of `metrics` by weight, straight where there are none.

    `stops_at` is when the clock of a closed cycle stopped.
    """

    starts_on: date
    ends_on: date | None
    zone: str
    metrics: tuple[tuple[Decimal, Metric], ...] = ()
    stops_at: datetime | None = None

    def height(self, instant: datetime) -> float | None:
        """Answer where the line stands at an instant, in [0, 1]; None in an open-ended cycle or with nothing decided."""
        if self.stops_at is not None:
            instant = min(instant, self.stops_at)
        dates = (self.starts_on, self.ends_on, self.zone, instant)
        if not any(metric.checkpoints for _, metric in self.metrics):
            # Straight lines are all the same one.
            return expected_share(*dates)
        parts = [(weight, expected_progress(metric, *dates)) for weight, metric in self.metrics]
        heights = [(weight, height) for weight, height in parts if height is not None]
        return _mean(heights) if heights else None

    def ends_at(self) -> datetime | None:
        """Answer when the cycle ends, None for an open-ended one."""
        return None if self.ends_on is None else end_of_day(self.ends_on, self.zone)


async def of_objectives(
    reader: Reader, lens: Lens, ids: Sequence[str], against: CurveTarget = CurveTarget.CURRENT_TARGET
) -> dict[str, ExpectedLine]:
    """Answer the expected lines of objectives: those of their live, decided key results, or their cycle's.

    It is the cycle's where aligned children alone drive the progress.
    """
    metric_column = "metric" if against is CurveTarget.CURRENT_TARGET else "original"
    metrics: dict[str, list[tuple[Decimal, Metric]]] = defaultdict(list)
    cycles: dict[str, tuple[date, date | None, str]] = {}
    for row in await fetch(reader, lens, _OF_OBJECTIVES, ids=list(ids)):
        cycles[row["id"]] = row["starts_on"], row["ends_on"], row["time_zone"]
        if row[metric_column] is not None:
            metrics[row["id"]].append((row["weight"], metric_of(row[metric_column])))
    return {
        objective_id: ExpectedLine(
            starts_on=starts_on, ends_on=ends_on, zone=zone, metrics=tuple(metrics.get(objective_id, ()))
        )
        for objective_id, (starts_on, ends_on, zone) in cycles.items()
    }


def line_of(objective: ObjectiveRow, parts: Sequence[KeyResultRow], cycle: CycleRow, zone: str) -> ExpectedLine:
    """Answer the expected line of an objective whose key results are all known."""
    if not any(part.metric.checkpoints for part in parts):
        return _straight(cycle.starts_on, cycle.ends_on, zone)
    decided = tuple(
        (part.weight, part.metric) for part in parts if part.dropped_at is None and part.metric.kind is not MetricKind.UNDECIDED
    )
    metrics = () if objective.driver is ProgressDriver.CHILDREN else decided
    return ExpectedLine(starts_on=cycle.starts_on, ends_on=cycle.ends_on, zone=zone, metrics=metrics)


@lru_cache(maxsize=_REMEMBERED)
def _straight(starts_on: date, ends_on: date | None, zone: str) -> ExpectedLine:
    return ExpectedLine(starts_on=starts_on, ends_on=ends_on, zone=zone)


def _mean(parts: list[tuple[Decimal, float]]) -> float:
    heights = {height for _, height in parts}
    if len(heights) == 1:
        return heights.pop()
    total = sum(weight for weight, _ in parts)
    # Heights have 12 places, so the sum is exact in decimals whatever the order of the rows.
    weighted = sum(weight * Decimal(repr(height)) for weight, height in parts)
    return round(float(weighted / total), 12)
