"""Kills of writing processes and of PostgreSQL at random instants: what was acknowledged is there, once, and all fits."""

import asyncio
import json
import os
import secrets
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from events.migrate import migrate
from events.verify_database import verify_log
from projections.generation import FIRST_GENERATION
from projections.rebuild import rebuild
from service import embedded_postgres
from service.embedded_postgres import EmbeddedPostgres
from tests.support.acting import Office, owner, running_ledger

KILLS = 54
WRITERS = 3
CLIENTS = 4
KEY_RESULTS = 50
SECONDS = 230
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class WritingProcess:
    """One process that writes, and what it has been told."""

    process: asyncio.subprocess.Process
    acknowledged: list[tuple[str, int]] = field(default_factory=list)
    reading: "asyncio.Task[None] | None" = None

    @classmethod
    async def started(cls, url: str, office: Office, key_result_ids: list[str]) -> "WritingProcess":
        arguments = (url, str(office.organization_id), office.ada, str(CLIENTS), *key_result_ids)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.writing_process", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        writer = cls(process)
        writer.reading = asyncio.create_task(writer._read())
        return writer

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            identifier, position = line.decode().split()
            self.acknowledged.append((identifier, int(position)))

    async def acknowledges_more(self, seconds: float = 60) -> None:
        """Wait until something new is acknowledged: nothing hangs."""
        known, deadline = len(self.acknowledged), time.monotonic() + seconds
        while len(self.acknowledged) <= known:
            assert self.process.returncode is None, "the writing process has ended by itself"
            assert time.monotonic() < deadline, "nothing is acknowledged any more"
            await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Kill it and read what it had said."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        assert self.reading is not None
        await self.reading


async def one_acknowledges_more(writers: list[WritingProcess]) -> None:
    """Wait until one of them writes; the others may still be starting."""
    waiting = [asyncio.create_task(writer.acknowledges_more()) for writer in writers]
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()


def postgres_processes(folder: Path) -> list[psutil.Process]:
    postmaster = psutil.Process(int((folder / "postgresql" / "postmaster.pid").read_text().splitlines()[0]))
    return [postmaster, *postmaster.children()]


def kill_a_backend(folder: Path) -> bool:
    """Kill one connection's process: the server drops all others, forgets its memory and recovers."""
    backends = [each for each in postgres_processes(folder)[1:] if "127.0.0.1" in " ".join(each.cmdline())]
    if backends:
        secrets.choice(backends).kill()
    return bool(backends)


def kill_the_server(folder: Path) -> None:
    """Kill everything of PostgreSQL at once."""
    for process in postgres_processes(folder):
        with suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.fixture
def folder(tmp_path: Path):
    folder = tmp_path / "crash"
    yield folder
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        kill_the_server(folder)


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX knows them")
async def test_no_kill_loses_doubles_or_bends_what_was_acknowledged(folder: Path, monkeypatch: pytest.MonkeyPatch):
    server = EmbeddedPostgres(folder)
    url = await asyncio.to_thread(server.start)
    # A server that comes back is found where it was.
    monkeypatch.setattr(embedded_postgres, "_free_port", lambda: urlsplit(url).port)
    await migrate(url)
    async with running_ledger(url) as ledger:
        office = await Office.opened(ledger)
        key_result_ids = [await office.key_result() for _ in range(KEY_RESULTS)]

    writers = [await WritingProcess.started(url, office, key_result_ids) for _ in range(WRITERS)]
    finished: list[WritingProcess] = []
    kills: Counter[str] = Counter()
    try:
        async with asyncio.timeout(SECONDS):
            while kills.total() < KILLS:
                await one_acknowledges_more(writers)
                await asyncio.sleep(secrets.randbelow(300) / 1000)
                kind = ("writer", "backend", "writer", "backend", "server", "backend")[kills.total() % 6]
                if kind == "writer":
                    finished.append(writers.pop(0))
                    await finished[-1].kill()
                    writers.append(await WritingProcess.started(url, office, key_result_ids))
                elif kind == "server":
                    kill_the_server(folder)
                    assert await asyncio.to_thread(server.start) == url
                elif not kill_a_backend(folder):
                    continue
                kills[kind] += 1
            await asyncio.gather(*(writer.acknowledges_more() for writer in writers))
    finally:
        for writer in writers:
            await writer.kill()
    finished += writers

    acknowledged = [each for writer in finished for each in writer.acknowledged]
    assert len(acknowledged) > KILLS
    async with owner(url) as connection:
        rows = await connection.fetch("select position, data, type from okr_ledger.event order by position")
        assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
        recorded = [(json.loads(row["data"])["check_in_id"], row["position"]) for row in rows if "checked_in" in row["type"]]
        assert len({identifier for identifier, _ in recorded}) == len(recorded)
        assert set(acknowledged) <= set(recorded)
        assert len(set(acknowledged)) == len(acknowledged)
        report = await verify_log(connection, office.organization_id, full=True)
        assert report is not None
        assert report.is_valid, report.problem
        rebuilt = await rebuild(connection, lambda _: None)
        assert rebuilt.generation == FIRST_GENERATION + 1
        (organization,) = rebuilt.organizations
        assert organization.differences == ()
    await asyncio.to_thread(server.stop)
