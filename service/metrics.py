"""Figures of the process for Prometheus: requests, the batches of the write path, the pool, and the process itself.

None has a label for an organization, a person or a token: their number has no bound.
"""

import hmac
import ipaddress
from collections.abc import Callable, Collection
from http import HTTPStatus
from importlib.metadata import version

from graphql import OperationType
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schema.export_door import ExportState
from service.batch import BatchObserved
from service.database import Database
from service.exports import ExportObserved, Exports
from service.figures import Figures
from service.graphql_errors import ALL_CODES
from service.kept_answers import KeptAnswers
from service.ledger import Ledger
from service.request_log import AnsweredRequest

_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_OTHER = "other"
_KINDS = frozenset(kind.value for kind in OperationType)


class Metrics:
    """The figures of one application. Every path but `paths` counts as one, or whoever asks could make up series.

    They are told to who brings `secret` as a bearer token or, without one, to the machine that the server runs on.
    """

    def __init__(self, paths: Collection[str], secret: str | None = None) -> None:
        self._secret = secret
        self._paths = frozenset(paths)
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "okr_ledger_requests", "Requests answered, by path and status.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "okr_ledger_request_seconds",
            "How long requests took, by path.",
            ("path",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._operations = Histogram(
            "okr_ledger_operation_seconds",
            "How long GraphQL operations took, by kind.",
            ("kind",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._errors = Counter(
            "okr_ledger_graphql_errors",
            "GraphQL requests answered with an error of a code, once for each code.",
            ("code",),
            registry=self._registry,
        )
        self._kept_answers = Counter(
            "okr_ledger_kept_answers", "Answers that were given again, since nothing had changed.", registry=self._registry
        )
        self._acts = Counter("okr_ledger_acts", "Acts decided, by how they ended.", ("outcome",), registry=self._registry)
        self._events = Counter("okr_ledger_events", "Events appended to the log.", registry=self._registry)
        self._batch_acts = Histogram(
            "okr_ledger_batch_acts", "Acts committed together.", buckets=_BATCHES, registry=self._registry
        )
        self._lock_wait = Histogram(
            "okr_ledger_lock_wait_seconds", "Wait for an organization's head.", buckets=_BUCKETS, registry=self._registry
        )
        self._lock_hold = Histogram(
            "okr_ledger_lock_hold_seconds", "How long a head was held.", buckets=_BUCKETS, registry=self._registry
        )
        self._commands = Counter("okr_ledger_commands", "Commands accepted, by type.", ("type",), registry=self._registry)
        self._exports = Counter(
            "okr_ledger_exports", "Exports that ended, by how: READY, or why not.", ("outcome",), registry=self._registry
        )
        self._export_bytes = Counter("okr_ledger_export_bytes", "Bytes of the files made.", registry=self._registry)
        self._loop_lag = Histogram(
            "okr_ledger_event_loop_lag_seconds",
            "How late the event loop was, asked four times a second.",
            buckets=_BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        build = Gauge("okr_ledger_build_info", "The version that runs.", ("version",), registry=self._registry)
        build.labels(version("okr-ledger")).set(1)

    def watch(self, ledger: Ledger, database: Database, exports: Exports, answers: KeptAnswers, figures: Figures) -> None:
        """Tell of a write path, a pool, exports, answers and logs, too: what they hold when somebody asks."""
        gauges: dict[str, tuple[str, Callable[[], float]]] = {
            "okr_ledger_queued_acts": ("Acts that wait for their batch.", lambda: ledger.queued),
            "okr_ledger_queued_exports": ("Exports that wait to be made.", lambda: exports.queue_length),
            "okr_ledger_writers": ("Organizations whose folded states are in memory.", lambda: ledger.writers),
            "okr_ledger_database_connections": ("Connections to PostgreSQL.", lambda: database.connections[0]),
            "okr_ledger_database_connections_free": ("Those that are free.", lambda: database.connections[1]),
            "okr_ledger_kept_answer_bytes": ("Bytes of kept answers.", lambda: answers.held),
            "okr_ledger_organizations": ("Organizations.", lambda: figures.logs.organizations),
            "okr_ledger_logged_events": ("Events of all logs.", lambda: figures.logs.events),
            "okr_ledger_unverified_events": ("Events that no verification has seen.", lambda: figures.logs.unverified_events),
            "okr_ledger_unverified_seconds": (
                "For how long there have been such events, in the log where it is longest.",
                lambda: figures.logs.unverified_seconds,
            ),
            "okr_ledger_logs_with_problems": (
                "Logs in which the last verification found a problem.",
                lambda: figures.logs.logs_with_problems,
            ),
        }
        for name, (description, read) in gauges.items():
            Gauge(name, description, registry=self._registry).set_function(read)

    def observe_batch(self, batch: BatchObserved) -> None:
        """Note a batch that was committed."""
        self._acts.labels("accepted").inc(batch.accepted)
        self._acts.labels("refused").inc(batch.refused)
        self._events.inc(batch.events)
        for type_, count in batch.commands.items():
            self._commands.labels(type_).inc(count)
        self._batch_acts.observe(batch.accepted + batch.refused)
        self._lock_wait.observe(batch.lock_seconds)
        self._lock_hold.observe(batch.held_seconds)

    def observe_export(self, export: ExportObserved) -> None:
        """Note an export that ended."""
        self._exports.labels(export.failure or ExportState.READY).inc()
        self._export_bytes.inc(export.byte_size)

    def observe_lag(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._loop_lag.observe(seconds)

    def observe(self, answered: AnsweredRequest) -> None:
        """Note a request that ended."""
        known = answered.path if answered.path in self._paths else _OTHER
        self._requests.labels(known, str(answered.status)).inc()
        self._seconds.labels(known).observe(answered.seconds)
        kind = answered.noted.get("kind")
        if kind in _KINDS:
            self._operations.labels(kind).observe(answered.seconds)
        if answered.noted.get("kept"):
            self._kept_answers.inc()
        for code in answered.noted.get("errors", ()):
            self._errors.labels(code if code in ALL_CODES else _OTHER).inc()

    async def answer(self, request: Request) -> Response:
        """Answer all figures in the text format of Prometheus.

        Raises:
            HTTPException: 404 for those who are not told.
        """
        if not self._is_told(request):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _is_told(self, request: Request) -> bool:
        if self._secret is None:
            return request.client is not None and _is_own(request.client.host)
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {self._secret}".encode())


def _is_own(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
