"""What was believed of key results then, and what is known now: moved, replaced, split, dropped, reweighted, reordered.

Definitions stand where they were recorded on both curves, so both know of a change from its recording on.
"""

import pytest

from tests.support.past import ADDED, CHECKED_IN, Content, Line, Past, added, check_in, command

MOVED, RETARGETED, REWEIGHTED = "KEY_RESULT_MOVED", "KEY_RESULT_RETARGETED", "KEY_RESULT_REWEIGHTED"
DROPPED, RESTORED = "KEY_RESULT_DROPPED", "KEY_RESULT_RESTORED"
MOVE = command("key_result.update", key_result="replies", objective="calls")
RETARGET = command("key_result.retarget", key_result="replies", target=20)


@pytest.fixture
def quarter(past: Past) -> Past:
    """Growth with replies (4 of 10) and deals (1 of 10), calls with rings (5 of 10)."""
    past.objective("07-01 08:00", "growth", added("replies"), added("deals"))
    past.objective("07-01 10:00", "calls", added("rings"))
    past.act("07-05 12:00", check_in("first", "replies", 4))
    past.act("07-05 12:01", check_in("second", "deals", 1))
    past.act("07-05 12:02", check_in("third", "rings", 5))
    return past


def line(*points: tuple[str, float | None, str]) -> Line:
    """Points of an objective, which have no value."""
    return [(at, None, progress, event) for at, progress, event in points]


GROWTH = (("07-01 08:00", 0, ADDED), ("07-05 12:00", 0.2, CHECKED_IN), ("07-05 12:01", 0.25, CHECKED_IN))
CALLS = (("07-01 10:00", 0, ADDED), ("07-05 12:02", 0.5, CHECKED_IN))
REPLIES: Line = [("07-01 08:00", "0", 0, ADDED), ("07-05 12:00", "4", 0.4, CHECKED_IN)]


async def assert_both(past: Past, noun: str, key: str, expected: Line) -> None:
    """What was recorded when it was measured is believed and known alike."""
    assert await past.believed(noun, key) == expected
    assert await past.known(noun, key) == expected


async def assert_original(past: Past, noun: str, key: str, expected: Line, share: float | None) -> None:
    """The curve against the original target tells the same on both bases; no event moves it that moves targets alone."""
    for basis in ("RECORDED", "MEASURED"):
        line, found = await past.original(noun, key, basis)
        assert [point[:3] for point in line] == [point[:3] for point in expected]
        assert found == share


@pytest.mark.parametrize("act", [[MOVE, RETARGET], [RETARGET, MOVE]], ids=["move first", "retarget first"])
async def test_a_key_result_moves_with_its_check_ins_and_another_target(quarter: Past, act: list[Content]) -> None:
    then = await quarter.everything("07-06 00:00")
    quarter.act("07-08 12:00", *act, by="max")
    quarter.act("07-10 12:00", check_in("fourth", "replies", 10))

    before, after = await quarter.card("growth", "07-06 00:00"), await quarter.card("growth", "07-09 00:00")
    assert before["keyResults"] == [("Replies", "4", "10", "10", 0.4, "ON_TRACK"), ("Deals", "1", "10", "10", 0.1, "ON_TRACK")]
    assert after["keyResults"] == [("Deals", "1", "10", "10", 0.1, "ON_TRACK")]
    entered = await quarter.card("calls", "07-09 00:00")
    assert entered["keyResults"] == [("Rings", "5", "10", "10", 0.5, "ON_TRACK"), ("Replies", "4", "20", "10", 0.2, "ON_TRACK")]
    assert (before["progress"], after["progress"], entered["progress"]) == (0.25, 0.1, 0.35)

    replies: Line = [*REPLIES, ("07-08 12:00", "4", 0.2, RETARGETED), ("07-10 12:00", "10", 0.5, CHECKED_IN)]
    await assert_both(quarter, "keyResult", "replies", replies)
    await assert_both(quarter, "objective", "growth", line(*GROWTH, ("07-08 12:00", 0.1, MOVED)))
    # Whichever came last made the number of where it went to.
    last = RETARGETED if act[-1] is RETARGET else MOVED
    await assert_both(
        quarter, "objective", "calls", line(*CALLS, ("07-08 12:00", 0.35, last), ("07-10 12:00", 0.5, CHECKED_IN))
    )
    # Against 10 it is all done: the harder target takes away half of that.
    await assert_original(quarter, "keyResult", "replies", [*REPLIES, ("07-10 12:00", "10", 1, CHECKED_IN)], -1)
    original = line(*CALLS, ("07-08 12:00", 0.45, ""), ("07-10 12:00", 0.75, ""))
    await assert_original(quarter, "objective", "calls", original, -0.5)
    await assert_original(quarter, "objective", "growth", line(*GROWTH, ("07-08 12:00", 0.1, "")), 0)

    assert await quarter.parts("growth", "07-06 00:00") == (
        0.25,
        [
            ("Deals", 1, 0.5, 0.1, 0.05, CHECKED_IN, "07-05 12:01"),
            ("Replies", 1, 0.5, 0.4, 0.2, CHECKED_IN, "07-05 12:00"),
        ],
    )
    assert await quarter.parts("growth") == (0.1, [("Deals", 1, 1, 0.1, 0.1, CHECKED_IN, "07-05 12:01")])
    assert await quarter.parts("calls", "07-09 00:00") == (
        0.35,
        [
            ("Replies", 1, 0.5, 0.2, 0.1, RETARGETED, "07-08 12:00"),
            ("Rings", 1, 0.5, 0.5, 0.25, CHECKED_IN, "07-05 12:02"),
        ],
    )
    assert (await quarter.wordings("first"))[1] == [("4", "07-05 12:00", "07-05 12:00", "Ada", CHECKED_IN)]
    moved = ("07-08 12:00", MOVED, "Max", {"objective": ("Growth", "Calls")})
    retargeted = ("07-08 12:00", RETARGETED, "Max", {"target": ("10 PERCENT", "20 PERCENT")})
    of_act = [retargeted, moved] if last is RETARGETED else [moved, retargeted]
    assert [event[:2] for event in await quarter.history("replies")] == [
        ("07-10 12:00", CHECKED_IN),
        *(event[:2] for event in of_act),
        ("07-05 12:00", CHECKED_IN),
        ("07-01 08:00", ADDED),
    ]
    assert (await quarter.history("replies"))[1:3] == of_act
    # The move stands in the history of both; what happened before or after it where the key result then was.
    left = [moved] if last is RETARGETED else of_act
    assert (await quarter.history("growth"))[: len(left)] == left
    entered_with = of_act if last is RETARGETED else [moved]
    assert (await quarter.history("calls"))[1 : 1 + len(entered_with)] == entered_with
    assert await quarter.everything("07-06 00:00") == then


async def test_a_replacement_begins_anew_and_what_it_replaces_stays_readable(quarter: Past) -> None:
    then = await quarter.everything("07-06 00:00")
    replacement = added("answers", target=50)
    quarter.act("07-08 12:00", command("key_result.replace", key_result="replies", replacements=[replacement]), by="max")
    quarter.act("07-10 12:00", check_in("fourth", "answers", 25))

    assert (await quarter.card("growth", "07-06 00:00"))["progress"] == 0.25
    after = await quarter.card("growth", "07-11 00:00")
    assert after["keyResults"] == [
        ("Replies", "4", "10", "10", 0.4, "CLOSED"),
        ("Deals", "1", "10", "10", 0.1, "ON_TRACK"),
        ("Answers", "25", "50", "50", 0.5, "ON_TRACK"),
    ]
    assert (after["progress"], after["status"]) == (0.3, "ON_TRACK")
    # The replaced one ends where it stood: its number neither falls nor passes on.
    await assert_both(quarter, "keyResult", "replies", REPLIES)
    answers: Line = [("07-08 12:00", "0", 0, ADDED), ("07-10 12:00", "25", 0.5, CHECKED_IN)]
    await assert_both(quarter, "keyResult", "answers", answers)
    growth = line(*GROWTH, ("07-08 12:00", 0.05, ADDED), ("07-10 12:00", 0.3, CHECKED_IN))
    await assert_both(quarter, "objective", "growth", growth)
    await assert_original(quarter, "objective", "growth", growth, 0)
    assert await quarter.parts("growth", "07-09 00:00") == (
        0.05,
        [("Answers", 1, 0.5, 0, 0, ADDED, "07-08 12:00"), ("Deals", 1, 0.5, 0.1, 0.05, CHECKED_IN, "07-05 12:01")],
    )
    history = await quarter.history("growth")
    assert history[0][:3] == ("07-10 12:00", CHECKED_IN, "Ada")
    assert history[1:3] == [
        (
            "07-08 12:00",
            ADDED,
            "Max",
            {
                "title": (None, "Answers"),
                "objective": (None, "Growth"),
                "weight": (None, "1"),
                "kind": (None, "INCREASE"),
                "unit": (None, "PERCENT"),
                "start": (None, "0 PERCENT"),
                "target": (None, "50 PERCENT"),
                "replaces": (None, "Replies"),
            },
        ),
        ("07-08 12:00", DROPPED, "Max", {"droppedAt": (None, "2024-07-08T12:00:00+00:00")}),
    ]
    assert await quarter.everything("07-06 00:00") == then


async def test_a_split_puts_two_with_weights_of_their_own_in_the_place_of_one(quarter: Past) -> None:
    then = await quarter.everything("07-06 00:00")
    halves = [added("mails", weight=3), added("chats", target=4)]
    quarter.act("07-08 12:00", command("key_result.replace", key_result="replies", replacements=halves))
    quarter.act("07-09 12:00", check_in("fourth", "mails", 5), check_in("fifth", "chats", 4))

    after = await quarter.card("growth", "07-10 00:00")
    assert [part[0] for part in after["keyResults"]] == ["Replies", "Deals", "Mails", "Chats"]
    # 3 of 5 parts at 0.5, one at 1, one at 0.1.
    growth = line(*GROWTH, ("07-08 12:00", 0.02, ADDED), ("07-09 12:00", 0.52, CHECKED_IN))
    await assert_both(quarter, "objective", "growth", growth)
    await assert_both(quarter, "keyResult", "replies", REPLIES)
    await assert_original(quarter, "objective", "growth", growth, 0)
    assert await quarter.parts("growth") == (
        0.52,
        [
            ("Chats", 1, 0.2, 1, 0.2, CHECKED_IN, "07-09 12:00"),
            ("Deals", 1, 0.2, 0.1, 0.02, CHECKED_IN, "07-05 12:01"),
            ("Mails", 3, 0.6, 0.5, 0.3, CHECKED_IN, "07-09 12:00"),
        ],
    )
    assert (await quarter.parts("growth", "07-06 00:00"))[1][1][0] == "Replies"
    assert [(event[1], event[3].get("replaces")) for event in (await quarter.history("growth"))[2:5]] == [
        (ADDED, (None, "Replies")),
        (ADDED, (None, "Replies")),
        (DROPPED, None),
    ]
    assert await quarter.everything("07-06 00:00") == then


async def test_what_is_dropped_and_restored_counts_while_it_counts(quarter: Past) -> None:
    present = await quarter.everything("07-06 00:00")
    quarter.act("07-08 12:00", command("key_result.drop", key_result="replies"), by="max")
    dropped = await quarter.everything("07-09 00:00")
    quarter.act("07-10 12:00", command("key_result.restore", key_result="replies"))
    quarter.act("07-11 12:00", check_in("late", "replies", 8, effective_at="07-09 12:00"))

    cards = [await quarter.card("growth", as_of) for as_of in ("07-06 00:00", "07-09 00:00", "07-12 00:00")]
    assert [each["progress"] for each in cards] == [0.25, 0.1, 0.45]
    assert [each["keyResults"][0][4:] for each in cards] == [(0.4, "ON_TRACK"), (0.4, "CLOSED"), (0.8, "ON_TRACK")]
    begin = (*GROWTH, ("07-08 12:00", 0.1, DROPPED))
    believed = line(*begin, ("07-10 12:00", 0.25, RESTORED), ("07-11 12:00", 0.45, CHECKED_IN))
    assert await quarter.believed("objective", "growth") == believed
    # What was measured while it was dropped counts from its restoration on.
    assert await quarter.known("objective", "growth") == line(*begin, ("07-10 12:00", 0.45, RESTORED))
    assert await quarter.believed("keyResult", "replies") == [*REPLIES, ("07-11 12:00", "8", 0.8, CHECKED_IN)]
    assert await quarter.known("keyResult", "replies") == [*REPLIES, ("07-09 12:00", "8", 0.8, CHECKED_IN)]
    original, share = await quarter.original("objective", "growth")
    assert ([point[:3] for point in original], share) == ([point[:3] for point in believed], 0)
    assert await quarter.parts("growth", "07-09 00:00") == (0.1, [("Deals", 1, 1, 0.1, 0.1, CHECKED_IN, "07-05 12:01")])
    # Restored, it is there with the number that its own check-in made, not with one that the restoration did.
    assert (await quarter.parts("growth", "07-11 00:00"))[1][1] == (
        "Replies",
        1,
        0.5,
        0.4,
        0.2,
        CHECKED_IN,
        "07-05 12:00",
    )
    assert (await quarter.history("replies"))[1:3] == [
        ("07-10 12:00", RESTORED, "Ada", {"droppedAt": ("2024-07-08T12:00:00+00:00", None)}),
        ("07-08 12:00", DROPPED, "Max", {"droppedAt": (None, "2024-07-08T12:00:00+00:00")}),
    ]
    assert await quarter.everything("07-06 00:00") == present
    assert await quarter.everything("07-09 00:00") == dropped


async def test_a_weight_holds_from_its_change_on(quarter: Past) -> None:
    then = await quarter.everything("07-06 00:00")
    reweight = command("key_result.update", key_result="replies", weight=3, title="Replies in an hour")
    quarter.act("07-08 12:00", reweight, by="max", because={"code": "EXTERNAL_CHANGE"})
    quarter.act("07-10 12:00", check_in("late", "deals", 5, effective_at="07-07 12:00"))

    cards = [await quarter.card("growth", as_of) for as_of in ("07-06 00:00", "07-09 00:00", "07-11 00:00")]
    assert [each["progress"] for each in cards] == [0.25, 0.325, 0.425]
    believed = line(*GROWTH, ("07-08 12:00", 0.325, REWEIGHTED), ("07-10 12:00", 0.425, CHECKED_IN))
    assert await quarter.believed("objective", "growth") == believed
    # Measured before the change, it counts by the weight of its time until then.
    known = line(*GROWTH, ("07-07 12:00", 0.45, CHECKED_IN), ("07-08 12:00", 0.425, REWEIGHTED))
    assert await quarter.known("objective", "growth") == known
    await assert_both(quarter, "keyResult", "replies", REPLIES)
    original, share = await quarter.original("objective", "growth")
    # A weight is no target: the curve against the original target has it too.
    assert ([point[:3] for point in original], share) == ([point[:3] for point in believed], 0)
    assert await quarter.parts("growth", "07-09 00:00") == (
        0.325,
        [
            ("Deals", 1, 0.25, 0.1, 0.025, CHECKED_IN, "07-05 12:01"),
            ("Replies in an hour", 3, 0.75, 0.4, 0.3, CHECKED_IN, "07-05 12:00"),
        ],
    )
    assert [part[:5] for part in (await quarter.parts("growth", "07-06 00:00"))[1]] == [
        ("Deals", 1, 0.5, 0.1, 0.05),
        ("Replies", 1, 0.5, 0.4, 0.2),
    ]
    assert (await quarter.history("replies"))[:2] == [
        ("07-08 12:00", REWEIGHTED, "Max", {"weight": ("1", "3")}),
        ("07-08 12:00", "KEY_RESULT_RETITLED", "Max", {"title": ("Replies", "Replies in an hour")}),
    ]
    assert await quarter.everything("07-06 00:00") == then


async def test_a_target_that_moves_there_and_back_leaves_its_share_at_each_moment(quarter: Past) -> None:
    then = await quarter.everything("07-06 00:00")
    quarter.act("07-08 12:00", command("key_result.retarget", key_result="replies", target=5), by="max")
    eased = await quarter.everything("07-09 00:00")
    quarter.act("07-10 12:00", command("key_result.retarget", key_result="replies", target=10))

    cards = [await quarter.card("growth", as_of) for as_of in ("07-06 00:00", "07-09 00:00", "07-11 00:00")]
    assert [each["keyResults"][0][1:5] for each in cards] == [
        ("4", "10", "10", 0.4),
        ("4", "5", "10", 0.8),
        ("4", "10", "10", 0.4),
    ]
    await assert_both(
        quarter,
        "keyResult",
        "replies",
        [*REPLIES, ("07-08 12:00", "4", 0.8, RETARGETED), ("07-10 12:00", "4", 0.4, RETARGETED)],
    )
    growth = line(*GROWTH, ("07-08 12:00", 0.45, RETARGETED), ("07-10 12:00", 0.25, RETARGETED))
    await assert_both(quarter, "objective", "growth", growth)
    await assert_original(quarter, "keyResult", "replies", REPLIES, 0)
    await assert_original(quarter, "objective", "growth", line(*GROWTH), 0)
    # While it was eased, half of the key result's progress was the target's, and 4/9 of the objective's.
    _, share = await quarter.curve("keyResult", "replies", as_of="07-09 00:00")
    assert share == 0.5
    _, share = await quarter.curve("objective", "growth", as_of="07-09 00:00")
    assert share == 0.444444444444
    assert (await quarter.parts("growth", "07-09 00:00"))[1][1] == ("Replies", 1, 0.5, 0.8, 0.4, RETARGETED, "07-08 12:00")
    assert (await quarter.parts("growth"))[1][1] == ("Replies", 1, 0.5, 0.4, 0.2, RETARGETED, "07-10 12:00")
    assert (await quarter.history("replies"))[:2] == [
        ("07-10 12:00", RETARGETED, "Ada", {"target": ("5 PERCENT", "10 PERCENT")}),
        ("07-08 12:00", RETARGETED, "Max", {"target": ("10 PERCENT", "5 PERCENT")}),
    ]
    assert await quarter.everything("07-06 00:00") == then
    assert await quarter.everything("07-09 00:00") == eased


async def test_another_place_in_the_order_is_another_identity_for_nobody(quarter: Past) -> None:
    then = await quarter.everything("07-06 00:00")
    quarter.act("07-08 12:00", command("objective.reorder", cycle="q3", objectives=["calls", "growth"]))
    numbered = [command("key_result.update", key_result=key, priority=n) for n, key in enumerate(("deals", "replies"), 1)]
    quarter.act("07-08 12:10", *numbered, by="max")
    quarter.act("07-09 12:00", check_in("fourth", "replies", 6))

    query = """query ($asOf: MomentInput) {
      objectives(asOf: $asOf) { nodes { entityId title priority keyResults { entityId title priority } } }
    }"""
    sides = [
        (await quarter.run(query, asOf={"time": f"2024-07-{day}T00:00:00Z"}))["objectives"]["nodes"] for day in ("06", "10")
    ]
    assert [[each["title"] for each in side] for side in sides] == [["Calls", "Growth"], ["Calls", "Growth"]]
    assert [[each["priority"] for each in side] for side in sides] == [[None, None], [1, 2]]
    assert [[part["title"] for part in side[1]["keyResults"]] for side in sides] == [["Replies", "Deals"], ["Deals", "Replies"]]
    identities = [{part["title"]: part["entityId"] for each in side for part in (each, *each["keyResults"])} for side in sides]
    assert identities[0] == identities[1]
    # Nothing that is drawn knows of it, and the check-in afterwards went to the thing and not to the place.
    await assert_both(quarter, "keyResult", "replies", [*REPLIES, ("07-09 12:00", "6", 0.6, CHECKED_IN)])
    await assert_both(quarter, "objective", "growth", line(*GROWTH, ("07-09 12:00", 0.35, CHECKED_IN)))
    await assert_both(quarter, "objective", "calls", line(*CALLS))
    assert (await quarter.parts("growth", "07-09 00:00"))[0] == 0.25
    assert [event[1:] for event in (await quarter.history("growth"))[1:4]] == [
        ("KEY_RESULT_PRIORITIZED", "Max", {"priority": (None, "2")}),
        ("KEY_RESULT_PRIORITIZED", "Max", {"priority": (None, "1")}),
        ("OBJECTIVE_PRIORITIZED", "Ada", {"priority": (None, "2")}),
    ]
    assert await quarter.everything("07-06 00:00") == then
