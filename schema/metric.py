"""Metrics: how key results are measured."""

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from events.metric import Checkpoint, MetricKind, Stage, Unit
from events.metric import Metric as MetricDefinition
from projections.rows import KeyResultRow
from schema.enumeration import described
from schema.field import column, identified, part
from schema.identifiers import MOMENT
from schema.view import View

described(
    MetricKind,
    "MetricKind",
    "How a value becomes progress. May grow: keep a default branch.",
    {
        MetricKind.INCREASE: "From start up to target.",
        MetricKind.DECREASE: "From start down to target.",
        MetricKind.AT_LEAST: "Stay at or above target; above it when strict.",
        MetricKind.AT_MOST: "Stay at or below target; below it when strict.",
        MetricKind.RANGE: "Stay between low and high.",
        MetricKind.MILESTONE: "Weighted stages.",
        MetricKind.BINARY: "Done or not: 1 or 0.",
        MetricKind.ESTIMATED: "The owner's own estimate between 0 and 1.",
        MetricKind.UNDECIDED: "No measurable target yet: has no progress and counts in no mean.",
    },
)
described(
    Unit,
    "Unit",
    "What a number counts. May grow: keep a default branch.",
    {
        Unit.NUMBER: "Things, with a label.",
        Unit.PERCENT: "Per cent: 12 is 12 %.",
        Unit.CURRENCY: "Money, with a code.",
        Unit.RATIO: "A ratio.",
        Unit.MINUTES: "Minutes.",
        Unit.HOURS: "Hours.",
        Unit.DAYS: "Days.",
        Unit.WEEKS: "Weeks.",
        Unit.MONTHS: "Months.",
    },
)


@strawberry.type(description="The levels of a metric at one time, such as its activation.")
class MetricOriginal:
    """The levels that were in force."""

    row: strawberry.Private[MetricDefinition]

    start: Decimal | None = column("Where it started.")
    target: Decimal | None = column("Where it should get.")
    low: Decimal | None = column("Lower end of a RANGE.")
    high: Decimal | None = column("Upper end of a RANGE.")


@strawberry.type(description="A stage of a MILESTONE.")
class MetricStage:
    """One step and whether it is done."""

    row: strawberry.Private[Stage]
    view: strawberry.Private[View]
    is_done: strawberry.Private[bool]

    id: strawberry.ID = identified(
        "Unique across all types; opaque. What `doneStageIds` name.", lambda row: row.stage_id + MOMENT
    )
    title: str = column("What is to be reached.")
    weight: float = column("Its weight among the stages, above 0.", of_row=lambda row: float(row.weight))
    done: bool = part("Whether it is reached.", lambda source: source.is_done)


@strawberry.type(description="A dated target, which shapes the expected line.")
class MetricCheckpoint:
    """A value to have been reached by the end of a day."""

    row: strawberry.Private[Checkpoint]

    on: date = column("By the end of which day.")
    target: Decimal = column("Which value.")


def _level(description: str, name: str) -> Any:
    return column(description, of_row=lambda row: getattr(row.metric, name))


@strawberry.type(description="How a key result is measured. Which fields are present depends on the kind.")
class Metric:
    """The metric of a key result together with its latest value."""

    row: strawberry.Private[KeyResultRow]
    view: strawberry.Private[View]

    id: strawberry.ID = identified(
        "The key result's id with a suffix; there for caches, not a node.", lambda row: f"{row.id}{MOMENT}#metric"
    )
    kind: MetricKind = column("How a value becomes progress.", of_row=lambda row: row.metric.kind)
    unit: Unit | None = column("Of what; null where nothing is counted.", of_row=lambda row: row.metric.unit)
    unit_label: str | None = column("What NUMBER counts.", of_row=lambda row: row.metric.unit_label)
    currency: str | None = column("ISO 4217 code with CURRENCY.", of_row=lambda row: row.metric.currency)
    is_relative: bool = column(
        'Whether the values are changes against a baseline: "+15 %" is 0 to 15 PERCENT.',
        of_row=lambda row: row.metric.is_relative,
    )
    is_strict: bool = column(
        "Whether AT_LEAST and AT_MOST do not hold at the target itself.", of_row=lambda row: row.metric.is_strict
    )
    start: Decimal | None = _level("Where it started.", "start")
    target: Decimal | None = _level(
        "Where it should get; null for RANGE, MILESTONE, BINARY, ESTIMATED and UNDECIDED.", "target"
    )
    low: Decimal | None = _level("Lower end of a RANGE.", "low")
    high: Decimal | None = _level("Upper end of a RANGE.", "high")
    commit: Decimal | None = _level("The committed level.", "commit")
    stretch: Decimal | None = _level("The stretch level.", "stretch")
    current: Decimal | None = column("The latest value by effective time; start before any check-in.")
    held_share: float | None = column(
        "Check-ins at which it held among all, for AT_LEAST, AT_MOST and RANGE; null before any check-in."
    )
    original: MetricOriginal = part("What was first agreed.", lambda source: MetricOriginal(row=source.row.original))
    stages: list[MetricStage] = part(
        "Stages of a MILESTONE; at most 50.",
        lambda source: [
            MetricStage(row=stage, view=source.view, is_done=stage.stage_id in source.row.done_stage_ids)
            for stage in source.row.metric.stages
        ],
    )
    checkpoints: list[MetricCheckpoint] = part(
        "Dated targets; at most 100.",
        lambda source: [MetricCheckpoint(row=checkpoint) for checkpoint in source.row.metric.checkpoints],
    )
