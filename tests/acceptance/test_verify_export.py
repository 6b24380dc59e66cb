"""The proof as an auditor runs it: one file beside nothing else, with a Python that has nothing installed."""

import ast
import os
import pty
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

import events.verify_export
from events.verify_export import verify_export
from tests.support.exporting import COMPUTED, computed_lines

SOURCE = Path(events.verify_export.__file__)
LONG = 10_001
"""Events enough that the progress is shown once."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing but the one file."""
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "verify_export.py").write_bytes(SOURCE.read_bytes())
    return folder


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(computed_lines()))
    return path


def command(*arguments: str | Path) -> Sequence[str | Path]:
    # Isolated, and without site-packages: nothing else can be imported.
    return [sys.executable, "-I", "-S", "verify_export.py", *arguments]


def run(folder: Path, *arguments: str | Path, expected: int, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    ended = subprocess.run(command(*arguments), cwd=folder, env={}, input=given, capture_output=True, timeout=60, check=False)
    assert ended.returncode == expected, (ended.stdout, ended.stderr)
    assert b"Traceback" not in ended.stderr
    return ended


def hash_in(line: bytes) -> str:
    return line[-67:-3].decode()


def test_the_file_needs_nothing_but_the_standard_library():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_a_whole_export_is_proven_by_the_file_alone(folder: Path, export: Path):
    ended = run(folder, export, expected=0)
    digest = hash_in(computed_lines()[-1])
    assert len(digest) == 64
    assert ended.stdout.decode().startswith(f"organization {COMPUTED}: whole from 1 to 5, hash ")
    assert ended.stderr == b""
    assert sorted(each.name for each in folder.iterdir()) == ["verify_export.py"]


def test_an_export_may_come_from_a_pipe(folder: Path, export: Path):
    assert run(folder, "-", expected=0, given=export.read_bytes()).stdout == run(folder, export, expected=0).stdout


def test_a_changed_export_is_not_whole_and_the_line_is_named(folder: Path, export: Path):
    export.write_bytes(export.read_bytes().replace(b'"position":3', b'"position":4'))
    ended = run(folder, export, expected=1)
    assert ended.stdout.decode() == (
        f"organization {COMPUTED}: NOT WHOLE at position 3, line 4: GAP: position 3 was to come here, 4 did\n"
    )


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff\n", b"[" * 1_000_000, b"9" * 1_000_000 + b"\n", b"not json\n"])
def test_what_is_no_export_is_told_without_a_traceback(folder: Path, export: Path, content: bytes):
    export.write_bytes(content)
    ended = run(folder, export, expected=1)
    assert ended.stdout.startswith(b"the log: NOT WHOLE at position 0, line 1: FORMAT: ")
    assert ended.stderr == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "the following arguments are required: export"),
        (("missing.jsonl",), "No such file or directory: 'missing.jsonl'"),
        ((".",), "Is a directory"),
        (("verify_export.py", "--seal", "5"), "a seal is POSITION:HASH, the hash in 64 hexadecimal digits"),
        (("verify_export.py", "--seal", "9" * 5_000), "a seal is POSITION:HASH"),
        (("verify_export.py", "--checkpoint", "missing"), "No such file or directory: 'missing'"),
        (("verify_export.py", "--checkpoint", "verify_export.py"), "is not a checkpoint in the form of docs/log-format.md"),
    ],
)
def test_what_cannot_be_read_has_an_exit_code_of_its_own(folder: Path, arguments: tuple[str, ...], message: str):
    ended = run(folder, *arguments, expected=2)
    assert message in ended.stderr.decode()
    assert ended.stdout == b""


def test_seals_are_compared(folder: Path, export: Path):
    held = f"3:{hash_in(export.read_bytes().splitlines(keepends=True)[3])}"
    assert run(folder, export, "--seal", held, expected=0).stdout.decode().splitlines()[1:] == ["seal 3: held"]
    others = ("--seal", f"2:{'ab' * 32}", "--seal", held, "--seal", f"6:{'ab' * 32}")
    assert run(folder, export, *others, expected=1).stdout.decode().splitlines()[1:] == [
        "seal 2: NOT HELD: another hash stands at position 2: what was recorded up to there has been changed",
        "seal 3: held",
        "seal 6: NOT HELD: the log ends before it, at position 5",
    ]


def test_a_message_that_the_terminal_cannot_show_is_shown_in_another_way(folder: Path, export: Path):
    export.write_bytes(b"".join(computed_lines(lambda number: number + 1, stream_id="größer")))
    ended = subprocess.run(
        [sys.executable, "verify_export.py", export],
        cwd=folder,
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert b"version 2 of gr\\xf6\\xdfer where 1 was to come" in ended.stdout


def test_a_terminal_sees_the_progress_of_a_long_file(folder: Path, export: Path):
    export.write_bytes(b"".join(computed_lines(count=LONG)))
    terminal, side = pty.openpty()
    with subprocess.Popen(command(export), cwd=folder, stdout=subprocess.PIPE, stderr=side) as process:
        output, _ = process.communicate(timeout=60)
    os.close(side)
    shown = os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert output.decode().startswith(f"organization {COMPUTED}: whole from 1 to {LONG}")
    assert shown == "\r 99 %, 10,000 events\r"


def test_a_long_file_needs_no_more_memory_than_a_short_one(export: Path):
    export.write_bytes(b"".join(computed_lines(count=LONG)))
    assert export.stat().st_size > 5_000_000
    tracemalloc.start()
    with export.open("rb") as file:
        assert verify_export(file).is_valid
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_help_says_what_a_checkpoint_is_not_checked_for(folder: Path):
    ended = run(folder, "--help", expected=0)
    assert "its SIGNATURE IS NOT CHECKED" in " ".join(ended.stdout.decode().split())
