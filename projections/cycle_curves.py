"""Recorded curves of cycles: the version history of their numbers, of which a curve reads what its points are made of.

However many objectives a cycle has and however often they move, a curve by days takes one look-up for each day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from asyncpg import Record

from projections.curve import CurveResolution, CurveTarget, Reading, Step
from projections.curve_points import Thinning
from projections.event_condition import positions_around
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# In these, `{number}` is the column that a curve is of. Versions and events are looked up with a limit of one for each row:
# a plan for organizations of average size would else read all that a large one has.

# Finds when the version `n` was recorded.
_RECORDED = """
cross join lateral (
    select x.recorded_at from okr_ledger.event x
    where x.organization_id = :organization and x.position = n.from_position limit 1
) e
"""

# Finds what a curve stood at before the version `n`, null before the first one. A version may differ from the one before
# in the other column alone, and then it is no step.
_BEFORE = """
left join lateral (
    select version.{number} from {projection}.cycle_number version
    where version.organization_id = :organization and version.id = n.id and version.to_position = n.from_position limit 1
) before on true
"""

# Finds the step that a version `held` belongs to. What was never known has none.
_STEP = """
cross join lateral (
    select n.id, n.from_position, n.{number} as progress from {projection}.cycle_number n {before}
    where n.organization_id = :organization and n.id = held.id and n.to_position <= held.to_position
        and n.{number} is distinct from before.{number}
    order by n.to_position desc limit 1
) n
""".replace("{before}", _BEFORE)

# Answers where the curves of some cycles stand at a position.
_STANDING = """
select wanted.id, n.{number} as progress
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    select version.from_position, version.{number} from {projection}.cycle_number version
    where version.organization_id = :organization and version.id = wanted.id and version.to_position > :at
    order by version.to_position limit 1
) n
where n.from_position <= :at
"""

# Answers of some cycles the first known step and the one at the lens, with when they were recorded.
_ENDS = """
select n.id, n.from_position, n.progress, e.recorded_at
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    (
        select version.id, version.from_position, version.{number} as progress from {projection}.cycle_number version
        where version.organization_id = :organization and version.id = wanted.id and version.{number} is not null
        order by version.to_position limit 1
    )
    union all
    (
        select n.id, n.from_position, n.progress
        from (
            select version.id, version.to_position from {projection}.cycle_number version
            where version.organization_id = :organization and version.id = wanted.id and version.to_position > :position
            order by version.to_position limit 1
        ) held
        {step}
    )
) n
{recorded}
where n.from_position <= :position
""".replace("{step}", _STEP).replace("{recorded}", _RECORDED)

# Answers the steps of some cycles that held at some positions, each once, with when they were recorded.
_HELD = """
select n.id, n.from_position, n.progress, e.recorded_at
from (
    select distinct wanted.id, version.to_position
    from unnest(:ids::text[]) as wanted (id)
    cross join unnest(:positions::bigint[]) as bound (position)
    cross join lateral (
        select version.from_position, version.to_position from {projection}.cycle_number version
        where version.organization_id = :organization and version.id = wanted.id and version.to_position > bound.position
        order by version.to_position limit 1
    ) version
    where version.from_position <= bound.position
) held
{step}
{recorded}
""".replace("{step}", _STEP).replace("{recorded}", _RECORDED)

# Answers the first steps of some cycles that began and ended between two positions, with when they were recorded.
_BETWEEN = """
select n.id, n.from_position, n.progress, e.recorded_at
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    select n.id, n.from_position, n.{number} as progress from {projection}.cycle_number n {before}
    where n.organization_id = :organization and n.id = wanted.id
        and n.to_position > :lowest and n.from_position >= :lowest and n.to_position <= :highest
        and n.{number} is distinct from before.{number}
    order by n.to_position limit :most
) n
{recorded}
""".replace("{before}", _BEFORE).replace("{recorded}", _RECORDED)

_NUMBERS = {CurveTarget.CURRENT_TARGET: "progress", CurveTarget.ORIGINAL_TARGET: "original_progress"}


async def standing(reader: Reader, lens: Lens, ids: Sequence[str], at: int, against: CurveTarget) -> dict[str, Decimal | None]:
    """Answer the progress that the curve of each cycle shows at a position."""
    rows = await _fetch(reader, lens, _STANDING, against, ids=list(ids), at=at)
    return dict.fromkeys(ids) | {row["id"]: _progress(row) for row in rows}


async def steps_of(
    reader: Reader, lens: Lens, ids: Sequence[str], thinning: Thinning | None, against: CurveTarget
) -> dict[str, list[Step]]:
    """Answer the steps of each cycle from the first known number on: those that a thinning leaves, or all of them."""
    rows = await _fetch(reader, lens, _ENDS, against, ids=list(ids))
    known = [row["recorded_at"] for row in rows if row["progress"] is not None]
    if known:
        if thinning is None:
            between = {"lowest": 0, "highest": lens.position, "most": lens.position}
            rows += await _fetch(reader, lens, _BETWEEN, against, ids=list(ids), **between)
        else:
            # What holds behind the last step is the last step, which is here already.
            last_at = max(row["recorded_at"] for row in rows)
            bounds = [each for each in thinning.bounds(min(known)) if each < last_at]
            rows += await _thinned(reader, lens, ids, bounds, thinning=thinning, against=against)
    return _steps(ids, rows)


async def _thinned(
    reader: Reader, lens: Lens, ids: Sequence[str], bounds: Sequence[datetime], *, thinning: Thinning, against: CurveTarget
) -> list[Record]:
    grid = thinning.grid
    instants = [*bounds, grid.end] if grid.begin is None else [*bounds, grid.end, grid.begin]
    around = await positions_around(reader, lens, instants)
    positions = [around[each].upto for each in bounds]
    rows = await _fetch(reader, lens, _HELD, against, ids=list(ids), positions=positions)
    if thinning.resolution is CurveResolution.STEP:
        between = {
            "lowest": 0 if grid.begin is None else around[grid.begin].before + 1,
            "highest": min(around[grid.end].upto, lens.position),
            "most": thinning.most + 1,
        }
        rows += await _fetch(reader, lens, _BETWEEN, against, ids=list(ids), **between)
    return rows


async def _fetch(reader: Reader, lens: Lens, statement: str, against: CurveTarget, **values: Any) -> list[Record]:
    return await fetch(reader, lens, statement.replace("{number}", _NUMBERS[against]), **values)


def _progress(row: Record) -> Decimal | None:
    return None if row["progress"] is None else Decimal(repr(row["progress"]))


def _steps(ids: Sequence[str], rows: Iterable[Record]) -> dict[str, list[Step]]:
    found: dict[str, dict[int, Step]] = defaultdict(dict)
    for row in rows:
        reading, position = Reading(progress=_progress(row)), row["from_position"]
        found[row["id"]][position] = Step(at=row["recorded_at"], position=position, reading=reading)
    return {each: _known([found[each][position] for position in sorted(found[each])]) for each in ids}


def _known(steps: Sequence[Step]) -> list[Step]:
    first = next((index for index, step in enumerate(steps) if step.reading.progress is not None), len(steps))
    return list(steps[first:])
