"""The report as users make it: by the command line, in a process of its own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.quarter import history
from tests.support.reports import png_content


@pytest.fixture
def command_line(database_url: str) -> CommandLine:
    return CommandLine(database_url=database_url)


def test_a_cycle_is_reported_as_a_page_and_as_pictures(command_line: CommandLine, tmp_path: Path):
    lines, page, pictures = tmp_path / "history.jsonl", tmp_path / "q1.html", tmp_path / "made" / "charts"
    lines.write_bytes(b"\n".join(history()))
    command_line.run("import", lines)

    quiet = command_line.run("report", "Q1 2025", page, "--png", pictures)
    printed = command_line.run("report", "q1", "--as-of", "2099-01-01T00:00:00Z", expected=1)
    again = command_line.run("report", "q1")

    assert (quiet.stdout, quiet.stderr, printed.stdout) == ("", "", "")
    assert "okr-ledger: the moment lies after the present" in printed.stderr
    assert again.stdout.encode() == page.read_bytes()
    assert "closed and sealed on 4 Apr 2025" in again.stdout
    # What the page says of its proof can be carried out.
    (proof,) = re.findall("okr-ledger (verify --seal [^<]+)", again.stdout)
    command_line.run(*proof.split())
    assert {"progress.png", "objective-01.png", "sources.png"} <= {each.name for each in pictures.iterdir()}
    assert all(png_content(each.read_bytes()) for each in pictures.iterdir())


def test_a_report_that_cannot_be_made_leaves_no_file(command_line: CommandLine, tmp_path: Path):
    command_line.organization()
    page, taken = tmp_path / "page.html", tmp_path / "taken"
    taken.write_text("")

    assert "there is no cycle Q1" in command_line.run("report", "Q1", page, expected=1).stderr
    for unwritable in (("report", "Q1", tmp_path), ("report", "Q1", tmp_path / "none" / "page.html")):
        assert "cannot write" in command_line.run(*unwritable, expected=1).stderr
    assert "cannot write" in command_line.run("report", "Q1", page, "--png", taken, expected=1).stderr
    assert "a position, a day" in command_line.run("report", "Q1", page, "--as-of", "soon", expected=2).stderr
    assert not page.exists()


def test_no_other_command_loads_what_draws():
    program = "import sys, service.command_line; print(*{'jinja2', 'vl_convert', 'schema.build'} & set(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout == "\n"
