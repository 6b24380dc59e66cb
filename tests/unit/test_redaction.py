"""Redaction knows every field in which somebody can write."""

import dataclasses
import typing
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from events.comment import CommentWritten
from events.event import Event
from events.recognition import PeopleRecognized
from events.redaction import FREE_TEXTS, REDACTED, without_texts

WRITTEN_BY_NOBODY = {"sealed", "time_zone", "currency", "disabled_findings"}
"""Texts that are chosen or made, not written: a sealed name is erased by its key."""


def texts_in(kind: Any, seen: set[Any]) -> set[str]:
    """The names of all fields that hold texts, in a class and in the classes of its fields."""
    if kind in seen or not dataclasses.is_dataclass(kind):
        return set()
    seen.add(kind)
    found: set[str] = set()
    for name, annotation in get_type_hints(kind).items():
        for part in parts_of(annotation):
            if part is str and not name.endswith(("_id", "_ids", "created_by", "updated_by")):
                found.add(name)
            found |= texts_in(part, seen)
    return found


def parts_of(annotation: Any) -> set[Any]:
    """The types that an annotation is made of."""
    if get_origin(annotation) in (UnionType, typing.Union, tuple, frozenset, list, dict):
        return set().union(*(parts_of(each) for each in get_args(annotation)))
    return {annotation}


def test_every_text_of_every_event_is_known():
    found = set().union(*(texts_in(kind, set()) for kind in parts_of(Event)))
    assert found >= {"title", "comment", "description", "name"}
    assert found - FREE_TEXTS <= WRITTEN_BY_NOBODY


def test_what_was_said_goes_and_whom_it_names_stays():
    said = CommentWritten(comment_id="c", subject_id="o", text="Ask Max", reply_to_id="b", mention_ids=("max",))
    assert without_texts(said) == dataclasses.replace(said, text=REDACTED)
    given = PeopleRecognized(recognition_id="r", person_ids=("max",), text="Max did well", subject_id="o")
    assert without_texts(given) == dataclasses.replace(given, text=REDACTED)
