"""Summaries: what happened between two moments, in sentences that name their events."""

import re
from typing import Any

import html5lib
import pytest

from events.identifier import uuid_of
from service.tokens import create_token
from tests.support.client import Client
from tests.support.operations import Content, operation
from tests.support.past import Past, added, check_in, command, iso

EVIL = "[Free](javascript:alert(1)) <script>alert('x')</script> & `code`\n# Heading\n1. one"
BEGIN, END = {"time": iso("07-05 08:00")}, {"time": iso("07-17 12:00")}


@pytest.fixture
def quarter(past: Past) -> Past:
    """Growth with replies and calls, of which nothing is heard; and, private, secret with hidden."""
    past.objective("07-01 08:00", "growth", added("replies", title="Reply *rate*", owner="max"), added("calls"))
    past.objective("07-01 10:00", "secret", added("hidden"), visibility="PRIVATE")
    past.act("07-04 12:00", check_in("first", "replies", 2))
    past.act("07-09 12:00", check_in("hushed", "hidden", 4, comment="Hush"))
    past.act(
        "07-10 12:00",
        check_in("second", "replies", 5, status="OFF_TRACK", confidence=0.3, comment=EVIL, blockers="Nobody | answers"),
    )
    reason = {"code": "EXTERNAL_CHANGE", "text": "The market"}
    past.act("07-11 12:00", command("key_result.retarget", key_result="replies", target=20), because=reason)
    past.act("07-11 13:00", command("objective.update", objective="growth", title="Growing", owner="max"))
    past.act("07-12 12:00", command("recognition.give", key="thanks", persons=["max"], text="Loud & clear", subject="growth"))
    past.act("07-12 13:00", command("recognition.give", key="undone", persons=["max"], text="Never mind"))
    past.act("07-12 14:00", command("recognition.withdraw", recognition="undone"))
    return past


async def of_max(past: Past) -> Client:
    """Answer a client of Max, who sees nothing of what is private."""
    organization_id = uuid_of((await past.run("{ organization { id } }"))["organization"]["id"])
    async with past.database.connection(organization_id) as connection:
        token = await create_token(connection, organization_id, past.id("max"), "max")
    return past.connect(token.secret)


async def told(past: Past, of: str, **more: Any) -> Content:
    (thing_id,) = await past.ids(of)
    variables = {"of": thing_id, "from": BEGIN, "to": END, **more}
    found: Content = (await past.run(operation("summary"), **variables))["summary"]
    return found


def said(summary: Content) -> dict[str, list[str]]:
    return {each["kind"]: [sentence["text"] for sentence in each["sentences"]] for each in summary["sections"]}


ON_ONE_LINE = " ".join(EVIL.split())


async def test_a_summary_says_what_happened_and_names_its_events(quarter: Past):
    summary = await told(quarter, "sales")
    assert summary["title"] == "Summary: Sales, Jul 5, 2024 to Jul 17, 2024"
    assert said(summary) == {
        "MOVED": [
            "Progress of the whole: 5% → 26.2% (values +27.5 pp, targets -6.2 pp).",
            "2 key results moved.",
            "“Hidden”: 0% → 40% (values +40 pp). Reported: “Hush”",
            f"“Reply *rate*”: 20% → 25% (values +30 pp, targets -25 pp). Reported: “{ON_ONE_LINE}”",
        ],
        "AT_RISK": ["“Reply *rate*” (Growing): off track, confidence 30%. Blocked by: “Nobody | answers”"],
        "CHANGED": [
            "“Reply *rate*”: target 10 % → 20 % (Ada, external change, “The market”).",
            "“Growing”: title Growth → Growing (Ada, new information).",
            "“Growing”: owner Ada → Max (Ada, new information).",
        ],
        # Calls were due on the Fridays 5 and 12 July, with a grace of three days.
        "OVERDUE": ["Max: 1 check-in is overdue: “Calls”."],
        "RECOGNIZED": ["Max, by Ada: “Loud & clear”"],
    }
    events = [
        [(event["type"], event["recordedAt"][5:10]) for event in sentence["events"]]
        for section in summary["sections"]
        for sentence in section["sentences"]
    ]
    moved = [("KEY_RESULT_CHECKED_IN", "07-09"), ("KEY_RESULT_CHECKED_IN", "07-10"), ("KEY_RESULT_RETARGETED", "07-11")]
    assert events == [
        moved,
        moved,
        moved[:1],
        moved[1:],
        [("KEY_RESULT_CHECKED_IN", "07-10")],
        [("KEY_RESULT_RETARGETED", "07-11")],
        [("OBJECTIVE_RETITLED", "07-11")],
        [("OBJECTIVE_REOWNED", "07-11")],
        [("KEY_RESULT_ADDED", "07-01")],
        [("RECOGNITION_GIVEN", "07-12")],
    ]
    assert [section["moreCount"] for section in summary["sections"]] == [0] * 5


async def test_what_people_wrote_is_no_markup_in_markdown_and_html(quarter: Past):
    summary = await told(quarter, "sales")
    texts = [sentence["text"] for section in summary["sections"] for sentence in section["sentences"]]
    # Before what a reader of CommonMark takes for markup stands a backslash, but where this program put it.
    lines = summary["markdown"].splitlines()
    assert [line for line in lines if re.search(r"(?<!\\)[<>`*\[\]_!|&]", line)] == []
    assert [line.partition(" ")[0] for line in lines if line] == ["#", *heads(summary)]
    bare = [re.sub(r"\\(.)", r"\1", line.removeprefix("- ").rpartition(" (#")[0]) for line in lines if line.startswith("- ")]
    assert bare == texts
    assert re.search(r" \(#\d+, #\d+\)$", next(line for line in lines if "Reply" in line))

    page = html5lib.parse(summary["html"], namespaceHTMLElements=False)
    items = page.findall(".//li")
    assert ["".join(item.itertext()) for item in items] == texts
    assert {each.tag for each in page.find("body").iter()} == {"body", "article", "h1", "section", "h2", "ul", "li"}
    positions = [
        " ".join(event["position"] for event in sentence["events"])
        for section in summary["sections"]
        for sentence in section["sentences"]
    ]
    assert [item.get("data-events") for item in items] == positions


def heads(summary: Content) -> list[str]:
    return [mark for each in summary["sections"] for mark in ("##", *("-" for _ in each["sentences"]))]


async def test_a_summary_speaks_four_languages_and_says_the_same_again(quarter: Past):
    lines: dict[str, list[str]] = {}
    for language in ("EN", "CS", "RU", "ZH"):
        summary = await told(quarter, "q3", language=language)
        lines[language] = said(summary)["MOVED"][1:2] + said(summary)["OVERDUE"]
        assert f'<article lang="{language.lower()}">' in summary["html"]
        assert await told(quarter, "q3", language=language) == summary
    assert lines == {
        "EN": ["2 key results moved.", "Max: 1 check-in is overdue: “Calls”."],
        "CS": ["Pohnuly se 2 klíčové výsledky.", "Max: 1 hlášení je po termínu: „Calls“."],
        "RU": ["Сдвинулись 2 ключевых результата.", "Max: просрочен 1 отчёт: «Calls»."],
        "ZH": ["2个关键结果有变化。", "Max：1次更新逾期：“Calls”。"],
    }
    before = await told(quarter, "q3")
    quarter.act("07-18 12:00", check_in("late", "calls", 9), command("objective.update", objective="growth", title="Later"))
    assert await told(quarter, "q3") == before


async def test_a_summary_says_nothing_that_its_reader_may_not_see(quarter: Past):
    await quarter.ids("q3")
    maximal = await of_max(quarter)
    for of in ("sales", "q3", "max"):
        variables = {"of": quarter.id(of), "from": BEGIN, "to": END}
        summary = (await maximal.run(operation("summary"), variables))["summary"]
        assert "Hidden" not in str(summary)
        assert "Hush" not in str(summary)
        # To Max, growth came with its owner.
        assert said(summary)["MOVED"][1:2] == (["2 key results came."] if of == "max" else ["1 key result moved."])
        assert said(summary)["RECOGNIZED"] == ["Max, by Ada: “Loud & clear”"]
    ada = {"of": quarter.id("ada"), "from": BEGIN, "to": END}
    summary = (await maximal.run(operation("summary"), ada))["summary"]
    gone = ["Progress of the whole: 10% → unknown (values +15 pp, targets -12.5 pp, scope -12.5 pp).", "2 key results went."]
    assert said(summary) == {"MOVED": gone, "AT_RISK": [], "CHANGED": [], "OVERDUE": [], "RECOGNIZED": []}
    assert summary["markdown"].count("- Nothing.") == summary["html"].count("<li>Nothing.</li>") == 4


async def test_what_cannot_be_summed_up_is_refused_or_null(quarter: Past):
    (growth,) = await quarter.ids("growth")
    client = quarter.client
    variables = {"of": growth, "from": BEGIN, "to": END}
    assert (await client.run(operation("summary"), variables))["summary"] is None
    backwards = {"of": quarter.id("q3"), "from": END, "to": BEGIN}
    assert await client.codes(operation("summary"), backwards) == ["ARGUMENT_INVALID"]
    unknown = {"of": quarter.id("q3"), "from": {"time": "1999-01-01T00:00:00Z"}}
    assert await client.codes(operation("summary"), unknown) == ["MOMENT_UNKNOWN"]


async def test_of_long_sections_the_first_sentences_are_said_and_the_rest_is_counted(quarter: Past):
    parts = [added(f"part {number}") for number in range(30)]
    quarter.act("07-13 08:00", *(command("key_result.add", objective="growth", **part) for part in parts))
    for number in range(30):
        quarter.act(f"07-14 08:{number:02}", check_in(f"check-in {number}", f"part {number}", 3, status="AT_RISK"))
    summary = await told(quarter, "q3")
    counts = {each["kind"]: (len(each["sentences"]), each["moreCount"]) for each in summary["sections"]}
    assert counts["AT_RISK"] == (20, 11)
    assert counts["CHANGED"] == (20, 13)
    assert "- And 11 more." in summary["markdown"]
    assert "30 key results came." in said(summary)["MOVED"]
    assert all(len(sentence["events"]) <= 20 for each in summary["sections"] for sentence in each["sentences"])
