"""Readings of KPIs, their corrections and retractions: a stream of their own beside the KPI's definition.

A reading is never overwritten. The value that counts is the latest by effective time, ties by position.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from events.check_in import CLOCK_TOLERANCE
from events.envelope import UNSET, Context, Occurrence, Unset
from events.kpi import Kpi, require_in_use
from events.rejection import RejectionCode, refuse, refuse_limit

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKpiReading:
    """Report a value of a KPI. Without `effective_at` it was read now."""

    reading_id: str
    kpi_id: str
    value: Decimal
    comment: str | None = None
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectKpiReading:
    """Correct fields of a reading; those that are UNSET stay."""

    reading_id: str
    value: Decimal | Unset = UNSET
    comment: str | Unset | None = UNSET
    effective_at: datetime | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractKpiReading:
    """Withdraw a reading: it stays readable and no longer counts."""

    reading_id: str


KpiReadingCommand = RecordKpiReading | CorrectKpiReading | RetractKpiReading

# --- events


def _stream_of(kpi_id: str) -> str:
    # The identifier of the KPI names the stream of its definition.
    return f"{kpi_id}/readings"


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReadingRecorded:
    """A value of a KPI was reported."""

    reading_id: str
    kpi_id: str
    value: Decimal
    effective_at: datetime
    comment: str | None = None

    @property
    def stream_id(self) -> str:
        """The stream of the KPI's readings."""
        return _stream_of(self.kpi_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReadingCorrected:
    """A reading was corrected; the fields are the whole reading as it now stands."""

    reading_id: str
    kpi_id: str
    value: Decimal
    effective_at: datetime
    comment: str | None = None

    @property
    def stream_id(self) -> str:
        """The stream of the KPI's readings."""
        return _stream_of(self.kpi_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReadingRetracted:
    """A reading was withdrawn."""

    reading_id: str
    kpi_id: str

    @property
    def stream_id(self) -> str:
        """The stream of the KPI's readings."""
        return _stream_of(self.kpi_id)


KpiReadingEvent = KpiReadingRecorded | KpiReadingCorrected | KpiReadingRetracted

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReading:
    """A reading as of some position.

    `position` and `recorded_at` are those of its first recording, `written_at` is the position of its newest event.
    """

    reading_id: str
    kpi_id: str
    value: Decimal
    effective_at: datetime
    comment: str | None
    author_id: str
    position: int
    written_at: int
    recorded_at: datetime
    corrected_at: datetime | None = None
    retracted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReadings:
    """All readings of one KPI, in the order of their recording.

    `latest` is that which counts, `moved_at` the position of the event that last made another value count.
    """

    readings: Mapping[str, KpiReading] = field(default_factory=dict[str, KpiReading])
    latest: KpiReading | None = None
    moved_at: int = 0

    @property
    def counted(self) -> list[KpiReading]:
        """The readings that are not retracted, by effective time."""
        counted = (reading for reading in self.readings.values() if reading.retracted_at is None)
        return sorted(counted, key=_order)


NO_READINGS = KpiReadings()


def _order(reading: KpiReading) -> tuple[datetime, int]:
    return reading.effective_at, reading.position


# --- rejections


def _read_at(effective_at: datetime | None, context: Context) -> datetime:
    if effective_at is None:
        return context.at
    if effective_at > context.at + CLOCK_TOLERANCE:
        raise refuse(RejectionCode.IN_FUTURE, "a KPI cannot be read in the future", "effectiveAt")
    return min(effective_at, context.at)


def _known(reading: KpiReading | None) -> KpiReading:
    if reading is None:
        raise refuse(RejectionCode.NOT_FOUND, "no such reading", "readingId")
    return reading


# --- decide


def decide(command: KpiReadingCommand, kpi: Kpi | None, readings: KpiReadings, context: Context) -> list[KpiReadingEvent]:
    """Answer the events of a command.

    Raises:
        Rejected: the KPI is archived or unknown, the time lies in the future, the reading is unknown or retracted, or
            there are too many.
    """
    if kpi is None:
        is_new = isinstance(command, RecordKpiReading)
        raise refuse(RejectionCode.NOT_FOUND, "no such thing to read", "kpiId" if is_new else "readingId")
    require_in_use(kpi)
    match command:
        case RecordKpiReading():
            limit, count = context.limits.readings_per_kpi, len(readings.readings) + 1
            if count > limit:
                raise refuse_limit("readings of a KPI", limit, count, "kpiId")
            return [
                KpiReadingRecorded(
                    reading_id=command.reading_id,
                    kpi_id=kpi.kpi_id,
                    value=command.value,
                    effective_at=_read_at(command.effective_at, context),
                    comment=command.comment,
                )
            ]
        case CorrectKpiReading():
            return _correct(command, _known(readings.readings.get(command.reading_id)), context)
        case RetractKpiReading():
            reading = _known(readings.readings.get(command.reading_id))
            if reading.retracted_at is not None:
                return []
            return [KpiReadingRetracted(reading_id=reading.reading_id, kpi_id=reading.kpi_id)]
        case _:
            assert_never(command)


_CORRECTABLE = ("value", "comment", "effective_at")


def _correct(command: CorrectKpiReading, reading: KpiReading, context: Context) -> list[KpiReadingEvent]:
    if reading.retracted_at is not None:
        raise refuse(RejectionCode.WRONG_STATE, "a retracted reading cannot be corrected", "readingId")
    changed = {name: value for name in _CORRECTABLE if (value := getattr(command, name)) is not UNSET}
    if "effective_at" in changed:
        changed["effective_at"] = _read_at(changed["effective_at"], context)
    corrected = replace(reading, **changed)
    if corrected == reading:
        return []
    values = {name: getattr(corrected, name) for name in _CORRECTABLE}
    return [KpiReadingCorrected(reading_id=reading.reading_id, kpi_id=reading.kpi_id, **values)]


# --- evolve


def evolve(readings: KpiReadings, event: KpiReadingEvent, occurrence: Occurrence) -> KpiReadings:
    """Answer the readings after an event."""
    match event:
        case KpiReadingRecorded():
            reading = KpiReading(
                reading_id=event.reading_id,
                kpi_id=event.kpi_id,
                value=event.value,
                effective_at=event.effective_at,
                comment=event.comment,
                author_id=occurrence.actor_id,
                position=occurrence.position,
                written_at=occurrence.position,
                recorded_at=occurrence.recorded_at,
            )
        case KpiReadingCorrected():
            reading = replace(
                readings.readings[event.reading_id],
                value=event.value,
                effective_at=event.effective_at,
                comment=event.comment,
                written_at=occurrence.position,
                corrected_at=occurrence.recorded_at,
            )
        case KpiReadingRetracted():
            known = readings.readings[event.reading_id]
            reading = replace(known, written_at=occurrence.position, retracted_at=occurrence.recorded_at)
        case _:
            assert_never(event)
    every = {**readings.readings, reading.reading_id: reading}
    if isinstance(event, KpiReadingRecorded):
        is_latest = readings.latest is None or _order(readings.latest) < _order(reading)
        latest = reading if is_latest else readings.latest
    else:
        latest = max((each for each in every.values() if each.retracted_at is None), key=_order, default=None)
    has_moved = _shown(latest) != _shown(readings.latest)
    return KpiReadings(readings=every, latest=latest, moved_at=occurrence.position if has_moved else readings.moved_at)


def _shown(reading: KpiReading | None) -> tuple[object, ...] | None:
    return None if reading is None else (reading.reading_id, reading.value, reading.effective_at)
