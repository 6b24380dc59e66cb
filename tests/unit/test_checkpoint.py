"""Checkpoints: what is signed is what was verified, and reads back as it was written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.verify_export import (
    Anchor,
    CheckpointFormatError,
    Comparison,
    Problem,
    ProblemKind,
    VerificationReport,
    read_checkpoint,
)
from service.checkpoint import NothingToSignError, open_checkpoint, signed_checkpoint
from service.signed_note import SignedNoteError, SignerKey

PAGE = (Path(__file__).parents[2] / "docs" / "log-format.md").read_text(encoding="utf-8")
KEY = SignerKey(name="okr.example.com", seed=bytes(range(32)))
ANCHOR = Anchor(
    position=2,
    hash=bytes.fromhex("92b847eb6db3acfe6d383100da88f60502a32d40027ab26a224271352f1cb04c"),
    source="a file",
    recorded_at=1_782_984_600_250_000,
    organization_id=UUID("0197a3b0-0000-7000-8000-000000000001"),
)
REPORT = VerificationReport(
    organization_id=ANCHOR.organization_id,
    first_position=1,
    position=2,
    hash=ANCHOR.hash,
    recorded_at=datetime(2026, 7, 2, 9, 30, 0, 250_000, tzinfo=UTC),
    redacted_positions=(),
    problem=None,
)
NOTE = signed_checkpoint(REPORT, KEY)
PROBLEM = Problem(position=2, kind=ProblemKind.HASH, message="x")


def test_the_vector_of_the_page_is_what_is_signed():
    assert f"```\n{KEY.exported()}\n{KEY.verifier}\n```" in PAGE
    assert f"```\n{NOTE}```" in PAGE


def test_a_checkpoint_reads_back_with_and_without_its_signature_being_checked():
    assert read_checkpoint(NOTE.encode(), "a file") == ANCHOR
    signed = open_checkpoint(NOTE.encode(), KEY.verifier, "a file")
    assert signed == replace(ANCHOR, source="a file, signed by okr.example.com")


@pytest.mark.parametrize(
    "report",
    [
        replace(REPORT, problem=PROBLEM),
        replace(REPORT, comparisons=(Comparison(anchor=ANCHOR, problem=PROBLEM),)),
        replace(REPORT, position=0, recorded_at=None),
    ],
    ids=["not whole", "not the log that was", "empty"],
)
def test_what_does_not_verify_is_not_signed(report: VerificationReport):
    with pytest.raises(NothingToSignError):
        signed_checkpoint(report, KEY)


def test_a_checkpoint_of_another_key_is_refused():
    with pytest.raises(SignedNoteError, match=r"not signed by okr\.example\.com"):
        open_checkpoint(NOTE.encode(), SignerKey.new("okr.example.com").verifier, "a file")


def test_another_note_of_the_key_is_no_checkpoint():
    with pytest.raises(CheckpointFormatError, match="is not a checkpoint"):
        open_checkpoint(KEY.sign("okr-ledger\n2\nkrhH6w==\n").encode(), KEY.verifier, "a file")


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note[:0],
        lambda note: note.replace("v1", "v2"),
        lambda note: note.replace("position 2", "position 02"),
        lambda note: note.replace("position 2", "position 0"),
        lambda note: note.replace("position 2", "position " + "9" * 5_000),
        lambda note: note.replace("position 2", "position 9999999999999999999"),
        lambda note: note.replace("position 2\n", ""),
        lambda note: note.replace("position 2\n", "position 2\nposition 3\n"),
        lambda note: note.replace("92b8", "92B8"),
        lambda note: note.replace("0197a3b0-", "0197a3b0"),
        lambda note: note.replace("2026-07-02", "2026-02-30"),
        lambda note: note.replace("+00:00", "Z"),
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note[:-1],
        lambda note: note + "\n",
        lambda note: note.partition("—")[0],
    ],
)
def test_what_is_no_checkpoint_is_refused(change: Callable[[str], str]):
    with pytest.raises(CheckpointFormatError, match="a file is not a checkpoint"):
        read_checkpoint(change(NOTE).encode(), "a file")


@given(content=st.binary(max_size=300))
def test_any_bytes_get_an_answer(content: bytes):
    with pytest.raises(CheckpointFormatError):
        read_checkpoint(content, "a file")
