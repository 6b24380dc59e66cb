"""Identifiers for random commands: fresh ones, the same whenever a sequence is run again, and known ones."""

from hypothesis import strategies as st

from events.facts import Facts
from events.identifier import Noun, derive_identifier

SEED = "organization_01kay8r1w0e0q9x5c8d1f2g3h4"


def fresh(noun: Noun, facts: Facts, salt: str) -> str:
    """An identifier that no earlier step of this sequence used, the same whenever the sequence is run again."""
    return derive_identifier(noun, SEED, f"{facts.position} {salt}")


def one_of(known: object, noun: Noun) -> st.SearchStrategy[str]:
    """Mostly a known identifier, sometimes one of nothing."""
    unknown = derive_identifier(noun, SEED, "nothing")
    ids = sorted(known)  # type: ignore[call-overload]
    return st.sampled_from([*ids, *ids, *ids, unknown] if ids else [unknown])
