"""Advice on what a mutation has written, or with `dryRun` on what it would write."""

from asyncio import gather
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from events.alignment import ObjectiveUnaligned
from events.check_in import CheckedIn
from events.coach.finding import Finding
from events.coach.key_result_rules import KEY_RESULT_RULES
from events.coach.objective_rules import LOAD_RULES, OBJECTIVE_RULES
from events.coach.rule import review
from events.coach.standing_rules import STANDING_RULES
from events.coach.subject import Load, Standing
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
from projections.objectives import ObjectivesOf
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
    """Answer the advice on everything that an act wrote down, without what the organization switched off.

    The statements are as many for a table of a thousand rows as for one.
    """
    events, disabled = done.events, view.settings.disabled_findings
    # What was only tried stands in no row, so its events are laid over the rows.
    tried: Mapping[str, Sequence[Event]] = _by_objective(events) if done.values.dry_run else {}
    of_objectives = dict.fromkeys(_objective_ids(events))
    of_key_results = {event.key_result_id: event.objective_id for event in events if isinstance(event, _OF_KEY_RESULTS)}
    ids = list(dict.fromkeys([*of_objectives, *of_key_results.values()]))
    loaded = await gather(*(load_draft(each, tried.get(each, ()), view) for each in ids))
    drafts = {each: draft for each, draft in zip(ids, loaded, strict=True) if draft is not None}
    found: list[Finding] = []
    for objective_id in of_objectives:
        if objective_id in drafts:
            found.extend(review(OBJECTIVE_RULES, drafts[objective_id], disabled))
    for draft in drafts.values():
        for part in draft.key_results:
            found.extend(review(KEY_RESULT_RULES, part, disabled) if part.id in of_key_results else ())
    for reported in await gather(*(_reported(each, done, view) for each in events if isinstance(each, CheckedIn))):
        found.extend(() if reported is None else review(STANDING_RULES, reported, disabled))
    counted = dict.fromkeys(event.objective_id for event in events if isinstance(event, _OF_COUNTS))
    for load in await _loads(list(counted), tried, view):
        found.extend(review(LOAD_RULES, load, disabled))
    return found


def _by_objective(events: Iterable[Event]) -> Mapping[str, Sequence[Event]]:
    """Answer the events by the objectives that they are about, of a move both."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        for objective_id in {getattr(event, name, None) for name in ("objective_id", "to_objective_id")}:
            if isinstance(objective_id, str):
                found[objective_id].append(event)
    return found


def _objective_ids(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        if isinstance(event, (*_OF_OBJECTIVES, *_OF_PARTS)):
            yield event.objective_id
        if isinstance(event, KeyResultMoved):
            yield event.to_objective_id


async def _reported(event: CheckedIn, done: Done, view: View) -> Standing | None:
    row = await view.key_results.load(event.key_result_id)
    return None if row is None else await standing(row, view, event if done.values.dry_run else None)


async def _loads(objective_ids: Sequence[str], tried: Mapping[str, Sequence[Event]], view: View) -> list[Load]:
    """Answer how many objectives the teams and the people have in a cycle that these objectives belong to."""
    # By cycle and whose; of what is only tried, more than the rows say.
    more: dict[tuple[str, ObjectivesOf], Counter[str]] = defaultdict(Counter)
    for objective_id, row in zip(objective_ids, await view.objectives.load_many(objective_ids), strict=True):
        created = next((each for each in tried.get(objective_id, ()) if isinstance(each, ObjectiveCreated)), None)
        source = row or created
        if source is None:
            continue
        is_new = bool(tried) and (row is None or row.state is ObjectiveState.DRAFT)
        for whose, holder_id in ((ObjectivesOf.TEAM, source.team_id), (ObjectivesOf.OWNER, source.owner_id)):
            if holder_id is not None:
                more[source.cycle_id, whose][holder_id] += is_new
    loads: list[Load] = []
    for (cycle_id, whose), several in more.items():
        of_cycle = Compare("cycle_id", Operator.EQUAL, cycle_id)
        condition = Every((of_cycle, Compare("state", Operator.IN, _COUNTED)))
        counts = await objectives.counts_of(view.reader, view.lens, whose, list(several), condition)
        loads.extend(Load(id=each, count=counts[each] + tries) for each, tries in several.items())
    return loads
