"""What was believed of a check-in at a moment then, and what is known now of that moment.

Check-ins come late, are corrected, redated and retracted. In each story the past reads afterwards as it read before.
"""

import pytest

from tests.support.past import ADDED, CHECKED_IN, CORRECTED, RETRACTED, Content, Past, added, check_in, correct, retract

BEGIN = ("07-01 08:00", "0", 0, ADDED)
"""The first point of every curve of the key result."""


@pytest.fixture
def growth(past: Past) -> Past:
    past.objective("07-01 08:00", "growth", added("replies"))
    return past


def card(replies: tuple[str, float, str], **more: object) -> Content:
    """The objective with its key result from 0 to 10: value, progress and status."""
    value, progress, status = replies
    return {
        "title": "Growth",
        "state": "ACTIVE",
        "status": status,
        "progress": progress,
        "rawProgress": progress,
        "score": None,
        "owner": "Ada",
        "team": "Sales",
        "cycle": "Q3",
        "keyResults": [("Replies", value, "10", "10", progress, status)],
        **more,
    }


def of_objective(line: list[tuple[str, str | None, float | None, str]]) -> list[tuple[str, None, float | None, str]]:
    """The same points, of the objective with this one key result: it has no value."""
    return [(at, None, progress, event) for at, _, progress, event in line]


async def assert_curves(past: Past, believed: list, known: list, as_of: str | None = None) -> None:  # type: ignore[type-arg]
    """Both curves of the key result and of its objective; no target moved, so the original one tells the same."""
    for noun, key, line in (("keyResult", "replies", list), ("objective", "growth", of_objective)):
        assert await past.believed(noun, key, as_of) == line(believed)
        assert await past.known(noun, key, as_of) == line(known)
        for basis, expected in (("RECORDED", believed), ("MEASURED", known)):
            original, share = await past.original(noun, key, basis, as_of)
            assert [point[:3] for point in original] == [point[:3] for point in line(expected)]
            assert share == (None if expected[-1][2] == 0 else 0)


def reported(value: str, effective_at: str, **more: str) -> dict[str, tuple[str | None, str]]:
    """What a first recording changed."""
    told = {"keyResult": "Replies", "value": f"{value} PERCENT", "status": "ON_TRACK", **more}
    told["effectiveAt"] = f"2024-{effective_at.replace(' ', 'T')}:00+00:00"
    return {name: (None, text) for name, text in told.items()}


async def test_a_late_check_in_is_believed_late_and_known_in_time(growth: Past) -> None:
    growth.act("07-05 12:00", check_in("first", "replies", 2))
    then = await growth.everything("07-15 00:00")
    growth.act("07-20 12:00", check_in("late", "replies", 4, effective_at="07-10 12:00"), by="max")

    assert await growth.card("growth", "07-15 00:00") == card(("2", 0.2, "ON_TRACK"))
    assert await growth.card("growth", "07-21 00:00") == card(("4", 0.4, "ON_TRACK"))
    first, late = ("07-05 12:00", "2", 0.2, CHECKED_IN), ("07-20 12:00", "4", 0.4, CHECKED_IN)
    await assert_curves(growth, [BEGIN, first, late], [BEGIN, first, ("07-10 12:00", "4", 0.4, CHECKED_IN)])
    # On 15 July nobody knew of it.
    await assert_curves(growth, [BEGIN, first], [BEGIN, first], "07-15 00:00")
    assert await growth.parts("growth", "07-15 00:00") == (
        0.2,
        [("Replies", 1, 1, 0.2, 0.2, CHECKED_IN, "07-05 12:00")],
    )
    assert await growth.parts("growth") == (0.4, [("Replies", 1, 1, 0.4, 0.4, CHECKED_IN, "07-20 12:00")])
    assert await growth.wordings("late") == (
        ("4", "Max", "07-20 12:00", None, None),
        [("4", "07-10 12:00", "07-20 12:00", "Max", CHECKED_IN)],
    )
    assert (await growth.history("replies"))[:2] == [
        ("07-20 12:00", CHECKED_IN, "Max", reported("4", "07-10 12:00")),
        ("07-05 12:00", CHECKED_IN, "Ada", reported("2", "07-05 12:00")),
    ]
    assert await growth.everything("07-15 00:00") == then


async def test_a_check_in_older_than_the_latest_one_changes_only_what_is_known(growth: Past) -> None:
    growth.act("07-05 12:00", check_in("first", "replies", 6))
    then = await growth.everything("07-10 00:00")
    growth.act("07-20 12:00", check_in("late", "replies", 4, effective_at="07-03 12:00"))

    assert await growth.card("growth", "07-10 00:00") == card(("6", 0.6, "ON_TRACK"))
    # What is newest by measured time counts, whenever it was written down.
    assert await growth.card("growth", "07-21 00:00") == card(("6", 0.6, "ON_TRACK"))
    first = ("07-05 12:00", "6", 0.6, CHECKED_IN)
    await assert_curves(growth, [BEGIN, first], [BEGIN, ("07-03 12:00", "4", 0.4, CHECKED_IN), first])
    # The number is still the first one's, though a later event is about the same key result.
    assert await growth.parts("growth") == (0.6, [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "07-05 12:00")])
    assert await growth.everything("07-10 00:00") == then


async def test_a_corrected_check_in_was_believed_wrong_and_is_known_right(growth: Past) -> None:
    growth.act("07-05 12:00", check_in("first", "replies", 9))
    then = await growth.everything("07-06 00:00")
    growth.act("07-08 12:00", correct("first", value=3, comment="digits"), by="max", because={"code": "CORRECTION"})

    assert await growth.card("growth", "07-06 00:00") == card(("9", 0.9, "ON_TRACK"))
    assert await growth.card("growth", "07-09 00:00") == card(("3", 0.3, "ON_TRACK"))
    wrong, right = ("07-05 12:00", "9", 0.9, CHECKED_IN), ("07-08 12:00", "3", 0.3, CORRECTED)
    await assert_curves(growth, [BEGIN, wrong, right], [BEGIN, ("07-05 12:00", "3", 0.3, CORRECTED)])
    await assert_curves(growth, [BEGIN, wrong], [BEGIN, wrong], "07-06 00:00")
    assert await growth.parts("growth", "07-06 00:00") == (
        0.9,
        [("Replies", 1, 1, 0.9, 0.9, CHECKED_IN, "07-05 12:00")],
    )
    assert await growth.parts("growth") == (0.3, [("Replies", 1, 1, 0.3, 0.3, CORRECTED, "07-08 12:00")])
    # Who reported it stays its author; who corrected it is the author of the wording.
    assert await growth.wordings("first") == (
        ("3", "Ada", "07-05 12:00", "07-08 12:00", None),
        [
            ("9", "07-05 12:00", "07-05 12:00", "Ada", CHECKED_IN),
            ("3", "07-05 12:00", "07-08 12:00", "Max", CORRECTED),
        ],
    )
    assert (await growth.history("replies"))[:2] == [
        ("07-08 12:00", CORRECTED, "Max", {"value": ("9 PERCENT", "3 PERCENT"), "comment": (None, "digits")}),
        ("07-05 12:00", CHECKED_IN, "Ada", reported("9", "07-05 12:00")),
    ]
    assert await growth.everything("07-06 00:00") == then


async def test_a_second_correction_of_an_older_check_in_does_not_make_it_the_current_one(growth: Past) -> None:
    growth.act("07-05 12:00", check_in("first", "replies", 9))
    growth.act("07-12 12:00", check_in("second", "replies", 5))
    growth.act("07-13 12:00", correct("first", value=8), by="max")
    then = await growth.everything("07-14 00:00")
    growth.act("07-15 12:00", correct("first", value=2))

    for as_of in ("07-14 00:00", "07-16 00:00"):
        assert await growth.card("growth", as_of) == card(("5", 0.5, "ON_TRACK"))
    first, second = ("07-05 12:00", "9", 0.9, CHECKED_IN), ("07-12 12:00", "5", 0.5, CHECKED_IN)
    await assert_curves(growth, [BEGIN, first, second], [BEGIN, ("07-05 12:00", "2", 0.2, CORRECTED), second])
    halfway = [BEGIN, ("07-05 12:00", "8", 0.8, CORRECTED), second]
    await assert_curves(growth, [BEGIN, first, second], halfway, "07-14 00:00")
    for as_of in ("07-14 00:00", None):
        assert await growth.parts("growth", as_of) == (
            0.5,
            [("Replies", 1, 1, 0.5, 0.5, CHECKED_IN, "07-12 12:00")],
        )
    assert await growth.wordings("first") == (
        ("2", "Ada", "07-05 12:00", "07-15 12:00", None),
        [
            ("9", "07-05 12:00", "07-05 12:00", "Ada", CHECKED_IN),
            ("8", "07-05 12:00", "07-13 12:00", "Max", CORRECTED),
            ("2", "07-05 12:00", "07-15 12:00", "Ada", CORRECTED),
        ],
    )
    assert [event[3] for event in (await growth.history("replies"))[:2]] == [
        {"value": ("8 PERCENT", "2 PERCENT")},
        {"value": ("9 PERCENT", "8 PERCENT")},
    ]
    assert await growth.everything("07-14 00:00") == then


async def test_a_correction_undone_minutes_later_was_believed_for_these_minutes(growth: Past) -> None:
    growth.act("07-05 12:00", check_in("first", "replies", 4))
    then = await growth.everything("07-08 12:02")
    growth.act("07-08 12:00", correct("first", value=7), by="max")
    between = await growth.everything("07-08 12:02")
    growth.act("07-08 12:05", correct("first", value=4), by="max")

    assert await growth.card("growth", "07-08 11:59") == card(("4", 0.4, "ON_TRACK"))
    assert await growth.card("growth", "07-08 12:02") == card(("7", 0.7, "ON_TRACK"))
    assert await growth.card("growth", "07-08 12:05") == card(("4", 0.4, "ON_TRACK"))
    first = ("07-05 12:00", "4", 0.4, CHECKED_IN)
    believed = [BEGIN, first, ("07-08 12:00", "7", 0.7, CORRECTED), ("07-08 12:05", "4", 0.4, CORRECTED)]
    await assert_curves(growth, believed, [BEGIN, ("07-05 12:00", "4", 0.4, CORRECTED)])
    await assert_curves(growth, believed[:3], [BEGIN, ("07-05 12:00", "7", 0.7, CORRECTED)], "07-08 12:02")
    assert await growth.parts("growth", "07-08 12:02") == (
        0.7,
        [("Replies", 1, 1, 0.7, 0.7, CORRECTED, "07-08 12:00")],
    )
    # The number is as it was before, and yet what made it so is the second correction.
    assert await growth.parts("growth") == (0.4, [("Replies", 1, 1, 0.4, 0.4, CORRECTED, "07-08 12:05")])
    value, wordings = await growth.wordings("first")
    assert value == ("4", "Ada", "07-05 12:00", "07-08 12:05", None)
    assert wordings == [
        ("4", "07-05 12:00", "07-05 12:00", "Ada", CHECKED_IN),
        ("7", "07-05 12:00", "07-08 12:00", "Max", CORRECTED),
        ("4", "07-05 12:00", "07-08 12:05", "Max", CORRECTED),
    ]
    assert (await growth.history("replies"))[:2] == [
        ("07-08 12:05", CORRECTED, "Max", {"value": ("7 PERCENT", "4 PERCENT")}),
        ("07-08 12:00", CORRECTED, "Max", {"value": ("4 PERCENT", "7 PERCENT")}),
    ]
    assert then != between == await growth.everything("07-08 12:02")


async def test_a_redated_check_in_is_known_when_it_was_measured(growth: Past) -> None:
    growth.act("07-05 12:00", check_in("first", "replies", 2))
    growth.act("07-09 12:00", check_in("second", "replies", 6))
    then = await growth.everything("07-10 00:00")
    growth.act("07-12 12:00", correct("second", effective_at="07-03 12:00"), by="max")

    assert await growth.card("growth", "07-10 00:00") == card(("6", 0.6, "ON_TRACK"))
    # Measured before the first one, it is no longer the latest.
    assert await growth.card("growth", "07-13 00:00") == card(("2", 0.2, "ON_TRACK"))
    first, second = ("07-05 12:00", "2", 0.2, CHECKED_IN), ("07-09 12:00", "6", 0.6, CHECKED_IN)
    redated = ("07-12 12:00", "2", 0.2, CORRECTED)
    await assert_curves(growth, [BEGIN, first, second, redated], [BEGIN, ("07-03 12:00", "6", 0.6, CORRECTED), first])
    await assert_curves(growth, [BEGIN, first, second], [BEGIN, first, second], "07-10 00:00")
    assert await growth.parts("growth", "07-10 00:00") == (
        0.6,
        [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "07-09 12:00")],
    )
    assert await growth.parts("growth") == (0.2, [("Replies", 1, 1, 0.2, 0.2, CORRECTED, "07-12 12:00")])
    assert await growth.wordings("second") == (
        ("6", "Ada", "07-09 12:00", "07-12 12:00", None),
        [
            ("6", "07-09 12:00", "07-09 12:00", "Ada", CHECKED_IN),
            ("6", "07-03 12:00", "07-12 12:00", "Max", CORRECTED),
        ],
    )
    assert (await growth.history("replies"))[0] == (
        "07-12 12:00",
        CORRECTED,
        "Max",
        {"effectiveAt": ("2024-07-09T12:00:00+00:00", "2024-07-03T12:00:00+00:00")},
    )
    assert await growth.everything("07-10 00:00") == then


async def test_a_retracted_check_in_stays_in_what_was_believed(growth: Past) -> None:
    growth.act("07-05 12:00", check_in("first", "replies", 2))
    growth.act("07-08 12:00", check_in("second", "replies", 9))
    then = await growth.everything("07-09 00:00")
    growth.act("07-10 12:00", retract("second"), by="max")
    alone = await growth.everything("07-11 00:00")
    growth.act("07-11 12:00", retract("first"))

    assert await growth.card("growth", "07-09 00:00") == card(("9", 0.9, "ON_TRACK"))
    assert await growth.card("growth", "07-11 00:00") == card(("2", 0.2, "ON_TRACK"))
    # Ten days after its going live and without a check-in that counts, it is outdated: silence is never green.
    assert await growth.card("growth", "07-11 12:01") == card(("0", 0, "OUTDATED"))
    first, second = ("07-05 12:00", "2", 0.2, CHECKED_IN), ("07-08 12:00", "9", 0.9, CHECKED_IN)
    believed = [BEGIN, first, second, ("07-10 12:00", "2", 0.2, RETRACTED), ("07-11 12:00", "0", 0, RETRACTED)]
    await assert_curves(growth, believed, [BEGIN])
    await assert_curves(growth, believed[:4], [BEGIN, first], "07-11 00:00")
    assert await growth.parts("growth", "07-11 00:00") == (
        0.2,
        [("Replies", 1, 1, 0.2, 0.2, RETRACTED, "07-10 12:00")],
    )
    assert await growth.parts("growth") == (0, [("Replies", 1, 1, 0, 0, RETRACTED, "07-11 12:00")])
    # A retraction is no wording: what was said stays readable.
    assert await growth.wordings("second") == (
        ("9", "Ada", "07-08 12:00", None, "07-10 12:00"),
        [("9", "07-08 12:00", "07-08 12:00", "Ada", CHECKED_IN)],
    )
    assert (await growth.history("replies"))[:2] == [
        ("07-11 12:00", RETRACTED, "Ada", {"retractedAt": (None, "2024-07-11T12:00:00+00:00")}),
        ("07-10 12:00", RETRACTED, "Max", {"retractedAt": (None, "2024-07-10T12:00:00+00:00")}),
    ]
    assert await growth.everything("07-09 00:00") == then
    assert await growth.everything("07-11 00:00") == alone


async def test_what_was_measured_before_the_key_result_was_written_down_shows_from_then_on(growth: Past) -> None:
    growth.act("07-20 12:00", check_in("early", "replies", 4, effective_at="06-28 12:00"))
    assert await growth.card("growth", "07-21 00:00") == card(("4", 0.4, "ON_TRACK"))
    await assert_curves(growth, [BEGIN, ("07-20 12:00", "4", 0.4, CHECKED_IN)], [("07-01 08:00", "4", 0.4, CHECKED_IN)])
    assert (await growth.wordings("early"))[1] == [("4", "06-28 12:00", "07-20 12:00", "Ada", CHECKED_IN)]
