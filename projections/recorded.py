"""Recorded events and what they changed, as far as the viewer may see what they are about.

Events are the same at every moment, so no lens is needed: what may be seen is decided at the pinned head.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from events.metadata import decode_metadata
from projections.changes import read_changes
from projections.lens import Lens
from projections.reader import Reader
from projections.rows import ChangeRow, EventRow
from projections.statement import fetch

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_EVENT = """
select e.position, e.event_id, e.command_id, e.type, e.schema_version, e.data, e.actor_id, e.effective_at,
    e.recorded_at, e.hash, e.metadata, s.subject_id, s.objective_id, s.changes
from okr_ledger.event e
join {projection}.event_subject s on s.organization_id = :organization and s.position = e.position
where e.organization_id = :organization and e.position <= :head
    and {seen_event:s}
"""

# Answers events by their positions.
_BY_POSITIONS = _EVENT.replace(
    "from okr_ledger.event e",
    """from unnest(:positions::bigint[]) as wanted (position)
cross join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = wanted.position limit 1
) e""",
).replace(
    "join {projection}.event_subject s on s.organization_id = :organization and s.position = e.position",
    """cross join lateral (
    select x.* from {projection}.event_subject x
    where x.organization_id = :organization and x.position = wanted.position limit 1
) s""",
)

# Answers events by their identifiers: the millisecond in each is that of its recording, and indexed.
_BY_IDENTIFIERS = _EVENT.replace(
    "from okr_ledger.event e",
    """from unnest(:event_ids::uuid[], :begins::timestamptz[]) as wanted (event_id, begin)
join okr_ledger.event e on e.organization_id = :organization and e.event_id = wanted.event_id
    and e.recorded_at >= wanted.begin and e.recorded_at < wanted.begin + interval '1 millisecond'""",
)

# Answers the events that changed a thing's definition since it had a version, the first one first.
_SINCE = (
    _EVENT
    + """ and s.subject_id = :subject_id and s.subject_version > :version
order by e.position limit :size
"""
)

# Answers which of some events are about something that the viewer may see.
_SEEN = """
select s.position from {projection}.event_subject s
where s.organization_id = :organization and s.position = any(:positions::bigint[]) and s.position <= :head
    and {seen_event:s}
"""

# Answers, for positions of events and things, the event that moved the number of the thing: of the events of the
# same act up to there the last one that moved its progress, else the last one about the thing, a part of it or what
# happened within it, and rather one that can move a number. What was measured then was made by the check-in at the
# position itself.
_MOVERS = """
select wanted.position as wanted_position, wanted.thing_id, wanted.is_measured, mover.position
from unnest(:positions::bigint[], :thing_ids::text[], :measured::boolean[]) as wanted (position, thing_id, is_measured)
cross join lateral (
    select x.* from okr_ledger.event x
    where x.organization_id = :organization and x.position = wanted.position limit 1
) known
cross join lateral (
    select e.position from okr_ledger.event e
    cross join lateral (
        select x.* from {projection}.event_subject x
        where x.organization_id = :organization and x.position = e.position limit 1
    ) s
    cross join lateral (select coalesce(wanted.thing_id = any(s.moved_ids), false) as has_moved) known_to
    where e.organization_id = :organization and e.command_id = known.command_id and e.position <= wanted.position
    order by (wanted.is_measured and e.position = wanted.position and e.type = any(:measurement_types::text[])) desc,
        has_moved desc,
        (not has_moved and coalesce(wanted.thing_id in (s.subject_id, e.stream_id, s.objective_id), false)) desc,
        (not has_moved and exists (
            select from {projection}.event_thing t
            where t.organization_id = :organization and t.thing_id = wanted.thing_id and t.position = e.position
        )) desc,
        (not has_moved and e.type <> all(:wording_types::text[])) desc, e.position desc
    limit 1
) mover
"""

_MEASUREMENT_TYPES = ["key_result.checked_in", "check_in.corrected", "check_in.retracted"]
_WORDING_TYPES = [
    "objective.retitled",
    "objective.described",
    "objective.reowned",
    "objective.staffed",
    "objective.prioritized",
    "key_result.retitled",
    "key_result.reowned",
    "key_result.rescheduled",
    "key_result.prioritized",
    "check_in.acknowledged",
    "comment.written",
    "comment.edited",
    "comment.withdrawn",
    "comment.reaction_added",
    "comment.reaction_removed",
    "recognition.given",
    "recognition.withdrawn",
    "objective.kpi_linked",
    "objective.kpi_unlinked",
    "key_result.kpi_linked",
    "key_result.kpi_unlinked",
    "objective.drafted_from_template",
    "objective.custom_values_set",
    "key_result.custom_values_set",
    "key_result.labelled",
]
"""Types of events that move no number."""

MoverKey = tuple[int, str, bool]
"""The last position of an act, or that of one of its events; the thing; and whether its number is one that was measured."""


async def movers(reader: Reader, keys: Sequence[MoverKey]) -> dict[MoverKey, int]:
    """Answer the position of the event that moved a number, from that of its act's end and the thing's identifier.

    A row of the read models knows the last position of the act that made it, which may be about something else; the
    number that a measured curve has at an instant knows that of its check-in.
    """
    values = {
        "positions": [position for position, _, _ in keys],
        "thing_ids": [thing_id for _, thing_id, _ in keys],
        "measured": [is_measured for _, _, is_measured in keys],
    }
    types = {"measurement_types": _MEASUREMENT_TYPES, "wording_types": _WORDING_TYPES}
    rows = await fetch(reader, _present(reader), _MOVERS, **types, **values)
    return {(row["wanted_position"], row["thing_id"], row["is_measured"]): row["position"] for row in rows}


async def events(reader: Reader, positions: Sequence[int]) -> dict[int, EventRow]:
    """Answer events by position, without those about what the viewer may not see."""
    rows = await fetch(reader, _present(reader), _BY_POSITIONS, positions=list(positions))
    return {row["position"]: event_row(row) for row in rows}


async def seen(reader: Reader, positions: Sequence[int]) -> set[int]:
    """Answer which events, by position, are about something that the viewer may see."""
    rows = await fetch(reader, _present(reader), _SEEN, positions=list(positions))
    return {row["position"] for row in rows}


async def events_by_ids(reader: Reader, event_ids: Sequence[UUID]) -> dict[UUID, EventRow]:
    """Answer events by identifier, without those about what the viewer may not see."""
    known = {event_id: begin for event_id in event_ids if (begin := _begin_of(event_id)) is not None}
    values = {"event_ids": list(known), "begins": list(known.values())}
    rows = await fetch(reader, _present(reader), _BY_IDENTIFIERS, **values)
    return {row["event_id"]: event_row(row) for row in rows}


def _begin_of(event_id: UUID) -> datetime | None:
    """Answer the millisecond in an identifier, None when there is no such time."""
    try:
        return _EPOCH + timedelta(milliseconds=event_id.int >> 80)
    except OverflowError:
        return None


async def events_since(reader: Reader, subject_id: str, version: int, limit: int) -> list[EventRow]:
    """Answer the first events that changed a thing's definition since it had a version; check-ins never do."""
    values = {"subject_id": subject_id, "version": version, "size": limit}
    return [event_row(row) for row in await fetch(reader, _present(reader), _SINCE, **values)]


def changes_in(event: EventRow) -> tuple[ChangeRow, ...]:
    """Answer what an event changed, field by field."""
    return change_rows(event.position, event.subject_id, event.objective_id, event.changes)


def change_rows(position: int, subject_id: str, objective_id: str | None, changes: str) -> tuple[ChangeRow, ...]:
    """Answer the changes in a row of `event_subject`."""
    return tuple(
        ChangeRow(
            position=position,
            ordinal=ordinal,
            subject_id=subject_id,
            objective_id=objective_id,
            field=field,
            before=before,
            after=after,
        )
        for ordinal, (field, before, after) in enumerate(read_changes(changes))
    )


def _present(reader: Reader) -> Lens:
    # No statement here asks for the instant.
    return Lens(position=reader.head_position, instant=datetime.min.replace(tzinfo=UTC), is_past=False)


def event_row(record: Record | Mapping[str, Any]) -> EventRow:
    """Answer the event in a row of the log and of `event_subject`."""
    metadata = decode_metadata(record["metadata"])
    return EventRow(
        position=record["position"],
        event_id=record["event_id"],
        command_id=record["command_id"],
        type=record["type"],
        schema_version=record["schema_version"],
        data=record["data"],
        actor_id=record["actor_id"],
        effective_at=record["effective_at"],
        recorded_at=record["recorded_at"],
        hash=record["hash"],
        origin=metadata.origin,
        request_id=metadata.request_id,
        reason_code=None if metadata.reason is None else metadata.reason.code,
        reason_text=None if metadata.reason is None else metadata.reason.text,
        subject_id=record["subject_id"],
        objective_id=record["objective_id"],
        changes=record["changes"],
    )
