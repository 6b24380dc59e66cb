"""The edge of the service with sessions of the test's own, and a client of it."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.support.edge import Edge


@pytest.fixture
def edge() -> Edge:
    """An edge that a test may change before the first request."""
    return Edge()


@pytest_asyncio.fixture
async def client(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the edge."""
    async with edge.client() as client:
        yield client
