"""Stages of objectives between two moments, level by level of alignment: what `attribution` computes with.

A part is staged from where its objective stood still at the earlier moment to where it does at the later one. What came
in between has no stages: it is the difference that is left, a matter of scope.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from events.metric import ONE
from events.objective import ProgressDriver
from projections.attribution import StagedPart, Stages, stages_of_key_result, stages_of_objective
from projections.compared_states import (
    KeyResultState,
    ObjectiveState,
    Place,
    children_of,
    key_results_at,
    key_results_of,
    objectives_at,
)
from projections.lens import Lens
from projections.metric_text import metric_of
from projections.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """An objective, and from which position to which it is compared."""

    id: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Movement:
    """An objective at both ends of a span, and what counted in it at the first, each part at both ends as well."""

    before: ObjectiveState
    after: ObjectiveState
    key_results: Sequence[tuple[KeyResultState, KeyResultState]]
    children: Sequence[_Span]


def stages_of_state(before: KeyResultState, after: KeyResultState) -> Stages:
    """Answer the stages of a key result between two of its states."""
    if before.metric == after.metric:
        return Stages(before.progress, after.progress, after.progress, after.progress, after.progress)
    return stages_of_key_result(before.progress, after.progress, metric_of(before.metric), after.measured)


async def stages_between(
    reader: Reader, before: Lens, after: Lens, ids: Iterable[str], known: Mapping[Place, ObjectiveState]
) -> dict[str, Stages]:
    """Answer the stages of some objectives between two lenses; `known` states need not be read again."""
    roots = [_Span(id=each, begin=before.position, end=after.position) for each in ids]
    states, movements = dict(known), dict[_Span, _Movement]()
    pending: Sequence[_Span] = roots
    while pending:
        movements |= await _movements(reader, after, pending, states)
        below = (child for span in pending for child in movements[span].children)
        pending = [child for child in dict.fromkeys(below) if child not in movements]
    stages: dict[_Span, Stages] = {}
    return {root.id: _stages(root, movements, stages) for root in roots}


async def _movements(
    reader: Reader, lens: Lens, spans: Sequence[_Span], states: dict[Place, ObjectiveState]
) -> dict[_Span, _Movement]:
    """Load one level; `states` has what was read so far and takes in what is read now."""
    ends = {place for span in spans for place in ((span.id, span.begin), (span.id, span.end))}
    states |= await objectives_at(reader, lens, ends - states.keys())
    stood = {
        span: _Span(id=span.id, begin=states[span.id, span.begin].stands_at, end=states[span.id, span.end].stands_at)
        for span in spans
    }
    moved = {span: states[span.id, span.begin].driver for span in spans if stood[span].begin != stood[span].end}
    key_results = await key_results_of(
        reader,
        lens,
        {(span.id, stood[span].begin) for span, driver in moved.items() if driver is not ProgressDriver.CHILDREN},
    )
    children = await children_of(
        reader,
        lens,
        {(span.id, stood[span].begin) for span, driver in moved.items() if driver is not ProgressDriver.KEY_RESULTS},
    )
    counted = {span: key_results.get((span.id, stood[span].begin), []) for span in spans}
    later = await key_results_at(reader, lens, {(part.id, stood[span].end) for span in spans for part in counted[span]})
    return {
        span: _Movement(
            before=states[span.id, span.begin],
            after=states[span.id, span.end],
            key_results=[(part, later[part.id, stood[span].end]) for part in counted[span]],
            children=[
                _Span(id=child_id, begin=stood[span].begin, end=stood[span].end)
                for child_id in children.get((span.id, stood[span].begin), ())
            ],
        )
        for span in spans
    }


def _stages(span: _Span, movements: Mapping[_Span, _Movement], known: dict[_Span, Stages]) -> Stages:
    if span not in known:
        movement = movements[span]
        before, after = movement.before, movement.after
        if before.stands_at == after.stands_at:
            known[span] = Stages(*[after.progress] * len(Stages._fields))
        else:
            parts = [
                StagedPart(part.weight, later.weight, stages_of_state(part, later)) for part, later in movement.key_results
            ]
            parts += [StagedPart(ONE, ONE, _stages(child, movements, known)) for child in movement.children]
            known[span] = stages_of_objective(before.progress, after.progress, parts)
    return known[span]
