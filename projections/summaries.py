"""What summaries are made of: the open key results of a person, a team or a cycle, and the events behind what is different."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from asyncpg import Record

from events.calendar import CheckInCalendar, due_at, is_overdue
from events.health import Status
from projections.alignment import BEGINNINGS, GraphScope
from projections.lens import Lens
from projections.objective_listing import KEY_RESULTS, STATUS_OF_KEY_RESULTS
from projections.reader import Reader
from projections.statement import fetch

# Answers the key results of a scope that have not ended, with what says how they stand: the check-in that counts, or else
# the event by which the key result came to its objective.
_OPEN = """
select k.id, k.title, o.title as objective_title, coalesce(k.owner_id, o.owner_id) as person_id, k.kind, k.live_at,
    k_number.checked_in_at, k_number.confidence, {status} as status, c.ends_on, said.blockers,
    coalesce(said.position, k.ordinal) as position
from {projection}.objective o
join {projection}.cycle c on {at:c} and c.id = o.cycle_id
join {projection}.key_result k on {at:k} and k.objective_id = o.id and k.dropped_at is null and {seen_part:k}
{numbers}
left join {projection}.check_in said on {at:said} and said.id = k_number.last_check_in_id
where {at:o} and o.state = 'ACTIVE' and {seen:o} and {scope}
order by k.title_folded, k.id
""".replace("{status}", STATUS_OF_KEY_RESULTS).replace("{numbers}", KEY_RESULTS.numbers)

_OF_PERSON = "coalesce(k.owner_id, o.owner_id) = :scope_id"

# Answers, for some things, the newest events of some types between two positions that the viewer may see.
_BETWEEN = """
select wanted.id, found.position
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    select t.position from {projection}.event_thing t
    cross join lateral (
        select x.type from okr_ledger.event x where x.organization_id = :organization and x.position = t.position limit 1
    ) e
    cross join lateral (
        select x.objective_id, x.objective_ids from {projection}.event_subject x
        where x.organization_id = :organization and x.position = t.position limit 1
    ) s
    where t.organization_id = :organization and t.thing_id = wanted.id and t.position > :after and t.position <= :upto
        and e.type = any(:types::text[]) and {seen_event:s}
    order by t.position desc limit :size
) found
order by wanted.id, found.position
"""

MOVING_TYPES = (
    "key_result.checked_in",
    "check_in.corrected",
    "check_in.retracted",
    "key_result.metric_defined",
    "key_result.retargeted",
)
"""Types of events that may move the progress of a key result."""
COMING_TYPES = (
    "objective.activated",
    "objective.reopened",
    "objective.moved",
    "objective.reowned",
    "key_result.added",
    "key_result.moved",
    "key_result.restored",
)
"""Types of events by which a key result comes into a scope."""
GOING_TYPES = ("objective.cancelled", "objective.moved", "objective.reowned", "key_result.moved", "key_result.dropped")
"""Types of events by which a key result goes from a scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenKeyResult:
    """A key result that has not ended; `position` is that of the event which says how it stands.

    `person_id` is who answers for it: its owner, or else that of its objective.
    """

    id: str
    title: str
    objective_title: str
    person_id: str | None
    status: Status
    confidence: float | None
    blockers: str | None
    position: int
    is_overdue: bool


async def open_key_results(
    reader: Reader, lens: Lens, scope: GraphScope, scope_id: str, calendar: CheckInCalendar
) -> list[OpenKeyResult]:
    """Answer the key results of a scope that have not ended, by title; of a person those that they answer for."""
    predicate = _OF_PERSON if scope is GraphScope.PERSON else BEGINNINGS[scope]
    rows = await fetch(reader, lens, _OPEN.replace("{scope}", predicate), scope_id=scope_id)
    return [_open(row, lens.instant, calendar) for row in rows]


async def events_between(
    reader: Reader, before: Lens, after: Lens, ids: Sequence[str], types: Sequence[str], *, size: int
) -> dict[str, list[int]]:
    """Answer the newest events of some types between two lenses in the histories of some things, oldest first."""
    found: dict[str, list[int]] = defaultdict(list)
    bounds = {"after": before.position, "upto": after.position, "size": size}
    for row in await fetch(reader, after, _BETWEEN, ids=list(ids), types=list(types), **bounds):
        found[row["id"]].append(row["position"])
    return found


def _open(row: Record, instant: datetime, calendar: CheckInCalendar) -> OpenKeyResult:
    ends_on: date | None = row["ends_on"]
    # What cannot be measured yet is not expected to be checked in.
    due = None if row["kind"] == "UNDECIDED" else due_at(calendar, row["live_at"], row["checked_in_at"], ends_on)
    return OpenKeyResult(
        id=row["id"],
        title=row["title"],
        objective_title=row["objective_title"],
        person_id=row["person_id"],
        status=Status(row["status"]),
        confidence=row["confidence"],
        blockers=row["blockers"],
        position=row["position"],
        is_overdue=is_overdue(calendar, due, instant),
    )
