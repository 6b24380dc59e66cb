"""What was believed of a quarter then, and what is known now: closed, reopened, redated, and told otherwise after its end."""

import pytest

from tests.support.past import (
    ADDED,
    CHECKED_IN,
    CORRECTED,
    Content,
    Line,
    Past,
    added,
    check_in,
    close,
    command,
    correct,
    moment,
)

CLOSED, REOPENED = "OBJECTIVE_CLOSED", "OBJECTIVE_REOPENED"
_CYCLE = """
query ($id: ID!, $asOf: MomentInput) {
  cycle(id: $id, asOf: $asOf) {
    name phase startsOn endsOn progress expectedProgress seal { position hash recordedAt }
    objectives { nodes { title state score review { explanation learned event { type position } } } }
  }
}
"""
_CLOSINGS = """
query ($id: ID!) {
  cycle(id: $id) {
    history(filter: { type: { in: [CYCLE_CLOSED, CYCLE_REOPENED] } }) {
      nodes { type position hash recordedAt reason { code text } }
    }
  }
}
"""


@pytest.fixture
def quarter(past: Past) -> Past:
    """Growth with replies from 0 to 10, at 6 in the last week of the quarter."""
    past.objective("07-01 08:00", "growth", added("replies"))
    past.act("09-27 12:00", check_in("last", "replies", 6))
    return past


BEGIN: Line = [("07-01 08:00", "0", 0, ADDED), ("09-27 12:00", "6", 0.6, CHECKED_IN)]


def of_objective(line: Line) -> Line:
    """The same points, of the objective with this one key result."""
    return [(at, None, progress, event) for at, _, progress, event in line]


async def cycle(past: Past, as_of: str | None = None) -> Content:
    """The quarter as it was at a moment."""
    (cycle_id,) = await past.ids("q3")
    found: Content = (await past.run(_CYCLE, id=cycle_id, asOf=moment(as_of)))["cycle"]
    return found


def ended(past: Past) -> None:
    """The review of the quarter and its closing."""
    past.act("10-01 12:00", command("cycle.review", cycle="q3"))
    past.act("10-02 12:00", close("growth", learned="ask earlier"))
    past.act("10-03 12:00", command("cycle.close", cycle="q3"))


async def test_both_closings_of_a_reopened_quarter_stay_readable(quarter: Past) -> None:
    ended(quarter)
    sealed = await quarter.everything("10-04 00:00")
    quarter.act("10-10 12:00", command("cycle.reopen", cycle="q3"), because={"code": "OTHER", "text": "a wrong export"})
    quarter.act("10-10 12:10", command("objective.reopen", objective="growth"), by="max")
    quarter.act("10-11 12:00", correct("last", value=8), by="max")
    unsealed = await quarter.everything("10-11 13:00")
    quarter.act("10-12 12:00", close("growth", learned="export twice"))
    quarter.act("10-13 12:00", command("cycle.close", cycle="q3"))

    first, open_again, second = [await cycle(quarter, as_of) for as_of in ("10-04 00:00", "10-11 13:00", "10-14 00:00")]
    assert [each["phase"] for each in (first, open_again, second)] == ["CLOSED", "REVIEW", "CLOSED"]
    assert [each["progress"] for each in (first, open_again, second)] == [0.6, 0.8, 0.8]
    assert [each["objectives"]["nodes"][0]["score"] for each in (first, open_again, second)] == [0.6, None, 0.8]
    assert [each["objectives"]["nodes"][0]["state"] for each in (first, open_again, second)] == ["CLOSED", "ACTIVE", "CLOSED"]
    reviews = [each["objectives"]["nodes"][0]["review"] for each in (first, second)]
    assert [each["learned"] for each in reviews] == ["ask earlier", "export twice"]
    assert open_again["seal"] is open_again["objectives"]["nodes"][0]["review"] is None
    assert (await cycle(quarter)) == second

    (cycle_id,) = await quarter.ids("q3")
    events = (await quarter.run(_CLOSINGS, id=cycle_id))["cycle"]["history"]["nodes"]
    assert [each["type"] for each in events] == ["CYCLE_CLOSED", "CYCLE_REOPENED", "CYCLE_CLOSED"]
    assert events[1]["reason"] == {"code": "OTHER", "text": "a wrong export"}
    seals = [{name: event[name] for name in ("position", "hash", "recordedAt")} for event in events]
    assert [second["seal"], first["seal"]] == [seals[0], seals[2]]
    assert [each["recordedAt"] for each in (first["seal"], second["seal"])] == [
        "2024-10-03T12:00:00.000000Z",
        "2024-10-13T12:00:00.000000Z",
    ]

    corrected = ("10-11 12:00", "8", 0.8, CORRECTED)
    assert await quarter.believed("keyResult", "replies") == [*BEGIN, corrected]
    known = [BEGIN[0], ("09-27 12:00", "8", 0.8, CORRECTED)]
    assert await quarter.known("keyResult", "replies") == known
    assert await quarter.believed("objective", "growth") == of_objective([*BEGIN, corrected])
    assert await quarter.known("objective", "growth") == of_objective(known)
    begin = [("07-01 09:00", None, 0, "OBJECTIVE_ACTIVATED"), *of_objective(BEGIN[1:])]
    assert await quarter.believed("cycle", "q3") == [*begin, *of_objective([corrected])]
    assert await quarter.known("cycle", "q3") == [begin[0], *of_objective(known[1:])]
    for as_of in ("10-04 00:00", "10-10 12:05"):
        assert await quarter.known("objective", "growth", as_of) == of_objective(BEGIN)
    original, share = await quarter.original("objective", "growth")
    assert ([point[:3] for point in original], share) == ([p[:3] for p in of_objective([*BEGIN, corrected])], 0)

    assert await quarter.parts("growth", "10-04 00:00") == (0.6, [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "09-27 12:00")])
    assert await quarter.parts("growth") == (0.8, [("Replies", 1, 1, 0.8, 0.8, CORRECTED, "10-11 12:00")])
    assert (await quarter.wordings("last"))[1] == [
        ("6", "09-27 12:00", "09-27 12:00", "Ada", CHECKED_IN),
        ("8", "09-27 12:00", "10-11 12:00", "Max", CORRECTED),
    ]
    history = await quarter.history("growth", include_parts=False)
    assert history[1] == (
        "10-10 12:10",
        REOPENED,
        "Max",
        {
            "state": ("CLOSED", "ACTIVE"),
            "score": ("0.60", None),
            "review.proposedScore": ("0.60", None),
            "review.explanation": ("as measured", None),
            "review.rootCause": ("a late start", None),
            "review.learned": ("ask earlier", None),
            "review.decision": ("KEEP", None),
        },
    )
    assert [(event[0], event[1], event[3]["score"]) for event in (history[0], history[2])] == [
        ("10-12 12:00", CLOSED, (None, "0.80")),
        ("10-02 12:00", CLOSED, (None, "0.60")),
    ]
    assert await quarter.everything("10-04 00:00") == sealed
    assert await quarter.everything("10-11 13:00") == unsealed


async def test_an_objective_closed_again_with_another_score_keeps_the_first_one_in_the_past(quarter: Past) -> None:
    quarter.act("09-30 12:00", close("growth", 0.7, explanation="nearly"))
    then = await quarter.everything("09-30 13:00")
    quarter.act("09-30 14:00", command("objective.reopen", objective="growth"), by="max")
    quarter.act("09-30 15:00", close("growth", 0.5, explanation="the last tenth was spam"), by="max")

    cards = [await quarter.card("growth", as_of) for as_of in ("09-30 13:00", "09-30 14:30", "09-30 16:00")]
    assert [(each["state"], each["status"], each["score"], each["progress"]) for each in cards] == [
        ("CLOSED", "CLOSED", 0.7, 0.6),
        ("ACTIVE", "ON_TRACK", None, 0.6),
        ("CLOSED", "CLOSED", 0.5, 0.6),
    ]
    # A score is no progress: no curve and no part of it moves.
    for noun, key, line in (("keyResult", "replies", BEGIN), ("objective", "growth", of_objective(BEGIN))):
        assert await quarter.believed(noun, key) == await quarter.known(noun, key) == line
    for as_of in ("09-30 13:00", "09-30 14:30", None):
        assert await quarter.parts("growth", as_of) == (0.6, [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "09-27 12:00")])
    closed_again, reopened, closed = (await quarter.history("growth", include_parts=False))[:3]
    assert closed_again == (
        "09-30 15:00",
        CLOSED,
        "Max",
        {
            "state": ("ACTIVE", "CLOSED"),
            "score": (None, "0.5"),
            "review.proposedScore": (None, "0.60"),
            "review.explanation": (None, "the last tenth was spam"),
            "review.rootCause": (None, "a late start"),
            "review.decision": (None, "KEEP"),
        },
    )
    assert (reopened[1], reopened[3]["score"]) == (REOPENED, ("0.7", None))
    assert (closed[1], closed[2], closed[3]["score"]) == (CLOSED, "Ada", (None, "0.7"))
    assert await quarter.everything("09-30 13:00") == then


async def test_outcomes_told_after_the_end_of_the_quarter_belong_to_its_last_days(quarter: Past) -> None:
    then = await quarter.everything("10-01 00:00")
    quarter.act("10-15 12:00", check_in("final", "replies", 9, effective_at="09-30 12:00"), by="max")
    told = await quarter.everything("10-16 00:00")
    quarter.act("10-21 12:00", correct("final", value=7), by="max")

    cards = [await quarter.card("growth", as_of) for as_of in ("10-01 00:00", "10-16 00:00", "10-22 00:00")]
    assert [each["keyResults"][0][1] for each in cards] == ["6", "9", "7"]
    # The quarter is over and nobody has closed it: the line stands at its end.
    assert [(await cycle(quarter, as_of))["expectedProgress"] for as_of in ("10-01 00:00", "10-22 00:00")] == [1, 1]
    believed: Line = [*BEGIN, ("10-15 12:00", "9", 0.9, CHECKED_IN), ("10-21 12:00", "7", 0.7, CORRECTED)]
    known: Line = [*BEGIN, ("09-30 12:00", "7", 0.7, CORRECTED)]
    for noun, key, shown in (("keyResult", "replies", list), ("objective", "growth", of_objective)):
        assert await quarter.believed(noun, key) == shown(believed)
        assert await quarter.known(noun, key) == shown(known)
        assert await quarter.known(noun, key, "10-16 00:00") == shown([*BEGIN, ("09-30 12:00", "9", 0.9, CHECKED_IN)])
        assert (await quarter.original(noun, key))[1] == 0
    assert await quarter.parts("growth", "10-16 00:00") == (0.9, [("Replies", 1, 1, 0.9, 0.9, CHECKED_IN, "10-15 12:00")])
    assert await quarter.parts("growth") == (0.7, [("Replies", 1, 1, 0.7, 0.7, CORRECTED, "10-21 12:00")])
    assert await quarter.wordings("final") == (
        ("7", "Max", "10-15 12:00", "10-21 12:00", None),
        [
            ("9", "09-30 12:00", "10-15 12:00", "Max", CHECKED_IN),
            ("7", "09-30 12:00", "10-21 12:00", "Max", CORRECTED),
        ],
    )
    assert (await quarter.history("q3"))[0] == ("10-21 12:00", CORRECTED, "Max", {"value": ("9 PERCENT", "7 PERCENT")})
    assert await quarter.everything("10-01 00:00") == then
    assert await quarter.everything("10-16 00:00") == told


async def test_a_quarter_renamed_and_redated_keeps_its_names_and_dates_in_the_past(quarter: Past) -> None:
    then = await quarter.everything("09-28 00:00")
    quarter.act("09-28 12:00", command("cycle.update", cycle="q3", name="Summer release", ends_on="2024-10-07"), by="max")
    between = await quarter.everything("09-28 12:01")
    quarter.act("09-28 12:02", command("cycle.update", cycle="q3", name="Q3 2024", starts_on="2024-06-30"))

    sides = [await cycle(quarter, as_of) for as_of in ("09-28 00:00", "09-28 12:01", "09-28 12:02")]
    assert [(each["name"], each["startsOn"], each["endsOn"]) for each in sides] == [
        ("Q3", "2024-07-01", "2024-09-30"),
        ("Summer release", "2024-07-01", "2024-10-07"),
        ("Q3 2024", "2024-06-30", "2024-10-07"),
    ]
    assert [(await quarter.card("growth", as_of))["cycle"] for as_of in ("09-28 00:00", "09-28 12:01", None)] == [
        "Q3",
        "Summer release",
        "Q3 2024",
    ]
    # What was expected then was expected by the dates of then: 89 of 92 days, and 89 1/2 of 99.
    assert sides[0]["expectedProgress"] == round(89 / 92, 12)
    assert sides[1]["expectedProgress"] == round((89 * 1440 + 721) / (99 * 1440), 12)
    for noun, key, line in (("keyResult", "replies", BEGIN), ("objective", "growth", of_objective(BEGIN))):
        assert await quarter.believed(noun, key) == await quarter.known(noun, key) == line
    for as_of in ("09-28 00:00", None):
        assert await quarter.parts("growth", as_of) == (0.6, [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "09-27 12:00")])
    assert (await quarter.history("q3"))[:4] == [
        ("09-28 12:02", "CYCLE_RESCHEDULED", "Ada", {"startsOn": ("2024-07-01", "2024-06-30")}),
        ("09-28 12:02", "CYCLE_RENAMED", "Ada", {"name": ("Summer release", "Q3 2024")}),
        ("09-28 12:00", "CYCLE_RESCHEDULED", "Max", {"endsOn": ("2024-09-30", "2024-10-07")}),
        ("09-28 12:00", "CYCLE_RENAMED", "Max", {"name": ("Q3", "Summer release")}),
    ]
    assert await quarter.everything("09-28 00:00") == then
    assert await quarter.everything("09-28 12:01") == between


async def test_what_is_carried_over_begins_where_it_ended_and_leaves_the_old_quarter_alone(past: Past) -> None:
    past.objective("07-01 08:00", "growth", added("replies"), added("deals"), added("rings"))
    past.act("09-27 12:00", check_in("first", "replies", 6), check_in("second", "deals", 12))
    past.act("09-28 12:00", command("key_result.drop", key_result="rings"))
    dates = {"starts_on": "2024-10-01", "ends_on": "2024-12-31"}
    past.act("10-01 10:00", command("cycle.create", key="q4", name="Q4", **dates), command("cycle.activate", cycle="q4"))
    then = await past.everything("10-01 11:00")
    carry_over = command("objective.carry_over", key="further", objective="growth", cycle="q4")
    past.act("10-01 12:00", close("growth", 0.8), carry_over, by="max")
    past.act("10-03 12:00", command("key_result.retarget", key_result="further/replies", target=16))
    past.act("10-04 12:00", check_in("third", "further/replies", 8))

    old, new = await past.card("growth"), await past.card("further")
    assert (old["cycle"], old["state"], old["progress"], old["score"]) == ("Q3", "CLOSED", 0.8, 0.8)
    assert (new["cycle"], new["state"], new["title"], new["owner"]) == ("Q4", "ACTIVE", "Growth", "Ada")
    # From 6 on; what had passed its target begins as it began before; what was dropped stays behind.
    assert [(part[:5]) for part in new["keyResults"]] == [("Replies", "8", "16", "10", 0.2), ("Deals", "0", "10", "10", 0)]
    assert [part[0] for part in old["keyResults"]] == ["Replies", "Deals", "Rings"]
    lineage = """query ($old: ID!, $new: ID!, $asOf: MomentInput) {
      old: objective(id: $old, asOf: $asOf) { carriedOverTo { entityId } keyResults { entityId carriedOverFrom { entityId } } }
      new: objective(id: $new, asOf: $asOf) { carriedOverFrom { entityId } keyResults { carriedOverFrom { entityId } } }
    }"""
    old_id, new_id = await past.ids("growth", "further")
    sides = [await past.run(lineage, old=old_id, new=new_id, asOf=as_of) for as_of in (None, {"time": "2024-10-01T11:00:00Z"})]
    assert (sides[0]["old"]["carriedOverTo"], sides[0]["new"]["carriedOverFrom"]) == (
        [{"entityId": new_id}],
        {"entityId": old_id},
    )
    sources = [{"carriedOverFrom": {"entityId": part["entityId"]}} for part in sides[0]["old"]["keyResults"]]
    assert sides[0]["new"]["keyResults"] == sources
    assert (sides[1]["old"]["carriedOverTo"], sides[1]["new"]) == ([], None)

    believed: Line = [
        ("10-01 12:00", "6", 0, ADDED),
        ("10-04 12:00", "8", 0.2, CHECKED_IN),
    ]
    for way in (past.believed, past.known):
        assert await way("keyResult", "further/replies") == believed
        assert await way("keyResult", "replies") == [("07-01 08:00", "0", 0, ADDED), ("09-27 12:00", "6", 0.6, CHECKED_IN)]
        assert await way("objective", "further") == [("10-01 12:00", None, 0, ADDED), ("10-04 12:00", None, 0.1, CHECKED_IN)]
        assert await way("objective", "growth") == [
            ("07-01 08:00", None, 0, ADDED),
            ("09-27 12:00", None, 0.533333333333, CHECKED_IN),
            ("09-28 12:00", None, 0.8, "KEY_RESULT_DROPPED"),
        ]
    # 8 is half of the way from 6 to 10, and a fifth of that to 16.
    original, share = await past.original("keyResult", "further/replies")
    assert (original[-1][:3], share) == (("10-04 12:00", "8", 0.5), -1.5)
    assert await past.original("objective", "growth") == (await past.believed("objective", "growth"), 0)
    assert await past.parts("further") == (
        0.1,
        [
            ("Deals", 1, 0.5, 0, 0, ADDED, "10-01 12:00"),
            ("Replies", 1, 0.5, 0.2, 0.1, CHECKED_IN, "10-04 12:00"),
        ],
    )
    assert await past.parts("growth") == (
        0.8,
        [
            ("Deals", 1, 0.5, 1, 0.5, CHECKED_IN, "09-27 12:00"),
            ("Replies", 1, 0.5, 0.6, 0.3, CHECKED_IN, "09-27 12:00"),
        ],
    )
    assert (await past.history("growth"))[:2] == [
        ("10-01 12:00", "OBJECTIVE_CARRIED_OVER", "Max", {"carriedOverTo": ("", "Growth")}),
        (
            "10-01 12:00",
            CLOSED,
            "Max",
            {
                "state": ("ACTIVE", "CLOSED"),
                "score": (None, "0.8"),
                "review.proposedScore": (None, "0.80"),
                "review.explanation": (None, "as measured"),
                "review.rootCause": (None, "a late start"),
                "review.decision": (None, "KEEP"),
            },
        ),
    ]
    created = (await past.history("further"))[-1]
    assert (created[1], created[3]["carriedOverFrom"]) == ("OBJECTIVE_CREATED", (None, "Growth"))
    assert await past.everything("10-01 11:00") == then
