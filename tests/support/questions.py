"""The questions of `docs/past.md` and their answers: the demo as it stood at one moment is asked every one of them.

`python -m tests.support.questions` asks them and writes the answers into the page.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from events.identifier import uuid_of
from events.person import Role
from service.app import create_app
from service.assembly import database_of, ledger_of
from service.demo.company import ORGANIZATION_ID
from service.demo.history import demo_history
from service.embedded_postgres import EmbeddedPostgres
from service.history_import import import_history
from service.request_log import configure_logging
from service.settings import Settings
from service.tokens import create_token
from tests.support.client import Client, authorization
from tests.support.page import laid_out
from tests.support.postgres import prepare

PAGE = Path(__file__).parents[2] / "docs" / "past.md"
TOLD_AT = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
"""When the demo's history ends that the page speaks of."""

_QUESTION = re.compile(r"```graphql\n(?P<query>.*?)```\n\n```json\n(?P<answer>.*?)```", re.DOTALL)

# Answers the person of a role who was invited first.
_PERSON = """
select id from projection_1.person
where organization_id = $1 and role = $2 and to_position = 9223372036854775807 order by id limit 1
"""


def questions() -> list[tuple[str, Any]]:
    """Answer the queries of the page, each with its answer."""
    return [(each["query"], orjson.loads(each["answer"])) for each in _QUESTION.finditer(PAGE.read_text(encoding="utf-8"))]


@asynccontextmanager
async def demo_client(database_url: str) -> AsyncIterator[Client]:
    """Import the demo into an empty migrated database and answer a client that speaks for its ADMIN."""
    settings, organization_id = Settings(), uuid_of(ORGANIZATION_ID)
    async with database_of(settings, database_url) as database:
        ledger = ledger_of(settings, database)
        await import_history(list(demo_history(TOLD_AT)), database, ledger)
        await ledger.drain()
        async with database.connection(organization_id) as connection:
            person_id = await connection.fetchval(_PERSON, organization_id, Role.ADMIN)
            token = await create_token(connection, organization_id, person_id, "questions")
    application = create_app(settings, database_url)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(application)
        http = httpx.AsyncClient(transport=transport, base_url="http://okr", headers=authorization(token.secret), timeout=60)
        async with Client(http) as client:
            yield client


async def _written(database_url: str) -> str:
    await prepare(database_url)
    text = PAGE.read_text(encoding="utf-8")
    async with demo_client(database_url) as client:
        for each in reversed(list(_QUESTION.finditer(text))):
            begin, end = each.span("answer")
            text = f"{text[:begin]}{laid_out(await client.run(each['query']))}\n{text[end:]}"
    return text


def main() -> None:
    """Write the answers of today's code into the page."""
    configure_logging("ERROR")
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "server") as url:
        PAGE.write_text(asyncio.run(_written(url)), encoding="utf-8")


if __name__ == "__main__":
    main()
