"""Key results: how one sees that an objective is reached."""

from datetime import date, datetime

import strawberry

import schema.check_in
import schema.dependency
import schema.finding
import schema.initiative
import schema.kpi
import schema.objective
from events.calendar import CheckInDueState, due_state, expected_progress, missed_due_days
from events.coach.texts import Language
from events.cycle import CyclePhase
from events.health import Status, pace_of, status_shown
from events.metric import MetricKind
from projections import check_ins, key_results
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.expected_lines import ExpectedLine
from projections.initiatives import InitiativesOf
from projections.key_results import KeyResultsOf
from projections.rows import CheckInRow, CycleRow, KeyResultRow, KpiRow, ObjectiveRow
from schema import coaching
from schema.action import Action, on_commentable, on_key_result
from schema.actor import actor
from schema.alignable import Alignable
from schema.commentable import Commentable
from schema.connection import Asked, Connection, asked, connect, connect_related
from schema.custom_values import custom_values
from schema.enumeration import described
from schema.explanation import ProgressExplanation
from schema.field import column, joined, need, part, relation
from schema.filter import InitiativeWhere
from schema.history import history_of_parts
from schema.linked_kpis import linked_kpis
from schema.metric import Metric
from schema.node import actions, present, seen
from schema.order import OrderByCheckIn, OrderByInitiative, chosen, order
from schema.paging import Paging, paged
from schema.progress_curve import Against, Basis, ProgressCurve, Resolution, Span, asked_curve, draw, load_of_key_result
from schema.view import View

described(
    CheckInDueState,
    "CheckInDueState",
    "How long a check-in is wanted. May grow: keep a default branch.",
    {
        CheckInDueState.DUE: "One made now would answer a due day, and none was missed.",
        CheckInDueState.OVERDUE: "A due day and its grace went by without one.",
        CheckInDueState.MISSED: "Several due days in a row did: `missedCheckInCount` says how many.",
    },
)

_CYCLE = need("cycles", "row.cycle_id")
_OBJECTIVE = need("objectives", "row.objective_id")


@strawberry.type(description="A measure of an objective.")
class KeyResult(Alignable, Commentable):
    """A key result as seen through a view."""

    row: strawberry.Private[KeyResultRow]
    view: strawberry.Private[View]

    weight: float = column("Its weight among the objective's key results, above 0.", of_row=lambda row: float(row.weight))
    due_on: date | None = column("When it is due.")
    priority: int | None = column("Smaller is more important.")
    labels: list[str] = column("Labels; at most 20.", of_row=lambda row: list(row.labels))
    dropped_at: datetime | None = column("Since when it no longer counts.")
    metric: Metric = part("How it is measured.", lambda source: Metric(row=source.row, view=source.view))
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When its definition last changed.")

    @joined("What it measures.", _OBJECTIVE)
    def objective(self, row: ObjectiveRow | None) -> "schema.objective.Objective":
        """Show the objective."""
        return present(seen(schema.objective.Objective, row, self.view))

    @joined("The one with the latest effective time that was not retracted.", need("check_ins", "row.last_check_in_id"))
    def last_check_in(self, row: CheckInRow | None) -> "schema.check_in.CheckIn | None":
        """Show the check-in that counts."""
        return seen(schema.check_in.CheckIn, row, self.view)

    @paged("All of them, retracted ones too; by default latest effective time first.")
    async def check_ins(
        self, *, paging: Paging, order_by: OrderByCheckIn = strawberry.UNSET
    ) -> "Connection[schema.check_in.CheckIn]":
        """Load a page of check-ins."""
        request = asked(paging, orders=chosen(order_by, order("-effective_at", "-recorded_at")))
        return await connect_related(
            self.view,
            "check-ins of",
            self.row.id,
            request,
            node=lambda row: schema.check_in.CheckIn(row=row, view=self.view),
            pages=self.view.bound(check_ins.pages_of_key_results),
            counts=self.view.bound(check_ins.counts_of_key_results),
        )

    @paged("The initiatives behind it; by default by due date, title.")
    async def initiatives(
        self, *, paging: Paging, where: InitiativeWhere = strawberry.UNSET, order_by: OrderByInitiative = strawberry.UNSET
    ) -> "Connection[schema.initiative.Initiative]":
        """Load a page of initiatives."""
        orders = chosen(order_by, order("due_on", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.initiative.initiatives_of(self.view, InitiativesOf.KEY_RESULT, self.row.id, request)

    @relation("What it depends on, achieved or not, as far as the viewer may see it; at most 20.")
    async def blocked_by(self) -> "list[schema.dependency.KeyResultDependency]":
        """Load what has to be achieved before."""
        found = await schema.dependency.blockers(self.view, self.row.id, self.view.key_results)
        return [schema.dependency.KeyResultDependency(row=row, other=other, view=self.view) for row, other in found]

    @relation("What depends on it, as far as the viewer may see it; at most 20.")
    async def blocking(self) -> "list[schema.dependency.KeyResultDependency]":
        """Load what waits for it."""
        found = await schema.dependency.dependents(self.view, self.row.id, self.view.key_results)
        return [schema.dependency.KeyResultDependency(row=row, other=other, view=self.view) for row, other in found]

    @joined(
        "Whether something that it depends on and the viewer may see is not achieved, its progress below 1; "
        "never when it is dropped or its objective has ended.",
        need("is_key_result_blocked", "row.id"),
    )
    def is_blocked(self, waits: bool) -> bool:
        """Say whether it waits for something."""
        return waits

    @joined("Where the expected line stands at the moment read; null without a metric or in an open-ended cycle.", _CYCLE)
    def expected_progress(self, cycle: CycleRow) -> float | None:
        """Read the line over the cycle."""
        return self._expected(cycle)

    @joined("Progress minus the expected one, at the moment read; null when dropped or its objective is not active.", _CYCLE)
    def pace(self, cycle: CycleRow) -> float | None:
        """Compare with the expected line."""
        return pace_of(self.row.progress, self._expected(cycle)) if self.row.is_running else None

    @joined("When the next check-in is due; null when none is: dropped, not active, or the cycle is over.", _CYCLE)
    def check_in_due_at(self, cycle: CycleRow) -> datetime | None:
        """Read the calendar."""
        return self._due(cycle)

    @joined("Whether a check-in is missing, at the moment read.", _CYCLE)
    def is_check_in_overdue(self, cycle: CycleRow) -> bool:
        """Compare the calendar with the clock."""
        return self.view.is_overdue(self._due(cycle))

    @joined("How long a check-in is wanted, at the moment read; null when none is.", _CYCLE)
    def check_in_state(self, cycle: CycleRow) -> CheckInDueState | None:
        """Compare the calendar with the clock."""
        due = self._wanted(cycle)
        if due is None or self.row.live_at is None:
            return None
        return due_state(self.view.calendar, self.row.live_at, due, self.view.lens.instant, cycle.ends_on)

    @joined("How many due days in a row went by without a check-in, their grace included, up to the moment read.", _CYCLE)
    def missed_check_in_count(self, cycle: CycleRow) -> int:
        """Count in the calendar."""
        return missed_due_days(self.view.calendar, self._wanted(cycle), self.view.lens.instant, cycle.ends_on)

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
        cycle = present(await self.view.cycles.load(self.row.cycle_id))
        metric = self.row.metric if wanted.against is CurveTarget.CURRENT_TARGET else self.row.original
        line = ExpectedLine(
            starts_on=cycle.starts_on,
            ends_on=cycle.ends_on,
            zone=self.view.settings.time_zone,
            metrics=((self.row.weight, metric),),
        )
        return await draw(self.view, self.row.id, wanted, load_of_key_result(self.view, self.row.id, wanted), line)

    kpis = linked_kpis("The KPIs that it is linked to, by title.")

    custom_fields = custom_values()

    @joined(
        "The KPI that it takes its values from; null if it has values of its own.", need("value_source_of_key_result", "row.id")
    )
    def value_source(self, row: KpiRow | None) -> "schema.kpi.Kpi | None":
        """Show the KPI."""
        return seen(schema.kpi.Kpi, row, self.view)

    @relation("Why its progress is what it is.")
    async def progress_explanation(self) -> ProgressExplanation:
        """Load the events behind the number."""
        explanation = present(await self.view.explanations.load(self.row.id))
        return ProgressExplanation(row=self.row, explanation=explanation, view=self.view)

    @joined("Which key result this one replaces; null for a first one.", need("key_results", "row.replaces_id"))
    def replaces(self, row: KeyResultRow | None) -> "KeyResult | None":
        """Show what was replaced."""
        return seen(KeyResult, row, self.view)

    @joined(
        "Which key result of the objective carried over this one continues.", need("key_results", "row.carried_over_from_id")
    )
    def carried_over_from(self, row: KeyResultRow | None) -> "KeyResult | None":
        """Show the predecessor."""
        return seen(KeyResult, row, self.view)

    history = history_of_parts("What happened to it, newest first.", "Whether to list what happened to its check-ins too.")

    @relation("Advice on how it is written and reported, as far as the organization has not switched it off; at most 10.")
    async def findings(self, language: schema.finding.Spoken = Language.EN) -> "list[schema.finding.Finding]":
        """Ask the coach."""
        return schema.finding.findings_of(await coaching.of_key_result(self.row, self.view), language)

    created_by = actor("Who created it.", "row.created_by")
    updated_by = actor("Who last changed its definition.", "row.updated_by")

    def shown_status(self) -> Status:
        """Answer the health at the moment read."""
        return status_shown(
            state=self.row.objective_state,
            is_dropped=self.row.dropped_at is not None,
            reported=self.row.reported_status,
            stale_since=self.row.stale_since,
            silent_before=self.view.silent_before,
        )

    @actions(_CYCLE, _OBJECTIVE)
    def viewer_can(self, cycle: CycleRow, objective: ObjectiveRow | None) -> list[Action]:
        """Answer the actions."""
        return [
            *on_key_result(
                self.view.rights.to_key_result(self.row, present(objective)),
                self.row.objective_state,
                is_dropped=self.row.dropped_at is not None,
                is_cycle_closed=cycle.phase is CyclePhase.CLOSED,
            ),
            *on_commentable(self.view.rights.anywhere()),
        ]

    def _expected(self, cycle: CycleRow) -> float | None:
        view = self.view
        return expected_progress(self.row.metric, cycle.starts_on, cycle.ends_on, view.settings.time_zone, view.lens.instant)

    def _due(self, cycle: CycleRow) -> datetime | None:
        if not self.row.is_running or cycle.phase is CyclePhase.CLOSED:
            return None
        return self.view.due_at(self.row.live_at, self.row.checked_in_at, cycle.ends_on)

    def _wanted(self, cycle: CycleRow) -> datetime | None:
        return None if self.row.metric.kind is MetricKind.UNDECIDED else self._due(cycle)


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


async def all_due_key_results(view: View, request: Asked) -> Connection[KeyResult]:
    """Answer a page of all key results that want a check-in and that the viewer may see."""
    return await connect(
        view,
        "key results that want a check-in",
        request,
        node=lambda row: KeyResult(row=row, view=view),
        page=lambda window: key_results.due_page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: key_results.due_count(view.reader, view.lens, request.condition),
    )


async def due_key_results_of(view: View, relation: KeyResultsOf, key: str, request: Asked) -> Connection[KeyResult]:
    """Answer a page of the key results of a team or a person that want a check-in and that the viewer may see."""
    return await connect_related(
        view,
        f"key results that want a check-in, {relation.name}",
        key,
        request,
        node=lambda row: KeyResult(row=row, view=view),
        pages=view.bound(key_results.due_pages_of, relation),
        counts=view.bound(key_results.due_counts_of, relation),
    )
