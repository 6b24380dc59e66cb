"""All tables for analysts. `python -m projections.export_tables` prints their columns for docs/exports.md."""

import sys
from collections.abc import Mapping
from typing import Any

from projections.editable_tables import EDITABLE_TABLES
from projections.export_changes import CHANGES_TABLE
from projections.export_check_ins import CHECK_INS_TABLE
from projections.export_curves import CURVES_TABLE
from projections.export_custom_fields import CUSTOM_FIELD_VALUES_TABLE, CUSTOM_FIELDS_TABLE
from projections.export_objectives import OBJECTIVES_TABLE
from projections.export_table import ExportContent, Table

_ALL: tuple[Table[Any], ...] = (
    OBJECTIVES_TABLE,
    CHECK_INS_TABLE,
    CURVES_TABLE,
    CHANGES_TABLE,
    CUSTOM_FIELDS_TABLE,
    CUSTOM_FIELD_VALUES_TABLE,
    *EDITABLE_TABLES,
)
TABLES: Mapping[ExportContent, Table[Any]] = {table.content: table for table in _ALL}
"""The table of each content; the log, EVENTS, is none."""


def documentation() -> str:
    """Answer what the columns of all tables are, in Markdown."""
    return "\n".join(_described(table) for table in TABLES.values())


def _described(table: Table[Any]) -> str:
    lines = [f"### {table.content}", "", table.rows, "", "| column | type | unit | meaning |", "|---|---|---|---|"]
    lines += [f"| `{each.name}` | {each.type} | {each.unit} | {each.meaning} |" for each in table.columns]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(documentation())
