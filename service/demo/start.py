"""Makes the demo ready: imports its history unless that is done, and hands out tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import orjson

from events.connection import Connection
from events.identifier import uuid_of
from events.store import read_events
from projections import moments
from projections.generation import schema_of
from service import graphiql
from service.assembly import database_of, ledger_of
from service.database import Database
from service.demo.company import ORGANIZATION_ID
from service.demo.history import READY, demo_history
from service.demo.queries import QUERIES, DemoQuery
from service.history_import import Imported, import_history
from service.settings import Settings
from service.statistics import growing_statistics
from service.tokens import create_token

TOKEN_DAYS = 30
"""How long the tokens of one start hold."""

# Says whether an act of an import is in the log.
_HAS_ACT = "select exists (select from okr_ledger.command where organization_id = $1 and idempotency_key = $2)"

# Answers one active person for each role, the one invited first.
_PEOPLE = """
select distinct on (role) role, id from {projection}.person
where organization_id = $1 and to_position = 9223372036854775807 and deactivated_at is null order by role, id
"""

# Answers the cycles: the running quarter first, then the others by their beginning, longer ones before shorter.
_CYCLES = """
select id, starts_on, ends_on, parent_id from {projection}.cycle
where organization_id = $1 and to_position = 9223372036854775807
order by (phase = 'ACTIVE' and parent_id is not null) desc, starts_on, ends_on desc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCycle:
    """A cycle of the demo's organization."""

    cycle_id: str
    starts_on: date
    ends_on: date | None
    parent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo as it stands: a token for each role, and the cycles with the running quarter first."""

    tokens: dict[str, str]
    cycles: tuple[DemoCycle, ...]

    def announcement(self, address: str) -> dict[str, object]:
        """Answer what programs need to use the demo at an address such as `http://127.0.0.1:8000`."""
        return {
            "url": f"{address}/graphql",
            "token": self.tokens["ADMIN"],
            "tokens": self.tokens,
            "organizationId": ORGANIZATION_ID,
            "cycleIds": [cycle.cycle_id for cycle in self.cycles],
        }

    def graphiql_page(self) -> str:
        """Answer the page for browsers, with queries in its tabs and the ADMIN's token."""
        tabs = [
            graphiql.Tab(query=f"# {each.title}\n{each.query}", variables=orjson.dumps(self.variables(each)).decode())
            for each in QUERIES
        ]
        return graphiql.page(tabs=tabs, headers={"Authorization": f"Bearer {self.tokens['ADMIN']}"})

    def variables(self, query: DemoQuery) -> dict[str, str]:
        """Answer the variables with which a query shows something in this demo."""
        quarters = sorted((cycle for cycle in self.cycles if cycle.parent_id is not None), key=lambda each: each.starts_on)
        second = quarters[1]
        meanings = {
            "running": self.cycles[0].cycle_id,
            "second": second.cycle_id,
            "halfway": (second.starts_on + timedelta(days=45)).isoformat(),
            "end": (second.ends_on or second.starts_on).isoformat(),
        }
        return {name: meanings[meaning] for name, meaning in query.variables.items()}


async def prepare_demo(settings: Settings, database_url: str, on_progress: Callable[[int, Imported], None]) -> Demo:
    """Import the demo's history unless that is done, and make tokens.

    `on_progress` gets the number of lines of the history and what has become of it so far.
    """
    organization_id = uuid_of(ORGANIZATION_ID)
    async with database_of(settings, database_url) as database:
        async with database.connection(organization_id) as connection:
            is_ready = await connection.fetchval(_HAS_ACT, organization_id, f"import:{READY}")
        if not is_ready:
            async with growing_statistics(database_url) as follow:

                def on_import(total: int, imported: Imported) -> None:
                    on_progress(total, imported)
                    follow(imported.events)

                await _import(settings, database, organization_id, on_import)
        async with database.connection(organization_id) as connection:
            return await _demo(connection, organization_id, settings)


async def _import(
    settings: Settings, database: Database, organization_id: UUID, on_progress: Callable[[int, Imported], None]
) -> None:
    async with database.connection(organization_id) as connection:
        first = await read_events(connection, organization_id, 0, 1)
    # An import that was interrupted on another day goes on with the history that it began.
    lines = list(demo_history(datetime.now(UTC), first[0].recorded_at if first else None))
    ledger = ledger_of(settings, database)
    try:
        await import_history(lines, database, ledger, lambda imported: on_progress(len(lines), imported))
    finally:
        await ledger.drain()


async def _demo(connection: Connection, organization_id: UUID, settings: Settings) -> Demo:
    head = await moments.head(connection, organization_id)
    if head is None:
        raise RuntimeError("the demo's organization is not there after its import")
    projection = schema_of(head.generation)
    people = await connection.fetch(_PEOPLE.replace("{projection}", projection), organization_id)
    cycles = await connection.fetch(_CYCLES.replace("{projection}", projection), organization_id)
    expires_at = datetime.now(UTC) + timedelta(days=TOKEN_DAYS)
    tokens: dict[str, str] = {}
    for row in people:
        chosen = settings.token.get_secret_value() if settings.token is not None and row["role"] == "ADMIN" else None
        tokens[row["role"]] = await _token(connection, organization_id, row["id"], expires_at, chosen)
    return Demo(
        tokens=tokens,
        cycles=tuple(
            DemoCycle(cycle_id=row["id"], starts_on=row["starts_on"], ends_on=row["ends_on"], parent_id=row["parent_id"])
            for row in cycles
        ),
    )


async def _token(
    connection: Connection, organization_id: UUID, person_id: str, expires_at: datetime, chosen_secret: str | None
) -> str:
    if chosen_secret is None:
        created = await create_token(connection, organization_id, person_id, "demonstration", expires_at)
        return created.secret
    try:
        await create_token(connection, organization_id, person_id, "demonstration", chosen_secret=chosen_secret)
    except asyncpg.UniqueViolationError:
        # That of an earlier start, which never ends.
        return chosen_secret
    return chosen_secret
