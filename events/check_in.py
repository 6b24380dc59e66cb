"""Measurements: the check-ins of one key result, their corrections and retractions.

A check-in is never overwritten: a correction is a further event, and the old value, its author and its
time stay readable for good. The value that counts is the latest by effective time, ties by position.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from sys import intern
from typing import Any, Protocol, assert_never

from events.acknowledgement import AcknowledgeCheckIn, CheckInAcknowledged
from events.cycle import Cycle, require_open
from events.envelope import UNSET, Context, Occurrence, Unset
from events.key_result import KeyResult, require_kept
from events.kpi_link import value_source
from events.limits import camel_case
from events.metric import NO_STAGES, Metric, MetricKind, check_value
from events.objective import Objective, ObjectiveState
from events.rejection import RejectionCode, refuse

CLOCK_TOLERANCE = timedelta(minutes=5)
"""A client's clock may run ahead by this much; such a time counts as now."""


class CheckInStatus(StrEnum):
    """How the owner sees the key result."""

    ON_TRACK = "ON_TRACK"
    AT_RISK = "AT_RISK"
    OFF_TRACK = "OFF_TRACK"


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCheckIn:
    """Report a value. Without `effective_at` it was measured now; without `status` it keeps the one before.

    MILESTONE takes `done_stage_ids`, every other decided kind `value` (BINARY 0 or 1).
    """

    check_in_id: str
    key_result_id: str
    value: Decimal | None = None
    done_stage_ids: frozenset[str] | None = None
    confidence: float | None = None
    status: CheckInStatus | None = None
    comment: str | None = None
    blockers: str | None = None
    next_steps: str | None = None
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCheckIn:
    """Correct fields of a check-in; those that are UNSET stay."""

    check_in_id: str
    value: Decimal | Unset | None = UNSET
    done_stage_ids: frozenset[str] | Unset = UNSET
    confidence: float | Unset | None = UNSET
    status: CheckInStatus | Unset = UNSET
    comment: str | Unset | None = UNSET
    blockers: str | Unset | None = UNSET
    next_steps: str | Unset | None = UNSET
    effective_at: datetime | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractCheckIn:
    """Withdraw a check-in: it stays readable and no longer counts."""

    check_in_id: str


MeasurementCommand = RecordCheckIn | CorrectCheckIn | RetractCheckIn | AcknowledgeCheckIn

# --- events


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn:
    """A value was reported; with `reading_id` it was taken from that reading of a KPI."""

    check_in_id: str
    key_result_id: str
    effective_at: datetime
    status: CheckInStatus
    value: Decimal | None = None
    done_stage_ids: frozenset[str] = frozenset()
    confidence: float | None = None
    comment: str | None = None
    blockers: str | None = None
    next_steps: str | None = None
    reading_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInCorrected:
    """A check-in was corrected; the fields are the whole check-in as it now stands."""

    check_in_id: str
    key_result_id: str
    effective_at: datetime
    status: CheckInStatus
    value: Decimal | None = None
    done_stage_ids: frozenset[str] = frozenset()
    confidence: float | None = None
    comment: str | None = None
    blockers: str | None = None
    next_steps: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInRetracted:
    """A check-in was withdrawn."""

    check_in_id: str
    key_result_id: str


MeasurementEvent = CheckedIn | CheckInCorrected | CheckInRetracted | CheckInAcknowledged

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """A check-in as of some position: `position` and `recorded_at` are those of its first recording."""

    check_in_id: str
    key_result_id: str
    effective_at: datetime
    status: CheckInStatus
    value: Decimal | None
    done_stage_ids: frozenset[str]
    confidence: float | None
    comment: str | None
    blockers: str | None
    next_steps: str | None
    author_id: str
    position: int
    recorded_at: datetime
    corrected_at: datetime | None = None
    retracted_at: datetime | None = None
    reading_id: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by_id: str | None = None
    acknowledgement_note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """All check-ins of one key result, in the order of their recording.

    What follows is of those that are not retracted: the `latest` by effective time, the latest that states a
    confidence, how many there are, and the newest recording.
    """

    check_ins: Mapping[str, CheckIn] = field(default_factory=dict[str, CheckIn])
    latest: CheckIn | None = None
    latest_confident: CheckIn | None = None
    count: int = 0
    checked_in_at: datetime | None = None

    @property
    def counted(self) -> list[CheckIn]:
        """The check-ins that are not retracted."""
        return [check_in for check_in in self.check_ins.values() if check_in.retracted_at is None]


NO_MEASUREMENTS = Measurements()


class MeasurementFacts(Protocol):
    """What a decision about a check-in asks of the rest of the organization."""

    def objective(self, objective_id: str) -> Objective | None:
        """Answer an objective."""
        ...

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        ...


# --- rejections


def _check_open(key_result: KeyResult, facts: MeasurementFacts) -> None:
    objective = facts.objective(key_result.objective_id)
    if objective is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such objective", "keyResultId")
    cycle = facts.cycle(objective.cycle_id)
    if cycle is not None:
        require_open(cycle)
    if objective.state is not ObjectiveState.ACTIVE:
        raise refuse(RejectionCode.WRONG_STATE, f"the objective is {objective.state}", "keyResultId")
    require_kept(key_result)


def _measured_at(effective_at: datetime | None, context: Context) -> datetime:
    if effective_at is None:
        return context.at
    if effective_at > context.at + CLOCK_TOLERANCE:
        raise refuse(RejectionCode.IN_FUTURE, "a check-in cannot be measured in the future", "effectiveAt")
    return min(effective_at, context.at)


def _check_confidence(confidence: float | None) -> None:
    if confidence is not None and not 0 <= confidence <= 1:
        raise refuse(RejectionCode.INVALID, "confidence lies between 0 and 1", "confidence")


def _check_own(check_in: CheckIn, *changed: str) -> None:
    if check_in.reading_id is not None and changed:
        raise refuse(RejectionCode.WRONG_STATE, "the value comes from a reading of a KPI; correct that", *changed[:1])


def _taken_value(command: RecordCheckIn, key_result: KeyResult, measurements: Measurements) -> RecordCheckIn:
    """Answer the command with the value that counts, if the key result takes its values from a KPI.

    Such a key result has one source of truth: confidence, status and words may be reported, another value may not.
    """
    if value_source(key_result.kpi_links) is None:
        return command
    if command.value is not None:
        raise refuse(RejectionCode.WRONG_STATE, "the key result takes its values from a KPI; read that instead", "value")
    if measurements.latest is None:
        raise refuse(RejectionCode.REQUIRED, "the KPI that gives the values was not read yet", "keyResultId")
    return replace(command, value=measurements.latest.value)


def _known(check_in: CheckIn | None) -> CheckIn:
    if check_in is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such check-in", "checkInId")
    return check_in


# --- decide


def decide(
    command: MeasurementCommand,
    key_result: KeyResult | None,
    measurements: Measurements,
    facts: MeasurementFacts,
    context: Context,
) -> list[MeasurementEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: the thing is closed, dropped, a draft or unknown; the time lies in the future; the value
            does not fit the metric; a confidence is out of bounds; the first check-in has no status.
    """
    if key_result is None:
        field_name = "keyResultId" if isinstance(command, RecordCheckIn) else "checkInId"
        raise refuse(RejectionCode.NOT_FOUND, "no such thing to check in", field_name)
    _check_open(key_result, facts)
    match command:
        case RecordCheckIn():
            return _record(_taken_value(command, key_result, measurements), key_result, measurements, context)
        case CorrectCheckIn():
            check_in = _known(measurements.check_ins.get(command.check_in_id))
            return _correct(command, check_in, key_result.metric, context)
        case RetractCheckIn():
            check_in = _known(measurements.check_ins.get(command.check_in_id))
            if check_in.retracted_at is not None:
                return []
            _check_own(check_in, "checkInId")
            return [CheckInRetracted(check_in_id=check_in.check_in_id, key_result_id=check_in.key_result_id)]
        case AcknowledgeCheckIn():
            return _acknowledge(command, _known(measurements.check_ins.get(command.check_in_id)))
        case _:
            assert_never(command)


def _record(
    command: RecordCheckIn, key_result: KeyResult, measurements: Measurements, context: Context
) -> list[MeasurementEvent]:
    if command.check_in_id in measurements.check_ins:
        raise refuse(RejectionCode.ID_TAKEN, "a check-in with this id exists already", "id")
    check_value(key_result.metric, command.value, command.done_stage_ids)
    _check_confidence(command.confidence)
    status = command.status or (measurements.latest.status if measurements.latest else None)
    if status is None:
        raise refuse(RejectionCode.REQUIRED, "the first check-in needs a status", "status")
    return [
        CheckedIn(
            check_in_id=command.check_in_id,
            key_result_id=key_result.key_result_id,
            effective_at=_measured_at(command.effective_at, context),
            status=status,
            value=command.value,
            done_stage_ids=command.done_stage_ids or frozenset(),
            confidence=command.confidence,
            comment=command.comment,
            blockers=command.blockers,
            next_steps=command.next_steps,
        )
    ]


_CORRECTABLE = (
    "value",
    "done_stage_ids",
    "confidence",
    "status",
    "comment",
    "blockers",
    "next_steps",
    "effective_at",
)
_UNREAD: Mapping[str, Any] = {"acknowledged_at": None, "acknowledged_by_id": None, "acknowledgement_note": None}


def _correct(command: CorrectCheckIn, check_in: CheckIn, metric: Metric, context: Context) -> list[MeasurementEvent]:
    if check_in.retracted_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "a retracted check-in cannot be corrected", "checkInId")
    changed = {name: value for name in _CORRECTABLE if (value := getattr(command, name)) is not UNSET}
    if "effective_at" in changed:
        changed["effective_at"] = _measured_at(changed["effective_at"], context)
    corrected = replace(check_in, **changed)
    if corrected == check_in:
        return []
    _check_own(check_in, *(camel_case(name) for name in ("value", "effective_at") if name in changed))
    stages = corrected.done_stage_ids if metric.kind is MetricKind.MILESTONE else None
    check_value(metric, corrected.value, stages)
    _check_confidence(corrected.confidence)
    values = {name: getattr(corrected, name) for name in _CORRECTABLE}
    return [CheckInCorrected(check_in_id=check_in.check_in_id, key_result_id=check_in.key_result_id, **values)]


def _acknowledge(command: AcknowledgeCheckIn, check_in: CheckIn) -> list[MeasurementEvent]:
    if check_in.retracted_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "a retracted check-in waits for no acknowledgement", "checkInId")
    if check_in.acknowledged_at is not None:
        return []
    note = command.note if command.note and command.note.strip() else None
    return [CheckInAcknowledged(check_in_id=check_in.check_in_id, key_result_id=check_in.key_result_id, note=note)]


# --- evolve


def evolve(measurements: Measurements, event: MeasurementEvent, occurrence: Occurrence) -> Measurements:
    """Answer the measurements after an event."""
    match event:
        case CheckedIn():
            check_in = CheckIn(
                check_in_id=event.check_in_id,
                key_result_id=intern(event.key_result_id),  # the same for all of them
                effective_at=event.effective_at,
                status=event.status,
                value=event.value,
                done_stage_ids=event.done_stage_ids or NO_STAGES,
                confidence=event.confidence,
                comment=event.comment,
                blockers=event.blockers,
                next_steps=event.next_steps,
                author_id=occurrence.actor_id,
                position=occurrence.position,
                recorded_at=occurrence.recorded_at,
                reading_id=event.reading_id,
            )
        case CheckInCorrected():
            values = {name: getattr(event, name) for name in _CORRECTABLE}
            known = measurements.check_ins[event.check_in_id]
            check_in = replace(known, corrected_at=occurrence.recorded_at, **values, **_UNREAD)
        case CheckInRetracted():
            known = measurements.check_ins[event.check_in_id]
            check_in = replace(known, retracted_at=occurrence.recorded_at)
        case CheckInAcknowledged():
            check_in = replace(
                measurements.check_ins[event.check_in_id],
                acknowledged_at=occurrence.recorded_at,
                acknowledged_by_id=occurrence.actor_id,
                acknowledgement_note=event.note,
            )
        case _:
            assert_never(event)
    check_ins = {**measurements.check_ins, check_in.check_in_id: check_in}
    if isinstance(event, CheckedIn):
        # The others have not changed, so what holds for them need not be found again.
        return _counting(measurements, check_in, check_ins)
    counting = NO_MEASUREMENTS
    for each in check_ins.values():
        if each.retracted_at is None:
            counting = _counting(counting, each, check_ins)
    return replace(counting, check_ins=check_ins)


def _counting(measurements: Measurements, check_in: CheckIn, check_ins: Mapping[str, CheckIn]) -> Measurements:
    is_confident = check_in.confidence is not None
    return Measurements(
        check_ins=check_ins,
        latest=_later(measurements.latest, check_in),
        latest_confident=_later(measurements.latest_confident, check_in) if is_confident else measurements.latest_confident,
        count=measurements.count + 1,
        checked_in_at=check_in.recorded_at,
    )


def _later(known: CheckIn | None, other: CheckIn) -> CheckIn:
    if known is None or (known.effective_at, known.position) < (other.effective_at, other.position):
        return other
    return known
