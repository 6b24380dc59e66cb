"""The program as users start it: each command in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("okr-ledger")
START_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """The program with a database and settings; those of whoever runs the tests do not count."""

    database_url: str | None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process of the program."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("OKR_LEDGER_") and name != "DATABASE_URL"
        }
        kept |= self.settings
        return kept if self.database_url is None else kept | {"DATABASE_URL": self.database_url}

    def run(self, *arguments: str | Path, expected: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, which must have the expected exit code."""
        ended = subprocess.run(
            [PROGRAM, *arguments], env=self.environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
        assert ended.returncode == expected, (ended.stdout, ended.stderr)
        assert "Traceback" not in ended.stderr
        return ended

    @contextmanager
    def running(self, *arguments: str | Path) -> Generator[subprocess.Popen[str]]:
        """Run a command for as long as the block runs."""
        with subprocess.Popen(
            [PROGRAM, *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def organization(self, name: str = "Example") -> dict[str, str]:
        """Create an organization and answer the identifiers and the token that are printed."""
        created = self.run("organization", "create", "--name", name, "--admin-name", "Ada", "--admin-email", "ada@example.com")
        return dict(line.split(" ") for line in created.stdout.splitlines())  # type: ignore[misc] # two words a line
