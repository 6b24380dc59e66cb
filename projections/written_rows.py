"""Rows that an act has just written: whoever reads them next has them already, and asks once for all that they need.

They are kept like rows that were read, by their versions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from events.envelope import RecordedEvent
from projections.kept_rows import Version, version_of
from projections.reader import Reader
from projections.recorded import event_row
from projections.row_versions import Column, CommandRows, RowChange, Values
from projections.rows import CheckInRow, EventRow, KeyResultRow, ObjectiveRow
from projections.way import Way

MOST_EXPECTED = 50
"""Things and events that are made ready before anybody asks; an act of more is an import, of which hardly any are shown."""

_OF_EVENTS = (
    "event_id",
    "command_id",
    "type",
    "schema_version",
    "data",
    "actor_id",
    "effective_at",
    "recorded_at",
    "hash",
    "metadata",
)

WAYS = {
    "objective": Way.OBJECTIVES,
    "objective_number": Way.OBJECTIVES,
    "key_result": Way.KEY_RESULTS,
    "key_result_number": Way.KEY_RESULTS,
    "check_in": Way.CHECK_INS,
}
_MADE = ("objective_number", "key_result_number", "check_in")


def keep(reader: Reader, written: CommandRows) -> None:
    """Keep what is new of check-ins, and of the numbers of objectives and key results whose definitions are known."""
    rows: dict[Version, Any] = {}
    for change in written.changes:
        # Its definition belongs to the same version of the thing or to an older one; then this is never found.
        row = row_of(reader.kept.some(reader.organization_id, reader.generation, change.id), change, written.position)
        if row is not None:
            rows[version_of(row)] = row
    reader.kept.keep(reader.organization_id, reader.generation, rows)


def expected(reader: Reader, written: CommandRows, actor_id: str) -> dict[Way, set[str]]:
    """Answer on which ways the things will be found that an act has changed, and those that their values are made with."""
    changed = {(WAYS[change.table], change.id) for change in written.changes if change.table in WAYS}
    if not changed or len(changed) > MOST_EXPECTED:
        return {}
    around = {each for _, thing_id in changed for each in _around(reader, thing_id)}
    found: dict[Way, set[str]] = {Way.PEOPLE: {actor_id}}
    for way, thing_id in changed | around:
        found.setdefault(way, set()).add(thing_id)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenEvent:
    """An event as it will be read by whoever sees `objective_id`, if there is one, and one of `objective_ids`."""

    row: EventRow
    objective_ids: tuple[str, ...] | None


def events(written: CommandRows, logged: Sequence[RecordedEvent]) -> dict[int, WrittenEvent]:
    """Answer the events of an act by their positions."""
    if len(logged) > MOST_EXPECTED:
        return {}
    subjects: dict[Any, Values] = {subject["position"]: subject for subject in written.additions["event_subject"]}
    found: dict[int, WrittenEvent] = {}
    for each in logged:
        subject: dict[str, Any] = subjects[each.position]
        columns = {name: _as_read(getattr(each, name)) for name in _OF_EVENTS}
        found[each.position] = WrittenEvent(row=event_row({**columns, **subject}), objective_ids=subject["objective_ids"])
    return found


def _around(reader: Reader, thing_id: str) -> Iterator[tuple[Way, str]]:
    known = reader.kept.some(reader.organization_id, reader.generation, thing_id)
    if isinstance(known, KeyResultRow | ObjectiveRow):
        yield Way.CYCLES, known.cycle_id
    if isinstance(known, ObjectiveRow):
        yield Way.PARTS, known.id


def row_of(known: Any | None, change: RowChange, position: int) -> Any | None:
    """Answer the row as it will be read, None where it is made of more than what has changed and is known of its thing."""
    if change.values is None or change.table not in _MADE:
        return None
    values = {name: _as_read(value) for name, value in change.values.items()}
    if "done_stage_ids" in values:
        values["done_stage_ids"] = frozenset(values["done_stage_ids"])
    if change.table == "check_in":
        return CheckInRow(id=change.id, from_position=position, **_of(CheckInRow, values))
    return None if known is None else known._replace(number_position=position, **_of(type(known), values))


def _of(row_class: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Answer those columns that a row has."""
    return {name: value for name, value in values.items() if name in row_class._fields}


def _as_read(value: Column) -> Any:
    """Answer a value as the database answers it."""
    match value:
        case Decimal():
            return Decimal(f"{value:f}")
        case float():
            return value + 0.0  # a zero has no sign there
        case datetime():
            return value.astimezone(UTC)
        case _:
            return value
