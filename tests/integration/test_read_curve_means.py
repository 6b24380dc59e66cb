"""Curves of teams, cycles and the organization: means of what was theirs at the time."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest_asyncio

from events.cycle import CloseCycle, ReopenCycle, ReviewCycle
from events.metric import Metric, MetricKind
from events.objective import CancelObjective, Visibility
from events.objective import UpdateObjective as ChangeObjective
from events.review import CloseObjective, ReviewDecision
from events.team import CreateTeam, UpdateTeam
from projections import curve_ends, curves, cycles, teams
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.curve_points import Grid, Thinning, known_steps, points_of
from projections.curve_rollup import Rollup
from tests.support.curves import BEGIN, Shown, checked_in, day, growing_company, shown
from tests.support.reading import Company, added


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with growing_company(database_url) as company:
        yield company


async def test_means_are_those_of_the_teams_and_states_of_the_time(company: Company) -> None:
    await company.do(CreateTeam(team_id="inside", name="Inside", parent_id="sales"))
    await company.objective("calls", ["rings"], team_id="inside", visibility=Visibility.PRIVATE, owner_id="max")
    await checked_in(company, "first", 4, day(5), key_result_id="rings")
    await checked_in(company, "second", 6, day(6), effective_at=day(4))
    company.at = day(7)
    await company.do(UpdateTeam(team_id="inside", parent_id=None))
    company.at = day(8)
    await company.do(ChangeObjective(objective_id="growth", team_id="sales"))
    reader, lens = await company.reader("eva"), await company.now()
    rollups = [
        Rollup(),
        Rollup(cycle_id="q3"),
        Rollup(team_id="sales", cycle_id="q3"),
        Rollup(team_id="sales", is_running=True),
    ]
    against = {"against": CurveTarget.CURRENT_TARGET}
    believed = await curves.of_rollups(reader, lens, rollups, basis=CurveBasis.RECORDED, **against)
    everything, cycle, team, running = (shown(believed[each]) for each in rollups)
    assert everything == cycle == [(BEGIN, 0), ("05 12:00", 0.2), ("06 12:00", 0.5)]
    assert team == running == [("01 08:12", 0), ("05 12:00", 0.4), ("07 12:01", None), ("08 12:01", 0.6)]
    known = await curves.of_rollups(reader, lens, rollups[:1], basis=CurveBasis.MEASURED, **against)
    assert shown(known[rollups[0]]) == [(BEGIN, 0), ("04 12:00", 0.3), ("05 12:00", 0.5)]
    assert await cycles.rollups(reader, lens, ["q3"]) == {"q3": 0.5}
    assert await teams.rollups(reader, lens, [("sales", "q3")]) == {("sales", "q3"): 0.6}


async def test_a_closed_cycle_keeps_the_tree_of_teams_that_it_was_closed_with(company: Company) -> None:
    await company.do(CreateTeam(team_id="inside", name="Inside", parent_id="sales"))
    await company.objective("calls", ["rings"], team_id="inside")
    await checked_in(company, "first", 6, day(5), key_result_id="rings")
    await company.do(CancelObjective(objective_id="growth"))
    await company.do(CloseObjective(objective_id="calls", decision=ReviewDecision.KEEP, root_cause="Late"))
    company.at = day(7)
    await company.do(ReviewCycle(cycle_id="q3"))
    await company.do(CloseCycle(cycle_id="q3"))
    await company.do(UpdateTeam(team_id="inside", parent_id=None))
    rollup = Rollup(team_id="sales", cycle_id="q3")

    async def team_curve() -> Shown:
        reader, lens = await company.reader(), await company.now()
        what = {"basis": CurveBasis.RECORDED, "against": CurveTarget.CURRENT_TARGET}
        found = shown((await curves.of_rollups(reader, lens, [rollup], **what))[rollup])
        assert found[-1][1] == (await teams.rollups(reader, lens, [("sales", "q3")]))["sales", "q3"]
        return found

    assert await team_curve() == [("01 08:12", 0), ("05 12:00", 0.6)]
    # In review again, it has the teams of now.
    company.at = day(9)
    await company.do(ReopenCycle(cycle_id="q3"))
    assert await team_curve() == [("01 08:12", 0), ("05 12:00", 0.6), ("09 12:01", None)]
    company.at = day(10)
    await company.do(CloseCycle(cycle_id="q3"))
    await company.do(UpdateTeam(team_id="inside", parent_id="sales"))
    assert await team_curve() == [("01 08:12", 0), ("05 12:00", 0.6), ("09 12:01", None)]


async def test_a_mean_is_exact_and_no_step_where_it_rounds_to_what_it_was(company: Company) -> None:
    metric = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(10**12))
    await company.do(CreateTeam(team_id="inside", name="Inside", parent_id=None))
    for name in ("one", "two"):
        await company.objective(name, team_id="inside")
        await company.do(added(f"part of {name}", name, metric=metric))
    await checked_in(company, "first", 1, day(5), key_result_id="part of one")
    await checked_in(company, "second", 2, day(6), key_result_id="part of two")
    await checked_in(company, "third", 2, day(7), key_result_id="part of one")
    await checked_in(company, "fourth", 4, day(8), key_result_id="part of one")
    rollup = Rollup(team_id="inside", cycle_id="q3")
    reader, lens = await company.reader(), await company.now()
    for basis in CurveBasis:
        found = await curves.of_rollups(reader, lens, [rollup], basis=basis, against=CurveTarget.CURRENT_TARGET)
        # 0.5 and 1.5 are rounded up, and 2.0 on the seventh is what 1.5 became.
        assert shown(found[rollup]) == [("01 08:13", 0), ("05 12:00", 1e-12), ("06 12:00", 2e-12), ("08 12:00", 3e-12)]
    assert await teams.rollups(reader, lens, [("inside", "q3")]) == {("inside", "q3"): 3e-12}


async def test_points_of_a_mean_begin_with_what_was_known_first_though_it_went_on_the_same_day(company: Company) -> None:
    await company.do(CreateTeam(team_id="inside", name="Inside", parent_id=None))
    company.at = day(3)
    await company.objective("calls", ["rings"], team_id="inside")
    await company.do(CancelObjective(objective_id="calls"))
    company.at = day(5)
    await company.objective("mails", ["letters"], team_id="inside")
    rollup = Rollup(team_id="inside", cycle_id="q3")
    reader, lens = await company.reader(), await company.now()
    grid = Grid(begin=None, end=lens.instant, zone="Europe/Prague", first_day_of_week=1)
    for resolution in CurveResolution:
        found = await curves.of_rollups(
            reader,
            lens,
            [rollup],
            basis=CurveBasis.RECORDED,
            against=CurveTarget.CURRENT_TARGET,
            thinning=Thinning(resolution=resolution, grid=grid),
        )
        assert shown(found[rollup]) == [("03 12:01", 0), ("03 12:02", None), ("05 12:01", 0)]
        assert len(points_of(known_steps(found[rollup]), CurveResolution.DAY, grid)[0]) == 3


async def test_means_of_many_things_take_a_fixed_number_of_statements(company: Company) -> None:
    for number in range(8):
        await company.do(CreateTeam(team_id=f"team {number}", name=f"Team {number}", parent_id=None))
        await company.objective(f"objective {number}", [f"part {number}"], team_id=f"team {number}")
    reader, lens = await company.reader(), await company.now()
    what = {"basis": CurveBasis.RECORDED, "against": CurveTarget.CURRENT_TARGET}
    grid = Grid(begin=None, end=lens.instant, zone="Europe/Prague", first_day_of_week=1)
    thinning = Thinning(resolution=CurveResolution.STEP, grid=grid)
    counts: set[tuple[int, int]] = set()
    for several in (1, 8):
        rollups = [Rollup(team_id=f"team {number}", is_running=True) for number in range(several)]
        company.statements.clear()
        await curves.of_rollups(reader, lens, rollups, **what, thinning=thinning)
        drawn = len(company.statements)
        await curve_ends.of_rollups(reader, lens, rollups, lens.instant, **what)
        counts.add((drawn, len(company.statements) - drawn))
    assert counts == {(8, 6)}
