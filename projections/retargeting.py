"""Retargeting: key results of cycles whose metric was changed after it was promised, and what that made of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from asyncpg import Record

from events.metric import Metric, clamped, raw_progress
from projections.lens import Lens
from projections.metric_text import metric_of
from projections.objective_listing import KEY_RESULTS
from projections.reader import Reader
from projections.statement import fetch

MOST_KEY_RESULTS = 100
"""How many retargeted key results of one cycle are shown."""

MOST_EVENTS = 50
"""How many retargetings of one key result are answered, the first ones."""

# Answers the key results that count in some cycles and were retargeted, as far as the viewer may see the events, with
# the positions of these. A metric is promised by the act from which on the key result is live and decided; an act is
# seen whole, so if the metric differs from the original one already at its end, its changes count too.
_RETARGETED = """
select k.cycle_id, o.team_id, k.id, k.metric, k.original, k_number.current, k_number.done_stage_ids, k_number.last_check_in_id,
    (array_agg(s.position order by s.position))[1: :most_events::integer] as positions
from {projection}.key_result k
join {projection}.objective o on {at:o} and o.id = k.objective_id
{numbers}
join {projection}.event_subject s on s.organization_id = :organization and s.subject_id = k.id
join okr_ledger.event e on e.organization_id = :organization and e.position = s.position
    and e.type in ('key_result.retargeted', 'key_result.metric_defined')
cross join lateral (
    select p.from_position, p.metric <> p.original as was_moved from {projection}.key_result p
    where p.organization_id = :organization and p.id = k.id and p.live_at is not null
        and p.original::json ->> 'kind' <> 'UNDECIDED'
    order by p.to_position limit 1
) promised
join okr_ledger.event promise on promise.organization_id = :organization and promise.position = promised.from_position
where {at:k} and k.cycle_id = any(:ids::text[]) and k.objective_state in ('ACTIVE', 'CLOSED') and k.dropped_at is null
    and s.position <= :position
    and (e.position > promise.position or (promised.was_moved and e.command_id = promise.command_id))
    and {seen_part:k} and {seen_objective:s}
group by k.cycle_id, o.team_id, k.id, k.metric, k.original, k_number.current, k_number.done_stage_ids, k_number.last_check_in_id
order by k.id
""".replace("{numbers}", KEY_RESULTS.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetedKeyResult:
    """A key result, its metric as promised and as it now stands, and the progress of its value against either.

    Progress is in [0, 1], None where the metric is UNDECIDED. `positions` are those of the events that changed the
    metric, in their order; `team_id` is the team of the objective.
    """

    key_result_id: str
    team_id: str | None
    original: Metric
    final: Metric
    progress_against_original: Decimal | None
    progress_against_final: Decimal | None
    positions: tuple[int, ...]

    @property
    def gain(self) -> Decimal | None:
        """What the changes added to the progress; negative when they made it harder."""
        if self.progress_against_final is None or self.progress_against_original is None:
            return None
        return self.progress_against_final - self.progress_against_original


async def of_cycles(reader: Reader, lens: Lens, ids: Sequence[str]) -> dict[str, tuple[RetargetedKeyResult, ...]]:
    """Answer the retargeted key results of each cycle that the viewer may see.

    Those that gained most come first, those whose gain is unknown last; ties by identifier.
    """
    several: dict[str, list[RetargetedKeyResult]] = defaultdict(list)
    for row in await fetch(reader, lens, _RETARGETED, ids=list(ids), most_events=MOST_EVENTS):
        several[row["cycle_id"]].append(_retargeted(row))
    return {cycle_id: tuple(sorted(several[cycle_id], key=_worst_first)) for cycle_id in ids}


def _worst_first(retargeted: RetargetedKeyResult) -> tuple[bool, Decimal, str]:
    gain = retargeted.gain
    return gain is None, -(gain or Decimal(0)), retargeted.key_result_id


def _retargeted(row: Record) -> RetargetedKeyResult:
    original, final = metric_of(row["original"]), metric_of(row["metric"])
    return RetargetedKeyResult(
        key_result_id=row["id"],
        team_id=row["team_id"],
        original=original,
        final=final,
        progress_against_original=_progress(original, row),
        progress_against_final=_progress(final, row),
        positions=tuple(row["positions"]),
    )


def _progress(metric: Metric, row: Record) -> Decimal | None:
    # Before any check-in each metric has its own start, while the row has that of the last one.
    value = None if row["last_check_in_id"] is None else row["current"]
    raw = raw_progress(metric, value, frozenset(row["done_stage_ids"]))
    return None if raw is None else clamped(raw)
