"""The agenda of whoever reads: the days on which something falls due for them, and the cycles, for a calendar.

It follows from the log alone and moves with no clock: what is due again and again begins with the first due day that no
check-in has answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from asyncpg import Record

from projections.check_in_due import DUE_ON
from projections.inbox import MAY_ACT
from projections.key_results import KeyResultsOf
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS
from projections.reader import Reader
from projections.statement import fetch


class AgendaKind(StrEnum):
    """What is on a day."""

    CHECK_IN = "CHECK_IN"
    REVIEW = "REVIEW"
    KEY_RESULT = "KEY_RESULT"
    INITIATIVE = "INITIATIVE"
    CYCLE = "CYCLE"


# Each entry is of the version of the last act that changed anything of it.
_ENTRIES = """
with entry (kind, id, title, within, first_on, last_on, every_days, phase, version) as (
    select 'CHECK_IN', k.id, k.title, o.title, {due_on}, c.ends_on, s.check_in_cadence_days, c.phase,
        greatest(k.from_position, k_number.from_position, o.from_position, c.from_position, s.from_position)
    from (values (:viewer::text)) as wanted (id)
    cross join {projection}.key_result k {numbers}
    join {projection}.objective o on {at:o} and o.id = k.objective_id
    join {projection}.cycle c on {at:c} and c.id = k.cycle_id
    join {projection}.organization s on {at:s}
    where {at:k} and {answerable} and {seen_part:k} and {may_act} and {due_on} is not null
    union all
    select 'KEY_RESULT', k.id, k.title, o.title, k.due_on, k.due_on, null, c.phase,
        greatest(k.from_position, o.from_position, c.from_position)
    from (values (:viewer::text)) as wanted (id)
    cross join {projection}.key_result k
    join {projection}.objective o on {at:o} and o.id = k.objective_id
    join {projection}.cycle c on {at:c} and c.id = k.cycle_id and c.phase <> 'CLOSED'
    where {at:k} and {answerable} and {seen_part:k} and k.due_on is not null and k.dropped_at is null
        and k.objective_state = 'ACTIVE'
    union all
    select 'REVIEW', o.id, o.title, c.name, c.ends_on, c.ends_on, null, c.phase, greatest(o.from_position, c.from_position)
    from (values (:viewer::text)) as wanted (id)
    cross join {projection}.objective o
    join {projection}.cycle c on {at:c} and c.id = o.cycle_id and c.phase <> 'CLOSED' and c.ends_on is not null
    where {at:o} and o.owner_id = wanted.id and o.state = 'ACTIVE' and {seen:o} and {may_act}
    union all
    select 'INITIATIVE', i.id, i.title, null, i.due_on, i.due_on, null, null, i.from_position
    from {projection}.initiative i
    where {at:i} and i.owner_id = :viewer and i.due_on is not null and i.state in ('PLANNED', 'IN_PROGRESS')
        and {seen_initiative:i}
    union all
    select 'CYCLE', c.id, c.name, null, c.starts_on, c.ends_on, null, c.phase, c.from_position
    from {projection}.cycle c where {at:c} and c.phase <> 'CLOSED'
)
select entry.*, made.recorded_at
from entry
cross join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = entry.version limit 1
) made
order by entry.first_on, entry.kind, entry.id limit :size
"""
_PARTS: Mapping[str, str] = {
    "due_on": DUE_ON,
    "answerable": KeyResultsOf.ANSWERABLE.value.predicate,
    "may_act": MAY_ACT,
    "numbers": KEY_RESULTS.numbers,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaEntry:
    """Something on some days; `within` is the title of what it belongs to.

    With `every_days` it comes again until `last_on`, else it lasts from `first_on` to `last_on`; without that, nobody knows
    how long. `version` is the position of the act that last changed it, `changed_at` when that was recorded.
    """

    kind: AgendaKind
    id: str
    title: str
    within: str | None
    first_on: date
    last_on: date | None
    every_days: int | None
    phase: str | None
    version: int
    changed_at: datetime


async def entries(reader: Reader, lens: Lens, limit: int) -> list[AgendaEntry]:
    """Answer what is on the agenda of whoever reads, the first days first, at most `limit` entries."""
    statement = _ENTRIES
    for name, part in _PARTS.items():
        statement = statement.replace("{" + name + "}", part)
    return [_entry(record) for record in await fetch(reader, lens, statement, size=limit)]


def _entry(record: Record) -> AgendaEntry:
    return AgendaEntry(
        kind=AgendaKind(record["kind"]),
        id=record["id"],
        title=record["title"],
        within=record["within"],
        first_on=record["first_on"],
        last_on=record["last_on"],
        every_days=record["every_days"],
        phase=record["phase"],
        version=record["version"],
        changed_at=record["recorded_at"],
    )
