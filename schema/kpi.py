"""KPIs: lasting measures of an organization or a team, their readings and their health."""

from datetime import datetime
from decimal import Decimal

import strawberry

import schema.event
import schema.key_result
import schema.objective
import schema.person
import schema.team
from events.kpi import BandsInForce, bands_at
from events.kpi_calendar import Frequency, PeriodCalendar, health_shown
from events.kpi_measure import Direction, KpiHealth, band_of
from events.kpi_recovery import LastReading, RecoveryProposal, proposal_of
from events.metric import MetricKind, Unit
from projections import kpi_readings, kpis
from projections.curve import CurveBasis, CurveResolution
from projections.curve_points import MOST_POINTS, Point, points_of
from projections.kpis import KpisOf
from projections.rows import KpiReadingRow, KpiRow, PersonRow, TeamRow
from schema.action import Action, on_kpi, on_kpi_reading
from schema.actor import actor
from schema.connection import Asked, Connection, asked, connect, connect_related
from schema.context import Info
from schema.custom_values import custom_values
from schema.enumeration import described
from schema.field import column, joined, need, relation
from schema.history import whole_history
from schema.node import Subject, actions, present, seen
from schema.order import order
from schema.paging import Paging, paged
from schema.progress_curve import Basis, Resolution, Span, asked_curve, grid_of
from schema.view import View

described(
    Direction,
    "KpiDirection",
    "Which way is good. May grow: keep a default branch.",
    {
        Direction.HIGHER_IS_BETTER: "The more the better.",
        Direction.LOWER_IS_BETTER: "The less the better.",
        Direction.WITHIN: "Neither too little nor too much.",
    },
)
described(
    Frequency,
    "KpiFrequency",
    "How often a KPI is read; periods are those of the organization's calendar. May grow: keep a default branch.",
    {
        Frequency.DAILY: "Every day.",
        Frequency.WEEKLY: "Every week.",
        Frequency.MONTHLY: "Every month.",
        Frequency.QUARTERLY: "Every quarter of the fiscal year.",
    },
)
described(
    KpiHealth,
    "KpiHealth",
    "Health of a KPI or of one value. May grow: keep a default branch.",
    {
        KpiHealth.HEALTHY: "As it should be.",
        KpiHealth.WARNING: "Beyond the bound of warning.",
        KpiHealth.CRITICAL: "Beyond the bound of what is critical.",
        KpiHealth.OUTDATED: "Not read in the last period that was due, with the organization's grace.",
        KpiHealth.UNKNOWN: "Never read.",
    },
)


@strawberry.type(description="From where a value is no longer healthy. A bound itself belongs to the better band.")
class KpiBands:
    """Bands of a KPI, which may have followed others."""

    row: strawberry.Private[BandsInForce]

    critical_below: Decimal | None = column("Critical below this.", lambda source: source.row.bands.critical_below)
    warning_below: Decimal | None = column("Worth a warning below this.", lambda source: source.row.bands.warning_below)
    warning_above: Decimal | None = column("Worth a warning above this.", lambda source: source.row.bands.warning_above)
    critical_above: Decimal | None = column("Critical above this.", lambda source: source.row.bands.critical_above)
    since: datetime = column("Since when they are in force.")


@strawberry.type(description="One point of a KPI's curve.")
class KpiCurvePoint:
    """What a KPI stood at."""

    row: strawberry.Private[Point]
    source: strawberry.Private[KpiRow]

    at: datetime = column("When.")
    value: Decimal | None = column("The value; null where everything was retracted.", lambda point: point.row.reading.value)
    health: KpiHealth = column("By the bands in force then; UNKNOWN without a value.", lambda point: point.shown_health())

    @relation("The event that made the value, on or before this point.")
    async def event(self, info: Info) -> "schema.event.Event | None":
        """Load the event."""
        view = await info.context.present()
        row = await view.events.load(self.row.position)
        return None if row is None else schema.event.event_of(row, view)

    def shown_health(self) -> KpiHealth:
        """Answer the band of the value."""
        value = self.row.reading.value
        return KpiHealth.UNKNOWN if value is None else band_of(bands_at(self.source.band_history, self.row.at), value)


@strawberry.type(description="The values of a KPI over time.")
class KpiCurve:
    """Points in order of time."""

    points: list[KpiCurvePoint] = strawberry.field(
        description=f"In order of time, none before the first value; at most {MOST_POINTS}, coarser if more."
    )
    resolution: CurveResolution = strawberry.field(description="The one used.")
    basis: CurveBasis = strawberry.field(description="The one used.")


@strawberry.type(description="The objective that a KPI proposes after two bad periods in a row.")
class KpiRecoveryProposal:
    """What `kpiRecoveryStart` would create."""

    row: strawberry.Private[RecoveryProposal]

    title: str = column("The title of the objective.")
    key_result_title: str = column("The title of its key result.")
    kind: MetricKind = column("How the key result is measured.", lambda source: source.row.metric.kind)
    unit: Unit = column("Of what.", lambda source: source.row.metric.unit)
    unit_label: str | None = column("What NUMBER counts.", lambda source: source.row.metric.unit_label)
    currency: str | None = column("ISO 4217 code with CURRENCY.", lambda source: source.row.metric.currency)
    baseline: Decimal = column("Where the key result starts: the value that counts.", lambda source: source.row.metric.start)
    target: Decimal = column("Where it shall get: the bound of health.", lambda source: source.row.metric.target)


@strawberry.type(description="A lasting measure of the organization or of a team. It is no key result: it has no end.")
class Kpi(Subject):
    """A KPI as seen through a view."""

    row: strawberry.Private[KpiRow]
    view: strawberry.Private[View]

    version: int = column("How often its definition changed; readings do not count.")
    title: str = column("What is measured.")
    description: str | None = column("In more words.")
    direction: Direction = column("Which way is good; frozen after the first reading.")
    unit: Unit = column("Of what; frozen after the first reading.")
    unit_label: str | None = column("What NUMBER counts.")
    currency: str | None = column("ISO 4217 code with CURRENCY.")
    frequency: Frequency = column("How often it is read.")
    priority: int | None = column("Smaller is more important.")
    labels: list[str] = column("Labels; at most 20.", lambda source: list(source.row.labels))
    bands: KpiBands = column("The bands in force.", lambda kpi: KpiBands(row=kpi.row.band_history[-1]))
    band_history: list[KpiBands] = column(
        "All bands it had, the oldest first; at most 100.",
        lambda kpi: [KpiBands(row=each) for each in kpi.row.band_history[-100:]],
    )
    value: Decimal | None = column("The latest value by effective time that was not retracted; null before any.")
    last_read_at: datetime | None = column("When that value was read.", lambda kpi: kpi.row.effective_at)
    health: KpiHealth = column("Health, computed for the moment read.", lambda kpi: kpi.shown_health())
    archived_at: datetime | None = column("Since when it is no longer measured.")
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When its definition last changed.")

    @joined("Whose it is; null for one of the organization.", need("teams", "row.team_id"))
    def team(self, row: TeamRow | None) -> "schema.team.Team | None":
        """Show the team."""
        return seen(schema.team.Team, row, self.view)

    @joined("Who answers for it.", need("people", "row.owner_id"))
    def owner(self, row: PersonRow | None) -> "schema.person.Person | None":
        """Show the owner."""
        return seen(schema.person.Person, row, self.view)

    @joined("The reading that counts.", need("kpi_readings", "row.reading_id"))
    def last_reading(self, row: KpiReadingRow | None) -> "KpiReading | None":
        """Show the reading."""
        return seen(KpiReading, row, self.view)

    @paged("All readings, retracted ones too; latest effective time first.")
    async def readings(self, *, paging: Paging) -> "Connection[KpiReading]":
        """Load a page of readings."""
        request = asked(paging, orders=order("-effective_at", "-recorded_at"))
        return await connect_related(
            self.view,
            "readings of",
            self.row.id,
            request,
            node=lambda row: KpiReading(row=row, view=self.view),
            pages=self.view.bound(kpi_readings.pages_of_kpis),
            counts=self.view.bound(kpi_readings.counts_of_kpis),
        )

    @relation("Its values over time, with the event that made each point.")
    async def curve(
        self,
        *,
        basis: Basis = CurveBasis.RECORDED,
        resolution: Resolution = CurveResolution.DAY,
        span: Span = strawberry.UNSET,
    ) -> KpiCurve | None:
        """Draw the curve up to the moment read."""
        wanted, view = asked_curve(basis, None, resolution, span), self.view
        load = view.batched(
            ("curves of KPIs", wanted.basis), lambda ids: kpi_readings.steps(view.reader, view.lens, ids, wanted.basis)
        )
        points, used = points_of(await load.load(self.row.id), wanted.resolution, grid_of(view, wanted))
        shown = [KpiCurvePoint(row=point, source=self.row) for point in points]
        return KpiCurve(points=shown, resolution=used, basis=wanted.basis)

    @paged("Objectives that are linked to it, as far as the viewer may see them; by priority, title.")
    async def linked_objectives(self, *, paging: Paging) -> "Connection[schema.objective.Objective]":
        """Load a page of objectives."""
        request = asked(paging, orders=order("priority", "title"))
        return await connect_related(
            self.view,
            "objectives of KPI",
            self.row.id,
            request,
            node=lambda row: schema.objective.Objective(row=row, view=self.view),
            pages=self.view.bound(kpis.pages_of_objectives),
            counts=self.view.bound(kpis.counts_of_objectives),
        )

    @paged("Key results that are linked to it, as far as the viewer may see them; by priority, title.")
    async def linked_key_results(self, *, paging: Paging) -> "Connection[schema.key_result.KeyResult]":
        """Load a page of key results."""
        request = asked(paging, orders=order("priority", "title"))
        return await connect_related(
            self.view,
            "key results of KPI",
            self.row.id,
            request,
            node=lambda row: schema.key_result.KeyResult(row=row, view=self.view),
            pages=self.view.bound(kpis.pages_of_key_results),
            counts=self.view.bound(kpis.counts_of_key_results),
        )

    @relation(
        "The objective that it proposes, at the moment read: when the last readings of its two newest periods in a row were "
        "not healthy by the bands in force then, and it is neither healthy nor outdated now. Null otherwise."
    )
    async def recovery_proposal(self) -> KpiRecoveryProposal | None:
        """Look at the readings of two periods."""
        row, view = self.row, self.view
        if row.effective_at is None or row.archived_at is not None:
            return None
        calendar = period_calendar(view)
        _, since = calendar.periods_of(row.frequency, row.effective_at)
        readings = await view.readings_since.load((row.id, since))
        proposal = proposal_of(
            title=row.title,
            measure=row.measure,
            band_history=row.band_history,
            frequency=row.frequency,
            readings=[LastReading(value=each.value, effective_at=each.effective_at) for each in readings],
            calendar=calendar,
            instant=view.lens.instant,
        )
        return None if proposal is None else KpiRecoveryProposal(row=proposal)

    custom_fields = custom_values()

    history = whole_history("What happened to it, to its readings and to what is linked to it, newest first.")

    created_by = actor("Who created it.", "row.created_by")
    updated_by = actor("Who last changed its definition.", "row.updated_by")

    def shown_health(self) -> KpiHealth:
        """Answer the health at the moment read."""
        return health_shown(
            value=self.row.value,
            effective_at=self.row.effective_at,
            bands=self.row.bands,
            frequency=self.row.frequency,
            calendar=period_calendar(self.view),
            instant=self.view.lens.instant,
        )

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return on_kpi(self.view.rights.to_kpi(self.row), is_archived=self.row.archived_at is not None)


_KPI = need("kpis", "row.kpi_id")


@strawberry.type(description="A value of a KPI, as measured and as recorded.")
class KpiReading(Subject):
    """A reading as seen through a view."""

    row: strawberry.Private[KpiReadingRow]
    view: strawberry.Private[View]

    value: Decimal | None = column("The value; always present.")
    comment: str | None = column("In words.")
    effective_at: datetime = column("When it was read.")
    recorded_at: datetime = column("When it was first recorded.")
    corrected_at: datetime | None = column("When it was last corrected; null if never.")
    retracted_at: datetime | None = column("When it was taken back; null if not.")

    @joined("Of what.", _KPI)
    def kpi(self, row: KpiRow | None) -> Kpi:
        """Show the KPI."""
        return present(seen(Kpi, row, self.view))

    @joined("Health of the value alone, by the bands in force when it was read.", _KPI)
    def health(self, kpi: KpiRow) -> KpiHealth:
        """Answer the band of the value."""
        return band_of(bands_at(kpi.band_history, self.row.effective_at), self.row.value)

    author = actor("Who recorded it first.", "row.author_id")

    history = whole_history("What happened to it, newest first.")

    @actions(_KPI)
    def viewer_can(self, kpi: KpiRow) -> list[Action]:
        """Answer the actions."""
        is_open = kpi.archived_at is None and self.row.retracted_at is None
        return on_kpi_reading(self.view.rights.to_kpi_reading(self.row, kpi), is_open=is_open)


def period_calendar(view: View) -> PeriodCalendar:
    """Answer the periods by which KPIs are read, as the organization has set them at the moment read."""
    return PeriodCalendar(
        zone=view.settings.time_zone,
        first_day_of_week=view.settings.first_day_of_week,
        fiscal_year_start_month=view.settings.fiscal_year_start_month,
        grace_days=view.settings.check_in_grace_days,
    )


async def kpis_of(view: View, relation: KpisOf, key: str, request: Asked) -> Connection[Kpi]:
    """Answer a page of the KPIs of a team, or of what an objective or a key result is linked to."""
    return await connect_related(
        view,
        f"KPIs of {relation.name}",
        key,
        request,
        node=lambda row: Kpi(row=row, view=view),
        pages=view.bound(kpis.pages_of, relation),
        counts=view.bound(kpis.counts_of, relation),
    )


async def all_kpis(view: View, request: Asked) -> Connection[Kpi]:
    """Answer a page of all KPIs."""
    return await connect(
        view,
        "KPIs",
        request,
        node=lambda row: Kpi(row=row, view=view),
        page=lambda window: kpis.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: kpis.count(view.reader, view.lens, request.condition),
    )
