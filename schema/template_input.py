"""Inputs of what templates hold, and the domain's values that they become."""

from datetime import date as day
from decimal import Decimal

import strawberry

from events import template_content
from events.metric import MetricKind, Unit
from events.template_content import LEVELS, Placeholder, PlaceholderKind
from events.template_draft import TemplateValue
from schema.input import defaulted, exact, given, optional, required


@strawberry.input(description="Something that is filled in when a draft is made.")
class TemplatePlaceholderInput:
    """Something that is filled in."""

    name: str = required("Lower-case letters, digits and _, a letter first; texts name it in braces.")
    kind: PlaceholderKind = required("What it is filled in with.")
    example: str = required("What it could be: words, a plain decimal, or a day of ISO 8601.")


@strawberry.input(description="A level of a metric: exactly one of the two.")
class TemplateLevelInput:
    """A number, or the placeholder of one."""

    value: Decimal | None = optional("The number.")
    placeholder: str | None = optional("The name of a placeholder of kind NUMBER.")


@strawberry.input(description="One stage of a MILESTONE.")
class TemplateStageInput:
    """One stage of a MILESTONE."""

    title: str = required("What is done with it; may name placeholders.")
    weight: float = defaulted("How much it counts, above 0.", default=1.0)


@strawberry.input(description="How a key result is measured; which fields are wanted depends on `kind`.")
class TemplateMetricInput:
    """How a key result is measured."""

    kind: MetricKind = required("How a value becomes progress.")
    unit: Unit | None = optional("What a value counts.")
    unit_label: str | None = optional("What NUMBER counts, such as customers; may name placeholders.")
    currency: str | None = optional("Code of ISO 4217, with unit CURRENCY; may name a placeholder.")
    is_relative: bool = defaulted("Values are changes against a baseline: +15 % is start 0, target 15.", default=False)
    is_strict: bool = defaulted("The target itself does not hold, for AT_LEAST and AT_MOST.", default=False)
    start: TemplateLevelInput | None = optional("Where it starts.")
    target: TemplateLevelInput | None = optional("Where it shall get.")
    low: TemplateLevelInput | None = optional("Lower end of a RANGE.")
    high: TemplateLevelInput | None = optional("Upper end of a RANGE.")
    commit: TemplateLevelInput | None = optional("The level that is promised.")
    stretch: TemplateLevelInput | None = optional("The level that would be splendid.")
    stages: list[TemplateStageInput] | None = optional("Stages of a MILESTONE, at most 50.")


@strawberry.input(description="A key result of a template.")
class TemplateKeyResultInput:
    """A key result of a template."""

    title: str = required("What shall be seen; may name placeholders in braces.")
    metric: TemplateMetricInput = required("How it is measured.")
    weight: float = defaulted("How much it counts among its siblings, above 0.", default=1.0)
    due_placeholder: str | None = optional("The name of a placeholder of kind DATE; absent is the end of the cycle.")


@strawberry.input(description="What a placeholder is filled in with: exactly one of the three, by its kind.")
class TemplateValueInput:
    """What a placeholder is filled in with."""

    name: str = required("The name of the placeholder.")
    text: str | None = optional("Words.")
    number: Decimal | None = optional("A number.")
    date: day | None = optional("A day.")


def placeholders_of(values: list[TemplatePlaceholderInput]) -> tuple[Placeholder, ...]:
    """Answer the placeholders of an input."""
    return tuple(Placeholder(name=each.name, kind=each.kind, example=each.example) for each in values)


def key_results_of(values: list[TemplateKeyResultInput]) -> tuple[template_content.TemplateKeyResult, ...]:
    """Answer the key results of an input; their rules are the domain's."""
    return tuple(
        template_content.TemplateKeyResult(
            title=each.title,
            metric=_metric_of(each.metric),
            weight=exact(each.weight),
            due_placeholder=given(each.due_placeholder),
        )
        for each in values
    )


def values_of(values: list[TemplateValueInput]) -> tuple[TemplateValue, ...]:
    """Answer the values of an input."""
    return tuple(
        TemplateValue(name=each.name, text=given(each.text), number=given(each.number), date=given(each.date))
        for each in values
    )


def _metric_of(value: TemplateMetricInput) -> template_content.TemplateMetric:
    return template_content.TemplateMetric(
        kind=value.kind,
        unit=given(value.unit),
        unit_label=given(value.unit_label),
        currency=given(value.currency),
        is_relative=value.is_relative,
        is_strict=value.is_strict,
        **{name: _level_of(given(getattr(value, name))) for name in LEVELS},
        stages=tuple(
            template_content.TemplateStage(title=stage.title, weight=exact(stage.weight)) for stage in given(value.stages) or ()
        ),
    )


def _level_of(value: TemplateLevelInput | None) -> template_content.TemplateLevel | None:
    if value is None:
        return None
    return template_content.TemplateLevel(value=given(value.value), placeholder=given(value.placeholder))
