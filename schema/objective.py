"""Objectives: what a team wants to reach in a cycle."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

import schema.alignment
import schema.cycle
import schema.finding
import schema.initiative
import schema.key_result
import schema.person
import schema.review
import schema.team
import schema.template
from events.coach.texts import Language
from events.cycle import CyclePhase
from events.health import PaceBand, Status, pace_band, pace_of, status_shown
from events.objective import Ambition, ObjectiveState, ProgressDriver, Visibility
from projections import alignment, objectives
from projections.breakdown import MOST_PARTS, BreakdownPart
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.initiatives import InitiativesOf
from projections.objectives import ObjectivesOf
from projections.rows import CycleRow, KeyResultRow, ObjectiveRow, TeamRow, TemplateRow
from schema import coaching
from schema.action import Action, on_commentable, on_objective
from schema.actor import actor
from schema.alignable import Alignable
from schema.commentable import Commentable
from schema.connection import Asked, Connection, asked, connect, connect_related
from schema.custom_values import custom_values
from schema.enumeration import described
from schema.explanation import ProgressPart, parts_of
from schema.field import column, joined, need, part, relation
from schema.filter import InitiativeWhere, ObjectiveWhere
from schema.history import history_of_parts
from schema.linked_kpis import linked_kpis
from schema.node import actions, present, seen
from schema.order import OrderByInitiative, OrderByObjective, chosen, order
from schema.paging import Paging, paged
from schema.progress_curve import Against, Basis, ProgressCurve, Resolution, Span, asked_curve, draw, load_of_objective
from schema.refusal import check_text
from schema.view import View

described(
    Ambition,
    "Ambition",
    "Promise or stretch. May grow: keep a default branch.",
    {Ambition.COMMITTED: "Expected to be met in full.", Ambition.ASPIRATIONAL: "Expected at about 0.7."},
)
described(
    ObjectiveState,
    "ObjectiveState",
    "How far along an objective is. May grow: keep a default branch.",
    {
        ObjectiveState.DRAFT: "Not seen by others.",
        ObjectiveState.ACTIVE: "Running.",
        ObjectiveState.CLOSED: "Scored.",
        ObjectiveState.CANCELLED: "Given up.",
    },
)
described(
    Visibility,
    "Visibility",
    "Who may see it. May grow: keep a default branch.",
    {
        Visibility.ORGANIZATION: "Everybody.",
        Visibility.TEAM: "The team's members and lead.",
        Visibility.PRIVATE: "Owner, creator and contributors.",
    },
)
described(
    ProgressDriver,
    "ProgressDriver",
    "What progress is computed from. May grow: keep a default branch.",
    {
        ProgressDriver.KEY_RESULTS: "The key results.",
        ProgressDriver.CHILDREN: "What is aligned to it.",
        ProgressDriver.BOTH: "Both.",
    },
)
described(
    PaceBand,
    "PaceBand",
    "Pace in words, by the organization's bands. May grow: keep a default branch.",
    {
        PaceBand.AHEAD: "At the expected line, above it, or not far below.",
        PaceBand.BEHIND: "Behind.",
        PaceBand.FAR_BEHIND: "Far behind.",
    },
)


_CYCLE = need("cycles", "row.cycle_id")
_EXPECTED = need("expected_of_objective", "row.id")
_KEY_RESULTS = need("key_results_of_objective", "row.id")


@strawberry.type(description="A qualitative goal.")
class Objective(Alignable, Commentable):
    """An objective as seen through a view."""

    row: strawberry.Private[ObjectiveRow]
    view: strawberry.Private[View]

    description: str | None = column("In more words.")
    ambition: Ambition = column("Whether it is a promise or a stretch.")
    state: ObjectiveState = column("How far along it is.")
    visibility: Visibility = column("Who may see it.")
    priority: int | None = column("Smaller is more important.")
    labels: list[str] = column("Labels; at most 20.", of_row=lambda row: list(row.labels))
    driver: ProgressDriver = column("What its progress is computed from.")
    score: float | None = column("Set at closing.", of_row=lambda row: row.review and row.review.score)
    review: "schema.review.Review | None" = part(
        "How it was closed; null unless closed.",
        lambda source: source.row.review and schema.review.Review(row=source.row.review),
    )
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When its definition last changed.")

    @joined("Progress minus the expected one, at the moment read; null unless active.", _EXPECTED)
    def pace(self, expected: float | None) -> float | None:
        """Compare with the expected line."""
        return pace_of(self.row.progress, expected) if self.row.state is ObjectiveState.ACTIVE else None

    @joined("Pace in words, by the organization's bands; null unless active.", _EXPECTED)
    def pace_band(self, expected: float | None) -> PaceBand | None:
        """Name the pace."""
        if self.row.state is not ObjectiveState.ACTIVE:
            return None
        return pace_band(pace_of(self.row.progress, expected), self.view.settings.pace_bands)

    @joined("Where the expected line stands at the moment read: the mean of its key results', or the cycle's.", _EXPECTED)
    def expected_progress(self, expected: float | None) -> float | None:
        """Answer where the line stands."""
        return expected

    @joined("Its cycle.", _CYCLE)
    def cycle(self, row: CycleRow | None) -> "schema.cycle.Cycle":
        """Show the cycle."""
        return present(seen(schema.cycle.Cycle, row, self.view))

    @joined("Whose it is.", need("teams", "row.team_id"))
    def team(self, row: TeamRow | None) -> "schema.team.Team | None":
        """Show the team."""
        return seen(schema.team.Team, row, self.view)

    @relation("Who else works on it; at most 50.")
    async def contributors(self) -> "list[schema.person.Person]":
        """Load the contributors."""
        rows = await self.view.people.load_many(self.row.contributor_ids)
        return [schema.person.Person(row=row, view=self.view) for row in rows if row is not None]

    @relation("What it contributes to, as far as the viewer may see it; at most 20.")
    async def parents(self) -> list[Alignable]:
        """Load what it is aligned to."""
        rows = await self.view.alignables.load_many(self.row.parent_ids)
        return [schema.alignment.alignable_of(row, self.view) for row in rows if row is not None]

    @paged("What contributes to it; by default by priority, title.")
    async def children(
        self, *, paging: Paging, where: ObjectiveWhere = strawberry.UNSET, order_by: OrderByObjective = strawberry.UNSET
    ) -> "Connection[Objective]":
        """Load a page of objectives."""
        orders = chosen(order_by, order("priority", "title"))
        request = asked(paging, orders=orders, where=where)
        return await objectives_of(self.view, ObjectivesOf.PARENT, self.row.id, request)

    @joined("Its key results in their order; at most 50, dropped ones not counted.", _KEY_RESULTS)
    def key_results(
        self,
        rows: Sequence[KeyResultRow],
        include_dropped: Annotated[bool, strawberry.argument(description="Whether to list dropped ones too.")] = False,  # noqa: FBT002
    ) -> "list[schema.key_result.KeyResult]":
        """Show the key results."""
        return [
            schema.key_result.KeyResult(row=row, view=self.view) for row in rows if include_dropped or row.dropped_at is None
        ]

    kpis = linked_kpis("The KPIs that it is linked to itself, by title.")

    custom_fields = custom_values()

    @paged("The initiatives behind it and its key results; by default by due date, title.")
    async def initiatives(
        self, *, paging: Paging, where: InitiativeWhere = strawberry.UNSET, order_by: OrderByInitiative = strawberry.UNSET
    ) -> "Connection[schema.initiative.Initiative]":
        """Load a page of initiatives."""
        orders = chosen(order_by, order("due_on", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.initiative.initiatives_of(self.view, InitiativesOf.OBJECTIVE, self.row.id, request)

    @joined("What it continues.", need("objectives", "row.carried_over_from_id"))
    def carried_over_from(self, row: ObjectiveRow | None) -> "Objective | None":
        """Show the predecessor."""
        return seen(Objective, row, self.view)

    @joined("The template that it was made from, as it is now or was then.", need("templates", "row.template_id"))
    def from_template(self, row: TemplateRow | None) -> "schema.template.Template | None":
        """Show the template."""
        return seen(schema.template.Template, row, self.view)

    @relation("What continues it, as far as the viewer may see it; at most 20.")
    async def carried_over_to(self) -> "list[Objective]":
        """Load the successors."""
        rows = await self.view.objectives.load_many(self.row.successor_ids[:20])
        return [Objective(row=row, view=self.view) for row in rows if row is not None]

    @paged(
        "What it may be aligned to: visible, open, neither itself nor anything that contributes to it; "
        "its own cycle and the longer one first."
    )
    async def alignment_candidates(
        self,
        *,
        query: Annotated[str | None, strawberry.argument(description="Words in the title.")] = strawberry.UNSET,
        paging: Paging,
    ) -> Connection[Alignable]:
        """Load a page of candidates."""
        request = asked(paging, orders=())
        words = check_text(query, "query") if query else None
        view, objective_id = self.view, self.row.id
        return await connect(
            view,
            f"candidates {objective_id} {words}",
            request,
            node=lambda row: schema.alignment.alignable_of(row, view),
            page=lambda window: alignment.candidates(view.reader, view.lens, objective_id, words, window),
            count=lambda: alignment.count_candidates(view.reader, view.lens, objective_id, words),
        )

    history = history_of_parts(
        "What happened to it, newest first; a key result's move stands in the history of both objectives.",
        "Whether to list what happened to its key results and their check-ins too, while they belonged to it.",
    )

    @joined(
        f"What its progress is made of, the largest contributions first; at most {MOST_PARTS}, and what is left as one more. "
        "The contributions add up to the progress. Of a closed or cancelled one it is what the number was made of then.",
        need("parts_of_objective", "row.id"),
    )
    def breakdown(self, parts: Sequence[BreakdownPart]) -> list[ProgressPart]:
        """Show the parts."""
        return parts_of(parts, self.view)

    @relation("Progress over time, with the event that made each point.")
    async def progress_curve(
        self,
        *,
        basis: Basis = CurveBasis.RECORDED,
        against: Against = CurveTarget.CURRENT_TARGET,
        resolution: Resolution = CurveResolution.DAY,
        span: Span = strawberry.UNSET,
    ) -> ProgressCurve | None:
        """Draw the curve over the cycle."""
        wanted = asked_curve(basis, against, resolution, span)
        line = await self.view.expected_line(wanted.against).load(self.row.id)
        return await draw(self.view, self.row.id, wanted, load_of_objective(self.view, self.row.id, wanted), line)

    @relation("Advice on how it is written, as far as the organization has not switched it off; at most 10.")
    async def findings(self, language: schema.finding.Spoken = Language.EN) -> "list[schema.finding.Finding]":
        """Ask the coach."""
        return schema.finding.findings_of(await coaching.of_objective(self.row, self.view), language)

    created_by = actor("Who created it.", "row.created_by")
    updated_by = actor("Who last changed its definition.", "row.updated_by")

    def shown_status(self) -> Status:
        """Answer the health at the moment read."""
        return status_shown(
            state=self.row.state,
            is_dropped=False,
            reported=self.row.reported_status,
            stale_since=self.row.stalest_at,
            silent_before=self.view.silent_before,
        )

    @actions(_CYCLE)
    def viewer_can(self, cycle: CycleRow | None) -> list[Action]:
        """Answer the actions."""
        is_closed = cycle is not None and cycle.phase is CyclePhase.CLOSED
        return [
            *on_objective(self.view.rights.to_objective(self.row), self.row.state, is_cycle_closed=is_closed),
            *on_commentable(self.view.rights.anywhere()),
        ]


def _listed(row: ObjectiveRow, view: View) -> Objective:
    view.objectives.know({row.id: row})
    return present(seen(Objective, row, view))


async def objectives_of(view: View, relation: ObjectivesOf, key: str, request: Asked) -> Connection[Objective]:
    """Answer a page of the objectives of a cycle, a team, an owner or a parent."""
    return await connect_related(
        view,
        f"objectives of {relation.name}",
        key,
        request,
        node=lambda row: _listed(row, view),
        pages=view.bound(objectives.pages_of, relation),
        counts=view.bound(objectives.counts_of, relation),
    )


async def all_objectives(view: View, request: Asked) -> Connection[Objective]:
    """Answer a page of all objectives that the viewer may see."""
    return await connect(
        view,
        "objectives",
        request,
        node=lambda row: _listed(row, view),
        page=lambda window: objectives.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: objectives.count(view.reader, view.lens, request.condition),
    )
