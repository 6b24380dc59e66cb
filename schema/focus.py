"""Focus: whether the people and teams of a cycle have as many objectives as are advised."""

from collections.abc import Mapping, Sequence

import strawberry

import schema.person
import schema.team
from events.coach.objective_rules import FEWEST_KEY_RESULTS, MOST_KEY_RESULTS, MOST_OBJECTIVES
from projections import focus
from projections.focus import FEWEST_OBJECTIVES, CycleFocus, FocusBand, FocusRow
from projections.rows import CycleRow, PersonRow, TeamRow
from schema.enumeration import described
from schema.field import column, joined, need
from schema.identifiers import identifier
from schema.node import present, seen
from schema.view import MOST_ROWS, View

described(
    FocusBand,
    "FocusBand",
    "How a number of objectives compares with what is advised. May grow: keep a default branch.",
    {
        FocusBand.FEW: f"Fewer than {FEWEST_OBJECTIVES}.",
        FocusBand.ADVISED: f"{FEWEST_OBJECTIVES} to {MOST_OBJECTIVES}.",
        FocusBand.MANY: f"More than {MOST_OBJECTIVES}.",
    },
)


@strawberry.type
class Focused:
    """What people and teams have in common."""

    row: strawberry.Private[FocusRow]
    view: strawberry.Private[View]

    objective_count: int = column("How many objectives, active and closed ones.", lambda source: source.row.objectives)
    key_result_count: int = column(
        "How many key results these have, without dropped ones.", lambda source: source.row.key_results
    )
    crowded_count: int = column(
        f"How many of the objectives have more than {MOST_KEY_RESULTS} key results.", lambda source: source.row.crowded
    )
    sparse_count: int = column(
        f"How many have fewer than {FEWEST_KEY_RESULTS}, without those that progress by what is aligned to them alone.",
        lambda source: source.row.sparse,
    )
    band: FocusBand = column("How the number of objectives compares with what is advised.")


@strawberry.type(description="The objectives that a person owns.")
class PersonFocus(Focused):
    """One person's."""

    @joined("Who.", need("people", "row.id"))
    def person(self, row: PersonRow | None) -> "schema.person.Person":
        """Show the person."""
        return present(seen(schema.person.Person, row, self.view))


@strawberry.type(description="The objectives that a team owns itself.")
class TeamFocus(Focused):
    """One team's."""

    @joined("Which.", need("teams", "row.id"))
    def team(self, row: TeamRow | None) -> "schema.team.Team":
        """Show the team."""
        return present(seen(schema.team.Team, row, self.view))


@strawberry.type(
    description="How many objectives people and teams have in a cycle, as far as the viewer may see them. That of a closed "
    "cycle is read at its seal."
)
class Focus:
    """A cycle by those who have something in it."""

    cycle_id: strawberry.Private[str]
    row: strawberry.Private[CycleFocus]
    view: strawberry.Private[View]

    id: strawberry.ID = column(
        "The id of the cycle as read, with a suffix; there for caches, not a node.",
        lambda source: strawberry.ID(f"{identifier(source.cycle_id, source.view.lens)}#focus"),
    )

    advised_fewest: int = column("How many objectives are advised at least.", lambda _: FEWEST_OBJECTIVES)
    advised_most: int = column("How many objectives are advised at most.", lambda _: MOST_OBJECTIVES)
    people: list[PersonFocus] = column(
        f"Those who own objectives, with the most first; at most {MOST_ROWS}.",
        lambda source: [PersonFocus(row=each, view=source.view) for each in source.row.people],
    )
    teams: list[TeamFocus] = column(
        f"Teams that own objectives themselves, with the most first; at most {MOST_ROWS}.",
        lambda source: [TeamFocus(row=each, view=source.view) for each in source.row.teams],
    )
    without_owner_count: int = column("How many objectives nobody owns.", lambda source: source.row.without_owner)
    without_team_count: int = column("How many objectives belong to no team.", lambda source: source.row.without_team)


async def focus_of(cycle: CycleRow, view: View) -> Focus:
    """Answer the focus of a cycle as seen through a view."""

    async def load(ids: Sequence[str]) -> Mapping[str, CycleFocus]:
        return await focus.of_cycles(view.reader, view.lens, ids, size=view.limits.view_rows)

    row = await view.batched("focus", load).load(cycle.id)
    return Focus(cycle_id=cycle.id, row=row, view=view)
