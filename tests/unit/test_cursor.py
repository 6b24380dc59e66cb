"""Cursors and windows: which part of a list is asked for."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.condition import ALWAYS, Compare, Operator
from projections.page import Window
from schema.connection import binding_of, read_cursor, window_of, write_cursor
from schema.order import order
from schema.paging import Paging
from schema.refusal import GraphQLRefusal, RefusalCode

BINDING = binding_of("objectives", order("title"), ALWAYS, "")
VALUES = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8")),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
)


def page(first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None) -> Paging:
    return Paging(first=first, after=after, last=last, before=before)


def refusal(paging: Paging) -> RefusalCode:
    with pytest.raises(GraphQLRefusal) as caught:
        window_of(paging, BINDING)
    return caught.value.code


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_a_cursor_holds_its_sort_key(values: list[object]) -> None:
    key = tuple(values)
    assert read_cursor(write_cursor(key, BINDING), BINDING) == key


@pytest.mark.parametrize(
    "other",
    [
        binding_of("key results", order("title"), ALWAYS, ""),
        binding_of("objectives", order("-title"), ALWAYS, ""),
        binding_of("objectives", order("title"), Compare("state", Operator.EQUAL, "ACTIVE"), ""),
        binding_of("objectives", order("title"), ALWAYS, "2026-08-15T00:00:00+00:00"),
    ],
)
def test_a_cursor_belongs_to_one_list_order_filter_and_moment(other: bytes) -> None:
    with pytest.raises(GraphQLRefusal) as caught:
        read_cursor(write_cursor(("a", "objective_1"), BINDING), other)
    assert caught.value.code is RefusalCode.CURSOR_INVALID


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "äöü", "!!!!", "\x00", "\ud800", "A" * 5_000, base64.urlsafe_b64encode(BINDING).decode()]
    + [base64.urlsafe_b64encode(BINDING + content).decode() for content in (b"{}", b"1", b"[", b"\xff", b"[1e400]")],
)
def test_a_malformed_cursor_is_refused(cursor: str) -> None:
    assert refusal(page(first=1, after=cursor)) is RefusalCode.CURSOR_INVALID
    assert refusal(page(last=1, before=cursor)) is RefusalCode.CURSOR_INVALID


def test_a_page_has_25_things_unless_asked_otherwise() -> None:
    assert window_of(page(), BINDING) == Window(first=25)
    assert window_of(page(first=0), BINDING) == Window(first=0)
    assert window_of(page(first=100), BINDING) == Window(first=100)
    assert window_of(page(last=3), BINDING) == Window(last=3)


def test_a_page_lies_between_its_cursors() -> None:
    after, before = write_cursor(("a", "1"), BINDING), write_cursor(("b", "2"), BINDING)
    assert window_of(page(first=5, after=after, before=before), BINDING) == Window(first=5, after=("a", "1"), before=("b", "2"))


def test_pages_have_a_limit() -> None:
    assert refusal(page(first=101)) is RefusalCode.PAGE_TOO_LARGE
    assert refusal(page(last=101)) is RefusalCode.PAGE_TOO_LARGE


def test_an_operator_may_allow_less() -> None:
    assert window_of(page(first=30), BINDING, 30) == Window(first=30)
    with pytest.raises(GraphQLRefusal) as caught:
        window_of(page(first=31), BINDING, 30)
    assert caught.value.code is RefusalCode.PAGE_TOO_LARGE


def test_impossible_pages_are_refused() -> None:
    assert refusal(page(first=1, last=1)) is RefusalCode.ARGUMENT_INVALID
    assert refusal(page(first=-1)) is RefusalCode.ARGUMENT_INVALID
    assert refusal(page(last=-1)) is RefusalCode.ARGUMENT_INVALID
