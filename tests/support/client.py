"""Clients of the API for tests: one per token, on a running application or a running server."""

from types import TracebackType
from typing import Any, Self

import httpx


class Client:
    """Speaks GraphQL over HTTP with one token. Use as an asynchronous context manager."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def send(
        self, query: str, variables: dict[str, Any] | None = None, *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send an operation and answer the response as it is."""
        body = {"query": query, "variables": variables}
        return await self.http.post(
            "/graphql", json=body, headers={"Accept": "application/graphql-response+json", **(headers or {})}
        )

    async def run(self, query: str, variables: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Send an operation that has to succeed and answer its `data`."""
        response = await self.send(query, variables, **more)
        body = response.json()
        assert "errors" not in body, body["errors"]
        assert response.status_code == 200
        data: dict[str, Any] = body["data"]
        return data

    async def codes(self, query: str, variables: dict[str, Any] | None = None) -> list[str]:
        """Send an operation that has to fail and answer the codes of its errors."""
        body = (await self.send(query, variables)).json()
        return [error["extensions"]["code"] for error in body["errors"]]


def authorization(token: str | None) -> dict[str, str]:
    """Answer the header that a token goes into."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}
