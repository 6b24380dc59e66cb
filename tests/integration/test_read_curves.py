"""Curves: what was believed then, what is known now, and which event made every step."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest_asyncio

from events.alignment import AlignObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReopenCycle, ReviewCycle
from events.key_result import DropKeyResult, RestoreKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind
from events.objective import CancelObjective, ProgressDriver, ReopenObjective, Visibility
from events.objective import UpdateObjective as ChangeObjective
from events.review import CloseObjective, ReviewDecision
from events.team import CreateTeam, UpdateTeam
from projections import breakdown, curve_ends, curves, cycles, key_results, objectives, recorded, teams
from projections.curve import CurveBasis, CurveResolution, CurveTarget, Step
from projections.curve_points import Grid, Thinning, known_steps, points_of
from projections.curve_rollup import Rollup
from projections.statement import fetch
from tests.support.reading import Company, added, company_in

Shown = list[tuple[str, float | None]]


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        await company.do(ActivateCycle(cycle_id="q3"))
        await company.objective("growth", ["replies"])
        yield company


def day(number: int, hour: int = 12) -> datetime:
    """A day of July."""
    return datetime(2024, 7, number, hour, tzinfo=UTC)


def shown(steps: list[Step] | tuple[Step, ...] | object) -> Shown:
    """Answer days and progress."""
    known = known_steps(list(steps))  # type: ignore[call-overload]
    return [(f"{step.at:%d %H:%M}", None if (at := step.reading.progress) is None else float(at)) for step in known]


async def curve(
    company: Company,
    thing_id: str = "replies",
    basis: CurveBasis = CurveBasis.RECORDED,
    against: CurveTarget = CurveTarget.CURRENT_TARGET,
    by: str = "ada",
) -> Shown:
    """Answer the steps of a key result or an objective, and check that they end at what is shown.

    Those of an objective lead from instant to instant to where its curve is said to stand.
    """
    reader, lens = await company.reader(by), await company.now()
    what = {"basis": basis, "against": against}
    rows = {**await key_results.by_ids(reader, lens, [thing_id]), **await objectives.by_ids(reader, lens, [thing_id])}
    parts = (await curves.of_key_results(reader, lens, [thing_id], **what))[thing_id]
    steps = parts or (await curves.of_objectives(reader, lens, [thing_id], **what))[thing_id]
    found = shown(steps)
    for step in [] if parts else steps:
        ends = await curve_ends.of_objectives(reader, lens, [thing_id], step.at, **what)
        assert ends == {thing_id: step.reading.progress}, step
    if against is CurveTarget.CURRENT_TARGET and found:
        assert found[-1][1] == rows[thing_id].progress
    return found


async def measured(company: Company, thing_id: str = "replies") -> Shown:
    return await curve(company, thing_id, CurveBasis.MEASURED)


async def original(company: Company, thing_id: str = "replies") -> Shown:
    return await curve(company, thing_id, against=CurveTarget.ORIGINAL_TARGET)


BEGIN = "01 08:10"
"""When the objective of every test was activated."""


async def checked_in(company: Company, check_in_id: str, value: int, at: datetime, **more: object) -> None:
    """Check in at an instant, a minute later than the act says."""
    company.at = at - timedelta(minutes=1)
    await company.check_in(check_in_id, str(more.pop("key_result_id", "replies")), value, **more)


async def test_a_late_check_in_is_believed_late_and_known_in_time(company: Company) -> None:
    await checked_in(company, "first", 2, day(5))
    await checked_in(company, "late", 4, day(20), effective_at=day(10))
    assert await curve(company) == [(BEGIN, 0), ("05 12:00", 0.2), ("20 12:00", 0.4)]
    assert await measured(company) == [(BEGIN, 0), ("05 12:00", 0.2), ("10 12:00", 0.4)]


async def test_a_check_in_older_than_the_latest_one_moves_nothing_that_was_believed(company: Company) -> None:
    await checked_in(company, "first", 6, day(5))
    await checked_in(company, "late", 4, day(20), effective_at=day(3))
    assert await curve(company) == [(BEGIN, 0), ("05 12:00", 0.6)]
    assert await measured(company) == [(BEGIN, 0), ("03 12:00", 0.4), ("05 12:00", 0.6)]


async def test_a_corrected_check_in_was_believed_wrong_and_is_known_right(company: Company) -> None:
    await checked_in(company, "first", 9, day(5))
    company.at = day(8)
    await company.do(CorrectCheckIn(check_in_id="first", value=Decimal(3)))
    assert await curve(company) == [(BEGIN, 0), ("05 12:00", 0.9), ("08 12:01", 0.3)]
    assert await measured(company) == [(BEGIN, 0), ("05 12:00", 0.3)]
    assert await measured(company, "growth") == [(BEGIN, 0), ("05 12:00", 0.3)]


async def test_a_retracted_check_in_stays_in_what_was_believed(company: Company) -> None:
    await checked_in(company, "first", 9, day(5))
    company.at = day(8)
    await company.do(RetractCheckIn(check_in_id="first"))
    assert await curve(company) == [(BEGIN, 0), ("05 12:00", 0.9), ("08 12:01", 0)]
    assert await measured(company) == [(BEGIN, 0)]


async def test_a_redated_check_in_is_known_when_it_was_measured(company: Company) -> None:
    await checked_in(company, "first", 2, day(5))
    await checked_in(company, "second", 6, day(9))
    company.at = day(12)
    await company.do(CorrectCheckIn(check_in_id="second", effective_at=day(3)))
    assert await curve(company) == [(BEGIN, 0), ("05 12:00", 0.2), ("09 12:00", 0.6), ("12 12:01", 0.2)]
    assert await measured(company) == [(BEGIN, 0), ("03 12:00", 0.6), ("05 12:00", 0.2)]


async def test_a_moved_target_shows_against_the_original_one(company: Company) -> None:
    await checked_in(company, "first", 4, day(5))
    company.at = day(8)
    await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(5)))
    await checked_in(company, "second", 5, day(9))
    assert await curve(company) == [(BEGIN, 0), ("05 12:00", 0.4), ("08 12:01", 0.8), ("09 12:00", 1)]
    assert await original(company) == [(BEGIN, 0), ("05 12:00", 0.4), ("09 12:00", 0.5)]
    assert await curve(company, "growth") == await curve(company)
    assert await original(company, "growth") == await original(company)


async def test_what_is_dropped_restored_and_moved_counts_while_it_counts(company: Company) -> None:
    await company.do(added("deals", "growth"))
    await company.objective("calls")
    await checked_in(company, "first", 4, day(5))
    company.at = day(6)
    await company.do(DropKeyResult(key_result_id="deals"))
    company.at = day(7)
    await company.do(RestoreKeyResult(key_result_id="deals"))
    company.at = day(8)
    await company.do(UpdateKeyResult(key_result_id="replies", objective_id="calls"))
    company.at = day(9)
    await company.do(UpdateKeyResult(key_result_id="deals", objective_id="calls", weight=Decimal(3)))
    believed = [(BEGIN, 0), ("05 12:00", 0.2), ("06 12:01", 0.4), ("07 12:01", 0.2), ("08 12:01", 0), ("09 12:01", None)]
    assert await curve(company, "growth") == believed
    assert await measured(company, "growth") == believed
    assert await original(company, "growth") == believed
    for way in (curve, measured, original):
        assert await way(company, "calls") == [("08 12:01", 0.4), ("09 12:01", 0.1)]
        assert await way(company, "replies") == [(BEGIN, 0), ("05 12:00", 0.4)]


async def test_a_reopened_objective_is_known_by_what_was_measured_while_it_was_closed(company: Company) -> None:
    await checked_in(company, "first", 2, day(5))
    company.at = day(10)
    closed = {"score": Decimal("0.2"), "decision": ReviewDecision.KEEP, "root_cause": "late", "explanation": "late"}
    await company.do(CloseObjective(objective_id="growth", **closed))  # type: ignore[arg-type]
    company.at = day(20)
    await company.do(ReopenObjective(objective_id="growth"))
    await checked_in(company, "second", 8, day(21), effective_at=day(15))
    assert await curve(company, "growth") == [(BEGIN, 0), ("05 12:00", 0.2), ("21 12:00", 0.8)]
    assert await measured(company, "growth") == [(BEGIN, 0), ("05 12:00", 0.2), ("15 12:00", 0.8)]


async def test_of_two_closings_the_one_that_still_holds_freezes_what_is_known(company: Company) -> None:
    await company.objective("above", driver=ProgressDriver.CHILDREN)
    await company.do(AlignObjective(objective_id="growth", parent_id="above"))
    closed = {"score": Decimal("0.2"), "decision": ReviewDecision.KEEP, "root_cause": "late", "explanation": "late"}
    for check_in_id, value, number in (("first", 2, 5), ("second", 4, 12)):
        await checked_in(company, check_in_id, value, day(number))
        company.at = day(number + 1)
        await company.do(CloseObjective(objective_id="above", **closed))  # type: ignore[arg-type]
        if check_in_id == "first":
            company.at = day(10)
            await company.do(ReopenObjective(objective_id="above"))
    await checked_in(company, "late", 8, day(20), effective_at=day(8))
    begin = ("01 08:12", 0)
    assert await curve(company, "above") == [begin, ("05 12:00", 0.2), ("12 12:00", 0.4)]
    assert await measured(company, "above") == [begin, ("05 12:00", 0.2), ("08 12:00", 0.8), ("12 12:00", 0.4)]


async def test_a_closing_freezes_every_curve_of_the_objective(company: Company) -> None:
    await company.objective("above", driver=ProgressDriver.CHILDREN)
    await company.do(AlignObjective(objective_id="growth", parent_id="above"))
    await checked_in(company, "first", 2, day(5))
    company.at = day(10)
    closed = {"score": Decimal("0.2"), "decision": ReviewDecision.KEEP, "root_cause": "late", "explanation": "late"}
    await company.do(CloseObjective(objective_id="above", **closed))  # type: ignore[arg-type]
    company.at = day(12)
    await company.do(CorrectCheckIn(check_in_id="first", value=Decimal(6)))
    await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(20)))
    aligned = "01 08:12"
    assert await curve(company, "above") == [(aligned, 0), ("05 12:00", 0.2)]
    # What an ending froze is what was known then; before it one knows better now.
    assert await measured(company, "above") == [(aligned, 0), ("05 12:00", 0.6), ("10 12:01", 0.2)]
    assert await original(company, "above") == [(aligned, 0), ("05 12:00", 0.2)]


async def test_nothing_is_drawn_of_what_has_no_measure(company: Company) -> None:
    await company.objective("empty")
    await company.do(added("unclear", "empty", metric=Metric(kind=MetricKind.UNDECIDED)))
    for thing_id in ("empty", "unclear"):
        for way in (curve, measured, original):
            assert await way(company, thing_id) == []


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


async def test_what_is_reopened_and_closed_in_one_act_has_ended_anew(company: Company) -> None:
    closing = CloseObjective(objective_id="growth", decision=ReviewDecision.KEEP, root_cause="Late")
    await checked_in(company, "first", 6, day(5))
    company.at = day(6)
    await company.do(closing)
    company.at = day(7)
    await company.do(
        ReopenObjective(objective_id="growth"),
        RecordCheckIn(
            check_in_id="second", key_result_id="replies", value=Decimal(8), status=CheckInStatus.ON_TRACK, effective_at=day(7)
        ),
        closing,
    )
    believed = [(BEGIN, 0), ("05 12:00", 0.6), ("07 12:01", 0.8)]
    assert await curve(company, "growth") == await original(company, "growth") == believed
    for against in CurveTarget:
        assert (await curve(company, "growth", CurveBasis.MEASURED, against))[-1][1] == 0.8
    reader, lens = await company.reader(), await company.now()
    parts = (await breakdown.of_objectives(reader, lens, ["growth"]))["growth"]
    assert [part.progress for part in parts] == [0.8]
    for basis in CurveBasis:
        ends = await curve_ends.of_objectives(
            reader, lens, ["growth"], lens.instant, basis=basis, against=CurveTarget.ORIGINAL_TARGET
        )
        assert ends == {"growth": Decimal("0.8")}


async def test_a_cycle_names_the_event_of_its_own_in_an_act_that_moved_others(company: Company) -> None:
    await company.do(CreateCycle(cycle_id="q4", name="Q4", starts_on=day(1).date()))
    await company.objective("calls", ["rings"], cycle_id="q4")
    on_track = {"status": CheckInStatus.ON_TRACK, "value": Decimal(5)}
    done = await company.do(
        RecordCheckIn(check_in_id="ours", key_result_id="replies", **on_track),
        RecordCheckIn(check_in_id="theirs", key_result_id="rings", **on_track),
    )
    ours, theirs = (recorded_.position for _, recorded_ in done.events)
    keys = [(theirs, "q3", False), (theirs, "q4", False), (theirs, "growth", False)]
    movers = await recorded.movers(await company.reader(), keys)
    assert [movers[each] for each in keys] == [ours, theirs, ours]


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


async def test_a_time_in_a_private_objective_is_not_drawn_for_others(company: Company) -> None:
    await company.objective("private", visibility=Visibility.PRIVATE)
    await checked_in(company, "first", 2, day(5))
    company.at = day(6)
    await company.do(UpdateKeyResult(key_result_id="replies", objective_id="private"))
    await checked_in(company, "second", 5, day(7))
    company.at = day(8)
    await company.do(UpdateKeyResult(key_result_id="replies", objective_id="growth"))
    assert await curve(company, by="max") == [(BEGIN, 0), ("05 12:00", 0.2), ("06 12:01", None), ("08 12:01", 0.5)]
    assert await curve(company) == [(BEGIN, 0), ("05 12:00", 0.2), ("07 12:00", 0.5)]


# --- events


def recording(check_in_id: str, key_result_id: str, value: int) -> RecordCheckIn:
    return RecordCheckIn(
        check_in_id=check_in_id, key_result_id=key_result_id, value=Decimal(value), status=CheckInStatus.ON_TRACK
    )


async def test_each_step_names_the_event_about_its_thing_and_not_the_last_of_the_act(company: Company) -> None:
    await company.objective("calls", ["rings"])
    first = await company.do(
        recording("first", "replies", 3),
        recording("second", "rings", 5),
        UpdateKeyResult(key_result_id="rings", title="Calls"),
    )
    positions = {event.key_result_id: known.position for event, known in first.events if hasattr(event, "check_in_id")}
    reader, lens = await company.reader(), await company.now()
    end = first.last_position
    assert end is not None
    wanted = [(end, thing_id, False) for thing_id in ("replies", "growth", "rings", "calls", "")]
    assert await recorded.movers(reader, wanted) == dict(
        zip(wanted, [positions[each] for each in ("replies", "replies", "rings", "rings", "rings")], strict=True)
    )
    parts = await breakdown.of_objectives(reader, lens, ["growth", "calls"])
    made = {part.part_id: part.number_position for several in parts.values() for part in several}
    assert made == {"replies": end, "rings": end}


async def test_of_an_act_the_event_that_moved_the_progress_is_named_whatever_came_after_it(company: Company) -> None:
    late = recording("late", "replies", 2)
    act = await company.do(
        recording("first", "replies", 3),
        replace(late, effective_at=company.at - timedelta(hours=1)),
        UpdateKeyResult(key_result_id="replies", weight=Decimal(3)),
    )
    assert act.first_position is not None
    assert act.last_position is not None
    first, late_position, end = act.first_position, act.first_position + 1, act.last_position
    reader = await company.reader()
    wanted = [
        (end, "replies", False),
        (end, "growth", False),
        (late_position, "replies", True),
        (late_position, "replies", False),
    ]
    assert await recorded.movers(reader, wanted) == dict(zip(wanted, [first, first, late_position, first], strict=True))
    assert await moved_since(company, first) == [(first, ["replies", "growth"]), (late_position, []), (end, [])]


async def test_what_the_only_event_of_an_act_moved_needs_no_saying(company: Company) -> None:
    act = await company.do(recording("first", "replies", 3))
    assert act.first_position is not None
    assert await moved_since(company, act.first_position) == [(act.first_position, None)]


async def moved_since(company: Company, position: int) -> list[tuple[int, list[str] | None]]:
    """Answer what the events from a position on are said to have moved."""
    moved = """select s.position, s.moved_ids from {projection}.event_subject s
        where s.organization_id = :organization and s.position >= :first order by s.position"""
    rows = await fetch(await company.reader(), await company.now(), moved, first=position)
    return [(row["position"], row["moved_ids"]) for row in rows]


async def test_a_curve_of_many_things_takes_a_fixed_number_of_statements(company: Company) -> None:
    for number in range(8):
        await company.objective(f"objective {number}", [f"part {number}"])
    reader, lens = await company.reader(), await company.now()
    counts: set[int] = set()
    for several in (1, 8):
        company.statements.clear()
        ids = [f"objective {number}" for number in range(several)]
        await curves.of_objectives(reader, lens, ids, basis=CurveBasis.MEASURED, against=CurveTarget.ORIGINAL_TARGET)
        counts.add(len(company.statements))
    assert counts == {9}


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
