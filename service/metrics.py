"""Figures of the process for Prometheus: requests, the batches of the write path, the pool, and the process itself.

None has a label for an organization, a person or a token: their number has no bound.
"""

from collections.abc import Callable, Collection
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
from starlette.requests import Request
from starlette.responses import Response

from service.batch import BatchObserved
from service.database import Database
from service.exports import Exports
from service.graphql_errors import ALL_CODES
from service.ledger import Ledger
from service.request_log import AnsweredRequest

_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_OTHER = "other"
_KINDS = frozenset(kind.value for kind in OperationType)


class Metrics:
    """The figures of one application. Every path but `paths` counts as one, or whoever asks could make up series."""

    def __init__(self, paths: Collection[str]) -> None:
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
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        build = Gauge("okr_ledger_build_info", "The version that runs.", ("version",), registry=self._registry)
        build.labels(version("okr-ledger")).set(1)

    def watch(self, ledger: Ledger, database: Database, exports: Exports) -> None:
        """Tell of a write path, a pool and exports, too: what they hold when somebody asks."""
        gauges: dict[str, tuple[str, Callable[[], float]]] = {
            "okr_ledger_queued_acts": ("Acts that wait for their batch.", lambda: ledger.queued),
            "okr_ledger_queued_exports": ("Exports that wait to be made.", lambda: exports.queue_length),
            "okr_ledger_writers": ("Organizations whose folded states are in memory.", lambda: ledger.writers),
            "okr_ledger_database_connections": ("Connections to PostgreSQL.", lambda: database.connections[0]),
            "okr_ledger_database_connections_free": ("Those that are free.", lambda: database.connections[1]),
        }
        for name, (description, read) in gauges.items():
            Gauge(name, description, registry=self._registry).set_function(read)

    def observe_batch(self, batch: BatchObserved) -> None:
        """Note a batch that was committed."""
        self._acts.labels("accepted").inc(batch.accepted)
        self._acts.labels("refused").inc(batch.refused)
        self._events.inc(batch.events)
        self._batch_acts.observe(batch.accepted + batch.refused)
        self._lock_wait.observe(batch.lock_seconds)
        self._lock_hold.observe(batch.held_seconds)

    def observe(self, answered: AnsweredRequest) -> None:
        """Note a request that ended."""
        known = answered.path if answered.path in self._paths else _OTHER
        self._requests.labels(known, str(answered.status)).inc()
        self._seconds.labels(known).observe(answered.seconds)
        if answered.kind in _KINDS:
            self._operations.labels(answered.kind).observe(answered.seconds)
        for code in answered.error_codes:
            self._errors.labels(code if code in ALL_CODES else _OTHER).inc()

    async def answer(self, request: Request) -> Response:
        """Answer all figures in the text format of Prometheus."""
        del request
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
