"""Reading: who reads, of which organization and generation, and the one way to a connection."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

Acquire = Callable[[], AbstractAsyncContextManager[PoolConnectionProxy[Record]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What a viewer may see, decided at the head: time travel never widens rights.

    `team_ids` are the teams whose objectives of visibility TEAM the viewer sees: those they belong to
    or lead now. `sees_everything` holds for ADMIN and AUDITOR.
    """

    person_id: str
    team_ids: tuple[str, ...]
    sees_everything: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One request's access to the read models of one organization."""

    organization_id: UUID
    generation: int
    grants: Grants
    acquire: Acquire

    async def fetch(self, statement: str, *arguments: Any) -> list[Record]:
        """Run a named statement; `{projection}` in it stands for the schema of the generation."""
        async with self.acquire() as connection:
            return await connection.fetch(
                statement.replace("{projection}", f"projection_{self.generation}"), *arguments
            )
