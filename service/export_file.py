"""Writes one file: part by part, with nothing held but the part at hand, within limits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from events.connection import Connection
from events.export import export_log
from projections.export_table import Extract, Table
from schema.export_door import ExportFormat
from service.file_limit import FileLimitError
from service.table_file import Cells, TableFile, open_table_file

_LINES_AT_ONCE = 500

OnProgress = Callable[[int, int], None]
"""Gets what is done and what there is in all, in the same unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """The most that a file may hold, and what to do for want of more; `bytes` bounds what it is made from as well."""

    rows: int
    bytes: int
    advice: str

    def check_rows(self, count: int) -> None:
        """Refuse a file with too many rows.

        Raises:
            FileLimitError: it has more than it may.
        """
        if count > self.rows:
            raise FileLimitError(f"it would have more than {self.rows} rows: {self.advice}")

    def check_bytes(self, folder: Path) -> None:
        """Refuse what has grown too large in a folder.

        Raises:
            FileLimitError: it has more bytes than it may.
        """
        size = sum(each.stat().st_size for each in folder.iterdir())
        if size > self.bytes:
            raise FileLimitError(f"it would have more than {self.bytes} bytes: {self.advice}")


async def write_table(
    table: Table[Any], extract: Extract, form: ExportFormat, path: Path, *, limits: FileLimits, on_progress: OnProgress
) -> None:
    """Write a table into a file that lies in a folder of its own.

    Raises:
        FileLimitError: the file would hold more than it may, or than its format can.
    """
    opened: list[TableFile] = []
    try:
        made_at = extract.lens.instant
        await _beside(lambda: opened.append(open_table_file(form, path, table.columns, made_at)))
        (file,) = opened
        count = 0
        async for part in table.parts(extract):
            count += len(part.rows)
            limits.check_rows(count)
            rows = [table.values(row) for row in part.rows]
            await _beside(partial(_write, file, rows, limits, path.parent))
            on_progress(part.done, part.total)
        await _beside(file.close)
    except BaseException:
        for each in opened:
            each.abandon()
        raise
    limits.check_bytes(path.parent)


async def _beside(work: Callable[[], None]) -> None:
    """Do work in a thread, so that requests are served meanwhile, and see it end whatever happens.

    Nobody may close a file that is being written.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.gather(working, return_exceptions=True)
        raise


def _write(file: TableFile, rows: list[Cells], limits: FileLimits, folder: Path) -> None:
    file.write(rows)
    limits.check_bytes(folder)


async def write_log(
    connection: Connection, organization_id: UUID, path: Path, *, limits: FileLimits, on_progress: OnProgress
) -> int:
    """Write the log of an organization into a file that lies in a folder of its own; answers its last position.

    Raises:
        FileLimitError: the file would hold more than it may.
        LookupError: there is no such log.
    """
    count, last = 0, b""
    with path.open("wb") as file:
        async for lines in _gathered(export_log(connection, organization_id, on_progress)):
            count += len(lines)
            limits.check_rows(count)
            last = lines[-1]
            await _beside(partial(file.writelines, lines))
            file.flush()
            limits.check_bytes(path.parent)
    if not last:
        raise LookupError("there is no such log")
    position: int = orjson.loads(last)["position"]
    return position


async def _gathered(lines: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    gathered: list[bytes] = []
    async for line in lines:
        gathered.append(line)
        if len(gathered) == _LINES_AT_ONCE:
            yield gathered
            gathered = []
    if gathered:
        yield gathered
