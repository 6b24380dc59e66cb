"""Curves: what is asked for, and the steps that a curve is made of."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class CurveBasis(StrEnum):
    """Which of the two times places a value on a curve; definitions always stand where they were recorded."""

    RECORDED = "RECORDED"
    MEASURED = "MEASURED"


class CurveTarget(StrEnum):
    """Which metric progress is computed against."""

    CURRENT_TARGET = "CURRENT_TARGET"
    ORIGINAL_TARGET = "ORIGINAL_TARGET"


class CurveResolution(StrEnum):
    """How dense the points of a curve are."""

    STEP = "STEP"
    DAY = "DAY"
    WEEK = "WEEK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a curve shows at some time: exact numbers; `value` is that of a key result, None of anything else."""

    value: Decimal | None = None
    progress: Decimal | None = None
    confidence: float | None = None


NOTHING_READ = Reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A reading that holds from `at` on; `position` is that of the event that made it, or of its act."""

    at: datetime
    position: int
    reading: Reading
