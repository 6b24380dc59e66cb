"""The rows of the read models, one class per noun, as the loaders answer them.

Definitions and numbers are stored apart and joined here. Every row has `from_position`, the position
from which it is valid: that of the last event of the command that made it. Instants are UTC. Progress,
confidence and scores are floats rounded to 12 places; values of metrics are exact decimals.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from events.check_in import CheckInStatus
from events.cycle import CyclePhase
from events.metric import Metric
from events.objective import Ambition, ObjectiveState, ProgressDriver, Visibility
from events.organization import PaceBands, ScoreBand
from events.person import Role
from events.review import ReviewDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRow:
    """An organization; `id` is its identifier with prefix."""

    id: str
    name: str
    time_zone: str
    first_day_of_week: int
    fiscal_year_start_month: int
    check_in_cadence_days: int
    check_in_grace_days: int
    check_in_weekday: int
    pace_bands: PaceBands
    score_bands: tuple[ScoreBand, ...]
    disabled_findings: tuple[str, ...]
    version: int
    from_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person; `sealed` holds name and address, `key` opens it and is None once the person is erased."""

    id: str
    sealed: str
    key: bytes | None
    role: Role
    deactivated_at: datetime | None
    erased_at: datetime | None
    version: int
    from_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRow:
    """A program; `retired_at` is since when it has no access any more."""

    id: str
    name: str
    role: Role
    retired_at: datetime | None
    version: int
    from_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """A team; `ancestor_ids` run from its parent to the root."""

    id: str
    name: str
    parent_id: str | None
    lead_id: str | None
    archived_at: datetime | None
    version: int
    from_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRow:
    """A cycle; `seal_position` and `seal_hash` are those of its close event while it is closed."""

    id: str
    name: str
    phase: CyclePhase
    starts_on: date
    ends_on: date | None
    parent_id: str | None
    seal_position: int | None
    seal_hash: bytes | None
    sealed_at: datetime | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int
    from_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """The review of a closed objective; `position` is that of its event."""

    score: float
    proposed_score: float | None
    explanation: str | None
    root_cause: str | None
    learned: str | None
    decision: ReviewDecision
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveRow:
    """An objective with its number.

    `reported_status` is the worst status reported of its live key results; `checked_in_at` the newest
    recording of a check-in; `stalest_at` the oldest of, per live and decided key result, its newest
    check-in or its going live; `number_position` the position of the command that made the number.
    """

    id: str
    cycle_id: str
    team_id: str | None
    owner_id: str | None
    title: str
    description: str | None
    ambition: Ambition
    visibility: Visibility
    driver: ProgressDriver
    priority: int | None
    labels: tuple[str, ...]
    contributor_ids: tuple[str, ...]
    parent_ids: tuple[str, ...]
    successor_ids: tuple[str, ...]
    carried_over_from_id: str | None
    state: ObjectiveState
    activated_at: datetime | None
    review: ReviewRow | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int
    from_position: int
    progress: float | None
    raw_progress: float | None
    confidence: float | None
    reported_status: CheckInStatus | None
    checked_in_at: datetime | None
    stalest_at: datetime | None
    number_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultRow:
    """A key result with its number; the objective's state, cycle and dates are denormalized for status.

    `original` is the metric at activation; `live_at` the moment from which check-ins fall due; `current`
    the latest value by effective time or the start; `checked_in_at` the newest recording.
    """

    id: str
    objective_id: str
    title: str
    metric: Metric
    original: Metric
    weight: Decimal
    owner_id: str | None
    due_on: date | None
    priority: int | None
    replaces_id: str | None
    carried_over_from_id: str | None
    ordinal: int
    live_at: datetime | None
    dropped_at: datetime | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int
    from_position: int
    progress: float | None
    raw_progress: float | None
    current: Decimal | None
    done_stage_ids: frozenset[str]
    held_share: float | None
    confidence: float | None
    reported_status: CheckInStatus | None
    last_check_in_id: str | None
    check_in_count: int
    checked_in_at: datetime | None
    number_position: int
    objective_state: ObjectiveState
    cycle_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInRow:
    """A check-in as it stood; `position` is that of its first recording, `author_id` its first author.

    `progress_before` and `progress_after` are the key result's around its recording. `objective_id` is that of
    the key result when the row began.
    """

    id: str
    key_result_id: str
    objective_id: str
    value: Decimal | None
    done_stage_ids: frozenset[str]
    confidence: float | None
    status: CheckInStatus
    comment: str | None
    blockers: str | None
    next_steps: str | None
    effective_at: datetime
    recorded_at: datetime
    corrected_at: datetime | None
    retracted_at: datetime | None
    author_id: str
    position: int
    reading_id: str | None
    progress_before: float | None
    progress_after: float | None
    from_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A recorded event as the audit shows it; `subject_id` is the thing it is about."""

    position: int
    event_id: UUID
    command_id: UUID
    type: str
    schema_version: int
    data: str | None
    actor_id: str
    effective_at: datetime
    recorded_at: datetime
    hash: bytes
    origin: str
    request_id: str
    reason_code: str | None
    reason_text: str | None
    subject_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One field of one thing that an event changed.

    `before` and `after` are JSON texts of a typed value: `{"kind": "NUMBER", "number": "10", "unit":
    "PERCENT", "unitLabel": null, "currency": null}`, `{"kind": "NODE", "id": "person_…"}`, `{"kind":
    "TEXT" | "ENUM", "text": …}`, `BOOLEAN`, `DATE`, `DATE_TIME`, `{"kind": "LIST", "values": […]}`; None
    when there was or is no value.
    """

    position: int
    ordinal: int
    subject_id: str
    objective_id: str | None
    field: str
    before: str | None
    after: str | None
