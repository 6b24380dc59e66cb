"""What the inputs of all mutations have in common, and how their fields become those of commands.

An absent field leaves things as they are, an explicit null clears them. Floats and texts are handed on as
they came; their sizes and bounds are the domain's to check.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import strawberry

from events.envelope import UNSET, Reason, ReasonCode, Unset
from events.identifier import Noun, is_identifier, milliseconds_of, new_identifier
from events.rejection import RejectionCode, refuse
from schema.enumeration import described
from schema.identifiers import parse_identifier

Value = TypeVar("Value")

CLOCK_TOLERANCE = timedelta(days=1)
"""How far the time in an identifier made by a client may lie from the clock of the server."""

described(
    ReasonCode,
    "ReasonCode",
    "Why something was changed. May grow: keep a default branch.",
    {
        ReasonCode.EXTERNAL_CHANGE: "The world around changed.",
        ReasonCode.NEW_INFORMATION: "One knows more now.",
        ReasonCode.IRRELEVANT: "It no longer matters.",
        ReasonCode.CORRECTION: "It was written down wrongly.",
        ReasonCode.OTHER: "Something else; needs a text.",
    },
)


def required(description: str) -> Any:
    """Declare a field that an input must have."""
    return strawberry.field(description=description)


def optional(description: str) -> Any:
    """Declare a field that may be absent, which differs from null where something is changed."""
    return strawberry.field(description=description, default=strawberry.UNSET)


def defaulted(description: str, *, default: object) -> Any:
    """Declare a field whose absence means a documented value."""
    return strawberry.field(description=description, default=default)


@strawberry.input(description="Why something is changed.")
class ReasonInput:
    """Why something is changed."""

    code: ReasonCode = required("The kind of reason.")
    text: str | None = optional("In words; needed with OTHER.")


@strawberry.input
class MutationInput:
    """What every mutation takes."""

    reason: ReasonInput | None = optional("Why; required where the domain asks for it.")
    idempotency_key: str | None = optional(
        "The same key and input again answers the first outcome; with another input it is refused. "
        "The header `Idempotency-Key` says the same for a request with one mutation."
    )
    dry_run: bool = defaulted(
        "Decide and write nothing: `userErrors` and `findings` say what they would, `events` and `affected` are empty, "
        "things are as they are now and null where they would be new.",
        default=False,
    )
    client_mutation_id: str | None = optional("Comes back in the payload.")


@strawberry.input
class ChangeInput(MutationInput):
    """What every mutation takes that changes the definition of one thing."""

    expected_version: int | None = optional("The version seen; a mismatch is a conflict. Absent or null: the last write wins.")


def given(value: Value | None) -> Value | None:
    """Answer a field of something new: absent is the same as null."""
    return None if value is strawberry.UNSET else value


def clearable(value: Value | None) -> Value | Unset | None:
    """Answer a field of a change that null clears."""
    return UNSET if value is strawberry.UNSET else value


def unclearable(value: Value | None, *path: str) -> Value | Unset:
    """Answer a field of a change that can be left alone and not be cleared.

    Raises:
        Rejected: REQUIRED for an explicit null.
    """
    if value is strawberry.UNSET:
        return UNSET
    if value is None:
        raise refuse(RejectionCode.REQUIRED, "cannot be cleared", *path)
    return value


def exact(value: float) -> Decimal:
    """Return the shortest decimal that reads as the same float: 0.1 stays 0.1."""
    return Decimal(int(value)) if math.isfinite(value) and value.is_integer() else Decimal(repr(value))


def reason_of(values: MutationInput) -> Reason | None:
    """Answer the reason that an input gives."""
    reason = given(values.reason)
    return None if reason is None else Reason(code=reason.code, text=given(reason.text))


def known(text: str, noun: Noun, *path: str) -> str:
    """Answer the identifier of a thing that is meant to exist.

    Raises:
        Rejected: HISTORICAL_ID for one of the past, NOT_FOUND for what is none of this noun.
    """
    return known_of(text, (noun,), *path)


def known_of(text: str, nouns: Sequence[Noun], *path: str) -> str:
    """Answer the identifier of a thing that is one of several nouns.

    Raises:
        Rejected: as `known`.
    """
    reference = parse_identifier(text)
    if reference is None or reference.noun not in nouns:
        raise refuse(RejectionCode.NOT_FOUND, f"no such {' or '.join(noun.value.replace('_', ' ') for noun in nouns)}", *path)
    if reference.instant is not None:
        raise refuse(RejectionCode.HISTORICAL_ID, "this is a thing of the past; use its entityId", *path)
    return reference.entity_id


def known_or_none(text: str | None, noun: Noun, *path: str) -> str | None:
    """Answer the identifier that a field of something new gives, or None."""
    value = given(text)
    return None if value is None else known(value, noun, *path)


def known_or_cleared(text: str | None, noun: Noun, *path: str) -> str | Unset | None:
    """Answer the identifier that a field of a change gives; null clears it."""
    value = clearable(text)
    return known(value, noun, *path) if isinstance(value, str) else value


def all_known(texts: Sequence[str], noun: Noun, *path: str) -> tuple[str, ...]:
    """Answer the identifiers of a list."""
    return tuple(known(text, noun, *path, str(index)) for index, text in enumerate(texts))


def fresh(text: str | None, noun: Noun, now: datetime, *path: str) -> str:
    """Answer the identifier of something new: the one that the client brings, or one made here.

    Raises:
        Rejected: INVALID for another form than the published one, or a time far from the server's clock.
    """
    value = given(text)
    if value is None:
        return new_identifier(noun)
    if not is_identifier(value, noun):
        raise refuse(RejectionCode.INVALID, f"must be `{noun}_` and a UUIDv7 in Crockford's base32", *path)
    distance = abs(milliseconds_of(value) / 1000 - now.timestamp())
    if distance > CLOCK_TOLERANCE.total_seconds():
        raise refuse(RejectionCode.INVALID, "the time in the identifier is more than a day from now", *path)
    return value


_NOT_HASHED = frozenset({"client_mutation_id", "idempotency_key"})


def request_hash(mutation: str, values: MutationInput) -> bytes:
    """Return the SHA-256 of what is asked for: the same request has the same, however it was written."""
    content = [mutation, {name: value for name, value in _plain(values).items() if name not in _NOT_HASHED}]
    # Escaped to ASCII, so that a text which the domain refuses later can be hashed all the same.
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).digest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(each) for name, each in named if each is not strawberry.UNSET}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value
