"""How a report writes numbers, dates and names."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.report import words

THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (None, 0, words.NOTHING),
        (0.0, 0, f"0{THIN}%"),
        (0.605, 0, f"60{THIN}%"),
        (0.996, 0, f"99{THIN}%"),
        (0.999_999_999_999, 0, f"99{THIN}%"),
        (0.999_999_999_999, 1, f"99.9{THIN}%"),
        (1.0, 0, f"100{THIN}%"),
        (1.0, 1, f"100.0{THIN}%"),
        (-0.25, 0, f"{MINUS}25{THIN}%"),
    ],
)
def test_a_share_is_written_as_per_cent_and_never_as_the_whole_that_it_is_not(value: float | None, places: int, shown: str):
    assert words.percent(value, places) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0.0"), (0.0004, "0.0"), (-0.0004, "0.0"), (0.123, "+12.3"), (-0.005, f"{MINUS}0.5")]
)
def test_a_difference_of_shares_has_a_sign_unless_it_is_none(value: float, shown: str):
    assert words.points(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, words.NOTHING),
        ("0", "0"),
        ("10.0", "10"),
        ("100", "100"),
        ("1234567.250", f"1{THIN}234{THIN}567.25"),
        ("-0.5", f"{MINUS}0.5"),
        ("123456789012345678.000000000001", f"123{THIN}456{THIN}789{THIN}012{THIN}345{THIN}678.000000000001"),
        (3, "3"),
    ],
)
def test_a_number_keeps_its_digits_in_groups(value: str | int | None, shown: str):
    assert words.number(value) == shown


def metric(kind: str, **more: Any) -> dict[str, Any]:
    unknown = dict.fromkeys(("unit", "unitLabel", "currency", "start", "target", "low", "high", "current"))
    return {**unknown, "kind": kind, "isStrict": False, "isRelative": False, "stages": [], **more}


STAGES = [{"title": "Bought", "done": True}, {"title": "Used", "done": False}]


@pytest.mark.parametrize(
    ("measured", "goal", "current"),
    [
        (metric("INCREASE", unit="PERCENT", start="5", target="10", current="6.5"), f"5 → 10{THIN}%", f"6.5{THIN}%"),
        (
            metric("DECREASE", unit="CURRENCY", currency="USD", start="3450", target="2500", current="3260"),
            f"3{THIN}450 → 2{THIN}500 USD",
            f"3{THIN}260 USD",
        ),
        (metric("AT_LEAST", unit="NUMBER", unitLabel="calls", target="4"), "at least 4 calls", words.NOTHING),
        (metric("AT_MOST", unit="HOURS", target="5", isStrict=True, current="4"), "less than 5 h", "4 h"),
        (metric("RANGE", unit="RATIO", low="0.8", high="1.2", current="1"), "0.8 to 1.2", "1"),
        (metric("MILESTONE", stages=STAGES), "2 stages", "1 of 2 stages"),
        (metric("BINARY", current="1"), "done or not", "done"),
        (metric("BINARY", current="0"), "done or not", "not done"),
        (metric("ESTIMATED", current="0.62"), "as its owner estimates it", f"62{THIN}%"),
        (metric("UNDECIDED"), "no measure yet", words.NOTHING),
        (metric("LATER_KIND"), "later kind", words.NOTHING),
        (metric("INCREASE", unit="PERCENT", start="0", target="15", isRelative=True), f"0 → +15{THIN}%", words.NOTHING),
    ],
)
def test_a_metric_is_written_in_its_own_terms(measured: dict[str, Any], goal: str, current: str):
    assert words.goal(measured, measured).replace("\N{NO-BREAK SPACE}", " ") == goal
    assert words.current(measured) == current


def test_instants_are_those_of_the_zone():
    at = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)

    assert words.instant(at, "Europe/Prague") == "30 Mar 2026, 01:30"
    assert words.day_in("2026-03-29T23:30:00Z", "America/New_York") == "29 Mar 2026"
    assert words.day("2026-01-05") == "5 Jan 2026"


def value(kind: str, text: str = "", **more: Any) -> dict[str, Any]:
    known = dict.fromkeys(("number", "unit", "unitLabel", "currency", "date", "values"))
    return {**known, "kind": kind, "text": text, **more}


@pytest.mark.parametrize(
    ("side", "shown"),
    [
        (None, words.NOTHING),
        (value("TEXT", "Title"), "Title"),
        (value("ENUM", "AT_LEAST"), "At least"),
        (value("BOOLEAN", "true"), "yes"),
        (value("BOOLEAN", "false"), "no"),
        (value("NUMBER", number="1500", unit="NUMBER", unitLabel="calls"), f"1{THIN}500 calls"),
        (value("DATE", date="2026-02-01"), "1 Feb 2026"),
        (value("DATE_TIME", "2026-02-01T23:30:00Z"), "2 Feb 2026, 00:30"),
        (value("NODE", ""), words.NOTHING),
        (value("LIST", values=[]), words.NOTHING),
        (value("LIST", values=[value("NODE", "Ada"), value("NODE", "Max")]), "Ada; Max"),
        (
            value("LIST", values=[value("LIST", values=[value("DATE", date="2026-02-01"), value("NUMBER", number="5")])]),
            "1 Feb 2026: 5",
        ),
        (value("LATER_KIND", "as it is"), "as it is"),
    ],
)
def test_each_kind_of_changed_value_is_written_out(side: dict[str, Any] | None, shown: str):
    assert words.changed_value(side, "Europe/Prague") == shown


def test_what_is_agreed_is_told_from_its_course():
    assert words.is_agreed("target")
    assert not words.is_agreed("score")
    assert words.field_name("dueOn") == "Due"


def test_things_are_counted_in_words():
    assert [words.counted(count, "objective") for count in (0, 1, 1234)] == [
        "0 objectives",
        "1 objective",
        f"1{THIN}234 objectives",
    ]
    assert words.counted(2, "key result added", "key results added") == "2 key results added"
