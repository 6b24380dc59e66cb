"""Explanations: why any progress is what it is, by its parts or by its formula, with the events behind it."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Annotated, Any

import strawberry

import schema.alignment
import schema.check_in
import schema.event
from events.metric import Formula, formula_of
from projections.breakdown import MOST_PARTS, BreakdownPart
from projections.explanation import KeyResultExplanation
from projections.rows import KeyResultRow
from schema.alignable import Alignable
from schema.connection import window_of
from schema.context import Info
from schema.enumeration import described
from schema.field import column, relation
from schema.metric import Metric
from schema.node import seen
from schema.paging import DEFAULT_PAGE, LARGEST_PAGE, Paging
from schema.view import View

described(
    Formula,
    "ProgressFormula",
    "How a value becomes raw progress; progress is the same within 0 and 1. May grow: keep a default branch.",
    {
        Formula.LINEAR: "(value less start) ÷ (target less start). Of a strict bound, at most just below 1.",
        Formula.HELD: "1: the value holds the bound.",
        Formula.RATIO: "Value ÷ target for AT_LEAST, target ÷ value for AT_MOST. Of a strict bound, at most just below 1.",
        Formula.DISTANCE: "1 less the distance from the range ÷ its width; 1 inside.",
        Formula.STAGES: "Weight of the stages done ÷ weight of all.",
        Formula.STATED: "The value itself.",
        Formula.ZERO: "0: there is no value yet, or none that a bound without a start could be compared with.",
        Formula.NONE: "None: there is no measurable target yet.",
    },
)

Named = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many parts to name, the largest contributions first, at most {LARGEST_PAGE}. Null is {DEFAULT_PAGE}."
    ),
]


@strawberry.type(description="One part of a progress, or all that is left of a long list.")
class ProgressPart:
    """A key result's or an objective's contribution."""

    row: strawberry.Private[BreakdownPart]
    view: strawberry.Private[View]

    part_count: int = column("How many parts it stands for: 1, or more for what is left of a long list, the last one.")
    weight: float = column("Its weight; 1 for an objective.")
    share: float = column("Its weight among all, within 0 and 1.")
    progress: float | None = column("Its own progress; of what is left, the mean.")
    contribution: float = column("Share times progress; the contributions add up to the progress.")

    @relation("Which; null if the viewer may not see it, and for what is left.")
    async def part(self) -> Alignable | None:
        """Load the part."""
        row = None if self.row.part_id is None else await self.view.alignables.load(self.row.part_id)
        return None if row is None else schema.alignment.alignable_of(row, self.view)

    @relation("The event that made its progress what it is; null if the viewer may not see it, and for what is left.")
    async def event(self, info: Info) -> "schema.event.Event | None":
        """Load the event."""
        if self.row.part_id is None or self.row.number_position is None:
            return None
        return await schema.event.mover_of(self.row.number_position, self.row.part_id, info)


def parts_of(parts: Sequence[BreakdownPart], view: View) -> list[ProgressPart]:
    """Answer the parts as the API shows them."""
    return [ProgressPart(row=part, view=view) for part in parts]


async def rolled_up_parts(view: View, load: Callable[..., Any], key: Hashable, first: int | None) -> list[ProgressPart]:
    """Answer the parts of a roll-up; `load` answers those of many keys at once.

    Raises:
        GraphQLRefusal: as `named_parts`.
    """
    most = named_parts(first, view)
    batch = partial(load, view.reader, view.lens, most=most)
    return parts_of(await view.batched((load, most), batch).load(key), view)


def named_parts(first: int | None, view: View) -> int:
    """Answer how many parts to name.

    Raises:
        GraphQLRefusal: PAGE_TOO_LARGE, or ARGUMENT_INVALID for a negative number.
    """
    window = window_of(Paging(first=first, after=None, last=None, before=None), b"", min(view.limits.page_size, MOST_PARTS))
    return window.first or 0


@strawberry.type(
    description="Why the progress of a key result is what it is: a formula, what goes into it, and who put it there."
)
class ProgressExplanation:
    """The formula that applies at the moment read, and the events behind its numbers."""

    row: strawberry.Private[KeyResultRow]
    explanation: strawberry.Private[KeyResultExplanation]
    view: strawberry.Private[View]

    formula: Formula = column(
        "Which formula applies to the metric and its current value.",
        lambda source: formula_of(source.row.metric, source.row.current),
    )
    metric: Metric = column(
        "What is in force: kind, levels and stages, and the current value.",
        lambda source: Metric(row=source.row, view=source.view),
    )

    @relation("The event that made the metric what it is; null if the viewer may not see it.")
    async def metric_event(self) -> "schema.event.Event | None":
        """Load the event."""
        return await self._event(self.explanation.metric_position)

    @relation("The check-in whose value counts; null while the start stands for it.")
    async def check_in(self) -> "schema.check_in.CheckIn | None":
        """Load the check-in."""
        check_in_id = self.row.last_check_in_id
        row = await self.view.check_ins.load(check_in_id) if check_in_id else None
        return seen(schema.check_in.CheckIn, row, self.view)

    @relation(
        "The event by which that value came to count: its check-in, a correction, the retraction of another one, or what "
        "set the start; null if the viewer may not see it."
    )
    async def value_event(self) -> "schema.event.Event | None":
        """Load the event."""
        return await self._event(self.explanation.value_position)

    @relation("The event that made the progress what it is; null without one, or if the viewer may not see it.")
    async def event(self, info: Info) -> "schema.event.Event | None":
        """Load the event."""
        position = self.explanation.number_position
        return None if position is None else await schema.event.mover_of(position, self.row.id, info)

    async def _event(self, position: int) -> "schema.event.Event | None":
        row = await self.view.events.load(position)
        return None if row is None else schema.event.event_of(row, self.view)
