"""Names of people that are remembered: as long as nobody else writes, until they are erased, and for some seconds."""

import asyncio
from uuid import UUID

from projections.known_names import KnownNames

ONE, OTHER = UUID(int=1), UUID(int=2)
KEY = b"key"


async def test_keys_hold_for_the_head_at_which_they_were_read():
    known = KnownNames(60)
    known.learn(ONE, 9, {"ada": KEY, "gone": None})
    assert known.keys(ONE, 9) == {"ada": KEY, "gone": None}
    assert known.keys(ONE, 8) == known.keys(ONE, 10) == known.keys(OTHER, 9) == {}
    known.learn(ONE, 10, {"max": KEY})
    assert (known.keys(ONE, 9), known.keys(ONE, 10)) == ({}, {"max": KEY})


async def test_keys_hold_on_while_this_process_writes_save_those_of_whom_it_changes():
    known = KnownNames(60)
    known.learn(ONE, 9, {"ada": KEY, "max": KEY})
    known.note(ONE, 9, 12, {"max", "objective"})
    assert known.keys(ONE, 9) == known.keys(ONE, 10) == known.keys(ONE, 12) == {"ada": KEY}
    # Others wrote before this.
    known.note(ONE, 13, 14, {"ada"})
    assert known.keys(ONE, 14) == {}


async def test_a_key_that_was_read_before_it_was_deleted_and_comes_in_later_is_not_remembered():
    known = KnownNames(60)
    known.learn(ONE, 9, {"ada": KEY})
    known.note(ONE, 9, 10, {"max"})
    known.learn(ONE, 9, {"max": KEY})
    assert known.keys(ONE, 9) == known.keys(ONE, 10) == {"ada": KEY}


async def test_nothing_is_remembered_longer_than_allowed():
    known = KnownNames(0.05)
    known.learn(ONE, 9, {"ada": KEY})
    known.opened(ONE)["sealed"] = ("Ada", "ada@example.com")
    assert known.opened(ONE)
    known.note(ONE, 9, 10, ())
    await asyncio.sleep(0.1)
    assert known.keys(ONE, 10) == known.opened(ONE) == {}
    nothing = KnownNames(0)
    nothing.learn(ONE, 9, {"ada": KEY})
    assert nothing.keys(ONE, 9) == nothing.opened(ONE) == {}
