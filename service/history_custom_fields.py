"""Choices and values of custom fields as the history format writes them: by keys, a choice's one unique in its field only."""

from collections.abc import Callable
from typing import Any, cast

Choose = Callable[[object], str]
"""Answers the identifier of a choice of the field at hand, by its key."""


class MisplacedError(Exception):
    """Something stands in a list of choices or values that has no place there; the message says what."""


def read_choices(content: list[Any], choose: Choose) -> list[dict[str, Any]]:
    """Answer choices as the command has them.

    Raises:
        MisplacedError: one of them is no object, or has an unknown field.
    """
    choices: list[dict[str, Any]] = []
    for each in content:
        choice = _object(each, "choices", {"key", "name", "is_retired"})
        choice["choice_id"] = choose(choice.pop("key", None))
        choices.append(choice)
    return choices


def read_values(
    content: list[Any], resolve: Callable[[object], str], choice_of: Callable[[str, object], str]
) -> list[dict[str, Any]]:
    """Answer values as the command has them; `choice_of` takes the key of the field and that of the choice.

    Raises:
        MisplacedError: one of them is no object, or has an unknown field.
    """
    values: list[dict[str, Any]] = []
    for each in content:
        value = _object(each, "custom_fields", {"custom_field", "text", "number", "date", "choice", "person", "url"})
        field, choice, person = (value.pop(name, None) for name in ("custom_field", "choice", "person"))
        value["custom_field_id"] = resolve(field)
        value["choice_id"] = None if choice is None else choice_of(str(field), choice)
        value["person_id"] = None if person is None else resolve(person)
        values.append(value)
    return values


def _object(value: object, place: str, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MisplacedError(f"{place}: an object is needed")
    written = cast("dict[str, Any]", value)
    unknown = sorted(written.keys() - names)
    if unknown:
        raise MisplacedError(f"{place}.{unknown[0]}: there is no such field")
    return dict(written)
