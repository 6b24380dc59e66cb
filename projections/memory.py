"""Pages of lists that only exist in memory: names are sealed in the database, and due days are computed."""

from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from typing import Any

from projections.keyset import KeyMismatchError
from projections.page import Order, Page, Row, SortKey, Window


def cut(entries: Iterable[tuple[SortKey, Row]], orders: Sequence[Order], window: Window) -> Page[Row]:
    """Sort rows by their keys, a value for each order and last the identifier, and answer a window of them.

    Raises:
        KeyMismatchError: a bound of the window is no key of this order.
    """

    def compare(left: SortKey, right: SortKey) -> int:
        return _compare(left, right, orders)

    place = cmp_to_key(compare)
    ordered = sorted(entries, key=lambda entry: place(entry[0]))
    start = 0 if window.after is None else sum(compare(key, window.after) <= 0 for key, _ in ordered)
    end = len(ordered) if window.before is None else sum(compare(key, window.before) < 0 for key, _ in ordered)
    end = max(start, end)
    if window.first is not None:
        shown = slice(start, min(start + window.first, end))
    else:
        shown = slice(max(end - (window.last or 0), start), end)
    return Page(
        rows=tuple(row for _, row in ordered[shown]),
        keys=tuple(key for key, _ in ordered[shown]),
        has_next=shown.stop < len(ordered),
        has_previous=shown.start > 0,
    )


def _compare(left: SortKey, right: SortKey, orders: Sequence[Order]) -> int:
    if not len(left) == len(right) == len(orders) + 1:
        raise KeyMismatchError
    for order, one, other in zip(orders, left, right, strict=False):
        difference = _compare_values(one, other, nulls_first=order.nulls_first, is_descending=order.is_descending)
        if difference:
            return difference
    return _compare_values(left[-1], right[-1], nulls_first=False, is_descending=False)


def _compare_values(one: Any, other: Any, *, nulls_first: bool, is_descending: bool) -> int:
    if one is None or other is None:
        absent = (one is None) - (other is None)
        return -absent if nulls_first else absent
    if type(one) is not type(other):
        raise KeyMismatchError
    difference = int(one > other) - int(one < other)
    return -difference if is_descending else difference
