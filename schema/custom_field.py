"""Custom fields: what an organization wants to know of its things beside what every organization does."""

from datetime import datetime

import strawberry

from events.custom_field import Choice, CustomFieldKind, CustomFieldNoun
from projections import custom_fields
from projections.rows import CustomFieldRow
from schema.action import Action, on_custom_field
from schema.actor import actor
from schema.connection import Asked, Connection, connect
from schema.enumeration import described
from schema.field import column
from schema.history import whole_history
from schema.identifiers import identifier
from schema.node import Subject, actions
from schema.view import View

described(
    CustomFieldNoun,
    "CustomFieldNoun",
    "What has a custom field. May grow: keep a default branch.",
    {
        CustomFieldNoun.OBJECTIVE: "Objectives.",
        CustomFieldNoun.KEY_RESULT: "Key results.",
        CustomFieldNoun.INITIATIVE: "Initiatives.",
        CustomFieldNoun.KPI: "KPIs.",
    },
)
described(
    CustomFieldKind,
    "CustomFieldKind",
    "What a custom field holds. May grow: keep a default branch and show `value`.",
    {
        CustomFieldKind.TEXT: "A text, at most 1,000 characters.",
        CustomFieldKind.NUMBER: "An exact decimal, at most 30 digits, 12 of them behind the point.",
        CustomFieldKind.DATE: "A day.",
        CustomFieldKind.CHOICE: "One of its choices.",
        CustomFieldKind.PERSON: "A person.",
        CustomFieldKind.URL: "An address of http or https.",
    },
)


@strawberry.type(description="One of the choices of a custom field.")
class CustomFieldChoice:
    """A choice as seen through a view."""

    row: strawberry.Private[Choice]
    view: strawberry.Private[View]

    id: strawberry.ID = column(
        "Unique; opaque. A choice read in the past has another one.",
        lambda source: identifier(source.row.choice_id, source.view.lens),
    )
    name: str = column("What is chosen.")
    is_retired: bool = column("Whether it can no longer be chosen; it stays where it was.")


@strawberry.type(
    description="What an organization asks of its objectives, key results, initiatives or KPIs. Everybody sees it."
)
class CustomField(Subject):
    """A custom field as seen through a view."""

    row: strawberry.Private[CustomFieldRow]
    view: strawberry.Private[View]

    version: int = column("How often its definition changed.")
    applies_to: CustomFieldNoun = column("What has it; never changes.")
    kind: CustomFieldKind = column("What it holds; never changes.")
    name: str = column("What it is called, unique among those that the same things have and that are not archived.")
    description: str | None = column("In more words.")
    is_required: bool = column(
        "Whether an initiative or KPI cannot be created and an objective with its key results not be activated without it."
    )
    choices: list[CustomFieldChoice] = column(
        "With CHOICE what can be chosen, in order, retired ones included; at most 200.",
        lambda source: [CustomFieldChoice(row=each, view=source.view) for each in source.row.choices],
    )
    archived_at: datetime | None = column("Since when it is no longer asked for; its values are then read in the past only.")
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When its definition last changed.")

    history = whole_history("What happened to its definition, newest first.")

    created_by = actor("Who created it.", "row.created_by")
    updated_by = actor("Who last changed its definition.", "row.updated_by")

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return on_custom_field(self.view.rights.anywhere(), is_archived=self.row.archived_at is not None)


async def all_custom_fields(view: View, request: Asked) -> Connection[CustomField]:
    """Answer a page of all custom fields."""
    return await connect(
        view,
        "custom fields",
        request,
        node=lambda row: CustomField(row=row, view=view),
        page=lambda window: custom_fields.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: custom_fields.count(view.reader, view.lens, request.condition),
    )
