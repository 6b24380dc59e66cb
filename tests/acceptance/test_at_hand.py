"""What a process has at hand is never stale: not after its own writes nor those of others, for nobody and at no moment."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest
import pytest_asyncio

from events.person import Role
from projections import versions
from service.app import create_app
from tests.support.client import Client, authorization
from tests.support.operations import KEY_RESULT, Company, Content, operation
from tests.support.organization import ExampleOrganization
from tests.support.schema_tour import STILL_LIMITS

MOMENTS = 3
STEPS = 40
KEEPING = STILL_LIMITS.model_copy(update={"kept_answer_bytes": 0})
CARD = "query Card($id: ID!, $asOf: MomentInput) { objective(id: $id, asOf: $asOf) { ...ObjectiveCard } }\n"

Process = Callable[[Role], Client]


@pytest_asyncio.fixture
async def processes(database_url: str, organization: ExampleOrganization) -> AsyncIterator[list[Process]]:
    """Two that keep rows and no answers, and one that keeps nothing, on the same database."""
    async with AsyncExitStack() as stack:
        started: list[Process] = []
        for settings in (KEEPING, KEEPING, KEEPING.model_copy(update={"kept_rows": 0})):
            application = create_app(settings, database_url)
            await stack.enter_async_context(application.router.lifespan_context(application))
            http = await stack.enter_async_context(
                httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://okr")
            )
            started.append(lambda role, http=http: _Of(http, organization.tokens[role]))
        yield started


class _Of(Client):
    """A client of somebody's on a connection that others use as well."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        super().__init__(http)
        self._headers = authorization(token)

    async def send(self, query: str, variables: Any = None, **more: Any) -> httpx.Response:
        return await super().send(query, variables, **{**more, "headers": self._headers})


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many things the database was asked for by a key, each time."""
    counted: list[int] = []
    find = versions.find

    async def counting(reader: Any, lens: Any, wanted: Any) -> Any:
        counted.append(sum(map(len, wanted.values())))
        return await find(reader, lens, wanted)

    monkeypatch.setattr(versions, "find", counting)
    return counted


def card() -> str:
    dashboard = operation("dashboard")
    return CARD + dashboard[dashboard.index("fragment ObjectiveCard") :]


@pytest.mark.parametrize("seed", range(2))
async def test_what_either_of_two_processes_has_at_hand_is_what_one_without_anything_reads(
    processes: list[Process], organization: ExampleOrganization, seed: int, monkeypatch: pytest.MonkeyPatch, found: list[int]
):
    # What the clock moves stands still.
    monkeypatch.setattr("service.session.ticked", lambda *_: datetime(2020, 1, 1, tzinfo=UTC))
    random = Random(seed)  # noqa: S311 - it must be the same each time
    one, other, plain = processes
    begun = Company(one(Role.ADMIN))
    cycle_id = await begun.cycle()
    objectives = [await begun.objective(cycle_id, *[KEY_RESULT] * 2, title=f"Objective {number}") for number in range(3)]
    instants: list[str] = []
    for _ in range(STEPS):
        instants.append(datetime.now(UTC).isoformat())
        await act(Company(random.choice((one, one, other))(Role.ADMIN)), objectives, organization, random)
        role = random.choice((Role.ADMIN, Role.MEMBER))
        moments = [None, *({"time": each} for each in random.sample(instants, min(len(instants), MOMENTS)))]
        for as_of in random.sample(moments, len(moments)):
            asked = [(operation("dashboard"), {"cycleId": cycle_id, "asOf": as_of})]
            asked += [(card(), {"id": each["id"], "asOf": as_of}) for each in random.sample(objectives, 2)]
            for text, variables in asked:
                read = [(await each(role).send(text, variables)).json() for each in (one, other, plain)]
                assert read[0] == read[1] == read[2], (role, variables)
    for process, is_asked in ((plain, True), (one, False)):
        for _ in range(2):
            found.clear()
            for each in objectives:
                await process(Role.ADMIN).run(card(), {"id": each["id"], "asOf": {"time": instants[-1]}})
        assert bool(found) is is_asked


async def act(company: Company, objectives: list[Content], organization: ExampleOrganization, random: Random) -> None:
    """Change something that screens show."""
    objective, other = random.sample(objectives, 2)
    key_result = random.choice(objective["keyResults"])
    match random.randrange(7):
        case 0:
            await company.attempt("objective_update", objectiveId=objective["id"], title=f"Title {random.random()}")
        case 1:
            visibility = random.choice(("PRIVATE", "ORGANIZATION"))
            await company.attempt("objective_update", objectiveId=objective["id"], visibility=visibility)
        case 2:
            await company.attempt("key_result_update", keyResultId=key_result["id"], objectiveId=other["id"])
        case 3:
            await company.attempt("key_result_create", objectiveId=objective["id"], **KEY_RESULT)
        case 4:
            await company.attempt("person_update", personId=organization.people[Role.ADMIN], name=f"Name {random.random()}")
        case _:
            value = str(random.randrange(10))
            await company.do("key_result_check_in", keyResultId=key_result["id"], value=value, status="ON_TRACK")


async def test_what_a_process_checks_in_itself_it_does_not_ask_for(
    processes: list[Process], organization: ExampleOrganization, found: list[int]
):
    company = Company(processes[0](Role.ADMIN))
    cycle_id = await company.cycle()
    objective = await company.objective(cycle_id, *[KEY_RESULT] * 4, ownerId=organization.people[Role.MEMBER])
    for number, role in enumerate((Role.ADMIN, Role.MEMBER)):
        await company.client.run(card(), {"id": objective["id"]})
        for part in objective["keyResults"]:
            found.clear()
            await company.do("key_result_check_in", keyResultId=part["id"], value=str(number), status="ON_TRACK")
            # The people, whose keys are forgotten with every write.
            assert sum(found) <= 2, found
        found.clear()
        shown = await processes[0](role).run(card(), {"id": objective["id"]})
        assert [part["metric"]["current"] for part in shown["objective"]["keyResults"]] == [str(number)] * 4
        assert sum(found) <= 2, found


async def test_of_what_another_process_writes_what_has_changed_is_asked_for(processes: list[Process], found: list[int]):
    one, other, _ = processes
    company = Company(other(Role.ADMIN))
    cycle_id = await company.cycle()
    objectives = [await company.objective(cycle_id, *[KEY_RESULT] * 5, title=f"Objective {number}") for number in range(8)]
    dashboard = operation("dashboard"), {"cycleId": cycle_id, "asOf": None}
    await one(Role.ADMIN).run(*dashboard)
    assert sum(found) > 10
    for each in objectives[:2]:
        await company.do("key_result_check_in", keyResultId=each["keyResults"][0]["id"], value="5", status="ON_TRACK")
    found.clear()
    await one(Role.ADMIN).run(*dashboard)
    # Two lists of key results and two check-ins, and people.
    assert 0 < sum(found) <= 8, found


async def test_a_name_that_another_process_erased_is_forgotten_at_once(
    processes: list[Process], organization: ExampleOrganization
):
    one, other, _ = processes
    names = "{ people { nodes { name } } objectives { nodes { owner { name } } } }"
    company = Company(one(Role.ADMIN))
    await company.objective(await company.cycle(), KEY_RESULT, ownerId=organization.people[Role.MEMBER])
    for _ in range(2):
        assert "Member Person" in str(await one(Role.ADMIN).run(names))
    await Company(other(Role.ADMIN)).do("person_erase", personId=organization.people[Role.MEMBER])
    assert "Member Person" not in str(await one(Role.ADMIN).run(names))
