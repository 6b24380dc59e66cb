"""Inputs of metrics and of key results that come with something else."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from events.identifier import Noun, is_identifier, new_identifier
from events.key_result import AddKeyResult
from events.metric import Checkpoint, Metric, MetricKind, Stage, Unit
from events.rejection import RejectionCode, refuse
from schema.custom_value_input import CustomFieldValueInput, custom_values_of
from schema.input import defaulted, exact, fresh, given, known_or_none, optional, required


@strawberry.input(description="One stage of a MILESTONE.")
class MetricStageInput:
    """One stage of a MILESTONE."""

    id: strawberry.ID | None = optional("Which stage it stays, where a metric is changed; absent is a new one.")
    title: str = required("What is done with it.")
    weight: float = defaulted("How much it counts, above 0.", default=1.0)


@strawberry.input(description="A target to have been reached by the end of a day.")
class MetricCheckpointInput:
    """A phased target."""

    on: date = required("The day.")
    target: Decimal = required("The value.")


@strawberry.input(description="How a key result is measured; which fields are wanted depends on `kind`.")
class MetricInput:
    """How a key result is measured."""

    kind: MetricKind = required("How a value becomes progress.")
    unit: Unit | None = optional("What a value counts.")
    unit_label: str | None = optional("What NUMBER counts, such as customers.")
    currency: str | None = optional("Code of ISO 4217, with unit CURRENCY.")
    is_relative: bool = defaulted("Values are changes against a baseline: +15 % is start 0, target 15.", default=False)
    is_strict: bool = defaulted("The target itself does not hold, for AT_LEAST and AT_MOST.", default=False)
    start: Decimal | None = optional("Where it starts.")
    target: Decimal | None = optional("Where it shall get.")
    low: Decimal | None = optional("Lower end of a RANGE.")
    high: Decimal | None = optional("Upper end of a RANGE.")
    commit: Decimal | None = optional("The level that is promised.")
    stretch: Decimal | None = optional("The level that would be splendid.")
    stages: list[MetricStageInput] | None = optional("Stages of a MILESTONE, at most 50.")
    checkpoints: list[MetricCheckpointInput] | None = optional("Dated targets on rising days, at most 100.")


@strawberry.input(description="A key result that is written down together with something else.")
class KeyResultDraftInput:
    """A key result that is written down together with something else."""

    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    title: str = required("What shall be seen.")
    metric: MetricInput = required("How it is measured.")
    weight: float = defaulted("How much it counts among its siblings, above 0.", default=1.0)
    owner_id: strawberry.ID | None = optional("Who answers for it.")
    due_on: date | None = optional("By when, if before the cycle's end.")
    priority: int | None = optional("Smaller is more important.")
    labels: list[str] | None = optional("Labels, at most 20.")
    custom_fields: list[CustomFieldValueInput] | None = optional("Values of custom fields, at most 50.")


def checkpoints_of(values: list[MetricCheckpointInput] | None) -> tuple[Checkpoint, ...]:
    """Answer the checkpoints of an input."""
    return tuple(Checkpoint(on=value.on, target=value.target) for value in given(values) or ())


def metric_of(value: MetricInput, *path: str) -> Metric:
    """Answer the metric that an input describes; its rules are the domain's.

    Raises:
        Rejected: INVALID for a stage's id of another form.
    """
    return Metric(
        kind=value.kind,
        unit=given(value.unit),
        unit_label=given(value.unit_label),
        currency=given(value.currency),
        is_relative=value.is_relative,
        is_strict=value.is_strict,
        start=given(value.start),
        target=given(value.target),
        low=given(value.low),
        high=given(value.high),
        commit=given(value.commit),
        stretch=given(value.stretch),
        stages=tuple(_stage_of(stage, *path, "stages", str(index)) for index, stage in enumerate(given(value.stages) or ())),
        checkpoints=checkpoints_of(value.checkpoints),
    )


def _stage_of(value: MetricStageInput, *path: str) -> Stage:
    stage_id = given(value.id)
    if stage_id is not None and not is_identifier(stage_id, Noun.STAGE):
        raise refuse(RejectionCode.INVALID, "not the id of a stage", *path, "id")
    return Stage(stage_id=stage_id or new_identifier(Noun.STAGE), title=value.title, weight=exact(value.weight))


def added_key_result(value: KeyResultDraftInput, objective_id: str, now: datetime, *path: str) -> AddKeyResult:
    """Answer the command that adds a key result to an objective.

    Raises:
        Rejected: an identifier in it is none.
    """
    return AddKeyResult(
        key_result_id=fresh(value.id, Noun.KEY_RESULT, now, *path, "id"),
        objective_id=objective_id,
        title=value.title,
        metric=metric_of(value.metric, *path, "metric"),
        weight=exact(value.weight),
        owner_id=known_or_none(value.owner_id, Noun.PERSON, *path, "ownerId"),
        due_on=given(value.due_on),
        priority=given(value.priority),
        labels=tuple(given(value.labels) or ()),
        custom_fields=custom_values_of(value.custom_fields, *path),
    )
