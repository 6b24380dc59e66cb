"""Limits of the domain: how long, how many, how deep; and the check of texts and numbers before the queue."""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from events.rejection import RejectionCode, refuse, refuse_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one organization's data; the settings class documents and fills them."""

    title_length: int = 500
    name_length: int = 200
    text_length: int = 10_000
    decimal_digits: int = 30
    decimal_places: int = 12
    key_results_per_objective: int = 50
    contributors_per_objective: int = 50
    labels_per_objective: int = 20
    parents_per_objective: int = 20
    stages_per_metric: int = 50
    checkpoints_per_metric: int = 100
    alignment_depth: int = 20
    check_ins_per_key_result: int = 5_000
    initiatives_per_objective: int = 100
    supports_per_initiative: int = 20
    links_per_initiative: int = 20
    dependencies_per_thing: int = 20
    url_length: int = 2_000
    comments_per_thing: int = 5_000
    comment_thread_depth: int = 10
    mentions_per_comment: int = 50
    reactions_per_comment: int = 1_000
    people_per_recognition: int = 50
    readings_per_kpi: int = 5_000
    bands_per_kpi: int = 100
    key_results_per_kpi: int = 50
    kpi_links_per_thing: int = 20
    placeholders_per_template: int = 100
    custom_fields_per_noun: int = 50
    choices_per_custom_field: int = 200
    custom_text_length: int = 1_000
    commands_per_act: int = 200


DEFAULT_LIMITS = Limits()

_AMOUNTS = {
    "contributor_ids": "contributors_per_objective",
    "labels": "labels_per_objective",
    "parent_ids": "parents_per_objective",
    "mention_ids": "mentions_per_comment",
    "person_ids": "people_per_recognition",
    "placeholders": "placeholders_per_template",
    "values": "placeholders_per_template",
    "key_results": "key_results_per_objective",
    "choices": "choices_per_custom_field",
    "custom_fields": "custom_fields_per_noun",
}
"""How many members the fields of commands may have: the name of the limit."""

_COLLECTIONS = (tuple, frozenset, list)

_INTEGER_BOUND = 2**31
"""What the API calls Int."""

_NAMES = {"name", "unit_label", "currency", "time_zone", "labels", "example"}
_TITLES = {"title"}
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def check_content(command: object, limits: Limits) -> None:
    """Check every text, number and collection of a command before it is queued.

    Raises:
        Rejected: a text holds NUL or a lone surrogate, or is empty or too long; a decimal is not finite or
            has too many digits; a collection has too many members. The path names the field.
    """
    _check_value(command, (), limits)
    kind: Any = type(command)
    for field in _counted_fields(kind):
        _check_amount(field, getattr(command, field), getattr(limits, _AMOUNTS[field]), camel_case(field))
    metric = getattr(command, "metric", None)
    for field, limit in (("stages", limits.stages_per_metric), ("checkpoints", limits.checkpoints_per_metric)):
        _check_amount(field, getattr(metric, field, getattr(command, field, None)), limit, field)


def _check_amount(field: str, members: object, limit: int, path: str) -> None:
    if isinstance(members, tuple) and len(members) > limit:  # pyright: ignore[reportUnknownArgumentType]
        raise refuse_limit(field, limit, len(members), path)  # pyright: ignore[reportUnknownArgumentType]


def camel_case(name: str) -> str:
    """Return the name that a field has in inputs, such as `dueOn` for `due_on`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _check_value(value: Any, path: tuple[str, ...], limits: Limits) -> None:
    """Check a value and all that it is made of; `path` leads from the command to it."""
    if isinstance(value, str):
        _check_text(value, path, limits)
    elif isinstance(value, Decimal):
        _check_decimal(value, path, limits)
    elif isinstance(value, int):
        if not -_INTEGER_BOUND <= value < _INTEGER_BOUND:
            raise refuse(RejectionCode.INVALID, "must be an integer of 32 bits", *_words(path))
    elif isinstance(value, _COLLECTIONS):
        for index, member in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            _check_value(member, (*path, str(index)), limits)
    else:
        for name in _field_names(value.__class__):  # pyright: ignore[reportUnknownArgumentType]
            member = getattr(value, name)
            if member is not None:
                _check_value(member, (*path, name), limits)


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


@cache
def _counted_fields(kind: type) -> tuple[str, ...]:
    return tuple(name for name in _AMOUNTS if name in _field_names(kind))


def _words(path: tuple[str, ...]) -> Iterator[str]:
    return (camel_case(part) for part in path)


def _check_text(text: str, path: tuple[str, ...], limits: Limits) -> None:
    if _NO_TEXT.search(text):
        raise refuse(RejectionCode.INVALID, "a text must not hold NUL or a lone surrogate", *_words(path))
    # Members of collections have their index in the path, which is no name.
    if not _TITLES.isdisjoint(path):
        limit, needs_content = limits.title_length, True
    elif not _NAMES.isdisjoint(path):
        limit, needs_content = limits.name_length, True
    else:
        limit, needs_content = limits.text_length, False
    if needs_content and not text.strip():
        raise refuse(RejectionCode.REQUIRED, "must not be empty", *_words(path))
    if len(text) > limit:
        raise refuse_limit("characters", limit, len(text), *_words(path))


def _check_decimal(value: Decimal, path: tuple[str, ...], limits: Limits) -> None:
    if not value.is_finite():
        raise refuse(RejectionCode.INVALID, "must be a finite number", *_words(path))
    _, digits, exponent = value.as_tuple()
    places = max(-exponent, 0) if isinstance(exponent, int) else 0
    whole = max(len(digits) + exponent, 0) if isinstance(exponent, int) else 0
    if places > limits.decimal_places:
        raise refuse_limit("decimal places", limits.decimal_places, places, *_words(path))
    if whole + places > limits.decimal_digits:
        raise refuse_limit("decimal digits", limits.decimal_digits, whole + places, *_words(path))
