"""Templates: an organization's own patterns of objectives with key results, to be filled in and made drafts of."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, assert_never

from events.coach.texts import Language
from events.envelope import UNSET, Context, Occurrence, Unset
from events.key_result import KeyResult
from events.objective import Objective, check_reason, required_objective
from events.rejection import RejectionCode, refuse
from events.template_content import (
    LEVELS,
    Placeholder,
    PlaceholderKind,
    TemplateContent,
    TemplateFunction,
    TemplateKeyResult,
    TemplateLevel,
    TemplateMetric,
    TemplateStage,
    check_template,
    literal_text,
)
from events.templates.library import library
from events.version import changed, check_version, created


class Numbers(StrEnum):
    """What becomes of the numbers of an objective that a template is made from."""

    KEEP = "KEEP"
    PLACEHOLDERS = "PLACEHOLDERS"


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTemplate:
    """Write a template down."""

    template_id: str
    title: str
    function: TemplateFunction
    language: Language
    description: str | None = None
    key_results: tuple[TemplateKeyResult, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTemplateFromObjective:
    """Make a template of an objective as it is, without its dropped key results, dates, people, team and cycle.

    Everybody may see a template, whoever may see the objective; so the template does not say where it came from.
    """

    template_id: str
    objective_id: str
    function: TemplateFunction
    language: Language
    numbers: Numbers = Numbers.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTemplate:
    """Change a template; fields that are UNSET stay. Texts and placeholders must fit together afterwards."""

    template_id: str
    title: str | Unset = UNSET
    description: str | Unset | None = UNSET
    key_results: tuple[TemplateKeyResult, ...] | Unset = UNSET
    placeholders: tuple[Placeholder, ...] | Unset = UNSET
    function: TemplateFunction | Unset = UNSET
    language: Language | Unset = UNSET
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveTemplate:
    """Offer a template no longer; what was made from it stays."""

    template_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTemplate:
    """Offer an archived template again."""

    template_id: str
    expected_version: int | None = None


TemplateCommand = CreateTemplate | CreateTemplateFromObjective | UpdateTemplate | ArchiveTemplate | RestoreTemplate

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCreated:
    """A template was written down."""

    template_id: str
    content: TemplateContent
    function: TemplateFunction
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRewritten:
    """What a template says changed; all as it now stands."""

    template_id: str
    content: TemplateContent


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateClassified:
    """A template is for another function or in another language; both as they now stand."""

    template_id: str
    function: TemplateFunction
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateArchived:
    """A template is no longer offered."""

    template_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRestored:
    """An archived template is offered again."""

    template_id: str


TemplateEvent = TemplateCreated | TemplateRewritten | TemplateClassified | TemplateArchived | TemplateRestored

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template of an organization as of some position."""

    template_id: str
    content: TemplateContent
    function: TemplateFunction
    language: Language
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    archived_at: datetime | None = None
    version: int = 1


class TemplateFacts(Protocol):
    """What a decision about a template asks of the rest of the organization."""

    def objective(self, objective_id: str) -> Objective | None:
        """Answer an objective."""
        ...

    def key_results_of(self, objective_id: str) -> list[KeyResult]:
        """Answer an objective's key results, dropped ones included, in the order of their addition."""
        ...


# --- rejections


def required_template(template: Template | None) -> Template:
    """Answer the template, or refuse.

    Raises:
        Rejected: the organization has none.
    """
    if template is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such template", "templateId")
    return template


def require_offered(template: Template) -> None:
    """Refuse to work with an archived template.

    Raises:
        Rejected: it is archived.
    """
    if template.archived_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the template is archived; restore it first", "templateId")


# --- decide


def decide(command: TemplateCommand, template: Template | None, facts: TemplateFacts, context: Context) -> list[TemplateEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: a rule of `docs/glossary.md` (Template) refuses it.
    """
    check_reason(context)
    if isinstance(command, CreateTemplate | CreateTemplateFromObjective):
        if template is not None or command.template_id in library():
            raise refuse(RejectionCode.ID_TAKEN, "a template with this id exists already", "id")
        content = _written(command) if isinstance(command, CreateTemplate) else _taken_from(command, facts)
        check_template(content, command.language, command.template_id, context.limits)
        return [
            TemplateCreated(
                template_id=command.template_id, content=content, function=command.function, language=command.language
            )
        ]
    if command.template_id in library():
        raise refuse(RejectionCode.WRONG_STATE, "a template of the library is the same for all; create one", "templateId")
    known = required_template(template)
    check_version(known.template_id, known.version, command.expected_version)
    match command:
        case UpdateTemplate():
            require_offered(known)
            return _update(command, known, context)
        case ArchiveTemplate():
            return [TemplateArchived(template_id=known.template_id)] if known.archived_at is None else []
        case RestoreTemplate():
            return [] if known.archived_at is None else [TemplateRestored(template_id=known.template_id)]
        case _:
            assert_never(command)


def _written(command: CreateTemplate) -> TemplateContent:
    return TemplateContent(
        title=command.title,
        description=command.description,
        key_results=command.key_results,
        placeholders=command.placeholders,
    )


def _update(command: UpdateTemplate, known: Template, context: Context) -> list[TemplateEvent]:
    names = ("title", "description", "key_results", "placeholders")
    changed = {name: value for name in names if (value := getattr(command, name)) is not UNSET}
    content = replace(known.content, **changed)
    function = known.function if command.function is UNSET else command.function
    language = known.language if command.language is UNSET else command.language
    check_template(content, language, known.template_id, context.limits)
    events: list[TemplateEvent] = []
    if content != known.content:
        events.append(TemplateRewritten(template_id=known.template_id, content=content))
    if (function, language) != (known.function, known.language):
        events.append(TemplateClassified(template_id=known.template_id, function=function, language=language))
    return events


# --- from an objective


def _taken_from(command: CreateTemplateFromObjective, facts: TemplateFacts) -> TemplateContent:
    source = required_objective(facts.objective(command.objective_id))
    parts = [each for each in facts.key_results_of(command.objective_id) if each.dropped_at is None]
    placeholders: list[Placeholder] = []
    key_results: list[TemplateKeyResult] = []
    for number, part in enumerate(parts, start=1):
        asked = placeholders if command.numbers is Numbers.PLACEHOLDERS else None
        key_results.append(_part_taken(part, number, asked))
    return TemplateContent(
        title=literal_text(source.title),
        description=None if source.description is None else literal_text(source.description),
        key_results=tuple(key_results),
        placeholders=tuple(placeholders),
    )


def _part_taken(part: KeyResult, number: int, placeholders: list[Placeholder] | None) -> TemplateKeyResult:
    """Answer a key result as a template has it; with `placeholders` its numbers and its day become some more of them."""
    metric, levels, due_placeholder = part.metric, dict[str, TemplateLevel | None](), None
    for name in LEVELS:
        value: Decimal | None = getattr(metric, name)
        levels[name] = None if value is None else TemplateLevel(value=value)
        if value is not None and placeholders is not None:
            called = f"{name}_{number}"
            placeholders.append(Placeholder(name=called, kind=PlaceholderKind.NUMBER, example=f"{value:f}"))
            levels[name] = TemplateLevel(placeholder=called)
    if part.due_on is not None and placeholders is not None:
        due_placeholder = f"due_{number}"
        example = part.due_on.isoformat()
        placeholders.append(Placeholder(name=due_placeholder, kind=PlaceholderKind.DATE, example=example))
    return TemplateKeyResult(
        title=literal_text(part.title),
        metric=TemplateMetric(
            kind=metric.kind,
            unit=metric.unit,
            unit_label=None if metric.unit_label is None else literal_text(metric.unit_label),
            currency=None if metric.currency is None else literal_text(metric.currency),
            is_relative=metric.is_relative,
            is_strict=metric.is_strict,
            **levels,
            stages=tuple(TemplateStage(title=literal_text(each.title), weight=each.weight) for each in metric.stages),
        ),
        weight=part.weight,
        due_placeholder=due_placeholder,
    )


# --- evolve


def evolve(template: Template | None, event: TemplateEvent, occurrence: Occurrence) -> Template:
    """Answer the template after an event."""
    if isinstance(event, TemplateCreated):
        return Template(
            template_id=event.template_id,
            content=event.content,
            function=event.function,
            language=event.language,
            **created(occurrence),
        )
    if template is None:
        raise ValueError("a template changes before it is created")
    change = changed(template.version, occurrence)
    match event:
        case TemplateRewritten():
            return replace(template, content=event.content, **change)
        case TemplateClassified():
            return replace(template, function=event.function, language=event.language, **change)
        case TemplateArchived():
            return replace(template, archived_at=occurrence.recorded_at, **change)
        case TemplateRestored():
            return replace(template, archived_at=None, **change)
        case _:
            assert_never(event)
