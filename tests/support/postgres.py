"""Databases for tests: one server, one migrated template, one copy per test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from events.migrate import migrate
from projections.generation import ensure_generation


def with_database(url: str, name: str) -> str:
    """Answer the URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@asynccontextmanager
async def migrated_template(server_url: str) -> AsyncIterator[str]:
    """Answer the name of a new migrated database that nobody is connected to; it is dropped at the end."""
    async with _new_database(server_url, template="template0") as name:
        await prepare(with_database(server_url, name))
        yield name


async def prepare(database_url: str) -> None:
    """Bring a database to the newest schema, with the tables of the first generation of read models."""
    await migrate(database_url)
    connection = await asyncpg.connect(database_url)
    try:
        await ensure_generation(connection)
    finally:
        await connection.close()


@asynccontextmanager
async def database_copy(server_url: str, template: str) -> AsyncIterator[str]:
    """Answer the URL of a new copy of the template; it is dropped at the end, whoever is still connected to it."""
    async with _new_database(server_url, template=template) as name:
        yield with_database(server_url, name)


@asynccontextmanager
async def _new_database(server_url: str, *, template: str) -> AsyncIterator[str]:
    name = f"okr_ledger_test_{uuid4().hex}"
    await _execute(server_url, f"create database {name} template {template}")
    try:
        yield name
    finally:
        await _execute(server_url, f"drop database {name} with (force)")


async def _execute(server_url: str, statement: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
