"""The inbox of a person: what they have to do, derived from what there is at the lens and never stored.

Check in, review, answer and acknowledge: each item tells since when it waits, when it is due and which event made it.
It holds what its person may see, for whoever reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from asyncpg import Record

from projections import paging, people
from projections.check_in_due import DUE_AT, DUE_STATE, WANTED_SINCE
from projections.comments import CommentsOf
from projections.condition import ALWAYS, Condition
from projections.conversation_listing import COMMENTS
from projections.key_results import KeyResultsOf
from projections.lens import Lens
from projections.listing import Field, Kind, Listing
from projections.moments import Head
from projections.objective_listing import KEY_RESULTS
from projections.page import Order, Page, Window
from projections.paging import Scope
from projections.reader import Grants, Reader
from projections.records import page_of


class InboxItemKind(StrEnum):
    """What there is to do."""

    CHECK_IN = "CHECK_IN"
    REVIEW = "REVIEW"
    ANSWER = "ANSWER"
    ACKNOWLEDGE = "ACKNOWLEDGE"


class InboxReason(StrEnum):
    """Why it is this person who has to."""

    OWNS_KEY_RESULT = "OWNS_KEY_RESULT"
    OWNS_OBJECTIVE = "OWNS_OBJECTIVE"
    LEADS_TEAM = "LEADS_TEAM"
    IS_MENTIONED = "IS_MENTIONED"


# The event behind a check-in that is wanted: the newest one that counts, else what made the key result live, which happened
# to it or to the objective that it then belonged to; where that is another one, its own first event.
_LAST_CHECKED_IN = """coalesce((
    select r.position from {projection}.check_in r
    where {at:r} and r.key_result_id = k.id and r.recorded_at = k_number.checked_in_at and r.retracted_at is null
    order by r.position desc limit 1
), (
    select e.position from okr_ledger.event e
    join {projection}.event_subject about on about.organization_id = :organization and about.position = e.position
    where e.organization_id = :organization and e.recorded_at = k.live_at and e.position <= :position
        and about.subject_id in (k.id, k.objective_id)
    order by (e.type = 'objective.activated') desc, (about.subject_id = k.id) desc, e.position limit 1
), (
    select min(about.position) from {projection}.event_subject about
    where about.organization_id = :organization and about.subject_id = k.id
))"""

_CHECK_INS = """
select k.organization_id, k.from_position, k.to_position, 'CHECK_IN' as kind, k.id as subject_id,
    case when k.owner_id is null then 'OWNS_OBJECTIVE' else 'OWNS_KEY_RESULT' end as reason,
    {wanted_since} as since, {due_at} as due_at, {last_checked_in} as made_by
from {projection}.key_result k {numbers}
where {at:k} and {answerable} and {seen_part:k} and {due_state} is not null
"""

# A review waits since its cycle came into review, or since the day after its last one.
_REVIEWS = """
select o.organization_id, o.from_position, o.to_position, 'REVIEW' as kind, o.id as subject_id, 'OWNS_OBJECTIVE' as reason,
    greatest(o.activated_at, case
        when c.phase = 'REVIEW' then made.recorded_at
        else (c.ends_on + 1)::timestamp at time zone s.time_zone
    end) as since,
    (c.ends_on + 1)::timestamp at time zone s.time_zone - interval '1 microsecond' as due_at, made.position as made_by
from {projection}.objective o
join {projection}.organization s on {at:s}
join {projection}.cycle c on {at:c} and c.id = o.cycle_id and (
    c.phase = 'REVIEW' or c.phase = 'ACTIVE' and c.ends_on < (:instant::timestamptz at time zone s.time_zone)::date
)
cross join lateral (
    select e.position, e.recorded_at from okr_ledger.event e
    where e.organization_id = :organization and e.stream_id = c.id and e.position <= :position
        and e.type = any(case
            when c.phase = 'REVIEW' then array['cycle.review_started', 'cycle.reopened']
            else array['cycle.created', 'cycle.rescheduled']
        end)
    order by e.position desc limit 1
) made
where {at:o} and o.owner_id = wanted.id and o.state = 'ACTIVE' and {seen:o}
"""

# A mention waits since the wording that brought it.
_ANSWERS = """
select said.organization_id, said.from_position, said.to_position, 'ANSWER' as kind, said.id as subject_id,
    'IS_MENTIONED' as reason, made.recorded_at as since, null::timestamptz as due_at, made.position as made_by
from {projection}.comment said
join {projection}.comment_mention mention on {at:mention} and mention.comment_id = said.id and mention.person_id = wanted.id
cross join lateral (
    select e.position, e.recorded_at from okr_ledger.event e
    where e.organization_id = :organization and e.stream_id = said.id and e.position <= mention.from_position
        and e.type in ('comment.written', 'comment.edited')
    order by e.position desc limit 1
) made
where {at:said} and {seen_comment} and {open_mention}
"""

# The rule of `reviewer_of` in events/acknowledgement.py. The latest check-in stands for those before it; one that was made
# of a KPI's reading waits for nobody.
_LED_TEAMS = "select t.id from {projection}.team t where {at:t} and t.lead_id = wanted.id"
_ACKNOWLEDGEMENTS = """
select o.organization_id, o.from_position, o.to_position, 'ACKNOWLEDGE' as kind, r.id as subject_id,
    case when o.owner_id = wanted.id then 'OWNS_OBJECTIVE' else 'LEADS_TEAM' end as reason,
    coalesce(r.corrected_at, r.recorded_at) as since, null::timestamptz as due_at, (
        select max(w.position) from {projection}.check_in_revision w
        where w.organization_id = :organization and w.check_in_id = r.id and w.position <= :position
    ) as made_by
from {projection}.objective o
join {projection}.cycle c on {at:c} and c.id = o.cycle_id and c.phase <> 'CLOSED'
join {projection}.key_result k on {at:k} and k.objective_id = o.id and k.dropped_at is null
{numbers}
cross join lateral (
    select version.* from {projection}.check_in version
    where version.organization_id = :organization and version.id = k_number.last_check_in_id and version.to_position > :position
    order by version.to_position limit 1
) r
where {at:o} and o.state = 'ACTIVE' and (o.owner_id = wanted.id or o.team_id in ({led_teams})) and {seen_part:k}
    and r.acknowledged_at is null and r.reading_id is null and r.author_id <> wanted.id
    and case when o.owner_id <> r.author_id then o.owner_id = wanted.id else o.team_id in ({led_teams}) end
"""

_PARTS: Mapping[str, str] = {
    "last_checked_in": _LAST_CHECKED_IN,
    "wanted_since": WANTED_SINCE,
    "due_at": DUE_AT,
    "due_state": DUE_STATE,
    "answerable": KeyResultsOf.ANSWERABLE.value.predicate,
    "open_mention": CommentsOf.OPEN_MENTIONS.value.predicate,
    "seen_comment": COMMENTS.seen,
    "led_teams": _LED_TEAMS,
    "numbers": KEY_RESULTS.numbers,
}


def _items() -> str:
    items = f"{_CHECK_INS} union all {_REVIEWS} union all {_ANSWERS} union all {_ACKNOWLEDGEMENTS}"
    for name, part in _PARTS.items():
        items = items.replace("{" + name + "}", part)
    return "(select part.*, part.kind || ' ' || part.subject_id as id from ({items}) part)".replace("{items}", items)


IN_ORDER = (Order(field="due_at"), Order(field="since"))

INBOX = Listing(
    alias="item",
    table=_items(),
    columns="item.*",
    fields={
        "kind": Field(sql="item.kind"),
        "due_at": Field(sql="item.due_at", kind=Kind.INSTANT),
        "since": Field(sql="item.since", kind=Kind.INSTANT),
    },
    orders={
        "due_at": Field(sql="item.due_at", kind=Kind.INSTANT),
        "since": Field(sql="item.since", kind=Kind.INSTANT),
    },
    default_order=IN_ORDER,
)

MAY_ACT = """exists (
    select from {projection}.person p
    where {at:p} and p.id = wanted.id and p.role in ('ADMIN', 'MEMBER') and p.deactivated_at is null and p.erased_at is null
)"""
"""Who may only read has nothing to do, and who has no access neither."""

_OF_PERSON = Scope(listing=INBOX, predicate=MAY_ACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One thing to do; `made_by` is the position of the event that made it, `due_at` None where nothing sets a time."""

    kind: InboxItemKind
    reason: InboxReason
    subject_id: str
    since: datetime
    due_at: datetime | None
    made_by: int


async def page(reader: Reader, lens: Lens, person_id: str, window: Window, condition: Condition = ALWAYS) -> Page[InboxRow]:
    """Answer a page of a person's inbox, what is due first before what is due at no time, as far as the reader sees it."""
    found = await paging.pages(reader, lens, _OF_PERSON, [person_id], window=window, condition=condition, orders=IN_ORDER)
    return page_of(found[person_id], [_row(record) for record in found[person_id].rows])


async def count(reader: Reader, lens: Lens, person_id: str, condition: Condition = ALWAYS) -> int:
    """Answer how many items a person's inbox holds."""
    return (await paging.counts(reader, lens, _OF_PERSON, [person_id], condition))[person_id]


async def reader_as(reader: Reader, head: Head, person_id: str) -> Reader:
    """Answer a reader that sees what a person sees, for who sees everything; without access only what everybody sees."""
    async with reader.acquire() as connection:
        access = await people.access(connection, reader.organization_id, head, person_id)
    return replace(reader, grants=Grants(person_id=person_id, sees_everything=False) if access is None else access.grants)


def _row(record: Record) -> InboxRow:
    return InboxRow(
        kind=InboxItemKind(record["kind"]),
        reason=InboxReason(record["reason"]),
        subject_id=record["subject_id"],
        since=record["since"],
        due_at=record["due_at"],
        made_by=record["made_by"],
    )
