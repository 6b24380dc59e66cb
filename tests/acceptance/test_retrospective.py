"""Retrospectives over HTTP: what a seal holds for ever, whatever happens afterwards, and who sees what of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest
import pytest_asyncio

from events.identifier import uuid_of
from events.person import Role
from events.redaction import redact_event
from projections.rebuild import rebuild
from service.demo.company import ORGANIZATION_ID
from service.demo.start import Demo, prepare_demo
from service.settings import Settings
from tests.support.acting import owner
from tests.support.client import Client
from tests.support.operations import Company, Content
from tests.support.organization import ExampleOrganization

Connect = Callable[[str | None], Client]
AsRole = Callable[[Role], Client]

WHOLE = """
query ($id: ID!, $asOf: MomentInput) {
  cycle(id: $id, asOf: $asOf) {
    retrospective {
      id objectiveCount keyResultCount meanScore scoreDistribution { from to count } committedCount committedMetCount
      retargetedKeyResults {
        keyResult { ...Named owner { id name } objective { id title team { id name parent { id name } } cycle { id name } } }
        original { start target low high } final { start target low high }
        scoreAgainstOriginal scoreAgainstFinal events { __typename id position recordedAt reason { code text } }
      }
      checkIns { expected recorded onTime late missed correctionRate }
      confidenceCalibration { brierScore bins { stated outcome count } }
      lastWeekJumps { keyResult { ...Named lastCheckIn { id value author { id name } } } progressBefore progressAfter }
      carriedOver { from { ...Named score owner { id name } } to { ...Named cycle { id name phase } } }
      byTeam { team { id entityId name parent { id name } } objectiveCount meanScore onTimeRate }
    }
  }
}
fragment Named on Alignable { id entityId title status progress readAt { position time } viewerCan }
"""
QUARTER = """
query ($id: ID!) {
  cycle(id: $id) {
    seal { position }
    objectives(first: 100) {
      nodes { id owner { id } team { id } keyResults { id metric { target } lastCheckIn { id } } carriedOverTo { id } }
    }
    history(first: 100, filter: { type: { in: [KEY_RESULT_CHECKED_IN] } }) { nodes { position } }
  }
}
"""
BECAUSE = {"code": "NEW_INFORMATION"}


async def whole(client: Client, cycle_id: str, as_of: Content | None = None) -> bytes:
    """Answer all that a retrospective tells, as bytes."""
    data = await client.run(WHOLE, {"id": cycle_id, "asOf": as_of})
    return orjson.dumps(data["cycle"]["retrospective"])


# --- for ever


class Told:
    """The demo's company with its quarters, and a client of the ADMIN and one of a MEMBER."""

    def __init__(self, demo: Demo, connect: Connect) -> None:
        self.admin, self.member = (connect(demo.tokens[role]) for role in ("ADMIN", "MEMBER"))
        self.company = Company(self.admin)
        quarters = sorted((cycle for cycle in demo.cycles if cycle.parent_id is not None), key=lambda each: each.starts_on)
        self.first, self.cycle_id, self.running = (quarters[number].cycle_id for number in (0, 1, 3))
        self.quarter: Content = {}

    async def both(self) -> tuple[bytes, bytes]:
        """Answer the second quarter's retrospective for either."""
        return await whole(self.admin, self.cycle_id), await whole(self.member, self.cycle_id)

    async def refused(self, mutation: str, **values: Any) -> None:
        """Try to change what is sealed."""
        codes = [code for code, _ in await self.company.refused(mutation, reason=BECAUSE, **values)]
        assert codes == ["CYCLE_CLOSED"], mutation


@pytest_asyncio.fixture
async def told(connect: Connect, settings: Settings, database_url: str) -> AsyncIterator[Told]:
    demo = await prepare_demo(settings, database_url, lambda _, __: None)
    told = Told(demo, connect)
    told.quarter = (await told.admin.run(QUARTER, {"id": told.cycle_id}))["cycle"]
    yield told


async def change_teams(told: Told) -> None:
    """Rename, move, archive and fill the teams of the quarter."""
    teams = [each["team"]["id"] for each in told.quarter["objectives"]["nodes"] if each["team"]]
    above = (await told.company.do("team_create", name="Above all"))["team"]["id"]
    for number, team_id in enumerate(dict.fromkeys(teams)):
        await told.company.do("team_update", teamId=team_id, name=f"Renamed {number}", parentId=above)
        await told.company.do("team_archive", teamId=team_id)


async def change_people(told: Told) -> None:
    """Rename the owners and let one of them go."""
    owners = dict.fromkeys(each["owner"]["id"] for each in told.quarter["objectives"]["nodes"] if each["owner"])
    for number, person_id in enumerate(owners):
        await told.company.do("person_update", personId=person_id, name=f"Somebody {number}")
    viewer = (await told.admin.run("{ viewer { person { id } } }"))["viewer"]["person"]["id"]
    member = (await told.member.run("{ viewer { person { id } } }"))["viewer"]["person"]["id"]
    leaver = next(each for each in owners if each not in (viewer, member))
    await told.company.do("person_deactivate", personId=leaver)


async def change_the_settings(told: Told) -> None:
    """Change everything that the organization can change."""
    await told.company.do(
        "organization_update",
        name="Another name",
        timeZone="Pacific/Apia",
        firstDayOfWeek=7,
        fiscalYearStartMonth=4,
        checkInCadenceDays=1,
        checkInGraceDays=0,
        checkInWeekday=2,
        scoreBands=[{"name": "poor", "from": 0}, {"name": "rich", "from": 0.95}],
    )


async def go_on(told: Told) -> None:
    """Continue everything of the quarter in a new one, and change what continues it already."""
    new = await told.company.cycle("Anew")
    for each in told.quarter["objectives"]["nodes"]:
        await told.company.do("objective_carry_over", objectiveId=each["id"], cycleId=new)
        for successor in each["carriedOverTo"]:
            await told.company.attempt("objective_update", objectiveId=successor["id"], title="Retitled", reason=BECAUSE)


async def try_to_change_the_quarter(told: Told) -> None:
    """Attempt everything that a seal refuses."""
    objective = told.quarter["objectives"]["nodes"][0]
    (part, *_) = objective["keyResults"]
    named = {"keyResultId": part["id"]}
    await told.refused("cycle_update", cycleId=told.cycle_id, name="Rewritten", endsOn="2031-01-01")
    await told.refused("objective_update", objectiveId=objective["id"], visibility="PRIVATE", ownerId=None)
    await told.refused("objective_reopen", objectiveId=objective["id"])
    await told.refused("objective_cancel", objectiveId=objective["id"])
    await told.refused("key_result_check_in", **{**named, "value": "1", "status": "ON_TRACK"})
    await told.refused("check_in_correct", checkInId=part["lastCheckIn"]["id"], value="1")
    await told.refused("check_in_retract", checkInId=part["lastCheckIn"]["id"])
    await told.refused("key_result_retarget", **named, target="1")
    await told.refused("key_result_drop", **named)


async def reopen_another_quarter(told: Told) -> None:
    """Open the quarter before and score one of its objectives anew."""
    of_first = (await told.admin.run(QUARTER, {"id": told.first}))["cycle"]["objectives"]["nodes"]
    await told.company.do("cycle_reopen", cycleId=told.first, reason=BECAUSE)
    await told.company.do("objective_reopen", objectiveId=of_first[0]["id"], reason=BECAUSE)
    await told.company.do("objective_cancel", objectiveId=of_first[0]["id"], reason=BECAUSE)


AFTERWARDS: tuple[Callable[[Told], Awaitable[None]], ...] = (
    go_on,
    change_teams,
    change_people,
    change_the_settings,
    try_to_change_the_quarter,
    reopen_another_quarter,
)


async def test_a_closed_cycle_answers_from_its_closing_position_for_ever(told: Told, database_url: str) -> None:
    before = await told.both()
    found = orjson.loads(before[0])
    lists = ("retargetedKeyResults", "lastWeekJumps", "carriedOver", "byTeam", "scoreDistribution")
    assert all(found[name] for name in lists), found
    assert all(found["checkIns"].values())
    assert found["confidenceCalibration"]["brierScore"]
    running = await whole(told.admin, told.running)
    for happen in AFTERWARDS:
        await happen(told)
        assert await told.both() == before, happen.__name__
    # The one of the running quarter is provisional, so the same changes do move it.
    assert await whole(told.admin, told.running) != running

    organization_id = uuid_of(ORGANIZATION_ID)
    async with owner(database_url) as connection:
        for event in told.quarter["history"]["nodes"]:
            assert await redact_event(connection, organization_id, int(event["position"]), "somebody asked")
        assert await told.both() == before
        rebuilt = await rebuild(connection, lambda _: None, accept_differences=True)
        assert [each.is_switched for each in rebuilt.organizations] == [True]
    assert await told.both() == before
    seal = int(told.quarter["seal"]["position"])
    for position in (seal, seal + 200):
        assert await whole(told.admin, told.cycle_id, {"position": str(position)}) == before[0]


# --- by hand


@pytest.fixture
def company(client: Client, organization: ExampleOrganization) -> Company:
    return Company(client)


async def closed(company: Company, cycle_id: str, *objective_ids: str, score: float) -> Content:
    """Review objectives and close their cycle; answers its seal."""
    for objective_id in objective_ids:
        await company.do(
            "objective_close",
            objectiveId=objective_id,
            score=score,
            decision="KEEP",
            explanation="Seen from outside",
            rootCause="A late start",
        )
    seal: Content = (await company.do("cycle_close", cycleId=cycle_id))["cycle"]["seal"]
    return seal


async def test_reopening_unseals_and_a_new_closing_seals_anew(client: Client, company: Company) -> None:
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id, ambition="COMMITTED")
    part = objective["keyResults"][0]["id"]
    await company.do("cycle_review", cycleId=cycle_id)
    provisional = orjson.loads(await whole(client, cycle_id))
    assert (provisional["id"], provisional["meanScore"]) == (f"{cycle_id}#retrospective", None)
    first_seal = await closed(company, cycle_id, objective["id"], score=0.5)
    first = await whole(client, cycle_id)
    assert (orjson.loads(first)["meanScore"], orjson.loads(first)["committedMetCount"]) == (0.5, 0)

    await company.do("cycle_reopen", cycleId=cycle_id, reason=BECAUSE)
    await company.do("objective_reopen", objectiveId=objective["id"], reason=BECAUSE)
    reopened = await company.do("key_result_check_in", keyResultId=part, value="10", status="ON_TRACK", confidence=0.75)
    again = orjson.loads(await whole(client, cycle_id))
    assert (again["id"], again["meanScore"], again["checkIns"]["recorded"]) == (provisional["id"], None, 1)
    await closed(company, cycle_id, objective["id"], score=1)
    second = await whole(client, cycle_id)
    found = orjson.loads(second)
    assert (found["meanScore"], found["committedMetCount"], found["confidenceCalibration"]["brierScore"]) == (1, 1, 0.0625)
    assert len({each["id"] for each in (provisional, orjson.loads(first), found)}) == 3

    await company.do("cycle_create", name="Later", startsOn="2021-01-01", endsOn=None)
    assert await whole(client, cycle_id) == second
    assert await whole(client, cycle_id, {"position": first_seal["position"]}) == first
    between = orjson.loads(await whole(client, cycle_id, {"position": reopened["events"][0]["position"]}))
    assert (between["meanScore"], between["checkIns"]["recorded"]) == (None, 1)


async def test_a_private_objective_counts_in_the_numbers_and_stands_in_no_list(
    client: Client, company: Company, as_role: AsRole
) -> None:
    cycle_id = await company.cycle(ends_on="2020-12-31")
    team_id = (await company.do("team_create", name="Sales"))["team"]["id"]
    following = await company.do("cycle_create", name="Next", startsOn="2021-01-01", endsOn="2021-12-31")
    made = [
        await company.objective(cycle_id, title=visibility, visibility=visibility, teamId=team_id, ambition="COMMITTED")
        for visibility in ("PRIVATE", "ORGANIZATION")
    ]
    for objective in made:
        part = objective["keyResults"][0]["id"]
        await company.do("key_result_retarget", keyResultId=part, target="5", reason=BECAUSE)
        await company.do("key_result_check_in", keyResultId=part, value="5", status="ON_TRACK", confidence=0.5)
        await company.do("objective_carry_over", objectiveId=objective["id"], cycleId=following["cycle"]["id"])
    await company.do("cycle_review", cycleId=cycle_id)
    for is_sealed in (False, True):
        if is_sealed:
            await closed(company, cycle_id, *(each["id"] for each in made), score=1)
        everything, shown = [orjson.loads(await whole(each, cycle_id)) for each in (client, as_role(Role.MEMBER))]
        numbers = ("objectiveCount", "keyResultCount", "meanScore", "scoreDistribution", "committedCount", "committedMetCount")
        for number in (*numbers, "checkIns", "confidenceCalibration", "byTeam"):
            assert shown[number] == everything[number], number
        assert (shown["objectiveCount"], shown["keyResultCount"], shown["checkIns"]["recorded"]) == (2, 2, 2)
        assert shown["meanScore"] == (1 if is_sealed else None)
        assert [each["keyResult"]["objective"]["title"] for each in shown["retargetedKeyResults"]] == ["ORGANIZATION"]
        assert [each["from"]["title"] for each in shown["carriedOver"]] == ["ORGANIZATION"]
        assert [len(everything[name]) for name in ("retargetedKeyResults", "carriedOver")] == [2, 2]
        assert "PRIVATE" not in str(shown)
        # All this happened years after the last day of the cycle: nothing fell due, and the last week was quiet.
        assert (shown["checkIns"]["expected"], shown["lastWeekJumps"], everything["lastWeekJumps"]) == (0, [], [])
