"""Key results that take their values from a KPI: its readings become check-ins of theirs, in the same act.

A check-in made so names its reading, so that curve, explanation and history show where the value came from. It asks for
no right to the key result: whoever made the link gave it. What is closed, dropped or a draft is left alone, and so are a
key result whose metric no longer fits, one that has as many check-ins as it may, and a reading from before the cycle.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol, assert_never

from events.calendar import start_of_day
from events.check_in import (
    CheckedIn,
    CheckIn,
    CheckInCorrected,
    CheckInRetracted,
    CheckInStatus,
    MeasurementEvent,
    Measurements,
)
from events.cycle import Cycle, CyclePhase
from events.envelope import Context
from events.identifier import Noun, derive_identifier
from events.key_result import KeyResult
from events.kpi import Kpi, bands_at
from events.kpi_link import fits
from events.kpi_measure import KpiHealth, band_of
from events.kpi_reading import KpiReadingCorrected, KpiReadingEvent, KpiReadingRecorded, KpiReadingRetracted
from events.objective import Objective, ObjectiveState

_FIRST_STATUS = {
    KpiHealth.HEALTHY: CheckInStatus.ON_TRACK,
    KpiHealth.WARNING: CheckInStatus.AT_RISK,
    KpiHealth.CRITICAL: CheckInStatus.OFF_TRACK,
}


class SourceFacts(Protocol):
    """What the check-ins that a reading makes ask of the rest of the organization."""

    def objective(self, objective_id: str) -> Objective | None:
        """Answer an objective."""
        ...

    def key_result(self, key_result_id: str) -> KeyResult | None:
        """Answer a key result."""
        ...

    def cycle(self, cycle_id: str) -> Cycle | None:
        """Answer a cycle."""
        ...

    def measurements_of(self, key_result_id: str) -> Measurements:
        """Answer the check-ins of a key result."""
        ...

    def check_in(self, check_in_id: str) -> CheckIn | None:
        """Answer a check-in."""
        ...

    def sourced_from(self, kpi_id: str) -> frozenset[str]:
        """Answer the key results that take their values from a KPI."""
        ...

    def check_ins_of_reading(self, reading_id: str) -> tuple[str, ...]:
        """Answer the check-ins that a reading made."""
        ...

    def time_zone(self) -> str:
        """Answer the organization's time zone."""
        ...


def check_ins_of(event: KpiReadingEvent, kpi: Kpi, facts: SourceFacts, context: Context) -> Iterator[MeasurementEvent]:
    """Answer the check-ins that an event of a reading makes, corrects or retracts, in the order of their key results."""
    match event:
        case KpiReadingRecorded():
            for key_result_id in sorted(facts.sourced_from(kpi.kpi_id)):
                key_result = facts.key_result(key_result_id)
                if key_result is not None and _takes(event, key_result, kpi, facts, context):
                    yield _checked_in(event, key_result, kpi, facts)
        case KpiReadingCorrected() | KpiReadingRetracted():
            for check_in_id in facts.check_ins_of_reading(event.reading_id):
                check_in = facts.check_in(check_in_id)
                if check_in is not None and check_in.retracted_at is None and _is_open(check_in.key_result_id, facts):
                    yield from _followed(event, check_in)
        case _:
            assert_never(event)


def _is_open(key_result_id: str, facts: SourceFacts) -> bool:
    key_result = facts.key_result(key_result_id)
    objective = None if key_result is None else facts.objective(key_result.objective_id)
    if key_result is None or objective is None or key_result.dropped_at is not None:
        return False
    cycle = facts.cycle(objective.cycle_id)
    return objective.state is ObjectiveState.ACTIVE and (cycle is None or cycle.phase is not CyclePhase.CLOSED)


def _takes(event: KpiReadingRecorded, key_result: KeyResult, kpi: Kpi, facts: SourceFacts, context: Context) -> bool:
    known = facts.measurements_of(key_result.key_result_id)
    has_room = len(known.check_ins) < context.limits.check_ins_per_key_result
    if not has_room or not fits(key_result.metric, kpi.measure) or not _is_open(key_result.key_result_id, facts):
        return False
    return event.effective_at >= _begin(key_result, facts)


def _begin(key_result: KeyResult, facts: SourceFacts) -> datetime:
    objective = facts.objective(key_result.objective_id)
    cycle = None if objective is None else facts.cycle(objective.cycle_id)
    return key_result.created_at if cycle is None else start_of_day(cycle.starts_on, facts.time_zone())


def _checked_in(event: KpiReadingRecorded, key_result: KeyResult, kpi: Kpi, facts: SourceFacts) -> CheckedIn:
    latest = facts.measurements_of(key_result.key_result_id).latest
    band = band_of(bands_at(kpi.band_history, event.effective_at), event.value)
    return CheckedIn(
        check_in_id=derive_identifier(Noun.CHECK_IN, event.reading_id, key_result.key_result_id),
        key_result_id=key_result.key_result_id,
        effective_at=event.effective_at,
        # A reading says nothing of how its owner sees the key result, so that stays as it was.
        status=_FIRST_STATUS[band] if latest is None else latest.status,
        value=event.value,
        reading_id=event.reading_id,
    )


def _followed(event: KpiReadingCorrected | KpiReadingRetracted, known: CheckIn) -> Iterator[MeasurementEvent]:
    if isinstance(event, KpiReadingRetracted):
        yield CheckInRetracted(check_in_id=known.check_in_id, key_result_id=known.key_result_id)
    elif (known.value, known.effective_at) != (event.value, event.effective_at):
        yield CheckInCorrected(
            check_in_id=known.check_in_id,
            key_result_id=known.key_result_id,
            effective_at=event.effective_at,
            status=known.status,
            value=event.value,
            confidence=known.confidence,
            comment=known.comment,
            blockers=known.blockers,
            next_steps=known.next_steps,
        )
