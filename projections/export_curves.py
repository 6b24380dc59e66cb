"""The table of progress curves: the steps of objectives and key results, against the current and the original target."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from projections import curves, key_results, objectives, recorded
from projections.curve import CurveBasis, CurveTarget, Step
from projections.curve_points import known_steps
from projections.export_check_ins import groups
from projections.export_columns import Column, decimal, instant, integer, share, text
from projections.export_scope import objective_pages
from projections.export_table import ExportContent, Extract, Part, Table, pieces
from projections.recorded import MoverKey
from projections.rows import KeyResultRow, ObjectiveRow

_PAGE_OBJECTIVES = 20
"""Fewer than elsewhere: all steps of an objective and of all below it are folded together."""

_Steps = Mapping[CurveTarget, Mapping[str, Sequence[Step]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One row: a step of a thing's curve; `position` is that of its event, None if the viewer may not see it."""

    objective: ObjectiveRow
    thing: ObjectiveRow | KeyResultRow
    against: CurveTarget
    step: Step
    position: int | None = None

    def noun(self) -> str:
        """Answer what the thing is."""
        return "OBJECTIVE" if isinstance(self.thing, ObjectiveRow) else "KEY_RESULT"

    def unit(self) -> object:
        """Answer what the values count."""
        return None if isinstance(self.thing, ObjectiveRow) else self.thing.metric.unit

    def currency(self) -> str | None:
        """Answer the currency of the values."""
        return None if isinstance(self.thing, ObjectiveRow) else self.thing.metric.currency

    def unit_label(self) -> str | None:
        """Answer what the values count in words."""
        return None if isinstance(self.thing, ObjectiveRow) else self.thing.metric.unit_label


async def _parts(extract: Extract) -> AsyncIterator[Part[StepLine]]:
    reader, lens = extract.reader, extract.lens
    async for page in objective_pages(extract, _PAGE_OBJECTIVES):
        found = await objectives.by_ids(reader, lens, page.ids)
        parts = await key_results.of_objectives(reader, lens, page.ids, include_dropped=True)
        steps = await _steps_of_objectives(extract, page.ids)
        for objective_id in page.ids:
            objective = found[objective_id]
            for piece in pieces(_lines(extract, objective, objective, steps)):
                yield Part(rows=await _with_events(extract, piece), done=page.done, total=page.total)
            for group in groups(sorted(parts[objective_id], key=attrgetter("id"))):
                measured = await _steps_of_key_results(extract, [part.id for part in group])
                lines = [line for part in group for line in _lines(extract, objective, part, measured)]
                for piece in pieces(lines):
                    yield Part(rows=await _with_events(extract, piece), done=page.done, total=page.total)


async def _steps_of_objectives(extract: Extract, ids: Sequence[str]) -> _Steps:
    load, basis = curves.of_objectives, CurveBasis.RECORDED
    return {each: await load(extract.reader, extract.lens, ids, basis=basis, against=each) for each in CurveTarget}


async def _steps_of_key_results(extract: Extract, ids: Sequence[str]) -> _Steps:
    load, basis = curves.of_key_results, CurveBasis.RECORDED
    return {each: await load(extract.reader, extract.lens, ids, basis=basis, against=each) for each in CurveTarget}


def _lines(extract: Extract, objective: ObjectiveRow, thing: ObjectiveRow | KeyResultRow, steps: _Steps) -> list[StepLine]:
    return [
        StepLine(objective=objective, thing=thing, against=against, step=step)
        for against in CurveTarget
        for step in known_steps(steps[against][thing.id])
        if extract.spans(step.at)
    ]


async def _with_events(extract: Extract, lines: Sequence[StepLine]) -> list[StepLine]:
    """Answer lines with the positions of the events that made them, as far as those may be seen."""
    if not lines:
        return []
    movers = await recorded.movers(extract.reader, list({_made(line) for line in lines}))
    seen = await recorded.seen(extract.reader, sorted(set(movers.values())))
    answered: list[StepLine] = []
    for line in lines:
        position = movers.get(_made(line))
        answered.append(_at(line, position if position in seen else None))
    return answered


def _made(line: StepLine) -> MoverKey:
    # Values stand where they were recorded, so none of them is one that a measured curve shows.
    return line.step.position, line.thing.id, False


def _at(line: StepLine, position: int | None) -> StepLine:
    return StepLine(objective=line.objective, thing=line.thing, against=line.against, step=line.step, position=position)


def _float(line: StepLine) -> float | None:
    progress = line.step.reading.progress
    return None if progress is None else float(progress)


_COLUMNS: tuple[Column[StepLine], ...] = (
    text("cycle_id", "The cycle, at the moment", attrgetter("objective.cycle_id")),
    text("objective_id", "The objective, at the moment", attrgetter("objective.id")),
    text("thing_type", "What the curve is of: OBJECTIVE or KEY_RESULT", StepLine.noun),
    text("thing_id", "The objective or the key result", attrgetter("thing.id")),
    text("thing_title", "Its title at the moment", attrgetter("thing.title")),
    text(
        "against",
        "Which target counts: CURRENT_TARGET is that in force at each step, or ORIGINAL_TARGET",
        attrgetter("against"),
    ),
    instant("at", "From when on it holds", attrgetter("step.at")),
    decimal(
        "value", "The value then in force; empty for objectives", attrgetter("step.reading.value"), "that of the key result"
    ),
    text("unit", "What the value counts", StepLine.unit),
    text("unit_label", "What NUMBER counts", StepLine.unit_label),
    text("currency", "Code of ISO 4217 with CURRENCY", StepLine.currency),
    share("progress", "Progress; empty while nothing decided was measured", _float),
    share("confidence", "Confidence", attrgetter("step.reading.confidence")),
    integer("position", "Position of the event that made the step; empty if that may not be seen", attrgetter("position")),
)

CURVES_TABLE = Table(
    content=ExportContent.CURVES,
    rows=(
        "Progress curves of objectives and key results in scope, as it was recorded: what was believed then. One row for each "
        "change of value, progress or confidence, none before the first known progress. By objective (in the order of "
        "identifiers), the objective before its key results, then by target and in the order of time. The span bounds `at`."
    ),
    columns=_COLUMNS,
    parts=_parts,
)
