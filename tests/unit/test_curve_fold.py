"""Folds of curves: what has to be folded together, and that others get their turn meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from events.metric import Metric, MetricKind
from events.objective import ObjectiveState, ProgressDriver
from projections import curve_families, curve_fold, curve_rollup
from projections.curve import Step
from projections.curve_history import Change, KeyResultThen, Kind, Measured, ObjectiveThen
from projections.curve_rollup import Means, Rollup, Stretch

BEGIN = datetime(2024, 7, 1, tzinfo=UTC)
METRIC = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(1000))


def test_what_hangs_together_is_folded_together_and_small_families_with_each_other(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(curve_families, "OBJECTIVES_AT_ONCE", 3)
    links = {"a": ["b"], "b": ["a", "c"], "c": ["b"], "d": [], "e": [], "f": ["g", "h"], "g": ["f"], "h": ["f"], "i": []}
    families = [sorted(family) for family in curve_families._gathered(links)]  # pyright: ignore[reportPrivateUsage]
    assert families == [["a", "b", "c"], ["d", "e", "f", "g", "h"], ["i"]]


async def folded(instants: int) -> list[Step]:
    then = ObjectiveThen(driver=ProgressDriver.KEY_RESULTS, state=ObjectiveState.ACTIVE)
    part = KeyResultThen(objective_id="growth", weight=Decimal(1), is_dropped=False, metric=METRIC)
    changes = [Change(BEGIN, 1, 1, Kind.OBJECTIVE, "growth", then), Change(BEGIN, 1, 1, Kind.KEY_RESULT, "replies", part)]
    for number in range(1, instants):
        measured = Measured(Decimal(number), frozenset(), None)
        changes.append(Change(BEGIN + timedelta(hours=number), number, number, Kind.MEASURED, "replies", measured))
    return (await curve_fold.fold(changes, ["growth"]))["growth"]


async def test_a_long_fold_lets_others_have_their_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(curve_fold, "INSTANTS_AT_ONCE", 10)
    folding = asyncio.create_task(folded(100))
    turns = 0
    while not folding.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100 / 10
    assert [step.reading.progress for step in folding.result()] == [Decimal(number) / 1000 for number in range(100)]


async def test_a_long_mean_lets_others_have_their_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(curve_rollup, "INSTANTS_AT_ONCE", 10)
    means = Means({Rollup(): [Stretch(objective_id="growth", begin=1, end=2)]}, {1: BEGIN})
    means.add({"growth": await folded(100)})
    summing = asyncio.create_task(means.steps(Rollup(), None))
    turns = 0
    while not summing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100 / 10
    assert [step.reading.progress for step in summing.result()] == [Decimal(number) / 1000 for number in range(100)]
