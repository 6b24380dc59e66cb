"""Check-ins: values as measured and as recorded, with every wording they had."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import strawberry

import schema.event
import schema.key_result
import schema.kpi
from events.check_in import CheckInStatus
from events.cycle import CyclePhase
from events.health import Status
from projections.check_ins import RevisionRow
from projections.rows import CheckInRow, CycleRow, KeyResultRow, KpiReadingRow, ObjectiveRow, PersonRow, ProgramRow
from schema.action import Action, on_check_in, on_commentable
from schema.actor import actor, actor_of, load_actor
from schema.commentable import Commentable
from schema.context import Info
from schema.enumeration import described
from schema.field import column, joined, need, relation
from schema.identifiers import identifier
from schema.node import Actor, actions, present, seen
from schema.view import View

described(
    CheckInStatus,
    "CheckInStatus",
    "Health as reported.",
    {
        CheckInStatus.ON_TRACK: "On track.",
        CheckInStatus.AT_RISK: "At risk.",
        CheckInStatus.OFF_TRACK: "Off track.",
    },
)


MOST_REVISIONS = 100


@strawberry.type(description="One wording of a check-in; the same at every moment.")
class CheckInRevision:
    """What one event recorded."""

    row: strawberry.Private[RevisionRow]

    id: strawberry.ID = column(
        "Unique across all types; opaque.", of_row=lambda row: strawberry.ID(f"{row.check_in_id}#{row.position}")
    )
    value: Decimal | None = column("The value then.")
    comment: str | None = column("The comment then.")
    blockers: str | None = column("The blockers then.")
    next_steps: str | None = column("The next steps then.")
    confidence: float | None = column("The confidence then.")
    status: Status = column("The status then.", of_row=lambda row: Status(row.status))
    effective_at: datetime = column("The effective time then.")
    recorded_at: datetime = column("When it was written.")

    @relation("Who wrote it, as they are called now.")
    async def author(self, info: Info) -> Actor:
        """Load the author."""
        return await load_actor(self.row.author_id, await info.context.present())

    @relation("The event that wrote it; null if the viewer may not see it.")
    async def event(self, info: Info) -> "schema.event.Event | None":
        """Load the event: with a key result that moved its check-ins move, but not what was recorded of another objective."""
        view = await info.context.present()
        row = await view.events.load(self.row.position)
        return None if row is None else schema.event.event_of(row, view)


def _cycle_id(_: object, measured: KeyResultRow) -> str:
    return measured.cycle_id


def _objective_id(_: object, measured: KeyResultRow, __: CycleRow) -> str:
    return measured.objective_id


_KEY_RESULT = need("key_results", "row.key_result_id")


@strawberry.type(description="A value, as measured and as recorded.")
class CheckIn(Commentable):
    """A check-in as seen through a view."""

    row: strawberry.Private[CheckInRow]
    view: strawberry.Private[View]

    value: Decimal | None = column("The value; null for MILESTONE and UNDECIDED.")
    confidence: float | None = column("How confident, 0 to 1.")
    status: Status = column("As reported; the one before if none was given.", of_row=lambda row: Status(row.status))
    comment: str | None = column("In words.")
    blockers: str | None = column("What is in the way.")
    next_steps: str | None = column("What comes next.")
    effective_at: datetime = column("When it was measured.")
    recorded_at: datetime = column("When it was first recorded.")
    corrected_at: datetime | None = column("When it was last corrected; null if never.")
    retracted_at: datetime | None = column("When it was taken back; null if not.")
    acknowledged_at: datetime | None = column("When a reviewer acknowledged it; null if not since its last wording.")
    acknowledgement_note: str | None = column("What the reviewer said with it.")
    progress_before: float | None = column("The key result's progress before it was recorded.")
    progress_after: float | None = column("The key result's progress after it was recorded.")
    done_stage_ids: list[strawberry.ID] = column(
        "Stages reached, for MILESTONE.",
        lambda source: [identifier(each, source.view.lens) for each in sorted(source.row.done_stage_ids)],
    )

    @joined("What was measured.", _KEY_RESULT)
    def key_result(self, row: KeyResultRow | None) -> "schema.key_result.KeyResult":
        """Show the key result."""
        return present(seen(schema.key_result.KeyResult, row, self.view))

    @joined(
        "The reading of a KPI that its value was taken from; null if it was reported.", need("kpi_readings", "row.reading_id")
    )
    def reading(self, row: KpiReadingRow | None) -> "schema.kpi.KpiReading | None":
        """Show the reading."""
        return seen(schema.kpi.KpiReading, row, self.view)

    author = actor("Who recorded it first.", "row.author_id")

    @joined(
        "Who acknowledged it as it stands; null if nobody did since its last wording.", need("actors", "row.acknowledged_by_id")
    )
    def acknowledged_by(self, row: PersonRow | ProgramRow | None) -> Actor | None:
        """Show the reviewer."""
        return None if self.row.acknowledged_by_id is None else actor_of(row, self.view)

    @joined("Every wording it had up to the moment read, oldest first; at most 100.", need("revisions_of_check_in", "row.id"))
    def revisions(self, rows: Sequence[RevisionRow]) -> list[CheckInRevision]:
        """Show the wordings."""
        return [CheckInRevision(row=row) for row in rows[:MOST_REVISIONS]]

    @actions(
        _KEY_RESULT,
        need("cycles", _cycle_id),
        need("objectives", _objective_id),
    )
    def viewer_can(self, measured: KeyResultRow, cycle: CycleRow, objective: ObjectiveRow) -> list[Action]:
        """Answer the actions."""
        return [
            *on_check_in(
                self.view.rights.to_check_in(self.row, measured, objective),
                measured.objective_state,
                is_dropped=measured.dropped_at is not None,
                is_retracted=self.row.retracted_at is not None,
                is_acknowledged=self.row.acknowledged_at is not None,
                is_cycle_closed=cycle.phase is CyclePhase.CLOSED,
            ),
            *on_commentable(self.view.rights.anywhere()),
        ]
