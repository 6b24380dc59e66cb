"""Progress jumps: key results of cycles whose progress rose steeply at the very end."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from events.calendar import end_of_day
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS
from projections.reader import Reader
from projections.statement import fetch

MOST_JUMPS = 100
"""How many jumps of one cycle are answered."""

SMALLEST_JUMP = Decimal("0.25")
"""By how much progress has to rise to be called a jump."""

_WEEK = timedelta(days=7)
_BEGINNING = datetime.min.replace(tzinfo=UTC) + _WEEK

# Answers the jumps of some cycles that the viewer may see, the largest first: the key results that count, their
# progress as it was recorded at the cycle's instant, and their progress at the lens.
_JUMPS = """
with before as (
    select wanted.cycle_id collate "C" as cycle_id, known.position
    from unnest(:ids::text[], :instants::timestamptz[]) as wanted (cycle_id, at)
    cross join lateral (
        select e.position from okr_ledger.event e
        where e.organization_id = :organization and e.recorded_at <= wanted.at and e.position <= :position
        order by e.recorded_at desc, e.position desc limit 1
    ) known
), jump as (
    select k.cycle_id, k.id, earlier.progress as progress_before, k_number.progress as progress_after,
        row_number() over (partition by k.cycle_id order by gain.exact desc, k.id) as place
    from before
    join {projection}.key_result k on {at:k} and k.cycle_id = before.cycle_id
        and k.objective_state in ('ACTIVE', 'CLOSED') and k.dropped_at is null
    {numbers}
    join lateral (
        select n.progress, n.from_position from {projection}.key_result_number n
        where n.organization_id = :organization and n.id = k.id and n.to_position > before.position
        order by n.to_position limit 1
    ) earlier on earlier.from_position <= before.position
    cross join lateral (select k_number.progress::numeric - earlier.progress::numeric as exact) gain
    where gain.exact >= :smallest::numeric and {seen_part:k}
)
select cycle_id, id, progress_before, progress_after from jump where place <= :size order by place
""".replace("{numbers}", KEY_RESULTS.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressJump:
    """The progress of a key result a week before the end and at the end, in [0, 1]."""

    key_result_id: str
    progress_before: float
    progress_after: float


def last_week_begins(ends_on: date | None, zone: str, instant: datetime) -> datetime:
    """Answer the instant seven days before the end of a cycle's last day, or before `instant` if that comes first."""
    end = instant if ends_on is None else min(instant, end_of_day(ends_on, zone))
    # A cycle may end in the first week of the calendar.
    return max(end, _BEGINNING) - _WEEK


async def of_cycles(reader: Reader, lens: Lens, begins: Mapping[str, datetime]) -> dict[str, tuple[ProgressJump, ...]]:
    """Answer the jumps since an instant of each cycle, as far as the viewer may see them.

    The largest come first, ties by identifier. What had no progress then, or none now, has not jumped.
    """
    values = {"ids": list(begins), "instants": list(begins.values()), "smallest": SMALLEST_JUMP, "size": MOST_JUMPS}
    several: dict[str, list[ProgressJump]] = defaultdict(list)
    for row in await fetch(reader, lens, _JUMPS, **values):
        jump = ProgressJump(
            key_result_id=row["id"], progress_before=row["progress_before"], progress_after=row["progress_after"]
        )
        several[row["cycle_id"]].append(jump)
    return {cycle_id: tuple(several[cycle_id]) for cycle_id in begins}
