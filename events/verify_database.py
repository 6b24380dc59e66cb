"""Verifies the log in the database, page by page, and remembers how far it got and what it found.

What is remembered goes forward only, and the hash there has to be found again by every later run, so that a log that was
written anew as a whole is noticed too. As long as a problem is remembered, every run begins at the first event;
one that finds nothing clears it.

Rows are read as PostgreSQL's binary COPY sends them: each column with its length before it, integers
big-endian. That is how the chain hashes them too, so all of a row but its times is hashed as it arrives.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from events.connection import Connection
from events.verify_export import Anchor, LogChecker, ProblemKind, VerificationReport

PAGE_SIZE = 10_000

# Columns of fixed length come first, with the lengths of the others among them: one look takes a row apart.
_PAGE = """select octet_length(stream_id), octet_length(type) + octet_length(actor_id),
    coalesce(octet_length(data), -1), octet_length(metadata), hash,
    organization_id, position, command_id, stream_version, event_id, schema_version::bigint, commitment,
    effective_at, recorded_at, stream_id, type, actor_id, salt, data, metadata
    from okr_ledger.event where organization_id = $1 and position > $2 and position <= $3 order by position"""
_HEAD = "select position, hash from okr_ledger.organization_head where organization_id = $1"
_ENDS = """select h.position, h.hash, (select max(e.position) from okr_ledger.event e
    where e.organization_id = h.organization_id) as last_position
    from okr_ledger.organization_head h where h.organization_id = $1"""
_REMEMBERED = """select v.position, v.hash, v.problem_position, e.hash as previous_hash
    from okr_ledger.verification v left join okr_ledger.event e
    on e.organization_id = v.organization_id and e.position = v.position - 1
    where v.organization_id = $1"""
_TRUSTED = """select e.hash, e.command_id, e.recorded_at from okr_ledger.event e
    where e.organization_id = $1 and e.position = $2"""
_STREAM_VERSIONS = """select stream_id, max(stream_version) as version from okr_ledger.event
    where organization_id = $1 and position <= $2 and stream_id = any ($3) group by stream_id"""
_STREAMS = """select distinct stream_id from okr_ledger.event
    where organization_id = $1 and position > $2 and position <= $3"""
_REDACTIONS = """select position from okr_ledger.administration_record
    where organization_id = $1 and action = 'REDACT_EVENT' and position between $2 and $3"""
_REMEMBER = """insert into okr_ledger.verification as known (organization_id, position, hash, verified_at)
    values ($1, $2, $3, clock_timestamp()) on conflict (organization_id) do update
    set position = excluded.position, hash = excluded.hash, verified_at = excluded.verified_at
    where known.position <= excluded.position"""
_CONCLUDE = """insert into okr_ledger.verification as known (organization_id, position, hash, verified_at, problem_position)
    values ($1, $2, $3, clock_timestamp(), $4) on conflict (organization_id) do update
    set verified_at = excluded.verified_at, problem_position = excluded.problem_position"""

# What COPY sends: a signature of 11 bytes, flags and an empty extension; then rows; then -1. A row is the
# number of its columns, and each column after its length, which `4x` skips where it is known.
_HEADER_BYTES = 19
_COLUMN_COUNT = struct.Struct(">h")
_ROW = struct.Struct(">2x 4xi 4xi 4xi 4xi 4x32s 4x16s 4xq 4x16s 4xq 4x16s 4xq 4x32s 4xq 4xq 4x")
_HASHED_FROM = struct.calcsize(">2x 4xi 4xi 4xi 4xi 4x32s")
_TIMES_FROM = _ROW.size - struct.calcsize(">4xq 4xq 4x")
_LENGTH = struct.Struct(">i")
_END = -1
_MICROSECONDS_FROM_1970_TO_2000 = 946_684_800_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationProgress:
    """How far a running verification has come."""

    position: int
    last_position: int


async def verify_log(
    connection: Connection,
    organization_id: UUID,
    *,
    full: bool = False,
    anchors: Sequence[Anchor] = (),
    page_size: int = PAGE_SIZE,
    on_progress: Callable[[VerificationProgress], None] | None = None,
) -> VerificationReport | None:
    """Verify an organization's log up to its present head; None without such an organization.

    Args:
        connection: one of the owner's, not in a transaction, so that a long run holds up nobody.
        organization_id: whose log.
        full: begin at the first event, instead of at the last one verified.
        anchors: what was noted outside the log, to be compared with it; with any, the run is full, since it is not
            to rely on what the database itself remembers.
        page_size: events per page; also how often the progress is reported and remembered.
        on_progress: called after each page.
    """
    # Before the head: what another run remembers meanwhile may lie behind it.
    remembered = await connection.fetchrow(_REMEMBERED, organization_id)
    head = await connection.fetchrow(_HEAD, organization_id)
    if head is None:
        return None
    last_position: int = head["position"]
    is_full = full or bool(anchors) or remembered is None or remembered["problem_position"] is not None
    checker = _begun(organization_id, remembered, anchors, full=is_full)
    while checker.problem is None and checker.position < last_position:
        await _check_page(connection, checker, min(checker.position + page_size, last_position))
        await connection.execute(_REMEMBER, organization_id, checker.position, checker.hash)
        if on_progress is not None:
            on_progress(VerificationProgress(position=checker.position, last_position=last_position))
    if checker.problem is None:
        await _check_ends(connection, checker, last_position, head["hash"])
    if checker.problem is None and remembered is not None and remembered["position"] > checker.position:
        message = f"the log ends here, and an earlier verification came to {remembered['position']}"
        checker.fail(checker.position + 1, ProblemKind.HEAD, message)
    problem_position = None if checker.problem is None else checker.problem.position
    await connection.execute(_CONCLUDE, organization_id, checker.position, checker.hash, problem_position)
    return checker.report()


async def verify_span(connection: Connection, organization_id: UUID, after: int, upto: int) -> VerificationReport | None:
    """Verify a part of a log, from the event behind `after`, whose hash is trusted; None where there is no such event.

    Needs no more rights than to read, and remembers nothing. Rows are checked beside the event loop, so a request may
    ask for it; the caller bounds the span and knows that the log reaches `upto`.
    """
    checker = LogChecker(organization_id)
    if after > 0:
        trusted = await connection.fetchrow(_TRUSTED, organization_id, after)
        if trusted is None:
            return None
        checker = LogChecker(organization_id, after, trusted["hash"])
        checker.begin_after(trusted["command_id"].bytes, round(trusted["recorded_at"].timestamp() * 1_000_000))
    return await _checked(connection, checker, upto)


async def verify_newest(connection: Connection, organization_id: UUID, upto: int, most: int) -> VerificationReport | None:
    """Verify a log from the last event that a verification has come to, with no more rights than to read.

    None where that takes `verify_log`: it found a problem last, or came to more than `most` events before `upto`. Answers
    of a later position than `upto` where the last verification came to one.
    """
    remembered = await connection.fetchrow(_REMEMBERED, organization_id)
    if remembered is not None and remembered["problem_position"] is not None:
        return None
    came_to = 0 if remembered is None else remembered["position"]
    if upto - came_to > most:
        return None
    checker = _begun(organization_id, remembered, (), full=False)
    return await _checked(connection, checker, max(upto, checker.position + 1))


def _begun(organization_id: UUID, remembered: Record | None, anchors: Sequence[Anchor], *, full: bool) -> LogChecker:
    if remembered is None or remembered["position"] == 0:
        return LogChecker(organization_id, anchors=anchors)
    position, known = remembered["position"], (remembered["position"], remembered["hash"])
    is_gone = position > 1 and remembered["previous_hash"] is None
    if full or is_gone:
        return LogChecker(organization_id, known=known, anchors=anchors)
    # The last one verified is looked at once more: its hash is remembered, its other columns are not.
    return LogChecker(organization_id, position - 1, remembered["previous_hash"], known=known)


async def _checked(connection: Connection, checker: LogChecker, upto: int) -> VerificationReport:
    while checker.problem is None and checker.position < upto:
        await _check_page(connection, checker, min(checker.position + PAGE_SIZE, upto))
    return checker.report()


async def _check_page(connection: Connection, checker: LogChecker, to_position: int) -> None:
    chunks: list[bytes] = []

    async def collect(chunk: bytes) -> None:
        chunks.append(chunk)

    from_position = checker.position
    await connection.copy_from_query(
        _PAGE, checker.organization_id, from_position, to_position, output=collect, format="binary"
    )
    page = b"".join(chunks)
    # After the page: what is redacted in between has its record by now.
    records = await connection.fetch(_REDACTIONS, checker.organization_id, from_position + 1, to_position)
    checker.recorded_redactions = {record["position"] for record in records}
    if checker.first_position > 1:
        await _load_stream_versions(connection, checker, from_position, to_position)
    is_whole = await asyncio.to_thread(_check_rows, checker, page)
    if is_whole and checker.position < to_position:
        missing = checker.position + 1
        checker.fail(missing, ProblemKind.GAP, f"position {missing} is missing")


async def _load_stream_versions(connection: Connection, checker: LogChecker, from_position: int, to_position: int) -> None:
    """Find where streams stood that this run meets for the first time, and that had begun before it."""
    rows = await connection.fetch(_STREAMS, checker.organization_id, from_position, to_position)
    unknown = [row["stream_id"] for row in rows if row["stream_id"].encode() not in checker.stream_versions]
    before = checker.first_position - 1
    for found in await connection.fetch(_STREAM_VERSIONS, checker.organization_id, before, unknown):
        checker.stream_versions[found["stream_id"].encode()] = found["version"]


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


def _check_rows(checker: LogChecker, page: bytes) -> bool:
    offset = _HEADER_BYTES
    while _COLUMN_COUNT.unpack_from(page, offset)[0] != _END:
        (
            stream_id_bytes, other_bytes, data_bytes, metadata_bytes, row_hash, _, position, command_id,
            stream_version, _, _, commitment, effective_at, recorded_at,
        ) = _ROW.unpack_from(page, offset)  # fmt: skip
        times, texts = offset + _TIMES_FROM, offset + _ROW.size
        salt_length_at = texts + stream_id_bytes + other_bytes + 2 * _LENGTH.size
        salt_at = salt_length_at + _LENGTH.size
        (salt_bytes,) = _LENGTH.unpack_from(page, salt_length_at)
        payload_at = salt_at + max(salt_bytes, 0)
        end = payload_at + 2 * _LENGTH.size + max(data_bytes, 0) + metadata_bytes
        if not checker.check(
            position,
            command_id,
            stream_version,
            commitment,
            effective_at + _MICROSECONDS_FROM_1970_TO_2000,
            recorded_at + _MICROSECONDS_FROM_1970_TO_2000,
            page[texts : texts + stream_id_bytes],
            row_hash,
            None if salt_bytes < 0 else page[salt_at:payload_at],
            None if data_bytes < 0 else page[payload_at:end],
            page[offset + _HASHED_FROM : times],
            page[texts - _LENGTH.size : salt_length_at],
        ):
            return False
        offset = end
    return True
