"""Initiatives: the projects and plans behind objectives and key results."""

from datetime import date, datetime

import strawberry

import schema.alignment
import schema.dependency
import schema.person
from events.initiative import InitiativeState, Link
from projections import initiatives
from projections.initiatives import InitiativesOf
from projections.rows import InitiativeRow, KeyResultRow, PersonRow
from schema.action import Action, on_initiative
from schema.actor import actor
from schema.alignable import Alignable
from schema.connection import Asked, Connection, connect, connect_related
from schema.custom_values import custom_values
from schema.enumeration import described
from schema.field import column, joined, need, relation
from schema.history import whole_history
from schema.node import VIEWER_CAN, Subject, present, seen
from schema.scalars import URL
from schema.view import View

described(
    InitiativeState,
    "InitiativeState",
    "How far along an initiative is. May grow: keep a default branch.",
    {
        InitiativeState.PLANNED: "Not begun.",
        InitiativeState.IN_PROGRESS: "Being worked on.",
        InitiativeState.DONE: "Done.",
        InitiativeState.DROPPED: "Given up.",
    },
)


@strawberry.type(description="Where to read more.")
class InitiativeLink:
    """A link of an initiative."""

    row: strawberry.Private[Link]

    url: URL = column("The address, of http or https; unique among the links of an initiative.")
    title: str | None = column("What to call it; null to show the address.")


@strawberry.type(
    description="A project or plan behind objectives or key results. It never counts as progress. "
    "Whoever sees one of the things that it supports sees it."
)
class Initiative(Subject):
    """An initiative as seen through a view."""

    row: strawberry.Private[InitiativeRow]
    view: strawberry.Private[View]

    version: int = column("How often it changed.")
    title: str = column("What is done.")
    description: str | None = column("In more words.")
    work_state: InitiativeState = column("How far along it is.", lambda source: source.row.state)
    begins_on: date | None = column("When the work is to begin.")
    due_on: date | None = column("When it is due.")
    labels: list[str] = column("Labels; at most 20.", lambda source: list(source.row.labels))
    priority: int | None = column("Smaller is more important.")
    links: list[InitiativeLink] = column(
        "Where to read more; at most 20.", lambda source: [InitiativeLink(row=link) for link in source.row.links]
    )
    started_at: datetime | None = column("When the work began; null when it was ended without.")
    ended_at: datetime | None = column("Since when it is done or dropped.")
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When it last changed.")

    @joined(
        "Who answers for it. An owner who sees none of the things that it supports does not see it either.",
        need("people", "row.owner_id"),
    )
    def owner(self, row: PersonRow | None) -> "schema.person.Person | None":
        """Show the owner."""
        return seen(schema.person.Person, row, self.view)

    @relation("The objectives and key results that it stands behind, as far as the viewer may see them; at most 20.")
    async def supports(self) -> list[Alignable]:
        """Load what it supports."""
        rows = await self.view.alignables.load_many(self.row.supported_ids)
        return [schema.alignment.alignable_of(row, self.view) for row in rows if row is not None]

    @relation("What it depends on, done or not, as far as the viewer may see it; at most 20.")
    async def blocked_by(self) -> "list[schema.dependency.InitiativeDependency]":
        """Load what has to be done before."""
        found = await schema.dependency.blockers(self.view, self.row.id, self.view.initiatives)
        return [schema.dependency.InitiativeDependency(row=row, other=other, view=self.view) for row, other in found]

    @relation("What depends on it, as far as the viewer may see it; at most 20.")
    async def blocking(self) -> "list[schema.dependency.InitiativeDependency]":
        """Load what waits for it."""
        found = await schema.dependency.dependents(self.view, self.row.id, self.view.initiatives)
        return [schema.dependency.InitiativeDependency(row=row, other=other, view=self.view) for row, other in found]

    @joined(
        "Whether something that it depends on and the viewer may see is not done; never when it has ended itself.",
        need("is_initiative_blocked", "row.id"),
    )
    def is_blocked(self, waits: bool) -> bool:
        """Say whether it waits for something."""
        return waits

    custom_fields = custom_values()

    history = whole_history("What happened to it, newest first.")

    created_by = actor("Who created it.", "row.created_by")
    updated_by = actor("Who last changed it.", "row.updated_by")

    @relation(VIEWER_CAN)
    async def viewer_can(self) -> list[Action]:
        """Answer the actions, by what it supports."""
        if self.view.lens.is_past:
            return []
        supported = [row for row in await self.view.alignables.load_many(self.row.supported_ids) if row is not None]
        parts = [row for row in supported if isinstance(row, KeyResultRow)]
        parents = await self.view.objectives.load_many([part.objective_id for part in parts])
        objectives = [row for row in supported if not isinstance(row, KeyResultRow)]
        owned = [(part, present(parent)) for part, parent in zip(parts, parents, strict=True)]
        return on_initiative(self.view.rights.to_initiative(self.row, objectives, owned), self.row.state)


async def initiatives_of(view: View, relation: InitiativesOf, key: str, request: Asked) -> Connection[Initiative]:
    """Answer a page of the initiatives of an objective, a key result or an owner."""
    return await connect_related(
        view,
        f"initiatives of {relation.name}",
        key,
        request,
        node=lambda row: Initiative(row=row, view=view),
        pages=view.bound(initiatives.pages_of, relation),
        counts=view.bound(initiatives.counts_of, relation),
    )


async def all_initiatives(view: View, request: Asked) -> Connection[Initiative]:
    """Answer a page of all initiatives that the viewer may see."""
    return await connect(
        view,
        "initiatives",
        request,
        node=lambda row: Initiative(row=row, view=view),
        page=lambda window: initiatives.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: initiatives.count(view.reader, view.lens, request.condition),
    )
