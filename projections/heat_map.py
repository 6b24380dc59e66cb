"""Heat maps: how the objectives and key results of cycles stood at the end of each week, by team.

Each week is read as it was known when it ended: at the newest position of then, with the clock and the settings of
then, by the teams that objectives belonged to then. What the viewer may not see today counts nowhere.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from asyncpg import Record

from events.calendar import end_of_day, start_of_day
from events.health import Status
from events.metric import ZERO, quotient, rounded
from projections.curve import CurveResolution
from projections.curve_points import Grid, ends_of
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS, OBJECTIVES, status_of_key_results, status_of_objectives
from projections.reader import Reader
from projections.rows import CycleRow
from projections.statement import fetch_planned

DEFAULT_WEEKS = 14
"""Weeks that a quarter can touch."""

_STATUSES = tuple((status, f"objectives_{status.lower()}", f"key_results_{status.lower()}") for status in Status)
_COUNTS = ", ".join(
    f"count(*) filter (where not is_part and status = '{status}') as {objectives}, "
    f"count(*) filter (where is_part and status = '{status}') as {key_results}"
    for status, objectives, key_results in _STATUSES
)

# Answers, per cycle, week and team, by status how many objectives or key results were in force when the week ended, and of
# the key results that were still open the number and the sum of the confidences. Sums are exact, because those of floats
# depend on the order of the rows. What is seen is decided once for all weeks, and looked up in a hash table for the sake of
# `is true`: taken for little, for nobody knows how much it is, it would else be gone through for each row.
_CELLS = (
    """
with week as materialized (
    select wanted.cycle_id, wanted.number, head.position,
        wanted.at - make_interval(hours => 24 * (s.check_in_cadence_days + s.check_in_grace_days)) as silence
    from unnest(:cycle_ids::text[], :numbers::integer[], :ends::timestamptz[]) as wanted (cycle_id, number, at)
    cross join lateral (
        select e.position from okr_ledger.event e
        where e.organization_id = :organization and e.recorded_at <= wanted.at and e.position <= :position
        order by e.recorded_at desc, e.position desc limit 1
    ) head
    join {projection}.organization s on s.organization_id = :organization
        and s.to_position > head.position and s.from_position <= head.position
), counted as materialized (
    select week.cycle_id, week.number, week.position, week.silence, o.id, o.team_id, o.state
    from week
    join {projection}.objective o on o.organization_id = :organization and o.cycle_id = week.cycle_id
        and o.to_position > week.position and o.from_position <= week.position and o.state in ('ACTIVE', 'CLOSED')
), seen as materialized (
    select each.objective_id from (select distinct id as objective_id from counted) each where {seen_objective:each}
), part as materialized (
    select o.cycle_id, o.number, o.team_id, o.position, o.silence, k.id, k.objective_id, k.objective_state, k.live_at,
        k.dropped_at
    from counted o
    join {projection}.key_result k on k.organization_id = :organization and k.objective_id = o.id
        and k.to_position > o.position and k.from_position <= o.position and k.dropped_at is null
    where (o.id in (select objective_id from seen)) is true
), seen_part as materialized (
    select each.id, each.objective_id from (select distinct id, objective_id from part) each where {seen_part_then:each}
), cell as (
    select o.cycle_id, o.number, o.team_id, false as is_part, {status_of_objectives} as status, null::float8 as confidence
    from counted o
    {objective_numbers}
    where (o.id in (select objective_id from seen)) is true
    union all
    select k.cycle_id, k.number, k.team_id, true, {status_of_key_results}, k_number.confidence
    from part k
    {key_result_numbers}
    where ((k.id, k.objective_id) in (select id, objective_id from seen_part)) is true
)
select cycle_id, number, team_id, {counts},
    count(confidence) filter (where status <> 'CLOSED') as stated,
    coalesce(sum(confidence::text::numeric) filter (where status <> 'CLOSED'), 0) as confidence
from cell group by cycle_id, number, team_id
""".replace("{counts}", _COUNTS)
    .replace("{status_of_objectives}", status_of_objectives("o.silence"))
    .replace("{status_of_key_results}", status_of_key_results("k.silence"))
    .replace("{objective_numbers}", OBJECTIVES.numbers.replace(":position", "o.position"))
    .replace("{key_result_numbers}", KEY_RESULTS.numbers.replace(":position", "k.position"))
)


@dataclass(slots=True)
class HeatCell:
    """How a team, or all of them together, stood at the end of a week.

    `objectives` and `key_results` count by status; `confidence` sums up those that `stated` key results had, 0 to 1 each.
    """

    objectives: Counter[Status] = field(default_factory=Counter[Status])
    key_results: Counter[Status] = field(default_factory=Counter[Status])
    stated: int = 0
    confidence: Decimal = ZERO

    @property
    def mean_confidence(self) -> float | None:
        """The mean confidence of the open key results that have one, in [0, 1], rounded to 12 places; None without any."""
        return float(rounded(quotient(self.confidence, Decimal(self.stated)))) if self.stated else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMapRows:
    """The ends of the weeks, oldest first, and a cell for each of them: of all teams together, and of each one.

    `teams` has None for objectives that belong to none.
    """

    ends: tuple[datetime, ...]
    whole: tuple[HeatCell, ...]
    teams: Mapping[str | None, tuple[HeatCell, ...]]


def week_ends(cycle: CycleRow, lens: Lens, zone: str, first_day_of_week: int, weeks: int) -> tuple[datetime, ...]:
    """Answer when the last `weeks` weeks of a cycle end, oldest first; the last one of all ends no later than the lens."""
    end = lens.instant if cycle.ends_on is None else min(lens.instant, end_of_day(cycle.ends_on, zone))
    grid = Grid(begin=None, end=end, zone=zone, first_day_of_week=first_day_of_week)
    begin, span = start_of_day(cycle.starts_on, zone), timedelta(weeks=weeks)
    # No week is looked at that would not be answered: a cycle may have begun a thousand years ago.
    return tuple(ends_of(end - span if end - begin > span else begin, CurveResolution.WEEK, grid)[-weeks:])


async def of_cycles(reader: Reader, lens: Lens, ends: Mapping[str, Sequence[datetime]]) -> dict[str, HeatMapRows]:
    """Answer the heat map of each cycle at the ends of its weeks, as far as the viewer may see what is in it."""
    places = [(cycle_id, number, end) for cycle_id, several in ends.items() for number, end in enumerate(several)]
    values = {
        "cycle_ids": [cycle_id for cycle_id, _, _ in places],
        "numbers": [number for _, number, _ in places],
        "ends": [end for _, _, end in places],
    }
    rows = await fetch_planned(reader, lens, _CELLS, **values)
    cells: dict[str, dict[str | None, list[HeatCell]]] = {cycle_id: {} for cycle_id in ends}
    whole = {cycle_id: _row(several) for cycle_id, several in ends.items()}
    for row in rows:
        cycle_id = row["cycle_id"]
        of_team = cells[cycle_id].setdefault(row["team_id"], _row(ends[cycle_id]))
        number: int = row["number"]
        for several in (of_team, whole[cycle_id]):
            _add(several[number], row)
    return {
        cycle_id: HeatMapRows(
            ends=tuple(several),
            whole=tuple(whole[cycle_id]),
            teams={team_id: tuple(row) for team_id, row in cells[cycle_id].items()},
        )
        for cycle_id, several in ends.items()
    }


def _add(cell: HeatCell, row: Record) -> None:
    for status, objectives, key_results in _STATUSES:
        if row[objectives]:
            cell.objectives[status] += row[objectives]
        if row[key_results]:
            cell.key_results[status] += row[key_results]
    cell.stated += row["stated"]
    cell.confidence += row["confidence"]


def _row(ends: Sequence[datetime]) -> list[HeatCell]:
    return [HeatCell() for _ in ends]
