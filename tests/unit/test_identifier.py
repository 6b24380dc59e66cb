"""Identifiers: unique, and in the order of their making."""

import time
from itertools import pairwise

import pytest

from events.identifier import new_uuid

MILLISECOND = 1_000_000


def test_those_of_one_millisecond_sort_as_they_were_made(monkeypatch: pytest.MonkeyPatch):
    begun = 1_790_000_000_000 * MILLISECOND
    ticks = iter(range(begun, begun + MILLISECOND, 250))
    monkeypatch.setattr(time, "time_ns", lambda: next(ticks))

    made = [new_uuid() for _ in range(4_000)]

    assert {each.int >> 80 for each in made} == {1_790_000_000_000}
    assert all(earlier < later for earlier, later in pairwise(made))
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}


def test_those_of_one_moment_differ(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_790_000_000_000 * MILLISECOND)

    assert len({new_uuid() for _ in range(1_000)}) == 1_000
    assert len({new_uuid(1_790_000_000_000) for _ in range(1_000)}) == 1_000
