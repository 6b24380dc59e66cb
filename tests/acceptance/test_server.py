"""The process: it serves many at once, and a signal ends it after what is under way."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from events.connection import Connection
from events.person import Role
from tests.acceptance.conftest import RunningServer
from tests.support.organization import ExampleOrganization

CREATE = "mutation ($i: TeamCreateInput!) { teamCreate(input: $i) { team { name } userErrors { code } } }"
HOLD = "select from okr_ledger.organization_head where organization_id = $1 for update"
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


async def test_many_clients_are_served_at_once(server: RunningServer, organization: ExampleOrganization):
    async with server.client(organization.tokens[Role.ADMIN]) as client:
        answers = await asyncio.gather(*(client.run("{ organization { name } }") for _ in range(40)))
    assert answers == [{"organization": {"name": "Example"}}] * 40


async def test_writes_and_reads_of_many_clients_agree(server: RunningServer, organization: ExampleOrganization):
    names = [f"Team {number:02}" for number in range(20)]
    async with server.client(organization.tokens[Role.ADMIN]) as client:
        made = await asyncio.gather(*(client.run(CREATE, {"i": {"name": name}}) for name in names))
        assert [each["teamCreate"]["team"]["name"] for each in made] == names
        listed = await client.run("{ teams(first: 100) { nodes { name } } }")
    assert sorted(each["name"] for each in listed["teams"]["nodes"]) == names


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_after_what_is_under_way(
    server: RunningServer, organization: ExampleOrganization, database_url: str, ending: signal.Signals
):
    async with server.client(organization.tokens[Role.ADMIN]) as client, held_head(database_url, organization) as connection:
        under_way = asyncio.create_task(client.run(CREATE, {"i": {"name": "Sales"}}))
        while not await connection.fetchval(WAITING):  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.02)
        server.process.send_signal(ending)
        await _refuses_connections(server)
        assert not under_way.done()
        await connection.execute("rollback")
        assert await under_way == {"teamCreate": {"team": {"name": "Sales"}, "userErrors": []}}
    assert await asyncio.to_thread(server.process.wait, 30) == 0
    assert server.process.stdout is not None
    assert server.process.stdout.read() == "ended\n"


@asynccontextmanager
async def held_head(database_url: str, organization: ExampleOrganization) -> AsyncIterator[Connection]:
    """Hold the head of the organization, so that no write gets on before a rollback."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("begin")
        await connection.execute(HOLD, organization.organization_id)
        yield connection
    finally:
        await connection.close()


async def _refuses_connections(server: RunningServer) -> None:
    while True:
        try:
            async with server.client(None) as client:
                await client.http.get("/livez")
        except httpx.TransportError:
            return
        await asyncio.sleep(0.02)


async def test_a_body_that_is_too_large_is_answered_while_it_is_still_sent(
    server: RunningServer, organization: ExampleOrganization
):
    async with server.client(organization.tokens[Role.ADMIN]) as client:
        headers = {"Content-Type": "application/json"}
        response = await client.http.post("/graphql", content=b" " * 5_000_000, headers=headers)
        assert response.status_code == 413
        assert (await client.run("{ organization { name } }")) == {"organization": {"name": "Example"}}


async def test_a_client_that_goes_away_disturbs_nobody(server: RunningServer, organization: ExampleOrganization):
    port = int(server.address.rsplit(":", 1)[1])
    for _ in range(5):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        token = organization.tokens[Role.ADMIN]
        writer.write(
            f"POST /graphql HTTP/1.1\r\nHost: okr\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{".encode()
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    async with server.client(organization.tokens[Role.ADMIN]) as client:
        assert (await client.run("{ organization { name } }")) == {"organization": {"name": "Example"}}
