"""Key results: how one sees that an objective is reached. They live in their objective's stream."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeVar, assert_never

from events import custom_value, dependency, kpi_link
from events.custom_field import CustomFieldNoun
from events.custom_value import (
    CustomValueFacts,
    CustomValues,
    KeyResultCustomValuesSet,
    changed_values,
    kept_values,
    require_values,
)
from events.cycle import Cycle
from events.dependency import (
    AddKeyResultDependency,
    Dependency,
    DependencyFacts,
    KeyResultDependencyAdded,
    KeyResultDependencyCommand,
    KeyResultDependencyEvent,
    KeyResultDependencyRemoved,
    RemoveKeyResultDependency,
    check_dependency,
    note_changes,
)
from events.envelope import UNSET, Context, Occurrence, Unset
from events.kpi_link import KeyResultKpiLinked, KeyResultKpiUnlinked, KeyResultLinkEvent, Links
from events.metric import (
    LEVELS,
    Checkpoint,
    Metric,
    MetricKind,
    check_metric,
)
from events.objective import (
    Objective,
    ObjectiveState,
    check_reason,
    require_changeable,
    require_reason,
    required_objective,
)
from events.rejection import RejectionCode, refuse, refuse_limit
from events.version import changed, check_version, created

Value = TypeVar("Value")

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AddKeyResult:
    """Add a key result to an objective."""

    key_result_id: str
    objective_id: str
    title: str
    metric: Metric
    weight: Decimal = Decimal(1)
    owner_id: str | None = None
    due_on: date | None = None
    priority: int | None = None
    labels: tuple[str, ...] = ()
    custom_fields: CustomValues = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateKeyResult:
    """Change a key result; fields that are UNSET stay, and custom fields that are not named.

    `metric` may change kind and unit only before the first check-in, or when there was no measurable
    target; `objective_id` moves the key result to another objective.
    """

    key_result_id: str
    title: str | Unset = UNSET
    metric: Metric | Unset = UNSET
    weight: Decimal | Unset = UNSET
    owner_id: str | Unset | None = UNSET
    due_on: date | Unset | None = UNSET
    priority: int | Unset | None = UNSET
    labels: tuple[str, ...] | Unset = UNSET
    objective_id: str | Unset = UNSET
    custom_fields: CustomValues = ()
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetKeyResult:
    """Move the levels of a key result's metric; fields that are UNSET stay."""

    key_result_id: str
    start: Decimal | Unset | None = UNSET
    target: Decimal | Unset | None = UNSET
    low: Decimal | Unset | None = UNSET
    high: Decimal | Unset | None = UNSET
    commit: Decimal | Unset | None = UNSET
    stretch: Decimal | Unset | None = UNSET
    checkpoints: tuple[Checkpoint, ...] | Unset = UNSET
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropKeyResult:
    """Take a key result out of its objective's progress; nothing of it is lost."""

    key_result_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreKeyResult:
    """Take a dropped key result back."""

    key_result_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceKeyResult:
    """Drop a key result and add what takes its place: one for a replacement, several for a split."""

    key_result_id: str
    replacements: tuple[AddKeyResult, ...]
    expected_version: int | None = None


KeyResultCommand = (
    AddKeyResult
    | UpdateKeyResult
    | RetargetKeyResult
    | DropKeyResult
    | RestoreKeyResult
    | ReplaceKeyResult
    | KeyResultDependencyCommand
)

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultAdded:
    """A key result was added to an objective."""

    key_result_id: str
    objective_id: str
    title: str
    metric: Metric
    weight: Decimal = Decimal(1)
    owner_id: str | None = None
    due_on: date | None = None
    priority: int | None = None
    replaces_id: str | None = None
    carried_over_from_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultRetitled:
    """A key result got another title."""

    key_result_id: str
    objective_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultMetricDefined:
    """A key result got another metric, kind and unit included."""

    key_result_id: str
    objective_id: str
    metric: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultRetargeted:
    """The levels of a key result's metric moved; all as they now stand."""

    key_result_id: str
    objective_id: str
    start: Decimal | None = None
    target: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    commit: Decimal | None = None
    stretch: Decimal | None = None
    checkpoints: tuple[Checkpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultReweighted:
    """A key result got another weight."""

    key_result_id: str
    objective_id: str
    weight: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultReowned:
    """A key result got another owner, or none."""

    key_result_id: str
    objective_id: str
    owner_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultRescheduled:
    """A key result got another due date, or none."""

    key_result_id: str
    objective_id: str
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultPrioritized:
    """A key result got another place in the order."""

    key_result_id: str
    objective_id: str
    priority: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultLabelled:
    """A key result got other labels; all as they now stand."""

    key_result_id: str
    objective_id: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultMoved:
    """A key result went to another objective, with its check-ins; `objective_id` is the one it left."""

    key_result_id: str
    objective_id: str
    to_objective_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultDropped:
    """A key result was taken out of its objective's progress."""

    key_result_id: str
    objective_id: str
    replaced_by_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultRestored:
    """A dropped key result was taken back."""

    key_result_id: str
    objective_id: str


KeyResultEvent = (
    KeyResultAdded
    | KeyResultRetitled
    | KeyResultMetricDefined
    | KeyResultRetargeted
    | KeyResultReweighted
    | KeyResultReowned
    | KeyResultRescheduled
    | KeyResultPrioritized
    | KeyResultLabelled
    | KeyResultMoved
    | KeyResultDropped
    | KeyResultRestored
    | KeyResultDependencyEvent
    | KeyResultLinkEvent
    | KeyResultCustomValuesSet
)

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResult:
    """A key result as of some position.

    `original` is the metric at the objective's activation, or at the addition if that came later; `live_at`
    is that moment, from which check-ins fall due (None in a draft). `placed_at` is the position at which it
    came to its objective: the order among its siblings.
    """

    key_result_id: str
    objective_id: str
    title: str
    metric: Metric
    original: Metric
    weight: Decimal
    owner_id: str | None
    due_on: date | None
    priority: int | None
    replaces_id: str | None
    carried_over_from_id: str | None
    placed_at: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    live_at: datetime | None = None
    dropped_at: datetime | None = None
    dependencies: tuple[Dependency, ...] = ()
    kpi_links: Links = ()
    labels: tuple[str, ...] = ()
    custom_values: CustomValues = ()
    version: int = 1


class KeyResultFacts(DependencyFacts, CustomValueFacts, Protocol):
    """What a decision about a key result asks of the rest of the organization."""

    def objective(self, objective_id: str) -> Objective | None:
        """Answer an objective."""
        ...

    def key_result(self, key_result_id: str) -> KeyResult | None:
        """Answer a key result."""
        ...

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        ...

    def has_person(self, person_id: str) -> bool:
        """Say whether a person exists."""
        ...

    def key_result_count(self, objective_id: str) -> int:
        """Answer how many key results an objective has that are not dropped."""
        ...

    def has_check_ins(self, key_result_id: str) -> bool:
        """Say whether a key result was ever checked in, retracted check-ins included."""
        ...

    def stands_above(self, objective_id: str, other_id: str) -> bool:
        """Say whether an objective is the other thing, or anywhere above it."""
        ...

    def aligned_to(self, parent_id: str) -> frozenset[str]:
        """Answer the objectives that are aligned to an objective or a key result."""
        ...


# --- rejections


def _required(key_result: KeyResult | None) -> KeyResult:
    if key_result is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such key result", "keyResultId")
    return key_result


def require_kept(key_result: KeyResult) -> None:
    """Refuse to work on a dropped key result.

    Raises:
        Rejected: it is dropped.
    """
    if key_result.dropped_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the key result is dropped; restore it first", "keyResultId")


def _check_weight(weight: Decimal, *path: str) -> None:
    if weight <= 0:
        raise refuse(RejectionCode.NOT_POSITIVE, "a weight must be above 0", *path, "weight")


def _check_owner(owner_id: str | Unset | None, facts: KeyResultFacts, *path: str) -> None:
    if isinstance(owner_id, str) and not facts.has_person(owner_id):
        raise refuse(RejectionCode.NOT_FOUND, "no such person", *path, "ownerId")


def _changeable_objective(objective_id: str, facts: KeyResultFacts) -> Objective:
    objective = required_objective(facts.objective(objective_id))
    require_changeable(objective, facts.cycle(objective.cycle_id))
    return objective


def _check_count(objective_id: str, more: int, facts: KeyResultFacts, context: Context) -> None:
    count = facts.key_result_count(objective_id) + more
    if count > context.limits.key_results_per_objective:
        raise refuse_limit("key results of an objective", context.limits.key_results_per_objective, count, "objectiveId")


# --- decide


def decide(
    command: KeyResultCommand, key_result: KeyResult | None, facts: KeyResultFacts, context: Context
) -> list[KeyResultEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: a rule of `docs/glossary.md` (Key result) refuses it.
    """
    check_reason(context)
    if isinstance(command, AddKeyResult):
        if key_result is not None:
            raise refuse(RejectionCode.ID_TAKEN, "a key result with this id exists already", "id")
        objective = _changeable_objective(command.objective_id, facts)
        _check_count(command.objective_id, 1, facts, context)
        return _added(command, objective, facts, context)
    known = _required(key_result)
    check_version(known.key_result_id, known.version, command.expected_version)
    objective = _changeable_objective(known.objective_id, facts)
    match command:
        case UpdateKeyResult():
            require_kept(known)
            return _update(command, known, objective, facts, context)
        case RetargetKeyResult():
            require_kept(known)
            return _retarget(command, known, objective, facts, context)
        case DropKeyResult():
            if known.dropped_at is not None:
                return []
            return [KeyResultDropped(key_result_id=known.key_result_id, objective_id=known.objective_id)]
        case RestoreKeyResult():
            if known.dropped_at is None:
                return []
            _check_count(known.objective_id, 1, facts, context)
            return [KeyResultRestored(key_result_id=known.key_result_id, objective_id=known.objective_id)]
        case ReplaceKeyResult():
            require_kept(known)
            return _replace(command, known, objective, facts, context)
        case AddKeyResultDependency() | RemoveKeyResultDependency():
            return _depend(command, known, facts, context)
        case _:
            assert_never(command)


def _added(
    command: AddKeyResult,
    objective: Objective,
    facts: KeyResultFacts,
    context: Context,
    replaced: KeyResult | None = None,
    *path: str,
) -> list[KeyResultEvent]:
    check_metric(command.metric, *path, "metric")
    _check_weight(command.weight, *path)
    _check_owner(command.owner_id, facts, *path)
    is_draft = objective.state is ObjectiveState.DRAFT
    kept = () if replaced is None else kept_values(replaced.custom_values, facts)
    noun = CustomFieldNoun.KEY_RESULT
    changed = changed_values(noun, kept, command.custom_fields, facts, context, *path, is_draft=is_draft)
    values = custom_value.evolve(kept, changed)
    if not is_draft:
        require_values(noun, values, facts, *path)
    subject = {"key_result_id": command.key_result_id, "objective_id": command.objective_id}
    events: list[KeyResultEvent] = [_addition(command, None if replaced is None else replaced.key_result_id)]
    if command.labels:
        events.append(KeyResultLabelled(**subject, labels=command.labels))
    if values:
        events.append(KeyResultCustomValuesSet(**subject, values=values))
    return events


def _addition(command: AddKeyResult, replaces_id: str | None) -> KeyResultAdded:
    return KeyResultAdded(
        key_result_id=command.key_result_id,
        objective_id=command.objective_id,
        title=command.title,
        metric=command.metric,
        weight=command.weight,
        owner_id=command.owner_id,
        due_on=command.due_on,
        priority=command.priority,
        replaces_id=replaces_id,
    )


def _replace(
    command: ReplaceKeyResult, known: KeyResult, objective: Objective, facts: KeyResultFacts, context: Context
) -> list[KeyResultEvent]:
    if not command.replacements:
        raise refuse(RejectionCode.REQUIRED, "name what takes its place", "replacements")
    _check_count(known.objective_id, len(command.replacements) - 1, facts, context)
    added: list[KeyResultEvent] = []
    for index, draft in enumerate(command.replacements):
        path = ("replacements", str(index))
        if facts.key_result(draft.key_result_id) is not None:
            raise refuse(RejectionCode.ID_TAKEN, "a key result with this id exists already", *path, "id")
        draft_here = replace(draft, objective_id=known.objective_id)
        added += _added(draft_here, objective, facts, context, known, *path)
    dropped = KeyResultDropped(
        key_result_id=known.key_result_id,
        objective_id=known.objective_id,
        replaced_by_ids=tuple(draft.key_result_id for draft in command.replacements),
    )
    return [dropped, *added]


def _update(
    command: UpdateKeyResult,
    known: KeyResult,
    objective: Objective,
    facts: KeyResultFacts,
    context: Context,
) -> list[KeyResultEvent]:
    subject = {"key_result_id": known.key_result_id, "objective_id": known.objective_id}
    events: list[KeyResultEvent] = []
    if command.title is not UNSET and command.title != known.title:
        events.append(KeyResultRetitled(**subject, title=command.title))
    if command.priority is not UNSET and command.priority != known.priority:
        events.append(KeyResultPrioritized(**subject, priority=command.priority))
    if command.labels is not UNSET and command.labels != known.labels:
        events.append(KeyResultLabelled(**subject, labels=command.labels))
    is_draft = objective.state is ObjectiveState.DRAFT
    values = changed_values(
        CustomFieldNoun.KEY_RESULT, known.custom_values, command.custom_fields, facts, context, is_draft=is_draft
    )
    if values:
        events.append(KeyResultCustomValuesSet(**subject, values=values))
    moved: list[KeyResultEvent] = []
    if command.metric is not UNSET and command.metric != known.metric:
        _check_redefinition(command.metric, known, facts)
        moved.append(KeyResultMetricDefined(**subject, metric=command.metric))
    if command.weight is not UNSET and command.weight != known.weight:
        _check_weight(command.weight)
        moved.append(KeyResultReweighted(**subject, weight=command.weight))
    if command.owner_id is not UNSET and command.owner_id != known.owner_id:
        _check_owner(command.owner_id, facts)
        moved.append(KeyResultReowned(**subject, owner_id=command.owner_id))
    if command.due_on is not UNSET and command.due_on != known.due_on:
        moved.append(KeyResultRescheduled(**subject, due_on=command.due_on))
    if command.objective_id is not UNSET and command.objective_id != known.objective_id:
        target = _check_move(known, command.objective_id, facts, context)
        if is_draft and target.state is not ObjectiveState.DRAFT:
            require_values(CustomFieldNoun.KEY_RESULT, custom_value.evolve(known.custom_values, values), facts)
        moved.append(KeyResultMoved(**subject, to_objective_id=command.objective_id))
    if moved:
        require_reason(objective, facts.cycle(objective.cycle_id), context)
    return [*events, *moved]


def _check_move(known: KeyResult, objective_id: str, facts: KeyResultFacts, context: Context) -> Objective:
    target = _changeable_objective(objective_id, facts)
    _check_count(objective_id, 1, facts, context)
    for child_id in facts.aligned_to(known.key_result_id):
        # A key result takes along what is aligned to it, so the move itself can close a circle.
        if facts.stands_above(child_id, objective_id):
            raise refuse(RejectionCode.ALIGNMENT_CYCLE, "the move would close a circle", "objectiveId")
    return target


def _check_redefinition(metric: Metric, known: KeyResult, facts: KeyResultFacts) -> None:
    check_metric(metric, "metric")
    is_other_kind = (metric.kind, metric.unit, metric.currency) != (
        known.metric.kind,
        known.metric.unit,
        known.metric.currency,
    )
    if known.metric.kind is MetricKind.UNDECIDED:
        return
    if is_other_kind and facts.has_check_ins(known.key_result_id):
        raise refuse(
            RejectionCode.METRIC_FROZEN,
            "kind and unit are frozen after the first check-in; replace the key result instead",
            "metric",
        )


def _retarget(
    command: RetargetKeyResult,
    known: KeyResult,
    objective: Objective,
    facts: KeyResultFacts,
    context: Context,
) -> list[KeyResultEvent]:
    changed = {level: value for level in LEVELS if (value := getattr(command, level)) is not UNSET}
    metric = replace(known.metric, **changed)
    if metric == known.metric:
        return []
    check_metric(metric)
    require_reason(objective, facts.cycle(objective.cycle_id), context)
    levels = {level: getattr(metric, level) for level in LEVELS}
    return [KeyResultRetargeted(key_result_id=known.key_result_id, objective_id=known.objective_id, **levels)]


def _depend(
    command: KeyResultDependencyCommand, known: KeyResult, facts: KeyResultFacts, context: Context
) -> list[KeyResultEvent]:
    subject = {"key_result_id": known.key_result_id, "objective_id": known.objective_id, "blocker_id": command.blocker_id}
    if isinstance(command, RemoveKeyResultDependency):
        is_there = any(each.blocker_id == command.blocker_id for each in known.dependencies)
        return [KeyResultDependencyRemoved(**subject)] if is_there else []
    if facts.key_result(command.blocker_id) is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such key result", "blockerId")
    if not note_changes(known.dependencies, command.blocker_id, command.note):
        return []
    require_kept(known)
    check_dependency(known.key_result_id, command.blocker_id, facts, context, "blockerId")
    return [KeyResultDependencyAdded(**subject, note=command.note)]


# --- evolve


def evolve(  # noqa: C901, PLR0912 - a branch for each event
    key_result: KeyResult | None, event: KeyResultEvent, occurrence: Occurrence
) -> KeyResult:
    """Answer the key result after an event."""
    if isinstance(event, KeyResultAdded):
        return KeyResult(
            key_result_id=event.key_result_id,
            objective_id=event.objective_id,
            title=event.title,
            metric=event.metric,
            original=event.metric,
            weight=event.weight,
            owner_id=event.owner_id,
            due_on=event.due_on,
            priority=event.priority,
            replaces_id=event.replaces_id,
            carried_over_from_id=event.carried_over_from_id,
            placed_at=occurrence.position,
            **created(occurrence),
        )
    if key_result is None:
        raise ValueError("a key result changes before it is added")
    change = changed(key_result.version, occurrence)
    match event:
        case KeyResultRetitled():
            return replace(key_result, title=event.title, **change)
        case KeyResultMetricDefined():
            original = _original(key_result, event.metric)
            return replace(key_result, metric=event.metric, original=original, **change)
        case KeyResultRetargeted():
            levels = {level: getattr(event, level) for level in LEVELS}
            metric = replace(key_result.metric, **levels)
            return replace(key_result, metric=metric, original=_original(key_result, metric), **change)
        case KeyResultReweighted():
            return replace(key_result, weight=event.weight, **change)
        case KeyResultReowned():
            return replace(key_result, owner_id=event.owner_id, **change)
        case KeyResultRescheduled():
            return replace(key_result, due_on=event.due_on, **change)
        case KeyResultPrioritized():
            return replace(key_result, priority=event.priority, **change)
        case KeyResultLabelled():
            return replace(key_result, labels=event.labels, **change)
        case KeyResultMoved():
            return replace(key_result, objective_id=event.to_objective_id, placed_at=occurrence.position, **change)
        case KeyResultDropped():
            return replace(key_result, dropped_at=occurrence.recorded_at, **change)
        case KeyResultRestored():
            return replace(key_result, dropped_at=None, **change)
        case KeyResultDependencyAdded() | KeyResultDependencyRemoved():
            return replace(key_result, dependencies=dependency.evolve(key_result.dependencies, event), **change)
        case KeyResultKpiLinked() | KeyResultKpiUnlinked():
            return replace(key_result, kpi_links=kpi_link.evolve(key_result.kpi_links, event), **change)
        case KeyResultCustomValuesSet():
            return replace(key_result, custom_values=custom_value.evolve(key_result.custom_values, event.values), **change)
        case _:
            assert_never(event)


def _original(key_result: KeyResult, metric: Metric) -> Metric:
    """Answer what stays the original of a key result that gets another metric."""
    # In a draft nothing is promised yet, and what had no measure had no original target.
    is_promised = key_result.live_at is not None and key_result.original.kind is not MetricKind.UNDECIDED
    return key_result.original if is_promised else metric


def made_live(key_result: KeyResult, at: datetime) -> KeyResult:
    """Answer the key result at its objective's activation, or at its addition to an active one."""
    if key_result.live_at is not None:
        return key_result
    return replace(key_result, live_at=at, original=key_result.metric)
