"""Figures of the process for Prometheus: how many requests, how they ended, and how long they took."""

from collections.abc import Collection

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response

_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_OTHER = "other"


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

    def observe(self, path: str, status: int, seconds: float) -> None:
        """Note a request that ended."""
        known = path if path in self._paths else _OTHER
        self._requests.labels(known, str(status)).inc()
        self._seconds.labels(known).observe(seconds)

    async def answer(self, request: Request) -> Response:
        """Answer all figures in the text format of Prometheus."""
        del request
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
