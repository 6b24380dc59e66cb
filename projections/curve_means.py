"""Means of objectives as they were recorded, summed up by the database: the log moves nearly all of them with every act.

The numbers are exact and those of `curve_rollup`; of the steps only those are answered that points are made of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from projections.curve import CurveResolution, Reading, Step
from projections.curve_points import Thinning
from projections.curve_rollup import Rollup, Stretch, mean_of
from projections.event_condition import positions_around
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Sums up by mean, in the order of positions, what objectives differ by in progress, in units of 10^-12. These are put
# together of millions and ones, because sums of four bytes are exact and fast, while those of eight become numeric.
# Rows of one position have its sum, so a step is where the mean, rounded half up, differs from that of the row before.
_STEPPING = """
with differing as (
    select counted.number, piece.position, piece.millions, piece.ones, piece.amount
    from unnest(:numbers::int[], :objective_ids::text[], :begins::bigint[], :ends::bigint[])
        as counted (number, objective_id, begin_position, end_position)
    cross join lateral (
        select greatest(version.from_position, counted.begin_position) as position,
            version.millions - lag(version.millions, 1, 0) over in_time as millions,
            version.ones - lag(version.ones, 1, 0) over in_time as ones,
            version.amount - lag(version.amount, 1, 0) over in_time as amount
        from (
            select n.from_position, n.to_position, coalesce(unit.count / 1000000, 0)::int as millions,
                coalesce(unit.count % 1000000, 0)::int as ones, (unit.count is not null)::int as amount
            from {projection}.objective_number n
            cross join lateral (select (n.progress * 1e12)::bigint as count) unit
            where n.organization_id = :organization and n.id = counted.objective_id
                and n.to_position > counted.begin_position and n.from_position < counted.end_position
                and n.from_position <= :position
        ) version
        window in_time as (order by version.to_position)
        union all
        select counted.end_position, -(unit.count / 1000000)::int, -(unit.count % 1000000)::int, -1
        from {projection}.objective_number n
        cross join lateral (select (n.progress * 1e12)::bigint as count) unit
        where n.organization_id = :organization and n.id = counted.objective_id
            and n.to_position >= counted.end_position and n.from_position < counted.end_position
            and counted.end_position <= :position and n.progress is not null
    ) piece
    where piece.millions <> 0 or piece.ones <> 0 or piece.amount <> 0
), summed as (
    select number, position, millions, ones, amount, min(position) over in_time as first_position,
        1000000 * sum(millions) over in_time + sum(ones) over in_time as total, sum(amount) over in_time as count
    from differing window in_time as (partition by number order by position)
), averaged as (
    select *, case when count > 0 then (2 * total + count) / (2 * count) end as mean from summed
), stepping as (
    select *, mean is distinct from lag(mean) over (partition by number order by position) as is_step from averaged
)
"""

# Answers for some means the last step up to each bound and behind the last one, the very first one, and by how much
# the sums differ from those of the row before.
_LAST_STEPS = """
{stepping}
select number, max(position) filter (where is_step) as position, 1000000 * sum(millions) + sum(ones) as total,
    sum(amount) as count
from stepping
group by number, case when position = first_position then -1 else width_bucket(position, :bounds::bigint[]) end
order by number, max(position)
""".replace("{stepping}", _STEPPING)

# Answers for some means the first steps between two positions, with their sums.
_FIRST_STEPS = """
{stepping}
select number, position, total, count from (
    select *, row_number() over (partition by number order by position) as place from stepping
    where is_step and position between :lowest and :highest
) placed
where place <= :most
""".replace("{stepping}", _STEPPING)

# Answers when positions were recorded.
_TIMES = """
select e.position, e.recorded_at from okr_ledger.event e
where e.organization_id = :organization and e.position = any(:positions::bigint[]) and e.position <= :position
"""


_Sums = dict[tuple[int, int], tuple[int, int]]
"""By mean and position of a step: the sum, in units of 10^-12, and how many it is of."""


async def times_of(reader: Reader, lens: Lens, positions: Iterable[int]) -> dict[int, datetime]:
    """Answer when positions were recorded, as far as the lens."""
    wanted = list(set(positions))
    return {row["position"]: row["recorded_at"] for row in await fetch(reader, lens, _TIMES, positions=wanted)}


async def steps_of(
    reader: Reader, lens: Lens, stretches: Mapping[Rollup, Sequence[Stretch]], thinning: Thinning | None
) -> dict[Rollup, list[Step]]:
    """Answer the steps of each mean of what counts: those that a thinning leaves, or all of them."""
    counted = [(number, each) for number, several in enumerate(stretches.values()) for each in several]
    arrays: dict[str, list[int] | list[str]] = {
        "numbers": [number for number, _ in counted],
        "objective_ids": [each.objective_id for _, each in counted],
        "begins": [each.begin for _, each in counted],
        "ends": [each.end for _, each in counted],
    }
    if thinning is None or not counted:
        sums = await _first_steps(reader, lens, arrays, lowest=0, highest=lens.position, most=lens.position)
    else:
        sums = await _thinned(reader, lens, arrays, min(each.begin for _, each in counted), thinning)
    times = await times_of(reader, lens, (position for _, position in sums))
    steps: dict[int, list[Step]] = defaultdict(list)
    for (number, position), (total, count) in sorted(sums.items()):
        reading = Reading(progress=mean_of(total, count))
        steps[number].append(Step(at=times[position], position=position, reading=reading))
    return {rollup: steps[number] for number, rollup in enumerate(stretches)}


async def _thinned(
    reader: Reader, lens: Lens, arrays: Mapping[str, Sequence[object]], first_position: int, thinning: Thinning
) -> _Sums:
    grid = thinning.grid
    (first_at,) = (await times_of(reader, lens, (first_position,))).values()
    bounds = thinning.bounds(first_at)
    instants = bounds if grid.begin is None else [grid.begin, *bounds]
    around = await positions_around(reader, lens, instants)
    sums = await _last_steps(reader, lens, arrays, [around[each].upto + 1 for each in bounds])
    if thinning.resolution is CurveResolution.STEP:
        lowest = 0 if grid.begin is None else around[grid.begin].before + 1
        sums |= await _first_steps(reader, lens, arrays, lowest=lowest, highest=around[grid.end].upto, most=thinning.most + 1)
    return sums


async def _last_steps(reader: Reader, lens: Lens, arrays: Mapping[str, Sequence[object]], bounds: Sequence[int]) -> _Sums:
    found: _Sums = {}
    sums: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in await fetch(reader, lens, _LAST_STEPS, bounds=bounds, **arrays):
        number, position = row["number"], row["position"]
        total, count = sums[number]
        sums[number] = total + int(row["total"]), count + row["count"]
        if position is not None:
            found[number, position] = sums[number]
    return found


async def _first_steps(
    reader: Reader, lens: Lens, arrays: Mapping[str, Sequence[object]], *, lowest: int, highest: int, most: int
) -> _Sums:
    rows = await fetch(reader, lens, _FIRST_STEPS, lowest=lowest, highest=highest, most=most, **arrays)
    return {(row["number"], row["position"]): (int(row["total"]), row["count"]) for row in rows}
