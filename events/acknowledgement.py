"""Acknowledgement: a reviewer has read a check-in.

It stands in the measurements of the key result, beside corrections and retractions, and moves no number. A correction
makes the check-in another one, so that it waits for an acknowledgement anew.
"""

from dataclasses import dataclass

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeCheckIn:
    """Say that a check-in was read, perhaps with a note to who wrote it."""

    check_in_id: str
    note: str | None = None


# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInAcknowledged:
    """A reviewer read a check-in as it then stood."""

    check_in_id: str
    key_result_id: str
    note: str | None = None


# --- who reviews


def reviewer_of(author_id: str, owner_id: str | None, lead_id: str | None) -> str | None:
    """Answer for whom a check-in waits: the owner of its objective, or the lead of its team where the owner wrote it.

    None where nobody is left: a check-in is never acknowledged by who wrote it. `projections/inbox.py` states the
    same rule as SQL.
    """
    waits_for = owner_id if owner_id not in {None, author_id} else lead_id
    return None if waits_for == author_id else waits_for
