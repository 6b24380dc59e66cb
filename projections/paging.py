"""Rows, pages and counts of any noun: one statement for all keys, whatever the condition and the order."""

from collections.abc import Sequence
from dataclasses import dataclass

from asyncpg import Record

from projections.condition import ALWAYS, Condition
from projections.counts import counted
from projections.custom_field_orders import orders_by
from projections.keyset import Term, beginnings, beyond, key_value, terms_of
from projections.lens import Lens
from projections.listing import Listing
from projections.page import Order, Page, SortKey, Window
from projections.predicate import Parameters, check_size, compiled, resolved
from projections.reader import Reader
from projections.statement import fetch

# Answers for each key the rows of its page, and one more to know whether there are further ones.
_PAGES = """
select wanted.id as wanted_id, {columns}
from unnest(:keys::text[]) as wanted (id)
cross join lateral (
    {rows}
) {alias}
{numbers}
order by wanted.id, {outer_ordering}
"""

# Answers the rows of a key's page.
_ROWS = """
select {alias}.*, {sort_columns}
from {source} {inner_numbers} {walked}
where {predicate} and {bounds}
order by {ordering}
limit :size
"""

# Answers the same of rows that begin at two places of an index: it is read from where one condition says, not one or another.
_ROWS_OF_TWO = """
select * from (({rows}) union all ({others})) {alias} order by {outer_ordering} limit :size
"""

# Answers the things of some identifiers: of each the one version that is valid.
_BY_IDS = """
select {columns}
from unnest(:ids::text[]) as wanted (id)
cross join lateral (
    select version.* from {projection}.{table} version
    where version.organization_id = :organization and version.id = wanted.id and version.to_position > :position
    order by version.to_position limit 1
) {alias}
{numbers}
where {predicate}
"""

# Answers the keys that have rows outside a bound; along an index they come first.
_OUTSIDE = """
select wanted.id as wanted_id from unnest(:keys::text[]) as wanted (id)
where exists (
    select from {source} {inner_numbers} {walked} where {predicate} and ({bound}) is not true {ordered}
)
"""

# Answers for each key how many rows there are.
_COUNTS = """
select wanted.id as key,
    (select count(*) from {source} {inner_numbers} where {predicate}) as row_count
from unnest(:keys::text[]) as wanted (id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which things are listed: all seen at the lens, or those that satisfy a predicate as well.

    In the predicate, `wanted.id` stands for a key. An index has the things of a key in the orders `indexed`, each the names of
    fields that rise, with nulls last: pages are read along it, as far as they go.
    """

    listing: Listing
    predicate: str = "true"
    indexed: frozenset[tuple[str, ...]] = frozenset()

    def is_indexed(self, orders: Sequence[Order]) -> bool:
        """Say whether an index has an order, or the default one."""
        asked = tuple(orders) or self.listing.default_order
        return tuple(each.field for each in asked) in self.indexed and all(each == Order(field=each.field) for each in asked)


EVERYWHERE = ("",)
"""The one key of a scope whose predicate names none."""


async def by_ids(reader: Reader, lens: Lens, listing: Listing, ids: Sequence[str]) -> list[Record]:
    """Answer the things of some identifiers, in no order, without those that do not exist or are not seen."""
    scope = Scope(listing=listing)
    predicate = _predicate(scope, ALWAYS, Parameters("c"))
    statement = _filled(_BY_IDS, scope, predicate, columns=listing.columns)
    return await fetch(reader, lens, statement, ids=list(dict.fromkeys(ids)))


async def pages(
    reader: Reader,
    lens: Lens,
    scope: Scope,
    keys: Sequence[str],
    *,
    window: Window,
    condition: Condition = ALWAYS,
    orders: Sequence[Order] = (),
    columns: str | None = None,
) -> dict[str, Page[Record]]:
    """Answer the same window of the list of every key, each key with a page of records of some or all columns.

    Raises:
        UnknownFieldError, ConditionLimitError: the condition or an order is none of the noun's.
        UnknownCustomFieldError: an order is by a custom field that there is not at the lens.
        KeyMismatchError: a bound of the window is none of this order.
    """
    custom = await orders_by(reader, lens, scope.listing, orders)
    terms = terms_of(scope.listing, orders, custom.fields)
    decidable = await _decidable(reader, lens, scope, condition)
    wanted = list(dict.fromkeys(keys))
    size = window.last or 0 if window.first is None else window.first
    columns, is_walked = columns or scope.listing.columns, scope.is_indexed(orders)
    statement, parameters = _page_statement(scope, decidable, terms, window, columns, is_walked=is_walked)
    values = {**custom.values, **parameters.values}
    rows = await fetch(reader, lens, statement, keys=wanted, size=size + 1, **values)
    found: dict[str, list[Record]] = {key: [] for key in wanted}
    for row in rows:
        found[row["wanted_id"]].append(row)
    outside: list[set[str]] = []
    for bound, direction in ((window.after, terms), (window.before, _flipped(terms))):
        if bound is None:
            # Nothing lies outside of no bound.
            outside.append(set())
        else:
            statement, parameters = _outside_statement(scope, decidable, direction, bound, is_walked=is_walked)
            beyond_rows = await fetch(reader, lens, statement, keys=wanted, **custom.values, **parameters.values)
            outside.append({row["wanted_id"] for row in beyond_rows})
    before, behind = outside
    return {
        key: _page(several, terms, window, size, has_before=key in before, has_behind=key in behind)
        for key, several in found.items()
    }


async def counts(
    reader: Reader, lens: Lens, scope: Scope, keys: Sequence[str], condition: Condition = ALWAYS
) -> dict[str, int]:
    """Answer for every key how many things its list holds.

    Raises:
        UnknownFieldError, ConditionLimitError: the condition is none of the noun's.
    """
    parameters = Parameters("c")
    predicate = _predicate(scope, await _decidable(reader, lens, scope, condition), parameters)
    statement = _filled(_COUNTS, scope, predicate, inner_numbers=_numbers(scope.listing, predicate))
    return await counted(reader, lens, statement, keys=list(dict.fromkeys(keys)), **parameters.values)


# --- statements


def _page_statement(
    scope: Scope, condition: Condition, terms: tuple[Term, ...], window: Window, columns: str, *, is_walked: bool
) -> tuple[str, Parameters]:
    listing, parameters = scope.listing, Parameters("c")
    predicate = _predicate(scope, condition, parameters)
    bounds = _bounds(terms, window, parameters)
    shown, reached = (_flipped(terms), window.before) if window.first is None else (terms, window.after)
    begun = beginnings(shown, reached, parameters) if is_walked and reached is not None else ("true",)
    rows = [_ROWS.replace("{bounds}", f"{bounds} and {beginning}") for beginning in begun]
    statement = _filled(
        _PAGES,
        scope,
        predicate,
        rows=rows[0] if len(rows) == 1 else _ROWS_OF_TWO.replace("{rows}", rows[0]).replace("{others}", rows[1]),
        columns=columns + "".join(f", {listing.alias}.{term.column}" for term in terms),
        sort_columns=", ".join(f"{term.sql} as {term.column}" for term in terms),
        ordering=", ".join(term.ordering for term in shown),
        outer_ordering=", ".join(f"{listing.alias}.{term.column_ordering}" for term in shown),
        inner_numbers=_numbers(listing, predicate + bounds + "".join(term.sql for term in terms)),
        is_walked=is_walked,
    )
    return statement, parameters


def _outside_statement(
    scope: Scope, condition: Condition, terms: tuple[Term, ...], bound: SortKey, *, is_walked: bool
) -> tuple[str, Parameters]:
    parameters = Parameters("c")
    predicate = _predicate(scope, condition, parameters)
    inside = beyond(terms, bound, parameters)
    numbers = _numbers(scope.listing, predicate + inside)
    # Without an offset the database would take no order for what only is or is not.
    ordered = f"order by {', '.join(term.ordering for term in terms)} offset 0" if is_walked else ""
    statement = _filled(_OUTSIDE, scope, predicate, bound=inside, inner_numbers=numbers, ordered=ordered, is_walked=is_walked)
    return statement, parameters


def _bounds(terms: tuple[Term, ...], window: Window, parameters: Parameters) -> str:
    bounds = ["true"]
    if window.after is not None:
        bounds.append(beyond(terms, window.after, parameters))
    if window.before is not None:
        bounds.append(beyond(_flipped(terms), window.before, parameters))
    return " and ".join(bounds)


def _flipped(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple(term.flipped for term in terms)


async def _decidable(reader: Reader, lens: Lens, scope: Scope, condition: Condition) -> Condition:
    check_size(condition)
    return await resolved(reader, lens, scope.listing, condition)


def _predicate(scope: Scope, condition: Condition, parameters: Parameters) -> str:
    listing = scope.listing
    wanted = compiled(listing, condition, parameters)
    return f"{{at:{listing.alias}}} and {listing.seen} and {scope.predicate} and {wanted}"


def _numbers(listing: Listing, text: str) -> str:
    # The join is left out where nothing asks for a number: it costs a probe for every row.
    return listing.numbers if f"{listing.alias}_number." in text else ""


def _filled(statement: str, scope: Scope, predicate: str, *, is_walked: bool = False, **parts: str) -> str:
    listing = scope.listing
    # First what has holes of its own.
    parts = {
        "rows": parts.pop("rows", ""),
        "alias": listing.alias,
        "table": listing.table,
        "source": listing.source,
        "numbers": listing.numbers,
        "predicate": predicate,
        **({} if is_walked else {"walked": ""}),
        **parts,
    }
    for name, part in parts.items():
        statement = statement.replace("{" + name + "}", part)
    return statement


# --- rows


def _page(
    rows: list[Record], terms: tuple[Term, ...], window: Window, size: int, *, has_before: bool, has_behind: bool
) -> Page[Record]:
    is_forward = window.first is not None
    has_more = len(rows) > size
    kept = rows[:size] if is_forward else rows[:size][::-1]
    return Page(
        rows=tuple(kept),
        keys=tuple(tuple(key_value(row[term.column]) for term in terms) for row in kept),
        has_next=has_behind or (is_forward and has_more),
        has_previous=has_before or (not is_forward and has_more),
    )
