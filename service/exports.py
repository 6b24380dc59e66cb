"""Exports: noted at once, made one after the other in the background, and kept in the database until they expire.

What a file shows was decided when it was asked for: the head, the moment and what its creator may see are pinned in
the request. A process that ends leaves its exports RUNNING; their time runs out, and they can be asked for again.
"""

import asyncio
import contextlib
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import structlog

from events.connection import Connection
from events.identifier import uuid_of
from events.limits import DEFAULT_LIMITS, check_content
from events.rejection import Rejected, RejectionCode, refuse, refuse_limit
from projections.export_table import ExportContent
from projections.export_tables import TABLES
from projections.reader import Reader
from schema.export_door import Asked, ExportFailureCode, ExportRequest, ExportRow, ExportState
from service import export_store
from service.database import Database
from service.export_file import FileLimits, write_log, write_table
from service.failure import OverloadedError, is_passing
from service.file_limit import FileLimitError
from service.ledger import KEY_LENGTH

_log = structlog.get_logger()

_SWEEP_SECONDS = 60.0
_INTERRUPTED = "the server was stopped: ask again"
_UNAVAILABLE = "the database did not answer: ask again"
_INTERNAL = "the server could not make it"
_ADVICE = {
    ExportContent.OBJECTIVES: "narrow the scope",
    ExportContent.CUSTOM_FIELD_VALUES: "narrow the scope",
    ExportContent.EVENTS: "take the log by the command line, `okr-ledger export`",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLimits:
    """Bounds of exports: how many are made at once, wait, and are kept for one person; times in seconds."""

    concurrent: int = 2
    queue: int = 100
    per_person: int = 20
    rows: int = 1_000_000
    bytes: int = 268_435_456
    seconds: float = 600.0
    expiry_seconds: float = 3_600.0
    retry_after_seconds: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportObserved:
    """How one export ended: `failure` is None for a file of `byte_size` bytes."""

    failure: ExportFailureCode | None = None
    byte_size: int = 0


ObserveExport = Callable[[ExportObserved], None]


def unobserved_export(_: ExportObserved) -> None:
    """Take no notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A file to be made; `deadline` is that of the event loop's clock."""

    request: ExportRequest
    export_id: UUID
    deadline: float

    @property
    def organization_id(self) -> UUID:
        return self.request.extract.reader.organization_id


class Exports:
    """The exports of one process. `running` supervises what is under way."""

    def __init__(
        self, database: Database, limits: ExportLimits | None = None, observe: ObserveExport = unobserved_export
    ) -> None:
        self._observe = observe
        self._database = database
        self._limits = limits or ExportLimits()
        self._queue: deque[_Job] = deque()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def queue_length(self) -> int:
        """Answer how many exports wait to be made in this process."""
        return len(self._queue)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Delete what is over from time to time; at the end give up what is under way."""
        sweeper = asyncio.create_task(self._sweep_for_ever(), name="sweeper of exports")
        try:
            yield
        finally:
            await _stopped(sweeper)
            await self._stop()

    async def ask(self, request: ExportRequest) -> Asked:
        """Note a request and answer at once; the file is made meanwhile.

        Raises:
            Rejected: LIMIT_EXCEEDED for too many files of one person; IDEMPOTENCY_KEY_REUSED.
            OverloadedError: too many exports wait.
        """
        _check_key(request.idempotency_key)
        async with self._database.connection(request.extract.reader.organization_id) as connection:
            # What is over must neither count nor keep a key.
            await export_store.sweep(connection)
            known = await self._asked_before(connection, request)
            if known is not None:
                return known
            await self._require_room(connection, request)
            if request.is_dry_run:
                return Asked(export=None)
            export_id = await self._begin(connection, request)
            if export_id is None:
                # Another request with the same key came first, at this very moment.
                known = await self._asked_before(connection, request)
                if known is None:
                    raise OverloadedError(self._limits.retry_after_seconds, "exports")
                return known
            self._enqueue(request, export_id)
            made = await export_store.find(connection, *_creator(request), export_id)
        return Asked(export=None if made is None else made.row)

    async def _asked_before(self, connection: Connection, request: ExportRequest) -> Asked | None:
        if request.idempotency_key is None or request.is_dry_run:
            return None
        known = await export_store.find_by_key(connection, *_creator(request), request.idempotency_key)
        if known is None:
            return None
        if known.row.state is ExportState.FAILED:
            # Its time is over, and whoever makes it may be saying so at this very moment: after that the key is free.
            interrupted = ExportFailureCode.INTERRUPTED
            await export_store.fail(connection, _creator(request)[0], uuid_of(known.row.id), interrupted, export_store.LAPSED)
            return None
        if known.request_hash != request.request_hash:
            raise _key_reused()
        return Asked(export=known.row, is_replay=True)

    async def _require_room(self, connection: Connection, request: ExportRequest) -> None:
        used = await export_store.usage(connection, *_creator(request), request.idempotency_key)
        if used.is_key_used and not request.is_dry_run:
            raise _key_reused()
        if used.file_count >= self._limits.per_person:
            raise refuse_limit("files of one person", self._limits.per_person, used.file_count + 1)
        if len(self._queue) >= self._limits.queue:
            raise OverloadedError(self._limits.retry_after_seconds, "exports")

    async def _begin(self, connection: Connection, request: ExportRequest) -> UUID | None:
        return await export_store.begin(
            connection,
            request,
            _file_name(request),
            seconds=self._limits.seconds,
            expiry_seconds=self._limits.expiry_seconds,
        )

    async def find(self, reader: Reader, export_id: str) -> ExportRow | None:
        """Answer an export that the reader asked for, None for one of anybody else."""
        async with self._database.connection(reader.organization_id) as connection:
            known = await export_store.find(connection, reader.organization_id, reader.grants.file_owner, uuid_of(export_id))
        return None if known is None else known.row

    # --- making files

    def _enqueue(self, request: ExportRequest, export_id: UUID) -> None:
        deadline = asyncio.get_running_loop().time() + self._limits.seconds
        self._queue.append(_Job(request=request, export_id=export_id, deadline=deadline))
        self._tasks = [task for task in self._tasks if not task.done()]
        if len(self._tasks) < self._limits.concurrent:
            self._tasks.append(asyncio.create_task(self._work(), name="maker of exports"))

    async def _work(self) -> None:
        while self._queue:
            await self._process(self._queue.popleft())

    async def _process(self, job: _Job) -> None:
        """Bring one export to its end, whatever happens."""
        try:
            async with asyncio.timeout_at(job.deadline):
                await self._make(job)
        except FileLimitError as error:
            await self._fail(job, ExportFailureCode.LIMIT_EXCEEDED, str(error))
        except TimeoutError:
            await self._fail(job, ExportFailureCode.INTERRUPTED, export_store.LAPSED)
        except asyncpg.ForeignKeyViolationError:
            _log.info("an export was taken back while it was made", export_id=str(job.export_id))
        except asyncio.CancelledError:
            await self._fail(job, ExportFailureCode.INTERRUPTED, _INTERRUPTED)
            raise
        except Exception as error:  # noqa: BLE001 - the next export must be made all the same
            _log.error("an export failed", export_id=str(job.export_id), exc_info=error)
            told = (
                (ExportFailureCode.INTERRUPTED, _UNAVAILABLE) if is_passing(error) else (ExportFailureCode.INTERNAL, _INTERNAL)
            )
            await self._fail(job, *told)

    async def _make(self, job: _Job) -> None:
        with tempfile.TemporaryDirectory(prefix="okr-ledger-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "export"
            position = await self._write(job, path)
            byte_size = await self._keep(job, path)
        async with self._database.connection(job.organization_id) as connection:
            is_finished = await export_store.finish(
                connection,
                job.organization_id,
                job.export_id,
                byte_size=byte_size,
                position=position,
                expiry_seconds=self._limits.expiry_seconds,
            )
        if not is_finished:
            raise TimeoutError
        self._observe(ExportObserved(byte_size=byte_size))

    async def _write(self, job: _Job, path: Path) -> int:
        request, extract = job.request, job.request.extract
        advice = _ADVICE.get(request.content, "narrow the scope or the span")
        limits = FileLimits(rows=self._limits.rows, bytes=self._limits.bytes, advice=advice)
        if request.content is ExportContent.EVENTS:
            async with self._database.connection(job.organization_id) as connection:
                return await write_log(connection, job.organization_id, path, limits=limits, on_progress=_ignore)
        table = TABLES[request.content]
        await write_table(table, extract, request.format, path, limits=limits, on_progress=_ignore)
        return extract.lens.position

    async def _keep(self, job: _Job, path: Path) -> int:
        """Keep a file in pieces, each of them in a transaction of its own; answers its size."""
        size = number = 0
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, export_store.CHUNK_BYTES):
                async with self._database.connection(job.organization_id) as connection:
                    await export_store.keep(connection, job.organization_id, job.export_id, number, piece)
                size, number = size + len(piece), number + 1
        return size

    async def _fail(self, job: _Job, code: ExportFailureCode, message: str) -> None:
        self._observe(ExportObserved(failure=code))
        try:
            async with self._database.connection(job.organization_id) as connection:
                await export_store.fail(connection, job.organization_id, job.export_id, code, message)
        except Exception as error:  # noqa: BLE001 - its time runs out by itself
            _log.warning("a failed export could not be noted", export_id=str(job.export_id), exc_info=error)

    # --- the end

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                async with self._database.connection(None) as connection:
                    await export_store.sweep(connection)
            except Exception as error:  # noqa: BLE001 - the next time it may work
                _log.warning("exports could not be swept", exc_info=error)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _stop(self) -> None:
        for task in self._tasks:
            await _stopped(task)
        while self._queue:
            await self._fail(self._queue.popleft(), ExportFailureCode.INTERRUPTED, _INTERRUPTED)


async def _stopped(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _ignore(done: int, total: int) -> None:
    del done, total


def _file_name(request: ExportRequest) -> str:
    content = request.content.value.lower().replace("_", "-")
    return f"{content}-{request.extract.lens.position}.{request.format.value.lower()}"


def _check_key(key: str | None) -> None:
    if key is None:
        return
    if not 0 < len(key) <= KEY_LENGTH:
        raise refuse(RejectionCode.INVALID, f"an idempotency key has 1 to {KEY_LENGTH} characters", "idempotencyKey")
    try:
        check_content(key, DEFAULT_LIMITS)
    except Rejected as rejected:
        raise refuse(rejected.rejections[0].code, rejected.rejections[0].message, "idempotencyKey") from rejected


def _creator(request: ExportRequest) -> tuple[UUID, str]:
    reader = request.extract.reader
    return reader.organization_id, reader.grants.file_owner


def _key_reused() -> Rejected:
    return refuse(RejectionCode.IDEMPOTENCY_KEY_REUSED, "this key was used for another request", "idempotencyKey")
