"""All editable tables, as contents of exports; `docs/tables.md` says how they are imported."""

from typing import Any

from projections import editable_check_ins, editable_key_results, editable_objectives, editable_people
from projections.export_table import ExportContent, Table

_EDITABLE = "What can be edited and imported again, see [tables](tables.md)."


def _table(content: ExportContent, noun: Any, rows: str) -> Table[Any]:
    columns = tuple(field.column() for field in noun.FIELDS)
    return Table(content=content, rows=f"{_EDITABLE} {rows}", columns=columns, parts=noun.parts)


EDITABLE_TABLES: tuple[Table[Any], ...] = (
    _table(
        ExportContent.EDITABLE_PEOPLE,
        editable_people,
        "One row for each person who has access, in the order of identifiers, whatever the scope.",
    ),
    _table(
        ExportContent.EDITABLE_OBJECTIVES,
        editable_objectives,
        "One row for each objective, in the order of identifiers.",
    ),
    _table(
        ExportContent.EDITABLE_KEY_RESULTS,
        editable_key_results,
        "One row for each key result that is not dropped. By objective (in the order of identifiers), then by priority and "
        "coming.",
    ),
    _table(
        ExportContent.EDITABLE_CHECK_INS,
        editable_check_ins,
        "One row for each check-in that stands. By objective and key result (in the order of identifiers), then by effective "
        "time.",
    ),
)
