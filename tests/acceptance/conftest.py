"""A running service with one organization, for tests that speak to it over HTTP alone.

`client` speaks for the ADMIN, `as_role` for any other; both stay in this process. `server` is a process of its
own on a free port, for what needs one: signals, connections, other programs.
"""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from events.person import Role
from projections import at_hand
from projections.reader import Reader
from service.app import create_app
from service.database import Database
from service.settings import Settings
from tests.support.acting import running_ledger
from tests.support.client import Client, authorization
from tests.support.compared import Compared, compare_payloads
from tests.support.organization import ExampleOrganization, make_organization
from tests.support.past import Past

_ROOT = Path(__file__).parents[2]
_OPEN = {
    "OKR_LEDGER_INTROSPECTION": "AUTHENTICATED",
    "OKR_LEDGER_HEADER_SECONDS": "1",
    "OKR_LEDGER_BODY_SECONDS": "1",
    # Tests send what people send in hours.
    "OKR_LEDGER_COST_BUDGET": "1000000000",
}
_PROGRAM = """
import sys
from service.app import create_app
from service.request_log import configure_logging
from service.server import serve
from service.settings import Settings

configure_logging("INFO")
serve(create_app(Settings(port=0), sys.argv[1]), Settings(port=0), lambda address: print(address, flush=True))
print("ended", flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A server in a process of its own."""

    address: str
    process: subprocess.Popen[str]

    def client(self, token: str | None) -> Client:
        """Answer a client of this server."""
        return Client(httpx.AsyncClient(base_url=self.address, headers=authorization(token), timeout=30))


@pytest_asyncio.fixture
async def organization(database_url: str) -> ExampleOrganization:
    """An organization with one person and one token for each role."""
    return await make_organization(database_url)


@pytest.fixture
def payloads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Compared]:
    """Compares the payload of every mutation of a test with what the library answers."""
    compared = compare_payloads(monkeypatch)
    yield compared
    assert compared.differing == []
    assert [each for each in compared.unplanned if each] == []


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that a reader runs; nothing is at hand, so that what was read before takes as many as all else."""
    noted: list[str] = []
    fetch = Reader.fetch

    async def noting(self: Reader, statement: str, *arguments: Any) -> Any:
        noted.append(statement)
        return await fetch(self, statement, *arguments)

    monkeypatch.setattr(Reader, "fetch", noting)
    monkeypatch.setattr(at_hand, "find", lambda *_: {})
    return noted


@pytest.fixture
def settings() -> Settings:
    """The settings of the application, open to tools; a test that wants others defines this fixture itself."""
    return Settings(introspection="AUTHENTICATED", graphiql_enabled=True)


@pytest_asyncio.fixture
async def app(settings: Settings, database_url: str) -> AsyncIterator[Starlette]:
    """The application, started."""
    application = create_app(settings, database_url)
    async with application.router.lifespan_context(application):
        yield application


@pytest_asyncio.fixture
async def connect(app: Starlette) -> AsyncIterator[Callable[[str | None], Client]]:
    """Answers a client of the application for a token, or for none."""
    clients: list[Client] = []

    def make(token: str | None) -> Client:
        # What reaches the transport as an exception is a fault of the edge: it must fail the test.
        transport = httpx.ASGITransport(app)
        clients.append(Client(httpx.AsyncClient(transport=transport, base_url="http://okr", headers=authorization(token))))
        return clients[-1]

    yield make
    for each in clients:
        await each.http.aclose()


@pytest.fixture
def as_role(connect: Callable[[str | None], Client], organization: ExampleOrganization) -> Callable[[Role], Client]:
    """Answers a client that speaks for the person of a role."""
    return lambda role: connect(organization.tokens[role])


@pytest.fixture
def client(as_role: Callable[[Role], Client]) -> Client:
    """A client that speaks for the ADMIN."""
    return as_role(Role.ADMIN)


@pytest_asyncio.fixture
async def past(database_url: str, connect: Callable[[str | None], Client]) -> AsyncIterator[Past]:
    """A company whose history of 2024 is imported, and then read through the API."""
    async with running_ledger(database_url) as ledger, Database(database_url) as database:
        yield Past(database=database, ledger=ledger, connect=connect)


@pytest.fixture
def server(database_url: str, organization: ExampleOrganization) -> Iterator[RunningServer]:
    """A server on the database of the test, with its organization."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, database_url],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT), **_OPEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), "the server did not start"
        try:
            yield RunningServer(address=address, process=process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=30)
