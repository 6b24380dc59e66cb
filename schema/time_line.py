"""The time line: the stops of a slider through the past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from projections import alignment, time_line
from projections.alignment import GraphScope
from projections.curve import CurveResolution
from projections.event_condition import hidden
from projections.keyset import KeyMismatchError
from projections.page import Page, SortKey, Window
from projections.time_line import FEWEST_STRETCHES, STRETCH_LIMIT, Stretch, Tally
from schema.alignment import ScopeInput, read_scope
from schema.connection import Connection, asked, connect
from schema.context import Info
from schema.event_type import EventType
from schema.field import column
from schema.paging import Paging, paged
from schema.scalars import BigInt
from schema.span import SpanInput, bounds_of
from schema.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketRow:
    """A stretch with what it holds."""

    stretch: Stretch
    tally: Tally


@strawberry.type(description="What happened within one stretch of a time line.")
class MomentBucket:
    """A stop of the slider."""

    row: strawberry.Private[BucketRow]

    start: datetime = column("Where the stretch begins.", lambda source: source.row.stretch.begins_at)
    end: datetime = column(
        "Where it ends, at most now; reading as of this shows its outcome.", lambda source: source.row.stretch.ends_at
    )
    last_position: BigInt = column("Position of its last event.", lambda source: source.row.stretch.last_position)
    event_count: int = column("How many events fell in it.", lambda source: source.row.tally.event_count)
    event_types: list[EventType] = column(  # type: ignore[valid-type] # pyright: ignore[reportInvalidTypeForm]
        "The types that occurred.", lambda source: [EventType(each) for each in source.row.tally.types]
    )


async def moment_buckets(
    info: Info, paging: Paging, *, scope: ScopeInput | None, span: SpanInput | None, resolution: CurveResolution
) -> Connection[MomentBucket] | None:
    """Answer a page of the stops, None when the scope names nothing that there may be."""
    view = await info.context.present()
    thing_ids: list[str] | None = None
    if scope:
        named = read_scope(scope)
        if named is None:
            return None
        kind, reference = named
        thing_ids = await _things(view, kind, reference.entity_id)
    begins_at, ends_at = bounds_of(span)
    found = await time_line.stretches(
        view.reader,
        view.lens,
        resolution,
        zone=view.settings.time_zone,
        first_weekday=view.settings.first_day_of_week,
        thing_ids=thing_ids,
        begins_at=begins_at,
        ends_at=ends_at,
    )

    async def page(window: Window) -> Page[BucketRow]:
        shown, has_previous, has_next = _windowed(found, window)
        tallies = await time_line.tallies(view.reader, view.lens, shown, thing_ids)
        return Page(
            rows=tuple(BucketRow(stretch=each, tally=tallies[each.last_position]) for each in shown),
            keys=tuple((each.last_position,) for each in shown),
            has_next=has_next,
            has_previous=has_previous,
        )

    async def count() -> int:
        return len(found)

    return await connect(
        view,
        f"moments {thing_ids} {begins_at} {ends_at} {resolution}",
        asked(paging, orders=()),
        node=lambda row: MomentBucket(row=row),
        page=page,
        count=count,
    )


async def _things(view: View, kind: GraphScope, scope_id: str) -> list[str]:
    """Answer the things whose histories together are that of a scope, as it is now."""
    if kind is GraphScope.CYCLE:
        return [scope_id]
    things = (scope_id, *await alignment.objective_ids(view.reader, view.lens, kind, scope_id))
    hidden_ids = await hidden(view.reader, view.lens, [scope_id])
    return list(dict.fromkeys(each for each in things if each not in hidden_ids))


def _windowed(found: Sequence[Stretch], window: Window) -> tuple[Sequence[Stretch], bool, bool]:
    """Answer the stretches of a window, and whether there are any before and behind them."""
    above = 0 if window.after is None else _position(window.after)
    below = None if window.before is None else _position(window.before)
    kept = [each for each in found if each.last_position > above and (below is None or each.last_position < below)]
    if window.first is not None:
        shown: Sequence[Stretch] = kept[: window.first]
        start = 0
    else:
        start = max(len(kept) - (window.last or 0), 0)
        shown = kept[start:]
    has_previous = start > 0 or any(each.last_position <= above for each in found)
    is_cut = start + len(shown) < len(kept)
    return shown, has_previous, is_cut or (below is not None and any(each.last_position >= below for each in found))


def _position(key: SortKey) -> int:
    match key:
        case (int() as position,) if not isinstance(position, bool):
            return position
        case _:
            raise KeyMismatchError


@strawberry.type
class MomentQueries:
    """Queries of moments."""

    @paged(
        "When something was recorded that the viewer may see, for a time slider, oldest first: the newest "
        f"{STRETCH_LIMIT} stretches at most, and at least {FEWEST_STRETCHES} of a scope of many objectives."
    )
    async def moment_buckets(
        self,
        info: Info,
        *,
        paging: Paging,
        scope: Annotated[
            ScopeInput | None,
            strawberry.argument(description="Of what, as it is now; null or absent is the whole organization."),
        ] = strawberry.UNSET,
        span: Annotated[SpanInput | None, strawberry.argument(description="The stretch of time.")] = strawberry.UNSET,
        resolution: Annotated[
            CurveResolution, strawberry.argument(description="How long a stretch is: an act, a day or a week.")
        ] = CurveResolution.DAY,
    ) -> Connection[MomentBucket] | None:
        """Answer a page."""
        return await moment_buckets(info, paging, scope=scope, span=span, resolution=resolution)
