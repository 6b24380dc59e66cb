"""The door to exports: what a file is asked for with, and what is known of it. The service hands in who makes it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from projections.export_table import ExportContent, Extract
from projections.reader import Reader


class ExportFormat(StrEnum):
    """The formats of files."""

    CSV = "CSV"
    XLSX = "XLSX"
    PARQUET = "PARQUET"
    JSONL = "JSONL"


class ExportState(StrEnum):
    """How far along an export is."""

    RUNNING = "RUNNING"
    READY = "READY"
    FAILED = "FAILED"


class ExportFailureCode(StrEnum):
    """Why an export failed."""

    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    INTERRUPTED = "INTERRUPTED"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What somebody asks for. The extract pins the head, what may be seen, and the moment."""

    content: ExportContent
    format: ExportFormat
    extract: Extract
    idempotency_key: str | None
    request_hash: bytes
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """An export as its creator sees it.

    `url` and `expires_at` are those of a file that is ready, `failure_code` and `failure_message` of what failed.
    """

    id: str
    content: ExportContent
    format: ExportFormat
    state: ExportState
    position: int
    created_at: datetime
    url: str | None
    expires_at: datetime | None
    byte_size: int | None
    failure_code: ExportFailureCode | None
    failure_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of a request: its export, None for a dry run; a replay answers the first one."""

    export: ExportRow | None
    is_replay: bool = False


class Exports(Protocol):
    """Makes files and knows them; see `service/exports.py`."""

    async def ask(self, request: ExportRequest) -> Asked:
        """Note a request and answer at once; the file is made meanwhile.

        Raises:
            Rejected: LIMIT_EXCEEDED for too many files of one person; IDEMPOTENCY_KEY_REUSED.
            OverloadedError: too many exports wait.
        """
        ...

    async def find(self, reader: Reader, export_id: str) -> ExportRow | None:
        """Answer an export that the reader asked for, None for one of anybody else."""
        ...
