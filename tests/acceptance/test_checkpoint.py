"""Checkpoints on the command line: the head of a log, kept outside, and what it shows when the log was written anew."""

import asyncio
import os
import pty
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import events.verify_export
from events.identifier import uuid_of
from service.signed_note import SignerKey
from tests.support.acting import owner
from tests.support.command_line import PROGRAM, CommandLine
from tests.support.exporting import computed_lines
from tests.support.tampering import disarm, rewrite

KEY = SignerKey.new("okr.example.com")
PUBLIC = str(KEY.verifier)


@pytest.fixture
def command_line(database_url: str) -> CommandLine:
    return CommandLine(database_url=database_url, settings={"OKR_LEDGER_CHECKPOINT_KEY": KEY.exported()})


def as_owner(database_url: str, work: Callable[[Any], Awaitable[None]]) -> None:
    async def connected() -> None:
        async with owner(database_url) as connection:
            await disarm(connection)
            await work(connection)

    asyncio.run(connected())


def stand_alone(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", events.verify_export.__file__, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_key_is_made_and_used(database_url: str, tmp_path: Path):
    keyless = CommandLine(database_url=database_url)
    created = keyless.organization()
    refused = keyless.run("checkpoint", expected=2)
    assert "OKR_LEDGER_CHECKPOINT_KEY is not set; okr-ledger checkpoint-key NAME makes a key" in refused.stderr
    assert "a key's name is not empty" in " ".join(keyless.run("checkpoint-key", "a b", expected=2).stderr.split())

    made = dict(line.split(" ") for line in keyless.run("checkpoint-key", "okr.example.com").stdout.splitlines())
    assert set(made) == {"private", "public"}
    signing = CommandLine(database_url=database_url, settings={"OKR_LEDGER_CHECKPOINT_KEY": made["private"]})
    ended = signing.run("checkpoint")
    assert made["private"][-20:] not in ended.stdout + ended.stderr
    organization_id = uuid_of(created["organization"])
    assert ended.stdout.startswith(f"okr-ledger checkpoint v1\norganization {organization_id}\nposition 2\nhash ")
    assert signing.run("checkpoint", tmp_path / "head.note").stdout == ""
    assert (tmp_path / "head.note").read_text(encoding="utf-8") == ended.stdout
    checked = keyless.run("verify", "--checkpoint", tmp_path / "head.note", "--key", made["public"]).stdout
    assert checked.splitlines()[1] == f"checkpoint {tmp_path / 'head.note'}, signed by okr.example.com: held"


def test_a_checkpoint_shows_that_a_log_was_written_anew(command_line: CommandLine, database_url: str, tmp_path: Path):
    organization_id = uuid_of(command_line.organization()["organization"])
    note, export = tmp_path / "head.note", tmp_path / "export.jsonl"
    command_line.run("checkpoint", note)
    command_line.run("export", export)
    noted = ("--checkpoint", note, "--key", PUBLIC)
    offline = CommandLine(database_url=None)
    for arguments in (("verify",), ("verify", export)):
        program = offline if export in arguments else command_line
        assert "signed by okr.example.com: held" in program.run(*arguments, *noted).stdout
    alone = stand_alone(export, "--checkpoint", note)
    assert (alone.returncode, alone.stderr) == (0, "")
    assert alone.stdout.splitlines()[1:] == [
        f"checkpoint {note}: held",
        "The signature of the checkpoint was NOT checked: that needs okr-ledger verify --checkpoint.",
    ]

    async def forge(connection: Any) -> None:
        await rewrite(connection, organization_id, 2)
        await connection.execute("delete from okr_ledger.verification")

    as_owner(database_url, forge)
    command_line.run("export", export)
    assert "whole from 1 to 2" in command_line.run("verify").stdout
    assert "whole from 1 to 2" in offline.run("verify", export).stdout
    changed = "NOT HELD: another hash stands at position 2: what was recorded up to there has been changed"
    assert changed in command_line.run("verify", *noted, expected=1).stdout
    assert changed in offline.run("verify", export, *noted, expected=1).stdout
    alone = stand_alone(export, "--checkpoint", note)
    assert (alone.returncode, changed in alone.stdout) == (1, True)
    # What was noted outside is no fault of the chain, and is not remembered as one.
    assert "whole from 2 to 2" in command_line.run("verify").stdout


def test_nothing_is_signed_that_does_not_verify(command_line: CommandLine, database_url: str, tmp_path: Path):
    command_line.organization()
    command_line.run("verify")

    async def damage(connection: Any) -> None:
        await connection.execute(
            "update okr_ledger.event set recorded_at = recorded_at + interval '1 second' where position = 2"
        )

    as_owner(database_url, damage)
    ended = command_line.run("checkpoint", tmp_path / "head.note", expected=1)
    assert (ended.stdout, "NOT WHOLE at position 2: HASH" in ended.stderr) == ("", True)
    assert not (tmp_path / "head.note").exists()


def test_what_is_not_signed_by_the_key_is_not_believed(command_line: CommandLine, tmp_path: Path):
    command_line.organization()
    note, export = tmp_path / "head.note", tmp_path / "export.jsonl"
    command_line.run("checkpoint", note)
    command_line.run("export", export)
    offline = CommandLine(database_url=None)
    stranger = str(SignerKey.new("okr.example.com").verifier)

    refused = offline.run("verify", export, "--checkpoint", note, "--key", stranger, expected=1)
    assert "okr-ledger: the note is not signed by okr.example.com+" in refused.stderr
    changed = tmp_path / "changed.note"
    changed.write_text(note.read_text(encoding="utf-8").replace("position 2", "position 1"), encoding="utf-8")
    refused = offline.run("verify", export, "--checkpoint", changed, "--key", PUBLIC, expected=1)
    assert "okr-ledger: the signature is not that of okr.example.com+" in refused.stderr
    assert refused.stdout == ""
    for wrong in (("--checkpoint", note), ("--key", PUBLIC), ("--checkpoint", note, "--key", "x"), ("--seal", "x")):
        assert "Invalid value" in offline.run("verify", export, *wrong, expected=2).stderr
    refused = offline.run("verify", export, "--checkpoint", export, "--key", PUBLIC, expected=1)
    assert "okr-ledger: this is not a signed note" in refused.stderr


def test_a_checkpoint_says_which_log_it_is_of(command_line: CommandLine, tmp_path: Path):
    first, second = (command_line.organization(name)["organization"] for name in ("One", "Two"))
    note, export = tmp_path / "head.note", tmp_path / "export.jsonl"
    command_line.run("checkpoint", "--organization", second, note)
    held = command_line.run("verify", "--checkpoint", note, "--key", PUBLIC).stdout
    assert held.startswith(f"{second}: whole from 1 to 2")
    assert held.count("whole") == 1
    command_line.run("export", "--organization", first, export)
    other = f"NOT HELD: it is of another log, that of organization {uuid_of(second)}"
    for arguments in ((), (export,)):
        ended = command_line.run(
            *("verify", *arguments, "--organization", first, "--checkpoint", note, "--key", PUBLIC), expected=1
        )
        assert other in ended.stdout


def test_seals_are_compared_with_the_database(command_line: CommandLine):
    command_line.organization()
    digest = command_line.run("verify").stdout.split()[-1]
    assert "seal 2: held" in command_line.run("verify", "--seal", f"2:{digest}").stdout
    ended = command_line.run("verify", "--seal", f"2:{digest}", "--seal", f"1:{digest}", expected=1)
    assert ended.stdout.splitlines()[1] == "seal 2: held"
    assert ended.stdout.splitlines()[2].startswith("seal 1: NOT HELD: another hash stands at position 1")


@pytest.mark.parametrize("source", ["database", "export"])
def test_a_terminal_sees_the_progress_of_a_verification(command_line: CommandLine, tmp_path: Path, source: str):
    command_line.organization()
    export = tmp_path / "export.jsonl"
    export.write_bytes(b"".join(computed_lines()))
    arguments = [export] if source == "export" else []
    terminal, side = pty.openpty()
    environment = {**command_line.environment, "TERM": "xterm"}
    with subprocess.Popen([PROGRAM, "verify", *arguments], env=environment, stdout=subprocess.PIPE, stderr=side) as process:
        output, _ = process.communicate(timeout=60)
    os.close(side)
    shown = os.read(terminal, 10_000)
    os.close(terminal)
    assert process.returncode == 0
    assert b"whole from 1 to" in output
    assert b"Verifying" in shown
