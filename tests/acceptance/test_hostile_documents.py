"""What is sent to hurt achieves nothing: a clear refusal, little work, and everybody else is served meanwhile."""

import asyncio
import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
import pytest

from events.person import Role
from service.settings import Settings
from tests.acceptance.conftest import RunningServer
from tests.support.acting import owner
from tests.support.client import Client, authorization
from tests.support.hostile_documents import hostile_bodies
from tests.support.organization import ExampleOrganization

MOST_CPU_SECONDS = 0.1
"""What the server may work on one of them, the requirement; the least of some repeats, for the machine has other work."""

REPEATS = 3
INSIDES = ("Traceback", "asyncpg", "graphql.", "site-packages", "select ", "okr_ledger.", "/service/")


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def problem_of(response: httpx.Response) -> str | None:
    """What is wrong with a refusal; None for a clear one."""
    if not 400 <= response.status_code < 500 or len(response.content) > 20_000:
        return f"{response.status_code}: {response.text[:300]}"
    told = response.json()["errors"]
    is_clear = told and all(error["message"] and error["extensions"]["requestId"] for error in told)
    if not is_clear or any(error["extensions"]["code"] == "INTERNAL" for error in told):
        return f"unclear: {response.text[:300]}"
    return next((f"tells of {inside}" for inside in INSIDES if inside in response.text), None)


async def test_every_document_is_refused_clearly_with_little_work(server: RunningServer, organization: ExampleOrganization):
    process = psutil.Process(server.process.pid)
    headers = {
        **authorization(organization.tokens[Role.ADMIN]),
        "Content-Type": "application/json",
        "Accept": "application/graphql-response+json",
    }
    served: list[float] = []
    stop = asyncio.Event()

    async def others() -> None:
        async with server.client(organization.tokens[Role.MEMBER]).http as http:
            while not stop.is_set():
                started = time.perf_counter()
                answer = await http.post("/graphql", json={"query": "{ viewer { id } }"})
                assert answer.status_code == 200
                served.append(time.perf_counter() - started)
                await asyncio.sleep(0.05)

    async with httpx.AsyncClient(base_url=server.address, headers=headers, timeout=30) as http:
        await http.post("/graphql", json={"query": "{ viewer { id } }"})
        worst: dict[str, float] = {}
        problems: dict[str, str] = {}
        for name, content in hostile_bodies().items():
            spent: list[float] = []
            for _ in range(REPEATS):
                before = cpu_seconds(process)
                response = await http.post("/graphql", content=content)
                spent.append(cpu_seconds(process) - before)
                if spent[-1] <= MOST_CPU_SECONDS:
                    break
            worst[name] = min(spent)
            problem = problem_of(response)
            if problem is not None:
                problems[name] = problem
        assert problems == {}
        slow = {name: seconds for name, seconds in worst.items() if seconds > MOST_CPU_SECONDS}
        assert slow == {}
        # All of them at once, while somebody else goes on asking.
        watching = asyncio.create_task(others())
        answers = await asyncio.gather(*(http.post("/graphql", content=content) for content in hostile_bodies().values()))
        stop.set()
        await watching
    assert {answer.status_code // 100 for answer in answers} == {4}
    assert served
    assert max(served) < 5


RAW = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    "a line without end": b"GET /" + b"a" * 200_000,
    "a header without end": b"GET /livez HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 200_000,
    "10,000 headers": b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(10_000)) + b"\r\n",
    "two lengths": b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a length and chunks": b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
    "a chunk of no size": b"POST /graphql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a negative length": b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "a length beyond all": b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "a method of its own": b"HURT /graphql HTTP/1.1\r\nHost: a\r\n\r\n",
    "version 9": b"GET /livez HTTP/9.9\r\nHost: a\r\n\r\n",
    "1,000 requests at once": b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" * 1_000,
    "an upgrade": b"GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
}


def exchanged(server: RunningServer, content: bytes, seconds: float = 10) -> bytes:
    """Send bytes and answer what comes back until the server ends the connection, or nothing comes for a while."""
    address = urlsplit(server.address)
    with closing(socket.create_connection((address.hostname, address.port), timeout=seconds)) as connection:
        received = b""
        try:
            connection.sendall(content)
            connection.settimeout(1.5)
            while part := connection.recv(65_536):
                received += part
        except (TimeoutError, ConnectionError):
            pass
    return received


def test_broken_requests_get_no_server_error_and_hurt_nobody(server: RunningServer):
    for name, content in RAW.items():
        answer = exchanged(server, content)
        statuses = {line.split(b" ")[1] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")}
        assert not any(status.startswith(b"5") for status in statuses), (name, answer[:300])
        assert httpx.get(f"{server.address}/livez").status_code == 200, name


def test_connections_that_say_nothing_are_ended(server: RunningServer):
    address = urlsplit(server.address)
    silent = [socket.create_connection((address.hostname, address.port)) for _ in range(200)]
    slow = [socket.create_connection((address.hostname, address.port)) for _ in range(20)]
    try:
        for each in slow:
            each.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        assert httpx.get(f"{server.address}/livez").status_code == 200
        # `server` gives a connection one second to send its headers.
        for each in (*silent, *slow):
            each.settimeout(30)
            assert each.recv(1_000) in (b"", b"HTTP/1.1 400 Bad Request\r\n")
    finally:
        for each in (*silent, *slow):
            each.close()


def test_a_body_that_trickles_is_ended(server: RunningServer, organization: ExampleOrganization):
    token = organization.tokens[Role.ADMIN].encode()
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %b\r\nContent-Type: application/json\r\n" % token
    answer = exchanged(server, head + b'Content-Length: 1000\r\n\r\n{"query": ')
    assert b" 408 " in answer
    assert b"BODY_TIMED_OUT" in answer


class TestRequestsThatTakeTooLong:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(request_seconds=0.5)

    async def test_the_statement_of_a_request_that_timed_out_is_cancelled(self, client: Client, database_url: str):
        async with owner(database_url) as connection, connection.transaction():
            # Whoever reads waits for the one that holds this.
            await connection.execute("lock table projection_1.organization in access exclusive mode")
            response = await client.send("{ organization { name } }")
            assert response.status_code == 503
            assert response.json()["errors"][0]["extensions"]["code"] == "TIMED_OUT"
            for _ in range(100):
                if not await waiting(connection):
                    break
                await asyncio.sleep(0.05)
            assert await waiting(connection) == []
        assert (await client.run("{ organization { name } }"))["organization"]["name"] == "Example"


async def waiting(connection: asyncpg.Connection) -> list[str]:
    """The statements of this database that wait for a lock."""
    rows = await connection.fetch(
        "select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    return [row["query"] for row in rows]
