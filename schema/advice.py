"""Advice on what a mutation has written, or with `dryRun` on what it would write."""

from collections.abc import Iterable, Iterator, Sequence

from events import finding
from events.check_in import CheckedIn
from events.event import Event
from events.finding import Finding, FindingCode
from events.key_result import KeyResultAdded, KeyResultDropped, KeyResultMetricDefined, KeyResultMoved, KeyResultRestored
from events.objective import (
    ObjectiveActivated,
    ObjectiveClassified,
    ObjectiveCreated,
    ObjectiveMoved,
    ObjectiveReowned,
    ObjectiveRetitled,
    ObjectiveState,
    ProgressDriver,
)
from projections import objectives
from projections.condition import Compare, Every, Operator
from schema.act import Done
from schema.view import View

_OF_OBJECTIVES = (ObjectiveCreated, ObjectiveRetitled, ObjectiveClassified, ObjectiveActivated)
_OF_PARTS = (KeyResultAdded, KeyResultDropped, KeyResultRestored, KeyResultMoved)
_OF_METRICS = (KeyResultAdded, KeyResultMetricDefined)
_OF_COUNTS = (ObjectiveActivated, ObjectiveMoved, ObjectiveReowned)
_COUNTED = (ObjectiveState.ACTIVE.value, ObjectiveState.CLOSED.value)


async def load_advice(done: Done, view: View) -> list[Finding]:
    """Answer the advice on everything that an act wrote down, without what the organization switched off."""
    events = done.events
    # What was only tried stands in no row, so its events are laid over the rows.
    tried = events if done.values.dry_run else ()
    found: list[Finding] = []
    for objective_id in dict.fromkeys(_objective_ids(events)):
        found.extend(await _of_objective(objective_id, tried, view))
    found.extend(_of_metrics(events))
    for event in events:
        if isinstance(event, CheckedIn):
            found.extend(await _of_check_in(event, tried, view))
    for objective_id in dict.fromkeys(event.objective_id for event in events if isinstance(event, _OF_COUNTS)):
        found.extend(await _of_counts(objective_id, tried, view))
    return finding.enabled(found, view.settings.disabled_findings)


def _objective_ids(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        if isinstance(event, (*_OF_OBJECTIVES, *_OF_PARTS)):
            yield event.objective_id
        if isinstance(event, KeyResultMoved):
            yield event.to_objective_id


async def _of_objective(objective_id: str, tried: Sequence[Event], view: View) -> list[Finding]:
    row = await view.objectives.load(objective_id)
    parts = await view.key_results_of_objective.load(objective_id) if row else ()
    title = row.title if row else ""
    driver = row.driver if row else ProgressDriver.KEY_RESULTS
    count = sum(part.dropped_at is None for part in parts)
    for event in tried:
        if isinstance(event, ObjectiveCreated | ObjectiveRetitled) and event.objective_id == objective_id:
            title = event.title
        if isinstance(event, ObjectiveCreated | ObjectiveClassified) and event.objective_id == objective_id:
            driver = event.driver
        count += _more_parts(event, objective_id)
    needs_key_results = driver is not ProgressDriver.CHILDREN
    return finding.of_objective(
        objective_id=objective_id, title=title, key_result_count=count, needs_key_results=needs_key_results
    )


def _more_parts(event: Event, objective_id: str) -> int:
    match event:
        case KeyResultMoved():
            return (event.to_objective_id == objective_id) - (event.objective_id == objective_id)
        case KeyResultAdded() | KeyResultRestored():
            return int(event.objective_id == objective_id)
        case KeyResultDropped():
            return -int(event.objective_id == objective_id)
        case _:
            return 0


def _of_metrics(events: Iterable[Event]) -> list[Finding]:
    metrics = {event.key_result_id: event.metric for event in events if isinstance(event, _OF_METRICS)}
    return [
        found
        for key_result_id, metric in metrics.items()
        for found in finding.of_key_result(key_result_id=key_result_id, metric=metric)
    ]


async def _of_check_in(event: CheckedIn, tried: Sequence[Event], view: View) -> list[Finding]:
    row = await view.key_results.load(event.key_result_id)
    if row is None:
        return []
    is_tried = event in tried
    found = finding.of_key_result(
        key_result_id=row.id,
        metric=row.metric,
        check_in_count=row.check_in_count + is_tried,
        confidence=event.confidence,
    )
    # The metric was commented on when it was defined; every week again would be noise.
    return [each for each in found if each.code is FindingCode.SANDBAGGING]


async def _of_counts(objective_id: str, tried: Sequence[Event], view: View) -> list[Finding]:
    row = await view.objectives.load(objective_id)
    created = next((each for each in tried if isinstance(each, ObjectiveCreated) and each.objective_id == objective_id), None)
    source = row or created
    if source is None:
        return []
    # Of what is only tried, one more than the rows say.
    more = int(bool(tried) and (row is None or row.state is ObjectiveState.DRAFT))
    found: list[Finding] = []
    for name, holder_id in (("team_id", source.team_id), ("owner_id", source.owner_id)):
        if holder_id is not None:
            count = await _count(view, source.cycle_id, name, holder_id)
            found.extend(finding.of_objective_count(subject_id=holder_id, count=count + more))
    return found


async def _count(view: View, cycle_id: str, name: str, holder_id: str) -> int:
    condition = Every(
        (
            Compare("cycle_id", Operator.EQUAL, cycle_id),
            Compare(name, Operator.EQUAL, holder_id),
            Compare("state", Operator.IN, _COUNTED),
        )
    )
    return await objectives.count(view.reader, view.lens, condition)
