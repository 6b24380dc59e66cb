"""The rows of the read models, one class per noun, as the loaders answer them.

Definitions and numbers are stored apart and joined here. What lists are made of is a named tuple: a screen has thousands,
and making a dataclass of as many fields takes several times as long. Every row has `from_position`, the position
from which it is valid: that of the last event of the command that made it. Instants are UTC. Progress,
confidence and scores are floats rounded to 12 places; values of metrics are exact decimals.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from events.check_in import CheckInStatus
from events.coach.texts import Language
from events.custom_field import Choices, CustomFieldKind, CustomFieldNoun
from events.cycle import CyclePhase
from events.health import newest
from events.initiative import InitiativeState, Link
from events.kpi import BandsInForce
from events.kpi_calendar import Frequency
from events.kpi_measure import Bands, Direction, Measure
from events.metric import Metric, Unit
from events.objective import Ambition, ObjectiveState, ProgressDriver, Visibility
from events.organization import PaceBands, ScoreBand
from events.person import Role
from events.review import ReviewDecision
from events.template_content import TemplateContent, TemplateFunction

MOST_TEXTS = 4
MOST_TEXT_CHARACTERS = 2_000


class RowTexts(dict[int, str]):
    """Texts made of a row alone, by the number of what made them: a few short ones, for they live as long as the row."""

    def keep(self, number: int, text: str) -> None:
        """Keep a text, unless it is long, in place of all others when there are too many."""
        if len(text) <= MOST_TEXT_CHARACTERS:
            if len(self) >= MOST_TEXTS:
                self.clear()
            self[number] = text


class KeptRow:
    """A row that is kept for other requests, and what was made of it with it."""

    @cached_property
    def texts(self) -> RowTexts:
        """What was made of the row."""
        return RowTexts()


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


class _PersonColumns(NamedTuple):
    id: str
    sealed: str
    key: bytes | None
    role: Role
    deactivated_at: datetime | None
    erased_at: datetime | None
    version: int
    from_position: int


class PersonRow(_PersonColumns, KeptRow):
    """A person; `sealed` holds name and address, `key` opens it and is None once the person is erased."""

    def with_key(self, key: bytes | None) -> "PersonRow":
        """Answer the row with a key; what was made of it without one is the same."""
        keyed = self._replace(key=key)
        keyed.texts = self.texts
        return keyed


class ProgramRow(NamedTuple):
    """A program; `retired_at` is since when it has no access any more."""

    id: str
    name: str
    role: Role
    retired_at: datetime | None
    version: int
    from_position: int


class _TeamColumns(NamedTuple):
    id: str
    name: str
    parent_id: str | None
    lead_id: str | None
    archived_at: datetime | None
    version: int
    from_position: int


class TeamRow(_TeamColumns, KeptRow):
    """A team; `ancestor_ids` run from its parent to the root."""


class _CycleColumns(NamedTuple):
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


class CycleRow(_CycleColumns, KeptRow):
    """A cycle; `seal_position` and `seal_hash` are those of its close event while it is closed."""


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


class _ObjectiveColumns(NamedTuple):
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
    template_id: str | None
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


class ObjectiveRow(_ObjectiveColumns, KeptRow):
    """An objective with its number.

    `reported_status` is the worst status reported of its live key results; `checked_in_at` the newest
    recording of a check-in; `stalest_at` the oldest of, per live and decided key result, its newest
    check-in or its going live; `number_position` the position of the command that made the number.
    """


class _KeyResultColumns(NamedTuple):
    id: str
    objective_id: str
    title: str
    metric: Metric
    original: Metric
    weight: Decimal
    owner_id: str | None
    due_on: date | None
    priority: int | None
    labels: tuple[str, ...]
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


class KeyResultRow(_KeyResultColumns, KeptRow):
    """A key result with its number; the objective's state, cycle and dates are denormalized for status.

    `original` is the metric at activation; `live_at` the moment from which check-ins fall due; `current`
    the latest value by effective time or the start; `checked_in_at` the newest recording.
    """

    @cached_property
    def is_running(self) -> bool:
        """Whether it counts now: it is not dropped, and its objective is active."""
        return self.objective_state is ObjectiveState.ACTIVE and self.dropped_at is None

    @cached_property
    def stale_since(self) -> datetime | None:
        """The instant from which its silence counts; see `events.health.status_shown`."""
        return newest(self.checked_in_at, self.live_at)


class _CheckInColumns(NamedTuple):
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
    acknowledged_at: datetime | None
    acknowledged_by_id: str | None
    acknowledgement_note: str | None
    progress_before: float | None
    progress_after: float | None
    from_position: int


class CheckInRow(_CheckInColumns, KeptRow):
    """A check-in as it stood; `position` is that of its first recording, `author_id` its first author.

    `progress_before` and `progress_after` are the key result's around its recording. `objective_id` is that of
    the key result when the row began.
    """


class InitiativeRow(NamedTuple):
    """An initiative; `supported_ids` are those of objectives and key results, `ended_at` since when it is done or dropped."""

    id: str
    title: str
    description: str | None
    state: InitiativeState
    owner_id: str | None
    begins_on: date | None
    due_on: date | None
    labels: tuple[str, ...]
    priority: int | None
    links: tuple[Link, ...]
    supported_ids: tuple[str, ...]
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int
    from_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyRow:
    """A dependency between two initiatives or two key results."""

    dependent_id: str
    blocker_id: str
    note: str | None


class CommentRow(NamedTuple):
    """A comment as it stood; `text` is None once it is withdrawn. `position` is that of its first event."""

    id: str
    subject_id: str
    reply_to_id: str | None
    text: str | None
    mention_ids: tuple[str, ...]
    author_id: str
    written_at: datetime
    edited_at: datetime | None
    withdrawn_at: datetime | None
    position: int
    from_position: int


class RecognitionRow(NamedTuple):
    """A recognition as it stood; `text` is None once it is withdrawn. `position` is that of its first event."""

    id: str
    subject_id: str | None
    person_ids: tuple[str, ...]
    text: str | None
    author_id: str
    recognized_at: datetime
    withdrawn_at: datetime | None
    position: int
    from_position: int


class CustomFieldRow(NamedTuple):
    """A custom field; `choices` are all of them in their order, retired ones included."""

    id: str
    applies_to: CustomFieldNoun
    kind: CustomFieldKind
    name: str
    description: str | None
    is_required: bool
    choices: Choices
    archived_at: datetime | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int
    from_position: int


class CustomValueRow(NamedTuple):
    """What a thing has in a custom field; one of the six last is not None, by the kind of the field."""

    id: str
    thing_id: str
    field_id: str
    text: str | None
    exact_number: Decimal | None
    day: date | None
    choice_id: str | None
    person_id: str | None
    url: str | None


class KpiRow(NamedTuple):
    """A KPI with its number; `value` was read at `effective_at`, both None as long as nothing counts.

    `number_position` is the position of the command that made the number, None before the first reading.
    """

    id: str
    title: str
    description: str | None
    priority: int | None
    labels: tuple[str, ...]
    team_id: str | None
    owner_id: str | None
    direction: Direction
    unit: Unit
    unit_label: str | None
    currency: str | None
    band_history: tuple[BandsInForce, ...]
    frequency: Frequency
    archived_at: datetime | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int
    from_position: int
    value: Decimal | None
    effective_at: datetime | None
    reading_id: str | None
    number_position: int | None

    @property
    def measure(self) -> Measure:
        """What is measured, and which way is good."""
        return Measure(direction=self.direction, unit=self.unit, unit_label=self.unit_label, currency=self.currency)

    @property
    def bands(self) -> Bands:
        """The bands in force."""
        return self.band_history[-1].bands


class KpiReadingRow(NamedTuple):
    """A reading as it stood; `position` is that of its first recording, `written_at` that of its newest event."""

    id: str
    kpi_id: str
    value: Decimal
    comment: str | None
    effective_at: datetime
    recorded_at: datetime
    corrected_at: datetime | None
    retracted_at: datetime | None
    author_id: str
    position: int
    written_at: int
    from_position: int


class TemplateRow(NamedTuple):
    """A template; one of the library has a `key`, is the system's and at its library's version."""

    id: str
    title: str
    description: str | None
    function: TemplateFunction
    language: Language
    content: TemplateContent
    archived_at: datetime | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int
    from_position: int
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A recorded event as the audit shows it; `subject_id` is the thing it is about.

    `changes` is what it changed, as `projections.changes.read_changes` reads it; `objective_id` of which objective that is.
    """

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
    objective_id: str | None
    changes: str


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
