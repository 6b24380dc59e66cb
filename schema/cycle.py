"""Cycles: quarters, years and other spans."""

from datetime import date, datetime
from typing import Annotated

import strawberry

import schema.alignment_coverage
import schema.focus
import schema.heat_map
import schema.objective
import schema.retrospective
import schema.workload
from events.cycle import CyclePhase
from projections import breakdown, cycles
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.curve_rollup import Rollup
from projections.expected_lines import ExpectedLine
from projections.heat_map import DEFAULT_WEEKS
from projections.objectives import ObjectivesOf
from projections.rows import CycleRow
from schema.action import Action, on_commentable, on_cycle
from schema.actor import actor
from schema.commentable import Commentable
from schema.connection import Asked, Connection, asked, connect, connect_related
from schema.context import Info
from schema.enumeration import described
from schema.explanation import Named, ProgressPart, rolled_up_parts
from schema.field import column, joined, need, relation
from schema.filter import ObjectiveWhere
from schema.history import whole_history
from schema.node import actions, seen
from schema.order import OrderByObjective, chosen, order
from schema.paging import DEFAULT_PAGE, Paging, paged
from schema.progress_curve import Against, Basis, ProgressCurve, Resolution, Span, asked_curve, draw_rollup
from schema.scalars import BigInt
from schema.view import MOST_ROWS, MOST_WEEKS, View

Weeks = Annotated[int, strawberry.argument(description=f"How many weeks, the newest ones of the cycle; at most {MOST_WEEKS}.")]

described(
    CyclePhase,
    "CyclePhase",
    "How far along a cycle is. May grow: keep a default branch.",
    {
        CyclePhase.PLANNING: "Being drafted.",
        CyclePhase.ACTIVE: "Running.",
        CyclePhase.REVIEW: "Being scored.",
        CyclePhase.CLOSED: "Read-only and sealed.",
    },
)


@strawberry.type(description="What closing a cycle wrote down: the log's own place and hash.")
class Seal:
    """The close event's position and hash."""

    position: BigInt = strawberry.field(description="Position of the closing event.")
    hash: str = strawberry.field(description="Hash of the log up to there, in hexadecimal.")
    recorded_at: datetime = strawberry.field(description="When.")
    view: strawberry.Private[View]

    @relation("Whether the log still hashes to this, as of the last verification.")
    async def valid(self) -> bool:
        """Load whether it holds."""
        return await self.view.seal_validity.load((self.position, bytes.fromhex(self.hash)))


def _seal(cycle: "Cycle") -> Seal | None:
    row = cycle.row
    if row.seal_position is None or row.seal_hash is None or row.sealed_at is None:
        return None
    return Seal(position=BigInt(row.seal_position), hash=row.seal_hash.hex(), recorded_at=row.sealed_at, view=cycle.view)


def expected_line(row: CycleRow, view: View) -> ExpectedLine:
    """Answer the straight line over a cycle. A sealed one stays as it was: its clock stopped when it was closed."""
    zone = view.settings.time_zone
    return ExpectedLine(starts_on=row.starts_on, ends_on=row.ends_on, zone=zone, stops_at=row.sealed_at)


def _expected(cycle: "Cycle") -> float | None:
    return expected_line(cycle.row, cycle.view).height(cycle.view.lens.instant)


@strawberry.type(description="A quarter, a year or another span.")
class Cycle(Commentable):
    """A cycle as seen through a view."""

    row: strawberry.Private[CycleRow]
    view: strawberry.Private[View]

    version: int = column("How often its definition changed.")
    name: str = column("Its name.")
    phase: CyclePhase = column("How far along it is.")
    starts_on: date = column("First day.")
    ends_on: date | None = column("Last day, inclusive; null when it is open-ended.")
    expected_progress: float | None = column(
        "Where the straight line from the first to the last day stands at the moment read, at most at its closing; "
        "null when open-ended.",
        _expected,
    )
    seal: Seal | None = column("What closing wrote down; null unless closed.", _seal)
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When its definition last changed.")

    @joined("The longer cycle around it.", need("cycles", "row.parent_id"))
    def parent(self, row: CycleRow | None) -> "Cycle | None":
        """Show the parent."""
        return seen(Cycle, row, self.view)

    @joined(
        "Mean progress of its active and closed objectives, each once, private ones included; null without any.",
        need("cycle_progress", "row.id"),
    )
    def progress(self, mean: float | None) -> float | None:
        """Answer the roll-up of the cycle's objectives."""
        return mean

    @relation(
        "What its progress is made of: its active and closed objectives, also those that the viewer may not see. The largest "
        "contributions first, and what is left as one more; they add up to the progress."
    )
    async def breakdown(self, first: Named = DEFAULT_PAGE) -> list[ProgressPart]:
        """Load the parts."""
        return await rolled_up_parts(self.view, breakdown.of_cycles, self.row.id, first)

    @relation("Progress over time, of its active and closed objectives of each time.")
    async def progress_curve(
        self,
        *,
        basis: Basis = CurveBasis.RECORDED,
        against: Against = CurveTarget.CURRENT_TARGET,
        resolution: Resolution = CurveResolution.DAY,
        span: Span = strawberry.UNSET,
    ) -> ProgressCurve | None:
        """Draw the curve of the mean."""
        wanted = asked_curve(basis, against, resolution, span)
        return await draw_rollup(self.view, Rollup(cycle_id=self.row.id), wanted, expected_line(self.row, self.view))

    @relation("Looking back: at the seal once it is closed, and until then provisionally, as it stands.")
    async def retrospective(self, info: Info) -> "schema.retrospective.Retrospective | None":
        """Look back from the closing, or from the moment read."""
        return await schema.retrospective.look_back(self.row, self.view, info.context)

    @relation("Status and confidence by team and week.")
    async def heat_map(self, info: Info, weeks: Weeks = DEFAULT_WEEKS) -> "schema.heat_map.HeatMap":
        """Draw the weeks."""
        return await schema.heat_map.draw_heat_map(self.row, await self._closing_view(info), weeks)

    @relation("How many objectives people and teams have in it, beside what is advised.")
    async def focus(self, info: Info) -> "schema.focus.Focus":
        """Load the focus."""
        return await schema.focus.focus_of(self.row, await self._closing_view(info))

    @relation("How far its objectives hang together.")
    async def alignment_coverage(self, info: Info) -> "schema.alignment_coverage.AlignmentCoverage":
        """Load the coverage."""
        return await schema.alignment_coverage.alignment_coverage_of(self.row, await self._closing_view(info))

    @relation(f"What people answer for in it that is still open, those with the most check-ins first; at most {MOST_ROWS}.")
    async def workload(self, info: Info) -> "list[schema.workload.PersonWorkload]":
        """Load the workload."""
        return await schema.workload.workload_of(self.row, await self._closing_view(info))

    async def _closing_view(self, info: Info) -> View:
        return await schema.retrospective.closing_view(self.row, self.view, info.context)

    @paged("Its objectives; by default by priority, title.")
    async def objectives(
        self, *, paging: Paging, where: ObjectiveWhere = strawberry.UNSET, order_by: OrderByObjective = strawberry.UNSET
    ) -> "Connection[schema.objective.Objective]":
        """Load a page of objectives."""
        orders = chosen(order_by, order("priority", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.objective.objectives_of(self.view, ObjectivesOf.CYCLE, self.row.id, request)

    @paged("The cycles directly within it, latest first.")
    async def children(self, *, paging: Paging) -> "Connection[Cycle]":
        """Load a page of cycles."""
        request = asked(paging, orders=order("-starts_on", "name"))
        return await connect_related(
            self.view,
            "cycles in",
            self.row.id,
            request,
            node=lambda row: Cycle(row=row, view=self.view),
            pages=self.view.bound(cycles.pages_of_parents),
            counts=self.view.bound(cycles.counts_of_parents),
        )

    history = whole_history("What happened to it and to everything in it while it lay there, newest first.")

    created_by = actor("Who created it.", "row.created_by")
    updated_by = actor("Who last changed its definition.", "row.updated_by")

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return [*on_cycle(self.view.rights.anywhere(), self.row.phase), *on_commentable(self.view.rights.anywhere())]


async def all_cycles(view: View, request: Asked) -> Connection[Cycle]:
    """Answer a page of all cycles."""
    return await connect(
        view,
        "cycles",
        request,
        node=lambda row: Cycle(row=row, view=view),
        page=lambda window: cycles.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: cycles.count(view.reader, view.lens, request.condition),
    )
