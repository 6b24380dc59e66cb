"""Moments: which state is read. A moment belongs to a root field; everything below it is seen through it."""

from collections.abc import Mapping
from datetime import date as day
from datetime import datetime
from typing import Any

import strawberry

from projections.lens import Lens
from schema.identifiers import parse_identifier
from schema.refusal import GraphQLRefusal, RefusalCode
from schema.scalars import BigInt, parse_date_time


@strawberry.input(one_of=True, description="A point of the log: by instant, by position, or by day.")
class MomentInput:
    """Exactly one field is given."""

    time: datetime | None = strawberry.field(
        description="The state at this instant, with clock-bound values computed for it. Never later than now.",
        default=strawberry.UNSET,
    )
    position: BigInt | None = strawberry.field(
        description="The state right after this event, clock-bound values computed for the instant it was recorded.",
        default=strawberry.UNSET,
    )
    date: day | None = strawberry.field(
        description="The end of this day in the organization's time zone; today is now.",
        default=strawberry.UNSET,
    )


@strawberry.type(description="A point of the log.")
class Moment:
    """The position of the rows and the instant of the clock."""

    position: BigInt = strawberry.field(description="The last position read.")
    time: datetime = strawberry.field(description="The instant that clock-bound values are computed for.")


def named_instant(variables: Mapping[str, Any]) -> datetime | None:
    """Answer an instant that the variables of an operation name as the moment to read at, or in an identifier.

    Before anything is checked it is but a guess at what will be asked for, so that it can be looked up early.
    """
    for value in variables.values():
        match value:
            case {"time": str() as text}:
                try:
                    return parse_date_time(text)
                except ValueError:
                    continue
            case str() if "@" in value:
                reference = parse_identifier(value)
                if reference is not None and reference.instant is not None:
                    return reference.instant
            case _:
                continue
    return None


def require_same_moment(lens: Lens, instants: set[datetime]) -> None:
    """Refuse identifiers of another moment than the one that is read; those of the present fit everywhere.

    Raises:
        GraphQLRefusal: MOMENT_CONFLICT.
    """
    if instants - ({lens.instant} if lens.is_past else set()):
        raise GraphQLRefusal(RefusalCode.MOMENT_CONFLICT, "the arguments belong to different moments")
