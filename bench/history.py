"""How fast the history answers when it is long: GraphQL over HTTP to the real server, at three sizes.

Run as `python -m bench.history [<events> …]`. Each size is an organization of its own in a database of its own,
imported in the history format; `bench/company.py` says what is in it.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import perf_counter as clock
from uuid import UUID

from bench.imported_company import import_company, things_of, tokens_of
from bench.operations import NOW, Asked, Operations
from bench.own_database import own_database
from bench.postgres import server_of_this_run
from bench.server import Server, running_server
from service.progress_bar import progress_bar

SIZES = (2_000, 20_000, 200_000)
MOST_ROUNDS = 25
FEWEST_ROUNDS = 3
SECONDS = 5.0
"""An operation is repeated for so long, within the bounds of rounds, at all its moments in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One line of the table: how long an operation takes for a viewer at a moment, in milliseconds.

    `to_now` compares the median with that at the present; `others_wait_ms` is the longest that another request waited
    meanwhile, in a run that is not timed.
    """

    operation: str
    viewer: str
    moment: str
    events: int
    median_ms: float
    slowest_twentieth_ms: float
    others_wait_ms: float
    answer_bytes: int
    to_now: float | None = None


@dataclass(slots=True)
class Measured:
    """What one size showed; `skipped` are operations that the schema does not have, with what it says."""

    events: int
    import_seconds: float
    memory_mib: float = 0.0
    answers: list[Answered] = field(default_factory=list[Answered])
    skipped: dict[str, str] = field(default_factory=dict[str, str])


async def measure_history(server_url: str, sizes: Sequence[int] = SIZES) -> list[Measured]:
    """Measure all sizes, the smallest first, on a PostgreSQL server on which databases may be created."""
    measured: list[Measured] = []
    for events in sorted(sizes):
        async with own_database(server_url, f"bench_history_{events}") as database_url:
            measured.append(await _measure_size(database_url, events))
    return measured


async def _measure_size(database_url: str, events: int) -> Measured:
    began = clock()
    organization_id = await import_company(database_url, events)
    return await measure_answers(database_url, organization_id, events, clock() - began)


async def measure_answers(database_url: str, organization_id: UUID, events: int, import_seconds: float) -> Measured:
    """Measure all answers about a company that was imported."""
    measured = Measured(events=events, import_seconds=import_seconds)
    tokens = await tokens_of(database_url, organization_id)
    async with running_server(database_url, keeps_answers=False) as server:
        schema_language = (await server.http.get("/schema.graphql")).text
        operations = Operations.of(await things_of(server, tokens["ADMIN"], events), schema_language)
        measured.skipped = operations.skipped
        with progress_bar(f"Reading {events} events") as advance:
            for done, asked in enumerate(operations.asked):
                advance(done, len(operations.asked))
                measured.answers += await _measure(server, asked, events, tokens[asked.viewer])
        measured.memory_mib = server.memory_mib
    return measured


# --- measuring


async def _measure(server: Server, asked: Asked, events: int, token: str) -> list[Answered]:
    """Repeat an operation at all its moments in turn, so that what else the machine does falls on all alike."""
    await server.run(asked.text, asked.variables[NOW], token)
    waits = {
        moment: await server.longest_wait(partial(server.run, asked.text, variables, token))
        for moment, variables in asked.variables.items()
    }
    times: dict[str, list[float]] = {moment: [] for moment in asked.variables}
    sizes: dict[str, int] = {}
    end = clock() + SECONDS
    for number in range(MOST_ROUNDS):
        if number >= FEWEST_ROUNDS and clock() > end:
            break
        for moment, variables in asked.variables.items():
            began = clock()
            sizes[moment] = len(await server.send(asked.text, variables, token))
            times[moment].append((clock() - began) * 1_000)
    medians = {moment: median(several) for moment, several in times.items()}
    return [
        Answered(
            operation=asked.name,
            viewer=asked.viewer,
            moment=moment,
            events=events,
            median_ms=medians[moment],
            slowest_twentieth_ms=sorted(several)[len(several) * 19 // 20],
            others_wait_ms=waits[moment] * 1_000,
            answer_bytes=sizes[moment],
            to_now=None if moment == NOW else medians[moment] / medians[NOW],
        )
        for moment, several in times.items()
    ]


def table(measured: Sequence[Measured]) -> Iterator[str]:
    """Answer the lines of a table of all sizes, those of one operation below each other."""
    title = ("operation", "viewer", "moment", "events", "median ms", "p95 ms", "to now", "to smaller", "others wait ms")
    yield _line(title)
    answers = {(each.operation, each.viewer, each.moment, each.events): each for one in measured for each in one.answers}
    sizes = [one.events for one in measured]
    for operation, viewer, moment in dict.fromkeys(key[:3] for key in answers):
        smaller: Answered | None = None
        for events in sizes:
            each = answers.get((operation, viewer, moment, events))
            if each is None:
                continue
            numbers = [f"{each.median_ms:.1f}", f"{each.slowest_twentieth_ms:.1f}", _ratio(each.to_now)]
            numbers += [_ratio(smaller and each.median_ms / smaller.median_ms), f"{each.others_wait_ms:.0f}"]
            yield _line((operation, viewer, moment, str(events), *numbers))
            smaller = each
    for one in measured:
        yield f"{one.events} events: imported in {one.import_seconds:.0f} s; most memory of the server {one.memory_mib:.0f} MiB"
    for operation, missing in measured[-1].skipped.items():
        yield f"skipped: {operation} ({missing})"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _line(cells: Sequence[str]) -> str:
    names, numbers = cells[:3], cells[3:]
    widths = (36, 8, 12)
    return "".join(f"{each:<{width}}" for each, width in zip(names, widths, strict=True)) + "".join(
        f"{each:>15}" for each in numbers
    )


def main() -> None:
    """Measure the sizes of the command line on the server of DATABASE_URL, or on one of this run's own."""
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    with server_of_this_run() as url:
        measured = asyncio.run(measure_history(url, sizes))
    print("\n".join(table(measured)))


if __name__ == "__main__":
    main()
