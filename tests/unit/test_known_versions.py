"""Which versions are valid when, as far as it is known: from what is read and what is written, whatever comes first."""

from uuid import UUID

from projections.known_versions import Ended, Known, KnownVersions
from projections.lens import CURRENT
from projections.way import Way

ONE, OTHER = UUID(int=1), UUID(int=2)


def learnt(head_position: int, *versions: Known, most: int = 100) -> KnownVersions:
    known = KnownVersions(most)
    known.learn(ONE, 1, head_position, versions)
    return known


def at(known: KnownVersions, *positions: int, thing_id: str = "goal") -> list[str | None]:
    """Answer what is known of a thing at some positions."""
    return [known.find(ONE, 1, position, Way.OBJECTIVES, [thing_id])[0] for position in positions]


def test_a_version_of_the_past_is_known_where_it_was_valid_and_nowhere_else():
    known = learnt(9, Known(Way.OBJECTIVES, "goal", 3, 5, "first"), Known(Way.OBJECTIVES, "goal", 8, CURRENT, "third"))
    assert at(known, 2, 3, 5, 6, 7, 8, 9) == [None, "first", "first", None, None, "third", "third"]
    known.learn(ONE, 1, 9, [Known(Way.OBJECTIVES, "goal", 6, 7, "second")])
    assert at(known, 5, 6, 7, 8) == ["first", "second", "second", "third"]


def test_what_is_valid_now_is_not_known_to_be_so_later():
    assert at(learnt(9, Known(Way.OBJECTIVES, "goal", 3, CURRENT, "row")), 9, 10) == ["row", None]


def test_what_this_process_wrote_leaves_the_rest_as_it_was():
    known = learnt(9, Known(Way.OBJECTIVES, "goal", 3, CURRENT, "old"), Known(Way.OBJECTIVES, "other", 4, CURRENT, "other"))
    known.note(ONE, 1, 9, 12, [Ended(Way.OBJECTIVES, "goal", 11), Known(Way.OBJECTIVES, "goal", 11, CURRENT, "new")])
    assert at(known, 10, 11, 12, 13) == ["old", "new", "new", None]
    assert at(known, 12, thing_id="other") == ["other"]


def test_what_others_wrote_in_between_is_not_known():
    known = learnt(9, Known(Way.OBJECTIVES, "goal", 3, CURRENT, "old"))
    known.note(ONE, 1, 10, 12, [Ended(Way.OBJECTIVES, "other", 12)])
    assert at(known, 9, 10, 12) == ["old", None, None]
    # From what is read at a later head on, what is written is heard of again; what was valid before may have ended since.
    known.learn(ONE, 1, 12, [Known(Way.OBJECTIVES, "other", 12, CURRENT, "other")])
    known.note(ONE, 1, 12, 13, [])
    assert at(known, 9, 10, 13) == ["old", None, None]
    assert at(known, 11, 12, 13, thing_id="other") == [None, "other", "other"]


def test_what_was_read_before_a_write_and_comes_in_after_it_is_known_as_far_as_it_was_read():
    known = learnt(9, Known(Way.OBJECTIVES, "other", 1, CURRENT, "other"))
    known.note(ONE, 1, 9, 12, [Ended(Way.OBJECTIVES, "goal", 12)])
    known.learn(ONE, 1, 9, [Known(Way.OBJECTIVES, "goal", 3, CURRENT, "old")])
    assert at(known, 9, 10, 12) == ["old", None, None]
    # What has ended is known to have.
    known.note(ONE, 1, 12, 13, [])
    assert at(known, 12, 13) == [None, None]


def test_a_version_that_was_known_up_to_a_head_is_known_further_when_it_is_read_again():
    known = learnt(9, Known(Way.OBJECTIVES, "goal", 3, CURRENT, "row"))
    known.learn(ONE, 1, 12, [Known(Way.OBJECTIVES, "other", 1, CURRENT, "other")])
    assert at(known, 9, 12) == ["row", None]
    known.learn(ONE, 1, 12, [Known(Way.OBJECTIVES, "goal", 3, CURRENT, "row")])
    assert at(known, 9, 12) == ["row", "row"]
    known.note(ONE, 1, 12, 13, [Ended(Way.OBJECTIVES, "goal", 13)])
    assert at(known, 12, 13) == ["row", None]


def test_what_one_way_leads_to_another_way_does_not():
    known = learnt(9, Known(Way.OBJECTIVES, "goal", 3, CURRENT, "row"))
    assert [known.find(ONE, 1, 9, way, ["goal"]) for way in Way if way is not Way.OBJECTIVES] == [[None]] * (len(Way) - 1)
    known.note(ONE, 1, 9, 10, [Ended(Way.PARTS, "goal", 10), Ended(Way.CYCLES, "goal", 10)])
    assert at(known, 10) == ["row"]


def test_another_generation_and_another_organization_know_nothing():
    known = learnt(9, Known(Way.OBJECTIVES, "goal", 3, CURRENT, "row"))
    assert known.find(ONE, 2, 9, Way.OBJECTIVES, ["goal"]) == known.find(OTHER, 1, 9, Way.OBJECTIVES, ["goal"]) == [None]
    known.note(ONE, 2, 9, 10, [Ended(Way.OBJECTIVES, "goal", 10)])
    assert at(known, 9) == ["row"]
    known.learn(ONE, 2, 9, [Known(Way.OBJECTIVES, "other", 3, CURRENT, "redacted")])
    assert at(known, 9) == [None]


def test_no_more_are_known_than_allowed_and_what_was_asked_for_longest_ago_goes_first():
    known = KnownVersions(10)
    for organization_id in (ONE, OTHER):
        known.learn(organization_id, 1, 9, [Known(Way.OBJECTIVES, f"goal {number}", 3, CURRENT, "row") for number in range(5)])
    assert at(known, 9, thing_id="goal 0") == ["row"]
    known.learn(UUID(int=3), 1, 9, [Known(Way.OBJECTIVES, "goal", 3, CURRENT, "row")])
    assert at(known, 9, thing_id="goal 0") == ["row"]
    assert known.find(OTHER, 1, 9, Way.OBJECTIVES, ["goal 0"]) == [None]
    assert KnownVersions(0).find(ONE, 1, 9, Way.OBJECTIVES, ["goal"]) == [None]
    assert at(
        learnt(9, *(Known(Way.OBJECTIVES, f"goal {each}", 3, CURRENT, "row") for each in range(5)), most=4),
        9,
        thing_id="goal 0",
    ) == [None]
    assert at(learnt(9, Known(Way.OBJECTIVES, "goal", 3, CURRENT, "row"), most=0), 9) == [None]
