"""From a template to a draft: values in the place of its placeholders, and the objective that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Day  # noqa: N812 - the field has the name
from decimal import Decimal
from typing import Protocol

from events.coach.texts import Language
from events.envelope import Context
from events.key_result import AddKeyResult
from events.objective import CreateObjective, ObjectiveDraftedFromTemplate
from events.rejection import Rejected, Rejection, RejectionCode
from events.template import Template, require_offered, required_template
from events.template_content import Filled, Placeholder, PlaceholderKind, TemplateContent, Values, check_draft, filled
from events.templates.library import LIBRARY_VERSION, library

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateValue:
    """What one placeholder is filled in with: exactly one of a text, a number and a day."""

    name: str
    text: str | None = None
    number: Decimal | None = None
    date: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateObjectiveFromTemplate:
    """Write down the draft that a template and values make, with its key results; the template says in which language."""

    template_id: str
    objective_id: str
    cycle_id: str
    values: tuple[TemplateValue, ...] = ()
    team_id: str | None = None
    owner_id: str | None = None


class TemplateDraftFacts(Protocol):
    """What a draft from a template asks of the rest of the organization."""

    def template(self, template_id: str) -> Template | None:
        """Answer a template of the organization."""
        ...


# --- decide

_FIELDS = {PlaceholderKind.TEXT: "text", PlaceholderKind.NUMBER: "number", PlaceholderKind.DATE: "date"}


def commands_of(
    command: CreateObjectiveFromTemplate, facts: TemplateDraftFacts, context: Context
) -> tuple[CreateObjective | AddKeyResult, ...]:
    """Answer the commands that write the draft down, in their order.

    Raises:
        Rejected: there is no such template, or it is archived; a value is missing, of another kind, given twice or of no
            placeholder, each named; what the values make is refused.
    """
    content, language, _ = _source(command.template_id, facts)
    values = _values(content.placeholders, command.values)
    try:
        draft = filled(content, values, language, command.objective_id, context.limits)
        check_draft(draft, context.limits)
    except Rejected as rejected:
        # Where it stands in the template is told, for the request has only the values.
        raise Rejected(*(_of_values(each) for each in rejected.rejections)) from rejected
    objective = CreateObjective(
        objective_id=command.objective_id,
        cycle_id=command.cycle_id,
        title=draft.title,
        description=draft.description,
        team_id=command.team_id,
        owner_id=command.owner_id,
    )
    return (objective, *draft.key_results)


def lineage_of(command: CreateObjectiveFromTemplate, facts: TemplateDraftFacts) -> ObjectiveDraftedFromTemplate:
    """Answer the event that names the template, and which version of it."""
    _, _, version = _source(command.template_id, facts)
    return ObjectiveDraftedFromTemplate(
        objective_id=command.objective_id, template_id=command.template_id, template_version=version
    )


def _source(template_id: str, facts: TemplateDraftFacts) -> tuple[TemplateContent, Language, int]:
    published = library().get(template_id)
    if published is not None:
        return published.content, published.language, LIBRARY_VERSION
    known = required_template(facts.template(template_id))
    require_offered(known)
    return known.content, known.language, known.version


def _of_values(rejection: Rejection) -> Rejection:
    place = ".".join(rejection.path)
    return replace(rejection, message=f"{place} of the template: {rejection.message}", path=("values",))


def _values(placeholders: Sequence[Placeholder], given: Sequence[TemplateValue]) -> Values:
    kinds = {each.name: each.kind for each in placeholders}
    values, rejections, named = dict[str, Filled](), list[Rejection](), set[str]()
    for index, each in enumerate(given):
        path = ("values", str(index))
        kind = kinds.get(each.name)
        if kind is None or each.name in named:
            message = "is given twice" if kind else "is no placeholder of the template"
            code = RejectionCode.INVALID if kind else RejectionCode.NOT_FOUND
            rejections.append(Rejection(code=code, message=f"{each.name} {message}", path=(*path, "name")))
            continue
        named.add(each.name)
        fields = {name: value for name in _FIELDS.values() if (value := getattr(each, name)) is not None}
        if fields.keys() == {_FIELDS[kind]}:
            values[each.name] = fields[_FIELDS[kind]]
        else:
            message = f"{each.name} is a {kind}: give {_FIELDS[kind]} and nothing else"
            rejections.append(Rejection(code=RejectionCode.INVALID, message=message, path=(*path, _FIELDS[kind])))
    for name, kind in kinds.items():
        if name not in named:
            message = f"{name} needs a value: {_FIELDS[kind]}"
            rejections.append(Rejection(code=RejectionCode.REQUIRED, message=message, path=("values", name)))
    if rejections:
        raise Rejected(*rejections)
    return values
