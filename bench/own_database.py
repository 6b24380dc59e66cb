"""Databases that exist only while something is measured in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from service.database import owner_connection


@asynccontextmanager
async def own_database(server_url: str, name: str) -> AsyncIterator[str]:
    """Answer the URL of an empty database that is dropped at the end."""
    async with owner_connection(server_url) as connection:
        await connection.execute(f"drop database if exists {name}")
        await connection.execute(f"create database {name}")
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        async with owner_connection(server_url) as connection:
            await connection.execute(f"drop database {name} with (force)")
