"""The pages of `docs/guide`: each is told anew, step by step, to an organization of its own.

`python -m tests.support.guide` tells them and writes the answers into the pages.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from graphql import FieldNode, OperationDefinitionNode, OperationType, parse
from starlette.applications import Starlette

from events.identifier import uuid_of
from service.app import create_app
from service.assembly import database_of, ledger_of
from service.database import Database
from service.embedded_postgres import EmbeddedPostgres
from service.first_organization import create_first_organization
from service.ledger import Ledger
from service.request_log import configure_logging
from service.settings import Settings
from service.tokens import create_token
from tests.support.client import Client, authorization
from tests.support.page import laid_out
from tests.support.postgres import prepare

FOLDER = Path(__file__).parents[2] / "docs" / "guide"

_STEP = re.compile(r"```graphql(?: as (?P<sender>\w+))?\n(?P<query>.*?)```(?:\n\n```json\n(?P<answer>.*?)```)?", re.DOTALL)
_NAMED = ("Id", "Position")
"""What is called so in an answer is a variable of later steps."""


def pages() -> list[Path]:
    """Answer the pages that have steps."""
    return [each for each in sorted(FOLDER.glob("*.md")) if each.name != "README.md"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """Tells pages to a running application."""

    application: Starlette
    database: Database
    ledger: Ledger

    async def told(self, text: str) -> str:
        """Take all steps of a page in a new organization and answer the page with the answers of today's code.

        Raises:
            AssertionError: a step failed, or was refused without showing it, or says nothing of refusals.
        """
        first = await create_first_organization(
            self.database, self.ledger, name="Acme", time_zone="UTC", admin_name="Ada", admin_email="ada@example.org"
        )
        story = _Story(self, first.organization_id, {"adaId": first.person_id, "lastMonth": _last_month()})
        parts, done = [], 0
        for step in _STEP.finditer(text):
            answer = await story.take(step["query"], step["sender"] or "adaId", shown=step["answer"] is not None)
            if step["answer"] is not None:
                begin, end = step.span("answer")
                parts += [text[done:begin], laid_out(answer), "\n"]
                done = end
        return "".join((*parts, text[done:]))


@dataclass(slots=True)
class _Story:
    guide: Guide
    organization_id: str
    variables: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    async def take(self, query: str, sender: str, *, shown: bool) -> Any:
        """Send a step and answer it with the names of variables in the place of their values."""
        (operation,) = (each for each in parse(query).definitions if isinstance(each, OperationDefinitionNode))
        _check_asks_for_refusals(operation, query)
        names = [each.variable.name.value for each in operation.variable_definitions or ()]
        transport = httpx.ASGITransport(self.guide.application)
        headers = authorization(await self._token(sender))
        http = httpx.AsyncClient(transport=transport, base_url="http://okr", headers=headers, timeout=60)
        async with Client(http) as client:
            data = await client.run(query, {name: self.variables[name] for name in names})
        assert shown or not any(refusals for name, refusals in _fields(data) if name == "userErrors"), (query, data)
        new = [(name, value) for name, value in _fields(data) if name.endswith(_NAMED)]
        assert len(dict(new)) == len(new), f"a name stands for two things: {query}"
        self.variables |= {name: str(value) for name, value in new}
        return _with_names(data)

    async def _token(self, sender: str) -> str:
        if sender not in self.tokens:
            organization_id = uuid_of(self.organization_id)
            async with self.guide.database.connection(organization_id) as connection:
                token = await create_token(connection, organization_id, self.variables[sender], "guide")
            self.tokens[sender] = token.secret
        return self.tokens[sender]


@asynccontextmanager
async def guide(database_url: str) -> AsyncIterator[Guide]:
    """Start the application on an empty migrated database and answer what tells pages to it."""
    settings = Settings()
    application = create_app(settings, database_url)
    async with application.router.lifespan_context(application), database_of(settings, database_url) as database:
        ledger = ledger_of(settings, database)
        yield Guide(application=application, database=database, ledger=ledger)
        await ledger.drain()


def _last_month() -> str:
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return (today.replace(day=1) - timedelta(days=15)).isoformat()


def _check_asks_for_refusals(operation: OperationDefinitionNode, query: str) -> None:
    # A refused mutation is no error: a page that does not ask for refusals would hide one.
    if operation.operation is OperationType.MUTATION:
        for each in operation.selection_set.selections:
            assert isinstance(each, FieldNode), query
            assert each.selection_set is not None, query
            payload = [field.name.value for field in each.selection_set.selections if isinstance(field, FieldNode)]
            assert "userErrors" in payload, query


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Answer every field of an answer, at whatever depth, with its value."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield name, each
            yield from _fields(each)
    elif isinstance(value, list):
        for each in value:
            yield from _fields(each)


def _with_names(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_names(each) for each in value]
    if isinstance(value, dict):
        return {name: f"${name}" if name.endswith(_NAMED) else _with_names(each) for name, each in value.items()}
    return value


async def _write(database_url: str) -> None:
    await prepare(database_url)
    async with guide(database_url) as told:
        for page in pages():
            page.write_text(await told.told(page.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> None:
    """Write the answers of today's code into the pages."""
    configure_logging("ERROR")
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "server") as url:
        asyncio.run(_write(url))


if __name__ == "__main__":
    main()
