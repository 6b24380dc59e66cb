"""Whatever happens in an organization, every progress is explained exactly: its parts, its formula, and its events."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.check_in import CheckInStatus, CorrectCheckIn, RecordCheckIn, RetractCheckIn
from events.command import Command
from events.cycle import CloseCycle, ReviewCycle
from events.facts import Facts
from events.identifier import Noun
from events.metric import Formula, formula_of
from events.objective import CancelObjective, ReopenObjective, UpdateObjective
from events.review import CloseObjective, ReviewDecision
from events.team import CreateTeam, UpdateTeam
from projections import breakdown, cycles, explanation, key_results, objectives, recorded, teams
from projections.breakdown import BreakdownPart
from projections.lens import Lens
from service.database import Database
from tests.support.acting import owner
from tests.support.chronicle import write_chapters
from tests.support.explanation_model import Account, After, Parts, exact, rolled_up
from tests.support.random_commands import REASONS, commands
from tests.support.random_identifiers import fresh
from tests.support.reading import reader_of
from tests.support.story import Story, named


@st.composite
def acts(draw: st.DrawFn, facts: Facts) -> list[Command]:
    """What is done at once: anything, or one of the ways in which numbers come to stand still."""
    kind = draw(st.sampled_from(["anything"] * 6 + ["ending", "last words", "end of the quarter", "reorganization"]))
    if kind == "ending":
        return [draw(endings(facts))]
    if kind == "last words":
        return draw(last_words(facts))
    if kind == "end of the quarter":
        return end_of_quarter(facts, draw(st.sampled_from(sorted(facts.cycles))))
    if kind == "reorganization":
        teams = st.sampled_from(sorted(facts.teams))
        return [UpdateTeam(team_id=draw(teams), parent_id=draw(st.none() | teams))]
    return [draw(commands(facts)) for _ in range(draw(st.sampled_from([1, 1, 2, 3])))]


def endings(facts: Facts) -> st.SearchStrategy[Command]:
    """Commands that freeze and thaw numbers, and that take values back."""
    objective = st.sampled_from(sorted(facts.objectives))
    several: list[st.SearchStrategy[Command]] = [
        objective.map(closing),
        st.builds(CancelObjective, objective_id=objective),
        st.builds(ReopenObjective, objective_id=objective),
    ]
    if facts.check_in_owners:
        check_in = st.sampled_from(sorted(facts.check_in_owners))
        several.append(st.builds(RetractCheckIn, check_in_id=check_in))
        several.append(st.builds(CorrectCheckIn, check_in_id=check_in, confidence=st.sampled_from([0.1, 0.9])))
    return st.one_of(*several)


def closing(objective_id: str) -> CloseObjective:
    texts = {"explanation": "Why", "root_cause": "Late start"}
    return CloseObjective(objective_id=objective_id, decision=ReviewDecision.KEEP, score=Decimal("0.5"), **texts)


@st.composite
def last_words(draw: st.DrawFn, facts: Facts) -> list[Command]:
    """A check-in, the end of an objective that may count it, and more after it in the same act."""
    key_result_id = draw(st.sampled_from(sorted(facts.key_results)))
    ids = [draw(st.sampled_from(sorted(facts.objectives))) for _ in range(2)]
    check_ins = [
        RecordCheckIn(
            check_in_id=fresh(Noun.CHECK_IN, facts, f"word {number}"),
            key_result_id=key_result_id,
            value=Decimal(draw(st.integers(min_value=0, max_value=30))),
            status=CheckInStatus.ON_TRACK,
        )
        for number in range(2)
    ]
    reopened = [ReopenObjective(objective_id=ids[0])] if draw(st.booleans()) else []
    return [
        *reopened,
        check_ins[0],
        closing(ids[0]),
        draw(st.sampled_from([check_ins[1], CancelObjective(objective_id=ids[1])])),
    ]


def end_of_quarter(facts: Facts, cycle_id: str) -> list[Command]:
    """The closing of all that is active in a cycle, and of the cycle."""
    several = [closing(each) for each in facts.unreviewed_objective_ids(cycle_id)]
    return [*several, ReviewCycle(cycle_id=cycle_id), CloseCycle(cycle_id=cycle_id)]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_every_progress_is_explained_by_what_the_model_makes_it_of(database_url: str, data: st.DataObject) -> None:
    story = Story()
    everybody, inside = named(Noun.TEAM, "team"), named(Noun.TEAM, "inside")
    story.do(CreateTeam(team_id=inside, name="Inside", parent_id=everybody))
    story.do(UpdateObjective(objective_id=named(Noun.OBJECTIVE, "below"), team_id=inside))
    for _ in range(data.draw(st.integers(min_value=10, max_value=40))):
        story.chronicle.at += timedelta(hours=data.draw(st.sampled_from([0, 5, 40])))
        story.do(*data.draw(acts(story.chronicle.facts)), reason=data.draw(REASONS))
    account = Account(story.chronicle.chapters, story.chronicle.organization_id)
    async with owner(database_url) as connection:
        await write_chapters(connection, story.chronicle.chapters)
    ends = {account.ends[-1], *data.draw(st.lists(st.sampled_from(account.ends), max_size=3))}
    most = data.draw(st.sampled_from([0, 1, 2, 100]))
    async with Database(database_url) as database:
        for end in ends:
            await Comparison(story, account, end, database).compare(most)


class Comparison:
    """The explanations of one moment beside those of the model."""

    def __init__(self, story: Story, account: Account, end: int, database: Database) -> None:
        organization_id = story.chronicle.organization_id
        self.account, self.end = account, end
        self.after: After = account.moments[end]
        last = account.moments[-1].position
        self.lens = Lens(position=self.after.position, instant=self.after.snapshot.at, is_past=self.after.position != last)
        self.reader = reader_of(database, organization_id, last)

    async def compare(self, most: int) -> None:
        """Compare everything that has a progress."""
        known = self.after.snapshot
        rows = await objectives.by_ids(self.reader, self.lens, list(known.objectives))
        found = await breakdown.of_objectives(self.reader, self.lens, list(known.objectives), most)
        for objective_id, parts in found.items():
            progress, ended = rows[objective_id].progress, self.after.ended.get(objective_id)
            place = self.end if ended is None else ended.place
            await self.assert_parts(parts, self.after.parts(objective_id), progress, most, place)
            assert (None if progress is None else exact(progress)) == self.after.progress(objective_id)
        await self.compare_rollups(most)
        await self.compare_key_results()

    async def compare_rollups(self, most: int) -> None:
        """Compare the roll-ups of all cycles, of all teams in them, and of everything."""
        known, at = self.after.snapshot, (self.reader, self.lens)
        of_cycles = await breakdown.of_cycles(*at, list(known.cycles), most)
        shown = await cycles.rollups(*at, list(known.cycles))
        for cycle_id, parts in of_cycles.items():
            await self.assert_rollup(parts, self.account.counted(self.end, cycle_id=cycle_id), shown[cycle_id], most)
        pairs = [(team_id, cycle_id) for team_id in known.teams for cycle_id in known.cycles]
        of_teams = await breakdown.of_teams(*at, pairs, most)
        shown_pairs = await teams.rollups(*at, pairs)
        for (team_id, cycle_id), parts in of_teams.items():
            counted = self.account.counted(self.end, cycle_id=cycle_id, team_id=team_id)
            await self.assert_rollup(parts, counted, shown_pairs[team_id, cycle_id], most)
        everything = self.account.counted(self.end)
        mean = rolled_up(everything)
        parts = await breakdown.of_organization(*at, most)
        await self.assert_rollup(parts, everything, None if mean is None else float(mean), most)

    async def assert_rollup(
        self, parts: Sequence[BreakdownPart], counted: Mapping[str, Fraction], shown: float | None, most: int
    ) -> None:
        """The objectives that count are the parts, with weight 1 each."""
        assert (None if shown is None else exact(shown)) == rolled_up(counted)
        expected = {each: (Fraction(1), progress) for each, progress in counted.items()}
        await self.assert_parts(parts, expected, shown, most, self.end)

    async def assert_parts(
        self, parts: Sequence[BreakdownPart], expected: Parts, shown: float | None, most: int, place: int
    ) -> None:
        """Parts, their numbers and their events are those of the model at a place, and add up to the progress shown."""
        if shown is None:
            assert (list(parts), expected) == ([], {})
            return
        total = sum(weight for weight, _ in expected.values())
        # What is left is not one part alone.
        most = most if len(expected) > most + 1 else len(expected)
        ordered = sorted(expected.items(), key=lambda each: (-each[1][0] * each[1][1], each[0]))
        named = [part for part in parts if part.part_id is not None]
        assert [(part.part_id, exact(part.weight), exact(part.progress)) for part in named] == [
            (part_id, *numbers) for part_id, numbers in ordered[:most]
        ]
        # As text, because that is what is seen: no digit is lost or made up.
        assert str(float(sum(exact(part.contribution) for part in parts))) == str(shown)
        assert [exact(part.share) for part in named] == [round(weight / total, 12) for _, (weight, _) in ordered[:most]]
        for part in named[1:]:
            assert exact(part.contribution) == round(exact(part.weight) * exact(part.progress) / total, 12)
        left = ordered[most:]
        assert [part.part_count for part in parts] == [1] * len(named) + ([len(left)] if left else [])
        if left:
            rest, weight = parts[-1], sum(weight for _, (weight, _) in left)
            assert (exact(rest.weight), rest.number_position) == (weight, None)
            assert exact(rest.progress) == round(sum(weight * each for _, (weight, each) in left) / weight, 12)
            assert exact(rest.share) == round(weight / total, 12)
        wanted = [(part.number_position or 0, part.part_id or "", False) for part in named]
        movers = await recorded.movers(self.reader, wanted)
        for key in wanted:
            made = self.account.made(place, lambda after, part_id=key[1]: after.progress(part_id))
            assert movers[key] == made, key

    async def compare_key_results(self) -> None:
        """Compare the explanations of all key results."""
        ids = list(self.after.snapshot.key_results)
        rows = await key_results.by_ids(self.reader, self.lens, ids)
        found = await explanation.of_key_results(self.reader, self.lens, ids)
        assert found.keys() == rows.keys() == set(ids)
        for key_result_id, explained in found.items():
            row, progress = rows[key_result_id], self.after.progress(key_result_id)
            assert (None if row.progress is None else exact(row.progress)) == progress
            assert explained.metric_position == self.account.made(
                self.end, lambda after, each=key_result_id: after.metric(each)
            )
            assert explained.value_position == self.account.made(self.end, lambda after, each=key_result_id: after.value(each))
            assert (explained.number_position is None) == (progress is None)
            assert (formula_of(row.metric, row.current) is Formula.NONE) == (progress is None)
            if explained.number_position is not None:
                key = (explained.number_position, key_result_id, False)
                made = self.account.made(self.end, lambda after, each=key_result_id: after.progress(each))
                assert (await recorded.movers(self.reader, [key]))[key] == made
