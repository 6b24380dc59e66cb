"""Kept answers in the running application: never other than a fresh one, whatever changes and wherever."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from events.person import Role
from events.verify_database import verify_log
from projections.rebuild import rebuild
from schema.access_door import AccessKind
from service import identities
from service.access_records import Access, note_access
from service.app import create_app
from service.database import Database
from service.openid import Subject
from service.settings import Settings
from service.tokens import create_token
from tests.support.acting import owner
from tests.support.client import Client, authorization
from tests.support.hidden_things import hidden_things
from tests.support.operations import KEY_RESULT, Company
from tests.support.organization import ExampleOrganization
from tests.support.schema_tour import STILL_LIMITS, Tour

Connect = Callable[[str | None], Client]

DASHBOARD = "{ objectives { totalCount nodes { title status progress pace owner { name } keyResults { title progress } } } }"
PASSING = re.compile(r'"requestId":"[^"]*"|"verifiedAt":"[^"]*"|"(?:[A-Za-z]+_)?lastUsedAt":"[^"]*"')
"""What differs from one request to the next though nothing has changed."""


@pytest.fixture
def settings() -> Settings:
    return STILL_LIMITS


@pytest_asyncio.fixture
async def other(database_url: str, organization: ExampleOrganization) -> AsyncIterator[Client]:
    """The ADMIN at another process on the same database, which keeps nothing."""
    application = create_app(STILL_LIMITS.model_copy(update={"kept_answer_bytes": 0}), database_url)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application)
        headers = authorization(organization.tokens[Role.ADMIN])
        async with httpx.AsyncClient(transport=transport, base_url="http://okr", headers=headers) as http:
            yield Client(http)


async def kept(client: Client) -> int:
    """How many answers were given again so far."""
    text = (await client.http.get("/metrics")).text
    return int(float(re.findall(r"^okr_ledger_kept_answers_total (\S+)$", text, re.MULTILINE)[0]))


async def begun(client: Client) -> Company:
    company = Company(client)
    cycle_id = await company.cycle()
    await company.objective(cycle_id, KEY_RESULT)
    return company


async def test_nothing_is_kept_that_changes_without_the_log(  # noqa: PLR0917 - two processes and a company
    client: Client,
    connect: Connect,
    other: Client,
    organization: ExampleOrganization,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
):
    hidden = await hidden_things(client, connect, organization, database_url)
    # Every other one of the tour, and all that is outside the log.
    places = list(Tour(hidden.ids).operations())
    outside = ("tokens", "organizations", "accessLog", "logVerification", "logCheckpoint", "seal", "export", "node")
    operations = [each for number, each in enumerate(places) if number % 2 or any(name in each.name for name in outside)]
    organization_id, admin = organization.organization_id, organization.people[Role.ADMIN]

    async def answers(by: Client) -> list[str]:
        moments = {"asOf": None}
        told = [await by.send(each.document, moments if "$asOf" in each.document else {}) for each in operations]
        return [PASSING.sub("", each.text) for each in told]

    async def changed() -> None:
        async with Database(database_url) as database, database.connection(organization_id) as connection:
            for actor_id in (admin, hidden.ids["program"]):
                await create_token(connection, organization_id, actor_id, "another")
            subject = Subject(issuer="https://issuer.example", subject="ada")
            await identities.link(connection, organization_id, admin, subject)
            await identities.invite(connection, organization_id, admin, admin, timedelta(days=1))
            await note_access(connection, Access(kind=AccessKind.ENTERED, organization_id=organization_id, actor_id=admin))
        async with owner(database_url) as connection:
            await verify_log(connection, organization_id)
            await connection.execute("update okr_ledger.verification set problem_position = 1")
            await connection.execute(
                "update okr_ledger.export set state = 'FAILED', failure_code = 'INTERNAL', failure_message = 'x'"
            )

    # For both processes the clock stands still.
    monkeypatch.setattr("service.session.ticked", lambda *_: datetime(2020, 1, 1, tzinfo=UTC))
    await answers(client)
    before = await kept(client)
    await changed()
    again, fresh = await answers(client), await answers(other)
    share = (await kept(client) - before) / len(operations)
    differing = [operation.name for operation, one, two in zip(operations, again, fresh, strict=True) if one != two]
    assert differing == []
    assert share > 0.8


async def test_what_another_process_writes_is_seen_at_once(client: Client, other: Client):
    await begun(client)
    for number in range(5):
        known = await client.run(DASHBOARD)
        assert await client.run(DASHBOARD) == known
        cycle_id = await Company(other).cycle(name=f"cycle {number}")
        await Company(other).objective(cycle_id, KEY_RESULT)
        changed = await client.run(DASHBOARD)
        assert changed["objectives"]["totalCount"] == known["objectives"]["totalCount"] + 1
        assert changed == await other.run(DASHBOARD)
    assert await kept(client) >= 5


async def test_each_viewer_gets_their_own_and_a_changed_right_changes_it(
    client: Client, connect: Connect, organization: ExampleOrganization
):
    await begun(client)
    can = "{ viewer { can person { name role } } }"
    told = {role: await connect(organization.tokens[role]).run(can) for role in (*Role, *Role)}
    assert {each["viewer"]["person"]["role"] for each in told.values()} == set(Role)
    token = "mutation ($input: TokenCreateInput!) { tokenCreate(input: $input) { secret userErrors { code } } }"
    narrow = connect((await client.run(token, {"input": {"name": "reads", "scopes": []}}))["tokenCreate"]["secret"])
    for _ in range(2):
        assert (await narrow.run(can))["viewer"]["can"] == []
        assert await client.run(can) == told[Role.ADMIN]
    viewer = connect(organization.tokens[Role.VIEWER])
    await client.run(
        "mutation ($i: PersonUpdateInput!) { personUpdate(input: $i) { userErrors { code } } }",
        {"i": {"personId": organization.people[Role.VIEWER], "role": "ADMIN"}},
    )
    assert (await viewer.run(can))["viewer"]["person"]["role"] == "ADMIN"
    gone = "mutation ($i: PersonDeactivateInput!) { personDeactivate(input: $i) { userErrors { code } } }"
    await client.run(gone, {"i": {"personId": organization.people[Role.VIEWER]}})
    assert (await viewer.send(can)).status_code == 401


async def test_an_erased_name_and_a_changed_generation_are_seen_at_once(
    client: Client, organization: ExampleOrganization, database_url: str
):
    await begun(client)
    names = "{ people { nodes { name } } }"
    await client.run(names)
    assert "Member Person" in str(await client.run(names))
    await Company(client).do("person_erase", personId=organization.people[Role.MEMBER])
    assert "Member Person" not in str(await client.run(names))
    known = await client.run(DASHBOARD)
    async with owner(database_url) as connection:
        # What a rebuild mends is what the next request answers.
        await connection.execute("update projection_1.objective set title = 'changed behind our back'")
        assert await client.run(DASHBOARD) == known
        await rebuild(connection, lambda _: None, accept_differences=True)
    before = await kept(client)
    assert await client.run(DASHBOARD) == known
    assert await kept(client) == before


async def test_what_the_clock_moves_moves_with_its_ticks(database_url: str, organization: ExampleOrganization):
    async def told(clock_seconds: int, pause: float) -> list[Any]:
        application = create_app(STILL_LIMITS.model_copy(update={"clock_seconds": clock_seconds}), database_url)
        async with application.router.lifespan_context(application):
            transport = httpx.ASGITransport(application)
            headers = authorization(organization.tokens[Role.ADMIN])
            async with httpx.AsyncClient(transport=transport, base_url="http://okr", headers=headers) as http:
                client = Client(http)
                if not (await client.run("{ cycles { totalCount } }"))["cycles"]["totalCount"]:
                    await begun(client)
                found: list[Any] = []
                for _ in range(3):
                    found.append((await client.run("{ cycles { nodes { expectedProgress } } }"))["cycles"]["nodes"][0])
                    await asyncio.sleep(pause)
                return found

    # Three moments lie in two minutes at most.
    assert len({each["expectedProgress"] for each in await told(60, 0.0)}) <= 2
    assert len({each["expectedProgress"] for each in await told(1, 1.1)}) == 3
