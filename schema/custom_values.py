"""The field of every noun that has custom fields."""

from collections.abc import Sequence
from typing import Any

import schema.custom_value
from projections.rows import CustomValueRow
from schema.field import joined, need


def custom_values() -> Any:
    """Declare what a thing has in custom fields; whoever was shown the thing may see it."""

    def custom_fields(self: Any, rows: Sequence[CustomValueRow]) -> "list[schema.custom_value.CustomFieldValue]":
        """Show the values."""
        return schema.custom_value.values_of(rows, self.view)

    description = "What it has in custom fields that are not archived at the moment read, by name of the field; at most 50."
    return joined(description, need("custom_values", "row.id"))(custom_fields)
