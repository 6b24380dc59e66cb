"""Advice on what a mutation has written, or with `dryRun` on what it would write."""

from collections.abc import Iterable, Iterator, Sequence

from events.alignment import ObjectiveUnaligned
from events.check_in import CheckedIn
from events.coach.finding import Finding
from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import LOAD_RULES, OBJECTIVE_RULES
from events.coach.rule import review
from events.coach.standing_rules import STANDING_RULES
from events.coach.subject import Load
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
from events.objective import (
    ObjectiveActivated,
    ObjectiveClassified,
    ObjectiveCreated,
    ObjectiveDescribed,
    ObjectiveMoved,
    ObjectiveReowned,
    ObjectiveRetitled,
    ObjectiveState,
)
from projections import objectives
from projections.condition import Compare, Every, Operator
from schema.act import Done
from schema.coaching import standing
from schema.draft import load_draft
from schema.view import View

_OF_OBJECTIVES = (
    ObjectiveCreated,
    ObjectiveRetitled,
    ObjectiveDescribed,
    ObjectiveClassified,
    ObjectiveActivated,
    ObjectiveUnaligned,
)
_OF_PARTS = (KeyResultAdded, KeyResultDropped, KeyResultRestored, KeyResultMoved)
_OF_KEY_RESULTS = (KeyResultAdded, KeyResultMetricDefined, KeyResultRescheduled, KeyResultRetargeted, KeyResultRetitled)
_OF_COUNTS = (ObjectiveActivated, ObjectiveMoved, ObjectiveReowned)
_COUNTED = (ObjectiveState.ACTIVE.value, ObjectiveState.CLOSED.value)


async def load_advice(done: Done, view: View) -> list[Finding]:
    """Answer the advice on everything that an act wrote down, without what the organization switched off."""
    events, disabled = done.events, view.settings.disabled_findings
    # What was only tried stands in no row, so its events are laid over the rows.
    tried = events if done.values.dry_run else ()
    of_objectives = dict.fromkeys(_objective_ids(events))
    of_key_results = {event.key_result_id: event.objective_id for event in events if isinstance(event, _OF_KEY_RESULTS)}
    drafts = {each: await load_draft(each, tried, view) for each in dict.fromkeys([*of_objectives, *of_key_results.values()])}
    found: list[Finding] = []
    for objective_id in of_objectives:
        if (draft := drafts[objective_id]) is not None:
            found.extend(review(OBJECTIVE_RULES, draft, disabled))
    for draft in filter(None, drafts.values()):
        for part in draft.key_results:
            found.extend(review(KEY_RESULT_RULES, part, disabled) if part.id in of_key_results else ())
    for event in events:
        if isinstance(event, CheckedIn) and (row := await view.key_results.load(event.key_result_id)) is not None:
            reported = await standing(row, view, event if tried else None)
            found.extend(review(STANDING_RULES, reported, disabled))
    for objective_id in dict.fromkeys(event.objective_id for event in events if isinstance(event, _OF_COUNTS)):
        for load in await _loads(objective_id, tried, view):
            found.extend(review(LOAD_RULES, load, disabled))
    return found


def _objective_ids(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        if isinstance(event, (*_OF_OBJECTIVES, *_OF_PARTS)):
            yield event.objective_id
        if isinstance(event, KeyResultMoved):
            yield event.to_objective_id


async def _loads(objective_id: str, tried: Sequence[Event], view: View) -> list[Load]:
    row = await view.objectives.load(objective_id)
    created = next((each for each in tried if isinstance(each, ObjectiveCreated) and each.objective_id == objective_id), None)
    source = row or created
    if source is None:
        return []
    # Of what is only tried, one more than the rows say.
    more = int(bool(tried) and (row is None or row.state is ObjectiveState.DRAFT))
    return [
        Load(id=holder_id, count=await _count(view, source.cycle_id, name, holder_id) + more)
        for name, holder_id in (("team_id", source.team_id), ("owner_id", source.owner_id))
        if holder_id is not None
    ]


async def _count(view: View, cycle_id: str, name: str, holder_id: str) -> int:
    condition = Every(
        (
            Compare("cycle_id", Operator.EQUAL, cycle_id),
            Compare(name, Operator.EQUAL, holder_id),
            Compare("state", Operator.IN, _COUNTED),
        )
    )
    return await objectives.count(view.reader, view.lens, condition)
