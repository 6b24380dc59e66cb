"""Comparison of a scope at two moments: what came, what went, what is different, and what moved the progress.

Compared are objectives that are in force (ACTIVE or CLOSED) and their key results that are not dropped. Progress is the
same for every viewer; things out of sight are in none of the lists and counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from events.metric import ZERO, hardness_change
from projections.alignment import GraphScope
from projections.attribution import Sources, Stages, sources_of, stages_of_whole
from projections.compared_stages import stages_between, stages_of_state
from projections.compared_states import (
    KeyResultState,
    ObjectiveState,
    key_results_of,
    objectives_in_force,
)
from projections.lens import Lens
from projections.metric_text import metric_of
from projections.reader import Reader
from projections.recorded import change_rows
from projections.rows import ChangeRow
from projections.statement import fetch_planned

State = TypeVar("State", ObjectiveState, KeyResultState)

MOST_CHANGED_EVENTS = 500
"""Of how many events the changes of one thing are told, the newest ones."""

# Answers, for some things, what the newest events between two positions changed of their definitions, the oldest first.
_CHANGES = """
select wanted.id as subject_id, changed.position, changed.objective_id, changed.changes
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    select s.position, s.objective_id, s.changes from {projection}.event_subject s
    where s.organization_id = :organization and s.subject_id = wanted.id
        and s.position > :after and s.position <= :upto and s.changes <> '[]'
        and {seen_event:s}
    order by s.position desc limit :size
) changed
order by wanted.id, changed.position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """A thing that is there at both moments and differs: its definition was changed, or its progress is another."""

    id: str
    progress_before: Decimal | None
    progress_after: Decimal | None
    sources: Sources

    @property
    def movement(self) -> Decimal:
        """How far the progress moved, whichever way; an unknown one counts as 0."""
        return abs((self.progress_after or ZERO) - (self.progress_before or ZERO))


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """What is different in numbers: counts of things that the viewer may see, and the progress of the whole."""

    targets_raised: int
    targets_lowered: int
    owners_changed: int
    realigned: int
    retitled: int
    reweighted: int
    progress_before: Decimal | None
    progress_after: Decimal | None
    sources: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """What came, what went and what differs, as far as the viewer may see it.

    `added` and `removed` hold the identifiers of objectives and those of key results, `changed` begins with what moved the
    most, and `objective_ids` are those of either moment.
    """

    added: tuple[Sequence[str], Sequence[str]]
    removed: tuple[Sequence[str], Sequence[str]]
    changed: Sequence[ComparedRow]
    objective_ids: Sequence[str]
    summary: SummaryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """A scope at one moment."""

    objectives: Mapping[str, ObjectiveState]
    key_results: Mapping[str, KeyResultState]

    def seen(self) -> "_Side":
        """Answer what the viewer may see of it."""
        return _Side(
            objectives={each.id: each for each in self.objectives.values() if each.is_seen},
            key_results={each.id: each for each in self.key_results.values() if each.is_seen},
        )

    def without(self, other: "_Side") -> tuple[list[str], list[str]]:
        """Answer the objectives and key results that the other side has not."""
        return sorted(self.objectives.keys() - other.objectives.keys()), sorted(
            self.key_results.keys() - other.key_results.keys()
        )


async def compare(
    reader: Reader, earlier: Lens, later: Lens, scope: GraphScope, scope_id: str, *, objective_limit: int
) -> ComparisonRow:
    """Compare a scope as seen through two lenses.

    Raises:
        ScopeTooLargeError: the scope holds more than `objective_limit` objectives at one of the moments.
    """
    old = await _side(reader, earlier, scope, scope_id, objective_limit)
    new = await _side(reader, later, scope, scope_id, objective_limit)
    known = {
        (each.id, lens.position): each for lens, side in ((earlier, old), (later, new)) for each in side.objectives.values()
    }
    stages = await stages_between(reader, earlier, later, old.objectives, known)
    sides = old.seen(), new.seen()
    # A person has no progress that is the same for every viewer, as teams, cycles and the organization have.
    whole = _stages_of_scope(scope, scope_id, *(sides if scope is GraphScope.PERSON else (old, new)), stages)
    old, new = sides
    objectives, key_results = _both(old.objectives, new.objectives), _both(old.key_results, new.key_results)
    changed = [_compared(before, after, stages[after.id]) for before, after in objectives if _differs(before, after)]
    changed += [
        _compared(before, after, stages_of_state(before, after)) for before, after in key_results if _differs(before, after)
    ]
    return ComparisonRow(
        added=new.without(old),
        removed=old.without(new),
        changed=sorted(changed, key=lambda row: (-row.movement, row.id)),
        objective_ids=sorted(old.objectives.keys() | new.objectives.keys()),
        summary=_summary(objectives, key_results, whole),
    )


async def changes_of(reader: Reader, before: Lens, after: Lens, ids: Iterable[str]) -> dict[str, tuple[ChangeRow, ...]]:
    """Answer what was changed of the definitions of some things between two lenses, field by field, the oldest first."""
    found: dict[str, list[ChangeRow]] = {each: [] for each in ids}
    bounds = {"after": before.position, "upto": after.position, "size": MOST_CHANGED_EVENTS}
    for row in await fetch_planned(reader, after, _CHANGES, ids=list(found), **bounds):
        found[row["subject_id"]].extend(change_rows(row["position"], row["subject_id"], row["objective_id"], row["changes"]))
    return {subject_id: tuple(rows) for subject_id, rows in found.items()}


async def _side(reader: Reader, lens: Lens, scope: GraphScope, scope_id: str, limit: int) -> _Side:
    objectives = await objectives_in_force(reader, lens, scope, scope_id, limit)
    key_results = await key_results_of(reader, lens, [(each, lens.position) for each in objectives])
    return _Side(objectives=objectives, key_results={each.id: each for several in key_results.values() for each in several})


def _stages_of_scope(scope: GraphScope, scope_id: str, old: _Side, new: _Side, stages: Mapping[str, Stages]) -> Stages:
    """Answer the stages of the whole: of the objective that the scope names, or of the mean over its objectives."""
    if scope is GraphScope.OBJECTIVE:
        if scope_id in stages:
            return stages[scope_id]
        return Stages(None, None, None, None, new.objectives[scope_id].progress if scope_id in new.objectives else None)
    return stages_of_whole((stages[each] for each in old.objectives), (each.progress for each in new.objectives.values()))


def _both(old: Mapping[str, State], new: Mapping[str, State]) -> list[tuple[State, State]]:
    return [(old[each], new[each]) for each in sorted(old.keys() & new.keys())]


def _differs(before: State, after: State) -> bool:
    return before.version != after.version or before.progress != after.progress


def _compared(before: State, after: State, stages: Stages) -> ComparedRow:
    return ComparedRow(id=after.id, progress_before=before.progress, progress_after=after.progress, sources=sources_of(stages))


def _summary(
    objectives: Sequence[tuple[ObjectiveState, ObjectiveState]],
    key_results: Sequence[tuple[KeyResultState, KeyResultState]],
    whole: Stages,
) -> SummaryRow:
    pairs: list[tuple[ObjectiveState | KeyResultState, ObjectiveState | KeyResultState]] = [*objectives, *key_results]
    hardness = [
        hardness_change(metric_of(before.metric), metric_of(after.metric))
        for before, after in key_results
        if before.metric != after.metric
    ]
    return SummaryRow(
        targets_raised=hardness.count(1),
        targets_lowered=hardness.count(-1),
        owners_changed=sum(before.owner_id != after.owner_id for before, after in pairs),
        realigned=sum(set(before.parent_ids) != set(after.parent_ids) for before, after in objectives),
        retitled=sum(before.title != after.title for before, after in pairs),
        reweighted=sum(before.weight != after.weight for before, after in key_results),
        progress_before=whole.before,
        progress_after=whole.after,
        sources=sources_of(whole),
    )
