"""How fast a whole log is worked through: events per second, and per second that a core was busy with it."""

import gc
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.garbage import search_seldom

RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRate:
    """One line of the table; `busy_seconds` are those of the process that does the work, without PostgreSQL's."""

    work: str
    by: str
    events: int
    seconds: float
    busy_seconds: float

    @property
    def per_second(self) -> float:
        """Events per second."""
        return self.events / self.seconds

    @property
    def per_core_second(self) -> float:
        """Events per second that a core was busy in the process."""
        return self.events / self.busy_seconds


async def measured_rate(work: str, by: str, events: int, do: Callable[[], Awaitable[object]], runs: int = RUNS) -> LogRate:
    """Do something with a log a few times and answer the best run."""
    # What is left of making the log must not weigh on the collector of what is measured.
    search_seldom()
    rates: list[LogRate] = []
    for _ in range(runs):
        began, busy = time.perf_counter(), _busy()
        await do()
        seconds, busy_seconds = time.perf_counter() - began, _busy() - busy
        rates.append(LogRate(work=work, by=by, events=events, seconds=seconds, busy_seconds=busy_seconds))
    gc.unfreeze()
    return min(rates, key=lambda each: each.seconds)


def title() -> str:
    """Answer the head of a table of rates."""
    return f"{'log':<36}{'by':<28}{'events':>12}{'per second':>14}{'of a core':>14}"


def line(rate: LogRate) -> str:
    """Answer the line of a rate."""
    return f"{rate.work:<36}{rate.by:<28}{rate.events:>12,}{rate.per_second:>14,.0f}{rate.per_core_second:>14,.0f}"


def _busy() -> float:
    """Answer the processor time of this process and of its children that have ended, in seconds."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(each.ru_utime + each.ru_stime for each in both)
