"""Clients that repeat their work side by side, and what they saw."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

SECONDS = 3.0
WARM_UP = 0.3
"""Seconds at the beginning that are not counted."""

Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of the table; latencies in milliseconds as seen by one client, processor times per unit of work.

    `work` is what is done and `by` is who does it; `server_ms` is the processor time of the process that serves,
    `database_ms` that of PostgreSQL, None where it was not measured.
    """

    work: str
    by: str
    clients: int
    per_second: float
    median_ms: float
    slowest_percent_ms: float
    server_ms: float | None = None
    database_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the work was done in a second, and how long it took, in milliseconds."""

    count: int
    per_second: float
    median_ms: float
    slowest_percent_ms: float

    @classmethod
    def of(cls, latencies: list[float], seconds: float) -> "Pace":
        """Sum up latencies, which are in seconds."""
        latencies.sort()
        return cls(
            count=len(latencies),
            per_second=len(latencies) / seconds,
            median_ms=latencies[len(latencies) // 2] * 1_000,
            slowest_percent_ms=latencies[len(latencies) * 99 // 100] * 1_000,
        )


async def repeated(clients: Sequence[Work], seconds: float = SECONDS, warm_up: float = WARM_UP) -> Pace:
    """Let every client repeat its work for a while; each goes on as soon as it has its answer."""
    latencies: list[float] = []
    begin = time.perf_counter() + warm_up
    end = begin + seconds

    async def client(once: Work) -> None:
        while (started := time.perf_counter()) < end:
            await once()
            if started >= begin:
                latencies.append(time.perf_counter() - started)

    await asyncio.gather(*(client(once) for once in clients))
    return Pace.of(latencies, time.perf_counter() - begin)


def milliseconds(value: float | None) -> str:
    """Answer a cell of a table."""
    return "" if value is None else f"{value:.1f}"


def title() -> str:
    """Answer the head of a table of what was measured."""
    numbers = "".join(f"{each:>12}" for each in ("clients", "per second", "p50 ms", "p99 ms", "server ms", "database ms"))
    return f"{'work':<36}{'by':<28}{numbers}"


def line(measured: Measured) -> str:
    """Answer its line of the table."""
    times = (measured.median_ms, measured.slowest_percent_ms, measured.server_ms, measured.database_ms)
    numbers = (str(measured.clients), f"{measured.per_second:,.0f}", *map(milliseconds, times))
    return f"{measured.work:<36}{measured.by:<28}" + "".join(f"{each:>12}" for each in numbers)
