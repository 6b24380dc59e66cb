"""Whatever happens between two moments, they are compared as by a model that computes both of them anew."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import comparison
from projections.alignment import GraphScope
from projections.attribution import Sources
from projections.lens import Lens
from projections.reader import Reader
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import write_chapters
from tests.support.comparison_model import ComparisonModel, Shares
from tests.support.curve_model import Snapshot
from tests.support.random_commands import REASONS, commands, moving_commands
from tests.support.reading import reader_of
from tests.support.story import Story


def exact(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def told(sources: Sources) -> Shares:
    each = sources.by_values, sources.by_targets, sources.by_weights, sources.by_scope
    values, targets, weights, scope = (Fraction(share) for share in each)
    return values, targets, weights, scope


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_every_comparison_is_that_of_the_model(database_url: str, data: st.DataObject) -> None:
    story = Story()
    for _ in range(data.draw(st.integers(min_value=10, max_value=60))):
        story.chronicle.at += timedelta(hours=data.draw(st.sampled_from([0, 0, 5, 40])))
        facts = story.chronicle.facts
        story.do(data.draw(commands(facts) | moving_commands(facts) | moving_commands(facts)), reason=data.draw(REASONS))
    async with owner(database_url) as connection:
        await write_chapters(connection, story.chronicle.chapters)
    moments = st.sampled_from(story.snapshots)
    pairs = [sorted((data.draw(moments), data.draw(moments)), key=lambda each: each.position) for _ in range(2)]
    async with Database(database_url) as database:
        organization_id = story.chronicle.organization_id
        reader = reader_of(database, organization_id, story.snapshots[-1].position)
        for before, after in [*pairs, (story.snapshots[5], story.snapshots[-1])]:
            model = ComparisonModel(story.snapshots, before, after)
            await compare(reader, model, GraphScope.ORGANIZATION)
            for cycle_id in after.cycles:
                await compare(reader, model, GraphScope.CYCLE, cycle_id=cycle_id)
            for team_id in after.teams:
                await compare(reader, model, GraphScope.TEAM, team_id=team_id)


def lens(then: Snapshot) -> Lens:
    return Lens(position=then.position, instant=then.at, is_past=True)


async def compare(reader: Reader, model: ComparisonModel, scope: GraphScope, **named: str) -> None:
    """Hold one comparison against the model."""
    before, after = model.before, model.after
    (scope_id,) = named.values() or [""]
    old, new = model.objectives(before, **named), model.objectives(after, **named)
    found = await comparison.compare(reader, lens(before), lens(after), scope, scope_id, objective_limit=1000)
    old_parts, new_parts = model.key_results(before, old), model.key_results(after, new)
    assert found.added == (sorted(new - old), sorted(new_parts - old_parts))
    assert found.removed == (sorted(old - new), sorted(old_parts - new_parts))
    assert found.objective_ids == sorted(old | new)

    both = (old & new) | (old_parts & new_parts)
    versions, later = model.versions(before), model.versions(after)
    ends = {each: (model.progress(each, before), model.progress(each, after)) for each in both}
    differing = {each for each in both if versions[each] != later[each] or ends[each][0] != ends[each][1]}
    assert {row.id for row in found.changed} == differing
    movements = [abs((ends[row.id][1] or 0) - (ends[row.id][0] or 0)) for row in found.changed]
    assert movements == sorted(movements, reverse=True)
    for row in found.changed:
        assert (exact(row.progress_before), exact(row.progress_after)) == ends[row.id]
        expected = model.shares_of_objective(row.id) if row.id in old else model.shares_of_key_result(row.id)
        assert told(row.sources) == expected, (row, before, after)
        assert sum(expected) == (ends[row.id][1] or 0) - (ends[row.id][0] or 0)

    whole_before, whole_after, shares = model.shares_of_whole(old, new)
    assert (exact(found.summary.progress_before), exact(found.summary.progress_after)) == (whole_before, whole_after)
    assert told(found.summary.sources) == shares
    assert_counts(found.summary, model, old & new, old_parts & new_parts)


def assert_counts(
    summary: comparison.SummaryRow, model: ComparisonModel, objective_ids: set[str], key_result_ids: set[str]
) -> None:
    objectives = [(model.before.objectives[each], model.after.objectives[each]) for each in objective_ids]
    parts = [(model.before.key_results[each], model.after.key_results[each]) for each in key_result_ids]
    assert summary.retitled == sum(old.title != new.title for old, new in [*objectives, *parts])
    assert summary.owners_changed == sum(old.owner_id != new.owner_id for old, new in [*objectives, *parts])
    assert summary.reweighted == sum(old.weight != new.weight for old, new in parts)
    assert summary.realigned == sum(set(old.parent_ids) != set(new.parent_ids) for old, new in objectives)
    moved = [
        (new.metric.target - old.metric.target) * (1 if new.metric.kind in ("INCREASE", "AT_LEAST") else -1)
        for old, new in parts
        if old.metric.kind == new.metric.kind and old.metric.target is not None and new.metric.target is not None
    ]
    assert summary.targets_raised == sum(each > 0 for each in moved)
    assert summary.targets_lowered == sum(each < 0 for each in moved)
