"""Tables by the command line: the example of docs/tables.md, what is refused, and limits."""

import json
import re
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import Result
from typer.testing import CliRunner

from service.command_line import program
from service.member_commands import NoAccessError
from service.table_commands import TableRefusedError
from tests.acceptance.test_exports_of_processes import environment
from tests.support.client import Client
from tests.support.operations import Company
from tests.support.tables import csv_of

_PAGE = Path(__file__).parents[2] / "docs" / "tables.md"
NOUNS = ("people", "objectives", "key_results", "check_ins")


@pytest_asyncio.fixture(autouse=True)
async def company(client: Client) -> None:
    """A cycle and a team, as the example has them."""
    made = Company(client)
    await made.cycle("Q3")
    await made.do("team_create", name="Sales")


def imported(database_url: str, file: Path, noun: str, *arguments: str, **settings: object) -> Result:
    """The command in this process."""
    command = ["import-table", str(file), "--noun", noun, *arguments]
    if "--as" not in arguments:
        command += ["--as", "Admin@example.org"]
    return CliRunner(env=environment(database_url, **settings)).invoke(program, command)


def test_the_example_is_imported_once_and_comes_back_as_it_was(database_url: str, tmp_path: Path):
    examples = re.findall(r"`([a-z-]+\.csv)`\n\n```csv\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert [name.removesuffix(".csv").replace("-", "_") for name, _ in examples] == list(NOUNS)
    for name, content in examples:
        (tmp_path / name).write_text(content, encoding="utf-8")
    files = dict(zip(NOUNS, (tmp_path / name for name, _ in examples), strict=True))

    for noun, file in files.items():
        tried = imported(database_url, file, noun, "--dry-run")
        assert tried.output == "2 rows would be created, 0 would be updated, 0 unchanged\n", noun
        # One act, however few commands another may have.
        assert imported(database_url, file, noun, commands_per_act=1).output == "2 rows created, 0 updated, 0 unchanged\n"
    for noun, file in files.items():
        assert imported(database_url, file, noun).output == "0 rows created, 0 updated, 2 unchanged\n"

    runner = CliRunner(env=environment(database_url))
    for noun, rows in zip(NOUNS, (6, 2, 2, 2), strict=True):
        file = tmp_path / f"{noun}.xlsx"
        done = runner.invoke(program, ["export", str(file), "--content", f"editable_{noun}", "--format", "xlsx"])
        assert done.exit_code == 0, done.output
        assert imported(database_url, file, noun).output == f"0 rows created, 0 updated, {rows} unchanged\n"


def test_what_is_refused_is_told_by_row_and_column_as_far_as_the_limits_go(database_url: str, tmp_path: Path):
    file, mapping = tmp_path / "goals.csv", tmp_path / "mapping.json"
    file.write_bytes(csv_of(("Goal", "Cycle", "Key"), ("Grow", "Q9", "A"), ("", "Q3", "B"), ("Sell", "Q8", "C")))
    mapping.write_text(json.dumps({"Goal": "title"}))

    done = imported(database_url, file, "objectives", "--mapping", str(mapping))
    assert isinstance(done.exception, TableRefusedError)
    assert str(done.exception).splitlines() == [
        "nothing was imported, for 3 problems:",
        "row 2, column Cycle: NOT_FOUND: no such cycle",
        "row 3, column Goal: REQUIRED: must not be empty",
        "row 4, column Cycle: NOT_FOUND: no such cycle",
    ]
    few = imported(database_url, file, "objectives", "--mapping", str(mapping), import_problems=1)
    assert str(few.exception).count("\n") == 1
    for limit, value, said in (
        ("rows", 2, "more than 2 rows"),
        ("columns", 2, "more than 2 columns"),
    ):
        limited = imported(database_url, file, "objectives", **{f"import_{limit}": value})
        assert said in str(limited.exception)
    file.write_bytes(b"x" * 1_025)
    limited = imported(database_url, file, "objectives", import_bytes=1_024)
    assert "LIMIT_EXCEEDED: the file has 1025 bytes, at most 1024 allowed" in str(limited.exception)


@pytest.mark.parametrize("person", ["nobody@example.org", "person_01h00000000000000000000000"])
def test_who_imports_is_somebody(database_url: str, tmp_path: Path, person: str):
    (tmp_path / "empty.csv").write_bytes(b"key\n")
    done = imported(database_url, tmp_path / "empty.csv", "objectives", "--as", person)
    assert isinstance(done.exception, NoAccessError)


def test_who_imports_does_so_with_their_own_rights(database_url: str, tmp_path: Path):
    file = tmp_path / "people.csv"
    file.write_bytes(csv_of(("email", "name"), ("new@example.org", "New")))
    done = imported(database_url, file, "people", "--as", "viewer@example.org")
    assert "FORBIDDEN" in str(done.exception)
