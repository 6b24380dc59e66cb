"""Spans of time, and how densely what lies in them is told."""

from datetime import datetime

import strawberry

from projections.time_line import Resolution
from schema.enumeration import described

described(
    Resolution,
    "CurveResolution",
    "How dense a curve or a time line is. May grow: keep a default branch.",
    {
        Resolution.STEP: "Every change.",
        Resolution.DAY: "One point a day.",
        Resolution.WEEK: "One point a week.",
    },
)


@strawberry.input(description="A stretch of time.")
class SpanInput:
    """Both ends belong to it."""

    from_: datetime | None = strawberry.field(
        name="from", description="Where it begins; absent is the start of everything.", default=strawberry.UNSET
    )
    to: datetime | None = strawberry.field(description="Where it ends; absent is now.", default=strawberry.UNSET)
