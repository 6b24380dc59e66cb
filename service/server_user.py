"""The operating-system user under which the embedded PostgreSQL runs.

PostgreSQL refuses to run as root. A program of root therefore starts it as another user, and that user has to reach
the data and the binaries, which often lie below a folder that only root may enter (a private home, a folder made by
mktemp). The permissions of those parents belong to their owner and stay as they are; the server gets the single
capability of passing through them instead, and only when it needs it.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ACCOUNTS = ("postgres", "nobody")

# Reading through closed folders is enough wherever it is granted; Docker's default set only has the wider one.
_CAPABILITIES = ("dac_read_search", "dac_override")


class ServerUserUnavailableError(Exception):
    """Root has no way to run the server as another user; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUser:
    """How to run a program of PostgreSQL: the account and the words that stand before its command."""

    user_id: int | None = None
    group_id: int | None = None
    prefix: tuple[str, ...] = ()

    def popen(self, command: Sequence[str | Path], *, standard_input: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """Start the command with its output (both streams in one) in a pipe."""
        # With a prefix, the prefix changes the user: it needs root's rights to hand a capability on.
        switch = self.user_id is not None and not self.prefix
        return subprocess.Popen(
            [*self.prefix, *map(str, command)],
            cwd=Path(command[0]).anchor,
            env=_environment(),
            stdin=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            user=self.user_id if switch else None,
            group=self.group_id if switch else None,
            extra_groups=() if switch else None,
        )

    def run(self, command: Sequence[str | Path], *, standard_input: str | None = None) -> tuple[int, str]:
        """Run the command to its end; answer its exit code and its output."""
        with self.popen(command, standard_input=subprocess.DEVNULL if standard_input is None else subprocess.PIPE) as process:
            output, _ = process.communicate(standard_input)
            return process.returncode, output

    def own(self, path: Path) -> None:
        """Give a file or a whole folder to the account."""
        if self.user_id is None or self.group_id is None:
            return
        os.chown(path, self.user_id, self.group_id)
        for folder, names, files in os.walk(path):
            for name in (*names, *files):
                os.chown(Path(folder, name), self.user_id, self.group_id, follow_symlinks=False)


def choose_server_user(*, folder: Path, program: Path) -> ServerUser:
    """Answer how to run `program` (absolute) so that it can work in `folder` (absolute, existing).

    Whoever is not root runs the server as themselves. Root takes the owner of the folder if that is somebody else
    (data of an earlier start), then `postgres`, then `nobody`.

    Raises:
        ServerUserUnavailableError: there is no such account, or it can not be made to reach the two paths.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return ServerUser()
    user_id, group_id = _account(folder)
    for candidate in _candidates(user_id, group_id):
        if _reaches(candidate, folder=folder, program=program):
            return candidate
    message = (
        f"PostgreSQL does not run as root, and the user {user_id} can reach neither through its own rights nor through a"
        f" capability both {folder} and {program}. Run this program as an ordinary user, or put the data and the"
        " environment into folders that every user may enter, or set DATABASE_URL to a PostgreSQL server."
    )
    raise ServerUserUnavailableError(message)


def _account(folder: Path) -> tuple[int, int]:
    import pwd  # noqa: PLC0415 - the module exists on POSIX only, and only root comes here

    owner = folder.stat()
    if owner.st_uid != 0:
        return owner.st_uid, owner.st_gid
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    message = (
        "PostgreSQL does not run as root, and there is neither an account 'postgres' nor 'nobody' to run it as. Run this"
        " program as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
    )
    raise ServerUserUnavailableError(message)


def _candidates(user_id: int, group_id: int) -> list[ServerUser]:
    candidates = [ServerUser(user_id=user_id, group_id=group_id)]
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return candidates
    for capability in _CAPABILITIES:
        prefix = (
            setpriv,
            f"--reuid={user_id}",
            f"--regid={group_id}",
            "--clear-groups",
            "--no-new-privs",
            f"--inh-caps=-all,+{capability}",
            f"--ambient-caps=-all,+{capability}",
            # access(2) ignores the capabilities of any user but root unless this bit is set, and initdb asks access(2)
            # whether it can find the server.
            "--securebits=+no_setuid_fixup",
        )
        candidates.append(ServerUser(user_id=user_id, group_id=group_id, prefix=prefix))
    return candidates


def _reaches(candidate: ServerUser, *, folder: Path, program: Path) -> bool:
    # In a shell, because setpriv itself can still open what the program after it can not. `test -r` asks access(2).
    script = 'cd "$1" && test -r "$2" && "$2" --version'
    try:
        code, _ = candidate.run(["/bin/sh", "-c", script, "sh", folder, program])
    except OSError:
        return False
    return code == 0


def _environment() -> dict[str, str]:
    # A PGDATA, PGPORT or PGOPTIONS of the user's shell speaks of another server.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
