"""What a value means: every kind of metric, and the defects that other systems have here."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from events.metric import (
    ALMOST_ONE,
    Checkpoint,
    Formula,
    Metric,
    MetricKind,
    Stage,
    Unit,
    check_metric,
    check_value,
    clamped,
    formula_of,
    hardness_change,
    is_held,
    raw_progress,
)
from events.rejection import Rejected, RejectionCode

NOTHING = frozenset[str]()
VALUES = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=4)


def metric(kind: str, **levels: object) -> Metric:
    decimals = {
        name: Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
        for name, value in levels.items()
    }
    return Metric(kind=MetricKind(kind), **decimals)  # type: ignore[arg-type]


def raw(kind: str, value: object, **levels: object) -> Decimal | None:
    return raw_progress(metric(kind, **levels), None if value is None else Decimal(str(value)), NOTHING)


def code_of(given_metric: Metric) -> tuple[RejectionCode, tuple[str, ...]]:
    with pytest.raises(Rejected) as refused:
        check_metric(given_metric, "metric")
    return refused.value.rejections[0].code, refused.value.rejections[0].path


@pytest.mark.parametrize(
    ("kind", "levels", "value", "expected"),
    [
        ("INCREASE", {"start": 5, "target": 10}, "7.5", "0.5"),
        ("INCREASE", {"start": 5, "target": 10}, None, "0"),
        ("INCREASE", {"start": 5, "target": 10}, "15", "2"),
        ("INCREASE", {"start": 5, "target": 10}, "0", "-1"),
        ("INCREASE", {"start": 0, "target": 3}, "1", "0.333333333333"),
        ("DECREASE", {"start": 13, "target": 7}, "10", "0.5"),
        ("DECREASE", {"start": 13, "target": 7}, "16", "-0.5"),
        ("DECREASE", {"start": 5, "target": 0}, "1", "0.8"),
        ("AT_LEAST", {"target": 50}, "50", "1"),
        ("AT_LEAST", {"target": 50}, "25", "0.5"),
        ("AT_LEAST", {"target": 50}, None, "0"),
        ("AT_LEAST", {"target": 50, "start": 40}, "45", "0.5"),
        ("AT_LEAST", {"target": 50, "start": 60}, "25", "0.5"),
        ("AT_LEAST", {"target": -10}, "-20", "0"),
        ("AT_MOST", {"target": 5}, "5", "1"),
        ("AT_MOST", {"target": 5}, "50", "0.1"),
        ("AT_MOST", {"target": 5, "start": 25}, "15", "0.5"),
        ("AT_MOST", {"target": -10}, "-5", "0"),
        ("AT_MOST", {"target": 0}, "3", "0"),
        ("RANGE", {"low": 10, "high": 20}, "10", "1"),
        ("RANGE", {"low": 10, "high": 20}, "25", "0.5"),
        ("RANGE", {"low": 10, "high": 20}, "-10", "-1"),
        ("BINARY", {}, "1", "1"),
        ("BINARY", {}, None, "0"),
        ("ESTIMATED", {}, "0.35", "0.35"),
    ],
)
def test_progress_of_a_value(kind: str, levels: dict[str, object], value: str | None, expected: str) -> None:
    assert raw(kind, value, **levels) == Decimal(expected)


def test_undecided_has_no_progress_at_all() -> None:
    assert raw("UNDECIDED", None) is None


def test_milestones_count_by_weight() -> None:
    stages = (
        Stage(stage_id="plan", title="Plan", weight=Decimal(1)),
        Stage(stage_id="build", title="Build", weight=Decimal(3)),
    )
    milestone = Metric(kind=MetricKind.MILESTONE, stages=stages)
    assert raw_progress(milestone, None, NOTHING) == 0
    assert raw_progress(milestone, None, frozenset({"build"})) == Decimal("0.75")


@given(value=VALUES)
def test_below_5_is_met_only_below_5(value: Decimal) -> None:
    """Another system shows 100 % at 50."""
    below = Metric(kind=MetricKind.AT_MOST, target=Decimal(5), is_strict=True)
    progress = raw_progress(below, value, NOTHING)
    assert progress is not None
    assert (progress == 1) == (value < 5)


@given(
    value=VALUES, target=VALUES, start=st.none() | VALUES, kind=st.sampled_from(["AT_LEAST", "AT_MOST"]), strict=st.booleans()
)
def test_a_bound_reads_as_done_only_while_it_holds(
    value: Decimal, target: Decimal, start: Decimal | None, kind: str, strict: bool
) -> None:
    bound = Metric(kind=MetricKind(kind), start=start, target=target, is_strict=strict)
    progress = raw_progress(bound, value, NOTHING)
    assert progress is not None
    assert (progress == 1) == is_held(bound, value)
    assert progress <= ALMOST_ONE or is_held(bound, value)


@pytest.mark.parametrize("kind", ["INCREASE", "DECREASE"])
def test_start_equal_to_target_is_refused(kind: str) -> None:
    """Another system shows 0.5 for any value."""
    same = metric(kind, start=7, target=7)
    assert code_of(same) == (RejectionCode.START_EQUALS_TARGET, ("metric", "target"))


@given(value=VALUES)
def test_maintaining_a_value_that_is_already_reached_is_done_and_can_be_lost(value: Decimal) -> None:
    """Another system shows 0 for good when start equals target."""
    keep = Metric(kind=MetricKind.AT_LEAST, start=Decimal(90), target=Decimal(90))
    check_metric(keep)
    assert raw_progress(keep, None, NOTHING) == 1
    progress = raw_progress(keep, value, NOTHING)
    assert progress is not None
    assert (progress == 1) == (value >= 90)


@pytest.mark.parametrize(("kind", "start", "target"), [("INCREASE", 10, 5), ("DECREASE", 5, 10)])
def test_the_wrong_direction_is_refused(kind: str, start: int, target: int) -> None:
    """Another system shows 100 % or 350 %."""
    assert code_of(metric(kind, start=start, target=target))[0] is RejectionCode.WRONG_DIRECTION


@given(
    start=VALUES,
    target=VALUES,
    value=VALUES,
)
def test_moving_away_from_the_target_is_never_progress(start: Decimal, target: Decimal, value: Decimal) -> None:
    if start == target:
        return
    kind = MetricKind.INCREASE if target > start else MetricKind.DECREASE
    moving = Metric(kind=kind, start=start, target=target)
    progress = raw_progress(moving, value, NOTHING)
    assert progress is not None
    is_forward = value > start if kind is MetricKind.INCREASE else value < start
    assert (progress > 0) <= is_forward
    assert 0 <= clamped(progress) <= 1


def test_a_falling_metric_accepts_falling_checkpoints() -> None:
    falling = metric(
        "DECREASE",
        start=13,
        target=7,
        checkpoints=(
            Checkpoint(on=date(2026, 8, 1), target=Decimal(11)),
            Checkpoint(on=date(2026, 9, 1), target=Decimal(9)),
        ),
    )
    check_metric(falling)
    assert raw_progress(falling, Decimal(11), NOTHING) == Decimal("0.333333333333")


# --- which formula it was

LEVELS = st.none() | st.integers(min_value=-3, max_value=5).map(Decimal)
STAGES = (Stage(stage_id="plan", title="Plan"), Stage(stage_id="ship", title="Ship", weight=Decimal(2)))

TAKEN = {
    **dict.fromkeys((MetricKind.INCREASE, MetricKind.DECREASE, MetricKind.AT_LEAST, MetricKind.AT_MOST), ("start", "target")),
    MetricKind.RANGE: ("start", "low", "high"),
}
"""The levels that each kind takes."""


def by_formula(formula: Formula, known: Metric, current: Decimal | None, done: frozenset[str]) -> Fraction | None:
    """The raw progress as anybody computes it who is told the formula and what goes into it."""
    s, t, c, low, high = (
        Fraction(0 if each is None else each) for each in (known.start, known.target, current, known.low, known.high)
    )
    is_rising = known.kind is MetricKind.AT_LEAST
    match formula:
        case Formula.LINEAR:
            return (c - s) / (t - s)
        case Formula.RATIO:
            return c / t if is_rising else t / c
        case Formula.DISTANCE:
            return 1 - max(low - c, c - high, Fraction(0)) / (high - low)
        case Formula.STAGES:
            weights = {each.stage_id: Fraction(each.weight) for each in known.stages}
            return sum((weights[each] for each in done), Fraction(0)) / sum(weights.values())
        case Formula.STATED:
            return c
        case Formula.HELD | Formula.ZERO:
            return Fraction(formula is Formula.HELD)
        case Formula.NONE:
            return None


@given(data=st.data())
def test_the_formula_named_makes_the_progress(data: st.DataObject) -> None:
    kind, is_strict = data.draw(st.sampled_from(MetricKind)), data.draw(st.booleans())
    levels = {name: data.draw(LEVELS) for name in TAKEN.get(kind, ())}
    known = Metric(kind=kind, is_strict=is_strict, stages=STAGES if kind is MetricKind.MILESTONE else (), **levels)
    try:
        check_metric(known)
    except Rejected:
        reject()
    value, done = data.draw(LEVELS), data.draw(st.frozensets(st.sampled_from(["plan", "ship"])))
    formula = formula_of(known, value)
    expected = by_formula(formula, known, known.start if value is None else value, done)
    found = raw_progress(known, value, done)
    if expected is not None and known.is_strict and formula in (Formula.LINEAR, Formula.RATIO):
        expected = min(expected, Fraction(ALMOST_ONE)) if kind in (MetricKind.AT_LEAST, MetricKind.AT_MOST) else expected
    assert (None if found is None else Fraction(found)) == (None if expected is None else round(expected, 12))


@pytest.mark.parametrize(
    ("kind", "levels", "value", "expected"),
    [
        ("INCREASE", {"start": 5, "target": 10}, "15", Formula.LINEAR),
        ("AT_LEAST", {"target": 50}, "50", Formula.HELD),
        ("AT_LEAST", {"target": 50}, "25", Formula.RATIO),
        ("AT_LEAST", {"target": 50}, None, Formula.ZERO),
        ("AT_MOST", {"start": 20, "target": 10}, "15", Formula.LINEAR),
        ("AT_MOST", {"start": 10, "target": 10, "is_strict": True}, "10", Formula.RATIO),
        ("AT_MOST", {"target": 0}, "3", Formula.ZERO),
        ("RANGE", {"low": 1, "high": 2}, "3", Formula.DISTANCE),
        ("BINARY", {}, "1", Formula.STATED),
        ("BINARY", {}, None, Formula.ZERO),
        ("UNDECIDED", {}, None, Formula.NONE),
    ],
)
def test_the_formula_follows_from_metric_and_value(
    kind: str, levels: dict[str, object], value: str | None, expected: Formula
) -> None:
    assert formula_of(metric(kind, **levels), None if value is None else Decimal(value)) is expected


@pytest.mark.parametrize(
    ("given_metric", "code", "field"),
    [
        (metric("INCREASE", target=1), RejectionCode.REQUIRED, "start"),
        (metric("AT_MOST"), RejectionCode.REQUIRED, "target"),
        (metric("RANGE", low=1), RejectionCode.REQUIRED, "high"),
        (metric("RANGE", low=2, high=2), RejectionCode.WRONG_DIRECTION, "high"),
        (metric("BINARY", target=1), RejectionCode.INVALID, "target"),
        (metric("MILESTONE"), RejectionCode.REQUIRED, "stages"),
        (metric("AT_LEAST", target=1, unit=Unit.CURRENCY), RejectionCode.REQUIRED, "currency"),
        (metric("AT_LEAST", target=1, currency="USD"), RejectionCode.REQUIRED, "currency"),
        (metric("INCREASE", start=0, target=10, commit=12), RejectionCode.WRONG_DIRECTION, "target"),
        (metric("DECREASE", start=10, target=5, stretch=6), RejectionCode.WRONG_DIRECTION, "target"),
        (
            metric("AT_LEAST", target=1, checkpoints=(Checkpoint(on=date(2026, 1, 1), target=Decimal(1)),) * 2),
            RejectionCode.INVALID,
            "checkpoints",
        ),
    ],
)
def test_an_unsound_metric_is_refused(given_metric: Metric, code: RejectionCode, field: str) -> None:
    assert code_of(given_metric) == (code, ("metric", field))


def test_a_stage_without_weight_is_refused() -> None:
    weightless = Metric(kind=MetricKind.MILESTONE, stages=(Stage(stage_id="a", title="A", weight=Decimal(0)),))
    assert code_of(weightless) == (RejectionCode.NOT_POSITIVE, ("metric", "stages", "0", "weight"))


@pytest.mark.parametrize(
    ("given_metric", "value", "code"),
    [
        (metric("BINARY"), Decimal("0.5"), RejectionCode.INVALID),
        (metric("ESTIMATED"), Decimal("1.1"), RejectionCode.INVALID),
        (metric("INCREASE", start=0, target=1), None, RejectionCode.REQUIRED),
        (metric("UNDECIDED"), Decimal(1), RejectionCode.INVALID),
    ],
)
def test_a_value_that_does_not_fit_is_refused(given_metric: Metric, value: Decimal | None, code: RejectionCode) -> None:
    with pytest.raises(Rejected) as refused:
        check_value(given_metric, value, None)
    assert refused.value.rejections[0].code is code
    assert refused.value.rejections[0].path == ("value",)


@pytest.mark.parametrize(
    ("value", "held"),
    [("9", True), ("10", True), ("10.01", False)],
)
def test_a_bound_holds_at_the_bound(value: str, held: bool) -> None:
    assert is_held(metric("AT_MOST", target=10), Decimal(value)) is held


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        (MetricKind.INCREASE, {"start": 0, "target": 10}, {"start": 0, "target": 12}, 1),
        (MetricKind.INCREASE, {"start": 0, "target": 10}, {"start": 5, "target": 10}, 0),
        (MetricKind.DECREASE, {"start": 9, "target": 5}, {"start": 9, "target": 4}, 1),
        (MetricKind.AT_LEAST, {"target": 10}, {"target": 9}, -1),
        (MetricKind.AT_MOST, {"target": 10}, {"target": 9}, 1),
        (MetricKind.RANGE, {"low": 0, "high": 10}, {"low": 1, "high": 10}, 1),
        (MetricKind.RANGE, {"low": 0, "high": 10}, {"low": 5, "high": 15}, 0),
        (MetricKind.RANGE, {"low": 0, "high": 10}, {"low": 0, "high": 11}, -1),
        (MetricKind.BINARY, {}, {}, 0),
    ],
)
def test_a_target_becomes_harder_or_easier_in_the_direction_of_its_kind(
    kind: MetricKind, before: dict[str, int], after: dict[str, int], expected: int
) -> None:
    def metric(levels: dict[str, int]) -> Metric:
        return Metric(kind=kind, **{name: Decimal(level) for name, level in levels.items()})  # type: ignore[arg-type]

    assert hardness_change(metric(before), metric(after)) == expected
    other = MetricKind.ESTIMATED if kind is MetricKind.BINARY else MetricKind.BINARY
    assert hardness_change(metric(before), Metric(kind=other)) == 0
