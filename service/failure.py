"""How the write path fails when no rule of the domain is broken."""

import asyncpg

from service.database import DatabaseBusyError

# What passes by itself: a lost connection, a server that starts or stops, a lock that is held for long.
_PASSING = (
    OSError,
    TimeoutError,
    DatabaseBusyError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver's, when a connection is lost at a bad moment
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


class OverloadedError(Exception):
    """Too many acts wait for this organization, or too many of `what` else; ask again after `retry_after` seconds."""

    def __init__(self, retry_after: float, what: str = "changes") -> None:
        super().__init__(f"too many {what} are waiting")
        self.retry_after = retry_after
        self.what = what


class UnavailableError(Exception):
    """The database cannot be reached, or the program is being stopped.

    With `is_outcome_unknown` the act may have been kept: the same act under the same id or key is safe.
    """

    def __init__(self, retry_after: float, *, is_outcome_unknown: bool = False) -> None:
        super().__init__("the ledger is not available")
        self.retry_after = retry_after
        self.is_outcome_unknown = is_outcome_unknown


class LedgerInternalError(Exception):
    """The act failed for a fault of the program, which is logged and not told."""

    def __init__(self) -> None:
        super().__init__("internal error")


def is_passing(error: Exception) -> bool:
    """Say whether trying again may help."""
    # What asyncpg cannot encode is both an InterfaceError and a ValueError, and does not pass.
    return isinstance(error, _PASSING) and not isinstance(error, ValueError)


def was_rolled_back(error: Exception) -> bool:
    """Say whether a statement in a transaction of its own has left nothing for certain: it was refused, or never sent."""
    if isinstance(error, asyncpg.PostgresError):
        # A server that is stopped may say so in place of the answer to a commit.
        return not isinstance(error, asyncpg.PostgresConnectionError | asyncpg.OperatorInterventionError)
    return isinstance(error, ValueError)
