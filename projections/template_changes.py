"""The fields of a template that changes tell of: of its placeholders and key results those that a reader can tell apart."""

from decimal import Decimal
from operator import attrgetter

from events.template import Template
from events.template_content import LEVELS, Placeholder, TemplateKeyResult, TemplateLevel
from projections import typed_values
from projections.typed_values import Measured, Typed, TypedField


def _texts(value: object) -> Typed:
    return typed_values.text(str(value), None)


def _placeholders(values: tuple[Placeholder, ...], _metric: Measured | None) -> Typed:
    """Type placeholders: a list of name, kind and example of each."""
    return typed_values.listed(
        typed_values.listed((_texts(each.name), typed_values.enumeration(each.kind, None), _texts(each.example)))
        for each in values
    )


def _key_results(values: tuple[TemplateKeyResult, ...], _metric: Measured | None) -> Typed:
    """Type key results: a list of the title, the kind and whatever else says how it is measured, as it would be written."""
    return typed_values.listed(typed_values.listed(map(_texts, _words(each))) for each in values)


def _words(part: TemplateKeyResult) -> list[str]:
    metric = part.metric
    words = [part.title, metric.kind.value]
    words += [str(each) for each in (metric.unit, metric.unit_label, metric.currency) if each is not None]
    words += [name for name in ("is_relative", "is_strict") if getattr(metric, name)]
    for name in LEVELS:
        level: TemplateLevel | None = getattr(metric, name)
        if level is not None:
            words.append(f"{name} {level.placeholder if level.value is None else f'{level.value:f}'}")
    words += [f"{stage.title} {stage.weight:f}" for stage in metric.stages]
    if part.weight != Decimal(1):
        words.append(f"weight {part.weight:f}")
    if part.due_placeholder is not None:
        words.append(f"due {part.due_placeholder}")
    return words


def _language(template: Template) -> str:
    return template.language.name


TEMPLATE_FIELDS: tuple[TypedField, ...] = (
    ("title", attrgetter("content.title"), typed_values.text),
    ("description", attrgetter("content.description"), typed_values.text),
    ("function", attrgetter("function"), typed_values.enumeration),
    ("language", _language, typed_values.enumeration),
    ("placeholders", attrgetter("content.placeholders"), _placeholders),
    ("keyResults", attrgetter("content.key_results"), _key_results),
    ("archivedAt", attrgetter("archived_at"), typed_values.instant),
)
