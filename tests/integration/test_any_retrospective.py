"""Whatever happens in an organization, looking back at a cycle answers what a slow model of it does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.command import Command
from events.envelope import Reason
from events.objective import Ambition, Objective, ObjectiveState, Visibility
from events.organization import ScoreBand, UpdateOrganization
from projections import (
    alignment_coverage,
    calibration,
    cycles,
    focus,
    heat_map,
    progress_jumps,
    punctuality,
    retargeting,
    retrospective,
    workload,
)
from projections.heat_map import HeatCell
from projections.lens import Lens
from projections.moments import Head
from projections.reader import Grants, Reader
from projections.rows import CycleRow
from schema.retrospective import Retrospective, look_back
from schema.view import View
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.curve_model import Model, Snapshot, snapshot
from tests.support.reading import reader_of, reading_context
from tests.support.retrospective_model import RetrospectiveModel, mean
from tests.support.scenario import BECAUSE, Scenario
from tests.support.views_model import Cell, ViewsModel

Found = TypeVar("Found")

KICK_OFF = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Clocks change on 8 March in America and on the 29th in Europe."""

ZONES = ("Europe/Prague", "America/St_Johns", "Pacific/Apia", "UTC")
SCORE_BANDS = ((0.0, 0.3, 1.0), (0.0, 0.5), (0.0, 0.2, 0.4, 0.6))


@dataclass(slots=True)
class Years(Scenario):
    """Quarters in which time passes and settings change; `snapshots` tell what stood after each act."""

    snapshots: list[Snapshot] = field(default_factory=list[Snapshot])

    def _try(self, *commands: Command, reason: Reason | None = BECAUSE) -> bool:
        self.chronicle.at = max(self.chronicle.at, KICK_OFF) + timedelta(hours=self.random.choice([0, 1, 5, 30]))
        position = self.chronicle.facts.position
        is_done = Scenario._try(self, *commands, reason=reason)
        if self.chronicle.facts.position > position:
            self.snapshots.append(snapshot(self.chronicle.facts, self.chronicle.at))
        return is_done

    def _week(self) -> None:
        Scenario._week(self)
        random = self.random
        bands = random.choice(SCORE_BANDS)
        settings_: dict[str, Any] = random.choice(
            [
                {},
                {"check_in_cadence_days": random.choice([1, 2, 7, 7, 10])},
                {"check_in_weekday": random.randint(1, 7), "check_in_grace_days": random.randint(0, 9)},
                {"time_zone": random.choice(ZONES)},
                {"score_bands": tuple(ScoreBand(name=f"from {start}", start=start) for start in bands)},
            ]
        )
        self._try(UpdateOrganization(**settings_))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), quarters=st.sampled_from([1, 2, 2]), hours=st.sampled_from([0, 30, 300]))
async def test_every_retrospective_is_that_of_the_model(database_url: str, seed: int, quarters: int, hours: int) -> None:
    story = Years(Chronicle(uuid4()), seed=seed, objectives=9, weeks=9)
    story.run(quarters)
    async with owner(database_url) as connection:
        await write_chapters(connection, story.chronicle.chapters)
    now = story.chronicle.at + timedelta(hours=hours)
    team_id = min(story.chronicle.facts.teams)
    for team_ids, sees_everything in (((), True), ((), False), ((team_id,), False)):
        grants = Grants(person_id="somebody", member_team_ids=frozenset(team_ids), sees_everything=sees_everything)
        await compare(database_url, story, now, grants)


async def compare(database_url: str, story: Years, now: datetime, grants: Grants) -> None:
    """Compare what is seen of all cycles of a story with the model."""
    last, organization_id = story.snapshots[-1], story.chronicle.organization_id
    logged = [each for chapter in story.chronicle.chapters for each in chapter.logged]

    def sees(objective: Objective) -> bool:
        is_shown = objective.visibility == Visibility.ORGANIZATION or (
            objective.visibility == Visibility.TEAM and objective.team_id in grants.team_ids
        )
        return grants.sees_everything or (is_shown and objective.state is not ObjectiveState.DRAFT)

    async with Database(database_url) as database:
        context = reading_context(
            reader_of(database, organization_id, last.position, grants),
            Head(position=last.position, hash=b"", recorded_at=last.at, generation=1),
            now,
        )
        view = await context.present()
        for cycle_id in last.cycles:
            row = await view.cycles.load(cycle_id)
            assert row is not None
            model = RetrospectiveModel(story.snapshots, logged, cycle_id, now, sees)
            looking = await look_back(row, view, context)
            await assert_same(looking, model)
            await assert_same_means(looking, model)
            await assert_same_views(
                row, looking.view, ViewsModel(story.snapshots, cycle_id, model.then, model.instant, model.sees)
            )
        # In the past as well, when some things were not yet where they are hidden now.
        then = story.snapshots[len(story.snapshots) * 2 // 3]
        past = await context.view(Lens(position=then.position, instant=then.at, is_past=True))
        row = await past.cycles.load(max(then.cycles))
        assert row is not None
        await assert_same_views(row, past, ViewsModel(story.snapshots, row.id, then, then.at, sees))


async def assert_same(seen: Retrospective, model: RetrospectiveModel) -> None:
    """Compare everything that a retrospective answers."""
    view, cycle_id = seen.view, seen.row.id
    assert (view.lens.position, view.lens.instant) == (model.then.position, model.instant)
    summary = (await retrospective.of_cycles(view.reader, view.lens, [cycle_id], view.settings.score_bands))[cycle_id]
    assert summary.objective_count == len(model.objectives())
    assert summary.key_result_count == len(model.key_results())
    assert summary.mean_score == model.mean_score()
    assert [(each.start, each.end, each.count) for each in summary.score_distribution] == model.distribution()
    committed = [each for each in model.objectives() if each.ambition == Ambition.COMMITTED]
    assert summary.committed_count == len(committed)
    assert summary.committed_met_count == sum(each.review is not None and each.review.score == 1 for each in committed)
    assert [(each.team.id, each.objective_count, each.mean_score) for each in summary.teams] == [
        (team_id, len(model.objectives(team_id)), model.mean_score(team_id)) for team_id in model.team_ids()
    ]

    of_teams = (await punctuality.of_cycles(view.reader, view.lens, [cycle_id], view.calendar))[cycle_id]
    assert_due(punctuality.total(of_teams.values()), model, None)
    for team_id in model.team_ids():
        assert_due(of_teams.get(team_id, punctuality.Punctuality()), model, team_id)

    calibrated = await read(seen, calibration.of_cycles)
    assert calibrated.brier_score == model.brier_score()
    assert [(each.stated, each.outcome, each.count) for each in calibrated.bins] == model.bins()

    retargeted = await read(seen, retargeting.of_cycles)
    assert [(each.key_result_id, each.positions) for each in retargeted] == [
        (each.key_result_id, each.positions) for each in model.retargeted()
    ]
    assert [scores(each.progress_against_original, each.progress_against_final) for each in retargeted] == [
        (each.against_original, each.against_final) for each in model.retargeted()
    ]

    begin = progress_jumps.last_week_begins(seen.row.ends_on, view.settings.time_zone, view.lens.instant)
    jumps = (await progress_jumps.of_cycles(view.reader, view.lens, {cycle_id: begin}))[cycle_id]
    assert [(each.key_result_id, each.progress_before, each.progress_after) for each in jumps] == model.jumps()
    carried = await read(seen, retrospective.carry_overs)
    assert [(each.from_id, each.to_id) for each in carried] == model.carry_overs()


async def assert_same_means(seen: Retrospective, model: RetrospectiveModel) -> None:
    """Compare the means of progress and confidence with those of the curves."""
    view, cycle_id = seen.view, seen.row.id
    summary = (await retrospective.of_cycles(view.reader, view.lens, [cycle_id], view.settings.score_bands))[cycle_id]
    assert summary.mean_progress == (await cycles.rollups(view.reader, view.lens, [cycle_id]))[cycle_id]
    curve = Model(list(model.snapshots), is_measured=False, is_original=False)
    shown = {each.objective_id: curve.objective(each.objective_id, model.then.at) for each in model.objectives()}
    stated = [curve.key_result(each.key_result_id, model.then.at)[2] for each in model.key_results()]
    confidences = [Fraction(repr(each)) for each in stated if each is not None]
    assert summary.mean_confidence == (mean(confidences) if confidences else None)
    for team in summary.teams:
        numbers = [shown[each.objective_id][1] for each in model.objectives(team.team.id)]
        known = [each for each in numbers if each is not None]
        expected = float(sum(known) / len(known)) if known else None
        assert team.mean_progress == (None if expected is None else pytest.approx(expected, abs=1e-12))


async def assert_same_views(cycle: CycleRow, view: View, model: ViewsModel) -> None:
    """Compare what managers look at with the model."""
    reader, lens, cycle_id = view.reader, view.lens, cycle.id
    ends = heat_map.week_ends(cycle, lens, view.settings.time_zone, view.settings.first_day_of_week, 53)
    assert list(ends) == model.ends()[-53:]
    heat = (await heat_map.of_cycles(reader, lens, {cycle_id: ends}))[cycle_id]
    for number, end in enumerate(ends):
        assert cell(heat.whole[number]) == model.cell(end, None, is_whole=True)
        for team_id in (None, *model.then.teams):
            row = heat.teams.get(team_id)
            assert (({}, {}, None) if row is None else cell(row[number])) == model.cell(end, team_id)

    held = (await focus.of_cycles(reader, lens, [cycle_id], size=100))[cycle_id]
    for rows, holder, without in ((held.people, "owner_id", held.without_owner), (held.teams, "team_id", held.without_team)):
        expected = model.focus(holder)
        assert without == expected.pop(None, (0,))[0]
        assert {each.id: (each.objectives, each.key_results, each.crowded, each.sparse) for each in rows} == expected
        assert [each.objectives for each in rows] == sorted((each[0] for each in expected.values()), reverse=True)

    coverage = (await alignment_coverage.of_cycles(reader, lens, [cycle_id]))[cycle_id]
    assert coverage.objectives == len(model.objectives())
    assert set(coverage.orphan_ids) == model.orphans()
    assert {(each.child_id, each.parent_id, each.levels_skipped) for each in coverage.level_skips} == model.skips()
    assert {each.team_id: each.links for each in coverage.teams} == {
        team_id: model.links_across(team_id) for team_id in {each.team_id for each in model.objectives()} - {None}
    }
    assert sum(each.orphans for each in coverage.teams) == sum(
        model.then.objectives[each].team_id is not None for each in model.orphans()
    )

    loads = (await workload.of_cycles(reader, lens, [cycle_id], view.calendar))[cycle_id]
    assert {each.person_id: (len(each.objective_ids), each.key_results, each.initiatives) for each in loads} == model.workload()
    for each in loads:
        assert each.overdue <= each.due <= each.key_results


def cell(found: HeatCell) -> Cell:
    """Answer a cell as the model has it."""
    return dict(found.objectives), dict(found.key_results), found.mean_confidence


async def read(seen: Retrospective, load: Callable[[Reader, Lens, Sequence[str]], Awaitable[Mapping[str, Found]]]) -> Found:
    """Load what there is of the cycle."""
    return (await load(seen.view.reader, seen.view.lens, [seen.row.id]))[seen.row.id]


def assert_due(found: punctuality.Punctuality, model: RetrospectiveModel, team_id: str | None) -> None:
    """Compare the punctuality of a cycle or of a team in it."""
    due = model.due(team_id)
    assert (found.recorded, found.corrected) == (due.recorded, due.corrected)
    assert (found.on_time, found.late, found.missed) == (due.on_time, due.late, due.missed)
    expected = due.on_time + due.late + due.missed
    assert found.expected == expected
    assert found.on_time_rate == (float(round(Fraction(due.on_time, expected), 12)) if expected else None)
    assert found.correction_rate == (float(round(Fraction(due.corrected, due.recorded), 12)) if due.recorded else 0)


def scores(*progress: Decimal | None) -> tuple[Fraction | None, ...]:
    """Answer progress as fractions."""
    return tuple(None if each is None else Fraction(each) for each in progress)
