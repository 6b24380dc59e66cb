"""The past reads as it was when it was the present, and its visibility is that of today."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from events.alignment import AlignObjective
from events.check_in import CheckInStatus, CorrectCheckIn, RetractCheckIn
from events.cycle import ActivateCycle, CloseCycle, CreateCycle, ReviewCycle, UpdateCycle
from events.key_result import DropKeyResult, RetargetKeyResult, UpdateKeyResult
from events.objective import CancelObjective, UpdateObjective, Visibility
from events.organization import UpdateOrganization
from events.person import DeactivatePerson, Role, UpdatePerson
from events.review import CloseObjective, ReviewDecision
from events.team import AddTeamMember, CreateTeam, RemoveTeamMember, UpdateTeam
from projections import (
    alignment,
    breakdown,
    check_ins,
    cycles,
    explanation,
    key_results,
    moments,
    objectives,
    organizations,
    people,
    teams,
)
from projections.lens import Lens
from projections.page import Window
from projections.reader import Reader
from tests.support.reading import Company, added, company_in

EVERYTHING = Window(first=100)
OBJECTIVES, KEY_RESULTS = ("growth", "calls", "quiet", "late"), ("replies", "deals", "rings", "extra")


@pytest_asyncio.fixture
async def company(database_url: str) -> AsyncIterator[Company]:
    async with company_in(database_url) as company:
        yield company


async def seen(reader: Reader, lens: Lens) -> dict[str, Any]:
    """Answer all that can be read at a lens, by way of every kind of loader."""
    pages = [await each.page(reader, lens, EVERYTHING) for each in (objectives, key_results, check_ins, cycles, teams, people)]
    pairs = [(team, cycle) for team in ("sales", "inside") for cycle in ("q3", "q4")]
    return {
        "pages": pages,
        "counts": [await each.count(reader, lens) for each in (objectives, key_results, check_ins, cycles, teams, people)],
        "settings": await organizations.settings(reader, lens),
        "objectives": await objectives.by_ids(reader, lens, OBJECTIVES),
        "key results": await key_results.by_ids(reader, lens, KEY_RESULTS),
        "parts": await key_results.of_objectives(reader, lens, OBJECTIVES),
        "expected": await objectives.expected(reader, lens, OBJECTIVES),
        "check-ins": await check_ins.by_ids(reader, lens, ("first", "second")),
        "revisions": await check_ins.revisions(reader, lens, ("first", "second")),
        "members": await people.pages_of_teams(reader, lens, ("sales", "inside"), window=EVERYTHING),
        "teams": await teams.of_people(reader, lens, ("eva", "max")),
        "ancestors": await teams.ancestors(reader, lens, ("inside", "sales")),
        "cycle progress": await cycles.rollups(reader, lens, ("q3", "q4")),
        "team progress": await teams.rollups(reader, lens, pairs),
        "breakdown": await breakdown.of_objectives(reader, lens, OBJECTIVES),
        "breakdown of cycles": await breakdown.of_cycles(reader, lens, ("q3", "q4")),
        "breakdown of teams": await breakdown.of_teams(reader, lens, pairs),
        "breakdown of everything": await breakdown.of_organization(reader, lens, 1),
        "explanations": await explanation.of_key_results(reader, lens, KEY_RESULTS),
        "graph": await alignment.graph(reader, lens),
        "candidates": await alignment.candidates(reader, lens, "calls", None, EVERYTHING),
    }


async def busy_quarter(company: Company) -> AsyncIterator[None]:
    """Do one thing after another, of every kind."""
    yield await company.do(CreateTeam(team_id="inside", name="Inside", parent_id="sales"))
    yield await company.do(CreateCycle(cycle_id="q4", name="Q4", starts_on=date(2024, 10, 1), ends_on=None))
    yield await company.objective("growth", ["replies", "deals"], team_id="sales", owner_id="max", priority=2)
    yield await company.objective("calls", ["rings"], team_id="inside", priority=1)
    yield await company.do(AlignObjective(objective_id="calls", parent_id="growth"))
    yield await company.do(ActivateCycle(cycle_id="q3"))
    yield await company.check_in("first", "replies", 2)
    yield await company.check_in("second", "rings", 7, confidence=0.5)
    yield await company.do(CorrectCheckIn(check_in_id="first", value=Decimal(4)), by="max")
    yield await company.do(RetargetKeyResult(key_result_id="replies", target=Decimal(20)))
    yield await company.do(UpdateObjective(objective_id="growth", title="Grow faster", labels=("sales", "Büro")))
    yield await company.do(UpdateKeyResult(key_result_id="deals", objective_id="calls", weight=Decimal(3)))
    yield await company.do(UpdateTeam(team_id="inside", name="Inside sales", parent_id=None))
    yield await company.do(AddTeamMember(team_id="inside", person_id="eva"))
    yield await company.do(RemoveTeamMember(team_id="sales", person_id="eva"))
    yield await company.do(RetractCheckIn(check_in_id="second"))
    yield await company.do(DropKeyResult(key_result_id="deals"))
    yield await company.do(UpdateOrganization(check_in_cadence_days=14, name="Company 2"))
    yield await company.objective("quiet", visibility=Visibility.PRIVATE)
    yield await company.do(CancelObjective(objective_id="quiet"))
    yield await company.objective("late", ["extra"], cycle_id="q4", is_draft=True)
    yield await company.do(UpdatePerson(person_id="eva", role=Role.VIEWER))
    yield await company.do(DeactivatePerson(person_id="eva"))
    yield await company.do(AddTeamMember(team_id="sales", person_id="eva"))
    for objective_id, score in (("growth", "0.1"), ("calls", "0")):
        yield await company.do(
            CloseObjective(
                objective_id=objective_id,
                score=Decimal(score),
                decision=ReviewDecision.KEEP,
                root_cause="too few people",
                explanation="started late",
            )
        )
    yield await company.do(UpdateCycle(cycle_id="q3", name="Third quarter"))
    yield await company.do(ReviewCycle(cycle_id="q3"))
    yield await company.do(CloseCycle(cycle_id="q3"))


async def test_every_moment_reads_as_it_was_then(company: Company):
    then: list[tuple[int, dict[str, Any]]] = []
    async for _ in busy_quarter(company):
        lens = await company.now()
        then.append((lens.position, await seen(await company.reader(), replace(lens, instant=company.at))))
    reader, head = await company.reader(), await company.head()
    assert len(then) > 25
    for position, was in then:
        lens = await moments.lens_at_position(reader, head, position)
        now = await seen(reader, lens)
        for part, value in was.items():
            assert now[part] == value, (position, part)


async def test_a_position_inside_an_act_reads_as_the_end_of_the_act_before(company: Company):
    before = await company.head()
    act = await company.objective("growth", ["replies"])
    assert (act.first_position, act.last_position) == (before.position + 1, before.position + 3)
    reader, head = await company.reader(), await company.head()
    for position in (before.position, before.position + 1, before.position + 2):
        lens = await moments.lens_at_position(reader, head, position)
        assert (lens.position, lens.instant) == (before.position, before.recorded_at)
    lens = await moments.lens_at_position(reader, head, head.position)
    assert (lens.position, lens.instant, lens.is_past) == (head.position, head.recorded_at, True)
    assert list(await objectives.by_ids(reader, lens, ["growth"])) == ["growth"]


async def test_instants_and_positions_lead_to_the_same_lens(company: Company):
    await company.objective("growth")
    reader, head = await company.reader(), await company.head()
    for position in range(1, head.position + 1):
        try:
            lens = await moments.lens_at_position(reader, head, position)
        except moments.MomentUnknownError:
            continue
        assert await moments.lens_at_time(reader, head, lens.instant, company.at) == lens
    late = head.recorded_at + timedelta(seconds=30)
    lens = await moments.lens_at_time(reader, head, late, company.at + timedelta(hours=1))
    assert (lens.position, lens.instant) == (head.position, late)


async def test_moments_outside_the_log_are_refused(company: Company):
    reader, head = await company.reader(), await company.head()
    with pytest.raises(moments.MomentInFutureError):
        await moments.lens_at_position(reader, head, head.position + 1)
    with pytest.raises(moments.MomentInFutureError):
        await moments.lens_at_time(reader, head, company.at + timedelta(seconds=1), company.at)
    with pytest.raises(moments.MomentInFutureError):
        await moments.lens_at_date(reader, head, date(2024, 7, 2), "Europe/Prague", company.at)
    for position in (0, -1):
        with pytest.raises(moments.MomentUnknownError):
            await moments.lens_at_position(reader, head, position)
    with pytest.raises(moments.MomentUnknownError):
        await moments.lens_at_date(reader, head, date(2024, 6, 30), "Europe/Prague", company.at)


async def test_a_date_is_the_end_of_the_day_in_the_zone_and_today_is_now(company: Company):
    reader, head = await company.reader(), await company.head()
    later = company.at + timedelta(days=2)
    lens = await moments.lens_at_date(reader, head, date(2024, 7, 1), "Europe/Prague", later)
    assert (lens.position, lens.is_past) == (head.position, True)
    assert lens.instant.isoformat() == "2024-07-01T21:59:59.999999+00:00"
    today = await moments.lens_at_date(reader, head, date(2024, 7, 3), "Europe/Prague", later)
    assert today == Lens(position=head.position, instant=later, is_past=False)


async def test_what_is_written_after_the_pin_is_not_seen(company: Company):
    await company.objective("growth", ["replies"])
    reader, lens = await company.reader(), await company.now()
    before = await seen(reader, lens)
    await company.check_in("first", "replies", 5)
    await company.do(UpdateObjective(objective_id="growth", title="Changed", visibility=Visibility.PRIVATE))
    await company.do(added("deals", "growth"))
    assert await seen(reader, lens) == before


# --- visibility


async def visible_objectives(company: Company, person_id: str, lens: Lens) -> set[str]:
    reader = await company.reader(person_id)
    ids = ("open", "of sales", "private", "draft", "helped")
    found = set(await objectives.by_ids(reader, lens, ids))
    page = await objectives.page(reader, lens, EVERYTHING)
    assert {row.id for row in page.rows} == found
    assert await objectives.count(reader, lens) == len(found)
    parts = await key_results.page(reader, lens, EVERYTHING)
    assert {row.objective_id for row in parts.rows} == found
    owned = {objective_id: f"part of {objective_id}" for objective_id in ids}
    assert set(await key_results.by_ids(reader, lens, list(owned.values()))) == {owned[each] for each in found}
    of_objectives = await key_results.of_objectives(reader, lens, ids)
    assert {each for each, several in of_objectives.items() if several} == found
    graph = await alignment.graph(reader, lens)
    assert {node.id for node in graph.nodes} == found | {owned[each] for each in found}
    return found


@pytest.mark.parametrize(
    ("person_id", "expected"),
    [
        ("ada", {"open", "of sales", "private", "draft", "helped"}),
        ("aud", {"open", "of sales", "private", "draft", "helped"}),
        ("eva", {"open", "of sales", "helped"}),
        ("max", {"open", "private", "draft"}),
        ("tom", {"open"}),
    ],
)
async def test_everybody_sees_what_is_theirs(company: Company, person_id: str, expected: set[str]):
    await company.invite("tom", "Tom")
    for objective_id, more in {
        "open": {},
        "of sales": {"team_id": "sales", "visibility": Visibility.TEAM},
        "private": {"owner_id": "max", "visibility": Visibility.PRIVATE},
        "draft": {"owner_id": "max", "is_draft": True},
        "helped": {"contributor_ids": ("eva",), "visibility": Visibility.PRIVATE},
    }.items():
        await company.objective(objective_id, [f"part of {objective_id}"], **more)
    now = await company.now()
    assert await visible_objectives(company, person_id, now) == expected
    await company.do(UpdateOrganization(name="Later"))
    assert await visible_objectives(company, person_id, replace(now, is_past=True)) == expected


async def test_going_back_in_time_widens_no_rights(company: Company):
    await company.objective("growth", ["replies"])
    await company.check_in("first", "replies", 5)
    public = await company.now()
    assert set(await objectives.by_ids(await company.reader("eva"), public, ["growth"])) == {"growth"}
    await company.do(UpdateObjective(objective_id="growth", visibility=Visibility.PRIVATE))
    reader = await company.reader("eva")
    assert await objectives.by_ids(reader, public, ["growth"]) == {}
    assert await key_results.by_ids(reader, public, ["replies"]) == {}
    assert await check_ins.by_ids(reader, public, ["first"]) == {}
    assert (await check_ins.revisions(reader, public, ["first"])) == {"first": ()}
    assert (await check_ins.pages_of_key_results(reader, public, ["replies"], window=EVERYTHING))["replies"].rows == ()
    # And today's rights open a past that was closed then.
    private = await company.now()
    await company.do(UpdateObjective(objective_id="growth", visibility=Visibility.ORGANIZATION))
    reader = await company.reader("eva")
    assert set(await objectives.by_ids(reader, private, ["growth"])) == {"growth"}
    assert (await objectives.by_ids(reader, private, ["growth"]))["growth"].visibility is Visibility.PRIVATE


async def test_a_key_result_follows_both_the_objective_it_had_and_the_one_it_has(company: Company):
    await company.objective("open", ["replies"])
    await company.objective("private", ["deals"], visibility=Visibility.PRIVATE)
    before = await company.now()
    await company.do(UpdateKeyResult(key_result_id="replies", objective_id="private"))
    await company.do(UpdateKeyResult(key_result_id="deals", objective_id="open"))
    reader = await company.reader("eva")
    assert set(await key_results.by_ids(reader, await company.now(), ["replies", "deals"])) == {"deals"}
    assert await key_results.by_ids(reader, before, ["replies", "deals"]) == {}


async def test_a_former_member_of_a_team_no_longer_sees_what_the_team_had(company: Company):
    await company.objective("of sales", team_id="sales", visibility=Visibility.TEAM)
    then = await company.now()
    assert await objectives.count(await company.reader("eva"), then) == 1
    await company.do(RemoveTeamMember(team_id="sales", person_id="eva"))
    assert await objectives.count(await company.reader("eva"), then) == 0
    await company.do(UpdateTeam(team_id="sales", lead_id="eva"))
    assert await objectives.count(await company.reader("eva"), then) == 1


async def test_rollups_count_everything_for_everybody(company: Company):
    await company.objective("open", ["replies"], team_id="sales")
    await company.objective("private", ["deals"], team_id="sales", visibility=Visibility.PRIVATE)
    await company.objective("draft", ["rings"], team_id="sales", is_draft=True)
    await company.check_in("first", "deals", 5, status=CheckInStatus.AT_RISK)
    for person_id in ("ada", "eva", "max"):
        reader, lens = await company.reader(person_id), await company.now()
        assert await cycles.rollups(reader, lens, ["q3", "none"]) == {"q3": 0.25, "none": None}
        pairs = [("sales", "q3"), ("sales", "none")]
        assert await teams.rollups(reader, lens, pairs) == {("sales", "q3"): 0.25, ("sales", "none"): None}


async def test_access_is_that_of_the_head(company: Company):
    head = await company.head()
    async with company.database.connection(company.organization_id) as connection:
        access = await people.access(connection, company.organization_id, head, "eva")
        assert access is not None
        assert (access.role, access.grants.team_ids, access.grants.sees_everything) == (Role.MEMBER, {"sales"}, False)
        assert await people.access(connection, company.organization_id, head, "nobody") is None
    await company.do(DeactivatePerson(person_id="eva"))
    head = await company.head()
    async with company.database.connection(company.organization_id) as connection:
        assert await people.access(connection, company.organization_id, head, "eva") is None
