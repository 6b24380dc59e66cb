"""Plain Strawberry on plain tables, with DataLoaders over asyncpg: `strawberry_server.py <database URL>`.

What would be written instead if only the present counted. Prints where it serves.
"""

import socket
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.types import Info


class Loaders:
    """The loaders of one request."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.people = DataLoader(self._by_id("person", Person))
        self.teams = DataLoader(self._by_id("team", Team))
        self.check_ins = DataLoader(self._by_id("check_in", CheckIn))
        self.key_results = DataLoader(self._key_results)

    def _by_id(self, table: str, make: Any) -> Callable[[list[str]], Awaitable[Sequence[Any]]]:
        statement = f"select * from current.{table} where id = any($1)"  # noqa: S608 - three constant names

        async def load(ids: list[str]) -> Sequence[Any]:
            found = {row["id"]: make(**row) for row in await self.pool.fetch(statement, ids)}
            return [found.get(each) for each in ids]

        return load

    async def _key_results(self, ids: list[str]) -> "list[list[KeyResult]]":
        rows = await self.pool.fetch("select * from current.key_result where objective_id = any($1) order by id", ids)
        found: dict[str, list[KeyResult]] = defaultdict(list)
        for row in rows:
            found[row["objective_id"]].append(KeyResult(**row))
        return [found[each] for each in ids]


@strawberry.type
class Person:
    """A person."""

    id: strawberry.ID
    name: str


@strawberry.type
class Team:
    """A team."""

    id: strawberry.ID
    name: str


@strawberry.type
class CheckIn:
    """A check-in."""

    id: strawberry.ID
    key_result_id: strawberry.Private[str]
    author_id: strawberry.Private[str | None]
    value: Decimal | None
    status: str
    confidence: float | None
    comment: str | None
    effective_at: datetime
    recorded_at: datetime

    @strawberry.field
    async def author(self, info: Info) -> Person | None:
        """Who wrote it."""
        return await info.context["loaders"].people.load(self.author_id) if self.author_id else None


@strawberry.type
class KeyResult:
    """A key result."""

    id: strawberry.ID
    objective_id: strawberry.Private[str]
    owner_id: strawberry.Private[str | None]
    title: str
    weight: Decimal
    status: str | None
    progress: float | None
    expected_progress: float | None
    pace: float | None
    confidence: float | None
    dropped_at: datetime | None
    check_in_due_at: datetime | None
    is_check_in_overdue: bool
    kind: str
    unit: str | None
    start: Decimal | None
    target: Decimal | None
    current: Decimal | None
    held_share: float | None
    last_check_in_id: strawberry.Private[str | None]
    version: int

    @strawberry.field
    async def owner(self, info: Info) -> Person | None:
        """Who answers for it."""
        return await info.context["loaders"].people.load(self.owner_id) if self.owner_id else None

    @strawberry.field
    async def last_check_in(self, info: Info) -> CheckIn | None:
        """The newest check-in."""
        return await info.context["loaders"].check_ins.load(self.last_check_in_id) if self.last_check_in_id else None


@strawberry.type
class Objective:
    """An objective."""

    id: strawberry.ID
    cycle_id: strawberry.Private[str]
    team_id: strawberry.Private[str | None]
    owner_id: strawberry.Private[str | None]
    title: str
    ambition: str
    state: str
    status: str | None
    progress: float | None
    pace: float | None
    pace_band: str | None
    confidence: float | None
    priority: int | None
    version: int

    @strawberry.field
    async def owner(self, info: Info) -> Person | None:
        """Who answers for it."""
        return await info.context["loaders"].people.load(self.owner_id) if self.owner_id else None

    @strawberry.field
    async def team(self, info: Info) -> Team | None:
        """Whose it is."""
        return await info.context["loaders"].teams.load(self.team_id) if self.team_id else None

    @strawberry.field
    async def key_results(self, info: Info) -> list[KeyResult]:
        """What it is measured by."""
        return await info.context["loaders"].key_results.load(self.id)


@strawberry.type
class Cycle:
    """A cycle."""

    id: strawberry.ID
    name: str
    phase: str
    starts_on: date
    ends_on: date | None

    @strawberry.field
    async def total_count(self, info: Info) -> int:
        """How many objectives it has."""
        return await info.context["loaders"].pool.fetchval(
            "select count(*) from current.objective where cycle_id = $1", self.id
        )

    @strawberry.field
    async def objectives(self, info: Info, first: int) -> list[Objective]:
        """The first objectives by priority."""
        statement = "select * from current.objective where cycle_id = $1 order by priority, title limit $2"
        return [Objective(**row) for row in await info.context["loaders"].pool.fetch(statement, self.id, first)]


@strawberry.type
class Query:
    """What is asked for."""

    @strawberry.field
    async def cycle(self, info: Info, id: strawberry.ID) -> Cycle | None:  # noqa: A002 - the name of the argument
        """Answer a cycle."""
        row = await info.context["loaders"].pool.fetchrow("select * from current.cycle where id = $1", id)
        return Cycle(**row) if row else None

    @strawberry.field
    async def objective(self, info: Info, id: strawberry.ID) -> Objective | None:  # noqa: A002 - as above
        """Answer an objective."""
        row = await info.context["loaders"].pool.fetchrow("select * from current.objective where id = $1", id)
        return Objective(**row) if row else None


class Server(GraphQL[Any, Any]):
    """Gives each request its loaders."""

    pool: asyncpg.Pool

    async def get_context(self, request: Request, response: Any) -> Any:
        """Answer the context of a request."""
        del request, response
        return {"loaders": Loaders(self.pool)}


def main() -> None:
    """Serve until the process is ended."""
    schema = strawberry.Schema(query=Query, extensions=[ParserCache, ValidationCache])
    server = Server(schema, graphql_ide=None)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        async with asyncpg.create_pool(sys.argv[1], min_size=1, max_size=10) as pool:
            server.pool = pool
            yield

    application = Starlette(routes=[Route("/graphql", server)], lifespan=lifespan)
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"Serving http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(application, loop="uvloop", http="httptools", log_level="error", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
