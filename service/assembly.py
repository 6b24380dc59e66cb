"""Puts the write path together from the settings: what the server and the command line both need."""

from functools import partial

from projections.fold import fold
from projections.kept_rows import KeptRows
from projections.news import note
from projections.row_versions import merge
from service.batch import LedgerLimits, Observe, unobserved
from service.database import Database, DatabaseLimits
from service.decision import Projections, unnoted
from service.exports import ExportLimits, Exports, ObserveExport, unobserved_export
from service.ledger import Ledger
from service.settings import Settings

_SECONDS_PER_DAY = 24 * 3600.0


def database_of(settings: Settings, database_url: str) -> Database:
    """Answer the pool of this process, not open yet."""
    limits = DatabaseLimits(
        min_connections=settings.database_min_connections,
        max_connections=settings.database_max_connections,
        acquire_seconds=settings.database_acquire_seconds,
        connect_seconds=settings.database_connect_seconds,
        statement_seconds=settings.statement_seconds,
        lock_seconds=settings.lock_seconds,
        idle_in_transaction_seconds=settings.idle_in_transaction_seconds,
        is_traced=settings.traces_endpoint is not None,
    )
    return Database(database_url, limits)


def ledger_of(settings: Settings, database: Database, observe: Observe = unobserved, kept: KeptRows | None = None) -> Ledger:
    """Answer the write path of this process; `observe` is told of every batch, and what is `kept` of what it wrote."""
    limits = LedgerLimits(
        batch_acts=settings.writer_batch_acts,
        batch_commands=settings.writer_batch_commands,
        queue_acts=settings.writer_queue_acts,
        writers=settings.writers,
        retry_seconds=settings.writer_retry_seconds,
        retry_after_seconds=settings.retry_after_seconds,
        keep_commands_seconds=settings.command_retention_days * _SECONDS_PER_DAY,
        domain=settings.domain_limits(),
    )
    return Ledger(
        database, Projections(fold=fold, merge=merge, note=unnoted if kept is None else partial(note, kept)), limits, observe
    )


def exports_of(settings: Settings, database: Database, observe: ObserveExport = unobserved_export) -> Exports:
    """Answer who makes files in this process; `observe` is told of every one."""
    limits = ExportLimits(
        concurrent=settings.exports_concurrent,
        queue=settings.exports_queue,
        per_person=settings.exports_per_person,
        rows=settings.export_rows,
        bytes=settings.export_bytes,
        seconds=settings.export_seconds,
        expiry_seconds=settings.export_expiry_seconds,
        retry_after_seconds=settings.retry_after_seconds,
    )
    return Exports(database, limits, observe)
