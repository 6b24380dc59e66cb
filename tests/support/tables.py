"""Tables that are imported and exported by the API, and spreadsheets made for it."""

import asyncio
import base64
import csv
import io
from collections.abc import Sequence
from typing import Any

import httpx
import openpyxl  # type: ignore[import-untyped] # it has no types

from tests.support.client import Client
from tests.support.operations import Content, operation

_EXPORT = """
mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id } userErrors { code message path } } }
"""
_STATUS = "query ($id: ID!) { export(id: $id) { state url failure { message } } }"


def csv_of(*rows: Sequence[object]) -> bytes:
    """A CSV of some rows, the header first."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def csv_rows(content: bytes) -> list[list[str]]:
    """The rows of a CSV, the header first."""
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def xlsx_of(*rows: Sequence[Any]) -> bytes:
    """A spreadsheet of some rows, made by another library than the one that exports."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    made = io.BytesIO()
    workbook.save(made)
    return made.getvalue()


async def import_table(client: Client, noun: str, content: bytes, **more: Any) -> Content:
    """Import a table and answer the payload."""
    values = {"noun": noun, "file": base64.b64encode(content).decode(), **more}
    answered = await client.run(operation("table_import"), {"input": values})
    payload: Content = answered["tableImport"]
    return payload


def counts(payload: Content) -> tuple[int, int, int, int]:
    """What a payload says: created, updated, unchanged, and events; it must have no problems."""
    assert (payload["problems"], payload["userErrors"]) == ([], [])
    return payload["createdCount"], payload["updatedCount"], payload["unchangedCount"], len(payload["events"])


def problems(payload: Content) -> list[tuple[int | None, str | None, str]]:
    """The problems of a payload, which must have written nothing."""
    assert (payload["events"], payload["affected"]) == ([], [])
    assert payload["problemCount"] >= len(payload["problems"]) > 0
    assert payload["userErrors"][0]["path"] == ["file"]
    return [(each["row"], each["column"], each["code"]) for each in payload["problems"]]


async def exported(client: Client, http: httpx.AsyncClient, content: str, form: str = "CSV") -> bytes:
    """Export an editable table and fetch the file."""
    made = (await client.run(_EXPORT, {"input": {"content": content, "format": form}}))["exportCreate"]
    assert made["userErrors"] == []
    for _ in range(600):
        export = (await client.run(_STATUS, {"id": made["export"]["id"]}))["export"]
        if export["state"] != "RUNNING":
            break
        await asyncio.sleep(0.02)
    assert export["state"] == "READY", export
    return (await http.get(export["url"])).content
