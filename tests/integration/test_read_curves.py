"""Curves of key results and objectives: what was believed then, and what is known now."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest_asyncio

from events.alignment import AlignObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.key_result import DropKeyResult, RestoreKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind
from events.objective import ProgressDriver, ReopenObjective, Visibility
from events.review import CloseObjective, ReviewDecision
from projections import breakdown, curve_ends, curves, key_results, objectives
from projections.curve import CurveBasis, CurveTarget
from tests.support.curves import BEGIN, Shown, checked_in, day, growing_company, shown
from tests.support.reading import Company, added


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with growing_company(database_url) as company:
        yield company


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
