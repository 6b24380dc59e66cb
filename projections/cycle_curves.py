"""Recorded curves of cycles: the version history of their numbers, of which a curve reads what its points are made of.

However many objectives a cycle has and however often they move, a curve by days takes one look-up for each day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from asyncpg import Record

from projections.curve import CurveResolution, Reading, Step
from projections.curve_points import Thinning
from projections.event_condition import positions_around
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Events are looked up with a limit of one for each row: a plan for organizations of average size would else read all events
# of a large one.

# Answers of some cycles the first known number and the one at the lens, with when they were recorded.
_ENDS = """
select wanted.id, n.from_position, n.progress, e.recorded_at
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    (
        select version.from_position, version.progress from {projection}.cycle_number version
        where version.organization_id = :organization and version.id = wanted.id and version.progress is not null
        order by version.to_position limit 1
    )
    union all
    (
        select version.from_position, version.progress from {projection}.cycle_number version
        where version.organization_id = :organization and version.id = wanted.id and version.to_position > :position
        order by version.to_position limit 1
    )
) n
cross join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = n.from_position limit 1
) e
where n.from_position <= :position
"""

# Answers the numbers of some cycles that held at some positions, each once, with when they were recorded.
_HELD = """
select held.id, held.from_position, held.progress, e.recorded_at
from (
    select distinct wanted.id, n.from_position, n.progress
    from unnest(:ids::text[]) as wanted (id)
    cross join unnest(:positions::bigint[]) as bound (position)
    cross join lateral (
        select version.from_position, version.progress from {projection}.cycle_number version
        where version.organization_id = :organization and version.id = wanted.id and version.to_position > bound.position
        order by version.to_position limit 1
    ) n
    where n.from_position <= bound.position
) held
cross join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = held.from_position limit 1
) e
"""

# Answers the first numbers of some cycles that began and ended between two positions, with when they were recorded.
_BETWEEN = """
select wanted.id, n.from_position, n.progress, e.recorded_at
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    select version.from_position, version.progress from {projection}.cycle_number version
    where version.organization_id = :organization and version.id = wanted.id
        and version.to_position > :lowest and version.from_position >= :lowest and version.to_position <= :highest
    order by version.to_position limit :most
) n
cross join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = n.from_position limit 1
) e
"""


async def steps_of(reader: Reader, lens: Lens, ids: Sequence[str], thinning: Thinning | None) -> dict[str, list[Step]]:
    """Answer the steps of each cycle from the first known number on: those that a thinning leaves, or all of them."""
    rows = await fetch(reader, lens, _ENDS, ids=list(ids))
    known = [row["recorded_at"] for row in rows if row["progress"] is not None]
    if known:
        if thinning is None:
            rows += await _between(reader, lens, ids, lowest=0, highest=lens.position, most=lens.position)
        else:
            # What holds behind the last step is the last step, which is here already.
            last_at = max(row["recorded_at"] for row in rows)
            bounds = [each for each in thinning.bounds(min(known)) if each < last_at]
            rows += await _thinned(reader, lens, ids, bounds, thinning)
    return _steps(ids, rows)


async def _thinned(
    reader: Reader, lens: Lens, ids: Sequence[str], bounds: Sequence[datetime], thinning: Thinning
) -> list[Record]:
    grid = thinning.grid
    instants = [*bounds, grid.end] if grid.begin is None else [*bounds, grid.end, grid.begin]
    around = await positions_around(reader, lens, instants)
    rows = await fetch(reader, lens, _HELD, ids=list(ids), positions=[around[each].upto for each in bounds])
    if thinning.resolution is CurveResolution.STEP:
        lowest = 0 if grid.begin is None else around[grid.begin].before + 1
        highest = min(around[grid.end].upto, lens.position)
        rows += await _between(reader, lens, ids, lowest=lowest, highest=highest, most=thinning.most + 1)
    return rows


async def _between(reader: Reader, lens: Lens, ids: Sequence[str], *, lowest: int, highest: int, most: int) -> list[Record]:
    return await fetch(reader, lens, _BETWEEN, ids=list(ids), lowest=lowest, highest=highest, most=most)


def _steps(ids: Sequence[str], rows: Iterable[Record]) -> dict[str, list[Step]]:
    found: dict[str, dict[int, Step]] = defaultdict(dict)
    for row in rows:
        position = row["from_position"]
        progress = None if row["progress"] is None else Decimal(repr(row["progress"]))
        found[row["id"]][position] = Step(at=row["recorded_at"], position=position, reading=Reading(progress=progress))
    return {each: _known([found[each][position] for position in sorted(found[each])]) for each in ids}


def _known(steps: Sequence[Step]) -> list[Step]:
    first = next((index for index, step in enumerate(steps) if step.reading.progress is not None), len(steps))
    return list(steps[first:])
