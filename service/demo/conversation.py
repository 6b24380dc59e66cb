"""What people say to each other: questions that are answered or wait, second thoughts, thanks."""

from collections.abc import Sequence
from random import Random

from service.demo.calendar import FiscalYear, Quarter
from service.demo.company import PLACEMENTS, Placement
from service.demo.timeline import Content, Timeline

_SEED = 20_260_102
"""Its own: what is said changes nothing of what happens."""

_ASKING = ("daniel", "sofia", "mei", "petr", "hana", "priya", "elena", "james", "anna")

_QUESTIONS = (
    ("Which of these figures do we still move this quarter?", "The first one. For the others it is too late."),
    ("Is this in the way of the partner programme?", "No, they come after us; I have asked."),
    ("Could customer care help here?", "Yes, two hours a week would do."),
    ("这个目标需要市场部支持吗？", "Yes, and they know."),
    ("Не слишком ли низкая цель?", "Let us look at it on Friday."),
)
_SECOND_THOUGHTS = "I meant the German accounts only."
_RETROSPECTIVE = (
    ("anna", "What shall we keep, and what shall we stop?"),
    ("priya", "Keep the short Friday reports. They take me ten minutes."),
    ("daniel", "Stop: three objectives for one person."),
)
_THANKS = (
    "Stayed late to save the demo for the largest account",
    "Explained the new report to everybody, twice",
    "Told us early that we would miss the target",
    "Found the mistake in the export before the customer did",
)


def add_conversation(timeline: Timeline, year: FiscalYear) -> None:
    """Put down what is said in every quarter."""
    random = Random(_SEED)
    for quarter in year.quarters:
        # What only a team sees is asked about in the team's room.
        public = [each for each in PLACEMENTS if each.quarter == quarter.number and each.visibility == "ORGANIZATION"]
        for place, placement in enumerate(each for each in public if each.owner != "lucas"):
            _add_question(timeline, quarter, placement, place, random)
        _add_thanks(timeline, quarter, public, random)
        _add_retrospective(timeline, quarter, random)


def _add_question(timeline: Timeline, quarter: Quarter, placement: Placement, place: int, random: Random) -> None:
    key, owner = placement.objective, placement.owner
    asking = _ASKING[(place + quarter.number) % len(_ASKING)]
    if asking == owner:
        asking = _ASKING[(place + quarter.number + 1) % len(_ASKING)]
    question, answer = _QUESTIONS[(place + 2 * quarter.number) % len(_QUESTIONS)]
    week = 2 + place % 8
    write: Content = {
        "type": "comment.write",
        "key": f"{key}.question",
        "subject": key,
        "text": question,
        "mentions": [owner],
    }
    timeline.add(f"{key}.asked", quarter.moment(week, random), asking, [write])
    if place % 3 == 0:
        edit = {"type": "comment.edit", "comment": f"{key}.question", "text": f"{question} {_SECOND_THOUGHTS}"}
        timeline.add(f"{key}.asked-better", quarter.moment(week + 0.1, random, 15), asking, [edit])
    if place % 4 == 3:
        # Nobody has answered yet: an open mention.
        return
    reply = {
        "type": "comment.write",
        "key": f"{key}.answer",
        "subject": key,
        "reply_to": f"{key}.question",
        "text": answer,
        "mentions": [asking],
    }
    timeline.add(f"{key}.answered", quarter.moment(week + 0.3, random), owner, [reply])
    react = {"type": "comment.add_reaction", "comment": f"{key}.answer", "reaction": "THUMBS_UP"}
    timeline.add(f"{key}.settled", quarter.moment(week + 0.5, random), asking, [react])


def _add_thanks(timeline: Timeline, quarter: Quarter, public: Sequence[Placement], random: Random) -> None:
    for number, week in enumerate((4, 8, 11)):
        placement = public[(number + quarter.number) % len(public)]
        thanked = placement.owners[0] if placement.owners[0] not in ("lucas", "anna") else "hana"
        give = {
            "type": "recognition.give",
            "key": f"quarter-{quarter.number}.thanks-{number}",
            "persons": [thanked],
            "text": _THANKS[(number + quarter.number) % len(_THANKS)],
            "subject": placement.objective,
        }
        timeline.add(f"quarter-{quarter.number}.thanked-{number}", quarter.moment(week, random, 16), "anna", [give])


def _add_retrospective(timeline: Timeline, quarter: Quarter, random: Random) -> None:
    cycle = f"quarter-{quarter.number}"
    for number, (person, text) in enumerate(_RETROSPECTIVE):
        write: Content = {"type": "comment.write", "key": f"{cycle}.remark-{number}", "subject": cycle, "text": text}
        if number:
            write["reply_to"] = f"{cycle}.remark-0"
        timeline.add(f"{cycle}.looked-back-{number}", quarter.moment(13 + number / 10, random, 11), person, [write])
    withdraw = {"type": "comment.withdraw", "comment": f"{cycle}.remark-2"}
    timeline.add(f"{cycle}.thought-again", quarter.moment(13.4, random, 17), "daniel", [withdraw])
