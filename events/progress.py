"""Numbers: the progress, confidence and status of key results and objectives, folded from facts.

Formulas: `docs/glossary.md` (Progress). Sums run in the order of identifiers and are rounded once, so
the same facts give the same number on every machine and in every rebuild.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from events.check_in import CheckInStatus, Measurements
from events.key_result import KeyResult
from events.metric import NO_STAGES, PROGRESS_PLACES, ZERO, clamped, held_count, holds, quotient, raw_progress, rounded


class KeyResultNumber(NamedTuple):
    """What a key result's check-ins say together.

    `progress` is in [0, 1], `raw_progress` the same unclamped; both None when undecided. `original_progress` is
    `progress` against the original target. `current` is the latest value by effective time, or None before any check-in.
    `held_count` is the number of check-ins at which a bound or range held, None for other kinds; `held_share` is their share,
    None without check-ins too.
    """

    progress: Decimal | None
    raw_progress: Decimal | None
    original_progress: Decimal | None
    current: Decimal | None
    done_stage_ids: frozenset[str]
    held_share: Decimal | None
    held_count: int | None
    confidence: float | None
    status: CheckInStatus | None
    last_check_in_id: str | None
    check_in_count: int
    checked_in_at: datetime | None


class Part(NamedTuple):
    """One contribution to an objective's progress; `part_id` is a key result's or an objective's."""

    part_id: str
    weight: Decimal
    progress: Decimal
    raw_progress: Decimal


class Reported(NamedTuple):
    """What the check-ins of an objective's key results say beside their progress.

    `checked_in_at` is the newest recording of a check-in of any live key result; `stalest_at` is the
    oldest of, per live and decided key result, its newest check-in or its going live.
    """

    confidence: float | None
    status: CheckInStatus | None
    checked_in_at: datetime | None
    stalest_at: datetime | None


class ObjectiveNumber(NamedTuple):
    """What an objective's parts say together; the last four fields are those of `Reported`."""

    progress: Decimal | None
    raw_progress: Decimal | None
    confidence: float | None
    status: CheckInStatus | None
    checked_in_at: datetime | None
    stalest_at: datetime | None


Live = tuple[KeyResult, KeyResultNumber]
"""A key result that is not dropped, with its number."""


def key_result_number(key_result: KeyResult, measurements: Measurements, held: int | None = None) -> KeyResultNumber:
    """Compute a key result's number from its metric and its check-ins, of which so many held if that is known already."""
    latest = measurements.latest
    value = latest.value if latest else None
    done = latest.done_stage_ids if latest else NO_STAGES
    raw = raw_progress(key_result.metric, value, done)
    progress = original_progress = None if raw is None else clamped(raw)
    if key_result.original is not key_result.metric:
        original = raw_progress(key_result.original, value, done)
        original_progress = None if original is None else clamped(original)
    if held is None and holds(key_result.metric):
        held = held_count(key_result.metric, (each.value for each in measurements.counted))
    confident = measurements.latest_confident
    return KeyResultNumber(
        progress=progress,
        raw_progress=raw,
        original_progress=original_progress,
        current=key_result.metric.start if latest is None else value,
        done_stage_ids=done,
        held_share=_share(held, measurements.count) if held is not None and measurements.count else None,
        held_count=held,
        confidence=confident.confidence if confident else None,
        status=latest.status if latest else None,
        last_check_in_id=latest.check_in_id if latest else None,
        check_in_count=measurements.count,
        checked_in_at=measurements.checked_in_at,
    )


def _share(held: int, count: int) -> Decimal:
    return rounded(quotient(Decimal(held), Decimal(count)))


def weighted_mean(parts: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Return the mean of (weight, value) pairs, rounded once; None when there are none."""
    total = weighted = ZERO
    for weight, value in parts:
        total += weight
        weighted += weight * value
    return rounded(quotient(weighted, total)) if total else None


_UNITS = 10**PROGRESS_PLACES


def units_of(progress: Decimal) -> int:
    """Answer a progress, which has no more places than those, in units of the last one."""
    return int(progress * _UNITS)


def rounded_mean(units: int, count: int) -> int | None:
    """Answer the mean of a sum in units, rounded half up as the roll-ups of the read models are; None of nothing."""
    return (2 * units + count) // (2 * count) if count else None


def rolled_up(total: Decimal, count: Decimal) -> Decimal:
    """Return the mean of a roll-up, rounded once as the database does it: half up."""
    return quotient(total, count).quantize(Decimal(1).scaleb(-PROGRESS_PLACES), rounding=ROUND_HALF_UP)


def mean_progress(numbers: Iterable[Decimal | None]) -> Decimal | None:
    """Return the mean of a roll-up over what is known; None when nothing is."""
    known = [number for number in numbers if number is not None]
    return rolled_up(sum(known, ZERO), Decimal(len(known))) if known else None


_SEVERITY = {CheckInStatus.ON_TRACK: 0, CheckInStatus.AT_RISK: 1, CheckInStatus.OFF_TRACK: 2}


def reported(live: Iterable[Live]) -> Reported:
    """Answer what key results report: their mean confidence by weight, the most severe status, and when they did."""
    weights: list[float] = []
    weighted: list[float] = []
    worst: CheckInStatus | None = None
    checked_in_at: datetime | None = None
    stalest_at: datetime | None = None
    for known, number in live:
        if number.confidence is not None:
            weight = float(known.weight)
            weights.append(weight)
            weighted.append(weight * number.confidence)
        status, at = number.status, number.checked_in_at
        if status is not None and status is not worst and (worst is None or _SEVERITY[status] > _SEVERITY[worst]):
            worst = status
        if at is not None and (checked_in_at is None or at > checked_in_at):
            checked_in_at = at
        stale_at = at or known.live_at
        if number.progress is not None and stale_at is not None and (stalest_at is None or stale_at < stalest_at):
            stalest_at = stale_at
    total = sum(weights)
    confidence = round(sum(weighted) / total, 12) if total else None
    return Reported(confidence, worst, checked_in_at, stalest_at)
