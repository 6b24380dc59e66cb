"""Identifiers: a readable prefix, an underscore, and a time-ordered UUID in Crockford's base32.

The form is that of the TypeID specification 0.3 with a UUIDv7 (RFC 9562), for example
`objective_01jd8m3v6re0q9x5c8d1f2g3h4`. Clients may make their own; they never take one apart.
"""

import hashlib
import os
import re
import time
from enum import StrEnum
from uuid import UUID

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(f"{first}{second}" for first in ALPHABET for second in ALPHABET)
# Python reads base 32 with other digits.
_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_SUFFIX = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")
SUFFIX_LENGTH = 26


class Noun(StrEnum):
    """The kinds of things that have identifiers; the value is the prefix."""

    ORGANIZATION = "organization"
    PERSON = "person"
    PROGRAM = "program"
    TEAM = "team"
    CYCLE = "cycle"
    OBJECTIVE = "objective"
    KEY_RESULT = "key_result"
    STAGE = "stage"
    CHECK_IN = "check_in"
    INITIATIVE = "initiative"
    KPI = "kpi"
    KPI_READING = "kpi_reading"
    EVENT = "event"
    EXPORT = "export"
    TOKEN = "token"  # noqa: S105 - a prefix and no secret
    ACCESS = "access"
    CALENDAR_LINK = "calendar_link"
    COMMENT = "comment"
    RECOGNITION = "recognition"
    TEMPLATE = "template"
    CUSTOM_FIELD = "custom_field"
    CHOICE = "choice"


SYSTEM_ACTOR = "system"
"""The actor of what nobody asked for, such as the first event of an organization."""


def new_uuid(milliseconds: int | None = None) -> UUID:
    """Return a UUIDv7 for the given Unix time in milliseconds, or for now.

    One for now holds the time to a quarter of a microsecond, so that those of one millisecond sort as they were made.
    """
    random_part = int.from_bytes(os.urandom(10))
    if milliseconds is None:
        milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
        random_part = (nanoseconds << 12) // 1_000_000 << 64 | random_part & (1 << 64) - 1
    return _version_seven(milliseconds << 80 | random_part)


def _version_seven(value: int) -> UUID:
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_identifier(noun: Noun) -> str:
    """Return a fresh identifier of a noun."""
    return format_identifier(noun, new_uuid())


def format_identifier(noun: Noun, value: UUID) -> str:
    """Return the identifier of a noun that stands for a UUID."""
    number = value.int
    return f"{noun}_{''.join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])}"


def derive_identifier(noun: Noun, owner: str, source: str) -> str:
    """Return the identifier that a copy of `source` gets below `owner`: the same for the same two.

    It has the time of `owner` and random bits from both, so that a decision needs no source of chance.
    """
    return format_identifier(noun, derive_uuid(milliseconds_of(owner), f"{owner} {source}"))


def derive_uuid(milliseconds: int, source: str) -> UUID:
    """Return the UUIDv7 of a time whose random bits come from a text: the same for the same two."""
    digest = hashlib.sha256(source.encode()).digest()
    return _version_seven(milliseconds << 80 | int.from_bytes(digest[:10]))


def is_identifier(text: str, noun: Noun) -> bool:
    """Say whether a text has the published form of a noun's identifiers."""
    prefix, separator, suffix = text.rpartition("_")
    return bool(separator) and prefix == noun.value and _SUFFIX.fullmatch(suffix) is not None


def noun_of(text: str) -> Noun | None:
    """Return the noun of an identifier, or None when the text is not one."""
    prefix, separator, suffix = text.rpartition("_")
    if not separator or _SUFFIX.fullmatch(suffix) is None:
        return None
    try:
        return Noun(prefix)
    except ValueError:
        return None


def uuid_of(identifier: str) -> UUID:
    """Return the UUID in an identifier.

    Raises:
        ValueError: the text does not end in 26 characters of Crockford's base32.
    """
    suffix = identifier[-SUFFIX_LENGTH:]
    if _SUFFIX.fullmatch(suffix) is None:
        raise ValueError(f"not an identifier: {identifier!r}")
    return UUID(int=int(suffix.translate(_DIGITS), 32))


def milliseconds_of(identifier: str) -> int:
    """Return the Unix time in milliseconds at which an identifier says it was made."""
    return uuid_of(identifier).int >> 80
