"""Reads and decodes a log of `eventsourcing`: `eventsourcing_log.py <database URL> <event> <events>`.

Prints how many events there were and how long it took, in seconds: of the clock, and of this process.
"""

import json
import sys
import time

from eventsourcing_check_ins import KeyResult, application

AGGREGATES = 100
SECTION = 5_000


def main() -> None:
    """Write the log, then read it in sections."""
    database_url, check_in, wanted = sys.argv[1:]
    app = application(database_url, 1, is_first=True)
    written = 0
    for _ in range(AGGREGATES):
        aggregate = KeyResult()
        for _ in range(int(wanted) // AGGREGATES - 1):
            aggregate.check_in(json.loads(check_in))
        written += len(app.save(aggregate))
    began, busy = time.perf_counter(), time.process_time()
    last, read = app.recorder.max_notification_id() or 0, 0
    start = last - written + 1
    while notifications := app.recorder.select_notifications(start=start, limit=SECTION):
        for each in notifications:
            app.mapper.to_domain_event(each)
        read += len(notifications)
        start = notifications[-1].id + 1
    answer = {"events": read, "seconds": time.perf_counter() - began, "busy_seconds": time.process_time() - busy}
    app.close()
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
