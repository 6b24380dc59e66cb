"""Curves as of a lens: how progress came to be what it is, for many things in a fixed number of statements.

The recorded curve of a cycle is the version history of its numbers, and so is that of an objective against the targets in
force; `curve_means` sums up the latter for other means. The others are folded from definitions and values, `curve_fold` for
key results and objectives, `curve_rollup` for means of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from asyncpg import Record

from events.metric import Metric
from events.objective import ObjectiveState, ProgressDriver
from projections import curve_ends, curve_means, cycle_curves
from projections.curve import CurveBasis, CurveTarget, Reading, Step
from projections.curve_families import families_of
from projections.curve_fold import fold
from projections.curve_history import (
    Aligned,
    Change,
    Content,
    KeyResultThen,
    Kind,
    Measured,
    ObjectiveThen,
    changes_of,
)
from projections.curve_means import times_of
from projections.curve_membership import stretches_of
from projections.curve_points import Thinning
from projections.curve_rollup import Means, Rollup
from projections.lens import Lens
from projections.metric_text import metric_of
from projections.reader import Reader
from projections.statement import fetch

# Answers the versions of some objectives.
_OBJECTIVES = """
select o.id, o.from_position, o.to_position, o.driver, o.state, o.review_position from {projection}.objective o
where o.organization_id = :organization and o.id = any(:ids::text[]) and o.from_position <= :position
order by o.id, o.to_position
"""

# Answers the versions of the numbers of some objectives.
_OBJECTIVE_NUMBERS = """
select n.id, n.from_position, n.progress, n.confidence from {projection}.objective_number n
where n.organization_id = :organization and n.id = any(:ids::text[]) and n.from_position <= :position
order by n.from_position
"""

# Answers the versions of alignments among some objectives.
_ALIGNMENTS = """
select a.id, a.from_position, a.to_position, a.parent_id, a.child_id from {projection}.alignment a
where a.organization_id = :organization and a.parent_id = any(:ids::text[]) and a.from_position <= :position
order by a.id, a.to_position
"""

# Answers the versions of some key results while they belonged to an objective that the viewer may see.
_KEY_RESULTS = """
select k.id, k.from_position, k.to_position, k.objective_id, k.weight, k.dropped_at, k.metric, k.original
from {projection}.key_result k
where k.organization_id = :organization and k.id = any(:ids::text[]) and k.from_position <= :position
    and {seen_objective:k}
order by k.id, k.to_position
"""

# Answers the versions of all key results while they belonged to some objectives. Those out of sight count.
_PARTS = """
select k.id, k.from_position, k.to_position, k.objective_id, k.weight, k.dropped_at, k.metric, k.original
from {projection}.key_result k
where k.organization_id = :organization and k.objective_id = any(:ids::text[]) and k.from_position <= :position
order by k.id, k.to_position
"""

# Answers the values of some key results as they were known, and since when.
_KNOWN_VALUES = """
select n.id, n.from_position, e.recorded_at, n.current, n.done_stage_ids, n.confidence, n.last_check_in_id
from {projection}.key_result_number n
cross join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = n.from_position limit 1
) e
where n.organization_id = :organization and n.id = any(:ids::text[]) and n.from_position <= :position
"""

# Answers the check-ins of some key results that hold at the lens, each with the position of its newest wording.
_CHECK_INS = """
select c.key_result_id, c.value, c.done_stage_ids, c.confidence, c.effective_at, c.position, (
    select max(w.position) from {projection}.check_in_revision w
    where w.organization_id = :organization and w.check_in_id = c.id and w.position <= :position
) as worded_position
from {projection}.check_in c
where {at:c} and c.key_result_id = any(:ids::text[]) and c.retracted_at is null
order by c.effective_at, c.position
"""


async def of_key_results(
    reader: Reader, lens: Lens, ids: Sequence[str], *, basis: CurveBasis, against: CurveTarget
) -> dict[str, Sequence[Step]]:
    """Answer the steps of each key result, without the times at which it was out of the viewer's sight."""
    rows = await fetch(reader, lens, _KEY_RESULTS, ids=list(ids))
    steps = await fold(await _parts(reader, lens, rows, basis, against), ids)
    return {key_result_id: steps.get(key_result_id, ()) for key_result_id in ids}


async def of_objectives(
    reader: Reader, lens: Lens, ids: Sequence[str], *, basis: CurveBasis, against: CurveTarget
) -> dict[str, Sequence[Step]]:
    """Answer the steps of each objective; parts that the viewer may not see count, as in its progress."""
    steps: dict[str, list[Step]] = {}
    if basis is CurveBasis.RECORDED and against is CurveTarget.CURRENT_TARGET:
        steps = await _versions(reader, lens, ids)
    else:
        for family in await families_of(reader, lens, ids):
            steps |= await _folded(reader, lens, family, basis, against)
    return {objective_id: steps.get(objective_id, ()) for objective_id in ids}


async def of_rollups(
    reader: Reader,
    lens: Lens,
    rollups: Sequence[Rollup],
    *,
    basis: CurveBasis,
    against: CurveTarget,
    thinning: Thinning | None = None,
) -> dict[Rollup, Sequence[Step]]:
    """Answer the steps of each mean; objectives that the viewer may not see count, for everybody the same.

    With a thinning, steps that its points have no need of may be left out.
    """
    if basis is CurveBasis.MEASURED:
        return await folded_means(reader, lens, rollups, thinning, basis=basis, against=against)
    of_cycles = {rollup: rollup.cycle_id for rollup in rollups if rollup.is_whole_cycle and rollup.cycle_id is not None}
    others = [rollup for rollup in rollups if rollup not in of_cycles]
    steps: dict[Rollup, Sequence[Step]] = {}
    if of_cycles:
        found = await cycle_curves.steps_of(reader, lens, list(of_cycles.values()), thinning, against)
        steps |= {rollup: found[cycle_id] for rollup, cycle_id in of_cycles.items()}
    if others and against is CurveTarget.CURRENT_TARGET:
        steps |= await curve_means.steps_of(reader, lens, await stretches_of(reader, lens, others), thinning)
    elif others:
        steps |= await folded_means(reader, lens, others, thinning, basis=basis, against=against)
    return steps


async def folded_means(
    reader: Reader,
    lens: Lens,
    rollups: Sequence[Rollup],
    thinning: Thinning | None,
    *,
    basis: CurveBasis,
    against: CurveTarget,
) -> dict[Rollup, Sequence[Step]]:
    """Answer the steps of means of objectives that are folded."""
    stretches = await stretches_of(reader, lens, rollups)
    ids = list({each.objective_id for several in stretches.values() for each in several})
    bounds = (position for several in stretches.values() for each in several for position in (each.begin, each.end))
    means = Means(stretches, await times_of(reader, lens, bounds))
    for family in await families_of(reader, lens, ids):
        means.add(await _folded(reader, lens, family, basis, against))
    return {rollup: await means.steps(rollup, thinning) for rollup in rollups}


async def _versions(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, list[Step]]:
    rows = await fetch(reader, lens, _OBJECTIVE_NUMBERS, ids=list(ids))
    times = await times_of(reader, lens, (row["from_position"] for row in rows))
    steps: dict[str, list[Step]] = {}
    for row in rows:
        progress = None if row["progress"] is None else Decimal(repr(row["progress"]))
        reading = Reading(progress=progress, confidence=row["confidence"])
        known, position = steps.setdefault(row["id"], []), row["from_position"]
        if not known or known[-1].reading != reading:
            known.append(Step(at=times[position], position=position, reading=reading))
    return steps


async def _folded(
    reader: Reader, lens: Lens, family: Sequence[str], basis: CurveBasis, against: CurveTarget
) -> dict[str, list[Step]]:
    """Answer the steps of objectives that count no others than each other."""
    tables = {
        Kind.OBJECTIVE: await fetch(reader, lens, _OBJECTIVES, ids=family),
        Kind.ALIGNMENT: await fetch(reader, lens, _ALIGNMENTS, ids=family),
    }
    definitions = await _definitions(reader, lens, tables)
    parts = await _parts(reader, lens, await fetch(reader, lens, _PARTS, ids=family), basis, against)
    # On the measured curve, too, an ending froze what was known then.
    is_measured = basis is CurveBasis.MEASURED
    endings = await curve_ends.endings_of(reader, lens, family, against) if is_measured else None
    return await fold([*definitions, *parts], family, endings)


async def _definitions(reader: Reader, lens: Lens, tables: Mapping[Kind, Sequence[Record]]) -> list[Change]:
    times = await times_of(reader, lens, _bounds(row for rows in tables.values() for row in rows))
    return [change for kind, rows in tables.items() for change in changes_of(rows, kind, _CONTENTS[kind], times)]


async def _parts(reader: Reader, lens: Lens, rows: Sequence[Record], basis: CurveBasis, against: CurveTarget) -> list[Change]:
    """Answer the changes of key results, of which the versions are given, and of their values."""
    metric_column = "metric" if against is CurveTarget.CURRENT_TARGET else "original"
    times = await times_of(reader, lens, _bounds(rows))
    ids = list({row["id"] for row in rows})
    if basis is CurveBasis.MEASURED:
        values = _measured(await fetch(reader, lens, _CHECK_INS, ids=ids))
    else:
        values = _known(await fetch(reader, lens, _KNOWN_VALUES, ids=ids))
    return [*changes_of(rows, Kind.KEY_RESULT, lambda row: _key_result(row, metric_column), times), *values]


def _known(rows: Iterable[Record]) -> Iterator[Change]:
    """Answer the values of key results as what was known when they were recorded."""
    for row in rows:
        content = None
        if row["last_check_in_id"] is not None:
            content = Measured(row["current"], frozenset(row["done_stage_ids"]), row["confidence"])
        position = row["from_position"]
        yield Change(row["recorded_at"], position, position, Kind.MEASURED, row["id"], content)


def _measured(rows: Iterable[Record]) -> Iterator[Change]:
    """Answer check-ins, in the order of their effective times, as what is known from then on."""
    confidences: dict[str, float | None] = {}
    for row in rows:
        key_result_id, stated = row["key_result_id"], row["confidence"]
        confidences[key_result_id] = confidences.get(key_result_id) if stated is None else stated
        content = Measured(row["value"], frozenset(row["done_stage_ids"]), confidences[key_result_id])
        yield Change(row["effective_at"], row["position"], row["worded_position"], Kind.MEASURED, key_result_id, content)


def _key_result(row: Record, metric_column: str) -> KeyResultThen:
    return KeyResultThen(
        objective_id=row["objective_id"],
        weight=row["weight"],
        is_dropped=row["dropped_at"] is not None,
        metric=_metric(row[metric_column]),
    )


@lru_cache(maxsize=4096)
def _metric(text: str) -> Metric:
    # Most versions of a key result have the same metric.
    return metric_of(text)


def _objective(row: Record) -> ObjectiveThen:
    return ObjectiveThen(
        driver=ProgressDriver(row["driver"]),
        state=ObjectiveState(row["state"]),
        review_position=row["review_position"],
    )


_CONTENTS: Mapping[Kind, Callable[[Record], Content]] = {
    Kind.OBJECTIVE: _objective,
    Kind.ALIGNMENT: lambda row: Aligned(parent_id=row["parent_id"], child_id=row["child_id"]),
}


def _bounds(rows: Iterable[Record]) -> Iterator[int]:
    for row in rows:
        yield row["from_position"]
        yield row["to_position"]
