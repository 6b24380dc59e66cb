"""What a template holds: an objective with its key results, and the placeholders that are filled in to make a draft of it.

A text names a placeholder in braces, `Win {segment}`; `{{` and `}}` stand for braces. A level of a metric is a number or names
a placeholder of kind NUMBER, the day that a key result is due one of kind DATE. Every placeholder has an example, and a
template is only accepted when its examples make an objective that could be written down.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from string import Formatter
from typing import Any, assert_never

from babel.dates import format_date

from events.coach.texts import Language, number
from events.identifier import Noun, derive_identifier
from events.key_result import AddKeyResult
from events.limits import Limits, check_content
from events.metric import Metric, MetricKind, Stage, Unit, check_metric
from events.rejection import Rejected, Rejection, RejectionCode, refuse, refuse_limit

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FORMATTER = Formatter()


class TemplateFunction(StrEnum):
    """The part of an organization that a template is written for."""

    SALES = "SALES"
    MARKETING = "MARKETING"
    PRODUCT = "PRODUCT"
    DESIGN = "DESIGN"
    ENGINEERING = "ENGINEERING"
    DATA = "DATA"
    SECURITY = "SECURITY"
    SUPPORT = "SUPPORT"
    PEOPLE = "PEOPLE"
    FINANCE = "FINANCE"
    OPERATIONS = "OPERATIONS"
    LEGAL = "LEGAL"
    LEADERSHIP = "LEADERSHIP"
    OTHER = "OTHER"


class PlaceholderKind(StrEnum):
    """What a placeholder is filled in with."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """Something to fill in; `example` is written as a text, a plain decimal or a day of ISO 8601."""

    name: str
    kind: PlaceholderKind
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLevel:
    """A level of a metric: exactly one of a number and the name of a placeholder."""

    value: Decimal | None = None
    placeholder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateStage:
    """One step of a milestone metric."""

    title: str
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateMetric:
    """A metric as `Metric` defines it, with levels that may be left open and without anything dated."""

    kind: MetricKind
    unit: Unit | None = None
    unit_label: str | None = None
    currency: str | None = None
    is_relative: bool = False
    is_strict: bool = False
    start: TemplateLevel | None = None
    target: TemplateLevel | None = None
    low: TemplateLevel | None = None
    high: TemplateLevel | None = None
    commit: TemplateLevel | None = None
    stretch: TemplateLevel | None = None
    stages: tuple[TemplateStage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateKeyResult:
    """A key result of a template; `due_placeholder` names the placeholder of the day that it is due."""

    title: str
    metric: TemplateMetric
    weight: Decimal = Decimal(1)
    due_placeholder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContent:
    """An objective to be made; nothing in it belongs to a cycle, a team or a person."""

    title: str
    description: str | None = None
    key_results: tuple[TemplateKeyResult, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()


LEVELS = ("start", "target", "low", "high", "commit", "stretch")
"""The fields of a metric that may name a placeholder."""

Filled = str | Decimal | date
Values = Mapping[str, Filled]
"""What each placeholder is filled in with, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a filled-in template says; the key results have identifiers derived from that of what they belong to."""

    title: str
    description: str | None
    key_results: tuple[AddKeyResult, ...]


# --- filling in


def filled(content: TemplateContent, values: Values, language: Language, objective_id: str, limits: Limits) -> Draft:
    """Answer what a template says with values in the place of its placeholders, numbers and days written in a language.

    Raises:
        Rejected: LIMIT_EXCEEDED for a text that becomes too long; INVALID for a text or a level that names something other
            than what there is a value of its kind for: in a template that was accepted, only where words were redacted.
    """
    words = _Words(written={name: _written(value, language) for name, value in values.items()}, limits=limits)
    key_results = tuple(
        AddKeyResult(
            key_result_id=derive_identifier(Noun.KEY_RESULT, objective_id, str(index + 1)),
            objective_id=objective_id,
            title=words.fill(part.title, "keyResults", str(index), "title"),
            metric=_metric(part.metric, values, words, objective_id, index),
            weight=part.weight,
            due_on=_day(part.due_placeholder, values, "keyResults", str(index), "duePlaceholder"),
        )
        for index, part in enumerate(content.key_results)
    )
    description = None if content.description is None else words.fill(content.description, "description")
    return Draft(title=words.fill(content.title, "title"), description=description, key_results=key_results)


def _metric(metric: TemplateMetric, values: Values, words: "_Words", objective_id: str, place: int) -> Metric:
    path = ("keyResults", str(place), "metric")
    levels: dict[str, Any] = {name: _level(getattr(metric, name), values, *path, name) for name in LEVELS}
    return Metric(
        kind=metric.kind,
        unit=metric.unit,
        unit_label=None if metric.unit_label is None else words.fill(metric.unit_label, *path, "unitLabel"),
        currency=None if metric.currency is None else words.fill(metric.currency, *path, "currency"),
        is_relative=metric.is_relative,
        is_strict=metric.is_strict,
        **levels,
        stages=tuple(
            Stage(
                stage_id=derive_identifier(Noun.STAGE, objective_id, f"{place + 1} {index + 1}"),
                title=words.fill(stage.title, *path, "stages", str(index), "title"),
                weight=stage.weight,
            )
            for index, stage in enumerate(metric.stages)
        ),
    )


def _level(level: TemplateLevel | None, values: Values, *path: str) -> Decimal | None:
    if level is None or level.placeholder is None:
        return None if level is None else level.value
    value = values.get(level.placeholder)
    if not isinstance(value, Decimal):
        raise refuse(RejectionCode.INVALID, f"no placeholder of kind NUMBER is called {level.placeholder}", *path)
    return value


def _day(name: str | None, values: Values, *path: str) -> date | None:
    if name is None:
        return None
    value = values.get(name)
    if not isinstance(value, date):
        raise refuse(RejectionCode.INVALID, f"no placeholder of kind DATE is called {name}", *path)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What placeholders are written as in texts, by their names."""

    written: Mapping[str, str]
    limits: Limits

    def fill(self, text: str, *path: str) -> str:
        """Answer a text with words in the place of its placeholders."""
        parts: list[str] = []
        for literal, name in _parts(text, *path):
            parts.append(literal)
            if name is not None:
                if name not in self.written:
                    raise refuse(RejectionCode.INVALID, f"no placeholder is called {name}; write {{{{ for a brace", *path)
                parts.append(self.written[name])
        # Before it is put together: a short text can name a long word very often.
        length, longest = sum(map(len, parts)), self.limits.text_length
        if length > longest:
            raise refuse_limit("characters", longest, length, *path)
        return "".join(parts)


def _parts(text: str, *path: str) -> list[tuple[str, str | None]]:
    """Answer the literals of a text, each with the name of the placeholder behind it."""
    parts: list[tuple[str, str | None]] = []
    try:
        for literal, name, specification, conversion in _FORMATTER.parse(text):
            if specification or conversion:
                raise refuse(RejectionCode.INVALID, "a placeholder is its name in braces and nothing else", *path)
            parts.append((literal, name))
    except ValueError as error:
        raise refuse(
            RejectionCode.INVALID, "a brace is never closed or opened; write it twice to mean itself", *path
        ) from error
    return parts


def literal_text(text: str) -> str:
    """Return a text as a template writes it when it names no placeholder."""
    return text.replace("{", "{{").replace("}", "}}")


def _written(value: Filled, language: Language) -> str:
    match value:
        case str():
            return value
        case Decimal():
            return number(value, language)
        case date():
            return format_date(value, format="long", locale=language.value)


# --- checking


def check_template(content: TemplateContent, language: Language, template_id: str, limits: Limits) -> None:
    """Check that a template can be filled in, by doing it with its examples.

    Raises:
        Rejected: a placeholder's name is malformed, taken or not used, its example is none of its kind, a level is not
            exactly one of number and placeholder, or what the examples make is refused; the path names the field of the
            template that it comes from.
    """
    _check_count("placeholders", len(content.placeholders), limits.placeholders_per_template, "placeholders")
    _check_count("key results of an objective", len(content.key_results), limits.key_results_per_objective, "keyResults")
    examples = _examples(content.placeholders, limits)
    for index, part in enumerate(content.key_results):
        for name in LEVELS:
            level: TemplateLevel | None = getattr(part.metric, name)
            if level is not None and (level.value is None) == (level.placeholder is None):
                path = ("keyResults", str(index), "metric", name)
                raise refuse(RejectionCode.INVALID, "a level is a number or a placeholder", *path)
    draft = filled(content, examples, language, template_id, limits)
    used = set(_named(content))
    for index, placeholder in enumerate(content.placeholders):
        if placeholder.name not in used:
            raise refuse(RejectionCode.INVALID, "the placeholder is named nowhere", "placeholders", str(index), "name")
    check_draft(draft, limits)


def check_draft(draft: Draft, limits: Limits) -> None:
    """Check what was made of a template as if somebody had written it.

    Raises:
        Rejected: a text is empty or too long, a metric makes no sense; key results are named by their place.
    """
    check_content(_Heading(title=draft.title, description=draft.description), limits)
    for index, part in enumerate(draft.key_results):
        try:
            check_content(part, limits)
            check_metric(part.metric, "metric")
            if part.weight <= 0:
                raise refuse(RejectionCode.NOT_POSITIVE, "a weight must be above 0", "weight")
        except Rejected as rejected:
            raise Rejected(*(_within(each, "keyResults", str(index)) for each in rejected.rejections)) from rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heading:
    title: str
    description: str | None


def _check_count(what: str, count: int, limit: int, *path: str) -> None:
    if count > limit:
        raise refuse_limit(what, limit, count, *path)


def _within(rejection: Rejection, *path: str) -> Rejection:
    return replace(rejection, path=(*path, *rejection.path))


def _examples(placeholders: Iterable[Placeholder], limits: Limits) -> Values:
    values: dict[str, Filled] = {}
    for index, placeholder in enumerate(placeholders):
        path = ("placeholders", str(index))
        if _NAME.fullmatch(placeholder.name) is None:
            raise refuse(RejectionCode.INVALID, "a name is lower-case letters, digits and _, a letter first", *path, "name")
        if placeholder.name in values:
            raise refuse(RejectionCode.INVALID, "two placeholders of one name", *path, "name")
        try:
            value = example_value(placeholder)
        except (InvalidOperation, ValueError) as error:
            raise refuse(RejectionCode.INVALID, f"the example is no {placeholder.kind}", *path, "example") from error
        if isinstance(value, Decimal):
            # Before it is written out, which takes as long as it has digits.
            _check_number(value, limits, *path, "example")
        values[placeholder.name] = value
    return values


def _check_number(value: Decimal, limits: Limits, *path: str) -> None:
    try:
        check_content(TemplateLevel(value=value), limits)
    except Rejected as rejected:
        raise Rejected(*(replace(each, path=path) for each in rejected.rejections)) from rejected


def example_value(placeholder: Placeholder) -> Filled:
    """Answer the example of a placeholder as a value of its kind.

    Raises:
        ValueError, InvalidOperation: it is none.
    """
    match placeholder.kind:
        case PlaceholderKind.TEXT:
            return placeholder.example
        case PlaceholderKind.NUMBER:
            number = Decimal(placeholder.example)
            if not number.is_finite():
                raise ValueError("not finite")
            return number
        case PlaceholderKind.DATE:
            return date.fromisoformat(placeholder.example)
        case _:
            assert_never(placeholder.kind)


def _named(content: TemplateContent) -> Iterator[str | None]:
    """Answer every placeholder that is named."""
    texts = [content.title, content.description]
    for part in content.key_results:
        metric = part.metric
        texts += [part.title, metric.unit_label, metric.currency, *(stage.title for stage in metric.stages)]
        yield part.due_placeholder
        for name in LEVELS:
            level: TemplateLevel | None = getattr(metric, name)
            yield None if level is None else level.placeholder
    for text in texts:
        yield from (name for _, name in _parts(text or ""))
