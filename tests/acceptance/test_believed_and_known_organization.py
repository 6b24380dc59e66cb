"""An old quarter keeps the organization it had: its teams' names and places, and what its people were called."""

import pytest

from tests.support.past import ADDED, CHECKED_IN, Content, Line, Past, added, check_in, close, command, correct, iso, moment

_TEAMS = """
query ($asOf: MomentInput, $cycle: ID!) {
  teams(asOf: $asOf) { nodes { name depth parent { name } lead { name } archivedAt progress(cycleId: $cycle) } }
}
"""
_CURVE = """
query ($team: ID!, $cycle: ID, $basis: CurveBasis!, $asOf: MomentInput) {
  team(id: $team, asOf: $asOf) {
    progressCurve(cycleId: $cycle, basis: $basis, resolution: STEP) {
      goalpostShare points { at progress event { type } }
    }
  }
}
"""
_PEOPLE = """
query ($id: ID!, $asOf: MomentInput, $objective: ID!, $checkIn: ID!) {
  person(id: $id, asOf: $asOf) { name role deactivatedAt version }
  objective(id: $objective, asOf: $asOf) {
    owner { name } createdBy { name }
    keyResults { lastCheckIn { author { name } revisions { author { name } } } }
    history(first: 1) { nodes { actor { name } } }
  }
  node(id: $checkIn) { ... on CheckIn { author { name } } }
}
"""


@pytest.fixture
def quarter(past: Past) -> Past:
    """In q3, growth of the team Inside below Sales at 6 of 10, and calls of Sales itself at 2 of 10."""
    past.act("06-24 09:00", command("team.create", key="inside", name="Inside", parent="sales", lead="max"))
    past.objective("07-01 08:00", "growth", added("replies"), team="inside", owner="max")
    past.objective("07-01 10:00", "calls", added("rings"))
    past.act("07-05 12:00", check_in("first", "replies", 6), by="max")
    past.act("07-06 12:00", check_in("second", "rings", 2))
    return past


async def teams(past: Past, as_of: str | None) -> list[tuple[object, ...]]:
    """Each team as it was: name, the team above, how many are above, lead, and progress in q3."""
    (cycle_id,) = await past.ids("q3")
    asked = {"asOf": moment(as_of), "cycle": cycle_id}
    nodes = (await past.run(_TEAMS, **asked))["teams"]["nodes"]
    return [
        (each["name"], each["parent"] and each["parent"]["name"], each["depth"], each["lead"]["name"], each["progress"])
        for each in nodes
    ]


async def curve(past: Past, basis: str, as_of: str | None = None) -> tuple[list[tuple[str, float | None, str]], float | None]:
    """The curve of Sales and the teams below in q3."""
    team_id, cycle_id = await past.ids("sales", "q3")
    asked = {"team": team_id, "cycle": cycle_id, "basis": basis, "asOf": moment(as_of)}
    found = (await past.run(_CURVE, **asked))["team"]["progressCurve"]
    return [(each["at"][5:16].replace("T", " "), each["progress"], each["event"]["type"]) for each in found["points"]], found[
        "goalpostShare"
    ]


async def test_a_team_renamed_and_moved_leaves_the_old_quarter_as_it_was(quarter: Past) -> None:
    quarter.act("09-30 12:00", close("growth"), close("calls"))
    quarter.act("10-01 12:00", command("cycle.review", cycle="q3"))
    quarter.act("10-02 12:00", command("cycle.close", cycle="q3"))
    sealed = await quarter.everything("10-02 13:00")
    quarter.act("10-07 12:00", command("team.update", team="inside", name="Growth team", parent=None), by="max")
    quarter.act("10-08 12:00", command("team.update", team="sales", name="Revenue", lead="max"))
    quarter.act("10-09 12:00", command("team.archive", team="inside"))

    assert await teams(quarter, "10-02 13:00") == [
        ("Inside", "Sales", 1, "Max", 0.6),
        ("Sales", None, 0, "Ada", 0.4),
    ]
    # The tree is another one now, and the sealed quarter keeps the numbers of the one that it had.
    assert await teams(quarter, "10-07 13:00") == [("Growth team", None, 0, "Max", 0.6), ("Sales", None, 0, "Ada", 0.4)]
    assert await teams(quarter, None) == [("Growth team", None, 0, "Max", 0.6), ("Revenue", None, 0, "Max", 0.4)]
    cards = [await quarter.card("growth", as_of) for as_of in ("10-02 13:00", "10-07 13:00", None)]
    assert [each["team"] for each in cards] == ["Inside < Sales", "Growth team", "Growth team"]
    # The numbers of the quarter's own things stay, whoever they belong to by now.
    assert [(each["progress"], each["score"], each["state"]) for each in cards] == [(0.6, 0.6, "CLOSED")] * 3
    for as_of in ("10-02 13:00", None):
        assert await quarter.parts("growth", as_of) == (0.6, [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "07-05 12:00")])
    replies: Line = [("07-01 08:00", "0", 0, ADDED), ("07-05 12:00", "6", 0.6, CHECKED_IN)]
    assert await quarter.believed("keyResult", "replies") == await quarter.known("keyResult", "replies") == replies
    for basis in ("RECORDED", "MEASURED"):
        line, share = await curve(quarter, basis, as_of="10-02 13:00")
        assert line == [
            ("07-01 09:00", 0, "OBJECTIVE_ACTIVATED"),
            ("07-05 12:00", 0.3, CHECKED_IN),
            ("07-06 12:00", 0.4, CHECKED_IN),
        ]
        assert share == 0
    cycle_line = await quarter.believed("cycle", "q3")
    assert cycle_line[-1] == ("07-06 12:00", None, 0.4, CHECKED_IN)
    assert await quarter.history("inside") == [
        ("10-09 12:00", "TEAM_ARCHIVED", "Ada", {"archivedAt": (None, "2024-10-09T12:00:00+00:00")}),
        ("10-07 12:00", "TEAM_MOVED", "Max", {"parent": ("Revenue", None)}),
        ("10-07 12:00", "TEAM_RENAMED", "Max", {"name": ("Inside", "Growth team")}),
        ("06-24 09:00", "TEAM_CREATED", "Ada", {"name": (None, "Inside"), "parent": (None, "Revenue"), "lead": (None, "Max")}),
    ]
    assert await quarter.everything("10-02 13:00") == sealed


async def test_a_team_that_moves_while_the_quarter_runs_counts_where_it_was(quarter: Past) -> None:
    then = await quarter.everything("07-07 00:00")
    quarter.act("07-08 12:00", command("team.update", team="inside", parent=None), by="max")
    quarter.act("07-09 12:00", check_in("late", "replies", 8, effective_at="07-07 12:00"))

    assert await teams(quarter, "07-07 00:00") == [("Inside", "Sales", 1, "Max", 0.6), ("Sales", None, 0, "Ada", 0.4)]
    assert await teams(quarter, None) == [("Inside", None, 0, "Max", 0.8), ("Sales", None, 0, "Ada", 0.2)]
    begin = [
        ("07-01 09:00", 0, "OBJECTIVE_ACTIVATED"),
        ("07-05 12:00", 0.3, CHECKED_IN),
        ("07-06 12:00", 0.4, CHECKED_IN),
    ]
    moved = ("07-08 12:00", 0.2, "TEAM_MOVED")
    assert await curve(quarter, "RECORDED") == ([*begin, moved], 0)
    # What is known now of 7 July counted for Sales until the team left.
    assert await curve(quarter, "MEASURED") == ([*begin, ("07-07 12:00", 0.5, CHECKED_IN), moved], 0)
    assert (await quarter.card("growth", "07-07 00:00"))["team"] == "Inside < Sales"
    assert (await quarter.card("growth"))["team"] == "Inside"
    assert await quarter.parts("growth", "07-07 00:00") == (0.6, [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "07-05 12:00")])
    assert (await quarter.history("inside"))[0] == ("07-08 12:00", "TEAM_MOVED", "Max", {"parent": ("Sales", None)})
    assert await quarter.everything("07-07 00:00") == then


async def test_an_objective_that_changes_hands_had_its_owner_and_its_team(quarter: Past) -> None:
    then = await quarter.everything("07-07 00:00")
    update = command("objective.update", objective="growth", owner="ada", team="sales")
    quarter.act("07-08 12:00", update, by="max", because={"code": "EXTERNAL_CHANGE"})
    quarter.act("07-09 12:00", check_in("late", "replies", 8, effective_at="07-07 12:00"))

    cards = [await quarter.card("growth", as_of) for as_of in ("07-07 00:00", "07-10 00:00")]
    assert [(each["owner"], each["team"], each["progress"]) for each in cards] == [
        ("Max", "Inside < Sales", 0.6),
        ("Ada", "Sales", 0.8),
    ]
    assert [team[4] for team in await teams(quarter, "07-07 00:00")] == [0.6, 0.4]
    assert [team[4] for team in await teams(quarter, "07-10 00:00")] == [None, 0.5]
    begin = [
        ("07-01 09:00", 0, "OBJECTIVE_ACTIVATED"),
        ("07-05 12:00", 0.3, CHECKED_IN),
        ("07-06 12:00", 0.4, CHECKED_IN),
    ]
    assert await curve(quarter, "RECORDED") == ([*begin, ("07-09 12:00", 0.5, CHECKED_IN)], 0)
    assert await curve(quarter, "MEASURED") == ([*begin, ("07-07 12:00", 0.5, CHECKED_IN)], 0)
    assert (await quarter.history("growth"))[1:3] == [
        ("07-08 12:00", "OBJECTIVE_MOVED", "Max", {"team": ("Inside", "Sales")}),
        ("07-08 12:00", "OBJECTIVE_REOWNED", "Max", {"owner": ("Max", "Ada")}),
    ]
    assert await quarter.parts("growth", "07-07 00:00") == (0.6, [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "07-05 12:00")])
    assert await quarter.everything("07-07 00:00") == then


async def people(past: Past, as_of: str | None) -> Content:
    """Max and what is his, as it was at a moment."""
    person_id, objective_id, check_in_id = await past.ids("max", "growth", "first")
    asked = {"id": person_id, "objective": objective_id, "checkIn": check_in_id}
    return await past.run(_PEOPLE, **asked, asOf=moment(as_of))


async def test_a_person_renamed_and_gone_had_their_name_and_their_place(quarter: Past) -> None:
    then = await quarter.everything("07-07 00:00")
    renamed = command("person.update", person="max", name="Maxine Example", email="maxine@example.org")
    quarter.act("07-15 12:00", renamed)
    quarter.act("07-20 12:00", correct("first", value=5))
    quarter.act("08-01 12:00", command("person.deactivate", person="max"))
    between = await quarter.everything("07-16 00:00")

    before, after, now = [await people(quarter, as_of) for as_of in ("07-07 00:00", "07-16 00:00", None)]
    assert [each["person"]["name"] for each in (before, after, now)] == ["Max", "Maxine Example", "Maxine Example"]
    assert [each["person"]["deactivatedAt"] for each in (before, after, now)] == [
        None,
        None,
        iso("08-01 12:00")[:-1] + ".000000Z",
    ]
    assert [each["person"]["version"] for each in (before, after, now)] == [1, 2, 3]
    for side, name in ((before, "Max"), (after, "Maxine Example"), (now, "Maxine Example")):
        objective = side["objective"]
        # Nothing of theirs passes to another by itself.
        assert (objective["owner"]["name"], objective["createdBy"]["name"]) == (name, "Ada")
        (part,) = objective["keyResults"]
        assert part["lastCheckIn"]["author"]["name"] == name
        # Wordings and events are the same at every moment, and show what their authors are called now.
        assert part["lastCheckIn"]["revisions"][0]["author"]["name"] == "Maxine Example"
    assert before["objective"]["history"]["nodes"][0]["actor"]["name"] == "Maxine Example"
    assert now["objective"]["history"]["nodes"][0]["actor"]["name"] == "Ada"
    assert await quarter.wordings("first") == (
        ("5", "Maxine Example", "07-05 12:00", "07-20 12:00", None),
        [
            ("6", "07-05 12:00", "07-05 12:00", "Maxine Example", CHECKED_IN),
            ("5", "07-05 12:00", "07-20 12:00", "Ada", "CHECK_IN_CORRECTED"),
        ],
    )
    # Of a sealed name only the change is told, never the name.
    assert await quarter.history("max") == [
        ("08-01 12:00", "PERSON_DEACTIVATED", "Ada", {"deactivatedAt": (None, "2024-08-01T12:00:00+00:00")}),
        ("07-15 12:00", "PERSON_UPDATED", "Ada", {"name": (None, None)}),
        ("06-24 08:01", "PERSON_INVITED", "System", {"name": (None, None), "role": (None, "MEMBER")}),
    ]
    believed: Line = [
        ("07-01 08:00", "0", 0, ADDED),
        ("07-05 12:00", "6", 0.6, CHECKED_IN),
        ("07-20 12:00", "5", 0.5, "CHECK_IN_CORRECTED"),
    ]
    assert await quarter.believed("keyResult", "replies") == believed
    assert await quarter.parts("growth", "07-16 00:00") == (0.6, [("Replies", 1, 1, 0.6, 0.6, CHECKED_IN, "07-05 12:00")])
    assert await quarter.everything("07-07 00:00") == then
    assert await quarter.everything("07-16 00:00") == between
