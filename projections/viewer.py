"""What wants the viewer's attention: check-ins and reviews that are due, and drafts."""

from asyncpg import Record

from events.calendar import CheckInCalendar, day_of, due_at
from projections import objectives
from projections.condition import Compare, Operator
from projections.keyset import key_value
from projections.lens import Lens
from projections.listing import KEY_RESULTS
from projections.memory import cut
from projections.page import Order, Page, SortKey, Window
from projections.reader import Reader
from projections.records import key_result_rows
from projections.rows import KeyResultRow, ObjectiveRow
from projections.statement import fetch

KEY_RESULT_LIMIT = 2000
"""How many open key results of one person are looked at."""

# Answers the open, decided key results that the viewer answers for: their own, and those without an owner of their
# own objectives; with the end of the cycle and the settings by which check-ins fall due.
_OPEN = """
select {columns}, c.ends_on, s.check_in_cadence_days, s.check_in_grace_days, s.check_in_weekday, s.time_zone
from {projection}.key_result k
join {projection}.cycle c on {at:c} and c.id = k.cycle_id and c.phase <> 'CLOSED'
join {projection}.organization s on {at:s}
{numbers}
where {at:k} and k.objective_state = 'ACTIVE' and k.dropped_at is null and k.kind <> 'UNDECIDED' and k.id in (
    select own.id from {projection}.key_result own where {at:own} and own.owner_id = :viewer
    union all
    select part.id from {projection}.objective o
    join {projection}.key_result part on {at:part} and part.objective_id = o.id and part.owner_id is null
    where {at:o} and o.owner_id = :viewer
) and {seen_part:k}
order by k.id limit :size
""".replace("{columns}", KEY_RESULTS.columns).replace("{numbers}", KEY_RESULTS.numbers)

_BY_DUE = (Order(field="due_at"),)
_REVIEW = Compare("is_review_of_viewer", Operator.EQUAL, value=True)
_DRAFT = Compare("is_draft_of_viewer", Operator.EQUAL, value=True)


async def due_check_ins(reader: Reader, lens: Lens, window: Window) -> Page[KeyResultRow]:
    """Answer a page of the key results that want a check-in from the viewer, the most overdue first.

    A check-in is wanted when one made at the lens would answer the due day.
    """
    return cut(await _due(reader, lens), _BY_DUE, window)


async def count_due_check_ins(reader: Reader, lens: Lens) -> int:
    """Answer how many key results want a check-in from the viewer."""
    return len(await _due(reader, lens))


async def due_reviews(reader: Reader, lens: Lens, window: Window) -> Page[ObjectiveRow]:
    """Answer a page of the viewer's active objectives whose cycle is in review or over."""
    return await objectives.page(reader, lens, window, _REVIEW)


async def count_due_reviews(reader: Reader, lens: Lens) -> int:
    """Answer how many objectives the viewer has to review."""
    return await objectives.count(reader, lens, _REVIEW)


async def drafts(reader: Reader, lens: Lens, window: Window) -> Page[ObjectiveRow]:
    """Answer a page of the drafts that the viewer owns or began."""
    return await objectives.page(reader, lens, window, _DRAFT)


async def count_drafts(reader: Reader, lens: Lens) -> int:
    """Answer how many drafts the viewer has."""
    return await objectives.count(reader, lens, _DRAFT)


async def _due(reader: Reader, lens: Lens) -> list[tuple[SortKey, KeyResultRow]]:
    records = await fetch(reader, lens, _OPEN, size=KEY_RESULT_LIMIT)
    return [
        (key, row)
        for record, row in zip(records, key_result_rows(records), strict=True)
        if (key := _sort_key(record, lens)) is not None
    ]


def _sort_key(record: Record, lens: Lens) -> SortKey | None:
    calendar = CheckInCalendar(
        cadence_days=record["check_in_cadence_days"],
        grace_days=record["check_in_grace_days"],
        weekday=record["check_in_weekday"],
        zone=record["time_zone"],
    )
    live_at = record["live_at"]
    due = due_at(calendar, live_at, record["checked_in_at"], record["ends_on"])
    if due is None or day_of(due, calendar.zone) > calendar.answered_day(live_at, lens.instant):
        return None
    return key_value(due), record["id"]
