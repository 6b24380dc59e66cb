"""A verification that is killed on its way.

python -m tests.support.killed_verification URL ORGANIZATION PAGE_SIZE KILLED_AT [--full]
"""

import asyncio
import os
import signal
import sys
from uuid import UUID

from events.verify_database import VerificationProgress, verify_log
from service.database import owner_connection


async def main(database_url: str, organization_id: str, page_size: str, killed_at: str, *options: str) -> None:
    """Verify until a position is reached, and die."""

    def die_there(progress: VerificationProgress) -> None:
        if progress.position >= int(killed_at):
            os.kill(os.getpid(), signal.SIGKILL)

    async with owner_connection(database_url) as connection:
        await verify_log(
            connection,
            UUID(organization_id),
            full="--full" in options,
            page_size=int(page_size),
            on_progress=die_there,
        )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
