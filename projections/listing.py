"""What may be asked of a noun: its fields, relations and orders, each as the SQL that stands for it.

The listings, each in the module of its noun, are the whole list: a condition or an order that names anything else is
refused, and values are always parameters. Aliases of tables: `o` objective, `k` key result, `i` initiative, `p` person,
`t` team, `c` cycle, `g` program, `r` check-in, `said` comment, `praise` recognition, `v` value of a custom field;
`o_number` and `k_number` are the numbers. A relation's source names the alias of the thing it starts from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from events.identifier import Noun
from projections.page import Order

SORTED_CHARACTERS = 100
"""By how many characters texts and addresses are sorted: a cursor holds them, and so may an index."""


class Kind(StrEnum):
    """The database type of a field; texts, bigints, floats, dates and instants only, which keep their index."""

    TEXT = "text"
    INTEGER = "bigint"
    FLOAT = "float8"
    DATE = "date"
    INSTANT = "timestamptz"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a row: `sql` is its expression, `folded` that for comparing without case.

    With `each`, the field has many values: `each` is what to select them from, and a condition holds when
    it holds for one of them, or, if it negates, when it holds for all.
    """

    sql: str
    kind: Kind = Kind.TEXT
    folded: str | None = None
    each: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A way to other things: `source` is what follows `from`, with the condition that relates them."""

    noun: Noun
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What can be listed: a noun's table, or a subquery, of an alias of its own; `columns` are selected.

    `numbers` joins the table of numbers, of alias `<alias>_number`; `orders` are the fields to order by, and
    `default_order` is used without any. The identifier is always the last. `seen` says what the viewer may see.
    """

    alias: str
    table: str
    columns: str
    fields: Mapping[str, Field]
    orders: Mapping[str, Field]
    default_order: tuple[Order, ...]
    relations: Mapping[str, Relation] = field(default_factory=dict[str, Relation])
    numbers: str = ""
    seen: str = "true"

    @property
    def version(self) -> str:
        """What tells the versions of a thing apart, as `projections.kept_rows.version_of` says it of a row."""
        number = f"{self.alias}_number.from_position" if self.numbers else "null"
        return f"concat({self.alias}.id, '@', {self.alias}.from_position, '/', {number}) as version"

    @property
    def first(self) -> str:
        """The position at which a version begins to be valid."""
        own = f"{self.alias}.from_position"
        return f"greatest({own}, {self.alias}_number.from_position)" if self.numbers else own

    @property
    def ending(self) -> str:
        """The position at which a version is not valid any more."""
        own = f"{self.alias}.to_position"
        return f"least({own}, {self.alias}_number.to_position)" if self.numbers else own

    @property
    def source(self) -> str:
        """What follows `from`."""
        table = self.table if self.table.startswith("(") else f"{{projection}}.{self.table}"
        return f"{table} {self.alias}"
