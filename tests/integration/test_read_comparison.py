"""What is different between two moments: what came, what went, what moved the progress, and who may see it."""

from collections.abc import AsyncIterator
from decimal import Decimal

import orjson
import pytest
import pytest_asyncio

from events.alignment import AlignObjective
from events.cycle import ActivateCycle, CreateCycle
from events.key_result import DropKeyResult, ReplaceKeyResult, RestoreKeyResult, RetargetKeyResult
from events.key_result import UpdateKeyResult as ChangeKeyResult
from events.metric import Metric, MetricKind
from events.objective import CancelObjective, ProgressDriver, ReopenObjective, Visibility
from events.objective import UpdateObjective as ChangeObjective
from events.review import CloseObjective, ReviewDecision
from events.team import CreateTeam, UpdateTeam
from projections import comparison
from projections.alignment import GraphScope
from projections.attribution import Sources
from projections.compared_states import ScopeTooLargeError
from projections.comparison import ComparisonRow
from projections.lens import Lens
from tests.support.reading import Company, added, company_in

ORGANIZATION = (GraphScope.ORGANIZATION, "")
NO_METRIC = Metric(kind=MetricKind.UNDECIDED)


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        await company.do(ActivateCycle(cycle_id="q3"))
        await company.objective("growth", ["calls", "replies"], team_id="sales")
        yield company


async def compared(
    company: Company, before: Lens, scope: tuple[GraphScope, str] = ORGANIZATION, by: str = "ada"
) -> ComparisonRow:
    """Compare a moment with now."""
    past = Lens(position=before.position, instant=before.instant, is_past=True)
    return await comparison.compare(await company.reader(by), past, await company.now(), *scope, objective_limit=100)


def sources(*shares: str) -> Sources:
    values, targets, weights, scope = map(Decimal, shares)
    return Sources(by_values=values, by_targets=targets, by_weights=weights, by_scope=scope)


def moved(found: ComparisonRow) -> dict[str, tuple[str, str, Sources]]:
    return {row.id: (f"{row.progress_before}", f"{row.progress_after}", row.sources) for row in found.changed}


async def test_nothing_that_happened_is_no_difference(company: Company) -> None:
    found = await compared(company, await company.now())
    assert (found.added, found.removed, found.changed) == (([], []), ([], []), [])
    assert found.summary.sources == sources("0", "0", "0", "0")
    assert (found.summary.progress_before, found.summary.progress_after) == (Decimal("0.0"), Decimal("0.0"))


async def test_values_targets_weights_and_scope_have_their_shares(company: Company) -> None:
    await company.check_in("first", "calls", 2)
    before = await company.now()
    await company.check_in("second", "calls", 4)
    await company.do(RetargetKeyResult(key_result_id="calls", target=Decimal(8)))
    await company.do(ChangeKeyResult(key_result_id="calls", weight=Decimal(3)))
    await company.do(added("mails", "growth"))
    found = await compared(company, before)
    # calls is 2 of 10, then 4 of 10, then 4 of 8; with replies at 0 that is 0.1, 0.2, 0.25; with three times the weight
    # 0.375; and with mails at 0 beside them 1.5 of 5.
    assert moved(found) == {
        "calls": ("0.2", "0.5", sources("0.2", "0.1", "0", "0")),
        "growth": ("0.1", "0.3", sources("0.1", "0.05", "0.125", "-0.075")),
    }
    assert [row.id for row in found.changed] == ["calls", "growth"]
    assert found.added == ([], ["mails"])
    summary = found.summary
    assert summary.sources == sources("0.1", "0.05", "0.125", "-0.075")
    assert (summary.targets_raised, summary.targets_lowered, summary.reweighted, summary.retitled) == (0, 1, 1, 0)


async def test_a_target_that_moves_first_has_the_same_share_as_one_that_moves_last(company: Company) -> None:
    before = await company.now()
    await company.do(RetargetKeyResult(key_result_id="calls", target=Decimal(20)))
    await company.check_in("late", "calls", 5)
    found = await compared(company, before)
    assert moved(found)["calls"] == ("0.0", "0.25", sources("0.5", "-0.25", "0", "0"))
    assert (found.summary.targets_raised, found.summary.targets_lowered) == (1, 0)


async def test_what_is_dropped_goes_and_what_is_restored_comes_back(company: Company) -> None:
    await company.check_in("first", "calls", 5)
    before = await company.now()
    await company.do(DropKeyResult(key_result_id="calls"))
    dropped = await company.now()
    found = await compared(company, before)
    assert (found.added, found.removed) == (([], []), ([], ["calls"]))
    assert moved(found) == {"growth": ("0.25", "0.0", sources("0", "0", "0", "-0.25"))}
    await company.do(RestoreKeyResult(key_result_id="calls"))
    assert (await compared(company, dropped)).added == ([], ["calls"])
    found = await compared(company, before)
    assert (found.added, found.removed) == (([], []), ([], []))
    # It was dropped and restored in between, and stands where it stood.
    assert moved(found) == {"calls": ("0.5", "0.5", sources("0", "0", "0", "0"))}


async def test_what_is_replaced_goes_and_the_replacement_comes(company: Company) -> None:
    before = await company.now()
    await company.do(ReplaceKeyResult(key_result_id="calls", replacements=(added("visits", "growth"),)))
    found = await compared(company, before)
    assert (found.added, found.removed) == (([], ["visits"]), ([], ["calls"]))


async def test_a_key_result_that_moves_takes_its_progress_along(company: Company) -> None:
    await company.objective("reach", ["visits"])
    await company.check_in("first", "calls", 8)
    before = await company.now()
    await company.do(ChangeKeyResult(key_result_id="calls", objective_id="reach"))
    found = await compared(company, before)
    assert (found.added, found.removed) == (([], []), ([], []))
    assert moved(found) == {
        "calls": ("0.8", "0.8", sources("0", "0", "0", "0")),
        "growth": ("0.4", "0.0", sources("0", "0", "0", "-0.4")),
        "reach": ("0.0", "0.4", sources("0", "0", "0", "0.4")),
    }
    assert found.summary.sources == sources("0", "0", "0", "0")


async def test_drafts_are_not_there_yet_and_the_cancelled_no_longer(company: Company) -> None:
    await company.objective("reach", ["visits"], is_draft=True)
    before = await company.now()
    found = await compared(company, before)
    assert found.objective_ids == ["growth"]
    await company.do(CancelObjective(objective_id="growth"))
    found = await compared(company, before)
    assert (found.added, found.removed) == (([], []), (["growth"], ["calls", "replies"]))
    assert (found.summary.progress_before, found.summary.progress_after) == (Decimal("0.0"), None)


async def test_what_gets_its_metric_comes_to_count(company: Company) -> None:
    await company.do(added("mood", "growth", metric=NO_METRIC))
    await company.check_in("first", "calls", 5)
    before = await company.now()
    metric = Metric(kind=MetricKind.INCREASE, start=Decimal(0), target=Decimal(4))
    await company.do(ChangeKeyResult(key_result_id="mood", metric=metric))
    await company.check_in("second", "mood", 4)
    found = await compared(company, before)
    assert moved(found)["mood"] == ("None", "1.0", sources("0", "0", "0", "1"))
    assert moved(found)["growth"] == ("0.25", "0.5", sources("0", "0", "0", "0.25"))


async def test_an_objective_moves_with_what_is_aligned_to_it(company: Company) -> None:
    await company.objective("above", driver=ProgressDriver.CHILDREN)
    await company.do(AlignObjective(objective_id="growth", parent_id="above"))
    before = await company.now()
    await company.check_in("first", "calls", 6)
    await company.do(RetargetKeyResult(key_result_id="calls", target=Decimal(12)))
    found = await compared(company, before)
    assert moved(found)["above"] == ("0.0", "0.25", sources("0.3", "-0.05", "0", "0"))
    below = await compared(company, before, (GraphScope.OBJECTIVE, "above"))
    assert below.objective_ids == ["above", "growth"]
    assert below.summary.sources == moved(found)["above"][2]


async def test_a_closed_objective_keeps_its_number_whatever_moves_below_it(company: Company) -> None:
    await company.objective("above", driver=ProgressDriver.CHILDREN)
    await company.do(AlignObjective(objective_id="growth", parent_id="above"))
    await company.check_in("first", "calls", 6)
    closing = CloseObjective(objective_id="above", decision=ReviewDecision.KEEP, root_cause="Late")
    await company.do(closing)
    before = await company.now()
    await company.check_in("second", "calls", 8)
    found = await compared(company, before)
    assert set(moved(found)) == {"calls", "growth"}
    await company.do(ReopenObjective(objective_id="above"))
    # Since it was closed, the value has moved it.
    assert moved(await compared(company, before))["above"] == ("0.3", "0.4", sources("0.1", "0", "0", "0"))


async def test_counts_tell_owners_titles_and_alignments(company: Company) -> None:
    await company.objective("above")
    before = await company.now()
    await company.do(ChangeObjective(objective_id="growth", owner_id="max", title="Grow"))
    await company.do(ChangeKeyResult(key_result_id="calls", owner_id="eva", title="Calls answered"))
    await company.do(AlignObjective(objective_id="growth", parent_id="above"))
    found = await compared(company, before)
    summary = found.summary
    assert (summary.owners_changed, summary.retitled, summary.realigned, summary.reweighted) == (2, 2, 1, 0)
    await company.do(ChangeObjective(objective_id="growth", title="Growth"))
    assert (await compared(company, before)).summary.retitled == 1


async def test_a_scope_holds_what_belongs_to_it_at_each_moment(company: Company) -> None:
    await company.do(CreateTeam(team_id="north", name="North", parent_id=None, lead_id=None))
    await company.do(CreateCycle(cycle_id="q4", name="Q4", starts_on=(await company.now()).instant.date()))
    await company.objective("reach", ["visits"], team_id="north", owner_id="max")
    before = await company.now()
    await company.do(UpdateTeam(team_id="north", parent_id="sales"))
    await company.do(ChangeObjective(objective_id="growth", cycle_id="q4"))
    found = await compared(company, before, (GraphScope.TEAM, "sales"))
    assert (found.added, found.removed) == ((["reach"], ["visits"]), ([], []))
    found = await compared(company, before, (GraphScope.CYCLE, "q3"))
    assert (found.added, found.removed) == (([], []), (["growth"], ["calls", "replies"]))
    found = await compared(company, before, (GraphScope.PERSON, "max"))
    assert found.objective_ids == ["reach"]


async def test_what_the_viewer_may_not_see_counts_and_is_not_told(company: Company) -> None:
    await company.objective("secret", ["plan"], visibility=Visibility.PRIVATE, owner_id="ada")
    before = await company.now()
    await company.check_in("first", "plan", 10)
    await company.do(RetargetKeyResult(key_result_id="plan", target=Decimal(20)))
    await company.do(added("other", "secret"))
    seen, unseen = await compared(company, before), await compared(company, before, by="max")
    assert (seen.added, len(seen.changed), seen.summary.targets_raised) == (([], ["other"]), 2, 1)
    assert (unseen.added, unseen.changed, unseen.summary.targets_raised) == (([], []), [], 0)
    assert unseen.objective_ids == ["growth"]
    assert unseen.summary.progress_after == seen.summary.progress_after == Decimal("0.125")
    personal = await compared(company, before, (GraphScope.PERSON, "ada"), by="max")
    assert (personal.summary.progress_before, personal.summary.progress_after) == (None, None)
    # Today's rights decide, also over what was open then.
    await company.do(ChangeObjective(objective_id="growth", visibility=Visibility.PRIVATE, owner_id="ada"))
    hidden = await compared(company, before, by="max")
    assert (hidden.removed, hidden.changed, hidden.objective_ids) == (([], []), [], [])


async def test_changes_of_a_thing_are_told_in_their_order_between_the_moments(company: Company) -> None:
    await company.do(RetargetKeyResult(key_result_id="calls", target=Decimal(11)))
    before = await company.now()
    await company.check_in("first", "calls", 3)
    await company.do(RetargetKeyResult(key_result_id="calls", target=Decimal(12)))
    await company.do(ChangeKeyResult(key_result_id="calls", weight=Decimal(2)))
    reader, after = await company.reader(), await company.now()
    await company.do(RetargetKeyResult(key_result_id="calls", target=Decimal(13)))
    found = await comparison.changes_of(reader, before, after, ["calls", "replies"])
    told = [(row.field, *(orjson.loads(each)["number"] for each in (row.before, row.after) if each)) for row in found["calls"]]
    assert told == [("target", "11", "12"), ("weight", "1", "2")]
    assert found["replies"] == ()


async def test_a_scope_may_be_too_large(company: Company) -> None:
    lens, reader = await company.now(), await company.reader()
    await company.objective("reach")
    with pytest.raises(ScopeTooLargeError, match="more than 1 objectives"):
        await comparison.compare(await company.reader(), lens, await company.now(), *ORGANIZATION, objective_limit=1)
    found = await comparison.compare(reader, lens, lens, *ORGANIZATION, objective_limit=1)
    assert found.objective_ids == ["growth"]


async def test_the_number_of_statements_is_that_of_the_levels(company: Company) -> None:
    before = await company.now()
    for number in range(5):
        await company.objective(f"o{number}", [f"k{number}"])
        await company.check_in(f"c{number}", f"k{number}", number)
    company.statements.clear()
    await compared(company, before)
    few = len(company.statements)
    middle = await company.now()
    for number in range(5, 15):
        await company.objective(f"o{number}", [f"k{number}"])
        await company.check_in(f"d{number}", "calls", number)
    company.statements.clear()
    await compared(company, middle)
    assert len(company.statements) == few
