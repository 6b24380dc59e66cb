"""Rows that a process keeps: found by their versions, bounded, and forgotten with their generation."""

from uuid import UUID

from projections.kept_rows import KeptRows, Version

ONE, OTHER = UUID(int=1), UUID(int=2)


def version(number: int) -> Version:
    return f"objective_{number}@{number}/"


def test_a_row_is_found_by_its_very_version():
    kept = KeptRows(100)
    kept.keep(ONE, 1, {"goal@3/5": ("third",)})
    assert kept.find(ONE, 1, ["goal@3/5", "goal@3/6", "goal@4/5", "goal@3/"]) == [("third",), None, None, None]
    assert kept.some(ONE, 1, "goal") == ("third",)


def test_organizations_share_nothing():
    kept = KeptRows(100)
    kept.keep(ONE, 1, {version(1): ("mine",)})
    assert kept.find(OTHER, 1, [version(1)]) == [None]


def test_rows_of_a_generation_before_are_forgotten():
    kept = KeptRows(100)
    kept.keep(ONE, 1, {version(1): ("before it was redacted",)})
    assert kept.find(ONE, 2, [version(1)]) == [None]
    assert kept.count == 0
    assert kept.find(ONE, 1, [version(1)]) == [None]


def test_no_more_are_kept_than_allowed_and_what_is_asked_for_stays():
    kept = KeptRows(100)
    kept.keep(ONE, 1, {version(0): ("asked for",)})
    for number in range(1, 1_000):
        kept.keep(ONE, 1, {version(number): ("not",)})
        assert kept.find(ONE, 1, [version(0)]) == [("asked for",)]
        assert kept.count <= 100
    assert kept.find(ONE, 1, [version(1)]) == [None]


def test_nothing_is_kept_where_nothing_is_allowed_nor_a_batch_that_is_too_large():
    for most in (0, 10):
        kept = KeptRows(most)
        kept.keep(ONE, 1, {version(number): ("row",) for number in range(11)})
        assert kept.count == 0
        assert kept.find(ONE, 1, [version(1)]) == [None]
