"""Compares two generations of read models row for row.

Columns and tables that only one of the two has are left out: a changed layout is a reason to rebuild, not a
difference in what is told.
"""

from dataclasses import dataclass
from uuid import UUID

from events.connection import Connection
from projections.generation import schema_of
from projections.lens import CURRENT

EXAMPLES = 3

# Answers the columns of all tables of a generation, in their order.
_COLUMNS = """
select c.relname as table_name, a.attname as column_name from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
"""

# Counts the rows that one side has and the other has not, both ways, with some examples.
_DIFFERENCES = """
with left_rows as ({left}), right_rows as ({right}),
    missing as (select * from left_rows except all select * from right_rows),
    unexpected as (select * from right_rows except all select * from left_rows)
select (select count(*) from missing) as missing_count,
    (select count(*) from unexpected) as unexpected_count,
    array(select {name} from (table missing union all table unexpected) as different limit {examples}) as examples
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How one table differs: rows that the second generation lacks, and rows that only it has.

    `examples` names some of them by id and first position, or by position.
    """

    table: str
    missing_count: int
    unexpected_count: int
    examples: tuple[str, ...]


async def columns_of(connection: Connection, generation: int) -> dict[str, list[str]]:
    """Answer the columns of each table of a generation."""
    columns: dict[str, list[str]] = {}
    for row in await connection.fetch(_COLUMNS, schema_of(generation)):
        columns.setdefault(row["table_name"], []).append(row["column_name"])
    columns.pop("reached", None)
    return columns


async def differences(
    connection: Connection, organization_id: UUID, first: int, second: int, *, after: int, upto: int
) -> list[Difference]:
    """Compare what two generations say of an organization about the positions in (after, upto].

    What later positions have changed in one of them is left out, so one may be written to meanwhile. As the owner.

    Args:
        connection: any; a transaction sees its own rows.
        organization_id: whose rows.
        first: the generation that is taken to be right.
        second: the other one.
        after: rows that neither begin nor end after this position are taken to be equal.
        upto: the last position to compare.
    """
    columns, others = await columns_of(connection, first), await columns_of(connection, second)
    found: list[Difference] = []
    for table in sorted(columns.keys() & others.keys()):
        shared = [column for column in columns[table] if column in others[table]]
        statement = _DIFFERENCES.format(
            left=_selection(first, table, shared),
            right=_selection(second, table, shared),
            name="id || ' at ' || from_position" if "from_position" in shared else "'position ' || position",
            examples=EXAMPLES,
        )
        row = await connection.fetchrow(statement, organization_id, after, upto)
        if row is not None and (row["missing_count"] or row["unexpected_count"]):
            found.append(
                Difference(
                    table=table,
                    missing_count=row["missing_count"],
                    unexpected_count=row["unexpected_count"],
                    examples=tuple(row["examples"]),
                )
            )
    return found


def _selection(generation: int, table: str, columns: list[str]) -> str:
    source = f"{schema_of(generation)}.{table}"
    if "to_position" not in columns:
        return f"select {', '.join(columns)} from {source} where organization_id = $1 and position > $2 and position <= $3"  # noqa: S608 - names from the catalogue
    # A row that was closed later than the positions compared was open then.
    shown = [
        f"case when to_position > $3 then {CURRENT} else to_position end as to_position" if column == "to_position" else column
        for column in columns
    ]
    return (
        f"select {', '.join(shown)} from {source} where organization_id = $1 and from_position <= $3 "  # noqa: S608 - as above
        "and (from_position > $2 or (to_position > $2 and to_position <= $3))"
    )
