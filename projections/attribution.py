"""Attribution: how much of a change of progress came from values, targets, weights and scope.

Between two moments progress is computed in stages, one kind of change after the other, in the order of `Stages`: first the
values move under the old targets and weights, then the targets, then the weights, and at last what counts. Each source is
the difference of two neighbouring stages, so the sources add up exactly, and `by_targets` is what moved goalposts explain:
the same question, and on one key result since its activation the same answer, as the goalpost share of a curve.
The rules stand in `docs/glossary.md` (Comparison).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from events.metric import ZERO, Metric, clamped, raw_progress
from events.progress import mean_progress, weighted_mean


class Stages(NamedTuple):
    """Progress as it was, with the new values, the new targets too, the new weights too, and as it is; None is unknown."""

    before: Decimal | None
    values: Decimal | None
    targets: Decimal | None
    weights: Decimal | None
    after: Decimal | None


class Measured(NamedTuple):
    """The latest value of a key result; both are empty before any check-in, where the start stands for it."""

    value: Decimal | None
    done_stage_ids: frozenset[str]


class StagedPart(NamedTuple):
    """What counted in an objective at the earlier moment, with its weight then and later."""

    weight_before: Decimal
    weight_after: Decimal
    stages: Stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What moved a progress; they add up to its difference, where an unknown progress counts as 0."""

    by_values: Decimal
    by_targets: Decimal
    by_weights: Decimal
    by_scope: Decimal


def sources_of(stages: Stages) -> Sources:
    """Answer the differences of the stages."""
    before, values, targets, weights, after = (ZERO if stage is None else stage for stage in stages)
    return Sources(
        by_values=values - before, by_targets=targets - values, by_weights=weights - targets, by_scope=after - weights
    )


def stages_of_key_result(before: Decimal | None, after: Decimal | None, old_metric: Metric, measured: Measured) -> Stages:
    """Answer the stages of a key result: `measured` is the later value, `old_metric` the earlier metric.

    What becomes decided, or undecided, comes or goes: a matter of scope.
    """
    if before is None or after is None:
        return Stages(before, before, before, before, after)
    raw = raw_progress(old_metric, measured.value, measured.done_stage_ids)
    values = before if raw is None else clamped(raw)
    return Stages(before, values, after, after, after)


def stages_of_objective(before: Decimal | None, after: Decimal | None, parts: Sequence[StagedPart]) -> Stages:
    """Answer the stages of an objective from what counted in it at the earlier moment."""
    return Stages(
        before,
        _mean((part.weight_before, part.stages.values) for part in parts),
        _mean((part.weight_before, part.stages.targets) for part in parts),
        _mean((part.weight_after, part.stages.weights) for part in parts),
        after,
    )


def stages_of_whole(counted_before: Iterable[Stages], counted_after: Iterable[Decimal | None]) -> Stages:
    """Answer the stages of a mean over objectives: those that counted at the earlier moment, and those at the later one."""
    columns = list(zip(*counted_before, strict=True)) or [()] * len(Stages._fields)
    before, values, targets, weights = (mean_progress(column) for column in columns[:-1])
    return Stages(before, values, targets, weights, mean_progress(counted_after))


def _mean(parts: Iterable[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    mean = weighted_mean((weight, progress) for weight, progress in parts if progress is not None)
    return None if mean is None else clamped(mean)
