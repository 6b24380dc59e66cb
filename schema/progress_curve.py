"""Progress curves: how the progress of a thing came to be what it is, point by point with its event."""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Annotated

import strawberry

import schema.event
from events.metric import quotient, rounded
from projections import curve_ends, curves
from projections.curve import CurveBasis, CurveResolution, CurveTarget, Step
from projections.curve_points import MOST_POINTS, Grid, Point, Thinning, known_steps, points_of
from projections.curve_rollup import Rollup
from projections.expected_lines import ExpectedLine
from schema.context import Info
from schema.enumeration import described
from schema.field import column, relation
from schema.span import SpanInput, bounds_of
from schema.view import View

described(
    CurveBasis,
    "CurveBasis",
    "Which time places a value on a curve; definitions stand where they were recorded. May grow: keep a default branch.",
    {
        CurveBasis.RECORDED: "When it was recorded: what was believed then.",
        CurveBasis.MEASURED: "When it was measured, without what was retracted: what is known now.",
    },
)
described(
    CurveTarget,
    "CurveTarget",
    "Which target progress is computed against. May grow: keep a default branch.",
    {
        CurveTarget.CURRENT_TARGET: "The target in force at each point.",
        CurveTarget.ORIGINAL_TARGET: "The target first agreed.",
    },
)
described(
    CurveResolution,
    "CurveResolution",
    "How dense a curve is. May grow: keep a default branch.",
    {
        CurveResolution.STEP: "Every change.",
        CurveResolution.DAY: "One point a day, at its end in the organization's time zone.",
        CurveResolution.WEEK: "One point a week, at its end in the organization's time zone.",
    },
)

Basis = Annotated[CurveBasis | None, strawberry.argument(description="Which of the two times places a value on the curve.")]
Against = Annotated[CurveTarget | None, strawberry.argument(description="Which target counts.")]
Resolution = Annotated[CurveResolution | None, strawberry.argument(description="How dense the points are.")]
Span = Annotated[SpanInput | None, strawberry.argument(description="The stretch of time; null or absent is all of it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How a curve is loaded.

    `steps` answers those against a target, on the basis asked for; `end` where the curve against a target stands at an
    instant, None where that takes its steps.
    """

    steps: Callable[[CurveTarget], Awaitable[Sequence[Step]]]
    end: Callable[[CurveTarget, datetime], Awaitable[Decimal | None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRequest:
    """The arguments of a curve."""

    basis: CurveBasis
    against: CurveTarget
    resolution: CurveResolution
    begin: datetime | None
    end: datetime | None


def asked_curve(
    basis: CurveBasis | None, against: CurveTarget | None, resolution: CurveResolution | None, span: SpanInput | None
) -> CurveRequest:
    """Answer the arguments with defaults in the place of nulls.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID for a span that ends before it begins.
    """
    begin, end = bounds_of(span)
    return CurveRequest(
        basis=basis or CurveBasis.RECORDED,
        against=against or CurveTarget.CURRENT_TARGET,
        resolution=resolution or CurveResolution.DAY,
        begin=begin,
        end=end,
    )


@strawberry.type(description="One point of a curve.")
class CurvePoint:
    """A reading of the thing at an instant."""

    row: strawberry.Private[Point]
    view: strawberry.Private[View]
    thing_id: strawberry.Private[str]
    basis: strawberry.Private[CurveBasis]
    line: strawberry.Private[ExpectedLine | None]

    at: datetime = column("When.")
    value: Decimal | None = column(
        "The value then in force, the start before any check-in; null above key results.",
        lambda point: point.row.reading.value,
    )
    progress: float | None = column(
        "Progress; null while nothing decided was measured.", lambda point: _float(point.row.reading.progress)
    )
    confidence: float | None = column(
        "Confidence of the key result or objective; null before any and above objectives.",
        lambda point: point.row.reading.confidence,
    )
    expected: float | None = column(
        "Where the expected line stands; null without a metric, in an open-ended cycle, and over several cycles.",
        lambda point: None if point.line is None else point.line.height(point.row.at),
    )

    @relation("The event that made the reading, on or before this point; null if the viewer may not see it.")
    async def event(self, info: Info) -> "schema.event.Event | None":
        """Load the event."""
        is_measured = self.basis is CurveBasis.MEASURED
        return await schema.event.mover_of(self.row.position, self.thing_id, info, is_measured=is_measured)


@strawberry.type(description="Progress over time.")
class ProgressCurve:
    """The points of a thing's curve, and what moved targets did to it."""

    view: strawberry.Private[View]
    load: strawberry.Private[Load]
    end: strawberry.Private[datetime]

    points: list[CurvePoint] = strawberry.field(
        description=f"In order of time, none before the first known progress; at most {MOST_POINTS}, coarser if more."
    )
    resolution: CurveResolution = strawberry.field(description="The one used.")
    basis: CurveBasis = strawberry.field(description="The one used.")
    against: CurveTarget = strawberry.field(description="The one used.")

    @relation(
        "Share of the final progress that moved targets explain: (progress against the target in force less that "
        "against the original one) ÷ the former; null where that is nothing or unknown."
    )
    async def goalpost_share(self) -> float | None:
        """Compare the ends of both curves."""
        in_force, original = await self._final(CurveTarget.CURRENT_TARGET), await self._final(CurveTarget.ORIGINAL_TARGET)
        if not in_force or original is None:
            return None
        return float(rounded(quotient(in_force - original, in_force)))

    async def _final(self, against: CurveTarget) -> Decimal | None:
        if self.load.end is not None and against is not self.against:
            # The steps that lead there may take long to fold, and nobody asks for them.
            return await self.load.end(against, self.end)
        steps = await self.load.steps(against)
        count = bisect_right(steps, self.end, key=attrgetter("at"))
        return steps[count - 1].reading.progress if count else None


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


async def draw(view: View, thing_id: str, request: CurveRequest, load: Load, line: ExpectedLine | None) -> ProgressCurve:
    """Answer the curve of a thing.

    It ends with the span, with the moment read, or with the cycle of `line` unless something moved later.
    """
    steps = known_steps(await load.steps(request.against))
    grid = grid_of(view, request)
    ends_at = line.ends_at() if line is not None else None
    if ends_at is not None and steps:
        grid = replace(grid, end=min(grid.end, max(ends_at, steps[-1].at)))
    points, resolution = points_of(steps, request.resolution, grid)
    return ProgressCurve(
        view=view,
        load=load,
        end=grid.end,
        points=[CurvePoint(row=point, view=view, thing_id=thing_id, basis=request.basis, line=line) for point in points],
        resolution=resolution,
        basis=request.basis,
        against=request.against,
    )


def grid_of(view: View, request: CurveRequest) -> Grid:
    """Answer where the points of a curve may stand."""
    end = min(view.lens.instant, request.end or view.lens.instant)
    return Grid(begin=request.begin, end=end, zone=view.settings.time_zone, first_day_of_week=view.settings.first_day_of_week)


def load_of_key_result(view: View, key_result_id: str, request: CurveRequest) -> Load:
    """Answer how the curve of a key result is loaded, those of many key results at once."""

    async def steps(against: CurveTarget) -> Sequence[Step]:
        async def batch(ids: Sequence[str]) -> Mapping[str, Sequence[Step]]:
            return await curves.of_key_results(view.reader, view.lens, ids, basis=request.basis, against=against)

        return await view.batched(("curves of key results", request.basis, against), batch).load(key_result_id)

    return Load(steps=steps)


def load_of_objective(view: View, objective_id: str, request: CurveRequest) -> Load:
    """Answer how the curve of an objective is loaded, those of many objectives at once."""

    async def steps(against: CurveTarget) -> Sequence[Step]:
        async def batch(ids: Sequence[str]) -> Mapping[str, Sequence[Step]]:
            return await curves.of_objectives(view.reader, view.lens, ids, basis=request.basis, against=against)

        return await view.batched(("curves of objectives", request.basis, against), batch).load(objective_id)

    async def end(against: CurveTarget, instant: datetime) -> Decimal | None:
        async def batch(ids: Sequence[str]) -> Mapping[str, Decimal | None]:
            load = partial(curve_ends.of_objectives, basis=request.basis, against=against)
            return await load(view.reader, view.lens, ids, instant)

        return await view.batched(("ends of objectives", request.basis, against, instant), batch).load(objective_id)

    return Load(steps=steps, end=end)


async def draw_rollup(view: View, rollup: Rollup, request: CurveRequest, line: ExpectedLine | None) -> ProgressCurve:
    """Answer the curve of a mean, many means at once."""
    thinning = Thinning(resolution=request.resolution, grid=grid_of(view, request))

    async def steps(against: CurveTarget) -> Sequence[Step]:
        async def batch(rollups: Sequence[Rollup]) -> Mapping[Rollup, Sequence[Step]]:
            return await curves.of_rollups(
                view.reader, view.lens, rollups, basis=request.basis, against=against, thinning=thinning
            )

        return await view.batched(("curves of means", request.basis, against, thinning), batch).load(rollup)

    async def end(against: CurveTarget, instant: datetime) -> Decimal | None:
        async def batch(rollups: Sequence[Rollup]) -> Mapping[Rollup, Decimal | None]:
            load = partial(curve_ends.of_rollups, basis=request.basis, against=against)
            return await load(view.reader, view.lens, rollups, instant)

        return await view.batched(("ends of means", request.basis, against, instant), batch).load(rollup)

    return await draw(view, rollup.cycle_id or "", request, Load(steps=steps, end=end), line)
