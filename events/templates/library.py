"""The library: templates for every function of an organization, each in one or more languages, the same for everybody.

A template in a language is one of its own, with an identifier that follows from its key and the language. It is no part of
any log: what was made from one says which, and of which version of the library it was.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from events.coach.texts import Language
from events.identifier import Noun, derive_uuid, format_identifier
from events.metric import MetricKind, Unit
from events.template_content import (
    LEVELS,
    Placeholder,
    PlaceholderKind,
    TemplateContent,
    TemplateFunction,
    TemplateKeyResult,
    TemplateLevel,
    TemplateMetric,
)

LIBRARY_VERSION = 1
"""Rises whenever a template of the library comes or changes."""

LIBRARY_CHANGED_AT = datetime(2026, 11, 26, tzinfo=UTC)
"""When this version of the library was finished."""
LIBRARY_SINCE = datetime(2026, 11, 26, tzinfo=UTC)
"""When the library began: the time in all its identifiers, for ever."""
_CURRENCY = "currency"


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryTemplate:
    """A template of the library in one language; the same in other languages has the same `key`."""

    template_id: str
    key: str
    function: TemplateFunction
    language: Language
    content: TemplateContent


@cache
def library() -> Mapping[str, LibraryTemplate]:
    """Answer all templates of the library by identifier, in their order: by function, then as they are written."""
    return MappingProxyType({each.template_id: each for function in TemplateFunction for each in _of_function(function)})


def _of_function(function: TemplateFunction) -> Iterator[LibraryTemplate]:
    file = files("events.templates") / f"{function.lower()}.toml"
    if not file.is_file():
        return
    for key, written in tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal).items():
        for language in Language:
            if language.value in written:
                yield LibraryTemplate(
                    template_id=_identifier(f"{key} {language}"),
                    key=key,
                    function=function,
                    language=language,
                    content=_content(written, written[language.value]),
                )


def _identifier(name: str) -> str:
    return format_identifier(Noun.TEMPLATE, derive_uuid(int(LIBRARY_SINCE.timestamp()) * 1000, name))


def _content(written: Mapping[str, Any], texts: Mapping[str, Any]) -> TemplateContent:
    examples: Mapping[str, str] = texts.get("examples", {})
    placeholders = [Placeholder(name=name, kind=PlaceholderKind.TEXT, example=text) for name, text in examples.items()]
    if any(each.get("unit") == Unit.CURRENCY for each in written["metrics"]):
        placeholders.append(Placeholder(name=_CURRENCY, kind=PlaceholderKind.TEXT, example=written.get("currency", "EUR")))
    labels = texts.get("units", [])
    key_results: list[TemplateKeyResult] = []
    for number, (title, metric) in enumerate(zip(texts["key_results"], written["metrics"], strict=True), start=1):
        levels: dict[str, Any] = {name: _level(name, number, Decimal(metric[name])) for name in LEVELS if name in metric}
        placeholders.extend(
            Placeholder(name=level.placeholder, kind=PlaceholderKind.NUMBER, example=f"{Decimal(metric[name]):f}")
            for name, level in levels.items()
            if level.placeholder is not None
        )
        unit = Unit(metric["unit"])
        key_results.append(
            TemplateKeyResult(
                title=title,
                metric=TemplateMetric(
                    kind=MetricKind(metric["kind"]),
                    unit=unit,
                    unit_label=labels[number - 1] or None if labels else None,
                    currency=f"{{{_CURRENCY}}}" if unit is Unit.CURRENCY else None,
                    **levels,
                ),
            )
        )
    return TemplateContent(
        title=texts["title"],
        description=texts["description"],
        key_results=tuple(key_results),
        placeholders=tuple(placeholders),
    )


def _level(name: str, number: int, value: Decimal) -> TemplateLevel:
    return TemplateLevel(value=value) if name == "start" and value == 0 else TemplateLevel(placeholder=f"{name}_{number}")
