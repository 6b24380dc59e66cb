"""Checkpoints: the head of a log in a signed note, to be kept where whoever runs the database cannot change it.

Their text is fixed in `docs/log-format.md`; `events/verify_export.py` reads it.
"""

from events.verify_export import Anchor, VerificationReport, read_checkpoint
from service.signed_note import SignerKey, VerifierKey, open_note


class NothingToSignError(Exception):
    """A log is not whole, or has no event yet, so nothing of it is signed."""


def signed_checkpoint(report: VerificationReport, key: SignerKey) -> str:
    """Sign what a verification has come to, and nothing that has not been verified.

    Raises:
        NothingToSignError: it found a problem, or there is no event.
    """
    if not report.is_valid:
        raise NothingToSignError("the log is not whole, and nothing of it is signed")
    if report.recorded_at is None:
        raise NothingToSignError("there is no event yet")
    return key.sign(
        "okr-ledger checkpoint v1\n"
        f"organization {report.organization_id}\n"
        f"position {report.position}\n"
        f"hash {report.hash.hex()}\n"
        f"recorded-at {report.recorded_at.isoformat(timespec='microseconds')}\n"
    )


def open_checkpoint(content: bytes, key: VerifierKey, source: str) -> Anchor:
    """Return what a checkpoint says that a key has signed; `source` names it in messages.

    Raises:
        SignedNoteError: it is no note, or the key has not signed it.
        CheckpointFormatError: what was signed is no checkpoint.
    """
    open_note(content, key)
    return read_checkpoint(content, f"{source}, signed by {key.name}")
