"""What a mutation changed beside the thing it names: all whose shown values differ now, for caches to take over."""

import asyncio
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

import schema.subject
from events.act import Accepted
from events.comment import CommentReactionAdded, CommentReactionRemoved
from events.custom_field import CustomFieldArchived, CustomFieldChoicesChanged, CustomFieldRestored
from events.cycle import CycleClosed, CycleReopened, CycleRescheduled
from events.dependency import DependencyEvent
from events.event import Event
from events.identifier import Noun, noun_of
from events.objective import ObjectiveActivated, ObjectiveCancelled, ObjectiveMoved, ObjectiveReopened
from events.organization import OrganizationUpdated
from events.review import ObjectiveClosed
from events.team import TeamMemberAdded, TeamMemberRemoved
from projections import affected, custom_fields, cycles, objectives, recorded
from projections.condition import Compare, Operator
from projections.page import Window
from projections.rows import (
    CheckInRow,
    CommentRow,
    CustomFieldRow,
    CycleRow,
    InitiativeRow,
    KeyResultRow,
    KpiReadingRow,
    KpiRow,
    ObjectiveRow,
    PersonRow,
    ProgramRow,
    RecognitionRow,
    TeamRow,
    TemplateRow,
)
from schema.node import Subject
from schema.view import View

MOST_AFFECTED = 100

_COUNTED = (ObjectiveActivated, ObjectiveCancelled, ObjectiveClosed, ObjectiveMoved, ObjectiveReopened)
"""With these an objective enters or leaves the roll-ups of its cycle and team."""
_WHOLE_CYCLE = (CycleClosed, CycleReopened, CycleRescheduled)
"""With these everything in the cycle looks different: what may be done with it, or where it should stand."""
_CLOCK = ("time_zone", "check_in_cadence_days", "check_in_grace_days", "check_in_weekday", "pace_bands")
"""With these settings everything that runs is due, expected or called behind at another time."""
_PARTED = (
    Noun.COMMENT,
    Noun.RECOGNITION,
    Noun.CHECK_IN,
    Noun.KEY_RESULT,
    Noun.INITIATIVE,
    Noun.OBJECTIVE,
    Noun.KPI_READING,
    Noun.KPI,
    Noun.TEMPLATE,
    Noun.CUSTOM_FIELD,
    Noun.CYCLE,
    Noun.TEAM,
    Noun.PERSON,
    Noun.PROGRAM,
    Noun.ORGANIZATION,
)

Row = (
    CommentRow
    | RecognitionRow
    | CheckInRow
    | KeyResultRow
    | InitiativeRow
    | ObjectiveRow
    | CycleRow
    | TeamRow
    | PersonRow
    | ProgramRow
    | KpiRow
    | KpiReadingRow
    | TemplateRow
    | CustomFieldRow
)
Rows = Mapping[str, Row | None]


async def load_affected(accepted: Accepted, view: View) -> list[Subject]:
    """Answer the things whose shown values an act changed, the most particular nouns first; at most 100.

    Lists behind connections are not among the values: a new objective does not make its owner affected.
    """
    if accepted.last_position is None:
        return []
    events = [event for event, _ in accepted.events]
    positions = [recorded.position for _, recorded in accepted.events]
    rows = await _rows(dict.fromkeys((*_mentioned(events), *await _changed_links(positions, view))), view)
    found = dict.fromkeys(await _changed(rows, accepted.last_position, view))
    found.update(dict.fromkeys(await _also_changed(rows, found, accepted, view)))
    found.update(dict.fromkeys(_blockers(events)))
    found.update(dict.fromkeys(await _rolled_up(events, rows, found, accepted.last_position, view)))
    found.update(dict.fromkeys(_joined(events)))
    found.update(dict.fromkeys(_reacted_to(events)))
    found.update(dict.fromkeys(await _valued(events, view)))
    for cycle_id in [event.cycle_id for event in events if isinstance(event, _WHOLE_CYCLE)] + await _clocked(events, view):
        found.update(dict.fromkeys([cycle_id, *await _within(cycle_id, view)]))
    ordered = sorted(found, key=_rank)[:MOST_AFFECTED]
    things = await asyncio.gather(*(schema.subject.load_subject(entity_id, view) for entity_id in ordered))
    return [thing for thing in things if thing is not None]


def _rank(entity_id: str) -> int:
    noun = noun_of(entity_id)
    return _PARTED.index(noun) if noun in _PARTED else len(_PARTED)


def _mentioned(events: Iterable[Event]) -> Iterator[str]:
    """Answer every identifier that stands directly in the events."""
    for event in events:
        for field in dataclasses.fields(event):
            value: Any = getattr(event, field.name)
            several: list[object] = list(value) if isinstance(value, tuple) else [value]  # pyright: ignore[reportUnknownArgumentType]
            for each in several:
                if isinstance(each, str) and noun_of(each) in _PARTED:
                    yield each


async def _changed_links(positions: Sequence[int], view: View) -> list[str]:
    """Answer what fields pointed to before, such as the team that an objective left."""
    before: list[str] = []
    for event in await view.events.load_many(positions):
        for change in () if event is None else recorded.changes_in(event):
            before.extend(_links(orjson.loads(change.before)) if change.before else ())
    return before


def _links(content: Mapping[str, Any]) -> Iterator[str]:
    if content["kind"] == "NODE":
        yield content["id"]
    elif content["kind"] == "LIST":
        for each in content["values"]:
            yield from _links(each)


async def _rows(ids: Iterable[str], view: View) -> Rows:
    """Answer the rows of things as they are now, each noun in one batch."""
    known = list(ids)
    return dict(zip(known, await asyncio.gather(*(_row(each, view) for each in known)), strict=True))


async def _row(entity_id: str, view: View) -> Row | None:
    loaders = {
        Noun.COMMENT: view.comments,
        Noun.RECOGNITION: view.recognitions,
        Noun.CHECK_IN: view.check_ins,
        Noun.KEY_RESULT: view.key_results,
        Noun.INITIATIVE: view.initiatives,
        Noun.OBJECTIVE: view.objectives,
        Noun.CYCLE: view.cycles,
        Noun.TEAM: view.teams,
        Noun.PERSON: view.people,
        Noun.PROGRAM: view.programs,
        Noun.KPI: view.kpis,
        Noun.KPI_READING: view.kpi_readings,
        Noun.TEMPLATE: view.templates,
        Noun.CUSTOM_FIELD: view.custom_fields,
    }
    noun = noun_of(entity_id)
    loader: Any = None if noun is None else loaders.get(noun)
    row: Row | None = None if loader is None else await loader.load(entity_id)
    return row


def _since(row: Row) -> int:
    """Answer the position since which a row and its number are as they are."""
    if isinstance(row, ObjectiveRow | KeyResultRow):
        return max(row.from_position, row.number_position)
    if isinstance(row, KpiRow):
        return max(row.from_position, row.number_position or 0)
    return row.from_position


async def _changed(rows: Rows, position: int, view: View) -> list[str]:
    """Answer what is different since the position, with the key results of objectives that are."""
    found = [entity_id for entity_id, row in rows.items() if row is not None and _since(row) >= position]
    found.extend([view.settings.id] if view.settings.from_position >= position else [])
    redefined = [row.id for row in rows.values() if isinstance(row, ObjectiveRow) and row.from_position >= position]
    for parts in await view.key_results_of_objective.load_many(redefined):
        found.extend(part.id for part in parts if _since(part) >= position)
    return found


async def _also_changed(rows: Rows, found: Iterable[str], accepted: Accepted, view: View) -> list[str]:
    """Answer the objectives whose number changed: those named, those of key results named, and all above; and what waited."""
    blocker_ids = [each for each in found if noun_of(each) in (Noun.KEY_RESULT, Noun.INITIATIVE)]
    objective_ids = [row.id for row in rows.values() if isinstance(row, ObjectiveRow)]
    objective_ids += [row.objective_id for row in rows.values() if isinstance(row, KeyResultRow)]
    first, last = accepted.first_position, accepted.last_position
    if first is None or last is None or not (blocker_ids or objective_ids):
        return []
    return await affected.also_changed(view.reader, view.lens, objective_ids, blocker_ids, first=first, last=last)


def _blockers(events: Iterable[Event]) -> Iterator[str]:
    """Answer what blocks something more, or less."""
    for event in events:
        if isinstance(event, DependencyEvent):
            yield event.blocker_id


async def _rolled_up(events: Sequence[Event], rows: Rows, found: Iterable[str], position: int, view: View) -> list[str]:
    """Answer the cycles and teams whose roll-ups count what changed."""
    is_counted_anew = any(isinstance(event, _COUNTED) for event in events)
    # What an objective left has lost it, whatever its number.
    rolled_up = [each for each in rows if is_counted_anew and noun_of(each) in (Noun.CYCLE, Noun.TEAM)]
    objective_ids = [entity_id for entity_id in found if noun_of(entity_id) is Noun.OBJECTIVE]
    for row in await view.objectives.load_many(objective_ids):
        if row is not None and (is_counted_anew or row.number_position >= position):
            rolled_up.extend(each for each in (row.cycle_id, row.team_id) if each is not None)
    team_ids = [each for each in rolled_up if noun_of(each) is Noun.TEAM]
    for above in await view.ancestors_of_team.load_many(team_ids):
        rolled_up.extend(team.id for team in above)
    return rolled_up


def _joined(events: Iterable[Event]) -> Iterator[str]:
    """Answer the people whose teams changed."""
    for event in events:
        if isinstance(event, TeamMemberAdded | TeamMemberRemoved):
            yield event.person_id


def _reacted_to(events: Iterable[Event]) -> Iterator[str]:
    """Answer the comments whose reactions changed, which have rows of their own."""
    for event in events:
        if isinstance(event, CommentReactionAdded | CommentReactionRemoved):
            yield event.comment_id


async def _valued(events: Iterable[Event], view: View) -> list[str]:
    """Answer what shows a value of custom fields whose choices are called otherwise, or that came or went."""
    shown = (CustomFieldChoicesChanged, CustomFieldArchived, CustomFieldRestored)
    field_ids = [event.custom_field_id for event in events if isinstance(event, shown)]
    return await custom_fields.things_with(view.reader, view.lens, field_ids, MOST_AFFECTED) if field_ids else []


async def _clocked(events: Iterable[Event], view: View) -> list[str]:
    """Answer the running cycles, if a setting changed that moves what is due in them."""
    changed = [event for event in events if isinstance(event, OrganizationUpdated)]
    if not any(getattr(event, name) is not None for event in changed for name in _CLOCK):
        return []
    return [row.id for row in await cycles.current(view.reader, view.lens)]


async def _within(cycle_id: str, view: View) -> list[str]:
    """Answer the objectives and key results of a cycle, as many as can be told."""
    condition = Compare("cycle_id", Operator.EQUAL, cycle_id)
    page = await objectives.page(view.reader, view.lens, Window(first=MOST_AFFECTED), condition)
    ids = [row.id for row in page.rows]
    for parts in await view.key_results_of_objective.load_many(list(ids)):
        ids.extend(part.id for part in parts)
    return ids
