"""Exports in the database: their rows, their files in chunks, and the addresses under which files are fetched.

The token of an address is derived from a random secret of its export, so that the address can be shown again as long
as the file lives; it is looked up by its digest. Whoever can read the secret can read the file, which lies beside it.
"""

import hashlib
import hmac
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from events.connection import Connection
from events.identifier import Noun, format_identifier, new_uuid
from projections.export_table import ExportContent
from schema.export_door import ExportFailureCode, ExportFormat, ExportRequest, ExportRow, ExportState

DOWNLOADS = "/exports"
"""The path below which files are fetched: `/exports/<token>/<file name>`."""

CHUNK_BYTES = 1_048_576
LAPSED = "it was not finished in time: ask again"
_SECRET_BYTES = 32

_ROW = """
select export_id, content, format, position, state, request_hash, secret, file_name, byte_size, failure_code,
    failure_message, created_at, fails_at <= clock_timestamp() as is_lapsed, expires_at
from okr_ledger.export
where organization_id = $1 and creator_id = $2 and expires_at > clock_timestamp()
"""

# Answers an export of a person.
_FIND = f"{_ROW} and export_id = $3"

# Answers the export that a person asked for with a key.
_FIND_BY_KEY = f"{_ROW} and idempotency_key = $3"

# Answers whether a person's key was used for a change, and how many files of theirs are being made or held.
_USED = """
select
    exists (
        select from okr_ledger.command c where c.organization_id = $1 and c.actor_id = $2 and c.idempotency_key = $3
            and (c.expires_at is null or c.expires_at > clock_timestamp())
    ) as is_key_used,
    (
        select count(*) from okr_ledger.export x
        where x.organization_id = $1 and x.creator_id = $2 and x.state <> 'FAILED' and x.expires_at > clock_timestamp()
    ) as file_count
"""

# Notes an export that is to be made, unless its key was used at this very moment.
_BEGIN = """
insert into okr_ledger.export (organization_id, export_id, creator_id, content, format, position, idempotency_key,
    request_hash, secret, token_digest, file_name, fails_at, expires_at)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now.instant + make_interval(secs => $12::float8),
    now.instant + make_interval(secs => $12::float8 + $13::float8)
from clock_timestamp() as now (instant)
on conflict (organization_id, creator_id, idempotency_key) where idempotency_key is not null do nothing
returning export_id
"""

# Keeps a piece of a file.
_KEEP = "insert into okr_ledger.export_chunk (organization_id, export_id, number, content) values ($1, $2, $3, $4)"

# Says that a file is complete; answers nothing when its time is over, or nobody wants it any more.
_FINISH = """
update okr_ledger.export
set state = 'READY', byte_size = $3, position = $4, expires_at = clock_timestamp() + make_interval(secs => $5::float8)
where organization_id = $1 and export_id = $2 and state = 'RUNNING' and fails_at > clock_timestamp()
returning export_id
"""

# Says that a file will not be made, and lets go of its key.
_FAIL = """
update okr_ledger.export set state = 'FAILED', idempotency_key = null, failure_code = $3, failure_message = $4
where organization_id = $1 and export_id = $2 and state = 'RUNNING'
"""

# Deletes the pieces of a file.
_DROP = "delete from okr_ledger.export_chunk where organization_id = $1 and export_id = $2"

# Answers a piece of a file.
_CHUNK = "select content from okr_ledger.export_chunk where organization_id = $1 and export_id = $2 and number = $3"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that can be fetched."""

    organization_id: UUID
    export_id: UUID
    format: ExportFormat
    file_name: str
    byte_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownExport:
    """An export with the hash of the request for it."""

    row: ExportRow
    request_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a person has used: a key, and how many files."""

    is_key_used: bool
    file_count: int


def token_of(secret: bytes, export_id: UUID) -> str:
    """Answer the token of an export, which nobody can guess: 256 bits as a text for addresses."""
    return urlsafe_b64encode(hmac.digest(secret, export_id.bytes, "sha256")).decode().rstrip("=")


def digest_of(token: str) -> bytes:
    """Answer what a token is looked up by."""
    return hashlib.sha256(token.encode()).digest()


async def sweep(connection: Connection) -> None:
    """Delete what is over, of all organizations; any connection will do."""
    await connection.execute("select okr_ledger.sweep_exports($1)", LAPSED)


async def find(connection: Connection, organization_id: UUID, creator_id: str, export_id: UUID) -> KnownExport | None:
    """Answer an export of a person, None for one of anybody else or one that is over."""
    row = await connection.fetchrow(_FIND, organization_id, creator_id, export_id)
    return None if row is None else _known(row)


async def find_by_key(connection: Connection, organization_id: UUID, creator_id: str, key: str) -> KnownExport | None:
    """Answer the export that a person asked for with a key."""
    row = await connection.fetchrow(_FIND_BY_KEY, organization_id, creator_id, key)
    return None if row is None else _known(row)


async def usage(connection: Connection, organization_id: UUID, creator_id: str, key: str | None) -> Usage:
    """Answer what a person has used."""
    row = await connection.fetchrow(_USED, organization_id, creator_id, key)
    if row is None:
        raise RuntimeError("the database answered nothing")
    return Usage(is_key_used=row["is_key_used"], file_count=row["file_count"])


async def begin(
    connection: Connection, request: ExportRequest, file_name: str, *, seconds: float, expiry_seconds: float
) -> UUID | None:
    """Note an export that is to be made in so many seconds; None when its key was used meanwhile."""
    reader, export_id, secret = request.extract.reader, new_uuid(), os.urandom(_SECRET_BYTES)
    row = await connection.fetchrow(
        _BEGIN,
        reader.organization_id,
        export_id,
        reader.grants.file_owner,
        request.content.value,
        request.format.value,
        request.extract.lens.position,
        request.idempotency_key,
        request.request_hash,
        secret,
        digest_of(token_of(secret, export_id)),
        file_name,
        seconds,
        expiry_seconds,
    )
    return None if row is None else export_id


async def keep(connection: Connection, organization_id: UUID, export_id: UUID, number: int, content: bytes) -> None:
    """Keep a piece of a file.

    Raises:
        asyncpg.ForeignKeyViolationError: the export is gone.
    """
    await connection.execute(_KEEP, organization_id, export_id, number, content)


async def finish(
    connection: Connection,
    organization_id: UUID,
    export_id: UUID,
    *,
    byte_size: int,
    position: int,
    expiry_seconds: float,
) -> bool:
    """Say that a file is complete; False when it came too late."""
    row = await connection.fetchrow(_FINISH, organization_id, export_id, byte_size, position, expiry_seconds)
    return row is not None


async def fail(connection: Connection, organization_id: UUID, export_id: UUID, code: ExportFailureCode, message: str) -> None:
    """Say why a file will not be made, and forget what there is of it."""
    await connection.execute(_FAIL, organization_id, export_id, code.value, message)
    await connection.execute(_DROP, organization_id, export_id)


async def find_file(connection: Connection, token: str) -> StoredFile | None:
    """Answer the file of a token that can be fetched now; any connection will do."""
    row = await connection.fetchrow("select * from okr_ledger.find_export($1)", digest_of(token))
    if row is None:
        return None
    return StoredFile(
        organization_id=row["organization_id"],
        export_id=row["export_id"],
        format=ExportFormat(row["format"]),
        file_name=row["file_name"],
        byte_size=row["byte_size"],
    )


async def chunk(connection: Connection, stored: StoredFile, number: int) -> bytes | None:
    """Answer a piece of a file, None behind the last one."""
    content: bytes | None = await connection.fetchval(_CHUNK, stored.organization_id, stored.export_id, number)
    return content


def _known(row: Record) -> KnownExport:
    state, code, message = ExportState(row["state"]), row["failure_code"], row["failure_message"]
    if state is ExportState.RUNNING and row["is_lapsed"]:
        state, code, message = ExportState.FAILED, ExportFailureCode.INTERRUPTED.value, LAPSED
    is_ready = state is ExportState.READY
    shown = ExportRow(
        id=format_identifier(Noun.EXPORT, row["export_id"]),
        content=ExportContent(row["content"]),
        format=ExportFormat(row["format"]),
        state=state,
        position=row["position"],
        created_at=row["created_at"],
        url=f"{DOWNLOADS}/{token_of(row['secret'], row['export_id'])}/{row['file_name']}" if is_ready else None,
        expires_at=row["expires_at"] if is_ready else None,
        byte_size=row["byte_size"],
        failure_code=None if code is None else ExportFailureCode(code),
        failure_message=message,
    )
    return KnownExport(row=shown, request_hash=row["request_hash"])
