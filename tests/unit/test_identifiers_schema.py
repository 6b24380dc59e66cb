"""Identifiers of the present and of the past."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.identifier import Noun, new_identifier
from projections.lens import Lens
from schema.identifiers import identifier, parse_identifier

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = datetime(2026, 8, 15, 21, 59, 59, 999_999, tzinfo=UTC)


def lens(instant: datetime, *, is_past: bool) -> Lens:
    return Lens(position=7, instant=instant, is_past=is_past)


@pytest.mark.parametrize("noun", list(Noun))
def test_a_thing_of_the_present_has_its_own_identifier(noun: Noun) -> None:
    text = new_identifier(noun)
    assert identifier(text, lens(INSTANT, is_past=False)) == text
    reference = parse_identifier(text)
    assert reference is not None
    assert (reference.entity_id, reference.noun, reference.instant) == (text, noun, None)


@given(st.integers(0, 253_402_300_799_999_999).map(lambda microseconds: EPOCH + timedelta(microseconds=microseconds)))
def test_an_identifier_of_the_past_leads_back_to_the_same_microsecond(instant: datetime) -> None:
    text = new_identifier(Noun.KEY_RESULT)
    past = identifier(text, lens(instant, is_past=True))
    assert past != text
    reference = parse_identifier(past)
    assert reference is not None
    assert (reference.entity_id, reference.noun, reference.instant) == (text, Noun.KEY_RESULT, instant)


def test_two_moments_give_two_identifiers() -> None:
    text = new_identifier(Noun.TEAM)
    later = INSTANT + timedelta(microseconds=1)
    assert identifier(text, lens(INSTANT, is_past=True)) != identifier(text, lens(later, is_past=True))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "objective",
        "objective_",
        "objective_short",
        "nothing_01jd8m3v6re0q9x5c8d1f2g3h4",
        "objective_81jd8m3v6re0q9x5c8d1f2g3h4",
        "OBJECTIVE_01jd8m3v6re0q9x5c8d1f2g3h4",
        "objective_01jd8m3v6re0q9x5c8d1f2g3h4@",
        "objective_01jd8m3v6re0q9x5c8d1f2g3h4@-1",
        "objective_01jd8m3v6re0q9x5c8d1f2g3h4@1@2",
        "objective_01jd8m3v6re0q9x5c8d1f2g3h4@999999999999999999",
        "objective_01jd8m3v6re0q9x5c8d1f2g3h4@٣",
        "objective_01jd8m3v6re0q9x5c8d1f2g3h4#metric",
        "@1",
        "\x00",
        "\ud800",
    ],
)
def test_what_is_no_identifier_refers_to_nothing(text: str) -> None:
    assert parse_identifier(text) is None
