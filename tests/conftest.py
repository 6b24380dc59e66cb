"""What all tests share: a real PostgreSQL, and an empty migrated database for each test that asks for one."""

import os
from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest
import pytest_asyncio

from service.embedded_postgres import EmbeddedPostgres
from service.request_log import configure_logging
from tests.support.postgres import database_copy, migrated_template

# A time limit per example fails on a busy machine. In CI the examples are always the same, so that a change is
# never refused for what it has not touched; everywhere else each run looks for new ones.
hypothesis.settings.register_profile("anywhere", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if "CI" in os.environ else "anywhere")

LONGEST = ("test_fuzz.py", "test_plans.py", "test_caches.py", "test_tenancy.py", "test_visibility_walk.py")
"""Files whose tests take up to minutes: begun last, they would leave one worker to wait for the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def logging() -> None:
    """Log as the service does: structlog's own default draws every variable of a traceback, which takes seconds."""
    configure_logging("INFO")


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the server: that of DATABASE_URL, or an embedded one that all workers of the run share."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with EmbeddedPostgres(folder / "shared server") as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template_database(server_url: str) -> AsyncIterator[str]:
    """Name of a migrated database to make copies of."""
    async with migrated_template(server_url) as name:
        yield name


@pytest_asyncio.fixture
async def database_url(server_url: str, template_database: str) -> AsyncIterator[str]:
    """URL of an empty migrated database of this test's own."""
    async with database_copy(server_url, template_database) as url:
        yield url
