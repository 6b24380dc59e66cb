"""Scalars: strict on the way in, one form on the way out."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.scalars import SCALARS, format_date_time, parse_big_int, parse_date, parse_date_time, parse_decimal


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-08-14T09:00:00Z", datetime(2026, 8, 14, 9, tzinfo=UTC)),
        ("2026-08-14t09:00:00.5z", datetime(2026, 8, 14, 9, microsecond=500_000, tzinfo=UTC)),
        ("2026-08-14T09:00:00.123456789+02:00", datetime(2026, 8, 14, 7, microsecond=123_456, tzinfo=UTC)),
        ("2026-08-14T09:00:00-00:00", datetime(2026, 8, 14, 9, tzinfo=UTC)),
    ],
)
def test_an_instant_of_rfc_3339_is_read(text: str, instant: datetime) -> None:
    assert parse_date_time(text) == instant


@pytest.mark.parametrize(
    "value",
    [
        "2026-08-14T09:00:00",
        "2026-08-14 09:00:00Z",
        "2026-08-14",
        "2026-02-30T09:00:00Z",
        "2026-08-14T24:00:00Z",
        "2026-08-14T09:00:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2026-08-14T09:00:00+25:00",
        "٢026-08-14T09:00:00Z",
        1755162000,
        None,
    ],
)
def test_what_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="DateTime"):
        parse_date_time(value)


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_comes_back_as_it_was_sent(instant: datetime) -> None:
    try:
        known = instant.astimezone(UTC)
    except OverflowError:
        return
    assert parse_date_time(format_date_time(instant)) == known


def test_an_instant_is_shown_in_utc_with_microseconds() -> None:
    assert format_date_time(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == "2025-12-31T23:00:00.000000Z"


@pytest.mark.parametrize("value", ["2026-8-14", "2026-02-30", "20260814", 20260814, "2026-08-14T00:00:00Z"])
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="Date"):
        parse_date(value)


def test_a_day_is_read() -> None:
    assert parse_date("2026-08-14") == date(2026, 8, 14)


@pytest.mark.parametrize("value", ["7,5", "1e3", "NaN", "Infinity", "+1", ".5", "1.", "", "0x1", 7.5, True, "1" * 61, "٣"])
def test_what_is_no_exact_decimal_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="Decimal"):
        parse_decimal(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_decimal_is_exact(value: Decimal) -> None:
    serialize = SCALARS[Decimal].serialize
    assert serialize is not None
    assert str(parse_decimal(serialize(value))) == format(value, "f")


@pytest.mark.parametrize("value", ["", "1.0", "1e3", "9223372036854775808", "-9223372036854775808", 2**63, True, 1.0, "٣"])
def test_what_is_no_whole_number_of_64_bits_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="BigInt"):
        parse_big_int(value)


def test_a_whole_number_is_read_from_a_text_and_from_a_number() -> None:
    assert parse_big_int("9223372036854775807") == parse_big_int(2**63 - 1) == 2**63 - 1
