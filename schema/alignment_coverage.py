"""Alignment coverage: how far the objectives of a cycle hang together."""

import strawberry

import schema.objective
import schema.team
from projections import alignment_coverage
from projections.alignment_coverage import AlignedLink, TeamCoverage
from projections.alignment_coverage import AlignmentCoverage as CoverageRow
from projections.rows import CycleRow, ObjectiveRow, TeamRow
from schema.field import column, joined, need, relation
from schema.identifiers import identifier
from schema.node import present, seen
from schema.view import MOST_ROWS, View


@strawberry.type(description="An objective that is aligned past the levels of teams in between.")
class LevelSkip:
    """A link that skips levels."""

    row: strawberry.Private[AlignedLink]
    view: strawberry.Private[View]

    levels_skipped: int = column("How many levels of the tree of teams lie in between.")

    @joined("The objective below.", need("objectives", "row.child_id"))
    def objective(self, row: ObjectiveRow | None) -> "schema.objective.Objective":
        """Show the objective that is aligned."""
        return present(seen(schema.objective.Objective, row, self.view))

    @joined("The objective above; it may be one of its key results that is aligned to.", need("objectives", "row.parent_id"))
    def parent(self, row: ObjectiveRow | None) -> "schema.objective.Objective":
        """Show what it is aligned to."""
        return present(seen(schema.objective.Objective, row, self.view))


@strawberry.type(description="How the objectives that a team owns itself hang together with others.")
class TeamAlignment:
    """One team's."""

    row: strawberry.Private[TeamCoverage]
    team_row: strawberry.Private[TeamRow]
    view: strawberry.Private[View]

    objective_count: int = column("How many objectives.", lambda source: source.row.objectives)
    orphan_count: int = column("How many of them are orphans.", lambda source: source.row.orphans)
    cross_team_link_count: int = column(
        "How many links they have with objectives of other teams, or of none.", lambda source: source.row.links
    )
    is_silo: bool = column("Whether they have none of these.")

    @joined("Which.")
    def team(self) -> "schema.team.Team":
        """Show the team."""
        return schema.team.Team(row=self.team_row, view=self.view)


@strawberry.type(
    description="How far the active and closed objectives of a cycle hang together, as far as the viewer may see them. A link "
    "that the viewer may not see is none. That of a closed cycle is read at its seal."
)
class AlignmentCoverage:
    """A cycle by its links."""

    cycle_id: strawberry.Private[str]
    row: strawberry.Private[CoverageRow]
    view: strawberry.Private[View]

    id: strawberry.ID = column(
        "The id of the cycle as read, with a suffix; there for caches, not a node.",
        lambda source: strawberry.ID(f"{identifier(source.cycle_id, source.view.lens)}#alignment"),
    )

    objective_count: int = column("How many objectives.", lambda source: source.row.objectives)
    aligned_share: float | None = column("The share of them that are no orphans, 0 to 1; null without objectives.")
    orphan_count: int = column("How many are orphans.", lambda source: len(source.row.orphan_ids))
    level_skip_count: int = column("How many links skip a level.", lambda source: len(source.row.level_skips))
    silo_count: int = column("How many teams are silos.", lambda source: sum(each.is_silo for each in source.row.teams))
    level_skips: list[LevelSkip] = column(
        f"Links that skip levels of the tree of teams, the most first; at most {MOST_ROWS}.",
        lambda source: source.shown_level_skips(),
    )

    @relation(
        "Objectives that are aligned to nothing; those of teams at the top, or of none, only if nothing is aligned to them "
        f"either. By title, at most {MOST_ROWS}."
    )
    async def orphans(self) -> "list[schema.objective.Objective]":
        """Load the orphans."""
        rows = await self.view.objectives.load_many(self.row.orphan_ids[: self.view.limits.view_rows])
        return [present(seen(schema.objective.Objective, row, self.view)) for row in rows]

    @relation(f"Teams that own such objectives themselves, by name; at most {MOST_ROWS}.")
    async def teams(self) -> list[TeamAlignment]:
        """Load the teams."""
        coverage = {each.team_id: each for each in self.row.teams}
        rows = [row for row in await schema.team.teams_by_name(self.view, coverage) if row is not None]
        return [TeamAlignment(row=coverage[row.id], team_row=row, view=self.view) for row in rows[: self.view.limits.view_rows]]

    def shown_level_skips(self) -> list[LevelSkip]:
        """Answer the links that skip levels."""
        return [LevelSkip(row=each, view=self.view) for each in self.row.level_skips[: self.view.limits.view_rows]]


async def alignment_coverage_of(cycle: CycleRow, view: View) -> AlignmentCoverage:
    """Answer the alignment coverage of a cycle as seen through a view."""
    row = await view.batched("alignment coverage", view.bound(alignment_coverage.of_cycles)).load(cycle.id)
    return AlignmentCoverage(cycle_id=cycle.id, row=row, view=view)
