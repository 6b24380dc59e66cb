"""Stored names and forms: what was written once decodes for ever."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.codec import STORED_TYPES, UPCASTERS, StoredType, UnknownEventError, decode, encode
from events.event import Event

GOLDEN = Path(__file__).parent.parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)

st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=4))
st.register_type_strategy(datetime, st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))])))
st.register_type_strategy(str, TEXT)
st.register_type_strategy(int, st.integers(min_value=-(2**31), max_value=2**31 - 1))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def named(path: Path) -> tuple[str, int]:
    name, version = path.stem.rsplit(".", 1)
    return name, int(version)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stored_example_decodes_for_ever(path: Path) -> None:
    name, version = named(path)
    event = decode(name, version, path.read_text())
    stored = next(each for each in STORED_TYPES if each.name == name)
    assert type(event) is stored.event_class
    if version == stored.schema_version:
        assert json.loads(encode(event).data) == json.loads(path.read_text())


def test_every_stored_type_and_version_has_an_example() -> None:
    expected = {(each.name, version) for each in STORED_TYPES for version in range(1, each.schema_version + 1)}
    assert {named(path) for path in FILES} == expected


def test_every_old_version_has_an_upcaster() -> None:
    expected = {(each.name, version) for each in STORED_TYPES for version in range(1, each.schema_version)}
    assert set(UPCASTERS) == expected


def test_names_are_unique_and_of_one_form() -> None:
    names = [each.name for each in STORED_TYPES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", name) for name in names)


@pytest.mark.parametrize("stored", STORED_TYPES, ids=lambda stored: stored.name)
@settings(max_examples=20)
@given(data=st.data())
def test_an_event_comes_back_as_it_went_in(stored: StoredType, data: st.DataObject) -> None:
    event: Event = data.draw(st.from_type(stored.event_class))
    encoded = encode(event)
    assert decode(encoded.type, encoded.schema_version, encoded.data) == event
    assert encoded.stream_id == getattr(event, stored.stream)


@pytest.mark.parametrize(("name", "version"), [("objective.exploded", 1), ("objective.created", 99)])
def test_an_event_of_a_newer_program_is_refused_by_name(name: str, version: int) -> None:
    with pytest.raises(UnknownEventError, match=name):
        decode(name, version, "{}")


def test_a_text_keeps_every_character() -> None:
    event = decode("objective.retitled", 1, '{"objective_id": "o", "title": "改善 🚀 №1 \\u2028"}')
    assert json.loads(encode(event).data)["title"] == "改善 🚀 №1 \u2028"
