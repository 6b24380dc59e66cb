"""Scalars: strict on the way in, one canonical form on the way out."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
URL = NewType("URL", str)

_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-]\d{2}:\d{2}))", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,60}(\.\d{1,60})?", re.ASCII)
_BIG_INT = re.compile(r"-?\d{1,19}", re.ASCII)
_GREATEST = 2**63 - 1
_REMEMBERED = 20_000
"""Instants that are remembered as text: those of the check-ins on the screens of a few organizations."""
_WITHOUT_OFFSET = len("2026-08-14T09:00:00.000000")


@lru_cache(maxsize=_REMEMBERED)
def format_date_time(value: datetime) -> str:
    """Write an instant in UTC with microseconds."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds")[:_WITHOUT_OFFSET] + "Z"


def parse_date_time(value: Any) -> datetime:
    """Read an instant of RFC 3339; digits below the microsecond are cut off.

    Raises:
        ValueError: it is no text of that form, or no instant between the years 1 and 9999.
    """
    match = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("DateTime must be a text of RFC 3339 with an offset, such as 2026-08-14T09:00:00Z")
    day, clock, fraction, _, offset = match.groups()
    microseconds = (fraction or "").ljust(6, "0")[:6]
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{microseconds}{offset or '+00:00'}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"DateTime {value} does not exist") from error


def parse_date(value: Any) -> date:
    """Read a day, YYYY-MM-DD.

    Raises:
        ValueError: it is no text of that form or no day.
    """
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        raise ValueError("Date must be a text such as 2026-08-14")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"Date {value} does not exist") from error


def parse_decimal(value: Any) -> Decimal:
    """Read an exact decimal from a text or a whole number.

    Raises:
        ValueError: it is neither, has an exponent, or more than 60 digits on one side of the point.
    """
    # A JSON number with a fraction has lost its exact value before it comes here.
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or _DECIMAL.fullmatch(text) is None:
        raise ValueError('Decimal must be a text in plain notation, such as "7.50"')
    return Decimal(text)


def parse_big_int(value: Any) -> int:
    """Read a whole number of 64 bits from a text or a number.

    Raises:
        ValueError: it is neither, or out of bounds.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or _BIG_INT.fullmatch(text) is None or abs(int(text)) > _GREATEST:
        raise ValueError('BigInt must be a whole number of 64 bits as a text, such as "42"')
    return int(text)


def _parse_url(value: Any) -> str:
    raise ValueError(f"no input takes a URL, {type(value).__name__} given")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339 with offset, microseconds kept. Answered in UTC.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=format_date_time,
        parse_value=parse_date_time,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, `YYYY-MM-DD`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal as a text in plain notation, such as `"7.50"`. Whole numbers are taken as numbers too.',
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
        serialize=lambda value: format(value, "f"),
        parse_value=parse_decimal,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description='A whole number of 64 bits as a text, such as `"42"`. Numbers are taken too.',
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
        serialize=str,
        parse_value=parse_big_int,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="A web address.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3986",
        serialize=str,
        parse_value=_parse_url,
    ),
}
"""What every scalar of the schema is, by its Python type; the others are GraphQL's own."""
