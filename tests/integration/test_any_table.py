"""Whatever happened in an organization, its editable tables come back as they were, and an edited cell is all that changes."""

import csv
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.connection import Connection
from projections import moments
from projections.editable_field import EditableNoun
from projections.export_table import ExportContent, Extract
from projections.export_tables import TABLES
from projections.lens import Lens
from projections.reader import Grants, Reader
from schema.export_door import ExportFormat
from schema.table_door import TablePlan, TableRequest
from service.export_file import FileLimits, write_table
from service.tables.imports import TableImports
from service.tables.sheet import SheetLimits, TableLimits
from tests.support.acting import owner
from tests.support.chronicle import Chronicle, write_chapters
from tests.support.scenario import Scenario

UNLIMITED = FileLimits(rows=10**6, bytes=10**9, advice="")
IMPORTS = TableImports(TableLimits(sheet=SheetLimits(bytes=10**8, unpacked_bytes=10**8, rows=10_000)))
EDITS = {
    EditableNoun.OBJECTIVES: {
        "title": "Another",
        "description": "=words",
        "priority": "77",
        "labels": '["x","y"]',
        "owner": "",
    },
    EditableNoun.KEY_RESULTS: {
        "title": "Another",
        "weight": "7.25",
        "due_on": "2031-01-31",
        "priority": "77",
        "target": "123.45",
    },
    EditableNoun.CHECK_INS: {
        "comment": "'another",
        "confidence": "0.123",
        "blockers": "-",
        "effective_at": "2020-02-02",
    },
}
"""Cells to write, and what to write into them."""


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
async def test_every_table_comes_back_as_it_was(database_url: str, seed: int) -> None:
    story = Scenario(Chronicle(uuid4()), seed=seed, objectives=6, weeks=5)
    story.run(1)
    async with owner(database_url) as connection:
        await write_chapters(connection, story.chronicle.chapters)
        head = await moments.head(connection, story.chronicle.organization_id)
        assert head is not None

        @asynccontextmanager
        async def acquire() -> AsyncGenerator[Connection]:
            yield connection

        reader = Reader(
            organization_id=story.chronicle.organization_id,
            generation=head.generation,
            head_position=head.position,
            grants=Grants(person_id="", sees_everything=True),
            acquire=acquire,
            open_name=lambda _, __: None,
        )
        lens = moments.lens_now(head, story.chronicle.at)
        random = Random(seed)  # noqa: S311 - a test that can be repeated
        for noun in EditableNoun:
            text = (await exported(reader, lens, noun, ExportFormat.CSV)).decode()
            table = list(csv.reader(io.StringIO(text, newline="")))
            for form in (ExportFormat.CSV, ExportFormat.XLSX):
                plan = await planned(reader, lens, noun, await exported(reader, lens, noun, form))
                assert (plan.problems, plan.rows, plan.created_count) == ((), (), 0)
                assert plan.unchanged_count == len(table) - 1
            if noun in EDITS and len(table) > 1:
                await edited(reader, lens, noun, table, random)


async def edited(reader: Reader, lens: Lens, noun: EditableNoun, table: list[list[str]], random: Random) -> None:
    """Edit one cell: that row changes, by commands that name nothing else."""
    number = random.randrange(1, len(table))
    name, value = random.choice(sorted(EDITS[noun].items()))
    before = table[number][table[0].index(name)]
    table[number][table[0].index(name)] = value
    text = io.StringIO()
    csv.writer(text).writerows(table)
    plan = await planned(reader, lens, noun, text.getvalue().encode())

    assert plan.problems == ()
    if before == value:
        assert plan.rows == ()
        return
    ((row,), (command,)) = plan.rows, plan.commands
    assert (row.number, plan.updated_count, plan.unchanged_count) == (number + 1, 1, len(table) - 2)
    named = {each.name for each in fields(command) if getattr(command, each.name) != each.default}
    assert len(named - {"objective_id", "key_result_id", "check_in_id", "expected_version"}) == 1, command


async def exported(reader: Reader, lens: Lens, noun: EditableNoun, form: ExportFormat) -> bytes:
    table = TABLES[ExportContent(f"EDITABLE_{noun}")]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        extract = Extract(reader=reader, lens=lens, shows_addresses=True)
        await write_table(table, extract, form, path, limits=UNLIMITED, on_progress=lambda _, __: None)
        return path.read_bytes()


async def planned(reader: Reader, lens: Lens, noun: EditableNoun, content: bytes) -> TablePlan:
    request = TableRequest(noun=noun, content=content)
    return await IMPORTS.plan(request, reader, lens, lens.instant, shows_addresses=True)
