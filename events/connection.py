"""The type of a database connection, borrowed from a pool or owned."""

from typing import TypeAlias

import asyncpg
import asyncpg.pool

# A text, because asyncpg's classes are generic to the type checkers alone.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
