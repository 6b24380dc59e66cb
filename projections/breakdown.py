"""Breakdowns: what the progress of an objective is made of, part by part."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from asyncpg import Record

from events.metric import ZERO, quotient, rounded
from events.progress import weighted_mean
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Answers the parts of some objectives with their weights and progress. Those of an objective that was closed or
# cancelled are read at the position at which it ended: nothing later moves its number.
_WITHOUT_POSITIONS = """
with ended as (
    select o.id, o.driver, case when o.state in ('DRAFT', 'ACTIVE') then :position else coalesce((
        select max(v.to_position) from {projection}.objective v
        where v.organization_id = :organization and v.id = o.id and v.to_position <= :position
            and v.state in ('DRAFT', 'ACTIVE')
    ), o.from_position) end as read_at
    from {projection}.objective o
    where {at:o} and o.id = any(:ids::text[]) and {seen:o}
)
select ended.id as objective_id, k.id as part_id, k.weight, n.progress, {made:key_result_number} as made_position
from ended
join {projection}.key_result k on k.organization_id = :organization and k.objective_id = ended.id
    and k.to_position > ended.read_at and k.from_position <= ended.read_at and k.dropped_at is null
join {projection}.key_result_number n on n.organization_id = :organization and n.id = k.id
    and n.to_position > ended.read_at and n.from_position <= ended.read_at and n.progress is not null
where ended.driver <> 'CHILDREN'
union all
select ended.id, c.id, 1, n.progress, {made:objective_number}
from ended
join {projection}.alignment a on a.organization_id = :organization and a.parent_id = ended.id
    and a.to_position > ended.read_at and a.from_position <= ended.read_at
join {projection}.objective c on c.organization_id = :organization and c.id = a.child_id
    and c.to_position > ended.read_at and c.from_position <= ended.read_at and c.state in ('ACTIVE', 'CLOSED')
join {projection}.objective_number n on n.organization_id = :organization and n.id = c.id
    and n.to_position > ended.read_at and n.from_position <= ended.read_at and n.progress is not null
where ended.driver <> 'KEY_RESULTS'
order by objective_id, part_id
"""

# Where the progress of a number's version came to be what it is: versions differ in other columns as well.
_MADE = """(
    select min(v.from_position) from {projection}.{table} v
    where v.organization_id = :organization and v.id = n.id and v.from_position <= n.from_position
        and v.from_position > coalesce((
            select max(d.from_position) from {projection}.{table} d
            where d.organization_id = :organization and d.id = n.id and d.from_position < n.from_position
                and d.progress is distinct from n.progress
        ), 0)
)"""

_PARTS = _WITHOUT_POSITIONS.replace("{made:key_result_number}", _MADE.replace("{table}", "key_result_number")).replace(
    "{made:objective_number}", _MADE.replace("{table}", "objective_number")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownPart:
    """One part of a progress: `contribution` is `share`, the part of the weight of all, times `progress`.

    `part_id` is that of a key result or of an aligned objective; parts out of the viewer's sight are among
    them, so that the contributions add up. All are rounded to 12 places; the largest contribution takes up
    what rounding the others left. `number_position` is that of the act that made the part's progress.
    """

    part_id: str
    weight: float
    share: float
    progress: float
    contribution: float
    number_position: int


async def of_objectives(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, tuple[BreakdownPart, ...]]:
    """Answer the parts of each objective's progress, in the order of their identifiers."""
    several: dict[str, list[Record]] = defaultdict(list)
    for row in await fetch(reader, lens, _PARTS, ids=list(ids)):
        several[row["objective_id"]].append(row)
    return {objective_id: _parts(several[objective_id]) for objective_id in ids}


def _parts(rows: list[Record]) -> tuple[BreakdownPart, ...]:
    weighted = [(Decimal(row["weight"]), Decimal(repr(row["progress"]))) for row in rows]
    mean = weighted_mean(weighted)
    if mean is None:
        return ()
    total = sum((weight for weight, _ in weighted), ZERO)
    contributions = [rounded(quotient(weight * progress, total)) for weight, progress in weighted]
    largest = contributions.index(max(contributions))
    contributions[largest] += mean - sum(contributions, ZERO)
    return tuple(
        BreakdownPart(
            part_id=row["part_id"],
            weight=float(weight),
            share=float(rounded(quotient(weight, total))),
            progress=float(progress),
            contribution=float(contribution),
            number_position=row["made_position"],
        )
        for row, (weight, progress), contribution in zip(rows, weighted, contributions, strict=True)
    )
