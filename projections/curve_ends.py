"""Where curves stand at an instant, without the steps that led there, and where what has ended stopped.

The numbers are those of `curve_fold`: an objective that is closed or cancelled stands where it did when it ended; on the
measured basis only if the ending still holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from asyncpg import Record

from events.metric import ONE, clamped, raw_progress
from events.objective import ProgressDriver
from events.progress import units_of, weighted_mean
from projections import cycle_curves
from projections.curve import CurveBasis, CurveTarget
from projections.curve_fold import ENDED, Ending
from projections.curve_membership import membership_of
from projections.curve_rollup import Rollup, mean_of
from projections.ending import STANDS_AT
from projections.event_condition import positions_around
from projections.lens import Lens
from projections.metric_text import metric_of
from projections.reader import Reader
from projections.statement import fetch

# Answers some objectives with the position at which each is read, and, below those that count them, the aligned ones
# that counted then, with that of the one above.
_PLACES = """
with recursive placed (parent_id, parent_position, id, position, driver, state) as (
    select null::text collate "C", null::bigint, o.id, {read_at:at}, o.driver, o.state
    from {projection}.objective o
    where o.organization_id = :organization and o.id = any(:ids::text[]) and o.to_position > :at and o.from_position <= :at
    union
    select placed.id, placed.position, o.id, {read_at:placed}, o.driver, o.state
    from placed
    join {projection}.alignment a on a.organization_id = :organization and a.parent_id = placed.id
        and a.to_position > placed.position and a.from_position <= placed.position
    join {projection}.objective o on o.organization_id = :organization and o.id = a.child_id
        and o.to_position > placed.position and o.from_position <= placed.position and o.state in ('ACTIVE', 'CLOSED')
    where placed.driver <> 'KEY_RESULTS'
)
select parent_id, parent_position, id, position, driver, state from placed
"""
_PLACES_AT_ENDINGS = _PLACES.replace("{read_at:at}", STANDS_AT.replace("{position}", ":at::bigint")).replace(
    "{read_at:placed}", STANDS_AT.replace("{position}", "placed.position")
)
_PLACES_AT_ONE_POSITION = _PLACES.replace("{read_at:at}", ":at::bigint").replace("{read_at:placed}", "placed.position")

# Answers the live key results of objectives at positions, with their metrics and the value known then, if any.
_PARTS = """
select placed.id, placed.position, k.weight, k.metric, k.original, n.current as value, n.done_stage_ids,
    n.last_check_in_id is not null as is_measured
from unnest(:ids::text[], :positions::bigint[]) as placed (id, position)
join {projection}.key_result k on k.organization_id = :organization and k.objective_id = placed.id
    and k.to_position > placed.position and k.from_position <= placed.position and k.dropped_at is null
cross join lateral (
    select version.* from {projection}.key_result_number version
    where version.organization_id = :organization and version.id = k.id and version.to_position > placed.position
    order by version.to_position limit 1
) n
"""

# Answers the same with the value measured last up to an instant, as it stands at the lens.
_MEASURED_PARTS = """
select placed.id, placed.position, k.weight, k.metric, k.original, c.value, c.done_stage_ids, c.id is not null as is_measured
from unnest(:ids::text[], :positions::bigint[]) as placed (id, position)
join {projection}.key_result k on k.organization_id = :organization and k.objective_id = placed.id
    and k.to_position > placed.position and k.from_position <= placed.position and k.dropped_at is null
left join lateral (
    select r.* from {projection}.check_in r
    where {at:r} and r.key_result_id = k.id and r.retracted_at is null and r.effective_at <= :until
    order by r.effective_at desc, r.position desc limit 1
) c on true
"""

Place = tuple[str, int]
"""An objective, and the position at which it is read."""


async def of_objectives(
    reader: Reader, lens: Lens, ids: Sequence[str], instant: datetime, *, basis: CurveBasis, against: CurveTarget
) -> dict[str, Decimal | None]:
    """Answer the progress that the curves of objectives show at an instant."""
    at = await _position(reader, lens, instant)
    numbers = await _numbers(reader, lens, ids, at, against=against, until=instant if basis is CurveBasis.MEASURED else None)
    return dict.fromkeys(ids) | numbers.progress()


async def of_rollups(
    reader: Reader, lens: Lens, rollups: Sequence[Rollup], instant: datetime, *, basis: CurveBasis, against: CurveTarget
) -> dict[Rollup, Decimal | None]:
    """Answer the means that the curves of roll-ups show at an instant."""
    at, until = await _position(reader, lens, instant), instant if basis is CurveBasis.MEASURED else None
    stored = {each: each.cycle_id for each in rollups if until is None and each.is_whole_cycle and each.cycle_id is not None}
    others = [each for each in rollups if each not in stored]
    ends: dict[Rollup, Decimal | None] = {}
    if stored:
        standing = await cycle_curves.standing(reader, lens, list(stored.values()), at, against)
        ends |= {rollup: standing[cycle_id] for rollup, cycle_id in stored.items()}
    if others:
        ends |= await means_of(reader, lens, others, at, against=against, until=until)
    return ends


async def means_of(
    reader: Reader, lens: Lens, rollups: Sequence[Rollup], at: int, *, against: CurveTarget, until: datetime | None
) -> dict[Rollup, Decimal | None]:
    """Answer the means of objectives at a position, with what was known then, or, with `until`, is known now."""
    membership = await membership_of(reader, lens, rollups)
    counted = {
        rollup: [each.objective_id for each in membership.stretches(rollup) if each.begin <= at < each.end]
        for rollup in rollups
    }
    ids = list({each for several in counted.values() for each in several})
    progress = (await _numbers(reader, lens, ids, at, against=against, until=until)).progress()
    return {rollup: _mean(progress[each] for each in several) for rollup, several in counted.items()}


def _mean(several: Iterable[Decimal | None]) -> Decimal | None:
    known = [units_of(each) for each in several if each is not None]
    return mean_of(sum(known), len(known))


async def _position(reader: Reader, lens: Lens, instant: datetime) -> int:
    around = await positions_around(reader, lens, [instant])
    return min(around[instant].upto, lens.position)


async def endings_of(reader: Reader, lens: Lens, ids: Sequence[str], against: CurveTarget) -> dict[str, Ending]:
    """Answer the endings of the objectives that are closed or cancelled at the lens, with the numbers that they froze."""
    return (await _numbers(reader, lens, ids, lens.position, against=against, until=None)).endings()


async def _numbers(
    reader: Reader, lens: Lens, ids: Sequence[str], at: int, *, against: CurveTarget, until: datetime | None
) -> "_Numbers":
    """Load objectives at a position, with what was known then, or, with `until`, what is known now of values up to then."""
    statement = _PLACES_AT_ENDINGS if until is None else _PLACES_AT_ONE_POSITION
    places = await fetch(reader, lens, statement, ids=list(ids), at=at)
    driven = {_place(row) for row in places if row["driver"] != ProgressDriver.CHILDREN}
    arrays = {"ids": [objective_id for objective_id, _ in driven], "positions": [position for _, position in driven]}
    if until is None:
        return _Numbers(places, await fetch(reader, lens, _PARTS, **arrays), against)
    endings = await endings_of(reader, lens, list({row["id"] for row in places}), against)
    frozen = {each: ending.progress for each, ending in endings.items() if ending.position <= at}
    return _Numbers(places, await fetch(reader, lens, _MEASURED_PARTS, until=until, **arrays), against, frozen)


def _place(row: Record) -> Place:
    return row["id"], row["position"]


class _Numbers:
    """The progress of objectives where they are read, each computed once."""

    def __init__(
        self,
        places: Sequence[Record],
        parts: Iterable[Record],
        against: CurveTarget,
        frozen: Mapping[str, Decimal | None] | None = None,
    ) -> None:
        self._frozen = frozen or {}
        self._places = [row for row in places if row["parent_id"] is None]
        self._known: dict[Place, Decimal | None] = {}
        self._children: dict[Place, set[Place]] = defaultdict(set)
        for row in places:
            if row["parent_id"] is not None:
                self._children[row["parent_id"], row["parent_position"]].add(_place(row))
        self._parts: dict[Place, list[tuple[Decimal, Decimal]]] = defaultdict(list)
        for row in parts:
            value, done = None, frozenset[str]()
            if row["is_measured"]:
                value, done = row["value"], frozenset(row["done_stage_ids"])
            metric = metric_of(row["metric" if against is CurveTarget.CURRENT_TARGET else "original"])
            raw = raw_progress(metric, value, done)
            if raw is not None:
                self._parts[_place(row)].append((row["weight"], clamped(raw)))

    def progress(self) -> dict[str, Decimal | None]:
        """Answer the progress of the objectives that were asked for."""
        return {row["id"]: self._progress_at(_place(row)) for row in self._places}

    def endings(self) -> dict[str, Ending]:
        """Answer the endings of those that have ended."""
        return {
            row["id"]: Ending(position=row["position"], progress=self._progress_at(_place(row)))
            for row in self._places
            if row["state"] in ENDED
        }

    def _progress_at(self, place: Place) -> Decimal | None:
        if place[0] in self._frozen:
            return self._frozen[place[0]]
        if place not in self._known:
            below = [self._progress_at(child) for child in self._children[place]]
            parts = [*self._parts[place], *((ONE, each) for each in below if each is not None)]
            mean = weighted_mean(parts)
            self._known[place] = None if mean is None else clamped(mean)
        return self._known[place]
