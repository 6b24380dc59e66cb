"""Key results: how one sees that an objective is reached."""

from datetime import date, datetime

import strawberry

import schema.check_in
import schema.finding
import schema.kpi
import schema.objective
from events.calendar import due_at, expected_progress, is_overdue
from events.coach.texts import Language
from events.cycle import CyclePhase
from events.health import Status, newest, pace_of, status_shown
from events.objective import ObjectiveState
from projections import check_ins, key_results
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.expected_lines import ExpectedLine
from projections.rows import CycleRow, KeyResultRow
from schema import coaching
from schema.action import Action, on_key_result
from schema.actor import load_actor
from schema.alignable import Alignable
from schema.connection import After, Asked, Before, Connection, First, Last, asked, connect, connect_related
from schema.context import Info
from schema.explanation import ProgressExplanation
from schema.field import column, relation
from schema.history import history_of_parts
from schema.linked_kpis import linked_kpis
from schema.metric import Metric
from schema.node import Actor, present, seen
from schema.order import OrderByCheckIn, chosen, order
from schema.progress_curve import Against, Basis, ProgressCurve, Resolution, Span, asked_curve, draw, load_of_key_result
from schema.view import View


@strawberry.type(description="A measure of an objective.")
class KeyResult(Alignable):
    """A key result as seen through a view."""

    row: strawberry.Private[KeyResultRow]
    view: strawberry.Private[View]

    weight: float = column("Its weight among the objective's key results, above 0.", lambda source: float(source.row.weight))
    due_on: date | None = column("When it is due.")
    priority: int | None = column("Smaller is more important.")
    dropped_at: datetime | None = column("Since when it no longer counts.")
    metric: Metric = column("How it is measured.", lambda source: Metric(row=source.row, view=source.view))
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When its definition last changed.")

    @relation("What it measures.")
    async def objective(self) -> "schema.objective.Objective":
        """Load the objective."""
        row = present(await self.view.objectives.load(self.row.objective_id))
        return schema.objective.Objective(row=row, view=self.view)

    @relation("The one with the latest effective time that was not retracted.")
    async def last_check_in(self) -> "schema.check_in.CheckIn | None":
        """Load the check-in that counts."""
        check_in_id = self.row.last_check_in_id
        row = await self.view.check_ins.load(check_in_id) if check_in_id else None
        return seen(schema.check_in.CheckIn, row, self.view)

    @relation("All of them, retracted ones too; by default latest effective time first.")
    async def check_ins(
        self,
        info: Info,
        *,
        first: First = 25,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        order_by: OrderByCheckIn = strawberry.UNSET,
    ) -> "Connection[schema.check_in.CheckIn]":
        """Load a page of check-ins."""
        request = asked(info, first, after, last, before, orders=chosen(order_by, order("-effective_at", "-recorded_at")))
        return await connect_related(
            self.view,
            "check-ins of",
            self.row.id,
            request,
            node=lambda row: schema.check_in.CheckIn(row=row, view=self.view),
            pages=self.view.bound(check_ins.pages_of_key_results),
            counts=self.view.bound(check_ins.counts_of_key_results),
        )

    @relation("Where the expected line stands at the moment read; null without a metric or in an open-ended cycle.")
    async def expected_progress(self) -> float | None:
        """Read the line over the cycle."""
        return self._expected(await self._cycle())

    @relation("Progress minus the expected one, at the moment read; null when dropped or its objective is not active.")
    async def pace(self) -> float | None:
        """Compare with the expected line."""
        return pace_of(self.row.progress, self._expected(await self._cycle())) if self._is_running else None

    @relation("When the next check-in is due; null when none is: dropped, not active, or the cycle is over.")
    async def check_in_due_at(self) -> datetime | None:
        """Read the calendar."""
        return self._due(await self._cycle())

    @relation("Whether a check-in is missing, at the moment read.")
    async def is_check_in_overdue(self) -> bool:
        """Compare the calendar with the clock."""
        return is_overdue(self.view.calendar, self._due(await self._cycle()), self.view.lens.instant)

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
        cycle = await self._cycle()
        metric = self.row.metric if wanted.against is CurveTarget.CURRENT_TARGET else self.row.original
        line = ExpectedLine(
            starts_on=cycle.starts_on,
            ends_on=cycle.ends_on,
            zone=self.view.settings.time_zone,
            metrics=((self.row.weight, metric),),
        )
        return await draw(self.view, self.row.id, wanted, load_of_key_result(self.view, self.row.id, wanted), line)

    kpis = linked_kpis("The KPIs that it is linked to, by title.")

    @relation("The KPI that it takes its values from; null if it has values of its own.")
    async def value_source(self) -> "schema.kpi.Kpi | None":
        """Load the KPI."""
        row = await self.view.value_source_of_key_result.load(self.row.id)
        return seen(schema.kpi.Kpi, row, self.view)

    @relation("Why its progress is what it is.")
    async def progress_explanation(self) -> ProgressExplanation:
        """Load the events behind the number."""
        explanation = present(await self.view.explanations.load(self.row.id))
        return ProgressExplanation(row=self.row, explanation=explanation, view=self.view)

    @relation("Which key result this one replaces; null for a first one.")
    async def replaces(self) -> "KeyResult | None":
        """Load what was replaced."""
        source_id = self.row.replaces_id
        return seen(KeyResult, await self.view.key_results.load(source_id) if source_id else None, self.view)

    @relation("Which key result of the objective carried over this one continues.")
    async def carried_over_from(self) -> "KeyResult | None":
        """Load the predecessor."""
        source_id = self.row.carried_over_from_id
        return seen(KeyResult, await self.view.key_results.load(source_id) if source_id else None, self.view)

    history = history_of_parts("What happened to it, newest first.", "Whether to list what happened to its check-ins too.")

    @relation("Advice on how it is written and reported, as far as the organization has not switched it off; at most 10.")
    async def findings(self, language: schema.finding.Spoken = Language.EN) -> "list[schema.finding.Finding]":
        """Ask the coach."""
        return schema.finding.findings_of(await coaching.of_key_result(self.row, self.view), language)

    @relation("Who created it.")
    async def created_by(self) -> Actor:
        """Load the creator."""
        return await load_actor(self.row.created_by, self.view)

    @relation("Who last changed its definition.")
    async def updated_by(self) -> Actor:
        """Load the last to change it."""
        return await load_actor(self.row.updated_by, self.view)

    def shown_status(self) -> Status:
        """Answer the health at the moment read."""
        return status_shown(
            state=self.row.objective_state,
            is_dropped=self.row.dropped_at is not None,
            reported=self.row.reported_status,
            stale_since=newest(self.row.checked_in_at, self.row.live_at),
            cadence_days=self.view.settings.check_in_cadence_days,
            grace_days=self.view.settings.check_in_grace_days,
            instant=self.view.lens.instant,
        )

    async def actions(self) -> list[Action]:
        """Answer what the viewer may do with it."""
        is_closed = (await self._cycle()).phase is CyclePhase.CLOSED
        objective = present(await self.view.objectives.load(self.row.objective_id))
        return on_key_result(
            self.view.rights.to_key_result(self.row, objective),
            self.row.objective_state,
            is_dropped=self.row.dropped_at is not None,
            is_cycle_closed=is_closed,
        )

    @property
    def _is_running(self) -> bool:
        return self.row.objective_state is ObjectiveState.ACTIVE and self.row.dropped_at is None

    async def _cycle(self) -> CycleRow:
        return present(await self.view.cycles.load(self.row.cycle_id))

    def _expected(self, cycle: CycleRow) -> float | None:
        view = self.view
        return expected_progress(self.row.metric, cycle.starts_on, cycle.ends_on, view.settings.time_zone, view.lens.instant)

    def _due(self, cycle: CycleRow) -> datetime | None:
        if not self._is_running or cycle.phase is CyclePhase.CLOSED:
            return None
        return due_at(self.view.calendar, self.row.live_at, self.row.checked_in_at, cycle.ends_on)


async def all_key_results(view: View, request: Asked) -> Connection[KeyResult]:
    """Answer a page of all key results that the viewer may see."""
    return await connect(
        view,
        "key results",
        request,
        node=lambda row: KeyResult(row=row, view=view),
        page=lambda window: key_results.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: key_results.count(view.reader, view.lens, request.condition),
    )
