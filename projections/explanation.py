"""Explanations: the events behind the number of a key result, as of a lens."""

from collections.abc import Sequence
from dataclasses import dataclass

from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch

# Since when the number has had what it has at the lens: where the last version that differs ended, else the first one.
_SINCE = """
select coalesce(
    (
        select d.to_position from {projection}.key_result_number d
        where d.organization_id = :organization and d.id = n.id and d.to_position <= n.from_position and {differs}
        order by d.to_position desc limit 1
    ),
    (
        select f.from_position from {projection}.key_result_number f
        where f.organization_id = :organization and f.id = n.id order by f.to_position limit 1
    )
) as position
"""
_IS_REVALUED = """(d.last_check_in_id, d.current, d.done_stage_ids)
            is distinct from (n.last_check_in_id, n.current, n.done_stage_ids)"""

# Answers for some key results the events that made their metric and their value what they are, and the end of the act
# that made their progress. Of several events in one act it is the last one that is said to have changed the value. The
# positions are computed first: under row-level security no index is asked for what a subquery answers.
_OF_KEY_RESULTS = """
with numbered as materialized (
    select k.id, revalued.position as revalued_at,
        case when n.progress is not null then progressed.position end as number_position
    from {projection}.key_result k
    join {projection}.key_result_number n on {at:n} and n.id = k.id
    cross join lateral ({since_progressed}) progressed
    cross join lateral ({since_revalued}) revalued
    where {at:k} and k.id = any(:ids::text[]) and {seen_part:k}
)
select numbered.id, metric.position as metric_position, valued.position as value_position, numbered.number_position
from numbered
left join lateral (
    select s.position from {projection}.event_subject s
    cross join lateral (
        select x.type from okr_ledger.event x
        where x.organization_id = :organization and x.position = s.position limit 1
    ) e
    where s.organization_id = :organization and s.subject_id = numbered.id and s.position <= :position
        and e.type = any(:metric_types::text[])
    order by s.position desc limit 1
) metric on true
left join lateral (
    select e.position from okr_ledger.event known
    join okr_ledger.event e on e.organization_id = :organization and e.command_id = known.command_id
    join {projection}.event_subject s on s.organization_id = :organization and s.position = e.position
    where known.organization_id = :organization and known.position = numbered.revalued_at
        and e.position <= numbered.revalued_at
    order by coalesce(s.revalued_id = numbered.id, false) desc, e.position desc limit 1
) valued on true
""".replace("{since_progressed}", _SINCE.replace("{differs}", "d.progress is distinct from n.progress")).replace(
    "{since_revalued}", _SINCE.replace("{differs}", _IS_REVALUED)
)

_METRIC_TYPES = ["key_result.added", "key_result.metric_defined", "key_result.retargeted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultExplanation:
    """Positions of the events behind a number: what made the metric, and what made the value that counts.

    `number_position` is that of the act that made the progress, None without one.
    """

    metric_position: int
    value_position: int
    number_position: int | None


async def of_key_results(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, KeyResultExplanation]:
    """Answer what made the numbers of key results, without those that the viewer may not see."""
    rows = await fetch(reader, lens, _OF_KEY_RESULTS, ids=list(ids), metric_types=_METRIC_TYPES)
    return {
        row["id"]: KeyResultExplanation(
            metric_position=row["metric_position"],
            value_position=row["value_position"],
            number_position=row["number_position"],
        )
        for row in rows
    }
