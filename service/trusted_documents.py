"""Documents that are named by their hash: those that the operator has registered, and those that clients brought before.

The protocol is that of Apollo's automatic persisted queries (`extensions.persistedQuery.sha256Hash`), and `documentId`
of the form `sha256:<hash>` as the draft of GraphQL over HTTP has it. A hash is checked against its text whenever both are
sent, so nobody can put another text under it.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from events.connection import Connection
from service.graphql_errors import ErrorCode, RequestRefusedError

TRUSTED_SECONDS = 60.0
"""How long a process believes that a document is registered; one that was removed is refused by then."""

# Answers the text of a registered document.
_FIND = "select text from okr_ledger.trusted_document where hash = $1"

# Registers a document; as the owner.
_REGISTER = "insert into okr_ledger.trusted_document (hash, text) values ($1, $2) on conflict do nothing returning hash"

# Lists what is registered.
_LIST = "select hash, length(text) as characters, registered_at from okr_ledger.trusted_document order by registered_at, hash"

# Ends the trust in a document; as the owner.
_REMOVE = "delete from okr_ledger.trusted_document where hash = $1 returning hash"


class AllowedDocuments(StrEnum):
    """Which documents are carried out."""

    ANY = "ANY"
    TRUSTED = "TRUSTED"


def hash_of(text: str) -> str:
    """Answer what a document is named by: the SHA-256 of its text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def find(connection: Connection, document_hash: str) -> str | None:
    """Answer the text of a registered document."""
    text: str | None = await connection.fetchval(_FIND, document_hash)
    return text


async def register(connection: Connection, text: str) -> bool:
    """Register a document; False when it was registered before. As the owner."""
    return await connection.fetchval(_REGISTER, hash_of(text), text) is not None


async def registered(connection: Connection) -> list[tuple[str, int]]:
    """Answer the hashes that are registered, each with the length of its text in characters."""
    return [(row["hash"], row["characters"]) for row in await connection.fetch(_LIST)]


async def remove(connection: Connection, document_hash: str) -> bool:
    """End the trust in a document; False when it was not registered. As the owner."""
    return await connection.fetchval(_REMOVE, document_hash) is not None


@dataclass(frozen=True, slots=True)
class _Known:
    text: str
    until: float


class NamedDocuments:
    """Answers the text that a request means.

    `find` answers registered documents; with `allowed` TRUSTED no other is answered. `entries` and `characters` bound
    what is remembered of either kind, the least used go first.
    """

    def __init__(
        self,
        find_registered: Callable[[str], Awaitable[str | None]],
        allowed: AllowedDocuments,
        *,
        entries: int,
        characters: int = 4_000_000,
    ) -> None:
        self._find = find_registered
        self._allowed = allowed
        self._entries = entries
        self._characters = characters
        self._held = 0
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def text(self, query: str | None, document_hash: str | None) -> str:
        """Answer the text of a document from its text, its hash or both.

        Raises:
            RequestRefusedError: BAD_REQUEST when they differ, PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_TRUSTED.
        """
        if query is not None and document_hash is None and self._allowed is AllowedDocuments.ANY:
            return query
        wanted = document_hash if query is None else hash_of(query)
        if wanted is None:
            raise RequestRefusedError(ErrorCode.BAD_REQUEST, "query must be a text")
        if document_hash is not None and document_hash != wanted:
            raise RequestRefusedError(ErrorCode.BAD_REQUEST, "the hash is not that of the query")
        known = self._remembered(wanted)
        if known is not None:
            return known
        if query is not None and self._allowed is AllowedDocuments.ANY:
            self._remember(wanted, query)
            return query
        text = await self._find(wanted)
        if text is None:
            raise self._refusal()
        self._remember(wanted, text)
        return text

    def _refusal(self) -> RequestRefusedError:
        if self._allowed is AllowedDocuments.TRUSTED:
            return RequestRefusedError(ErrorCode.DOCUMENT_NOT_TRUSTED, "only registered documents are carried out here")
        # The words that clients look for before they send the text.
        return RequestRefusedError(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")

    def _remembered(self, document_hash: str) -> str | None:
        known = self._known.get(document_hash)
        if known is None or (self._allowed is AllowedDocuments.TRUSTED and known.until < time.monotonic()):
            return None
        self._known.move_to_end(document_hash)
        return known.text

    def _remember(self, document_hash: str, text: str) -> None:
        if len(text) > self._characters:
            return
        before = self._known.pop(document_hash, None)
        self._held += len(text) - (0 if before is None else len(before.text))
        self._known[document_hash] = _Known(text, time.monotonic() + TRUSTED_SECONDS)
        while len(self._known) > self._entries or self._held > self._characters:
            _, forgotten = self._known.popitem(last=False)
            self._held -= len(forgotten.text)
