"""The time line: in which stretches of time something was recorded, for a slider.

Stretches are found by leaping from the newest event of one to the newest before it, so their number counts and not
that of the events. Only for the stretches shown are events counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from projections.audit import seen_by
from projections.curve import CurveResolution
from projections.event_condition import positions_around
from projections.event_listing import Source
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

STRETCH_LIMIT = 2000
PROBE_LIMIT = 100_000
"""How often the histories of things are looked into for one answer: many things have fewer stretches told."""

FEWEST_STRETCHES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time in which something was recorded: its events that are seen lie in (after, last_position]."""

    begins_at: datetime
    ends_at: datetime
    after: int
    last_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many events a stretch holds, and their types in alphabetical order."""

    event_count: int
    types: tuple[str, ...]


# First day of the stretch of an instant, in the zone of the organization, and the first day behind it.
_FIRST_DAY = {
    CurveResolution.DAY: "(newest.recorded_at at time zone :zone)::date",
    CurveResolution.WEEK: """((newest.recorded_at at time zone :zone)::date
        - (extract(isodow from newest.recorded_at at time zone :zone)::integer - :first_weekday + 7) % 7)""",
}
_DAYS = {CurveResolution.DAY: 1, CurveResolution.WEEK: 7}

# Answers the stretches that hold events of some things, newest first.
_STRETCHES = """
with recursive stretch (number, last_position, begins_at, ends_at, after) as (
    select 0, 0::bigint, null::timestamptz, null::timestamptz, :upto::bigint
    union all
    select stretch.number + 1, newest.position, bounds.begins_at, bounds.ends_at, coalesce(older.position, 0)
    from stretch
    cross join lateral (
        select picked.position, e.recorded_at
        from (
            select found.position
            from unnest(:keys::text[]) as wanted (id)
            cross join lateral (
                select {driving}.position from {source}
                    and {driving}.position <= stretch.after and {driving}.position > :after and {seen}
                order by {driving}.position desc limit 1
            ) found
            order by found.position desc limit 1
        ) picked
        cross join lateral (
            select x.* from okr_ledger.event x
            where x.organization_id = :organization and x.position = picked.position limit 1
        ) e
    ) newest
    cross join lateral (select {bounds}) as bounds (begins_at, ends_at)
    left join lateral (
        select b.position from okr_ledger.event b
        where b.organization_id = :organization and b.recorded_at < bounds.begins_at
        order by b.recorded_at desc, b.position desc limit 1
    ) older on true
    where stretch.number < :size
)
select last_position, begins_at, ends_at, greatest(after, :after) as after from stretch where number > 0 order by number
"""

# Answers for some stretches how many events of some things they hold, each event once, and of which types. What may be
# seen is decided once for each objective, of which there are few, and not for each event.
_TALLIES = """
select stretch.last_position, sum(told.event_count)::bigint as event_count,
    array_agg(distinct told.type order by told.type) as types
from unnest(:afters::bigint[], :lasts::bigint[]) as stretch (after, last_position)
cross join lateral (
    select picked.type, picked.objective_id, picked.objective_ids, {counted} as event_count
    from unnest(:keys::text[]) as wanted (id)
    cross join lateral (
        select {driving}.position, e.type, {belongs_to} from {source}
            and {driving}.position > stretch.after and {driving}.position <= stretch.last_position
    ) picked
    group by picked.type, picked.objective_id, picked.objective_ids
) told
where {seen_event:told}
group by stretch.last_position
"""

_NOTHING = "null::text as objective_id, null::text[] as objective_ids"


async def stretches(
    reader: Reader,
    lens: Lens,
    resolution: CurveResolution,
    *,
    zone: str,
    first_weekday: int,
    thing_ids: Sequence[str] | None = None,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> list[Stretch]:
    """Answer the newest stretches with events that the viewer may see, the oldest first.

    There are at most `most_stretches`.

    Args:
        reader: whose.
        lens: up to where.
        resolution: how long a stretch is.
        zone: the zone in which days begin.
        first_weekday: the day on which weeks begin, 1 is Monday.
        thing_ids: whose histories; None is the whole log.
        begins_at: nothing recorded before this counts, and no stretch begins before it.
        ends_at: nothing recorded after this counts, and no stretch ends after it.
    """
    instants = [each for each in (begins_at, ends_at) if each is not None]
    around = await positions_around(reader, lens, instants)
    after = 0 if begins_at is None else around[begins_at].before
    upto = lens.position if ends_at is None else min(around[ends_at].upto, lens.position)
    seen = seen_by(reader)
    statement, keys = _filled(_STRETCHES, thing_ids, seen, seen=seen, bounds=_bounds(resolution))
    values: dict[str, object] = {"keys": keys, "after": after, "upto": upto, "size": most_stretches(len(keys))}
    if resolution is not CurveResolution.STEP:
        values["zone"] = zone
    if resolution is CurveResolution.WEEK:
        values["first_weekday"] = first_weekday
    latest = lens.instant if ends_at is None else min(ends_at, lens.instant)
    rows = await fetch(reader, lens, statement, **values)
    return [
        Stretch(
            begins_at=row["begins_at"] if begins_at is None else max(row["begins_at"], begins_at),
            ends_at=min(row["ends_at"], latest),
            after=row["after"],
            last_position=row["last_position"],
        )
        for row in reversed(rows)
    ]


def most_stretches(thing_count: int) -> int:
    """Answer how many stretches are told of so many things."""
    return max(FEWEST_STRETCHES, min(STRETCH_LIMIT, PROBE_LIMIT // max(thing_count, 1)))


async def tallies(
    reader: Reader, lens: Lens, shown: Sequence[Stretch], thing_ids: Sequence[str] | None = None
) -> dict[int, Tally]:
    """Count the events of some stretches, by their last positions."""
    # The events of one thing, or of the log, come once as it is.
    counted = "count(*)" if thing_ids is None or len(thing_ids) == 1 else "count(distinct picked.position)"
    belongs_to = _NOTHING if reader.grants.sees_everything else "s.objective_id, s.objective_ids"
    statement, keys = _filled(_TALLIES, thing_ids, f" e.type, {belongs_to}", counted=counted, belongs_to=belongs_to)
    bounds = {"afters": [each.after for each in shown], "lasts": [each.last_position for each in shown]}
    rows = await fetch(reader, lens, statement, keys=keys, **bounds)
    return {row["last_position"]: Tally(event_count=row["event_count"], types=tuple(row["types"])) for row in rows}


def _bounds(resolution: CurveResolution) -> str:
    if resolution is CurveResolution.STEP:
        return "newest.recorded_at, newest.recorded_at"
    day = _FIRST_DAY[resolution]
    behind = f"({day} + {_DAYS[resolution]})::timestamp at time zone :zone"
    return f"{day}::timestamp at time zone :zone, {behind} - interval '1 microsecond'"


def _filled(statement: str, thing_ids: Sequence[str] | None, asked: str, **parts: str) -> tuple[str, list[str]]:
    driving = (Source.LOG if thing_ids is None else Source.THING).value
    parts = {"driving": driving.alias, "source": driving.source(asked), **parts}
    for name, part in parts.items():
        statement = statement.replace("{" + name + "}", part)
    return statement, [""] if thing_ids is None else list(thing_ids)
