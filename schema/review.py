"""Reviews: how objectives were closed."""

import strawberry

import schema.event
from events.review import ReviewDecision
from projections.rows import ReviewRow
from schema.context import Info
from schema.enumeration import described
from schema.field import column, relation
from schema.node import present

described(
    ReviewDecision,
    "ReviewDecision",
    "What becomes of a closed objective. May grow: keep a default branch.",
    {
        ReviewDecision.KEEP: "Go on as it is.",
        ReviewDecision.MODIFY: "Go on changed.",
        ReviewDecision.ABANDON: "Stop.",
    },
)


@strawberry.type(description="How an objective was closed.")
class Review:
    """The review as its event recorded it."""

    row: strawberry.Private[ReviewRow]

    score: float = column("Between 0 and 1.")
    proposed_score: float | None = column("What progress proposed.")
    explanation: str | None = column("Why a committed one fell short or the score differs.")
    root_cause: str | None = column("Why it fell below 0.7.")
    learned: str | None = column("What was learned.")
    decision: ReviewDecision = column("What becomes of it.")

    @relation("The event that recorded it.")
    async def event(self, info: Info) -> "schema.event.Event":
        """Load the event."""
        view = await info.context.present()
        return schema.event.event_of(present(await view.events.load(self.row.position)), view)
