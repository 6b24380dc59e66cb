"""Teams: groups of people in a tree."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import strawberry

import schema.cycle
import schema.key_result
import schema.kpi
import schema.objective
import schema.person
from projections import breakdown, people, teams
from projections.curve import CurveBasis, CurveResolution, CurveTarget
from projections.curve_rollup import Rollup
from projections.definition_rows import folded
from projections.key_results import BY_DUE, KeyResultsOf
from projections.kpis import KpisOf
from projections.objectives import ObjectivesOf
from projections.rows import PersonRow, TeamRow
from schema.action import Action, on_commentable, on_team
from schema.argument import CycleId, OfCycle
from schema.commentable import Commentable
from schema.connection import Asked, Connection, asked, connect, connect_related
from schema.explanation import Named, ProgressPart, rolled_up_parts
from schema.field import column, joined, need, relation
from schema.filter import KeyResultWhere, KpiWhere, ObjectiveWhere, PersonWhere
from schema.history import whole_history
from schema.identifiers import parse_identifier
from schema.moment import require_same_moment
from schema.node import actions, seen
from schema.order import OrderByKpi, OrderByObjective, OrderByPerson, chosen, order
from schema.paging import DEFAULT_PAGE, Paging, paged
from schema.progress_curve import Against, Basis, ProgressCurve, Resolution, Span, asked_curve, draw_rollup
from schema.view import View

MOST_ANCESTORS = 50

_ANCESTORS = need("ancestors_of_team", "row.id")


@strawberry.type(description="A group of people in a tree of teams.")
class Team(Commentable):
    """A team as seen through a view."""

    row: strawberry.Private[TeamRow]
    view: strawberry.Private[View]

    version: int = column("How often its definition changed; members do not count.")
    name: str = column("Its name.")
    archived_at: datetime | None = column("Since when it is archived.")

    @joined("The team above.", need("teams", "row.parent_id"))
    def parent(self, row: TeamRow | None) -> "Team | None":
        """Show the parent."""
        return seen(Team, row, self.view)

    @joined("Who leads it.", need("people", "row.lead_id"))
    def lead(self, row: PersonRow | None) -> "schema.person.Person | None":
        """Show the lead."""
        return seen(schema.person.Person, row, self.view)

    @paged("Its members; by default by name.")
    async def members(
        self, *, paging: Paging, where: PersonWhere = strawberry.UNSET, order_by: OrderByPerson = strawberry.UNSET
    ) -> "Connection[schema.person.Person]":
        """Load a page of members."""
        request = asked(paging, orders=chosen(order_by, order("name")), where=where)
        return await connect_related(
            self.view,
            "members",
            self.row.id,
            request,
            node=lambda row: schema.person.Person(row=row, view=self.view),
            pages=self.view.bound(people.pages_of_teams),
            counts=self.view.bound(people.counts_of_teams),
        )

    @paged("The teams directly below, by name.")
    async def children(self, *, paging: Paging) -> "Connection[Team]":
        """Load a page of teams."""
        request = asked(paging, orders=order("name"))
        return await connect_related(
            self.view,
            "teams below",
            self.row.id,
            request,
            node=lambda row: Team(row=row, view=self.view),
            pages=self.view.bound(teams.pages_of_parents),
            counts=self.view.bound(teams.counts_of_parents),
        )

    @joined(f"From the root down to its parent; at most {MOST_ANCESTORS}, the nearest ones.", _ANCESTORS)
    def ancestors(self, rows: Sequence[TeamRow]) -> "list[Team]":
        """Show the teams above."""
        return [Team(row=row, view=self.view) for row in rows[-MOST_ANCESTORS:]]

    @joined("How many teams are above.", _ANCESTORS)
    def depth(self, rows: Sequence[TeamRow]) -> int:
        """Count the teams above."""
        return len(rows)

    @paged(
        "Key results of its objectives and those of the teams below that want a check-in, as far as the viewer may see "
        "them; what was due first comes first."
    )
    async def check_ins_due(
        self, *, paging: Paging, where: KeyResultWhere = strawberry.UNSET
    ) -> "Connection[schema.key_result.KeyResult]":
        """Load a page of key results."""
        request = asked(paging, orders=BY_DUE, where=where)
        return await schema.key_result.due_key_results_of(self.view, KeyResultsOf.TEAM, self.row.id, request)

    @relation("Progress of its objectives and those of the teams below in a cycle, each counted once; null without any.")
    async def progress(self, cycle_id: CycleId) -> float | None:
        """Roll up the objectives of the team and its sub-teams."""
        reference = parse_identifier(cycle_id)
        if reference is None:
            return None
        require_same_moment(self.view.lens, {reference.instant} if reference.instant else set())
        return await self.view.team_progress.load((self.row.id, reference.entity_id))

    @relation(
        "What that progress is made of: the active and closed objectives of the team and those below, also those that the "
        "viewer may not see. The largest contributions first, and what is left as one more; they add up to the progress."
    )
    async def breakdown(self, cycle_id: CycleId, first: Named = DEFAULT_PAGE) -> list[ProgressPart]:
        """Load the parts."""
        reference = parse_identifier(cycle_id)
        if reference is None:
            return []
        require_same_moment(self.view.lens, {reference.instant} if reference.instant else set())
        return await rolled_up_parts(self.view, breakdown.of_teams, (self.row.id, reference.entity_id), first)

    @relation("Progress over time of its objectives and those of the teams below, of one cycle or of the running ones.")
    async def progress_curve(
        self,
        *,
        basis: Basis = CurveBasis.RECORDED,
        against: Against = CurveTarget.CURRENT_TARGET,
        resolution: Resolution = CurveResolution.DAY,
        span: Span = strawberry.UNSET,
        cycle_id: OfCycle = strawberry.UNSET,
    ) -> ProgressCurve | None:
        """Draw the curve of the mean; None when there is no such cycle."""
        wanted, view = asked_curve(basis, against, resolution, span), self.view
        if not cycle_id:
            return await draw_rollup(view, Rollup(team_id=self.row.id, is_running=True), wanted, None)
        reference = parse_identifier(cycle_id)
        if reference is None:
            return None
        require_same_moment(view.lens, {reference.instant} if reference.instant else set())
        cycle = await view.cycles.load(reference.entity_id)
        if cycle is None:
            return None
        rollup = Rollup(team_id=self.row.id, cycle_id=cycle.id)
        return await draw_rollup(view, rollup, wanted, schema.cycle.expected_line(cycle, view))

    @paged("Its own objectives; by default by cycle, priority, title.")
    async def objectives(
        self, *, paging: Paging, where: ObjectiveWhere = strawberry.UNSET, order_by: OrderByObjective = strawberry.UNSET
    ) -> "Connection[schema.objective.Objective]":
        """Load a page of objectives."""
        orders = chosen(order_by, order("cycle", "priority", "title"))
        request = asked(paging, orders=orders, where=where)
        return await schema.objective.objectives_of(self.view, ObjectivesOf.TEAM, self.row.id, request)

    @paged("Its own KPIs, archived ones included; by default by title.")
    async def kpis(
        self, *, paging: Paging, where: KpiWhere = strawberry.UNSET, order_by: OrderByKpi = strawberry.UNSET
    ) -> "Connection[schema.kpi.Kpi]":
        """Load a page of KPIs."""
        request = asked(paging, orders=chosen(order_by, order("title")), where=where)
        return await schema.kpi.kpis_of(self.view, KpisOf.TEAM, self.row.id, request)

    history = whole_history("What happened to it, newest first.")

    @actions()
    def viewer_can(self) -> list[Action]:
        """Answer the actions."""
        return [
            *on_team(self.view.rights.to_team(self.row), is_archived=self.row.archived_at is not None),
            *on_commentable(self.view.rights.anywhere()),
        ]


async def all_teams(view: View, request: Asked) -> Connection[Team]:
    """Answer a page of all teams."""
    return await connect(
        view,
        "teams",
        request,
        node=lambda row: Team(row=row, view=view),
        page=lambda window: teams.page(view.reader, view.lens, window, request.condition, request.orders),
        count=lambda: teams.count(view.reader, view.lens, request.condition),
    )


async def teams_by_name(view: View, team_ids: Iterable[str | None]) -> list[TeamRow | None]:
    """Answer some teams by name; None, for no team, comes last."""
    ids = list(team_ids)
    rows: list[TeamRow] = [row for row in await view.teams.load_many(ids) if row is not None]
    rows.sort(key=lambda row: (folded(row.name), row.id))
    return [*rows, None] if None in ids else [*rows]
