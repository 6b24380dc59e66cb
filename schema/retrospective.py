"""Retrospectives: looking back at a cycle, as it was when it was sealed.

The retrospective of a closed cycle is read through the lens of its closing, settings and names included, so nothing
that happens later moves it; what it lists has the identifiers of that past. Before the closing it is provisional.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import strawberry

import schema.event
import schema.key_result
import schema.objective
import schema.team
from events.cycle import CyclePhase
from projections import calibration, progress_jumps, punctuality, retargeting, retrospective
from projections.calibration import Calibration as CalibrationRow
from projections.calibration import CalibrationBin as CalibrationBinRow
from projections.lens import Lens
from projections.progress_jumps import ProgressJump as ProgressJumpRow
from projections.punctuality import Punctuality as PunctualityRow
from projections.retargeting import RetargetedKeyResult as RetargetedRow
from projections.retrospective import CarryOver as CarryOverRow
from projections.retrospective import CycleSummary, TeamSummary
from projections.retrospective import ScoreBin as ScoreBinRow
from projections.rows import CycleRow
from schema.context import Context, Info
from schema.field import column, joined, relation
from schema.identifiers import identifier
from schema.metric import MetricOriginal
from schema.node import present
from schema.view import View


@strawberry.type(description="How many scores fall in a band.")
class ScoreBin:
    """One of the organization's score bands."""

    row: strawberry.Private[ScoreBinRow]

    from_: float = column("Lowest score in it.", lambda source: source.row.start, name="from")
    to: float = column("Where the next one begins; 1, inclusive, for the last.", lambda source: source.row.end)
    count: int = column("How many objectives were given such a score.")


@strawberry.type(description="A key result whose metric was changed after it was promised.")
class RetargetedKeyResult:
    """What moved goalposts made of a key result."""

    row: strawberry.Private[RetargetedRow]
    view: strawberry.Private[View]

    original: MetricOriginal = column("What was first agreed.", lambda source: MetricOriginal(row=source.row.original))
    final: MetricOriginal = column("What stood in the end.", lambda source: MetricOriginal(row=source.row.final))
    score_against_original: float | None = column(
        "Progress of its value against what was first agreed, 0 to 1.",
        lambda source: _float(source.row.progress_against_original),
    )
    score_against_final: float | None = column(
        "Progress of its value against what stood in the end, 0 to 1; null when that is UNDECIDED.",
        lambda source: _float(source.row.progress_against_final),
    )

    @relation("Which.")
    async def key_result(self) -> "schema.key_result.KeyResult":
        """Load the key result."""
        return await _key_result(self.row.key_result_id, self.view)

    @relation(
        f"The changes that the viewer may see, oldest first; at most {retargeting.MOST_EVENTS}, the first ones.",
    )
    async def events(self, info: Info) -> "list[schema.event.Event]":
        """Load the events; they are those of the present."""
        view = await info.context.present()
        rows = await view.events.load_many(self.row.positions)
        return [schema.event.event_of(row, view) for row in rows if row is not None]


@strawberry.type(description="How check-ins came. Every due day that counts is on time, late or missed.")
class Punctuality:
    """Check-ins against due days."""

    row: strawberry.Private[PunctualityRow]

    expected: int = column("How many due days count: those that have ended, unless they can still be answered late.")
    recorded: int = column("How many check-ins were recorded, retracted ones included.")
    on_time: int = column("How many due days were answered by their end.")
    late: int = column("How many were answered afterwards.")
    missed: int = column("How many were not answered until the grace was over.")
    correction_rate: float = column("Share of the recorded check-ins that were corrected afterwards; 0 without any.")


@strawberry.type(description="Forecasts of about the same confidence, in bands of a tenth.")
class CalibrationBin:
    """One band of stated confidence."""

    row: strawberry.Private[CalibrationBinRow]

    stated: float = column("Mean confidence stated.")
    outcome: float = column("Mean outcome: the share of the forecasts whose key result ended with a progress of 1.")
    count: int = column("How many forecasts.")


@strawberry.type(
    description="Stated confidence against outcome. Every confidence in a check-in is a forecast, as it stands in the end and "
    "unless retracted; its outcome is 1 when the key result ended with a progress of 1, and 0 otherwise."
)
class Calibration:
    """How well confidence foretold the outcome."""

    row: strawberry.Private[CalibrationRow]

    brier_score: float | None = column(
        "Mean squared difference between forecast and outcome (Brier 1950), 0 to 1, less is better; null without forecasts."
    )
    bins: list[CalibrationBin] = column(
        f"By stated confidence, lowest first, without empty ones; at most {calibration.BANDS}.",
        lambda source: [CalibrationBin(row=each) for each in source.row.bins],
    )


@strawberry.type(description="A key result whose progress rose steeply in the last week.")
class ProgressJump:
    """Progress a week before the end and at the end."""

    row: strawberry.Private[ProgressJumpRow]
    view: strawberry.Private[View]

    progress_before: float = column("Progress as it was recorded a week before the end.")
    progress_after: float = column("Progress in the end.")

    @relation("Which.")
    async def key_result(self) -> "schema.key_result.KeyResult":
        """Load the key result."""
        return await _key_result(self.row.key_result_id, self.view)


@strawberry.type(description="An objective that went on.")
class CarryOver:
    """An objective and its successor."""

    row: strawberry.Private[CarryOverRow]
    view: strawberry.Private[View]

    @relation("The old one.", name="from")
    async def from_(self) -> "schema.objective.Objective":
        """Load the objective carried over."""
        return await _objective(self.row.from_id, self.view)

    @relation("The new one.")
    async def to(self) -> "schema.objective.Objective":
        """Load its successor."""
        return await _objective(self.row.to_id, self.view)


@strawberry.type(description="Looking back, for the objectives that one team owns itself.")
class TeamRetrospective:
    """One team's part in a cycle."""

    row: strawberry.Private[TeamSummary]
    view: strawberry.Private[View]
    cycle_id: strawberry.Private[str]

    objective_count: int = column("How many objectives.")
    mean_score: float | None = column("Mean score; null without any.")
    progress: float | None = column(
        "Mean progress, of its own objectives without those of the teams below; null without any.",
        lambda source: source.row.mean_progress,
    )
    mean_confidence: float | None = column(
        "Mean of the last stated confidences of their key results that are not dropped; null without any."
    )

    @joined("Which.")
    def team(self) -> "schema.team.Team":
        """Show the team."""
        return schema.team.Team(row=self.row.team, view=self.view)

    @relation("Share of due days that were answered on time; null without any.")
    async def on_time_rate(self) -> float | None:
        """Load the punctuality of the team."""
        of_teams = await _punctuality(self.cycle_id, self.view)
        return of_teams[self.row.team.id].on_time_rate if self.row.team.id in of_teams else None

    @relation("How check-ins came.")
    async def check_ins(self) -> Punctuality:
        """Load the punctuality of the team."""
        of_teams = await _punctuality(self.cycle_id, self.view)
        return Punctuality(row=of_teams.get(self.row.team.id, PunctualityRow()))

    @relation("How many key results, as far as the viewer may see them, had their metric changed after they went live.")
    async def retargeted_key_result_count(self) -> int:
        """Count the moved goalposts of the team."""
        found = await _retargeted(self.cycle_id, self.view)
        return sum(each.team_id == self.row.team.id for each in found)


@strawberry.type(
    description="Looking back at a cycle. Once the cycle is closed it is read at the seal, for ever the same; until then it is "
    "provisional, read at the moment asked for. Active and closed objectives count, with their key results that are not "
    "dropped. Numbers are the same for every viewer, private objectives included; lists leave out what the viewer may not see."
)
class Retrospective:
    """A cycle as seen through the view of its closing, or as it stands."""

    row: strawberry.Private[CycleRow]
    view: strawberry.Private[View]

    id: strawberry.ID = column(
        "The id of the cycle as read, with a suffix; there for caches, not a node.",
        lambda source: strawberry.ID(f"{identifier(source.row.id, source.view.lens)}#retrospective"),
    )

    @relation("How many objectives.")
    async def objective_count(self) -> int:
        """Count the objectives."""
        return (await self._summary()).objective_count

    @relation("How many key results.")
    async def key_result_count(self) -> int:
        """Count the key results."""
        return (await self._summary()).key_result_count

    @relation("Mean of the review scores; null without any.")
    async def mean_score(self) -> float | None:
        """Load the mean."""
        return (await self._summary()).mean_score

    @relation("Mean progress of the objectives; null without any.")
    async def progress(self) -> float | None:
        """Load the mean."""
        return (await self._summary()).mean_progress

    @relation("Mean of the last stated confidences of the key results; null without any.")
    async def mean_confidence(self) -> float | None:
        """Load the mean."""
        return (await self._summary()).mean_confidence

    @relation("How many scores fall in each of the organization's bands, lowest first, empty ones too; at most 20.")
    async def score_distribution(self) -> list[ScoreBin]:
        """Load the bands."""
        return [ScoreBin(row=each) for each in (await self._summary()).score_distribution]

    @relation("How many committed objectives.")
    async def committed_count(self) -> int:
        """Count the promises."""
        return (await self._summary()).committed_count

    @relation("How many of them were met: given a score of 1.")
    async def committed_met_count(self) -> int:
        """Count the promises kept."""
        return (await self._summary()).committed_met_count

    @relation(
        "Key results whose metric was changed after they went live, those that gained most by it first; "
        f"at most {retargeting.MOST_KEY_RESULTS}."
    )
    async def retargeted_key_results(self) -> list[RetargetedKeyResult]:
        """Load the moved goalposts."""
        found = await _retargeted(self.row.id, self.view)
        return [RetargetedKeyResult(row=each, view=self.view) for each in found[: retargeting.MOST_KEY_RESULTS]]

    @relation("How many key results, as far as the viewer may see them, had their metric changed after they went live.")
    async def retargeted_key_result_count(self) -> int:
        """Count the moved goalposts."""
        return len(await _retargeted(self.row.id, self.view))

    @relation("How check-ins came.")
    async def check_ins(self) -> Punctuality:
        """Load the punctuality."""
        of_teams = await _punctuality(self.row.id, self.view)
        return Punctuality(row=punctuality.total(of_teams.values()))

    @relation("Stated confidence against outcome.")
    async def confidence_calibration(self) -> Calibration:
        """Load the calibration."""
        return Calibration(row=await self.view.batched("calibration", self.view.bound(calibration.of_cycles)).load(self.row.id))

    @relation(
        f"Key results whose progress rose by {progress_jumps.SMALLEST_JUMP} or more since seven days before the end of the "
        "cycle's last day, or before the moment read if that comes first; the largest jump first; "
        f"at most {progress_jumps.MOST_JUMPS}."
    )
    async def last_week_jumps(self) -> list[ProgressJump]:
        """Load the jumps."""
        view = self.view

        async def load(keys: Sequence[tuple[str, datetime]]) -> Mapping[tuple[str, datetime], Sequence[ProgressJumpRow]]:
            found = await progress_jumps.of_cycles(view.reader, view.lens, dict(keys))
            return {key: found[key[0]] for key in keys}

        begin = progress_jumps.last_week_begins(self.row.ends_on, view.settings.time_zone, view.lens.instant)
        jumps = await view.batched("progress jumps", load).load((self.row.id, begin))
        return [ProgressJump(row=each, view=view) for each in jumps]

    @relation(
        "What went on in another cycle, cancelled objectives included, by title of the old one; "
        f"at most {retrospective.MOST_CARRY_OVERS}."
    )
    async def carried_over(self) -> list[CarryOver]:
        """Load the lineage."""
        found = await self.view.batched("carry-overs", self.view.bound(retrospective.carry_overs)).load(self.row.id)
        return [CarryOver(row=each, view=self.view) for each in found]

    @relation(f"The same for each team that owns such objectives itself, by name; at most {retrospective.MOST_TEAMS}.")
    async def by_team(self) -> list[TeamRetrospective]:
        """Load the teams."""
        teams = (await self._summary()).teams
        return [TeamRetrospective(row=each, view=self.view, cycle_id=self.row.id) for each in teams]

    async def _summary(self) -> CycleSummary:
        view = self.view

        async def load(ids: Sequence[str]) -> Mapping[str, CycleSummary]:
            return await retrospective.of_cycles(view.reader, view.lens, ids, view.settings.score_bands)

        return await view.batched("cycle summaries", load).load(self.row.id)


async def closing_view(cycle: CycleRow, view: View, context: Context) -> View:
    """Answer what a closed cycle is read through, which is the view of its seal, and any other one through its own."""
    if cycle.phase is CyclePhase.CLOSED and cycle.sealed_at is not None:
        # The row begins with the act that closed the cycle, which may have gone on after the closing.
        return await context.view(Lens(position=cycle.from_position, instant=cycle.sealed_at, is_past=True))
    return view


async def look_back(cycle: CycleRow, view: View, context: Context) -> Retrospective:
    """Answer the retrospective of a cycle: of a closed one at its seal, otherwise as it stands in the view."""
    return Retrospective(row=cycle, view=await closing_view(cycle, view, context))


async def _punctuality(cycle_id: str, view: View) -> Mapping[str | None, PunctualityRow]:
    async def load(ids: Sequence[str]) -> Mapping[str, Mapping[str | None, PunctualityRow]]:
        return await punctuality.of_cycles(view.reader, view.lens, ids, view.calendar)

    return await view.batched("punctuality", load).load(cycle_id)


async def _retargeted(cycle_id: str, view: View) -> Sequence[RetargetedRow]:
    return await view.batched("retargeted", view.bound(retargeting.of_cycles)).load(cycle_id)


async def _key_result(key_result_id: str, view: View) -> "schema.key_result.KeyResult":
    return schema.key_result.KeyResult(row=present(await view.key_results.load(key_result_id)), view=view)


async def _objective(objective_id: str, view: View) -> "schema.objective.Objective":
    return schema.objective.Objective(row=present(await view.objectives.load(objective_id)), view=view)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
