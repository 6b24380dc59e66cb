"""Templates: patterns of objectives with key results, of the organization or of the library, to be made drafts of."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import strawberry

import schema.objective
from events import template_content
from events.coach.texts import Language
from events.metric import MetricKind, Unit
from events.template_content import Placeholder, PlaceholderKind, TemplateFunction
from events.templates.library import library
from projections import templates
from projections.rows import TemplateRow
from schema.action import Action, on_template
from schema.actor import actor
from schema.connection import Asked, Connection, asked, connect, connect_related
from schema.enumeration import described
from schema.field import column, relation
from schema.history import whole_history
from schema.node import Subject, actions, seen
from schema.order import order
from schema.paging import Paging, paged
from schema.view import View


class TemplateOrigin(StrEnum):
    """Where a template comes from."""

    LIBRARY = "LIBRARY"
    ORGANIZATION = "ORGANIZATION"


described(
    TemplateOrigin,
    "TemplateOrigin",
    "Where a template comes from. May grow: keep a default branch.",
    {
        TemplateOrigin.LIBRARY: "From the library, which is the same for everybody.",
        TemplateOrigin.ORGANIZATION: "From somebody of the organization.",
    },
)
described(
    TemplateFunction,
    "TemplateFunction",
    "The part of an organization that a template is for. May grow: keep a default branch.",
    {
        TemplateFunction.SALES: "Sales.",
        TemplateFunction.MARKETING: "Marketing.",
        TemplateFunction.PRODUCT: "Product management.",
        TemplateFunction.DESIGN: "Design and research with users.",
        TemplateFunction.ENGINEERING: "Engineering.",
        TemplateFunction.DATA: "Data and analytics.",
        TemplateFunction.SECURITY: "Security.",
        TemplateFunction.SUPPORT: "Support and success of customers.",
        TemplateFunction.PEOPLE: "People.",
        TemplateFunction.FINANCE: "Finance.",
        TemplateFunction.OPERATIONS: "Operations.",
        TemplateFunction.LEGAL: "Legal and compliance.",
        TemplateFunction.LEADERSHIP: "The organization as a whole.",
        TemplateFunction.OTHER: "Anything else.",
    },
)
described(
    PlaceholderKind,
    "PlaceholderKind",
    "What a placeholder is filled in with. May grow: keep a default branch.",
    {PlaceholderKind.TEXT: "Words.", PlaceholderKind.NUMBER: "A number.", PlaceholderKind.DATE: "A day."},
)

Written = Annotated[Language, strawberry.argument(description="The language that the templates are written in.")]
ForFunction = Annotated[
    TemplateFunction | None, strawberry.argument(description="For which function; null or absent is all of them.")
]
Words = Annotated[
    str | None,
    strawberry.argument(
        description="Words, each of which has to be in the title, the description or a key result; null or absent is none."
    ),
]


@strawberry.type(description="Something that is filled in when a draft is made.")
class TemplatePlaceholder:
    """Named in braces by the texts of its template, by name by levels and due days."""

    row: strawberry.Private[Placeholder]

    name: str = column("Its name, unique in its template.")
    kind: PlaceholderKind = column("What it is filled in with.")
    example: str = column("What it could be: words, a plain decimal, or a day of ISO 8601.")


@strawberry.type(description="A level of a metric in a template: a number, or the placeholder of one.")
class TemplateLevel:
    """Exactly one of the two."""

    row: strawberry.Private[template_content.TemplateLevel]

    value: Decimal | None = column("The number; null where a placeholder stands.")
    placeholder: str | None = column("The name of the placeholder; null where a number stands.")


@strawberry.type(description="A stage of a MILESTONE in a template.")
class TemplateStage:
    """One step."""

    row: strawberry.Private[template_content.TemplateStage]

    title: str = column("What is to be reached; may name placeholders.")
    weight: float = column("Its weight among the stages, above 0.", lambda source: float(source.row.weight))


def _level(description: str, name: str) -> Any:
    def level(source: "TemplateMetric") -> TemplateLevel | None:
        row: template_content.TemplateLevel | None = getattr(source.row, name)
        return None if row is None else TemplateLevel(row=row)

    return column(description, level)


@strawberry.type(description="How a key result of a template is measured. Which fields are present depends on the kind.")
class TemplateMetric:
    """A metric without anything dated."""

    row: strawberry.Private[template_content.TemplateMetric]

    kind: MetricKind = column("How a value becomes progress.")
    unit: Unit | None = column("Of what; null where nothing is counted.")
    unit_label: str | None = column("What NUMBER counts; may name placeholders.")
    currency: str | None = column("ISO 4217 code with CURRENCY; may name a placeholder.")
    is_relative: bool = column("Whether the values are changes against a baseline.")
    is_strict: bool = column("Whether AT_LEAST and AT_MOST do not hold at the target itself.")
    start: TemplateLevel | None = _level("Where it starts.", "start")
    target: TemplateLevel | None = _level("Where it shall get.", "target")
    low: TemplateLevel | None = _level("Lower end of a RANGE.", "low")
    high: TemplateLevel | None = _level("Upper end of a RANGE.", "high")
    commit: TemplateLevel | None = _level("The committed level.", "commit")
    stretch: TemplateLevel | None = _level("The stretch level.", "stretch")
    stages: list[TemplateStage] = column(
        "Stages of a MILESTONE; at most 50.", lambda source: [TemplateStage(row=stage) for stage in source.row.stages]
    )


@strawberry.type(description="A key result of a template.")
class TemplateKeyResult:
    """What a draft will have."""

    row: strawberry.Private[template_content.TemplateKeyResult]

    title: str = column("What shall be seen; may name placeholders in braces.")
    metric: TemplateMetric = column("How it is measured.", lambda part: TemplateMetric(row=part.row.metric))
    weight: float = column("How much it counts among its siblings.", lambda part: float(part.row.weight))
    due_placeholder: str | None = column("The placeholder of the day that it is due; null for the end of the cycle.")


@strawberry.type(description="A pattern of an objective with its key results, to be filled in and made a draft of.")
class Template(Subject):
    """A template as seen through a view; one of the library is the same at every moment."""

    row: strawberry.Private[TemplateRow]
    view: strawberry.Private[View]

    version: int = column("How often it changed; of the library its version.")
    origin: TemplateOrigin = column("Where it comes from.", lambda template: template.shown_origin())
    key: str | None = column("What a template of the library has in common with its translations; null for others.")
    title: str = column("The title of the objective; names placeholders in braces, a brace itself is written twice.")
    description: str | None = column("Its description; may name placeholders too.")
    function: TemplateFunction = column("The part of the organization that it is for.")
    language: Language = column("The language it is written in, in which numbers and days are written into its texts.")
    placeholders: list[TemplatePlaceholder] = column(
        "What is to be filled in, by default at most 100.",
        lambda template: [TemplatePlaceholder(row=each) for each in template.row.content.placeholders],
    )
    key_results: list[TemplateKeyResult] = column(
        "The key results, in their order; at most 50.",
        lambda template: [TemplateKeyResult(row=each) for each in template.row.content.key_results],
    )
    archived_at: datetime | None = column("Since when it is no longer offered.")
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When it last changed.")

    @relation("The same template of the library in the other languages that it is written in; at most 10.")
    async def translations(self) -> "list[Template]":
        """Load them."""
        ids = [each.template_id for each in library().values() if each.key == self.row.key and each.template_id != self.row.id]
        rows = await self.view.templates.load_many(ids[:10])
        return [shown for row in rows if (shown := seen(Template, row, self.view)) is not None]

    @paged("Objectives that were made from it, as far as the viewer may see them; newest first.")
    async def used_by(self, *, paging: Paging) -> "Connection[schema.objective.Objective]":
        """Load a page of objectives."""
        request = asked(paging, orders=order("-created_at"))
        return await connect_related(
            self.view,
            "objectives of template",
            self.row.id,
            request,
            node=lambda row: schema.objective.Objective(row=row, view=self.view),
            pages=self.view.bound(templates.pages_of_objectives),
            counts=self.view.bound(templates.counts_of_objectives),
        )

    history = whole_history("What happened to it and what was made from it, newest first.")

    created_by = actor("Who created it; the system, if it is of the library.", "row.created_by")
    updated_by = actor("Who last changed it; the system, if it is of the library.", "row.updated_by")

    def shown_origin(self) -> TemplateOrigin:
        """Answer where it comes from."""
        return TemplateOrigin.ORGANIZATION if self.row.key is None else TemplateOrigin.LIBRARY

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        rights = self.view.rights.to_templates()
        return on_template(rights, is_archived=self.row.archived_at is not None, is_own=self.row.key is None)


async def all_templates(view: View, request: Asked) -> Connection[Template]:
    """Answer a page of the organization's templates."""
    return await connect(
        view,
        "templates",
        request,
        node=lambda row: Template(row=row, view=view),
        page=lambda window: templates.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: templates.count(view.reader, view.lens, request.condition),
    )


async def library_of(
    view: View, language: Language, function: TemplateFunction | None, words: Sequence[str], request: Asked
) -> Connection[Template]:
    """Answer a page of the library: the templates that every one of the folded words is found in."""
    rows = templates.in_library(language, function, words)

    async def page(window: Any) -> Any:
        return templates.page_of_library(rows, window)

    async def count() -> int:
        return len(rows)

    name = f"library in {language} for {function} with {' '.join(words)}"
    return await connect(view, name, request, node=lambda row: Template(row=row, view=view), page=page, count=count)
