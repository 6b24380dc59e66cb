"""Whatever happens, the number of a cycle at each position, and its curve, are what adding up its objectives makes of them."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import curve_ends, curve_means, curves, cycles
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.curve_membership import stretches_of
from projections.curve_points import MOST_POINTS, Grid, Thinning, known_steps, points_of
from projections.curve_rollup import Rollup
from projections.lens import Lens
from projections.reader import Reader
from projections.statement import fetch
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import write_chapters
from tests.support.random_commands import REASONS, commands
from tests.support.reading import reader_of
from tests.support.story import KICK_OFF, Story

RECORDED: Any = {"basis": CurveBasis.RECORDED}

# Answers the mean of the objectives of each cycle that count.
_MEANS = """
select c.id, (
    select round(sum(n.progress::numeric) / nullif(count(n.progress), 0), 12)::float8
    from {projection}.objective o
    join {projection}.objective_number n on {at:n} and n.id = o.id
    where {at:o} and o.cycle_id = c.id and o.state in ('ACTIVE', 'CLOSED')
) as progress
from {projection}.cycle c where {at:c}
"""


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_cycles_are_the_means_of_their_objectives_at_every_position(database_url: str, data: st.DataObject) -> None:
    story = Story()
    for _ in range(data.draw(st.integers(min_value=10, max_value=60))):
        story.chronicle.at += timedelta(hours=data.draw(st.sampled_from([0, 0, 5, 40])))
        # Of acts with several commands the later ones may move what an earlier one has ended.
        several = data.draw(st.lists(commands(story.chronicle.facts), min_size=1, max_size=3))
        story.do(*several, reason=data.draw(REASONS))
    async with owner(database_url) as connection:
        batch = data.draw(st.sampled_from([1, 7, 200]))
        await write_chapters(connection, story.chronicle.chapters, batch=batch)
    last = story.snapshots[-1]
    organization_id = story.chronicle.organization_id
    async with Database(database_url) as database:
        reader = reader_of(database, organization_id, last.position)
        for each in story.snapshots:
            lens = Lens(position=each.position, instant=each.at, is_past=True)
            expected = {row["id"]: row["progress"] for row in await fetch(reader, lens, _MEANS)}
            assert await cycles.rollups(reader, lens, list(last.cycles)) == dict.fromkeys(last.cycles) | expected
            await compare_ends(reader, lens, expected)
        for each in (last, data.draw(st.sampled_from(story.snapshots))):
            await compare_curves(reader, Lens(position=each.position, instant=each.at, is_past=True), list(last.cycles))


async def compare_ends(reader: Reader, lens: Lens, progress: Mapping[str, float | None]) -> None:
    """Compare where curves end: with the progress of cycles, and with the means of what objectives are computed to be."""
    rollups = [Rollup(cycle_id=each) for each in progress]
    ends = await curve_ends.of_rollups(reader, lens, rollups, lens.instant, **RECORDED, against=CurveTarget.CURRENT_TARGET)
    assert [None if each is None else float(each) for each in ends.values()] == list(progress.values()), lens
    original = CurveTarget.ORIGINAL_TARGET
    ends = await curve_ends.of_rollups(reader, lens, rollups, lens.instant, **RECORDED, against=original)
    assert ends == await curve_ends.means_of(reader, lens, rollups, lens.position, against=original, until=None), lens


async def compare_curves(reader: Reader, lens: Lens, cycle_ids: list[str]) -> None:
    """Compare curves with those that are summed up from the numbers of objectives."""
    rollups = [Rollup(cycle_id=each) for each in cycle_ids]
    stretches = await stretches_of(reader, lens, rollups)
    what = {**RECORDED, "against": CurveTarget.ORIGINAL_TARGET}
    every = await curves.of_rollups(reader, lens, rollups, **what)
    folded = await curves.folded_means(reader, lens, rollups, None, **what)
    assert every == {rollup: known_steps(steps) for rollup, steps in folded.items()}
    what = {**RECORDED, "against": CurveTarget.CURRENT_TARGET}
    every = await curves.of_rollups(reader, lens, rollups, **what)
    assert every == await curve_means.steps_of(reader, lens, stretches, None)
    begin, end = KICK_OFF + timedelta(days=1, hours=3), lens.instant - timedelta(hours=7)
    bounds = [(None, lens.instant), (None, lens.instant + timedelta(days=9)), (None, KICK_OFF), (begin, end)]
    for resolution, most, (since, until) in product(CurveResolution, (4, MOST_POINTS), bounds):
        grid = Grid(begin=since, end=until, zone="Europe/Prague", first_day_of_week=1)
        thinning = Thinning(resolution=resolution, grid=grid, most=most)
        found = await curves.of_rollups(reader, lens, rollups, **what, thinning=thinning)
        expected = await curve_means.steps_of(reader, lens, stretches, thinning)
        for rollup in rollups:
            points = points_of(found[rollup], resolution, grid, most)
            assert points == points_of(expected[rollup], resolution, grid, most), (rollup, thinning)
            assert found[rollup][-1:] == expected[rollup][-1:], (rollup, thinning)
            if resolution is not CurveResolution.STEP:
                assert found[rollup] == expected[rollup], (rollup, thinning)
