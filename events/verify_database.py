"""Verifies the log in the database, page by page, and remembers how far it got.

Rows are read as PostgreSQL's binary COPY sends them: each column with its length before it, integers
big-endian. That is how the chain hashes them too, so most of a row is hashed as it arrives.
"""

import struct
from collections.abc import Iterator
from uuid import UUID

from events.connection import Connection
from events.verify import LogChecker, ProblemKind, ProgressCallback, StoredRow, VerificationProgress, VerificationReport

PAGE_SIZE = 10_000

_PAGE = """select organization_id, position, command_id, stream_id, stream_version, event_id, type,
    schema_version::bigint, actor_id, commitment, metadata, effective_at, recorded_at, hash, salt, data
    from okr_ledger.event where organization_id = $1 and position > $2 and position <= $3 order by position"""
_HEAD = "select position, hash from okr_ledger.organization_head where organization_id = $1"
_ENDS = """select h.position, h.hash, (select max(e.position) from okr_ledger.event e
    where e.organization_id = h.organization_id) as last_position
    from okr_ledger.organization_head h where h.organization_id = $1"""
_CHECKPOINT = """select v.position, v.hash, e.hash as event_hash, e.command_id, e.recorded_at
    from okr_ledger.verification v left join okr_ledger.event e using (organization_id, position)
    where organization_id = $1 and v.position > 0"""
_STREAM_VERSIONS = """select stream_id, max(stream_version) as version from okr_ledger.event
    where organization_id = $1 and position <= $2 and stream_id = any ($3) group by stream_id"""
_REDACTIONS = """select position from okr_ledger.administration_record
    where organization_id = $1 and action = 'REDACT_EVENT' and position between $2 and $3"""
_REMEMBER = """insert into okr_ledger.verification (organization_id, position, hash, verified_at)
    values ($1, $2, $3, clock_timestamp()) on conflict (organization_id) do update
    set position = excluded.position, hash = excluded.hash, verified_at = excluded.verified_at"""

# What COPY sends: a signature of 11 bytes, flags and an empty extension; then rows of 16 columns; then -1.
_HEADER_BYTES = 19
_ROW_COUNT = struct.Struct(">h")
_TO_STREAM_ID = struct.Struct(">i16siqi16si")
_TO_TYPE = struct.Struct(">iqi16si")
_TO_ACTOR_ID = struct.Struct(">iqi")
_TO_METADATA = struct.Struct(">i32si")
_TO_SALT = struct.Struct(">iqiqi32si")
_LENGTH = struct.Struct(">i")
_NULL = -1
_MICROSECONDS_FROM_1970_TO_2000 = 946_684_800_000_000


async def verify_log(
    connection: Connection,
    organization_id: UUID,
    *,
    full: bool = False,
    page_size: int = PAGE_SIZE,
    on_progress: ProgressCallback | None = None,
) -> VerificationReport | None:
    """Verify an organization's log up to its present head; None without such an organization.

    Args:
        connection: one of the owner's, not in a transaction, so that a long run holds up nobody.
        organization_id: whose log.
        full: begin at the first event, instead of after the last one verified.
        page_size: events per page; also how often the progress is reported and remembered.
        on_progress: called after each page.
    """
    head = await connection.fetchrow(_HEAD, organization_id)
    if head is None:
        return None
    last_position: int = head["position"]
    checker = LogChecker(organization_id) if full else await _continued(connection, organization_id)
    while checker.problem is None and checker.position < last_position:
        await _check_page(connection, checker, min(checker.position + page_size, last_position))
        if on_progress is not None:
            on_progress(VerificationProgress(position=checker.position, last_position=last_position))
        await connection.execute(_REMEMBER, organization_id, checker.position, checker.hash)
    if checker.problem is None:
        await _check_ends(connection, checker, last_position, head["hash"])
    return checker.report()


async def _continued(connection: Connection, organization_id: UUID) -> LogChecker:
    checkpoint = await connection.fetchrow(_CHECKPOINT, organization_id)
    if checkpoint is None:
        return LogChecker(organization_id)
    checker = LogChecker(organization_id, checkpoint["position"], checkpoint["hash"])
    if checkpoint["event_hash"] != checkpoint["hash"]:
        checker.fail(
            checkpoint["position"], ProblemKind.HASH, "this is not the event that an earlier verification found here"
        )
        return checker
    checker.begin_after(checkpoint["command_id"].bytes, round(checkpoint["recorded_at"].timestamp() * 1_000_000))
    return checker


async def _check_page(connection: Connection, checker: LogChecker, to_position: int) -> None:
    chunks: list[bytes] = []

    async def collect(chunk: bytes) -> None:
        chunks.append(chunk)

    from_position, seen = checker.position, len(checker.redacted_positions)
    await connection.copy_from_query(
        _PAGE, checker.organization_id, from_position, to_position, output=collect, format="binary"
    )
    rows = list(_rows(b"".join(chunks)))
    await _load_stream_versions(connection, checker, rows)
    if checker.check_all(rows) and checker.position < to_position:
        missing = checker.position + 1
        checker.fail(missing, ProblemKind.GAP, f"position {missing} is missing")
    redacted = checker.redacted_positions[seen:]
    if redacted:
        records = await connection.fetch(_REDACTIONS, checker.organization_id, redacted[0], redacted[-1])
        for position in sorted(set(redacted) - {record["position"] for record in records})[:1]:
            checker.fail(position, ProblemKind.REDACTION, "the payload was blanked, and no record says by whom")
            checker.position = min(checker.position, position - 1)


async def _load_stream_versions(connection: Connection, checker: LogChecker, rows: list[StoredRow]) -> None:
    """Find where streams stood that this run meets for the first time, and that had begun before it."""
    known = checker.stream_versions
    if checker.first_position == 1:
        return
    unknown = {row.stream_id.decode() for row in rows if row.stream_id not in known}
    if unknown:
        before = checker.first_position - 1
        for found in await connection.fetch(_STREAM_VERSIONS, checker.organization_id, before, list(unknown)):
            known[found["stream_id"].encode()] = found["version"]


async def _check_ends(connection: Connection, checker: LogChecker, head_position: int, head_hash: bytes) -> None:
    if head_hash != checker.hash:
        checker.fail(head_position, ProblemKind.HEAD, "the head's hash is not that of its event")
        return
    ends = await connection.fetchrow(_ENDS, checker.organization_id)
    if ends is not None and (ends["last_position"] or 0) != ends["position"]:
        checker.fail(
            min(ends["last_position"] or 0, ends["position"]) + 1,
            ProblemKind.HEAD,
            f"the head says {ends['position']}, the last event {ends['last_position']}",
        )


def _rows(page: bytes) -> Iterator[StoredRow]:
    offset = _HEADER_BYTES
    while _ROW_COUNT.unpack_from(page, offset)[0] != _NULL:
        begin = offset + _ROW_COUNT.size
        _, _, _, position, _, command_id, length = _TO_STREAM_ID.unpack_from(page, begin)
        offset = begin + _TO_STREAM_ID.size
        stream_id = page[offset : offset + length]
        _, stream_version, _, _, length = _TO_TYPE.unpack_from(page, offset + length)
        offset += len(stream_id) + _TO_TYPE.size + length
        _, _, length = _TO_ACTOR_ID.unpack_from(page, offset)
        offset += _TO_ACTOR_ID.size + length
        _, commitment, length = _TO_METADATA.unpack_from(page, offset)
        offset += _TO_METADATA.size + length
        prefix = page[begin:offset]
        _, effective_at, _, recorded_at, _, row_hash, length = _TO_SALT.unpack_from(page, offset)
        offset += _TO_SALT.size
        salt, offset = _nullable(page, offset, length)
        (length,) = _LENGTH.unpack_from(page, offset)
        data, offset = _nullable(page, offset + _LENGTH.size, length)
        yield StoredRow(
            position,
            command_id,
            stream_id,
            stream_version,
            commitment,
            effective_at + _MICROSECONDS_FROM_1970_TO_2000,
            recorded_at + _MICROSECONDS_FROM_1970_TO_2000,
            row_hash,
            salt,
            data,
            prefix,
        )


def _nullable(page: bytes, offset: int, length: int) -> tuple[bytes | None, int]:
    return (None, offset) if length == _NULL else (page[offset : offset + length], offset + length)
