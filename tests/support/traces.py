"""Looking for traces of a text in everything that a database holds."""

from typing import Any

_TABLES = """
select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1, 2
"""


async def traces(connection: Any, text: str) -> set[str]:
    """Answer the tables that hold a text in any column, as text or as bytes; the connection is one of the owner."""
    found: set[str] = set()
    hexadecimal = text.encode().hex()
    for table in await connection.fetch(_TABLES):
        name = f"{table['schema']}.{table['name']}"
        holding = f"select exists (select from {name} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0)"
        if await connection.fetchval(holding, text, hexadecimal):
            found.add(name)
    return found
