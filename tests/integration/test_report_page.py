"""The page of a report bears any text, loads nothing, has its limits, and is the same each time; so are its pictures."""

import re
from collections.abc import AsyncIterator
from datetime import date
from xml.etree.ElementTree import Element

import orjson
import pytest
import pytest_asyncio

from service.history_import import import_history
from service.report.data import ReportLimits
from service.report.failure import ReportError
from service.report.pictures import pictures_of
from tests.support.quarter import ARABIC, BAND, LONG, MARKUP
from tests.support.reports import (
    Reports,
    company_reports,
    labels,
    page_of,
    png_content,
    section,
    text_of,
    texts,
    tree_of,
)

LOADING = {"script", "link", "iframe", "img", "image", "object", "embed", "base", "form", "video", "audio", "use"}
NAMESPACE = re.compile(r' xmlns(:xlink)?="http://www\.w3\.org/[a-z0-9/]+"')
LATER = {
    "key": "later",
    "at": "2025-04-08T09:00:00Z",
    "actor": "ada",
    "commands": [
        {"type": "team.update", "team": "sales", "name": "Renamed again"},
        {"type": "objective.create", "key": "more", "cycle": "q2", "title": "More"},
        {"type": "objective.update", "objective": "bridge-again", "title": "Another title"},
    ],
}


@pytest_asyncio.fixture
async def reports(database_url: str) -> AsyncIterator[Reports]:
    async with company_reports(database_url) as reports:
        yield reports


async def test_the_page_loads_nothing_and_runs_nothing(reports: Reports):
    for cycle in ("Q1 2025", "Q2 2025"):
        page = await reports.page(cycle)
        tree = tree_of(page)

        assert not {name_of(each) for each in tree.iter()} & LOADING
        assert "://" not in NAMESPACE.sub("", page)
        assert "url(" not in page
        assert "@import" not in page
        attributes = [(name, value) for each in tree.iter() for name, value in each.attrib.items()]
        assert not [name for name, _ in attributes if name.startswith("on") or name in {"src", "srcset", "action", "style"}]
        assert all(value.startswith("#") for name, value in attributes if name.endswith("href"))


def name_of(element: Element) -> str:
    """Answer the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


async def test_texts_are_shown_and_never_read_as_markup(reports: Reports):
    page = await reports.page("Q1 2025")
    tree = tree_of(page)

    assert "<script" not in page.lower()
    headings = texts(section(tree, "objectives"), ".//h3")
    assert headings == [MARKUP, ARABIC]
    assert LONG in texts(section(tree, "objectives"), ".//h4")
    assert all(each.attrib.get("dir") == "auto" for each in section(tree, "objectives").iter("h3"))
    # The name of a score band goes through the library that draws.
    assert any("</text><scr" in "".join(each.itertext()) for each in tree.iter() if name_of(each) == "text")
    assert any(BAND in label for label in labels(tree))


async def test_the_page_can_be_read_without_seeing_it(reports: Reports):
    tree = tree_of(await reports.page("Q1 2025"))

    assert tree.attrib["lang"] == "en"
    assert text_of(tree.find(".//title")) == "Q1 2025 \N{EN DASH} Firma & Co."
    assert all(labels(tree))
    assert len(labels(tree)) == [name_of(each) for each in tree.iter()].count("svg")
    for table in tree.iter("table"):
        assert {cell.attrib.get("scope") for cell in table.iter("th")} <= {"col", "row"}
        assert tree.find(f".//*[@id='{table.attrib['aria-labelledby']}']") is not None
    anchors = {each.attrib["href"].removeprefix("#") for each in tree.iter("a")}
    ids = [each.attrib["id"] for each in tree.iter() if "id" in each.attrib]
    assert anchors <= set(ids)
    assert len(ids) == len(set(ids))


async def test_a_sealed_quarter_gives_the_same_bytes_whatever_comes_later(reports: Reports):
    before = await reports.read("Q1 2025")
    page, pictures = page_of(before), [each.png(before.name) for each in pictures_of(before)[:2]]

    await reports.go_on(orjson.dumps(LATER))
    after = await reports.read("Q1 2025")

    assert page_of(after) == page
    assert [each.png(after.name) for each in pictures_of(after)[:2]] == pictures


async def test_the_page_is_the_same_however_its_lists_are_paged(reports: Reports):
    assert await reports.page("Q1 2025", page_size=2) == await reports.page("Q1 2025")


async def test_what_passes_the_limits_is_left_out_and_said_so(reports: Reports):
    tree = tree_of(await reports.page("Q1 2025", limits=ReportLimits(objectives=1, rows=1)))

    assert texts(section(tree, "objectives"), ".//h3") == [MARKUP]
    assert texts(section(tree, "objectives"), "p[@class='note']") == ["Only the first 1 of 2 objectives by priority are drawn."]
    assert texts(section(tree, "changes"), "p[@class='note']") == [
        "1 more came; a table has 1 row at most.",
        "2 more went; a table has 1 row at most.",
        "2 more differ, whose progress moved less; a table has 1 row at most.",
    ]


async def test_pictures_are_files_of_their_own(reports: Reports):
    report = await reports.read("Q1 2025")
    drawn = {each.name: each.png(report.name) for each in pictures_of(report)}

    files = {name: png for name, png in drawn.items() if png is not None}
    assert list(files) == [
        "progress",
        "objective-01",
        "objective-01-key-result-01",
        "objective-01-key-result-02",
        "objective-02",
        "objective-02-key-result-01",
        "sources",
        "scores",
        "check-ins",
        "confidence",
    ]
    for name, png in files.items():
        width, height, lines = png_content(png)
        assert (width > 1_400, height > 150) == (True, True), name
        # A blank picture repeats a handful of bytes.
        assert len(set(lines)) > 50, name


REFUSED: tuple[tuple[str, date | int | None, str], ...] = (
    ("Q9", None, "there is no cycle Q9"),
    ("cycle_01jgfjjz00ehtsrf388yf729jp", None, "there is no cycle cycle_01jgfjjz00ehtsrf388yf729jp"),
    ("2025", None, "2025 may mean several cycles: Q3 2025 (cycle_"),
    ("Q3 2025", None, "Q3 2025 has no active or closed objective to report on"),
    ("Q2 2025", date(2025, 1, 1), "Q2 2025 has no active or closed objective to report on"),
    ("Q1 2025", date(2024, 12, 31), "the moment lies before the organization's first event"),
    ("Q1 2025", 1, "there is no cycle Q1 2025 at that moment"),
    ("Q1 2025", date(9999, 12, 31), "the moment lies after the present"),
    ("Q1 2025", 99_999, "the moment lies after the present"),
    ("\ud800", None, "filter name must not hold NUL or a lone surrogate"),
)


async def test_what_cannot_be_reported_is_refused(reports: Reports):
    for wanted, as_of, problem in REFUSED:
        with pytest.raises(ReportError) as refused:
            await reports.read(wanted, as_of)
        assert str(refused.value).startswith(problem)


async def test_a_cycle_is_found_by_its_name_or_by_what_no_other_name_has(reports: Reports):
    read = await reports.read("Q1 2025")

    for wanted in ("q1 2025", "q1", read.cycle["id"].split("@")[0]):
        assert (await reports.read(wanted)).cycle == read.cycle


async def test_another_organization_is_out_of_sight(reports: Reports):
    other = {"format": "okr-ledger-history", "version": 1, "at": "2025-01-01T08:00:00Z", "organization": {"name": "Other"}}
    cycle = {"type": "cycle.create", "key": "q1", "name": "Theirs", "starts_on": "2025-01-01", "ends_on": "2025-03-31"}
    act = {"key": "begin", "at": "2025-01-02T08:00:00Z", "actor": "system", "commands": [cycle]}
    await import_history([orjson.dumps(other), orjson.dumps(act)], reports.database, reports.ledger)

    with pytest.raises(ReportError, match="there is no cycle Theirs"):
        await reports.read("Theirs")
