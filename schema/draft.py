"""Drafts: objectives as an act would leave them that was only tried: its events stand in no row, so they are laid over them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from events.alignment import ObjectiveAligned, ObjectiveUnaligned
from events.coach.subject import KeyResultText, ObjectiveText
from events.event import Event
from events.key_result import (
    KeyResultAdded,
    KeyResultDropped,
    KeyResultMetricDefined,
    KeyResultMoved,
    KeyResultRescheduled,
    KeyResultRestored,
    KeyResultRetargeted,
    KeyResultRetitled,
)
from events.metric import LEVELS
from events.objective import (
    ObjectiveClassified,
    ObjectiveCreated,
    ObjectiveDescribed,
    ObjectiveMoved,
    ObjectiveRetitled,
    ProgressDriver,
)
from schema.coaching import key_result_text, objective_text
from schema.view import View


async def load_draft(objective_id: str, tried: Sequence[Event], view: View) -> ObjectiveText | None:
    """Answer an objective with what was tried laid over it; None where there is none, or none to see."""
    row = await view.objectives.load(objective_id)
    draft = None if row is None else objective_text(row, await view.key_results_of_objective.load(objective_id))
    cycle_id = None if row is None else row.cycle_id
    for event in tried:
        draft = _after(event, objective_id, draft)
        if isinstance(event, ObjectiveCreated | ObjectiveMoved) and event.objective_id == objective_id:
            cycle_id = event.cycle_id
        draft = await _with_comer(event, draft, view)
    if draft is None or cycle_id is None:
        return None
    cycle = await view.cycles.load(cycle_id)
    ends_on: date | None = None if cycle is None else cycle.ends_on
    parts = (replace(part, objective_title=draft.title, cycle_ends_on=ends_on) for part in draft.key_results)
    return replace(draft, key_results=tuple(parts))


def _after(event: Event, objective_id: str, draft: ObjectiveText | None) -> ObjectiveText | None:
    """Answer the objective after an event on itself."""
    if isinstance(event, ObjectiveCreated) and event.objective_id == objective_id:
        return ObjectiveText(
            id=objective_id,
            title=event.title,
            description=event.description,
            needs_key_results=event.driver is not ProgressDriver.CHILDREN,
            is_of_team=event.team_id is not None,
        )
    if draft is None or getattr(event, "objective_id", None) != objective_id:
        return draft
    match event:
        case ObjectiveRetitled():
            return replace(draft, title=event.title)
        case ObjectiveDescribed():
            return replace(draft, description=event.description)
        case ObjectiveClassified():
            return replace(draft, needs_key_results=event.driver is not ProgressDriver.CHILDREN)
        case ObjectiveMoved():
            return replace(draft, is_of_team=event.team_id is not None)
        case ObjectiveAligned():
            return replace(draft, parent_ids=draft.parent_ids | {event.parent_id})
        case ObjectiveUnaligned():
            return replace(draft, parent_ids=draft.parent_ids - {event.parent_id})
        case KeyResultDropped() | KeyResultMoved():
            return replace(draft, key_results=[part for part in draft.key_results if part.id != event.key_result_id])
        case _:
            return replace(draft, key_results=[_part_after(event, part) for part in draft.key_results])


def _part_after(event: Event, part: KeyResultText) -> KeyResultText:
    if getattr(event, "key_result_id", None) != part.id:
        return part
    match event:
        case KeyResultRetitled():
            return replace(part, title=event.title)
        case KeyResultMetricDefined():
            return replace(part, metric=event.metric)
        case KeyResultRetargeted():
            return replace(part, metric=replace(part.metric, **{level: getattr(event, level) for level in LEVELS}))
        case KeyResultRescheduled():
            return replace(part, due_on=event.due_on)
        case _:
            return part


async def _with_comer(event: Event, draft: ObjectiveText | None, view: View) -> ObjectiveText | None:
    """Answer the objective with the key result that an event brings to it."""
    if draft is None:
        return None
    comer: KeyResultText | None
    match event:
        case KeyResultAdded() if event.objective_id == draft.id:
            comer = KeyResultText(id=event.key_result_id, title=event.title, metric=event.metric, due_on=event.due_on)
        case KeyResultRestored() if event.objective_id == draft.id:
            row = await view.key_results.load(event.key_result_id)
            comer = None if row is None else key_result_text(row, draft.title)
        case KeyResultMoved() if event.to_objective_id == draft.id:
            row = await view.key_results.load(event.key_result_id)
            comer = None if row is None else key_result_text(row, draft.title)
        case _:
            return draft
    return draft if comer is None else replace(draft, key_results=[*draft.key_results, comer])
