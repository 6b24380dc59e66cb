"""What moved a progress: the stages and their differences, also where something is unknown."""

from decimal import Decimal

import pytest

from events.metric import Metric, MetricKind
from projections.attribution import (
    Measured,
    Sources,
    StagedPart,
    Stages,
    sources_of,
    stages_of_key_result,
    stages_of_objective,
    stages_of_whole,
)

TO_TEN = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(10))
UNDECIDED = Metric(kind=MetricKind.UNDECIDED)
HALF, ALL, NOTHING = Decimal("0.5"), Decimal(1), Decimal(0)


def measured(value: int | None) -> Measured:
    return Measured(None if value is None else Decimal(value), frozenset())


def stages(*each: Decimal | None) -> Stages:
    return Stages(*each)


@pytest.mark.parametrize(
    ("before", "after", "metric", "value", "expected"),
    [
        (HALF, ALL, TO_TEN, 8, stages(HALF, Decimal("0.8"), ALL, ALL, ALL)),
        (HALF, ALL, TO_TEN, 30, stages(HALF, ALL, ALL, ALL, ALL)),
        (HALF, HALF, TO_TEN, None, stages(HALF, NOTHING, HALF, HALF, HALF)),
        (HALF, None, TO_TEN, 8, stages(HALF, HALF, HALF, HALF, None)),
        (None, ALL, UNDECIDED, 8, stages(None, None, None, None, ALL)),
        (None, None, UNDECIDED, None, stages(None, None, None, None, None)),
    ],
)
def test_a_key_result_moves_by_its_value_and_then_by_its_target(
    before: Decimal | None, after: Decimal | None, metric: Metric, value: int | None, expected: Stages
) -> None:
    assert stages_of_key_result(before, after, metric, measured(value)) == expected


def test_what_is_unknown_counts_as_nothing_and_is_a_matter_of_scope() -> None:
    nothing = Decimal(0)
    assert sources_of(stages(HALF, HALF, HALF, HALF, None)) == Sources(
        by_values=nothing, by_targets=nothing, by_weights=nothing, by_scope=-HALF
    )
    assert sources_of(stages(None, None, None, None, ALL)).by_scope == ALL


def test_an_objective_moves_by_the_parts_that_it_had_with_their_weights() -> None:
    part = StagedPart(Decimal(1), Decimal(3), stages(NOTHING, HALF, ALL, ALL, ALL))
    still = StagedPart(Decimal(1), Decimal(1), stages(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING))
    unknown = StagedPart(Decimal(9), Decimal(9), stages(None, None, None, None, ALL))
    found = stages_of_objective(NOTHING, ALL, [part, still, unknown])
    assert found == stages(NOTHING, Decimal("0.25"), HALF, Decimal("0.75"), ALL)
    assert stages_of_objective(None, HALF, []) == stages(None, None, None, None, HALF)


def test_a_whole_is_the_mean_over_what_counted_and_at_last_over_what_counts() -> None:
    moved, gone = stages(NOTHING, HALF, HALF, HALF, ALL), stages(ALL, ALL, ALL, ALL, ALL)
    found = stages_of_whole([moved, gone, stages(None, None, None, None, None)], [ALL, None, NOTHING, HALF])
    assert found == stages(HALF, Decimal("0.75"), Decimal("0.75"), Decimal("0.75"), HALF)
    assert stages_of_whole([], []) == stages(None, None, None, None, None)
