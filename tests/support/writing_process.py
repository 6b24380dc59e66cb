"""A process that writes until it is killed.

    python -m tests.support.writing_process URL ORGANIZATION PERSON CLIENTS KEY_RESULT...

Each client records check-ins, one after the other, and sends one again under the same command id as long as it has
no answer. What the ledger has acknowledged is printed: the check-in's id and its position.
"""

import asyncio
import os
import secrets
import sys
from contextlib import suppress
from decimal import Decimal
from uuid import UUID

import asyncpg
import structlog

from events.act import Accepted, Act
from events.check_in import CheckInStatus, RecordCheckIn
from events.envelope import Origin
from events.identifier import Noun, new_identifier
from service.database import Database, DatabaseLimits
from service.failure import UnavailableError
from service.ledger import Ledger
from tests.support.acting import PROJECTIONS


async def write(ledger: Ledger, organization_id: UUID, person_id: str, key_result_ids: tuple[str, ...]) -> None:
    """Be one client, for ever."""
    number = 0
    while True:
        number += 1
        check_in = RecordCheckIn(
            check_in_id=new_identifier(Noun.CHECK_IN),
            key_result_id=secrets.choice(key_result_ids),
            value=Decimal(number % 100),
            confidence=0.5,
            status=CheckInStatus.ON_TRACK,
        )
        act = Act(
            organization_id=organization_id,
            actor_id=person_id,
            commands=(check_in,),
            origin=Origin.API,
            request_id="crash",
        )
        outcome = None
        while outcome is None:
            with suppress(UnavailableError):
                outcome = await ledger.dispatch(act)
        if not isinstance(outcome, Accepted):
            raise TypeError(f"not accepted: {outcome}")
        # One call of the system, so that a kill leaves no half line.
        os.write(sys.stdout.fileno(), f"{check_in.check_in_id} {outcome.first_position}\n".encode())
        # The whole log is folded by each process that takes the place of a killed one, so it must stay short.
        await asyncio.sleep(secrets.randbelow(100) / 1000)


async def main(database_url: str, organization_id: str, person_id: str, clients: str, *key_result_ids: str) -> None:
    """Write as several clients at once."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    database = Database(database_url, DatabaseLimits(max_connections=4))
    is_open = False
    while not is_open:
        # It may be started while the server recovers from another kill.
        with suppress(OSError, asyncpg.PostgresError):
            await database.open()
            is_open = True
    ledger = Ledger(database, PROJECTIONS)
    organization = UUID(organization_id)
    await asyncio.gather(*(write(ledger, organization, person_id, key_result_ids) for _ in range(int(clients))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
