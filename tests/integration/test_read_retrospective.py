"""Looking back at a cycle: an example with every number worked out, and what a seal holds fast."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from events.carry_over import CarryOverObjective
from events.check_in import CorrectCheckIn, RetractCheckIn
from events.command import Command
from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReopenCycle, ReviewCycle
from events.key_result import DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind
from events.objective import (
    ActivateObjective,
    Ambition,
    CancelObjective,
    CreateObjective,
    ReopenObjective,
    UpdateObjective,
    Visibility,
)
from events.organization import UpdateOrganization
from events.review import CloseObjective, ReviewDecision
from events.team import CreateTeam, UpdateTeam
from projections import calibration, moments, progress_jumps, punctuality, retargeting, retrospective
from projections.calibration import Calibration, CalibrationBin
from projections.progress_jumps import ProgressJump, last_week_begins
from projections.punctuality import Punctuality
from projections.retargeting import RetargetedKeyResult
from projections.retrospective import CarryOver, CycleSummary, ScoreBin
from schema.retrospective import Retrospective, look_back
from tests.support.reading import Company, added, company_in

UNDECIDED = Metric(kind=MetricKind.UNDECIDED)


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    """A company in Prague with the running cycle `july`, whose check-ins fall due on 5, 12, 19 and 26 July."""
    async with company_in(database_url) as company:
        july = CreateCycle(cycle_id="july", name="July", starts_on=date(2024, 7, 1), ends_on=date(2024, 7, 28))
        await company.do(july, ActivateCycle(cycle_id="july"))
        yield company


async def on(company: Company, day: int, *commands: Command, hour: int = 12, month: int = 7) -> int:
    """Act at an hour (UTC) of a day, and answer the position of the act's last event."""
    company.at = datetime(2024, month, day, hour, tzinfo=UTC) - timedelta(minutes=1)
    return (await company.do(*commands)).head_position


async def checked_in(
    company: Company, day: int, key_result_id: str, value: int | None, *, hour: int = 12, **more: object
) -> None:
    """Check in at an hour (UTC) of a day; the check-in is named after key result and day."""
    company.at = datetime(2024, 7, day, hour, tzinfo=UTC) - timedelta(minutes=1)
    await company.check_in(f"{key_result_id} {day}", key_result_id, value, **more)


def reviewed(objective_id: str, score: str) -> CloseObjective:
    return CloseObjective(
        objective_id=objective_id,
        score=Decimal(score),
        decision=ReviewDecision.KEEP,
        explanation="Seen from outside",
        root_cause="A late start",
    )


async def looked_back(company: Company, by: str = "ada", cycle_id: str = "july") -> Retrospective:
    context = await company.context(by)
    view = await context.present()
    row = await view.cycles.load(cycle_id)
    assert row is not None
    return await look_back(row, view, context)


class Seen:
    """Everything that a retrospective tells, as the read models answer it."""

    def __init__(self, looking: Retrospective) -> None:
        self.looking = looking

    async def summary(self) -> CycleSummary:
        view, cycle_id = self.looking.view, self.looking.row.id
        return (await retrospective.of_cycles(view.reader, view.lens, [cycle_id], view.settings.score_bands))[cycle_id]

    async def due(self) -> dict[str | None, Punctuality]:
        view, cycle_id = self.looking.view, self.looking.row.id
        return dict((await punctuality.of_cycles(view.reader, view.lens, [cycle_id], view.calendar))[cycle_id])

    async def calibration(self) -> Calibration:
        view, cycle_id = self.looking.view, self.looking.row.id
        return (await calibration.of_cycles(view.reader, view.lens, [cycle_id]))[cycle_id]

    async def retargeted(self) -> tuple[RetargetedKeyResult, ...]:
        view, cycle_id = self.looking.view, self.looking.row.id
        return (await retargeting.of_cycles(view.reader, view.lens, [cycle_id]))[cycle_id]

    async def jumps(self) -> tuple[ProgressJump, ...]:
        view, row = self.looking.view, self.looking.row
        begin = last_week_begins(row.ends_on, view.settings.time_zone, view.lens.instant)
        return (await progress_jumps.of_cycles(view.reader, view.lens, {row.id: begin}))[row.id]

    async def carry_overs(self) -> tuple[CarryOver, ...]:
        view, cycle_id = self.looking.view, self.looking.row.id
        return (await retrospective.carry_overs(view.reader, view.lens, [cycle_id]))[cycle_id]

    async def everything(self) -> list[object]:
        loads = (self.summary, self.due, self.calibration, self.retargeted, self.jumps, self.carry_overs)
        return [self.looking.view.lens, self.looking.view.settings, *[await load() for load in loads]]


async def seen(company: Company, by: str = "ada") -> Seen:
    return Seen(await looked_back(company, by))


async def july(company: Company) -> None:
    """A month of three objectives that count and two that do not.

    `growth` of the team Sales, a promise: `replies` (0 to 10, for two days 0 to 20) and `deals` (0 to 10, then to 5);
    `calls` of the team East, from the 8th to the 20th: `rings`; `secret`, a private promise: `hidden`, and `vague`
    without a metric.
    """
    await company.do(CreateTeam(team_id="east", name="East", lead_id=None))
    promise = {"cycle_id": "july", "ambition": Ambition.COMMITTED}
    await company.objective("growth", ["replies", "deals", "idle"], team_id="sales", **promise)
    await company.objective("secret", ["hidden"], visibility=Visibility.PRIVATE, **promise)
    await company.do(added("vague", "secret", metric=UNDECIDED))
    await company.objective("draft", ["unborn"], is_draft=True, **promise)
    await company.objective("gone", ["given up"], **promise)
    await company.do(CancelObjective(objective_id="gone"), DropKeyResult(key_result_id="idle"))

    await checked_in(company, 3, "vague", None, confidence=0.4)
    await checked_in(company, 4, "hidden", 10, confidence=0.2)
    # The last hour of the day in Prague: in time.
    await checked_in(company, 5, "replies", 2, hour=21, confidence=0.5)
    company.at = datetime(2024, 7, 8, 12, tzinfo=UTC)
    await company.objective("calls", ["rings"], cycle_id="july", team_id="east")
    await checked_in(company, 9, "rings", 1, confidence=0.3)
    await on(company, 10, RetargetKeyResult(key_result_id="deals", target=Decimal(5)))
    await on(company, 10, RetargetKeyResult(key_result_id="hidden", target=Decimal(8)), hour=13)
    await on(company, 10, RetargetKeyResult(key_result_id="replies", target=Decimal(20)), hour=14)
    await on(company, 12, RetargetKeyResult(key_result_id="replies", target=Decimal(10)))
    # Half a day late, and corrected a day later.
    await checked_in(company, 13, "replies", 4, confidence=0.8)
    await on(company, 14, CorrectCheckIn(check_in_id="replies 13", value=Decimal(5)))
    await checked_in(company, 17, "replies", 6, confidence=0.6)
    await on(company, 18, RetractCheckIn(check_in_id="replies 17"))
    # The due day of the 19th has ended by then, and could still be answered.
    await on(company, 20, reviewed("calls", "0.1"))
    await checked_in(company, 23, "deals", 4, confidence=1.0)
    await checked_in(company, 25, "replies", 10, confidence=0.9)
    await on(company, 31, reviewed("growth", "0.9"), reviewed("secret", "1"))
    for objective_id in ("secret", "growth"):
        successor_id = f"{objective_id} 2"
        await company.do(
            CarryOverObjective(objective_id=objective_id, successor_id=successor_id, cycle_id="q3", key_result_ids=())
        )


async def test_every_number_of_an_example_worked_out_by_hand(company: Company) -> None:
    await july(company)
    found = await seen(company)
    summary = await found.summary()
    assert (summary.objective_count, summary.key_result_count) == (3, 5)
    assert (summary.committed_count, summary.committed_met_count) == (2, 1)
    # The mean of 0.9, 0.1 and 1.
    assert summary.mean_score == 0.666666666667
    assert summary.score_distribution == (
        ScoreBin(start=0.0, end=0.4, count=1),
        ScoreBin(start=0.4, end=0.7, count=0),
        ScoreBin(start=0.7, end=1.0, count=2),
    )
    assert [(each.team.name, each.objective_count, each.mean_score) for each in summary.teams] == [
        ("East", 1, 0.1),
        ("Sales", 1, 0.9),
    ]

    # replies: 5 in time, 12 late, 19 missed since the one that answered it was retracted, 26 in time;
    # deals: 26 in time, the other three missed; rings: 12 in time; hidden: 5 in time, three missed.
    of_teams = await found.due()
    assert of_teams == {
        "sales": Punctuality(recorded=5, corrected=1, on_time=3, late=1, missed=4),
        "east": Punctuality(recorded=1, on_time=1),
        None: Punctuality(recorded=2, on_time=1, missed=3),
    }
    assert [of_teams[team].on_time_rate for team in ("sales", "east")] == [0.375, 1]
    altogether = punctuality.total(of_teams.values())
    assert altogether == Punctuality(recorded=8, corrected=1, on_time=5, late=1, missed=7)
    assert (altogether.expected, altogether.correction_rate) == (13, 0.125)

    # 0.5, 0.8 and 0.9 of replies and 0.2 of hidden came true; 0.3 of rings and 1.0 of deals (it got to 0.8) did not:
    # the mean of 0.25, 0.04, 0.01, 0.64, 0.09 and 1.
    assert await found.calibration() == Calibration(
        brier_score=0.338333333333,
        bins=(
            CalibrationBin(stated=0.2, outcome=1.0, count=1),
            CalibrationBin(stated=0.3, outcome=0.0, count=1),
            CalibrationBin(stated=0.5, outcome=1.0, count=1),
            CalibrationBin(stated=0.8, outcome=1.0, count=1),
            CalibrationBin(stated=0.95, outcome=0.5, count=2),
        ),
    )

    retargeted = await found.retargeted()
    assert [(each.key_result_id, each.gain, len(each.positions)) for each in retargeted] == [
        ("deals", Decimal("0.4"), 1),
        ("hidden", 0, 1),
        ("replies", 0, 2),
    ]
    assert (retargeted[0].progress_against_original, retargeted[0].progress_against_final) == (Decimal("0.4"), Decimal("0.8"))
    assert (retargeted[0].original.target, retargeted[0].final.target) == (10, 5)

    # A week before the end of the 28th replies stood at the corrected 5 of 10, deals at nothing.
    assert await found.jumps() == (
        ProgressJump(key_result_id="deals", progress_before=0.0, progress_after=0.8),
        ProgressJump(key_result_id="replies", progress_before=0.5, progress_after=1.0),
    )
    assert await found.carry_overs() == (
        CarryOver(from_id="growth", to_id="growth 2"),
        CarryOver(from_id="secret", to_id="secret 2"),
    )


async def test_numbers_are_the_same_for_everybody_and_lists_leave_out_what_one_may_not_see(company: Company) -> None:
    await july(company)
    for is_sealed in (False, True):
        if is_sealed:
            await on(company, 1, ReviewCycle(cycle_id="july"), CloseCycle(cycle_id="july"), month=8)
        everything, shown = await seen(company), await seen(company, "max")
        for number in ("summary", "due", "calibration"):
            assert await getattr(everything, number)() == await getattr(shown, number)()
        assert [each.key_result_id for each in await shown.retargeted()] == ["deals", "replies"]
        assert [each.key_result_id for each in await shown.jumps()] == ["deals", "replies"]
        assert await shown.carry_overs() == (CarryOver(from_id="growth", to_id="growth 2"),)
    await company.do(UpdateObjective(objective_id="secret 2", visibility=Visibility.ORGANIZATION))
    # The old one is as private as ever, so the pair is not shown.
    assert await (await seen(company, "max")).carry_overs() == (CarryOver(from_id="growth", to_id="growth 2"),)
    await company.do(UpdateObjective(objective_id="growth 2", visibility=Visibility.PRIVATE))
    assert await (await seen(company, "max")).carry_overs() == ()


async def test_a_score_on_the_edge_of_two_bands_lies_in_the_upper_one(company: Company) -> None:
    for score in ("0", "0.399", "0.4", "0.7", "1"):
        await company.objective(score, ["part " + score], cycle_id="july")
        await company.do(reviewed(score, score))
    bins = (await (await seen(company)).summary()).score_distribution
    assert [(each.start, each.end, each.count) for each in bins] == [(0.0, 0.4, 2), (0.4, 0.7, 1), (0.7, 1.0, 2)]


async def test_a_jump_out_of_sight_is_left_out(company: Company) -> None:
    await company.objective("secret", ["hidden"], cycle_id="july", visibility=Visibility.PRIVATE)
    await checked_in(company, 25, "hidden", 9)
    assert [each.key_result_id for each in await (await seen(company)).jumps()] == ["hidden"]
    assert await (await seen(company, "max")).jumps() == ()


async def test_a_jump_is_a_quarter_of_progress_or_more_within_the_week(company: Company) -> None:
    metric = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(10_000))
    await company.objective("growth", cycle_id="july")
    for key_result_id in ("quarter", "less", "before", "young"):
        if key_result_id != "young":
            await company.do(added(key_result_id, "growth", metric=metric))
    # The week begins at 21:59:59.999999 UTC on the 21st, with the last microsecond of that day in Prague.
    await checked_in(company, 21, "before", 9_000, hour=21)
    await on(company, 22, added("young", "growth", metric=metric))
    await checked_in(company, 23, "quarter", 2_500)
    await checked_in(company, 24, "less", 2_499)
    await checked_in(company, 25, "young", 9_000)
    company.at = datetime(2024, 8, 5, tzinfo=UTC)
    assert await (await seen(company)).jumps() == (
        ProgressJump(key_result_id="quarter", progress_before=0.0, progress_after=0.25),
    )


def test_the_last_week_begins_seven_days_before_the_end_or_the_moment() -> None:
    now = datetime(2024, 8, 1, 12, tzinfo=UTC)
    week = timedelta(days=7)
    assert last_week_begins(date(2024, 7, 28), "Europe/Prague", now) == datetime(2024, 7, 21, 21, 59, 59, 999_999, tzinfo=UTC)
    assert last_week_begins(date(2024, 9, 30), "Europe/Prague", now) == now - week
    assert last_week_begins(None, "Europe/Prague", now) == now - week
    assert last_week_begins(date.max, "America/St_Johns", now) == now - week
    assert last_week_begins(date.min, "Pacific/Apia", now) < datetime(1, 1, 2, tzinfo=UTC)


# --- moved goalposts


async def test_what_was_changed_before_the_promise_moves_no_goalposts(company: Company) -> None:
    await company.objective("growth", ["replies"], cycle_id="july", is_draft=True)
    await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(30)))
    await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(40)), ActivateObjective(objective_id="growth"))
    await company.do(added("vague", "growth", metric=UNDECIDED))
    # The first decision is no change of a promise.
    await company.do(UpdateKeyResult(key_result_id="vague", metric=added("", "").metric))
    assert await (await seen(company)).retargeted() == ()
    await company.do(UpdateKeyResult(key_result_id="vague", metric=Metric(kind=MetricKind.BINARY)))
    (found,) = await (await seen(company)).retargeted()
    assert (found.key_result_id, found.original.kind, found.final.kind) == ("vague", "INCREASE", "BINARY")
    assert found.positions == ((await company.head()).position,)


async def test_goalposts_that_moved_in_the_act_of_the_promise_are_moved(company: Company) -> None:
    accepted = await company.do(
        CreateObjective(objective_id="growth", cycle_id="july", title="Growth"),
        added("replies", "growth"),
        ActivateObjective(objective_id="growth"),
        RetargetKeyResult(key_result_id="replies", target=Decimal(5)),
    )
    (found,) = await (await seen(company)).retargeted()
    assert (found.original.target, found.final.target, found.positions) == (10, 5, (accepted.head_position,))


async def test_those_whose_gain_is_unknown_come_last(company: Company) -> None:
    await company.objective("growth", ["a", "b", "c"], cycle_id="july")
    await company.do(UpdateKeyResult(key_result_id="a", metric=UNDECIDED))
    for key_result_id, target in (("b", 20), ("c", 5)):
        await company.do(RetargetKeyResult(key_result_id=key_result_id, target=Decimal(target)))
        await company.check_in(f"check-in {key_result_id}", key_result_id, 2)
    found = await (await seen(company)).retargeted()
    assert [(each.key_result_id, each.gain) for each in found] == [("c", Decimal("0.2")), ("b", Decimal("-0.1")), ("a", None)]
    assert (found[2].progress_against_original, found[2].progress_against_final) == (0, None)


async def test_a_retargeting_in_an_objective_out_of_sight_is_not_told_of(company: Company) -> None:
    await company.objective("secret", ["replies"], cycle_id="july", visibility=Visibility.PRIVATE)
    await company.objective("growth", cycle_id="july")
    await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(5)))
    await company.do(UpdateKeyResult(key_result_id="replies", objective_id="growth"))
    assert await (await seen(company, "max")).retargeted() == ()
    await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(4)))
    (found,) = await (await seen(company, "max")).retargeted()
    assert found.positions == ((await company.head()).position,)
    (found,) = await (await seen(company)).retargeted()
    assert len(found.positions) == 2


async def test_lists_end_at_their_maximum(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retargeting, "MOST_EVENTS", 2)
    monkeypatch.setattr(progress_jumps, "MOST_JUMPS", 1)
    monkeypatch.setattr(retrospective, "MOST_TEAMS", 1)
    monkeypatch.setattr(retrospective, "MOST_CARRY_OVERS", 1)
    await july(company)
    for target in (6, 7):
        await company.do(ReopenObjective(objective_id="growth"))
        await company.do(RetargetKeyResult(key_result_id="deals", target=Decimal(target)))
    found = await seen(company)
    assert [(each.key_result_id, len(each.positions)) for each in await found.retargeted()] == [
        ("deals", 2),
        ("hidden", 1),
        ("replies", 2),
    ]
    assert [each.key_result_id for each in await found.jumps()] == ["deals"]
    assert [each.team.name for each in (await found.summary()).teams] == ["East"]
    assert [each.from_id for each in await found.carry_overs()] == ["growth"]


# --- reading at the seal


async def test_a_cycle_without_objectives_has_nothing_to_tell(company: Company) -> None:
    found = await seen(company)
    summary = await found.summary()
    assert (summary.objective_count, summary.key_result_count, summary.mean_score, summary.teams) == (0, 0, None, ())
    assert [each.count for each in summary.score_distribution] == [0, 0, 0]
    assert punctuality.total((await found.due()).values()) == Punctuality()
    assert (Punctuality().on_time_rate, Punctuality().correction_rate) == (None, 0)
    assert await found.calibration() == Calibration(brier_score=None, bins=())
    assert (await found.retargeted(), await found.jumps(), await found.carry_overs()) == ((), (), ())


async def test_a_closing_within_an_act_is_read_at_the_end_of_the_act(company: Company) -> None:
    await company.objective("growth", ["replies"], cycle_id="july", team_id="sales")
    await on(company, 10, ReviewCycle(cycle_id="july"))
    end = await on(
        company, 20, reviewed("growth", "0"), CloseCycle(cycle_id="july"), UpdateTeam(team_id="sales", name="Growth")
    )
    await company.do(UpdateTeam(team_id="sales", name="Renamed later"))
    looking = await looked_back(company)
    assert looking.row.seal_position == end - 1
    assert (looking.view.lens.position, looking.view.lens.is_past) == (end, True)
    summary = await Seen(looking).summary()
    assert [(each.team.name, each.objective_count, each.mean_score) for each in summary.teams] == [("Growth", 1, 0)]


async def test_reopening_unseals_and_the_first_closing_still_answers_what_it_did(company: Company) -> None:
    await july(company)
    closed = await on(company, 1, ReviewCycle(cycle_id="july"), CloseCycle(cycle_id="july"), month=8)
    first = await (await seen(company)).everything()
    reopened = await on(company, 2, ReopenCycle(cycle_id="july"), ReopenObjective(objective_id="growth"), month=8)
    assert (await looked_back(company)).view.lens == await company.now()
    await company.do(UpdateOrganization(time_zone="Pacific/Apia", check_in_cadence_days=1))
    await company.check_in("final", "deals", 10)
    await company.do(reviewed("growth", "1"))
    closed_again = await on(company, 3, CloseCycle(cycle_id="july"), month=8)
    second = await (await seen(company)).everything()
    await company.do(UpdateTeam(team_id="sales", name="Renamed"))

    async def at(position: int) -> Retrospective:
        context = await company.context()
        view = await context.view(await moments.lens_at_position(context.reader, context.head, position))
        row = await view.cycles.load("july")
        assert row is not None
        return await look_back(row, view, context)

    assert await Seen(await at(closed)).everything() == first
    assert (await at(reopened)).view.lens.position == reopened
    assert await Seen(await at(closed_again)).everything() == await (await seen(company)).everything() == second
    assert [each.committed_met_count for each in (first[2], second[2])] == [1, 2]  # type: ignore[attr-defined]


async def test_several_cycles_at_one_moment_are_read_in_the_same_statements(company: Company) -> None:
    await july(company)
    context = await company.context()
    view = await context.present()
    calls = (
        lambda ids: retrospective.of_cycles(view.reader, view.lens, ids, view.settings.score_bands),
        lambda ids: punctuality.of_cycles(view.reader, view.lens, ids, view.calendar),
        lambda ids: calibration.of_cycles(view.reader, view.lens, ids),
        lambda ids: retargeting.of_cycles(view.reader, view.lens, ids),
        lambda ids: progress_jumps.of_cycles(view.reader, view.lens, dict.fromkeys(ids, company.at)),
        lambda ids: retrospective.carry_overs(view.reader, view.lens, ids),
    )
    for ids in (["july"], ["july", "q3"]):
        company.statements.clear()
        for call in calls:
            assert set(await call(ids)) == set(ids)
        assert len(company.statements) == 8
