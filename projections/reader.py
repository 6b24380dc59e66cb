"""Reading: who reads, of which organization and generation, and the one way to a connection."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from asyncpg import Record

from events.connection import Connection
from events.right import Right, Scopes, is_in_scope
from projections.kept_rows import KeptRows

Acquire = Callable[[], AbstractAsyncContextManager[Connection]]
"""Hands out a connection on which the reader's organization is set."""

OpenName = Callable[[str, bytes], tuple[str, str] | None]
"""Answers (name, address) in a sealed text opened with a person's key, None when it cannot be opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What a viewer may see, decided at the head: time travel never widens rights.

    Of visibility TEAM the viewer sees the objectives of the teams they belong to now (`member_team_ids`) and of those
    they lead, with all below (`led_team_ids`). `sees_everything` holds for ADMIN and AUDITOR, unless their token is not for it.
    `person_id` is that of a program where one asks, and `scopes` are the rights that its or their token is held to.
    """

    person_id: str
    sees_everything: bool
    member_team_ids: frozenset[str] = frozenset()
    led_team_ids: frozenset[str] = frozenset()
    scopes: Scopes = None

    @property
    def file_owner(self) -> str:
        """Under whom the viewer's files are kept: a token that may see less than its holder must not fetch the holder's."""
        return self.person_id if is_in_scope(Right.SEE_EVERYTHING, self.scopes) else f"{self.person_id} in part"

    @property
    def team_ids(self) -> frozenset[str]:
        """The teams whose objectives of visibility TEAM the viewer sees."""
        return self.member_team_ids | self.led_team_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One request's access to the read models of one organization.

    `head_position` is the head that the request pinned at its start: the present of all its loaders, and
    the moment at which visibility is decided. `open_name` is handed in, because names are sealed, and so are
    the rows that the process has `kept`.
    """

    organization_id: UUID
    generation: int
    head_position: int
    grants: Grants
    acquire: Acquire
    open_name: OpenName
    kept: KeptRows = field(default_factory=KeptRows)

    async def fetch(self, statement: str, *arguments: Any) -> list[Record]:
        """Run a named statement; `{projection}` in it stands for the schema of the generation."""
        async with self.acquire() as connection:
            return await connection.fetch(statement.replace("{projection}", f"projection_{self.generation}"), *arguments)
