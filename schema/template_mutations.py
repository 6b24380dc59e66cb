"""Mutations of templates, and of drafts that are made from them: inputs, payloads and the commands that they become."""

import strawberry

import schema.template
from events.coach.texts import Language
from events.envelope import UNSET
from events.identifier import Noun
from events.template import (
    ArchiveTemplate,
    CreateTemplate,
    CreateTemplateFromObjective,
    Numbers,
    RestoreTemplate,
    UpdateTemplate,
)
from events.template_content import TemplateFunction
from events.template_draft import CreateObjectiveFromTemplate
from schema.act import Plan, Step
from schema.context import Context, Info
from schema.enumeration import described
from schema.field import relation
from schema.input import (
    ChangeInput,
    MutationInput,
    clearable,
    defaulted,
    fresh,
    given,
    known,
    known_or_none,
    optional,
    required,
    unclearable,
)
from schema.node import seen
from schema.payload import MutationPayload, ObjectivePayload, mutation
from schema.template_input import (
    TemplateKeyResultInput,
    TemplatePlaceholderInput,
    TemplateValueInput,
    key_results_of,
    placeholders_of,
    values_of,
)

described(
    Numbers,
    "TemplateNumbers",
    "What becomes of the numbers of an objective that a template is made from. May grow: keep a default branch.",
    {
        Numbers.KEEP: "They stay as they are; due days are left out.",
        Numbers.PLACEHOLDERS: "They become the examples of placeholders, and so do due days.",
    },
)

# --- inputs


@strawberry.input
class _WrittenInput(MutationInput):
    id: strawberry.ID | None = optional("The id it shall have, if the client brings one.")
    function: TemplateFunction = required("The part of the organization that it is for.")
    language: Language = defaulted("The language that it is written in.", default=Language.EN)


@strawberry.input(description="Input of templateCreate.")
class TemplateCreateInput(_WrittenInput):
    """Input of templateCreate."""

    title: str = required("The title of the objective; names placeholders in braces, a brace itself is written twice.")
    description: str | None = optional("Its description; may name placeholders too.")
    key_results: list[TemplateKeyResultInput] | None = optional("Its key results, at most 50.")
    placeholders: list[TemplatePlaceholderInput] | None = optional("What is to be filled in, by default at most 100.")


@strawberry.input(description="Input of templateCreateFromObjective.")
class TemplateCreateFromObjectiveInput(_WrittenInput):
    """Input of templateCreateFromObjective."""

    objective_id: strawberry.ID = required("Of which objective. Everybody may see the template.")
    numbers: Numbers = defaulted("What becomes of its numbers.", default=Numbers.KEEP)


@strawberry.input
class _OneTemplateInput(ChangeInput):
    template_id: strawberry.ID = required("Which; one of the library cannot be changed.")


@strawberry.input(description="Input of templateUpdate.")
class TemplateUpdateInput(_OneTemplateInput):
    """Input of templateUpdate."""

    title: str | None = optional("The title of the objective.")
    description: str | None = optional("Its description; null clears it.")
    key_results: list[TemplateKeyResultInput] | None = optional("All key results; null removes them.")
    placeholders: list[TemplatePlaceholderInput] | None = optional("All that is to be filled in; null removes them.")
    function: TemplateFunction | None = optional("The part of the organization that it is for.")
    language: Language | None = optional("The language that it is written in.")


@strawberry.input(description="Input of templateArchive.")
class TemplateArchiveInput(_OneTemplateInput):
    """Input of templateArchive."""


@strawberry.input(description="Input of templateRestore.")
class TemplateRestoreInput(_OneTemplateInput):
    """Input of templateRestore."""


@strawberry.input(description="Input of objectiveCreateFromTemplate.")
class ObjectiveCreateFromTemplateInput(MutationInput):
    """Input of objectiveCreateFromTemplate."""

    id: strawberry.ID | None = optional("The id that the objective shall have, if the client brings one.")
    template_id: strawberry.ID = required("From which template, of the organization or of the library.")
    values: list[TemplateValueInput] | None = optional("A value for each of its placeholders.")
    cycle_id: strawberry.ID = required("In which cycle.")
    team_id: strawberry.ID | None = optional("Whose.")
    owner_id: strawberry.ID | None = optional("Who answers for it; absent is the viewer, null nobody.")


# --- payloads


@strawberry.type
class TemplatePayload(MutationPayload):
    """What mutations of one template answer."""

    @relation("The template as it is now.")
    async def template(self, info: Info) -> "schema.template.Template | None":
        """Load it."""
        view, template_id = await info.context.present(), self.done.named("template_id")
        return seen(schema.template.Template, await view.templates.load(template_id) if template_id else None, view)


# --- commands


async def _create(values: TemplateCreateInput, context: Context) -> Plan:
    command = CreateTemplate(
        template_id=fresh(values.id, Noun.TEMPLATE, context.now, "id"),
        title=values.title,
        description=given(values.description),
        key_results=key_results_of(given(values.key_results) or []),
        placeholders=placeholders_of(given(values.placeholders) or []),
        function=values.function,
        language=values.language,
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


async def _create_from_objective(values: TemplateCreateFromObjectiveInput, context: Context) -> Plan:
    command = CreateTemplateFromObjective(
        template_id=fresh(values.id, Noun.TEMPLATE, context.now, "id"),
        objective_id=known(values.objective_id, Noun.OBJECTIVE, "objectiveId"),
        function=values.function,
        language=values.language,
        numbers=values.numbers,
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


def _template_id(values: _OneTemplateInput | ObjectiveCreateFromTemplateInput) -> str:
    return known(values.template_id, Noun.TEMPLATE, "templateId")


async def _update(values: TemplateUpdateInput, _: Context) -> Plan:
    key_results, placeholders = values.key_results, values.placeholders
    return Plan.of(
        UpdateTemplate(
            template_id=_template_id(values),
            title=unclearable(values.title, "title"),
            description=clearable(values.description),
            key_results=UNSET if key_results is strawberry.UNSET else key_results_of(key_results or []),
            placeholders=UNSET if placeholders is strawberry.UNSET else placeholders_of(placeholders or []),
            function=unclearable(values.function, "function"),
            language=unclearable(values.language, "language"),
            expected_version=given(values.expected_version),
        )
    )


async def _archive(values: TemplateArchiveInput, _: Context) -> Plan:
    return Plan.of(ArchiveTemplate(template_id=_template_id(values), expected_version=given(values.expected_version)))


async def _restore(values: TemplateRestoreInput, _: Context) -> Plan:
    return Plan.of(RestoreTemplate(template_id=_template_id(values), expected_version=given(values.expected_version)))


async def _draft(values: ObjectiveCreateFromTemplateInput, context: Context) -> Plan:
    is_owner_absent = values.owner_id is strawberry.UNSET
    command = CreateObjectiveFromTemplate(
        template_id=_template_id(values),
        objective_id=fresh(values.id, Noun.OBJECTIVE, context.now, "id"),
        cycle_id=known(values.cycle_id, Noun.CYCLE, "cycleId"),
        values=values_of(given(values.values) or []),
        team_id=known_or_none(values.team_id, Noun.TEAM, "teamId"),
        owner_id=context.own_person_id if is_owner_absent else known_or_none(values.owner_id, Noun.PERSON, "ownerId"),
    )
    return Plan(steps=(Step(command=command),), client_id=given(values.id))


# --- mutations


@strawberry.type
class TemplateMutations:
    """Mutations of templates and of drafts that are made from them."""

    template_create = mutation(_create, TemplatePayload, "Writes a template down for everybody in the organization.")
    template_create_from_objective = mutation(
        _create_from_objective,
        TemplatePayload,
        "Makes a template of an objective and its key results, without dates, people, team and cycle.",
    )
    template_update = mutation(_update, TemplatePayload, "Changes a template; what was made from it stays as it is.")
    template_archive = mutation(_archive, TemplatePayload, "Offers a template no longer; what was made from it stays.")
    template_restore = mutation(_restore, TemplatePayload, "Offers an archived template again.")
    objective_create_from_template = mutation(
        _draft, ObjectivePayload, "Writes down the draft that a template and values make, with its key results."
    )
