"""Workload: what the people of a cycle answer for, and how often it wants a check-in.

Counted is what is open: ACTIVE objectives, their key results that are not dropped, and initiatives behind them that are
neither done nor dropped, as far as the viewer may see them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from asyncpg import Record

from events.calendar import CheckInCalendar, due_at, is_overdue
from events.metric import quotient, rounded
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS
from projections.reader import Reader
from projections.statement import fetch_planned

_DAYS_OF_WEEK = 7

# Answers the open objectives of some cycles with their key results. Who answers for a key result is its owner, or else
# that of the objective.
_OPEN = """
select o.cycle_id, o.id as objective_id, o.owner_id, k.id as key_result_id, coalesce(k.owner_id, o.owner_id) as answers_id,
    k.kind, k.live_at, k_number.checked_in_at, c.ends_on
from {projection}.cycle c
join {projection}.objective o on {at:o} and o.cycle_id = c.id and o.state = 'ACTIVE' and {seen:o}
left join {projection}.key_result k on {at:k} and k.objective_id = o.id and k.dropped_at is null and {seen_part:k}
{numbers}
where {at:c} and c.id = any(:ids::text[])
""".replace("{numbers}", KEY_RESULTS.numbers)

# Answers how many open initiatives behind the open objectives of some cycles each person owns.
_INITIATIVES = """
select o.cycle_id, i.owner_id, count(distinct i.id) as count
from {projection}.objective o
join {projection}.initiative_support s on {at:s} and s.objective_id = o.id
join {projection}.initiative i on {at:i} and i.id = s.initiative_id and i.state in ('PLANNED', 'IN_PROGRESS')
    and i.owner_id is not null and {seen_initiative:i}
where {at:o} and o.cycle_id = any(:ids::text[]) and o.state = 'ACTIVE' and {seen:o}
group by o.cycle_id, i.owner_id
"""


@dataclass(slots=True)
class WorkloadRow:
    """What one person answers for.

    `due` are the key results that want check-ins until the end of the cycle, one per cadence; for `overdue` ones a check-in
    is missing beyond the grace.
    """

    person_id: str
    cadence_days: int
    objective_ids: set[str] = field(default_factory=set[str])
    key_results: int = 0
    due: int = 0
    overdue: int = 0
    initiatives: int = 0

    @property
    def check_ins_per_week(self) -> float:
        """How many check-ins fall due in a week."""
        return float(rounded(quotient(Decimal(self.due * _DAYS_OF_WEEK), Decimal(self.cadence_days))))


async def of_cycles(
    reader: Reader, lens: Lens, ids: Sequence[str], calendar: CheckInCalendar
) -> dict[str, tuple[WorkloadRow, ...]]:
    """Answer the workload of each person with something open in each cycle, that with the most check-ins first.

    Ties go by key results, initiatives, objectives, and identifier.
    """
    found: dict[str, dict[str, WorkloadRow]] = defaultdict(dict)

    def row_of(cycle_id: str, person_id: str) -> WorkloadRow:
        several = found[cycle_id]
        if person_id not in several:
            several[person_id] = WorkloadRow(person_id, calendar.cadence_days)
        return several[person_id]

    for row in await fetch_planned(reader, lens, _OPEN, ids=list(ids)):
        if row["owner_id"] is not None:
            row_of(row["cycle_id"], row["owner_id"]).objective_ids.add(row["objective_id"])
        if row["key_result_id"] is not None and row["answers_id"] is not None:
            _add(row_of(row["cycle_id"], row["answers_id"]), row, lens, calendar)
    for row in await fetch_planned(reader, lens, _INITIATIVES, ids=list(ids)):
        row_of(row["cycle_id"], row["owner_id"]).initiatives = row["count"]
    return {cycle_id: tuple(sorted(found[cycle_id].values(), key=_heaviest_first)) for cycle_id in ids}


def _add(workload: WorkloadRow, part: Record, lens: Lens, calendar: CheckInCalendar) -> None:
    workload.key_results += 1
    if part["kind"] == "UNDECIDED":
        return
    due = due_at(calendar, part["live_at"], part["checked_in_at"], part["ends_on"])
    workload.due += due is not None
    workload.overdue += is_overdue(calendar, due, lens.instant)


def _heaviest_first(row: WorkloadRow) -> tuple[int, int, int, int, str]:
    return -row.due, -row.key_results, -row.initiatives, -len(row.objective_ids), row.person_id
