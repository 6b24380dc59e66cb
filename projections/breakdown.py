"""Breakdowns: what a progress is made of, part by part; that of an objective, and the roll-ups of cycles, teams and all.

The numbers are the same for every viewer: parts out of sight are among them, so that the contributions add up.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from asyncpg import Record

from events.metric import ZERO, quotient, rounded
from events.progress import rolled_up
from projections.definition_rows import link_id
from projections.lens import Lens
from projections.objective_listing import OBJECTIVES
from projections.reader import Reader
from projections.statement import fetch
from projections.teams import COUNTED, SUBTREES

MOST_PARTS = 100
"""How many parts are named at most. What is left is one more, at the end: several parts together, or the last one."""

# Since when a number has had the progress that counts, where the rows of its table say so.
_SINCE = """
select coalesce(
    (
        select d.to_position from {projection}.{table} d
        where d.organization_id = :organization and d.id = ranked.part_id and d.to_position <= ranked.read_at
            and d.progress is distinct from ranked.progress
        order by d.to_position desc limit 1
    ),
    (
        select f.from_position from {projection}.{table} f
        where f.organization_id = :organization and f.id = ranked.part_id order by f.to_position limit 1
    )
) as position
from (
    select n.from_position, n.progress from {projection}.{table} n
    where n.organization_id = :organization and n.id = ranked.part_id and n.to_position > ranked.read_at
    order by n.to_position limit 1
) valid
where valid.from_position <= ranked.read_at and valid.progress = ranked.progress
"""

# What an act had changed before an objective ended in it stands in no row: it was made right there.
_RANKED = """
, ranked as (
    select parts.*, count(*) over whole as part_count, sum(parts.weight) over whole as total_weight,
        sum(parts.weight * parts.progress::numeric) over whole as weighted_sum,
        row_number() over (
            partition by parts.whole_id order by parts.weight * parts.progress::numeric desc, parts.part_id
        ) as place
    from parts
    window whole as (partition by parts.whole_id)
)
select ranked.*, coalesce(of_key_result.position, of_objective.position, ranked.read_at) as made_position
from ranked
left join lateral ({since:key_result_number}) of_key_result on true
left join lateral ({since:objective_number}) of_objective on true
where ranked.place <= :most + 1
order by ranked.whole_id, ranked.place
"""


def _largest_of(parts: str) -> str:
    """Return the statement for the largest of some parts, each with where its progress was made, and what all come to."""
    statement = parts + _RANKED
    for table in ("key_result_number", "objective_number"):
        statement = statement.replace(f"{{since:{table}}}", _SINCE.replace("{table}", table))
    return statement.replace("{numbers}", OBJECTIVES.numbers)


# Answers what counts for some objectives at the lens, or what counted when they were closed or cancelled.
_OF_OBJECTIVES = _largest_of("""
with shown as (
    select o.id, o.driver, o.state in ('CLOSED', 'CANCELLED') as is_ended
    from {projection}.objective o where {at:o} and o.id = any(:ids::text[]) and {seen:o}
), ended as (
    select shown.id, ending.position, ending.parts
    from shown
    cross join lateral (
        select e.position, e.parts from {projection}.objective_ending e
        where e.organization_id = :organization and e.objective_id = shown.id and e.position <= :position
        order by e.position desc limit 1
    ) ending
    where shown.is_ended
), parts as (
    select shown.id as whole_id, k.id as part_id, k.weight, n.progress, :position::bigint as read_at
    from shown
    join {projection}.key_result k on {at:k} and k.objective_id = shown.id and k.dropped_at is null
    join {projection}.key_result_number n on {at:n} and n.id = k.id and n.progress is not null
    where not shown.is_ended and shown.driver <> 'CHILDREN'
    union all
    select shown.id, c.id, 1, n.progress, :position
    from shown
    join {projection}.alignment a on {at:a} and a.parent_id = shown.id
    join {projection}.objective c on {at:c} and c.id = a.child_id and c.state in ('ACTIVE', 'CLOSED')
    join {projection}.objective_number n on {at:n} and n.id = c.id and n.progress is not null
    where not shown.is_ended and shown.driver <> 'KEY_RESULTS'
    union all
    select ended.id, part.id collate "C", part.weight, part.progress, ended.position
    from ended
    cross join lateral jsonb_to_recordset(ended.parts::jsonb) as part (id text, weight numeric, progress float8)
)
""")

# Answers the objectives that count for some cycles.
_OF_CYCLES = _largest_of("""
with parts as (
    select o.cycle_id as whole_id, o.id as part_id, 1 as weight, o_number.progress, :position::bigint as read_at
    from {projection}.objective o
    {numbers}
    where {at:o} and o.cycle_id = any(:ids::text[]) and o.state in ('ACTIVE', 'CLOSED') and o_number.progress is not null
)
""")

# Answers the objectives that count for some teams with those below, each in a cycle.
_OF_TEAMS = _largest_of(
    "with"
    + SUBTREES
    + """, parts as (
    select wanted.team_id || ' ' || wanted.cycle_id as whole_id, o.id as part_id, 1 as weight, o_number.progress,
        :position::bigint as read_at
    """
    + COUNTED
    + """
    {numbers}
    where o_number.progress is not null
)
"""
)

# Answers all objectives that count.
_OF_ORGANIZATION = _largest_of("""
with parts as (
    select '' as whole_id, o.id as part_id, 1 as weight, o_number.progress, :position::bigint as read_at
    from {projection}.objective o
    {numbers}
    where {at:o} and o.state in ('ACTIVE', 'CLOSED') and o_number.progress is not null
)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownPart:
    """One part of a progress: `contribution` is `share`, the part of the weight of all, times `progress`.

    `part_id` is that of a key result or of an objective, and `number_position` that of the act, or of the event, that
    made the part's progress; both None for what is left of a long list, which stands for `part_count` parts, two at least.
    Numbers are rounded to 12 places; the first contribution, or the one of what is left, takes up what rounding the
    others left, so that all add up to the progress exactly.
    """

    part_id: str | None
    part_count: int
    weight: float
    share: float
    progress: float
    contribution: float
    number_position: int | None


Parts = tuple[BreakdownPart, ...]
"""The largest contributions first, ties by identifier."""


async def of_objectives(reader: Reader, lens: Lens, ids: Sequence[str], most: int = MOST_PARTS) -> dict[str, Parts]:
    """Answer the parts of each objective's progress."""
    rows = await fetch(reader, lens, _OF_OBJECTIVES, ids=list(ids), most=most)
    found = _by_whole(rows, most, lambda total, weight: rounded(quotient(total, weight)))
    return {objective_id: found.get(objective_id, ()) for objective_id in ids}


async def of_cycles(reader: Reader, lens: Lens, ids: Sequence[str], most: int = MOST_PARTS) -> dict[str, Parts]:
    """Answer the parts of each cycle's progress: its ACTIVE and CLOSED objectives."""
    found = _by_whole(await fetch(reader, lens, _OF_CYCLES, ids=list(ids), most=most), most, rolled_up)
    return {cycle_id: found.get(cycle_id, ()) for cycle_id in ids}


async def of_teams(
    reader: Reader, lens: Lens, pairs: Sequence[tuple[str, str]], most: int = MOST_PARTS
) -> dict[tuple[str, str], Parts]:
    """Answer the parts of the progress of (team, cycle) pairs: the objectives of the team and those below."""
    wanted = list(dict.fromkeys(pairs))
    keys = {"team_ids": [team_id for team_id, _ in wanted], "cycle_ids": [cycle_id for _, cycle_id in wanted]}
    found = _by_whole(await fetch(reader, lens, _OF_TEAMS, **keys, most=most), most, rolled_up)
    return {pair: found.get(link_id(*pair), ()) for pair in wanted}


async def of_organization(reader: Reader, lens: Lens, most: int = MOST_PARTS) -> Parts:
    """Answer the parts of the organization's progress: the objectives of all cycles."""
    rows = await fetch(reader, lens, _OF_ORGANIZATION, most=most)
    return _by_whole(rows, most, rolled_up).get("", ())


Mean = Callable[[Decimal, Decimal], Decimal]
"""From a weighted sum and the weight of all to the rounded mean."""


def _by_whole(rows: Sequence[Record], most: int, mean: Mean) -> dict[str, Parts]:
    several: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        several[row["whole_id"]].append(row)
    return {whole_id: _parts(each, most, mean) for whole_id, each in several.items()}


def _parts(rows: Sequence[Record], most: int, mean: Mean) -> Parts:
    total, weighted_sum = Decimal(rows[0]["total_weight"]), Decimal(rows[0]["weighted_sum"])
    part_count = rows[0]["part_count"]
    named = rows if part_count == len(rows) else rows[:most]
    weighted = [(Decimal(row["weight"]), Decimal(repr(row["progress"]))) for row in named]
    contributions = [rounded(quotient(weight * progress, total)) for weight, progress in weighted]
    remainder = mean(weighted_sum, total) - sum(contributions, ZERO)
    left_count = part_count - len(named)
    if left_count == 0:
        contributions[0] += remainder
    parts = [
        BreakdownPart(
            part_id=row["part_id"],
            part_count=1,
            weight=float(weight),
            share=float(rounded(quotient(weight, total))),
            progress=float(progress),
            contribution=float(contribution),
            number_position=row["made_position"],
        )
        for row, (weight, progress), contribution in zip(named, weighted, contributions, strict=True)
    ]
    if left_count:
        left_weight = total - sum((weight for weight, _ in weighted), ZERO)
        left_sum = weighted_sum - sum((weight * progress for weight, progress in weighted), ZERO)
        parts.append(
            BreakdownPart(
                part_id=None,
                part_count=left_count,
                weight=float(left_weight),
                share=float(rounded(quotient(left_weight, total))),
                progress=float(rounded(quotient(left_sum, left_weight))),
                contribution=float(remainder),
                number_position=None,
            )
        )
    return tuple(parts)
