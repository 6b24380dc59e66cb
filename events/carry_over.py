"""Carrying over: an objective continues in a later cycle, and the lineage stays.

A carried-over key result starts where the old one ended, when that still lies before its target.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from events.check_in import Measurements
from events.custom_value import (
    CustomValueFacts,
    KeyResultCustomValuesSet,
    ObjectiveCustomValuesSet,
    kept_values,
)
from events.cycle import Cycle, require_open
from events.envelope import Context
from events.identifier import Noun, derive_identifier
from events.key_result import KeyResult, KeyResultAdded, KeyResultLabelled
from events.kpi_link import KeyResultKpiLinked, ObjectiveKpiLinked
from events.metric import Metric, MetricKind
from events.objective import (
    Objective,
    ObjectiveActivated,
    ObjectiveCarriedOver,
    ObjectiveCreated,
    ObjectiveState,
)
from events.rejection import RejectionCode, refuse
from events.version import check_version

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOverObjective:
    """Continue an objective in another cycle; `key_result_ids` None takes all that are not dropped."""

    objective_id: str
    successor_id: str
    cycle_id: str
    key_result_ids: tuple[str, ...] | None = None
    expected_version: int | None = None


CarryOverEvent = (
    ObjectiveCreated
    | ObjectiveActivated
    | KeyResultAdded
    | KeyResultLabelled
    | ObjectiveCarriedOver
    | ObjectiveKpiLinked
    | KeyResultKpiLinked
    | ObjectiveCustomValuesSet
    | KeyResultCustomValuesSet
)


class CarryOverFacts(CustomValueFacts, Protocol):
    """What a carry-over asks of the rest of the organization."""

    def objective(self, objective_id: str) -> Objective | None:
        """Answer an objective."""
        ...

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        ...

    def key_results_of(self, objective_id: str) -> list[KeyResult]:
        """Answer an objective's key results, dropped ones included, in the order of their addition."""
        ...

    def measurements_of(self, key_result_id: str) -> Measurements:
        """Answer the check-ins of a key result."""
        ...


# --- decide


def decide(command: CarryOverObjective, facts: CarryOverFacts, context: Context) -> list[CarryOverEvent]:
    """Answer the events of a carry-over.

    Raises:
        Rejected: the objective is a draft or unknown, the target cycle is the same, unknown or closed, a
            key result is not its own, the new id is taken, or the version differs.
    """
    del context
    source = facts.objective(command.objective_id)
    if source is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such objective", "objectiveId")
    check_version(source.objective_id, source.version, command.expected_version)
    if source.state is ObjectiveState.DRAFT:
        raise refuse(RejectionCode.WRONG_STATE, "a draft has nothing to carry over", "objectiveId")
    if facts.objective(command.successor_id) is not None:
        raise refuse(RejectionCode.ID_TAKEN, "an objective with this id exists already", "id")
    cycle = facts.cycle(command.cycle_id)
    if cycle is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such cycle", "cycleId")
    require_open(cycle)
    if command.cycle_id == source.cycle_id:
        raise refuse(RejectionCode.INVALID, "the objective is in this cycle already", "cycleId")
    added: list[CarryOverEvent] = [
        ObjectiveKpiLinked(objective_id=command.successor_id, kpi_id=link.kpi_id) for link in source.kpi_links
    ]
    values = kept_values(source.custom_values, facts)
    if values:
        added.append(ObjectiveCustomValuesSet(objective_id=command.successor_id, values=values))
    for key_result in _chosen(command, facts):
        measurements = facts.measurements_of(key_result.key_result_id)
        carried = _carried(key_result, measurements, command.successor_id)
        added += [carried, *_described(key_result, carried, facts), *_linked(key_result, carried)]
    return [
        _successor(source, command),
        *added,
        ObjectiveActivated(objective_id=command.successor_id),
        ObjectiveCarriedOver(objective_id=source.objective_id, successor_id=command.successor_id),
    ]


def _chosen(command: CarryOverObjective, facts: CarryOverFacts) -> list[KeyResult]:
    kept = [each for each in facts.key_results_of(command.objective_id) if each.dropped_at is None]
    if command.key_result_ids is None:
        return kept
    known = {each.key_result_id for each in kept}
    for index, key_result_id in enumerate(command.key_result_ids):
        if key_result_id not in known:
            raise refuse(RejectionCode.NOT_FOUND, "not a key result of this objective", "keyResultIds", str(index))
    return [each for each in kept if each.key_result_id in command.key_result_ids]


def _successor(source: Objective, command: CarryOverObjective) -> ObjectiveCreated:
    return ObjectiveCreated(
        objective_id=command.successor_id,
        cycle_id=command.cycle_id,
        title=source.title,
        team_id=source.team_id,
        owner_id=source.owner_id,
        description=source.description,
        ambition=source.ambition,
        visibility=source.visibility,
        driver=source.driver,
        priority=source.priority,
        labels=source.labels,
        contributor_ids=source.contributor_ids,
        carried_over_from_id=source.objective_id,
    )


def _carried(source: KeyResult, measurements: Measurements, successor_id: str) -> KeyResultAdded:
    return KeyResultAdded(
        key_result_id=derive_identifier(Noun.KEY_RESULT, successor_id, source.key_result_id),
        objective_id=successor_id,
        title=source.title,
        metric=_continued(source.metric, measurements, successor_id),
        weight=source.weight,
        owner_id=source.owner_id,
        priority=source.priority,
        carried_over_from_id=source.key_result_id,
    )


def _described(
    source: KeyResult, carried: KeyResultAdded, facts: CarryOverFacts
) -> list[KeyResultLabelled | KeyResultCustomValuesSet]:
    """Answer labels and values, which are taken along as they are: what became required since is not asked for here."""
    subject = {"key_result_id": carried.key_result_id, "objective_id": carried.objective_id}
    values = kept_values(source.custom_values, facts)
    events: list[KeyResultLabelled | KeyResultCustomValuesSet] = []
    if source.labels:
        events.append(KeyResultLabelled(**subject, labels=source.labels))
    if values:
        events.append(KeyResultCustomValuesSet(**subject, values=values))
    return events


def _linked(source: KeyResult, carried: KeyResultAdded) -> list[KeyResultKpiLinked]:
    return [
        KeyResultKpiLinked(
            key_result_id=carried.key_result_id,
            objective_id=carried.objective_id,
            kpi_id=link.kpi_id,
            takes_values=link.takes_values,
        )
        for link in source.kpi_links
    ]


def _continued(metric: Metric, measurements: Measurements, successor_id: str) -> Metric:
    stages = tuple(
        replace(stage, stage_id=derive_identifier(Noun.STAGE, successor_id, stage.stage_id)) for stage in metric.stages
    )
    # Dated checkpoints belong to the old cycle.
    continued = replace(metric, stages=stages, checkpoints=())
    value = measurements.latest.value if measurements.latest else None
    if value is None or metric.target is None:
        return continued
    is_before_target = (metric.kind is MetricKind.INCREASE and value < metric.target) or (
        metric.kind is MetricKind.DECREASE and value > metric.target
    )
    return replace(continued, start=value) if is_before_target else continued
