"""People, teams, cycles and what wants the viewer's attention, as of a lens."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import pytest_asyncio

from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReopenCycle, ReviewCycle
from events.key_result import DropKeyResult, UpdateKeyResult
from events.metric import Metric, MetricKind
from events.person import DeactivatePerson, Role
from events.review import CloseObjective, ReviewDecision
from events.team import AddTeamMember, ArchiveTeam, CreateTeam, RemoveTeamMember, UpdateTeam
from projections import cycles, key_results, organizations, people, teams, viewer
from projections.condition import ALWAYS, Compare, Condition, Every, Negated, Operator, Related
from projections.key_results import KeyResultsOf
from projections.keyset import KeyMismatchError
from projections.lens import Lens
from projections.page import Order, Page, Window
from projections.predicate import UnknownFieldError
from projections.reader import Reader
from projections.rows import KeyResultRow
from tests.support.reading import Company, company_in

EVERYTHING = Window(first=100)


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        yield company


# --- people


async def test_people_are_listed_by_name_whatever_its_case_and_script(company: Company):
    for person_id, name in (("z", "ádám"), ("y", "Čeněk"), ("x", "李雷"), ("w", "BEN"), ("v", "ben")):
        await company.invite(person_id, name)
    reader, lens = await company.reader(), await company.now()
    page = await people.page(reader, lens, EVERYTHING)
    assert [row.id for row in page.rows] == ["ada", "z", "aud", "v", "w", "y", "eva", "max", "x"]
    backwards = await people.page(reader, lens, EVERYTHING, ALWAYS, [Order(field="name", is_descending=True)])
    assert [row.id for row in backwards.rows] == ["x", "max", "eva", "y", "v", "w", "aud", "z", "ada"]
    assert await people.count(reader, lens) == 9


async def test_pages_of_people_hold_everybody_once(company: Company):
    reader, lens = await company.reader(), await company.now()
    everybody = [row.id for row in (await people.page(reader, lens, EVERYTHING)).rows]
    found: list[str] = []
    page = await people.page(reader, lens, Window(first=3))
    found.extend(row.id for row in page.rows)
    assert (page.has_next, page.has_previous) == (True, False)
    page = await people.page(reader, lens, Window(first=3, after=page.keys[-1]))
    found.extend(row.id for row in page.rows)
    assert (found, page.has_next, page.has_previous) == (everybody, False, True)
    last = await people.page(reader, lens, Window(last=2))
    assert ([row.id for row in last.rows], last.has_next, last.has_previous) == (everybody[-2:], False, True)
    before = await people.page(reader, lens, Window(last=5, before=last.keys[0]))
    assert ([row.id for row in before.rows], before.has_next, before.has_previous) == (everybody[:-2], True, False)
    for key in ((), ("a",), (1, "ada"), ("a", "b", "c")):
        with pytest.raises(KeyMismatchError):
            await people.page(reader, lens, Window(first=1, after=key))
    with pytest.raises(UnknownFieldError):
        await people.page(reader, lens, EVERYTHING, ALWAYS, [Order(field="role")])


async def test_conditions_on_people(company: Company):
    await company.do(DeactivatePerson(person_id="max"))
    reader, lens = await company.reader(), await company.now()
    conditions: tuple[tuple[Condition, set[str]], ...] = (
        (Compare("name", Operator.CONTAINS_IGNORE_CASE, "A"), {"ada", "aud", "eva", "max"}),
        (Compare("name", Operator.CONTAINS, "a"), {"ada", "eva", "max"}),
        (Compare("name", Operator.IN, ("Ada", "Eva")), {"ada", "eva"}),
        (Compare("name", Operator.NOT_EQUAL, "Ada"), {"aud", "eva", "max"}),
        (Negated(Compare("name", Operator.STARTS_WITH, "A")), {"eva", "max"}),
        (Compare("role", Operator.EQUAL, Role.MEMBER), {"eva", "max"}),
        (Compare("deactivated_at", Operator.IS_NULL, value=True), {"ada", "aud", "eva"}),
        (Related("team", Compare("name", Operator.EQUAL, "Sales")), {"eva"}),
        (Every((Compare("role", Operator.EQUAL, "MEMBER"), Compare("name", Operator.EQUAL, "Max"))), {"max"}),
    )
    for condition, expected in conditions:
        assert {row.id for row in (await people.page(reader, lens, EVERYTHING, condition)).rows} == expected, condition
        assert await people.count(reader, lens, condition) == len(expected)


async def test_an_erased_person_has_no_name_to_be_found_by_and_comes_last(company: Company):
    before = await company.now()
    owner = company.database
    async with owner.connection(company.organization_id) as connection:
        await connection.execute("reset role")
        await connection.execute("delete from okr_ledger.person_key where person_id = 'ada'")
        await connection.execute("set role okr_ledger_application")
    reader = await company.reader("max")
    for lens in (before, await company.now()):
        page = await people.page(reader, lens, EVERYTHING)
        assert [row.id for row in page.rows] == ["aud", "eva", "max", "ada"]
        assert (page.rows[-1].key, page.keys[-1]) == (None, (None, "ada"))
        assert await people.count(reader, lens, Compare("name", Operator.EQUAL, "Ada")) == 0
        assert await people.count(reader, lens, Compare("name", Operator.IS_NULL, value=True)) == 1


# --- teams


@pytest_asyncio.fixture
async def tree(company: Company) -> Company:
    """Calls is inside Inside, which is inside Sales; Other stands alone."""
    await company.do(CreateTeam(team_id="inside", name="Inside", parent_id="sales"))
    await company.do(CreateTeam(team_id="calls", name="calls", parent_id="inside", lead_id="max"))
    await company.do(CreateTeam(team_id="other", name="Other"))
    await company.do(AddTeamMember(team_id="calls", person_id="eva"))
    await company.do(AddTeamMember(team_id="calls", person_id="ada"))
    return company


async def test_the_tree_is_read_from_either_end(tree: Company):
    reader, lens = await tree.reader(), await tree.now()
    tree.statements.clear()
    found = await teams.ancestors(reader, lens, ["calls", "inside", "sales", "nothing"])
    assert len(tree.statements) == 1
    assert {key: [row.id for row in rows] for key, rows in found.items()} == {
        "calls": ["sales", "inside"],
        "inside": ["sales"],
        "sales": [],
        "nothing": [],
    }
    children = await teams.pages_of_parents(reader, lens, ["sales", "calls"], window=EVERYTHING)
    assert {key: [row.id for row in page.rows] for key, page in children.items()} == {"sales": ["inside"], "calls": []}
    assert await teams.counts_of_parents(reader, lens, ["sales", "calls"]) == {"sales": 1, "calls": 0}


async def test_teams_are_listed_by_name_and_found_by_what_is_above(tree: Company):
    await tree.do(ArchiveTeam(team_id="other"))
    reader, lens = await tree.reader(), await tree.now()
    assert [row.id for row in (await teams.page(reader, lens, EVERYTHING)).rows] == ["calls", "inside", "other", "sales"]
    conditions: tuple[tuple[Condition, set[str]], ...] = (
        (Compare("archived_at", Operator.IS_NULL, value=True), {"calls", "inside", "sales"}),
        (Compare("ancestor_id", Operator.EQUAL, "sales"), {"calls", "inside"}),
        (Compare("ancestor_id", Operator.IN, ("inside", "other")), {"calls"}),
        (Compare("ancestor_id", Operator.IS_NULL, value=True), {"other", "sales"}),
        (Compare("parent_id", Operator.EQUAL, "sales"), {"inside"}),
        (Compare("parent_id", Operator.IS_NULL, value=True), {"other", "sales"}),
        (Compare("name", Operator.STARTS_WITH_IGNORE_CASE, "C"), {"calls"}),
    )
    for condition, expected in conditions:
        assert {row.id for row in (await teams.page(reader, lens, EVERYTHING, condition)).rows} == expected, condition
        assert await teams.count(reader, lens, condition) == len(expected)


async def test_members_come_by_name_and_memberships_end(tree: Company):
    reader, lens = await tree.reader(), await tree.now()
    members = await people.pages_of_teams(reader, lens, ["calls", "sales", "other"], window=Window(first=1))
    assert {key: [row.id for row in page.rows] for key, page in members.items()} == {
        "calls": ["ada"],
        "sales": ["eva"],
        "other": [],
    }
    assert members["calls"].has_next is True
    assert await people.counts_of_teams(reader, lens, ["calls", "other"]) == {"calls": 2, "other": 0}
    belongs = await teams.of_people(reader, lens, ["eva", "max"])
    assert {key: [row.id for row in rows] for key, rows in belongs.items()} == {"eva": ["calls", "sales"], "max": []}
    await tree.do(RemoveTeamMember(team_id="calls", person_id="eva"))
    later = await tree.reader(), await tree.now()
    assert [row.id for row in (await teams.of_people(*later, ["eva"]))["eva"]] == ["sales"]
    assert [row.id for row in (await teams.of_people(later[0], lens, ["eva"]))["eva"]] == ["calls", "sales"]
    await tree.do(AddTeamMember(team_id="calls", person_id="eva"))
    assert (await people.counts_of_teams(await tree.reader(), later[1], ["calls"])) == {"calls": 1}


async def test_a_rollup_takes_in_the_teams_below_as_they_were_then(tree: Company):
    await tree.objective("growth", ["k1"], team_id="calls")
    await tree.objective("other growth", ["k2"], team_id="sales")
    await tree.check_in("one", "k1", 5)
    then = await tree.now()
    await tree.do(UpdateTeam(team_id="inside", parent_id=None))
    reader, now = await tree.reader(), await tree.now()
    pairs = [(team_id, "q3") for team_id in ("sales", "inside", "calls", "other")]
    assert list((await teams.rollups(reader, then, pairs)).values()) == [0.25, 0.5, 0.5, None]
    assert list((await teams.rollups(reader, now, pairs)).values()) == [0.0, 0.5, 0.5, None]


async def test_what_a_team_becomes_later_moves_no_number_of_a_closed_cycle(tree: Company):
    await tree.objective("growth", ["k1"], team_id="calls")
    await tree.objective("other growth", ["k2"], team_id="sales")
    await tree.check_in("one", "k1", 5)
    closing = {"decision": ReviewDecision.KEEP, "explanation": "late", "root_cause": "late"}
    for objective_id in ("growth", "other growth"):
        await tree.do(CloseObjective(objective_id=objective_id, **closing))  # type: ignore[arg-type]
    await tree.do(ActivateCycle(cycle_id="q3"), ReviewCycle(cycle_id="q3"))
    await tree.do(CloseCycle(cycle_id="q3"))
    await tree.do(UpdateTeam(team_id="inside", parent_id=None))
    await tree.do(CreateTeam(team_id="group", name="Group"))
    await tree.do(UpdateTeam(team_id="sales", parent_id="group"))
    pairs = [(team_id, "q3") for team_id in ("sales", "inside", "calls", "group")]
    reader, sealed = await tree.reader(), await tree.now()
    assert list((await teams.rollups(reader, sealed, pairs)).values()) == [0.25, 0.5, 0.5, None]
    # A cycle that was reopened is open, and so to the tree as it is.
    await tree.do(ReopenCycle(cycle_id="q3"))
    reader, reopened = await tree.reader(), await tree.now()
    assert list((await teams.rollups(reader, reopened, pairs)).values()) == [0.0, 0.5, 0.5, 0.0]
    assert list((await teams.rollups(reader, sealed, pairs)).values()) == [0.25, 0.5, 0.5, None]
    await tree.do(CloseCycle(cycle_id="q3"))
    await tree.do(UpdateTeam(team_id="sales", parent_id=None))
    reader, now = await tree.reader(), await tree.now()
    assert list((await teams.rollups(reader, now, [*pairs, ("sales", "none")])).values()) == [0.0, 0.5, 0.5, 0.0, None]


# --- cycles


async def test_cycles_are_listed_nested_and_running(company: Company):
    year = CreateCycle(cycle_id="year", name="2024", starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    await company.do(year)
    await company.do(CreateCycle(cycle_id="q4", name="Q4", starts_on=date(2024, 10, 1), parent_id="year"))
    reader, lens = await company.reader(), await company.now()
    assert await cycles.current(reader, lens) == ()
    await company.do(ActivateCycle(cycle_id="q3"))
    reader, lens = await company.reader(), await company.now()
    assert [row.id for row in await cycles.current(reader, lens)] == ["q3"]
    latest = await cycles.page(reader, lens, EVERYTHING, ALWAYS, [Order(field="starts_on", is_descending=True)])
    assert [row.id for row in latest.rows] == ["q4", "q3", "year"]
    children = await cycles.pages_of_parents(reader, lens, ["year", "q3"], window=EVERYTHING)
    assert {key: [row.id for row in page.rows] for key, page in children.items()} == {"year": ["q4"], "q3": []}
    assert await cycles.counts_of_parents(reader, lens, ["year"]) == {"year": 1}
    for condition, expected in (
        (Compare("phase", Operator.EQUAL, "ACTIVE"), {"q3"}),
        (Compare("ends_on", Operator.IS_NULL, value=True), {"q4"}),
        (Compare("name", Operator.STARTS_WITH_IGNORE_CASE, "q"), {"q3", "q4"}),
        (Compare("starts_on", Operator.LESS_OR_EQUAL, date(2024, 7, 1)), {"q3", "year"}),
    ):
        assert {row.id for row in (await cycles.page(reader, lens, EVERYTHING, condition)).rows} == expected
        assert await cycles.count(reader, lens, condition) == len(expected)


async def test_the_settings_are_those_of_the_lens(company: Company):
    row = await organizations.settings(await company.reader(), await company.now())
    assert row is not None
    assert (row.name, row.time_zone, row.check_in_cadence_days, row.pace_bands.far_behind) == (
        "Company",
        "Europe/Prague",
        7,
        -0.25,
    )
    assert [band.name for band in row.score_bands] == ["red", "yellow", "green"]


# --- the viewer


async def due_of(reader: Reader, lens: Lens, window: Window = EVERYTHING) -> Page[KeyResultRow]:
    """The key results that want a check-in from who reads."""
    person_id = reader.grants.person_id
    return (await key_results.due_pages_of(reader, lens, KeyResultsOf.ANSWERABLE, [person_id], window=window))[person_id]


async def test_check_ins_are_due_to_who_answers_for_the_key_result(company: Company):
    await company.objective("growth", ["of max", "of eva", "decided", "dropped"], owner_id="max")
    await company.objective("draft", ["planned"], owner_id="max", is_draft=True)
    await company.do(UpdateKeyResult(key_result_id="of eva", owner_id="eva"))
    await company.do(UpdateKeyResult(key_result_id="decided", metric=Metric(kind=MetricKind.UNDECIDED)))
    await company.do(DropKeyResult(key_result_id="dropped"))
    for person_id, expected in (("max", ["of max"]), ("eva", ["of eva"]), ("ada", list[str]())):
        reader, lens = await company.reader(person_id), await company.now()
        page = await due_of(reader, lens)
        assert [row.id for row in page.rows] == expected
        assert await key_results.due_counts_of(reader, lens, KeyResultsOf.ANSWERABLE, [person_id]) == {person_id: len(expected)}


async def test_a_check_in_settles_what_was_due_until_the_next_period(company: Company):
    await company.objective("growth", ["first", "second"], owner_id="max")
    company.at += timedelta(days=1)
    await company.check_in("one", "first", 3)
    reader, now = await company.reader("max"), await company.now()

    async def due(later: timedelta) -> list[str]:
        page = await due_of(reader, replace(now, instant=now.instant + later))
        return [row.id for row in page.rows]

    # Monday 1 July is the kick-off; on Tuesday one is done; from the next Tuesday on, the period of the 12th runs.
    assert await due(timedelta(0)) == ["second"]
    assert await due(timedelta(days=5)) == ["second"]
    assert await due(timedelta(days=7)) == ["second", "first"]
    # After the end of the cycle nothing falls due any more, but what was missed still is.
    assert await due(timedelta(days=200)) == ["second", "first"]
    page = await due_of(reader, replace(now, instant=now.instant + timedelta(days=7)), Window(first=1))
    assert ([row.id for row in page.rows], page.has_next) == (["second"], True)
    assert page.keys == (("2024-07-05T21:59:59.999999+00:00", "second"),)


async def test_reviews_are_due_when_the_cycle_is_in_review_or_over(company: Company):
    await company.objective("growth", ["k1"], owner_id="max")
    await company.do(ActivateCycle(cycle_id="q3"))
    reader, now = await company.reader("max"), await company.now()
    assert await viewer.count_due_reviews(reader, now) == 0
    last_moment = now.instant.replace(month=9, day=30, hour=21, minute=59)
    assert await viewer.count_due_reviews(reader, replace(now, instant=last_moment)) == 0
    over = replace(now, instant=last_moment + timedelta(minutes=1))
    assert [row.id for row in (await viewer.due_reviews(reader, over, EVERYTHING)).rows] == ["growth"]
    await company.do(ReviewCycle(cycle_id="q3"))
    assert await viewer.count_due_reviews(await company.reader("max"), await company.now()) == 1
    assert await viewer.count_due_reviews(await company.reader("eva"), await company.now()) == 0


async def test_drafts_are_those_of_the_viewer(company: Company):
    await company.objective("mine", owner_id="max", is_draft=True)
    await company.objective("begun", is_draft=True, by="max")
    await company.objective("of others", is_draft=True)
    reader, lens = await company.reader("max"), await company.now()
    assert {row.id for row in (await viewer.drafts(reader, lens, EVERYTHING)).rows} == {"mine", "begun"}
    assert await viewer.count_drafts(reader, lens) == 2
    assert await viewer.count_drafts(await company.reader("eva"), lens) == 0
