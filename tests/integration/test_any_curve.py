"""Whatever happens in an organization, its curves are those of a model that computes everything anew at each instant."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import curve_ends, curve_families, curves
from projections.curve import CurveBasis, CurveResolution, CurveTarget, Step
from projections.curve_points import MOST_POINTS, Grid, Thinning, known_steps, points_of
from projections.curve_rollup import Rollup
from projections.lens import Lens
from projections.reader import Reader
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import write_chapters
from tests.support.curve_model import Model, Shown
from tests.support.random_commands import REASONS, commands
from tests.support.reading import reader_of
from tests.support.story import KICK_OFF, Story


def shown(step: Step) -> Shown:
    progress = step.reading.progress
    return step.reading.value, None if progress is None else Fraction(progress), step.reading.confidence


def assert_same(steps: Sequence[Step], expected: list[tuple[datetime, Shown]], what: object) -> None:
    # The version history of a number begins when the thing does, which may be before anything is known.
    if steps and steps[0].reading.progress is None and steps[0].reading.confidence is None and steps[0].reading.value is None:
        steps = steps[1:]
    assert [(step.at, shown(step)) for step in steps] == expected, what


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_every_curve_is_that_of_the_model(
    database_url: str, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    # So that families are folded apart, of which there are few here.
    monkeypatch.setattr(curve_families, "OBJECTIVES_AT_ONCE", 1)
    story = Story()
    for _ in range(data.draw(st.integers(min_value=10, max_value=60))):
        story.chronicle.at += timedelta(hours=data.draw(st.sampled_from([0, 0, 5, 40])))
        story.do(data.draw(commands(story.chronicle.facts)), reason=data.draw(REASONS))
    async with owner(database_url) as connection:
        await write_chapters(connection, story.chronicle.chapters)
    await compare(database_url, story)


async def compare(database_url: str, story: Story) -> None:
    """Compare all curves of a story with those of the model."""
    last = story.snapshots[-1]
    organization_id = story.chronicle.organization_id
    lens = Lens(position=last.position, instant=last.at, is_past=False)
    async with Database(database_url) as database:
        reader = reader_of(database, organization_id, last.position)
        rollups = [
            Rollup(),
            *(Rollup(cycle_id=each) for each in last.cycles),
            *(Rollup(team_id=each, is_running=True) for each in last.teams),
            *(Rollup(team_id=team, cycle_id=cycle) for team in last.teams for cycle in last.cycles),
        ]
        for basis, against in product(CurveBasis, CurveTarget):
            model = Model(story.snapshots, basis is CurveBasis.MEASURED, against is CurveTarget.ORIGINAL_TARGET)
            what = {"basis": basis, "against": against}
            of_key_results = await curves.of_key_results(reader, lens, list(last.key_results), **what)
            of_objectives = await curves.of_objectives(reader, lens, list(last.objectives), **what)
            of_rollups = await curves.of_rollups(reader, lens, rollups, **what)
            for key_result_id, steps in of_key_results.items():
                assert_same(steps, model.steps(partial(model.key_result, key_result_id)), (what, key_result_id))
            for objective_id, steps in of_objectives.items():
                assert_same(steps, model.steps(partial(model.objective, objective_id)), (what, objective_id))
            for rollup, steps in of_rollups.items():
                chosen = {"cycle_id": rollup.cycle_id, "team_id": rollup.team_id, "is_running": rollup.is_running}
                assert_same(steps, model.steps(partial(model.mean, **chosen)), (what, rollup))
            await compare_points(reader, lens, of_rollups, what)
            await compare_ends(reader, lens, of_objectives, of_rollups, what)
            every = [*of_key_results.values(), *of_objectives.values(), *of_rollups.values()]
            assert_events([step for steps in every for step in steps], story, basis)


async def compare_points(reader: Reader, lens: Lens, of_rollups: Mapping[Rollup, Sequence[Step]], what: Any) -> None:
    """Compare the points of thinned steps with those of all steps."""
    begin, end = KICK_OFF + timedelta(days=1, hours=3), lens.instant - timedelta(hours=7)
    bounds = [(None, lens.instant), (None, lens.instant + timedelta(days=9)), (begin, end)]
    # The database thins by itself; what is folded is thinned in one place, whatever it is.
    is_summed_up = what == {"basis": CurveBasis.RECORDED, "against": CurveTarget.CURRENT_TARGET}
    resolutions = list(CurveResolution) if is_summed_up else [CurveResolution.DAY]
    for resolution, most, (since, until) in product(resolutions, (4, MOST_POINTS), bounds):
        grid = Grid(begin=since, end=until, zone="Europe/Prague", first_day_of_week=1)
        thinning = Thinning(resolution=resolution, grid=grid, most=most)
        thinned = await curves.of_rollups(
            reader,
            lens,
            list(of_rollups),
            **what,
            thinning=thinning,
        )
        for rollup, steps in of_rollups.items():
            known, few = known_steps(steps), known_steps(thinned[rollup])
            assert points_of(few, resolution, grid, most) == points_of(known, resolution, grid, most), (rollup, thinning)
            # What a curve of a cycle ends with, and the step that it is compared by.
            assert few[-1:] == known[-1:], (rollup, thinning)
            assert last_until(few, until) == last_until(known, until), (rollup, thinning)


async def compare_ends(
    reader: Reader,
    lens: Lens,
    of_objectives: Mapping[str, Sequence[Step]],
    of_rollups: Mapping[Rollup, Sequence[Step]],
    what: Any,
) -> None:
    """Compare where curves stand at some instants with their steps up to there."""
    instants = {step.at for steps in of_objectives.values() for step in steps}
    for instant in [*sorted(instants)[::7], lens.instant, KICK_OFF + timedelta(days=1)]:
        ends = await curve_ends.of_objectives(reader, lens, list(of_objectives), instant, **what)
        assert ends == {each: last_until(steps, instant) for each, steps in of_objectives.items()}, (what, instant)
        means = await curve_ends.of_rollups(reader, lens, list(of_rollups), instant, **what)
        assert means == {each: last_until(steps, instant) for each, steps in of_rollups.items()}, (what, instant)


def last_until(steps: Sequence[Step], instant: datetime) -> Decimal | None:
    """Answer the progress that the last step up to an instant shows."""
    return next((step.reading.progress for step in reversed(steps) if step.at <= instant), None)


def assert_events(steps: list[Step], story: Story, basis: CurveBasis) -> None:
    """Every step stands where its event was recorded, or where what it says was measured or came to count."""
    recorded = {each.position: each for chapter in story.chronicle.chapters for _, each in chapter.logged}
    for step in steps:
        event = recorded[step.position]
        is_early = basis is CurveBasis.MEASURED and event.effective_at <= step.at < event.recorded_at
        assert is_early or step.at == event.recorded_at, (step, event)


@pytest.mark.parametrize("basis", CurveBasis)
async def test_nothing_has_no_curve(database_url: str, basis: CurveBasis) -> None:
    story = Story()
    async with owner(database_url) as connection:
        await write_chapters(connection, story.chronicle.chapters[:1])
    organization_id = story.chronicle.organization_id
    async with Database(database_url) as database:
        reader = reader_of(database, organization_id, story.snapshots[0].position)
        lens = Lens(position=story.snapshots[0].position, instant=KICK_OFF, is_past=False)
        what = {"basis": basis, "against": CurveTarget.ORIGINAL_TARGET}
        assert await curves.of_rollups(reader, lens, [Rollup()], **what) == {Rollup(): []}
        assert await curves.of_objectives(reader, lens, ["none"], **what) == {"none": ()}
        assert await curves.of_key_results(reader, lens, ["none"], **what) == {"none": ()}
