"""The report of a cycle: its numbers are the API's, its page bears any text, and a sealed quarter stays as it was."""

import re
import struct
import zlib
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
import pytest_asyncio
from graphql import graphql

from events.identifier import uuid_of
from schema.build import build_schema
from schema.view import ReadLimits
from service.database import Database
from service.history_import import import_history
from service.ledger import Ledger
from service.report.data import Report, ReportLimits, load
from service.report.failure import ReportError
from service.report.page import render
from service.report.pictures import pictures_of
from service.report.queries import Queries
from service.session import owner_context
from tests.support.acting import running_ledger
from tests.support.operations import operation
from tests.support.quarter import ARABIC, BAND, LONG, MARKUP, ORGANIZATION, history

RETROSPECTIVE = """
query($id: ID!) {
  cycle(id: $id) {
    seal { position hash }
    retrospective { objectiveCount keyResultCount meanScore checkIns { expected onTime late missed } }
  }
}
"""
PLENTY = ReportLimits(objectives=30, rows=200)


class Reports:
    """Reports of the company's cycles, and what the API answers."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database = database
        self.ledger = ledger

    async def queries(self, page_size: int = 100) -> Queries:
        context = await owner_context(self.database, uuid_of(ORGANIZATION), ReadLimits(page_size=page_size))
        assert context is not None
        return Queries(context)

    async def read(self, cycle: str, as_of: str | None = None, limits: ReportLimits = PLENTY, page_size: int = 100) -> Report:
        day = None if as_of is None else date.fromisoformat(as_of)
        return await load(await self.queries(page_size), cycle, day, limits, lambda done, total: None)

    async def page(self, cycle: str, as_of: str | None = None, limits: ReportLimits = PLENTY, page_size: int = 100) -> str:
        return page_of(await self.read(cycle, as_of, limits, page_size))

    async def ask(self, text: str, **variables: Any) -> dict[str, Any]:
        context = (await self.queries()).context
        result = await graphql(build_schema()._schema, text, context_value=context, variable_values=variables)
        assert not result.errors, result.errors
        assert result.data is not None
        return result.data

    async def import_more(self, *lines: bytes) -> None:
        await import_history([*history(), *lines], self.database, self.ledger)


def page_of(report: Report) -> str:
    return render(report, pictures_of(report), lambda done, total: None)


def tree_of(page: str) -> Element:
    """Parse strictly: whatever HTML forbids fails the test."""
    tree: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    return tree


def text_of(element: Element | None) -> str:
    """Answer what an element says, whatever kinds of space it is set with."""
    assert element is not None
    for line_break in element.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"
    return " ".join("".join(element.itertext()).split())


def texts(tree: Element, path: str) -> list[str]:
    return [text_of(each) for each in tree.findall(path)]


def figures(tree: Element) -> dict[str, str]:
    groups = tree.findall(".//dl[@class='figures']/div")
    return {text_of(each.find("dt")): text_of(each.find("dd")) for each in groups}


def section(tree: Element, name: str) -> Element:
    found = tree.find(f".//section[@id='{name}']")
    assert found is not None, name
    return found


def rows(table: Element) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in table.findall(".//tbody/tr")]


@pytest_asyncio.fixture
async def reports(database_url: str) -> AsyncIterator[Reports]:
    async with running_ledger(database_url) as ledger, Database(database_url) as database:
        made = Reports(database, ledger)
        await made.import_more()
        yield made


async def test_the_page_of_a_closed_quarter_shows_what_the_api_answers(reports: Reports):
    report = await reports.read("Q1 2025")
    tree = tree_of(page_of(report))
    found = await reports.ask(
        "query($name: String!) { cycles(filter: { name: { eq: $name } }) { nodes { id } } }", name="Q1 2025"
    )
    cycle_id = found["cycles"]["nodes"][0]["id"]
    cycle = (await reports.ask(RETROSPECTIVE, id=cycle_id))["cycle"]
    retrospective, seal = cycle["retrospective"], cycle["seal"]
    check_ins = retrospective["checkIns"]

    # replies ended at 8 of 8 with three parts of the weight, deals at a quarter with one: 81.25 %; bridge at 30 %.
    assert (retrospective["objectiveCount"], retrospective["keyResultCount"], retrospective["meanScore"]) == (2, 3, 0.555)
    assert figures(tree) == {
        f"progress, 100 % expected": f"56 %",
        "mean score": "0.56",
        "objectives with 3 key results": "2",
        "of check-ins on time": f"{100 * check_ins['onTime'] / check_ins['expected']:.0f} %",
        "key result retargeted": "1",
    }
    assert text_of(tree.find(".//h1")) == "Q1 2025"
    assert text_of(tree.find(".//p[@class='span']")) == "1 Jan 2025 to 31 Mar 2025, closed and sealed on 4 Apr 2025"
    assert tree.find(".//p[@class='provisional']") is None
    proof = text_of(tree.find(".//footer"))
    assert seal["hash"] in proof
    assert f"Sealed4 Apr 2025, 11:00 (Europe/Prague), by the event at position {seal['position']} of the log" in proof
    assert report.read_at.isoformat() == "2025-04-04T09:00:00+00:00"


async def test_the_page_tells_what_was_changed_by_whom_and_why(reports: Reports):
    report = await reports.read("Q1 2025")
    tree = tree_of(page_of(report))
    changes = section(tree, "changes")

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
        f"10 Feb 2025 Reply rate key result Target 10 % → 8 %; Weight 1 → 3 Ada <Admin>, external change: The law changed"
    ]


async def test_the_sources_of_the_progress_add_up_to_what_compare_answers(reports: Reports):
    report = await reports.read("Q1 2025")
    changes = section(tree_of(page_of(report)), "changes")
    assert report.comparison is not None
    compared = await reports.ask(
        operation("compare_moments"),
        scope={"cycleId": report.cycle["id"]},
        **{"from": {"date": "2025-01-02"}, "to": {"time": report.cycle["seal"]["recordedAt"]}},
    )
    trust = next(each for each in compared["compare"]["changed"]["nodes"] if each["subject"]["title"] == MARKUP)

    # 8 of 10 and a quarter, one weight each: 52.5 % of three key results is 35 %, and so on by the stages of the comparison.
    assert rows(changes) == [[MARKUP, f"0.0 %", f"81.2 %", *shown(trust["progressBySource"])]]
    assert sum(trust["progressBySource"].values()) == pytest.approx(0.8125, abs=1e-12)
    whole = [text_of(cell) for cell in changes.findall(".//tfoot/tr/*")]
    assert whole == ["The cycle as a whole", f"0.0 %", f"55.6 %", *shown(report.comparison.summary["progressBySource"])]


def shown(by_source: dict[str, float]) -> list[str]:
    names = ("byValues", "byTargets", "byWeights", "byScope")
    return [f"{100 * by_source[name]:+.1f}".replace("-", "−").replace("+0.0", "0.0") for name in names]


async def test_retargeted_key_results_have_both_scores(reports: Reports):
    tree = tree_of(await reports.page("Q1 2025"))

    assert rows(section(tree, "targets")) == [[f"Reply rate {MARKUP}", "0 → 10 %", "0 → 8 %", "0.80", "1.00", ""]]
    assert "0.80 against the original target, 1.00 against the final one." in labels(tree)
    (marked,) = texts(section(tree, "objectives"), ".//ul[@class='marks']/li")
    assert marked == f"10 Feb 2025: Target 10 % → 8 % Ada <Admin>, external change: The law changed"


def labels(tree: Element) -> list[str]:
    return [" ".join(each.attrib["aria-label"].split()) for each in tree.findall(".//div[@role='img']")]


async def test_every_curve_says_in_words_what_it_shows(reports: Reports):
    tree = tree_of(await reports.page("Q1 2025"))

    of_curves = [label for label in labels(tree) if label.startswith("Progress of ")]
    assert of_curves == [
        # Once for wide pages and once for narrow ones.
        *(["Progress of Q1 2025: 56 % in the end, 48 % against the original target, 100 % expected, 1 time retargeted."] * 2),
        f"Progress of {MARKUP}: 81 % in the end, 66 % against the original target, 100 % expected, 1 time retargeted.",
        "Progress of Reply rate: 100 % in the end, 80 % against the original target, 100 % expected, 1 time retargeted.",
        "Progress of Deals: 25 % in the end, 100 % expected.",
        f"Progress of {ARABIC}: 30 % in the end, 100 % expected.",
        f"Progress of {LONG}: 30 % in the end, 100 % expected.",
    ]
