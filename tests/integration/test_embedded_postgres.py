"""The embedded PostgreSQL: started, shared, killed, recovered."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from service.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

START_AND_WAIT = """
import sys
from pathlib import Path
from service.embedded_postgres import EmbeddedPostgres

with EmbeddedPostgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a folder with a name that, put together, is longer than the 107 bytes of a socket" / "ledger"
    yield folder
    server = server_process(folder)
    if server is not None:
        server.kill()


def server_process(folder: Path) -> psutil.Process | None:
    process_file = folder / "postgresql" / "postmaster.pid"
    if not process_file.exists():
        return None
    try:
        return psutil.Process(int(process_file.read_text().splitlines()[0]))
    except psutil.NoSuchProcess:
        return None


def another_program(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def url_of(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


async def answer(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_it_answers_and_stops(folder: Path):
    with EmbeddedPostgres(folder) as url:
        assert await answer(url, "select current_setting('server_version_num')::int / 10000") == 18
        assert await answer(url, "select current_database()") == "okr_ledger"
        assert await answer(url, "select datcollate from pg_database where datname = current_database()") == "C"
        assert await answer(url, "select pg_encoding_to_char(encoding) from pg_database limit 1") == "UTF8"
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await answer(url, f"select current_setting('{setting}')") == "on"
    assert server_process(folder) is None


async def test_data_survive_a_stop(folder: Path):
    with EmbeddedPostgres(folder) as url:
        await answer(url, "create table kept (value int)")
        await answer(url, "insert into kept values (7)")
    with EmbeddedPostgres(folder) as url:
        assert await answer(url, "select value from kept") == 7


def test_stop_without_start_does_nothing(folder: Path):
    EmbeddedPostgres(folder).stop()
    assert not folder.exists()


def test_only_the_owner_reads_data_and_password(folder: Path):
    with EmbeddedPostgres(folder):
        assert stat.S_IMODE((folder / "postgresql").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600


async def test_a_wrong_password_is_refused(folder: Path):
    with EmbeddedPostgres(folder) as url:
        password = (folder / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await answer(url.replace(password, "wrong"), "select 1")


async def test_a_running_server_is_reused_and_left_to_the_others(folder: Path):
    first, second = EmbeddedPostgres(folder), EmbeddedPostgres(folder)
    url = first.start()
    assert first.start() == url
    assert second.start() == url
    second.stop()
    assert await answer(url, "select 1") == 1
    first.stop()
    assert server_process(folder) is None


async def test_whoever_started_may_leave_before_the_others(folder: Path):
    first, second = EmbeddedPostgres(folder), EmbeddedPostgres(folder)
    url = first.start()
    second.start()
    first.stop()
    assert await answer(url, "select 1") == 1
    second.stop()
    assert server_process(folder) is None


async def test_another_program_reuses_the_server(folder: Path):
    with EmbeddedPostgres(folder) as url, another_program(folder) as program:
        assert url_of(program) == url
        program.communicate()
        assert program.returncode == 0
        assert await answer(url, "select 1") == 1


async def test_two_programs_that_start_at_once_share_one_server(folder: Path):
    with another_program(folder) as one, another_program(folder) as other:
        url = url_of(one)
        assert url.startswith("postgresql://")
        assert url_of(other) == url
        assert await answer(url, "select 1") == 1
        one.communicate()
        assert await answer(url, "select 1") == 1
        other.communicate()
        assert (one.returncode, other.returncode) == (0, 0)
    assert server_process(folder) is None


async def test_a_killed_server_recovers_what_was_committed(folder: Path):
    postgres = EmbeddedPostgres(folder)
    url = postgres.start()
    await answer(url, "create table kept as select generate_series(1, 1000) as value")
    server = server_process(folder)
    assert server is not None
    server.kill()
    again = EmbeddedPostgres(folder)
    assert await answer(again.start(), "select count(*) from kept") == 1000
    again.stop()
    postgres.stop()
    assert server_process(folder) is None


def test_a_start_that_takes_long_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("service.embedded_postgres._NOTICE_SECONDS", 0.001)
    with EmbeddedPostgres(folder):
        pass
    assert "PostgreSQL starts; after a crash it replays its log first: 0 s of at most 600 s\n" in capsys.readouterr().err


async def test_a_killed_program_leaves_a_server_that_the_next_one_takes_over(folder: Path):
    with another_program(folder) as program:
        url = url_of(program)
        program.send_signal(signal.SIGKILL)
    with EmbeddedPostgres(folder) as taken:
        assert taken == url
        assert await answer(taken, "select 1") == 1
    assert server_process(folder) is None


async def test_a_process_number_that_now_belongs_to_another_program_does_not_matter(folder: Path):
    with EmbeddedPostgres(folder):
        process_file = folder / "postgresql" / "postmaster.pid"
        stale = process_file.read_text().splitlines()
    process_file.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    with EmbeddedPostgres(folder) as url:
        assert await answer(url, "select 1") == 1


async def test_a_creation_that_was_interrupted_is_begun_again(folder: Path):
    (folder / "postgresql.unfinished" / "base").mkdir(parents=True)
    with EmbeddedPostgres(folder) as url:
        assert await answer(url, "select 1") == 1
    assert not (folder / "postgresql.unfinished").exists()


def test_data_of_another_major_version_are_refused_with_advice(folder: Path):
    (folder / "postgresql").mkdir(parents=True)
    (folder / "postgresql" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match="were written by PostgreSQL 16; this program brings 18"):
        EmbeddedPostgres(folder).start()


def test_a_folder_that_is_a_file_is_refused_with_its_name(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match=r"The folder .*file can not be used for the data of PostgreSQL"):
        EmbeddedPostgres(tmp_path / "file").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
async def test_root_starts_the_server_below_a_private_folder_without_opening_it(tmp_path: Path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with EmbeddedPostgres(private / "ledger") as url:
        assert await answer(url, "select 1") == 1
        server = server_process(private / "ledger")
        assert server is not None
        assert server.uids().effective != 0
        assert server.uids().effective == (private / "ledger" / "postgresql").stat().st_uid
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert private.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
async def test_data_that_root_copied_are_given_back_to_the_server(folder: Path):
    with EmbeddedPostgres(folder):
        pass
    for path in [folder / "postgresql", *(folder / "postgresql").rglob("*")]:
        os.chown(path, 0, 0)
    (folder / "postgresql").chmod(0o755)
    with EmbeddedPostgres(folder) as url:
        assert await answer(url, "select 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_root_that_can_not_hand_on_a_capability_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.which", lambda _name: None)
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(EmbeddedPostgresError, match="Run this program as an ordinary user, or put the data") as caught:
        EmbeddedPostgres(private / "ledger").start()
    assert "set DATABASE_URL" in str(caught.value)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
