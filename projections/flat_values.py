"""Values that do not move, as of a lens: since when the newest check-ins of a key result have reported the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Answers, per key result, its newest check-in by effective time, and the earliest one since which all report its value.
_OF_KEY_RESULTS = """
select k.id, newest.value, newest.done_stage_ids, newest.effective_at as until,
    (select min(c.effective_at) from {projection}.check_in c
     where {at:c} and c.key_result_id = k.id and c.retracted_at is null
        and (other.position is null or (c.effective_at, c.position) > (other.effective_at, other.position))) as since
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    select version.id, version.from_position, version.objective_id from {projection}.key_result version
    where version.organization_id = :organization and version.id = wanted.id and version.to_position > :position
    order by version.to_position limit 1
) k
cross join lateral (
    select c.value, c.done_stage_ids, c.effective_at from {projection}.check_in c
    where {at:c} and c.key_result_id = k.id and c.retracted_at is null
    order by c.effective_at desc, c.position desc limit 1
) newest
left join lateral (
    select c.effective_at, c.position from {projection}.check_in c
    where {at:c} and c.key_result_id = k.id and c.retracted_at is null
        and (c.value, c.done_stage_ids) is distinct from (newest.value, newest.done_stage_ids)
    order by c.effective_at desc, c.position desc limit 1
) other on true
where k.from_position <= :position and {seen_part:k}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatValue:
    """What the newest check-ins all report, and the effective times of the first and the last of them."""

    value: Decimal | None
    done_stage_ids: frozenset[str]
    since: datetime
    until: datetime


async def of_key_results(reader: Reader, lens: Lens, key_result_ids: Sequence[str]) -> dict[str, FlatValue]:
    """Answer it for key results that have a check-in, retracted ones left out."""
    rows = await fetch(reader, lens, _OF_KEY_RESULTS, ids=list(key_result_ids))
    return {
        row["id"]: FlatValue(
            value=row["value"], done_stage_ids=frozenset(row["done_stage_ids"]), since=row["since"], until=row["until"]
        )
        for row in rows
    }
