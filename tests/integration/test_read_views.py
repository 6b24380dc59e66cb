"""What managers look at: an example with every number worked out, and what is hidden from whom."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from events.alignment import AlignObjective
from events.check_in import CheckInStatus
from events.coach.texts import Language
from events.cycle import ActivateCycle
from events.initiative import AddSupport, CreateInitiative, RemoveSupport
from events.key_result import RetargetKeyResult, UpdateKeyResult
from events.objective import UpdateObjective, Visibility
from events.organization import UpdateOrganization
from events.team import CreateTeam, UpdateTeam
from schema import heat_map
from schema.alignment_coverage import alignment_coverage_of
from schema.focus import focus_of
from schema.heat_map import HeatMap, draw_heat_map
from schema.moment import MomentInput
from schema.refusal import GraphQLRefusal
from schema.summary import load_summary
from schema.summary_sections import SummarySectionKind
from schema.view import ReadLimits, View
from schema.workload import workload_of
from tests.support.reading import KICK_OFF, Company, added, company_in

SUFFIX = "01jd8m3v6re0q9x5c8d1f2g3"
TEAM, OBJECTIVE, KEY_RESULT = f"team_{SUFFIX}h4", f"objective_{SUFFIX}h4", f"key_result_{SUFFIX}h4"


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    """A company in Prague on 17 July: Sales, below it Field, below that North; weeks end on Sundays.

    `win` of Sales with `deals` and `calls`, `sell` of North with `mails` and aligned to `deals`, `lone` of Field with `late`,
    and of Field as well, private and aligned to `win`: `secret`.
    """
    async with company_in(database_url) as company:
        await company.do(ActivateCycle(cycle_id="q3"))
        await company.do(CreateTeam(team_id="field", name="Field", lead_id=None, parent_id="sales"))
        await company.do(CreateTeam(team_id="north", name="Élan North", lead_id=None, parent_id="field"))
        await company.objective("win", ["deals", "calls"], team_id="sales", owner_id="ada")
        await company.objective("sell", ["mails"], team_id="north", owner_id="max", parent_ids=("deals",))
        await company.objective("lone", ["late"], team_id="field", owner_id="eva")
        secret = {"team_id": "field", "owner_id": "ada", "visibility": Visibility.PRIVATE}
        await company.objective("secret", ["hidden"], parent_ids=("win",), **secret)
        await company.do(UpdateKeyResult(key_result_id="calls", owner_id="eva"))
        work = CreateInitiative(initiative_id="work", title="Work", supported_ids=("win", "secret"), owner_id="eva")
        await company.do(work, CreateInitiative(initiative_id="plot", title="Plot", supported_ids=("secret",), owner_id="eva"))
        await checked_in(company, 4, "deals", CheckInStatus.ON_TRACK, 0.5)
        await checked_in(company, 10, "mails", CheckInStatus.OFF_TRACK, 0.2)
        company.at = datetime(2024, 7, 17, 12, tzinfo=UTC)
        yield company


async def checked_in(company: Company, day: int, key_result_id: str, status: CheckInStatus, confidence: float) -> None:
    company.at = datetime(2024, 7, day, 12, tzinfo=UTC) - timedelta(minutes=1)
    await company.check_in(f"{key_result_id} {day}", key_result_id, 2, status=status, confidence=confidence)


async def seen_by(company: Company, person_id: str, position: int | None = None) -> View:
    context = await company.context(person_id)
    present = await context.present()
    if position is None:
        return present
    return await context.view(type(present.lens)(position=position, instant=company.at, is_past=True))


async def q3(view: View) -> Any:
    row = await view.cycles.load("q3")
    assert row is not None
    return row


async def drawn(view: View, weeks: int = 14) -> HeatMap:
    return await draw_heat_map(await q3(view), view, weeks)


def counts(cell: Any) -> tuple[dict[str, int], dict[str, int], float | None]:
    return dict(cell.row.objectives), dict(cell.row.key_results), cell.row.mean_confidence


async def test_a_heat_map_shows_each_week_as_it_was_known_when_it_ended(company: Company) -> None:
    found = await drawn(await seen_by(company, "max"))
    weeks = found.shown_weeks()
    assert [heat_map._iso_week(each.last_day) for each in weeks] == ["2024-W27", "2024-W28", "2024-W29"]
    assert [each.last_day.day for each in weeks] == [7, 14, 21]
    # Midnight in Prague, and the moment read.
    assert [each.end.isoformat() for each in weeks] == [
        "2024-07-07T21:59:59.999999+00:00",
        "2024-07-14T21:59:59.999999+00:00",
        "2024-07-17T12:00:00+00:00",
    ]
    assert [counts(each) for each in map(Cell, found.rows_read.whole)] == [
        ({"ON_TRACK": 1, "PENDING": 2}, {"ON_TRACK": 1, "PENDING": 3}, 0.5),
        # Nothing was heard of most of them for ten days.
        ({"OUTDATED": 2, "OFF_TRACK": 1}, {"OUTDATED": 3, "OFF_TRACK": 1}, 0.35),
        ({"OUTDATED": 2, "OFF_TRACK": 1}, {"OUTDATED": 3, "OFF_TRACK": 1}, 0.35),
    ]
    rows = found.shown_rows()
    assert [None if each.team_row is None else each.team_row.name for each in rows] == ["Élan North", "Field", "Sales"]
    assert [counts(Cell(each)) for each in rows[0].cells_of_weeks][:2] == [
        ({"PENDING": 1}, {"PENDING": 1}, None),
        ({"OFF_TRACK": 1}, {"OFF_TRACK": 1}, 0.2),
    ]
    # The grace of then counts, and the teams of then.
    await company.do(UpdateOrganization(check_in_grace_days=14), UpdateObjective(objective_id="lone", team_id="north"))
    again = await drawn(await seen_by(company, "max"))
    assert [counts(Cell(each)) for each in again.rows_read.whole][:2] == [counts(Cell(each)) for each in found.rows_read.whole][
        :2
    ]
    assert dict(again.rows_read.whole[2].objectives) == {"ON_TRACK": 1, "PENDING": 1, "OFF_TRACK": 1}
    assert [dict(each.objectives) for each in again.rows_read.teams["field"]] == [{"PENDING": 1}, {"OUTDATED": 1}, {}]
    # Who may see the private one has it in every week.
    assert [sum(each.objectives.values()) for each in (await drawn(await seen_by(company, "ada"))).rows_read.whole] == [4, 4, 4]


class Cell:
    """What `counts` looks at."""

    def __init__(self, row: Any) -> None:
        self.row = row


async def test_the_newest_weeks_are_drawn_and_no_more_than_a_year(company: Company) -> None:
    view = await seen_by(company, "max")
    assert [each.last_day.day for each in (await drawn(view, 2)).shown_weeks()] == [14, 21]
    for weeks in (0, -1, 54, 2**31 - 1):
        with pytest.raises(GraphQLRefusal, match="1 to 53"):
            await drawn(view, weeks)
    view.limits = ReadLimits(heat_map_weeks=20)
    assert len((await drawn(view, 20)).shown_weeks()) == 3
    with pytest.raises(GraphQLRefusal, match="1 to 20"):
        await drawn(view, 21)
    await company.do(UpdateOrganization(first_day_of_week=7))
    assert [each.last_day.day for each in (await drawn(await seen_by(company, "max"))).shown_weeks()] == [6, 13, 20]


async def test_focus_counts_objectives_and_key_results_by_who_has_them(company: Company) -> None:
    for number in range(6):
        await company.objective(f"more {number}", owner_id="max", team_id="field")
    await company.do(*(added(f"part {number}", "win") for number in range(4)))
    found = (await focus_of(await q3(await seen_by(company, "max")), await seen_by(company, "max"))).row
    assert [(each.id, each.objectives, each.key_results, each.crowded, each.sparse, each.band) for each in found.people] == [
        ("max", 7, 1, 0, 7, "MANY"),
        ("ada", 1, 6, 1, 0, "FEW"),
        ("eva", 1, 1, 0, 1, "FEW"),
    ]
    assert [(each.id, each.objectives) for each in found.teams] == [("field", 7), ("sales", 1), ("north", 1)]
    assert (found.without_owner, found.without_team) == (0, 0)
    by_ada = (await focus_of(await q3(await seen_by(company, "ada")), await seen_by(company, "ada"))).row
    assert [(each.id, each.objectives, each.key_results) for each in by_ada.people][1] == ("ada", 2, 7)


async def test_alignment_coverage_finds_orphans_level_skips_and_silos(company: Company) -> None:
    async def told(person_id: str) -> Any:
        view = await seen_by(company, person_id)
        return (await alignment_coverage_of(await q3(view), view)).row

    by_max, by_ada = await told("max"), await told("ada")
    assert (by_max.objectives, by_max.orphan_ids, by_max.aligned_share) == (3, ("lone",), 0.666666666667)
    assert [(each.child_id, each.parent_id, each.levels_skipped) for each in by_max.level_skips] == [("sell", "win", 1)]
    # The link of the private objective shows to who may see it alone.
    assert {each.team_id: each.is_silo for each in by_max.teams} == {"field": True, "north": False, "sales": False}
    assert (by_ada.objectives, by_ada.aligned_share) == (4, 0.75)
    assert {each.team_id: each.links for each in by_ada.teams} == {"field": 1, "north": 1, "sales": 2}
    # At the top, an objective that nothing is aligned to is an orphan; with North right below Sales no level is skipped.
    await company.objective("top", team_id="sales")
    await company.do(UpdateTeam(team_id="north", parent_id="sales"), AlignObjective(objective_id="lone", parent_id="win"))
    by_max = await told("max")
    assert (by_max.orphan_ids, by_max.level_skips, by_max.aligned_share) == (("top",), (), 0.75)


async def test_workload_counts_what_is_open_by_who_answers_for_it(company: Company) -> None:
    async def told(person_id: str) -> list[tuple[str, int, int, float, int, int]]:
        view = await seen_by(company, person_id)
        rows = await workload_of(await q3(view), view)
        return [
            (
                each.row.person_id,
                len(each.row.objective_ids),
                each.row.key_results,
                each.row.check_ins_per_week,
                each.row.overdue,
                each.row.initiatives,
            )
            for each in rows
        ]

    # Due on the Fridays 5 and 12 July with a grace of three days: `deals` was heard of on the 4th, `mails` on the 10th.
    assert await told("max") == [("eva", 1, 2, 2.0, 2, 1), ("ada", 1, 1, 1.0, 1, 0), ("max", 1, 1, 1.0, 0, 0)]
    assert await told("ada") == [("eva", 1, 2, 2.0, 2, 2), ("ada", 2, 2, 2.0, 2, 0), ("max", 1, 1, 1.0, 0, 0)]
    await company.do(UpdateOrganization(check_in_cadence_days=14))
    assert (await told("max"))[0][3] == 1.0


async def test_what_has_been_hidden_since_is_not_counted_in_the_past_either(company: Company) -> None:
    head = (await company.head()).position
    await company.do(
        UpdateKeyResult(key_result_id="calls", objective_id="secret"),
        AddSupport(initiative_id="plot", supported_id="win"),
        UpdateObjective(objective_id="sell", visibility=Visibility.PRIVATE, owner_id="ada"),
    )
    moved = (await company.head()).position
    await company.do(RemoveSupport(initiative_id="plot", supported_id="win"))
    then, before = await seen_by(company, "max", moved), await seen_by(company, "max", head)
    for view in (then, before):
        cycle = await q3(view)
        assert (await focus_of(cycle, view)).row.people[0].key_results == 1
        assert sum((await drawn(view)).rows_read.whole[0].key_results.values()) == 2
        assert [(each.row.person_id, each.row.key_results) for each in await workload_of(cycle, view)] == [
            ("eva", 1),
            ("ada", 1),
        ]
        assert [each.row.initiatives for each in await workload_of(cycle, view)] == [1, 0]
        assert (await alignment_coverage_of(cycle, view)).row.level_skips == ()
    by_ada = await seen_by(company, "ada", head)
    assert (await focus_of(await q3(by_ada), by_ada)).row.people[0].key_results == 3


async def test_lists_end_at_their_maximum(company: Company) -> None:
    await company.do(CreateTeam(team_id="south", name="South", lead_id=None, parent_id="north"))
    await company.objective("deep", ["deeper"], team_id="south", owner_id="max", parent_ids=("win",))
    await company.objective("adrift", ["drifting"], team_id="field", owner_id="eva")
    view = await seen_by(company, "ada")
    cycle = await q3(view)
    whole = await alignment_coverage_of(cycle, view)
    assert [len(each) for each in (whole.shown_level_skips(), await whole.orphans(), await whole.teams())] == [2, 2, 4]
    view.limits = ReadLimits(view_rows=1)
    held, coverage = (await focus_of(cycle, view)).row, await alignment_coverage_of(cycle, view)
    assert [len(each) for each in (held.people, held.teams, (await drawn(view)).shown_rows())] == [1, 1, 1]
    assert len(await workload_of(cycle, view)) == 1
    assert coverage.row.objectives == 6
    assert [len(each) for each in (coverage.shown_level_skips(), await coverage.orphans(), await coverage.teams())] == [1, 1, 1]


async def test_every_view_is_a_statement_or_two_whatever_is_in_it(company: Company) -> None:
    async def statements() -> int:
        view = await seen_by(company, "ada")
        cycle = await q3(view)
        company.statements.clear()
        await drawn(view)
        await focus_of(cycle, view)
        await alignment_coverage_of(cycle, view)
        await workload_of(cycle, view)
        return len(company.statements)

    few = await statements()
    for number in range(5):
        await company.objective(f"more{number}", [f"part{number}"], owner_id="eva", team_id="north", parent_ids=("win",))
    # The teams of the heat map are found and loaded by identifier; alignment reads objectives, links and levels.
    assert await statements() == few == 9


async def test_a_summary_is_as_many_statements_however_much_happened(company: Company) -> None:
    await company.do(CreateTeam(team_id=TEAM, name="Summed up", lead_id=None))
    await company.objective(OBJECTIVE, [KEY_RESULT], team_id=TEAM, owner_id="ada")

    async def statements() -> tuple[int, int]:
        context = await company.context("ada")
        company.statements.clear()
        found = await load_summary(context, TEAM, MomentInput(time=KICK_OFF + timedelta(days=10)), None, Language.EN)
        assert found is not None
        return sum(len(each.sentences) for each in found.parts), len(company.statements)

    async def happen(numbers: range) -> None:
        for number in numbers:
            await company.do(UpdateKeyResult(key_result_id=KEY_RESULT, weight=Decimal(number)))
            await company.do(
                added(f"key_result_{SUFFIX}{number}", OBJECTIVE),
                RetargetKeyResult(key_result_id=KEY_RESULT, target=Decimal(number)),
            )
            await company.check_in(
                f"check_in_{SUFFIX}{number}", f"key_result_{SUFFIX}{number}", 3, status=CheckInStatus.AT_RISK
            )

    await happen(range(20, 23))
    few, once = await statements()
    await happen(range(23, 27))
    many, again = await statements()
    assert many > few + 10
    assert again == once

    context = await company.context("ada")
    context.limits = ReadLimits(summary_sentences=1)
    short = await load_summary(context, TEAM, MomentInput(time=KICK_OFF + timedelta(days=10)), None, Language.EN)
    assert short is not None
    assert max(len(each.sentences) for each in short.parts) == 1
    at_risk = {each.kind: (len(each.sentences), each.more) for each in short.parts}[SummarySectionKind.AT_RISK]
    assert at_risk == (1, 6)
