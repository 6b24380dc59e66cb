"""Heat maps: how the teams of a cycle stood at the end of each week."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import strawberry

import schema.team
from events.calendar import day_of
from events.health import Status
from projections import heat_map
from projections.heat_map import HeatCell, HeatMapRows
from projections.rows import CycleRow, TeamRow
from schema.field import column, joined
from schema.identifiers import identifier
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.view import MOST_ROWS, MOST_WEEKS, View


@strawberry.type(description="How many of several things have each status.")
class StatusCounts:
    """Counts by status."""

    counts: strawberry.Private[Mapping[Status, int]]

    on_track: int = column("How many are on track.", lambda source: source.counts[Status.ON_TRACK])
    at_risk: int = column("How many are at risk.", lambda source: source.counts[Status.AT_RISK])
    off_track: int = column("How many are off track.", lambda source: source.counts[Status.OFF_TRACK])
    outdated: int = column("Of how many nothing was heard for too long.", lambda source: source.counts[Status.OUTDATED])
    pending: int = column("Of how many nothing was heard yet.", lambda source: source.counts[Status.PENDING])
    closed: int = column("How many have ended.", lambda source: source.counts[Status.CLOSED])


@strawberry.type(description="How a team stood at the end of a week.")
class HeatMapCell:
    """One cell."""

    row: strawberry.Private[HeatCell]

    objectives: StatusCounts = column(
        "Objectives by the status shown then.", lambda source: StatusCounts(counts=source.row.objectives)
    )
    key_results: StatusCounts = column(
        "Their key results that were not dropped, by the status shown then.",
        lambda source: StatusCounts(counts=source.row.key_results),
    )
    mean_confidence: float | None = column(
        "Mean of the last stated confidences, 0 to 1, of the key results that had not ended; null without any."
    )


@strawberry.type(description="One week of a heat map.")
class HeatMapWeek:
    """A week by its end."""

    last_day: strawberry.Private[date]
    end: strawberry.Private[datetime]

    starts_on: date = column("Its first day.", lambda source: _days_before(source.last_day, 6))
    ends_on: date = column("Its last day.", lambda source: source.last_day)
    iso_week: str = column(
        "The week of ISO 8601 that holds most of it, such as 2026-W27.",
        lambda source: _iso_week(source.last_day),
    )
    ends_at: datetime = column(
        "The instant that it is read at: its end, or that of the cycle or the moment read if that comes first.",
        lambda source: source.end,
    )


@strawberry.type(description="One team through the weeks.")
class HeatMapRow:
    """The cells of the objectives that a team owned itself."""

    team_row: strawberry.Private[TeamRow | None]
    cells_of_weeks: strawberry.Private[Sequence[HeatCell]]
    view: strawberry.Private[View]

    cells: list[HeatMapCell] = column(
        f"One for each week, oldest first; at most {MOST_WEEKS}.",
        lambda source: [HeatMapCell(row=each) for each in source.cells_of_weeks],
    )

    @joined("Which; null for objectives without a team.")
    def team(self) -> "schema.team.Team | None":
        """Show the team."""
        return None if self.team_row is None else schema.team.Team(row=self.team_row, view=self.view)


@strawberry.type(
    description="Status and confidence by team and week. Each week is read as it was known at its end; counted are objectives "
    "that were active or closed then, as far as the viewer may see them. That of a closed cycle ends at its seal."
)
class HeatMap:
    """A cycle through its weeks."""

    cycle_id: strawberry.Private[str]
    asked: strawberry.Private[int]
    rows_read: strawberry.Private[HeatMapRows]
    teams: strawberry.Private[Sequence[TeamRow | None]]
    view: strawberry.Private[View]

    id: strawberry.ID = column(
        "The id of the cycle as read, with a suffix; there for caches, not a node.",
        lambda source: strawberry.ID(f"{identifier(source.cycle_id, source.view.lens)}#heatMap{source.asked}"),
    )

    weeks: list[HeatMapWeek] = column(
        f"The weeks, oldest first; at most {MOST_WEEKS}. They begin on the organization's first day of the week.",
        lambda source: source.shown_weeks(),
    )
    whole: list[HeatMapCell] = column(
        f"All teams together, one cell for each week, oldest first; at most {MOST_WEEKS}.",
        lambda source: [HeatMapCell(row=each) for each in source.rows_read.whole],
    )
    rows: list[HeatMapRow] = column(
        f"One for each team that owned such objectives itself, by name, and last those without a team; at most {MOST_ROWS}.",
        lambda source: source.shown_rows(),
    )

    def shown_weeks(self) -> list[HeatMapWeek]:
        """Answer the weeks."""
        settings = self.view.settings
        weekday = (settings.first_day_of_week - 2) % 7 + 1
        days = [day_of(end, settings.time_zone) for end in self.rows_read.ends]
        # The last one may be read before it is over.
        last_days = [day + timedelta(days=(weekday - day.isoweekday()) % 7) for day in days]
        return [HeatMapWeek(last_day=day, end=end) for day, end in zip(last_days, self.rows_read.ends, strict=True)]

    def shown_rows(self) -> list[HeatMapRow]:
        """Answer the rows."""
        cells = self.rows_read.teams
        return [
            HeatMapRow(team_row=team, cells_of_weeks=cells[None if team is None else team.id], view=self.view)
            for team in self.teams[: self.view.limits.view_rows]
        ]


def _iso_week(last_day: date) -> str:
    year, week, _ = _days_before(last_day, 3).isocalendar()
    return f"{year}-W{week:02}"


def _days_before(day: date, days: int) -> date:
    # The calendar has a first day, in the week of which a cycle may begin.
    return day - timedelta(days=min(days, (day - date.min).days))


async def draw_heat_map(cycle: CycleRow, view: View, weeks: int) -> HeatMap:
    """Answer the heat map of a cycle as seen through a view.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID for no or too many weeks.
    """
    most = view.limits.heat_map_weeks
    if not 1 <= weeks <= most:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, f"{weeks} weeks asked for, 1 to {most} are answered")
    settings = view.settings
    ends = heat_map.week_ends(cycle, view.lens, settings.time_zone, settings.first_day_of_week, weeks)

    async def load(keys: Sequence[tuple[str, tuple[datetime, ...]]]) -> Mapping[tuple[str, tuple[datetime, ...]], HeatMapRows]:
        found = await heat_map.of_cycles(view.reader, view.lens, dict(keys))
        return {key: found[key[0]] for key in keys}

    found = await view.batched(("heat map", weeks), load).load((cycle.id, ends))
    teams = await schema.team.teams_by_name(view, found.teams)
    return HeatMap(cycle_id=cycle.id, asked=weeks, rows_read=found, teams=teams, view=view)
