"""The PostgreSQL that a run measures on."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from service.embedded_postgres import EmbeddedPostgres


@contextmanager
def server_of_this_run() -> Generator[str]:
    """Answer the URL of DATABASE_URL, or of an embedded server that is gone at the end."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="okr-ledger-bench-") as folder:
        Path(folder).chmod(0o755)  # the server may run as another user
        with EmbeddedPostgres(Path(folder) / "server") as url:
            yield url
