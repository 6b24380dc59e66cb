"""Comparisons: what came, what went and what is different between two moments, and what moved the progress."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, cast

import strawberry

import schema.change
import schema.event
from projections import audit, comparison
from projections.alignment import GraphScope
from projections.attribution import Sources
from projections.compared_states import ScopeTooLargeError
from projections.comparison import MOST_CHANGED_EVENTS, ComparedRow, ComparisonRow, SummaryRow
from projections.memory import cut
from projections.page import Order, Page, Window
from projections.rows import ChangeRow
from schema.alignable import Alignable
from schema.alignment import ScopeInput, read_scope
from schema.connection import Connection, asked, connect
from schema.context import Context, Info
from schema.field import column, relation
from schema.loader import Loader
from schema.moment import Moment, MomentInput
from schema.node import present
from schema.paging import Paging, paged
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.scalars import BigInt
from schema.subject import load_subject
from schema.view import View

_BY_KIND = (Order(field="kind"),)
_BY_MOVEMENT = (Order(field="movement", is_descending=True),)
_BY_POSITION = (Order(field="position"),)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


@strawberry.type(description="What moved a progress between two moments; the parts add up to its difference.")
class ProgressBySource:
    """The differences between the stages of `projections/attribution.py`."""

    row: strawberry.Private[Sources]

    by_values: float = column(
        "Through measured values, at the earlier targets and weights.", lambda each: float(each.row.by_values)
    )
    by_targets: float = column("Through moved targets, at the later values.", lambda each: float(each.row.by_targets))
    by_weights: float = column("Through weights, at the later values and targets.", lambda each: float(each.row.by_weights))
    by_scope: float = column(
        "Through what came, went, or began or ceased to be measurable.", lambda each: float(each.row.by_scope)
    )


@strawberry.type(description="One thing that is there at both moments and differs.")
class ComparedSubject:
    """An objective or a key result at two moments."""

    row: strawberry.Private[ComparedRow]
    before: strawberry.Private[View]
    after: strawberry.Private[View]

    progress_before: float | None = column("Progress at the earlier moment.", lambda each: _float(each.row.progress_before))
    progress_after: float | None = column("Progress at the later moment.", lambda each: _float(each.row.progress_after))
    progress_by_source: ProgressBySource = column(
        "What moved the progress; an unknown one counts as 0.", lambda each: ProgressBySource(row=each.row.sources)
    )

    @relation("The thing at the later moment.")
    async def subject(self) -> Alignable:
        """Load it as it became."""
        return await _alignable(self.after, self.row.id)

    @relation("The thing at the earlier moment.")
    async def subject_before(self) -> Alignable:
        """Load it as it was."""
        return await _alignable(self.before, self.row.id)

    @paged(
        "What was changed of its definition in between, field by field, oldest first; "
        f"of the newest {MOST_CHANGED_EVENTS} events at most."
    )
    async def changes(self, info: Info, *, paging: Paging) -> "Connection[schema.change.Change]":
        """Load a page of changes."""
        rows = await _changes(self.before, self.after).load(self.row.id)
        current = await info.context.present()

        async def page(window: Window) -> "Page[schema.change.Change]":
            found = cut((((row.position, row.ordinal), row) for row in rows), _BY_POSITION, window)
            shown = await gather(*(_change(row, current) for row in found.rows))
            return Page(rows=tuple(shown), keys=found.keys, has_next=found.has_next, has_previous=found.has_previous)

        async def count() -> int:
            return len(rows)

        name = f"changes of {self.row.id} {_between(self.before, self.after)}"
        return await connect(self.after, name, asked(paging, orders=()), node=_itself, page=page, count=count)


@strawberry.type(
    description="A comparison in numbers. Counts are of things that the viewer may see and that differ between the moments."
)
class ComparisonSummary:
    """Made from a comparison."""

    row: strawberry.Private[SummaryRow]
    compared: strawberry.Private[ComparisonRow]
    scope: strawberry.Private[tuple[GraphScope, str]]
    before: strawberry.Private[View]
    after: strawberry.Private[View]

    objectives_added: int = column("Objectives that came.", lambda each: len(each.compared.added[0]))
    objectives_removed: int = column("Objectives that went.", lambda each: len(each.compared.removed[0]))
    key_results_added: int = column("Key results that came.", lambda each: len(each.compared.added[1]))
    key_results_removed: int = column("Key results that went.", lambda each: len(each.compared.removed[1]))
    targets_raised: int = column("Key results whose target became harder.")
    targets_lowered: int = column("Key results whose target became easier.")
    owners_changed: int = column("Things with another owner.")
    realigned: int = column("Objectives that contribute to something else.")
    retitled: int = column("Things with another title.")
    reweighted: int = column("Key results with another weight.")
    progress_before: float | None = column(
        "Progress of the whole at the earlier moment, the same for every viewer: of the objective that the scope names, "
        "otherwise the mean over its active and closed objectives.",
        lambda each: _float(each.row.progress_before),
    )
    progress_after: float | None = column(
        "Progress of the whole at the later moment.", lambda each: _float(each.row.progress_after)
    )
    progress_by_source: ProgressBySource = column(
        "What moved the progress of the whole.", lambda each: ProgressBySource(row=each.row.sources)
    )

    @relation("Events in between, of the things in the scope at either moment and of their parts.")
    async def event_count(self, info: Info) -> int:
        """Count the events."""
        reader = (await info.context.present()).reader
        return await audit.count_between(reader, self.before.lens, self.after.lens, self._things())

    def _things(self) -> Sequence[str] | None:
        kind, scope_id = self.scope
        match kind:
            case GraphScope.ORGANIZATION:
                return None
            case GraphScope.CYCLE:
                return (scope_id,)
            case _:
                return (scope_id, *self.compared.objective_ids)


@strawberry.type(
    description="What changed between two moments. Compared are active and closed objectives and their key results that are "
    "not dropped."
)
class Comparison:
    """A scope at two moments."""

    row: strawberry.Private[ComparisonRow]
    scope: strawberry.Private[tuple[GraphScope, str]]
    before: strawberry.Private[View]
    after: strawberry.Private[View]

    from_: Moment = column("The earlier moment.", lambda each: _moment(each.before), name="from")
    to: Moment = column("The later moment.", lambda each: _moment(each.after))
    summary: ComparisonSummary = column(
        "In numbers.",
        lambda each: ComparisonSummary(
            row=each.row.summary, compared=each.row, scope=each.scope, before=each.before, after=each.after
        ),
    )

    @paged("What came, as it is at the later moment; objectives first, then key results, each by its age.")
    async def added(self, *, paging: Paging) -> Connection[Alignable]:
        """Load a page of what is only there later."""
        return await self._listed("added", self.row.added, self.after, paging)

    @paged("What went, as it was at the earlier moment; objectives first, then key results, each by its age.")
    async def removed(self, *, paging: Paging) -> Connection[Alignable]:
        """Load a page of what is only there earlier."""
        return await self._listed("removed", self.row.removed, self.before, paging)

    @paged(
        "What is there at both and differs: its definition was changed in between, or its progress is another. "
        "Those whose progress moved the most come first."
    )
    async def changed(self, *, paging: Paging) -> Connection[ComparedSubject]:
        """Load a page of what differs."""
        rows = self.row.changed

        async def page(window: Window) -> Page[ComparedRow]:
            return cut((((float(row.movement), row.id), row) for row in rows), _BY_MOVEMENT, window)

        async def count() -> int:
            return len(rows)

        return await connect(
            self.after,
            f"changed {self._name}",
            asked(paging, orders=()),
            node=lambda row: ComparedSubject(row=row, before=self.before, after=self.after),
            page=page,
            count=count,
        )

    async def _listed(
        self, name: str, ids: tuple[Sequence[str], Sequence[str]], view: View, paging: Paging
    ) -> Connection[Alignable]:
        entries = [((kind, each), each) for kind, several in enumerate(ids) for each in several]

        async def page(window: Window) -> Page[Any]:
            found = cut(entries, _BY_KIND, window)
            rows = await gather(*(_alignable(view, each) for each in found.rows))
            return Page(rows=tuple(rows), keys=found.keys, has_next=found.has_next, has_previous=found.has_previous)

        async def count() -> int:
            return len(entries)

        request = asked(paging, orders=())
        return await connect(view, f"{name} {self._name}", request, node=_itself, page=page, count=count)

    @property
    def _name(self) -> str:
        return f"{self.scope} {_between(self.before, self.after)}"


async def load_comparison(
    context: Context, scope: ScopeInput | None, from_: MomentInput, to: MomentInput | None
) -> Comparison | None:
    """Answer the comparison of a scope, None when the scope names nothing that the viewer may see at either moment.

    Raises:
        GraphQLRefusal: ARGUMENT_INVALID when the moments are not in order or the scope is too large, and whatever a moment
            may be refused for.
    """
    named: tuple[GraphScope, str] = (GraphScope.ORGANIZATION, "")
    if scope:
        read = read_scope(scope)
        if read is None:
            return None
        named = (read[0], read[1].entity_id)
    before, after = await context.at(from_, set()), await context.at(to, set())
    if after.lens.instant < before.lens.instant:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, "the comparison ends before it begins")
    if scope and not any(await gather(*(load_subject(named[1], view) for view in (before, after)))):
        return None
    try:
        row = await comparison.compare(
            context.reader, before.lens, after.lens, *named, objective_limit=context.limits.compared_objectives
        )
    except ScopeTooLargeError as error:
        raise GraphQLRefusal(RefusalCode.ARGUMENT_INVALID, str(error)) from error
    return Comparison(row=row, scope=named, before=before, after=after)


def _changes(before: View, after: View) -> Loader[str, Sequence[ChangeRow]]:
    async def load(ids: Sequence[str]) -> Mapping[str, Sequence[ChangeRow]]:
        return await comparison.changes_of(after.reader, before.lens, after.lens, ids)

    return after.batched(("changes since", before.lens), load)


async def _change(row: ChangeRow, view: View) -> "schema.change.Change":
    event = present(await view.events.load(row.position))
    return schema.change.Change(row=row, source=schema.event.event_of(event, view))


async def _alignable(view: View, thing_id: str) -> Alignable:
    thing = await load_subject(thing_id, view)
    return cast("Alignable", present(thing))


def _itself(thing: Any) -> Any:
    return thing


def _moment(view: View) -> Moment:
    return Moment(position=BigInt(view.lens.position), time=view.lens.instant)


def _between(before: View, after: View) -> str:
    return f"{before.lens.instant} {after.lens.instant if after.lens.is_past else ''}"


@strawberry.type
class ComparisonQueries:
    """Queries of comparisons."""

    @relation(
        "What changed between two moments: what came, went and differs, with reasons, and what moved the progress; "
        "null for a scope that names nothing."
    )
    async def compare(
        self,
        info: Info,
        from_: Annotated[MomentInput, strawberry.argument(name="from", description="The earlier moment.")],
        to: Annotated[
            MomentInput | None, strawberry.argument(description="The later moment; null or absent is now.")
        ] = strawberry.UNSET,
        scope: Annotated[
            ScopeInput | None,
            strawberry.argument(description="Of what; null or absent is the whole organization."),
        ] = strawberry.UNSET,
    ) -> Comparison | None:
        """Answer the comparison of a scope."""
        return await load_comparison(info.context, scope, from_, to)
