"""The organization: the tenant with its calendar and its bands."""

import strawberry

import schema.cycle
from events.coach.rules import RULE_SET_VERSION
from events.coach.texts import Language
from events.organization import PaceBands as PaceBandsSetting
from events.organization import ScoreBand as ScoreBandSetting
from projections import breakdown, cycles
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.curve_rollup import Rollup
from projections.rows import OrganizationRow
from schema.action import Action, on_organization
from schema.argument import AsOf
from schema.coach_rule import CoachRule, coach_rules
from schema.commentable import Commentable
from schema.context import Info
from schema.explanation import Named, ProgressPart, named_parts, parts_of
from schema.field import column, relation
from schema.finding import Spoken
from schema.history import whole_history
from schema.node import actions
from schema.paging import DEFAULT_PAGE
from schema.progress_curve import Against, Basis, ProgressCurve, Resolution, Span, asked_curve, draw_rollup
from schema.view import View


@strawberry.type(description="From where pace is called behind.")
class PaceBands:
    """Differences of progress."""

    row: strawberry.Private[PaceBandsSetting]

    behind: float = column("Behind below this.")
    far_behind: float = column("Far behind below this.")


@strawberry.type(description="One colour of scores.")
class ScoreBand:
    """A name and where it begins."""

    row: strawberry.Private[ScoreBandSetting]

    name: str = column("What it is called.")
    from_: float = column("Lowest score in it.", lambda source: source.row.start, name="from")


@strawberry.type(description="The tenant.")
class Organization(Commentable):
    """The organization as seen through a view."""

    row: strawberry.Private[OrganizationRow]
    view: strawberry.Private[View]

    version: int = column("How often its settings changed.")
    name: str = column("Its name.")
    time_zone: str = column("IANA name of its time zone.")
    first_day_of_week: int = column("First day of the week, 1 is Monday.")
    fiscal_year_start_month: int = column("First month of the fiscal year, 1 to 12.")
    check_in_cadence_days: int = column("Days between two check-ins.")
    check_in_grace_days: int = column("Days after which a missing check-in is overdue.")
    check_in_weekday: int = column("The day at whose end check-ins fall due, 1 is Monday.")
    pace_bands: PaceBands = column("From where pace is called behind.", lambda source: PaceBands(row=source.row.pace_bands))
    score_bands: list[ScoreBand] = column(
        "How scores are coloured, lowest first; at most 20.",
        lambda source: [ScoreBand(row=band) for band in source.row.score_bands],
    )
    disabled_findings: list[str] = column(
        "Codes of the advice that is switched off.", lambda source: list(source.row.disabled_findings)
    )

    rule_set_version: int = column(
        "The version of the set of rules that the coach advises by, today's at every moment.", lambda _: RULE_SET_VERSION
    )

    @relation(
        "The rules that the coach advises by, today's at every moment, at most 50; which are switched off is as of the moment."
    )
    async def coach_rules(self, language: Spoken = Language.EN) -> list[CoachRule]:
        """List them."""
        return coach_rules(self.row.disabled_findings, language)

    @relation("The cycles that are running, latest first; at most 20.")
    async def current_cycles(self) -> "list[schema.cycle.Cycle]":
        """Load the active cycles."""
        rows = await cycles.current(self.view.reader, self.view.lens)
        return [schema.cycle.Cycle(row=row, view=self.view) for row in rows]

    @relation(
        "What its progress, the last point of its curve, is made of: all active and closed objectives, also those that the "
        "viewer may not see. The largest contributions first, and what is left as one more; they add up to the progress."
    )
    async def breakdown(self, first: Named = DEFAULT_PAGE) -> list[ProgressPart]:
        """Load the parts."""
        most = named_parts(first, self.view)
        return parts_of(await breakdown.of_organization(self.view.reader, self.view.lens, most), self.view)

    @relation("Progress over time, of all active and closed objectives of each time.")
    async def progress_curve(
        self,
        *,
        basis: Basis = CurveBasis.RECORDED,
        against: Against = CurveTarget.CURRENT_TARGET,
        resolution: Resolution = CurveResolution.DAY,
        span: Span = strawberry.UNSET,
    ) -> ProgressCurve | None:
        """Draw the curve of the mean."""
        return await draw_rollup(self.view, Rollup(), asked_curve(basis, against, resolution, span), None)

    history = whole_history("What happened to its settings, newest first.")

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return on_organization(self.view.rights.in_organization())


@strawberry.type
class OrganizationQueries:
    """Queries of the organization."""

    @relation("The organization.")
    async def organization(self, info: Info, as_of: AsOf = strawberry.UNSET) -> Organization | None:
        """Answer the organization."""
        view = await info.context.at(as_of, set())
        return Organization(row=view.settings, view=view)
