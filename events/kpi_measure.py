"""What a KPI measures: its unit, the direction that is good, and the bands in which a value is healthy or not."""

from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from events.limits import camel_case
from events.metric import Unit
from events.rejection import RejectionCode, refuse


class Direction(StrEnum):
    """Which way is good."""

    HIGHER_IS_BETTER = "HIGHER_IS_BETTER"
    LOWER_IS_BETTER = "LOWER_IS_BETTER"
    WITHIN = "WITHIN"


class KpiHealth(StrEnum):
    """The health shown; a value alone is one of the first three."""

    HEALTHY = "HEALTHY"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    OUTDATED = "OUTDATED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a value counts and which way is good; frozen once something was read."""

    direction: Direction
    unit: Unit
    unit_label: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Where a value stops being healthy: below or above a bound, which itself still belongs to the better band.

    HIGHER_IS_BETTER needs the two bounds below, LOWER_IS_BETTER the two above, WITHIN all four.
    """

    critical_below: Decimal | None = None
    warning_below: Decimal | None = None
    warning_above: Decimal | None = None
    critical_above: Decimal | None = None


_BELOW, _ABOVE = ("critical_below", "warning_below"), ("warning_above", "critical_above")
_NEEDED: dict[Direction, tuple[str, ...]] = {
    Direction.HIGHER_IS_BETTER: _BELOW,
    Direction.LOWER_IS_BETTER: _ABOVE,
    Direction.WITHIN: (*_BELOW, *_ABOVE),
}


def check_measure(measure: Measure) -> None:
    """Check a unit.

    Raises:
        Rejected: a currency without the unit CURRENCY, or the other way round.
    """
    if (measure.unit is Unit.CURRENCY) != (measure.currency is not None):
        raise refuse(RejectionCode.REQUIRED, "unit CURRENCY and a currency go together", "currency")


def check_bands(bands: Bands, direction: Direction) -> None:
    """Check bands against a direction.

    Raises:
        Rejected: a bound that the direction needs is absent, one that it has not is given, or critical does not lie
            beyond warning.
    """
    needed = _NEEDED[direction]
    for field in fields(bands):
        is_given = getattr(bands, field.name) is not None
        if field.name in needed and not is_given:
            raise refuse(RejectionCode.REQUIRED, f"{direction} needs {field.name}", "bands", camel_case(field.name))
        if is_given and field.name not in needed:
            raise refuse(RejectionCode.INVALID, f"{direction} has no {field.name}", "bands", camel_case(field.name))
    for lower, upper in pairwise(needed):
        if getattr(bands, lower) >= getattr(bands, upper):
            raise refuse(RejectionCode.WRONG_DIRECTION, f"{lower} must be less than {upper}", "bands", camel_case(upper))


def band_of(bands: Bands, value: Decimal) -> KpiHealth:
    """Answer in which band a value lies: HEALTHY, WARNING or CRITICAL."""
    if _is_outside(value, bands.critical_below, bands.critical_above):
        return KpiHealth.CRITICAL
    return KpiHealth.WARNING if _is_outside(value, bands.warning_below, bands.warning_above) else KpiHealth.HEALTHY


def healthy_bound(bands: Bands, value: Decimal) -> Decimal | None:
    """Answer the bound at which a value that is not healthy becomes so; None for one that is."""
    if bands.warning_below is not None and value < bands.warning_below:
        return bands.warning_below
    return bands.warning_above if bands.warning_above is not None and value > bands.warning_above else None


def _is_outside(value: Decimal, below: Decimal | None, above: Decimal | None) -> bool:
    return (below is not None and value < below) or (above is not None and value > above)
