"""What objectives and key results have in common: both can be contributed to, and both have a health."""

from operator import methodcaller
from typing import Any

import strawberry

from events.health import Status
from projections.rows import PersonRow
from schema.enumeration import described
from schema.field import column, joined, need
from schema.node import Subject, seen

described(
    Status,
    "Status",
    "Health: the first that applies. May grow: keep a default branch.",
    {
        Status.CLOSED: "Closed, cancelled or dropped.",
        Status.PENDING: "A draft, or nothing reported yet and not yet due.",
        Status.OUTDATED: "No check-in within cadence and grace.",
        Status.ON_TRACK: "Reported on track.",
        Status.AT_RISK: "Reported at risk.",
        Status.OFF_TRACK: "Reported off track.",
    },
)


@strawberry.interface(
    description="What an objective can contribute to: an objective or a key result. New members come: keep a default branch."
)
class Alignable(Subject):
    """Objectives and key results, which look alike in lists."""

    version: int = column("How often its definition changed; check-ins do not count.")
    title: str = column("What it says.")
    status: Status = column("Health, computed for the moment read.", methodcaller("shown_status"))
    progress: float | None = column("Within 0 and 1; null when there is nothing decided to measure.")
    raw_progress: float | None = column("The same unclamped.")
    confidence: float | None = column("As last stated, or the weighted mean; null before any.")

    @joined("Who answers for it.", need("people", "row.owner_id"))
    def owner(self, row: PersonRow | None) -> "schema.person.Person | None":
        """Show the owner."""
        thing: Any = self
        return seen(schema.person.Person, row, thing.view)


# Nouns inherit from the interface, so it must exist before they are imported.
import schema.person  # noqa: E402
