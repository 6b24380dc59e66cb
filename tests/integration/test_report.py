"""The report of a cycle says what the API answers, at the moment that was asked for."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio

from tests.support.operations import operation
from tests.support.quarter import ARABIC, LONG, MARKUP
from tests.support.reports import Reports, company_reports, figures, labels, page_of, rows, section, text_of, texts, tree_of

CYCLES = "query($name: String!) { cycles(filter: { name: { eq: $name } }) { nodes { id } } }"
RETROSPECTIVE = """query($id: ID!) {
  cycle(id: $id) {
    progress
    seal { position hash }
    retrospective { objectiveCount keyResultCount meanScore checkIns { expected onTime late missed } }
  }
}"""


@pytest_asyncio.fixture
async def reports(database_url: str) -> AsyncIterator[Reports]:
    async with company_reports(database_url) as reports:
        yield reports


async def test_the_page_of_a_closed_quarter_shows_what_the_api_answers(reports: Reports):
    report = await reports.read("Q1 2025")
    tree = tree_of(page_of(report))
    cycle_id = (await reports.ask(CYCLES, name="Q1 2025"))["cycles"]["nodes"][0]["id"]
    cycle = (await reports.ask(RETROSPECTIVE, id=cycle_id))["cycle"]
    retrospective, seal, check_ins = cycle["retrospective"], cycle["seal"], cycle["retrospective"]["checkIns"]

    # Replies ended at 8 of 8 with three parts of the weight, deals at a quarter with one: 81.25 %; the bridge at 30 %.
    assert cycle["progress"] == 0.55625
    assert (retrospective["objectiveCount"], retrospective["keyResultCount"], retrospective["meanScore"]) == (2, 3, 0.555)
    assert figures(tree) == {
        "progress, 100 % expected": "56 %",
        "mean score": "0.56",
        "objectives with 3 key results": "2",
        "of check-ins on time": f"{100 * check_ins['onTime'] / check_ins['expected']:.0f} %",
        "key result retargeted": "1",
    }
    assert texts(section(tree, "results"), "ul/li") == [
        f"{check_ins[name]} {told} ({100 * check_ins[name] / check_ins['expected']:.0f} %)"
        for name, told in (("onTime", "on time"), ("late", "late"), ("missed", "missed"))
    ]
    assert text_of(tree.find(".//h1")) == "Q1 2025"
    assert text_of(tree.find(".//p[@class='span']")) == "1 Jan 2025 to 31 Mar 2025, closed and sealed on 4 Apr 2025"
    assert tree.find(".//p[@class='provisional']") is None
    assert texts(section(tree, "proof"), "dl/dd")[:4] == [
        f"4 Apr 2025, 11:00 (Europe/Prague), by the event at position {seal['position']} of the log",
        seal["hash"],
        f"okr-ledger verify --seal {seal['position']}:{seal['hash']}",
        f"4 Apr 2025, 11:00 (Europe/Prague), position {seal['position']} of the log",
    ]


async def test_the_page_tells_what_was_changed_by_whom_and_why(reports: Reports):
    changes = section(tree_of(await reports.page("Q1 2025")), "changes")

    assert texts(changes, ".//ul[@class='plain']/li")[:-1] == [
        "1 objective added",
        "1 key result added",
        "1 objective removed",
        "2 key results removed",
        "1 target lowered",
        "1 weight changed",
    ]
    added, removed, agreed = changes.findall(".//ol[@class='log']")
    assert texts(added, "li") == [
        f"20 Jan 2025 {ARABIC} objective with 1 key result Ada <Admin>, new information: We <heard> of it"
    ]
    assert texts(removed, "li") == [
        "20 Feb 2025 Given up later objective with 1 key result Ada <Admin>: No money left",
        f"3 Feb 2025 Visits key result of {MARKUP} Ada <Admin>, irrelevant: Nobody travels",
    ]
    assert texts(agreed, "li") == [
        "10 Feb 2025 Reply rate key result Target 10 % → 8 %; Weight 1 → 3 Ada <Admin>, external change: The law changed"
    ]


async def test_the_sources_of_the_progress_are_those_that_compare_answers(reports: Reports):
    report = await reports.read("Q1 2025")
    changes = section(tree_of(page_of(report)), "changes")
    compared = await reports.ask(
        operation("compare_moments"),
        scope={"cycleId": report.cycle["id"]},
        **{"from": {"date": "2025-01-02"}, "to": {"time": report.cycle["seal"]["recordedAt"]}},
    )
    trust = next(each for each in compared["compare"]["changed"]["nodes"] if each["subject"]["title"] == MARKUP)
    assert report.comparison is not None
    whole = report.comparison.summary["progressBySource"]

    assert sum(trust["progressBySource"].values()) == pytest.approx(0.8125, abs=1e-12)
    assert rows(changes) == [[MARKUP, "0.0 %", "81.2 %", *shown(trust["progressBySource"])]]
    assert [text_of(cell) for cell in changes.findall(".//tfoot/tr/*")] == [
        *("The cycle as a whole", "0.0 %", "55.6 %"),
        *shown(whole),
    ]


def shown(by_source: dict[str, float]) -> list[str]:
    names = ("byValues", "byTargets", "byWeights", "byScope")
    return [f"{100 * by_source[name]:+.1f}".replace("-", "\N{MINUS SIGN}").replace("+0.0", "0.0") for name in names]


async def test_a_retargeted_key_result_has_both_scores_and_its_reason(reports: Reports):
    tree = tree_of(await reports.page("Q1 2025"))

    assert rows(section(tree, "targets")) == [[f"Reply rate {MARKUP}", "0 → 10 %", "0 → 8 %", "0.80", "1.00", ""]]
    assert "0.80 against the original target, 1.00 against the final one." in labels(tree)
    assert texts(section(tree, "objectives"), ".//ul[@class='marks']/li") == [
        "10 Feb 2025: Target 10 % → 8 % Ada <Admin>, external change: The law changed"
    ]
    goals = texts(section(tree, "objectives"), ".//p[@class='goal']")
    assert goals == [
        "0 → 8 %, originally 0 → 10 %; ended at 8 %",
        "0 → 2 000 000 CZK; ended at 500 000 CZK",
        "0 → 10 %; ended at 3 %",
    ]


async def test_every_curve_says_in_words_what_it_shows(reports: Reports):
    tree = tree_of(await reports.page("Q1 2025"))

    of_the_cycle = "Progress of Q1 2025: 56 % in the end, 48 % against the original target, 100 % expected, 1 moved target."
    assert [label for label in labels(tree) if label.startswith("Progress of ")] == [
        # For wide pages and for narrow ones.
        *(of_the_cycle, of_the_cycle),
        f"Progress of {MARKUP}: 81 % in the end, 66 % against the original target, 100 % expected, 1 moved target.",
        "Progress of Reply rate: 100 % in the end, 80 % against the original target, 100 % expected, 1 moved target.",
        "Progress of Deals: 25 % in the end, 100 % expected.",
        f"Progress of {ARABIC}: 30 % in the end, 100 % expected.",
        f"Progress of {LONG}: 30 % in the end, 100 % expected.",
    ]


async def test_what_lies_after_the_seal_is_not_in_the_page(reports: Reports):
    tree = tree_of(await reports.page("Q1 2025"))

    assert [row[0] for row in rows(section(tree, "teams"))] == ["Prodej <b>"]
    assert rows(section(tree, "carried-over")) == [[ARABIC, "30 %", "0.30", "Q2 2025"]]


async def test_a_running_cycle_is_provisional_and_has_no_seal(reports: Reports):
    tree = tree_of(await reports.page("Q2 2025"))

    told = text_of(tree.find(".//p[@class='provisional']"))
    assert told.startswith("Provisional. The cycle is running; this is how it stood on ")
    assert told.endswith(" (Europe/Prague).")
    assert [text_of(each) for each in section(tree, "proof").iter("dt")] == ["Read as of", "Sight"]
    assert texts(section(tree, "objectives"), ".//h3") == [ARABIC, "Nothing to measure"]
    assert [label for label in labels(tree) if "Nothing to measure" in label] == []
    # What is empty is left out, and nothing leads there.
    sections = [each.attrib["id"] for each in tree.iter("section")]
    assert sections == ["progress", "results", "objectives"]
    assert [each.attrib["href"] for each in tree.iter("a")] == [f"#{each}" for each in (*sections, "proof")]


@pytest.mark.parametrize("moment", [date(2025, 2, 7), datetime(2025, 2, 7, 22, 59, 59, tzinfo=UTC)])
async def test_a_cycle_is_read_as_of_a_moment(reports: Reports, moment: date | datetime):
    tree = tree_of(await reports.page("Q1 2025", as_of=moment))

    assert "it stood on 7 Feb 2025, 23:59 (Europe/Prague)" in text_of(tree.find(".//p[@class='provisional']"))
    goals = texts(section(tree, "objectives"), ".//p[@class='goal']")
    assert goals == ["0 → 10 %; now 4 %", "0 → 2 000 000 CZK; now 0 CZK", "0 → 10 %; now 0 %", "0 → 10 %; now 0 %"]
    assert tree.find(".//*[@id='targets']") is None


async def test_a_cycle_is_read_as_of_a_position(reports: Reports):
    first = await reports.read("Q1 2025", as_of=date(2025, 1, 2))

    again = await reports.read("Q1 2025", as_of=first.position)

    # The day ends later than its last event; at neither moment the kick-off is over.
    assert (again.position, again.read_at) == (first.position, datetime(2025, 1, 2, 9, tzinfo=UTC))
    assert (first.comparison, again.comparison) == (None, None)
    assert tree_of(page_of(again)).find(".//*[@id='changes']") is None


async def test_whoever_reads_reports_can_write_nothing(reports: Reports):
    count = "{ auditLog(first: 1) { totalCount } }"
    before = await reports.ask(count)

    result = await reports.execute('mutation { teamCreate(input: { name: "New" }) { events { id } } }')

    assert [type(each.original_error) for each in result.errors or ()] == [PermissionError]
    assert await reports.ask(count) == before
