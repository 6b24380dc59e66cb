"""Reports of the company in `quarter`, what the API answers of it, and pages taken apart."""

import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from graphql import ExecutionResult, graphql

from events.identifier import uuid_of
from schema.build import build_schema
from schema.view import ReadLimits
from service.command_options import Moment
from service.database import Database
from service.history_import import import_history
from service.ledger import Ledger
from service.report.data import Report, ReportLimits, load
from service.report.page import render
from service.report.pictures import pictures_of
from service.report.queries import Queries
from service.session import owner_context
from tests.support.acting import running_ledger
from tests.support.quarter import ORGANIZATION, history

PLENTY = ReportLimits(objectives=30, rows=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Reads through a context of its own each time, as the command line does."""

    database: Database
    ledger: Ledger

    async def queries(self, page_size: int = 100) -> Queries:
        context = await owner_context(self.database, uuid_of(ORGANIZATION), ReadLimits(page_size=page_size))
        assert context is not None
        return Queries(context)

    async def read(
        self, cycle: str, as_of: Moment | None = None, limits: ReportLimits = PLENTY, page_size: int = 100
    ) -> Report:
        return await load(await self.queries(page_size), cycle, as_of, limits, to_nobody)

    async def page(self, cycle: str, as_of: Moment | None = None, limits: ReportLimits = PLENTY, page_size: int = 100) -> str:
        return page_of(await self.read(cycle, as_of, limits, page_size))

    async def execute(self, text: str, **variables: Any) -> ExecutionResult:
        context = (await self.queries()).context
        return await graphql(build_schema()._schema, text, context_value=context, variable_values=variables)

    async def ask(self, text: str, **variables: Any) -> dict[str, Any]:
        result = await self.execute(text, **variables)
        assert not result.errors, result.errors
        assert result.data is not None
        return result.data

    async def go_on(self, *lines: bytes) -> None:
        await import_history([*history(), *lines], self.database, self.ledger)


@asynccontextmanager
async def company_reports(database_url: str) -> AsyncIterator[Reports]:
    async with running_ledger(database_url) as ledger, Database(database_url) as database:
        reports = Reports(database=database, ledger=ledger)
        await reports.go_on()
        yield reports


def to_nobody(done: int, total: int) -> None:
    """What is done is told to nobody."""


def page_of(report: Report) -> str:
    return render(report, pictures_of(report), to_nobody)


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


def section(tree: Element, name: str) -> Element:
    found = tree.find(f".//*[@id='{name}']")
    assert found is not None, name
    return found


def figures(tree: Element) -> dict[str, str]:
    groups = tree.findall(".//dl[@class='figures']/div")
    return {text_of(each.find("dt")): text_of(each.find("dd")) for each in groups}


def rows(table: Element) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in table.findall(".//tbody/tr")]


def labels(tree: Element) -> list[str]:
    return [" ".join(each.attrib["aria-label"].split()) for each in tree.findall(".//div[@role='img']")]


def png_content(content: bytes) -> tuple[int, int, bytes]:
    """Answer width, height and the filtered lines of a PNG whose checksums hold."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    place, chunks = 8, dict[bytes, bytes]()
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack(">I", content[place + 8 + length : place + 12 + length])[0]
        chunks[kind] = chunks.get(kind, b"") + data
        place += 12 + length
    assert b"IEND" in chunks
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    return width, height, zlib.decompress(chunks[b"IDAT"])
