"""Curves as of a lens: how progress came to be what it is, for many things in a fixed number of statements.

The recorded curve of an objective against the targets in force is the version history of its number, and `curve_means`
sums up those of many; the others are folded from definitions and values, `curve_fold` for key results and objectives,
`curve_rollup` for means of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from asyncpg import Record

from events.metric import Metric
from events.objective import ObjectiveState, ProgressDriver
from projections import curve_means
from projections.curve import CurveBasis, CurveTarget, Reading, Step
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
from projections.curve_means import Thinning, times_of
from projections.curve_membership import membership_of
from projections.curve_rollup import Rollup, roll_up
from projections.lens import Lens
from projections.metric_text import metric_of
from projections.reader import Reader
from projections.statement import fetch

# Answers some objectives and all that were ever aligned below them while they counted what is.
_FAMILY = """
with recursive below (id) as (
    select wanted.id collate "C" from unnest(:ids::text[]) as wanted (id)
    union
    select a.child_id from below
    join {projection}.alignment a on a.organization_id = :organization and a.parent_id = below.id
        and a.from_position <= :position
    where exists (
        select from {projection}.objective p
        where p.organization_id = :organization and p.id = below.id and p.from_position <= :position
            and p.driver <> 'KEY_RESULTS'
    )
)
select id from below
"""

# Answers the versions of some objectives.
_OBJECTIVES = """
select o.id, o.from_position, o.to_position, o.driver, o.state from {projection}.objective o
where o.organization_id = :organization and o.id = any(:ids::text[]) and o.from_position <= :position
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
"""

# Answers the versions of some key results while they belonged to an objective that the viewer may see.
_KEY_RESULTS = """
select k.id, k.from_position, k.to_position, k.objective_id, k.weight, k.dropped_at, k.metric, k.original
from {projection}.key_result k
where k.organization_id = :organization and k.id = any(:ids::text[]) and k.from_position <= :position
    and {seen_objective:k}
"""

# Answers the versions of all key results while they belonged to some objectives. Those out of sight count.
_PARTS = """
select k.id, k.from_position, k.to_position, k.objective_id, k.weight, k.dropped_at, k.metric, k.original
from {projection}.key_result k
where k.organization_id = :organization and k.objective_id = any(:ids::text[]) and k.from_position <= :position
"""

# Answers the values of some key results as they were known.
_KNOWN_VALUES = """
select n.id, n.from_position, n.to_position, n.current, n.done_stage_ids, n.confidence, n.last_check_in_id
from {projection}.key_result_number n
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

Curves = Mapping[str, Sequence[Step]]
"""The steps of things by their identifiers."""


async def of_key_results(
    reader: Reader, lens: Lens, ids: Sequence[str], *, basis: CurveBasis, against: CurveTarget
) -> dict[str, Sequence[Step]]:
    """Answer the steps of each key result, without the times at which it was out of the viewer's sight."""
    rows = await fetch(reader, lens, _KEY_RESULTS, ids=list(ids))
    steps = fold(await _parts(reader, lens, rows, basis, against)).steps
    return {key_result_id: steps.get(key_result_id, ()) for key_result_id in ids}


async def of_objectives(
    reader: Reader, lens: Lens, ids: Sequence[str], *, basis: CurveBasis, against: CurveTarget
) -> dict[str, Sequence[Step]]:
    """Answer the steps of each objective; parts that the viewer may not see count, as in its progress."""
    if basis is CurveBasis.RECORDED and against is CurveTarget.CURRENT_TARGET:
        steps = await _versions(reader, lens, ids)
    else:
        steps = await _folded(reader, lens, ids, basis, against)
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
    membership = await membership_of(reader, lens, rollups)
    stretches = {rollup: membership.stretches(rollup) for rollup in rollups}
    if basis is CurveBasis.RECORDED and against is CurveTarget.CURRENT_TARGET:
        return dict(await curve_means.steps_of(reader, lens, stretches, thinning))
    ids = list({each.objective_id for several in stretches.values() for each in several})
    steps = await _folded(reader, lens, ids, basis, against)
    bounds = (position for several in stretches.values() for each in several for position in (each.begin, each.end))
    times = await times_of(reader, lens, bounds)
    return {rollup: roll_up(several, steps, times) for rollup, several in stretches.items()}


async def _versions(reader: Reader, lens: Lens, ids: Sequence[str]) -> Curves:
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


async def _folded(reader: Reader, lens: Lens, ids: Sequence[str], basis: CurveBasis, against: CurveTarget) -> Curves:
    family = [row["id"] for row in await fetch(reader, lens, _FAMILY, ids=list(ids))]
    tables = {
        Kind.OBJECTIVE: await fetch(reader, lens, _OBJECTIVES, ids=family),
        Kind.ALIGNMENT: await fetch(reader, lens, _ALIGNMENTS, ids=family),
    }
    definitions = await _definitions(reader, lens, tables)
    rows = await fetch(reader, lens, _PARTS, ids=family)
    recorded = fold([*definitions, *await _parts(reader, lens, rows, CurveBasis.RECORDED, against)])
    if basis is CurveBasis.RECORDED:
        return recorded.steps
    # What an ending froze is what was known then.
    return fold([*definitions, *await _parts(reader, lens, rows, basis, against)], recorded.endings).steps


async def _definitions(reader: Reader, lens: Lens, tables: Mapping[Kind, Sequence[Record]]) -> list[Change]:
    times = await times_of(reader, lens, _bounds(row for rows in tables.values() for row in rows))
    return [change for kind, rows in tables.items() for change in changes_of(rows, kind, _CONTENTS[kind], times)]


async def _parts(reader: Reader, lens: Lens, rows: Sequence[Record], basis: CurveBasis, against: CurveTarget) -> list[Change]:
    """Answer the changes of key results, of which the versions are given, and of their values."""
    metric_column = "metric" if against is CurveTarget.CURRENT_TARGET else "original"
    ids = list({row["id"] for row in rows})
    if basis is CurveBasis.MEASURED:
        times = await times_of(reader, lens, _bounds(rows))
        values = list(_measured(await fetch(reader, lens, _CHECK_INS, ids=ids)))
    else:
        known = await fetch(reader, lens, _KNOWN_VALUES, ids=ids)
        times = await times_of(reader, lens, _bounds([*rows, *known]))
        values = list(changes_of(known, Kind.MEASURED, _known_value, times))
    return [*changes_of(rows, Kind.KEY_RESULT, lambda row: _key_result(row, metric_column), times), *values]


def _measured(rows: Iterable[Record]) -> Iterator[Change]:
    """Answer check-ins, in the order of their effective times, as what is known from then on."""
    confidences: dict[str, float | None] = {}
    for row in rows:
        key_result_id, stated = row["key_result_id"], row["confidence"]
        confidences[key_result_id] = confidences.get(key_result_id) if stated is None else stated
        content = Measured(
            value=row["value"], done_stage_ids=frozenset(row["done_stage_ids"]), confidence=confidences[key_result_id]
        )
        yield Change(
            at=row["effective_at"],
            rank=row["position"],
            position=row["worded_position"],
            kind=Kind.MEASURED,
            id=key_result_id,
            content=content,
        )


def _known_value(row: Record) -> Measured | None:
    if row["last_check_in_id"] is None:
        return None
    return Measured(value=row["current"], done_stage_ids=frozenset(row["done_stage_ids"]), confidence=row["confidence"])


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
    )


_CONTENTS: Mapping[Kind, Callable[[Record], Content]] = {
    Kind.OBJECTIVE: _objective,
    Kind.ALIGNMENT: lambda row: Aligned(parent_id=row["parent_id"], child_id=row["child_id"]),
}


def _bounds(rows: Iterable[Record]) -> Iterator[int]:
    for row in rows:
        yield row["from_position"]
        yield row["to_position"]
