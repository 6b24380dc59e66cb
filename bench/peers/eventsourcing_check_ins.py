"""Check-ins with `eventsourcing`: an aggregate per key result, saved with the version that it was at.

Run as `eventsourcing_check_ins.py <database URL> <clients> <processes> <seconds> <event> <work>`; a client is a thread
with aggregates of its own. The work is `save`, which keeps the aggregates in memory and only appends, or `command`,
which gets each from the log first. Prints latencies in seconds.
"""

import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

WARM_UP = 0.3
AGGREGATES = 400


class KeyResult(Aggregate):
    """A key result, of which only the latest value is kept."""

    @event("Created")
    def __init__(self) -> None:
        self.latest: dict[str, object] = {}

    @event("CheckedIn")
    def check_in(self, check_in: dict[str, object]) -> None:
        """Record a check-in."""
        self.latest = check_in


def application(database_url: str, connections: int, *, is_first: bool = False) -> Application[UUID]:
    """Answer an application on PostgreSQL whose pool has a connection for each client; the first creates the tables."""
    parts = urlsplit(database_url)
    return Application(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path[1:],
            "POSTGRES_HOST": parts.hostname or "",
            "POSTGRES_PORT": str(parts.port or 5432),
            "POSTGRES_USER": parts.username or "",
            "POSTGRES_PASSWORD": parts.password or "",
            "POSTGRES_POOL_SIZE": str(connections),
            "POSTGRES_MAX_OVERFLOW": "0",
            "CREATE_TABLE": "yes" if is_first else "no",
            "POSTGRES_ENABLE_DB_FUNCTIONS": "yes",
        }
    )


def work(database_url: str, seconds: float, check_in: dict[str, object], kind: str, clients: int) -> tuple[list[float], float]:
    """Let some threads check in, and answer how long each check-in took and all of them together."""
    app = application(database_url, clients)
    own = [[KeyResult() for _ in range(max(AGGREGATES // clients, 4))] for _ in range(clients)]
    for several in own:
        app.save(*several)
    begin = time.perf_counter() + WARM_UP
    end = begin + seconds

    def client(aggregates: list[KeyResult]) -> list[float]:
        latencies: list[float] = []
        number = 0
        while (started := time.perf_counter()) < end:
            aggregate = aggregates[number % len(aggregates)]
            number += 1
            if kind == "command":
                aggregate = app.repository.get(aggregate.id)
            aggregate.check_in(check_in)
            app.save(aggregate)
            if started >= begin:
                latencies.append(time.perf_counter() - started)
        return latencies

    with ThreadPoolExecutor(clients) as threads:
        latencies = [each for several in threads.map(client, own) for each in several]
    took = time.perf_counter() - begin
    app.close()
    return latencies, took


def main() -> None:
    """Measure, in this process or in several."""
    database_url, clients, processes, seconds, check_in, kind = sys.argv[1:]
    repeat = partial(work, database_url, float(seconds), json.loads(check_in), kind)
    application(database_url, 1, is_first=True).close()
    if processes == "1":
        done = [repeat(int(clients))]
    else:
        with ProcessPoolExecutor(int(processes), mp_context=get_context("fork")) as pool:
            done = list(pool.map(repeat, [int(clients) // int(processes)] * int(processes)))
    latencies = [each for several, _ in done for each in several]
    print(json.dumps({"latencies": latencies, "seconds": max(took for _, took in done)}))


if __name__ == "__main__":
    main()
