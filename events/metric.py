"""Metrics of key results: what is measured, and the progress that a value means.

The formulas are those of the glossary (`docs/glossary.md`, Metric). All arithmetic is exact decimal;
a result is rounded once, to `PROGRESS_PLACES`, half to even.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Context as DecimalContext
from decimal import Decimal
from enum import StrEnum
from functools import partial
from operator import ge, gt, le, lt
from typing import assert_never

from events.rejection import RejectionCode, refuse

PROGRESS_PLACES = 12
_QUANTUM = Decimal(1).scaleb(-PROGRESS_PLACES)
_ARITHMETIC = DecimalContext(prec=60)
ZERO = Decimal(0)
ONE = Decimal(1)
ALMOST_ONE = ONE - _QUANTUM
NO_STAGES: frozenset[str] = frozenset()
"""The same set for all that have none: any other empty one takes more memory than a check-in."""
FORMULA_VERSION = 1
"""Recorded with every number that an event freezes; a changed formula gets the next version."""


class MetricKind(StrEnum):
    """How a value becomes progress."""

    INCREASE = "INCREASE"
    DECREASE = "DECREASE"
    AT_LEAST = "AT_LEAST"
    AT_MOST = "AT_MOST"
    RANGE = "RANGE"
    MILESTONE = "MILESTONE"
    BINARY = "BINARY"
    ESTIMATED = "ESTIMATED"
    UNDECIDED = "UNDECIDED"


class Unit(StrEnum):
    """What a value counts."""

    NUMBER = "NUMBER"
    PERCENT = "PERCENT"
    CURRENCY = "CURRENCY"
    RATIO = "RATIO"
    MINUTES = "MINUTES"
    HOURS = "HOURS"
    DAYS = "DAYS"
    WEEKS = "WEEKS"
    MONTHS = "MONTHS"


class Formula(StrEnum):
    """Which formula makes a progress (`docs/glossary.md`, Metric); `s` start, `t` target, `c` the value that counts.

    LINEAR is (c - s) / (t - s); HELD 1; RATIO c / t, or t / c for AT_MOST; DISTANCE 1 - distance from the range / its
    width; STAGES the weight done / that of all; STATED c itself; ZERO 0, for want of a value or of a ratio; NONE nothing.
    """

    LINEAR = "LINEAR"
    HELD = "HELD"
    RATIO = "RATIO"
    DISTANCE = "DISTANCE"
    STAGES = "STAGES"
    STATED = "STATED"
    ZERO = "ZERO"
    NONE = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of a milestone metric."""

    stage_id: str
    title: str
    weight: Decimal = ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A phased target: the value to have been reached by the end of a day."""

    on: date
    target: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """The definition of a measurement; which fields count depends on `kind`.

    INCREASE and DECREASE need `start` and `target`; AT_LEAST and AT_MOST need `target`, with
    `is_strict` the bound itself does not hold; RANGE needs `low` and `high`; MILESTONE needs `stages`.
    With `is_relative` the values are changes against a baseline ("+15 %" is 0 to 15 PERCENT).
    """

    kind: MetricKind
    unit: Unit | None = None
    unit_label: str | None = None
    currency: str | None = None
    is_relative: bool = False
    is_strict: bool = False
    start: Decimal | None = None
    target: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    commit: Decimal | None = None
    stretch: Decimal | None = None
    stages: tuple[Stage, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()


LEVELS = ("start", "target", "low", "high", "commit", "stretch", "checkpoints")
"""The fields of a metric that a retarget may change."""

_NEEDED: dict[MetricKind, tuple[str, ...]] = {
    MetricKind.INCREASE: ("start", "target"),
    MetricKind.DECREASE: ("start", "target"),
    MetricKind.AT_LEAST: ("target",),
    MetricKind.AT_MOST: ("target",),
    MetricKind.RANGE: ("low", "high"),
    MetricKind.MILESTONE: (),
    MetricKind.BINARY: (),
    MetricKind.ESTIMATED: (),
    MetricKind.UNDECIDED: (),
}
_ALLOWED: dict[MetricKind, tuple[str, ...]] = {
    MetricKind.INCREASE: ("start", "target", "commit", "stretch", "checkpoints"),
    MetricKind.DECREASE: ("start", "target", "commit", "stretch", "checkpoints"),
    MetricKind.AT_LEAST: ("start", "target", "commit", "stretch", "checkpoints"),
    MetricKind.AT_MOST: ("start", "target", "commit", "stretch", "checkpoints"),
    MetricKind.RANGE: ("start", "low", "high"),
    MetricKind.MILESTONE: ("stages",),
    MetricKind.BINARY: (),
    MetricKind.ESTIMATED: (),
    MetricKind.UNDECIDED: (),
}
_RISING = (MetricKind.INCREASE, MetricKind.AT_LEAST)
_FALLING = (MetricKind.DECREASE, MetricKind.AT_MOST)
_HOLDING = (MetricKind.AT_LEAST, MetricKind.AT_MOST, MetricKind.RANGE)


def check_metric(metric: Metric, *path: str) -> None:
    """Check a metric's definition.

    Raises:
        Rejected: a needed field is absent, a field does not belong to the kind, start equals target,
            the direction is wrong, a weight is not positive or the levels are out of order.
    """
    for field in _NEEDED[metric.kind]:
        if getattr(metric, field) is None:
            raise refuse(RejectionCode.REQUIRED, f"{metric.kind} needs {field}", *path, field)
    for field in (*LEVELS, "stages"):
        if field not in _ALLOWED[metric.kind] and getattr(metric, field) not in (None, ()):
            raise refuse(RejectionCode.INVALID, f"{metric.kind} has no {field}", *path, field)
    if (metric.unit is Unit.CURRENCY) != (metric.currency is not None):
        raise refuse(RejectionCode.REQUIRED, "unit CURRENCY and a currency go together", *path, "currency")
    _check_direction(metric, path)
    _check_levels(metric, path)
    if metric.kind is MetricKind.MILESTONE:
        _check_stages(metric, path)
    days = [checkpoint.on for checkpoint in metric.checkpoints]
    if days != sorted(set(days)):
        raise refuse(RejectionCode.INVALID, "checkpoints must be on rising days", *path, "checkpoints")


def _check_direction(metric: Metric, path: tuple[str, ...]) -> None:
    start, target = metric.start, metric.target
    if metric.kind in (MetricKind.INCREASE, MetricKind.DECREASE) and start is not None and target is not None:
        if start == target:
            raise refuse(
                RejectionCode.START_EQUALS_TARGET,
                "start equals target: use AT_LEAST or AT_MOST for a value to hold",
                *path,
                "target",
            )
        if (target > start) != (metric.kind is MetricKind.INCREASE):
            raise refuse(
                RejectionCode.WRONG_DIRECTION,
                f"{metric.kind} from {start:f} to {target:f} goes the other way",
                *path,
                "target",
            )
    if metric.low is not None and metric.high is not None and metric.low >= metric.high:
        raise refuse(RejectionCode.WRONG_DIRECTION, "low must be less than high", *path, "high")


def _check_levels(metric: Metric, path: tuple[str, ...]) -> None:
    levels = [level for level in (metric.commit, metric.target, metric.stretch) if level is not None]
    ordered = sorted(levels, reverse=metric.kind in _FALLING)
    if metric.kind in (*_RISING, *_FALLING) and levels != ordered:
        raise refuse(
            RejectionCode.WRONG_DIRECTION,
            "commit, target and stretch must go in the metric's direction",
            *path,
            "target",
        )


def _check_stages(metric: Metric, path: tuple[str, ...]) -> None:
    if not metric.stages:
        raise refuse(RejectionCode.REQUIRED, "MILESTONE needs at least one stage", *path, "stages")
    if len({stage.stage_id for stage in metric.stages}) != len(metric.stages):
        raise refuse(RejectionCode.INVALID, "two stages of one id", *path, "stages")
    for index, stage in enumerate(metric.stages):
        if stage.weight <= 0:
            raise refuse(RejectionCode.NOT_POSITIVE, "a stage's weight must be above 0", *path, "stages", str(index), "weight")


def rounded(value: Decimal) -> Decimal:
    """Round a progress once, to the documented number of places."""
    return value.quantize(_QUANTUM, context=_ARITHMETIC)


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divide with enough digits that one rounding afterwards is exact enough."""
    return _ARITHMETIC.divide(dividend, divisor)


def clamped(raw: Decimal) -> Decimal:
    """Return the progress in [0, 1] of an unclamped one."""
    return ZERO if raw < ZERO else min(raw, ONE)


def holds(metric: Metric) -> bool:
    """Say whether a metric is about holding a bound or a range."""
    return metric.kind in _HOLDING


def is_held(metric: Metric, value: Decimal | None) -> bool | None:
    """Say whether a value holds a bound or lies in a range; None for metrics that hold nothing."""
    match metric.kind:
        case MetricKind.AT_LEAST | MetricKind.AT_MOST | MetricKind.RANGE:
            if value is None:
                return False
            return _holds(metric, value)
        case _:
            return None


def held_count(metric: Metric, values: Iterable[Decimal | None]) -> int:
    """Count the values that hold a bound or lie in a range."""
    holds_at = _holding(metric)
    return sum(value is not None and holds_at(value) for value in values)


def _holds(metric: Metric, value: Decimal) -> bool:
    return _holding(metric)(value)


def _holding(metric: Metric) -> Callable[[Decimal], bool]:
    low, high, target = metric.low, metric.high, metric.target
    if metric.kind is MetricKind.RANGE and low is not None and high is not None:
        return lambda value: low <= value <= high
    if metric.kind is MetricKind.AT_LEAST and target is not None:
        return partial(lt if metric.is_strict else le, target)
    if metric.kind is MetricKind.AT_MOST and target is not None:
        return partial(gt if metric.is_strict else ge, target)
    return lambda _: False


def raw_progress(metric: Metric, value: Decimal | None, done_stage_ids: frozenset[str]) -> Decimal | None:
    """Return the unclamped progress of a value, rounded; None for UNDECIDED.

    `value` is the latest by effective time, or None before any check-in: then `start` stands for it.
    """
    exact_progress = _PROGRESS_OF_KIND[metric.kind]
    return None if exact_progress is None else rounded(exact_progress(metric, value, done_stage_ids))


def formula_of(metric: Metric, value: Decimal | None) -> Formula:
    """Answer which formula `raw_progress` takes for a value, or for `start` before any check-in."""
    current = metric.start if value is None else value
    match metric.kind:
        case MetricKind.UNDECIDED:
            return Formula.NONE
        case MetricKind.MILESTONE:
            return Formula.STAGES
        case _ if current is None:
            return Formula.ZERO
        case MetricKind.INCREASE | MetricKind.DECREASE:
            return Formula.LINEAR
        case MetricKind.AT_LEAST | MetricKind.AT_MOST:
            return _formula_of_bound(metric, current)
        case MetricKind.RANGE:
            return Formula.DISTANCE
        case MetricKind.BINARY | MetricKind.ESTIMATED:
            return Formula.STATED
        case _:
            assert_never(metric.kind)


def _formula_of_bound(metric: Metric, current: Decimal) -> Formula:
    start, target = metric.start, metric.target
    if _holds(metric, current):
        return Formula.HELD
    if start is not None and not _holds(metric, start) and start != target:
        return Formula.LINEAR
    return Formula.RATIO if current > 0 and target is not None and target > 0 else Formula.ZERO


def _moved(metric: Metric, value: Decimal | None, _: frozenset[str]) -> Decimal:
    current = metric.start if value is None else value
    if current is None or metric.start is None or metric.target is None:
        return ZERO
    return quotient(current - metric.start, metric.target - metric.start)


def _bounded(metric: Metric, value: Decimal | None, _: frozenset[str]) -> Decimal:
    start, target = metric.start, metric.target
    current = start if value is None else value
    if current is None or target is None:
        return ZERO
    formula, missed = _formula_of_bound(metric, current), ZERO
    if formula is Formula.HELD:
        return ONE
    if formula is Formula.LINEAR and start is not None:
        missed = quotient(current - start, target - start)
    elif formula is Formula.RATIO:
        rising = metric.kind is MetricKind.AT_LEAST
        missed = quotient(current, target) if rising else quotient(target, current)
    # A strict bound that is only touched is not held, so it must not read as done.
    return min(missed, ALMOST_ONE)


def _ranged(metric: Metric, value: Decimal | None, _: frozenset[str]) -> Decimal:
    current = metric.start if value is None else value
    if current is None or metric.low is None or metric.high is None:
        return ZERO
    distance = max(metric.low - current, current - metric.high, ZERO)
    return ONE - quotient(distance, metric.high - metric.low)


def _staged(metric: Metric, _: Decimal | None, done_stage_ids: frozenset[str]) -> Decimal:
    total = sum((stage.weight for stage in metric.stages), ZERO)
    done = sum((stage.weight for stage in metric.stages if stage.stage_id in done_stage_ids), ZERO)
    return quotient(done, total)


def _stated(metric: Metric, value: Decimal | None, _: frozenset[str]) -> Decimal:
    current = metric.start if value is None else value
    return ZERO if current is None else current


# A table and not a match: looking a member of an enumeration up in its class takes longer than the arithmetic.
_PROGRESS_OF_KIND: dict[MetricKind, Callable[[Metric, Decimal | None, frozenset[str]], Decimal] | None] = {
    MetricKind.INCREASE: _moved,
    MetricKind.DECREASE: _moved,
    MetricKind.AT_LEAST: _bounded,
    MetricKind.AT_MOST: _bounded,
    MetricKind.RANGE: _ranged,
    MetricKind.MILESTONE: _staged,
    MetricKind.BINARY: _stated,
    MetricKind.ESTIMATED: _stated,
    MetricKind.UNDECIDED: None,
}


def check_value(metric: Metric, value: Decimal | None, done_stage_ids: frozenset[str] | None, *path: str) -> None:
    """Check that a check-in's value fits the metric.

    Raises:
        Rejected: a value is missing, out of the kind's bounds, or stages are named that do not exist.
    """
    if done_stage_ids is not None and not done_stage_ids <= {stage.stage_id for stage in metric.stages}:
        raise refuse(RejectionCode.NOT_FOUND, "no such stage in this metric", *path, "doneStageIds")
    if metric.kind is MetricKind.MILESTONE:
        if done_stage_ids is None:
            raise refuse(RejectionCode.REQUIRED, "MILESTONE needs the stages done", *path, "doneStageIds")
        if value is not None:
            raise refuse(RejectionCode.INVALID, "MILESTONE takes stages, not a value", *path, "value")
    elif metric.kind is MetricKind.UNDECIDED:
        if value is not None:
            raise refuse(RejectionCode.INVALID, "there is no metric yet to measure", *path, "value")
    else:
        _require_value(metric, value, path)


def _require_value(metric: Metric, value: Decimal | None, path: tuple[str, ...]) -> None:
    if value is None:
        raise refuse(RejectionCode.REQUIRED, f"{metric.kind} needs a value", *path, "value")
    if metric.kind is MetricKind.BINARY and value not in (ZERO, ONE):
        raise refuse(RejectionCode.INVALID, "BINARY is 0 or 1", *path, "value")
    if metric.kind is MetricKind.ESTIMATED and not ZERO <= value <= ONE:
        raise refuse(RejectionCode.INVALID, "an estimate lies between 0 and 1", *path, "value")


def hardness_change(before: Metric, after: Metric) -> int:
    """Say whether another target is harder to reach (1), easier (-1) or neither (0).

    Of a range the narrower one is harder. Between kinds there is no order, and where a metric starts is no target.
    """
    match after.kind if after.kind is before.kind else None:
        case MetricKind.INCREASE | MetricKind.AT_LEAST:
            difference = _less(after.target, before.target)
        case MetricKind.DECREASE | MetricKind.AT_MOST:
            difference = _less(before.target, after.target)
        case MetricKind.RANGE:
            difference = _less(_less(before.high, before.low), _less(after.high, after.low))
        case _:
            difference = ZERO
    return (difference > 0) - (difference < 0)


def _less(minuend: Decimal | None, subtrahend: Decimal | None) -> Decimal:
    return ZERO if minuend is None or subtrahend is None else minuend - subtrahend


def has_baseline(metric: Metric) -> bool:
    """Say whether a metric with a target states where it starts."""
    return metric.start is not None or metric.kind not in (
        MetricKind.AT_LEAST,
        MetricKind.AT_MOST,
        MetricKind.RANGE,
    )
